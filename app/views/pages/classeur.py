"""The classeur de reprise on screen: send it, see what it would do, apply or drop it, undo it;
export it, get its model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, func, select
from werkzeug.wrappers import Response as Reponse

from app import menu
from app.acces import Perimetre
from app.echanges.formats.ecriture import MIME, TropDeLignes
from app.echanges.reprise import annulation, extraction, mon_tableau
from app.echanges.reprise.annulation import AnnulationRefusee
from app.echanges.reprise.choix import ChoixDuFichier
from app.extensions import db
from app.menu import AuMenu
from app.models import Importation, Travail
from app.models.traitements import ATTENTE_D_UNE_DECISION
from app.models.travail import STATUTS as STATUTS_DU_TRAVAIL
from app.regles.age import aujourd_hui
from app.regles.heures import moment
from app.travaux import imports
from app.views.pages import territoire
from app.views.socle import differe, saisie
from app.views.socle.affichage import elements
from app.views.socle.compteur import Compteur, DemandeDeCompteur, combien
from app.views.socle.fichiers import envoyer_ecrit
from app.views.socle.motif import lire_motif

DERNIERS = 20
"""Imports that the page lists."""
RAFRAICHIR = {"Refresh": "2"}
"""Seconds after which the page of a work in progress is asked for again."""
STATUTS = {
    "examen": "En vérification",
    "colonnes": "Colonnes à dire",
    "examinee": "À vérifier",
    "application": "En cours d’import",
    "appliquee": "Appliqué",
    "annulee": "Annulé",
    "abandonnee": "Abandonné",
    "illisible": "Refusé",
}


@dataclass(frozen=True)
class PageDesImports:
    """The last imports of the person, and the form to send another workbook."""

    derniers: Sequence[Importation]
    manque: bool
    """The form was sent without a file."""

    @staticmethod
    def statut(importation: Importation) -> str:
        """« À vérifier », and how many youths wait for a decision there."""
        attendent = len(ChoixDuFichier.de_json(importation.choix).attentes)
        if not attendent or importation.statut != "examinee":
            return STATUTS[importation.statut]
        return f"{attendent} jeune{'s' if attendent > 1 else ''} à décider"


ANNULE = "L’import est annulé : les fiches sont comme avant."
ANNULE_EN_PARTIE = "Le reste de l’import est annulé ; ce qui a changé depuis est resté."
INTERROMPU = "Le travail a été interrompu : rien n’a été écrit."
PAR_PAGE = 50
"""Lines of each table of the preview."""


LIGNES_UNE_A_UNE = 20
"""A value refused in so many rows at most is also mended row by row."""


@dataclass(frozen=True)
class Tranche:
    """A page of a table of the preview."""

    lignes: Sequence[Any]
    page: int
    pages: int


@dataclass(frozen=True)
class ValeurAMontrer:
    """A value refused in a column, on the page where it is mended."""

    groupe: Mapping[str, Any]
    valeur: Mapping[str, Any]
    nom: str
    """Of its fields in the form."""

    @property
    def proposition(self) -> Mapping[str, Any]:
        return self.valeur["proposition"] or {}

    @property
    def lignes(self) -> Sequence[tuple[int, str]]:
        return self.valeur["lignes"]

    @property
    def une_a_une(self) -> bool:
        return 1 < len(self.lignes) <= LIGNES_UNE_A_UNE


@dataclass(frozen=True)
class PageDImport:
    """A workbook that was sent: how far it is, what it would do or did."""

    importation: Importation
    refus: AnnulationRefusee | None = None
    """Why it cannot be undone."""
    changes: Sequence[Row[Any]] = ()
    """What was done since to its records, on the page where it is undone."""
    details: int = imports.DETAILS

    @property
    def rapport(self) -> dict[str, Any]:
        return self.importation.rapport or {}

    @property
    def depuis(self) -> Sequence[str]:
        """What was changed since, that keeps the import from being undone whole."""
        if self.changes:
            return imports.dire_depuis(self.changes)
        return self.rapport.get("depuis", [])

    @property
    def dossiers_gardes(self) -> Sequence[str]:
        """The youths whose file stays as it is when the rest is undone."""
        return sorted(imports.noms_des_jeunes(c.jeune_id for c in self.changes).values())

    @property
    def travail(self) -> Travail | None:
        """The work of the queue while it waits or runs."""
        if imports.est_en_route(self.importation):
            return self.importation.travail
        return None

    @property
    def raison_de_l_arret(self) -> str:
        """Why what was to be read or written is not; empty when nothing stopped."""
        if not imports.est_arrete(self.importation):
            return ""
        travail = self.importation.travail
        return (travail and travail.message) or INTERROMPU

    @property
    def etape(self) -> str:
        if self.importation.statut in ("appliquee", "annulee"):
            return "enregistrement"
        return "corrections" if self.rapport.get("nombre_refus") else "verification"

    @property
    def refus_a_corriger(self) -> Tranche:
        """The values refused, those of one reason together, a page at a time."""
        toutes = [
            ValeurAMontrer(groupe, valeur, f"v{numero}-{rang}")
            for numero, groupe in enumerate(self.rapport.get("groupes", []))
            for rang, valeur in enumerate(groupe["valeurs"])
        ]
        return self.tranche("refus", toutes)

    @property
    def laisses(self) -> list[tuple[str, int, str, str, str]]:
        """The cells refused, once the rest is written: sheet, row, column, value, reason."""
        return [
            (groupe["feuille"], ligne, groupe["colonne"], valeur["valeur"], groupe["raison"])
            for groupe in self.rapport.get("groupes", [])
            for valeur in groupe["valeurs"]
            for ligne, _ in valeur["lignes"]
        ]

    @property
    def propositions(self) -> int:
        """How many values have one."""
        groupes = self.rapport.get("groupes", [])
        return sum(v["proposition"] is not None for g in groupes for v in g["valeurs"])

    @property
    def listes(self) -> dict[str, list[str]]:
        """Code list → its labels, of those that the refusals are about."""
        voulues = {g["liste"] for g in self.rapport.get("groupes", []) if g["liste"]}
        return {
            liste: [e.libelle for e in tous.values() if e.actif]
            for liste, tous in elements(*voulues).items()
        }

    @property
    def choix(self) -> ChoixDuFichier:
        return ChoixDuFichier.de_json(self.importation.choix)

    @property
    def attentes(self) -> Sequence[Mapping[str, str]]:
        """The youths to decide later, each beside the one whom they look like."""
        return list(self.choix.attentes.values())

    @property
    def a_ecrire(self) -> bool:
        return bool(self.rapport.get("crees") or self.rapport.get("modifies"))

    @property
    def garde_jusqu_au(self) -> date:
        """The last day of what waits for a decision."""
        return (self.importation.deposee_le + ATTENTE_D_UNE_DECISION).date()

    def tranche(self, nom: str, lignes: Sequence[Any]) -> Tranche:
        """The lines of the page that the address names for this table; the last one beyond."""
        pages = max(1, math.ceil(len(lignes) / PAR_PAGE))
        page = min(saisie.numero(request.args.get(nom)) or 1, pages)
        debut = (page - 1) * PAR_PAGE
        return Tranche(lignes[debut : debut + PAR_PAGE], page, pages)

    @property
    def suite(self) -> Importation | None:
        """The import of the rows that were left to decide later, while it waits."""
        numero = self.rapport.get("suite")
        suite = db.session.get(Importation, numero) if numero else None
        return suite if suite is not None and suite.statut in imports.A_DECIDER else None

    @property
    def statut(self) -> str:
        if self.raison_de_l_arret:
            return "Arrêté"
        if self.travail is not None:
            return STATUTS_DU_TRAVAIL[self.travail.statut]
        return STATUTS[self.importation.statut]


@dataclass(frozen=True)
class PageDExport:
    """What is asked before the whole workbook leaves: what for."""

    manque: bool = False
    refus: str = ""
    """Why it cannot be written."""


class ClasseurView(BaseView):
    route_base = "/classeur"
    class_permission_name = "classeur"
    au_menu = (
        AuMenu(menu.COMPTES, 60, "Importer un classeur", "index", acte="creer"),
        AuMenu(menu.COMPTES, 70, "Exporter le classeur", "exporter", acte="exporter"),
    )
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("creer")
    def index(self) -> str:
        return _imports()

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("creer")
    def deposer(self) -> Reponse | tuple[str, int]:
        fichier = request.files.get("fichier")
        if fichier is None or not fichier.filename:
            return _imports(manque=True), 422
        try:
            return redirect(url_for(".voir", numero=imports.deposer(fichier)))
        except imports.DejaEnCours:
            db.session.rollback()
            flash(
                "Votre classeur précédent n’est pas fini : attendez-le, puis renvoyez celui-ci.",
                "attention",
            )
            return redirect(url_for(".index"))

    @expose("/<numero:numero>")
    @has_access
    @permission_name("creer")
    def voir(self, numero: int) -> Reponse | tuple[str, int, dict[str, str]]:
        page = PageDImport(_trouver(numero))
        if page.importation.statut == "colonnes" and page.travail is None:
            return redirect(url_for("ColonnesDuClasseurView.colonnes", numero=numero))
        rendue = render_template(
            "classeur_import.html", page=page, moment=moment, fil=_fil_des_imports()
        )
        return rendue, 200, RAFRAICHIR if page.travail else {}

    @expose("/<numero:numero>/appliquer", methods=["POST"])
    @has_access
    @permission_name("creer")
    def appliquer(self, numero: int) -> Reponse:
        _trouver(numero)
        if not imports.appliquer(numero, request.form.get("garder") == "oui"):
            flash("Cet import n’attend pas d’être appliqué.", "attention")
        return redirect(url_for(".voir", numero=numero))

    @expose("/<numero:numero>/recommencer", methods=["POST"])
    @has_access
    @permission_name("creer")
    def recommencer(self, numero: int) -> Reponse:
        _trouver(numero)
        if not imports.recommencer(numero):
            flash("Cet import n’est pas arrêté.", "attention")
        return redirect(url_for(".voir", numero=numero))

    @expose("/<numero:numero>/abandonner", methods=["POST"])
    @has_access
    @permission_name("creer")
    def abandonner(self, numero: int) -> Reponse:
        importation = _trouver(numero)
        if not imports.abandonner(numero):
            flash("Ce travail était déjà terminé.", "attention")
        elif importation.statut == "abandonnee":
            flash("Le classeur est abandonné : rien n’a été écrit.", "succes")
            return redirect(url_for(".index"))
        else:
            flash("L’annulation est abandonnée : l’import reste en place.", "succes")
        return redirect(url_for(".voir", numero=numero))

    @expose("/<numero:numero>/annuler", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def annuler(self, numero: int) -> Reponse | tuple[str, int]:
        _trouver(numero)
        refus = None
        if request.method == "POST":
            reste = request.form.get("reste") == "oui"
            try:
                if imports.annuler(numero, reste=reste):
                    flash(ANNULE_EN_PARTIE if reste else ANNULE, "succes")
                return redirect(url_for(".voir", numero=numero))
            except AnnulationRefusee as erreur:
                refus = erreur
        page = PageDImport(_trouver(numero), refus, annulation.changes_depuis(numero))
        rendue = render_template(
            "classeur_annuler.html", page=page, moment=moment, fil=_fil_des_imports()
        )
        return rendue, 422 if page.refus else 200

    @expose("/exporter", methods=["GET", "POST"])
    @has_access
    @permission_name("exporter")
    def exporter(self) -> Response | Reponse | tuple[str, int]:
        if request.method == "GET":
            return _demander_pourquoi(PageDExport())
        motif = lire_motif()
        if not motif:
            return _demander_pourquoi(PageDExport(manque=True))
        une_par_jeune = request.form.get("forme") == "tableau"
        lignes = mon_tableau.nombre_de_lignes if une_par_jeune else extraction.nombre_de_lignes
        if attente := differe.differer_les_dossiers("Classeur de reprise", lignes):
            return attente
        if une_par_jeune:
            return envoyer_ecrit(
                lambda chemin: mon_tableau.exporter(chemin, motif=motif),
                f"mon-tableau-{aujourd_hui():%Y-%m-%d}.xlsx",
                MIME,
            )
        try:
            return envoyer_ecrit(
                lambda chemin: extraction.exporter(
                    chemin, motif=motif, avancer=lambda _, fait, total: differe.avancer(fait, total)
                ),
                f"classeur-de-reprise-{aujourd_hui():%Y-%m-%d}.xlsx",
                MIME,
            )
        except TropDeLignes as erreur:
            return _demander_pourquoi(PageDExport(refus=str(erreur)))

    @expose("/modele")
    @has_access
    @permission_name("lire")
    def modele(self) -> Response:
        return envoyer_ecrit(extraction.ecrire_modele, "classeur-de-reprise-modele.xlsx", MIME)


def a_compter(perimetre: Perimetre) -> list[DemandeDeCompteur]:
    """Of the home page: the youths of one's imports who wait for a decision."""
    if not perimetre.peut("classeur", "creer"):
        return []
    attentes = select(func.jsonb_object_keys(Importation.choix["attentes"])).where(
        Importation.statut == "examinee", Importation.choix.has_key("attentes")
    )
    ligne = combien(attentes)
    dits = ("jeune d’un import à décider", "jeunes d’un import à décider")
    return [DemandeDeCompteur(ligne, lambda nombre: Compteur("imports", nombre, *dits), False)]


def _imports(*, manque: bool = False) -> str:
    derniers = select(Importation).order_by(Importation.id.desc()).limit(DERNIERS)
    page = PageDesImports(db.session.scalars(derniers).all(), manque)
    return render_template("classeur.html", page=page, moment=moment, fil=territoire.fil())


def _demander_pourquoi(page: PageDExport) -> tuple[str, int]:
    rendue = render_template("classeur_exporter.html", page=page, fil=territoire.fil())
    return rendue, 422 if page.manque or page.refus else 200


def _trouver(numero: int) -> Importation:
    """The import of that number, if it is one's own: the base shows no other."""
    return db.session.get(Importation, numero) or abort(404)


def _fil_des_imports() -> list[tuple[str, str]]:
    return territoire.fil(("Importer un classeur", url_for("ClasseurView.index")))


VUES = (ClasseurView,)
