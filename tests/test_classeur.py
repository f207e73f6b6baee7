"""The classeur on screen: sent, checked before anything is written, applied or dropped, undone by
its author alone."""

import html
import io
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, func, select, text

from app import acces
from app.echanges.reprise import application
from app.extensions import db
from app.models import Evenement, Importation, Jeune, Mesure, Travail
from app.travaux import file, imports
from app.travaux.entretien import entretenir
from config import RACINE
from tests import factories as f
from tests.classeurs import DONNEES, JEUNE, cellules, ecrire
from tests.connexions import jeton, ouvrir_session, poster
from tests.serveurs import PATIENCE_SECONDES
from tests.travaux import vider_la_file


@pytest.fixture
def base(app):
    """``with base():`` — acting for everyone, outside any request."""

    @contextmanager
    def _base():
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            yield db.session
            db.session.rollback()

    return _base


@pytest.fixture
def lire(base):
    """The one value that a query gives."""

    def _lire(requete):
        with base() as session:
            return session.scalar(requete)

    return _lire


@pytest.fixture
def comptes(base):
    """A référent of Artois, another of Boulonnais, a SLAI."""
    roles = (("REFERENT_SEF", "ART"), ("REFERENT_SEF", "BOU"), ("SLAI", "ART"))
    with base() as session:
        numeros = [f.un_compte(role, mds=mds).id for role, mds in roles]
        session.commit()
    return numeros


@pytest.fixture
def ecran(app, comptes):
    return ouvrir_session(app.test_client(), comptes[0])


def envoyer(client, chemin):
    """Send a workbook; the address of its page."""
    reponse = client.post(
        "/classeur/",
        data={
            "csrf_token": jeton(client, "/classeur/"),
            "fichier": (io.BytesIO(chemin.read_bytes()), chemin.name),
        },
    )
    assert reponse.status_code == 302, reponse.text
    return reponse.location


def attendre(client, adresse):
    """The page once the work is done, at once or by the queue."""
    reponse = client.get(adresse)
    if "Refresh" in reponse.headers:
        vider_la_file(client.application)
        reponse = client.get(adresse)
    assert "Refresh" not in reponse.headers
    return reponse.text


def numero_de(adresse) -> int:
    return int(adresse.rpartition("/")[2])


@pytest.fixture
def en_file(monkeypatch):
    """Every workbook is too long to be treated at once; each step is told."""
    monkeypatch.setattr(imports, "OCTETS_IMMEDIATS", 0)
    monkeypatch.setattr(imports, "LIGNES_IMMEDIATES", 0)
    monkeypatch.setattr(file, "PAS", 0.0)


@pytest.fixture(params=["tout de suite", "en file"])
def des_deux_facons(request):
    if request.param == "en file":
        request.getfixturevalue("en_file")


@pytest.mark.usefixtures("des_deux_facons")
def test_on_envoie_on_verifie_on_applique_puis_on_annule(ecran, tmp_path, lire):
    un_jeune = {**JEUNE, "Code dossier": "E1", "Vu ?": "x"}
    adresse = envoyer(ecran, ecrire(tmp_path / "mes jeunes.xlsx", {"Jeunes": [un_jeune]}))
    page = attendre(ecran, adresse)
    assert "mes jeunes.xlsx" in page
    assert re.search(r"À créer</dt><dd>1<", page)
    assert "« Vu ? »" in page
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "E1")) == 0
    poster(ecran, f"{adresse}/appliquer", page=adresse)
    page = attendre(ecran, adresse)
    assert re.search(r"Créées</dt><dd>1<", page)
    assert lire(select(Jeune.nom).where(Jeune.code == "E1")) == "Delattre"
    numero = numero_de(adresse)
    trace = select(Evenement.canal).where(
        Evenement.requete == f"import:{numero}", Evenement.table_nom == "jeune"
    )
    assert lire(trace.where(Evenement.login.is_not(None))) == "import"
    assert poster(ecran, f"{adresse}/annuler").status_code == 302
    assert "Annulé" in attendre(ecran, adresse)
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "E1")) == 0


@pytest.mark.usefixtures("des_deux_facons")
def test_l_ecran_montre_l_ancien_le_nouveau_et_les_refus_a_leur_cellule(ecran, tmp_path, lire):
    premier = envoyer(
        ecran, ecrire(tmp_path / "a.xlsx", {"Jeunes": [{**JEUNE, "Code dossier": "E2"}]})
    )
    attendre(ecran, premier)
    poster(ecran, f"{premier}/appliquer", page=premier)
    attendre(ecran, premier)
    lignes = [
        {**JEUNE, "Code dossier": "E2", "Nom": "Nouveau"},
        {**JEUNE, "Code dossier": "E3", "MDS": "Dunkerque"},
    ]
    adresse = envoyer(ecran, ecrire(tmp_path / "b.xlsx", {"Jeunes": lignes}))
    page = re.sub(r"\s+", " ", re.sub("<[^>]+>", "|", attendre(ecran, adresse)))
    assert re.search(r"Jeunes, ligne 2[| ]+E2[| ]+Nom[| ]+Delattre[| ]+Nouveau", page)
    assert re.search(r"Jeunes, ligne 3[| ]+MDS[| ]+Dunkerque[| ]+Cette valeur", page)
    assert ">Appliquer<" not in ecran.get(adresse).text
    poster(ecran, f"{adresse}/appliquer", {"garder": "oui"}, page=adresse)
    assert "Dunkerque" in attendre(ecran, adresse)
    assert lire(select(Jeune.nom).where(Jeune.code == "E2")) == "Nouveau"


