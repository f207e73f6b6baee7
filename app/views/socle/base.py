"""The base of every noun's screens: list, file, form, deletion, export, in French.

    class AlerteView(VueTandem):
        datamodel = SQLAInterface(Alerte)
        route_base = "/alertes"
        nom = "une alerte"
        pluriel = "Alertes"
        list_columns = ["jeune_id", "motif_code", "du", "au"]   # the first one leads to the file
        add_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par"]
        search_columns = ["motif_code", "du", "mds_id", "jeune_id"]
        base_order = ("du", "desc")
        onglet = OngletDuJeune(("motif", "du", "au"), "Signaler une alerte")
        au_menu = AuMenu(menu.SUIVI, 20)

    VUES = (AlerteView,)    # at the end of the module: found by app/views/__init__.py

Columns are named as in the table (``motif_code``, ``jeune_id``): label and help come from ``info``,
the field and the display from the type. ``docs/declarer-un-ecran.md`` tells every attribute; what
is misspelt is refused at start, in one sentence.
"""

from __future__ import annotations  # the route ``list`` hides the type of that name in the class

import difflib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import abort, redirect, render_template, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.actions import ActionItem
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from sqlalchemy import (
    Select,
    inspect,
    select,
)
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.menu import AuMenu
from app.models import LISTES, catalogue
from app.models.declaration import DeclarationRefusee
from app.regles.texte import majuscule
from app.views.socle import attributs, choix, filtres, saisie
from app.views.socle.actions import Actions
from app.views.socle.affichage import (
    Propriete,
    cible_de,
    en_lien,
    propriete,
    tri_de,
)
from app.views.socle.barre import barre
from app.views.socle.champs import Formulaire
from app.views.socle.compteur import EXACT_JUSQUE
from app.views.socle.conversion import ConvertisseurDeFormulaire, composer
from app.views.socle.edition import Edition
from app.views.socle.export import Export
from app.views.socle.fiche import Onglet, OngletDuJeune, base_de, inscrire, liste_d_origine
from app.views.socle.filtres_colonnes import controles
from app.views.socle.lecture import noter_la_lecture
from app.views.socle.lies import VuesLiees
from app.views.socle.lignes_de_liste import (
    ColonnesDeListe,
    LigneDeListe,
    TableauDeListe,
    dits_en_bref,
)
from app.views.socle.modele import modele_tandem
from app.views.socle.ordre_prepare import OrdrePrepare
from app.views.socle.page_de_liste import (
    Appels,
    LignesLues,
    PageEnColonnes,
    PagesDeListe,
)
from app.views.socle.par_requete import FiltresParRequete

COLONNES = (
    "list_columns",
    "add_columns",
    "edit_columns",
    "show_columns",
    "search_columns",
    "colonnes_export",
    "calculees_de",
    "en_bref",
    "en_lot",
)
"""The attributes that name columns."""
PRENOMS = ("prenom", "first_name")
"""The second column, when it makes one name with the first."""
Colonnes = list[str]
Sections = list[tuple[str, dict]]
"""(title, {"fields": columns})."""
Liens = list[tuple[str, str]]
"""(word, address)."""
Actes = tuple[Liens, Liens]
"""Links, then buttons that act in one click: (word, address)."""


Proprietes = list[Propriete]
Rangees = list[LigneDeListe]
SectionsLues = list[tuple[str, list[tuple[str, Markup]]]]


@dataclass(frozen=True)
class PageDeListe:
    """What the template of a list is given."""

    demande: filtres.DemandeDeListe
    nombre: int
    colonnes: Proprietes
    lignes: Rangees
    rangees: Markup
    """The same, in their tags."""
    appels: Appels
    barre: Markup
    """The bar of filters."""
    peut_ajouter: bool
    peut_exporter: bool
    actions: list[ActionItem]
    selection: bool
    """The records that are ticked may be changed together."""
    boutons: Liens
    exact: int = EXACT_JUSQUE


@dataclass(frozen=True)
class PageDeFiche:
    """What the template of a record is given."""

    fiche: Any
    titre: str
    cle: Any
    fil: Liens
    retour: str
    """The list that the person came from, at this row; empty when they did not."""
    sections: SectionsLues
    boutons: Liens
    onglets: list[Onglet]
    actions: list[ActionItem]
    peut_modifier: bool
    peut_supprimer: bool


