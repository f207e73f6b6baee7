"""Orientations: a record each time, never overwritten; received, accepted or sent back. The file of
a youth and the sheet « Jeunes » say the last one."""

import html
import itertools

import pytest
from sqlalchemy import select

from app import acces
from app.echanges.reprise import application, extraction
from app.extensions import db
from app.models import Jeune, Orientation
from tests import factories as f
from tests.classeurs import LIMITES, cellules, ecrire
from tests.connexions import poster

_numeros = itertools.count(1)


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {
            qui: f.un_compte(role, "ART").id
            for qui, role in (
                ("coordonnateur", "COORDONNATEUR"),
                ("collegue", "COORDONNATEUR"),
                ("referent", "REFERENT_SEF"),
            )
        }
        for qui, nom in (("coordonnateur", "Nour Reçoit"), ("collegue", "Paul Collègue")):
            f.un_agent(nom=nom, compte_id=numeros[qui])
        db.session.commit()
    return numeros


def orientations(jeune: int) -> list[Orientation]:
    requete = select(Orientation).where(Orientation.jeune_id == jeune)
    return list(db.session.scalars(requete.order_by(Orientation.contact_le, Orientation.id)))


def lire(client, adresse: str) -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200, adresse
    return html.unescape(reponse.text)


# Each its own, and the file says the last


def test_la_prise_de_contact_de_la_fiche_fait_une_orientation(session):
    jeune = f.un_jeune(repere_le=f.il_y_a(50), oriente_par="M. Leroy", contact_le=f.il_y_a(40))
    (une,) = orientations(jeune.id)
    assert (une.repere_le, une.contact_le) == (f.il_y_a(50), f.il_y_a(40))
    assert une.oriente_par == "M. Leroy" and une.est_de_la_fiche


def test_une_autre_date_fait_une_autre_orientation_et_n_efface_rien(session):
    jeune = f.un_jeune(contact_le=f.il_y_a(400))
    jeune.contact_le = f.il_y_a(10)
    session.flush()
    assert [o.contact_le for o in orientations(jeune.id)] == [f.il_y_a(400), f.il_y_a(10)]
    session.refresh(jeune)
    assert jeune.contact_le == f.il_y_a(10)
    f.une_orientation(jeune, contact_le=f.il_y_a(200))
    session.refresh(jeune)
    assert jeune.contact_le == f.il_y_a(10)  # the file says the last one
    session.delete(orientations(jeune.id)[-1])
    session.flush()
    session.refresh(jeune)
    assert jeune.contact_le == f.il_y_a(200)


def test_repere_puis_oriente_est_la_meme_orientation(session):
    jeune = f.un_jeune(repere_le=f.il_y_a(30))
    jeune.contact_le = f.il_y_a(5)
    session.flush()
    (une,) = orientations(jeune.id)
    assert (une.repere_le, une.contact_le) == (f.il_y_a(30), f.il_y_a(5))


def test_une_orientation_ecrite_remplace_celle_lue_de_la_fiche_le_meme_jour(session):
    jeune = f.un_jeune(repere_le=f.il_y_a(30), contact_le=f.il_y_a(5))
    f.une_orientation(jeune, contact_le=f.il_y_a(5), vers="Nour Reçoit", objectifs="Un logement")
    (une,) = orientations(jeune.id)
    session.refresh(une)
    assert une.repere_le == f.il_y_a(30) and une.vers_id and not une.est_de_la_fiche


# Orient, receive, answer


