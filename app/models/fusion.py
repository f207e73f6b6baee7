"""Two files of the same youth made one.

What was moved, what was chosen, so that one click takes it back.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import PHRASES, Nature, SuiviJeune, controle, info, instant, texte
from .declaration import Declaration, DroitDuRole, Forme


def _garde(libelle: str) -> Any:
    """What is needed to take the fusion back: neither told nor shown."""
    dit = info(libelle, nature=Nature.SENSIBLE, audit=False, racontee=False)
    return mapped_column(JSONB, nullable=False, info=dit)


class Fusion(SuiviJeune):
    """The file ``jeune_id`` was kept, the file ``absorbe_id`` went into it.

    Written by ``acces/fusion.sql`` alone.
    """

    __tablename__ = "fusion"
    declaration = Declaration(
        "Fusion",
        Forme.A_PART,
        restaurable=False,
        droits=(
            DroitDuRole(
                "COORDONNATEUR", ("lire",), "Sait quels dossiers de sa MDS ont été fusionnés."
            ),
            DroitDuRole(
                "REFERENT_SEF",
                ("lire", "creer", "modifier"),
                "Fusionne deux dossiers d’un même jeune, et annule une fusion.",
            ),
            DroitDuRole("SLAI", ("lire",), "Sait quels dossiers de sa MDS ont été fusionnés."),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("fusion"),
        controle(
            "ck_fusion_annulee",
            "(annulee_le is null) = (annulee_par is null)",
            "Dites qui annule la fusion.",
        ),
        Index("ix_fusion_absorbe_id", "absorbe_id"),
    )
    absorbe_id: Mapped[int] = mapped_column(
        Integer, nullable=False, info=info("Numéro du dossier absorbé", racontee=False)
    )
    code_garde: Mapped[str] = texte("Dossier gardé", 20, requis=True)
    code_absorbe: Mapped[str] = texte("Dossier absorbé", 20, requis=True)
    absorbe: Mapped[dict] = _garde("Fiche absorbée")
    """The row of the file that went, whole."""
    avant: Mapped[dict] = _garde("Valeurs remplacées")
    """The fields of the kept file that took the value of the other: what they said before."""
    deplacees: Mapped[dict] = _garde("Fiches déplacées")
    """Table → numbers of the records that changed file."""
    fusionnee_le: Mapped[datetime] = instant(
        "Fusionnés le", requis=True, server_default=text("now()")
    )
    fusionnee_par: Mapped[str] = texte("Fusionnés par", 300, requis=True)
    annulee_le: Mapped[datetime | None] = instant("Annulée le")
    annulee_par: Mapped[str | None] = texte("Annulée par", 300)


PHRASES |= {
    "ck_fusion_transfert": (
        (
            "Un transfert de l’un des deux dossiers attend une réponse : répondez-y ou retirez-le "
            "d’abord."
        ),
        None,
    ),
    "ck_fusion_ordre": ("Une fusion plus récente touche ce dossier : annulez-la d’abord.", None),
}
