"""What one act changed in many records at once, so that one click takes it back."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Nature, info
from .declaration import Declaration, Forme

PASSATION = "PASSATION"
RETOUR = "RETOUR"
SELECTION = "SELECTION"
REPRISE = "REPRISE"
SORTIE = "SORTIE"
DECES = "DECES"
ETAPES = "ETAPES"


class ModificationGroupee(Model):
    """An act on many records: a portfolio handed over, a youth who leaves or comes back.

    The lines of the audit log that it wrote carry its number (« lot:12 »: ``acces/defaire.sql``).
    """

    __tablename__ = "modification_groupee"
    declaration = Declaration(
        "Modification groupée",
        Forme.PERSONNEL,
        auditee=False,
        citee=True,
        histoire=False,
        restaurable=False,
    )
    __table_args__ = (
        Index("ix_modification_groupee_compte", "compte_id", "id"),
        Index(
            "ix_modification_groupee_jeune",
            "jeune_id",
            "genre",
            postgresql_where=text("jeune_id is not null"),
        ),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    compte_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("ab_user.id"), info=info("Personne", nature=Nature.PERSONNEL)
    )
    genre: Mapped[str] = mapped_column(String(20), nullable=False, info=info("Genre"))
    titre: Mapped[str] = mapped_column(
        String(700), nullable=False, info=info("Titre", nature=Nature.PERSONNEL)
    )
    jeune_id: Mapped[int | None] = mapped_column(
        Integer, info=info("Jeune", nature=Nature.PERSONNEL)
    )
    """The youth of an act on one file."""
    jeunes: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Jeunes"))
    """Youths, or records of another kind."""
    rencontres: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Rencontres"))
    taches: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Tâches"))
    faite_le: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        info=info("Faite le"),
    )
    annulee_le: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), info=info("Annulée le")
    )
    annulee_par: Mapped[str | None] = mapped_column(
        String(300), info=info("Annulée par", nature=Nature.PERSONNEL)
    )

    @property
    def marque(self) -> str:
        return f"lot:{self.id}"
