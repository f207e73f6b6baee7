"""What a responsable chooses for their MDS, and the ceilings lifted for a day."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_login import current_user

from app import menu
from app.menu import AuMenu
from app.models import LeveeDePlafond, ReglageMds
from app.regles.age import aujourd_hui
from app.regles.finalites import dit_pourquoi
from app.views.socle import formulaire
from app.views.socle.affichage import nom_mds
from app.views.socle.base import VueTandem


class ReglageMdsView(VueTandem):
    datamodel = SQLAInterface(ReglageMds)
    route_base = "/reglages-de-mds"
    nom = "un réglage"
    pluriel = "Réglages de MDS"
    aide_liste = (
        "Ce que votre MDS demande à ses agents. Sans réglage, le plafond est celui du Département, "
        "et aucun motif n’est demandé pour lire."
    )
    list_columns = ["mds_id", "plafond_lignes", "motif_hors_portefeuille"]
    add_columns = edit_columns = ["mds_id", "plafond_lignes", "motif_hors_portefeuille"]
    show_columns = ["mds_id", "plafond_lignes", "motif_hors_portefeuille"]
    search_columns = ["mds_id"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "delete"}
    au_menu = AuMenu(menu.ADMINISTRATION, 62)

    def titre(self, fiche: ReglageMds) -> str:
        return f"Réglages de la MDS {nom_mds(fiche.mds_id)}"


class LeveeDePlafondView(VueTandem):
    datamodel = SQLAInterface(LeveeDePlafond)
    route_base = "/levees-de-plafond"
    nom = "une levée de plafond"
    pluriel = "Levées de plafond"
    add_title = "Lever le plafond de quelqu’un pour aujourd’hui"
    aide_liste = (
        "Le plafond de lignes emportées en un jour ne vaut pas, ce jour-là, pour la personne : "
        "dites pourquoi."
    )
    list_columns = ["le", "compte_id", "mds_id", "motif", "donnee_par_id"]
    add_columns = ["mds_id", "compte_id", "motif"]
    edit_columns = ["motif"]
    show_columns = ["le", "compte_id", "mds_id", "motif", "donnee_par_id"]
    search_columns = ["mds_id", "le", "compte_id"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "edit", "delete"}
    base_order = ("le", "desc")
    au_menu = AuMenu(menu.ADMINISTRATION, 64)

    def titre(self, fiche: LeveeDePlafond) -> str:
        return f"Levée du plafond de {fiche.compte}"

    def valider(self, form, fiche) -> None:
        if form.motif.data and not dit_pourquoi(form.motif.data):
            formulaire.refuser(form, "Dites pourquoi, en dix lettres au moins.", "motif")

    def avant_ecriture(self, fiche: LeveeDePlafond, *, creation: bool) -> None:
        fiche.le = aujourd_hui()
        fiche.donnee_par_id = current_user.id


VUES = (ReglageMdsView, LeveeDePlafondView)