def test_orienter_recevoir_accepter_et_fixer_le_rendez_vous(app, agent, faire):
    jeune = faire(f.un_jeune, nom="Orienté")
    valeurs = {
        "jeune_id": str(jeune),
        "contact_le": f"{f.il_y_a(1):%d/%m/%Y}",
        "oriente_par": "Maryse Référente",
        "vers_id-texte": "nour recoit",
        "motif_code": "FUGUE",
        "est_urgente": "oui",
        "objectifs": "Trouver un logement",
    }
    assert poster(agent("referent"), "/orientations/ajouter", valeurs).status_code == 302
    client = agent()
    accueil = lire(client, "/")
    assert "Orientations reçues" in accueil and "Orienté" in accueil and "Urgente." in accueil
    assert "Orientations reçues" not in lire(agent("collegue"), "/")
    assert "Orientations reçues" not in lire(agent("referent"), "/")
    with app.app_context(), acces.acteur(acces.TOUS):
        (une,) = orientations(jeune)
        numero = une.id
        db.session.rollback()
    adresse = f"/orientations/{numero}"
    page = lire(client, adresse)
    assert "Accepter et fixer le rendez-vous" in page
    assert f'class="bouton" href="{adresse}/modifier' in page, "one principal act a page"
    assert "<dt>Réponse</dt>" in page, "of many values, each has its label"
    refus = poster(agent("collegue"), f"{adresse}/repondre", {"reponse": "accepter"}, page="/")
    assert refus.status_code == 403
    rendu = poster(client, f"{adresse}/repondre", {"reponse": "accepter"}, page=adresse)
    assert rendu.location.endswith(f"/rencontres/ajouter?jeune={jeune}&type=TRIPARTITE&prevue=1")
    with app.app_context(), acces.acteur(acces.TOUS):
        (une,) = orientations(jeune)
        assert (une.reponse_code, une.vue_le) == ("ACCEPTEE", f.il_y_a(0))
        assert une.repondue_le == f.il_y_a(0) and une.repondue_par
        db.session.rollback()
    assert "Acceptée" in lire(agent("referent"), f"/jeunes/{jeune}")  # the référent sees the state
    accueil = lire(client, "/")
    assert "Orientations reçues" not in accueil
    assert "Fixer le rendez-vous" in accueil, "accepted, it is still to be fixed"


def test_une_prise_de_contact_saisie_apres_son_rendez_vous_est_demandee(agent, faire, app):
    jeune = faire(f.un_jeune)
    faire(f.un_rdv_tripartite, jeune, le=f.il_y_a(20))
    apres = f"{f.il_y_a(10):%d/%m/%Y}"
    saisi = {"jeune_id": str(jeune), "contact_le": apres}
    assert "est_nouvelle" not in agent("referent").get(f"/orientations/ajouter?jeune={jeune}").text
    refus = poster(agent("referent"), "/orientations/ajouter", saisi)
    assert refus.status_code == 422
    dit = html.unescape(refus.text)
    assert f"Le rendez-vous tripartite du {f.il_y_a(20):%d/%m/%Y} n’a pas de prise de" in dit
    assert 'name="est_nouvelle"' in dit
    avant = {**saisi, "contact_le": f"{f.il_y_a(25):%d/%m/%Y}"}
    assert poster(agent("referent"), "/orientations/ajouter", avant).status_code == 302
    assert poster(agent("referent"), "/orientations/ajouter", saisi).status_code == 302, "a new one"
    autre = faire(f.un_jeune)
    faire(f.un_rdv_tripartite, autre, le=f.il_y_a(20))
    confirmee = {"jeune_id": str(autre), "contact_le": apres, "est_nouvelle": "oui"}
    assert poster(agent("referent"), "/orientations/ajouter", confirmee).status_code == 302


def test_renvoyer_demande_une_raison_que_le_referent_lit(agent, faire):
    jeune = faire(f.un_jeune)
    numero = faire(f.une_orientation, jeune, contact_le=f.il_y_a(2))
    client = agent()
    for coordonnateur in (client, agent("collegue")):  # sent to nobody: to those of the MDS
        assert f'action="/orientations/{numero}/repondre' in lire(coordonnateur, "/")
    adresse = f"/orientations/{numero}"
    sans = poster(client, f"{adresse}/repondre", {"reponse": "renvoyer"}, page=adresse)
    assert sans.location.endswith("#raison_renvoi")
    valeurs = {"reponse": "renvoyer", "raison_renvoi": "Déjà suivi à Lens"}
    assert poster(client, f"{adresse}/repondre", valeurs, page=adresse).status_code == 302
    assert "Renvoyée : Déjà suivi à Lens" in lire(agent("referent"), f"/jeunes/{jeune}")


