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
from contextlib import contextmanager, nullcontext

import pytest
from sqlalchemy import create_engine, func, select, text

from app import acces
from app.echanges.reprise import annulation, application
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
    """``with base():`` — acting for everyone, or as somebody, outside any request."""

    @contextmanager
    def _base(qui: str | int = acces.TOUS):
        with app.app_context(), acces.acteur(qui, canal="essai"):
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
    fiche = r"Camille Nouveau \(E2\)"
    assert re.search(rf"Jeunes, ligne 2[| ]+{fiche}[| ]+Nom[| ]+Delattre[| ]+Nouveau", page)
    ou = r"Jeunes, « MDS »[| ]+ligne 3 \(Camille Delattre\)"
    assert re.search(rf"Dunkerque[| ]+{ou}[| ]+Cette valeur", page)
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


# By the queue -----------------------------------------------------------------------------------


@pytest.fixture
def classeur(tmp_path):
    """``classeur("E6")``: a workbook of one youth and one mesure."""

    def _classeur(code):
        return ecrire(
            tmp_path / f"{code}.xlsx",
            {
                "Jeunes": [{**JEUNE, "Code dossier": code}],
                "Mesures ASE": [{"Jeune": code, "Type": "PLACEMENT", "Du": "01/01/2025"}],
            },
        )

    return _classeur


@pytest.fixture
def pendant(monkeypatch):
    """``pendant(application, "controler", agir)``: act in the middle of the work, before this.

    In a thread, with a session of its own, as another process would.
    """

    def _pendant(module, nom, agir):
        suite = getattr(module, nom)

        def agir_puis_suivre(*arguments):
            with ThreadPoolExecutor(1) as ailleurs:
                ailleurs.submit(agir).result()
            return suite(*arguments)

        monkeypatch.setattr(module, nom, agir_puis_suivre)

    return _pendant


def a_appliquer(client, chemin):
    """Send a workbook, have it read, ask that it be applied; the address of its page."""
    adresse = envoyer(client, chemin)
    attendre(client, adresse)
    poster(client, f"{adresse}/appliquer", page=adresse)
    return adresse


def test_un_petit_classeur_n_attend_pas(ecran, classeur, lire):
    adresse = envoyer(ecran, classeur("F0"))
    assert "Refresh" not in ecran.get(adresse).headers
    poster(ecran, f"{adresse}/appliquer", page=adresse)
    assert "Refresh" not in ecran.get(adresse).headers
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F0")) == 1
    poster(ecran, f"{adresse}/annuler")
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F0")) == 0
    assert lire(select(Importation.travail_id).where(Importation.id == numero_de(adresse))) is None


def test_un_petit_classeur_n_attend_pas_non_plus_qu_un_autre_s_ecrive(app, ecran, classeur, lire):
    """It takes its turn in the queue: no page waits for the lock of a long import."""
    adresse = envoyer(ecran, classeur("F1"))
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as autre:
        autre.execute(select(func.pg_advisory_xact_lock(application.VERROU)))
        poster(ecran, f"{adresse}/appliquer", page=adresse)
        assert "attend son tour" in ecran.get(adresse).text
    moteur.dispose()
    assert "Créées" in attendre(ecran, adresse)
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F1")) == 1


def test_un_grand_classeur_montre_son_avancement(ecran, classeur, en_file, pendant):
    """Rows done, rows in all; the page can be left, « Mes fichiers » leads back to it."""
    adresse = envoyer(ecran, classeur("E6"))
    reponse = ecran.get(adresse)
    assert reponse.headers["Refresh"] == "2"
    assert "attend son tour" in reponse.text
    vues = []
    pendant(application, "controler", lambda: vues.append(ecran.get(adresse)))
    pendant(application, "_conclure", lambda: vues.append(ecran.get(adresse)))
    assert "À créer" in attendre(ecran, adresse)
    poster(ecran, f"{adresse}/appliquer", page=adresse)
    attendre(ecran, adresse)
    lecture, _, ecriture = vues
    assert "Lecture : 2 sur 4 lignes ; il en reste 2" in html.unescape(lecture.text)
    assert "Écriture : 2 sur 2 lignes ; il en reste 0" in html.unescape(ecriture.text)
    assert 'value="2"' in re.search("<progress[^>]*>", ecriture.text)[0]
    travaux = re.findall(r"/travaux/\d+", ecran.get("/travaux/").text)
    assert ecran.get(travaux[0]).location == adresse


