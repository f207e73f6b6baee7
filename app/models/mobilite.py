"""Where a youth goes for a while, and who follows them there (M7)."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from .base import SuiviJeune, controle, dans_l_ordre, de_liste, jour, texte, texte_long
from .base import vers as relation
from .declaration import TENIR, Declaration, DroitDuRole, tenu_par_le_coordonnateur

if TYPE_CHECKING:
    from .nomenclature import GenreMobilite


class Mobilite(SuiviJeune):
    """Studies, training or work outside the Département, from a day to a day; ERASMUS+ included.

    « Favoriser la mobilité interdépartementale […] tout en assurant la continuité de
    l’accompagnement »: the youth stays the youth of their MDS.
    """

    __tablename__ = "mobilite"
    declaration = Declaration(
        "Mobilité",
        droits=(
            *(d for d in tenu_par_le_coordonnateur("les mobilités") if d.role != "REFERENT_SEF"),
            DroitDuRole("REFERENT_SEF", TENIR, "Tient les mobilités."),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("mobilite", cle=("du",)),
        dans_l_ordre("mobilite", "du", "au", "Le retour précède le départ."),
        controle("ck_mobilite_ou", "btrim(ou) <> ''", "Dites où part le jeune.", "ou"),
        Index("ix_mobilite_du", "du", "jeune_id", postgresql_include=["au"]),
    )
    genre_code: Mapped[str] = de_liste("genre_mobilite", "Mobilité", requis=True)
    ou: Mapped[str] = texte("Où", 300, requis=True, aide="Ville et département, ou pays.")
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : le jeune y est encore.")
    contact: Mapped[str | None] = texte(
        "Contact sur place",
        500,
        aide="Qui suit le jeune là-bas : nom, structure, téléphone ou courriel.",
    )
    precision: Mapped[str | None] = texte_long(
        "Pourquoi", aide="Études, formation, emploi, famille… et comment le suivi continue."
    )
    genre: Mapped["GenreMobilite"] = relation("GenreMobilite", "Mobilite.genre_code")

    def __str__(self) -> str:
        return f"{self.genre} : {self.ou}"
