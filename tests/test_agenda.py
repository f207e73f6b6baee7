"""The rendez-vous of a person in their own calendar: their hours, codes alone, behind a secret
address; read by a real calendar program."""

import re
import subprocess
import sys
import urllib.request
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, text

from app import acces
from app.connexion import verrouillage
from app.extensions import db
from app.models import Compte, Jeune, Rencontre
from app.models.connexion import Tentative
from tests import factories as f
from tests.connexions import ouvrir_session, poster

NOM = "Introuvable-Vandamme"
LE_JOUR = f.dans(3)


@pytest.fixture(scope="module")
def scene(app):
    """Nour accompanies a youth of Artois; Paul is her colleague, the third one works elsewhere."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        nour = f.un_compte("COORDONNATEUR", "ART")
        paul = f.un_compte("COORDONNATEUR", "ART")
        loin = f.un_compte("COORDONNATEUR", "ARR")
        f.un_agent(nom="Nour Delestrez", compte_id=nour.id)
        f.un_agent(nom="Paul Wallart", compte_id=paul.id)
        jeune = f.un_jeune(nom=NOM, prenom="Ayanaïs", code="SUIVI-1")
        f.un_binome(jeune, coordonnateur="Nour Delestrez")
        sans_agent = prevue(jeune, agents=None, heure=None)
        sienne = prevue(jeune, agents="Nour Delestrez", adresse=f"Chez Mme {NOM}")
        autre = prevue(f.un_jeune(nom="Ailleurs", code="AUTRE-1"), agents="Paul Wallart")
        numeros = {
            "nour": nour.id,
            "paul": paul.id,
            "loin": loin.id,
            "sienne": sienne.id,
            "sans_agent": sans_agent.id,
            "autre": autre.id,
        }
        db.session.commit()
    return numeros


def prevue(jeune: Jeune, **champs) -> Rencontre:
    valeurs = {
        "le": LE_JOUR,
        "statut_code": "PREVUE",
        "type_code": "TRIPARTITE",
        "lieu_code": "MISSION_LOCALE",
        "heure": time(14, 30),
        "duree": 45,
        "jeune_present": None,
    }
    return f.une_rencontre(jeune, **valeurs | champs)


@pytest.fixture(autouse=True)
def sans_essai_compte(app):
    """Nobody has guessed any address yet."""
    with app.app_context(), acces.acteur(acces.CONNEXION):
        db.session.execute(delete(Tentative))
        db.session.commit()


@pytest.fixture
def ouvrir(app, scene):
    """Open the calendar of a person; its path and query string."""

    def _ouvrir(qui: str) -> str:
        client = ouvrir_session(app.test_client(), scene[qui])
        page = poster(client, "/mon-compte/agenda", page="/mon-compte/").text
        adresse = re.search(r'value="(http://[^"]+/agenda/tandem\.ics\?c=[^"]+)"', page)[1]
        return adresse.removeprefix("http://localhost")

    return _ouvrir


def lire(app, adresse: str) -> str:
    """What a program without any session receives, its long lines put together again."""
    reponse = app.test_client().get(adresse)
    assert reponse.status_code == 200, reponse.text
    assert reponse.mimetype == "text/calendar"
    return reponse.text.replace("\r\n ", "")


def test_on_y_lit_ses_rendez_vous_a_leurs_heures_en_codes_seuls(app, scene, ouvrir, tous):
    agenda = lire(app, ouvrir("nour"))
    assert f"DTSTART;TZID=Europe/Paris:{LE_JOUR:%Y%m%d}T143000" in agenda
    assert f"DTEND;TZID=Europe/Paris:{LE_JOUR:%Y%m%d}T151500" in agenda
    assert f"DTSTART;VALUE=DATE:{LE_JOUR:%Y%m%d}" in agenda, "without hour, the whole day"
    assert agenda.count("SUMMARY:Rendez-vous tripartite : SUIVI-1") == 2
    assert "AUTRE-1" not in agenda
    assert f"http://localhost/rencontres/{scene['sienne']}" in agenda
    with tous() as session:
        for jeune in session.scalars(select(Jeune)):
            jours = (f"{jeune.date_naissance:%Y%m%d}", f"{jeune.date_naissance:%d/%m/%Y}")
            for dit in (jeune.nom, jeune.prenom, *jours):
                assert dit not in agenda
    assert "Delestrez" not in agenda


def test_une_autre_personne_n_y_lit_que_les_siens(app, ouvrir):
    agenda = lire(app, ouvrir("paul"))
    assert "AUTRE-1" in agenda and "SUIVI-1" not in agenda
    assert "BEGIN:VEVENT" not in lire(app, ouvrir("loin"))


def test_l_adresse_se_montre_une_fois_se_change_et_se_retire(app, scene, ouvrir):
    premiere = ouvrir("nour")
    client = ouvrir_session(app.test_client(), scene["nour"])
    assert premiere.partition("?c=")[2] not in client.get("/mon-compte/").text
    seconde = ouvrir("nour")
    assert app.test_client().get(premiere).status_code == 404
    assert app.test_client().get(seconde).status_code == 200
    poster(client, "/mon-compte/agenda/retirer", page="/mon-compte/")
    assert app.test_client().get(seconde).status_code == 404
    assert app.test_client().get("/agenda/tandem.ics").status_code == 404


def test_un_compte_ferme_ou_sans_role_n_ouvre_plus_rien(app, scene, ouvrir, tous):
    adresse = ouvrir("paul")
    with tous() as session:
        session.get(Compte, scene["paul"]).active = False
        session.commit()
    assert app.test_client().get(adresse).status_code == 404
    with tous() as session:
        session.get(Compte, scene["paul"]).active = True
        session.commit()
    assert app.test_client().get(adresse).status_code == 200


def test_le_secret_n_est_pas_dans_la_base(ouvrir, tous):
    secret = ouvrir("nour").partition("?c=")[2]
    with tous() as session:
        gardes = session.execute(text("select to_jsonb(a)::text from authentification a")).scalars()
        assert not any(secret in garde for garde in gardes)
        journal = session.execute(text("select to_jsonb(j)::text from journal j")).scalars()
        assert not any(secret in ligne for ligne in journal)


def test_on_ajoute_un_seul_rendez_vous_a_son_agenda(app, scene):
    client = ouvrir_session(app.test_client(), scene["nour"])
    lien = f"/rencontres/{scene['sienne']}/tandem.ics"
    assert lien in client.get(f"/rencontres/{scene['sienne']}").text
    assert client.get(lien).text.count("BEGIN:VEVENT") == 1
    ailleurs = ouvrir_session(app.test_client(), scene["loin"])
    assert ailleurs.get(lien).status_code == 404


def test_deviner_des_adresses_fait_attendre(app, ouvrir, monkeypatch):
    """As for the link of an avis: a program that guesses is slowed down, others are not."""
    monkeypatch.setitem(verrouillage.SEUILS, "lien", replace(verrouillage.SEUILS["lien"], libres=3))
    bonne = ouvrir("nour")
    ailleurs = {"REMOTE_ADDR": "192.0.2.9"}
    client = app.test_client()
    refus = [client.get("/agenda/tandem.ics?c=non", environ_base=ailleurs) for _ in range(4)]
    assert [reponse.status_code for reponse in refus] == [404, 404, 404, 429]
    assert client.get(bonne).status_code == 200


def test_un_vrai_agenda_le_lit_du_vrai_serveur(serveur, ouvrir, tmp_path):
    """khal, set for someone of the Département on leave in La Réunion."""
    chemin = tmp_path / "tandem.ics"
    with urllib.request.urlopen(serveur + ouvrir("nour")) as reponse:
        chemin.write_bytes(reponse.read())
    (tmp_path / "agenda").mkdir()
    reglages = tmp_path / "khal.conf"
    reglages.write_text(
        f"[calendars]\n[[tandem]]\npath = {tmp_path}/agenda\n[sqlite]\npath = {tmp_path}/khal.db\n"
        "[locale]\ntimeformat = %H:%M\ndateformat = %d/%m/%Y\nlongdateformat = %d/%m/%Y\n"
        "datetimeformat = %d/%m/%Y %H:%M\nlongdatetimeformat = %d/%m/%Y %H:%M\n"
        "local_timezone = Indian/Reunion\ndefault_timezone = Europe/Paris\n"
    )
    khal = [str(Path(sys.executable).with_name("khal")), "-c", str(reglages)]
    subprocess.run([*khal, "import", "--batch", str(chemin)], check=True, capture_output=True)
    demande = [*khal, "list", "--format", "{start-time} {title}", f"{LE_JOUR:%d/%m/%Y}", "1d"]
    lu = subprocess.run(demande, check=True, capture_output=True, text=True).stdout
    a_paris = datetime.combine(LE_JOUR, time(14, 30), ZoneInfo("Europe/Paris"))
    la_bas = a_paris.astimezone(ZoneInfo("Indian/Reunion"))
    assert f"{la_bas:%H:%M} Rendez-vous tripartite : SUIVI-1" in lu


def test_une_adresse_inconnue_du_vrai_serveur_ne_dit_rien(serveur):
    with pytest.raises(HTTPError) as refus:
        urllib.request.urlopen(f"{serveur}/agenda/tandem.ics?c=inconnue")
    with refus.value as reponse:
        assert reponse.code == 404
