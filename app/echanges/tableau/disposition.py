"""THE layout of the monthly table: its sheets, their columns in order, titles, formats and widths.

The Département has not handed over its own yet: when it does, this file changes and nothing else. A
width is in characters. A figure is named by its indicator and the path to it in ``indicateurs
--format json``.
"""

from dataclasses import dataclass

from app.echanges.formats.ecriture import Colonne
from app.indicateurs import DEFINITIONS as DEFINITIONS_DES_INDICATEURS
from app.indicateurs.anomalies import GRAVITES, PAR_CODE

TITRE = "Tableau de suivi mensuel"
SOUS_TITRE = "Accompagnement des jeunes sortant de l’aide sociale à l’enfance"
DEPARTEMENT = "Département du Pas-de-Calais"
FEUILLES = (
    "Synthèse",
    "Jeunes suivis",
    "Permanences et comités",
    "Logement",
    "Évolutions",
    "Anomalies",
    "Définitions",
)
FEUILLE_RECTIFICATIF, FEUILLE_FUSIONS = "Rectificatif", "Fusions"
PERIODES = {
    "mois": ("Mois", "Mois"),
    "cumul": ("Cumul", "Cumul depuis le 1er janvier"),
    "en_cours": ("En cours", "En cours au dernier jour"),
}
"""The three columns: short name, title."""


# --- Synthèse


@dataclass(frozen=True)
class Chiffre:
    """A line of figures: the indicator, the path in its values, what the line is called ("" = the
    indicator's title)."""

    code: str
    chemin: str
    libelle: str = ""
    format: str = "entier"
    compte_des_jeunes: bool = True
    """Told by tens in the version for partners."""


def _lignes(*, au_contrat: bool) -> tuple[Chiffre, ...]:
    """The lines that each indicator declares, in the order of the definitions."""
    return tuple(
        Chiffre(indicateur.code, *ligne)
        for indicateur in DEFINITIONS_DES_INDICATEURS.values()
        if indicateur.au_tableau and indicateur.au_contrat is au_contrat
        for ligne in indicateur.lignes
    )


SYNTHESE = _lignes(au_contrat=True)
"""The split of I8 has its own sheet: « Logement »."""

LIGNES_A_COTE = _lignes(au_contrat=False)
"""Beside the indicators, in the same three columns."""

A_COTE = tuple(ligne.code for ligne in LIGNES_A_COTE)

COLONNES_SYNTHESE = (
    Colonne("Code", "texte", None, 13),
    Colonne("Indicateur", "texte", None, 68),
    *(Colonne(titre, "nombre", None, 20) for _, titre in PERIODES.values()),
    *(Colonne(f"Complétude : {nom.lower()}", "taux", None, 12) for nom, _ in PERIODES.values()),
    Colonne("À lire avec prudence", "texte", None, 44),
)


# --- Jeunes suivis

NOMS = (
    Colonne("Nom", "texte", lambda j: j.nom, 14),
    Colonne("Prénom", "texte", lambda j: j.prenom, 11),
)
"""Only in the variant with names, which is a right of its own."""

JEUNES = (
    Colonne("Code dossier", "texte", lambda j: j.fait.code, 9),
    Colonne("Âge", "entier", lambda j: j.age, 5),
    Colonne("MDS", "texte", lambda j: j.mds or "Aucune", 12),
    Colonne("Lieu d’accueil", "texte", lambda j: j.fait.lieu_accueil, 12),
    Colonne("Phase", "texte", lambda j: j.phase, 15),
    Colonne("Compte dans", "texte", lambda j: j.indicateurs, 8.5),
    Colonne("Entrée dans le dispositif", "date", lambda j: j.entree_le, 10),
    Colonne("Sortie du dispositif", "date", lambda j: j.sortie_le, 10),
    Colonne("Référent ASE", "texte", lambda j: j.referent_ase, 12),
    Colonne("Coordonnateur", "texte", lambda j: j.coordonnateur, 12.5),
    Colonne("Mesure ASE", "texte", lambda j: j.mesure, 14),
    Colonne("Fin de la mesure", "date", lambda j: j.fin_mesure, 10),
    Colonne("Sortie de l’ASE", "date", lambda j: j.sortie_ase_le, 10),
    Colonne("Prise de contact", "date", lambda j: j.contact_le, 10),
    Colonne("Premier rdv tripartite", "date", lambda j: j.rdv_le, 10),
    Colonne("Délai (jours)", "entier", lambda j: j.delai, 6),
    Colonne("Rencontres du mois", "entier", lambda j: j.fait.rencontres_tenues, 9.5),
    Colonne("Alertes du mois", "entier", lambda j: j.fait.alertes, 7),
    Colonne("Motifs d’alerte", "texte", lambda j: j.fait.motifs, 13),
    Colonne("Situation observée le", "date", lambda j: j.fait.observee_le, 10),
    Colonne("Situation", "texte", lambda j: j.fait.situation_pro, 14),
    Colonne("Logement", "texte", lambda j: j.fait.logement, 14),
    Colonne("Ressources", "texte", lambda j: j.fait.ressources, 13),
    Colonne("Couverture maladie", "texte", lambda j: j.fait.couverture, 20),
)


