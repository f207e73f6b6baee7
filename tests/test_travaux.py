"""Long work leaves the request: asked, done with the rights of whoever asked, fetched by them
alone."""

import pytest
from sqlalchemy import create_engine, func, select, text

from app import acces, fichiers
from app.extensions import db
from app.models import Travail
from app.travaux import file, taches
from app.travaux.taches import Livraison, TravailRefuse
from tests import factories as f
from tests.connexions import jeton, ouvrir_session


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

    monkeypatch.setitem(taches.TACHES, "essai", taches.Tache("essai", "Essai", faire))


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


def vider_la_file(app) -> None:
    file.travailler(app, attendre=False)


@pytest.fixture(scope="module")
def agents(app):
    """Two people of Artois and one of Arrageois, with a youth in each MDS."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune("ART", nom="Artoisien")
        f.un_jeune("ARR", nom="Arrageois")
        numeros = {
            "artois": f.un_compte("COORDONNATEUR", "ART").id,
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
        assert fichiers.lire(file.USAGE, numero) is None
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
