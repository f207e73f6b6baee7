"""What the parts of the check share: the sheets set beside the base, and how a row is refused."""

from datetime import date

from sqlalchemy import func, select

from app import acces
from app.echanges.reprise.feuilles import FEUILLES
from app.echanges.reprise.lecture import CelluleRefusee, ClasseurLu, Lecture, LigneLue
from app.echanges.reprise.plan import Connu, Etat, en_clair
from app.echanges.reprise.valeurs import PropositionDeLecture
from app.extensions import db
from app.models import Mds


class Verdict:
    """The state of the check of a workbook; each part adds its refusals."""

    def __init__(self, classeur: ClasseurLu, effacer: bool = False):
        self.effacer = effacer
        """An empty cell erases what the base has."""
        self.pour_tous = acces.contexte().acteur == acces.TOUS
        self.aujourdhui: date = db.session.scalar(select(func.acces.aujourd_hui()))
        self.codes_mds: dict[int, str] = dict(db.session.execute(select(Mds.id, Mds.code)).all())
        self.refus = list(classeur.refus)
        self.memes = classeur.memes
        self.etats = {
            f.table: Etat(f, classeur.lectures.get(f.table) or Lecture(f, [])) for f in FEUILLES
        }
        self.jeunes: dict[str, Connu] = {}
        """Folded code → youth of the base."""
        self.partenaires: dict[str, int] = {}
        self.orthographe: dict[str, str] = {}
        """Folded reference → as it is written."""

    def refuser(
        self,
        etat: Etat,
        ligne: LigneLue,
        attribut: str,
        raison: str,
        *,
        valeur: str | None = None,
        proposition: PropositionDeLecture | None = None,
    ) -> None:
        """Refuse a row for one of its columns, once.

        ``valeur`` is what was read, when that is not what the row says; ``proposition``, what would
        mend it.
        """
        if attribut in ligne.fautifs:
            return
        ligne.refusee = True
        ligne.fautifs.add(attribut)
        champ = etat.feuille.par_attribut[attribut]
        if valeur is None:
            dite = etat.valeur(ligne, attribut)
            valeur = en_clair(champ, dite, self.codes_mds, self.orthographe)
        self.refus.append(
            CelluleRefusee(etat.feuille.nom, ligne.numero, champ.titre, valeur, raison, proposition)
        )
