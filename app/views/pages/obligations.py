"""The calendar of obligations (M10).

What the call for projects asks for, held, planned or missing, in each MDS that one reads.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import abort, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ColumnElement, Row, and_, or_, select

from app import acces, menu
from app.acces import Perimetre
from app.echanges.formats.ecriture import Colonne, Feuille
from app.extensions import db
from app.menu import AuMenu
from app.models import Instance, Mds
from app.regles import obligations as regles
from app.regles.age import aujourd_hui
from app.regles.parametres import CONVENTION
from app.sorties_de_donnees import FichierSorti
from app.views.instance import peut_tenir
from app.views.pages import territoire
from app.views.pages.territoire import toutes_les_mds
from app.views.socle import differe
from app.views.socle.affichage import PARTOUT
from app.views.socle.export import envoyer_classeur

LARGE = timedelta(days=60)
"""How far into the next year a period of weeks may run."""


@dataclass(frozen=True)
class Case:
    """One obligation, in one place, for one period."""

    obligation: regles.Obligation
    mds: Mds | None
    periode: regles.PeriodeDObligation
    etat: str
    instance: Row | None
    ajouter: str = ""
    """Where to record or plan it, for whoever may; nothing when a meeting already answers."""

    @property
    def libelle(self) -> str:
        return self.obligation.dire(self.etat)

    @property
    def territoire(self) -> str:
        return PARTOUT if self.mds is None else self.mds.nom

    @property
    def a_regarder(self) -> bool:
        return self.etat in regles.A_REGARDER


def calendrier(
    annee: int, perimetre: Perimetre, le: date, *, en_cours: bool = False
) -> list[tuple[regles.Obligation, list[list[Case]]]]:
    """Each obligation and, for each place, its periods in order.

    Two statements, whatever the number of MDS.

    ``en_cours``: the running period alone.
    """
    permises = perimetre.mds("instance", "lire")
    territoires = [m for m in toutes_les_mds() if m.id in permises]
    tenues = defaultdict(list)
    for i in db.session.execute(
        select(
            Instance.id,
            Instance.type_code,
            Instance.mds_id,
            Instance.le,
            Instance.statut_code,
            Instance.coordonnateur_present,
        ).where(
            _lues(annee),
            Instance.type_code.in_([o.type_code for o in regles.OBLIGATIONS]),
        )
    ):
        tenues[i.type_code].append(i)
    suites = []
    for obligation in regles.OBLIGATIONS:
        lignes = []
        tenues_le = [i.le for i in tenues[obligation.type_code] if i.statut_code == "TENUE"]
        periodes = [
            p
            for p in regles.periodes(obligation, annee, tenues_le)
            if not en_cours or p.du <= le <= p.au
        ]
        for mds in territoires if obligation.par_mds else [None]:
            siennes = [i for i in tenues[obligation.type_code] if mds is None or i.mds_id == mds.id]
            lignes.append([_case(obligation, mds, p, siennes, perimetre, le) for p in periodes])
        suites.append((obligation, lignes))
    return suites


def _lues(annee: int) -> ColumnElement[bool]:
    """The meetings of the year; of those that are due every so many weeks, the ones around it."""
    en_semaines = [o.type_code for o in regles.OBLIGATIONS if o.semaines]
    premier = date(annee, 1, 1)
    dernier = date(annee, 12, 31)
    autour = Instance.le.between(date(annee - 1, 1, 1), dernier + LARGE)
    return or_(
        Instance.le.between(premier, dernier), and_(Instance.type_code.in_(en_semaines), autour)
    )


def _case(
    obligation, mds: Mds | None, periode, instances: list[Row], perimetre: Perimetre, le: date
) -> Case:
    etat, instance = regles.etat(obligation, periode, instances, le, mds and mds.ouverte_le)
    ajouter, ici = "", mds and mds.id
    attendue = instance is None and etat != regles.PAS_OUVERTE
    if attendue and peut_tenir(perimetre, "creer", ici):
        adresse = {
            "type": obligation.type_code,
            "mds": ici,
            "prevue": int(etat != regles.MANQUANTE),
        }
        ajouter = urlencode({nom: v for nom, v in adresse.items() if v})
    return Case(obligation, mds, periode, etat, instance, ajouter)


def _annee() -> tuple[int, list[int]]:
    """The year of the address, this one by default, among those of the agreement."""
    annees = list(range(aujourd_hui().year + 1, CONVENTION.year - 1, -1))
    choisie = request.values.get("annee") or str(aujourd_hui().year)
    if choisie not in map(str, annees):
        abort(404)
    return int(choisie), annees


@dataclass(frozen=True)
class PageDesObligations:
    """The calendar of a year, in each place that one reads."""

    annee: int
    annees: list[int]
    calendrier: list[tuple[regles.Obligation, list[list[Case]]]]
    peut_exporter: bool

    @property
    def cases(self) -> list[Case]:
        trouvees: list[Case] = []
        for _, lignes in self.calendrier:
            for ligne in lignes:
                trouvees += ligne
        return trouvees

    @property
    def a_regarder(self) -> int:
        return sum(case.a_regarder for case in self.cases)


def composer() -> PageDesObligations:
    annee, annees = _annee()
    perimetre = acces.perimetre()
    return PageDesObligations(
        annee,
        annees,
        calendrier(annee, perimetre, aujourd_hui()),
        perimetre.peut("instance", "exporter"),
    )


COLONNES = (
    Colonne("Obligation", "texte", lambda case: case.obligation.titre, 48),
    Colonne("Territoire", "texte", lambda case: case.territoire, 26),
    Colonne("Du", "date", lambda case: case.periode.du),
    Colonne("Au", "date", lambda case: case.periode.au),
    Colonne("État", "texte", lambda case: case.libelle, 44),
    Colonne("Le", "date", lambda case: case.instance and case.instance.le),
)


class ObligationsView(BaseView):
    route_base = "/obligations"
    class_permission_name = "instance"
    default_view = "index"
    au_menu = AuMenu(menu.COMITES, 20, "Calendrier des obligations", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        fil = [("Accueil", f"{request.script_root}/")]
        return render_template("tandem/obligations.html", page=composer(), fil=fil)

    @expose("/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        page = composer()
        motif = territoire.motif_exige("le calendrier")
        cases = page.cases
        titre = f"Obligations {page.annee}"
        if attente := differe.differer(titre, len(cases)):
            return attente
        return envoyer_classeur(
            [Feuille(titre, COLONNES, cases)],
            f"obligations-{page.annee}.xlsx",
            motif=motif,
            fichier=lambda: FichierSorti(
                titre, "instance", len(cases), detail={"annee": page.annee}
            ),
        )


VUES = (ObligationsView,)
