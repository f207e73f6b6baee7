"""The e-mails that Tandem writes: one line each, kept so that none is lost nor sent twice."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Nature, info, unique
from .declaration import Declaration, Forme

RESUME = "resume"
ORIENTATION = "orientation"


class Rappel(Model):
    """An e-mail to one person: codes and links alone, never a name nor a date of birth.

    ``cle`` says what it is about: the day of a digest, the number of an orientation. It is sent
    when ``envoye_le`` is given, given up when ``refus`` says why; else it waits.
    """

    __tablename__ = "rappel"
    declaration = Declaration(
        "Rappel", Forme.PERSONNEL, auditee=False, histoire=False, restaurable=False
    )
    __table_args__ = (
        unique(
            "uq_rappel_compte_genre_cle",
            "compte_id",
            "genre",
            "cle",
            phrase="Ce rappel est déjà écrit.",
        ),
        Index(
            "ix_rappel_a_envoyer",
            "id",
            postgresql_where=text("envoye_le is null and refus is null"),
        ),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id"),
        nullable=False,
        info=info("Personne", nature=Nature.PERSONNEL),
    )
    genre: Mapped[str] = mapped_column(String(20), nullable=False, info=info("Genre"))
    cle: Mapped[str] = mapped_column(String(40), nullable=False, info=info("À propos de"))
    objet: Mapped[str] = mapped_column(String(200), nullable=False, info=info("Objet"))
    corps: Mapped[str] = mapped_column(Text, nullable=False, info=info("Texte"))
    ecrit_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("now()"), info=info("Écrit le")
    )
    envoye_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Envoyé le")
    )
    refus: Mapped[str | None] = mapped_column(String(300), info=info("Pourquoi il n’est pas parti"))
