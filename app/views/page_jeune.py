"""The top of a youth’s file: where they stand, what comes next and who acts, what waits."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from app.acces import Perimetre
from app.models import Fusion, Jeune, Transfert
from app.views import dossier, fiche_jeune
from app.views.chapitres import (
    Chapitre,
    PassageMontre,
    anciens_passages,
    chapitres,
    qui_agit,
    raison_du_retour,
)
from app.views.dossier import AgentMontre
from app.views.socle import saisie
from app.views.socle.affichage import nom_mds
from app.views.socle.page import adresse

DE_LA_SORTIE = (("mesure", "modifier"), ("accompagnement", "modifier"), ("situation", "creer"))
"""The rights of which one opens the screen of the exit."""


def peut_sortir(perimetre: Perimetre, jeune: Jeune) -> bool:
    return any(perimetre.peut(*droit, jeune.mds_id) for droit in DE_LA_SORTIE)


@dataclass(frozen=True)
class PageJeune:
    """The top of a youth's file: where they stand, what comes next, what waits."""

    jeune: Jeune
    dossier: dossier.Dossier
    suite: str | None
    """The address where the next thing is done, for whoever may do it."""
    fusions: Sequence[Fusion]
    transfert: Transfert | None
    peut_prevoir: bool
    peut_reprendre: bool = False
    peut_sortir: bool = False
    """Whether the person may end a mesure or a stay, or tell a situation."""

    depuis = staticmethod(fiche_jeune.depuis)

    @property
    def chapitres(self) -> list[Chapitre]:
        return chapitres(self.dossier)

    @property
    def passages(self) -> list[PassageMontre]:
        """The ones before, folded."""
        return anciens_passages(self.dossier)

    @property
    def qui_agit(self) -> str:
        return qui_agit(self.dossier)

    @property
    def raison_du_retour(self) -> str:
        return raison_du_retour(self.dossier)

    @property
    def acte(self) -> str:
        """The word of the button that does what comes next."""
        return fiche_jeune.ACTES.get(self.dossier.phase.acte, self.dossier.phase.suite)

    @property
    def retard(self) -> str:
        return fiche_jeune.retard(self.dossier)

    @property
    def acte_fait(self) -> int | None:
        """The number of the act that led here, which may still be taken back."""
        return saisie.numero(request.args.get("acte"))

    @property
    def preparer_la_sortie(self) -> str:
        """The screen of the exit, for whoever may write some of it."""
        if self.jeune.deces_le or not self.peut_sortir:
            return ""
        return adresse(f"/sortie/{self.jeune.id}")

    @property
    def reprendre(self) -> str:
        """The address that takes the follow-up of a youth who left up again."""
        if not self.peut_reprendre or self.dossier.phase.code != "SORTI" or self.jeune.deces_le:
            return ""
        return adresse(f"/reprendre-le-suivi/{self.jeune.id}")

    @functools.cached_property
    def binome(self) -> list[AgentMontre]:
        """Who follows the youth, the coordonnateur first; nobody where nothing is recorded."""
        return dossier.qui_suit(self.dossier.binome, self.dossier.le)

    @property
    def dernier_binome(self) -> list[AgentMontre]:
        """Who followed the youth last, when nobody does today: whom to call all the same."""
        return dossier.qui_suivait(self.dossier.dernier_binome)

    @property
    def mds(self) -> str:
        return nom_mds(self.jeune.mds_id)

    @property
    def transfert_vers(self) -> str:
        return nom_mds(self.transfert and self.transfert.vers_mds_id)
