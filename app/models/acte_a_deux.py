"""What one person asks and another confirms: a role over files, a reset, the last DPO’s end."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Enregistrement, Nature, info, instant, numero_de, texte, vers
from .declaration import Declaration, DroitDuRole, Forme

if TYPE_CHECKING:
    from .habilitation import Compte
    from .territoire import Mds

ROLE = "ROLE"
MOT_DE_PASSE = "MOT_DE_PASSE"
SECOND_FACTEUR = "SECOND_FACTEUR"
COURRIEL = "COURRIEL"
FERMETURE = "FERMETURE"
GENRES = {
    ROLE: "Donner un rôle qui ouvre des dossiers",
    MOT_DE_PASSE: "Donner un mot de passe provisoire",
    SECOND_FACTEUR: "Retirer le second facteur",
    COURRIEL: "Changer le courriel ou l’identifiant",
    FERMETURE: "Retirer le dernier délégué à la protection des données",
}
"""Code → what is asked, in words."""
_CONFIRME = "Confirme ou refuse ce que l’administrateur demande et ne peut faire seul."


class ActeADeux(Enregistrement):
    """Asked by the administrator, confirmed within a day by the DPO or a responsable.

    A role is given as it is confirmed; the rest is then done by whoever asked, once, within the
    same day. ``acces/a_deux.sql`` decides.
    """

    __tablename__ = "acte_a_deux"
    declaration = Declaration(
        "Acte à deux",
        Forme.A_PART,
        restaurable=False,
        histoire=False,
        octrois="select, insert",
        droits=(
            DroitDuRole("RESPONSABLE", ("lire", "modifier", "exporter"), _CONFIRME),
            DroitDuRole("DPO", ("lire", "modifier", "exporter"), _CONFIRME),
            DroitDuRole(
                "ADMINISTRATEUR", ("lire", "creer"), "Demande ce qu’une autre personne confirme."
            ),
        ),
    )
    __table_args__ = (Index("ix_acte_a_deux_compte", "compte_id", "demande_le"),)
    genre: Mapped[str] = mapped_column(String(20), nullable=False, info=info("Acte", codes=GENRES))
    compte_id: Mapped[int] = numero_de("ab_user", "Pour", requis=True, nature=Nature.PERSONNEL)
    role_code: Mapped[str | None] = mapped_column(String(30), info=info("Rôle"))
    mds_id: Mapped[int | None] = numero_de("mds", "MDS")
    motif: Mapped[str | None] = texte("Motif", 300)
    demande_par_id: Mapped[int] = numero_de(
        "ab_user", "Demandé par", requis=True, nature=Nature.PERSONNEL
    )
    demande_le: Mapped[datetime] = instant("Demandé le", requis=True, server_default=text("now()"))
    repondu_par_id: Mapped[int | None] = numero_de(
        "ab_user", "Répondu par", nature=Nature.PERSONNEL
    )
    confirme_le: Mapped[datetime | None] = instant("Confirmé le")
    refuse_le: Mapped[datetime | None] = instant("Refusé le")
    fait_le: Mapped[datetime | None] = instant("Fait le")
    compte: Mapped["Compte"] = vers("Compte", "ActeADeux.compte_id")
    demande_par: Mapped["Compte"] = vers("Compte", "ActeADeux.demande_par_id")
    repondu_par: Mapped["Compte | None"] = vers("Compte", "ActeADeux.repondu_par_id")
    mds: Mapped["Mds | None"] = vers("Mds", "ActeADeux.mds_id")