def test_un_classeur_abandonne_ne_laisse_rien(ecran, app, tmp_path, lire):
    adresse = envoyer(
        ecran, ecrire(tmp_path / "a.xlsx", {"Jeunes": [{**JEUNE, "Code dossier": "E4"}]})
    )
    attendre(ecran, adresse)
    numero = numero_de(adresse)
    assert numero in deposes(app)
    poster(ecran, f"{adresse}/abandonner", page=adresse)
    assert numero not in deposes(app)
    assert lire(select(Importation.rapport).where(Importation.id == numero)) is None
    poster(ecran, f"{adresse}/appliquer", page="/classeur/")
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "E4")) == 0


def deposes(app, ordre: str = "select cle from acces.fichier") -> set[int]:
    """The numbers of the workbooks that wait, for the owner of the base."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as connexion:
        numeros = set(connexion.scalars(text(ordre)))
    moteur.dispose()
    return numeros


def test_un_classeur_depose_attend_dans_la_base_illisible_sans_la_cle(ecran, app, tmp_path):
    """Whichever machine answers finds it; a backup of the base says nothing of it."""
    chemin = ecrire(tmp_path / "a.xlsx", {"Jeunes": [{**JEUNE, "Code dossier": "E9"}]})
    adresse = envoyer(ecran, chemin)
    attendre(ecran, adresse)
    numero = numero_de(adresse)
    [garde] = deposes(app, f"select contenu from acces.fichier where cle = {numero}")
    assert b"PK" not in bytes(garde)[:4]
    assert chemin.read_bytes() not in bytes(garde)
    dossier = app.config["TANDEM_INSTANCE"]
    assert not list(dossier.rglob("*.xlsx"))
    poster(ecran, f"{adresse}/abandonner", page=adresse)


def test_le_classeur_oublie_par_quelqu_un_s_en_va_apres_un_jour(ecran, app, comptes, tmp_path):
    """It holds names, and its author may never come back."""
    chemin = ecrire(tmp_path / "a.xlsx", {"Jeunes": [{**JEUNE, "Code dossier": "E8"}]})
    voisin = ouvrir_session(app.test_client(), comptes[1])
    adresses = []
    for _ in range(2):
        adresses.append(envoyer(voisin, chemin))
        attendre(voisin, adresses[-1])
    recent, oublie = (numero_de(adresse) for adresse in adresses)
    passe = f"update acces.fichier set expire_le = now() where cle = {oublie} returning cle"
    assert deposes(app, passe) == {oublie}
    with app.app_context():
        entretenir()
    assert {recent, oublie} & deposes(app) == {recent}
    poster(voisin, f"{adresses[1]}/appliquer", page="/classeur/")
    assert "envoyez-le à nouveau" in attendre(voisin, adresses[1])


@pytest.mark.parametrize("contenu", [b"", b"Nom;Prenom", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_un_fichier_illisible_est_refuse_avec_une_phrase(ecran, tmp_path, contenu):
    (tmp_path / "x.xlsx").write_bytes(contenu)
    page = attendre(ecran, envoyer(ecran, tmp_path / "x.xlsx"))
    assert 'class="message erreur"' in page
    assert "Excel" in page or "mot de passe" in page


def test_sans_fichier_l_ecran_le_demande(ecran):
    reponse = poster(ecran, "/classeur/")
    assert (reponse.status_code, "choisissez un classeur" in reponse.text) == (422, True)


def test_un_fichier_plus_lourd_que_la_limite_de_l_ecran_est_refuse(
    ecran, tmp_path, app, monkeypatch
):
    monkeypatch.setitem(app.config, "IMPORT_OCTETS_ECRAN", 1000)
    page = attendre(ecran, envoyer(ecran, DONNEES / "saisie_2.xlsx"))
    assert "la limite est de" in page


def test_chacun_ne_voit_que_ses_imports_et_il_faut_le_droit(app, ecran, comptes, tmp_path):
    adresse = envoyer(
        ecran, ecrire(tmp_path / "a.xlsx", {"Jeunes": [{**JEUNE, "Code dossier": "E5"}]})
    )
    attendre(ecran, adresse)
    voisin, slai = (ouvrir_session(app.test_client(), compte) for compte in comptes[1:])
    assert voisin.get(adresse).status_code == 404
    assert poster(voisin, f"{adresse}/appliquer", page="/classeur/").status_code == 404
    assert slai.get("/classeur/").status_code in (302, 403)
    assert slai.get("/classeur/exporter").status_code == 200


def test_un_travail_interrompu_par_un_redemarrage_se_voit(ecran, comptes, base):
    with base() as session:
        importation = Importation(compte_id=comptes[0], fichier="x.xlsx", statut="examen")
        session.add(importation)
        session.commit()
        numero = importation.id
    reponse = ecran.get(f"/classeur/{numero}")
    assert "Refresh" not in reponse.headers
    assert "interrompu" in reponse.text


#SUITE


def test_on_exporte_avec_un_motif_et_le_journal_le_garde(ecran, tmp_path, lire):
    assert poster(ecran, "/classeur/exporter").status_code == 422
    with poster(ecran, "/classeur/exporter", {"motif": "Bilan de l’année"}) as reponse:
        (tmp_path / "e.xlsx").write_bytes(reponse.data)
    assert "Jeunes" in cellules(tmp_path / "e.xlsx")
    trace = select(Evenement.motif).where(
        Evenement.operation == "export", Evenement.table_nom == "classeur"
    )
    assert lire(trace.order_by(Evenement.id.desc())) == "Bilan de l’année"
    with ecran.get("/classeur/modele") as modele:
        assert modele.data[:2] == b"PK"
