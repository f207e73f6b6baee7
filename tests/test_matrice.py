"""Every route × every role × {own MDS, another's, none}: what is answered, and that no foreign name
is in the body.

``donnees/matrice.csv`` says, in words, which roles may do what on each noun: it is written by hand,
and compared with what the models declare. ``AUTRES`` says it of the routes that are not a noun's. A
noun that the table does not name is held to its declaration.
"""

import csv
import re

import pytest
from sqlalchemy import select

from app import acces, roles
from app.extensions import db
from app.models import Habilitation
from app.views.socle.base import VueTandem
from config import RACINE
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.factories import FABRIQUES

ROLES = {
    "coordonnateur": "COORDONNATEUR",
    "référent": "REFERENT_SEF",
    "SLAI": "SLAI",
    "responsable": "RESPONSABLE",
    "pilotage": "DPID",
    "DPO": "DPO",
    "administrateur": "ADMINISTRATEUR",
}
"""What each agent is called here → the code of the role."""
DE_MDS = ("coordonnateur", "référent", "SLAI", "responsable")
"""Those of one MDS; the others are of all."""
TOUS = frozenset(ROLES)
CONNECTE, PUBLIC = "connecte", "public"


def agents(mots: str) -> frozenset[str]:
    """« coordonnateur responsable » → the two of them."""
    dits = frozenset(mots.split())
    assert dits <= TOUS, dits
    return dits


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
    "Accessibilite.index": PUBLIC,
    "AideView.index": CONNECTE,
    "AideView.plan": CONNECTE,
    "AlerteView.terminer": agents("coordonnateur référent responsable"),
    "FreinView.terminer": agents("coordonnateur responsable"),
    "SituationView.confirmer": agents("coordonnateur responsable"),
    "TransfertView.repondre": agents("responsable"),
    "HabilitationView.retirer": agents("responsable administrateur"),
    "AgentView.compte": agents("responsable administrateur"),
    "AgentView.en_double": agents("administrateur"),
    "AgentView.reunir": agents("administrateur"),
    "OrientationView.repondre": agents("coordonnateur responsable"),
    "FusionView.choisir": agents("référent responsable"),
    "FusionView.comparer": agents("référent responsable"),
    "FusionView.annuler": agents("référent responsable"),
    "DistinctionView.dire": agents("référent responsable"),
    "DistinctionView.retirer": agents("référent responsable"),
    "EnqueteView.lien": agents("coordonnateur responsable"),
    "EnqueteView.retirer_lien": agents("coordonnateur responsable"),
    "JournalView.consultations": agents("responsable DPO"),
    "JournalView.historique": TOUS,
    "JournalView.restaurer": TOUS,
    "JeuneView.copie": agents("responsable"),
    "ActeADeuxView.repondre": agents("responsable DPO"),
    "AFaireView.index": agents("coordonnateur référent SLAI responsable"),
    "EntretienView.imprimer": agents("coordonnateur référent SLAI responsable"),
    "ListesView.index": TOUS,
    "ChoixView.chercher": CONNECTE,
    "ClasseurView.exporter": agents("coordonnateur référent SLAI responsable"),
    "ClasseurView.modele": agents("coordonnateur référent SLAI responsable"),
    "Accueil.index": CONNECTE,
    "MesAcces.index": CONNECTE,
    "DefinitionsView.index": CONNECTE,
    "ConservationView.index": agents("responsable DPO"),
    "ConservationView.show": agents("responsable DPO"),
    "ConservationView.export": agents("responsable DPO"),
    "ConservationView.garder": agents("responsable"),
    "ConservationView.anonymiser": agents("responsable"),
    "ActionCollectiveView.emargement": agents("coordonnateur référent SLAI responsable"),
    "DispositifsView.index": agents("coordonnateur référent SLAI responsable"),
    "DispositifsView.export": agents("coordonnateur référent SLAI responsable"),
    "ObligationsView.index": agents("coordonnateur référent SLAI responsable pilotage"),
    "ObligationsView.export": agents("coordonnateur référent SLAI responsable pilotage"),
    "ComiteView.prevoir": agents("coordonnateur SLAI responsable"),
    "ComiteView.enregistrer": agents("coordonnateur SLAI responsable"),
    "SeanceView.noter_les_presents": agents("coordonnateur SLAI responsable"),
    "CompteRenduView.valider": agents("coordonnateur SLAI responsable"),
    "EnvoiView.index": agents("coordonnateur SLAI responsable pilotage"),
    "EnvoiView.preparer": agents("coordonnateur responsable pilotage"),
    "EnvoiView.envoyer": agents("coordonnateur responsable pilotage"),
    "EnvoiView.abandonner": agents("coordonnateur responsable pilotage"),
    "EnvoiView.verifier": agents("SLAI responsable"),
    "EnvoiView.telecharger": agents("coordonnateur SLAI responsable pilotage"),
    "EnvoiView.diffusion": agents("coordonnateur SLAI responsable pilotage"),
}
FAMILLES = {
    "Connexion": PUBLIC,
    "Avis": PUBLIC,
    "Agenda": PUBLIC,
    "AgendaDeRencontre": agents("coordonnateur référent SLAI responsable"),
    "MonCompte": CONNECTE,
    "TravauxView": CONNECTE,
    "EtatDuService": agents("administrateur"),
    "CompteView": agents("administrateur"),
    "ClasseurView": agents("coordonnateur référent responsable"),
    "ColonnesDuClasseurView": agents("coordonnateur référent responsable"),
    "CorrectionsDuClasseurView": agents("coordonnateur référent responsable"),
    "TableauView": agents("coordonnateur SLAI responsable pilotage"),
    "IndicateursView": agents("coordonnateur référent SLAI responsable pilotage"),
    "BilanView": agents("coordonnateur SLAI responsable pilotage"),
    "PassationView": agents("coordonnateur référent responsable"),
    "RencontreRapideView": agents("coordonnateur référent responsable"),
    "TripartiteView": agents("coordonnateur référent responsable"),
    "SelectionView": agents("coordonnateur référent responsable"),
    "SortieView": agents("coordonnateur référent responsable"),
    "DecesView": agents("coordonnateur référent responsable"),
    "RepriseView": agents("coordonnateur responsable"),
    "PrevoirView": agents("coordonnateur référent responsable"),
    "EntretienView": agents("coordonnateur référent responsable"),
    "ComiteView": agents("coordonnateur référent SLAI responsable"),
    "SeanceView": agents("coordonnateur référent SLAI responsable"),
    "CompteRenduView": agents("coordonnateur référent SLAI responsable"),
    "UsagesInhabituelsView": agents("responsable DPO"),
    "MotifDeLectureView": agents("coordonnateur référent SLAI responsable"),
}
"""Routes of a view that follow one rule when neither table names them."""
SANS_FICHE = {
    *("JournalView", "ClasseurView", "TableauView", "IndicateursView", "BilanView"),
    *("ColonnesDuClasseurView", "CorrectionsDuClasseurView"),
    *("PassationView", "EntretienView", "AgendaDeRencontre"),
}
"""Views whose keys are not a noun's: asked for a thing that is not there, they answer 404 to who
may ask."""
DU_DEPARTEMENT = {"InstanceView", "ParticipantView", "TacheInstanceView"}
"""Of an MDS, the DPID reads them only; it keeps those of the Département (test_comptes_rendus)."""
DEJA_FAIT = {"DecesView", "SeanceView"}
"""Of a youth for whom there is nothing to do there, whoever may ask is led back to the file, or to
the agenda where the youth is not."""
SECRET = "Lointain-Invisible"
ABSENT = "999999"


