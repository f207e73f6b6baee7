"""Permanences, comités, COPIL, comités techniques, formations (M10), who came and what was decided."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import FetchedValue, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import (
    Enregistrement,
    SuiviJeune,
    controle,
    de_liste,
    entier,
    jour,
    oui_non,
    plie,
    texte,
    texte_long,
    unique,
    vers,
)

if TYPE_CHECKING:
    from .nomenclature import StatutInstance, TypeInstance
    from .territoire import Mds


class Instance(Enregistrement):
    """A meeting that the call for projects asks for; without MDS it is that of the whole
    Département."""

    __tablename__ = "instance"
    __table_args__ = (
        unique("uq_instance_cle", "cle", phrase="Ce code d’instance est déjà pris.", champ="code"),
        controle(
            "ck_instance_mds",
            "mds_id is not null or type_code not in ('PERMANENCE', 'COMITE_SUIVI')",
            "La MDS est obligatoire pour une permanence ou un comité de suivi.",
            "mds_id",
        ),
        controle(
            "ck_instance_jeunes_recus",
            "jeunes_recus >= 0",
            "Le nombre de jeunes reçus ne peut être négatif.",
            "jeunes_recus",
        ),
        Index("ix_instance_mds_le", "mds_id", "le"),
        Index("ix_instance_le", "le"),
    )
    code: Mapped[str] = texte(
        "Code",
        100,
        requis=True,
        server_default=FetchedValue(),
        aide="Laissez vide : Tandem attribue le prochain code libre.",
    )
    type_code: Mapped[str] = de_liste("type_instance", "Type", requis=True)
    le: Mapped[date] = jour("Le", requis=True, fait="TENUE")
    statut_code: Mapped[str] = de_liste("statut_instance", "Statut", requis=True)
    mds_id: Mapped[int | None] = mapped_column(
        Integer,
        ForeignKey("mds.id"),
        info={"libelle": "MDS", "aide": "Vide : tout le Département."},
    )
    coordonnateur_present: Mapped[bool | None] = oui_non("Coordonnateur présent")
    jeunes_recus: Mapped[int | None] = entier("Jeunes reçus")
    compte_rendu: Mapped[str | None] = texte_long("Compte rendu")
    cle: Mapped[str | None] = plie("code")
    type: Mapped["TypeInstance"] = vers("TypeInstance", "Instance.type_code")
    statut: Mapped["StatutInstance"] = vers("StatutInstance", "Instance.statut_code")
    mds: Mapped["Mds"] = vers("Mds", "Instance.mds_id")
    participants: Mapped[list["Participant"]] = relationship(back_populates="instance")

    def __str__(self) -> str:
        return f"{self.type} du {self.le:%d/%m/%Y}"


class Participant(Enregistrement):
    """Someone invited to a meeting of the partnership: a professional, never a youth."""

    __tablename__ = "participant"
    __table_args__ = (
        controle(
            "ck_participant_nom", "btrim(nom) <> ''", "Le nom du participant est vide.", "nom"
        ),
        unique(
            "uq_participant_instance_nom",
            "instance_id",
            "nom",
            phrase="Cette personne est déjà dans la liste.",
            champ="nom",
        ),
    )
    instance_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("instance.id"),
        nullable=False,
        info={"libelle": "Instance", "aide": None},
    )
    nom: Mapped[str] = texte("Nom", 200, requis=True)
    fonction: Mapped[str | None] = texte("Fonction", 200)
    est_present: Mapped[bool | None] = oui_non("Présent")
    instance: Mapped[Instance] = relationship(back_populates="participants")


class Decision(SuiviJeune):
    """What a comité de suivi decided for one youth."""

    __tablename__ = "decision"
    __table_args__ = (
        *SuiviJeune.contraintes_communes("decision"),
        unique(
            "uq_decision_instance_jeune",
            "instance_id",
            "jeune_id",
            phrase="Une décision est déjà enregistrée pour ce jeune dans ce comité.",
            champ="jeune_id",
        ),
        controle("ck_decision_texte", "btrim(decision) <> ''", "La décision est vide.", "decision"),
    )
    instance_id: Mapped[int] = mapped_column(
        Integer,
        ForeignKey("instance.id"),
        nullable=False,
        info={"libelle": "Comité de suivi", "aide": None},
    )
    decision: Mapped[str] = texte("Décision", 2000, requis=True)
    echeance_le: Mapped[date | None] = jour("À faire pour le")
    instance: Mapped[Instance] = vers("Instance", "Decision.instance_id")
