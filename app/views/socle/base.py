"""The base of every noun's screens: list, file, form, deletion, export, in French, within the
person's rights.

    class AlerteView(VueTandem):
        datamodel = SQLAInterface(Alerte)
        route_base, ressource = "/alertes", "alerte"
        nom, pluriel = "une alerte", "Alertes"             # titles and buttons
        list_columns = ["jeune_id", "motif_code", "du", "au"]   # the first one leads to the file
        add_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par"]   # or add_fieldsets = [("Titre", {"fields": […]})]
        search_columns = ["motif_code", "du", "mds_id", "jeune_id"]   # filters; jeune_id makes /alertes/?jeune=12 work
        base_order = ("du", "desc")

    VUES = (AlerteView,)    # at the end of the module: found by app/views/__init__.py

Columns are named as in the table (``motif_code``, ``jeune_id``): label and help come from ``info``,
the field and the display from the type. Optional: show_columns/show_fieldsets,
edit_columns/edit_fieldsets, label_columns, description_columns, formatters_columns {column: value →
text}, choix {column: [(value, label)]}, champs_propres {column: field}, filtres_propres {name:
(label, {value: (label, () → condition)})}, colonnes_export, eager, exclude_route_methods = {"add",
"delete"…}; methods to override: titre, peut_sur, valider (before the base, cross-field),
avant_ecriture, apres_creation, boutons, onglets.
"""

from __future__ import annotations  # the route ``list`` hides the type of that name in the class

from collections.abc import Iterable

from flask import abort, render_template, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.views.socle import attributs, filtres, saisie
from app.views.socle.actions import Actions
from app.views.socle.affichage import Propriete, en_cellule, en_html, propriete, tri_de
from app.views.socle.conversion import ConvertisseurDeFormulaire, composer
from app.views.socle.edition import Edition
from app.views.socle.export import Export
from app.views.socle.fiche import Onglet, base_de, inscrire
from app.views.socle.filtres_colonnes import controles
from app.views.socle.lies import VuesLiees
from app.views.socle.modele import modele_tandem
from app.views.socle.par_requete import FiltresParRequete

EXACT_JUSQUE = 1000
"""Beyond, a list says « plus de 1 000 »: counting everything costs more than showing a page."""


