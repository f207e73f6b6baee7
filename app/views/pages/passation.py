"""« Passer la main »: from whom, to whom, from which day, for which youths; read before it is done.

One screen, sent again for each look at what would be done; an act that was made has its page, where
it is taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import menu
from app.erreurs import expliquer
from app.extensions import db
from app.journal import AnnulationRefusee
from app.menu import AuMenu
from app.models import ModificationGroupee
from app.regles import passation as regles
from app.regles.age import aujourd_hui
from app.regles.heures import moment
from app.travaux.imports import dire_depuis
from app.views import lot as lots
from app.views import passation
from app.views.passation import AgentVu, ApercuDePassation
from app.views.socle import choix, formulaire, saisie
from app.views.socle.champs import ChampDate, ChampNombre, Formulaire
from app.views.socle.champs_choix import ChampReference
from app.views.socle.page import Fil, adresse, fil_d_ariane

RIEN_A_PASSER = "Aucun jeune ne passe : cochez-en, ou corrigez ce qui est refusé."
RELIRE = "Ce qui serait fait a changé depuis l’aperçu : relisez-le, puis appliquez."


class ChoixDeLAgent(Formulaire):
    """Whose portfolio."""

    de = ChampReference("De", table="agent", requis=True)


class FormulaireDePassation(Formulaire):
    """To whom and when; the youths are ticked in the table."""

    vers = ChampReference("À", table="agent", requis=True)
    du = ChampDate("À partir du", requis=True)
    jusqu_au = ChampDate("Jusqu’au", aide="Dernier jour du remplacement. Vide : pour de bon.")
    en_double = ChampNombre(
        "Jours en double",
        maximum=regles.EN_DOUBLE_AU_PLUS,
        aide="Les premiers jours, l’agent remplacé garde ces jeunes dans « Les miens ».",
    )
    vers_2 = ChampReference("Un autre agent", table="agent")
    vers_3 = ChampReference("Un troisième agent", table="agent")

    def verifier(self) -> bool:
        """Each field, then the days together; what is wrong is told in its place."""
        if not self.validate():
            return False
        if self.du.data < aujourd_hui():
            formulaire.refuser(self, "Choisissez aujourd’hui ou un jour à venir.", "du")
        if self.jusqu_au.data is not None and self.jusqu_au.data < self.du.data:
            formulaire.refuser(self, "Le remplacement finit avant de commencer.", "jusqu_au")
        if (self.en_double.data or 0) < 0:
            formulaire.refuser(self, "Écrivez un nombre de jours, comme 5.", "en_double")
        return not self.errors

    def passation(self, de: int) -> regles.Passation:
        return regles.Passation(de, self.du.data, self.jusqu_au.data, self.en_double.data or 0)

    @property
    def receveurs(self) -> list[AgentVu]:
        """Those who take over, once each, the first for whatever is not said."""
        champs = (self.vers, self.vers_2, self.vers_3)
        fiches = [champ.fiche() for champ in champs if champ.data is not None]
        vus = [passation.voir(fiche) for fiche in fiches if fiche is not None]
        return list({vu.id: vu for vu in vus}.values())


@dataclass(frozen=True)
class PageDeChoix:
    """Before an agent is chosen: the field, and the last acts of the person."""

    form: Formulaire
    actes: Sequence[ModificationGroupee]
    moment = staticmethod(moment)

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return _erreurs(self.form)


@dataclass(frozen=True)
class PageDePassation:
    """The portfolio of an agent, and what would be done of it."""

    form: FormulaireDePassation
    apercu: ApercuDePassation
    receveurs: list[AgentVu] = field(default_factory=list)
    est_lue: bool = False
    """What would be done is shown."""
    instances = passation.INSTANCES
    generales: tuple[str, ...] = ()

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return _erreurs(self.form)


@dataclass(frozen=True)
class PageDeLActe:
    """An act that was made, and whether it can still be taken back."""

    lot: ModificationGroupee
    est_annulable: bool
    refus: str = ""
    depuis: Sequence[str] = ()
    moment = staticmethod(moment)


class PassationView(BaseView):
    route_base = "/passer-la-main"
    class_permission_name = "binome"
    default_view = "index"
    au_menu = AuMenu(menu.SUIVI, 65, "Passer la main", "index", acte="modifier")

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def index(self) -> str | tuple[str, int] | Reponse:
        """The portfolio of ``?de=``; sent, what would be done, then done."""
        if "de" not in request.args:
            return _choisir()
        numero = saisie.numero(request.args["de"])
        agent = None if numero is None else choix.trouver("agent", numero)
        if agent is None:
            return _choisir() if "de-texte" in request.args else abort(404)
        de = passation.voir(agent)
        if request.method == "GET":
            return _montrer(de)
        return _lire_et_faire(de)

    @expose("/<numero:numero>")
    @has_access
    @permission_name("modifier")
    def voir(self, numero: int) -> str:
        lot = _trouver(numero)
        annulable = lot.annulee_le is None and lots.acte_de(lot).est_annulable()
        return _montrer_l_acte(PageDeLActe(lot, annulable))

    @expose("/<numero:numero>/annuler", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def annuler(self, numero: int) -> Reponse | tuple[str, int]:
        """Take the act back as one, while nothing has changed since."""
        try:
            lots.annuler(_trouver(numero))
            db.session.commit()
        except AnnulationRefusee as refus:
            db.session.rollback()
            page = PageDeLActe(_trouver(numero), False, str(refus), dire_depuis(refus.lignes))
            return _montrer_l_acte(page), 422
        flash("C’est annulé : les fiches sont comme avant.", "succes")
        return redirect(url_for(".voir", numero=numero))

    @expose("/rendre", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def rendre(self) -> Reponse:
        """End today the temporary replacement of ``de`` by ``vers``."""
        de = choix.demande("agent", "de").id
        vers = saisie.numero_demande("vers") or abort(400)
        try:
            numero = lots.rendre(de, vers)
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            flash(expliquer(erreur)[0], "erreur")
            return redirect(adresse(f"/agents/{de}"))
        if numero is None:
            flash("Il n’y a plus rien à rendre ici.", "attention")
            return redirect(adresse(f"/agents/{de}"))
        flash("La main est rendue à partir d’aujourd’hui.", "succes")
        return redirect(url_for(".voir", numero=numero))


def _erreurs(form: Formulaire) -> list[tuple[Field, str]]:
    return [(champ, phrase) for champ in form for phrase in champ.errors]


def _fil(*suite: tuple[str, str]) -> Fil:
    return fil_d_ariane(("Agents", "/agents/"), *suite)


def _choisir() -> str | tuple[str, int] | Reponse:
    """Whose portfolio; an agent found by the words typed opens it."""
    cherche = "de-texte" in request.args
    form = ChoixDeLAgent(request.args if cherche else None)
    form.preparer(None)
    refuse = cherche and not form.validate()
    if cherche and not refuse:
        return redirect(url_for(".index", de=form.de.data))
    page = PageDeChoix(form, lots.derniers())
    rendue = render_template("passer_la_main_choisir.html", page=page, fil=_fil())
    return (rendue, 422) if refuse else rendue


def _montrer(de: AgentVu) -> str:
    demain = aujourd_hui() + timedelta(days=1)
    form = FormulaireDePassation(None, du=demain, en_double=0)
    form.preparer(None)
    apercu = passation.preparer(de, regles.Passation(de.id, demain), None)
    return _rendre(PageDePassation(form, apercu))


def _rendre(page: PageDePassation) -> str:
    fil = _fil((page.apercu.de.nom, f"/agents/{page.apercu.de.id}"))
    return render_template("passer_la_main.html", page=page, fil=fil)


def _lire_et_faire(de: AgentVu) -> str | tuple[str, int] | Reponse:
    form = FormulaireDePassation(request.form)
    form.preparer(None)
    if not form.verifier():
        choisies = dict.fromkeys(_cochees())
        demain = aujourd_hui() + timedelta(days=1)
        apercu = passation.preparer(de, regles.Passation(de.id, demain), choisies)
        return _rendre(PageDePassation(form, apercu)), 422
    receveurs = form.receveurs
    choisies = {numero: _receveur(numero, receveurs) for numero in _cochees()}
    apercu = passation.preparer(de, form.passation(de.id), choisies)
    page = PageDePassation(form, apercu, receveurs, est_lue=True)
    if request.form.get("acte") != "appliquer":
        return _rendre(page)
    if not apercu.passe:
        return _refuser(page, RIEN_A_PASSER)
    if request.form.get("empreinte") != apercu.empreinte:
        return _refuser(page, RELIRE)
    return _appliquer(page)


def _appliquer(page: PageDePassation) -> tuple[str, int] | Reponse:
    try:
        numero = lots.appliquer(page.apercu)
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        return _refuser(page, expliquer(erreur)[0])
    flash("C’est fait : la main est passée.", "succes")
    return redirect(url_for(".voir", numero=numero))


def _refuser(page: PageDePassation, phrase: str) -> tuple[str, int]:
    refusee = PageDePassation(page.form, page.apercu, page.receveurs, True, (phrase,))
    return _rendre(refusee), 422


def _cochees() -> list[int]:
    """The binômes that are ticked, and what instances gave when it is."""
    lus = [saisie.numero(texte) for texte in request.form.getlist("binome")]
    cochees = [numero for numero in lus[: passation.MAX_BINOMES] if numero is not None]
    if request.form.get("instances") == "oui":
        cochees.append(passation.INSTANCES)
    return cochees


def _receveur(binome: int, receveurs: list[AgentVu]) -> AgentVu:
    """Who takes this binôme over: the one chosen on its line, else the first."""
    voulu = saisie.numero(request.form.get(f"vers-{binome}"))
    return next((vu for vu in receveurs if vu.id == voulu), receveurs[0])


def _trouver(numero: int) -> ModificationGroupee:
    """The act of that number, if it is one's own: the base shows no other."""
    return db.session.get(ModificationGroupee, numero) or abort(404)


def _montrer_l_acte(page: PageDeLActe) -> str:
    fil = _fil(("Passer la main", "/passer-la-main/"))
    return render_template("passer_la_main_faite.html", page=page, fil=fil)


VUES = (PassationView,)
