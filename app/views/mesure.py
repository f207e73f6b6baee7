"""Mesures ASE, accompagnements, binômes, alertes: what binds a youth to ASE and to the scheme."""

from datetime import date

from flask import g, redirect, request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import inspect, not_, select

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Accompagnement, Alerte, Binome, Mesure
from app.regles.age import aujourd_hui
from app.regles.parcours import DECES, ERREUR
from app.regles.sortie import derniere_sortie
from app.views import portefeuille
from app.views.champ_agent import ChampAgent, ecrire_les_agents, exiger
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.fiche import Calculee, OngletDuJeune
from app.views.socle.page import adresse as url
from app.views.socle.periode import VuePeriode, VueQuiSeTermine, en_cours

COORDONNATEUR_SEUL = "Coordonnateur seul (relais)"
"""What is read where a binôme has no référent."""


class VueDeSortie(VuePeriode):
    """« Terminer » opens the screen of the exit, and so does an edit that sets the end."""

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        liens, envois = super().actes_de_la_ligne(ligne, d, adresse)
        if ligne.du <= d.le and (ligne.au is None or ligne.au > d.le):
            table = self.modele.__tablename__
            liens.append(("Terminer", f"{request.script_root}{sortie_de(ligne, table)}"))
        return liens, envois

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        finie = inspect(fiche).attrs.au.history.has_changes() and fiche.au is not None
        if not creation and finie and fiche.au <= aujourd_hui() and not _est_clos(fiche):
            g.fin_posee = (fiche.jeune_id, fiche.au, sortie_de(fiche, self.modele.__tablename__))

    def _suite(self, cle):
        if "fin_posee" in g:
            jeune, fin, ou = g.fin_posee
            if self.est_une_sortie(jeune, fin):
                return redirect(url(ou))
        return super()._suite(cle)

    def est_une_sortie(self, jeune: int, fin: date) -> bool:
        """Whether the end that was just written is one."""
        return True


def sortie_de(ligne, table: str) -> str:
    return f"/sortie/{ligne.jeune_id}?{table}={ligne.id}"


def _est_clos(fiche) -> bool:
    """A death has its own screen, and what was an error never was."""
    motif = getattr(fiche, "motif_fin_code", None) or getattr(fiche, "motif_sortie_code", None)
    return motif in (DECES, ERREUR)


class MesureView(VueDeSortie):
    datamodel = SQLAInterface(Mesure)
    route_base = "/mesures"
    ressource = "mesure"
    nom = "une mesure ASE"
    pluriel = "Mesures ASE"
    aide_liste = (
        "Placements, tutelles, actions éducatives, contrats jeune majeur. Deux mesures peuvent se "
        "chevaucher."
    )
    list_columns = ["jeune_id", "type_code", "du", "echeance", "au", "motif_fin_code", "mds_id"]
    en_bref = ["type_code", "du", "echeance"]
    add_columns = ["jeune_id", "type_code", "du", "echeance", "au", "motif_fin_code"]
    search_columns = ["type_code", "motif_fin_code", "mds_id", "du", "echeance", "au", "jeune_id"]
    filtres_propres = en_cours(Mesure)
    au_menu = AuMenu(menu.SUIVI, 70)
    onglet = OngletDuJeune(("type", "du", "echeance", "au", "motif_fin"), "Ajouter une mesure", 60)

    def est_une_sortie(self, jeune: int, fin: date) -> bool:
        """Not while another mesure runs, or follows."""
        colonnes = (Mesure.id, Mesure.du, Mesure.au, Mesure.motif_fin_code)
        mesures = db.session.execute(select(*colonnes).where(Mesure.jeune_id == jeune)).all()
        return derniere_sortie(mesures, aujourd_hui()) == fin

    def valider(self, form, fiche) -> None:
        if form.motif_fin_code.data and form.au.data is None:
            formulaire.refuser(form, "Donnez la date de fin avec son motif.", "au")


class AccompagnementView(VueDeSortie):
    datamodel = SQLAInterface(Accompagnement)
    route_base = "/accompagnements"
    ressource = "accompagnement"
    nom = "un accompagnement"
    pluriel = "Accompagnements"
    aide_liste = (
        "Un séjour dans le dispositif. On peut en sortir et y revenir : chaque retour est un "
        "nouvel accompagnement."
    )
    list_columns = ["jeune_id", "du", "au", "motif_sortie_code", "mds_id"]
    add_columns = ["jeune_id", "du", "au", "motif_sortie_code"]
    search_columns = ["motif_sortie_code", "mds_id", "du", "au", "jeune_id"]
    filtres_propres = en_cours(Accompagnement)
    au_menu = AuMenu(menu.SUIVI, 50)
    onglet = OngletDuJeune(("du", "au", "motif_sortie"), "Ouvrir un accompagnement", 70)

    def valider(self, form, fiche) -> None:
        motif = form.motif_sortie_code.data
        if motif and motif != "ERREUR" and form.au.data is None:
            formulaire.refuser(form, "Donnez la date de sortie avec son motif.", "au")
        if form.au.data and not motif:
            formulaire.refuser(
                form, "Dites pourquoi l’accompagnement se termine.", "motif_sortie_code"
            )


