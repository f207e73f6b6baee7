"""What keeps a form sent twice from making two records."""

import uuid
from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column


class JetonFormulaire(Model):
    """A form was sent once: the second sending of the same token finds the record the first one
    made."""

    __tablename__ = "jeton_formulaire"
    jeton: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    compte_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    table_nom: Mapped[str] = mapped_column(String(60), nullable=False)
    cle: Mapped[str] = mapped_column(String(60), nullable=False)
    cree_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("now()")
    )
