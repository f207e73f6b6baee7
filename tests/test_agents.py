"""The professionals behind the follow-up: found by the folded name, read in their MDS, tied to an
account by a person, merged by a person; and the lists that begin with one's own youths."""

import html
import re

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import Agent, Alerte, Binome, Compte, Evenement, Poste
from app.regles.jumeaux import peuvent_etre_un
from app.regles.texte import serrer
from tests import factories as f
from tests.connexions import ouvrir_session, poster

COMPTES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "referent": ("REFERENT_SEF", "ART"),
    "responsable": ("RESPONSABLE", "ART"),
    "responsable_arras": ("RESPONSABLE", "ARR"),
    "administrateur": ("ADMINISTRATEUR", None),
    "dpid": ("DPID", None),
}


def lire(client, adresse: str) -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200, adresse
    return html.unescape(reponse.text)


# One name, one agent


@pytest.mark.parametrize(
    "nom",
    [
        "Jean-Baptiste N'Diaye",
        "  jean baptiste   N’DIAYE ",
        "Jean\u00adBaptiste NDiaye",
        "Jean\u2011Baptiste\u00a0Ndiaye",
        "JEANBAPTISTE NDIAYÉ",
    ],
)
def test_python_et_la_base_serrent_les_noms_de_la_meme_facon(session, nom):
    assert serrer(nom) == "jeanbaptistendiaye"
    assert session.scalar(select(func.acces.serrer(nom))) == serrer(nom)


def test_un_nom_tape_fait_un_agent_puis_le_retrouve(session):
    jeune = f.un_jeune()
    premier = f.un_binome(jeune, referent_ase="Zoé D’Hondt", du=f.il_y_a(300), au=f.il_y_a(200))
    second = f.un_binome(jeune, referent_ase="zoe d hondt", du=f.il_y_a(199))
    session.refresh(premier)
    session.refresh(second)
    assert premier.referent_id == second.referent_id is not None
    assert second.referent_ase == "zoe d hondt"  # the text stays as it was typed
    cree = session.get(Agent, premier.referent_id)
    assert (cree.nom, cree.fonction_code, cree.mds_ids) == (
        "Zoé D’Hondt",
        "REFERENT_ASE",
        [jeune.mds_id],
    )


def test_ce_qui_n_est_pas_un_nom_ne_fait_pas_d_agent(session):
    avant = session.scalar(select(func.count()).select_from(Agent))
    for rang, dit in enumerate(("?", "À définir", "Vacant")):
        binome = f.un_binome(None, referent_ase=dit, coordonnateur="Yanis Coordonnateur")
        session.refresh(binome)
        assert binome.referent_id is None and binome.referent_ase == dit, rang
    apres = session.scalar(select(func.count()).select_from(Agent))
    assert apres <= avant + 1


def test_choisir_un_agent_donne_son_nom_et_le_retirer_l_efface(session):
    choisi = f.un_agent(nom="Karim Choisi")
    binome = f.un_binome(None, referent_ase=None, referent_id=choisi.id)
    session.refresh(binome)
    assert binome.referent_ase == "Karim Choisi"
    binome.referent_id = None
    session.flush()
    session.refresh(binome)
    assert binome.referent_ase is None and binome.coordonnateur_id is not None


def test_une_alerte_nomme_un_agent_connu_et_n_en_cree_pas(session):
    connu = f.un_agent(nom="Odile Signale")
    dite = f.une_alerte(None, signalee_par="odile signale")
    ecole = f.une_alerte(None, signalee_par="Le lycée professionnel")
    session.refresh(dite)
    session.refresh(ecole)
    assert (dite.signalee_par_id, ecole.signalee_par_id) == (connu.id, None)


def test_un_poste_est_celui_de_l_agent_de_ce_nom(session):
    poste = f.un_poste(coordonnateur="Hélène Postée")
    binome = f.un_binome(None, coordonnateur="Helene Postee")
    session.refresh(poste)
    session.refresh(binome)
    assert poste.agent_id == binome.coordonnateur_id is not None


def test_un_agent_qui_change_de_nom_est_nomme_ainsi_partout(session):
    binome = f.un_binome(None, coordonnateur="Anne Avant")
    session.refresh(binome)
    celle = session.get(Agent, binome.coordonnateur_id)
    celle.nom = "Anne Apres"
    session.flush()
    session.refresh(binome)
    session.refresh(celle)
    assert binome.coordonnateur == "Anne Apres" and "Anne Avant" in celle.autres_noms
    ancien = f.un_binome(None, coordonnateur="anne avant")
    session.refresh(ancien)
    assert ancien.coordonnateur_id == celle.id


