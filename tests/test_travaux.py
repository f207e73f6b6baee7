"""Long work leaves the request: asked, done with the rights of whoever asked, fetched by them
alone."""

import io
import random
import threading
import tracemalloc
from dataclasses import replace

import openpyxl
import psycopg
import pytest
from sqlalchemy import create_engine, func, select, text

from app import acces, fichiers, sorties_de_donnees
from app.echanges.formats import lignes
from app.extensions import db
from app.models import Travail
from app.regles.parametres import PLAFOND_LIGNES
from app.secret import chiffrer_octets
from app.travaux import file, taches
from app.travaux.entretien import entretenir
from app.travaux.taches import Livraison, TravailRefuse
from app.views.socle import differe, export, lecture_en_colonnes
from tests import factories as f
from tests.connexions import jeton, ouvrir_session
from tests.serveurs import PATIENCE_SECONDES
from tests.travaux import planifier, vider_la_file


@pytest.fixture
def essai(monkeypatch):
    """A kind of work of the tests' own: writes the youths that whoever asked may read."""

    def faire(travail, avancer, dossier):
        if travail.demande.get("refuser"):
            raise TravailRefuse("Rien à faire ici.")
        if travail.demande.get("tomber"):
            raise ZeroDivisionError
        noms = db.session.scalars(text("select nom from jeune order by nom")).all()
        for rang, _ in enumerate(noms, 1):
            avancer(rang, len(noms))
        chemin = dossier / "noms.txt"
        chemin.write_text("\n".join(noms), encoding="utf-8")
        return Livraison(chemin, "noms.txt", "text/plain")

    monkeypatch.setitem(taches.TACHES, "essai", taches.GenreDeTravail("essai", "Essai", faire))


def demander(app, compte: int, **demande) -> int:
    with app.app_context(), acces.acteur(compte, canal="ecran", adresse="127.0.0.1"):
        numero = file.demander("essai", "Essai de la file", demande, motif="Un essai").id
        db.session.commit()
        db.session.remove()
    return numero


def etat(app, numero: int) -> Travail:
    with app.app_context(), acces.acteur(acces.TOUS):
        travail = db.session.get_one(Travail, numero)
        db.session.expunge(travail)
        db.session.remove()
    return travail


