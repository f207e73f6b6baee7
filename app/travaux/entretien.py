"""The retention run: what has passed its term is erased.

The queue does it every ten minutes (``file.py``), ``flask tandem entretien`` at once. A second run
finds nothing to do.
"""

from sqlalchemy import delete, func, text, update
from sqlalchemy.dialects.postgresql import array

from app import acces
from app.extensions import db
from app.models import Importation, Travail, traitements
from app.models.travail import ATTEND, EN_COURS
from app.regles.parametres import CONSERVATION_LECTURES_MOIS

CONSERVATION_TRAVAUX = traitements.terme("travail")
"""How long the record of a piece of work stays after it was asked."""
OUBLI_CLASSEUR = traitements.terme("importation")
"""An import that was never applied is forgotten after that; of one that was, the refusals."""

LU_DU_FICHIER = (
    *("groupes", "avertissements", "doublons", "reconnus", "separes", "traduits"),
    *("nouveautes", "changements", "pertes"),
)
"""What a report says of the file, names included: the rest is figures."""


def entretenir() -> None:
    """Erase old reads of the audit log, expired files, tokens, sessions, imports and works."""
    db.session.rollback()
    with acces.acteur(acces.TOUS, canal="entretien"):
        mois = {"mois": CONSERVATION_LECTURES_MOIS.valeur}
        db.session.execute(text("select acces.purger_lectures(:mois)"), mois)
        db.session.execute(text("select acces.purger_sorties(:mois)"), mois)
        db.session.execute(text("select acces.entretenir()"))
        _oublier_les_imports()
        _oublier_les_travaux()
        db.session.commit()


def _oublier_les_imports() -> None:
    """Those never applied go, later when a youth waits there; of the others the figures stay."""
    ancien = Importation.deposee_le < func.now() - OUBLI_CLASSEUR
    applique = Importation.statut.in_(("appliquee", "annulee"))
    attend = func.coalesce(Importation.choix["attentes"].astext, "{}") != "{}"
    tres_ancien = Importation.deposee_le < func.now() - traitements.ATTENTE_D_UNE_DECISION
    db.session.execute(delete(Importation).where(~applique, ancien, ~attend | tres_ancien))
    lus = array(LU_DU_FICHIER)
    db.session.execute(
        update(Importation)
        .where(applique, ancien, Importation.rapport.has_any(lus))
        .values(rapport=Importation.rapport.op("-")(lus), choix=None)
    )


def _oublier_les_travaux() -> None:
    ancien = Travail.demande_le < func.now() - CONSERVATION_TRAVAUX
    fini = Travail.statut.not_in((ATTEND, EN_COURS))
    db.session.execute(delete(Travail).where(ancien, fini))