def test_un_import_se_laisse_abandonner_jusqu_a_la_derniere_ligne(
    ecran, classeur, en_file, pendant, lire
):
    adresse = a_appliquer(ecran, classeur("F2"))
    pendant(
        application, "_conclure", lambda: poster(ecran, f"{adresse}/abandonner", page="/classeur/")
    )
    attendre(ecran, adresse)
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F2")) == 0
    assert "Abandonné" in ecran.get(adresse).text
    assert lire(select(Travail.statut).order_by(Travail.id.desc())) == "abandonne"


def test_une_annulation_se_laisse_abandonner(ecran, classeur, en_file, lire):
    adresse = a_appliquer(ecran, classeur("F3"))
    attendre(ecran, adresse)
    poster(ecran, f"{adresse}/annuler")
    poster(ecran, f"{adresse}/abandonner", page="/classeur/")
    assert "Annuler cet import" in attendre(ecran, adresse)
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F3")) == 1


def test_ce_qui_empeche_une_annulation_se_dit_sur_la_page(ecran, base, classeur, en_file):
    adresse = a_appliquer(ecran, classeur("F4"))
    attendre(ecran, adresse)
    with base() as session:
        compte = f.un_compte("COORDONNATEUR", "ART", first_name="Ada", last_name="Delacroix")
        session.commit()
        numero = compte.id
    for qui, nom in ((acces.TOUS, "Corrigé"), (numero, "Recorrigé")):
        with base(qui) as session:
            session.scalars(select(Jeune).where(Jeune.code == "F4")).one().nom = nom
            session.commit()
    poster(ecran, f"{adresse}/annuler")
    page = html.unescape(attendre(ecran, adresse))
    assert "ont été modifiées depuis" in page
    assert "une commande : modification (jeune Camille " in page
    with base():
        with pytest.raises(annulation.AnnulationRefusee) as refus:
            annulation.defaire(int(adresse.rpartition("/")[2]))
        dits = imports.dire_depuis(refus.value.lignes)
    assert any("Ada Delacroix : modification (jeune" in dit for dit in dits), "not a login"


def test_qui_a_perdu_ses_droits_depuis_sa_demande_n_importe_ni_n_annule(
    app, base, classeur, en_file, lire
):
    with base() as session:
        partis = [f.un_compte("REFERENT_SEF", mds="ART").id for _ in range(2)]
        session.commit()
    annule, importe = (ouvrir_session(app.test_client(), compte) for compte in partis)
    fait = a_appliquer(annule, classeur("F5"))
    attendre(annule, fait)
    ecrit = a_appliquer(importe, classeur("F6"))
    poster(annule, f"{fait}/annuler")
    with base() as session:
        fin = "update habilitation set au = current_date - 1 where compte_id = any(:partis)"
        session.execute(text(fin), {"partis": partis})
        session.commit()
    vider_la_file(app)
    message = select(Importation.rapport["message"].astext)
    refus_d_ecrire = lire(message.where(Importation.id == numero_de(ecrit)))
    assert refus_d_ecrire == "Votre rôle ne permet pas d’importer le classeur de reprise."
    assert "vos habilitations" in lire(message.where(Importation.id == numero_de(fait)))
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F5")) == 1
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F6")) == 0


def test_ce_que_la_file_laisse_tomber_se_dit_et_se_recommence(ecran, base, classeur, en_file, lire):
    adresse = a_appliquer(ecran, classeur("F7"))
    with base() as session:
        travail = session.get_one(Importation, numero_de(adresse)).travail
        travail.demande = {**travail.demande, "efforts": file.EFFORTS}
        session.commit()
    assert "s’est interrompu plusieurs fois" in html.unescape(attendre(ecran, adresse))
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F7")) == 0
    poster(ecran, f"{adresse}/recommencer", page=adresse)
    assert "Créées" in attendre(ecran, adresse)
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F7")) == 1


def test_demande_et_fin_d_un_import_sont_au_journal(ecran, classeur, en_file, base):
    adresse = a_appliquer(ecran, classeur("F8"))
    attendre(ecran, adresse)
    with base() as session:
        travail = session.get_one(Importation, numero_de(adresse)).travail_id
        operations = select(Evenement.operation).where(
            Evenement.table_nom == "travail", Evenement.cle == str(travail)
        )
        lues = session.scalars(operations.order_by(Evenement.id)).all()
    assert lues == ["travail_demande", "travail_fait"]


