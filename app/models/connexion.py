"""How a person proves who they are.

What an account keeps secret, the sessions it has open, the attempts counted.
"""

from dataclasses import replace
from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from .base import Enregistrement, Nature, info, instant, texte, unique
from .declaration import INTERNE, Declaration, Forme


class Authentification(Enregistrement):
    """What an account signs in with, beside the password.

    Whether it is temporary, the second factor, the identity at the OpenID Connect provider.

    Apart from the account, so that whoever may read accounts reads nothing of this.
    """

    __tablename__ = "authentification"
    declaration = Declaration(
        "Moyens de connexion", Forme.A_PART, histoire=False, restaurable=False
    )
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
        unique(
            "uq_authentification_agenda",
            "agenda_hash",
            phrase="Cette adresse d’agenda est déjà prise.",
        ),
    )
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id", ondelete="CASCADE"),
        nullable=False,
        info=info("Personne", nature=Nature.PERSONNEL),
    )
    temporaire_jusqu_au: Mapped[datetime | None] = instant("Mot de passe provisoire jusqu’au")
    totp_secret: Mapped[str | None] = mapped_column(
        Text, info=info("Secret du second facteur", audit=False)
    )
    totp_depuis: Mapped[datetime | None] = instant("Second facteur depuis")
    totp_dernier_pas: Mapped[int] = mapped_column(
        Integer,
        nullable=False,
        server_default=text("0"),
        info=info("Dernier code employé", audit=False),
    )
    codes_secours: Mapped[list[str]] = mapped_column(
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        info=info("Codes de secours hachés", audit=False),
    )
    oidc_emetteur: Mapped[str | None] = texte("Fournisseur d’identité", 300)
    oidc_sujet: Mapped[str | None] = texte("Numéro chez ce fournisseur", 300)
    agenda_hash: Mapped[str | None] = mapped_column(
        String(64), info=info("Adresse de l’agenda hachée", audit=False)
    )
    agenda_depuis: Mapped[datetime | None] = instant("Agenda ouvert depuis")


class SessionOuverte(Model):
    """A browser where someone is signed in.

    The cookie holds a random number, the base its fingerprint.
    """

    __tablename__ = "session_ouverte"
    declaration = replace(INTERNE, octrois="select, insert, update, delete")
    __table_args__ = (Index("ix_session_ouverte_compte_id", "compte_id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    empreinte: Mapped[str] = mapped_column(
        String(64), nullable=False, unique=True, info=info("Jeton haché")
    )
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id", ondelete="CASCADE"),
        nullable=False,
        info=info("Personne", nature=Nature.PERSONNEL),
    )
    moyen: Mapped[str] = mapped_column(String(30), nullable=False, info=info("Moyen de connexion"))
    second_facteur: Mapped[bool] = mapped_column(
        Boolean, nullable=False, info=info("Second facteur donné")
    )
    ouverte_le: Mapped[datetime] = instant("Ouverte le", requis=True, server_default=text("now()"))
    vue_le: Mapped[datetime] = instant("Vue le", requis=True, server_default=text("now()"))
    prouvee_le: Mapped[datetime] = instant("Prouvée le", requis=True, server_default=text("now()"))
    machine_nouvelle: Mapped[bool] = mapped_column(
        Boolean,
        nullable=False,
        server_default=text("false"),
        info=info("Ouverte sur une nouvelle machine"),
    )
    finie_le: Mapped[datetime | None] = instant("Finie le")
    fin: Mapped[str | None] = texte("Raison de la fin", 30, nature=Nature.TECHNIQUE)
    adresse: Mapped[str | None] = texte("Adresse IP", 60)
    agent: Mapped[str | None] = texte("Navigateur", 300)
    jeton_oidc: Mapped[str | None] = mapped_column(
        Text, info=info("Jeton du fournisseur d’identité")
    )


class Tentative(Model):
    """Attempts counted for a key, shared by all workers.

    The key is an account from an address, a workstation, or an address.
    """

    __tablename__ = "tentative"
    declaration = replace(INTERNE, octrois="select, insert, update, delete")
    portee: Mapped[str] = mapped_column(
        String(20), primary_key=True, info=info("Ce qui est compté")
    )
    cle: Mapped[str] = mapped_column(String(64), primary_key=True, info=info("Clé hachée"))
    echecs: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Échecs"))
    derniere_le: Mapped[datetime] = instant("Dernier essai le", requis=True)
    bloquee_jusqu_au: Mapped[datetime | None] = instant("Bloquée jusqu’au")


class TexteGarde(Model):
    """What someone typed in a form that was refused for want of a session, for one hour.

    ``contenu`` is encrypted with SECRET_KEY and a key that their browser alone keeps: the page and
    the fields. ``navigateur`` and ``formulaire`` are hashes: of that key, and of the form.
    """

    __tablename__ = "texte_garde"
    declaration = replace(INTERNE, forme=Forme.PERSONNEL, octrois="select, insert, update, delete")
    __table_args__ = (
        UniqueConstraint("compte_id", "navigateur", "formulaire", name="uq_texte_garde_formulaire"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id", ondelete="CASCADE"),
        nullable=False,
        info=info("Personne", nature=Nature.PERSONNEL),
    )
    navigateur: Mapped[str] = mapped_column(
        String(64), nullable=False, info=info("Navigateur haché")
    )
    formulaire: Mapped[str] = mapped_column(
        String(64), nullable=False, info=info("Formulaire haché")
    )
    contenu: Mapped[str] = mapped_column(
        Text, nullable=False, info=info("Texte chiffré", nature=Nature.PERSONNEL)
    )
    garde_le: Mapped[datetime] = instant("Gardé le", requis=True, server_default=text("now()"))
