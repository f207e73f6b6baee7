"""A youth's file: everything on one page, « Ajouter » that knows the youth, what waits, and a
constant number of statements."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Enquete, Etape, Evenement, Jeune, Rencontre
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import champs, ouvrir_session, poster, sans_hasard
from tests.ordres_sql import ordres_sql


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        roles = {
            "coordonnateur": "COORDONNATEUR",
            "referent": "REFERENT_SEF",
            "slai": "SLAI",
            "responsable": "RESPONSABLE",
        }
        numeros = {qui: f.un_compte(role, "ART").id for qui, role in roles.items()}
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, comptes):
    return lambda qui="coordonnateur": ouvrir_session(app.test_client(), comptes[qui])


def tout(jeune: int, decalage: int = 0) -> None:
    """One record of each kind for a youth; ``decalage`` keeps the periods apart."""
    debut, fin = f.il_y_a(2000 - decalage * 100), f.il_y_a(1950 - decalage * 100)
    f.un_accompagnement(jeune, du=debut, au=fin, motif_sortie_code="AUTONOMIE")
    f.un_binome(jeune, du=debut, au=fin)
    f.un_rattachement(jeune, du=debut, au=fin)
    for fabrique in (f.une_mesure, f.une_alerte, f.un_frein, f.une_mobilisation):
        fabrique(jeune, du=debut)
    f.une_rencontre(jeune, action_id=f.une_action_collective().id)
    f.une_situation(jeune, observee_le=debut, logement_code="FJT", ressource_1_code="RSA")
    f.une_enquete(jeune, demandee_le=debut)
    f.une_decision(jeune)
    f.une_etape(jeune, echeance=f"ANCIENNE_{decalage}")


def ouvrir(client, jeune: int) -> str:
    reponse = client.get(f"/jeunes/{jeune}")
    assert reponse.status_code == 200
    return html.unescape(reponse.text)


def test_la_fiche_montre_qui_est_le_jeune_sa_phase_et_son_binome(agent, faire):
    jeune = faire(
        f.un_jeune,
        nom="Lemaire",
        prenom="Inès",
        telephone="06 39 98 12 34",
        lieu_accueil_code="MECS",
        contact_le=f.il_y_a(40),
    )
    for fabrique in (f.un_rdv_tripartite, f.un_accompagnement, f.un_binome, f.une_mesure):
        faire(fabrique, jeune)
    page = ouvrir(agent(), jeune)
    for attendu in (
        "Inès Lemaire",
        "17 ans",
        "06 39 98 12 34",
        "Artois",
        "Maryse Référente",
        "Yanis Coordonnateur",
        "MECS",
        "Chapitre 4 : accompagnement",
        "Placement judiciaire",
    ):
        assert attendu in page, attendu


@pytest.mark.parametrize(
    "table",
    [
        "rencontre",
        "situation",
        "alerte",
        "frein",
        "mobilisation",
        "mesure",
        "accompagnement",
        "binome",
        "enquete",
        "decision",
        "rattachement",
    ],
)
def test_chaque_onglet_ajoute_pour_ce_jeune_et_y_revient(agent, faire, table):
    jeune = faire(f.un_jeune, nom="Onglet")
    page = ouvrir(agent("responsable"), jeune)
    lien = re.search(rf'href="(/{table}s/ajouter\?jeune={jeune}&retour=[^"]+%23{table})"', page)
    assert lien, table
    formulaire = html.unescape(agent("responsable").get(lien[1]).text)
    assert "Camille Onglet" in formulaire and f'name="jeune_id" value="{jeune}"' in formulaire


def test_on_revient_a_l_onglet_apres_avoir_ajoute(agent, faire):
    jeune, client = faire(f.un_jeune), agent()
    adresse = f"/freins/ajouter?jeune={jeune}&retour=%2Fjeunes%2F{jeune}%23frein"
    rendu = poster(
        client,
        adresse,
        {"theme_code": "SANTE", "du": "01/02/2025", "retour": f"/jeunes/{jeune}#frein"},
    )
    assert rendu.location == f"/jeunes/{jeune}#frein"
    assert "Accès aux soins" in ouvrir(client, jeune)


def test_seul_ce_que_le_role_permet_est_propose(agent, faire):
    jeune = faire(f.un_jeune)
    faire(f.une_situation, jeune)
    slai, referent = ouvrir(agent("slai"), jeune), ouvrir(agent("referent"), jeune)
    assert "/ajouter?jeune=" not in slai and "Toujours vrai" not in slai and "/modifier" not in slai
    assert (
        f"/mesures/ajouter?jeune={jeune}" in referent
        and f"/situations/ajouter?jeune={jeune}" not in referent
    )
    assert f"/mesures/ajouter?jeune={jeune}" not in ouvrir(agent("coordonnateur"), jeune)


def test_ce_qui_attend_se_voit_en_haut(agent, faire):
    jeune = faire(f.un_jeune, contact_le=f.il_y_a(20), repere_le=f.il_y_a(30))
    faire(f.une_mesure, jeune)
    faire(f.une_alerte, jeune, motif_code="FUGUE", signalee_par="la MECS")
    faire(f.une_rencontre, jeune, statut_code="PREVUE", le=f.il_y_a(3))
    page = ouvrir(agent(), jeune)
    assert "Chapitre 2 : orientation" in page and "depuis 20 jours" in page
    assert re.search(
        rf'/rencontres/ajouter\?jeune={jeune}&type=TRIPARTITE&prevue=1[^"]*">'
        "Fixer le rendez-vous tripartite",
        page,
    )
    assert "délai de 15 jours dépassé depuis 5 jours" in page
    assert "Alerte ouverte :" in page and "Signalée par : la MECS" in page
    assert "dites si elle a eu lieu" in page
    assert "Étapes légales en retard" in page and "entretien des 17 ans" in page


def test_rien_n_attend_ne_se_dit_pas_au_dessus_d_une_alerte_ou_d_un_retard(agent, faire):
    def suivi(**champs) -> int:
        jeune = faire(f.un_jeune, contact_le=f.il_y_a(40), **champs)
        for fabrique in (f.un_rdv_tripartite, f.un_accompagnement, f.un_binome):
            faire(fabrique, jeune)
        return jeune

    tranquille, en_alerte = [suivi(date_naissance=f.il_y_a(16 * 366)) for _ in range(2)]
    faire(f.une_alerte, en_alerte)
    en_retard = suivi()
    faire(f.une_mesure, en_retard)
    assert "Rien n’attend." in ouvrir(agent(), tranquille)
    assert "Rien n’attend." not in ouvrir(agent(), en_alerte)
    page = ouvrir(agent(), en_retard)
    assert "Étapes légales en retard" in page and "Rien n’attend." not in page


def test_une_etape_se_dit_faite_ou_sans_objet_depuis_la_fiche(app, agent, faire):
    jeune, client = faire(f.un_jeune), agent()
    faire(f.une_mesure, jeune)
    page = ouvrir(client, jeune)
    assert f"/etapes/ajouter?jeune={jeune}&echeance=ENTRETIEN_17&" in page
    adresse = f"/etapes/ajouter?jeune={jeune}&echeance=ENTRETIEN_17"
    assert re.search(r'value="ENTRETIEN_17" selected', client.get(adresse).text)
    assert (
        poster(client, adresse, {"echeance": "INVENTEE", "faite_le": "01/01/2026"}).status_code
        == 422
    )
    assert poster(client, adresse, {"echeance": "ENTRETIEN_17"}).status_code == 422
    assert (
        poster(client, adresse, {"echeance": "PROJET_17", "est_sans_objet": "oui"}).status_code
        == 422
    )  # why?
    assert (
        poster(
            client,
            adresse,
            {"echeance": "PROJET_17", "est_sans_objet": "oui", "motif": "déjà écrit"},
        ).status_code
        == 302
    )
    assert (
        poster(
            client, adresse, {"echeance": "ENTRETIEN_17", "faite_le": f"{f.il_y_a(2):%d/%m/%Y}"}
        ).status_code
        == 302
    )
    page = ouvrir(client, jeune)
    assert f"Faite le {f.il_y_a(2):%d/%m/%Y}" in page and "Sans objet (déjà écrit)" in page
    with app.app_context(), acces.acteur(acces.TOUS):
        assert {
            e.echeance for e in db.session.scalars(select(Etape).where(Etape.jeune_id == jeune))
        } == {
            "ENTRETIEN_17",
            "PROJET_17",
        }


def test_ajouter_une_rencontre_propose_aujourd_hui_tenue_et_celui_qui_tape(agent, faire):
    jeune = faire(f.un_jeune)
    page = agent().get(f"/rencontres/ajouter?jeune={jeune}").text
    assert aujourd_hui().isoformat() in page and re.search(r'value="TENUE" selected', page)
    assert re.search(r'name="coordonnateur_present" value="oui" checked', page)
    assert not re.search(r'name="service_ase_present" value="oui" checked', page)
    prevue = agent().get(f"/rencontres/ajouter?jeune={jeune}&prevue=1&type=TRIPARTITE").text
    assert re.search(r'value="PREVUE" selected', prevue) and re.search(
        r'value="TRIPARTITE" selected', prevue
    )
    assert not re.search(r'name="jeune_present" value="oui" checked', prevue)


def test_constituer_un_binome_propose_l_agent_de_qui_tape(app, comptes, agent, faire):
    jeune = faire(f.un_jeune)
    page = agent().get(f"/binomes/ajouter?jeune={jeune}").text
    assert _champ(page, "coordonnateur_id-texte") == ""  # never a guess on the name of the account
    faire(f.un_agent, nom="Nour Delestrez", compte_id=comptes["coordonnateur"])
    page = agent().get(f"/binomes/ajouter?jeune={jeune}").text
    assert _champ(page, "coordonnateur_id-texte") == "Nour Delestrez"
    assert _champ(page, "referent_id-texte") == ""


def _champ(page: str, nom: str) -> str:
    return re.search(rf'name="{nom}"[^>]* value="([^"]*)"', page)[1]


def test_une_rencontre_prevue_garde_le_jour_ou_elle_a_ete_prise(app, agent, faire):
    jeune = faire(f.un_jeune)
    valeurs = {
        "jeune_id": str(jeune),
        "type_code": "TRIPARTITE",
        "le": f"{f.dans(8):%d/%m/%Y}",
        "statut_code": "PREVUE",
    }
    assert poster(agent(), "/rencontres/ajouter", valeurs).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        assert (
            db.session.scalar(select(Rencontre.fixee_le).where(Rencontre.jeune_id == jeune))
            == aujourd_hui()
        )
    page = ouvrir(agent(), jeune)
    assert f"Rendez-vous tripartite le {f.dans(8):%d/%m/%Y}" in page


@pytest.mark.parametrize("statut", ["PREVUE", "ANNULEE"])
def test_personne_n_est_venu_a_une_rencontre_qui_n_a_pas_eu_lieu(app, agent, faire, statut):
    """The form opens as held, « jeune présent » ticked; then another status is chosen."""
    jeune = faire(f.un_jeune)
    client = agent()
    presents = dict.fromkeys(("jeune_present", "coordonnateur_present"), "oui")
    saisie = {"type_code": "ENTRETIEN", "le": f"{f.dans(8):%d/%m/%Y}", "statut_code": statut}
    envoi = poster(client, "/rencontres/ajouter", {"jeune_id": str(jeune), **saisie, **presents})
    assert envoi.status_code == 302
    tenue = faire(f.une_rencontre, jeune, le=f.il_y_a(1), jeune_present=True)
    adresse = f"/rencontres/{tenue}/modifier"
    saisie = champs(client.get(adresse).text) | saisie | presents
    rendu = client.post(adresse, data=saisie)
    assert rendu.status_code == 302, rendu.text
    with app.app_context(), acces.acteur(acces.TOUS):
        lues = select(Rencontre.jeune_present, Rencontre.coordonnateur_present)
        siennes = db.session.execute(lues.where(Rencontre.jeune_id == jeune)).all()
        assert siennes == [(None, None)] * 2


def test_lire_une_fiche_laisse_une_trace(app, agent, faire, comptes):
    jeune = faire(f.un_jeune)
    ouvrir(agent(), jeune)
    with app.app_context(), acces.acteur(acces.TOUS):
        trace = db.session.scalars(
            select(Evenement).where(Evenement.operation == "lecture", Evenement.jeune_id == jeune)
        ).all()
        assert [(t.table_nom, t.cle, t.acteur, t.canal) for t in trace] == [
            ("jeune", str(jeune), str(comptes["coordonnateur"]), "ecran")
        ]


def test_la_fiche_d_une_autre_mds_et_celle_qui_n_existe_pas_repondent_pareil(app, agent, faire):
    ailleurs = faire(f.un_jeune, "TER", nom="Caché")
    client = agent()
    vue, inconnue = client.get(f"/jeunes/{ailleurs}"), client.get("/jeunes/999999")
    assert vue.status_code == inconnue.status_code == 404
    assert sans_hasard(vue.text) == sans_hasard(inconnue.text) and "Caché" not in vue.text
    with app.app_context(), acces.acteur(acces.TOUS):
        assert not db.session.scalars(
            select(Evenement.id).where(
                Evenement.operation == "lecture", Evenement.jeune_id == ailleurs
            )
        ).all()


def compter(app, client, adresse: str) -> int:
    client.get(adresse)  # what is read once per process is read
    with ordres_sql() as ordres:
        assert client.get(adresse).status_code == 200
    return len(ordres)


def test_le_nombre_de_requetes_de_la_fiche_ne_depend_pas_du_nombre_de_lignes(app, agent, faire):
    peu, beaucoup = faire(f.un_jeune), faire(f.un_jeune)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(2):
            tout(peu, n)
        for n in range(8):
            tout(beaucoup, n)
        db.session.commit()
    client = agent("responsable")
    assert (
        compter(app, client, f"/jeunes/{peu}") == compter(app, client, f"/jeunes/{beaucoup}") <= 28
    )


@pytest.mark.parametrize(
    "adresse",
    [
        "/jeunes/",
        "/rencontres/",
        "/alertes/",
        "/situations/",
        "/mesures/",
        "/decisions/",
        "/a-faire/",
        "/",
    ],
)
def test_le_nombre_de_requetes_d_une_liste_ne_depend_pas_du_nombre_de_lignes(app, agent, adresse):
    client = agent("responsable")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        tout(f.un_jeune(contact_le=f.il_y_a(50)).id)
        db.session.commit()
    avant = compter(app, client, adresse)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(4):
            tout(f.un_jeune(contact_le=f.il_y_a(50)).id, n)
        db.session.commit()
    assert compter(app, client, adresse) == avant


def test_un_jeune_se_cree_avec_le_code_suivant_et_une_date_plausible(app, agent):
    client = agent("referent")
    valeurs = {
        "nom": "Nouveau",
        "prenom": "Noé",
        "date_naissance": "15/06/2009",
        "est_parent": "non",
        "est_hors_departement": "",
    }
    assert (
        poster(client, "/jeunes/ajouter", valeurs | {"date_naissance": "15/06/1979"}).status_code
        == 422
    )
    assert (
        poster(client, "/jeunes/ajouter", valeurs | {"date_naissance": "15/06/2099"}).status_code
        == 422
    )
    with app.app_context(), acces.acteur(acces.TOUS):
        valeurs["mds_id"] = str(f.numero_mds("ART"))
    assert poster(client, "/jeunes/ajouter", valeurs).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        jeune = db.session.scalar(select(Jeune).where(Jeune.nom == "Nouveau"))
        assert (jeune.est_parent, jeune.est_hors_departement) == (False, None)
        assert re.fullmatch(r"D\d{5}", jeune.code)


def test_une_enquete_avec_une_reponse_veut_son_jour(agent, app, faire):
    jeune = faire(f.un_jeune)
    valeurs = {
        "jeune_id": str(jeune),
        "demandee_le": "01/02/2025",
        "reponse_code": "TRES_SATISFAIT",
    }
    assert poster(agent(), "/enquetes/ajouter", valeurs).status_code == 422
    assert (
        poster(agent(), "/enquetes/ajouter", valeurs | {"repondue_le": "03/02/2025"}).status_code
        == 302
    )
    with app.app_context(), acces.acteur(acces.TOUS):
        assert (
            db.session.scalar(select(Enquete.reponse_code).where(Enquete.jeune_id == jeune))
            == "TRES_SATISFAIT"
        )


def test_qui_ecrit_ici_et_lit_la_ne_se_voit_proposer_d_ecrire_qu_ici(app, faire):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART")
        f.une_habilitation(compte, "SLAI", "TER")
        numero, ici, la = compte.id, f.un_jeune("ART").id, f.un_jeune("TER").id
        situation = f.une_situation(la).id
        db.session.commit()
    client = ouvrir_session(app.test_client(), numero)
    assert f"/situations/ajouter?jeune={ici}" in ouvrir(client, ici)
    page = ouvrir(client, la)
    assert "/ajouter?jeune=" not in page and "/modifier" not in page and "Toujours vrai" not in page
    assert poster(client, f"/situations/{situation}/confirmer", page="/").status_code == 403
    assert client.get(f"/situations/{situation}/modifier").status_code == 403
    rendu = poster(
        client, "/freins/ajouter", {"jeune_id": str(la), "theme_code": "SANTE", "du": "01/02/2025"}
    )
    assert rendu.status_code == 422 and "habilitations ne permettent pas" in html.unescape(
        rendu.text
    )


def test_une_decision_se_prend_en_comite_de_suivi(agent, faire):
    jeune, permanence, comite = (
        faire(f.un_jeune),
        faire(f.une_instance, "PERMANENCE"),
        faire(f.une_instance),
    )
    valeurs = {"jeune_id": str(jeune), "decision": "Chercher un FJT."}
    assert (
        poster(
            agent(), "/decisions/ajouter", valeurs | {"instance_id": str(permanence)}
        ).status_code
        == 422
    )
    assert (
        poster(agent(), "/decisions/ajouter", valeurs | {"instance_id": str(comite)}).status_code
        == 302
    )


@pytest.mark.parametrize(
    ("presences", "attendu"),
    [
        (
            {
                "jeune_present": True,
                "coordonnateur_present": True,
                "service_ase_present": False,
                "lieu_accueil_present": False,
            },
            "Présents : jeune, coordonnateur<",
        ),
        (
            {
                "jeune_present": True,
                "coordonnateur_present": None,
                "service_ase_present": False,
                "lieu_accueil_present": None,
            },
            "Présents : jeune (non renseigné : coordonnateur, lieu d’accueil)<",
        ),
        (
            {
                "jeune_present": False,
                "coordonnateur_present": False,
                "service_ase_present": False,
                "lieu_accueil_present": False,
            },
            "Présents : personne<",
        ),
        (
            {
                "jeune_present": False,
                "coordonnateur_present": None,
                "service_ase_present": None,
                "lieu_accueil_present": None,
            },
            ". Absent : jeune (non renseigné : coordonnateur, service ASE, lieu d’accueil)<",
        ),
    ],
)
def test_un_absent_et_une_presence_non_renseignee_ne_se_confondent_pas(
    agent, faire, presences, attendu
):
    jeune = faire(f.un_jeune)
    faire(f.une_rencontre, jeune, statut_code="TENUE", **presences)
    assert attendu in ouvrir(agent(), jeune)


def test_une_rencontre_tenue_dont_rien_n_est_dit_le_montre_et_une_prevue_attend(agent, faire):
    jeune = faire(f.un_jeune)
    rien = dict.fromkeys(
        ("jeune_present", "coordonnateur_present", "service_ase_present", "lieu_accueil_present")
    )
    faire(f.une_rencontre, jeune, statut_code="TENUE", compte_rendu=None, **rien)
    dits = (
        "Lieu non renseigné. Présents : non renseigné",
        "Compte rendu non renseigné",
        '<span class="etat fait">Tenue</span>',
    )
    tenue = ouvrir(agent(), jeune)
    assert [dit for dit in dits if dit not in tenue] == []
    autre = faire(f.un_jeune)
    faire(
        f.une_rencontre, autre, le=aujourd_hui() + timedelta(days=3), statut_code="PREVUE", **rien
    )
    prevue = ouvrir(agent(), autre)
    assert '<span class="etat prevu">Prévue</span>' in prevue
    assert "Compte rendu non renseigné" not in prevue
    assert "Présents :" not in prevue


def test_un_coordonnateur_voit_cinq_onglets(agent, faire):
    page = ouvrir(agent("coordonnateur"), faire(f.un_jeune))
    barre = page.partition('aria-label="Rubriques de la fiche"')[2].partition("</ul>")[0]
    titres = re.findall(r'<a href="#\w+">([^<]+?) ?(?:<span|</a>)', barre)
    assert titres == [
        "Rencontres",
        "Étapes et tâches",
        "Situation",
        "Parcours ASE",
        "Identité et projet",
    ]


@pytest.mark.parametrize(
    ("courriel", "large"), [("ana.roy@exemple.fr", False), ("h.tinquincourt@departement.fr", True)]
)
def test_un_long_courriel_n_est_pas_coupe_dans_sa_fiche(agent, faire, courriel, large):
    numero = faire(f.un_agent, courriel=courriel)
    page = agent().get(f"/agents/{numero}").text.replace("<wbr>", "")
    ouverte = re.search(rf"<div([^<]*)><dt>Courriel</dt><dd><a [^>]*>{courriel}", page)[1]
    assert ("long" in ouverte) == large
