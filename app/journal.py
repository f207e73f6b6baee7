"""The audit log: adding what no table shows, finding the story of a record, restoring a record.

Changes are written by the base itself (``acces/journal.sql``); here they are only read, and undone
by a new change.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import Evenement, Fusion, catalogue
from app.regles.parametres import CONSERVATION_LECTURES_MOIS

_CONSIGNER = text(
    "select acces.consigner(:operation, :table, :cle, :jeune_id, cast(:detail as jsonb))"
)


def consigner(
    operation: str,
    *,
    table: str | None = None,
    cle: str | int | None = None,
    jeune_id: int | None = None,
    detail: dict | None = None,
) -> None:
    """Add a line to the audit log, in the current transaction: it stands if the act stands.

    ``detail`` says how much and why, by reference; it never copies the contents of a file.
    """
    valeurs: dict[str, str | int | None] = {
        "operation": operation,
        "table": table,
        "cle": None,
        "jeune_id": jeune_id,
        "detail": None,
    }
    if cle is not None:
        valeurs["cle"] = str(cle)
    if detail is not None:
        valeurs["detail"] = json.dumps(detail, ensure_ascii=False, default=str)
    db.session.execute(_CONSIGNER, valeurs)


_NOMS = text("select login, prenom, nom from acces.noms_des_auteurs(:logins)")


def noms_des_auteurs(logins: Iterable[str | None]) -> dict[str, tuple[str, str]]:
    """(first name, last name) of those who wrote lines that the person reads, by login.

    A login that no account bears any more is not there.
    """
    cherches = sorted({login for login in logins if login})
    lus = db.session.execute(_NOMS, {"logins": cherches})
    return {login: (prenom, nom) for login, prenom, nom in lus}


def nom_de_l_auteur(login: str | None) -> str:
    """« Prénom Nom »; the login when no account bears it any more, nothing without one."""
    nom = noms_des_auteurs([login]).get(login or "")
    return " ".join(nom) if nom else login or ""


OPERATIONS = {
    "creation": "Création",
    "modification": "Modification",
    "suppression": "Suppression",
    "lecture": "Lecture du dossier",
    "lecture_justifiee": "Motif de lecture, hors de son portefeuille",
    "lecture_liste": "Lecture d’une liste de jeunes",
    "export": "Export",
    "action": "Action sur une fiche",
    "envoi": "Envoi du tableau mensuel",
    "import": "Import",
    "annulation": "Annulation d’un import",
    "passation": "Portefeuille passé ou rendu",
    "modification_lot": "Modification de plusieurs fiches",
    "annulation_lot": "Annulation d’une modification groupée",
    "commande": "Commande",
    "travail_demande": "Travail demandé",
    "travail_fait": "Travail fait",
    "travail_recupere": "Fichier récupéré",
    "demo": "Remplissage de démonstration",
    "anonymisation": "Anonymisation du dossier",
    "purge": f"Purge des lectures de plus de {CONSERVATION_LECTURES_MOIS.en_lettres}",
    "constat": "Constat après une mise à niveau",
    "regles_remises": "Règles de la base remises",
    "ancre": "Dernier sceau déposé hors de la base",
    "connexion": "Connexion",
    "recherche": "Recherche",
    "connexion_refusee": "Connexion refusée",
    "deconnexion": "Déconnexion",
    "refus": "Accès refusé",
    "mot_de_passe": "Changement de mot de passe",
    "second_facteur_pose": "Second facteur activé",
    "second_facteur_retire": "Second facteur retiré",
    "codes_secours": "Nouveaux codes de secours",
    "code_secours_utilise": "Code de secours utilisé",
}
CHANGEMENTS = ("creation", "modification", "suppression")
RESTAURABLES = {table for table in catalogue.noms() if catalogue.declaration_de(table).restaurable}
"""The tables whose records go back to what they were."""


def historique(table: str, cle: str | int) -> list[Evenement]:
    """The changes of one record, latest first; those the acting account may read.

    Of a youth, those of the whole file and of the files that went into it.
    """
    du_dossier: tuple[ColumnElement[bool], ...]
    if table == "jeune":
        absorbes = select(Fusion.absorbe_id).where(
            Fusion.jeune_id == int(cle), Fusion.annulee_le.is_(None)
        )
        dossiers = [int(cle), *db.session.scalars(absorbes)]
        du_dossier = (Evenement.jeune_id.in_(dossiers), Evenement.operation.in_(CHANGEMENTS))
    else:
        du_dossier = (
            Evenement.table_nom == table,
            Evenement.cle == str(cle),
            Evenement.operation.in_(CHANGEMENTS),
        )
    return list(
        db.session.scalars(
            select(Evenement).where(*du_dossier).order_by(Evenement.id.desc()).limit(200)
        )
    )


def par_fusion(evenement: Evenement) -> bool:
    """A line that a fusion wrote: it is undone as a whole, not line by line."""
    return (evenement.requete or "").startswith("fusion:")


def restaurer(numero: int) -> tuple[str, str] | None:
    """Put back what the line ``numero`` replaced or deleted: (table, key) of the record.

    None when there is nothing to put back, or nothing that the acting account may see. The base
    checks the right, and writes a new line.
    """
    evenement = db.session.get(Evenement, numero)
    if (
        evenement is None
        or evenement.table_nom not in RESTAURABLES
        or not evenement.avant
        or par_fusion(evenement)
    ):
        return None
    avant = evenement.avant
    ordre: str | None = None
    if evenement.operation == "suppression":
        garde = _dossier_qui_garde(avant.get("jeune_id"))
        if garde:  # its youth's file went into another since
            avant = avant | {"jeune_id": garde}
        ordre = _reprendre(evenement.table_nom, avant, avec_mds=not garde)
    elif evenement.operation == "modification":
        ordre = _corriger(evenement.table_nom, avant)
    if ordre is None:
        return None
    acces.agir_pour(acces.contexte().acteur, motif=f"Restauration de la ligne {numero} du journal")
    valeurs = {"avant": json.dumps(avant), "cle": evenement.cle}
    resultat = db.session.connection().execute(text(ordre), valeurs)
    return (evenement.table_nom, str(evenement.cle)) if resultat.rowcount else None


_VERSION = "jsonb_populate_record(null::{table}, cast(:avant as jsonb))"
"""The row that a line of the audit log describes."""


def _champs(table: str, avant: dict) -> list[str]:
    colonnes = db.metadata.tables[table].c
    return [c for c in avant if c in colonnes and c not in {"version", "mds_id"}]


def _reprendre(table: str, avant: dict, *, avec_mds: bool) -> str:
    """The statement that makes a deleted record again."""
    champs = _champs(table, avant)
    if avec_mds and "mds_id" in avant:
        champs.append("mds_id")
    colonnes = ", ".join(f'"{c}"' for c in champs)
    version = _VERSION.format(table=table)
    return f"insert into {table} ({colonnes}) select {colonnes} from {version}"


def _corriger(table: str, avant: dict) -> str | None:
    """The statement that gives the record its former values; None when none can be given back."""
    affectations = ", ".join(f'"{c}" = r."{c}"' for c in _champs(table, avant))
    if not affectations:
        return None
    cle = next(iter(db.metadata.tables[table].primary_key)).name
    version = _VERSION.format(table=table)
    return f"update {table} t set {affectations} from {version} r where t.{cle}::text = :cle"


def _dossier_qui_garde(jeune_id: int | None) -> int | None:
    return db.session.scalar(
        select(Fusion.jeune_id).where(
            Fusion.absorbe_id == (jeune_id or 0), Fusion.annulee_le.is_(None)
        )
    )


class AnnulationRefusee(Exception):
    """An act cannot be undone; the message says why, ``lignes`` what was changed since."""

    def __init__(self, raison: str, lignes: Sequence[Row[Any]] = ()):
        super().__init__(raison)
        self.lignes = list(lignes)


@dataclass(frozen=True)
class ActeDuJournal:
    """An act whose lines in the audit log bear its mark, so that it is undone as one."""

    marque: str
    """« import:12 », « lot:7 »."""
    tables: tuple[str, ...]
    """What it writes; those that others refer to first."""
    dit: str
    """« cet import »: a masculine name, for the sentences of the refusals."""
    ligne: tuple[str, str, int]
    """What the audit log says of its undoing: operation, table and key of the act."""

    def est_annulable(self) -> bool:
        """By whoever acts: its author, with the same rights still."""
        return bool(db.session.scalar(select(func.acces.peut_defaire(self.marque))))

    def changes_depuis(self) -> Sequence[Row[Any]]:
        """What was done since to the records that it touched."""
        ordre = text("select * from acces.changes_depuis(:marque)")
        return db.session.execute(ordre, {"marque": self.marque}).all()

    def defaire(self, *, motif: str, requete: str, reste: bool = False) -> None:
        """Undo it whole in the transaction of the caller; nothing is undone when it raises.

        ``reste``: what was changed since stays, the file of its youth with it; the rest is undone.
        """
        if not reste and (depuis := self.changes_depuis()):
            raise AnnulationRefusee(
                f"Des fiches de {self.dit} ont été modifiées depuis : il ne peut plus être annulé"
                " d’un bloc.",
                depuis,
            )
        ordre = text("select acces.defaire(:marque, :tables, :reste)")
        try:
            with (
                acces.acteur(acces.contexte().acteur, requete=requete, motif=motif),
                db.session.begin_nested(),
            ):
                dits = {"marque": self.marque, "tables": list(self.tables), "reste": reste}
                db.session.execute(ordre, dits)
                operation, table, cle = self.ligne
                consigner(operation, table=table, cle=cle)
        except DBAPIError as erreur:
            raise AnnulationRefusee(
                f"D’autres fiches dépendent maintenant de celles de {self.dit} : il ne peut plus"
                " être annulé."
            ) from erreur
