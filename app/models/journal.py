"""The audit log, written by the base itself, and the seals that show whether it was altered."""

from dataclasses import replace
from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, DateTime, Index, Integer, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import Nature, info
from .declaration import INTERNE

ECARTS = "montrée comme un écart, champ par champ"


SANS_COMPTE = {"tous": "Une commande", "connexion": "Page de connexion", "": "Personne"}
"""What acts without an account → how people read it."""


class Evenement(Model):
    """A line of the audit log, written by the base itself; the application can only add and read.

    ``transaction`` groups the lines written together; ``avant`` and ``apres`` hold the fields that
    changed.
    """

    __tablename__ = "journal"
    declaration = replace(INTERNE, grande=True)
    __table_args__ = (
        Index("ix_journal_table_cle", "table_nom", "cle"),
        Index("ix_journal_mds_id", "mds_id", "id"),
        Index("ix_journal_le", "le", "id"),
        # What a person did, and what is rarer than a creation: read without walking the whole
        # log.
        Index("ix_journal_login", "login", "le", "id", postgresql_where=text("login is not null")),
        Index(
            "ix_journal_expurgee_par",
            "expurgee_par",
            postgresql_where=text("expurgee_par is not null"),
        ),
        Index(
            "ix_journal_operation",
            "operation",
            "le",
            "id",
            postgresql_where=text("operation <> 'creation'"),
        ),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, info=info("Numéro"))
    le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        nullable=False,
        server_default=text("clock_timestamp()"),
        info=info("Le"),
    )
    transaction: Mapped[int] = mapped_column(
        BigInteger, nullable=False, info=info("Transaction", hors_ecran="sert aux sceaux")
    )
    acteur: Mapped[str] = mapped_column(
        String(40), nullable=False, info=info("Compte", nature=Nature.PERSONNEL)
    )
    login: Mapped[str | None] = mapped_column(
        String(128), info=info("Identifiant", nature=Nature.PERSONNEL)
    )
    canal: Mapped[str | None] = mapped_column(String(40), info=info("Par"))
    adresse: Mapped[str | None] = mapped_column(
        String(60), info=info("Depuis", nature=Nature.PERSONNEL)
    )
    requete: Mapped[str | None] = mapped_column(String(60), index=True, info=info("Demande"))
    operation: Mapped[str] = mapped_column(String(30), nullable=False, info=info("Opération"))
    table_nom: Mapped[str | None] = mapped_column(String(60), info=info("Objet"))
    cle: Mapped[str | None] = mapped_column(
        String(60), info=info("Numéro de la fiche", nature=Nature.PERSONNEL)
    )
    jeune_id: Mapped[int | None] = mapped_column(
        Integer, index=True, info=info("Jeune", nature=Nature.PERSONNEL)
    )
    mds_id: Mapped[int | None] = mapped_column(Integer, info=info("MDS", nature=Nature.PERSONNEL))
    avant: Mapped[dict | None] = mapped_column(
        JSONB, info=info("Avant", nature=Nature.SENSIBLE, hors_ecran=ECARTS)
    )
    apres: Mapped[dict | None] = mapped_column(
        JSONB, info=info("Après", nature=Nature.SENSIBLE, hors_ecran=ECARTS)
    )
    motif: Mapped[str | None] = mapped_column(
        String(500), info=info("Motif", nature=Nature.SENSIBLE)
    )
    detail: Mapped[dict | None] = mapped_column(
        JSONB, info=info("Précisions", nature=Nature.SENSIBLE)
    )
    empreinte: Mapped[bytes | None] = mapped_column(
        LargeBinary, info=info("Hash gardé", hors_ecran="sert aux sceaux")
    )
    """The hash that the line had before ``acces.anonymiser`` emptied it; the seals count on it."""
    expurgee_par: Mapped[int | None] = mapped_column(
        BigInteger, info=info("Vidée par la ligne", hors_ecran="sert aux sceaux")
    )
    """The line of the anonymisation that emptied this one."""

    @property
    def qui(self) -> str:
        """The login of who acted, or what acted without an account."""
        if self.canal == "formulaire":
            return "Le jeune, par son lien"
        return self.login or SANS_COMPTE.get(self.acteur, f"Compte n° {self.acteur}")


class Sceau(Model):
    """A batch of lines of the audit log, sealed together; ``id`` is its rank in the chain.

    See ``acces/sceau.sql``. ``contenu`` holds a hash of sixteen bytes a line, in their order;
    ``jusqu_a``, ``trous`` and ``limite`` say where the next batch starts, and which numbers below
    may still be written by a transaction that was under way.
    """

    __tablename__ = "sceau"
    declaration = INTERNE
    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, info=info("Rang")
    )
    famille: Mapped[str] = mapped_column(String(10), nullable=False, info=info("Famille"))
    scelle_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, info=info("Scellé le")
    )
    lignes: Mapped[list] = mapped_column(INT8MULTIRANGE, nullable=False, info=info("Lignes"))
    nombre: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Nombre de lignes"))
    dernier_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, info=info("Dernière ligne du")
    )
    contenu: Mapped[bytes] = mapped_column(
        LargeBinary, nullable=False, info=info("Hash des lignes")
    )
    empreinte: Mapped[bytes] = mapped_column(
        LargeBinary, nullable=False, info=info("Hash du sceau")
    )
    jusqu_a: Mapped[int] = mapped_column(BigInteger, nullable=False, info=info("Jusqu’à la ligne"))
    trous: Mapped[list] = mapped_column(
        INT8MULTIRANGE, nullable=False, info=info("Lignes attendues")
    )
    limite: Mapped[int] = mapped_column(BigInteger, nullable=False, info=info("Limite"))
    cle: Mapped[str | None] = mapped_column(String(16), info=info("Clé"))
    signature: Mapped[str | None] = mapped_column(String(64), info=info("Signature"))
    purge_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Purgé le")
    )
