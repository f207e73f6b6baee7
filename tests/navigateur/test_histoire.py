"""The whole follow-up of a youth in a real browser, with a clock that the test sets: oriented,
received, met, accompanied, in relais, out, back, out again; then the figures of each past month.
And a year of a coordonnateur, each reminder on its day."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from app import acces
from app.extensions import db
from app.indicateurs import calculer
from app.rappels import resume
from app.regles import age
from app.regles.age import ajouter_mois
from tests import factories as f
from tests.horloge import HorlogeDeTest, suivre
from tests.navigateurs import ouvrir
from tests.serveur_smtp import reglages
from tests.serveurs import servir

ATTENDUE = "Situation de sortie attendue"
LARGEUR = 1280
UN_JOUR = timedelta(days=1)
ORIENTATION = date(2026, 1, 12)
REPONSE = date(2026, 1, 14)
TRIPARTITE = date(2026, 1, 21)
ENTRETIEN = date(2026, 2, 10)
DERNIER_JOUR = date(2026, 3, 14)
MAJORITE = date(2026, 3, 15)
SORTIE = date(2026, 10, 5)
RETOUR = date(2027, 1, 11)
SECONDE_SORTIE = date(2027, 6, 14)
FIN = date(2027, 8, 2)
FIN_DU_RENFORT = date(2026, 4, 30)
"""Until then the coordonnateur of Ternois helps the référents too."""
JANVIER = date(2026, 1, 1)
COMPTEE = {
    "I2": [0, 1, 2],
    "I3d": [0],
    "I4": [0, 1, 2],
    "I4r": [*range(2, 10), *range(12, 18)],
    "I5": [2],
    "I8": [2],
}
"""Indicator → the months, from January 2026, in which it counts the youth: under a mesure until
March, met in January, in binôme then in relais, without anybody from October to January; the exit
of March alone is told with its situation."""


@pytest.fixture(scope="module")
def base(app):
    """A youth under a mesure until the majority, a référent and a coordonnateur."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(nom="Lahaie", prenom="Inaya", date_naissance=date(2008, 3, 15))
        f.une_mesure(jeune, du=date(2020, 9, 1))
        f.une_situation(jeune, observee_le=date(2025, 12, 1), logement_code="FJT")
        referent = f.un_compte("REFERENT_SEF", "ART").id
        coordonnateur = f.un_compte("COORDONNATEUR", "ART").id
        f.un_agent(nom="Maryse Leroy", fonction_code="REFERENT_ASE", compte_id=referent)
        f.un_agent(nom="Nour Delestrez", compte_id=coordonnateur)
        numeros = {"referent": referent, "coordonnateur": coordonnateur, "jeune": jeune.id}
        numeros |= _dans_le_ternois()
        db.session.commit()
    return numeros


def _dans_le_ternois() -> dict[str, int]:
    """Another coordonnateur, alone in another MDS, and a youth who will be seventeen in June."""
    jeune = f.un_jeune("TER", nom="Rapel", prenom="Tessa", date_naissance=date(2009, 6, 20))
    f.une_mesure(jeune, du=date(2020, 9, 1), echeance=date(2026, 11, 30))
    personne = f.un_compte("COORDONNATEUR", "TER")
    f.une_habilitation(personne, "REFERENT_SEF", "TER", du=JANVIER, au=FIN_DU_RENFORT)
    agent = f.un_agent("TER", nom="Ivan Ternois", compte_id=personne.id)
    f.un_agent("TER", nom="Lise Lerouge", fonction_code="REFERENT_ASE")
    f.une_orientation(jeune, contact_le=ORIENTATION, vers_id=agent.id)
    return {"ternois": personne.id, "tessa": jeune.id}


@pytest.fixture(scope="module")
def horloge(serveur_de_bases, nom_de_base, dossier_traversable):
    """The day of the server and of its base."""
    import psycopg

    arguments = serveur_de_bases.proprietaire.set(database=nom_de_base)
    adresse = arguments.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(adresse, autocommit=True) as proprietaire:
        yield HorlogeDeTest(dossier_traversable("horloge") / "jour", proprietaire.execute)


@pytest.fixture(scope="module")
def serveur(serveur_de_bases, nom_de_base, app, horloge):
    with servir(serveur_de_bases.environnement(nom_de_base), horloge.fichier) as adresse:
        yield adresse


