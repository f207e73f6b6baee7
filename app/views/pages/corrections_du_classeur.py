"""Mending a file in the preview of its import: refused cells, empty cells, likely duplicates."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from app.echanges.reprise.choix import Correction
from app.extensions import db
from app.models import Importation
from app.regles.texte import accorder
from app.travaux import imports

TAILLE = 2000


class CorrectionsDuClasseurView(BaseView):
    route_base = "/classeur"
    sous_le_menu = "ClasseurView"
    class_permission_name = "classeur"
    default_view = "corriger"

    @expose("/<numero:numero>/corriger", methods=["POST"])
    @has_access
    @permission_name("creer")
    def corriger(self, numero: int) -> Response:
        """Take every proposition, or what was typed on the page: for a value, or for one row."""
        groupes = (_trouver(numero).rapport or {}).get("groupes", [])
        lire = _propositions if request.form.get("accepter") == "toutes" else _tapees
        corrections = list(lire(groupes))
        if not corrections:
            flash("Rien n’a été corrigé : écrivez d’abord ce qu’il faut lire.", "attention")
        elif imports.corriger(numero, corrections):
            dit = accorder(len(corrections), "correction prise", "corrections prises")
            flash(f"{dit} : le fichier est relu avec.", "succes")
        return _voir(numero)

    @expose("/<numero:numero>/vides", methods=["POST"])
    @has_access
    @permission_name("creer")
    def vides(self, numero: int) -> Response:
        _trouver(numero)
        imports.vider(numero, request.form.get("vides") == "effacer")
        return _voir(numero)

    @expose("/<numero:numero>/doublon", methods=["POST"])
    @has_access
    @permission_name("creer")
    def doublon(self, numero: int) -> Response:
        _trouver(numero)
        ou = request.form.get("ou", "")
        if not imports.decider(numero, ou, request.form.get("reponse", "")):
            flash("Cette réponse n’est plus attendue.", "attention")
        return _voir(numero)


def _trouver(numero: int) -> Importation:
    importation = db.session.get(Importation, numero) or abort(404)
    if importation.statut != "examinee":
        abort(404)
    return importation


def _voir(numero: int) -> Response:
    return redirect(url_for("ClasseurView.voir", numero=numero))


Groupe = Mapping[str, Any]


def _propositions(groupes: list[Groupe]) -> Iterator[Correction]:
    for groupe in groupes:
        for valeur in groupe["valeurs"]:
            if valeur["proposition"] is not None:
                yield _de_la_proposition(groupe, valeur)


def _de_la_proposition(groupe: Groupe, valeur: Mapping[str, Any]) -> Correction:
    """What is proposed for a value, or for the cell of another row that would mend it."""
    p = valeur["proposition"]
    if p["ligne"]:
        return Correction(groupe["feuille"], p["colonne"], p["avant"], p["valeur"], p["ligne"])
    return Correction(groupe["feuille"], groupe["colonne"], valeur["valeur"], p["valeur"])


def _tapees(groupes: list[Groupe]) -> Iterator[Correction]:
    """Of each value of the page: replaced by what was typed, else taken as proposed, or emptied."""
    for rang_groupe, groupe in enumerate(groupes):
        for rang, valeur in enumerate(groupe["valeurs"]):
            nom = f"v{rang_groupe}-{rang}"
            ici = (groupe["feuille"], groupe["colonne"], valeur["valeur"])
            par = _texte(f"{nom}-par")
            if par:
                yield Correction(*ici, par)
            elif f"{nom}-prendre" in request.form and valeur["proposition"]:
                yield _de_la_proposition(groupe, valeur)
            elif f"{nom}-vide" in request.form:
                yield Correction(*ici, "")
            for ligne, _ in valeur["lignes"]:
                if seule := _texte(f"{nom}-{ligne}-par"):
                    yield Correction(*ici, seule, ligne)


def _texte(nom: str) -> str:
    return request.form.get(nom, "").replace("\0", "").strip()[:TAILLE]


VUES = (CorrectionsDuClasseurView,)