# The wall


def test_l_annuaire_se_lit_dans_ses_mds_et_le_nom_partout_ou_il_est_ecrit(agent, faire):
    jeune = faire(f.un_jeune, nom="Muré")
    faire(f.un_agent, "ARR", nom="Ailleurs Delmotte", telephone="03 21 55 55 55")
    faire(f.un_binome, jeune, coordonnateur="Ailleurs Delmotte", referent_ase=None)
    fiche = lire(agent(), f"/jeunes/{jeune}")
    assert "Ailleurs Delmotte" in fiche and "55 55 55" not in fiche
    assert "Delmotte" not in lire(agent(), "/agents/")
    assert "Delmotte" in lire(agent("responsable_arras"), "/agents/")


def test_la_fiche_du_jeune_donne_telephone_et_courriel_d_un_geste(agent, faire):
    faire(f.un_agent, nom="Joignable Roux", telephone="03 21 44 44 44", courriel="j.roux@x.fr")
    jeune = faire(f.un_jeune)
    faire(f.un_binome, jeune, coordonnateur="Joignable Roux", referent_ase="Muet Blanc")
    fiche = lire(agent(), f"/jeunes/{jeune}")
    assert 'href="tel:0321444444"' in fiche and 'href="mailto:j.roux@x.fr"' in fiche
    assert "Muet Blanc" in fiche


def test_un_agent_d_ailleurs_ne_se_choisit_pas_par_son_numero(app, comptes, faire):
    ailleurs = faire(f.un_agent, "ARR", nom="Invisible Petit")
    jeune = faire(f.un_jeune)
    with app.app_context(), acces.acteur(comptes["coordonnateur"], canal="essai"):
        with pytest.raises(DBAPIError, match="foreign key"):
            f.un_binome(jeune, coordonnateur=None, coordonnateur_id=ailleurs)
        db.session.rollback()


def test_nul_ne_s_ajoute_un_agent_d_une_autre_mds(app, comptes, faire):
    ailleurs = faire(f.un_agent, "ARR")
    with app.app_context(), acces.acteur(comptes["coordonnateur"], canal="essai"):
        assert db.session.get(Agent, ailleurs) is None
        with pytest.raises(DBAPIError):
            f.un_agent("ARR")
        db.session.rollback()


# The form of a binôme


def _binome(jeune: int, **champs) -> dict:
    return {"jeune_id": str(jeune), "du": f"{f.il_y_a(3):%d/%m/%Y}", **champs}


def test_taper_un_nom_inconnu_propose_de_creer_l_agent(app, agent, faire):
    jeune = faire(f.un_jeune)
    client = agent()
    valeurs = _binome(jeune, **{"coordonnateur_id-texte": "Inconnue Carlier"})
    refus = poster(client, "/binomes/ajouter", valeurs)
    assert refus.status_code == 422
    assert "Créer l’agent « Inconnue Carlier »" in html.unescape(refus.text)
    rendu = poster(client, "/binomes/ajouter", {**valeurs, "coordonnateur_id": "nouveau"})
    assert rendu.status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        binome = db.session.scalars(select(Binome).where(Binome.jeune_id == jeune)).one()
        assert binome.coordonnateur == "Inconnue Carlier" and binome.coordonnateur_id
        assert binome.referent_ase is None and binome.referent_id is None
        db.session.rollback()
    assert "Coordonnateur seul (relais)" in lire(client, f"/jeunes/{jeune}")


def test_un_coordonnateur_est_obligatoire_un_referent_non(agent, faire):
    jeune = faire(f.un_jeune)
    refus = poster(agent(), "/binomes/ajouter", _binome(jeune))
    assert refus.status_code == 422 and "obligatoire" in refus.text


def test_un_agent_d_ailleurs_deja_nomme_reste_quand_on_change_autre_chose(app, agent, faire):
    faire(f.un_agent, "ARR", nom="Parti Ailleurs")
    numero = faire(f.un_binome, coordonnateur="Parti Ailleurs", referent_ase=None)
    client = agent()
    page = lire(client, f"/binomes/{numero}/modifier")
    assert 'value="Parti Ailleurs"' in page
    champs = dict(re.findall(r'name="(\w+_id)" value="(\d*)"', page))
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    valeurs = {
        **champs,
        "coordonnateur_id-texte": "Parti Ailleurs",
        "referent_id-texte": "",
        "du": f"{f.il_y_a(5):%d/%m/%Y}",
        "version": version,
    }
    assert poster(client, f"/binomes/{numero}/modifier", valeurs).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        binome = db.session.get(Binome, numero)
        assert binome.du == f.il_y_a(5) and binome.coordonnateur == "Parti Ailleurs"
        assert binome.coordonnateur_id is not None
        db.session.rollback()


