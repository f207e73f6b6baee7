"""The layout of the monthly table.

Its sheets in order, their columns in order, titles, formats, widths, and the value that each column
shows.

The Département has not handed over its own yet: when it does, this file changes and nothing else.
A column names the value it shows (``lignes.py``); whoever fills, draws or reads back a sheet finds
it by that name, never by its place or its title. A width is in characters. A figure is named by its
indicator and the path to it in ``indicateurs --format json``.
"""

from dataclasses import dataclass, fields
from operator import attrgetter

from app.echanges.formats.ecriture import Colonne
from app.echanges.tableau.lignes import (
    LigneDAnomalie,
    LigneDeDefinition,
    LigneDeFusion,
    LigneDeLogement,
    LigneDeSynthese,
    LigneJeune,
    Rectification,
    Reunion,
)
from app.indicateurs.definitions import DEFINITIONS
from app.indicateurs.graphiques import Point

TITRE = "Tableau de suivi mensuel"
SOUS_TITRE = "Accompagnement des jeunes sortant de l’aide sociale à l’enfance"
PERIODES = {
    "mois": ("Mois", "Mois"),
    "cumul": ("Cumul", "Cumul depuis le 1er janvier"),
    "en_cours": ("En cours", "En cours au dernier jour"),
}
"""The three periods: short name, title."""


@dataclass(frozen=True)
class FeuilleDuTableau:
    """A sheet of the monthly table. Refuses a column whose name its rows do not hold."""

    contenu: str
    """What it holds, for ``classeur.py``; its name may change."""
    nom: str
    ligne: type
    """The dataclass of its rows."""
    colonnes: tuple[Colonne, ...]
    colonnes_figees: int = 1
    """The first columns, that stay in view."""
    nominatives: tuple[str, ...] = ()
    """The columns that only the variant with names shows, which is a right of its own."""
    sur_une_page: bool = False

    def __post_init__(self) -> None:
        connus = {champ.name for champ in fields(self.ligne)}
        noms = [colonne.nom for colonne in self.colonnes]
        inconnus = set(noms) - connus
        if inconnus:
            raise LookupError(f"{self.nom}: {self.ligne.__name__} has no {sorted(inconnus)}")
        if len(set(noms)) < len(noms):
            raise LookupError(f"{self.nom}: a value is shown twice")

    def montrees(self, *, avec_noms: bool = False) -> tuple[Colonne, ...]:
        """The columns to write, in order."""
        return tuple(c for c in self.colonnes if avec_noms or c.nom not in self.nominatives)

    def figees(self, *, avec_noms: bool = False) -> int:
        """How many of the columns to write stay in view."""
        premieres = self.colonnes[: self.colonnes_figees]
        return sum(avec_noms or c.nom not in self.nominatives for c in premieres)


def _colonne(titre: str, format_: str, nom: str, largeur: float) -> Colonne:
    """A column that shows the value ``nom`` of its row."""
    return Colonne(titre, format_, attrgetter(nom), largeur, nom)


# The lines of figures


@dataclass(frozen=True)
class LigneDeChiffres:
    """A line of the summary: an indicator, the path in its values, a label.

    No label: the title of the indicator.
    """

    code: str
    chemin: str
    libelle: str = ""
    format: str = "entier"
    compte_des_jeunes: bool = True
    """Told by tens in the version for partners."""

    @property
    def est_une_partie(self) -> bool:
        """« dont »: counts among those that another indicator counts."""
        return DEFINITIONS[self.code].parent is not None


def _lignes(*, au_contrat: bool) -> tuple[LigneDeChiffres, ...]:
    """The lines that each indicator declares, in the order of the definitions."""
    lignes = []
    for indicateur in DEFINITIONS.values():
        if indicateur.au_tableau and indicateur.au_contrat is au_contrat:
            lignes += [LigneDeChiffres(indicateur.code, *ligne) for ligne in indicateur.lignes]
    return tuple(lignes)


SYNTHESE = _lignes(au_contrat=True)
"""The split of I8 has its own sheet: « Logement »."""
LIGNES_A_COTE = _lignes(au_contrat=False)
"""Beside the indicators, in the same three columns."""
LIGNES_DE_CHIFFRES = (*SYNTHESE, *LIGNES_A_COTE)
"""All the lines of the summary, in order."""

LOGEMENT_DESSINE = "cumul"
"""The period that the chart of housing draws."""

# The sheets

