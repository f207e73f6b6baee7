"""The partnership (M7, M9): what is done for it, what a partner offers, what binds it."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, relationship

from .base import (
    Enregistrement,
    case_a_cocher,
    controle,
    dans_l_ordre,
    de_liste,
    jour,
    numero_d_agent,
    numero_de,
    texte,
    texte_long,
    unique,
    vers,
)
from .declaration import Declaration, Famille, Forme
from .partenaire import Partenaire

if TYPE_CHECKING:
    from .nomenclature import GenrePartenariat
    from .territoire import Mds

DEMARCHAGE = "DEMARCHAGE"


class ActionPartenariat(Enregistrement):
    """What an agent did one day for the partnership, and what is to follow.

    A partner approached, visited, informed; or the mission promoted among professionals, without
    any partner.
    """

    __tablename__ = "action_partenariat"
    declaration = Declaration(
        "Action de partenariat",
        Forme.MDS_OU_DEPARTEMENT,
        familles=(Famille.PARTENAIRES,),
        intitule="le",
    )
    __table_args__ = (
        controle(
            "ck_action_partenariat_avec",
            "partenaire_id is not null or coalesce(btrim(recit), '') <> ''",
            "Choisissez le partenaire, ou dites ce qui a été fait.",
            "recit",
        ),
        controle(
            "ck_action_partenariat_suite",
            "suite is not null or (suite_le is null and suite_faite_le is null)",
            "Dites quel est le pas suivant.",
            "suite",
        ),
        Index("ix_action_partenariat_partenaire", "partenaire_id", "le"),
        Index("ix_action_partenariat_mds_le", "mds_id", "le"),
        Index(
            "ix_action_partenariat_a_suivre",
            "suite_le",
            postgresql_where=text("suite is not null and suite_faite_le is null"),
        ),
    )
    mds_id: Mapped[int | None] = numero_de("mds", "MDS", aide="Vide : tout le Département.")
    partenaire_id: Mapped[int | None] = numero_de(
        "partenaire", "Partenaire", aide="Vide : la mission présentée à des professionnels."
    )
    genre_code: Mapped[str] = de_liste("genre_partenariat", "Action", requis=True)
    le: Mapped[date] = jour("Le", requis=True, fait=True)
    par: Mapped[str | None] = texte("Par", 300)
    agent_id: Mapped[int | None] = numero_d_agent("Par", nom_dans="par", fonction="AUTRE")
    recit: Mapped[str | None] = texte_long("Ce qui a été fait", aide="Sans nommer de jeune.")
    suite: Mapped[str | None] = texte("Pas suivant", 300, aide="Rappeler, envoyer, inviter…")
    suite_le: Mapped[date | None] = jour("Pas suivant, pour le", aide="Vide : sans échéance.")
    suite_faite_le: Mapped[date | None] = jour("Pas suivant, fait le", fait=True)
    mds: Mapped["Mds | None"] = vers("Mds", "ActionPartenariat.mds_id")
    genre: Mapped["GenrePartenariat"] = vers("GenrePartenariat", "ActionPartenariat.genre_code")
    partenaire: Mapped[Partenaire | None] = vers("Partenaire", "ActionPartenariat.partenaire_id")

    def __str__(self) -> str:
        return f"{self.genre} du {self.le:%d/%m/%Y}"


class ConventionPartenaire(Enregistrement):
    """What binds a partner, from a day to a day; renewed by the next one, or left to end."""

    __tablename__ = "convention_partenaire"
    declaration = Declaration(
        "Convention de partenariat",
        Forme.AVEC_SON_PARENT,
        parent="partenaire",
        familles=(Famille.PARTENAIRES,),
        intitule="objet",
    )
    __table_args__ = (
        dans_l_ordre("convention_partenaire", "du", "au", "La fin précède le début."),
        controle(
            "ck_convention_partenaire_objet", "btrim(objet) <> ''", "L’objet est vide.", "objet"
        ),
        Index("ix_convention_partenaire_partenaire", "partenaire_id", "du"),
        Index(
            "ix_convention_partenaire_au",
            "au",
            postgresql_where=text("au is not null and not sans_suite"),
        ),
    )
    partenaire_id: Mapped[int] = numero_de("partenaire", "Partenaire", requis=True)
    objet: Mapped[str] = texte("Objet", 300, requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : sans terme.")
    signee_le: Mapped[date | None] = jour("Signée le", fait=True)
    sans_suite: Mapped[bool] = case_a_cocher(
        "Ne sera pas renouvelée", aide="Plus rien ne rappelle alors sa fin."
    )
    partenaire: Mapped[Partenaire] = relationship()

    def __str__(self) -> str:
        return self.objet


class DispositifPropose(Enregistrement):
    """What a partner offers to youths: a scheme, for whom, while it is open."""

    __tablename__ = "dispositif_propose"
    declaration = Declaration(
        "Dispositif proposé",
        Forme.AVEC_SON_PARENT,
        parent="partenaire",
        familles=(Famille.PARTENAIRES,),
        intitule="nom",
    )
    __table_args__ = (
        unique(
            "uq_dispositif_propose_partenaire_nom",
            "partenaire_id",
            "nom",
            phrase="Ce partenaire propose déjà ce dispositif.",
            champ="nom",
        ),
        controle("ck_dispositif_propose_nom", "btrim(nom) <> ''", "Le nom est vide.", "nom"),
    )
    partenaire_id: Mapped[int] = numero_de("partenaire", "Partenaire", requis=True)
    nom: Mapped[str] = texte("Dispositif", requis=True, aide="CEJ, E2C, ERASMUS+, bail glissant…")
    pour_qui: Mapped[str | None] = texte("Pour qui", aide="Âge, statut, conditions.")
    ferme_le: Mapped[date | None] = jour("Fermé le", aide="Vide : proposé aujourd’hui.")
    partenaire: Mapped[Partenaire] = relationship()

    def __str__(self) -> str:
        return self.nom
