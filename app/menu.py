"""The whole menu, one table: what is shown, where it leads, the right it asks for. An entry without
right is hidden."""

import functools
from dataclasses import dataclass

from flask import current_app, request, url_for

from app import acces
from app.securite import CONNECTE


@dataclass(frozen=True)
class Entree:
    libelle: str
    endpoint: str
    ressource: str
    acte: str = "lire"


MENU: tuple[tuple[str, tuple[Entree, ...]], ...] = (
    ("", (Entree("Accueil", "Accueil.index", CONNECTE),)),
    ("Suivi des jeunes", (
        Entree("Jeunes", "JeuneView.list", "jeune"),
        Entree("Alertes", "AlerteView.list", "alerte"),
        Entree("Rencontres", "RencontreView.list", "rencontre"),
        Entree("Actions collectives", "ActionCollectiveView.list", "action_collective"),
        Entree("Accompagnements", "AccompagnementView.list", "accompagnement"),
        Entree("Binômes", "BinomeView.list", "binome"),
        Entree("Mesures ASE", "MesureView.list", "mesure"),
        Entree("Situations", "SituationView.list", "situation"),
        Entree("Freins", "FreinView.list", "frein"),
        Entree("Mobilisations", "MobilisationView.list", "mobilisation"),
        Entree("Enquêtes", "EnqueteView.list", "enquete"),
        Entree("Transferts", "TransfertView.list", "transfert"),
        Entree("Fusions", "FusionView.list", "fusion"),
    )),
    ("Partenariat", (
        Entree("Permanences et comités", "InstanceView.list", "instance"),
        Entree("Calendrier des obligations", "ObligationsView.index", "instance"),
        Entree("Partenaires", "PartenaireView.list", "partenaire"),
        Entree("Annuaire des services", "ServiceView.list", "service"),
    )),
    ("Rendre compte", (
        Entree("Indicateurs", "IndicateursView.index", "chiffre"),
        Entree("Tableau mensuel", "TableauView.index", "tableau"),
        Entree("Tableaux envoyés", "EnvoiView.index", "envoi"),
        Entree("Bilan", "BilanView.index", "bilan"),
        Entree("Textes du bilan", "TexteBilanView.list", "texte_bilan"),
        Entree("Importer un classeur", "ClasseurView.index", "classeur", "creer"),
        Entree("Exporter le classeur", "ClasseurView.exporter", "classeur"),
    )),
    ("Moyens", (
        Entree("Postes", "PosteView.list", "poste"),
        Entree("Conventions", "ConventionView.list", "convention"),
    )),
    ("Administration", (
        Entree("Qui a accès à quoi", "MesAcces.index", CONNECTE),
        Entree("Habilitations", "HabilitationView.list", "habilitation"),
        Entree("Comptes", "CompteView.list", "compte", "modifier"),
        Entree("Listes de codes", "ListesView.index", "nomenclature", "modifier"),
        Entree("MDS", "MdsView.list", "mds", "modifier"),
        Entree("Conservation des dossiers", "ConservationView.index", "conservation"),
        Entree("Journal", "JournalView.list", "journal"),
        Entree("État du service", "EtatDuService.index", "compte", "modifier"),
        Entree("Demandes des personnes", "DemandePersonneView.list", "demande_personne"),
    )),
)  # fmt: skip


@functools.lru_cache(maxsize=512)
def _adresse(endpoint: str, racine: str) -> str:
    """The address of an entry: the same for every request made under the same root."""
    return url_for(endpoint)


def composer() -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The groups of the menu for the person who asks: (title, [(label, address, is the current
    page)])."""
    perimetre, ici = acces.perimetre(), (request.endpoint or "").partition(".")[0]
    groupes = []
    for titre, entrees in MENU:
        visibles = [
            (
                e.libelle,
                _adresse(e.endpoint, request.script_root),
                e.endpoint == request.endpoint or e.endpoint == f"{ici}.list",
            )
            for e in entrees
            if e.endpoint in current_app.view_functions
            and (e.ressource == CONNECTE or perimetre.peut(e.ressource, e.acte))
        ]
        if visibles:
            groupes.append((titre, visibles))
    return groupes
