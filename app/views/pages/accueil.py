"""The home page: what waits for the person who is logged in, and the way to what they do most."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import Row

from app import acces
from app.acces import Perimetre, Toutes
from app.exploitation import EtatExploitation
from app.extensions import db
from app.menu import AuMenu
from app.regles.age import aujourd_hui
from app.regles.texte import en_milliers
from app.roles import ROLES
from app.securite import CONNECTE
from app.views import orientation, portefeuille, tache
from app.views.pages import (
    a_faire,
    a_venir,
    attente,
    cartes,
    departement_en_bref,
    dossiers_a_examiner,
    equipe,
    etat,
    papiers,
)
from app.views.pages.a_faire import PREMIERS
from app.views.pages.garde import Part
from app.views.socle.affichage import nom_de, nom_mds
from app.views.socle.compteur import EXACT_JUSQUE, Compteur

DESTINATIONS = {
    "rencontres": "/rencontres/?a_jour=non",
    "rdv": "/a-faire/#rdv",
    "etapes": "/a-faire/#etapes",
    "alertes": "/alertes/?en_cours=oui",
    "sorties": "/a-faire/#sorties",
    "taches": "/taches/?etat=retard",
    "transferts": "/transferts/?etat=a_repondre",
    "demandes": "/demandes/?etat=sans_reponse",
    "imports": "/classeur/",
}
"""Counter → the list behind it, in the order of the page."""
DES_JEUNES = frozenset({"rencontres", "rdv", "etapes", "sorties", "alertes", "taches"})
"""Counters of which « Les miens » may be asked."""


DE_L_EQUIPE = (attente.RDV, attente.CHARGES)
"""What tells a responsable who carries what."""
DES_ORIENTATIONS = (attente.ORIENTATIONS,)


@dataclass(frozen=True)
class PageAccueil:
    """What one person finds on a day; the lists hold one line more than is shown, if there is."""

    prenom: str
    le: date
    habilitations: list[tuple[str, str]]
    """(role, MDS)"""
    compteurs: list[Compteur]
    orientations: Sequence[Row]
    """Those that wait for the answer of the person, a coordonnateur."""
    a_tenir: list[tache.LigneDeTache]
    """The tâches that are neither done nor abandoned."""
    rencontres: Sequence[Row]
    papiers: papiers.PapiersDeLAccueil
    service: EtatExploitation | None
    """The state of the service, for the administrator."""
    cartes: list[cartes.CarteDeCompteurs]
    """What the person keeps an eye on, by role."""
    a_examiner: int | None
    """The files whose retention is to be decided, for the DPO."""
    charges: Sequence[equipe.ChargeDeLAgent]
    """Who carries what in the MDS, for its responsable."""
    plusieurs_mds: bool
    rencontre_lue: bool
    """Whether the person reads the rencontres: the card is there even when nothing is planned."""
    rencontre: bool
    """Whether the person may add one."""
    cree: bool
    a_faire: a_faire.PageAFaire | None
    """What is late, for whoever reads the youths."""
    departement: departement_en_bref.PageDepartement | None = None
    """What steers the whole Département, for whoever does."""
    qui: str = portefeuille.TOUS
    """Whose youths are counted: « miens » or « tous »."""
    choisit: bool = False
    """Whether the person has youths of their own to choose."""

    au_plus = a_venir.AU_PLUS
    orientations_au_plus = orientation.AU_PLUS
    taches_au_plus = tache.AU_PLUS
    premiers = PREMIERS
    silence = equipe.SILENCE
    nom_mds = staticmethod(nom_mds)
    nom_de = staticmethod(nom_de)

    def destination(self, compteur: Compteur) -> str:
        """The list behind a counter: of the same youths."""
        lieu = DESTINATIONS[compteur.cle]
        if not self.choisit or compteur.cle not in DES_JEUNES:
            return lieu
        chemin, diese, partie = lieu.partition("#")
        joint = "&" if "?" in chemin else "?"
        return f"{chemin}{joint}qui={self.qui}{diese}{partie}"

    @staticmethod
    def borne(nombre: int) -> str:
        """A number as it is told: « plus de 1 000 »."""
        if nombre > EXACT_JUSQUE:
            return f"plus de {en_milliers(EXACT_JUSQUE)}"
        return en_milliers(nombre)

    @property
    def jusqu_au(self) -> date:
        """The last day that « Cette semaine et la suivante » looks at."""
        return a_venir.fin_de_la_semaine_suivante(self.le)

    @property
    def date_longue(self) -> str:
        """« Mardi 1er décembre 2026 »."""
        return f"{self.jour_long(self.le).capitalize()} {self.le.year}"

    def se_tient(self, rencontre: Row) -> bool:
        """A rendez-vous tripartite of the day, where the person writes what was said there."""
        if rencontre.type_code != "TRIPARTITE" or rencontre.le != self.le or self.a_faire is None:
            return False
        return rencontre.mds_id in self.a_faire.fixe

    @staticmethod
    def jour_long(jour: date) -> str:
        """« mardi 1er décembre »."""
        return _jour_long(jour)


@functools.lru_cache(maxsize=64)
def _jour_long(jour: date) -> str:
    return format_date(jour, "EEEE d MMMM", locale="fr").replace(" 1 ", " 1er ")


def preparer_accueil(
    perimetre: Perimetre, prenom: str, le: date, qui: str = portefeuille.TOUS
) -> PageAccueil:
    """Everything that the home page says to a person who has these rights."""
    papiers_lus = papiers.regarder(perimetre, le)
    taches = tache.regarder(perimetre, le, qui)
    jeunes = _jeunes(perimetre, le, qui)
    plusieurs_mds = _plusieurs(perimetre.mds("jeune", "lire"))
    return PageAccueil(
        prenom=prenom,
        le=le,
        habilitations=sorted(_habilitation(role, mds) for role, mds in perimetre.habilitations),
        compteurs=_ranger([*jeunes.compteurs, *taches.compteurs, *papiers_lus.compteurs]),
        orientations=jeunes.orientations,
        a_tenir=taches.prochaines,
        rencontres=a_venir.rencontres(perimetre, le, qui),
        papiers=papiers_lus,
        service=etat.en_bref(),
        cartes=cartes.ranger(
            [*papiers_lus.cartes, *cartes.cartes(perimetre, le, des_papiers=False)]
        ),
        a_examiner=_a_examiner(perimetre, le),
        charges=jeunes.charges,
        plusieurs_mds=plusieurs_mds,
        rencontre_lue=perimetre.peut("rencontre", "lire"),
        rencontre=perimetre.peut("rencontre", "creer"),
        cree=perimetre.peut("jeune", "creer"),
        a_faire=jeunes.page,
        departement=departement_en_bref.pour(perimetre, le),
        qui=qui,
        choisit=portefeuille.a_des_jeunes(),
    )


@dataclass(frozen=True)
class AttenteDeLAccueil:
    """What waits of the youths: nothing for whoever reads none."""

    compteurs: Sequence[Compteur] = ()
    page: a_faire.PageAFaire | None = None
    charges: Sequence[equipe.ChargeDeLAgent] = ()
    orientations: Sequence[Row] = ()


def _jeunes(perimetre: Perimetre, le: date, qui: str) -> AttenteDeLAccueil:
    """One look at the youths, for all that is said of them."""
    if not perimetre.peut("jeune", "lire"):
        return AttenteDeLAccueil()
    equipe_lue = equipe.est_lue_par(perimetre)
    orientations_recues = orientation.sont_recues_par(perimetre)
    de_tous: list[Part] = []
    if equipe_lue:
        de_tous += DE_L_EQUIPE
    if orientations_recues:
        de_tous += DES_ORIENTATIONS
    attend = attente.regarder(a_faire.PARTS, le, qui, de_tous)
    examen = attend.examiner()
    return AttenteDeLAccueil(
        a_faire.compteurs(attend, examen),
        a_faire.en_bref(perimetre, attend, examen, qui),
        equipe.charges(attend) if equipe_lue else (),
        _recues(attend) if orientations_recues else (),
    )


def preparer_pour_tous(le: date) -> None:
    """Read what the home pages of a day look at, before anybody asks; acts for everyone."""
    attente.preparer([*a_faire.PARTS, *DE_L_EQUIPE, *DES_ORIENTATIONS], le)
    dossiers_a_examiner.preparer(le)
    departement_en_bref.preparer(le)


def _recues(attend: attente.AttenteDesJeunes) -> Sequence[Row]:
    agent = portefeuille.moi()
    numero = None if agent is None else agent.id
    return orientation.nommer(attend.orientations(numero, orientation.AU_PLUS + 1))


def _ranger(compteurs: Sequence[Compteur]) -> list[Compteur]:
    rangs = list(DESTINATIONS)
    return sorted(compteurs, key=lambda compteur: rangs.index(compteur.cle))


def _a_examiner(perimetre: Perimetre, le: date) -> int | None:
    if "DPO" not in perimetre.roles:
        return None
    return dossiers_a_examiner.compter_a_decider(perimetre, le)


def _habilitation(role: str, mds_id: int | None) -> tuple[str, str]:
    return ROLES[role].libelle, nom_mds(mds_id) or "toutes les MDS"


def _plusieurs(ou: Toutes | frozenset[int]) -> bool:
    return isinstance(ou, Toutes) or len(ou) > 1


class Accueil(BaseView):
    route_base = ""
    class_permission_name = CONNECTE
    au_menu = AuMenu("", 10, "Accueil", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        qui = portefeuille.demande(request.args)
        if "qui" in request.args:
            portefeuille.retenir(qui)
            db.session.commit()
        page = preparer_accueil(acces.perimetre(), current_user.first_name, aujourd_hui(), qui)
        return render_template("accueil.html", page=page)


VUES = (Accueil,)
