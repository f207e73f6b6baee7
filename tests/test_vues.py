"""Every noun has its screens, in French, and each role sees there its own territory only, whatever
the way in."""

import functools
import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import ActionCollective, Frein, Rencontre, Situation
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import jeton, ouvrir_session, poster, sans_hasard

AILLEURS = "Vantroyen"
"""The name of every youth of the other MDS: it must never be read."""
ROLES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "referent": ("REFERENT_SEF", "ART"),
    "slai": ("SLAI", "ART"),
    "responsable": ("RESPONSABLE", "ART"),
    "dpid": ("DPID", None),
    "dpo": ("DPO", None),
    "administrateur": ("ADMINISTRATEUR", None),
}
DU_JEUNE = (
    "accompagnement",
    "mesure",
    "binome",
    "alerte",
    "rencontre",
    "situation",
    "frein",
    "enquete",
    "mobilisation",
    "decision",
    "rattachement",
    "etape",
)
ROUTES = {t: f"/{t}s/" for t in DU_JEUNE} | {"jeune": "/jeunes/"}


def peupler(mds: str, nom: str) -> dict[str, int]:
    """A youth of an MDS with one record of each kind; the numbers by table."""
    jeune = f.un_jeune(mds, nom=nom, prenom="Ulysse", objectif=f"Objectif de {nom}")
    partenaire, instance = (
        f.un_partenaire(mds, nom=f"Partenaire {nom}"),
        f.une_instance(mds=mds, compte_rendu=nom),
    )
    action = f.une_action_collective(mds, intitule=f"Atelier {nom}")
    return {
        "jeune": jeune.id,
        "accompagnement": f.un_accompagnement(jeune).id,
        "mesure": f.une_mesure(jeune).id,
        "binome": f.un_binome(jeune, referent_ase=f"Référent {nom}").id,
        "alerte": f.une_alerte(jeune, signalee_par=nom).id,
        "rencontre": f.une_rencontre(jeune, compte_rendu=nom, action_id=action.id).id,
        "situation": f.une_situation(jeune).id,
        "frein": f.un_frein(jeune, precision=nom).id,
        "enquete": f.une_enquete(jeune).id,
        "mobilisation": f.une_mobilisation(jeune, partenaire).id,
        "decision": f.une_decision(jeune, instance).id,
        "rattachement": f.un_rattachement(jeune, mds).id,
        "etape": f.une_etape(jeune).id,
        "partenaire": partenaire.id,
        "contact": f.un_contact(partenaire).id,
        "instance": instance.id,
        "participant": f.un_participant(instance).id,
        "action": action.id,
    }


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        ici, ailleurs = peupler("ART", "Delcroix"), peupler("TER", AILLEURS)
        comptes = {
            qui: f.un_compte(role, mds, username=qui).id for qui, (role, mds) in ROLES.items()
        }
        convention = f.une_convention()
        autres = {
            "poste": f.un_poste().id,
            "convention": convention.id,
            "versement": f.un_versement(convention).id,
        }
        db.session.commit()
    return {"ici": ici | autres, "ailleurs": ailleurs, "comptes": comptes}


@pytest.fixture(scope="module")
def agent(app, base):
    """The browser of a role, signed in once."""
    return functools.cache(lambda qui: ouvrir_session(app.test_client(), base["comptes"][qui]))


def lire(app, requete):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lues = db.session.scalars(requete).all()
        db.session.expunge_all()
        return lues


def adresse(table: str) -> str:
    return (
        {"action": "/actions-collectives/", "mds": "/mds/"}.get(table)
        or ROUTES.get(table)
        or f"/{table}s/"
    )


# Each screen of each noun answers, in French
# -----------------------------------------------------------------------

NOMS = (*DU_JEUNE, "jeune", "partenaire", "contact", "instance", "participant", "action")


@pytest.mark.parametrize("table", NOMS)
def test_le_responsable_ouvre_tous_les_ecrans_de_sa_mds(agent, base, table):
    client, numero = agent("responsable"), base["ici"][table]
    for suite in ("", "exporter", "ajouter", str(numero), f"{numero}/modifier"):
        reponse = client.get(f"{adresse(table)}{suite}")
        assert reponse.status_code == 200, (table, suite)
        page = html.unescape(reponse.text)
        assert not re.search(
            r"\b(None|True|False|Add |List |Show |Edit |Delete)\b", re.sub(r"<[^>]+>", " ", page)
        ), (
            table,
            suite,
        )
        assert not re.search(r">[a-zé]+_[a-z_]+<", page), (
            table,
            suite,
        )  # a column's name instead of its label
        assert AILLEURS not in page


