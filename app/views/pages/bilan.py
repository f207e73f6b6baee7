"""The bilan (M13): what is written for it through the year, what it will say, and the Word
document."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import abort, render_template, request, send_file
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from app import acces, departement, menu
from app.echanges.bilan import contenu as bilans
from app.echanges.bilan import document as bilan_document
from app.echanges.formats.document import MIME
from app.extensions import db
from app.indicateurs import graphiques
from app.menu import AuMenu
from app.models import Mds
from app.regles.age import aujourd_hui


@dataclass(frozen=True)
class Demande:
    """The year, the last day and the MDS that the address names, and those the person may choose."""

    annee: int
    au: date | None
    mds: Mds | None
    choix: list[tuple[str, str]]
    """(code, name) of the MDS; "" = the whole Département."""

    @property
    def adresse(self) -> dict[str, str]:
        return {
            "annee": str(self.annee),
            "au": self.au.isoformat() if self.au else "",
            "mds": "" if self.mds is None else self.mds.code,
        }


def lire_demande(valeurs) -> Demande:
    """By default this year, and the first MDS allowed. Refuses (404) what cannot be chosen."""
    permises = acces.perimetre().mds("bilan", "lire")
    toutes = {
        m.code: m for m in db.session.scalars(select(Mds).order_by(Mds.nom)) if m.id in permises
    }
    choix = [("", departement.courant().nom)] if permises is acces.TOUTES else []
    choix += [(m.code, m.nom) for m in toutes.values()]
    code = valeurs.get("mds", choix[0][0])
    if code not in dict(choix):
        abort(404)
    try:
        annee = int(valeurs.get("annee") or aujourd_hui().year)
        au = date.fromisoformat(valeurs["au"]) if valeurs.get("au") else None
        bilans.bornes(annee, au)
    except bilans.BilanRefuse as refus:
        abort(404, description=str(refus))
    except ValueError:
        abort(404, description="L’année ou le dernier jour ne se lit pas.")
    return Demande(annee, au, toutes.get(code), choix)


class BilanView(BaseView):
    route_base = "/bilan"
    class_permission_name = "bilan"
    au_menu = AuMenu(menu.COMPTES, 40, "Bilan", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        demande = lire_demande(request.args)
        bilan = bilans.preparer(demande.annee, demande.mds, demande.au)
        numero, perimetre = bilan.mds and bilan.mds.id, acces.perimetre()
        dessins = [
            graphiques.evolution(code, [(fin, r[code]) for fin, r in bilan.tendance])
            for code in graphiques.EVOLUTIONS
        ]
        return render_template(
            "bilan.html",
            demande=demande,
            bilan=bilan,
            rubriques=bilans.RUBRIQUES,
            rien=bilan_document.RIEN_D_ECRIT,
            graphiques=[*dessins, graphiques.typologie(bilan.resultats["I8"], bilan.logements)],
            par_mds=bilan_document.PAR_MDS,
            euros=bilan_document.lignes_de_financement,
            solde=bilan_document.ce_que_dit_le_solde,
            peut_exporter=perimetre.peut("bilan", "exporter", numero),
            peut_ecrire=perimetre.peut("texte_bilan", "creer", numero),
            annees=range(aujourd_hui().year, bilans.PREMIERE_ANNEE - 1, -1),
            fil=[("Accueil", f"{request.script_root}/")],
        )

    @expose("/telecharger", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def telecharger(self):
        demande = lire_demande(request.form)
        bilan = bilans.preparer(demande.annee, demande.mds, demande.au)
        acces.agir_pour(acces.contexte().acteur, motif="Bilan")
        with tempfile.TemporaryDirectory(prefix="tandem-bilan-") as dossier:
            chemin = Path(dossier) / "bilan.docx"
            bilan_document.ecrire(bilan, chemin)
            fichier = chemin.open("rb")  # stays readable once its folder is gone
        return send_file(
            fichier, MIME, as_attachment=True, download_name=bilan.nom_de_fichier, max_age=0
        )


VUES = (BilanView,)
