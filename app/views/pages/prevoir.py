"""« Prévoir un rendez-vous pour chacune »: late steps ticked in « À faire », planned on one day.

Read before, written in one transaction, one act of the audit log, taken back as one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces
from app.erreurs import IMPOSSIBLE_ICI, expliquer
from app.extensions import db
from app.regles.age import aujourd_hui
from app.regles.echeances import Echeance
from app.views import lot as lots
from app.views import portefeuille
from app.views.pages import a_faire
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampDate, Formulaire
from app.views.socle.champs_choix import ChampListe
from app.views.socle.page import fil_d_ariane

AU_PLUS = 100
"""Steps planned by one act: those that « À faire » shows."""
RIEN_A_FAIRE = "Aucun rendez-vous ne serait prévu : cochez une étape qui peut l’être."
RELIRE = "Ces étapes ont changé depuis l’aperçu : relisez-le, puis prévoyez."
UN_SEUL = "Ce jeune a déjà un rendez-vous dans cette sélection : prévoyez cette étape à part."
PLUS_EN_RETARD = "Cette étape n’est plus en retard : elle est faite, prévue ou sans objet."


class FormulaireDesEtapes(Formulaire):
    """The day and the place of all; the hour of each is given afterwards, on its own record."""

    le = ChampDate("Le", requis=True, aide="Le même jour pour toutes les étapes cochées.")
    lieu_code = ChampListe("Lieu", liste="lieu_rencontre")

    def verifier(self) -> bool:
        if self.validate() and self.le.data < aujourd_hui():
            formulaire.refuser(self, "Choisissez aujourd’hui ou un jour à venir.", "le")
        return not self.errors


@dataclass(frozen=True)
class EtapeChoisie:
    """A step that was ticked: planned, or why not."""

    valeur: str
    jeune: Row
    etape: Echeance | None
    refus: str

    @property
    def est_retenue(self) -> bool:
        return self.etape is not None and not self.refus


@dataclass(frozen=True)
class PageDesEtapesChoisies:
    """The steps, the day, and what would be planned."""

    form: FormulaireDesEtapes
    choisies: list[EtapeChoisie]
    est_lue: bool = False
    generales: tuple[str, ...] = ()

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    @property
    def retenues(self) -> list[EtapeChoisie]:
        return [choisie for choisie in self.choisies if choisie.est_retenue]

    @property
    def refusees(self) -> int:
        return len(self.choisies) - len(self.retenues)

    @property
    def empreinte(self) -> str:
        """Changes with anything that the person has read."""
        lu = [(choisie.valeur, choisie.refus) for choisie in self.choisies]
        return hashlib.sha256(str((lu, self.form.le.data)).encode()).hexdigest()[:32]


class PrevoirView(BaseView):
    route_base = "/prevoir-les-etapes"
    sous_le_menu = "JeuneView"
    class_permission_name = "rencontre"
    default_view = "index"

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("creer")
    def index(self) -> str | tuple[str, int] | Reponse:
        """The day to choose, then what would be planned, then planned."""
        choisies = _choisies()
        if not choisies:
            flash("Cochez au moins une étape.", "attention")
            return redirect(f"{url_for('AFaireView.index')}#etapes")
        acte = request.form.get("acte")
        form = FormulaireDesEtapes(request.form if acte else None)
        form.preparer(None)
        if not acte:
            return _rendre(PageDesEtapesChoisies(form, choisies))
        if not form.verifier():
            return _rendre(PageDesEtapesChoisies(form, choisies)), 422
        page = PageDesEtapesChoisies(form, choisies, est_lue=True)
        if acte != "appliquer":
            return _rendre(page)
        if not page.retenues:
            return _refuser(page, RIEN_A_FAIRE)
        if request.form.get("empreinte") != page.empreinte:
            return _refuser(page, RELIRE)
        return _appliquer(page)


def _choisies() -> list[EtapeChoisie]:
    """The steps ticked (« 12|CJM_18 »), of the youths that the person sees."""
    voulues: dict[int, list[str]] = {}
    for valeur in request.form.getlist("rowid")[:AU_PLUS]:
        ecrit, _, cle = valeur.partition("|")
        numero = saisie.numero(ecrit)
        if numero is not None and cle not in voulues.setdefault(numero, []):
            voulues[numero].append(cle)
    choisies: list[EtapeChoisie] = []
    for jeune, en_retard in a_faire.etapes_des_jeunes(list(voulues), aujourd_hui()):
        choisies.extend(_du_jeune(jeune, en_retard, voulues[jeune.id]))
    return choisies


def _du_jeune(jeune: Row, en_retard: list[Echeance], cles: list[str]) -> Iterator[EtapeChoisie]:
    """One rendez-vous a youth: the first step that may be planned has it."""
    etapes = {etape.cle: etape for etape in en_retard}
    permis = acces.perimetre().peut("rencontre", "creer", jeune.mds_id)
    est_pris = False
    for cle in cles:
        refus = ""
        if not permis:
            refus = IMPOSSIBLE_ICI
        elif cle not in etapes:
            refus = PLUS_EN_RETARD
        elif est_pris:
            refus = UN_SEUL
        est_pris = est_pris or not refus
        yield EtapeChoisie(f"{jeune.id}|{cle}", jeune, etapes.get(cle), refus)


def _appliquer(page: PageDesEtapesChoisies) -> tuple[str, int] | Reponse:
    combien = len(page.retenues)
    titre = f"Prévoir le {en_texte(page.form.le.data)} : {combien} étape{'s' * (combien > 1)}"
    try:
        numero = lots.prevoir(_rencontres(page), titre)
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        return _refuser(page, expliquer(erreur)[0])
    flash("C’est fait : les rendez-vous sont prévus. Donnez à chacun son heure.", "succes")
    return redirect(url_for("PassationView.voir", numero=numero))


def _rencontres(page: PageDesEtapesChoisies) -> list[dict[str, Any]]:
    commun = {
        "le": page.form.le.data,
        "lieu_code": page.form.lieu_code.data,
        "statut_code": "PREVUE",
        "fixee_le": aujourd_hui(),
        "agents": portefeuille.mon_nom(),
    }
    return [
        commun
        | {
            "jeune_id": choisie.jeune.id,
            "type_code": choisie.etape.type_rencontre,
            "etape": choisie.etape.cle,
        }
        for choisie in page.retenues
        if choisie.etape
    ]


def _refuser(page: PageDesEtapesChoisies, phrase: str) -> tuple[str, int]:
    refusee = PageDesEtapesChoisies(page.form, page.choisies, True, (phrase,))
    return _rendre(refusee), 422


def _rendre(page: PageDesEtapesChoisies) -> str:
    fil = fil_d_ariane(("À faire", "/a-faire/"))
    return render_template("tandem/prevoir_les_etapes.html", page=page, fil=fil)


VUES = (PrevoirView,)
