"""The bilan (M13).

What is written for it through the year, what it will say, and the Word document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import Response, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response as Reponse

from app import acces, menu
from app.echanges.bilan import contenu as bilans
from app.echanges.bilan import document as bilan_document
from app.echanges.tableau.mensuel import PREMIERE_ANNEE
from app.erreurs import PeriodeRefusee
from app.indicateurs import graphiques
from app.menu import AuMenu
from app.models import Mds
from app.regles.age import aujourd_hui
from app.views.pages import territoire
from app.views.socle import differe
from app.views.socle.fichiers import envoyer_ecrit


@dataclass(frozen=True)
class AnneeChoisie:
    """The year, the last day and the MDS that the request names.

    And the territories the person may choose.
    """

    annee: int
    au: date | None
    mds: Mds | None
    territoires: territoire.Territoires

    @property
    def adresse(self) -> dict[str, str]:
        return {
            "annee": str(self.annee),
            "au": self.au.isoformat() if self.au else "",
            "mds": territoire.code(self.mds),
        }


def annee_choisie(valeurs: Mapping[str, str]) -> AnneeChoisie:
    """By default this year, and the first MDS allowed. Refuses (404) what cannot be chosen."""
    territoires = territoire.permis("bilan")
    mds = territoires.choisi(valeurs)
    au = None
    try:
        annee = int(valeurs.get("annee") or aujourd_hui().year)
        if valeurs.get("au"):
            au = date.fromisoformat(valeurs["au"])
        bilans.bornes(annee, au)
    except bilans.BilanRefuse as refus:
        raise PeriodeRefusee(str(refus)) from refus
    except ValueError as refus:
        raise PeriodeRefusee("L’année ou le dernier jour ne se lit pas.") from refus
    return AnneeChoisie(annee, au, mds, territoires)


@dataclass(frozen=True)
class PageDuBilan:
    """The bilan on the screen, as the document will say it."""

    demande: AnneeChoisie
    bilan: bilans.Bilan
    peut_exporter: bool
    peut_ecrire: bool
    rubriques: Mapping[str, str] = field(default_factory=lambda: bilans.RUBRIQUES)
    rien_d_ecrit: str = bilan_document.RIEN_D_ECRIT
    par_mds: Sequence[Sequence[str]] = bilan_document.PAR_MDS

    @property
    def annees(self) -> range:
        return range(aujourd_hui().year, PREMIERE_ANNEE - 1, -1)

    @property
    def graphiques(self) -> list[graphiques.Graphique]:
        bilan = self.bilan
        evolutions = []
        for code in graphiques.EVOLUTIONS:
            points = [(fin, resultats[code]) for fin, resultats in bilan.tendance]
            evolutions.append(graphiques.evolution(code, points))
        return [*evolutions, graphiques.typologie(bilan.resultats["I8"], bilan.logements)]

    @staticmethod
    def euros(convention: bilans.SuiviConvention) -> list[tuple[str, str]]:
        """What was planned and paid, line by line."""
        return bilan_document.lignes_de_financement(convention)

    @staticmethod
    def solde(convention: bilans.SuiviConvention) -> str:
        return bilan_document.ce_que_dit_le_solde(convention)


class BilanView(BaseView):
    route_base = "/bilan"
    class_permission_name = "bilan"
    au_menu = AuMenu(menu.COMPTES, 40, "Bilan", "index")
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self) -> str:
        demande = annee_choisie(request.args)
        bilan = bilans.preparer_bilan(demande.annee, demande.mds, demande.au)
        mds_id = bilan.mds and bilan.mds.id
        perimetre = acces.perimetre()
        page = PageDuBilan(
            demande,
            bilan,
            peut_exporter=perimetre.peut("bilan", "exporter", mds_id),
            peut_ecrire=perimetre.peut("texte_bilan", "creer", mds_id),
        )
        return render_template("bilan.html", page=page, fil=territoire.fil())

    @expose("/telecharger", methods=["POST"])
    @has_access
    @permission_name("exporter")
    def telecharger(self) -> Response | Reponse:
        demande = annee_choisie(request.form)
        territoire.motif_exige("le bilan")
        titre = f"Bilan {demande.annee}, {territoire.nom(demande.mds)}"
        if attente := differe.differer_les_chiffres(titre, demande.mds and demande.mds.id):
            return attente
        bilan = bilans.preparer_bilan(demande.annee, demande.mds, demande.au)
        from app.echanges.formats.document import MIME

        return envoyer_ecrit(
            lambda chemin: bilan_document.ecrire(bilan, chemin), bilan.nom_de_fichier, MIME
        )


VUES = (BilanView,)
