"""Two files of one youth: found, compared, made one, taken apart again (``acces/fusion.sql``)."""

from dataclasses import dataclass, field
from datetime import date

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import acces, erreurs, menu
from app.connexion.preuve import demander_une_preuve
from app.extensions import db
from app.menu import AuMenu
from app.models import Distinction, Fusion, Jeune
from app.models.base import PHRASES
from app.views import distinction
from app.views.socle import choix
from app.views.socle.affichage import Propriete, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import retour_local, vue_de
from app.views.socle.lecture import noter_la_lecture
from app.views.socle.page import adresse

from .doublons import doublons
from .journal import TABLES

PAS_CHOISIS = {"code", "mds_id"}
"""The kept file keeps the code by which it is known, and its MDS."""


@dataclass
class PageChoisir:
    """Where to find the other file of ``jeune``: alike, already told apart, found by words."""

    jeune: Jeune | None
    mots: str
    trouves: list[Jeune]
    proches: list[Jeune] = field(default_factory=list)
    dites: list[tuple[Distinction, str]] = field(default_factory=list)
    """(what was said, code of the other file)"""

    def comparer_a(self, jeune: Jeune) -> None:
        """Find the files that look alike, and those already said to be another youth's."""
        dites = distinction.de(jeune)
        distincts = {d.jeune_id for d in dites} | {d.autre_id for d in dites}
        memes = doublons(jeune.nom, jeune.prenom, jeune.date_naissance, jeune.id)
        self.proches = [autre for autre in memes if autre.id not in distincts]
        self.dites = [(dite, _code_de_l_autre(dite, jeune)) for dite in dites]

    @property
    def precision(self):
        return choix.CHERCHABLES["jeune"].precision


def _code_de_l_autre(dite: Distinction, jeune: Jeune) -> str:
    if dite.jeune_id == jeune.id:
        return dite.code_autre
    return dite.jeune.code


@dataclass(frozen=True)
class ChampCompare:
    """A field of both files; ``choisi``: « garde » or « autre »."""

    nom: str
    libelle: str
    ici: str
    la: str
    choisi: str


@dataclass(frozen=True)
class ComparaisonDeDossiers:
    """Both files side by side; ``tables_deplacees``: table → numbers of what would move."""

    garde: Jeune
    autre: Jeune
    refus: str
    champs: list[ChampCompare]
    empechements: list[str]
    tables_deplacees: dict[str, list[int]]
    dite: Distinction | None
    """Already said to be two youths."""

    @property
    def versions(self) -> str:
        return _versions(self.garde, self.autre)

    @property
    def differences(self) -> list[ChampCompare]:
        return [champ for champ in self.champs if champ.ici != champ.la]

    @property
    def communs(self) -> list[ChampCompare]:
        return [champ for champ in self.champs if champ.ici == champ.la and champ.ici]

    @property
    def deplacees(self) -> list[tuple[str, int]]:
        """(kind of record, how many)"""
        return [(TABLES.get(t, t), len(numeros)) for t, numeros in self.tables_deplacees.items()]

    @property
    def retour(self) -> str:
        return retour_local("")

    @property
    def precision(self):
        return choix.CHERCHABLES["jeune"].precision


