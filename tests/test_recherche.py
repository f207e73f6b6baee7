"""A youth is found in the list, by typing and from the banner by the same rule."""

import html

import pytest
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.models import Jeune
from app.views.socle import choix
from tests import factories as f
from tests.connexions import ouvrir_session, poster


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        f.un_jeune(
            nom="N’Diaye",
            prenom="Jean-Baptiste",
            telephone="06 39 98 12 34",
            date_naissance=f.aujourd_hui().replace(year=f.aujourd_hui().year - 17, month=2, day=3),
        )
        f.un_jeune(nom="Ben Abdallah", prenom="Ali", telephone="+33 6 39 98 55 55")
        marie = f.un_jeune(nom="Vandenbroucke", prenom="Marie")
        f.un_jeune("ARR", nom="N’Diaye", prenom="Ailleurs")
        db.session.commit()
        marie.nom = "Lefebvre"
        db.session.commit()
    return compte


NAISSANCE = f.aujourd_hui().year - 17


@pytest.mark.parametrize(
    ("texte", "trouve"),
    [
        ("ndiaye", "Diaye"),
        ("n'diaye jean baptiste", "Diaye"),
        ("JEANBAPTISTE", "Diaye"),
        ("jean\u2011baptiste", "Diaye"),
        ("jean\u00adbaptiste", "Diaye"),
        ("ben\u00a0abdallah", "Ben Abdallah"),
        ("benabdallah", "Ben Abdallah"),
        ("ben abdallah", "Ben Abdallah"),
        ("98 12 34", "Diaye"),
        ("0639985555", "Ben Abdallah"),
        (f"03/02/{NAISSANCE}", "Diaye"),
        (f"0302{NAISSANCE}", "Diaye"),
        (f"0302{NAISSANCE % 100:02}", "Diaye"),
        ("vandenbroucke", "Lefebvre"),
        ("ndiayee", "Diaye"),
        ("vandenbrouke", "Lefebvre"),
        ("lefevbre", "Lefebvre"),
    ],
)
def test_la_liste_et_le_choix_trouvent_de_la_meme_facon(app, base, texte, trouve):
    client = ouvrir_session(app.test_client(), base)
    page = html.unescape(client.get("/jeunes/", query_string={"q": texte}).text)
    assert trouve in page.split("<table")[1] and "Ailleurs" not in page
    reponse = poster(client, "/choix/jeune", {"texte": texte}, page="/")
    assert any(trouve in c["libelle"] for c in reponse.json["choix"])


def test_le_nom_d_un_agent_trouve_ses_jeunes_si_aucun_jeune_ne_le_porte(app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        suivi = f.un_jeune(nom="Suivi", prenom="Lina")
        f.un_binome(suivi, coordonnateur="Oriane Sauvagnargues", referent_ase="Paul Lefebvre")
        parti = f.un_jeune(nom="Parti", prenom="Hugo")
        f.un_binome(parti, coordonnateur="Oriane Sauvagnargues", au=f.il_y_a(5))
        db.session.commit()
    client = ouvrir_session(app.test_client(), base)
    for liste in ("jeunes", "binomes"):
        page = client.get(f"/{liste}/?q=sauvagnargues").text.split("<table")[1]
        assert "Suivi" in page
    assert "Parti" not in client.get("/jeunes/?q=oriane+sauvagnargues").text
    page = client.get("/jeunes/?q=lefebvre").text.split("<table")[1]
    assert "Suivi" not in page  # a youth bears that name
    choix_en_tapant = poster(client, "/choix/jeune", {"texte": "sauvagnargues"}, page="/")
    assert choix_en_tapant.json["choix"] == []


def test_rien_de_typable_ne_trouve_personne(app, base):
    client = ouvrir_session(app.test_client(), base)
    assert "Aucune fiche ne correspond" in client.get("/jeunes/?q=%27").text


def test_un_changement_de_nom_garde_l_ancien_et_l_anonymisation_l_efface(app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(nom="Avant", contact_le=f.il_y_a(1300))
        jeune.nom = "Apres"
        db.session.flush()
        db.session.refresh(jeune)
        assert jeune.anciens_noms == "Avant Camille"
        assert jeune.id in [j.id for j in choix.chercher("jeune", "avant camille")]
        fait = db.session.scalar(
            text("select acces.anonymiser(:n, :code, 2, 'Essai', 'Essai')"),
            {"n": jeune.id, "code": jeune.code},
        )
        assert fait
        efface = db.session.execute(
            text("select nom, anciens_noms, recherche from jeune where id = :n"), {"n": jeune.id}
        ).one()
        assert efface.anciens_noms is None and "avant" not in efface.recherche
        db.session.rollback()


def test_python_et_la_base_lisent_les_memes_chiffres_d_un_telephone(session):
    jeune = f.un_jeune(telephone="00 33 6 39 98 77 66")
    lu = session.scalar(text("select recherche from jeune where id = :n"), {"n": jeune.id})
    assert lu.endswith(" 0639987766") and isinstance(jeune, Jeune)


def test_un_morceau_rare_trouve_comme_un_nom_entier_et_garde_le_mur(app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune(nom="Ben Zywkxorth", prenom="Inès", telephone="06 39 98 77 11")
        f.un_jeune("ARR", nom="Zywkxorth", prenom="Lila")
        db.session.commit()
    with app.app_context(), acces.acteur(base, canal="essai"):
        for morceau in ("zywkxorth", "wkxor", "benzyw", "ywk"):
            assert [jeune.prenom for jeune in choix.chercher("jeune", morceau)] == ["Inès"]
        assert "Inès" in {jeune.prenom for jeune in choix.chercher("jeune", "0639987711")}
        assert choix.chercher("jeune", "zywkxorth lila") == []


def test_la_base_ne_compte_les_jeunes_rares_que_dans_les_mds_de_qui_cherche(app, base):
    """The function of the base runs as the owner: the MDS are asked there too."""
    ordre = text("select acces.jeunes_contenant(cast(:mots as text[]), :au_plus)")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        ici = [f.un_jeune(nom=f"Qvtrem{n}", prenom="Zoé").id for n in ("A", "B")]
        f.un_jeune("ARR", nom="Qvtremc", prenom="Zoé")
        db.session.commit()
        assert len(db.session.scalar(ordre, {"mots": ["qvtrem"], "au_plus": 5})) == 3
        assert db.session.scalar(ordre, {"mots": ["qvtrem"], "au_plus": 2}) is None
        assert db.session.scalar(ordre, {"mots": ["qv"], "au_plus": 5}) is None
    with app.app_context(), acces.acteur(base, canal="essai"):
        assert sorted(db.session.scalar(ordre, {"mots": ["qvtrem"], "au_plus": 5})) == ici
    with app.app_context():
        assert db.session.scalar(ordre, {"mots": ["qvtrem"], "au_plus": 5}) == []
