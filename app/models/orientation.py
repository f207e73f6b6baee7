"""The orientations of a youth towards the coordonnateur (M1, M2): one each time, never overwritten.

The file of the youth holds the last one (``Jeune.contact_le``), which the base keeps true
(``acces/orientation.sql``).
"""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.regles.parametres import DELAI_RDV_JOURS

from .base import (
    PHRASES,
    SuiviJeune,
    controle,
    dans_l_ordre,
    de_liste,
    info,
    jour,
    numero_d_agent,
    oui_non,
    texte,
    texte_long,
    unique,
)
from .base import vers as relation
from .declaration import ECRIRE, LIRE, TENIR, DansLeClasseur, Declaration, DroitDuRole

if TYPE_CHECKING:
    from .agent import Agent
    from .nomenclature import MotifRupture, ReponseOrientation

UNE_SEULE = "uq_orientation_repere"


class Orientation(SuiviJeune):
    """A youth is repéré, then handed to the coordonnateur, who accepts or sends back.

    Without ``contact_le``: repéré, not yet oriented. The rendez-vous that closes it is the first
    tripartite on or after ``contact_le``: computed, never stored.
    """

    __tablename__ = "orientation"
    declaration = Declaration(
        "Orientation",
        droits=(
            DroitDuRole("REFERENT_SEF", TENIR, "Oriente les jeunes vers le coordonnateur."),
            DroitDuRole(
                "COORDONNATEUR", (*ECRIRE, "repondre"), "Reçoit les orientations et y répond."
            ),
            DroitDuRole("SLAI", LIRE, "Lit les orientations."),
        ),
        classeur=DansLeClasseur(
            "Orientations",
            cle=("jeune_id", "contact_le"),
            rang=55,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Prise de contact le", "contact_le"),
                ("Repéré le", "repere_le"),
                ("Orienté par", "oriente_par"),
                ("Vers", "vers"),
                ("Motif", "motif_code"),
                ("Objectifs", "objectifs"),
                ("Urgente", "est_urgente"),
                ("Réponse", "reponse_code"),
                ("Répondue le", "repondue_le"),
                ("Raison du renvoi", "raison_renvoi"),
            ),
            controles=(
                (
                    "ck_orientation_renvoi",
                    lambda v: v("reponse_code") != "RENVOYEE" or bool(v("raison_renvoi")),
                ),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("orientation"),
        unique(
            "uq_orientation_jeune_contact_le",
            "jeune_id",
            "contact_le",
            phrase="Ce jeune a déjà été orienté ce jour-là.",
            champ="contact_le",
        ),
        Index(UNE_SEULE, "jeune_id", unique=True, postgresql_where=text("contact_le is null")),
        dans_l_ordre("orientation", "contact_le", "repondue_le", "La réponse précède la demande."),
        controle(
            "ck_orientation_renvoi",
            "reponse_code is distinct from 'RENVOYEE' or coalesce(btrim(raison_renvoi), '') <> ''",
            "Dites pourquoi l’orientation est renvoyée : le référent le lira.",
            "raison_renvoi",
        ),
        # The orientations of a period, read without opening the table.
        Index(
            "ix_orientation_contact_le",
            "contact_le",
            "jeune_id",
            postgresql_include=["mds_id"],
        ),
        # Those that wait for an answer.
        Index(
            "ix_orientation_sans_reponse",
            "mds_id",
            "contact_le",
            postgresql_where=text("reponse_code is null"),
            postgresql_include=["vers_id", "jeune_id", "est_urgente", "id"],
        ),
    )
    repere_le: Mapped[date | None] = jour(
        "Repéré le", fait=True, aide="Premier chapitre : le service ASE a repéré le jeune."
    )
    contact_le: Mapped[date | None] = jour(
        "Prise de contact le",
        fait=True,
        aide=(
            "Le coordonnateur est sollicité. Le rendez-vous tripartite suit dans les "
            f"{DELAI_RDV_JOURS.dit}. Vide : repéré, pas encore orienté."
        ),
    )
    oriente_par: Mapped[str | None] = texte("Orienté par")
    oriente_par_id: Mapped[int | None] = numero_d_agent(
        "Orienté par (agent)", nom_dans="oriente_par"
    )
    vers: Mapped[str | None] = texte("Vers", 300)
    vers_id: Mapped[int | None] = numero_d_agent(
        "Vers",
        nom_dans="vers",
        fonction="COORDONNATEUR",
        aide="Vide : les coordonnateurs de la MDS.",
    )
    motif_code: Mapped[str | None] = de_liste("motif_rupture", "Motif")
    objectifs: Mapped[str | None] = texte_long(
        "Objectifs", aide="Ce que le jeune et le service attendent de l’accompagnement."
    )
    est_urgente: Mapped[bool | None] = oui_non("Urgente")
    vue_le: Mapped[date | None] = jour("Vue le", fait=True)
    reponse_code: Mapped[str | None] = de_liste("reponse_orientation", "Réponse")
    repondue_le: Mapped[date | None] = jour("Répondue le", fait=True)
    repondue_par: Mapped[str | None] = texte("Répondue par", 300)
    raison_renvoi: Mapped[str | None] = texte("Raison du renvoi", 500)
    est_de_la_fiche: Mapped[bool] = mapped_column(
        Boolean,
        nullable=False,
        server_default=text("false"),
        info=info("Lue de la fiche", racontee=False, hors_ecran="la base la pose"),
    )
    motif: Mapped["MotifRupture | None"] = relation("MotifRupture", "Orientation.motif_code")
    reponse: Mapped["ReponseOrientation | None"] = relation(
        "ReponseOrientation", "Orientation.reponse_code"
    )
    agent: Mapped["Agent | None"] = relation("Agent", "Orientation.vers_id")


PHRASES[UNE_SEULE] = ("Ce jeune est déjà repéré : orientez-le depuis cette fiche.", "contact_le")
