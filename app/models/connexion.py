"""How a person proves who they are: what an account keeps secret, the sessions it has open, the
attempts counted."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import Boolean, DateTime, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from .base import Enregistrement, unique


def instant(**options):
    return mapped_column(DateTime(timezone=True), **options)


class Authentification(Enregistrement):
    """Beside the password: is it a temporary one, the second factor, the identity at the OpenID
    Connect provider.

    Apart from the account, so that whoever may read accounts reads nothing of this.
    """

    __tablename__ = "authentification"
    __table_args__ = (
        unique(
            "uq_authentification_compte",
            "compte_id",
            phrase="Ce compte a déjà ses moyens de connexion.",
        ),
        unique(
            "uq_authentification_oidc",
            "oidc_emetteur",
            "oidc_sujet",
            phrase="Cette identité est déjà rattachée à un autre compte.",
        ),
    )
    compte_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False
    )
    temporaire_jusqu_au: Mapped[datetime | None] = instant()
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_depuis: Mapped[datetime | None] = instant()
    totp_dernier_pas: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    codes_secours: Mapped[list[str]] = mapped_column(
        ARRAY(Text), nullable=False, server_default=text("'{}'")
    )
    oidc_emetteur: Mapped[str | None] = mapped_column(String(300))
    oidc_sujet: Mapped[str | None] = mapped_column(String(300))


class SessionOuverte(Model):
    """A browser where someone is signed in. The cookie holds a random number, the base its
    fingerprint."""

    __tablename__ = "session_ouverte"
    __table_args__ = (Index("ix_session_ouverte_compte_id", "compte_id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    empreinte: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    compte_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False
    )
    moyen: Mapped[str] = mapped_column(String(30), nullable=False)
    second_facteur: Mapped[bool] = mapped_column(Boolean, nullable=False)
    ouverte_le: Mapped[datetime] = instant(nullable=False, server_default=text("now()"))
    vue_le: Mapped[datetime] = instant(nullable=False, server_default=text("now()"))
    finie_le: Mapped[datetime | None] = instant()
    fin: Mapped[str | None] = mapped_column(String(30))
    adresse: Mapped[str | None] = mapped_column(String(60))
    agent: Mapped[str | None] = mapped_column(String(300))
    jeton_oidc: Mapped[str | None] = mapped_column(Text)


class Tentative(Model):
    """Attempts counted for a key (an account from an address, a workstation, an address), shared by
    all workers."""

    __tablename__ = "tentative"
    portee: Mapped[str] = mapped_column(String(20), primary_key=True)
    cle: Mapped[str] = mapped_column(String(64), primary_key=True)
    echecs: Mapped[int] = mapped_column(Integer, nullable=False)
    derniere_le: Mapped[datetime] = instant(nullable=False)
    bloquee_jusqu_au: Mapped[datetime | None] = instant()
