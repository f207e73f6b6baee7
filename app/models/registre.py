"""The register of columns (RGPD, article 30): what the base holds, column by column."""

from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import Column, String, Text

from . import catalogue, traitements
from .base import Nature


@dataclass(frozen=True)
class LigneDuRegistre:
    """A column: where it is, what it is called, what it holds, whether its story is kept."""

    objet: str
    table: str
    colonne: str
    libelle: str
    nature: str
    finalite: str
    conservation: str
    dans_le_journal: str
    a_l_anonymisation: str


TITRES = (
    "Objet",
    "Table",
    "Colonne",
    "Libellé",
    "Nature",
    "Finalité",
    "Conservation",
    "Dans le journal",
    "À l’anonymisation du dossier",
)
"""One a field of ``LigneDuRegistre``."""


A_DIRE = "à dire (app/models/traitements.py)"


def lignes() -> list[LigneDuRegistre]:
    """Every column of the base, table after table; those that a model maps first."""
    des_modeles = [
        _ligne(table, colonne)
        for table, classe in catalogue.noms().items()
        for colonne in classe.__table__.c
    ]
    return des_modeles + [ligne for table in traitements.AUTRES for ligne in _sans_modele(table)]


def _sans_modele(table: str) -> list[LigneDuRegistre]:
    traitement, garde, natures = traitements.AUTRES[table]
    return [
        LigneDuRegistre(
            "Fonctionnement de Tandem",
            table,
            colonne,
            colonne,
            nature.value,
            traitement.finalite,
            garde.dite,
            "non",
            "sans objet",
        )
        for colonne, nature in natures.items()
    ]


def en_tableau() -> list[tuple[str, ...]]:
    """The titles, then the lines."""
    return [TITRES, *(astuple(ligne) for ligne in lignes())]


def _ligne(table: str, colonne: Column[Any]) -> LigneDuRegistre:
    declaration = catalogue.declaration_de(table)
    nature: Nature = colonne.info["nature"]
    finalite = A_DIRE
    conservation = A_DIRE
    if dit := traitements.de(table):
        finalite = dit[0].finalite
        conservation = dit[1].dite
    return LigneDuRegistre(
        declaration.libelle or "Fonctionnement de Tandem",
        table,
        colonne.name,
        colonne.info["libelle"],
        nature.value,
        finalite,
        conservation,
        "oui" if declaration.auditee and colonne.info.get("audit", True) else "non",
        _sort(table, colonne),
    )


def _sort(table: str, colonne: Column[Any]) -> str:
    """What becomes of it when the file is anonymised (``acces/conservation.sql``)."""
    if table != "jeune" and not catalogue.suit_un_jeune(table):
        return "sans objet"
    if table == "jeune" and colonne.name == "date_naissance":
        return "floutée"
    texte = isinstance(colonne.type, String | Text) and not colonne.foreign_keys
    if texte and colonne.info.get("anonymisee", True):
        return "effacée"
    return "gardée"


CATEGORIES = {
    Nature.PERSONNEL: "Données personnelles",
    Nature.SENSIBLE: "Données sensibles ou propos libres",
    Nature.STATISTIQUE: "Données statistiques",
}
MESURES = (
    "Cloisonnement par MDS tenu par la base (row-level security), rôles et habilitations datées",
    "Second facteur pour les rôles de plusieurs MDS, sessions courtes, essais comptés",
    "Journal de chaque changement et de chaque lecture, scellé, signé, vérifié chaque nuit",
    "Sauvegardes chiffrées et signées, essayées chaque semaine",
    "Connexions chiffrées (TLS), secrets hors de la base",
    "Fichiers préparés chiffrés, un jour au plus",
    "Anonymisation des dossiers à leur terme, copie remise à la personne qui la demande",
)


def fiche(departement: str) -> str:
    """The record of processing activities (article 30), for the DPO to complete and keep."""
    lignes_de_la_fiche = [
        "# Fiche de registre des activités de traitement (RGPD, article 30)",
        "",
        f"Responsable du traitement : {departement}",
        "Délégué à la protection des données : à compléter",
        "Logiciel : Tandem",
        "Transferts hors de l’Union européenne : aucun",
    ]
    for traitement in dict.fromkeys(t for t, _ in traitements.TABLES.values()):
        lignes_de_la_fiche += _traitement(traitement)
    lignes_de_la_fiche += ["", "## Mesures de sécurité", ""]
    lignes_de_la_fiche += [f"- {mesure}" for mesure in MESURES]
    return "\n".join(lignes_de_la_fiche) + "\n"


def _traitement(traitement: traitements.Traitement) -> list[str]:
    tables = [t for t in catalogue.noms() if (dit := traitements.de(t)) and dit[0] is traitement]
    gardes: dict[str, list[str]] = {}
    for table in tables:
        dit = traitements.de(table)
        if dit is not None:
            gardes.setdefault(dit[1].dite, []).append(_objet(table))
    return [
        "",
        f"## {traitement.nom}",
        "",
        f"- Finalité : {traitement.finalite}",
        f"- Base légale : {traitement.base_legale}",
        f"- Personnes concernées : {traitement.personnes}",
        f"- Destinataires : {traitement.destinataires}",
        *(f"- {nom} : {dites}" for nom, dites in _categories(tables)),
        *(f"- Conservation ({', '.join(objets)}) : {dite}" for dite, objets in gardes.items()),
    ]


def _categories(tables: list[str]) -> list[tuple[str, str]]:
    """(category of data, labels of its columns), of those that there are."""
    trouvees = []
    for nature, nom in CATEGORIES.items():
        libelles = {
            colonne.info["libelle"]
            for table in tables
            for colonne in catalogue.classe_de(table).__table__.c
            if colonne.info["nature"] is nature
        }
        if libelles:
            trouvees.append((nom, ", ".join(sorted(libelles))))
    return trouvees


def _objet(table: str) -> str:
    return catalogue.declaration_de(table).libelle or table
