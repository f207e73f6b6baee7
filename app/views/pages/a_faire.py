"""What waits for the person (M1, M2, M4, M5): counted on the home page, listed by name here."""

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TypeVar

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ARRAY, Integer, Row, Select, any_, bindparam, select

from app import acces
from app.acces import Perimetre, Toutes, des_mds, mds_lues, mds_permises
from app.extensions import db
from app.models import Jeune
from app.regles import parametres as p
from app.regles.age import aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.regles.echeances import RENCONTRES, Echeance
from app.regles.parcours import limite_rdv
from app.views import portefeuille
from app.views.en_attente import concernes, rdv_a_fixer
from app.views.etapes_legales import EtapeDuJeune, Lien
from app.views.fiche_jeune import depuis
from app.views.pages import attente, parcours_lus
from app.views.pages.attente import AttenteDesJeunes, LignesDesJeunes
from app.views.portefeuille import TOUS, les_siens
from app.views.socle.affichage import nom_mds
from app.views.socle.compteur import Compteur
from app.views.socle.ordre_prepare import OrdrePrepare
from app.views.socle.page import fil_d_ariane

T = TypeVar("T")
MAX_LIGNES = 100
PREMIERS = 3
"""Of each list, those that the home page shows."""
PARTS = (attente.RENCONTRES, attente.RDV, attente.ALERTES, attente.CONCERNES)
"""What the home page counts of the youths."""


def compteurs(attend: AttenteDesJeunes, examen: LignesDesJeunes) -> list[Compteur]:
    """What waits of the youths, as the home page counts it."""
    limite = attend.le - timedelta(days=p.DELAI_RDV_JOURS.valeur)
    dues = len(examen.etapes)
    au_moins = not examen.tous_examines
    tous = [
        Compteur(
            "rencontres",
            attend.combien(attente.RENCONTRES),
            "rencontre passée à mettre à jour",
            "rencontres passées à mettre à jour",
        ),
        Compteur(
            "rdv",
            attend.combien_de_jeunes(attente.RDV),
            "rendez-vous tripartite à fixer",
            "rendez-vous tripartites à fixer",
            attend.combien_de_jeunes(attente.RDV, avant=limite),
        ),
        Compteur(
            "etapes",
            dues,
            "étape légale en retard",
            "étapes légales en retard",
            dues,
            au_moins,
        ),
        Compteur("alertes", attend.combien(attente.ALERTES), "alerte ouverte", "alertes ouvertes"),
    ]
    if examen.sorties:
        attendues = "situations de sortie attendues"
        nombre = len(examen.sorties)
        singulier = "situation de sortie attendue"
        tous.append(Compteur("sorties", nombre, singulier, attendues, au_moins=au_moins))
    return tous


