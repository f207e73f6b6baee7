"""« Qui est orienté vers quoi, avec quel résultat »: the mobilisations of a year, by MDS (M9).

Numbers only, within the rights of the person; each opens the list that it counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from flask import abort, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select

from app import acces, menu
from app.acces import mds_permises
from app.echanges.formats.ecriture import Colonne, Feuille
from app.extensions import db
from app.menu import AuMenu
from app.models import Mds, Mobilisation
from app.regles.age import aujourd_hui
from app.regles.parametres import CONVENTION
from app.sorties_de_donnees import FichierSorti
from app.views.pages import territoire
from app.views.socle import differe
from app.views.socle.affichage import VIDE, elements
from app.views.socle.export import envoyer_classeur
from app.views.socle.filtres_colonnes import NON_RENSEIGNE

PAS_DIT = "Dispositif non précisé"


@dataclass
class LigneDeDispositif:
    """A dispositif in one MDS: how many mobilisations began, of how many youths, and their end."""

    mds_id: int
    mds: str
    nom: str
    jeunes: int = 0
    mobilisations: int = 0
    par_resultat: dict[str, int] = field(default_factory=dict)
    """Code of the outcome (« - »: none yet) → how many."""


@dataclass(frozen=True)
class PageDesDispositifs:
    """The mobilisations of a year, one line a dispositif of an MDS, the most used first."""

    annee: int
    annees: list[int]
    resultats: dict[str, str]
    """Code → words, in the order of the list; the last: no outcome yet."""
    lignes: list[LigneDeDispositif]
    peut_exporter: bool

    @property
    def par_mds(self) -> dict[str, list[LigneDeDispositif]]:
        rangees: dict[str, list[LigneDeDispositif]] = {}
        for ligne in self.lignes:
            rangees.setdefault(ligne.mds, []).append(ligne)
        return rangees

    def liste(self, ligne: LigneDeDispositif, resultat: str = "") -> str:
        """The mobilisations that a number counts."""
        filtres = {
            "mds_id": ligne.mds_id,
            "du_du": f"{self.annee}-01-01",
            "du_au": f"{self.annee}-12-31",
            "resultat_code": resultat,
            "dispositif_exact": NON_RENSEIGNE if ligne.nom == PAS_DIT else ligne.nom,
        }
        dits = {nom: valeur for nom, valeur in filtres.items() if valeur}
        return f"{request.script_root}/mobilisations/?{urlencode(dits)}"


def compter(annee: int) -> list[LigneDeDispositif]:
    """Two statements, whatever the MDS and the dispositifs; the spelling does not matter."""
    plie = func.acces.plier(func.coalesce(Mobilisation.dispositif, ""))
    bornes = Mobilisation.du.between(date(annee, 1, 1), date(annee, 12, 31))
    ici = (bornes, *mds_permises(Mobilisation))
    resultat = func.coalesce(Mobilisation.resultat_code, NON_RENSEIGNE)
    sommes = (
        select(
            Mobilisation.mds_id,
            Mds.nom,
            plie.label("cle"),
            func.min(Mobilisation.dispositif).label("dispositif"),
            func.count(Mobilisation.jeune_id.distinct()).label("jeunes"),
            func.count().label("mobilisations"),
        )
        .join(Mds, Mds.id == Mobilisation.mds_id)
        .where(*ici)
        .group_by(Mobilisation.mds_id, Mds.nom, plie)
        .order_by(Mds.nom, func.count().desc(), plie)
    )
    lignes = {}
    for somme in db.session.execute(sommes):
        nom = somme.dispositif or PAS_DIT
        lignes[somme.mds_id, somme.cle] = LigneDeDispositif(
            somme.mds_id, somme.nom, nom, somme.jeunes, somme.mobilisations
        )
    detail = select(Mobilisation.mds_id, plie.label("cle"), resultat.label("resultat"))
    detail = detail.add_columns(func.count().label("nombre")).where(*ici)
    for compte in db.session.execute(detail.group_by(Mobilisation.mds_id, plie, resultat)):
        lignes[compte.mds_id, compte.cle].par_resultat[compte.resultat] = compte.nombre
    return list(lignes.values())


def composer() -> PageDesDispositifs:
    annees = list(range(aujourd_hui().year, CONVENTION.year - 1, -1))
    demandee = request.values.get("annee") or str(annees[0])
    if demandee not in map(str, annees):
        abort(404)
    annee = int(demandee)
    liste = "resultat_mobilisation"
    resultats = {code: e.libelle for code, e in elements(liste)[liste].items()}
    peut_exporter = acces.perimetre().peut("mobilisation", "exporter")
    resultats[NON_RENSEIGNE] = VIDE
    return PageDesDispositifs(annee, annees, resultats, compter(annee), peut_exporter)


def _colonnes(page: PageDesDispositifs) -> Sequence[Colonne]:
    return (
        Colonne("MDS", "texte", lambda ligne: ligne.mds, 26),
        Colonne("Dispositif", "texte", lambda ligne: ligne.nom, 40),
        Colonne("Jeunes", "entier", lambda ligne: ligne.jeunes),
        Colonne("Mobilisations", "entier", lambda ligne: ligne.mobilisations),
        *(_du_resultat(code, libelle) for code, libelle in page.resultats.items()),
    )


def _du_resultat(code: str, libelle: str) -> Colonne:
    return Colonne(libelle, "entier", lambda ligne: ligne.par_resultat.get(code, 0))


class DispositifsView(BaseView):
    route_base = "/dispositifs"
    class_permission_name = "mobilisation"
    default_view = "index"
    au_menu = AuMenu(menu.PARTENARIAT, 55, "Qui est orienté vers quoi", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        fil = [("Accueil", f"{request.script_root}/")]
        return render_template("tandem/dispositifs.html", page=composer(), fil=fil)

    @expose("/exporter", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        page = composer()
        motif = territoire.motif_exige("ce tableau")
        titre = f"Dispositifs {page.annee}"
        if attente := differe.differer(titre, len(page.lignes)):
            return attente
        return envoyer_classeur(
            [Feuille(titre, _colonnes(page), page.lignes)],
            f"dispositifs-{page.annee}.xlsx",
            motif=motif,
            fichier=lambda: FichierSorti(
                titre, "mobilisation", len(page.lignes), detail={"annee": page.annee}
            ),
        )


VUES = (DispositifsView,)