# Accounts


def test_le_responsable_ou_l_administrateur_rattache_un_compte(app, agent, comptes, faire):
    numero = faire(f.un_agent, nom="Rattachée Lemoine")
    compte = faire(f.un_compte, "COORDONNATEUR", "ART", username="rattachee.lemoine")
    adresse = f"/agents/{numero}/compte"
    assert agent().get(adresse).status_code == 403
    assert agent("responsable_arras").get(adresse).status_code == 404
    rendu = poster(agent("responsable"), adresse, {"compte_id-texte": "rattachee.lemoine"})
    assert rendu.status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        assert db.session.get(Agent, numero).compte_id == compte
        db.session.rollback()


def test_la_base_refuse_a_un_coordonnateur_de_rattacher_son_compte(app, comptes, faire):
    numero = faire(f.un_agent)
    with app.app_context(), acces.acteur(comptes["coordonnateur"], canal="essai"):
        db.session.get(Agent, numero).compte_id = comptes["coordonnateur"]
        with pytest.raises(DBAPIError, match="tied to an agent"):
            db.session.flush()
        db.session.rollback()


# Records in double


@pytest.mark.parametrize(
    ("un", "autre", "attendu"),
    [
        ("N. Delestrez", "Nour Delestrez", True),
        ("Delestrez Nour", "Nour Delestrez", True),
        ("Mme Delestrez", "Nour Delestrez", True),
        ("Nour Delestré", "Nour Delestrez", True),
        ("Nour Delestrez (Artois)", "Nour Delestrez (Lens)", False),
        ("Anne Petit", "Jean Petit", False),
        ("P. Petit", "Jean Petit", False),
    ],
)
def test_les_noms_qui_peuvent_etre_ceux_d_une_personne(un, autre, attendu):
    assert peuvent_etre_un(un, autre) is attendu
    assert peuvent_etre_un(autre, un) is attendu


def test_l_administrateur_reunit_deux_fiches_et_rien_ne_se_perd(app, agent, faire):
    garde = faire(f.un_agent, nom="Nour Jumelle", mds_ids=[], telephone=None)
    binome = faire(f.un_binome, coordonnateur="N. Jumelle")
    alerte = faire(f.une_alerte, signalee_par="n jumelle")
    poste = faire(f.un_poste, coordonnateur="N. Jumelle")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        absorbe = db.session.get(Binome, binome).coordonnateur_id
        db.session.get(Agent, absorbe).telephone = "03 21 33 33 33"
        db.session.commit()
    assert agent("responsable").get("/agents/en-double").status_code == 403
    client = agent("administrateur")
    assert 'href="/agents/en-double"' in lire(client, "/agents/")
    assert "Nour Jumelle" in lire(client, "/agents/en-double")
    assert "Binôme (Coordonnateur) : 1" in lire(
        client, f"/agents/reunir?garde={garde}&absorbe={absorbe}"
    )
    rendu = poster(
        client,
        "/agents/reunir",
        {"garde": garde, "absorbe": absorbe},
        page=f"/agents/reunir?garde={garde}&absorbe={absorbe}",
    )
    assert rendu.status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        celle = db.session.get(Agent, garde)
        assert db.session.get(Agent, absorbe) is None
        assert (celle.telephone, celle.autres_noms) == ("03 21 33 33 33", "N. Jumelle")
        assert celle.mds_ids == [f.numero_mds("ART")]
        for classe, numero, lien, nom in (
            (Binome, binome, "coordonnateur_id", "coordonnateur"),
            (Alerte, alerte, "signalee_par_id", "signalee_par"),
            (Poste, poste, "agent_id", "coordonnateur"),
        ):
            fiche = db.session.get(classe, numero)
            assert (getattr(fiche, lien), getattr(fiche, nom)) == (garde, "Nour Jumelle")
        effacee = db.session.scalars(
            select(Evenement).where(
                Evenement.table_nom == "agent",
                Evenement.cle == str(absorbe),
                Evenement.operation == "suppression",
            )
        ).one()
        assert effacee.avant["nom"] == "N. Jumelle"
        suivant = f.un_binome(None, coordonnateur="N Jumelle")
        db.session.refresh(suivant)
        assert suivant.coordonnateur_id == garde  # the spelling goes on designating them
        db.session.rollback()


