"""Every route × every role × {own MDS, another's, none}: what is answered, and that no foreign name
is in the body.

``donnees/matrice.csv`` says which roles may do what on each noun (C coordonnateur, R référent SEF,
S SLAI, M responsable de MDS, P pilotage départemental, D DPO, A administrateur technique);
``AUTRES`` says it of the routes that are not a noun's.
"""

import csv
import re

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Habilitation
from config import RACINE
from tests import factories as f
from tests.connexions import ouvrir_session

ROLES = {
    "C": "COORDONNATEUR",
    "R": "REFERENT_SEF",
    "S": "SLAI",
    "M": "RESPONSABLE",
    "P": "DPID",
    "D": "DPO",
    "A": "ADMINISTRATEUR",
}
TOUS = "".join(ROLES)
CONNECTE, PUBLIC = "connecte", "public"
STANDARD = {
    "list": "lire",
    "show": "lire",
    "add": "creer",
    "edit": "modifier",
    "delete": "supprimer",
    "export": "exporter",
}
AUTRES = {
    "static": PUBLIC,
    "sante.repondre": PUBLIC,
    "AccompagnementView.terminer": "CM",
    "AlerteView.terminer": "CRM",
    "BinomeView.terminer": "CRM",
    "FreinView.terminer": "CM",
    "SituationView.confirmer": "CM",
    "TransfertView.repondre": "M",
    "HabilitationView.retirer": "MA",
    "FusionView.choisir": "RM",
    "FusionView.comparer": "RM",
    "FusionView.annuler": "RM",
    "DistinctionView.dire": "RM",
    "DistinctionView.retirer": "RM",
    "EnqueteView.lien": "CM",
    "EnqueteView.retirer_lien": "CM",
    "JournalView.consultations": "MD",
    "JournalView.historique": "CRSMPDA",
    "JournalView.restaurer": "CRSMPDA",
    "JeuneView.copie": "M",
    "AFaireView.index": "CRSM",
    "ListesView.index": TOUS,
    "ChoixView.chercher": CONNECTE,
    "ClasseurView.exporter": "CRSM",
    "ClasseurView.modele": "CRSM",
    "Accueil.index": CONNECTE,
    "MesAcces.index": CONNECTE,
    "DefinitionsView.index": CONNECTE,
    "ConservationView.index": "MD",
    "ConservationView.show": "MD",
    "ConservationView.export": "MD",
    "ConservationView.garder": "M",
    "ConservationView.anonymiser": "M",
    "ObligationsView.index": "CRSMP",
    "ObligationsView.export": "CRSMP",
    "EnvoiView.index": "CSMP",
    "EnvoiView.preparer": "CMP",
    "EnvoiView.envoyer": "CMP",
    "EnvoiView.abandonner": "CMP",
    "EnvoiView.verifier": "SM",
    "EnvoiView.telecharger": "CSMP",
    "EnvoiView.diffusion": "CSMP",
}
FAMILLES = {
    "Connexion": PUBLIC,
    "Avis": PUBLIC,
    "MonCompte": CONNECTE,
    "CompteView": "A",
    "ClasseurView": "CRM",
    "TableauView": "CSMP",
    "IndicateursView": "CRSMP",
    "BilanView": "CSMP",
}
"""Routes of a view that follow one rule when neither table names them."""
SANS_FICHE = {"JournalView", "ClasseurView", "TableauView", "IndicateursView", "BilanView"}
"""Views whose keys are not a noun's: asked for a thing that is not there, they answer 404 to who
may ask."""
DU_DEPARTEMENT = {"InstanceView", "ParticipantView"}
"""Of an MDS, the DPID reads them only; it keeps those of the Département (test_comptes_rendus)."""
SECRET = "Lointain-Invisible"
ABSENT = "999999"


def lire_matrice() -> dict[str, dict[str, str]]:
    with (RACINE / "tests/donnees/matrice.csv").open(encoding="utf-8", newline="") as fichier:
        return {ligne.pop("vue"): ligne for ligne in csv.DictReader(fichier)}


MATRICE = lire_matrice()


