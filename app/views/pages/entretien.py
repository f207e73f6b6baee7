"""The entretien des 17 ans (M4): who came, the six needs on one page, the projet to print.

What is written belongs to the day of the interview; an interview on which nothing is written yet
starts from what was said at the one before.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces
from app.extensions import db
from app.models import Besoin, Etape, Jeune, Rencontre
from app.regles.age import anniversaire, aujourd_hui
from app.regles.parametres import AGE_ENTRETIEN, AGE_MAJORITE
from app.sorties_de_donnees import FichierSorti, noter
from app.views import dossier
from app.views.dossier import AgentMontre
from app.views.socle import choix, formulaire
from app.views.socle.affichage import elements, en_texte
from app.views.socle.champs import (
    ChampDate,
    ChampOuiNon,
    ChampTexte,
    ChampTexteLong,
    Formulaire,
)
from app.views.socle.lecture import noter_la_lecture
from app.views.socle.motif import dire_pourquoi
from app.views.socle.page import Fil, fil_d_ariane
from app.views.socle.periode import pas_demain

ENTRETIEN = "ENTRETIEN_17"
PROJET = "PROJET_17"
PREVUE = "PREVUE"
TENUE = "TENUE"
QUOI = ("etat", "action", "qui", "pour_le")
"""What is said of each need: the columns of ``Besoin``."""
EN_MOTS_SIMPLES = {
    "RESSOURCES": "Votre argent",
    "LOGEMENT": "Votre logement",
    "EMPLOI_FORMATION": "Vos études, votre travail",
    "SOINS": "Votre santé",
    "DEMARCHES": "Vos papiers et vos droits",
    "SOCIO_EDUCATIF": "Les personnes qui vous aident",
}
"""Need → how the printed projet calls it, to the youth."""
RELIRE = "Quelqu’un a changé ces besoins pendant que vous écriviez : relisez-les, puis enregistrez."


class ChampBesoin(ChampTexteLong):
    """A sentence or two: six needs hold on one screen."""

    rangees = 2


class ChampQui(ChampTexte):
    """Whoever takes care of it: one of those whom the page names, or anybody."""

    connus = "connus"


@dataclass(frozen=True)
class Entretien:
    """The interview, what was written of it, and the day on which the projet was signed."""

    rencontre: Rencontre
    besoins: dict[str, Besoin]
    repris: dict[str, Besoin]
    """What the interview before said, where nothing is written of this one."""
    signature: Etape | None

    @property
    def jeune(self) -> Jeune:
        return self.rencontre.jeune

    @property
    def signe_le(self) -> date | None:
        return self.signature and self.signature.faite_le

    @property
    def empreinte(self) -> str:
        """Changes with anything that the page writes."""
        fiches = (self.rencontre, self.signature, *self.besoins.values())
        lu = [(x.__tablename__, x.id, x.version) for x in fiches if x is not None]
        return hashlib.sha256(str(lu).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class PageDeLEntretien:
    """The six needs, to write."""

    entretien: Entretien
    form: Formulaire
    domaines: dict[str, str]
    """Code → label, in their order."""
    connus: list[str]
    """Names offered for « Qui »: the youth, then those who follow them."""
    jeton: uuid.UUID
    """Of the form, so that a second click writes nothing."""
    generales: Sequence[str] = ()

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        """What to correct, each need named."""
        seuls = (self.form["rsase_present"], self.form["signe_le"])
        erreurs = [(champ, phrase) for champ in seuls for phrase in champ.errors]
        for code, libelle in self.domaines.items():
            for champ in self.champs_de(code):
                erreurs.extend((champ, f"{libelle}, {phrase}") for phrase in champ.errors)
        return erreurs

    def champs_de(self, domaine: str) -> list[Field]:
        return [self.form[f"{quoi}_{domaine}"] for quoi in QUOI]


@dataclass(frozen=True)
class BesoinImprime:
    """A need as the youth reads it; without record, nothing was said of it."""

    titre: str
    besoin: Besoin | None


@dataclass(frozen=True)
class PageDuProjet:
    """The projet d’accès à l’autonomie, to print and to sign."""

    entretien: Entretien
    besoins: list[BesoinImprime]
    binome: list[AgentMontre]
    se_complete: bool
    """Whether the reader may write the needs, and the day of the signature."""

    @property
    def majorite(self) -> date:
        return anniversaire(self.entretien.jeune.date_naissance, AGE_MAJORITE.valeur)


class EntretienView(BaseView):
    route_base = "/entretiens-17"
    sous_le_menu = "JeuneView"
    class_permission_name = "besoin"
    default_view = "dernier"

    @expose("/dernier")
    @has_access
    @permission_name("creer")
    def dernier(self) -> str | Reponse:
        """The latest interview of ``?jeune=``; without any, what to do first."""
        jeune = choix.demande("jeune", "jeune")
        rencontre = db.session.scalar(
            select(Rencontre.id)
            .where(Rencontre.jeune_id == jeune.id, _a_ecrire())
            .order_by(Rencontre.le.desc(), Rencontre.id.desc())
            .limit(1)
        )
        if rencontre is not None:
            return _montrer(rencontre)
        fil = _fil(jeune)
        return render_template("tandem/entretien_a_prevoir.html", jeune=jeune, fil=fil)

    @expose("/<numero:numero>", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def ecrire(self, numero: int) -> str | tuple[str, int] | Reponse:
        if request.method == "GET":
            return _montrer(numero)
        return _enregistrer(_page(_lire(numero, "creer", verrou=True), recu=True))

    @expose("/<numero:numero>/imprimer")
    @has_access
    @permission_name("lire")
    def imprimer(self, numero: int) -> str:
        """The projet in plain French, for the youth to keep and to sign."""
        entretien = _lire(numero, "lire")
        jeune = entretien.jeune
        perimetre = acces.perimetre()
        binome = dossier.ouvrir(jeune, aujourd_hui(), perimetre).binome
        dits = [
            BesoinImprime(EN_MOTS_SIMPLES.get(code, libelle), entretien.besoins.get(code))
            for code, libelle in _domaines().items()
        ]
        page = PageDuProjet(
            entretien,
            dits,
            dossier.qui_suit(binome, aujourd_hui()),
            perimetre.peut("besoin", "creer", jeune.mds_id),
        )
        noter_la_lecture("besoin", None, jeune.id)
        dedans = [jeune.id]
        rendue = render_template("tandem/projet_autonomie.html", page=page, fil=_fil(jeune))
        dire_pourquoi("PERSONNE", "Projet d’accès à l’autonomie, remis au jeune")
        noter(FichierSorti("Projet d’accès à l’autonomie, imprimé", "besoin", 1, dedans))
        db.session.commit()
        return rendue


def _montrer(numero: int) -> str:
    page = _page(_lire(numero, "creer"), recu=False)
    noter_la_lecture("besoin", None, page.entretien.jeune.id)
    rendue = _rendre(page)
    db.session.commit()
    return rendue


def _page(entretien: Entretien, *, recu: bool) -> PageDeLEntretien:
    domaines = _domaines()
    form = _formulaire(entretien, domaines, recu=recu)
    jeton = formulaire.jeton_recu() or uuid.uuid4()
    return PageDeLEntretien(entretien, form, domaines, _noms_connus(entretien), jeton)


def _a_ecrire() -> Any:
    """The interviews whose day has come, held or not yet said to be."""
    return (
        (Rencontre.type_code == ENTRETIEN)
        & (Rencontre.le <= aujourd_hui())
        & Rencontre.statut_code.in_((TENUE, PREVUE))
    )


def _lire(numero: int, acte: str, *, verrou: bool = False) -> Entretien:
    """The interview, or 404: the same answer for one that may not be seen."""
    requete = select(Rencontre).where(Rencontre.id == numero, _a_ecrire())
    if verrou:
        requete = requete.with_for_update(of=Rencontre)
    rencontre = db.session.scalar(requete) or abort(404)
    if not acces.perimetre().peut("besoin", acte, rencontre.mds_id):
        abort(403)
    if rencontre.jeune.est_anonyme:
        abort(404)
    tous = db.session.scalars(
        select(Besoin)
        .where(Besoin.jeune_id == rencontre.jeune_id, Besoin.entretien_le <= rencontre.le)
        .order_by(Besoin.entretien_le, Besoin.id)
    ).all()
    siens = {b.domaine_code: b for b in tous if b.entretien_le == rencontre.le}
    signature = db.session.scalar(
        select(Etape).where(Etape.jeune_id == rencontre.jeune_id, Etape.echeance == PROJET)
    )
    repris = {} if siens else {b.domaine_code: b for b in tous}
    return Entretien(rencontre, siens, repris, signature)


def _domaines() -> dict[str, str]:
    lus = elements("domaine_besoin")["domaine_besoin"]
    return {code: item.libelle for code, item in lus.items() if item.actif}


def _noms_connus(entretien: Entretien) -> list[str]:
    vu = dossier.ouvrir(entretien.jeune, aujourd_hui(), acces.perimetre())
    suivent = [agent.nom for agent in dossier.qui_suit(vu.binome, aujourd_hui())]
    return [entretien.jeune.prenom, *suivent]


def _formulaire(entretien: Entretien, domaines: dict[str, str], *, recu: bool) -> Formulaire:
    """Four fields a need, then who came and when the projet was signed."""
    champs: dict[str, Any] = {
        "rsase_present": ChampOuiNon("RSASE présent"),
        "signe_le": ChampDate("Projet signé le", aide="Vide : pas encore signé."),
    }
    depart: dict[str, Any] = {
        "rsase_present": entretien.rencontre.rsase_present,
        "signe_le": entretien.signe_le,
    }
    ecrits = entretien.besoins or entretien.repris
    for code in domaines:
        champs[f"etat_{code}"] = ChampBesoin("Où en est le jeune")
        champs[f"action_{code}"] = ChampBesoin("Ce qui est prévu")
        champs[f"qui_{code}"] = ChampQui("Qui", taille=300)
        champs[f"pour_le_{code}"] = ChampDate("Pour le")
        for quoi in QUOI:
            depart[f"{quoi}_{code}"] = getattr(ecrits.get(code), quoi, None)
    form: Formulaire = type("FormulaireDesBesoins", (Formulaire,), champs)(
        request.form if recu else None, data=depart
    )
    form.preparer(None)
    return form


def _enregistrer(page: PageDeLEntretien) -> tuple[str, int] | Reponse:
    form = page.form
    numero = page.entretien.rencontre.id
    if formulaire.deja_envoye(page.jeton):
        return redirect(url_for("EntretienView.ecrire", numero=numero))
    if form.validate():
        pas_demain(form, "signe_le")
    if form.errors:
        return _rendre(page), 422
    if request.form.get("empreinte") != page.entretien.empreinte:
        return _refuser(page, [RELIRE])
    if formulaire.reserver(page.jeton, "besoin", numero):
        return redirect(url_for("EntretienView.ecrire", numero=numero))
    dits = _ecrire_la_rencontre(page)
    _ecrire_les_besoins(page)
    _ecrire_la_signature(page)
    if not formulaire.ecrire(form, conclure=True):
        return _refuser(page, form.form_errors)
    flash(f"Besoins enregistrés.{dits}", "succes")
    return redirect(url_for("EntretienView.ecrire", numero=numero))


def _ecrire_la_rencontre(page: PageDeLEntretien) -> str:
    """Who came; planned, the interview is held since its needs are written."""
    rencontre = page.entretien.rencontre
    rencontre.rsase_present = page.form["rsase_present"].data
    if rencontre.statut_code != PREVUE:
        return ""
    rencontre.statut_code = TENUE
    return f" L’entretien du {en_texte(rencontre.le)} est noté tenu."


def _ecrire_les_besoins(page: PageDeLEntretien) -> None:
    """One record a need of which something is said; the others of that day go."""
    entretien = page.entretien
    jeune = entretien.jeune
    for code in page.domaines:
        dit = {quoi: page.form[f"{quoi}_{code}"].data for quoi in QUOI}
        besoin = entretien.besoins.get(code)
        if not any(dit.values()):
            if besoin is not None:
                db.session.delete(besoin)
            continue
        if besoin is None:
            besoin = Besoin(
                jeune_id=jeune.id, entretien_le=entretien.rencontre.le, domaine_code=code
            )
            db.session.add(besoin)
        for quoi, valeur in dit.items():
            if getattr(besoin, quoi) != valeur:
                setattr(besoin, quoi, valeur)


def _ecrire_la_signature(page: PageDeLEntretien) -> None:
    """The step « Projet d’accès à l’autonomie » is done on the day of the signature."""
    entretien = page.entretien
    le = page.form["signe_le"].data
    if le == entretien.signe_le:
        return
    if le is None:
        db.session.delete(entretien.signature)
        return
    etape = entretien.signature
    if etape is None:
        etape = Etape(jeune_id=entretien.jeune.id, echeance=PROJET)
        db.session.add(etape)
    etape.faite_le = le
    etape.est_sans_objet = False


def _refuser(page: PageDeLEntretien, phrases: Sequence[str]) -> tuple[str, int]:
    refusee = PageDeLEntretien(
        page.entretien, page.form, page.domaines, page.connus, uuid.uuid4(), tuple(phrases)
    )
    return _rendre(refusee), 422


def _fil(jeune: Jeune) -> Fil:
    return fil_d_ariane(("Jeunes", "/jeunes/"), (str(jeune), f"/jeunes/{jeune.id}"))


def _rendre(page: PageDeLEntretien) -> str:
    return render_template(
        "tandem/entretien.html", page=page, age=AGE_ENTRETIEN, fil=_fil(page.entretien.jeune)
    )


VUES = (EntretienView,)
