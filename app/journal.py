"""The trail: adding what no table shows, finding the story of a record, and taking a record back to
what it was.

Changes are written by the base itself (``acces/journal.sql``); here they are only read, and undone
by a new change.
"""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from app import acces
from app.extensions import db
from app.models import LISTES, Evenement, Fusion
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
    """Add a line to the trail, in the current transaction: it stands if the act stands.

    ``detail`` says how much and why, by reference; it never copies the contents of a file.
    """
    db.session.execute(
        _CONSIGNER,
        {
            "operation": operation,
            "table": table,
            "cle": None if cle is None else str(cle),
            "jeune_id": jeune_id,
            "detail": None
            if detail is None
            else json.dumps(detail, ensure_ascii=False, default=str),
        },
    )


OPERATIONS = {
    "creation": "Création",
    "modification": "Modification",
    "suppression": "Suppression",
    "lecture": "Lecture du dossier",
    "lecture_liste": "Lecture d’une liste de jeunes",
    "export": "Export",
    "envoi": "Envoi du tableau mensuel",
    "import": "Import",
    "annulation": "Annulation d’un import",
    "commande": "Commande",
    "demo": "Remplissage de démonstration",
    "anonymisation": "Anonymisation du dossier",
    "purge": f"Purge des lectures de plus de {CONSERVATION_LECTURES_MOIS.en_lettres}",
    "connexion": "Connexion",
    "recherche": "Recherche",
    "connexion_refusee": "Connexion refusée",
    "deconnexion": "Déconnexion",
    "refus": "Accès refusé",
    "mot_de_passe": "Changement de mot de passe",
    "second_facteur_pose": "Second facteur posé",
    "second_facteur_retire": "Second facteur retiré",
    "codes_secours": "Nouveaux codes de secours",
    "code_secours_utilise": "Code de secours utilisé",
}
CHANGEMENTS = ("creation", "modification", "suppression")
RESTAURABLES = {
    "jeune",
    "rattachement",
    "accompagnement",
    "mesure",
    "binome",
    "alerte",
    "rencontre",
    "action_collective",
    "etape",
    "situation",
    "frein",
    "enquete",
    "mobilisation",
    "decision",
    "partenaire",
    "contact",
    "instance",
    "participant",
    "poste",
    "convention",
    "versement",
    "objectif",
    "texte_bilan",
    "demande_personne",
    "service",
    "mds",
    *LISTES,
}


def historique(table: str, cle: str | int) -> list[Evenement]:
    """The changes of one record, latest first; of a youth, those of the whole file and of the files
    that went into it.

    Those the acting account may read.
    """
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
    """Put back what the line ``numero`` replaced or deleted; returns (table, key) of the record, or
    None when there is nothing to put back or nothing the acting account may see. The base checks
    the right, and writes a new line."""
    evenement = db.session.get(Evenement, numero)
    if (
        evenement is None
        or evenement.table_nom not in RESTAURABLES
        or not evenement.avant
        or par_fusion(evenement)
    ):
        return None
    table = db.metadata.tables[evenement.table_nom]
    champs = [c for c in evenement.avant if c in table.c and c not in {"version", "mds_id"}]
    avant = evenement.avant
    if evenement.operation == "suppression":
        if garde := _dossier_qui_garde(
            avant.get("jeune_id")
        ):  # its youth's file went into another since
            avant = avant | {"jeune_id": garde}
        else:
            champs += [c for c in ("mds_id",) if c in avant]
        colonnes = ", ".join(f'"{c}"' for c in champs)
        ordre = f"insert into {table.name} ({colonnes}) select {colonnes} from jsonb_populate_record(null::{table.name}, :avant)"
    elif evenement.operation == "modification" and champs:
        affectations = ", ".join(f'"{c}" = r."{c}"' for c in champs)
        ordre = f"update {table.name} t set {affectations} from jsonb_populate_record(null::{table.name}, :avant) r where t.{next(iter(table.primary_key)).name}::text = :cle"
    else:
        return None
    acces.agir_pour(acces.contexte().acteur, motif=f"Restauration de la ligne {numero} du journal")
    resultat = db.session.execute(
        text(ordre.replace(":avant", "cast(:avant as jsonb)")),
        {"avant": json.dumps(avant), "cle": evenement.cle},
    )
    return (table.name, evenement.cle) if resultat.rowcount else None


def _dossier_qui_garde(jeune_id: int | None) -> int | None:
    return db.session.scalar(
        select(Fusion.jeune_id).where(
            Fusion.absorbe_id == (jeune_id or 0), Fusion.annulee_le.is_(None)
        )
    )


def moment(quand: datetime) -> str:
    """« 23/11/2026 à 14:05 », in Paris time."""
    return f"{quand.astimezone(ZoneInfo('Europe/Paris')):%d/%m/%Y à %H:%M}"
