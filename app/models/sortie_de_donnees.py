"""What left Tandem: a file, who took it, what for, and the youths who were inside."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.regles.finalites import FINALITES

from .base import Nature, info, instant, texte, texte_long
from .declaration import INTERNE, LIRE, Declaration, DroitDuRole, Forme

DIT = "dit en mots par une autre colonne"


class SortieDeDonnees(Model):
    """A file that left: a list, a workbook, a table, a copy, an agenda.

    Written by ``acces.noter_sortie`` alone, in the transaction that says so in the audit log.
    Purged with the reads.
    """

    __tablename__ = "sortie_de_donnees"
    declaration = Declaration(
        "Sortie de données",
        Forme.A_PART,
        auditee=False,
        histoire=False,
        restaurable=False,
        octrois="select",
        grande=True,
        droits=(
            DroitDuRole(
                "RESPONSABLE", LIRE, "Lit ce qui est sorti de Tandem sur les jeunes de sa MDS."
            ),
            DroitDuRole("DPO", LIRE, "Lit ce qui est sorti de Tandem, sans nom de jeune."),
        ),
    )
    __table_args__ = (
        Index("ix_sortie_de_donnees_le", "le", "id"),
        Index("ix_sortie_de_donnees_compte", "compte_id", "le"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, info=info("Numéro"))
    le: Mapped[datetime] = instant("Le", requis=True, server_default=text("now()"))
    compte_id: Mapped[int | None] = mapped_column(
        Integer, info=info("Numéro du compte", nature=Nature.PERSONNEL, hors_ecran=DIT)
    )
    login: Mapped[str | None] = mapped_column(
        String(128), info=info("Qui", nature=Nature.PERSONNEL)
    )
    canal: Mapped[str | None] = mapped_column(String(40), info=info("Par"))
    requete: Mapped[str | None] = mapped_column(
        String(60), info=info("Demande", hors_ecran="relie au travail de la file")
    )
    objet: Mapped[str] = mapped_column(String(300), nullable=False, info=info("Quoi"))
    table_nom: Mapped[str | None] = mapped_column(String(60), info=info("Objet", hors_ecran=DIT))
    cle: Mapped[str | None] = mapped_column(
        String(60), info=info("Numéro de la fiche", nature=Nature.PERSONNEL, hors_ecran=DIT)
    )
    lignes: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Lignes"))
    jeunes: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Jeunes"))
    finalite_code: Mapped[str | None] = mapped_column(
        String(30), info=info("Finalité", codes=FINALITES)
    )
    motif: Mapped[str | None] = texte("Motif", nature=Nature.SENSIBLE)
    filtres: Mapped[str | None] = texte_long("Filtres", nature=Nature.PERSONNEL)
    recherche: Mapped[str | None] = texte("Mots cherchés", nature=Nature.SENSIBLE)
    recupere_le: Mapped[datetime | None] = instant("Récupéré le")


class PartDeSortie(Model):
    """The youths of one MDS inside a file that left, by their numbers, in order."""

    __tablename__ = "part_de_sortie"
    declaration = INTERNE
    sortie_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("sortie_de_donnees.id", ondelete="CASCADE"),
        primary_key=True,
        info=info("Sortie"),
    )
    mds_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("mds.id"), primary_key=True, info=info("MDS")
    )
    nombre: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Jeunes"))
    jeunes: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), nullable=False, info=info("Numéros des jeunes", nature=Nature.PERSONNEL)
    )