def test_orienter_un_nouveau_jeune_en_un_ecran(app, agent):
    valeurs = {
        "nom": "Neuf",
        "prenom": "Zoé",
        "date_naissance": f"{f.il_y_a(17 * 366):%d/%m/%Y}",
        "mds_id": "",
        "contact_le": f"{f.il_y_a(1):%d/%m/%Y}",
        "orientation_vers_id-texte": "Nour Reçoit",
        "orientation_objectifs": "Reprendre une formation",
    }
    with app.app_context(), acces.acteur(acces.TOUS):
        valeurs["mds_id"] = str(f.numero_mds("ART"))
        db.session.rollback()
    assert poster(agent("referent"), "/jeunes/ajouter", valeurs).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        jeune = db.session.scalars(select(Jeune).where(Jeune.nom == "Neuf")).one()
        (une,) = orientations(jeune.id)
        assert (une.vers, une.objectifs) == ("Nour Reçoit", "Reprendre une formation")
        db.session.rollback()


# The workbook


@pytest.fixture
def importer(session, tmp_path):
    def _importer(feuilles, **options):
        chemin = ecrire(tmp_path / f"{next(_numeros)}.xlsx", feuilles)
        return application.importer(
            chemin, LIMITES, application.OptionsDImport(details=500, **options)
        )

    return _importer


def test_la_feuille_jeunes_n_efface_aucune_orientation(importer, session):
    jeune = f.un_jeune(contact_le=f.il_y_a(300))
    f.une_orientation(jeune, contact_le=f.il_y_a(20), repere_le=f.il_y_a(25))
    session.commit()
    ancien = {"Code dossier": jeune.code, "Prise de contact le": f.il_y_a(300)}
    rapport = importer({"Jeunes": [ancien]})
    assert (rapport.modifies, rapport.inchanges, rapport.refus) == (0, 1, [])
    nouveau = {"Code dossier": jeune.code, "Prise de contact le": f.il_y_a(3)}
    assert importer({"Jeunes": [nouveau]}).modifies == 1
    jours = [o.contact_le for o in orientations(jeune.id)]
    assert jours == [f.il_y_a(300), f.il_y_a(20), f.il_y_a(3)]


def test_la_feuille_orientations_fait_l_aller_et_le_retour(importer, session, tmp_path):
    lignes = [
        {
            "Jeune": "T0700",
            "Prise de contact le": "02/01/2025",
            "Vers": "Nour Reçoit",
            "Motif": "FUGUE",
            "Urgente": "Oui",
            "Réponse": "Renvoyée",
            "Répondue le": "05/01/2025",
            "Raison du renvoi": "Déjà suivi",
        },
        {"Jeune": "T0700", "Prise de contact le": "01/06/2025", "Objectifs": "Un logement"},
    ]
    jeune = {
        "Code dossier": "T0700",
        "Nom": "Retour",
        "Prénom": "Léa",
        "Date de naissance": "01/02/2008",
        "MDS": "ART",
        "Prise de contact le": "01/06/2025",
        "Repéré le": "20/05/2025",
    }
    premier = importer({"Jeunes": [jeune], "Orientations": lignes})
    assert (premier.crees, premier.refus) == (3, [])
    encore = importer({"Jeunes": [jeune], "Orientations": lignes})
    assert (encore.crees, encore.modifies, encore.inchanges) == (0, 0, 3)
    extraction.exporter(tmp_path / "e.xlsx")
    feuille = cellules(tmp_path / "e.xlsx")["Orientations"]
    sorties = [x for x in feuille[1:] if x[0] == "T0700"]
    assert [x[8] for x in sorties] == ["RENVOYEE", ""]
    retour = application.importer(tmp_path / "e.xlsx", LIMITES)
    assert (retour.crees, retour.modifies, retour.refus) == (0, 0, [])
