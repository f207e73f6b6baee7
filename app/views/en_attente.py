"""What waits, as conditions that the lists, the home page and « À faire » share (M1, M2, M5)."""

from datetime import date

from sqlalchemy import exists, literal_column, not_, or_

from app.models import (
    Accompagnement,
    Alerte,
    Conservation,
    Jeune,
    Rencontre,
)
from app.regles.parcours import ERREUR

PREVUE, TRIPARTITE, ANNULEE = (
    literal_column(f"'{code}'") for code in ("PREVUE", "TRIPARTITE", "ANNULEE")
)
"""Written in the statement: an index made for these rows is used, prepared statement or not."""
PAS_PAR_ERREUR = Accompagnement.motif_sortie_code.is_distinct_from(literal_column(f"'{ERREUR}'"))


def rencontres_a_mettre_a_jour(le: date):
    """Planned, and the day has passed."""
    return (Rencontre.statut_code == PREVUE, Rencontre.le < le)


def alertes_ouvertes(le: date):
    """Closed today, it is closed: who has just clicked does not see it wait until the morrow."""
    return (Alerte.du <= le, or_(Alerte.au.is_(None), Alerte.au > le))


def rdv_a_fixer(le: date):
    """The coordonnateur was contacted and no rendez-vous tripartite follows; who has left since is
    left alone.

    The records of a youth have the MDS of the youth: saying it lets the indexes that start with the
    MDS serve.
    """
    return (
        Jeune.contact_le.is_not(None),
        Jeune.contact_le <= le,
        not_(
            exists().where(
                Rencontre.jeune_id == Jeune.id,
                Rencontre.mds_id == Jeune.mds_id,
                Rencontre.type_code == TRIPARTITE,
                Rencontre.statut_code != ANNULEE,
                Rencontre.le >= Jeune.contact_le,
            )
        ),
        not_(
            exists().where(
                Accompagnement.jeune_id == Jeune.id,
                Accompagnement.mds_id == Jeune.mds_id,
                PAS_PAR_ERREUR,
                Accompagnement.au >= Jeune.contact_le,
                Accompagnement.au < le,
            )
        ),
        not_(
            exists().where(Conservation.jeune_id == Jeune.id, Conservation.decision == "ANONYMISE")
        ),
    )