FEUILLES = (
    # « nombre »: each line has the format of its figure.
    FeuilleDuTableau(
        "synthese",
        "Synthèse",
        LigneDeSynthese,
        (
            _colonne("Code", "texte", "code", 13),
            _colonne("Indicateur", "texte", "libelle", 60),
            _colonne("Mois", "nombre", "mois", 20),
            _colonne("Cumul depuis le 1er janvier", "nombre", "cumul", 20),
            _colonne("En cours au dernier jour", "nombre", "en_cours", 20),
            _colonne("Complétude : mois", "taux", "completude_mois", 12),
            _colonne("Complétude : cumul", "taux", "completude_cumul", 12),
            _colonne("Complétude : en cours", "taux", "completude_en_cours", 12),
            _colonne("À lire avec prudence", "texte", "prudence", 36),
        ),
        colonnes_figees=2,
    ),
    FeuilleDuTableau(
        "jeunes",
        "Jeunes suivis",
        LigneJeune,
        (
            _colonne("Code dossier", "texte", "code", 9),
            _colonne("Nom", "texte", "nom", 14),
            _colonne("Prénom", "texte", "prenom", 11),
            _colonne("Âge", "entier", "age", 5),
            _colonne("MDS", "texte", "mds", 12),
            _colonne("Lieu d’accueil", "texte", "lieu_accueil", 12),
            _colonne("Phase", "texte", "phase", 15),
            _colonne("Compte dans", "texte", "indicateurs", 8.5),
            _colonne("Entrée dans le dispositif", "date", "entree_le", 10),
            _colonne("Sortie du dispositif", "date", "sortie_le", 10),
            _colonne("Référent ASE", "texte", "referent_ase", 12),
            _colonne("Coordonnateur", "texte", "coordonnateur", 12.5),
            _colonne("Mesure ASE", "texte", "mesure", 14),
            _colonne("Fin de la mesure", "date", "fin_mesure", 10),
            _colonne("Sortie de l’ASE", "date", "sortie_ase_le", 10),
            _colonne("Prise de contact", "date", "contact_le", 10),
            _colonne("Premier rdv tripartite", "date", "rdv_le", 10),
            _colonne("Délai (jours)", "entier", "delai", 6),
            _colonne("Rencontres du mois", "entier", "rencontres_tenues", 9.5),
            _colonne("Alertes du mois", "entier", "alertes", 7),
            _colonne("Motifs d’alerte", "texte", "motifs", 13),
            _colonne("Situation observée le", "date", "observee_le", 10),
            _colonne("Situation", "texte", "situation_pro", 14),
            _colonne("Logement", "texte", "logement", 14),
            _colonne("Ressources", "texte", "ressources", 13),
            _colonne("Couverture maladie", "texte", "couverture", 20),
        ),
        colonnes_figees=3,
        nominatives=("nom", "prenom"),
    ),
    FeuilleDuTableau(
        "instances",
        "Permanences et comités",
        Reunion,
        (
            _colonne("Date", "date", "le", 12),
            _colonne("Type", "texte", "type", 36),
            _colonne("MDS", "texte", "mds", 18),
            _colonne("Statut", "texte", "statut", 12),
            _colonne("Coordonnateur présent", "oui_non", "coordonnateur_present", 16),
            _colonne("Jeunes reçus", "entier", "jeunes_recus", 10),
            _colonne("Code", "texte", "code", 14),
        ),
    ),
    FeuilleDuTableau(
        "logement",
        "Logement",
        LigneDeLogement,
        (
            _colonne("Type de logement", "texte", "libelle", 46),
            _colonne("Jeunes : mois", "entier", "jeunes_mois", 13),
            _colonne("Part : mois", "taux", "part_mois", 13),
            _colonne("Jeunes : cumul", "entier", "jeunes_cumul", 13),
            _colonne("Part : cumul", "taux", "part_cumul", 13),
            _colonne("Jeunes : en cours", "entier", "jeunes_en_cours", 13),
            _colonne("Part : en cours", "taux", "part_en_cours", 13),
        ),
        sur_une_page=True,
    ),
    # The points of each chart, one under the other, then the charts: those of
    # ``indicateurs/graphiques.py``.
    FeuilleDuTableau(
        "evolutions",
        "Évolutions",
        Point,
        (
            _colonne("Période ou tranche", "texte", "nom", 72),
            _colonne("Valeur dessinée", "nombre", "valeur", 12),
            _colonne("Chiffre", "texte", "texte", 24),
            _colonne("À lire avec", "texte", "complement", 60),
        ),
    ),
    FeuilleDuTableau(
        "anomalies",
        "Anomalies",
        LigneDAnomalie,
        (
            _colonne("Gravité", "texte", "gravite", 12),
            _colonne("Anomalie", "texte", "titre", 34),
            _colonne("Code dossier", "texte", "dossiers", 11),
            _colonne("MDS", "texte", "mds", 15),
            _colonne("Date", "date", "le", 11),
            _colonne("Coordonnateur", "texte", "coordonnateur", 20),
            _colonne("Référent ASE", "texte", "referent_ase", 20),
            _colonne("Ce qu’il faut faire", "texte", "a_faire", 80),
        ),
        colonnes_figees=3,
    ),
    FeuilleDuTableau(
        "definitions",
        "Définitions",
        LigneDeDefinition,
        (
            _colonne("Code", "texte", "code", 22),
            _colonne("Intitulé", "texte", "titre", 44),
            _colonne("Comment est-ce calculé ?", "texte", "regle", 110),
        ),
        colonnes_figees=2,
    ),
    # Files made one, or taken apart, since the last table sent; only when there are any.
    FeuilleDuTableau(
        "fusions",
        "Fusions",
        LigneDeFusion,
        (
            _colonne("Nature", "texte", "nature", 18),
            _colonne("Le", "date", "le", 12),
            _colonne("Dossier absorbé", "texte", "absorbe", 20),
            _colonne("Dossier gardé", "texte", "garde", 24),
            _colonne("MDS du dossier gardé", "texte", "mds", 30),
        ),
    ),
    # What a rectificatif changes to what was sent before; only in a rectificatif.
    FeuilleDuTableau(
        "rectificatif",
        "Rectificatif",
        Rectification,
        (
            _colonne("Nature", "texte", "nature", 12),
            _colonne("Quoi", "texte", "objet", 44),
            _colonne("Où", "texte", "champ", 30),
            _colonne("Avant", "texte", "avant", 26),
            _colonne("Maintenant", "texte", "apres", 26),
            _colonne("Raison enregistrée", "texte", "raison", 60),
        ),
        colonnes_figees=2,
    ),
)
"""In the order of the workbook."""


def feuille(contenu: str) -> FeuilleDuTableau:
    """The sheet that holds this, wherever it stands and whatever its name."""
    return next(f for f in FEUILLES if f.contenu == contenu)