class FusionView(VueTandem):
    datamodel = SQLAInterface(Fusion)
    route_base = "/fusions"
    ressource = "fusion"
    nom = "une fusion"
    pluriel = "Fusions"
    aide_liste = (
        "Deux dossiers d’un même jeune n’en font plus qu’un, qui garde toute l’histoire. Une "
        "fusion s’annule."
    )
    list_columns = [
        "code_garde",
        "code_absorbe",
        "jeune_id",
        "fusionnee_le",
        "fusionnee_par",
        "annulee_le",
        "mds_id",
    ]
    show_columns = [
        "code_garde",
        "code_absorbe",
        "fusionnee_le",
        "fusionnee_par",
        "annulee_le",
        "annulee_par",
    ]
    add_columns = edit_columns = ["code_garde"]
    search_columns = ["mds_id", "jeune_id"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "faite": ("En vigueur", lambda: Fusion.annulee_le.is_(None)),
                "annulee": ("Annulée", lambda: Fusion.annulee_le.is_not(None)),
            },
        )
    }
    exclude_route_methods = {*VueTandem.exclude_route_methods, "add", "edit", "delete", "export"}
    show_template = "tandem/fusion.html"
    au_menu = AuMenu(menu.SUIVI, 130)

    def titre(self, fiche) -> str:
        return f"Fusion du dossier {fiche.code_absorbe} dans le dossier {fiche.code_garde}"

    def peut_annuler(self, fiche) -> bool:
        return (
            fiche.annulee_le is None
            and self.peut_sur("modifier", fiche)
            and acces.perimetre().peut("fusion", "modifier", fiche.absorbe["mds_id"])
        )

    @expose("/choisir")
    @has_access
    @permission_name("creer")
    def choisir(self):
        """The other file of the same youth: those that look alike first, or found by some words.

        Without a youth in the address: the file to keep.
        """
        jeune = None
        if "jeune" in request.args:
            jeune = choix.demande("jeune", "jeune")
        mots = request.args.get("q", "")
        trouves = choix.chercher("jeune", mots)
        page = PageChoisir(jeune, mots, [autre for autre in trouves if autre != jeune])
        if jeune is not None:
            page.comparer_a(jeune)
        rendue = render_template("tandem/fusion_choisir.html", page=page, fil=self.fil(jeune=jeune))
        if mots:
            choix.consigner("jeune", len(page.trouves))
        return rendue

    @expose("/comparer", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def comparer(self):
        """Both files side by side; POST puts ``autre`` into ``jeune``, each field as chosen."""
        if "jeune" not in request.values:
            return self.choisir()
        garde, autre = distinction.deux_dossiers()
        if request.method == "GET":
            return self._comparaison(garde, autre)
        if request.form.get("versions") != _versions(garde, autre):
            refus = "L’un des deux dossiers vient de changer : vérifiez vos choix."
            return self._comparaison(garde, autre, refus), 409
        if preuve := demander_une_preuve("fusionner ces dossiers"):
            return preuve
        champs = [p.nom for p in self._champs() if request.form.get(f"champ-{p.nom}") == "autre"]
        numero = garde.id
        rendu = self._fusionner(garde, autre, champs, essai=False)
        if rendu is None:
            abort(404)
        if rendu["refus"]:
            db.session.rollback()
            return self._relue(), 409
        try:
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            refus = erreurs.expliquer(erreur)[0]
            return self._relue(refus), 409
        flash(
            "Les deux dossiers n’en font plus qu’un."
            " La fusion s’annule depuis la liste des fusions.",
            "succes",
        )
        return redirect(retour_local(adresse(f"/jeunes/{numero}")))

    @expose("/<cle>/annuler", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def annuler(self, cle: str):
        """Take the fusion back: both files as they were.

        What was added since stays in the kept one.
        """
        fiche = self.obtenir(cle)
        ici = adresse(f"{self.route_base}/{cle}")
        try:
            rendu = db.session.scalar(
                text("select acces.annuler_fusion(:id, :par)"),
                {"id": fiche.id, "par": str(current_user)},
            )
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            flash(f"Rien n’est annulé. {erreurs.expliquer(erreur)[0]}", "erreur")
            return redirect(ici)
        if rendu is None:
            flash(
                "Cette fusion est déjà annulée, ou ce n’est pas à vous de l’annuler.", "attention"
            )
        elif rendu["refus"]:
            flash(f"Rien n’est annulé. {_phrases(rendu['refus'])[0]}", "erreur")
        else:
            flash("Fusion annulée : les deux dossiers sont de nouveau séparés.", "succes")
        return redirect(ici)

    def _champs(self) -> list[Propriete]:
        """What may be chosen from either file."""
        vue = vue_de("jeune")
        noms = []
        for _, section in vue.show_fieldsets:
            noms += [nom for nom in section["fields"] if nom not in PAS_CHOISIS]
        return [vue.propriete(nom) for nom in noms]

    def _fusionner(
        self, garde: Jeune, autre: Jeune, champs: list[str], *, essai: bool
    ) -> dict | None:
        """What the base says of it; None when it is not to be done by this person."""
        return db.session.scalar(
            text("select acces.fusionner(:garde, :autre, :champs, :par, :essai)"),
            {
                "garde": garde.id,
                "autre": autre.id,
                "champs": champs,
                "par": str(current_user),
                "essai": essai,
            },
        )

    def _relue(self, refus: str = "") -> str:
        """The page again, once what was begun is undone."""
        return self._comparaison(*distinction.deux_dossiers(), refus)

    def _comparaison(self, garde: Jeune, autre: Jeune, refus: str = "") -> str:
        essai = self._fusionner(garde, autre, [], essai=True)
        if essai is None:
            abort(404)
        for jeune in (garde, autre):
            noter_la_lecture("jeune", jeune.id, jeune.id)
        page = ComparaisonDeDossiers(
            garde,
            autre,
            refus,
            [_champ_compare(champ, garde, autre) for champ in self._champs()],
            _phrases(essai["refus"]),
            essai.get("deplacees") or {},
            distinction.des_deux(garde, autre),
        )
        rendue = render_template(
            "tandem/fusion_comparer.html", page=page, fil=self.fil(jeune=garde)
        )
        db.session.commit()
        return rendue


def _champ_compare(champ: Propriete, garde: Jeune, autre: Jeune) -> ChampCompare:
    """What is kept by default: what the kept file says, or what the other one alone says."""
    ici = champ.texte(garde)
    la = champ.texte(autre)
    defaut = "garde"
    if la and not ici:
        defaut = "autre"
    choisi = request.form.get(f"champ-{champ.nom}") or defaut
    return ChampCompare(champ.nom, champ.libelle, ici, la, choisi)


def _versions(garde: Jeune, autre: Jeune) -> str:
    return f"{garde.version}.{autre.version}"


def _phrases(refus: list[dict]) -> list[str]:
    """What to solve first, one sentence a refusal of the base."""
    return [_phrase(un_refus) for un_refus in refus]


def _phrase(refus: dict) -> str:
    """The kind of record, the rule that it breaks, and when where the base says it."""
    inconnue = ("Des fiches ne sont pas compatibles entre elles.", None)
    phrase, _ = PHRASES.get(refus.get("contrainte") or "", inconnue)
    if objet := TABLES.get(refus.get("table") or ""):
        phrase = f"{objet} : {phrase}"
    if quand := _quand(refus.get("quand") or []):
        phrase = f"{phrase} ({quand})"
    return phrase


def _quand(periodes: list[list[str | None]]) -> str:
    """« du 01/02/2025 au 28/02/2025, du 10/02/2025 »; « le 01/02/2025 » for a single day."""
    mots = []
    for du, au in periodes:
        jours = [en_texte(date.fromisoformat(jour)) for jour in (du, au) if jour]
        if du == au:
            mots.append(f"le {jours[0]}")
        else:
            mots.append(f"du {' au '.join(jours)}")
    return ", ".join(mots)


VUES = (FusionView,)