@pytest.mark.parametrize("table", ["poste", "convention", "versement"])
def test_le_pilotage_tient_les_moyens(agent, base, table):
    client, numero = agent("dpid"), base["ici"][table]
    for suite in ("", "ajouter", str(numero), f"{numero}/modifier", f"{numero}/supprimer"):
        assert client.get(f"{adresse(table)}{suite}").status_code == 200, suite


def test_une_page_qui_s_est_videe_ramene_au_debut_de_la_liste(agent, base):
    """Records deleted since, or an old address: an empty list with a way back, not a 404."""
    reponse = agent("responsable").get("/rencontres/?tri=le&page=900")
    page = html.unescape(reponse.text)
    assert reponse.status_code == 200
    assert "Cette page ne contient plus aucune fiche." in page
    assert 'href="?tri=le">Revenir à la première page' in page


def test_les_montants_s_ecrivent_avec_une_virgule_et_les_dates_a_la_francaise(app, agent):
    client = agent("dpid")
    saisie = {
        "numero": "2026-1",
        "operateur": "Missions Locales",
        "du": "01/01/2026",
        "au": "31/12/2026",
        "etp": "12,50",
        "montant_etp": "52 000,00",
        "avance_pourcent": "80",
    }
    rendu = poster(client, "/conventions/ajouter", saisie, follow_redirects=True)
    assert "12,50" in rendu.text and "01/01/2026" in rendu.text
    formulaire = client.get(f"{rendu.request.path}/modifier").text
    assert 'value="52 000"' in formulaire and 'value="12,50"' in formulaire


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("etp", "beaucoup"),
        ("etp", "1e999"),
        ("du", "31/02/2026"),
        ("avance_pourcent", "9" * 30),
        ("montant_etp", "-5"),
    ],
)
def test_une_saisie_impossible_est_expliquee(agent, champ, valeur):
    saisie = {
        "numero": "X",
        "operateur": "X",
        "du": "01/01/2026",
        "au": "31/12/2026",
        "etp": "1",
        "montant_etp": "1",
        "avance_pourcent": "1",
        champ: valeur,
    }
    rendu = poster(agent("dpid"), "/conventions/ajouter", saisie)
    assert rendu.status_code == 422 and "À corriger" in rendu.text


# Nobody sees elsewhere
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("qui", ROLES)
@pytest.mark.parametrize("table", NOMS)
def test_aucun_role_ne_voit_une_fiche_d_une_autre_mds(agent, base, qui, table):
    """To read; test_matrice asks the same of every other act."""
    client, ailleurs = agent(qui), base["ailleurs"][table]
    liste = client.get(adresse(table))
    assert liste.status_code in (200, 403) and AILLEURS not in liste.text
    if table in ("instance", "participant") and qui == "dpid":
        return  # the meetings of every MDS are the DPID's business; no youth is named there
    vue, inconnue = (client.get(f"{adresse(table)}{cle}") for cle in (ailleurs, 999_999))
    assert vue.status_code == inconnue.status_code in (403, 404)
    assert AILLEURS not in vue.text and sans_hasard(vue.text) == sans_hasard(inconnue.text)


@pytest.mark.parametrize("table", [t for t in DU_JEUNE if t not in ("decision", "etape")])
def test_on_ne_cree_rien_pour_un_jeune_d_ailleurs(app, agent, base, table):
    client, jeune = agent("responsable"), base["ailleurs"]["jeune"]
    assert client.get(f"{adresse(table)}ajouter?jeune={jeune}").status_code == 404
    assert client.get(f"{adresse(table)}?jeune={jeune}").status_code == 404
    saisie = {
        "jeune_id": str(jeune),
        "du": "01/01/2026",
        "le": "01/01/2026",
        "observee_le": "01/01/2026",
        "demandee_le": "01/01/2026",
        "type_code": "ENTRETIEN" if table == "rencontre" else "PLACEMENT",
        "statut_code": "TENUE",
        "motif_code": "FUGUE",
        "theme_code": "SANTE",
        "referent_id": "nouveau",
        "referent_id-texte": "Xavier",
        "coordonnateur_id": "nouveau",
        "coordonnateur_id-texte": "Xavier",
        "partenaire_id": str(base["ici"]["partenaire"]),
        "mds_rattachement_id": "1",
    }
    inconnu = poster(client, f"{adresse(table)}ajouter", saisie | {"jeune_id": "999999"})
    rendu = poster(client, f"{adresse(table)}ajouter", saisie)
    assert rendu.status_code == inconnu.status_code == 422
    assert AILLEURS not in rendu.text
    assert sans_hasard(rendu.text) == sans_hasard(inconnu.text.replace("999999", str(jeune)))


