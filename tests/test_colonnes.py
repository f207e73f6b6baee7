"""A file of any shape on the screen: its columns are said, its cells mended in place, its likely
duplicates decided; what was said is proposed again for the next file of the same headings."""

import html
import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Correspondance, Distinction, Importation, Jeune, Mesure
from app.travaux.entretien import entretenir
from tests import factories as f
from tests.classeurs import DONNEES, JEUNE, ecrire
from tests.connexions import jeton, ouvrir_session, poster

TERRAIN = DONNEES / "terrain"
TABLEAU = TERRAIN / "tableau-une-ligne-par-jeune.xlsx"


@pytest.fixture(scope="module")
def comptes(app):
    """Two responsables of Artois, a coordonnateur there."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        roles = ("RESPONSABLE", "RESPONSABLE", "COORDONNATEUR")
        numeros = [f.un_compte(role, "ART").id for role in roles]
        db.session.commit()
    return numeros


@pytest.fixture
def ecran(app, comptes):
    return ouvrir_session(app.test_client(), comptes[0])


def envoyer(client, chemin) -> str:
    """Send a file; the address of its import."""
    envoi = (io.BytesIO(chemin.read_bytes()), chemin.name)
    donnees = {"csrf_token": jeton(client, "/classeur/"), "fichier": envoi}
    reponse = client.post("/classeur/", data=donnees)
    assert reponse.status_code == 302, reponse.text
    return reponse.location


def formulaire(page: str) -> dict[str, str]:
    """What the page of the columns proposes, as a browser would send it."""
    champs = {}
    for nom, corps in re.findall(
        r'<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', page, re.S
    ):
        choisie = re.search(r'<option value="([^"]*)" selected>', corps)
        champs[nom] = html.unescape(choisie[1]) if choisie else ""
    for balise in re.findall(r"<input [^>]*>", page):
        attributs = dict(re.findall(r'([a-z-]+)="([^"]*)"', balise))
        est_une_case = attributs.get("type") in ("checkbox", "radio")
        if "name" in attributs and (not est_une_case or " checked" in balise):
            champs[attributs["name"]] = html.unescape(attributs.get("value", ""))
    return champs


def continuer(client, adresse: str, **autres: str) -> str:
    """Answer as proposed but for what is given; the page that follows."""
    page = client.get(f"{adresse}/colonnes").text
    champs = formulaire(page) | autres
    rendu = client.post(f"{adresse}/colonnes", data=champs, follow_redirects=True)
    assert rendu.status_code == 200
    return rendu.text


def agir(client, adresse: str, acte: str, **champs: str) -> str:
    rendu = poster(client, f"{adresse}/{acte}", champs, page=adresse)
    assert rendu.status_code == 302, rendu.text
    return client.get(adresse).text


def ecrire_un(tmp_path, *lignes):
    return ecrire(tmp_path / "suivi.xlsx", {"Suivi": lignes})


def test_le_tableau_entre_en_cinq_actes_puis_ne_change_plus_rien(ecran):
    adresse = envoyer(ecran, TABLEAU)
    page = ecran.get(adresse, follow_redirects=True).text
    assert "À quoi correspond chaque colonne ?" in page
    assert "DUBOIS--LEROY Maëlle" in page
    assert "3 lignes de titre ou de total" in page
    assert 'value="2026-05-31"' in page
    verif = continuer(ecran, adresse, coordonnateur="Nour Delestrez", nom="Tableau de l’Artois")
    assert "Accepter les 6 propositions" in verif
    assert "Hugo PETIT" in verif
    pret = agir(ecran, adresse, "corriger", accepter="toutes")
    assert "Appliquer" in pret
    assert "Refus, à corriger</dt><dd>0" in pret
    fini = agir(ecran, adresse, "appliquer")
    assert "Appliqué" in fini
    encore = envoyer(ecran, TABLEAU)
    page = ecran.get(f"{encore}/colonnes").text
    assert "comme dans « Tableau de l’Artois »" in page
    verif = continuer(ecran, encore, coordonnateur="Nour Delestrez")
    assert "Tout ce que dit ce classeur est déjà dans Tandem." in verif
    assert "Jeunes déjà suivis, reconnus" in verif


def test_apres_deux_jours_un_import_ne_garde_que_ses_nombres(app, ecran, tous):
    adresse = envoyer(ecran, TERRAIN / "meme-jour.xlsx")
    agir(ecran, adresse, "corriger", accepter="toutes")
    agir(ecran, adresse, "appliquer")
    numero = int(adresse.rpartition("/")[2])
    with tous() as session:
        importation = session.get_one(Importation, numero)
        importation.rapport = importation.rapport | {"separes": [["PETIT Noé", "PETIT", "Noé"]]}
        importation.deposee_le -= timedelta(days=3)
        session.commit()
    with app.app_context():
        entretenir()
    with tous() as session:
        garde = session.get_one(Importation, numero)
        assert (garde.statut, garde.rapport["crees"], garde.choix) == ("appliquee", 5, None)
        assert "Noé" not in str(garde.rapport)


def test_ce_qui_est_retenu_pour_la_mds_sert_a_un_collegue_sans_un_nom(
    app, ecran, comptes, tous, tmp_path
):
    titres = ["NOM Prénom", "Né(e) le", "UT", "Machin"]
    tia = ["LEMAIRE Tia", "mars 2008", "Béthune", "bleu"]
    adresse = envoyer(ecran, ecrire_un(tmp_path, titres, tia))
    choisie = {"c0-3": "jeune.objectif"}
    verif = continuer(ecran, adresse, nom="Nos colonnes", pour="mds", **choisie)
    assert "Accepter les 2 propositions" in verif
    agir(ecran, adresse, "corriger", accepter="toutes")
    autre = ouvrir_session(app.test_client(), comptes[1])
    zak = ["LEMAIRE Zak", "mars 2008", "Béthune", ""]
    verif = continuer(autre, envoyer(autre, ecrire_un(tmp_path, titres, zak)))
    assert "Accepter" not in verif  # « mars 2008 » and « Béthune » were said once
    with tous() as session:
        retenue = select(Correspondance).where(Correspondance.mds_id.is_not(None))
        gardee = session.scalars(retenue).one()
        assert gardee.colonnes["Machin"] == "jeune.objectif"
        ailleurs = f.un_compte("RESPONSABLE", "BOU").id
        session.commit()
        with acces.acteur(ailleurs):
            assert session.scalars(select(Correspondance.id)).all() == []
        assert "LEMAIRE" not in str(gardee.corrections)


def test_la_commande_suit_les_colonnes_retenues_sous_un_nom(app, ecran, comptes, tous, tmp_path):
    """Of two kept under one name, each sheet finds its own; the words said once are not asked."""
    titres = ["NOM Prénom", "Né(e) le", "UT", "Truc"]
    adresse = envoyer(
        ecran, ecrire_un(tmp_path, titres, ["CARLIER Ève", "mai 2008", "Béthune", "vu"])
    )
    continuer(ecran, adresse, nom="Suivi d’Ève", pour="mds", **{"c0-3": "jeune.objectif"})
    agir(ecran, adresse, "corriger", accepter="toutes")
    fichier = ecrire_un(
        tmp_path, [*titres, "Reste"], ["CARLIER Ivo", "mai 2008", "Béthune", "un CAP", ""]
    )

    def importer(*options):
        arguments = ["tandem", "importer", str(fichier), *options]
        return app.test_cli_runner().invoke(args=arguments)

    sans = importer("--essai")
    assert sans.exit_code == 1 and "mai 2008" in sans.output
    avec = importer("--correspondance", "suivi d'eve")
    assert avec.exit_code == 0, avec.output
    with tous() as session:
        ivo = session.scalars(select(Jeune).where(Jeune.nom == "CARLIER")).one()
        assert (ivo.prenom, ivo.objectif) == ("Ivo", "un CAP")
        ailleurs = f.un_compte("RESPONSABLE", "BOU")
        login = ailleurs.username
        session.commit()
    inconnue = importer("--correspondance", "Rien", "--essai")
    assert inconnue.exit_code == 2 and "« Suivi d’Ève »" in inconnue.output
    cachee = importer("--correspondance", "Suivi d’Ève", "--essai", "--en-tant-que", login)
    assert cachee.exit_code == 2 and "aucune ne l’est encore" in cachee.output
    fichier = ecrire(tmp_path / "autre.xlsx", {"Suivi": [["Patronyme", "DDN"], ["A", "1/1/2009"]]})
    etrangere = importer("--correspondance", "Suivi d’Ève", "--essai")
    assert etrangere.exit_code == 2 and "aucune de ses colonnes" in etrangere.output


def test_une_cellule_se_corrige_seule_ou_toutes_les_memes_d_un_coup(ecran):
    adresse = envoyer(ecran, TERRAIN / "telephone-nombre.xlsx")
    page = ecran.get(adresse).text
    assert "2 numéros de téléphone gardés par Excel" in page
    telephone, courriel = re.findall(r'name="(v\d+-\d+)-vide"', page)
    champs = {f"{telephone}-vide": "oui", f"{courriel}-par": "eva@exemple.fr"}
    pret = agir(ecran, adresse, "corriger", **champs)
    assert "Refus, à corriger</dt><dd>0" in pret
    agir(ecran, adresse, "appliquer")


def test_ce_qui_est_tape_l_emporte_sur_la_proposition(ecran, tous, tmp_path):
    """The proposition is ticked beforehand; a required cell is not left empty."""
    lignes = [TITRES, ["DUHAMEL Sia", "mars 2008", "Artois", "CJM", "01/02/2026", ""]]
    adresse = envoyer(ecran, ecrire_un(tmp_path, *lignes))
    page = continuer(ecran, adresse, coordonnateur="Nour Delestrez")
    (nom,) = re.findall(r'name="(v\d+-\d+)-prendre"[^>]* checked', page)
    assert f'name="{nom}-vide"' not in page
    champs = {f"{nom}-prendre": "oui", f"{nom}-par": "15/03/2008"}
    agir(ecran, adresse, "corriger", **champs)
    agir(ecran, adresse, "appliquer")
    with tous() as session:
        sia = session.scalars(select(Jeune).where(Jeune.nom == "DUHAMEL")).one()
        assert sia.date_naissance == date(2008, 3, 15)


def test_deux_jeunes_qui_se_ressemblent_se_montrent_cote_a_cote_et_se_decident(app, ecran, tous):
    premier = envoyer(ecran, TERRAIN / "doublons-import-1.xlsx")
    agir(ecran, premier, "appliquer")
    adresse = envoyer(ecran, TERRAIN / "doublons-import-2.xlsx")
    page = ecran.get(adresse).text
    assert "Peut-être le même jeune" in page
    assert page.count("C’est le même jeune") == 2
    ous = re.findall(r'name="ou" value="(Jeunes!\d)"', page)
    page = agir(ecran, adresse, "doublon", ou=ous[0], reponse="meme:U001")
    page = agir(ecran, adresse, "doublon", ou="Jeunes!3", reponse="autre")
    assert "Peut-être le même jeune" not in page
    agir(ecran, adresse, "appliquer")
    with tous() as session:
        nes = select(Jeune.code, Jeune.nom, Jeune.prenom).where(
            Jeune.date_naissance == date(2008, 4, 1), Jeune.code.like("U00%")
        )
        assert set(map(tuple, session.execute(nes))) == {
            ("U001", "Morel", "Lina"),
            ("U003", "Morell", "Lina"),
        }
        (dite,) = session.scalars(select(Distinction).where(Distinction.code_autre == "U001"))
        assert (dite.jeune.code, dite.dite_par[:6]) == ("U003", "Agent ")
    encore = envoyer(ecran, TERRAIN / "doublons-import-2.xlsx")
    page = ecran.get(encore).text
    assert "Tout ce que dit ce classeur est déjà dans Tandem." in page
    assert "U002 est U001" in page
    agir(ecran, encore, "abandonner")
    agir(ecran, adresse, "annuler")
    with tous() as session:
        assert session.scalar(select(Jeune.id).where(Jeune.code == "U003")) is None


TITRES = ["NOM Prénom", "Né(e) le", "UT", "Mesure", "Début de mesure", "Objectif"]


def un_suivi(tmp_path, naissance, *noms):
    ligne = [f"{naissance:%d/%m/%Y}", "Artois", "CJM", "01/02/2026", "permis"]
    return ecrire_un(tmp_path, TITRES, *([nom, *ligne] for nom in noms))


def mesures_de(session, nom) -> list[str]:
    mesures = select(Mesure.type_code).join(Jeune, Jeune.id == Mesure.jeune_id)
    return list(session.scalars(mesures.where(Jeune.nom == nom)))


def test_ce_qui_se_decide_plus_tard_attend_seul_et_se_retrouve(app, ecran, tous, tmp_path):
    """Neither created nor merged, whatever becomes of the others; asked again at home."""
    jour = date(2008, 9, 17)
    with tous() as session:
        for nom in ("Vanhoutte", "Delobelle"):
            f.un_jeune("ART", nom=nom, prenom="Ludivine", date_naissance=jour)
        session.commit()
    noms = ("VANHOUTE Ludivine", "DELOBEL Ludivine", "CARPENTIER Tom")
    adresse = envoyer(ecran, un_suivi(tmp_path, jour, *noms))
    page = continuer(ecran, adresse, coordonnateur="Nour Delestrez")
    un, deux = re.findall(r'name="ou" value="(Suivi!\d)"', page)[::3]
    assert page.count("Décider plus tard") == 2
    agir(ecran, adresse, "doublon", ou=un, reponse="plus tard")
    page = agir(ecran, adresse, "doublon", ou=deux, reponse="plus tard")
    assert "À décider plus tard" in page
    assert "Peut-être le même jeune" not in page
    page = agir(ecran, adresse, "appliquer")
    (suite,) = re.findall(r'href="(/classeur/\d+)">Décider maintenant', page)
    with tous() as session:
        assert mesures_de(session, "CARPENTIER") == ["CJM"]
        assert mesures_de(session, "VANHOUTE") == mesures_de(session, "Vanhoutte") == []
    assert re.search(r"2</strong> <span>jeunes d’un import à décider", ecran.get("/").text)
    assert "2 jeunes à décider" in ecran.get("/classeur/").text
    with tous() as session:
        attend = session.get_one(Importation, int(suite.rpartition("/")[2]))
        attend.deposee_le -= timedelta(days=20)
        session.commit()
    with app.app_context():
        entretenir()
    page = ecran.get(suite).text
    assert "CARPENTIER" not in page
    assert "2 jeunes attendent votre décision" in page
    meme = re.search(r'name="reponse" value="(meme:[^"]+)"', page)[1]
    agir(ecran, suite, "doublon", ou=un, reponse=meme)
    page = agir(ecran, suite, "appliquer")
    with tous() as session:
        assert mesures_de(session, "Vanhoutte") == ["CJM"]
        assert mesures_de(session, "DELOBEL") == mesures_de(session, "Delobelle") == []
    (suite,) = re.findall(r'href="(/classeur/\d+)">Décider maintenant', page)
    agir(ecran, suite, "doublon", ou=deux, reponse="autre")
    agir(ecran, suite, "appliquer")
    with tous() as session:
        assert mesures_de(session, "DELOBEL") == ["CJM"]
    encore = envoyer(ecran, un_suivi(tmp_path, jour, *noms))
    page = continuer(ecran, encore, coordonnateur="Nour Delestrez")
    assert "Tout ce que dit ce classeur est déjà dans Tandem." in page
    assert "votre réponse d’avant" in page
    assert "à décider" not in ecran.get("/").text


def test_dans_un_classeur_de_reprise_les_lignes_d_un_jeune_attendent_avec_lui(
    ecran, tous, tmp_path
):
    jour = date(2008, 9, 18)
    with tous() as session:
        f.un_jeune("ART", nom="Wattebled", prenom="Ilan", code="WAT1", date_naissance=jour)
        session.commit()
    jeune = {**JEUNE, "Code dossier": "WAT2", "Nom": "Watebled", "Prénom": "Ilan"}
    jeunes = [jeune | {"Date de naissance": jour}, {**JEUNE, "Code dossier": "WAT3"}]
    mesures = [
        {"Jeune": code, "Type": "PLACEMENT", "Du": date(2025, 1, 1)} for code in ("WAT2", "WAT3")
    ]
    feuilles = {"Jeunes": jeunes, "Mesures ASE": mesures}
    adresse = envoyer(ecran, ecrire(tmp_path / "reprise.xlsx", feuilles))
    page = agir(ecran, adresse, "doublon", ou="Jeunes!2", reponse="plus tard")
    assert "À créer</dt><dd>2" in page
    page = agir(ecran, adresse, "appliquer")
    (suite,) = re.findall(r'href="(/classeur/\d+)">Décider maintenant', page)
    agir(ecran, suite, "doublon", ou="Jeunes!2", reponse="meme:WAT1")
    agir(ecran, suite, "appliquer")
    with tous() as session:
        assert mesures_de(session, "Wattebled") == ["PLACEMENT"]
        assert session.scalar(select(Jeune.id).where(Jeune.code == "WAT2")) is None


def test_une_cellule_vide_garde_et_ce_qui_serait_efface_est_a_part(ecran):
    agir(ecran, envoyer(ecran, TERRAIN / "cellules-vides-1.xlsx"), "appliquer")
    adresse = envoyer(ecran, TERRAIN / "cellules-vides-2.xlsx")
    assert "2 cellules vides : ce qui existe dans Tandem est gardé." in ecran.get(adresse).text
    page = agir(ecran, adresse, "vides", vides="effacer")
    assert "Ce qui serait effacé" in page
    assert "ilan@example.org" in page


def test_ce_que_le_role_refuse_se_dit_en_une_ligne_et_ne_se_corrige_pas(app, comptes):
    coordonnateur = ouvrir_session(app.test_client(), comptes[2])
    adresse = envoyer(coordonnateur, TERRAIN / "noms.xlsx")
    page = coordonnateur.get(adresse).text
    assert "Votre rôle ne permet pas de créer cette ligne pour cette MDS." in page
    assert "Se corrige dans le fichier" not in page or "8 lignes" in page


def test_un_import_d_un_autre_ne_se_corrige_pas(app, ecran, comptes):
    adresse = envoyer(ecran, TABLEAU)
    autre = ouvrir_session(app.test_client(), comptes[1])
    assert autre.get(f"{adresse}/colonnes").status_code == 404
    rendu = poster(autre, f"{adresse}/corriger", {"accepter": "toutes"}, page="/classeur/")
    assert rendu.status_code == 404