def regle(app, endpoint: str) -> str | None:
    """The roles that may open a route, CONNECTE or PUBLIC; None when no table names it."""
    if endpoint in AUTRES:
        return AUTRES[endpoint]
    vue, _, route = endpoint.partition(".")
    if route in STANDARD:
        fonction = app.view_functions[endpoint]
        ressource = getattr(getattr(fonction, "__self__", None), "class_permission_name", None)
        ligne = MATRICE.get(vue) or (MATRICE["ListeView"] if ressource == "nomenclature" else None)
        if ligne is not None:
            return ligne[STANDARD[route]]
    return FAMILLES.get(vue)


@pytest.fixture(scope="module")
def scene(app):
    """A record of each noun in Artois and in Arrageois, numbered by view; an account of each role
    in Artois."""
    app.config["WTF_CSRF_ENABLED"] = False  # the token is proved elsewhere; here only who is let in
    fiches: dict[str, tuple] = {}
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        cotes = []
        for mds, nom in (("ART", "Visible"), ("ARR", SECRET)):
            jeune = f.un_jeune(mds, nom=nom)
            partenaire, instance = (
                f.un_partenaire(mds, nom=f"Partenaire {nom}"),
                f.une_instance(mds=mds),
            )
            compte = f.un_compte("SLAI", mds=mds)
            cotes.append(
                {
                    "JeuneView": jeune,
                    "RattachementView": f.un_rattachement(jeune, mds=mds),
                    "MesureView": f.une_mesure(jeune),
                    "AlerteView": f.une_alerte(jeune),
                    "AccompagnementView": f.un_accompagnement(jeune),
                    "BinomeView": f.un_binome(jeune),
                    "RencontreView": f.une_rencontre(jeune),
                    "ActionCollectiveView": f.une_action_collective(mds, intitule=f"Atelier {nom}"),
                    "EtapeView": f.une_etape(jeune),
                    "SituationView": f.une_situation(jeune),
                    "FreinView": f.un_frein(jeune),
                    "EnqueteView": f.une_enquete(jeune),
                    "MobilisationView": f.une_mobilisation(jeune, partenaire),
                    "DecisionView": f.une_decision(jeune, instance),
                    "InstanceView": instance,
                    "ParticipantView": f.un_participant(instance, nom=nom),
                    "PartenaireView": partenaire,
                    "ContactView": f.un_contact(partenaire, nom=nom),
                    "TransfertView": f.un_transfert(jeune, vers="TER"),
                    "HabilitationView": compte,
                    "EnvoiView": f.un_envoi(mds, envoye=True),
                    "FusionView": f.une_fusion(jeune),
                    "DistinctionView": f.une_distinction(jeune),
                    "ConservationView": f.un_jeune(mds, nom=nom, contact_le=f.il_y_a(900)),
                    "TexteBilanView": f.un_texte_bilan(mds),
                    "DemandePersonneView": f.une_demande(mds),
                }
            )
        for vue in cotes[0]:
            fiches[vue] = tuple(cote[vue].id for cote in cotes)
        fiches["HabilitationView"] = tuple(
            db.session.query(Habilitation.id).filter_by(compte_id=n).scalar()
            for n in fiches["HabilitationView"]
        )
        convention = f.une_convention()
        communes = {
            "PosteView": f.un_poste().id,
            "ConventionView": convention.id,
            "VersementView": f.un_versement(convention).id,
            "ObjectifView": f.un_objectif(convention).id,
            "CompteView": f.un_compte().id,
            "ServiceView": 1,
            "MdsView": f.numero_mds("ART"),
        }
        partout = {"DPID", "DPO", "ADMINISTRATEUR"}
        comptes = {
            lettre: f.un_compte(role, mds=None if role in partout else "ART").id
            for lettre, role in ROLES.items()
        }
        db.session.commit()
    yield {"fiches": fiches, "communes": communes, "comptes": comptes, "app": app}
    app.config["WTF_CSRF_ENABLED"] = True