class VueTandem(Actions, VuesLiees, Edition, Export, FiltresParRequete, ModelView):
    """A noun's screens. See the docstring of the module."""

    ressource: str = ""
    nom: str = ""
    pluriel: str = ""
    exclude_route_methods = {"download", "action", "action_post"}
    base_order = ("id", "desc")
    search_filters: dict[str, list] = {}
    """More filters of Flask-AppBuilder for a column: {column: [class]}."""
    convertisseur = ConvertisseurDeFormulaire
    choix: dict = {}
    champs_propres: dict = {}
    filtres_propres: dict = {}
    eager: tuple = ()
    aide_liste: str = ""
    """A sentence under the title of the list."""
    add_row_message = "Fiche enregistrée."
    edit_row_message = "Modifications enregistrées."
    delete_row_message = "Fiche supprimée."
    list_template, show_template, form_template, delete_template = (
        "liste.html",
        "fiche.html",
        "formulaire.html",
        "supprimer.html",
    )

    # What Flask-AppBuilder prepares at start, from the declarations
    # ------------------------------------------------

    def __init__(self, **options):
        attributs.verifier(self)
        self.datamodel = modele_tandem(self)
        self.modele = self.datamodel.obj
        self.class_permission_name = self.ressource
        super().__init__(**options)
        self.verifier_les_actions()
        if not self.actions:
            self.exclude_route_methods = {
                *self.exclude_route_methods,
                "agir",
                "agir_sur_plusieurs",
            }
        inscrire(self)

    def _init_properties(self) -> None:
        self.label_columns, self.description_columns = (
            self.label_columns or {},
            self.description_columns or {},
        )
        self.formatters_columns = self.formatters_columns or {}
        self.validators_columns = self.validators_columns or {}
        self.related_views = self.related_views or []
        self._related_views = []
        self.base_filters = self.base_filters or []
        self._base_filters = self.datamodel.get_filters().add_filter_list(self.base_filters)
        self.add_fieldsets = self.add_fieldsets or [("", {"fields": list(self.add_columns or ())})]
        self.add_columns = _a_plat(self.add_fieldsets)
        self.edit_fieldsets = self.edit_fieldsets or (
            [("", {"fields": list(self.edit_columns)})]
            if self.edit_columns
            else [
                (
                    titre,
                    {
                        **f,
                        "fields": [
                            c
                            for c in f["fields"]
                            if c not in ("jeune_id", "mds_id")
                            or (c == "mds_id" and not self._suit_un_jeune)
                        ],
                    },
                )
                for titre, f in self.add_fieldsets
            ]
        )
        self.edit_columns = _a_plat(self.edit_fieldsets)
        self.show_fieldsets = self.show_fieldsets or (
            [("", {"fields": list(self.show_columns)})] if self.show_columns else self.add_fieldsets
        )
        self.show_columns = _a_plat(self.show_fieldsets)
        self._proprietes: dict[str, Propriete] = {}
        self.search_columns = list(self.search_columns or ())
        self.filtres = [
            *filtres.propres(self, self.filtres_propres),
            *(f for c in self.search_columns for f in controles(self, self.propriete(c))),
        ]
        self.chercher_dans, self.chercher_quoi = filtres.dans_quoi_chercher(self.modele)
        self.tris = {
            p.nom: tri
            for p in map(self.propriete, [*self.list_columns, self.base_order[0]])
            if (tri := tri_de(self.modele, p)) is not None and self._se_trie(p)
        }

    def _se_trie(self, prop: Propriete) -> bool:
        """``order_columns`` bounds what a click on a heading sorts."""
        permises = [self.propriete(c).nom for c in self.order_columns or ()]
        return not permises or prop.nom in permises or prop.nom == self.base_order[0]

    @property
    def tri_par_defaut(self) -> str:
        colonne, sens = self.base_order
        return f"-{colonne}" if sens == "desc" else colonne

    def _init_forms(self) -> None:
        self.add_form = self.add_form or composer(self, self.add_columns, creation=True)
        self.edit_form = self.edit_form or composer(self, self.edit_columns, creation=False)

    def _init_titles(self) -> None:
        article, _, seul = self.nom.partition(" ")
        self.seul = seul
        self.le_nom = (
            "l’" + seul if seul[0] in "aeiouéèêh" else ("la " if article == "une" else "le ") + seul
        )
        self.list_title = self.list_title or self.pluriel
        self.add_title = self.add_title or f"Ajouter {self.nom}"
        self.edit_title = self.edit_title or f"Modifier {self.le_nom}"

    @property
    def _suit_un_jeune(self) -> bool:
        return "jeune_id" in inspect(self.modele).columns

    def propriete(self, nom: str) -> Propriete:
        if nom not in self._proprietes:
            p = propriete(
                self.modele,
                nom,
                self.label_columns,
                self.description_columns,
                self.formatters_columns,
            )
            self._proprietes[nom] = self._proprietes[p.nom] = p
        return self._proprietes[nom]

    # What a noun may say otherwise
    # ---------------------------------------------------------------------------------

    def titre(self, fiche) -> str:
        if "__str__" in type(fiche).__dict__:
            return str(fiche)
        return (
            f"{self.seul.capitalize()} – {fiche.jeune}"
            if self._suit_un_jeune
            else self.seul.capitalize()
        )

    def peut_sur(self, acte: str, fiche) -> bool:
        """May the person do this act on this record: in its MDS, its MDS of all, or the whole
        Département."""
        perimetre = acces.perimetre()
        if hasattr(fiche, "mds_ids"):
            permises = perimetre.mds(self.ressource, acte)
            combien = all if acte == "supprimer" else any
            return (
                combien(m in permises for m in fiche.mds_ids)
                if fiche.mds_ids
                else permises is acces.TOUTES
            )
        if "mds_id" in inspect(self.modele).columns:
            return perimetre.peut(self.ressource, acte, fiche.mds_id)
        return perimetre.peut(self.ressource, acte)

    def peut_ajouter(self) -> bool:
        """May the person add a record somewhere, on this screen."""
        if "add" in self.exclude_route_methods:
            return False
        return acces.perimetre().peut(self.ressource, "creer")

    def cachees(self, fiche) -> set[str]:
        """The columns of a record that the person may not read."""
        return set()

    def valider(self, form, fiche) -> None:
        """Rules between fields, before the base: ``formulaire.refuser(form, phrase, champ)``."""

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        """What the view itself puts in the record."""

    def apres_creation(self, fiche) -> None:
        """What a new record brings with it, in the same transaction."""

    def boutons(self, fiche) -> list[tuple[str, str]]:
        """More links at the top of a file: (label, address)."""
        return []

    def onglets(self, fiche) -> list[Onglet]:
        return []

    # Reading
    # -------------------------------------------------------------------------------------------------------

    def _options(self, proprietes) -> list:
        relations = dict.fromkeys(p.relation for p in proprietes if p.relation)
        return [*(joinedload(getattr(self.modele, r)) for r in relations), *self.eager]

    def obtenir(self, cle: str, *, verrou: bool = False):
        """The record, or 404: the same answer for one that does not exist and one that may not be
        seen."""
        colonne = inspect(self.modele).primary_key[0]
        if colonne.type.python_type is int:
            cle = saisie.numero(cle)
            if cle is None:
                abort(404)
        elif "\0" in cle:
            abort(404)
        requete = self.filtrer_de_base(select(self.modele).where(colonne == cle))
        requete = (
            requete.with_for_update(of=self.modele)
            if verrou
            else requete.options(*self._options(map(self.propriete, self.show_columns)))
        )
        fiche = db.session.scalar(requete)
        return abort(404) if fiche is None else fiche

    def requete(self, demande: filtres.Demande):
        """The numbers of the records asked for, filtered; sorted by ``trier``."""
        requete = select(inspect(self.modele).primary_key[0])
        requete = requete.where(*acces.mds_permises(self.modele))
        return demande.restreindre(self.filtrer_de_base(requete))

    def filtrer_de_base(self, requete):
        """``base_filters``, a convenience: beside the wall, never instead of it."""
        return self._base_filters.apply_all(requete)

    def trier(self, requete, tri: str):
        colonne, jointures = self.tris[tri.removeprefix("-")]
        for cible, condition, facultative in jointures:
            requete = requete.join(cible, condition, isouter=facultative)
        cle = inspect(self.modele).primary_key[0]
        if tri[0] != "-":
            return requete.order_by(colonne, cle)
        # « nulls last » only where there can be some: an index read backwards gives them first.
        source = colonne.property.columns[0]
        vides = any(f for *_, f in jointures) or (source.nullable and source.computed is None)
        return requete.order_by(
            colonne.desc().nulls_last() if vides else colonne.desc(), cle.desc()
        )

    def compter(self, demande: filtres.Demande) -> int:
        """Exact up to 1 000, then 1 001."""
        return db.session.scalar(
            select(func.count()).select_from(
                self.requete(demande).limit(EXACT_JUSQUE + 1).subquery()
            )
        )

    def page(self, demande: filtres.Demande) -> tuple[int, list]:
        """How many records (1 001 for more than that) and the numbers of those of the page, found
        at once.

        A search that had to be counted apart would read every name twice.
        """
        depart = (demande.page - 1) * demande.taille
        triee = self.trier(self.requete(demande), demande.tri)
        if depart + demande.taille > EXACT_JUSQUE + 1:
            cles = db.session.scalars(triee.limit(demande.taille).offset(depart)).all()
            return EXACT_JUSQUE + 1, cles
        cles = db.session.scalars(triee.limit(EXACT_JUSQUE + 1)).all()
        return len(cles), cles[depart : depart + demande.taille]

    def lignes(self, cles: list, colonnes: Iterable[Propriete] | None = None) -> list:
        """The records of these numbers, in this order, with what ``colonnes`` need (by default
        those of the list): a deep page reads only its own rows."""
        if not cles:
            return []
        cle = inspect(self.modele).primary_key[0]
        options = self._options(colonnes or map(self.propriete, self.list_columns))
        fiches = {
            getattr(f, cle.key): f
            for f in db.session.scalars(select(self.modele).where(cle.in_(cles)).options(*options))
        }
        return [fiches[c] for c in cles if c in fiches]

    @expose("/")
    @has_access
    @permission_name("lire")
    def list(self):
        demande = filtres.lire(self)
        nombre, cles = self.page(demande)
        fiches = self.lignes(cles)
        if demande.page > 1 and not fiches:
            abort(404)
        if "q" in demande.valeurs:
            journal.consigner(
                "recherche", table=self.modele.__tablename__, detail={"resultats": nombre}
            )
        colonnes = [self.propriete(c) for c in self.list_columns]
        cle, perimetre = inspect(self.modele).primary_key[0].key, acces.perimetre()
        liens = {
            c.nom: base
            for c in colonnes[1:]
            if c.relation == "jeune" and (base := base_de("jeune", perimetre))
        }
        page = render_template(
            self.list_template,
            vue=self,
            demande=demande,
            nombre=nombre,
            exact=EXACT_JUSQUE,
            colonnes=colonnes,
            lignes=[
                (
                    getattr(f, cle),
                    [en_cellule(c.texte(f)) for c in colonnes],
                    {n: f"{b}{f.jeune_id}" for n, b in liens.items()},
                )
                for f in fiches
            ],
            peut_ajouter=self.peut_ajouter(),
            peut_exporter=perimetre.peut(self.ressource, "exporter"),
            actions=self.actions_permises(),
        )
        db.session.commit()
        return page

    @expose("/<cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: str):
        fiche = self.obtenir(cle)
        jeune_id = fiche.id if self.ressource == "jeune" else getattr(fiche, "jeune_id", None)
        if jeune_id is not None:
            journal.consigner(
                "lecture", table=self.modele.__tablename__, cle=cle, jeune_id=jeune_id
            )
        page = self.afficher(fiche)
        db.session.commit()
        return page

    def afficher(self, fiche):
        cachees = self.cachees(fiche)
        return render_template(
            self.show_template,
            vue=self,
            fiche=fiche,
            titre=self.titre(fiche),
            cle=self.cle(fiche),
            fil=self.fil(fiche),
            sections=[
                (
                    titre,
                    [
                        (p.libelle, en_html(p.texte(fiche)))
                        for p in map(self.propriete, f["fields"])
                        if p.nom not in cachees
                    ],
                )
                for titre, f in self.show_fieldsets
            ],
            boutons=[*self.boutons(fiche), *self._historique(fiche)],
            onglets=[*self.onglets(fiche), *self.onglets_lies(fiche)],
            actions=self.actions_permises(fiche),
            peut_modifier="edit" not in self.exclude_route_methods
            and self.peut_sur("modifier", fiche),
            peut_supprimer="delete" not in self.exclude_route_methods
            and self.peut_sur("supprimer", fiche),
        )

    def _historique(self, fiche) -> list[tuple[str, str]]:
        """The story of the record, kept by the trail; for a youth, who looked at the file."""
        perimetre, base = acces.perimetre(), f"{request.script_root}/journal"
        if self.ressource == "journal" or not perimetre.peut("journal", "historique"):
            return []
        liens = [("Historique", f"{base}/historique/{self.modele.__tablename__}/{self.cle(fiche)}")]
        if self.ressource == "jeune" and perimetre.peut("journal", "lire", fiche.mds_id):
            liens.append(("Qui a consulté", f"{base}/consultations/{fiche.id}"))
        return liens

    def cle(self, fiche):
        return inspect(fiche).identity[0]

    def fil(self, fiche=None, jeune=None) -> list[tuple[str, str]]:
        """The breadcrumb above this page: home, then the youth's file or the list."""
        fil = [("Accueil", f"{request.script_root}/")]
        jeunes = base_de("jeune", acces.perimetre())
        if fiche is not None and self._suit_un_jeune:
            jeune = fiche.jeune
        if jeune is not None and jeunes:
            return [*fil, ("Jeunes", jeunes), (str(jeune), f"{jeunes}{jeune.id}")]
        return [*fil, (self.list_title, f"{request.script_root}{self.route_base}/")]


def _a_plat(sections) -> list[str]:
    return [c for _, f in sections for c in f["fields"]]
