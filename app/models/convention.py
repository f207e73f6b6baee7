"""The means: postes of coordonnateur and their equipment, conventions and payments (M14, M15)."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, relationship

from .base import (
    Enregistrement,
    controle,
    dans_l_ordre,
    entier,
    jour,
    montant,
    numero_d_agent,
    numero_de,
    oui_non,
    plie,
    texte,
    texte_long,
    unique,
)
from .declaration import LIRE, DansLeClasseur, Declaration, DroitDuRole, Famille, Forme, Recherche

if TYPE_CHECKING:
    from .bilan import Objectif


class Poste(Enregistrement):
    """A post of coordonnateur Mission Locale.

    Its share of full time and what was provided to work outside.
    """

    __tablename__ = "poste"
    declaration = Declaration(
        "Poste",
        Forme.DEPARTEMENTAL,
        familles=(Famille.MOYENS,),
        droits=(
            DroitDuRole("COORDONNATEUR", LIRE, "Lit les postes et leur équipement."),
            DroitDuRole("SLAI", LIRE, "Lit les postes et leur équipement."),
        ),
        classeur=DansLeClasseur(
            "Postes",
            cle=("coordonnateur", "du"),
            rang=140,
            colonnes=(
                ("Coordonnateur", "coordonnateur"),
                ("ETP", "etp"),
                ("Du", "du"),
                ("Au", "au"),
                ("Téléphone fourni le", "telephone_fourni_le"),
                ("Ordinateur fourni le", "ordinateur_fourni_le"),
                ("Frais de déplacement pris en charge", "frais_deplacement"),
            ),
            controles=(("ck_poste_etp", lambda v: v("etp") is None or 0 < v("etp") <= 1),),
        ),
    )
    __table_args__ = (
        dans_l_ordre("poste", "du", "au", "Le poste finit avant d’avoir commencé."),
        controle(
            "ck_poste_etp", "etp > 0 and etp <= 1", "L’ETP est compris entre 0 (exclu) et 1.", "etp"
        ),
        unique(
            "uq_poste_cle_du",
            "cle",
            "du",
            phrase="Ce poste est déjà enregistré à cette date.",
            champ="du",
        ),
        controle(
            "ck_poste_coordonnateur",
            "btrim(coordonnateur) <> ''",
            "Le nom du coordonnateur est vide.",
            "coordonnateur",
        ),
        Index("ix_poste_du", "du"),
    )
    coordonnateur: Mapped[str] = texte("Coordonnateur", 300, requis=True)
    etp: Mapped[Decimal] = montant(
        "ETP",
        requis=True,
        chiffres=None,
        decimales=None,
        aide="Équivalent temps plein, plus grand que 0 et au plus 1.",
    )
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : poste en cours.")
    telephone_fourni_le: Mapped[date | None] = jour("Téléphone fourni le")
    ordinateur_fourni_le: Mapped[date | None] = jour("Ordinateur fourni le")
    frais_deplacement: Mapped[bool | None] = oui_non("Frais de déplacement pris en charge")
    agent_id: Mapped[int | None] = numero_d_agent(
        "Agent", nom_dans="coordonnateur", fonction="COORDONNATEUR"
    )
    cle: Mapped[str | None] = plie("coordonnateur")

    def __str__(self) -> str:
        return self.coordonnateur


class Convention(Enregistrement):
    """The yearly agreement with the operator.

    « 52 000 € par an pour un ETP », advance of 80 %, balance on the bilan.
    """

    __tablename__ = "convention"
    declaration = Declaration(
        "Convention",
        Forme.DEPARTEMENTAL,
        familles=(Famille.MOYENS,),
        recherche=Recherche(
            dans=lambda convention: func.acces.plier(convention.numero),
            ordre=lambda convention: convention.du.desc(),
            precision=("operateur",),
        ),
    )
    __table_args__ = (
        unique(
            "uq_convention_numero",
            "numero",
            phrase="Une convention porte déjà ce numéro.",
            champ="numero",
        ),
        dans_l_ordre("convention", "du", "au", "La convention finit avant d’avoir commencé."),
        controle("ck_convention_etp", "etp > 0", "Le nombre d’ETP est plus grand que 0.", "etp"),
        controle(
            "ck_convention_montant_etp",
            "montant_etp >= 0",
            "Le montant par ETP ne peut être négatif.",
            "montant_etp",
        ),
        controle(
            "ck_convention_avance",
            "avance_pourcent between 0 and 100",
            "L’avance est entre 0 et 100 %.",
            "avance_pourcent",
        ),
    )
    numero: Mapped[str] = texte("Numéro", 60, requis=True)
    operateur: Mapped[str] = texte("Opérateur", 200, requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date] = jour("Au", requis=True)
    etp: Mapped[Decimal] = montant("Nombre d’ETP", requis=True, chiffres=8)
    montant_etp: Mapped[Decimal] = montant("Montant annuel par ETP (€)", requis=True)
    avance_pourcent: Mapped[int] = entier("Avance à la signature (%)", requis=True)
    signee_le: Mapped[date | None] = jour("Signée le", fait=True)
    bilan_recu_le: Mapped[date | None] = jour(
        "Bilan final reçu le", aide="Le solde en dépend, comme des objectifs."
    )
    observations: Mapped[str | None] = texte_long("Observations")
    objectifs: Mapped[list["Objectif"]] = relationship(back_populates="convention")
    versements: Mapped[list["Versement"]] = relationship(back_populates="convention")

    def __str__(self) -> str:
        return self.numero


class Versement(Enregistrement):
    """A payment of the Département to the operator: the advance or the balance."""

    __tablename__ = "versement"
    declaration = Declaration("Versement", Forme.DEPARTEMENTAL, familles=(Famille.MOYENS,))
    __table_args__ = (
        controle(
            "ck_versement_type",
            "type in ('AVANCE', 'SOLDE', 'AUTRE')",
            "Ce type de versement est inconnu.",
            "type",
        ),
        controle(
            "ck_versement_montant", "montant > 0", "Le montant est plus grand que 0.", "montant"
        ),
    )
    convention_id: Mapped[int] = numero_de("convention", "Convention", requis=True, index=True)
    type: Mapped[str] = texte("Type", 10, requis=True, aide="AVANCE, SOLDE ou AUTRE.")
    montant: Mapped[Decimal] = montant("Montant (€)", requis=True)
    le: Mapped[date] = jour("Versé le", requis=True)
    convention: Mapped[Convention] = relationship(back_populates="versements")
