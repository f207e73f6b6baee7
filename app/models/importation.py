"""The workbooks imported: what each would change, then what it changed."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Nature, info
from .declaration import Declaration, Forme
from .travail import Travail


class Importation(Model):
    """A workbook read: what it would change, then what it changed.

    The lines of the audit log carry its number.
    """

    __tablename__ = "importation"
    declaration = Declaration(
        "Import",
        Forme.PERSONNEL,
        auditee=False,
        citee=True,
        histoire=False,
        restaurable=False,
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    compte_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("ab_user.id"), info=info("Personne", nature=Nature.PERSONNEL)
    )
    fichier: Mapped[str] = mapped_column(String(300), nullable=False, info=info("Fichier"))
    statut: Mapped[str] = mapped_column(String(20), nullable=False, info=info("État"))
    rapport: Mapped[dict | None] = mapped_column(
        JSONB, info=info("Rapport", nature=Nature.SENSIBLE)
    )
    choix: Mapped[dict | None] = mapped_column(JSONB, info=info("Choix", nature=Nature.SENSIBLE))
    """What the person decided: columns, corrections (``echanges/reprise/choix.py``)."""
    travail_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("travail.id", ondelete="SET NULL"), info=info("Travail")
    )
    """What reads, writes or undoes it in the queue, the last time that it took the queue."""
    deposee_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        info=info("Déposé le"),
    )
    appliquee_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Appliqué le")
    )
    annulee_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Annulé le")
    )
    travail: Mapped[Travail | None] = relationship()
