"""What is observed of a youth: situation, freins, satisfaction.

Sheets « Situations », « Freins », « Enquêtes ».
"""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from app.regles.parametres import MAINTIEN_MOIS

from .base import (
    PHRASES,
    Nature,
    SuiviJeune,
    case_a_cocher,
    controle,
    dans_l_ordre,
    de_liste,
    jour,
    oui_non,
    texte_long,
    unique,
    vers,
)
from .declaration import DansLeClasseur, Declaration, Famille

if TYPE_CHECKING:
    from .nomenclature import (
        CouvertureBase,
        CouvertureComplementaire,
        Logement,
        ReponseEnquete,
        Ressource,
        SituationPro,
        ThemeFrein,
    )


class Situation(SuiviJeune):
    """The situation of a youth on a day: occupation, housing, resources, health cover.

    Empty = non renseigné.
    """

    __tablename__ = "situation"
    declaration = Declaration(
        "Situation",
        familles=(Famille.SUIVI,),
        grande=True,
        classeur=DansLeClasseur("Situations", cle=("jeune_id", "observee_le"), rang=80),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("situation"),
        dans_l_ordre(
            "situation", "observee_le", "confirmee_le", "La confirmation précède l’observation."
        ),
        unique(
            "uq_situation_jeune_observee_le",
            "jeune_id",
            "observee_le",
            phrase="Une situation est déjà enregistrée ce jour-là : modifiez-la.",
            champ="observee_le",
        ),
        Index("ix_situation_mds_observee_le", "mds_id", "observee_le"),
        Index("ix_situation_observee_le", "observee_le", "id"),
    )
    observee_le: Mapped[date] = jour("Observée le", requis=True, fait=True)
    confirmee_le: Mapped[date | None] = jour(
        "Confirmée le",
        fait=True,
        aide="Dernier jour où cette situation a été vérifiée.",
    )
    situation_pro_code: Mapped[str | None] = de_liste("situation_pro", "Situation")
    logement_code: Mapped[str | None] = de_liste("logement", "Logement")
    maintien_6_mois: Mapped[bool | None] = oui_non(
        "Maintien 6 mois",
        aide=(
            f"Le jeune peut-il rester au moins {MAINTIEN_MOIS.en_lettres} ? À demander quand la"
            " stabilité du logement est à confirmer."
        ),
    )
    ressource_1_code: Mapped[str | None] = de_liste("ressource", "Ressource 1")
    fin_ressource_1: Mapped[date | None] = jour("Fin ressource 1")
    ressource_2_code: Mapped[str | None] = de_liste("ressource", "Ressource 2")
    fin_ressource_2: Mapped[date | None] = jour("Fin ressource 2")
    couverture_base_code: Mapped[str | None] = de_liste("couverture_base", "Couverture de base")
    couverture_complementaire_code: Mapped[str | None] = de_liste(
        "couverture_complementaire", "Couverture complémentaire"
    )
    situation_pro: Mapped["SituationPro"] = vers("SituationPro", "Situation.situation_pro_code")
    logement: Mapped["Logement"] = vers("Logement", "Situation.logement_code")
    ressource_1: Mapped["Ressource"] = vers("Ressource", "Situation.ressource_1_code")
    ressource_2: Mapped["Ressource"] = vers("Ressource", "Situation.ressource_2_code")
    couverture_base: Mapped["CouvertureBase"] = vers(
        "CouvertureBase", "Situation.couverture_base_code"
    )
    couverture_complementaire: Mapped["CouvertureComplementaire"] = vers(
        "CouvertureComplementaire", "Situation.couverture_complementaire_code"
    )


class Frein(SuiviJeune):
    """An obstacle, raised then lifted (« lever les freins spécifiques »)."""

    __tablename__ = "frein"
    declaration = Declaration(
        "Frein",
        familles=(Famille.SUIVI,),
        classeur=DansLeClasseur("Freins", cle=("jeune_id", "theme_code", "du"), rang=90),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("frein"),
        dans_l_ordre("frein", "du", "leve_le", "Le frein est levé avant d’avoir été constaté."),
        unique(
            "uq_frein_jeune_theme_du",
            "jeune_id",
            "theme_code",
            "du",
            phrase="Ce frein est déjà enregistré à cette date.",
            champ="theme_code",
        ),
        Index("ix_frein_mds_du", "mds_id", "du"),
        Index(
            "ix_frein_leve_le",
            "jeune_id",
            "leve_le",
            postgresql_where=text("leve_le is not null"),
            postgresql_include=["theme_code", "mds_id"],
        ),
        Index("ix_frein_du", "du", "id"),
    )
    theme_code: Mapped[str] = de_liste("theme_frein", "Thème", requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    leve_le: Mapped[date | None] = jour("Levé le", fait=True, aide="Vide : le frein demeure.")
    precision: Mapped[str | None] = texte_long("Précision")
    theme: Mapped["ThemeFrein"] = vers("ThemeFrein", "Frein.theme_code")


class Enquete(SuiviJeune):
    """The youth was asked whether the accompaniment suited them.

    Perhaps they answered.

    Answered on paper, the answer is here; answered alone by a link, it is in ``reponse_confiee``.
    """

    __tablename__ = "enquete"
    declaration = Declaration(
        "Enquête",
        familles=(Famille.SUIVI,),
        classeur=DansLeClasseur(
            "Enquêtes",
            cle=("jeune_id", "demandee_le"),
            rang=100,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Demandée le", "demandee_le"),
                ("Répondue le", "repondue_le"),
                ("Réponse", "reponse_code"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("enquete"),
        dans_l_ordre("enquete", "demandee_le", "repondue_le", "La réponse précède la demande."),
        unique(
            "uq_enquete_jeune_demandee_le",
            "jeune_id",
            "demandee_le",
            phrase="Une enquête a déjà été demandée ce jour-là.",
            champ="demandee_le",
        ),
        controle(
            "ck_enquete_par_lien",
            "not par_lien or (repondue_le is not null and reponse_code is null)",
            "Le jeune a répondu seul : sa réponse n’est pas dans cette fiche.",
        ),
        Index("ix_enquete_repondue_le", "repondue_le"),
        Index("ix_enquete_mds_demandee_le", "mds_id", "demandee_le"),
    )
    demandee_le: Mapped[date] = jour("Demandée le", requis=True)
    repondue_le: Mapped[date | None] = jour("Répondue le", fait=True)
    reponse_code: Mapped[str | None] = de_liste(
        "reponse_enquete",
        "Réponse",
        aide="Réponse donnée sur papier. Aucun écran ne la montre ensuite.",
        nature=Nature.SENSIBLE,
        confiee=True,
    )
    par_lien: Mapped[bool] = case_a_cocher("Répondue par lien")
    reponse: Mapped["ReponseEnquete"] = vers("ReponseEnquete", "Enquete.reponse_code")


PHRASES["ck_enquete_confiee"] = (
    "Le jeune a répondu seul : ni sa réponse ni ses dates ne se modifient.",
    "repondue_le",
)