@pytest.fixture
def referent(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, LARGEUR, "referent")


@pytest.fixture
def coordonnateur(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, LARGEUR, "coordonnateur")


@pytest.fixture
def ternois(navigateur, app, serveur, base):
    yield from ouvrir(navigateur, app, serveur, base, LARGEUR, "ternois")


@pytest.fixture
def rappels(app, base, horloge, monkeypatch):
    """What ``flask tandem rappels`` writes to the coordonnateur on a day: subject → lines."""
    monkeypatch.setattr(age, "datetime", age.datetime)
    suivre(horloge.fichier)
    monkeypatch.setitem(app.config, "SMTP", reglages(25))

    def lire(jour: date) -> dict[str, str]:
        horloge.mettre(jour)
        with app.test_request_context(), acces.acteur(base["ternois"], canal="rappels"):
            lues = {x.titre: x.en_texte() for x in resume.sections(jour)}
            db.session.rollback()
        dits = str(lues)
        assert not [nom for nom in ("Rapel", "Tessa", "20/06/2009", "2009-06-20") if nom in dits]
        return lues

    return lire


def enregistrer(page, bouton: str) -> None:
    page.get_by_role("button", name=bouton).click()
    page.wait_for_url(re.compile(r"/jeunes/\d+"))


def chapitre(page, nom: str, jour: date) -> None:
    """The youth is in this chapter since that day."""
    ici = page.get_by_role("list", name="Chapitres du suivi").locator("[aria-current=step]")
    expect(ici).to_contain_text(nom)
    expect(ici).to_contain_text(f"{jour:%d/%m/%Y}")


def autre_acte(page, nom: str) -> None:
    page.get_by_text("Autres actes").click()
    page.get_by_role("link", name=nom).click()


def test_d_une_orientation_a_la_seconde_sortie(referent, coordonnateur, horloge, tous):
    horloge.mettre(ORIENTATION)
    orienter(referent)
    horloge.mettre(REPONSE)
    recevoir(coordonnateur)
    horloge.mettre(TRIPARTITE)
    tenir_le_tripartite(coordonnateur)
    referent.aller("/jeunes/{jeune}")
    chapitre(referent, "Accompagnement", TRIPARTITE)
    horloge.mettre(MAJORITE)
    passer_en_relais(referent)
    dire_la_situation(coordonnateur)
    premiers_mois = chiffres(tous, MAJORITE)
    horloge.mettre(SORTIE + UN_JOUR)
    sortir(coordonnateur, "DEMENAGEMENT", SORTIE)
    horloge.mettre(RETOUR)
    reprendre(coordonnateur)
    horloge.mettre(SECONDE_SORTIE + UN_JOUR)
    sortir(coordonnateur, "AUTONOMIE", SECONDE_SORTIE)
    expect(coordonnateur.locator("details.passage")).to_have_count(1)
    horloge.mettre(FIN)
    tous_les_mois = chiffres(tous, FIN)
    assert tous_les_mois[: len(premiers_mois)] == premiers_mois
    comptee = {
        code: [m for m, lus in enumerate(tous_les_mois) if compte(lus, code)] for code in COMPTEE
    }
    assert comptee == COMPTEE


RDV = "Rendez-vous tripartites à fixer"
A_METTRE_A_JOUR = "Rencontres passées à mettre à jour"
TACHES = "Tâches pour bientôt ou en retard"
TABLEAU = "Tableau mensuel"
REUNIONS = "Permanences et comités à prévoir"
DIX_SEPT_ANS = "Entretiens des 17 ans à préparer dans le mois"
ETAPES = "Étapes légales et situations de sortie en retard"
FINS = "Mesures qui finissent dans le mois"
HABILITATIONS = "Vos habilitations"


