"""Accounts and what they may do: a person, a role, an MDS or all, from a day to a day (A2)."""

import hmac
from datetime import date
from typing import TYPE_CHECKING

from flask import current_app
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Enregistrement, controle, jour, ordre, texte, vers

if TYPE_CHECKING:
    from .territoire import Mds


class Compte(User):
    """The account of a person; the rights come from habilitations alone, never from
    Flask-AppBuilder's roles."""

    def empreinte(self) -> str:
        """Changes with the password: a session opened before no longer matches."""
        cle = current_app.secret_key
        cle = cle if isinstance(cle, bytes) else cle.encode()
        return hmac.new(cle, (self.password or "").encode(), "sha256").hexdigest()[:16]

    def get_id(self) -> str:
        return f"{self.id}.{self.empreinte()}"

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class RoleMetier(Model):
    """A role of the mission; written by ``init`` from ``app/roles.py``, never by hand."""

    __tablename__ = "role"
    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    libelle: Mapped[str] = mapped_column(String(120), nullable=False)
    phrase: Mapped[str] = mapped_column(String(500), nullable=False)
    ordre: Mapped[int] = mapped_column(Integer, nullable=False)

    def __str__(self) -> str:
        return self.libelle


class Droit(Model):
    """What a role may do with a resource; written by ``init`` from ``app/roles.py``, read by the
    policies."""

    __tablename__ = "droit"
    role_code: Mapped[str] = mapped_column(String(30), ForeignKey("role.code"), primary_key=True)
    ressource: Mapped[str] = mapped_column(String(40), primary_key=True)
    acte: Mapped[str] = mapped_column(String(20), primary_key=True)


class Habilitation(Enregistrement):
    """A role given to a person in one MDS (or all), by someone, for a period. What is not given is
    refused."""

    __tablename__ = "habilitation"
    __table_args__ = (
        ordre("habilitation", "du", "au", "L’habilitation finit avant d’avoir commencé."),
        Index("ix_habilitation_compte_id", "compte_id"),
        controle(
            "ck_habilitation_soi",
            "donnee_par_id is distinct from compte_id",
            "Personne ne se donne un rôle à soi-même.",
            "compte_id",
        ),
    )
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id"),
        nullable=False,
        info={"libelle": "Personne", "aide": None},
    )
    role_code: Mapped[str] = mapped_column(
        String(30), ForeignKey("role.code"), nullable=False, info={"libelle": "Rôle", "aide": None}
    )
    mds_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("mds.id"), info={"libelle": "MDS", "aide": "Vide : toutes les MDS."}
    )
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : jusqu’à ce qu’elle soit retirée.")
    motif: Mapped[str | None] = texte("Motif", 300)
    donnee_par_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("ab_user.id"), info={"libelle": "Donnée par", "aide": None}
    )
    compte: Mapped[Compte] = vers("Compte", "Habilitation.compte_id")
    role: Mapped[RoleMetier] = vers("RoleMetier", "Habilitation.role_code")
    mds: Mapped["Mds"] = vers("Mds", "Habilitation.mds_id")
    donnee_par: Mapped[Compte | None] = vers("Compte", "Habilitation.donnee_par_id")
