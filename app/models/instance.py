"""Permanences, comités, COPIL, comités techniques, formations (M10): who came, what was decided."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import FetchedValue, Index, func
from sqlalchemy.orm import Mapped, relationship

from .base import (
    Enregistrement,
    SuiviJeune,
    controle,
    de_liste,
    entier,
    jour,
    numero_d_agent,
    numero_de,
    oui_non,
    plie,
    texte,
    texte_long,
    unique,
    vers,
)
from .declaration import Code, DansLeClasseur, Declaration, Famille, Forme, Recherche

if TYPE_CHECKING:
    from .nomenclature import StatutInstance, TypeInstance
    from .territoire import Mds, Service


def _mds_si_permanence(v: Callable[[str], Any]) -> bool:
    return v("mds_id") is not None or v("type_code") not in ("PERMANENCE", "COMITE_SUIVI")


class Instance(Enregistrement):
    """A meeting that the call for projects asks for.

    Without MDS it is that of the whole Département.
    """

    __tablename__ = "instance"
    declaration = Declaration(
        "Instance",
        Forme.MDS_OU_DEPARTEMENT,
        familles=(Famille.INSTANCES,),
        code=Code("I", 5),
        intitule="le",
        recherche=Recherche(
            dans=lambda instance: func.concat(
                instance.cle,
                " ",
                func.lower(instance.type_code),
                " ",
                func.to_char(instance.le, "DD/MM/YYYY"),
            ),
            ordre=lambda instance: instance.le.desc(),
            precision=("mds_id",),
            avec=("type",),
        ),
        classeur=DansLeClasseur(
            "Instances",
            cle=("code",),
            rang=130,
            colonnes=(
                ("Code", "code"),
                ("Type", "type_code"),
                ("Le", "le"),
                ("Statut", "statut_code"),
                ("MDS", "mds_id"),
                ("Coordonnateur présent", "coordonnateur_present"),
                ("Jeunes reçus", "jeunes_recus"),
                ("Compte rendu", "compte_rendu"),
            ),
            controles=(
                ("ck_instance_mds", _mds_si_permanence),
                (
                    "ck_instance_jeunes_recus",
                    lambda v: v("jeunes_recus") is None or v("jeunes_recus") >= 0,
                ),
            ),
        ),
    )
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
        aide="Vide : Tandem attribue le prochain code libre.",
    )
    type_code: Mapped[str] = de_liste("type_instance", "Type", requis=True)
    le: Mapped[date] = jour("Le", requis=True, fait="TENUE")
    statut_code: Mapped[str] = de_liste("statut_instance", "Statut", requis=True)
    mds_id: Mapped[int | None] = numero_de("mds", "MDS", aide="Vide : tout le Département.")
    service_id: Mapped[int | None] = numero_de(
        "service",
        "Au SEF",
        aide="Le service où se tient la permanence ; une MDS peut en avoir plusieurs.",
        index=True,
    )
    coordonnateur_present: Mapped[bool | None] = oui_non("Coordonnateur présent")
    jeunes_recus: Mapped[int | None] = entier("Jeunes reçus")
    compte_rendu: Mapped[str | None] = texte_long("Compte rendu")
    cle: Mapped[str | None] = plie("code")
    type: Mapped["TypeInstance"] = vers("TypeInstance", "Instance.type_code")
    statut: Mapped["StatutInstance"] = vers("StatutInstance", "Instance.statut_code")
    mds: Mapped["Mds"] = vers("Mds", "Instance.mds_id")
    service: Mapped["Service | None"] = vers("Service", "Instance.service_id")
    participants: Mapped[list["Participant"]] = relationship(back_populates="instance")

    def __str__(self) -> str:
        return f"{self.type} du {self.le:%d/%m/%Y}"


class Participant(Enregistrement):
    """Someone invited to a meeting of the partnership: a professional, never a youth."""

    __tablename__ = "participant"
    declaration = Declaration(
        "Participant", Forme.AVEC_SON_PARENT, parent="instance", familles=(Famille.INSTANCES,)
    )
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
    instance_id: Mapped[int] = numero_de("instance", "Instance", requis=True)
    nom: Mapped[str] = texte("Nom", 200, requis=True)
    fonction: Mapped[str | None] = texte("Fonction", 200)
    est_present: Mapped[bool | None] = oui_non("Présent")
    agent_id: Mapped[int | None] = numero_d_agent("Agent", nom_dans="nom")
    instance: Mapped[Instance] = relationship(back_populates="participants")


class Decision(SuiviJeune):
    """What a comité de suivi decided for one youth."""

    __tablename__ = "decision"
    declaration = Declaration("Décision", familles=(Famille.SUIVI,))
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
        controle(
            "ck_decision_faite_ou_abandonnee",
            "faite_le is null or abandon is null",
            "Une décision est faite ou abandonnée, pas les deux.",
            "abandon",
        ),
    )
    instance_id: Mapped[int] = numero_de("instance", "Comité de suivi", requis=True)
    decision: Mapped[str] = texte("Décision", 2000, requis=True)
    echeance_le: Mapped[date | None] = jour("À faire pour le")
    pour: Mapped[str | None] = texte("Par", 300)
    agent_id: Mapped[int | None] = numero_d_agent(
        "Par", nom_dans="pour", fonction="AUTRE", aide="Qui s’en charge."
    )
    faite_le: Mapped[date | None] = jour("Faite le", fait=True)
    abandon: Mapped[str | None] = texte("Abandonnée : pourquoi", 300)
    instance: Mapped[Instance] = vers("Instance", "Decision.instance_id")
