"""The bilan (M13, M14).

What is written through the year beside the figures, and what the convention aims at.
"""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import (
    Enregistrement,
    controle,
    de_liste,
    info,
    jour,
    montant,
    numero_de,
    texte,
    texte_long,
    unique,
    vers,
)
from .declaration import TENIR, Declaration, DroitDuRole, Famille, Forme

if TYPE_CHECKING:
    from .convention import Convention
    from .nomenclature import ThemeFrein
    from .territoire import Mds


class TexteBilan(Enregistrement):
    """A paragraph of the qualitative part, of an MDS or of the whole Département.

    No youth is named in it.
    """

    __tablename__ = "texte_bilan"
    declaration = Declaration(
        "Texte du bilan",
        Forme.MDS_OU_DEPARTEMENT,
        droits=(
            DroitDuRole(
                "COORDONNATEUR",
                TENIR,
                "Écrit au fil de l’année la partie qualitative du bilan.",
            ),
            DroitDuRole("DPID", TENIR, "Complète la partie qualitative du bilan."),
        ),
    )
    __table_args__ = (
        controle(
            "ck_texte_bilan_rubrique",
            "rubrique in ('OBSTACLE', 'ESSAI', 'SITUATION', 'PARTENARIAT', 'ANALYSE')",
            "Cette rubrique du bilan est inconnue.",
            "rubrique",
        ),
        controle(
            "ck_texte_bilan_theme",
            "theme_code is not null or rubrique <> 'OBSTACLE'",
            "Dites de quel frein il s’agit : le bilan les présente par thème.",
            "theme_code",
        ),
        controle("ck_texte_bilan_recit", "btrim(recit) <> ''", "Le texte est vide.", "recit"),
        Index("ix_texte_bilan_mds_le", "mds_id", "le"),
    )
    rubrique: Mapped[str] = texte("Rubrique", 20, requis=True)
    le: Mapped[date] = jour(
        "Le", requis=True, aide="Ce texte paraît dans les bilans dont la période comprend ce jour."
    )
    mds_id: Mapped[int | None] = numero_de("mds", "MDS", aide="Vide : tout le Département.")
    theme_code: Mapped[str | None] = de_liste(
        "theme_frein", "Frein", aide="Obligatoire pour un obstacle."
    )
    recit: Mapped[str] = mapped_column(
        Text,
        nullable=False,
        info=info(
            "Texte", "Sans nom, sans diagnostic ni infraction : le bilan est lu hors de la MDS."
        ),
    )
    sans_nom: Mapped[bool] = mapped_column(
        Boolean,
        nullable=False,
        server_default=text("false"),
        info=info(
            "J’ai vérifié : aucun mot ne désigne un jeune",
            "À cocher quand Tandem prend pour le nom d’un jeune un mot qui n’en est pas un.",
        ),
    )
    theme: Mapped["ThemeFrein"] = vers("ThemeFrein", "TexteBilan.theme_code")
    mds: Mapped["Mds"] = vers("Mds", "TexteBilan.mds_id")


class Objectif(Enregistrement):
    """What a convention expects of an indicator, for the whole Département and its whole period."""

    __tablename__ = "objectif"
    declaration = Declaration("Objectif", Forme.DEPARTEMENTAL, familles=(Famille.MOYENS,))
    __table_args__ = (
        unique(
            "uq_objectif_convention_indicateur",
            "convention_id",
            "indicateur",
            phrase="Cette convention a déjà un objectif pour cet indicateur.",
            champ="indicateur",
        ),
        controle(
            "ck_objectif_sens", "sens in ('AU_MOINS', 'AU_PLUS')", "Le sens est inconnu.", "sens"
        ),
        controle("ck_objectif_cible", "cible >= 0", "La cible ne peut être négative.", "cible"),
    )
    convention_id: Mapped[int] = numero_de("convention", "Convention", requis=True, index=True)
    indicateur: Mapped[str] = texte("Indicateur", 20, requis=True)
    sens: Mapped[str] = texte("Sens", 10, requis=True)
    cible: Mapped[Decimal] = montant(
        "Cible", requis=True, aide="Un nombre, ou un pourcentage pour un taux."
    )
    observations: Mapped[str | None] = texte_long("Observations")
    convention: Mapped["Convention"] = relationship(back_populates="objectifs")
