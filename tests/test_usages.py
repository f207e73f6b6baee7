"""Unusual use is seen by whoever may, blocks nothing; each person is told of their own account."""

import io
import re
from types import SimpleNamespace

import lxml.html
import pytest
from sqlalchemy import create_engine, text

from app import acces, sorties_de_donnees
from app.echanges.bilan import document as bilan_document
from app.echanges.reprise import extraction, mon_tableau
from app.echanges.tableau import classeur as tableau_classeur
from app.extensions import db
from app.views.pages.usages_inhabituels import UsageDUnePersonne
from app.views.socle import export
from tests import factories as f
from tests.connexions import code, ouvrir_session, poser_second_facteur, poster, se_connecter
from tests.test_conservation import un_ancien

COMPTES = {
    "responsable": ("RESPONSABLE", "ART"),
    "arrageois": ("RESPONSABLE", "ARR"),
    "curieux": ("COORDONNATEUR", "ART"),
    "sage": ("COORDONNATEUR", "ART"),
    "autre": ("COORDONNATEUR", "ART"),
    "dpo": ("DPO", None),
    "administrateur": ("ADMINISTRATEUR", None),
}
POURQUOI = {"finalite": "REUNION", "motif": "Comité de suivi de décembre"}


@pytest.fixture(scope="module")
def jeunes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = [f.un_jeune("ART").id for _ in range(12)]
        ailleurs = f.un_jeune("ARR").id
        db.session.commit()
        db.session.remove()
    return {"siens": numeros, "ailleurs": ailleurs}


def texte_de(page) -> str:
    return re.sub(r"<[^>]+>", " ", page.text)


def en_proprietaire(app, ordre: str, **valeurs) -> None:
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as proprietaire:
        proprietaire.execute(text(ordre), valeurs)
    moteur.dispose()


def emporter(app, compte: int, lignes: int) -> None:
    """As if the account had taken so many rows away today."""
    with app.app_context(), acces.acteur(compte, canal="ecran"):
        sorties_de_donnees.noter(sorties_de_donnees.FichierSorti("Essai", "jeune", lignes))
        db.session.commit()
        db.session.remove()


# --- Refusals leave a line


def test_un_numero_devine_laisse_une_ligne_avec_le_numero_sans_nom(agent, comptes, jeunes, tous):
    client = agent("curieux")
    ailleurs = jeunes["ailleurs"]
    assert client.get(f"/jeunes/{ailleurs}").status_code == 404
    assert client.get("/rencontres/999999").status_code == 404
    assert client.get(f"/rencontres/ajouter?jeune={ailleurs}").status_code == 404
    assert client.get("/comptes/").status_code == 403
    assert client.get("/nulle-part").status_code == 404
    with tous() as session:
        lignes = session.execute(
            text(
                "select table_nom, cle, detail ->> 'code' as code, jeune_id from journal"
                " where operation = 'refus' and acteur = :a order by id"
            ),
            {"a": str(comptes["curieux"])},
        ).all()
    assert [(x.cle, x.code) for x in lignes] == [
        (str(ailleurs), "404"),
        ("999999", "404"),
        (str(ailleurs), "404"),
        (None, None),
    ]
    assert all(x.jeune_id is None for x in lignes)


# --- « Usages inhabituels »


@pytest.mark.parametrize(
    ("mediane", "dite"), [(12.0, "12"), (12.5, "12,5"), (1234.5, "1\u202f234,5")]
)
def test_une_mediane_se_dit_a_la_francaise(mediane, dite):
    assert UsageDUnePersonne("", "", "", (), mediane).mediane_dite == dite


