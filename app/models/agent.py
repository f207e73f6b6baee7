"""The professionals: who accompanies whom, and how to reach them (M3).

Other tables point to an agent by a number, and keep the name as it was typed beside it
(``base.numero_d_agent``): the base finds the agent of a name, or makes it (``acces/agent.sql``).
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Computed, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import (
    Enregistrement,
    Nature,
    controle,
    dans_l_ordre,
    de_liste,
    info,
    jour,
    numero_de,
    numeros_de,
    plie,
    texte,
    unique,
    vers,
)
from .declaration import ECRIRE, LIRE, DansLeClasseur, Declaration, DroitDuRole, Forme, Recherche

if TYPE_CHECKING:
    from .habilitation import Compte
    from .nomenclature import FonctionAgent

_TIENT = "Tient l’annuaire des agents de sa MDS."


@dataclass(frozen=True)
class AgentDuCompte:
    """The agent that an account is, and whether they accompany somebody today."""

    id: int
    a_des_jeunes: bool


class Agent(Enregistrement):
    """A professional of the follow-up; one name is one agent, two homonyms say their MDS.

    ``mds_ids``: where they work, and who reads their phone and e-mail; none is the whole
    Département. ``service_ids``: the services whose pages say to call them. The account is tied
    by a person who may (right « lier »), never by the name.
    """

    __tablename__ = "agent"
    declaration = Declaration(
        "Agent",
        Forme.A_PART,
        droits=(
            DroitDuRole("COORDONNATEUR", ECRIRE, _TIENT),
            DroitDuRole("REFERENT_SEF", ECRIRE, _TIENT),
            DroitDuRole("SLAI", LIRE, "Lit l’annuaire des agents de sa MDS."),
            DroitDuRole("RESPONSABLE", ("lier",), "Rattache un compte à un agent de sa MDS."),
            DroitDuRole("DPID", LIRE, "Lit l’annuaire des agents."),
            DroitDuRole(
                "ADMINISTRATEUR",
                (*ECRIRE, "lier", "fusionner"),
                "Tient l’annuaire des agents, rattache leurs comptes, réunit les fiches en double.",
            ),
        ),
        intitule="nom",
        recherche=Recherche(
            dans=lambda agent: agent.cle,
            ordre=lambda agent: agent.recherche,
            precision=("fonction_code", "mds_ids"),
            avec=("fonction",),
            serree=True,
        ),
        classeur=DansLeClasseur(
            "Agents",
            cle=("nom",),
            rang=45,
            colonnes=(
                ("Nom", "nom"),
                ("Fonction", "fonction_code"),
                ("MDS", "mds_ids"),
                ("Téléphone", "telephone"),
                ("Courriel", "courriel"),
                ("Du", "du"),
                ("Au", "au"),
            ),
        ),
    )
    __table_args__ = (
        unique(
            "uq_agent_cle",
            "cle",
            phrase="Un agent porte déjà ce nom : choisissez-le, ou ajoutez sa MDS après le nom.",
            champ="nom",
        ),
        unique(
            "uq_agent_compte",
            "compte_id",
            phrase="Ce compte est déjà celui d’un autre agent.",
            champ="compte_id",
        ),
        controle("ck_agent_nom", "cle <> ''", "Le nom de l’agent est vide.", "nom"),
        dans_l_ordre("agent", "du", "au", "L’agent part avant d’être arrivé."),
        Index("ix_agent_recherche", "recherche"),
    )
    nom: Mapped[str] = texte(
        "Nom", 300, requis=True, aide="Prénom et nom. Deux homonymes disent leur MDS."
    )
    fonction_code: Mapped[str | None] = de_liste(
        "fonction_agent", "Fonction", nature=Nature.PERSONNEL
    )
    mds_ids: Mapped[list[int]] = numeros_de(
        "mds", "MDS", aide="Où l’agent travaille. Aucune : dans tout le Département."
    )
    service_ids: Mapped[list[int]] = numeros_de(
        "service",
        "Services",
        aide="Où joindre l’agent : il est parmi leurs interlocuteurs.",
        nature=Nature.PERSONNEL,
    )
    telephone: Mapped[str | None] = texte("Téléphone", 100)
    courriel: Mapped[str | None] = texte("Courriel", 320)
    du: Mapped[date | None] = jour("Du", aide="Arrivée dans ces fonctions.")
    au: Mapped[date | None] = jour("Au", aide="Vide : toujours en fonction.")
    compte_id: Mapped[int | None] = numero_de(
        "ab_user",
        "Compte",
        nature=Nature.PERSONNEL,
        aide="Le compte avec lequel cet agent se connecte : il y trouve ses jeunes.",
    )
    autres_noms: Mapped[str | None] = texte(
        "Autres écritures du nom",
        2000,
        aide="Séparées par « ; » : un nom ainsi écrit désigne cet agent.",
    )
    cle: Mapped[str | None] = mapped_column(
        Text(collation="C"),
        Computed("acces.serrer(nom)", persisted=True),
        info=info("Nom serré", audit=False, racontee=False),
    )
    recherche: Mapped[str | None] = plie("nom")
    fonction: Mapped["FonctionAgent"] = vers("FonctionAgent", "Agent.fonction_code")
    compte: Mapped["Compte | None"] = vers("Compte", "Agent.compte_id")

    def __str__(self) -> str:
        return self.nom

    def est_en_fonction(self, le: date) -> bool:
        return (self.du is None or self.du <= le) and (self.au is None or self.au >= le)