def test_ne_cocher_aucune_mds_ne_se_propose_qu_a_qui_agit_partout(agent):
    partout = "Où l’agent travaille. Aucune : dans tout le Département."
    assert partout in lire(agent("administrateur"), "/agents/ajouter")
    formulaire = lire(agent(), "/agents/ajouter")
    assert "Où l’agent travaille." in formulaire and "Aucune : " not in formulaire


def test_un_agent_de_deux_services_est_interlocuteur_des_deux_et_le_reste_reuni(app, agent, faire):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        mds_id = f.numero_mds("ART")
        db.session.rollback()
    sef, slai, autre = (
        faire(f.une_fiche, "service", nom=f"{type_} des deux", type=type_, mds_id=mds_id)
        for type_ in ("SEF", "SLAI", "AUTRE")
    )
    client = agent()
    depuis = f"/agents/ajouter?service={sef}"
    assert depuis in lire(client, f"/services/{sef}")
    formulaire = lire(client, depuis)
    assert f'name="service_ids" value="{sef}" checked' in formulaire
    assert f'name="service_ids" value="{slai}" checked' not in formulaire
    assert client.get("/agents/ajouter?service=999999").status_code == 404
    envoi = {"nom": "Ines Desdeux", "service_ids": [sef, slai], "mds_ids": [mds_id]}
    assert poster(client, "/agents/ajouter", envoi).status_code == 302
    refus = poster(client, "/agents/ajouter", {**envoi, "nom": "X Y", "service_ids": [999999]})
    assert refus.status_code == 422
    for service, vu in ((sef, True), (slai, True), (autre, False)):
        assert ("Ines Desdeux" in lire(client, f"/services/{service}")) is vu
        assert ("Ines Desdeux" in lire(client, f"/agents/?service_ids={service}")) is vu
    garde = faire(f.un_agent, nom="I. Desdeux", service_ids=[autre])
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        absorbe = db.session.scalar(select(Agent.id).where(Agent.nom == "Ines Desdeux"))
        db.session.rollback()
    deux = {"garde": garde, "absorbe": absorbe}
    page = f"/agents/reunir?garde={garde}&absorbe={absorbe}"
    client_administrateur = agent("administrateur")
    assert poster(client_administrateur, "/agents/reunir", deux, page=page).status_code == 302
    for service in (sef, slai, autre):
        assert "I. Desdeux" in lire(client, f"/services/{service}")
    reunis = "SEF des deux, SLAI des deux, AUTRE des deux"
    assert reunis in lire(client, f"/agents/{garde}")
    histoire = lire(agent("responsable"), f"/journal/historique/agent/{garde}")
    mots = " ".join(re.sub(r"<[^>]+>", " ", histoire).split())
    assert f"Services AUTRE des deux {reunis}" in mots


def test_la_base_garde_le_service_d_un_agent(app, faire):
    service = faire(f.une_fiche, "service", nom="SEF gardé", type="SEF")
    faire(f.un_agent, nom="Gardé Duservice", service_ids=[service])
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as proprietaire:
        for ordre, refus in (
            ("delete from service where nom = 'SEF gardé'", "agents work in this service"),
            (
                "update agent set service_ids = '{999999}' where nom = 'Gardé Duservice'",
                "unknown service",
            ),
        ):
            with pytest.raises(DBAPIError, match=refus), proprietaire.begin_nested():
                proprietaire.execute(text(ordre))
    moteur.dispose()


# « Les miens »