def test_ce_qui_est_inhabituel_se_dit_avec_ses_milliers_et_au_singulier():
    faits = SimpleNamespace(
        dossiers=1234,
        hors_portefeuille=1200,
        plus_grand=12_345,
        hors_heures=1,
        en_un_jour=1000,
        machines=1,
        echecs=1111,
    )
    assert UsageDUnePersonne("", "", "", faits, 2.0).signes == [
        "1\u202f234 dossiers ouverts, médiane de son rôle : 2",
        "1\u202f200 dossiers qu’elle ou il n’accompagne pas",
        "un fichier de 12\u202f345 lignes",
        "1 fichier emporté hors de 7\u00a0h à 20\u00a0h, ou le week-end",
        "1\u202f000 accès refusés en un jour : numéros devinés ou pages fermées",
        "1\u202f111 connexions refusées",
    ]


def test_les_usages_inhabituels_se_lisent_dans_sa_mds_et_par_le_dpo(
    app, agent, comptes, jeunes, tous
):
    client = agent("curieux")
    for numero in jeunes["siens"]:
        assert client.get(f"/jeunes/{numero}").status_code == 200
    for qui in ("sage", "autre"):
        agent(qui).get(f"/jeunes/{jeunes['siens'][0]}")
    for numero in range(900_000, 900_012):
        client.get(f"/jeunes/{numero}")
    poster(client, "/jeunes/exporter", POURQUOI).close()
    for qui in ("responsable", "dpo"):
        page = texte_de(agent(qui).get("/usages-inhabituels/"))
        assert "12 dossiers ouverts, médiane de son rôle : 1" in page, qui
        assert "12 dossiers qu’elle ou il n’accompagne pas" in page
        assert re.search(r"1[2-9] accès refusés en un jour", page)
    page = texte_de(agent("arrageois").get("/usages-inhabituels/"))
    assert "12 dossiers ouverts" not in page and "accès refusés en un jour" not in page
    assert client.get("/usages-inhabituels/").status_code == 403
    assert 'href="/usages-inhabituels/"' in agent("responsable").get("/").text
    assert 'href="/usages-inhabituels/"' in agent("dpo").get("/").text
    assert client.get(f"/jeunes/{jeunes['siens'][0]}").status_code == 200, "nothing is blocked"


def test_une_connexion_d_une_nouvelle_machine_se_voit(app, faire, tous):
    compte = faire(f.un_compte, "COORDONNATEUR", "ART", username="nomade")
    client = app.test_client()
    for _ in range(2):  # the second time, the machine is known
        assert se_connecter(client, "nomade").status_code == 302
        poster(client, "/logout/", page="/")
    se_connecter(app.test_client(), "nomade")
    with tous() as session:
        ordre = (
            "select coalesce(detail ->> 'nouvelle_machine', 'non') from journal"
            " where operation = 'connexion' and cle = :c order by id"
        )
        assert session.scalars(text(ordre), {"c": str(compte)}).all() == ["true", "non", "true"]


# --- At sign-in


def test_a_la_connexion_chacun_lit_la_derniere_fois_les_echecs_et_ce_qui_a_change(
    app, faire, comptes, tous, agent
):
    compte = faire(f.un_compte, "COORDONNATEUR", "ART", username="avertie")
    client = app.test_client()
    se_connecter(client, "avertie")
    assert "Votre dernière connexion" not in client.get("/").text
    poster(client, "/logout/", page="/")
    se_connecter(app.test_client(), "avertie", "pas le bon du tout")
    with app.app_context(), acces.acteur(comptes["responsable"], canal="ecran"):
        f.une_habilitation(db.session.get(f.Compte, compte), "SLAI", "ART")
        db.session.commit()
        db.session.remove()
    se_connecter(client, "avertie")
    dit = texte_de(client.get("/"))
    assert "Votre dernière connexion : " in dit and "1 échec de connexion depuis." in dit
    assert "un rôle vous a été donné par agent" in dit and "Prévenez votre responsable" in dit


# --- The ceiling of a day