@pytest.mark.parametrize(
    ("qui", "attendu"), [("coordonnateur", 1), ("dpid", 0), ("administrateur", 0), ("dpo", 0)]
)
def test_la_recherche_et_le_compte_s_arretent_a_la_mds(agent, qui, attendu):
    client = agent(qui)
    trouve = client.get("/jeunes/?q=ulysse")
    assert trouve.status_code == (200 if attendu else 403)
    if attendu:
        assert "1 fiche<" in trouve.text
    rendu = client.post("/choix/jeune", data={"texte": AILLEURS, "csrf_token": jeton(client, "/")})
    assert AILLEURS not in rendu.text


@pytest.mark.parametrize("qui", ["dpid", "dpo", "administrateur"])
def test_qui_ne_lit_pas_les_jeunes_n_ouvre_aucun_ecran_nominatif(agent, base, qui):
    client = agent(qui)
    for table in ("jeune", *DU_JEUNE):
        assert client.get(adresse(table)).status_code == 403, table
        assert client.get(f"{adresse(table)}{base['ici'][table]}").status_code == 403, table
    assert "Delcroix" not in client.get("/").text
    assert client.get("/a-faire/").status_code == 403


def test_le_referent_ne_cree_pas_de_situation_ni_le_coordonnateur_de_jeune(agent, base):
    assert (
        agent("referent").get(f"/situations/ajouter?jeune={base['ici']['jeune']}").status_code
        == 403
    )
    assert agent("coordonnateur").get("/jeunes/ajouter").status_code == 403
    assert agent("slai").get(f"/jeunes/{base['ici']['jeune']}/modifier").status_code == 403


# Rencontres collectives
# --------------------------------------------------------------------------------------------


def saisie_collective(base, *jeunes: int, **autres) -> dict:
    return {
        "intitule": "Atelier CV",
        "le": f"{aujourd_hui():%d/%m/%Y}",
        "mds_id": "",
        "type_code": "COLLECTIF",
        "lieu_code": "MEDIATHEQUE",
        "jeunes": [str(j) for j in jeunes],
    } | autres


@pytest.fixture
def mds_artois(app):
    with app.app_context(), acces.acteur(acces.TOUS):
        return str(f.numero_mds("ART"))


def test_une_action_collective_fait_une_rencontre_par_jeune(app, agent, base, mds_artois):
    with app.app_context(), acces.acteur(acces.TOUS):
        autre = f.un_jeune(nom="Second").id
        db.session.commit()
    rendu = poster(
        agent("coordonnateur"),
        "/actions-collectives/ajouter",
        saisie_collective(base, base["ici"]["jeune"], autre, mds_id=mds_artois),
    )
    assert rendu.status_code == 302
    action = lire(app, select(ActionCollective).where(ActionCollective.intitule == "Atelier CV"))[
        0
    ].id
    rencontres = lire(app, select(Rencontre).where(Rencontre.action_id == action))
    assert {r.jeune_id for r in rencontres} == {base["ici"]["jeune"], autre}
    assert all(r.jeune_present and r.statut_code == "TENUE" and r.code for r in rencontres)