class BinomeView(VuePeriode):
    datamodel = SQLAInterface(Binome)
    route_base = "/binomes"
    ressource = "binome"
    nom = "un binôme"
    pluriel = "Binômes"
    aide_liste = (
        "Le référent ASE et le coordonnateur qui suivent ensemble un jeune. Après l’ASE, le "
        "coordonnateur poursuit seul."
    )
    list_columns = ["jeune_id", "referent_ase", "coordonnateur", "du", "au", "mds_id"]
    add_columns = ["jeune_id", "referent_id", "coordonnateur_id", "du", "au"]
    show_columns = ["jeune_id", "referent_ase", "coordonnateur", "du", "au"]
    champs_propres = {
        "referent_id": ChampAgent(
            "Référent ASE",
            nom_dans="referent_ase",
            aide="Vide : le coordonnateur est seul (relais après l’ASE).",
        ),
        "coordonnateur_id": ChampAgent("Coordonnateur", nom_dans="coordonnateur"),
    }
    formatters_columns = {"referent_ase": lambda v: v or COORDONNATEUR_SEUL}
    en_lot = ["coordonnateur_id", "referent_id", "au"]
    search_columns = ["mds_id", "du", "au", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Binome.jeune_id),
        **portefeuille.filtres_des_membres(),
        "composition": (
            "Composition",
            {
                "binome": ("En binôme", lambda: Binome.referent_ase.is_not(None)),
                "seul": ("Coordonnateur seul", lambda: Binome.referent_ase.is_(None)),
            },
        ),
        **en_cours(Binome),
    }
    au_menu = AuMenu(menu.SUIVI, 60)
    onglet = OngletDuJeune(
        ("referent_ase", "coordonnateur", "du", "au"),
        "Constituer un binôme",
        80,
        calculees={
            "referent_ase": Calculee(
                "Référent ASE", lambda ligne: ligne.referent_ase or COORDONNATEUR_SEUL
            )
        },
    )

    def initiales(self) -> dict:
        """Whoever constitutes the binôme is, most often, one of the two: if an agent.

        Of a relay (``?relais=1``), the coordonnateur of the last binôme goes on alone.
        """
        valeurs = super().initiales()
        if "relais" in request.args and (coordonnateur := _dernier_coordonnateur()):
            return valeurs | {"coordonnateur_id": coordonnateur}
        agent = portefeuille.moi()
        roles = acces.perimetre().roles
        if agent is not None and "REFERENT_SEF" in roles:
            valeurs["referent_id"] = agent.id
        if agent is not None and "COORDONNATEUR" in roles:
            valeurs["coordonnateur_id"] = agent.id
        return valeurs

    def boutons_de_liste(self, demande) -> list[tuple[str, str]]:
        return portefeuille.passer_la_main(demande.valeurs)

    def refus_en_lot(self, fiche, lire, neuves) -> str:
        """Who was in a binôme that began stays there: the past is attributed by date."""
        if fiche.du < aujourd_hui() and not {"coordonnateur_id", "referent_id"}.isdisjoint(neuves):
            return f"Ce binôme a commencé le {en_texte(fiche.du)} : employez « Passer la main »."
        if lire("coordonnateur_id") == lire("referent_id"):
            return "Le coordonnateur et le référent d’un binôme sont deux personnes."
        return ""

    def valider(self, form, fiche) -> None:
        exiger(form, "coordonnateur_id")
        ecrire_les_agents(form, fiche)


def _dernier_coordonnateur() -> int | None:
    """Of the youth whom the address names; None when they never had one."""
    requete = select(Binome.coordonnateur_id).where(
        Binome.jeune_id == saisie.numero_demande("jeune")
    )
    return db.session.scalar(requete.order_by(Binome.du.desc()).limit(1))


class AlerteView(VueQuiSeTermine):
    datamodel = SQLAInterface(Alerte)
    route_base = "/alertes"
    ressource = "alerte"
    nom = "une alerte"
    pluriel = "Alertes"
    aide_liste = (
        "Les risques de rupture : scolarité, lieu d’accueil, fugue… Les alertes ouvertes viennent "
        "d’abord."
    )
    list_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par", "mds_id"]
    add_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par"]
    search_columns = ["motif_code", "mds_id", "du", "au", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Alerte.jeune_id),
        **en_cours(Alerte, clos_le_jour_meme=True),
    }
    base_order = ("ouverte", "desc")
    en_lot = ["motif_code", "au", "signalee_par"]
    au_menu = AuMenu(menu.SUIVI, 20)
    onglet = OngletDuJeune(("motif", "du", "au", "signalee_par"), "Signaler une alerte", 30)

    def trier(self, requete, tri: str):
        if tri.removeprefix("-") != "ouverte":
            return super().trier(requete, tri)
        ouverte = Alerte.au.is_(None) | (Alerte.au > aujourd_hui())
        return requete.order_by(not_(ouverte), Alerte.du.desc(), Alerte.id.desc())


VUES = (MesureView, AccompagnementView, BinomeView, AlerteView)