def test_le_plafond_du_jour_se_regle_et_se_leve_un_jour_en_disant_pourquoi(
    app, agent, comptes, jeunes, tous
):
    en_proprietaire(
        app,
        "insert into reglage_mds (mds_id, plafond_lignes) select id, 20 from mds where code = :m",
        m="ART",
    )
    client = agent("sage")
    poster(client, "/jeunes/exporter", POURQUOI).close()
    refus = poster(client, "/jeunes/exporter", POURQUOI)
    assert refus.status_code == 403 and "Plafond du jour atteint" in refus.text
    with tous() as session:
        sortis = "select count(*) from sortie_de_donnees where compte_id = :c"
        assert session.scalar(text(sortis), {"c": comptes["sage"]}) == 1
        ici = f.numero_mds("ART")
    levee = {"mds_id": ici, "compte_id": comptes["sage"], "motif": "x"}
    responsable = agent("responsable")
    assert poster(responsable, "/levees-de-plafond/ajouter", levee).status_code == 422
    levee["motif"] = "Reprise du classeur de la MDS"
    soi = levee | {"compte_id": comptes["responsable"]}
    assert poster(responsable, "/levees-de-plafond/ajouter", soi).status_code == 422
    assert poster(responsable, "/levees-de-plafond/ajouter", levee).status_code == 302
    with poster(client, "/jeunes/exporter", POURQUOI) as recu:
        assert recu.status_code == 200
    assert agent("sage").get("/levees-de-plafond/").status_code == 403
    en_proprietaire(app, "delete from levee_de_plafond")
    en_proprietaire(app, "delete from reglage_mds")


def test_un_fichier_qui_passerait_le_plafond_est_refuse_sans_etre_ecrit(
    app, agent, faire, jeunes, monkeypatch
):
    """On the page that asks why, then by the route itself; one of fewer rows leaves."""
    en_proprietaire(
        app,
        "insert into reglage_mds (mds_id, plafond_lignes) select id, 10 from mds where code = :m",
        m="ART",
    )
    client = agent("autre")
    faire(f.un_jeune, "ART", nom="Wattrelos")
    une_ligne = "/jeunes/exporter?q=Wattrelos"
    with monkeypatch.context() as rien:
        rien.setattr(export, "ecrire_classeur", None)
        demande = texte_de(client.get("/jeunes/exporter"))
        refus = poster(client, "/jeunes/exporter", POURQUOI, page="/jeunes/")
    for dit in (demande, texte_de(refus)):
        assert "Ce fichier aurait 13 lignes. Aujourd’hui, vous en avez emporté 0 sur 10" in dit
        assert "Demandez moins de lignes" in dit and "lever ce plafond" in dit
    assert "Télécharger le fichier Excel" not in demande and refus.status_code == 403
    assert "Télécharger le fichier Excel" in client.get(une_ligne).text
    with poster(client, une_ligne, POURQUOI) as recu:
        assert recu.status_code == 200
    en_proprietaire(app, "delete from reglage_mds")


FAITS_DES_DOSSIERS = {
    "classeur": ("/classeur/exporter", {}, (extraction.ecriture, "ouvrir")),
    "mon tableau": ("/classeur/exporter", {"forme": "tableau"}, (mon_tableau.ecriture, "ouvrir")),
    "tableau": ("/tableau/telecharger", {"mds": "ART"}, (tableau_classeur, "composer")),
    "bilan": ("/bilan/telecharger", {"mds": "ART"}, (bilan_document, "ecrire")),
}


@pytest.mark.parametrize("lequel", FAITS_DES_DOSSIERS)
def test_le_classeur_le_tableau_et_le_bilan_sont_refuses_sans_etre_ecrits(
    app, agent, comptes, faire, tous, monkeypatch, lequel
):
    """The refusal tells as many rows as the file has, once it leaves; a bilan tells no youth."""
    adresse, champs, ecriture = FAITS_DES_DOSSIERS[lequel]
    client = agent("responsable")
    for _ in range(2):
        suivi = faire(f.un_jeune, "ART")
        faire(f.un_accompagnement, suivi, du=f.il_y_a(400))
    with poster(client, adresse, POURQUOI | champs, page="/") as recu:
        assert recu.status_code == 200
    noter = "select lignes from sortie_de_donnees where compte_id = :c order by id desc limit 1"
    with tous() as session:
        lignes = session.scalar(text(noter), {"c": comptes["responsable"]})
    assert bool(lignes) == (lequel != "bilan")
    emporter(app, comptes["responsable"], 2)
    en_proprietaire(
        app,
        "insert into reglage_mds (mds_id, plafond_lignes) select id, 1 from mds where code = :m",
        m="ART",
    )
    monkeypatch.setattr(*ecriture, None)
    refus = poster(client, adresse, POURQUOI | champs, page="/")
    en_proprietaire(app, "delete from reglage_mds")
    assert refus.status_code == 403
    if lignes:
        assert f"Ce fichier aurait {lignes} lignes." in texte_de(refus)
        assert "lever ce plafond" in texte_de(refus)
    else:
        assert "Plafond du jour atteint" in refus.text


