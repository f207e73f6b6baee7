"""The youth answers alone.

The link that opens the question once, and the answer, kept apart from the file.
"""

from dataclasses import replace
from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import PHRASES, Enregistrement, Nature, info, instant, texte, unique
from .declaration import INTERNE, Declaration, Forme


class Invitation(Enregistrement):
    """A link that lets the youth answer an enquête once, without an account.

    The base holds the hash of its code only.
    """

    __tablename__ = "invitation"
    declaration = Declaration(
        "Lien d’enquête",
        Forme.AVEC_SON_PARENT,
        parent="enquete",
        histoire=False,
        restaurable=False,
    )
    __table_args__ = (
        unique("uq_invitation_empreinte", "empreinte", phrase="Ce lien existe déjà."),
        Index("ix_invitation_enquete_id", "enquete_id"),
    )
    enquete_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("enquete.id", ondelete="CASCADE"),
        nullable=False,
        info=info("Enquête"),
    )
    empreinte: Mapped[str] = mapped_column(
        String(64), nullable=False, info=info("Code haché", audit=False)
    )
    creee_le: Mapped[datetime] = instant("Créé le", requis=True, server_default=text("now()"))
    creee_par: Mapped[str] = texte("Créé par", 300, requis=True)
    expire_le: Mapped[datetime] = instant("Expire le", requis=True)
    utilisee_le: Mapped[datetime | None] = instant("Utilisé le")
    revoquee_le: Mapped[datetime | None] = instant("Retiré le")


class ReponseConfiee(Model):
    """What a youth answered by their link. No role reads it.

    Figures count it (``acces/politiques.sql``).
    """

    __tablename__ = "reponse_confiee"
    declaration = replace(INTERNE, octrois="select, insert, update, delete")
    enquete_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("enquete.id"),
        primary_key=True,
        autoincrement=False,
        info=info("Enquête"),
    )
    reponse_code: Mapped[str] = mapped_column(
        String(30),
        ForeignKey("reponse_enquete.code"),
        nullable=False,
        info=info("Réponse", nature=Nature.SENSIBLE, confiee=True),
    )


PHRASES["reponse_confiee_enquete_id_fkey"] = (
    "Le jeune a répondu seul : cette enquête ne se supprime pas.",
    None,
)
