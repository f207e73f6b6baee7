"""Meetings with a youth, alone or together, and the steps of the law.

Planned or held (sheet « Rencontres »).
"""

from collections.abc import Callable
from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, FetchedValue, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.regles.parametres import AGE_ENTRETIEN

from .base import (
    Enregistrement,
    Nature,
    SuiviJeune,
    case_a_cocher,
    controle,
    de_liste,
    entier,
    heure,
    info,
    jour,
    numero_de,
    numeros_d_agents,
    oui_non,
    plie,
    texte,
    texte_long,
    unique,
    vers,
)
from .declaration import Code, DansLeClasseur, Declaration, Famille, Forme, Recherche

if TYPE_CHECKING:
    from .nomenclature import LieuRencontre, StatutRencontre, ThemeFrein, TypeRencontre
    from .territoire import Mds


class ActionCollective(Enregistrement):
    """An action held for several youths: one rencontre per youth.

    « actions individuelles ou collectives »
    """

    __tablename__ = "action_collective"
    declaration = Declaration(
        "Action collective",
        Forme.PAR_MDS,
        familles=(Famille.SUIVI, Famille.RENCONTRES),
        intitule="intitule",
        recherche=Recherche(
            dans=lambda action: action.cle,
            ordre=lambda action: action.le.desc(),
            precision=("le",),
        ),
    )
    __table_args__ = (
        controle(
            "ck_action_collective_intitule",
            "btrim(intitule) <> ''",
            "L’intitulé est vide.",
            "intitule",
        ),
        Index("ix_action_collective_mds_le", "mds_id", "le"),
    )
    mds_id: Mapped[int] = numero_de(
        "mds", "MDS", aide="Maison Département Solidarité qui organise l’action.", requis=True
    )
    intitule: Mapped[str] = texte("Intitulé", 200, requis=True)
    le: Mapped[date] = jour("Le", requis=True)
    theme_code: Mapped[str | None] = de_liste(
        "theme_frein", "Thème", aide="Estime de soi, mobilité, logement…"
    )
    lieu_code: Mapped[str | None] = de_liste("lieu_rencontre", "Lieu")
    adresse: Mapped[str | None] = texte(
        "Adresse", 300, aide="Le lieu en toutes lettres : salle, rue, ville."
    )
    agents: Mapped[str | None] = texte(
        "Professionnels rencontrés", 1000, aide="Leurs noms, séparés par « ; »."
    )
    agents_ids: Mapped[list[int]] = numeros_d_agents("Professionnels (numéros)", noms_dans="agents")
    instance_id: Mapped[int | None] = mapped_column(
        Integer,
        ForeignKey("instance.id"),
        index=True,
        info=info("Permanence", hors_ecran="la feuille de présence d’une permanence l’écrit"),
    )
    description: Mapped[str | None] = texte_long("Description")
    cle: Mapped[str | None] = plie("intitule")
    mds: Mapped["Mds"] = vers("Mds", "ActionCollective.mds_id")
    theme: Mapped["ThemeFrein | None"] = vers("ThemeFrein", "ActionCollective.theme_code")
    lieu: Mapped["LieuRencontre"] = vers("LieuRencontre", "ActionCollective.lieu_code")
    rencontres: Mapped[list["Rencontre"]] = relationship(back_populates="action")

    def __str__(self) -> str:
        return self.intitule


def _duree_possible(v: Callable[[str], Any]) -> bool:
    return v("duree") is None or 1 <= v("duree") <= 24 * 60