# --- Break-glass


def test_lire_hors_de_son_portefeuille_demande_pourquoi_une_fois_par_jour_et_dossier(
    app, agent, comptes, jeunes, tous
):
    numero, autre = jeunes["siens"][:2]
    client = agent("autre")
    assert client.get(f"/jeunes/{numero}").status_code == 200
    ici = {"plafond_lignes": "", "motif_hors_portefeuille": "on"}
    with tous():
        ici["mds_id"] = f.numero_mds("ART")
    assert poster(agent("responsable"), "/reglages-de-mds/ajouter", ici).status_code == 302
    with tous() as session:
        agent_id = f.un_agent(compte_id=comptes["autre"]).id
        f.un_binome(autre, coordonnateur_id=agent_id, du=f.il_y_a(3))
        f.une_rencontre(numero)
        session.commit()
    assert client.get(f"/jeunes/{autre}").status_code == 200, "one of theirs"
    demande = client.get(f"/jeunes/{numero}")
    assert demande.status_code == 303 and "/motif-de-lecture/" in demande.location
    assert client.get(f"/jeunes/{numero}/modifier").status_code in (303, 403)
    assert "Pourquoi lire ce dossier" in client.get(demande.location).text
    assert poster(client, demande.location, {"motif": "x"}).status_code == 422
    repondu = poster(client, demande.location, {"motif": "Remplacement de sa référente"})
    assert repondu.location == f"/jeunes/{numero}"
    assert client.get(f"/jeunes/{numero}").status_code == 200
    assert client.get(f"/motif-de-lecture/{jeunes['ailleurs']}").status_code == 404
    with tous() as session:
        ordre = "select motif from journal where operation = 'lecture_justifiee' and jeune_id = :j"
        assert session.scalars(text(ordre), {"j": numero}).all() == ["Remplacement de sa référente"]
    en_proprietaire(app, "delete from reglage_mds")


# --- « Confirmez que c’est vous »


def vieillir_la_preuve(app, compte: int) -> None:
    en_proprietaire(
        app,
        "update session_ouverte set prouvee_le = now() - interval '11 min' where compte_id = :c",
        c=compte,
    )


def test_un_export_massif_demande_le_mot_de_passe_quand_la_preuve_a_vieilli(
    app, agent, comptes, jeunes, monkeypatch
):
    from app.regles import parametres
    from app.views.socle import differe

    petit = parametres.EXPORT_MASSIF_LIGNES.__class__("", 2, "lignes", parametres.CONVENTION, "")
    monkeypatch.setattr(differe, "EXPORT_MASSIF_LIGNES", petit)
    with app.app_context(), acces.acteur(acces.TOUS):
        envoye = f.un_envoi("ART", envoye=True, jeunes=[f.un_jeune(), f.un_jeune()]).id
        db.session.commit()
    client = agent("sage")
    with poster(client, "/jeunes/exporter", POURQUOI) as recent:
        assert recent.status_code == 200, "the sign-in is recent"
    vieillir_la_preuve(app, comptes["sage"])
    page = poster(client, "/jeunes/exporter", POURQUOI)
    assert page.status_code == 403 and "Confirmez que c’est vous" in page.text
    assert POURQUOI["motif"] in page.text, "what was typed comes along"
    assert poster(client, f"/envois/{envoye}/telecharger", POURQUOI).status_code == 403
    faux = poster(client, "/jeunes/exporter", POURQUOI | {"preuve": "mauvais"})
    assert faux.status_code == 403 and "mauvais" not in faux.text
    juste = POURQUOI | {"preuve": f.MOT_DE_PASSE}
    with poster(client, "/jeunes/exporter", juste, buffered=True) as recu:
        assert recu.status_code == 200 and io.BytesIO(recu.data).read(2) == b"PK"
    with poster(client, "/jeunes/exporter", POURQUOI) as encore:
        assert encore.status_code == 200, "good for ten minutes"