def test_la_feuille_dit_qui_est_venu_et_demain_elle_prevoit(app, agent, base, faire, mds_artois):
    absent, excuse = faire(f.un_jeune), faire(f.un_jeune)
    jeunes = (base["ici"]["jeune"], absent, excuse)
    presences = {f"presence-{absent}": "ABSENCE", f"presence-{excuse}": "EXCUSE"}
    for le, attendus in (
        (f.dans(0), {"TENUE": True, "ABSENCE": False, "EXCUSE": False}),
        (f.dans(1), {"PREVUE": None}),
    ):
        saisi = saisie_collective(base, *jeunes, mds_id=mds_artois, intitule=f"Visite {le}")
        saisi |= presences | {"le": le.isoformat()}
        assert (
            poster(agent("coordonnateur"), "/actions-collectives/ajouter", saisi).status_code == 302
        )
        faites = lire(
            app,
            select(Rencontre).where(
                Rencontre.action.has(ActionCollective.intitule == f"Visite {le}")
            ),
        )
        assert {r.statut_code: r.jeune_present for r in faites} == attendus
        assert len(faites) == len(jeunes)


def test_ajouter_mes_jeunes_met_ceux_que_l_on_accompagne(app, faire):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        f.un_agent(nom="Nour Collectif", compte_id=compte)
        le_sien, un_autre = f.un_jeune(), f.un_jeune()
        f.un_binome(le_sien, coordonnateur="Nour Collectif")
        numeros = le_sien.id, un_autre.id
        db.session.commit()
    client = ouvrir_session(app.test_client(), compte)
    page = poster(client, "/actions-collectives/ajouter", {"les_miens": "1", "intitule": "Sortie"})
    assert page.status_code == 200
    assert f'name="jeunes" value="{numeros[0]}" checked' in page.text
    assert f'name="jeunes" value="{numeros[1]}"' not in page.text
    assert "Sortie" in page.text


def test_un_jeune_de_trop_est_refuse_et_pas_oublie(agent, base, faire, mds_artois):
    """Two more than a sheet holds are typed: the list says so, and drops none in silence."""
    jeunes = [faire(f.un_jeune) for _ in range(3)]
    saisi = saisie_collective(base, *jeunes[:2], mds_id=mds_artois)
    saisi |= {"choisir": "1", "un_jeune": str(jeunes[2])}
    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr("app.views.presence.MAX_JEUNES", 2)
        client = agent("coordonnateur")
        page = poster(client, "/actions-collectives/ajouter", saisi)
        assert all(f'name="jeunes" value="{j}" checked' in page.text for j in jeunes)
        saisi = saisie_collective(base, *jeunes, mds_id=mds_artois)
        refusee = poster(client, "/actions-collectives/ajouter", saisi)
    assert refusee.status_code == 422 and "2 jeunes au plus à la fois" in refusee.text


def test_la_feuille_d_emargement_nomme_les_inscrits_de_sa_mds(agent, base):
    la_sienne = agent("coordonnateur").get(
        f"/actions-collectives/{base['ici']['action']}/emargement"
    )
    assert "Delcroix" in la_sienne.text
    ailleurs = f"/actions-collectives/{base['ailleurs']['action']}/emargement"
    assert agent("coordonnateur").get(ailleurs).status_code == 404


def test_une_action_collective_avec_un_jeune_d_ailleurs_n_enregistre_rien(
    app, agent, base, mds_artois
):
    avant = len(lire(app, select(Rencontre.id)))
    rendu = poster(
        agent("coordonnateur"),
        "/actions-collectives/ajouter",
        saisie_collective(
            base,
            base["ici"]["jeune"],
            base["ailleurs"]["jeune"],
            mds_id=mds_artois,
            intitule="Refusée",
        ),
    )
    assert (
        rendu.status_code == 422
        and "Choix non valable" in rendu.text
        and AILLEURS not in rendu.text
    )
    assert len(lire(app, select(Rencontre.id))) == avant
    assert not lire(app, select(ActionCollective).where(ActionCollective.intitule == "Refusée"))


def test_les_jeunes_se_choisissent_un_par_un_en_tapant(agent, base, mds_artois):
    rendu = poster(
        agent("coordonnateur"),
        "/actions-collectives/ajouter",
        {"choisir": "1", "un_jeune-texte": "delcroix", "intitule": "Sortie"},
    )
    assert rendu.status_code == 200
    assert (
        f'name="jeunes" value="{base["ici"]["jeune"]}" checked' in rendu.text
        and "Sortie" in rendu.text
    )


def test_une_action_sans_jeune_est_refusee(agent, base, mds_artois):
    rendu = poster(
        agent("coordonnateur"),
        "/actions-collectives/ajouter",
        saisie_collective(base, mds_id=mds_artois),
    )
    assert rendu.status_code == 422 and "Choisissez au moins un jeune" in rendu.text


