"""« Mon tableau », out: one row a youth, as people keep it in Excel; it comes in again unchanged.

Its headings are those that the import of a file of any shape recognises (``alias.csv``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.echanges.formats import ecriture
from app.echanges.formats.ecriture import Colonne, Feuille
from app.echanges.reprise import extraction
from app.echanges.reprise.extraction import ExportInterdit, exportables, jeunes_dedans, peut
from app.echanges.reprise.feuilles import PAR_TABLE
from app.echanges.reprise.lecture import Avancer, rien
from app.extensions import db
from app.models import LISTES, Mds
from app.sorties_de_donnees import FichierSorti, noter

FEUILLE = "Mon tableau"
SUITES = ("accompagnement", "mesure", "binome", "situation", "frein", "rencontre")
"""Tables whose last record, or whose running ones, the row tells."""


@dataclass
class LigneDeTableau:
    """A youth, and what runs today or was last observed: column → value."""

    jeune: Mapping[str, Any]
    suites: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def derniere(self, table: str) -> Mapping[str, Any]:
        """The running record, else the last; an empty one when there is none."""
        connues = self.suites[table]
        en_cours = [fiche for fiche in connues if fiche.get("au") is None]
        return (en_cours or connues or [{}])[-1]


def exporter(chemin: Path, *, motif: str = "", avancer: Avancer = rien) -> int:
    """Write the table of the youths that the acting account may export; how many there are.

    Says so in the audit log, and commits. Raises ExportInterdit.
    """
    if not peut("classeur", "lire") or not peut("jeune", "exporter"):
        raise ExportInterdit("Votre rôle ne permet pas d’exporter ce tableau.")
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    avancer("Export", 0, 1)
    lignes = _lire()
    with ecriture.ouvrir(chemin) as classeur:
        classeur.tableau(Feuille(FEUILLE, list(_colonnes()), lignes))
    detail = {"lignes": {FEUILLE: len(lignes)}, "motif": motif, "textes_coupes": classeur.coupes}
    noter(FichierSorti("Mon tableau", "classeur", len(lignes), jeunes_dedans(), detail=detail))
    db.session.commit()
    avancer("Export", 1, 1)
    return len(lignes)


def nombre_de_lignes() -> int:
    """The youths that the acting account may take away."""
    return extraction.nombre_de_lignes([PAR_TABLE["jeune"]])


def _lire() -> list[LigneDeTableau]:
    jeunes = {j["code"]: LigneDeTableau(j) for j in _fiches("jeune")}
    for table in SUITES:
        if not peut(table, "exporter"):
            continue
        for fiche in _fiches(table):
            if (jeune := jeunes.get(fiche["jeune_id"])) and _compte(table, fiche):
                jeune.suites[table].append(fiche)
    return list(jeunes.values())


def _fiches(table: str) -> Iterator[dict[str, Any]]:
    """The records of a sheet: attribute → value, the youth by their code."""
    feuille = PAR_TABLE[table]
    attributs = [champ.attribut for champ in feuille.champs]
    for ligne in exportables(feuille):
        yield dict(zip(attributs, ligne, strict=True))


def _compte(table: str, fiche: Mapping[str, Any]) -> bool:
    """Whether the row tells this record."""
    match table:
        case "frein":
            return bool(fiche["leve_le"] is None)
        case "rencontre":
            return (fiche["type_code"], fiche["statut_code"]) == ("TRIPARTITE", "TENUE")
        case "accompagnement":
            return bool(fiche["motif_sortie_code"] != "ERREUR")
    return True


def _libelles() -> dict[str, dict[str, str]]:
    """Code list → code → label; « mds »: number → name."""
    listes = {
        nom: dict(map(tuple, db.session.execute(select(classe.code, classe.libelle))))
        for nom, classe in LISTES.items()
    }
    mds = {str(numero): nom for numero, nom in db.session.execute(select(Mds.id, Mds.nom))}
    return {**listes, "mds": mds}


Valeur = Callable[[LigneDeTableau], object]


def _colonnes() -> Iterator[Colonne]:
    """In the order in which people read a youth."""
    libelles = _libelles()

    def du_jeune(attribut: str) -> Valeur:
        return lambda ligne: ligne.jeune[attribut]

    def de(table: str, attribut: str) -> Valeur:
        return lambda ligne: ligne.derniere(table).get(attribut)

    def en_mots(table: str, attribut: str) -> Valeur:
        """The label of a coded cell."""
        liste = PAR_TABLE[table].par_attribut[attribut].liste or "mds"

        def dire(ligne: LigneDeTableau) -> object:
            fiche = ligne.jeune if table == "jeune" else ligne.derniere(table)
            return libelles[liste].get(str(fiche.get(attribut)))

        return dire

    def freins(ligne: LigneDeTableau) -> str:
        dits = libelles["theme_frein"]
        return ", ".join(dits[frein["theme_code"]] for frein in ligne.suites["frein"])

    dites: Iterable[tuple[str, str, Valeur]] = (
        ("Code dossier", "texte", du_jeune("code")),
        ("Nom", "texte", du_jeune("nom")),
        ("Prénom", "texte", du_jeune("prenom")),
        ("Né(e) le", "date", du_jeune("date_naissance")),
        ("MDS", "texte", en_mots("jeune", "mds_id")),
        ("Téléphone", "texte", du_jeune("telephone")),
        ("Courriel", "texte", du_jeune("courriel")),
        ("Type d’accueil", "texte", en_mots("jeune", "lieu_accueil_code")),
        ("Établissement d'accueil", "texte", du_jeune("etablissement_accueil")),
        ("Référent ASE", "texte", de("binome", "referent_ase")),
        ("Coordonnateur", "texte", de("binome", "coordonnateur")),
        ("Mesure", "texte", en_mots("mesure", "type_code")),
        ("Début de mesure", "date", de("mesure", "du")),
        ("Fin de mesure", "date", de("mesure", "echeance")),
        ("Orienté le", "date", du_jeune("contact_le")),
        ("RDV tripartite", "date", de("rencontre", "le")),
        ("Début d'accompagnement", "date", de("accompagnement", "du")),
        ("Date situation", "date", de("situation", "observee_le")),
        ("Situation actuelle", "texte", en_mots("situation", "situation_pro_code")),
        ("Logement", "texte", en_mots("situation", "logement_code")),
        ("Ressources", "texte", en_mots("situation", "ressource_1_code")),
        ("Freins", "texte", freins),
        ("Objectif", "recit", du_jeune("objectif")),
        ("Observations", "recit", du_jeune("observations")),
    )
    for titre, format_, valeur in dites:
        yield Colonne(titre, format_, valeur)