def test_les_chiffres_valent_preuve_et_la_file_ne_garde_pas_le_mot_de_passe(
    app, agent, comptes, faire, tous
):
    admin = ouvrir_session(app.test_client(), comptes["administrateur"])
    compte = faire(f.un_compte)
    secret, _ = poser_second_facteur(admin, "/mon-compte/second-facteur", actuel=f.MOT_DE_PASSE)
    vieillir_la_preuve(app, comptes["administrateur"])
    page = f"/comptes/{compte}"
    assert "Confirmez" in poster(admin, f"{page}/mot-de-passe", page=page).text
    chiffres = {"preuve": code(secret, 1)}
    assert "provisoire" in poster(admin, f"{page}/mot-de-passe", chiffres, page=page).text


def test_donner_un_role_demande_une_preuve(app, agent, comptes):
    client = agent("administrateur")
    vieillir_la_preuve(app, comptes["administrateur"])
    champs = {"role_code": "DPID", "compte_id": str(comptes["sage"])}
    rendu = poster(client, "/habilitations/ajouter", champs, page="/")
    assert rendu.status_code == 403 and "Confirmez que c’est vous" in rendu.text


def test_ce_qui_ne_se_reprend_pas_demande_une_preuve(app, agent, comptes, jeunes, faire, tous):
    """Anonymising a file, merging two, answering for a second person."""
    with tous() as session:
        ancien = un_ancien().id
        session.commit()
    doublon = [faire(f.un_jeune, nom="Doublet") for _ in range(2)]
    acte = faire(f.un_acte_a_deux)
    client = agent("responsable")
    actes = {
        f"/conservation/{ancien}": (f"/conservation/{ancien}/anonymiser", {"code": "faux"}),
        "/fusions/comparer?jeune={}&autre={}".format(*doublon): ("/fusions/comparer", None),
        f"/actes-a-deux/{acte}": (f"/actes-a-deux/{acte}/repondre", {"reponse": "refuser"}),
    }
    for page, (adresse, champs) in actes.items():
        lue = client.get(page).text
        champs = champs or champs_caches(lue)
        vieillir_la_preuve(app, comptes["responsable"])
        refus = poster(client, adresse, champs, page=page)
        assert refus.status_code == 403 and "Confirmez que c’est vous" in refus.text, adresse
        prouve = poster(client, adresse, {**champs, "preuve": f.MOT_DE_PASSE}, page=page)
        assert "Confirmez que c’est vous" not in prouve.text, adresse
        assert prouve.status_code in (302, 409, 422), (adresse, prouve.status_code)


def champs_caches(texte: str) -> dict[str, str]:
    """What the form of a page sends without anybody typing it."""
    formulaire = lxml.html.fromstring(texte).xpath("//form[.//input[@name='versions']]")[0]
    return {nom: valeur for nom, valeur in formulaire.form_values() if nom != "csrf_token"}


def test_en_production_tout_role_qui_lit_des_dossiers_a_un_second_facteur(app, faire, monkeypatch):
    faire(f.un_compte, "REFERENT_SEF", "ART", username="referente")
    assert se_connecter(app.test_client(), "referente").location == "/"
    monkeypatch.setitem(app.config, "SECOND_FACTEUR_POUR_LIRE", True)
    suite = se_connecter(app.test_client(), "referente").location
    assert suite.startswith("/login/second-facteur")
