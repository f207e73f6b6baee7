"""The classeur de reprise on screen: send it, see what it would do, apply or drop it, undo it;
export it, get its model."""

import tempfile
from pathlib import Path

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from app import acces, menu
from app.echanges.formats.ecriture import MIME, TropDeLignes
from app.echanges.reprise import annulation, depot, extraction
from app.echanges.reprise.annulation import AnnulationRefusee
from app.extensions import db
from app.journal import moment
from app.menu import AuMenu
from app.models import Importation
from app.regles.age import aujourd_hui

DERNIERS = 20
"""Imports that the page lists."""
STATUTS = {
    "examen": "Lecture en cours",
    "examinee": "À vérifier",
    "application": "Écriture en cours",
    "appliquee": "Appliqué",
    "annulee": "Annulé",
    "abandonnee": "Abandonné",
    "illisible": "Refusé",
}


class ClasseurView(BaseView):
    route_base = "/classeur"
    class_permission_name = "classeur"
    au_menu = (
        AuMenu(menu.COMPTES, 60, "Importer un classeur", "index", acte="creer"),
        AuMenu(menu.COMPTES, 70, "Exporter le classeur", "exporter", acte="exporter"),
    )
    default_view = "index"

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def index(self):
        if request.method == "POST":
            envoi = request.files.get("fichier")
            if envoi is not None and envoi.filename:
                try:
                    return redirect(url_for(".voir", numero=depot.deposer(envoi)))
                except depot.DejaEnCours:
                    flash(
                        "Votre classeur précédent n’est pas fini : attendez-le, puis renvoyez celui-ci.",
                        "attention",
                    )
                    return redirect(url_for(".index"))
        derniers = db.session.scalars(
            select(Importation).order_by(Importation.id.desc()).limit(DERNIERS)
        ).all()
        manque = request.method == "POST"
        page = render_template(
            "classeur.html",
            derniers=derniers,
            statuts=STATUTS,
            moment=moment,
            manque=manque,
            fil=_fil(),
        )
        return page, 422 if manque else 200

    @expose("/<int(max=2147483647):numero>")
    @has_access
    @permission_name("creer")
    def voir(self, numero: int):
        importation = _trouver(numero)
        en_cours = importation.statut in depot.EN_COURS
        interrompu = depot.est_interrompu(importation)
        page = render_template(
            "classeur_import.html",
            importation=importation,
            rapport=importation.rapport or {},
            statut=STATUTS[importation.statut],
            en_cours=en_cours and not interrompu,
            interrompu=interrompu,
            moment=moment,
            details=depot.DETAILS,
            fil=_fil(True),
        )
        return page, 200, {"Refresh": "2"} if en_cours and not interrompu else {}

    @expose("/<int(max=2147483647):numero>/appliquer", methods=["POST"])
    @has_access
    @permission_name("creer")
    def appliquer(self, numero: int):
        _trouver(numero)
        if not depot.appliquer(numero, request.form.get("garder") == "oui"):
            flash("Cet import n’attend pas d’être appliqué.", "attention")
        return redirect(url_for(".voir", numero=numero))

    @expose("/<int(max=2147483647):numero>/abandonner", methods=["POST"])
    @has_access
    @permission_name("creer")
    def abandonner(self, numero: int):
        _trouver(numero)
        depot.abandonner(numero)
        flash("Le classeur est abandonné : rien n’a été écrit.", "succes")
        return redirect(url_for(".index"))

    @expose("/<int(max=2147483647):numero>/annuler", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def annuler(self, numero: int):
        importation = _trouver(numero)
        refus: AnnulationRefusee | None = None
        if request.method == "POST":
            try:
                annulation.annuler(numero)
            except AnnulationRefusee as erreur:
                refus = erreur
            else:
                flash("L’import est annulé : les fiches sont comme avant.", "succes")
                return redirect(url_for(".voir", numero=numero))
        page = render_template(
            "classeur_annuler.html",
            importation=importation,
            rapport=importation.rapport or {},
            refus=refus,
            moment=moment,
            fil=_fil(True),
        )
        return page, 422 if refus else 200

    @expose("/exporter", methods=["GET", "POST"])
    @has_access
    @permission_name("exporter")
    def exporter(self):
        motif = " ".join(request.form.get("motif", "").replace("\0", "").split())[:300]
        refus = None
        if motif:
            acces.agir_pour(acces.contexte().acteur, motif=motif)
            with tempfile.TemporaryDirectory(prefix="tandem-classeur-") as dossier:
                chemin = Path(dossier) / "classeur.xlsx"
                try:
                    extraction.exporter(chemin, motif=motif)
                except TropDeLignes as erreur:
                    refus = str(erreur)
                else:
                    fichier = chemin.open("rb")  # stays readable once its folder is gone
                    nom = f"classeur-de-reprise-{aujourd_hui():%Y-%m-%d}.xlsx"
                    return send_file(
                        fichier, MIME, as_attachment=True, download_name=nom, max_age=0
                    )
        manque = request.method == "POST" and not motif
        page = render_template(
            "classeur_exporter.html",
            manque=manque,
            refus=refus,
            fil=[("Accueil", f"{request.script_root}/")],
        )
        return page, 422 if manque or refus else 200

    @expose("/modele")
    @has_access
    @permission_name("lire")
    def modele(self):
        with tempfile.TemporaryDirectory(prefix="tandem-modele-") as dossier:
            chemin = Path(dossier) / "modele.xlsx"
            extraction.ecrire_modele(chemin)
            fichier = chemin.open("rb")
        return send_file(
            fichier,
            MIME,
            as_attachment=True,
            download_name="classeur-de-reprise-modele.xlsx",
            max_age=0,
        )


def _trouver(numero: int) -> Importation:
    """The import of that number, if it is one's own: the base shows no other."""
    return db.session.get(Importation, numero) or abort(404)


def _fil(sous_page: bool = False) -> list[tuple[str, str]]:
    accueil = [("Accueil", f"{request.script_root}/")]
    return (
        [*accueil, ("Importer un classeur", url_for("ClasseurView.index"))]
        if sous_page
        else accueil
    )


VUES = (ClasseurView,)
