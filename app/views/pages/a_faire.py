"""What waits for the person (M1, M2, M4, M5): counted on the home page, listed by name here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import (
    ARRAY,
    Integer,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app import acces
from app.acces import Perimetre, Toutes, mds_permises
from app.extensions import db
from app.models import (
    Alerte,
    Jeune,
    Mds,
    Mesure,
    Rencontre,
)
from app.regles import parametres as p
from app.regles.age import ajouter_mois, anniversaire, aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.regles.echeances import EN_RETARD, RENCONTRES, Echeance, Faits, echeances
from app.regles.parcours import limite_rdv
from app.regles.sortie import sortie_sans_situation
from app.views import portefeuille
from app.views.en_attente import (
    FIN_ATTENDUE,
    alertes_ouvertes,
    rdv_a_fixer,
    rencontres_a_mettre_a_jour,
)
from app.views.etapes_legales import EtapeDuJeune, Lien
from app.views.fiche_jeune import depuis
from app.views.pages import parcours_lus
from app.views.pages.parcours_lus import ParcoursLu
from app.views.portefeuille import TOUS, les_siens
from app.views.socle.compteur import EXACT_JUSQUE, Compteur, DemandeDeCompteur, combien
from app.views.socle.page import fil_d_ariane

MAX_LIGNES = 100
PREMIERS = 3
"""Of each list, those that the home page shows."""
EXAMINES = 100
"""Youths whose steps are computed for one page."""


def a_compter(le: date, qui: str) -> list[DemandeDeCompteur]:
    """What is counted in the base."""
    rencontres = (
        select(Rencontre.le)
        .where(*mds_permises(Rencontre), *rencontres_a_mettre_a_jour(le))
        .where(*les_siens(Rencontre.jeune_id, qui))
    )
    alertes = (
        select(Alerte.du)
        .where(*mds_permises(Alerte), *alertes_ouvertes(le))
        .where(*les_siens(Alerte.jeune_id, qui))
    )
    return [
        DemandeDeCompteur(combien(rencontres), _rencontres),
        DemandeDeCompteur(_compter_les_rdv(le, qui), _rdv),
        DemandeDeCompteur(combien(alertes), _alertes),
    ]


def _rencontres(nombre: int) -> Compteur:
    passee = "rencontre passée à mettre à jour"
    return Compteur("rencontres", nombre, passee, "rencontres passées à mettre à jour")


def _compter_les_rdv(le: date, qui: str) -> Select:
    """How many, how many of them late, and the numbers of the youths, the first contact first."""
    a_fixer = (
        select(Jeune.id, Jeune.contact_le)
        .where(*mds_permises(Jeune), *rdv_a_fixer(le), *les_siens(Jeune.id, qui))
        .limit(EXACT_JUSQUE + 1)
        .subquery()
    )
    limite = le - timedelta(days=p.DELAI_RDV_JOURS.valeur)
    ordre = aggregate_order_by(a_fixer.c.id, a_fixer.c.contact_le, a_fixer.c.id)
    return select(
        func.count().label("nombre"),
        func.count().filter(a_fixer.c.contact_le < limite).label("tard"),
        func.array_agg(ordre, type_=ARRAY(Integer)).label("jeunes"),
    ).select_from(a_fixer)


def _rdv(nombre: int, tard: int, jeunes: list[int] | None) -> Compteur:
    return Compteur(
        "rdv",
        nombre,
        "rendez-vous tripartite à fixer",
        "rendez-vous tripartites à fixer",
        tard,
        numeros=tuple(jeunes or ()),
    )


def _alertes(nombre: int) -> Compteur:
    return Compteur("alertes", nombre, "alerte ouverte", "alertes ouvertes")


def compteurs(page: "PageAFaire") -> list[Compteur]:
    """What is computed, and was for the lists."""
    dues = len(page.toutes_les_etapes)
    au_moins = not page.tous_examines
    singulier = "étape légale en retard"
    etapes = Compteur("etapes", dues, singulier, "étapes légales en retard", dues, au_moins)
    if not page.toutes_les_sorties:
        return [etapes]
    sorties = Compteur(
        "sorties",
        len(page.toutes_les_sorties),
        "situation de sortie attendue",
        "situations de sortie attendues",
        au_moins=au_moins,
    )
    return [etapes, sorties]


def premiers_rdv(compteur: Compteur, le: date, qui: str) -> list[tuple[Row, date]]:
    """The first of the list, that were found while counting; beyond an exact number, asked for."""
    if compteur.plus_de:
        return liste_des_rdv(le, qui)[:PREMIERS]
    return _avec_leur_limite(_jeunes().where(Jeune.id.in_(compteur.numeros[:PREMIERS])))


def liste_des_rdv(le: date, qui: str = TOUS) -> list[tuple[Row, date]]:
    """The youths whose rendez-vous is to be fixed, the latest first, with the last day in time."""
    premiers = (
        select(Jeune.id)
        .where(*mds_permises(Jeune), *rdv_a_fixer(le), *les_siens(Jeune.id, qui))
        .order_by(Jeune.contact_le, Jeune.id)
    )
    return _avec_leur_limite(
        _jeunes().where(Jeune.id.in_(premiers.limit(MAX_LIGNES + 1).scalar_subquery()))
    )


def _avec_leur_limite(jeunes: Select) -> list[tuple[Row, date]]:
    lus = db.session.execute(jeunes.order_by(Jeune.contact_le, Jeune.nom_tri))
    return [(jeune, limite_rdv(jeune.contact_le)) for jeune in lus]


@dataclass(frozen=True)
class LignesAFaire:
    """What the records of the youths say that waits, the oldest first."""

    etapes: list[tuple[Row, Echeance]]
    """The steps of the law that are late and can still be done."""
    sorties: list[tuple[Row, date]]
    """The exits whose situation is awaited."""
    tous_examines: bool


def examiner(le: date, qui: str = TOUS) -> LignesAFaire:
    """Read the records of at most ``EXAMINES`` youths, the eldest first.

    So that the page keeps its speed where an MDS follows thousands of them.
    """
    concernes = _jeunes().where(_concernes(le), *les_siens(Jeune.id, qui))
    jeunes = db.session.execute(
        concernes.order_by(Jeune.date_naissance, Jeune.id).limit(EXAMINES + 1)
    ).all()
    examines = jeunes[:EXAMINES]
    lus = parcours_lus.lire([jeune.id for jeune in examines])
    sorties = []
    recente = ajouter_mois(le, -p.SITUATION_DE_SORTIE_MOIS.valeur)
    for jeune in examines:
        lu = lus[jeune.id]
        sortie = sortie_sans_situation(lu.mesures, lu.sejours, lu.situations, le)
        if sortie and sortie >= recente:
            sorties.append((jeune, sortie))
    sorties.sort(key=lambda couple: (couple[1], couple[0].nom_tri))
    return LignesAFaire(_en_retard(examines, lus, le), sorties, len(jeunes) <= EXAMINES)


def etapes_de_la_mds(mds_id: int, le: date, au_plus: int) -> list[tuple[Row, Echeance]]:
    """The late steps of the eldest youths of an MDS, the oldest step first."""
    concernes = _jeunes().where(_concernes(le), Jeune.mds_id == mds_id)
    premiers = concernes.order_by(Jeune.date_naissance, Jeune.id).limit(au_plus)
    jeunes = db.session.execute(premiers).all()
    return _en_retard(jeunes, parcours_lus.lire([jeune.id for jeune in jeunes]), le)


def _en_retard(
    jeunes: Sequence[Row], lus: dict[int, ParcoursLu], le: date
) -> list[tuple[Row, Echeance]]:
    tard = []
    for jeune in jeunes:
        for echeance in _echeances_dues(jeune, lus[jeune.id], le):
            if echeance.etat == EN_RETARD:
                tard.append((jeune, echeance))
    return sorted(tard, key=lambda couple: (couple[1].du, couple[0].nom_tri))


def etapes_des_jeunes(numeros: list[int], le: date) -> list[tuple[Row, list[Echeance]]]:
    """The late steps of these youths, among those that the person sees, by name."""
    jeunes = db.session.execute(
        _jeunes().where(Jeune.id.in_(numeros)).order_by(Jeune.nom_tri, Jeune.id)
    ).all()
    lus = parcours_lus.lire([jeune.id for jeune in jeunes])
    return [
        (jeune, [e for e in _echeances_dues(jeune, lus[jeune.id], le) if e.etat == EN_RETARD])
        for jeune in jeunes
    ]


def _echeances_dues(jeune: Row, lu: ParcoursLu, le: date) -> list[Echeance]:
    faits = Faits(
        jeune.date_naissance,
        lu.mesures,
        lu.sejours,
        lu.rencontres,
        lu.situations,
        lu.decisions,
        demandes_cjm=lu.demandes,
        propositions_cej=lu.propositions,
    )
    return echeances(faits, le, dues=True)


def _jeunes():
    return (
        select(
            Jeune.id,
            Jeune.nom,
            Jeune.prenom,
            Jeune.code,
            Jeune.nom_tri,
            Jeune.date_naissance,
            Jeune.contact_le,
            Jeune.mds_id,
            Mds.nom.label("mds"),
        )
        .join(Mds, Mds.id == Jeune.mds_id)
        .where(*mds_permises(Jeune), Jeune.nom_tri != NOM_ANONYME, Jeune.deces_le.is_(None))
    )


def _concernes(le: date):
    """The youths of whom a step can be late on that day: the rule itself decides, on these only."""
    preparation = timedelta(days=max(p.FIN_DE_MESURE_JOURS.valeur))
    fin_proche = FIN_ATTENDUE.between(le, le + preparation)
    mois = max(p.ENTRETIEN_APRES_SORTIE_FERME_MOIS.valeur, p.SITUATION_DE_SORTIE_MOIS.valeur)
    sortie = Mesure.au.between(ajouter_mois(le, -mois) - timedelta(days=3), le)
    # Asked of each youth, the eldest first, until enough are found: « in » would read all mesures.
    une_mesure = (
        select(true())
        .where(Mesure.jeune_id == Jeune.id, or_(fin_proche, sortie))
        .limit(1)
        .scalar_subquery()
    )
    ages = (_ne_entre(le, 17, 18), _ne_entre(le, 21, 21), _ne_entre(le, 25, 25))
    return or_(*ages, une_mesure)


def _ne_entre(le: date, ans_min: int, ans_max: int):
    """Turned ``ans_min``, and ``ans_max`` not so long ago that a step is no longer asked for."""
    un_jour = timedelta(days=1)
    derniere = ajouter_mois(anniversaire(le, -ans_max), -p.RELAIS_FERME_MOIS.valeur)
    return and_(
        Jeune.date_naissance <= anniversaire(le, -ans_min) + un_jour,
        Jeune.date_naissance >= derniere - un_jour,
    )


@dataclass(frozen=True)
class PageAFaire:
    """The two lists; ``rdv`` holds one more than ``maximum`` when there are others."""

    le: date
    rdv: list[tuple[Row, date]]
    toutes_les_etapes: list[tuple[Row, Echeance]]
    toutes_les_sorties: list[tuple[Row, date]]
    """The exits whose situation is awaited."""
    tous_examines: bool
    fixe: Toutes | frozenset[int]
    """The MDS where the person may plan a rendez-vous."""
    perimetre: Perimetre
    observe: Toutes | frozenset[int]
    """The MDS where the person may tell a situation."""
    plusieurs_mds: bool
    """Whether the person reads youths of several MDS: each line then says its own."""
    qui: str
    """« miens » or « tous »."""
    choisit: bool
    """Whether the person has youths of their own to choose."""

    maximum = MAX_LIGNES
    examines = EXAMINES

    depuis = staticmethod(depuis)

    def actes_de(self, jeune: Row, etape: Echeance) -> list[Lien]:
        """What one does about a late step, (words, address): what settles it first.

        A step that a rencontre makes done is planned, no more.
        """
        sienne = EtapeDuJeune(jeune.id, jeune.mds_id, etape)
        prevoir = sienne.prevoir(self.perimetre, self.le)
        if etape.famille in RENCONTRES and prevoir:
            return [prevoir]
        return [lien for lien in (sienne.regler(self.perimetre), prevoir) if lien]

    def peut_prevoir(self, jeune: Row) -> bool:
        return jeune.mds_id in self.fixe

    @property
    def etapes(self) -> list[tuple[Row, Echeance]]:
        return self.toutes_les_etapes[: self.maximum]

    @property
    def sorties(self) -> list[tuple[Row, date]]:
        return self.toutes_les_sorties[: self.maximum]


def composer(
    perimetre: Perimetre, le: date, qui: str = TOUS, *, au_long: bool = True
) -> PageAFaire | None:
    """Everything that waits; None for whoever reads no youth.

    ``qui``: « miens » for the youths whom the person accompanies, « tous » for all they see.
    ``au_long=False``: without the rendez-vous to fix, that the home page counts.
    """
    if not perimetre.peut("jeune", "lire"):
        return None
    examen = examiner(le, qui)
    lues = perimetre.mds("jeune", "lire")
    plusieurs_mds = isinstance(lues, Toutes) or len(lues) > 1
    return PageAFaire(
        le,
        liste_des_rdv(le, qui) if au_long else [],
        examen.etapes,
        examen.sorties,
        examen.tous_examines,
        fixe=perimetre.mds("rencontre", "creer"),
        perimetre=perimetre,
        observe=perimetre.mds("situation", "creer"),
        plusieurs_mds=plusieurs_mds,
        qui=qui,
        choisit=portefeuille.a_des_jeunes(),
    )


class AFaireView(BaseView):
    """The two lists that are computed: rendez-vous to fix, steps of the law that are late."""

    route_base = "/a-faire"
    sous_le_menu = "Accueil"
    class_permission_name = "jeune"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        qui = portefeuille.demande(request.args)
        if "qui" in request.args:
            portefeuille.retenir(qui)
            db.session.commit()
        page = composer(acces.perimetre(), aujourd_hui(), qui)
        return render_template("tandem/a_faire.html", page=page, fil=fil_d_ariane())


VUES = (AFaireView,)