@pytest.fixture(scope="module")
def agents(app):
    """Two people of Artois and one of Arrageois, with a youth in each MDS."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", nom="Artoisien")
        f.un_accompagnement(jeune)
        f.une_rencontre(jeune)
        f.un_jeune("ARR", nom="Arrageois")
        numeros = {
            "jeune": jeune.id,
            "artois": f.un_compte("COORDONNATEUR", "ART").id,
            "responsable": f.un_compte("RESPONSABLE", "ART").id,
            "pilote": f.un_compte("DPID").id,
            "collegue": f.un_compte("COORDONNATEUR", "ART").id,
            "arrageois": f.un_compte("COORDONNATEUR", "ARR").id,
        }
        db.session.commit()
        db.session.remove()
    return numeros


def test_le_travail_se_fait_avec_les_droits_de_qui_l_a_demande(app, agents, essai):
    numero = demander(app, agents["artois"])
    vider_la_file(app)
    assert etat(app, numero).statut == "fini"
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    recu = client.get(f"/travaux/{numero}/fichier")
    assert recu.text == "Artoisien"
    assert recu.headers["Content-Disposition"] == "attachment; filename=noms.txt"


def test_un_seul_travail_a_la_fois_par_personne(app, agents, monkeypatch):
    """The first work of a person ends only once another person's runs beside it; their second one
    has not begun by then."""
    commences: list[int] = []
    d_un_autre = threading.Event()

    def faire(travail, avancer, dossier):
        commences.append(travail.id)
        if travail.compte_id == agents["collegue"]:
            d_un_autre.set()
        assert d_un_autre.wait(PATIENCE_SECONDES)
        if travail.id == premier:
            assert commences.count(second) == 0

    monkeypatch.setitem(taches.TACHES, "essai", taches.GenreDeTravail("essai", "Essai", faire))
    premier, second = (demander(app, agents["artois"]) for _ in range(2))
    autre = demander(app, agents["collegue"])
    vider_la_file(app)
    assert [etat(app, numero).statut for numero in (premier, second, autre)] == ["fini"] * 3
    assert commences.index(second) > commences.index(autre)


def test_la_page_dit_les_lignes_faites_et_ce_qui_reste(app, agents, monkeypatch):
    """While the work is done; it can be left, and says where the file will wait."""
    vues = []

    def faire(travail, avancer, dossier):
        avancer(2, 5)
        client = ouvrir_session(app.test_client(), agents["artois"])
        vues.append(client.get(f"/travaux/{travail.id}").text)

    monkeypatch.setitem(taches.TACHES, "essai", taches.GenreDeTravail("essai", "Essai", faire))
    demander(app, agents["artois"])
    vider_la_file(app)
    assert "2 sur 5 lignes ; il en reste 3" in vues[0]
    assert "Vous pouvez la quitter" in vues[0]


def test_un_droit_retire_entre_la_demande_et_le_travail_n_a_plus_cours(app, agents, essai):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        partant = f.un_compte("COORDONNATEUR", "ART")
        compte = partant.id
        db.session.commit()
        db.session.remove()
    sans_habilitation = demander(app, compte)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        retire = "update habilitation set au = current_date - 1 where compte_id = :c"
        db.session.execute(text(retire), {"c": compte})
        db.session.commit()
    vider_la_file(app)
    assert etat(app, sans_habilitation).octets == 0

    compte_ferme = demander(app, compte)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.execute(text("update ab_user set active = false where id = :c"), {"c": compte})
        db.session.commit()
    vider_la_file(app)
    assert etat(app, compte_ferme).statut == "refuse"
    assert etat(app, compte_ferme).message == file.DROITS_PERDUS


def test_le_fichier_n_attend_que_son_auteur(app, agents, essai):
    numero = demander(app, agents["artois"])
    vider_la_file(app)
    for autre in ("collegue", "arrageois"):
        client = app.test_client()
        ouvrir_session(client, agents[autre])
        for suite in ("", "/fichier"):
            assert client.get(f"/travaux/{numero}{suite}").status_code == 404
    with app.app_context(), acces.acteur(agents["collegue"]):
        assert fichiers.lire_fichier(file.USAGE, numero) is None
        db.session.remove()


def test_le_fichier_est_chiffre_et_s_efface_apres_un_jour(app, agents, essai):
    numero = demander(app, agents["artois"])
    vider_la_file(app)
    proprietaire = create_engine(app.config["DATABASE_OWNER_URL"])
    with proprietaire.begin() as connexion:
        assert b"Artoisien" not in b"".join(
            connexion.scalars(text("select contenu from acces.fichier"))
        )
        connexion.execute(text("update acces.fichier set expire_le = now()"))
        connexion.execute(text("update travail set expire_le = now()"))
    proprietaire.dispose()
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    assert client.get(f"/travaux/{numero}/fichier").status_code == 404
    assert "a été effacé" in client.get(f"/travaux/{numero}").text


def test_demande_faite_et_recuperee_sont_au_journal(app, agents, essai):
    numero = demander(app, agents["artois"])
    vider_la_file(app)
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    client.get(f"/travaux/{numero}/fichier")
    with app.app_context(), acces.acteur(acces.TOUS):
        lignes = db.session.scalars(
            text(
                "select operation from journal where table_nom = 'travail' and cle = :n order by id"
            ),
            {"n": str(numero)},
        ).all()
        db.session.remove()
    assert lignes == ["travail_demande", "travail_fait", "travail_recupere"]


def test_un_refus_et_une_panne_se_disent_en_francais(app, agents, essai):
    refuse = demander(app, agents["artois"], refuser=True)
    tombe = demander(app, agents["artois"], tomber=True)
    vider_la_file(app)
    assert (etat(app, refuse).statut, etat(app, refuse).message) == ("refuse", "Rien à faire ici.")
    assert etat(app, tombe).statut == "echoue"
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    page = client.get(f"/travaux/{tombe}").text
    assert f"travail {tombe}" in page and "ZeroDivision" not in page


def test_un_travail_abandonne_ne_se_fait_pas(app, agents, essai):
    numero = demander(app, agents["artois"])
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    client.post(
        f"/travaux/{numero}/abandonner", data={"csrf_token": jeton(client, f"/travaux/{numero}")}
    )
    vider_la_file(app)
    assert etat(app, numero).statut == "abandonne"
    assert etat(app, numero).octets is None


def test_demande_et_file_vont_ensemble(app, agents, essai):
    """What is not committed is in neither: nothing waits without its record, nor the other way."""
    with app.app_context(), acces.acteur(agents["artois"]):
        avant = db.session.scalar(select(func.count()).select_from(Travail))
        en_file = db.session.scalar(text("select count(*) from travaux.procrastinate_jobs"))
        file.demander("essai", "Jamais confirmé", {})
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(Travail)) == avant
        assert db.session.scalar(text("select count(*) from travaux.procrastinate_jobs")) == en_file
        db.session.remove()


def test_le_travail_d_un_worker_mort_est_repris(app, agents, essai):
    """Its heartbeat has stopped: the next one takes the job up, and it is done once."""
    numero = demander(app, agents["artois"])
    with app.app_context():
        db.session.execute(
            text(
                "with mort as (insert into travaux.procrastinate_workers (last_heartbeat)"
                " values (now() - interval '1 hour') returning id)"
                " update travaux.procrastinate_jobs set status = 'doing',"
                " worker_id = (select id from mort) where args ->> 'numero' = :n"
            ),
            {"n": str(numero)},
        )
        db.session.commit()
        db.session.remove()
    vider_la_file(app)
    assert etat(app, numero).statut == "fini"


def test_un_travail_qui_tue_ses_workers_est_abandonne_apres_quelques_essais(app, agents, essai):
    numero = demander(app, agents["artois"])
    with app.app_context(), acces.acteur(acces.TOUS):
        db.session.get_one(Travail, numero).demande = {"efforts": file.EFFORTS}
        db.session.commit()
        db.session.remove()
    vider_la_file(app)
    assert (etat(app, numero).statut, etat(app, numero).message) == ("echoue", file.INTERROMPU)


def test_l_entretien_se_fait_dans_la_file_une_fois_par_moment(app, agents, essai):
    """Whatever the number of machines that ask for it."""
    numero = demander(app, agents["artois"])
    vider_la_file(app)
    proprietaire = create_engine(app.config["DATABASE_OWNER_URL"])
    with proprietaire.begin() as connexion:
        connexion.execute(text("update acces.fichier set expire_le = now() - interval '1 min'"))
    en_file = text("select count(*) from travaux.procrastinate_jobs where task_name = 'entretenir'")
    restent = text("select count(*) from acces.fichier where cle = :n")
    for attendus in (1, 0):
        planifier(app, "entretenir", 1_700_000_400)
        with proprietaire.connect() as connexion:
            assert connexion.scalar(en_file) == attendus
        vider_la_file(app)
        with proprietaire.connect() as connexion:
            assert connexion.scalar(restent, {"n": numero}) == 0
    proprietaire.dispose()


def test_ce_qui_fut_demande_s_oublie_apres_un_mois(app, agents, essai):
    ancien, recent, jamais_fait = (demander(app, agents["artois"]) for _ in range(3))
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        vieillir = (
            "update travail set demande_le = now() - interval '31 days',"
            " statut = case id when :a then 'fini' else statut end where id <> :r"
        )
        db.session.execute(text(vieillir), {"a": ancien, "r": recent})
        db.session.commit()
        entretenir()
        restent = set(db.session.scalars(select(Travail.id)))
        db.session.remove()
    assert {ancien, recent, jamais_fait} & restent == {recent, jamais_fait}
    vider_la_file(app)


def test_un_travail_donne_deux_fois_ne_se_fait_qu_une_fois(app, agents, essai):
    """A worker that dies once its work is committed, before it says so to the queue."""
    numero = demander(app, agents["artois"])
    file.executer(app, numero)
    vider_la_file(app)
    with app.app_context(), acces.acteur(acces.TOUS):
        faits = text("select count(*) from journal where operation = 'travail_fait' and cle = :n")
        assert db.session.scalar(faits, {"n": str(numero)}) == 1
        db.session.remove()
    assert etat(app, numero).statut == "fini"


# A file that is long to make -------------------------------------------------------------------


@pytest.fixture
def beaucoup(app, agents, monkeypatch):
    """Three youths of Artois are many, for the test."""
    monkeypatch.setattr(differe, "LIGNES_IMMEDIATES", 2)
    monkeypatch.setattr(differe.differer, "__defaults__", (2,))
    monkeypatch.setattr(differe, "DOSSIERS_IMMEDIATS", 2)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(3):
            f.un_jeune("ART")
        db.session.commit()
        db.session.remove()


def exporter(client, adresse: str, **champs):
    champs = {
        "finalite": "SUIVI",
        "motif": "Un essai du fichier",
        "csrf_token": jeton(client, adresse),
        **champs,
    }
    return client.post(adresse, data=champs)


def test_un_long_export_passe_par_la_file_et_dit_la_meme_chose(app, agents, beaucoup):
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    attente = exporter(client, "/jeunes/exporter?tri=nom")
    assert attente.status_code == 303
    assert "attend son tour" in client.get(attente.location).text
    vider_la_file(app)
    assert "Le fichier est prêt" in client.get(attente.location).text
    recu = client.get(f"{attente.location}/fichier")
    feuille = openpyxl.load_workbook(io.BytesIO(recu.data)).worksheets[0]
    noms = [rang[0].value for rang in feuille.iter_rows(min_row=2)]
    with app.app_context(), acces.acteur(agents["artois"]):
        attendus = db.session.scalar(text("select count(*) from jeune"))
        db.session.remove()
    assert len(noms) == attendus and not any("Arrageois" in (n or "") for n in noms)
    numero = int(attente.location.rpartition("/")[2])
    assert etat(app, numero).fait == etat(app, numero).total == attendus


def test_ce_qui_etait_cherche_n_est_pas_lisible_dans_la_file(app, agents, beaucoup):
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    attente = exporter(client, "/jeunes/exporter?q=delattre")
    numero = int(attente.location.rpartition("/")[2])
    assert "delattre" not in str(etat(app, numero).demande).lower()
    vider_la_file(app)
    assert etat(app, numero).statut == "fini"


@pytest.mark.parametrize(
    ("qui", "adresse", "champs"),
    [
        ("artois", "/tableau/telecharger", {"mois": "2025-01", "mds": "ART"}),
        ("pilote", "/tableau/telecharger", {"mois": "2025-01", "mds": ""}),
        ("artois", "/bilan/telecharger", {"annee": "2025", "mds": "ART"}),
        ("pilote", "/bilan/telecharger", {"annee": "2025", "mds": ""}),
        ("artois", "/classeur/exporter", {}),
        ("artois", "/obligations/exporter", {}),
        ("artois", "/envois/exporter", {"annee": "2025"}),
        ("responsable", "/jeunes/{jeune}/exporter", {}),
    ],
)
def test_chaque_autre_fichier_passe_aussi_par_la_file(app, agents, beaucoup, qui, adresse, champs):
    """The pilote reads no file of a youth, and asks for the figures of all of them."""
    client = app.test_client()
    ouvrir_session(client, agents[qui])
    adresse = adresse.format(jeune=agents["jeune"])
    attente = client.post(
        adresse,
        data={
            "finalite": "SUIVI",
            "motif": "Un essai du fichier",
            "csrf_token": jeton(client, "/"),
            **champs,
        },
    )
    assert attente.status_code == 303, attente.text
    vider_la_file(app)
    recu = client.get(f"{attente.location}/fichier")
    assert recu.status_code == 200 and recu.data[:2] == b"PK"


def test_un_export_dont_le_droit_est_retire_est_refuse_en_francais(app, agents, beaucoup):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.commit()
        db.session.remove()
    client = app.test_client()
    ouvrir_session(client, compte)
    attente = exporter(client, "/jeunes/exporter")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        retire = "update habilitation set au = current_date - 1 where compte_id = :c"
        db.session.execute(text(retire), {"c": compte})
        db.session.commit()
        db.session.remove()
    vider_la_file(app)
    numero = int(attente.location.rpartition("/")[2])
    assert etat(app, numero).statut == "refuse"
    assert "Vos habilitations ne permettent pas" in etat(app, numero).message


def test_un_export_qui_passerait_le_plafond_est_refuse_par_la_file_sans_etre_ecrit(
    app, agents, beaucoup, monkeypatch
):
    """The ceiling was lowered since the asking."""
    client = app.test_client()
    ouvrir_session(client, agents["artois"])
    attente = exporter(client, "/jeunes/exporter")
    numero = int(attente.location.rpartition("/")[2])
    monkeypatch.setattr(sorties_de_donnees, "PLAFOND_LIGNES", replace(PLAFOND_LIGNES, valeur=2))
    monkeypatch.setattr(export, "ecrire_classeur", None)
    vider_la_file(app)
    assert etat(app, numero).statut == "refuse"
    assert "Ce fichier aurait" in etat(app, numero).message
    assert "Demandez moins de lignes" in etat(app, numero).message


# What a long file takes -------------------------------------------------------------------------


@pytest.fixture
def petits_morceaux(monkeypatch):
    """A file of the test is of several parts."""
    monkeypatch.setattr(fichiers, "MORCEAU", 4096)


def test_un_fichier_de_plusieurs_morceaux_se_lit_entier(app, agents, petits_morceaux):
    contenu = random.Random(1).randbytes(3 * fichiers.MORCEAU + 5)
    with app.app_context(), acces.acteur(agents["artois"]):
        for cle, taille in enumerate((0, 1, 4096, 4097, len(contenu))):
            fichiers.deposer("essai", cle, contenu[:taille])
            assert fichiers.lire_fichier("essai", cle) == contenu[:taille]
        combien = "select count(*) from acces.lire_fichier('essai', 4)"
        assert db.session.scalar(text(combien)) == 4
        fichiers.oublier("essai", 4)
        assert fichiers.lire_fichier("essai", 4) is None
        db.session.rollback()


@pytest.mark.parametrize(
    "ordre",
    [
        "delete from acces.fichier where usage = 'essai' and cle = 1 and rang = 3",
        "delete from acces.fichier where usage = 'essai' and cle = 1 and rang > 0",
        "delete from acces.fichier where usage = 'essai' and cle = 1 and rang = 1",
        (
            "update acces.fichier x set contenu = y.contenu from acces.fichier y"
            " where x.usage = 'essai' and y.usage = 'essai' and x.cle = 1 and y.cle = 1"
            " and (x.rang, y.rang) in ((1, 2), (2, 1))"
        ),
        (
            "update acces.fichier x set contenu = y.contenu from acces.fichier y"
            " where x.usage = 'essai' and y.usage = 'essai' and x.cle = 1 and y.cle = 2"
            " and x.rang = y.rang and x.rang = 1"
        ),
    ],
    ids=["sans la fin", "le début seul", "un trou", "deux échangés", "d’un autre fichier"],
)
def test_un_fichier_dont_la_base_a_deplace_un_morceau_ne_s_ouvre_pas(
    app, agents, petits_morceaux, ordre
):
    contenu = random.Random(2).randbytes(3 * fichiers.MORCEAU + 5)
    with app.app_context(), acces.acteur(agents["artois"]):
        for cle in (1, 2):
            fichiers.deposer("essai", cle, contenu)
        db.session.commit()
    proprietaire = create_engine(app.config["DATABASE_OWNER_URL"])
    with proprietaire.begin() as connexion:
        connexion.execute(text(ordre))
    proprietaire.dispose()
    with app.app_context(), acces.acteur(agents["artois"]):
        assert fichiers.lire_fichier("essai", 1) is None
        assert fichiers.lire_fichier("essai", 2) == contenu
        for cle in (1, 2):
            fichiers.oublier("essai", cle)
        db.session.commit()


def test_un_fichier_garde_avant_les_morceaux_se_lit_encore(app, agents):
    with app.app_context(), acces.acteur(agents["artois"]):
        valeurs = {"c": chiffrer_octets(b"PK entier")}
        depose = "select acces.deposer_fichier('essai', 3, :c, interval '1 hour')"
        db.session.execute(text(depose), valeurs)
        assert fichiers.lire_fichier("essai", 3) == b"PK entier"
        db.session.rollback()


def test_la_memoire_d_un_export_ne_grandit_pas_avec_ses_lignes(app, agents, monkeypatch):
    """Asked, made by the queue, kept, fetched: three times as many rows take as much memory."""
    monkeypatch.setattr(fichiers, "MORCEAU", 2**16)
    monkeypatch.setattr(lecture_en_colonnes, "VALEURS_RETENUES", 100)
    monkeypatch.setattr(lignes, "SIGNES_RETENUS", 5_000)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
        db.session.remove()
    client = app.test_client()
    ouvrir_session(client, compte)
    pointes = []
    octets = []
    for combien in (2_000, 2_000, 8_000):
        ajouter_des_rencontres(app, agents["jeune"], combien)
        tracemalloc.start()
        octets.append(exporter_et_recuperer(app, client))
        pointes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    _, moins, plus = pointes  # the first one fills what the process keeps
    assert octets[2] - octets[1] > 3 * octets[0] // 2, "the texts are told apart"
    assert plus - moins < octets[2] - octets[1], "whole, the file is there several times"


def ajouter_des_rencontres(app, jeune: int, combien: int) -> None:
    """Each with words of its own: a workbook packs what comes back."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.execute(
            text(
                "insert into rencontre (mds_id, jeune_id, type_code, statut_code, le, adresse)"
                " select mds_id, jeune_id, type_code, statut_code, le,"
                " sha256(random()::text::bytea)::text from rencontre, generate_series(1, :combien)"
                " where jeune_id = :jeune and adresse is null limit :combien"
            ),
            {"jeune": jeune, "combien": combien},
        )
        db.session.commit()
        db.session.remove()


def exporter_et_recuperer(app, client) -> int:
    """The whole list of rencontres; how many bytes it has."""
    attente = exporter(client, "/rencontres/exporter", colonnes="toutes")
    vider_la_file(app)
    with client.get(f"{attente.location}/fichier", buffered=False) as recu:
        return sum(map(len, recu.response))


def test_la_file_trouve_sa_base_dans_un_dossier_avec_espaces_et_accents(app, dossier_traversable):
    """The socket of the base, by another path: the queue of « /home/x/mon dossier » was deaf."""
    lien = dossier_traversable("travaux") / "mon dossier + à moi"
    with app.app_context():
        url = db.engine.url
        lien.symlink_to(url.query["host"], target_is_directory=True)
        ailleurs = url.update_query_dict({"host": str(lien)})
    with psycopg.connect(file.adresse_de(ailleurs)) as connexion:
        assert connexion.execute("select current_database()").fetchone() == (url.database,)