def test_une_annee_d_un_coordonnateur_chaque_rappel_a_son_jour(ternois, rappels, horloge):
    """From the orientation to December's table; « quiet » the day before, said on the day."""
    verifier(rappels, date(2026, 1, 12), dits=["Orientations reçues, sans réponse"], tus=[RDV])
    verifier(rappels, date(2026, 1, 21), tus=[RDV])
    verifier(rappels, date(2026, 1, 22), dits=[RDV])  # the tenth of the fifteen days
    horloge.mettre(date(2026, 1, 23))
    ternois.aller("/")
    recues = ternois.get_by_role("region", name="Orientations reçues")
    recues.get_by_role("button", name="Accepter et fixer le rendez-vous").click()
    ternois.locator("[name=le]").fill("2026-01-26")
    ternois.get_by_role("button", name="Enregistrer", exact=True).click()
    ternois.aller("/jeunes/{tessa}")
    expect(ternois.locator("main")).to_contain_text("le 26/01/2026")
    verifier(rappels, date(2026, 1, 23), tus=[RDV, REUNIONS])
    verifier(rappels, date(2026, 1, 24), dits=[REUNIONS])  # seven days before the end of January
    horloge.mettre(date(2026, 1, 26))
    tenir_avec_une_tache(ternois, pour_le=date(2026, 3, 2))
    verifier(rappels, date(2026, 1, 27), tus=[A_METTRE_A_JOUR, RDV])
    for jour in (5, 8, 10):
        assert "Tableau de janvier 2026" in rappels(date(2026, 2, jour))[TABLEAU]
    verifier(rappels, date(2026, 2, 6), tus=[TABLEAU])
    verifier(rappels, ENTRETIEN, tus=[A_METTRE_A_JOUR])
    verifier(rappels, ENTRETIEN + UN_JOUR, dits=[A_METTRE_A_JOUR])
    verifier(rappels, date(2026, 2, 27), tus=[TACHES])
    verifier(rappels, date(2026, 2, 28), dits=[TACHES])
    verifier(rappels, date(2026, 4, 15), tus=[HABILITATIONS])
    verifier(rappels, date(2026, 4, 16), dits=[HABILITATIONS])
    verifier(rappels, date(2026, 5, 20), tus=[DIX_SEPT_ANS])
    verifier(rappels, date(2026, 5, 21), dits=[DIX_SEPT_ANS], tus=[ETAPES])
    verifier(rappels, date(2026, 6, 22), dits=[ETAPES])
    verifier(rappels, date(2026, 10, 30), tus=[FINS])
    verifier(rappels, date(2026, 10, 31), dits=[FINS])
    assert "Tableau de décembre 2026" in rappels(date(2027, 1, 5))[TABLEAU]
    ternois.aller("/tableau/?mois=2026-12")
    ternois.get_by_role("button", name="Préparer l’envoi").click()
    raison = ternois.get_by_label("Pourquoi l’envoyer avec des anomalies bloquantes")
    raison.fill("La permanence de décembre s’est tenue en janvier.")
    ternois.get_by_role("button", name="Envoyer le tableau").click()
    expect(ternois.locator("#messages")).to_contain_text("Le tableau est envoyé")
    verifier(rappels, date(2027, 1, 8), tus=[TABLEAU])


def verifier(rappels, jour: date, dits=(), tus=()) -> None:
    lus = rappels(jour)
    assert set(dits) <= lus.keys(), (jour, lus)
    assert not set(tus) & lus.keys(), (jour, lus)


def tenir_avec_une_tache(ternois, pour_le: date) -> None:
    ternois.aller("/tenir-le-rendez-vous-tripartite/{tessa}")
    ternois.get_by_role("group", name="Service ASE présent").get_by_text("Oui").click()
    ternois.get_by_label("Référent ASE").fill("Lise Lerouge")
    tache = ternois.get_by_role("group", name="Tâche 1")
    tache.get_by_label("Quoi").fill("Demander une place au FJT")
    tache.get_by_label("Pour le").fill(pour_le.isoformat())
    ternois.get_by_label("Prochain rendez-vous le").fill(ENTRETIEN.isoformat())
    enregistrer(ternois, "Enregistrer le rendez-vous")


def orienter(referent) -> None:
    referent.aller("/jeunes/{jeune}")
    referent.get_by_role("link", name="Orienter vers le coordonnateur").click()
    expect(referent.get_by_label("Prise de contact le")).to_have_value(ORIENTATION.isoformat())
    referent.get_by_label("Vers", exact=True).fill("Nour Delestrez")
    referent.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(referent.locator(".message").first).to_be_visible()
    referent.aller("/jeunes/{jeune}")
    chapitre(referent, "Orientation", ORIENTATION)