def lire_matrice() -> dict[str, dict[str, frozenset[str]]]:
    """Screens → act → agents."""
    with (RACINE / "tests/donnees/matrice.csv").open(encoding="utf-8", newline="") as fichier:
        lignes = list(csv.DictReader(fichier))
    return {x.pop("vue"): {acte: agents(mots) for acte, mots in x.items()} for x in lignes}


def declares(ressource: str, acte: str) -> frozenset[str]:
    """The agents to whom the models and ``app/roles.py`` give this right."""
    return frozenset(
        agent for agent, code in ROLES.items() if acte in roles.ROLES[code].actes(ressource)
    )


MATRICE = lire_matrice()


def regle(app, endpoint: str) -> frozenset[str] | str | None:
    """The agents who may open a route, CONNECTE or PUBLIC; None when nothing says it."""
    if endpoint in AUTRES:
        return AUTRES[endpoint]
    vue, _, route = endpoint.partition(".")
    if route in STANDARD:
        fonction = app.view_functions[endpoint]
        ressource = getattr(getattr(fonction, "__self__", None), "class_permission_name", None)
        ligne = MATRICE.get(vue) or (MATRICE["ListeView"] if ressource == "nomenclature" else None)
        if ligne is not None:
            return ligne[STANDARD[route]]
        if vue not in FAMILLES and _est_un_nom(app, vue):
            return declares(ressource, STANDARD[route])
    if route == "terminer" and vue not in MATRICE and _est_un_nom(app, vue):
        return declares(app.view_functions[f"{vue}.list"].__self__.ressource, "modifier")
    return FAMILLES.get(vue)