def test_un_worker_tue_au_milieu_n_ecrit_rien_puis_un_autre_ecrit_une_seule_fois(
    app, serveur_de_bases, nom_de_base, ecran, classeur, en_file, lire
):
    """Killed when the youths are written and the mesures are not yet."""
    adresse = a_appliquer(ecran, classeur("F9"))
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    commande = [sys.executable, "-m", "flask", "--app", "app", "tandem", "travaux"]
    environnement = {**os.environ, **serveur_de_bases.environnement(nom_de_base)}
    with moteur.connect() as tenant:
        tenant.execute(text("lock table mesure in share mode"))
        with subprocess.Popen(commande, cwd=RACINE, env=environnement) as worker:
            attendre_que(moteur, "select exists (select from pg_locks where not granted)")
            worker.send_signal(signal.SIGKILL)
        tenant.rollback()
    with moteur.begin() as connexion:
        connexion.execute(
            text("update travaux.procrastinate_workers set last_heartbeat = now() - interval '1 h'")
        )
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "F9")) == 0
    assert "Créées" in attendre(ecran, adresse)
    imports_faits = select(func.count(Evenement.id)).where(
        Evenement.operation == "import", Evenement.cle == str(numero_de(adresse))
    )
    assert lire(imports_faits) == 1
    mesures = select(func.count(Mesure.id)).join(Jeune, Jeune.id == Mesure.jeune_id)
    assert lire(mesures.where(Jeune.code == "F9")) == 1
    moteur.dispose()


def attendre_que(moteur, condition: str) -> None:
    limite = time.monotonic() + PATIENCE_SECONDES
    while time.monotonic() < limite:
        with moteur.connect() as connexion:
            if connexion.scalar(text(condition)):
                return
        time.sleep(0.1)
    raise AssertionError(f"never seen: {condition}")


def test_un_travail_repris_alors_que_le_premier_vit_encore_ne_s_applique_pas_deux_fois(
    app, ecran, classeur, en_file, pendant, lire, monkeypatch
):
    """A worker taken for dead goes on: the first that commits ends the work, the other leaves."""
    adresse = a_appliquer(ecran, classeur("G0"))
    monkeypatch.setattr(imports, "UN_A_LA_FOIS", nullcontext())  # they are two processes
    reste = [True]

    def reprendre_une_fois() -> None:
        if reste:
            reste.clear()
            with app.app_context(), acces.acteur(acces.TOUS):
                numero = db.session.get_one(Importation, numero_de(adresse)).travail_id
                db.session.remove()
            file.executer(app, numero)

    pendant(application, "lire_listes", reprendre_une_fois)
    attendre(ecran, adresse)
    operations = select(func.count(Evenement.id)).where(
        Evenement.operation == "import", Evenement.cle == str(numero_de(adresse))
    )
    assert lire(operations) == 1
    assert lire(select(func.count(Jeune.id)).where(Jeune.code == "G0")) == 1


def test_un_classeur_a_la_fois_meme_envoye_ensemble(app, ecran, comptes, classeur, en_file):
    """Each one takes room in the base, then memory: nobody fills the machine by sending many."""
    chemin = classeur("E7")
    moi = [ouvrir_session(app.test_client(), comptes[0]) for _ in range(3)]
    with ThreadPoolExecutor(3) as ensemble:
        adresses = set(ensemble.map(lambda client: envoyer(client, chemin), moi))
    assert len(adresses - {"/classeur/"}) == 1
    assert "n’est pas fini" in html.unescape(moi[1].get("/classeur/").text + moi[2].get("/").text)
    [adresse] = adresses - {"/classeur/"}
    voisin = ouvrir_session(app.test_client(), comptes[1])
    autre = envoyer(voisin, chemin)
    assert autre != "/classeur/", "another person’s waits beside"
    poster(ecran, f"{adresse}/abandonner", page="/classeur/")
    assert envoyer(ecran, chemin) != "/classeur/", "the one that was given up holds nobody"
    vider_la_file(app)


def test_on_exporte_avec_un_motif_et_le_journal_le_garde(ecran, tmp_path, lire):
    assert poster(ecran, "/classeur/exporter").status_code == 422
    with poster(
        ecran, "/classeur/exporter", {"finalite": "SUIVI", "motif": "Bilan de l’année"}
    ) as reponse:
        (tmp_path / "e.xlsx").write_bytes(reponse.data)
    assert "Jeunes" in cellules(tmp_path / "e.xlsx")
    trace = select(Evenement.motif).where(
        Evenement.operation == "export", Evenement.table_nom == "classeur"
    )
    assert lire(trace.order_by(Evenement.id.desc())) == "Bilan de l’année"
    with ecran.get("/classeur/modele") as modele:
        assert modele.data[:2] == b"PK"