class VueTandem(Actions, VuesLiees, Edition, Export, PagesDeListe, FiltresParRequete, ModelView):
    """A noun's screens. See the docstring of the module."""

    route_base = ""
    """The address of its list; by default the name of its table, with an s."""
    ressource: str = ""
    """The name of its rights; by default that of its table."""
    nom: str = ""
    """With its article: « une alerte »."""
    pluriel: str = ""
    """The title of the list and of the tab."""
    list_columns: Colonnes = []
    add_columns: Colonnes = []
    edit_columns: Colonnes = []
    show_columns: Colonnes = []
    search_columns: Colonnes = []
    en_bref: Colonnes = []
    """What a phone shows under the first column of the list; by default the next three, and what
    says where the record stands."""
    en_lot: Colonnes = []
    """What « Modifier la sélection » changes in many records at once; by default nothing."""
    add_fieldsets: Sections = []
    edit_fieldsets: Sections = []
    show_fieldsets: Sections = []
    label_columns: dict[str, str] = {}
    description_columns: dict[str, str] = {}
    formatters_columns: dict[str, Callable] = {}
    validators_columns: dict[str, list] = {}
    add_form_extra_fields: dict = {}
    edit_form_extra_fields: dict = {}
    toujours: tuple = ()
    """Conditions on what its list shows, the same for everyone: beside the filters."""
    base_filters: list = []
    """[[column, filter class, value]]: beside the policies, never instead of them."""
    order_columns: Colonnes = []
    """What a click on a heading sorts; by default every column of the list that can be."""
    related_views: list = []
    """Screens whose records point to these: tabs of the file."""
    add_form: type[Formulaire] | None = None
    edit_form: type[Formulaire] | None = None
    list_title: str = ""
    add_title: str = ""
    edit_title: str = ""
    exclude_route_methods = {"download", "action", "action_post"}
    base_order = ("id", "desc")
    search_filters: dict[str, list] = {}
    """More filters of Flask-AppBuilder for a column: {column: [class]}."""
    convertisseur = ConvertisseurDeFormulaire
    choix: dict = {}
    """Column → [(value, label)], for a code that has no list."""
    champs_propres: dict = {}
    """Column → the field of the form, when the type does not say it."""
    filtres_propres: dict = {}
    """Name → (label, {value: (label, () → condition)})."""
    eager: tuple = ()
    """Options of the statements that read its records."""
    calculees: Colonnes = []
    """What no column holds of a row of the list: ``calculer`` gives it, in this order."""
    calculees_de: Colonnes = []
    """The columns of the model that ``calculer`` reads, besides the key."""
    aide_liste: str = ""
    """A sentence under the title of the list."""
    add_row_message = "Fiche enregistrée."
    edit_row_message = "Modifications enregistrées."
    delete_row_message = "Fiche supprimée."
    onglet: OngletDuJeune | None = None
    """Its tab in the file of a youth."""
    au_menu: AuMenu | tuple[AuMenu, ...] = ()
    """Its entry in the menu."""
    sous_le_menu: str = ""
    """Without an entry: the class of the screen that stands for this one in the menu."""
    list_template = "liste.html"
    show_template = "fiche.html"
    form_template = "formulaire.html"
    delete_template = "supprimer.html"

    # What Flask-AppBuilder prepares at start, from the declarations

    def __init__(self, **options):
        attributs.verifier(self)
        self.datamodel = modele_tandem(self)
        self.modele = self.datamodel.obj
        self._verifier_les_attributs()
        self.route_base = self.route_base or f"/{self.modele.__tablename__}s"
        self.ressource = self.ressource or catalogue.ressource_de(self.modele.__tablename__)
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

    def refuser(self, faute: str) -> NoReturn:
        """Stop at start: what this class declares is wrong."""
        fichier = type(self).__module__.replace(".", "/")
        raise DeclarationRefusee(f"{type(self).__name__} ({fichier}.py) : {faute}")

    def _verifier_les_attributs(self) -> None:
        """What a class of screens writes is known above, or is a method."""
        for manque in ("nom", "pluriel"):
            if not getattr(self, manque):
                self.refuser(f"il manque « {manque} ».")
        heritees = type(self).__mro__[1:]
        connus = sorted({nom for classe in heritees for nom in vars(classe)})
        for nom, valeur in vars(type(self)).items():
            methode = callable(valeur) or isinstance(valeur, property | staticmethod | classmethod)
            if nom.startswith("_") or methode or nom in connus:
                continue
            proches = difflib.get_close_matches(nom, connus, 1)
            remede = f" Vouliez-vous dire « {proches[0]} » ?" if proches else ""
            self.refuser(f"l’attribut « {nom} » n’existe pas.{remede}")

    def _init_properties(self) -> None:
        self._related_views: list = []
        self._base_filters = self.datamodel.get_filters().add_filter_list(self.base_filters)
        self._ranger_les_colonnes()
        self._proprietes: dict[str, Propriete] = {}
        self._lectures: dict[tuple[str, ...], Select] = {}
        self._pages: dict[tuple[str, ...], PageEnColonnes | None] = {}
        self._ouvertures: dict[tuple[object, ...], OrdrePrepare] = {}
        self.search_columns = [*(self.search_columns or ())]
        self._verifier_les_colonnes()
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
        permises = [self.propriete(c).nom for c in self.order_columns]
        return not permises or prop.nom in permises or prop.nom == self.base_order[0]

    @property
    def tri_par_defaut(self) -> str:
        colonne, sens = self.base_order
        return f"-{colonne}" if sens == "desc" else colonne

    def _ranger_les_colonnes(self) -> None:
        """The sections of the two forms and of the file; the file shows what the form asks."""
        self.add_fieldsets = self.add_fieldsets or _une_section(self.add_columns)
        self.add_columns = _a_plat(self.add_fieldsets)
        if self.edit_columns and not self.edit_fieldsets:
            self.edit_fieldsets = _une_section(self.edit_columns)
        self.edit_fieldsets = self.edit_fieldsets or self._sections_a_modifier()
        self.edit_columns = _a_plat(self.edit_fieldsets)
        if self.show_columns and not self.show_fieldsets:
            self.show_fieldsets = _une_section(self.show_columns)
        self.show_fieldsets = self.show_fieldsets or self.add_fieldsets
        self.show_columns = _a_plat(self.show_fieldsets)

    def _sections_a_modifier(self) -> Sections:
        """Those of a new record, without its youth and their MDS: a record stays with its youth."""
        fixes = {"jeune_id", "mds_id"} if self._suit_un_jeune else {"jeune_id"}
        return [
            (titre, {**section, "fields": [c for c in section["fields"] if c not in fixes]})
            for titre, section in self.add_fieldsets
        ]

    def _verifier_les_colonnes(self) -> None:
        """Each column that is named is one of the model, or has a label of its own."""
        connues = {
            *dir(self.modele),
            *self.label_columns,
            *self.add_form_extra_fields,
            *self.edit_form_extra_fields,
        }
        for attribut in COLONNES:
            for nom in getattr(self, attribut) or ():
                if nom.partition(".")[0] not in connues:
                    self.refuser(f"« {attribut} » nomme « {nom} », qui n’est pas une colonne.")
        for nom in (*self.add_columns, *self.edit_columns):
            colonne = inspect(self.modele).columns.get(nom)
            cible = cible_de(colonne) if colonne is not None else None
            if cible is None or nom in self.champs_propres or cible == "mds" or cible in LISTES:
                continue
            if cible not in choix.CHERCHABLES:
                self.refuser(
                    f"« {nom} » désigne la table « {cible} », qui ne se choisit pas en tapant :"
                    " donnez « recherche » à sa déclaration."
                )

    def _init_forms(self) -> None:
        self.add_form = self.add_form or composer(self, self.add_columns, creation=True)
        self.edit_form = self.edit_form or composer(self, self.edit_columns, creation=False)

    def _init_titles(self) -> None:
        article, _, self.seul = self.nom.partition(" ")
        if self.seul[0] in "aeiouéèêh":
            self.le_nom = f"l’{self.seul}"
        elif article == "une":
            self.le_nom = f"la {self.seul}"
        else:
            self.le_nom = f"le {self.seul}"
        self.list_title = self.list_title or self.pluriel
        self.add_title = self.add_title or f"Ajouter {self.nom}"
        self.edit_title = self.edit_title or f"Modifier {self.le_nom}"

    @property
    def _suit_un_jeune(self) -> bool:
        return "jeune_id" in inspect(self.modele).columns

    def propriete(self, nom: str) -> Propriete:
        """What ``nom`` designates on the model, as these screens call and format it."""
        if nom not in self._proprietes:
            p = propriete(
                self.modele,
                nom,
                self.label_columns,
                self.description_columns,
                self.formatters_columns,
            )
            self._proprietes[nom] = p
            self._proprietes[p.nom] = p
        return self._proprietes[nom]

    # What a noun may say otherwise

    def titre(self, fiche) -> str:
        """The title of a file."""
        if "__str__" in type(fiche).__dict__:
            return str(fiche)
        seul = majuscule(self.seul)
        return f"{seul} – {fiche.jeune}" if self._suit_un_jeune else seul

    def peut_sur(self, acte: str, fiche) -> bool:
        """May the person do this act on this record: in its MDS, or in the whole Département."""
        perimetre = acces.perimetre()
        if hasattr(fiche, "mds_ids"):
            permises = perimetre.mds(self.ressource, acte)
            if not fiche.mds_ids:
                return permises is acces.TOUTES
            combien = all if acte == "supprimer" else any
            return combien(m in permises for m in fiche.mds_ids)
        if "mds_id" in inspect(self.modele).columns:
            return perimetre.peut(self.ressource, acte, fiche.mds_id)
        return perimetre.peut(self.ressource, acte)

    def peut_ajouter(self) -> bool:
        """May the person add a record somewhere, on this screen."""
        if "add" in self.exclude_route_methods:
            return False
        return acces.perimetre().peut(self.ressource, "creer")

    def valider(self, form, fiche) -> None:
        """Rules between fields, before the base: ``formulaire.refuser(form, phrase, champ)``."""

    def refus_en_lot(self, fiche, lire: Callable[[str], Any], neuves: Collection[str]) -> str:
        """Why a record of a selection stays as it is, empty when it may change.

        ``lire`` gives what each column would say, ``neuves`` names those that would change.
        """
        return ""

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        """What the view itself puts in the record."""

    def apres_creation(self, fiche) -> None:
        """What a new record brings with it, in the same transaction."""

    def colonnes_de_la_liste(self) -> Colonnes:
        """The columns that the person is shown, and those of the export.

        Without the MDS of a youth's record for whoever reads one: each row would say the same.
        """
        lues = acces.perimetre().mds(self.ressource, "lire")
        plusieurs = isinstance(lues, acces.Toutes) or len(lues) != 1
        if plusieurs or "jeune_id" not in inspect(self.modele).columns:
            return self.list_columns
        return [colonne for colonne in self.list_columns if colonne != "mds_id"]

    def boutons_de_liste(self, demande: filtres.DemandeDeListe) -> Liens:
        """More links at the top of the list, for what it was asked for: (label, address)."""
        return []

    def boutons(self, fiche) -> Liens:
        """More links at the top of a file: (label, address)."""
        return []

    def onglets(self, fiche) -> list[Onglet]:
        """The tabs of its file."""
        return []

    def actes_de_la_ligne(self, ligne, d, adresse: str) -> Actes:
        """What one may do with a row of its tab in the file ``d`` of a youth, without leaving it.

        Links, then buttons that act in one click: (word, address). ``adresse``: of the record.
        """
        return [("Modifier", f"{adresse}/modifier")], []

    # Reading

    def _options(self, proprietes) -> list:
        relations = dict.fromkeys(p.relation for p in proprietes if p.relation)
        return [*(joinedload(getattr(self.modele, r)) for r in relations), *self.eager]

    def obtenir(self, cle: str, *, verrou: bool = False):
        """The record, or 404; locked with ``verrou``.

        The same answer for one that does not exist and for one that may not be seen.
        """
        fiche = self.chercher_la_fiche(cle, verrou=verrou)
        if fiche is None:
            abort(404)
        return fiche

    def chercher_la_fiche(self, cle: str, *, verrou: bool = False):
        """The record that may be seen; with ``verrou``, locked as it is now, if it may be written.

        404 for what cannot be a key.
        """
        colonne = inspect(self.modele).primary_key[0]
        if "\0" in cle or (colonne.type.python_type is int and saisie.numero(cle) is None):
            abort(404)
        requete = select(self.modele).where(colonne == colonne.type.python_type(cle))
        requete = self.filtrer_de_base(requete)
        if verrou:
            requete = requete.with_for_update(of=self.modele)
            requete = requete.execution_options(populate_existing=True)
        else:
            requete = requete.options(*self._options(map(self.propriete, self.show_columns)))
        return db.session.scalar(requete)

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
        vides = any(f for *_, f in jointures) or _peut_etre_vide(colonne)
        dernier = colonne.desc()
        if vides:
            dernier = dernier.nulls_last()
        return requete.order_by(dernier, cle.desc())

    @expose("/")
    @has_access
    @permission_name("lire")
    def list(self):
        demande = filtres.lire_demande_de_liste(self)
        retenus = filtres.retenir_les_choix(demande)
        colonnes = [self.propriete(c) for c in self.colonnes_de_la_liste()]
        lues = self.lire_la_page(demande, colonnes)
        if "q" in demande.valeurs:
            journal.consigner(
                "recherche", table=self.modele.__tablename__, detail={"resultats": lues.nombre}
            )
            if lues.nombre == 1 and request.args.get("direct") == "oui":
                db.session.commit()
                return redirect(self._adresse(lues.cles[0]))
        page = self._page_de_liste(demande, lues, colonnes)
        rendue = render_template(self.list_template, vue=self, **vars(page))
        if retenus or "q" in demande.valeurs:
            db.session.commit()
        return rendue

    def _page_de_liste(
        self, demande: filtres.DemandeDeListe, lues: LignesLues, colonnes: Proprietes
    ) -> PageDeListe:
        perimetre = acces.perimetre()
        lignes = self._lignes_de_liste(lues, colonnes)
        actions = self.actions_permises()
        selection = bool(self.en_lot) and perimetre.peut(self.ressource, "modifier")
        tableau = TableauDeListe(
            f"{request.script_root}{self.route_base}/",
            colonnes[0].libelle,
            a_choisir=bool(actions or selection),
            est_nommee=len(colonnes) > 1 and colonnes[1].nom in PRENOMS,
            appels=lues.appels,
        )
        return PageDeListe(
            demande,
            lues.nombre,
            colonnes,
            lignes,
            tableau.rangees(lignes),
            lues.appels,
            barre(self, demande, colonnes),
            peut_ajouter=self.peut_ajouter(),
            peut_exporter=perimetre.peut(self.ressource, "exporter"),
            actions=actions,
            selection=selection,
            boutons=self.boutons_de_liste(demande),
        )

    def _lignes_de_liste(self, lues: LignesLues, colonnes: Proprietes) -> Rangees:
        """The rows of the list; a youth's name links to their file for whoever may open it."""
        jeunes = base_de("jeune", acces.perimetre())
        nommes = [c.nom for c in colonnes[1:] if c.relation == "jeune" and jeunes]
        en_bref = {self.propriete(c).nom for c in self.en_bref or dits_en_bref(self.list_columns)}
        tetes = ColonnesDeListe.de(colonnes, en_bref)
        rangees = []
        for rang, (cle, cellules) in enumerate(zip(lues.cles, lues.cellules, strict=True)):
            liens = {}
            if nommes:
                liens = dict.fromkeys(nommes, f"{jeunes}{lues.jeunes[rang]}")
            suite = tetes.remplir(cellules, liens)
            seconde = cellules[-1] if len(cellules) == 1 else cellules[1]
            rangees.append(LigneDeListe(cle, cellules[0], seconde, suite))
        return rangees

    @expose("/<cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: str):
        fiche = self.obtenir(cle)
        jeune_id = self.jeune_de(fiche)
        if jeune_id is not None:
            noter_la_lecture(self.modele.__tablename__, cle, jeune_id)
        page = self.afficher(fiche)
        db.session.commit()
        return page

    def jeune_de(self, fiche) -> int | None:
        """The youth whose file holds this record."""
        if self.ressource == "jeune":
            return fiche.id
        return getattr(fiche, "jeune_id", None)

    def afficher(self, fiche):
        """The page of a record."""
        modifiable = "edit" not in self.exclude_route_methods
        supprimable = "delete" not in self.exclude_route_methods
        page = PageDeFiche(
            fiche,
            self.titre(fiche),
            self.cle(fiche),
            self.fil(fiche),
            self.retour_a_la_ligne(fiche),
            self._sections(fiche),
            boutons=[*self.boutons(fiche), *self._historique(fiche)],
            onglets=[*self.onglets(fiche), *self.onglets_lies(fiche)],
            actions=self.actions_permises(fiche),
            peut_modifier=modifiable and self.peut_sur("modifier", fiche),
            peut_supprimer=supprimable and self.peut_sur("supprimer", fiche),
        )
        return render_template(self.show_template, vue=self, **vars(page))

    def _sections(self, fiche) -> SectionsLues:
        """What the file says, part by part: (label, value)."""
        cachees = self.cachees(fiche)
        sections = []
        for titre, section in self.show_fieldsets:
            lues = [p for p in map(self.propriete, section["fields"]) if p.nom not in cachees]
            sections.append((titre, [(p.libelle, en_lien(p.nom, p.texte(fiche))) for p in lues]))
        return sections

    def _historique(self, fiche) -> Liens:
        """The story of the record, kept by the audit log; for a youth, who looked at the file."""
        perimetre = acces.perimetre()
        base = f"{request.script_root}/journal"
        racontee = catalogue.declaration_de(self.modele.__tablename__).auditee
        if not racontee or not perimetre.peut("journal", "historique"):
            return []
        liens = [("Historique", f"{base}/historique/{self.modele.__tablename__}/{self.cle(fiche)}")]
        if self.ressource == "jeune" and perimetre.peut("journal", "lire", fiche.mds_id):
            consultations = f"{base}/consultations/{fiche.id}"
            liens.append(("Qui a consulté", consultations))
            liens.append(("Où sont parties ses données", f"{consultations}#sorties"))
        return liens

    def cle(self, fiche):
        """Its number, or its code."""
        return inspect(fiche).identity[0]

    def fil(self, fiche=None, jeune=None) -> Liens:
        """The breadcrumb above this page: home, then the youth's file or the list."""
        fil = self.au_dessus()
        if fiche is not None and (liste := liste_d_origine(self.route_base)):
            return [*fil, (self.list_title, liste)]
        jeunes = base_de("jeune", acces.perimetre())
        if fiche is not None and self._suit_un_jeune:
            jeune = fiche.jeune
        if jeune is not None and jeunes:
            return [*fil, ("Jeunes", jeunes), (str(jeune), f"{jeunes}{jeune.id}")]
        return [*fil, (self.list_title, f"{request.script_root}{self.route_base}/")]

    def au_dessus(self) -> Liens:
        """Where the breadcrumb of the list starts: home, and the screen that leads to the list."""
        return [("Accueil", f"{request.script_root}/")]

    def retour_a_la_ligne(self, fiche) -> str:
        """The filtered list that the person came from, at the row of the record; else nothing."""
        liste = liste_d_origine(self.route_base)
        return f"{liste}#f-{self.cle(fiche)}" if liste else ""


def _peut_etre_vide(expression) -> bool:
    """Whether some row may have no such value; of a computed column, none."""
    colonne = getattr(expression, "property", None)
    if colonne is None:
        return True
    source = colonne.columns[0]
    return bool(source.nullable and source.computed is None)


def _une_section(colonnes) -> Sections:
    return [("", {"fields": [*(colonnes or ())]})]


def _a_plat(sections: Sections) -> list[str]:
    return [c for _, f in sections for c in f["fields"]]
