"""The audit log, written by the base itself, and the seals that show whether it was altered."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, DateTime, Index, Integer, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, JSONB
from sqlalchemy.orm import Mapped, mapped_column


class Evenement(Model):
    """A line of the audit trail, written by the base itself; the application can only add and read.

    ``transaction`` groups the lines written together; ``avant`` and ``apres`` hold the fields that
    changed.
    """

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_table_cle", "table_nom", "cle"),
        Index("ix_journal_mds_id", "mds_id", "id"),
        Index("ix_journal_le", "le", "id"),
        # What a person did, and what is rarer than a creation: read without walking the whole
        # trail.
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
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")
    )
    transaction: Mapped[int] = mapped_column(BigInteger, nullable=False)
    acteur: Mapped[str] = mapped_column(String(40), nullable=False)
    login: Mapped[str | None] = mapped_column(String(128))
    canal: Mapped[str | None] = mapped_column(String(40))
    adresse: Mapped[str | None] = mapped_column(String(60))
    requete: Mapped[str | None] = mapped_column(String(60), index=True)
    operation: Mapped[str] = mapped_column(String(30), nullable=False)
    table_nom: Mapped[str | None] = mapped_column(String(60))
    cle: Mapped[str | None] = mapped_column(String(60))
    jeune_id: Mapped[int | None] = mapped_column(Integer, index=True)
    mds_id: Mapped[int | None] = mapped_column(Integer)
    avant: Mapped[dict | None] = mapped_column(JSONB)
    apres: Mapped[dict | None] = mapped_column(JSONB)
    motif: Mapped[str | None] = mapped_column(String(500))
    detail: Mapped[dict | None] = mapped_column(JSONB)
    empreinte: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The print that the line had before ``acces.anonymiser`` emptied it; the seals count on it."""
    expurgee_par: Mapped[int | None] = mapped_column(BigInteger)
    """The line of the anonymisation that emptied this one."""

    @property
    def qui(self) -> str:
        """The login of who acted, or what acted without an account."""
        sans_compte = {"tous": "Une commande", "connexion": "Page de connexion", "": "Personne"}
        if self.canal == "formulaire":
            return "Le jeune, par son lien"
        return self.login or sans_compte.get(self.acteur, f"Compte n° {self.acteur}")


class Sceau(Model):
    """A lot of lines of the trail, sealed together (``acces/sceau.sql``); ``id`` is its rank in the
    chain.

    ``contenu`` holds a print of sixteen bytes a line, in their order; ``jusqu_a``, ``trous`` and
    ``limite`` say where the next lot starts, and which numbers below may still be written by a
    transaction that was under way.
    """

    __tablename__ = "sceau"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    famille: Mapped[str] = mapped_column(String(10), nullable=False)
    scelle_le: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False)
    lignes: Mapped[list] = mapped_column(INT8MULTIRANGE, nullable=False)
    nombre: Mapped[int] = mapped_column(Integer, nullable=False)
    dernier_le: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False)
    contenu: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    empreinte: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    jusqu_a: Mapped[int] = mapped_column(BigInteger, nullable=False)
    trous: Mapped[list] = mapped_column(INT8MULTIRANGE, nullable=False)
    limite: Mapped[int] = mapped_column(BigInteger, nullable=False)
    cle: Mapped[str | None] = mapped_column(String(16))
    signature: Mapped[str | None] = mapped_column(String(64))
    purge_le: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
