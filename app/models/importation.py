"""The workbooks imported: what each would change, then what it changed."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column


class Importation(Model):
    """A workbook read: what it would change, then what it changed; the journal's lines carry its
    number."""

    __tablename__ = "importation"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    compte_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    fichier: Mapped[str] = mapped_column(String(300), nullable=False)
    statut: Mapped[str] = mapped_column(String(20), nullable=False)
    rapport: Mapped[dict | None] = mapped_column(JSONB)
    avancement: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    deposee_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("now()")
    )
    appliquee_le: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    annulee_le: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