# What one click does
# -----------------------------------------------------------------------------------------------


def test_toujours_vrai_aujourd_hui_confirme_la_situation(app, agent, base):
    numero = base["ici"]["situation"]
    assert (
        poster(agent("coordonnateur"), f"/situations/{numero}/confirmer", page="/").status_code
        == 302
    )
    assert (
        lire(app, select(Situation).where(Situation.id == numero))[0].confirmee_le == aujourd_hui()
    )
    assert poster(agent("slai"), f"/situations/{numero}/confirmer", page="/").status_code == 403
    assert (
        poster(
            agent("responsable"), f"/situations/{base['ailleurs']['situation']}/confirmer", page="/"
        ).status_code
        == 404
    )


def test_un_frein_se_leve_en_un_clic_une_seule_fois(app, agent, base):
    numero, client = base["ici"]["frein"], agent("coordonnateur")
    for _ in range(2):
        assert poster(client, f"/freins/{numero}/terminer", page="/").status_code == 302
    frein = lire(app, select(Frein).where(Frein.id == numero))[0]
    assert (frein.leve_le, frein.version) == (aujourd_hui(), 2)


def test_rien_ne_change_par_une_simple_lecture(agent, base):
    for chemin in (
        f"/situations/{base['ici']['situation']}/confirmer",
        f"/freins/{base['ici']['frein']}/terminer",
        "/habilitations/1/retirer",
        "/comptes/1/fermer",
    ):
        assert agent("responsable").get(chemin).status_code == 405


def test_reprendre_une_situation_propose_ses_reponses_et_la_date_du_jour(agent, base):
    page = (
        agent("coordonnateur")
        .get(f"/situations/ajouter?jeune={base['ici']['jeune']}&copie={base['ici']['situation']}")
        .text
    )
    assert re.search(r'value="LYCEE_PRO" selected', page) and aujourd_hui().isoformat() in page
    assert (
        agent("coordonnateur")
        .get(f"/situations/ajouter?copie={base['ailleurs']['situation']}")
        .status_code
        == 404
    )


@pytest.mark.parametrize(
    ("saisie", "phrase"),
    [
        ({"le": "demain", "statut_code": "TENUE"}, "le statut est « Prévue »"),
        ({"le": "hier", "statut_code": "PREVUE"}, "alors que son jour est passé"),
        (
            {"le": "hier", "statut_code": "ABSENCE", "jeune_present": "oui"},
            "à la fois absent et présent",
        ),
    ],
)
def test_le_statut_d_une_rencontre_suit_sa_date_et_les_presents(agent, base, saisie, phrase):
    jours = {"demain": 1, "hier": -1}
    valeurs = {"jeune_id": str(base["ici"]["jeune"]), "type_code": "ENTRETIEN"} | saisie
    valeurs["le"] = f"{aujourd_hui() + timedelta(days=jours[saisie['le']]):%d/%m/%Y}"
    rendu = poster(agent("coordonnateur"), "/rencontres/ajouter", valeurs)
    assert rendu.status_code == 422 and phrase in html.unescape(rendu.text)


def test_une_situation_dont_rien_n_est_dit_est_refusee(agent, base):
    valeurs = {"jeune_id": str(base["ici"]["jeune"]), "observee_le": "04/04/2025"}
    rendu = poster(agent("coordonnateur"), "/situations/ajouter", valeurs)
    assert rendu.status_code == 422 and "répondez au moins à une question" in html.unescape(
        rendu.text
    )


def test_une_liste_vide_reste_non_renseignee_et_non_reste_non(app, agent, base):
    client = agent("coordonnateur")
    valeurs = {
        "jeune_id": str(base["ici"]["jeune"]),
        "observee_le": "03/04/2025",
        "logement_code": "PARENTS",
        "maintien_6_mois": "non",
        "situation_pro_code": "",
        "ressource_1_code": "",
    }
    assert poster(client, "/situations/ajouter", valeurs).status_code == 302
    vue = lire(app, select(Situation).where(Situation.logement_code == "PARENTS"))[0]
    assert (vue.observee_le.isoformat(), vue.maintien_6_mois, vue.situation_pro_code) == (
        "2025-04-03",
        False,
        None,
    )