def routes(app):
    for route in app.url_map.iter_rules():
        for methode in sorted(route.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield route, methode


def adresse(route, cle) -> str:
    """The address of a route for a key; other parameters take a harmless value."""
    valeurs = {"<cle>": str(cle), "<table>": "jeune", "<int:jeune_id>": str(cle)}
    chemin = route.rule
    for motif, valeur in valeurs.items():
        chemin = chemin.replace(motif, valeur)
    return re.sub(r"<[^>]+>", "1", chemin)


def test_chaque_route_a_sa_ligne_dans_la_matrice(app):
    sans = sorted({r.endpoint for r, _ in routes(app) if regle(app, r.endpoint) is None})
    assert not sans, (
        f"Say who may open them, in tests/donnees/matrice.csv or AUTRES of tests/test_matrice.py: {sans}"
    )


def test_sans_compte_rien_ne_s_ouvre(scene):
    client = scene["app"].test_client()
    for route, methode in routes(scene["app"]):
        if regle(scene["app"], route.endpoint) == PUBLIC or route.endpoint == "MonCompte.etat":
            continue
        reponse = client.open(adresse(route, 1), method=methode)
        assert reponse.status_code in (302, 401), (
            f"{methode} {route.rule}: {reponse.status_code} to a stranger"
        )
        assert "Visible" not in reponse.text
        assert SECRET not in reponse.text


@pytest.mark.parametrize("lettre", ROLES)
def test_un_role_ouvre_ce_que_dit_la_matrice_et_rien_d_autre(scene, lettre):
    app, client = scene["app"], ouvrir_session(scene["app"].test_client(), scene["comptes"][lettre])
    fautes = []
    for route, methode in routes(app):
        qui = regle(app, route.endpoint)
        if qui in (PUBLIC, CONNECTE, None):
            continue
        vue = route.endpoint.partition(".")[0]
        ici, ailleurs = scene["fiches"].get(vue, (scene["communes"].get(vue), None))
        if ici is None and "<cle>" in route.rule and vue not in SANS_FICHE:
            ici = _premier_code(app, vue)
        permis, par_cle = lettre in qui, "<cle>" in route.rule
        fautes += _verifier(
            client,
            route,
            methode,
            permis,
            ici if par_cle else 1,
            ailleurs if par_cle else None,
            vue,
            lettre,
        )
    assert not fautes, "\n".join(fautes)


def _premier_code(app, vue: str):
    modele = app.view_functions[f"{vue}.list"].__self__.modele
    with app.app_context(), acces.acteur(acces.TOUS):
        return db.session.scalar(select(next(iter(modele.__table__.primary_key))).limit(1))


def _verifier(client, route, methode, permis, ici, ailleurs, vue, lettre) -> list[str]:
    fautes, quoi = [], f"{lettre} {methode} {route.rule}"
    par_cle = "<cle>" in route.rule and vue not in SANS_FICHE
    if methode == "GET" or not permis:
        reponse = client.open(adresse(route, ici), method=methode)
        montre = _texte(reponse)
        attendus = ({200, 404} if vue in SANS_FICHE else {200}) if permis else {403}
        if vue in ("HabilitationView", "PartenaireView") and permis and par_cle:
            attendus = {
                200,
                403,
            }  # one's own right goes further by row: test_habilitation, test_acces
        if (
            lettre == "P"
            and vue in DU_DEPARTEMENT
            and route.endpoint.endswith((".edit", ".delete"))
        ):
            attendus = {403}
        if reponse.status_code not in attendus:
            fautes.append(f"{quoi} here: {reponse.status_code}, not {sorted(attendus)}")
        if SECRET in montre and lettre in "CRSM":
            fautes.append(f"{quoi} here: shows a name of another MDS")
    if permis and par_cle and lettre in "CRSM" and ailleurs is not None:
        la_bas, nulle_part = (
            client.open(adresse(route, cle), method=methode) for cle in (ailleurs, ABSENT)
        )
        if not la_bas.status_code == nulle_part.status_code == 404:
            fautes.append(
                f"{quoi} elsewhere: {la_bas.status_code}, nowhere: {nulle_part.status_code}"
            )
        if _corps(_texte(la_bas)) != _corps(_texte(nulle_part)):
            fautes.append(f"{quoi}: what is elsewhere and what does not exist are told apart")
    return fautes


def _texte(reponse) -> str:
    """The body, whatever it is made of; a file that was being sent is closed."""
    corps = reponse.get_data().decode("utf-8", errors="replace")
    reponse.close()
    return corps


def _corps(texte: str) -> str:
    return re.sub(r'(Référence : |value="|content="|data-\w+=")[\w.-]+', "", texte)
