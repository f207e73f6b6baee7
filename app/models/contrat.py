"""The contrats of a young adult (M4): the contrat jeune majeur asked for, the CEJ proposed."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from .base import (
    SuiviJeune,
    case_a_cocher,
    controle,
    dans_l_ordre,
    de_liste,
    jour,
    texte,
)
from .base import vers as relation
from .declaration import ECRIRE, LIRE, TENIR, Declaration, DroitDuRole

if TYPE_CHECKING:
    from .nomenclature import ReponseDemande


class DemandeCjm(SuiviJeune):
    """A contrat jeune majeur asked for by a youth, and what the Département answered.

    One record each time: a first request, a renewal, a return before 21.
    """

    __tablename__ = "demande_cjm"
    declaration = Declaration(
        "Demande de contrat jeune majeur",
        droits=(
            DroitDuRole("REFERENT_SEF", TENIR, "Tient les demandes de contrat jeune majeur."),
            DroitDuRole("COORDONNATEUR", ECRIRE, "Note les demandes de contrat jeune majeur."),
            DroitDuRole("SLAI", LIRE, "Lit les demandes de contrat jeune majeur."),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("demande_cjm", cle=("demandee_le",)),
        dans_l_ordre("demande_cjm", "demandee_le", "decidee_le", "La décision précède la demande."),
        dans_l_ordre(
            "demande_cjm", "demandee_le", "jusqu_au", "Le contrat finit avant sa demande."
        ),
        controle(
            "ck_demande_cjm_decision",
            "(decision_code is null) = (decidee_le is null)",
            "Une décision a un jour et un sens : donnez les deux.",
            "decidee_le",
        ),
        controle(
            "ck_demande_cjm_refus",
            "decision_code is distinct from 'REFUSEE' or coalesce(btrim(motif), '') <> ''",
            "Dites pourquoi la demande est refusée.",
            "motif",
        ),
        controle(
            "ck_demande_cjm_jusqu_au",
            "jusqu_au is null or decision_code is not distinct from 'ACCEPTEE'",
            "Seul un contrat accepté a une fin.",
            "jusqu_au",
        ),
        Index(
            "ix_demande_cjm_sans_decision",
            "mds_id",
            "demandee_le",
            postgresql_where=text("decision_code is null"),
        ),
    )
    demandee_le: Mapped[date] = jour("Demandée le", requis=True, fait=True)
    est_renouvellement: Mapped[bool] = case_a_cocher(
        "Renouvellement", aide="Le jeune a déjà eu un contrat jeune majeur."
    )
    decidee_le: Mapped[date | None] = jour("Décidée le", fait=True)
    decision_code: Mapped[str | None] = de_liste(
        "reponse_demande", "Décision", aide="Vide : la décision est attendue."
    )
    jusqu_au: Mapped[date | None] = jour("Jusqu’au", aide="Dernier jour du contrat accepté.")
    motif: Mapped[str | None] = texte(
        "Motif", 500, aide="Obligatoire quand la demande est refusée."
    )
    decision: Mapped["ReponseDemande | None"] = relation(
        "ReponseDemande", "DemandeCjm.decision_code"
    )

    def __str__(self) -> str:
        return f"Contrat jeune majeur demandé le {self.demandee_le:%d/%m/%Y}"


class PropositionCej(SuiviJeune):
    """A contrat d’engagement jeune proposed to a youth, and their answer."""

    __tablename__ = "proposition_cej"
    declaration = Declaration(
        "Proposition de CEJ",
        droits=(
            DroitDuRole("COORDONNATEUR", TENIR, "Propose le contrat d’engagement jeune."),
            DroitDuRole("REFERENT_SEF", ECRIRE, "Note les propositions de CEJ."),
            DroitDuRole("SLAI", LIRE, "Lit les propositions de CEJ."),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("proposition_cej", cle=("proposee_le",)),
        dans_l_ordre(
            "proposition_cej", "proposee_le", "repondue_le", "La réponse précède la proposition."
        ),
        controle(
            "ck_proposition_cej_reponse",
            "(reponse_code is null) = (repondue_le is null)",
            "Une réponse a un jour et un sens : donnez les deux.",
            "repondue_le",
        ),
        Index(
            "ix_proposition_cej_sans_reponse",
            "mds_id",
            "proposee_le",
            postgresql_where=text("reponse_code is null"),
        ),
    )
    proposee_le: Mapped[date] = jour("Proposé le", requis=True, fait=True)
    repondue_le: Mapped[date | None] = jour("Répondu le", fait=True)
    reponse_code: Mapped[str | None] = de_liste(
        "reponse_demande", "Réponse", aide="Vide : le jeune n’a pas encore répondu."
    )
    precision: Mapped[str | None] = texte("Précision", 500, aide="Ce que le jeune en dit.")
    reponse: Mapped["ReponseDemande | None"] = relation(
        "ReponseDemande", "PropositionCej.reponse_code"
    )

    def __str__(self) -> str:
        return f"Contrat d’engagement jeune proposé le {self.proposee_le:%d/%m/%Y}"