class Rencontre(SuiviJeune):
    """A meeting with one youth, or their part in a collective action."""

    __tablename__ = "rencontre"
    declaration = Declaration(
        "Rencontre",
        familles=(Famille.SUIVI, Famille.RENCONTRES),
        grande=True,
        code=Code("R", 6),
        classeur=DansLeClasseur(
            "Rencontres",
            cle=("code",),
            rang=70,
            colonnes=(
                ("Code", "code"),
                ("Jeune", "jeune_id"),
                ("Type", "type_code"),
                ("Le", "le"),
                ("Statut", "statut_code"),
                ("Heure", "heure"),
                ("Durée", "duree"),
                ("Lieu", "lieu_code"),
                ("Adresse", "adresse"),
                ("Agents", "agents"),
                ("Fixée le", "fixee_le"),
                ("Jeune présent", "jeune_present"),
                ("Coordonnateur présent", "coordonnateur_present"),
                ("Service ASE présent", "service_ase_present"),
                ("Lieu d'accueil présent", "lieu_accueil_present"),
                ("Compte rendu", "compte_rendu"),
            ),
            controles=(("ck_rencontre_duree", _duree_possible),),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("rencontre"),
        unique(
            "uq_rencontre_cle", "cle", phrase="Ce code de rencontre est déjà pris.", champ="code"
        ),
        unique(
            "uq_rencontre_action_jeune",
            "action_id",
            "jeune_id",
            phrase="Ce jeune est déjà inscrit à cette action collective.",
            champ="jeune_id",
        ),
        controle(
            "ck_rencontre_duree",
            "duree between 1 and 1440",
            "La durée se compte en minutes, de 1 à 1440.",
            "duree",
        ),
        Index("ix_rencontre_mds_le", "mds_id", "le"),
        Index("ix_rencontre_le", "le", "id"),
        Index("ix_rencontre_statut_le", "statut_code", "le", "id", postgresql_include=["mds_id"]),
        # The last day a youth came (acces.dossiers_a_examiner), whether they were met since a day
        # (the checks of the month): read without opening the table.
        Index(
            "ix_rencontre_jeune_le",
            "jeune_id",
            "le",
            postgresql_include=["statut_code", "type_code", "jeune_present", "mds_id"],
        ),
        Index(
            "ix_rencontre_rdv",
            "mds_id",
            "jeune_id",
            "le",
            postgresql_where=text("type_code = 'TRIPARTITE' and statut_code <> 'ANNULEE'"),
        ),
        # Of one MDS: those planned, the tripartites of the last months, who was met since a day.
        Index(
            "ix_rencontre_prevue",
            "mds_id",
            "le",
            "heure",
            "id",
            postgresql_where=text("statut_code = 'PREVUE'"),
            postgresql_include=["jeune_id"],
        ),
        # The first ones, of whoever sees all MDS.
        Index(
            "ix_rencontre_prevue_le",
            "le",
            "heure",
            "id",
            postgresql_where=text("statut_code = 'PREVUE'"),
            postgresql_include=["mds_id", "jeune_id"],
        ),
        Index(
            "ix_rencontre_rdv_le",
            "mds_id",
            "le",
            postgresql_where=text("type_code = 'TRIPARTITE' and statut_code <> 'ANNULEE'"),
            postgresql_include=["jeune_id"],
        ),
        Index(
            "ix_rencontre_vus",
            "mds_id",
            "le",
            postgresql_where=text("statut_code = 'TENUE' and jeune_present is true"),
            postgresql_include=["jeune_id"],
        ),
        Index(
            "ix_rencontre_lieu_atypique",
            "jeune_id",
            "le",
            postgresql_include=["mds_id"],
            postgresql_where=text(
                "statut_code = 'TENUE' and jeune_present"
                " and lieu_code in ('CAFE_SOLIDAIRE', 'MEDIATHEQUE', 'ENTREPRISE', 'EXTERIEUR')"
            ),
        ),
        # All that the indicators ask of a rendez-vous tripartite, read without opening the table.
        Index(
            "ix_rencontre_tripartite",
            "jeune_id",
            "le",
            postgresql_where=text("type_code = 'TRIPARTITE'"),
            postgresql_include=[
                "statut_code",
                "jeune_present",
                "coordonnateur_present",
                "service_ase_present",
                "lieu_accueil_present",
                "mds_id",
            ],
        ),
        Index(
            "ix_rencontre_entretien_17",
            "jeune_id",
            "le",
            postgresql_include=["statut_code", "mds_id"],
            postgresql_where=text("type_code = 'ENTRETIEN_17'"),
        ),
    )
    code: Mapped[str] = texte(
        "Code",
        100,
        requis=True,
        server_default=FetchedValue(),
        aide="Vide : Tandem attribue le prochain code libre.",
    )
    type_code: Mapped[str] = de_liste("type_rencontre", "Type", requis=True)
    le: Mapped[date] = jour("Le", requis=True, fait="TENUE ABSENCE EXCUSE")
    statut_code: Mapped[str] = de_liste("statut_rencontre", "Statut", requis=True)
    lieu_code: Mapped[str | None] = de_liste("lieu_rencontre", "Lieu")
    heure: Mapped[time | None] = heure("Heure", aide="Comme 14\u00a0h\u00a030.")
    duree: Mapped[int | None] = entier("Durée (minutes)")
    adresse: Mapped[str | None] = texte(
        "Adresse", 300, aide="Le lieu en toutes lettres : rue, salle, lien de la visioconférence."
    )
    agents: Mapped[str | None] = texte(
        "Agents", 1000, aide="Les agents qui y sont attendus ou y étaient, séparés par « ; »."
    )
    agents_ids: Mapped[list[int]] = numeros_d_agents("Agents (numéros)", noms_dans="agents")
    fixee_le: Mapped[date | None] = jour(
        "Fixée le", fait=True, aide="Jour où le rendez-vous a été pris."
    )
    jeune_present: Mapped[bool | None] = oui_non("Jeune présent")
    coordonnateur_present: Mapped[bool | None] = oui_non("Coordonnateur présent")
    service_ase_present: Mapped[bool | None] = oui_non("Service ASE présent")
    lieu_accueil_present: Mapped[bool | None] = oui_non("Lieu d’accueil représenté")
    rsase_present: Mapped[bool | None] = mapped_column(
        Boolean,
        info=info(
            "RSASE présent",
            nature=Nature.STATISTIQUE,
            hors_ecran=f"se dit sur la page de l’entretien des {AGE_ENTRETIEN.dit}",
        ),
    )
    compte_rendu: Mapped[str | None] = texte_long(
        "Compte rendu", aide="Des faits utiles au projet ; pas de diagnostic ni d’infraction."
    )
    action_id: Mapped[int | None] = numero_de("action_collective", "Action collective", index=True)
    etape: Mapped[str | None] = mapped_column(
        String(40),
        info=info(
            "Étape de la loi",
            racontee=False,
            anonymisee=False,
            hors_ecran="« Prévoir » l’écrit, sur une étape du dossier",
        ),
    )
    """The step of the law that it was planned for (``regles/echeances.py``)."""
    cle: Mapped[str | None] = plie("code")
    type: Mapped["TypeRencontre"] = vers("TypeRencontre", "Rencontre.type_code")
    statut: Mapped["StatutRencontre"] = vers("StatutRencontre", "Rencontre.statut_code")
    lieu: Mapped["LieuRencontre"] = vers("LieuRencontre", "Rencontre.lieu_code")
    action: Mapped[ActionCollective | None] = relationship(back_populates="rencontres")

    def __str__(self) -> str:
        return f"{self.type} du {self.le:%d/%m/%Y}"


class Etape(SuiviJeune):
    """What a person decided about a step of the law (M4): done on a day, or not applicable and why.

    The due date itself is computed (``regles/echeances.py``), never stored.
    """

    __tablename__ = "etape"
    declaration = Declaration("Étape légale", familles=(Famille.SUIVI, Famille.RENCONTRES))
    __table_args__ = (
        *SuiviJeune.contraintes_communes("etape"),
        unique(
            "uq_etape_jeune_echeance",
            "jeune_id",
            "echeance",
            phrase="Cette étape est déjà renseignée.",
            champ="echeance",
        ),
        controle(
            "ck_etape_sans_objet",
            "not est_sans_objet or coalesce(btrim(motif), '') <> ''",
            "Dites pourquoi l’étape est sans objet.",
            "motif",
        ),
        controle(
            "ck_etape_faite_ou_sans_objet",
            "not (est_sans_objet and faite_le is not null)",
            "Une étape sans objet n’a pas de date de réalisation.",
            "faite_le",
        ),
    )
    echeance: Mapped[str] = mapped_column(
        String(40), nullable=False, info=info("Étape", anonymisee=False)
    )
    faite_le: Mapped[date | None] = jour("Faite le", fait=True)
    est_sans_objet: Mapped[bool] = case_a_cocher("Sans objet")
    motif: Mapped[str | None] = texte(
        "Motif", 300, aide="Obligatoire quand l’étape est sans objet."
    )
