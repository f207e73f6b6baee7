"""Accounts and what they may do: a person, a role, an MDS or all, from a day to a day (A2)."""

import hmac
from datetime import date
from typing import TYPE_CHECKING

from flask import current_app
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from .base import Enregistrement, Nature, controle, dans_l_ordre, info, jour, numero_de, texte, vers
from .declaration import ECRIRE, INTERNE, Declaration, DroitDuRole, Forme, Recherche

if TYPE_CHECKING:
    from .territoire import Mds


WEEK_END = "67"
"""The days without e-mail of whoever has chosen none, as ISO weekdays."""


class Compte(User):
    """The account of a person.

    The rights come from habilitations alone, never from Flask-AppBuilder's roles.
    """

    declaration = Declaration(
        "Compte",
        Forme.A_PART,
        ressource="compte",
        restaurable=False,
        octrois="select, insert, update",
        droits=(
            DroitDuRole("RESPONSABLE", ("lire",), "Lit les comptes pour y choisir une personne."),
            DroitDuRole("ADMINISTRATEUR", ECRIRE, "Gère les comptes."),
        ),
        recherche=Recherche(
            dans=lambda compte: func.acces.plier(
                func.concat(compte.first_name, " ", compte.last_name, " ", compte.username)
            ),
            ordre=lambda compte: compte.last_name,
            precision=("username",),
        ),
    )

    apparence: Mapped[str | None] = mapped_column(
        String(10), CheckConstraint("apparence in ('clair', 'sombre')", name="apparence")
    )
    """The light that the person has chosen; none: that of their system."""
    portefeuille: Mapped[str | None] = mapped_column(
        String(10), CheckConstraint("portefeuille in ('miens', 'tous')", name="portefeuille")
    )
    """Whose youths the lists show first; none: one's own, for whoever has some."""

    rappels: Mapped[str | None] = mapped_column(
        String(10), CheckConstraint("rappels in ('semaine', 'jamais')", name="rappels")
    )
    """How often Tandem writes what waits; none: each day."""
    sans_rappel: Mapped[str | None] = mapped_column(
        String(7), CheckConstraint("sans_rappel ~ '^[1-7]*$'", name="sans_rappel")
    )
    """The days without e-mail, as ISO weekdays; none: nothing was chosen."""

    @property
    def jours_sans_rappel(self) -> str:
        return WEEK_END if self.sans_rappel is None else self.sans_rappel

    def empreinte(self) -> str:
        """Changes with the password: a session opened before no longer matches."""
        secret = current_app.secret_key or b""
        if isinstance(secret, str):
            secret = secret.encode()
        return hmac.new(secret, (self.password or "").encode(), "sha256").hexdigest()[:16]

    def get_id(self) -> str:
        return f"{self.id}.{self.empreinte()}"

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


_SAUF_POUR_LES_PERSONNES = ("created_on", "changed_on", "created_by_fk", "changed_by_fk")
_SECRETS = (
    *("password", "last_login", "login_count", "fail_login_count", "changed_on"),
    *("apparence", "portefeuille", "rappels", "sans_rappel"),
)
_LIBELLES = {
    "id": "Numéro",
    "first_name": "Prénom",
    "last_name": "Nom",
    "username": "Identifiant",
    "password": "Mot de passe haché",
    "active": "Ouvert",
    "email": "Courriel",
    "last_login": "Dernière connexion",
    "login_count": "Nombre de connexions",
    "fail_login_count": "Nombre d’échecs",
    "created_on": "Créé le",
    "changed_on": "Changé le",
    "created_by_fk": "Créé par",
    "changed_by_fk": "Changé par",
    "apparence": "Apparence",
    "portefeuille": "Jeunes montrés d’abord",
    "rappels": "Rappels par courriel",
    "sans_rappel": "Jours sans rappel",
}
"""What Flask-AppBuilder does not say of the columns of an account."""

for _nom, _libelle in _LIBELLES.items():
    Compte.__table__.c[_nom].info.update(
        info(
            _libelle,
            nature=Nature.PERSONNEL if _nom not in _SECRETS else Nature.TECHNIQUE,
            audit=_nom not in _SECRETS,
            racontee=_nom != "id" and _nom not in _SAUF_POUR_LES_PERSONNES,
        )
    )


class RoleMetier(Model):
    """A role of the mission; written by ``init`` from ``app/roles.py``, never by hand."""

    __tablename__ = "role"
    declaration = INTERNE
    code: Mapped[str] = mapped_column(String(30), primary_key=True, info=info("Code"))
    libelle: Mapped[str] = mapped_column(String(120), nullable=False, info=info("Libellé"))
    phrase: Mapped[str] = mapped_column(String(500), nullable=False, info=info("Phrase"))
    ordre: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Ordre"))

    def __str__(self) -> str:
        return self.libelle


class Droit(Model):
    """What a role may do with a resource.

    Written by ``init`` from ``app/roles.py``, read by the policies.
    """

    __tablename__ = "droit"
    declaration = INTERNE
    role_code: Mapped[str] = mapped_column(
        String(30), ForeignKey("role.code"), primary_key=True, info=info("Rôle")
    )
    ressource: Mapped[str] = mapped_column(String(40), primary_key=True, info=info("Ressource"))
    acte: Mapped[str] = mapped_column(String(20), primary_key=True, info=info("Acte"))


class Habilitation(Enregistrement):
    """A role given to a person in one MDS (or all), by someone, for a period.

    What is not given is refused.
    """

    __tablename__ = "habilitation"
    declaration = Declaration(
        "Habilitation",
        Forme.A_PART,
        restaurable=False,
        # Withdrawn and given again, never turned into another.
        octrois="select, insert, update (du, au, motif)",
        droits=(DroitDuRole("RESPONSABLE", ECRIRE, "Donne et retire des rôles dans sa MDS."),),
    )
    __table_args__ = (
        dans_l_ordre("habilitation", "du", "au", "L’habilitation finit avant d’avoir commencé."),
        Index("ix_habilitation_compte_id", "compte_id"),
        controle(
            "ck_habilitation_soi",
            "donnee_par_id is distinct from compte_id",
            "Personne ne se donne un rôle à soi-même.",
            "compte_id",
        ),
    )
    compte_id: Mapped[int] = numero_de("ab_user", "Personne", requis=True)
    role_code: Mapped[str] = mapped_column(
        String(30), ForeignKey("role.code"), nullable=False, info=info("Rôle")
    )
    mds_id: Mapped[int | None] = numero_de("mds", "MDS", aide="Vide : toutes les MDS.")
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : jusqu’à ce qu’elle soit retirée.")
    motif: Mapped[str | None] = texte("Motif", 300)
    donnee_par_id: Mapped[int | None] = numero_de("ab_user", "Donnée par")
    compte: Mapped[Compte] = vers("Compte", "Habilitation.compte_id")
    role: Mapped[RoleMetier] = vers("RoleMetier", "Habilitation.role_code")
    mds: Mapped["Mds"] = vers("Mds", "Habilitation.mds_id")
    donnee_par: Mapped[Compte | None] = vers("Compte", "Habilitation.donnee_par_id")