def liste_des_rdv(le: date, qui: str = TOUS) -> list[tuple[Row, date]]:
    """The youths whose rendez-vous is to be fixed, the latest first, with the last day in time."""
    premiers = (
        select(Jeune.id)
        .where(*mds_permises(Jeune), *rdv_a_fixer(le), *les_siens(Jeune.id, qui))
        .order_by(Jeune.contact_le, Jeune.id)
    )
    return _avec_leur_limite(
        _jeunes(mds_lues(Jeune)).where(
            Jeune.id.in_(premiers.limit(MAX_LIGNES + 1).scalar_subquery())
        )
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
    """The records of at most ``EXAMINES`` youths, the eldest first.

    So that the page keeps its speed where an MDS follows thousands of them.
    """
    return _nommer(attente.regarder([attente.CONCERNES], le, qui).examiner())[0]


def _nommer(
    examen: LignesDesJeunes, autres: Collection[int] = ()
) -> tuple[LignesAFaire, dict[int, Row]]:
    """The same with the youths, and these others, among those that the person sees."""
    numeros = {jeune for jeune, _ in (*examen.etapes, *examen.sorties)}
    lus = _lire_les_jeunes(numeros.union(autres))
    etapes = [(lus[jeune], etape) for jeune, etape in examen.etapes if jeune in lus]
    sorties = [(lus[jeune], jour) for jeune, jour in examen.sorties if jeune in lus]
    etapes.sort(key=lambda couple: (couple[1].du, couple[0].nom_tri))
    sorties.sort(key=lambda couple: (couple[1], couple[0].nom_tri))
    return LignesAFaire(etapes, sorties, examen.tous_examines), lus


def _lire_les_jeunes(numeros: Collection[int]) -> dict[int, Row]:
    if not numeros:
        return {}
    lus = _par_numeros(mds_lues(Jeune)).lire(numeros=sorted(numeros))
    return {jeune.id: jeune for jeune in lus}


@functools.lru_cache(maxsize=256)
def _par_numeros(mds: frozenset[int] | None) -> OrdrePrepare:
    """Written once for those who see the same youths."""
    ceux_ci = Jeune.id == any_(bindparam("numeros", type_=ARRAY(Integer), required=False))
    return OrdrePrepare.de(_jeunes(mds).where(ceux_ci))


def etapes_de_la_mds(mds_id: int, le: date, au_plus: int) -> list[tuple[Row, Echeance]]:
    """The late steps of the eldest youths of an MDS, the oldest step first."""
    concernes_ici = _jeunes(mds_lues(Jeune)).where(concernes(le), Jeune.mds_id == mds_id)
    premiers = concernes_ici.order_by(Jeune.date_naissance, Jeune.id).limit(au_plus)
    tard = _en_retard(db.session.execute(premiers).all(), le)
    toutes = [(jeune, etape) for jeune, etapes in tard for etape in etapes]
    return sorted(toutes, key=lambda couple: (couple[1].du, couple[0].nom_tri))


def etapes_des_jeunes(numeros: list[int], le: date) -> list[tuple[Row, list[Echeance]]]:
    """The late steps of these youths, among those that the person sees, by name."""
    jeunes = _jeunes(mds_lues(Jeune)).where(Jeune.id.in_(numeros)).order_by(Jeune.nom_tri, Jeune.id)
    return _en_retard(db.session.execute(jeunes).all(), le)


def _en_retard(jeunes: Sequence[Row], le: date) -> list[tuple[Row, list[Echeance]]]:
    lus = parcours_lus.lire([jeune.id for jeune in jeunes])
    return [
        (jeune, list(attente.en_retard(jeune.date_naissance, lus[jeune.id], le)))
        for jeune in jeunes
    ]


def _jeunes(mds: frozenset[int] | None) -> Select:
    return select(
        Jeune.id,
        Jeune.nom,
        Jeune.prenom,
        Jeune.code,
        Jeune.nom_tri,
        Jeune.date_naissance,
        Jeune.contact_le,
        Jeune.mds_id,
    ).where(*des_mds(Jeune, mds), Jeune.nom_tri != NOM_ANONYME, Jeune.deces_le.is_(None))


@dataclass(frozen=True)
class PageAFaire:
    """The lists; ``rdv`` holds one more than ``maximum`` when there are others."""

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
    examines = attente.EXAMINES

    depuis = staticmethod(depuis)
    nom_mds = staticmethod(nom_mds)

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


def composer(perimetre: Perimetre, le: date, qui: str = TOUS) -> PageAFaire | None:
    """Everything that waits; None for whoever reads no youth.

    ``qui``: « miens » for the youths whom the person accompanies, « tous » for all they see.
    """
    if not perimetre.peut("jeune", "lire"):
        return None
    return _page(perimetre, le, qui, liste_des_rdv(le, qui), examiner(le, qui))


def en_bref(
    perimetre: Perimetre, attend: AttenteDesJeunes, examen: LignesDesJeunes, qui: str
) -> PageAFaire:
    """The first of each list, for the home page; no rendez-vous where several MDS are read."""
    rdv = list(islice(attend.jours(attente.RDV), PREMIERS))
    if _en_lit_plusieurs(perimetre):
        rdv = []
    etapes = _premiers(examen.etapes, lambda couple: couple[1].du)
    sorties = _premiers(examen.sorties, lambda couple: couple[1])
    dits = {jeune for _, jeune in rdv}
    lignes, lus = _nommer(LignesDesJeunes(etapes, sorties, examen.tous_examines), dits)
    a_fixer = sorted(
        (lus[jeune] for jeune in dits & lus.keys()), key=lambda j: (j.contact_le, j.nom_tri)
    )
    limites = [(jeune, limite_rdv(jeune.contact_le)) for jeune in a_fixer]
    return _page(perimetre, attend.le, qui, limites, lignes)


def _premiers(couples: Sequence[T], jour: Callable[[T], date]) -> list[T]:
    """Those of the first days: as many as are shown, and all of the last of these days."""
    jours = sorted(map(jour, couples))[:PREMIERS]
    return [couple for couple in couples if jour(couple) <= jours[-1]]


def _page(
    perimetre: Perimetre, le: date, qui: str, rdv: list[tuple[Row, date]], lignes: LignesAFaire
) -> PageAFaire:
    return PageAFaire(
        le,
        rdv,
        lignes.etapes,
        lignes.sorties,
        lignes.tous_examines,
        fixe=perimetre.mds("rencontre", "creer"),
        perimetre=perimetre,
        observe=perimetre.mds("situation", "creer"),
        plusieurs_mds=_en_lit_plusieurs(perimetre),
        qui=qui,
        choisit=portefeuille.a_des_jeunes(),
    )


def _en_lit_plusieurs(perimetre: Perimetre) -> bool:
    lues = perimetre.mds("jeune", "lire")
    return isinstance(lues, Toutes) or len(lues) > 1


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
