"""What keeps a form sent twice from making two records."""

import uuid
from dataclasses import replace
from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Nature, info
from .declaration import INTERNE, Forme


class JetonFormulaire(Model):
    """A form was sent once.

    The second sending of the same token finds the record that the first one made.
    """

    __tablename__ = "jeton_formulaire"
    declaration = replace(INTERNE, forme=Forme.PERSONNEL, octrois="select, insert, update, delete")
    jeton: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, info=info("Jeton"))
    compte_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("ab_user.id"), info=info("Personne", nature=Nature.PERSONNEL)
    )
    table_nom: Mapped[str] = mapped_column(String(60), nullable=False, info=info("Objet"))
    cle: Mapped[str] = mapped_column(String(60), nullable=False, info=info("Numéro de la fiche"))
    cree_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("now()"), info=info("Créé le")
    )
