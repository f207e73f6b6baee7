"""No name of a youth reaches who may not read it, whatever the page, the file, the search or the
choice.

Whoever is of an MDS: none of another. The pilotage: none at all, lines without names. The
administrateur: none at all. The DPO: none but in the differences of the audit log, which say old →
new and are what an auditor reads. « à cheval » writes in Artois and reads in Ternois.

The lists of codes hold no person and share their code: one of each kind of page for each agent, in
turn.
"""

import io
import re
import zipfile

import pytest

from app import acces
from app.extensions import db
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.test_matrice import DE_MDS, ROLES, adresse, regle, routes
from tests.test_matrice_ecritures import A_CHEVAL, PARTOUT, fiches_neuves

ICI, LA_BAS, LU = "Quenvillers", "Zonnebeke", "Hazebrouckart"
INTERDITS = (
    dict.fromkeys(DE_MDS, (LA_BAS, LU))
    | {A_CHEVAL: (LA_BAS,)}
    | dict.fromkeys(PARTOUT, (ICI, LA_BAS, LU))
)
PERSONNE = "Introuvablon"
PAGES_DU_JOURNAL = ("JournalView.show", "JournalView.historique")
SORTIES = ("Connexion.logout", "MonCompte.partout", "MonCompte.terminer")


@pytest.fixture(scope="module")
def scene(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        cotes = [
            fiches_neuves(mds, nom) for mds, nom in (("ART", ICI), ("ARR", LA_BAS), ("TER", LU))
        ]
        for mds, nom in (("ART", ICI), ("ARR", LA_BAS), ("TER", LU)):
            jeune = f.un_jeune(mds, nom=nom, objectif=f"Écrit avec {nom}")
            (
                f.une_rencontre(jeune, compte_rendu=f"{nom} est venu"),
                f.un_envoi(mds, envoye=True),
                f.une_fusion(jeune),
            )
        partout = {"DPID", "DPO", "ADMINISTRATEUR"}
        comptes = {
            agent: f.un_compte(role, mds=None if role in partout else "ART").id
            for agent, role in ROLES.items()
        }
        comptes[A_CHEVAL] = f.un_compte("REFERENT_SEF", mds="ART").id
        f.une_habilitation(db.session.get(f.Compte, comptes[A_CHEVAL]), "SLAI", "TER")
        db.session.commit()
        mds = f.numero_mds("ARR")
    yield {"app": app, "cotes": cotes, "comptes": comptes, "mds": mds}
    app.config["WTF_CSRF_ENABLED"] = True


def lire(reponse) -> str:
    """All the words of an answer, those of a workbook or a document too."""
    brut = reponse.get_data()
    reponse.close()
    if brut.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(brut)) as archive:
            return "".join(
                archive.read(n).decode("utf-8", errors="replace")
                for n in archive.namelist()
                if n.endswith(".xml")
            )
    return brut.decode("utf-8", errors="replace")


def est_refuse(app, agent: str, endpoint: str) -> bool:
    """Whether test_matrice sees the route refused to this role, without a name."""
    qui = regle(app, endpoint)
    return agent in ROLES and isinstance(qui, frozenset) and agent not in qui


def pages(app, agent: str) -> list[tuple]:
    """The routes that an agent may open, and how."""
    noms, codes = [], {}
    for route, methode in routes(app):
        if route.endpoint in SORTIES or methode != "GET" and not route.rule.endswith("/exporter"):
            continue
        if est_refuse(app, agent, route.endpoint):
            continue
        vue = getattr(app.view_functions[route.endpoint], "__self__", None)
        if getattr(vue, "ressource", "") == "nomenclature":
            codes.setdefault((route.endpoint.partition(".")[2], methode), []).append(route)
        else:
            noms.append((route, methode))
    rang = list(INTERDITS).index(agent)
    return noms + [(r[rang % len(r)], methode) for (_, methode), r in codes.items()]


def cotes(scene, agent: str, route) -> list[dict]:
    """The sides that an agent asks for, that of elsewhere first.

    For an agent of one MDS the two others are alike; test_matrice already compares what changing
    or deleting there answers with what it answers nowhere.
    """
    ici, la_bas, lu = scene["cotes"]
    if agent not in DE_MDS:
        return [la_bas, ici, lu]
    if route.endpoint.endswith((".edit", ".delete")):
        return [ici]
    return [la_bas, ici]


def chemins(scene, agent: str, route) -> list[str]:
    """The record of each side; a list, with what its filters take of each side."""
    vue = route.endpoint.partition(".")[0]
    siens = cotes(scene, agent, route)
    if "<" in route.rule:
        return list(dict.fromkeys(adresse(route, cote.get(vue, 1)) for cote in siens))
    if not route.endpoint.endswith(".list"):
        return [route.rule]
    filtres = scene["app"].view_functions[route.endpoint].__self__.filtres
    noms = {nom for filtre in filtres for nom in filtre.noms}
    questions = [""]
    if "jeune" in noms:
        questions += [f"?jeune={cote['JeuneView']}" for cote in siens]
    if "mds_id" in noms:
        questions.append(f"?mds_id={scene['mds']}")
    return [route.rule + question for question in questions]


@pytest.mark.parametrize("agent", INTERDITS)
def test_aucun_nom_n_arrive_a_qui_ne_doit_pas_le_lire(scene, agent):
    client = ouvrir_session(scene["app"].test_client(), scene["comptes"][agent])
    fautes, lues = [], 0

    def regarder(quoi: str, reponse, endpoint: str) -> None:
        nonlocal lues
        lues += reponse.status_code == 200
        texte = lire(reponse)
        vus = [
            nom
            for nom in INTERDITS[agent]
            if nom in texte and not (agent == "DPO" and endpoint in PAGES_DU_JOURNAL)
        ]
        if reponse.status_code >= 500 or vus:
            fautes.append(f"{agent} {quoi}: {reponse.status_code} {vus}")

    for route, methode in pages(scene["app"], agent):
        envoi = (
            {"finalite": "SUIVI", "motif": "Essai du fichier", "attestation": "oui"}
            if methode == "POST"
            else None
        )
        for chemin in chemins(scene, agent, route):
            reponse = client.open(chemin, method=methode, data=envoi)
            regarder(f"{methode} {chemin}", reponse, route.endpoint)
    for table in ("jeune", "partenaire", "instance", "action_collective", "convention", "ab_user"):
        for nom in INTERDITS[agent]:
            regarder(f"choix {table}", client.post(f"/choix/{table}", data={"texte": nom}), "choix")
    assert not fautes, "\n".join(fautes)
    assert lues > 10


@pytest.mark.parametrize("agent", DE_MDS)
def test_chercher_un_nom_d_ailleurs_repond_comme_chercher_un_nom_qui_n_existe_pas(scene, agent):
    """The person typed the name: the page may say it again, and nothing else."""
    client = ouvrir_session(scene["app"].test_client(), scene["comptes"][agent])
    for route, methode in pages(scene["app"], agent):
        if methode != "GET" or not route.endpoint.endswith((".list", ".choisir")):
            continue
        la_bas, personne = (
            lire(client.get(f"{route.rule}?q={nom}")).replace(nom, "…")
            for nom in (LA_BAS, PERSONNE)
        )
        assert _sans_hasard(la_bas) == _sans_hasard(personne), route.rule


def _sans_hasard(page: str) -> str:
    return re.sub(
        r'(Référence : |csrf(?:_token)?" (?:content|value)="|data-\w+=")[\w.-]+', "", page
    )
