"""« Modifier la sélection »: the same values given to many records of a list, read before.

The list sends what is ticked, or what it was asked for whole; the fields are those that its screen
names (``en_lot``). One act of the audit log, taken back as one (``passation.py`` shows it).
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces
from app.erreurs import IMPOSSIBLE_ICI, expliquer
from app.extensions import db
from app.models import catalogue, dates
from app.models.base import PHRASES
from app.regles.age import aujourd_hui
from app.regles.dates import FUTUR
from app.views import lot as lots
from app.views.socle import filtres, formulaire, saisie
from app.views.socle.base import VueTandem
from app.views.socle.champs import Champ, Formulaire
from app.views.socle.champs_choix import ChampListe
from app.views.socle.conversion import composer
from app.views.socle.fiche import vue_de
from app.views.socle.page import Fil, fil_d_ariane

AU_PLUS = 300
"""Records changed by one act."""
RIEN_A_FAIRE = "Aucune fiche ne change : remplissez un champ, ou corrigez ce qui est refusé."
SANS_FICHE = "Choisissez un agent de l’annuaire : ajoutez-y d’abord celui-ci."
RELIRE = "Ces fiches ont changé depuis l’aperçu : relisez-le, puis appliquez."


@dataclass(frozen=True)
class FicheVoulue:
    """A record of the selection: what it would say, or why it stays as it is."""

    numero: int
    titre: str
    ecarts: list[tuple[str, str, str]]
    """(label, old, new)"""
    refus: str
    version: int

    @property
    def change(self) -> bool:
        return bool(self.ecarts) and not self.refus


@dataclass(frozen=True)
class PageDeSelection:
    """The records, the fields, and what would be done once some are filled."""

    vue: VueTandem
    form: Formulaire
    fiches: list[FicheVoulue]
    est_lue: bool
    generales: tuple[str, ...] = ()

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    @property
    def changees(self) -> list[int]:
        return [fiche.numero for fiche in self.fiches if fiche.change]

    @property
    def refusees(self) -> int:
        return sum(1 for fiche in self.fiches if fiche.refus)

    @property
    def empreinte(self) -> str:
        """Changes with anything that the person has read."""
        lu = [(x.numero, x.version, x.ecarts, x.refus) for x in self.fiches]
        return hashlib.sha256(str(lu).encode()).hexdigest()[:32]


class SelectionView(BaseView):
    route_base = "/modifier-la-selection"
    class_permission_name = "jeune"
    default_view = "modifier"

    @expose("/<table>", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def modifier(self, table: str) -> str | tuple[str, int] | Reponse:
        """The fields to fill, then what would be done, then done."""
        vue = vue_de(table)
        if vue is None or not vue.en_lot:
            abort(404)
        if not acces.perimetre().peut(vue.ressource, "modifier"):
            abort(403)
        numeros = _choisis(vue)
        if not numeros or len(numeros) > AU_PLUS:
            phrase = "Cochez au moins une fiche."
            if numeros:
                phrase = f"Choisissez {AU_PLUS} fiches au plus : filtrez davantage la liste."
            flash(phrase, "attention")
            adresse = request.query_string.decode("ascii", "replace")
            return redirect(f"{request.script_root}{vue.route_base}/?{adresse}")
        return _lire_et_faire(vue, numeros)


def _choisis(vue: VueTandem) -> list[int]:
    """The records ticked; with ``tout``, all those of the list, one more than is allowed if so."""
    if request.form.get("tout") == "oui":
        requete = vue.requete(filtres.lire_demande_de_liste(vue)).limit(AU_PLUS + 1)
        return list(db.session.scalars(requete))
    lus = (saisie.numero(texte) for texte in request.form.getlist("rowid")[: AU_PLUS + 1])
    return list(dict.fromkeys(numero for numero in lus if numero is not None))


def _formulaire(vue: VueTandem, *, rempli: bool) -> Formulaire:
    """The fields of the act: each may stay empty, and then changes nothing."""
    form = composer(vue, list(vue.en_lot), creation=False)(request.form if rempli else None)
    form.preparer(None)
    for champ in form.notres:
        champ.requis = False
        if isinstance(champ, ChampListe):
            champ.vide = "Ne pas changer"
    return form


def _lire_et_faire(vue: VueTandem, numeros: list[int]) -> str | tuple[str, int] | Reponse:
    acte = request.form.get("acte")
    if acte not in ("apercu", "appliquer"):
        form = _formulaire(vue, rempli=False)
        return _rendre(PageDeSelection(vue, form, _fiches(vue, numeros, []), False))
    form = _formulaire(vue, rempli=True)
    valide = form.validate()
    for champ in form.notres:
        if getattr(champ, "nouveau", None):
            formulaire.refuser(form, SANS_FICHE, champ.name)
    if not valide or form.errors:
        return _rendre(PageDeSelection(vue, form, _fiches(vue, numeros, []), False)), 422
    champs = [champ for champ in form.notres if champ.data is not None]
    page = PageDeSelection(vue, form, _fiches(vue, numeros, champs), True)
    if acte == "apercu":
        return _rendre(page)
    if not page.changees:
        return _refuser(page, RIEN_A_FAIRE)
    if request.form.get("empreinte") != page.empreinte:
        return _refuser(page, RELIRE)
    return _appliquer(page, champs)


def _appliquer(page: PageDeSelection, champs: list[Champ]) -> tuple[str, int] | Reponse:
    noms = ", ".join(champ.label.text for champ in champs)
    titre = f"Modifier la sélection : {page.vue.pluriel}, {noms}"
    valeurs = {champ.name: champ.data for champ in champs}
    try:
        numero = lots.modifier(page.vue.modele.__tablename__, page.changees, valeurs, titre)
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        return _refuser(page, expliquer(erreur)[0])
    flash("C’est fait.", "succes")
    return redirect(url_for("PassationView.voir", numero=numero))


def _fiches(vue: VueTandem, numeros: list[int], champs: list[Champ]) -> list[FicheVoulue]:
    """Those that the person sees, in the order of the list, and what would become of each."""
    return [_fiche(vue, fiche, champs) for fiche in vue.lignes(numeros)]


def _fiche(vue: VueTandem, fiche: Any, champs: list[Champ]) -> FicheVoulue:
    neufs = [champ for champ in champs if getattr(fiche, champ.name) != champ.data]
    refus = ""
    if not vue.peut_sur("modifier", fiche):
        refus = IMPOSSIBLE_ICI
    elif neufs:
        refus = _refus(vue, fiche, {champ.name: champ.data for champ in neufs})
    ecarts = []
    for champ in neufs:
        prop = vue.propriete(champ.name)
        ecarts.append((prop.libelle, prop.texte(fiche), champ.texte(champ.data)))
    return FicheVoulue(fiche.id, _titre(vue, fiche), ecarts, refus, fiche.version)


def _titre(vue: VueTandem, fiche: Any) -> str:
    """The name of the record, and of its youth when it does not say it."""
    titre = vue.titre(fiche)
    jeune = str(getattr(fiche, "jeune", ""))
    return titre if jeune in titre else f"{titre} – {jeune}"


def _refus(vue: VueTandem, fiche: Any, neuves: dict[str, Any]) -> str:
    """What the screen or the base would refuse of this record, as far as its own row tells."""

    def lire(nom: str) -> Any:
        return neuves.get(nom, getattr(fiche, nom))

    table = fiche.__table__
    for debut, fin in catalogue.ordres(table):
        if lire(debut) and lire(fin) and lire(fin) < lire(debut):
            return PHRASES[f"ck_{table.name}_{debut}_{fin}"][0]
    for colonne in dates.colonnes_de_date(table):
        lue = lire(colonne.name)
        if colonne.name in neuves and dates.est_un_fait(colonne, lire) and lue > aujourd_hui():
            return FUTUR
    return vue.refus_en_lot(fiche, lire, neuves)


def _refuser(page: PageDeSelection, phrase: str) -> tuple[str, int]:
    return _rendre(PageDeSelection(page.vue, page.form, page.fiches, True, (phrase,))), 422


def _rendre(page: PageDeSelection) -> str:
    fil: Fil = fil_d_ariane((page.vue.pluriel, f"{page.vue.route_base}/"))
    return render_template("modifier_la_selection.html", page=page, fil=fil)


VUES = (SelectionView,)
