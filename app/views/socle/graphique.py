"""The charts of Flask-AppBuilder (``GroupByChartView``, ``DirectByChartView``), in our pages.

The framework reads the whole table in Python and draws with a script of Google. Here PostgreSQL
aggregates, under the wall, the ``base_filters`` and the filters of the address; the page draws bars
of its own and says the same numbers in a table.

    class AlertesParMotif(GroupByChartView):
        datamodel = SQLAInterface(Alerte)
        route_base, ressource = "/alertes-par-motif", "alerte"
        chart_title = "Alertes par motif"
        search_columns = ["du", "mds_id"]
        definitions = [
            {"label": "Motif", "group": "motif_code", "series": [(aggregate_count, "id")]}
        ]
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import abort, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.charts import views as du_cadre
from flask_appbuilder.models.group import aggregate_avg, aggregate_count, aggregate_sum
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Select, func, inspect, select

from app import acces
from app.extensions import db
from app.models import LISTES
from app.models.declaration import DeclarationRefusee
from app.views.socle import attributs, filtres
from app.views.socle.affichage import (
    VIDE,
    Propriete,
    cible_de,
    elements,
    en_texte,
    nom_mds,
    propriete,
)
from app.views.socle.filtres_colonnes import controles
from app.views.socle.modele import modele_tandem
from app.views.socle.par_requete import FiltresParRequete

POINTS = 200
"""The bars of a chart; beyond, the page says that it shows the first ones."""
AGREGATS: dict[Callable, tuple[str, Callable]] = {
    aggregate_count: ("Nombre", func.count),
    aggregate_sum: ("Total", func.sum),
    aggregate_avg: ("Moyenne", func.avg),
}
"""The functions of the framework → their name, and what PostgreSQL computes instead."""


@dataclass
class Barre:
    nom: str
    valeur: Decimal | float | int | None
    texte: str
    part: float = 0.0
    """Of the longest bar, in hundredths."""


@dataclass
class Serie:
    titre: str
    barres: list[Barre] = field(default_factory=list)

    def mesurer(self) -> None:
        maximum = max((abs(float(b.valeur or 0)) for b in self.barres), default=0.0)
        for barre in self.barres:
            barre.part = round(100 * abs(float(barre.valeur or 0)) / (maximum or 1), 1)

    @property
    def description(self) -> str:
        """The drawing in words."""
        return f"{self.titre} : " + " ; ".join(f"{b.nom}, {b.texte}" for b in self.barres)


@dataclass
class PageDeGraphique:
    titre: str
    entete: str
    """What the bars are: « Motif »."""
    series: list[Serie]
    definitions: list[tuple[str, str, bool]]
    """(label, address, is the one shown)"""
    tronque: bool
    adresse: str
    fil: list[tuple[str, str]]


class GroupByChartView(FiltresParRequete, du_cadre.GroupByChartView):
    """``series``: [(function of aggregation, column)], computed for each value of ``group``."""

    ressource: str = ""
    label_columns: dict = {}
    base_filters: list = []
    chart_template = "graphique.html"
    agregats: dict[Callable, tuple[str, Callable]] = {}
    """More functions of aggregation: {function of ``series``: (name, SQL function)}."""
    search_filters: dict[str, list] = {}
    filtres_propres: dict = {}
    choix: dict = {}
    # What ``lire_demande_de_liste`` asks of a list, and a chart has not: words, an order, pages.
    chercher_dans = None
    tris: dict = {}
    tri_par_defaut = ""
    page_size = filtres.TAILLES[0]

    def __init__(self, **options):
        attributs.verifier(self)
        self.datamodel = modele_tandem(self)
        self.modele = self.datamodel.obj
        self.class_permission_name = self.ressource
        # Past the constructors that prepare the labels and the series of the framework's drawing.
        super(du_cadre.BaseChartView, self).__init__(**options)
        for definition in self.definitions:
            self.requete(definition)

    def _init_properties(self) -> None:
        self._base_filters = self.datamodel.get_filters().add_filter_list(self.base_filters)
        self.filtres = filtres.propres(self, self.filtres_propres)
        for nom in self.search_columns or ():
            self.filtres += controles(self, self.propriete(nom))

    def _init_forms(self) -> None:
        """No form of the framework: our panel asks the filters."""

    def propriete(self, nom: str) -> Propriete:
        return propriete(self.modele, nom, self.label_columns, {}, {})

    def colonne(self, nom: str):
        """The column of this name, or of a parent (« partenaire.nom »).

        PostgreSQL cannot aggregate a method of Python.
        """
        racine, point, feuille = nom.partition(".")
        if point:
            return getattr(inspect(self.modele).relationships[racine].mapper.class_, feuille)
        nom = self.propriete(nom).nom
        if nom not in inspect(self.modele).columns:
            raise DeclarationRefusee(
                f"{type(self).__name__}.definitions : « {nom} » n’est pas une colonne de"
                f" {self.modele.__name__}."
            )
        return getattr(self.modele, nom)

    def agregat(self, fonction: Callable) -> tuple[str, Callable]:
        connus = {**AGREGATS, **self.agregats}
        if fonction not in connus:
            raise DeclarationRefusee(
                f"{type(self).__name__}.definitions : dites par agregats ce que PostgreSQL calcule"
                f" pour {getattr(fonction, '__name__', fonction)}."
            )
        return connus[fonction]

    def valeurs(self, definition: dict) -> list:
        """The expressions of the series."""
        return [self.agregat(f)[1](self.colonne(nom)) for f, nom in definition["series"]]

    def titres(self, definition: dict) -> list[str]:
        titres = []
        for fonction, nom in definition["series"]:
            titre = self.agregat(fonction)[0]
            cle = nom == inspect(self.modele).primary_key[0].key
            titres.append(titre if cle else f"{titre} – {self.propriete(nom).libelle}")
        return titres

    def requete(self, definition: dict) -> Select:
        """Each value of ``group``, in its order, and the series."""
        groupe = self.colonne(definition["group"])
        requete = select(groupe, *self.valeurs(definition)).group_by(groupe).order_by(groupe)
        return self._depuis(requete, definition)

    def _depuis(self, requete: Select, definition: dict) -> Select:
        racine, point, _ = definition["group"].partition(".")
        requete = requete.select_from(self.modele)
        return requete.outerjoin(getattr(self.modele, racine)) if point else requete

    @expose("/chart/<numero:group_by>")
    @expose("/chart/")
    @has_access
    @permission_name("lire")
    def chart(self, group_by: int = 0):
        if group_by >= len(self.definitions):
            abort(404)
        definition = self.definitions[group_by]
        demande = filtres.lire_demande_de_liste(self)
        requete = self.requete(definition).where(*acces.mds_permises(self.modele))
        requete = demande.restreindre(self._base_filters.apply_all(requete))
        lignes = db.session.execute(requete.limit(POINTS + 1)).all()
        page = self._page(definition, lignes, group_by)
        return render_template(
            self.chart_template, vue=self, page=page, demande=demande, fil=page.fil
        )

    def _page(self, definition: dict, lignes, rang: int) -> PageDeGraphique:
        base = f"{request.script_root}{self.route_base}/chart/"
        nommer = self._nommeur(definition)
        series = [Serie(titre) for titre in self.titres(definition)]
        for groupe, *valeurs in lignes[:POINTS]:
            nom = nommer(groupe) or VIDE
            for serie, valeur in zip(series, valeurs, strict=True):
                serie.barres.append(Barre(nom, valeur, en_texte(_arrondi(valeur)) or VIDE))
        for serie in series:
            serie.mesurer()
        return PageDeGraphique(
            self.chart_title,
            self.libelle(definition),
            series,
            [(self.libelle(d), f"{base}{n}", n == rang) for n, d in enumerate(self.definitions)],
            len(lignes) > POINTS,
            f"{base}{rang}",
            [("Accueil", f"{request.script_root}/")],
        )

    def libelle(self, definition: dict) -> str:
        return definition.get("label") or self.propriete(definition["group"]).libelle

    def _nommeur(self, definition: dict) -> Callable[[Any], str]:
        """How a value of ``group`` is said: the label of a code, the name of a MDS."""
        if "formatter" in definition:
            return lambda valeur: str(definition["formatter"](valeur))
        prop = self.propriete(definition["group"])
        cible = None if prop.colonne is None else cible_de(prop.colonne)
        if cible == "mds":
            return nom_mds
        if cible in LISTES:
            items = elements(cible)[cible]
            return lambda code: items[code].libelle if code in items else ""
        fixes = dict(self.choix.get(prop.nom, ()))
        return lambda valeur: fixes.get(valeur) or en_texte(valeur)


class DirectByChartView(GroupByChartView, du_cadre.DirectByChartView):
    """``series``: [column], read as they are, a bar a row."""

    def valeurs(self, definition: dict) -> list:
        return [self.colonne(nom) for nom in definition["series"]]

    def titres(self, definition: dict) -> list[str]:
        return [self.propriete(nom).libelle for nom in definition["series"]]

    def requete(self, definition: dict) -> Select:
        groupe = self.colonne(definition["group"])
        cle = inspect(self.modele).primary_key[0]
        requete = select(groupe, *self.valeurs(definition)).order_by(groupe, cle)
        return self._depuis(requete, definition)


def _arrondi(valeur):
    """An average has many decimals: two are shown."""
    if isinstance(valeur, Decimal | float) and not isinstance(valeur, bool):
        return round(Decimal(valeur), 2).normalize() + 0
    return valeur
