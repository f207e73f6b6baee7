"""Two files that look alike, and that someone said to be those of two youths.

Twins, two names of the same village.
"""

from datetime import datetime

from sqlalchemy import Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import SuiviJeune, controle, info, instant, texte
from .declaration import Declaration, Forme
from .jeune import Jeune


class Distinction(SuiviJeune):
    """A pair no longer proposed; deleting the row proposes it again. Both acts are audited."""

    __tablename__ = "distinction"
    declaration = Declaration(
        "Dossiers dits différents",
        Forme.A_PART,
        ressource="fusion",
        restaurable=False,
        hors_copie="elle désigne le dossier d’un autre jeune",
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("distinction"),
        controle(
            "ck_distinction_deux",
            "jeune_id <> autre_id",
            (
                "Ces deux dossiers ont été dits ceux de deux jeunes différents : revenez d’abord "
                "sur cette réponse."
            ),
        ),
    )
    autre_id: Mapped[int] = mapped_column(
        Integer, nullable=False, info=info("Numéro de l’autre dossier", racontee=False)
    )
    """No foreign key: the other file may go into a third one, and come back."""
    code_autre: Mapped[str] = texte("Autre dossier", 20, requis=True)
    dite_le: Mapped[datetime] = instant("Déclaré le", requis=True, server_default=text("now()"))
    dite_par: Mapped[str] = texte("Déclaré par", 300, requis=True)

    @classmethod
    def entre(cls, un: Jeune, autre: Jeune, dite_par: str) -> "Distinction":
        """What ``dite_par`` says: they are two youths; kept in the MDS of ``un``."""
        return cls(
            jeune_id=un.id,
            mds_id=un.mds_id,
            autre_id=autre.id,
            code_autre=autre.code,
            dite_par=dite_par,
        )
