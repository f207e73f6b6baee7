"""What the home page says besides the youths: tables to send, meetings to plan, requests, cards.

All of it comes from tables that change seldom (``models/papiers.py``): a process keeps what a
person was told, until one of them is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from babel.dates import format_date
from flask import g, get_template_attribute, request
from markupsafe import Markup
from sqlalchemy import Row

from app.acces import Perimetre, contexte
from app.regles.demandes import NATURES
from app.views import demande, portefeuille, transfert
from app.views.pages import a_venir, cartes, classeur, envoi
from app.views.socle.affichage import nom_mds
from app.views.socle.compteur import Compteur, compter_ensemble
from app.views.socle.par_version import ParVersion


@dataclass(frozen=True)
class ObligationAPrevoir:
    """A meeting that the person may plan."""

    titre: str
    periode: str
    territoire: str
    ajouter: str
    """Where to plan it."""


@dataclass(frozen=True)
class PapiersDeLAccueil:
    """What one person is told on a day; no record of the base, which would go with its session."""

    le: date
    compteurs: Sequence[Compteur]
    obligations: Sequence[ObligationAPrevoir]
    demandes: Sequence[Row]
    tableaux_en_retard: Sequence[a_venir.Retard]
    rappel: dict[str, object] | None
    a_verifier: Sequence[Row]
    """The monthly tables to check."""
    tableau: envoi.EnvoiDuMois | None
    """The monthly table that a coordonnateur prepares."""
    cartes: Sequence[cartes.CarteDeCompteurs]
    _rendues: dict[str, Markup] = field(default_factory=dict, compare=False)
    """Part of the page → its HTML, once it was shown."""

    au_plus = a_venir.AU_PLUS
    verifier_au_plus = envoi.A_VERIFIER_AU_PLUS
    jours = demande.JOURS
    natures = NATURES
    nom_mds = staticmethod(nom_mds)

    @staticmethod
    def mois_long(mois: date) -> str:
        """« novembre 2026 »."""
        return format_date(mois, "MMMM y", locale="fr")

    def rendre(self, partie: str) -> Markup:
        """A part of the page (a macro of ``_papiers.html``), rendered once."""
        if partie not in self._rendues:
            macro = get_template_attribute("tandem/_papiers.html", partie)
            self._rendues[partie] = macro(self)
        return self._rendues[partie]

    @property
    def tient(self) -> bool:
        """It holds until something is written: an acte à deux that waits ends with its day."""
        for carte in self.cartes:
            if carte.cle == cartes.A_DEUX and any(nombre for nombre, _ in carte.compteurs):
                return False
        return True


_PAPIERS: ParVersion[PapiersDeLAccueil] = ParVersion("version_des_papiers")


def regarder(perimetre: Perimetre, le: date) -> PapiersDeLAccueil:
    """What they say now.

    Kept under all that the answer depends on: the account, its habilitations of the day, its agent,
    the names of the MDS, and where the addresses begin.
    """
    listes = g.get("version_des_listes")
    moi, racine = portefeuille.moi(), request.script_root
    qui = (contexte().acteur, perimetre.habilitations, moi, listes, le, racine)
    return _PAPIERS.obtenir(qui, lambda: _lire(perimetre, le), lambda lus: lus.tient)


def _lire(perimetre: Perimetre, le: date) -> PapiersDeLAccueil:
    attendus = envoi.attendus_du_mois(perimetre, le)
    a_compter = [
        *transfert.a_compter(perimetre),
        *demande.a_compter(perimetre),
        *classeur.a_compter(perimetre),
    ]
    obligations = [
        ObligationAPrevoir(case.obligation.titre, case.periode.nom, case.territoire, case.ajouter)
        for case in a_venir.obligations_a_prevoir(perimetre, le)
    ]
    return PapiersDeLAccueil(
        le,
        compter_ensemble(a_compter),
        obligations,
        demande.proches(perimetre, a_venir.AU_PLUS),
        a_venir.tableaux_en_retard(perimetre, le),
        envoi.rappel_de(attendus, le),
        envoi.a_verifier(perimetre),
        envoi.a_preparer(perimetre, attendus),
        cartes.cartes(perimetre, le, des_papiers=True),
    )
