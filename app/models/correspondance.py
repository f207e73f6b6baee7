"""The columns of a file that a person brings again and again, and what each of them is."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import Nature, info, instant
from .declaration import Declaration, Forme


class Correspondance(Model):
    """Kept under a name for a person or for their MDS, proposed again for the same headings.

    ``empreinte`` is the hash of the headings. The words that were translated are those of codes,
    dates and yes or no: no name, no phone; of youths said to be one, hashes alone.
    """

    __tablename__ = "correspondance"
    declaration = Declaration(
        "Colonnes retenues",
        Forme.A_PART,
        ressource="classeur",
        auditee=False,
        citee=True,
        histoire=False,
        restaurable=False,
    )
    __table_args__ = (
        UniqueConstraint("compte_id", "empreinte", name="uq_correspondance_compte_empreinte"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=info("Numéro"))
    compte_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("ab_user.id", ondelete="CASCADE"),
        nullable=False,
        info=info("Personne", nature=Nature.PERSONNEL),
    )
    mds_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("mds.id"), index=True, info=info("MDS")
    )
    """Whose importers it is proposed to; none: to its author alone."""
    nom: Mapped[str] = mapped_column(String(100), nullable=False, info=info("Nom"))
    empreinte: Mapped[str] = mapped_column(String(64), nullable=False, info=info("Titres"))
    colonnes: Mapped[dict] = mapped_column(
        JSONB, nullable=False, info=info("Colonnes"), server_default=text("'{}'")
    )
    """Heading → code of the destination."""
    corrections: Mapped[list] = mapped_column(
        JSONB, nullable=False, info=info("Mots traduits"), server_default=text("'[]'")
    )
    retenue_le: Mapped[datetime] = instant("Retenue le", requis=True, server_default=text("now()"))