# --- The other sheets

INSTANCES = (
    Colonne("Date", "date", lambda i: i.le, 12),
    Colonne("Type", "texte", lambda i: i.type, 36),
    Colonne("MDS", "texte", lambda i: i.mds or "Département", 18),
    Colonne("Statut", "texte", lambda i: i.statut, 12),
    Colonne("Coordonnateur présent", "oui_non", lambda i: i.coordonnateur_present, 16),
    Colonne("Jeunes reçus", "entier", lambda i: i.jeunes_recus, 10),
    Colonne("Code", "texte", lambda i: i.code, 14),
)

LOGEMENT = (
    Colonne("Type de logement", "texte", None, 46),
    *(
        Colonne(titre, format, None, 13)
        for nom, _ in PERIODES.values()
        for titre, format in (
            (f"Jeunes : {nom.lower()}", "entier"),
            (f"Part : {nom.lower()}", "taux"),
        )
    ),
)
GRAPHIQUE_LOGEMENT = "cumul"
"""The column that the chart draws."""

EVOLUTIONS = (
    Colonne("Période ou tranche", "texte", None, 72),
    Colonne("Valeur dessinée", "nombre", None, 12),
    Colonne("Chiffre", "texte", None, 24),
    Colonne("À lire avec", "texte", None, 60),
)
"""The points of each chart, one under the other, then the charts: those of
``indicateurs/graphiques.py``."""

ANOMALIES = (
    Colonne("Gravité", "texte", lambda a: GRAVITES[PAR_CODE[a.regle].gravite], 12),
    Colonne("Anomalie", "texte", lambda a: PAR_CODE[a.regle].titre, 34),
    Colonne(
        "Code dossier",
        "texte",
        lambda a: f"{a.dossier} et {a.autre_dossier}" if a.autre_id else a.dossier,
        11,
    ),
    Colonne("MDS", "texte", lambda a: a.mds or "Département", 15),
    Colonne("Date", "date", lambda a: a.le, 11),
    Colonne("Coordonnateur", "texte", lambda a: a.coordonnateur, 20),
    Colonne("Référent ASE", "texte", lambda a: a.referent_ase, 20),
    Colonne("Ce qu’il faut faire", "texte", lambda a: PAR_CODE[a.regle].phrase, 80),
)

DEFINITIONS = (
    Colonne("Code", "texte", lambda d: d[0], 22),
    Colonne("Intitulé", "texte", lambda d: d[1], 44),
    Colonne("Comment est-ce calculé ?", "texte", lambda d: d[2], 110),
)

RECTIFICATIF = (
    Colonne("Nature", "texte", lambda d: d.nature, 12),
    Colonne("Quoi", "texte", lambda d: d.objet, 44),
    Colonne("Où", "texte", lambda d: d.champ, 30),
    Colonne("Avant", "texte", lambda d: d.avant, 26),
    Colonne("Maintenant", "texte", lambda d: d.apres, 26),
    Colonne("Raison enregistrée", "texte", lambda d: d.raison, 60),
)
"""What a rectificatif changes to what was sent before; this sheet is only in a rectificatif."""

FUSIONS = (
    Colonne("Nature", "texte", lambda f: f.nature, 18),
    Colonne("Le", "date", lambda f: f.le, 12),
    Colonne("Dossier absorbé", "texte", lambda f: f.absorbe, 20),
    Colonne("Dossier gardé", "texte", lambda f: f.garde, 24),
    Colonne("MDS du dossier gardé", "texte", lambda f: f.mds, 30),
)
"""Files made one, or taken apart, since the last table sent; this sheet is there only when there
are any."""
