"""What an MDS chooses for its own people: how much leaves in a day, whether reading asks why."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.regles.parametres import PLAFOND_LIGNES

from .base import (
    Enregistrement,
    Nature,
    case_a_cocher,
    controle,
    info,
    numero_de,
    texte,
    unique,
    vers,
)
from .declaration import ECRIRE, Declaration, DroitDuRole, Forme

if TYPE_CHECKING:
    from .habilitation import Compte


class ReglageMds(Enregistrement):
    """The choices of an MDS; without a record, the ceiling of the Département and no question."""

    __tablename__ = "reglage_mds"
    declaration = Declaration(
        "Réglages de MDS",
        Forme.PAR_MDS,
        restaurable=False,
        droits=(
            DroitDuRole(
                "RESPONSABLE",
                ECRIRE,
                "Règle pour sa MDS le nombre de lignes emportées par jour, et le motif de lecture.",
            ),
        ),
    )
    __table_args__ = (
        Index("ix_reglage_mds_mds_id", "mds_id"),
        unique(
            "uq_reglage_mds_mds",
            "mds_id",
            phrase="Cette MDS a déjà ses réglages : modifiez-les.",
            champ="mds_id",
        ),
        controle(
            "ck_reglage_mds_plafond",
            "plafond_lignes >= 1",
            "Le plafond est d’une ligne au moins.",
            "plafond_lignes",
        ),
    )
    mds_id: Mapped[int] = numero_de("mds", "MDS", requis=True)
    plafond_lignes: Mapped[int | None] = mapped_column(
        info=info(
            "Lignes emportées par jour et par personne, au plus",
            f"Vide : {PLAFOND_LIGNES.dit}. Vous pouvez le lever pour quelqu’un, un jour.",
        )
    )
    motif_hors_portefeuille: Mapped[bool] = case_a_cocher(
        "Demander pourquoi on lit un dossier que l’on n’accompagne pas",
        aide="Une fois par jour et par dossier. La réponse est gardée avec la lecture.",
    )


class LeveeDePlafond(Enregistrement):
    """The ceiling of rows does not hold today for this person, and why."""

    __tablename__ = "levee_de_plafond"
    declaration = Declaration(
        "Levée de plafond",
        Forme.PAR_MDS,
        restaurable=False,
        octrois="select, insert",
        droits=(
            DroitDuRole(
                "RESPONSABLE",
                ("lire", "creer", "exporter"),
                "Lève un jour le plafond de lignes de quelqu’un de sa MDS, en disant pourquoi.",
            ),
        ),
    )
    __table_args__ = (
        Index("ix_levee_de_plafond_mds_id", "mds_id"),
        Index("ix_levee_de_plafond_compte", "compte_id", "le"),
        controle(
            "ck_levee_de_plafond_soi",
            "donnee_par_id is distinct from compte_id",
            "Personne ne lève son propre plafond.",
            "compte_id",
        ),
        controle(
            "ck_levee_de_plafond_motif",
            "length(btrim(motif)) >= 10",
            "Dites pourquoi, en dix lettres au moins.",
            "motif",
        ),
    )
    mds_id: Mapped[int] = numero_de("mds", "MDS", requis=True)
    compte_id: Mapped[int] = numero_de("ab_user", "Pour", requis=True, nature=Nature.PERSONNEL)
    le: Mapped[date] = mapped_column(
        Date, nullable=False, server_default=text("acces.aujourd_hui()"), info=info("Le")
    )
    motif: Mapped[str] = texte("Pourquoi", 300, requis=True)
    donnee_par_id: Mapped[int | None] = numero_de("ab_user", "Par", nature=Nature.PERSONNEL)
    compte: Mapped["Compte"] = vers("Compte", "LeveeDePlafond.compte_id")
    donnee_par: Mapped["Compte | None"] = vers("Compte", "LeveeDePlafond.donnee_par_id")