def _est_un_nom(app, vue: str) -> bool:
    liste = app.view_functions.get(f"{vue}.list")
    return isinstance(getattr(liste, "__self__", None), VueTandem)


def noms_declares(app) -> dict[str, str]:
    """Screens → table, of the nouns of an MDS that the table of words does not name."""
    vues = (f.__self__ for n, f in app.view_functions.items() if n.endswith(".list"))
    return {
        type(vue).__name__: vue.modele.__tablename__
        for vue in vues
        if type(vue).__name__ not in MATRICE and vue.modele.__tablename__ in FABRIQUES
    }


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
            sorti = f.un_jeune(mds, nom=nom)
            f.un_accompagnement(sorti, au=f.il_y_a(5), motif_sortie_code="AUTRE")
            partenaire, instance = (
                f.un_partenaire(mds, nom=f"Partenaire {nom}"),
                f.une_instance(mds=mds),
            )
            compte = f.un_compte("SLAI", mds=mds)
            autres = {n: f.fabriquer(t, mds) for n, t in noms_declares(app).items()}
            cotes.append(
                {
                    "JeuneView": jeune,
                    "SortieView": jeune,
                    "DecesView": jeune,
                    "RepriseView": sorti,
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
                    "ComiteView": instance,
                    "SeanceView": instance,
                    "CompteRenduView": f.un_compte_rendu(f.une_instance(mds=mds)).instance,
                    "ParticipantView": f.un_participant(instance, nom=nom),
                    "PartenaireView": partenaire,
                    "AgentView": f.un_agent(mds, nom=f"Agent {nom}"),
                    "ContactView": f.un_contact(partenaire, nom=nom),
                    "TransfertView": f.un_transfert(jeune, vers="TER"),
                    "HabilitationView": compte,
                    "EnvoiView": f.un_envoi(mds, envoye=True),
                    "FusionView": f.une_fusion(jeune),
                    "DistinctionView": f.une_distinction(jeune),
                    "ConservationView": f.un_jeune(mds, nom=nom, contact_le=f.il_y_a(900)),
                    "TexteBilanView": f.un_texte_bilan(mds),
                    "DemandePersonneView": f.une_demande(mds),
                    "ReglageMdsView": f.un_reglage(mds),
                    "LeveeDePlafondView": f.une_levee(mds),
                    **autres,
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
            "ActeADeuxView": f.un_acte_a_deux().id,
            "ServiceView": 1,
            "MdsView": f.numero_mds("ART"),
        }
        partout = {"DPID", "DPO", "ADMINISTRATEUR"}
        comptes = {
            agent: f.un_compte(role, mds=None if role in partout else "ART").id
            for agent, role in ROLES.items()
        }
        db.session.commit()
    yield {"fiches": fiches, "communes": communes, "comptes": comptes, "app": app}
    app.config["WTF_CSRF_ENABLED"] = True


def routes(app):
    for route in app.url_map.iter_rules():
        for methode in sorted(route.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield route, methode


UNE_LISTE_SUR = 3
"""The lists of codes share their screens and their right: each agent tries one in so many, the next
agent the next ones."""


def laissees(app, agent: str) -> set[tuple[str, str]]:
    """(endpoint, method) that this agent does not try.

    Of a route that refuses them, one method in turn: a right is that of the route, whatever the
    method. Of the lists of codes, those of the other agents.
    """
    rang = list(ROLES).index(agent)
    en_moins = set()
    for n, route in enumerate(app.url_map.iter_rules()):
        qui = regle(app, route.endpoint)
        refuse = isinstance(qui, frozenset) and agent not in qui
        if refuse and {"GET", "POST"} <= route.methods:
            en_moins.add((route.endpoint, ("GET", "POST")[(n + rang) % 2]))
    vues = sorted({route.endpoint.partition(".")[0] for route in app.url_map.iter_rules()})
    listes = [vue for vue in vues if _est_une_liste(app, vue)]
    siennes = listes[rang % UNE_LISTE_SUR :: UNE_LISTE_SUR]
    for endpoint in app.view_functions:
        vue = endpoint.partition(".")[0]
        if vue in listes and vue not in siennes:
            en_moins |= {(endpoint, methode) for methode in ("GET", "POST")}
    return en_moins


def _est_une_liste(app, vue: str) -> bool:
    return _est_un_nom(app, vue) and (
        app.view_functions[f"{vue}.list"].__self__.ressource == "nomenclature"
    )


def adresse(route, cle) -> str:
    """The address of a route for a key; other parameters take a harmless value."""
    valeurs = {"cle": str(cle), "table": "jeune", "jeune_id": str(cle)}
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda m: valeurs.get(m[1], "1"), route.rule)


def test_chaque_route_a_sa_ligne_dans_la_matrice(app):
    sans = sorted({r.endpoint for r, _ in routes(app) if regle(app, r.endpoint) is None})
    assert not sans, (
        f"Say who may open them, in tests/donnees/matrice.csv or AUTRES of this file: {sans}"
    )


def test_la_matrice_dit_ce_que_les_modeles_declarent(app):
    """Two sources, written apart, that agree: a right given by mistake is seen here."""
    for vue, ligne in MATRICE.items():
        nom = vue if vue != "ListeView" else "LogementView"
        if not _est_un_nom(app, nom):
            continue
        ecran = app.view_functions[f"{nom}.list"].__self__
        for route, acte in STANDARD.items():
            if route not in ecran.exclude_route_methods:
                assert ligne[acte] == declares(ecran.ressource, acte), (vue, acte)


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


@pytest.mark.parametrize("agent", ROLES)
def test_un_role_ouvre_ce_que_dit_la_matrice_et_rien_d_autre(scene, agent):
    app, client = scene["app"], ouvrir_session(scene["app"].test_client(), scene["comptes"][agent])
    fautes = []
    en_moins = laissees(app, agent)
    for route, methode in routes(app):
        qui = regle(app, route.endpoint)
        if qui in (PUBLIC, CONNECTE, None) or (route.endpoint, methode) in en_moins:
            continue
        vue = route.endpoint.partition(".")[0]
        ici, ailleurs = scene["fiches"].get(vue, (scene["communes"].get(vue), None))
        if ici is None and "cle" in route.arguments and vue not in SANS_FICHE:
            ici = _premier_code(app, vue)
        permis, par_cle = agent in qui, "cle" in route.arguments
        fautes += _verifier(
            client,
            route,
            methode,
            permis,
            ici if par_cle else 1,
            ailleurs if par_cle else None,
            vue,
            agent,
        )
    assert not fautes, "\n".join(fautes)


def _premier_code(app, vue: str):
    modele = app.view_functions[f"{vue}.list"].__self__.modele
    with app.app_context(), acces.acteur(acces.TOUS):
        return db.session.scalar(select(next(iter(modele.__table__.primary_key))).limit(1))


def _verifier(client, route, methode, permis, ici, ailleurs, vue, agent) -> list[str]:
    fautes, quoi = [], f"{agent} {methode} {route.rule}"
    par_cle = "cle" in route.arguments and vue not in SANS_FICHE
    if methode == "GET" or not permis:
        reponse = client.open(adresse(route, ici), method=methode)
        montre = _texte(reponse)
        attendus = ({200, 404} if vue in SANS_FICHE else {200}) if permis else {403}
        if permis and vue in DEJA_FAIT:
            attendus |= {302}
        if vue in ("HabilitationView", "PartenaireView") and permis and par_cle:
            attendus = {
                200,
                403,
            }  # one's own right goes further by row: test_habilitation, test_acces
        if (
            agent == "pilotage"
            and vue in DU_DEPARTEMENT
            and route.endpoint.endswith((".edit", ".delete"))
        ):
            attendus = {403}
        if reponse.status_code not in attendus:
            fautes.append(f"{quoi} here: {reponse.status_code}, not {sorted(attendus)}")
        _oublier_les_messages(client)
        if SECRET in montre and (agent in DE_MDS or not permis):
            fautes.append(f"{quoi} here: shows a name of another MDS")
    ecrit = methode == "POST" and route.endpoint.endswith((".edit", ".delete"))
    # What is written elsewhere is the business of test_matrice_ecritures.
    if permis and par_cle and agent in DE_MDS and ailleurs is not None and not ecrit:
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


def _oublier_les_messages(client) -> None:
    """What is said on the next page is not part of that page."""
    with client.session_transaction() as session:
        session.pop("_flashes", None)


def _texte(reponse) -> str:
    """The body, whatever it is made of; a file that was being sent is closed."""
    corps = reponse.get_data().decode("utf-8", errors="replace")
    reponse.close()
    return corps


def _corps(texte: str) -> str:
    return re.sub(r'(Référence : |value="|content="|data-\w+=")[\w.-]+', "", texte)