def recevoir(coordonnateur) -> None:
    coordonnateur.aller("/")
    recues = coordonnateur.get_by_role("region", name="Orientations reçues")
    expect(recues).to_contain_text("Prise de contact le 12/01/2026")
    recues.get_by_role("button", name="Accepter et fixer le rendez-vous").click()
    coordonnateur.locator("[name=le]").fill(TRIPARTITE.isoformat())
    coordonnateur.get_by_role("button", name="Enregistrer", exact=True).click()
    coordonnateur.aller("/jeunes/{jeune}")
    expect(coordonnateur.locator("main")).to_contain_text(f"le {TRIPARTITE:%d/%m/%Y}")


def tenir_le_tripartite(coordonnateur) -> None:
    coordonnateur.aller("/tenir-le-rendez-vous-tripartite/{jeune}")
    coordonnateur.get_by_role("group", name="Service ASE présent").get_by_text("Oui").click()
    coordonnateur.get_by_label("Référent ASE").fill("Maryse Leroy")
    coordonnateur.get_by_label("Objectifs et compte rendu").fill("Un logement à elle.")
    tache = coordonnateur.get_by_role("group", name="Tâche 1")
    tache.get_by_label("Quoi").fill("Demander une place au FJT")
    coordonnateur.get_by_label("Prochain rendez-vous le").fill(ENTRETIEN.isoformat())
    enregistrer(coordonnateur, "Enregistrer le rendez-vous")
    chapitre(coordonnateur, "Accompagnement", TRIPARTITE)


def passer_en_relais(referent) -> None:
    referent.aller("/sortie/{jeune}")
    referent.get_by_label(re.compile("Placement judiciaire, depuis")).check()
    referent.get_by_label("Dernier jour").fill(DERNIER_JOUR.isoformat())
    referent.get_by_label("Motif de fin de la mesure").select_option("MAJORITE")
    referent.get_by_text("Le coordonnateur poursuit seul").click()
    enregistrer(referent, "Enregistrer la sortie")
    expect(referent.locator("main")).to_contain_text("Coordonnateur seul (relais)")


def dire_la_situation(coordonnateur) -> None:
    """What the référent skipped is awaited from the coordonnateur."""
    coordonnateur.aller("/jeunes/{jeune}")
    chapitre(coordonnateur, "Relais", DERNIER_JOUR)
    expect(coordonnateur.locator("main")).to_contain_text(ATTENDUE)
    coordonnateur.get_by_role("link", name="Dire la situation").click()
    coordonnateur.get_by_text("Toujours vraie").click()
    enregistrer(coordonnateur, "Enregistrer la sortie")
    expect(coordonnateur.locator("main")).not_to_contain_text(ATTENDUE)


def sortir(coordonnateur, motif: str, jour: date) -> None:
    coordonnateur.aller("/jeunes/{jeune}")
    autre_acte(coordonnateur, "Préparer la sortie")
    coordonnateur.get_by_label(re.compile("Accompagnement, depuis")).check()
    coordonnateur.get_by_label("Dernier jour").fill(jour.isoformat())
    coordonnateur.get_by_label("Motif de sortie du dispositif").select_option(motif)
    enregistrer(coordonnateur, "Enregistrer la sortie")
    chapitre(coordonnateur, "Sortie", jour)


def reprendre(coordonnateur) -> None:
    coordonnateur.get_by_role("link", name="Reprendre le suivi").click()
    coordonnateur.get_by_label("Raison du retour").fill("A perdu son logement")
    enregistrer(coordonnateur, "Reprendre le suivi")
    expect(coordonnateur.locator("main")).to_contain_text("A perdu son logement")


def chiffres(tous, fin: date) -> list[dict]:
    """The figures of each month of the story that is over on that day."""
    premier = JANVIER
    mois = []
    while ajouter_mois(premier, 1) <= fin:
        suivant = ajouter_mois(premier, 1)
        with tous():
            mois.append(calculer(premier, suivant - timedelta(days=1), "ART").json())
        premier = suivant
    return mois


def compte(mois: dict, code: str) -> int:
    """How many youths the figure counts."""
    valeurs = mois["indicateurs"][code]
    return valeurs.get("nombre") or valeurs.get("n") or valeurs.get("oui") or 0
