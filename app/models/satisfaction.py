"""The youth answers alone: the link that opens the question once, and the answer, kept apart from
the file."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import PHRASES, Enregistrement, texte, unique


def _instant(libelle: str, **options):
    return mapped_column(
        DateTime(timezone=True), info={"libelle": libelle, "aide": None}, **options
    )


class Invitation(Enregistrement):
    """A link that lets the youth answer an enquête once, without an account; the base holds the
    print of its code only."""

    __tablename__ = "invitation"
    __table_args__ = (
        unique("uq_invitation_empreinte", "empreinte", phrase="Ce lien existe déjà."),
        Index("ix_invitation_enquete_id", "enquete_id"),
    )
    enquete_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("enquete.id", ondelete="CASCADE"),
        nullable=False,
        info={"libelle": "Enquête", "aide": None},
    )
    empreinte: Mapped[str] = mapped_column(
        String(64), nullable=False, info={"libelle": "Empreinte", "aide": None}
    )
    creee_le: Mapped[datetime] = _instant("Créé le", nullable=False, server_default=text("now()"))
    creee_par: Mapped[str] = texte("Créé par", 300, requis=True)
    expire_le: Mapped[datetime] = _instant("Expire le", nullable=False)
    utilisee_le: Mapped[datetime | None] = _instant("Utilisé le")
    revoquee_le: Mapped[datetime | None] = _instant("Retiré le")


class ReponseConfiee(Model):
    """What a youth answered by their link. No role reads it; figures count it
    (``acces/politiques.sql``)."""

    __tablename__ = "reponse_confiee"
    enquete_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("enquete.id"), primary_key=True, autoincrement=False
    )
    reponse_code: Mapped[str] = mapped_column(
        String(30), ForeignKey("reponse_enquete.code"), nullable=False
    )


PHRASES["reponse_confiee_enquete_id_fkey"] = (
    "Le jeune a répondu seul : cette enquête ne se supprime pas.",
    None,
)