@pytest.fixture
def portefeuille(app, comptes, faire):
    """The coordonnateur of Artois accompanies one youth of two; gives their names."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = db.session.get(Compte, comptes["coordonnateur"])
        compte.portefeuille = None
        moi = db.session.scalar(select(Agent).where(Agent.compte_id == compte.id))
        moi = moi or f.un_agent(nom="Moi Porteuse", compte_id=compte.id)
        for nom, coordonnateur in (("Amoi", moi.nom), ("Autrui", "Quelqu’un Dautre")):
            jeune = f.un_jeune(nom=nom, contact_le=f.il_y_a(40))
            f.un_binome(jeune, coordonnateur=coordonnateur)
            f.une_alerte(jeune)
            f.une_rencontre(jeune, statut_code="PREVUE", le=f.il_y_a(2))
        db.session.commit()
        return moi.id


@pytest.mark.parametrize("liste", ["/jeunes/", "/binomes/", "/alertes/", "/rencontres/"])
def test_une_liste_commence_par_les_siens_et_se_souvient_du_choix(agent, portefeuille, liste):
    client = agent()
    page = lire(client, liste)
    assert "Amoi" in page and "Autrui" not in page and "Les miens" in page
    assert "Autrui" in lire(client, f"{liste}?qui=tous")
    assert "Autrui" in lire(client, liste)  # remembered
    assert "Autrui" not in lire(client, f"{liste}?qui=miens")
    assert "Autrui" not in lire(client, liste)


def test_chercher_un_nom_regarde_toute_la_mds(agent, portefeuille):
    assert "Autrui" in lire(agent(), "/jeunes/?q=autrui")


def test_qui_n_a_pas_de_jeunes_voit_toute_sa_mds(agent, portefeuille):
    page = lire(agent("referent"), "/jeunes/")
    assert "Amoi" in page and "Autrui" in page and "Les miens" not in page


def test_un_referent_commence_aussi_par_les_siens(app, faire, portefeuille):
    compte = faire(f.un_compte, "REFERENT_SEF", "ART")
    faire(f.un_agent, nom="Odile Référente", fonction_code="REFERENT_ASE", compte_id=compte)
    jeune = faire(f.un_jeune, nom="Confié")
    faire(f.un_binome, jeune, referent_ase="Odile Référente")
    page = lire(ouvrir_session(app.test_client(), compte), "/jeunes/")
    assert "Confié" in page and "Autrui" not in page and "Les miens" in page


def compteurs(client, qui: str) -> dict[str, int]:
    """The list behind each counter of the home page → its number."""
    tuiles = re.findall(r'<a href="(/[^"]+)"><strong>(\d+)</strong>', lire(client, f"/?qui={qui}"))
    return {ou: int(nombre) for ou, nombre in tuiles if "qui=" in ou}


def test_les_compteurs_de_l_accueil_comptent_les_siens(agent, portefeuille):
    client = agent()
    miens = compteurs(client, "miens")
    tous = compteurs(client, "tous")
    for ou in (
        "/rencontres/?a_jour=non&qui=miens",
        "/a-faire/?qui=miens#rdv",
        "/alertes/?en_cours=oui&qui=miens",
    ):
        assert 0 < miens[ou] < tous[ou.replace("miens", "tous")], ou
    for ou in ("/rencontres/?a_jour=non&qui=miens", "/alertes/?en_cours=oui&qui=miens"):
        assert f"{miens[ou]} fiche" in lire(client, ou)


def test_l_accueil_et_a_faire_comptent_les_siens(agent, portefeuille):
    client = agent()
    assert "Les miens" in lire(client, "/")
    page = lire(client, "/a-faire/")
    assert "Amoi" in page and "Autrui" not in page
    assert "Autrui" in lire(client, "/a-faire/?qui=tous")


def test_les_jeunes_se_filtrent_par_coordonnateur_et_par_referent(agent, portefeuille):
    page = lire(agent(), f"/jeunes/?coordonnateur={portefeuille}")
    assert "Amoi" in page and "Autrui" not in page
    assert "Amoi" not in lire(agent(), f"/jeunes/?referent={portefeuille}")
    assert "Amoi" in lire(agent(), f"/binomes/?coordonnateur={portefeuille}")


# Anonymised files


def test_l_anonymisation_efface_le_lien_vers_l_agent(app, comptes, faire):
    jeune = faire(f.un_jeune, contact_le=f.il_y_a(1200), repere_le=f.il_y_a(1200))
    faire(f.un_binome, jeune, du=f.il_y_a(1190), au=f.il_y_a(1100))
    with app.app_context(), acces.acteur(comptes["responsable"], canal="essai"):
        code = db.session.scalar(text("select code from jeune where id = :n"), {"n": jeune})
        fait = db.session.scalar(
            text("select acces.anonymiser(:n, :code, 2, 'Essai', 'Essai')"),
            {"n": jeune, "code": code},
        )
        assert fait
        binome = db.session.scalars(select(Binome).where(Binome.jeune_id == jeune)).one()
        assert (binome.referent_id, binome.coordonnateur_id) == (None, None)
        assert (binome.referent_ase, binome.coordonnateur) == ("Anonymisé", "Anonymisé")
        db.session.rollback()
