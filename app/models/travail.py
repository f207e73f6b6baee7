"""Long work that a person asked for: how far it is, and the file that waits for them."""

from datetime import UTC, datetime

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import Nature, info
from .declaration import Declaration, Forme

ATTEND = "attend"
EN_COURS = "en_cours"
FINI = "fini"
REFUSE = "refuse"
ECHOUE = "echoue"
ABANDONNE = "abandonne"
STATUTS = {
    ATTEND: "En attente",
    EN_COURS: "En cours",
    FINI: "Terminé",
    REFUSE: "Refusé",
    ECHOUE: "Interrompu",
    ABANDONNE: "Abandonné",
}
"""What the page says of each state."""


class Travail(Model):
    """A piece of long work. The queue carries its number alone: who asked and what is read here,
    under the row-level security of whoever asked.

    ``fait`` and ``total`` are rows; ``total`` is empty while nobody knows. The file, when there is
    one, waits in the base (``app/fichiers.py``) until ``expire_le``.
    """

    __tablename__ = "travail"
    declaration = Declaration(
        "Travail demandé",
        Forme.PERSONNEL,
        auditee=False,
        citee=True,
        histoire=False,
        restaurable=False,
    )
    __table_args__ = (
        CheckConstraint(
            "statut in ('attend', 'en_cours', 'fini', 'refuse', 'echoue', 'abandonne')",
            name="ck_travail_statut",
        ),
        Index("ix_travail_compte", "compte_id", "id"),
        Index("ix_travail_expire", "expire_le", postgresql_where=text("expire_le is not null")),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id"),
        nullable=False,
        info=info("Personne", nature=Nature.PERSONNEL),
    )
    genre: Mapped[str] = mapped_column(String(40), nullable=False, info=info("Genre"))
    titre: Mapped[str] = mapped_column(String(300), nullable=False, info=info("Demande"))
    demande: Mapped[dict] = mapped_column(
        JSONB, nullable=False, info=info("Ce qui est demandé", nature=Nature.PERSONNEL)
    )
    motif: Mapped[str | None] = mapped_column(
        String(300), info=info("Motif", nature=Nature.PERSONNEL)
    )
    adresse: Mapped[str | None] = mapped_column(
        String(60), info=info("Depuis", nature=Nature.PERSONNEL)
    )
    statut: Mapped[str] = mapped_column(
        String(20), nullable=False, server_default=ATTEND, info=info("État")
    )
    fait: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default=text("0"), info=info("Lignes faites")
    )
    total: Mapped[int | None] = mapped_column(Integer, info=info("Lignes en tout"))
    message: Mapped[str | None] = mapped_column(String(1000), info=info("Message"))
    fichier: Mapped[str | None] = mapped_column(String(200), info=info("Fichier"))
    mime: Mapped[str | None] = mapped_column(String(100), info=info("Type du fichier"))
    octets: Mapped[int | None] = mapped_column(BigInteger, info=info("Taille en octets"))
    demande_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        info=info("Demandé le"),
    )
    commence_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Commencé le")
    )
    fini_le: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), info=info("Fini le"))
    recupere_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Récupéré le")
    )
    expire_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Effacé le")
    )

    @property
    def attend_ou_court(self) -> bool:
        return self.statut in (ATTEND, EN_COURS)

    @property
    def a_un_fichier(self) -> bool:
        """The file is there to be fetched; past its term it is not."""
        return self.expire_le is not None and self.expire_le > datetime.now(UTC)

    @property
    def pourcent(self) -> int | None:
        """How far, from 0 to 100; None while the whole is not known."""
        if not self.total:
            return None
        return min(100, 100 * self.fait // self.total)
