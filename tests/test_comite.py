"""The comité de suivi before and after it is held: its agenda proposed from what the base knows,
ordered, printed, sent; its minutes frozen; what is told of a youth who left."""

import hashlib
import io
import re

import pytest
from docx import Document
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import (
    CompteRenduComite,
    Decision,
    Evenement,
    Instance,
    Participant,
    PointDeComite,
)
from app.models.rappel import Rappel
from app.regles.age import anniversaire, aujourd_hui
from config import Smtp
from tests import factories as f
from tests.connexions import champs, ouvrir_session, poster

NOUR, PAUL = "Nour Delestrez", "Paul Lecoq"
LOINTAIN = "Loïc Calaisien"
"""An agent of Artois whose account reads the youths of another MDS alone."""
INVITES = f"{NOUR} ; {PAUL} ; {LOINTAIN} ; Jean Dehors"


@pytest.fixture(scope="module")
def comptes(app):
    numeros = f.des_comptes(
        app,
        {
            "coordonnateur": ("COORDONNATEUR", "ART"),
            "paul": ("REFERENT_SEF", "ART"),
            "slai": ("SLAI", "ART"),
            "ailleurs": ("COORDONNATEUR", "CAL"),
            "pilotage": ("DPID", None),
        },
    )
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_agent(nom=NOUR, compte_id=numeros["coordonnateur"])
        f.un_agent(nom=PAUL, compte_id=numeros["paul"], fonction_code="REFERENT_ASE")
        f.un_agent(nom=LOINTAIN, compte_id=numeros["ailleurs"])
        db.session.commit()
    return numeros


@pytest.fixture
def client(app, comptes):
    return lambda qui="coordonnateur": ouvrir_session(app.test_client(), comptes[qui])


@pytest.fixture
def comite(faire):
    """Planned today in Artois."""
    return faire(f.une_instance, statut_code="PREVUE", le=aujourd_hui())


@pytest.fixture
def jeune(faire):
    """« Zélie Introuvable-… », of whom nothing is known."""
    return faire(f.un_jeune, prenom="Zélie", nom=f"Introuvable-{f._en_lettres(next(f._numeros))}")


def enregistrer(client, comite: int, **champs):
    page = f"/comites/{comite}"
    return poster(client, f"{page}/enregistrer", champs, page=page)


def mettre(client, comite: int, *jeunes: int, **champs):
    """Keep these youths alone, as the page would send them."""
    envoi = {"jeune": list(map(str, jeunes)), "montre": list(map(str, jeunes)), **champs}
    return enregistrer(client, comite, **envoi)


def agenda(tous, comite: int) -> list[int]:
    with tous() as session:
        requete = select(PointDeComite.jeune_id).filter_by(instance_id=comite)
        return list(session.scalars(requete.order_by(PointDeComite.rang)))


@pytest.fixture
def a_l_ordre_du_jour(tous):
    """Put youths on an agenda without the screens."""

    def inscrire(comite: int, *jeunes: int, **champs) -> None:
        with tous() as session:
            for rang, numero in enumerate(jeunes, 1):
                point = {"instance_id": comite, "jeune_id": numero, "rang": rang, **champs}
                session.add(PointDeComite(**point))
            session.commit()

    return inscrire


# The agenda that is proposed
# ---------------------------


def test_chaque_raison_que_la_base_connait_propose_le_jeune(app, client, tous):
    """One youth for each reason, and one whom nothing brings there."""
    with tous() as session:
        passe = f.une_instance(le=f.il_y_a(80))
        comite = f.une_instance(statut_code="PREVUE", le=f.dans(5)).id
        de = {}

        def suivi(nom: str, **champs):
            un = f.un_jeune(prenom=nom, date_naissance=f.il_y_a(19 * 366), **champs)
            f.un_accompagnement(un, du=f.il_y_a(200))
            f.une_rencontre(un, le=f.il_y_a(10), jeune_present=True)
            f.un_binome(un, du=f.il_y_a(200))
            de[nom] = un.id
            return un

        suivi("Rien")
        f.une_alerte(suivi("Alerte"), du=f.il_y_a(9))
        tardif = suivi("Etape")
        tardif.date_naissance = anniversaire(f.il_y_a(40), -17)
        f.une_mesure(tardif, du=f.il_y_a(500))
        f.une_decision(suivi("Decision"), passe, decision="Visiter le FJT")
        f.une_decision(suivi("Faite"), passe, faite_le=f.il_y_a(3))
        f.une_fiche("tache", jeune=suivi("Tache"), quoi="Appeler le CFA", pour_le=f.il_y_a(4))
        f.une_mesure(suivi("Mesure"), echeance=f.dans(60), au=None)
        deux = suivi("Deux")
        f.une_fiche("tache", jeune=deux, quoi="Voir le FJT.", pour_le=f.il_y_a(4))
        f.une_mesure(deux, echeance=f.dans(60), au=None)
        f.une_mesure(suivi("Lointaine"), echeance=f.dans(200), au=None)
        perdu = f.un_jeune(prenom="Nouvelles", date_naissance=f.il_y_a(19 * 366))
        f.un_accompagnement(perdu, du=f.il_y_a(200))
        f.un_binome(perdu, du=f.il_y_a(200))
        f.une_rencontre(perdu, le=f.il_y_a(61), jeune_present=True)
        seul = f.un_jeune(prenom="Binome", date_naissance=f.il_y_a(19 * 366))
        f.un_accompagnement(seul, du=f.il_y_a(20))
        suivi("Nouveau", contact_le=f.il_y_a(6))
        f.une_fiche(
            "point_de_comite", jeune=suivi("Oublie"), instance_id=passe.id, rang=1, est_vu=False
        )
        loin = f.un_jeune("CAL", prenom="Calaisien")
        f.une_alerte(loin)
        session.commit()
    page = client().get(f"/comites/{comite}").text
    ligne = r'> (\w+) Delattre\d+</label>.*?<span class="quoi">(.*?)</span>'
    lignes = dict(re.findall(ligne, page, re.DOTALL))
    assert lignes["Alerte"] == f"Alerte ouverte depuis le {f.il_y_a(9):%d/%m/%Y}"
    assert "Étape légale en retard : " in lignes["Etape"]
    assert lignes["Decision"] == "Décision non faite : Visiter le FJT"
    assert lignes["Tache"] == "Tâche non faite : Appeler le CFA"
    assert f"mesure qui finit le {f.dans(60):%d/%m/%Y}" in lignes["Mesure"]
    assert "tâche non faite : Voir le FJT ; mesure qui finit le " in lignes["Deux"]
    assert lignes["Nouvelles"] == "Sans nouvelles depuis plus de 60 jours"
    assert lignes["Binome"] == "Sans binôme"
    assert "Nouveau depuis le dernier comité : prise de contact" in lignes["Nouveau"]
    assert "Pas vu au dernier comité" in lignes["Oublie"]
    assert not {"Rien", "Faite", "Lointaine", "Calaisien"} & lignes.keys()
    ordre = [*lignes]
    assert ordre.index("Alerte") < ordre.index("Etape") < ordre.index("Decision")
    assert ordre.index("Binome") < ordre.index("Nouveau")


def test_on_ajoute_retire_et_ordonne_sans_script(client, comite, faire, tous):
    a, b, c = (faire(f.un_jeune) for _ in range(3))
    nour = client()
    for un in (a, b, c):
        faire(f.une_alerte, un)
    assert mettre(nour, comite, a, b, c).status_code == 302
    assert set(agenda(tous, comite)) == {a, b, c}
    mettre(nour, comite, a, b, c, **{f"rang-{a}": "1", f"rang-{b}": "2", f"rang-{c}": "3"})
    autres = f"/comites/{comite}?propositions=1"
    assert autres in nour.get(f"/comites/{comite}").text
    assert autres not in nour.get(autres).text, "the youths to propose were not looked for"
    premier, deuxieme, troisieme = agenda(tous, comite)
    mettre(nour, comite, a, b, c, **{f"rang-{troisieme}": "1"})
    assert agenda(tous, comite) == [troisieme, premier, deuxieme]
    mettre(nour, comite, a, b, c, monter=str(deuxieme))
    assert agenda(tous, comite) == [troisieme, deuxieme, premier]
    mettre(nour, comite, a, b, c, descendre=str(troisieme))
    assert agenda(tous, comite) == [deuxieme, troisieme, premier]
    envoi = {"jeune": [str(deuxieme)], "montre": [str(a), str(b), str(c)]}
    enregistrer(nour, comite, **envoi)
    assert agenda(tous, comite) == [deuxieme]


def test_un_jeune_s_ajoute_en_tapant_son_nom(client, comite, jeune, tous, faire):
    nour = client()
    with tous() as session:
        nom = session.scalar(text("select nom from jeune where id = :n").bindparams(n=jeune))
    assert enregistrer(nour, comite, **{"un_jeune-texte": nom}).status_code == 302
    assert agenda(tous, comite) == [jeune]
    assert "Ajouté par Agent" in nour.get(f"/comites/{comite}").text
    refus = enregistrer(
        nour, comite, **{"un_jeune-texte": "Zzyzx Personne", "nouveaux": "Rachida Duisart"}
    )
    assert refus.status_code == 422
    assert "Rien ne correspond" in refus.text
    assert 'value="Rachida Duisart"' in refus.text, "what was typed is lost"
    ailleurs = faire(f.un_jeune, "CAL", prenom="Ysoline", nom="Calaisienne")
    refus = enregistrer(
        nour, comite, **{"un_jeune": str(ailleurs), "un_jeune-texte": "Calaisienne"}
    )
    assert refus.status_code == 422
    assert agenda(tous, comite) == [jeune]


def test_les_participants_viennent_du_dernier_comite_et_ne_s_ecrivent_pas_deux_fois(
    client, faire, tous
):
    passe = faire(f.une_instance, le=f.il_y_a(3))
    for nom in (NOUR, "Rachida Duisart"):
        with tous() as session:
            f.un_participant(session.get(Instance, passe), nom=nom, fonction="Éducatrice")
            session.commit()
    comite = faire(f.une_instance, statut_code="PREVUE", le=f.dans(1))
    nour = client()
    page = nour.get(f"/comites/{comite}").text
    anciens = re.findall(r'name="inviter" value="(\d+)" checked', page)
    assert len(anciens) == 2, "those of the last comité are not ticked"
    enregistrer(nour, comite, inviter=anciens[:1], nouveaux="nour  DELESTREZ ; Jean Petit")
    page = nour.get(f"/comites/{comite}").text
    with tous() as session:
        noms = session.scalars(select(Participant.nom).filter_by(instance_id=comite)).all()
    assert sorted(noms) == ["Jean Petit", NOUR]
    assert "nour DELESTREZ est déjà parmi les participants." in page
    refus = enregistrer(nour, comite, garder=[], nouveaux="12 ;;")
    assert refus.status_code == 422
    assert "« 12 » n’est pas le nom d’une personne." in refus.text


# Printed, sent
# -------------


def test_l_ordre_du_jour_s_imprime_par_code_ou_par_nom(
    client, comite, jeune, a_l_ordre_du_jour, tous
):
    a_l_ordre_du_jour(comite, jeune, motifs="Décision non faite : voir Zélie")
    par_code = client().get(f"/comites/{comite}/imprimer").text
    assert "Zélie" not in par_code and "Introuvable" not in par_code
    assert "Introuvable" in client("slai").get(f"/comites/{comite}/imprimer?affichage=noms").text
    assert client("pilotage").get(f"/comites/{comite}/imprimer?affichage=noms").status_code == 403
    assert client("ailleurs").get(f"/comites/{comite}/imprimer").status_code == 404
    with tous() as session:
        lignes = session.scalars(
            select(Evenement.detail).filter_by(operation="export", cle=str(comite))
        ).all()
    assert [(x["jeunes"], x["noms"]) for x in lignes] == [(1, False), (1, True)]


@pytest.fixture
def avec_courriel(app, monkeypatch):
    smtp = Smtp(
        "localhost", 25, "aucun", "", "", "tandem@example.org", "https://tandem.example.org"
    )
    monkeypatch.setitem(app.config, "SMTP", smtp)


def test_l_ordre_du_jour_est_ecrit_une_fois_en_codes_a_ceux_qui_peuvent_le_lire(
    client, comite, jeune, comptes, a_l_ordre_du_jour, tous, avec_courriel
):
    a_l_ordre_du_jour(comite, jeune)
    nour = client()
    page = mettre(nour, comite, jeune, nouveaux=INVITES, envoyer="1")
    assert page.status_code == 302
    dit = nour.get(f"/comites/{comite}").text
    assert "2 courriels à partir dans l’heure" in dit
    assert f"À prévenir autrement : Jean Dehors, {LOINTAIN}." in dit
    with tous() as session:
        requete = select(Rappel.compte_id, Rappel.objet, Rappel.corps).filter_by(genre="comite")
        ecrits = session.execute(requete).all()
        code = session.scalar(text("select code from jeune where id = :n").bindparams(n=jeune))
    assert {r.compte_id for r in ecrits} == {comptes["coordonnateur"], comptes["paul"]}
    for rappel in ecrits:
        dit = rappel.objet + rappel.corps
        assert f"1. {code} https://tandem.example.org/jeunes/{jeune}" in dit
        assert "Introuvable" not in dit and "Zélie" not in dit
    mettre(nour, comite, jeune, envoyer="1")
    with tous() as session:
        encore = session.scalars(select(Rappel.id).filter_by(genre="comite")).all()
    assert len(encore) == 2, "the same agenda was written twice"


def test_personne_n_ecrit_un_courriel_pour_un_comite_qu_il_ne_prepare_pas(
    comite, comptes, app, tous
):
    with tous() as session:
        f.un_participant(session.get(Instance, comite), nom=NOUR)
        session.commit()
    ordre = text("select acces.convoquer(:c, 'x', 'x', 'x')").bindparams(c=comite)
    for qui, attendu in (("ailleurs", 0), ("paul", 0), ("pilotage", 0), ("coordonnateur", 1)):
        with app.app_context(), acces.acteur(comptes[qui]):
            assert db.session.scalar(ordre) == attendu, qui
            db.session.rollback()


# Who sees it
# -----------


def test_l_ordre_du_jour_d_une_autre_mds_ne_se_voit_ni_ne_s_ecrit(
    app, client, comite, jeune, comptes, a_l_ordre_du_jour
):
    a_l_ordre_du_jour(comite, jeune)
    loin = client("ailleurs")
    assert loin.get(f"/comites/{comite}").status_code == 404
    assert poster(loin, f"/comites/{comite}/enregistrer", {}, page="/comites/").status_code == 404
    assert str(comite) not in re.findall(r"/comites/(\d+)", loin.get("/comites/").text)
    assert client("pilotage").get(f"/comites/{comite}").status_code == 403
    for qui in ("ailleurs", "pilotage"):
        with app.app_context(), acces.acteur(comptes[qui]):
            assert db.session.scalar(text("select count(*) from point_de_comite")) == 0
            with pytest.raises(DBAPIError):
                db.session.add(PointDeComite(instance_id=comite, jeune_id=jeune, rang=9))
                db.session.flush()
            db.session.rollback()
    lecteur = client("paul")
    assert lecteur.get(f"/comites/{comite}").status_code == 200
    assert (
        poster(lecteur, f"/comites/{comite}/enregistrer", {}, page="/comites/").status_code == 403
    )


def transferer(tous, jeune: int, vers: str) -> None:
    with tous() as session:
        session.execute(
            text("update jeune set mds_id = :m where id = :j"),
            {"m": f.numero_mds(vers), "j": jeune},
        )
        session.commit()


def test_un_jeune_transfere_depuis_est_dit_et_n_est_plus_montre(
    client, comite, jeune, faire, a_l_ordre_du_jour, tous
):
    reste = faire(f.un_jeune, prenom="Restée")
    a_l_ordre_du_jour(comite, jeune, reste)
    transferer(tous, jeune, "CAL")
    nour = client()
    for page in (f"/comites/{comite}", f"/seances/{comite}/jeunes/{reste}"):
        lue = nour.get(page).text
        assert "Un jeune de l’ordre du jour a changé de MDS depuis" in lue
        assert "Introuvable" not in lue
    assert "Introuvable" not in nour.get(f"/comites/{comite}/imprimer?affichage=noms").text
    parti = nour.get(f"/seances/{comite}/jeunes/{jeune}")
    assert parti.status_code == 302
    assert "il a pu changer de MDS" in nour.get(parti.location).text
    assert "Introuvable" not in nour.get(f"/comptes-rendus/{comite}").text
    assert "changé de MDS depuis" in nour.get(f"/comptes-rendus/{comite}").text


def test_deux_dossiers_fusionnes_depuis_ne_font_qu_une_ligne(
    client, comite, jeune, faire, a_l_ordre_du_jour, tous
):
    double = faire(f.un_jeune, prenom="Zélie")
    a_l_ordre_du_jour(comite, jeune, double)
    with tous() as session:
        rendu = session.scalar(
            text("select acces.fusionner(:g, :a, '{}', 'Nour', false)"), {"g": jeune, "a": double}
        )
        code = session.scalar(text("select code_absorbe from fusion order by id desc limit 1"))
        session.commit()
    assert rendu["refus"] == []
    assert agenda(tous, comite) == [jeune]
    assert f"Réunit aussi le dossier {code}" in client().get(f"/comites/{comite}").text
    seance = client().get(f"/seances/{comite}/jeunes/{jeune}").text
    assert f"Son dossier réunit aussi, depuis la préparation, le dossier {code}." in seance


def test_un_comite_reporte_garde_son_ordre_du_jour_un_comite_annule_le_rend(
    client, comite, jeune, a_l_ordre_du_jour, faire, tous
):
    a_l_ordre_du_jour(comite, jeune)
    nour = client()
    page = f"/instances/{comite}/modifier"
    envoi = champs(nour.get(page).text) | {"le": f"{f.dans(9):%d/%m/%Y}"}
    assert nour.post(page, data=envoi).status_code == 302
    assert f"{f.dans(9):%d/%m/%Y}" in nour.get(f"/comites/{comite}").text
    assert agenda(tous, comite) == [jeune]
    assert "prévu le" in nour.get(f"/comptes-rendus/{comite}").text
    assert (
        poster(nour, f"/comptes-rendus/{comite}/valider", {}, page="/comites/").status_code == 422
    )
    with tous() as session:
        session.get(Instance, comite).statut_code = "ANNULEE"
        session.commit()
    lue = nour.get(f"/comites/{comite}").text
    assert "Ce comité est annulé" in lue
    assert "Ouvrir la séance" not in lue
    assert mettre(nour, comite).status_code == 403
    suivant = faire(f.une_instance, statut_code="PREVUE", le=f.dans(20))
    proposes = nour.get(f"/comites/{suivant}").text
    assert "Introuvable" in proposes
    assert f"Pas vu au dernier comité : celui du {f.dans(9):%d/%m/%Y}" in proposes


# The minutes
# -----------


def valider(client, comite: int, **champs):
    page = f"/comptes-rendus/{comite}"
    return poster(client, f"{page}/valider", champs, page=page)


@pytest.fixture
def tenu(comite, jeune, a_l_ordre_du_jour, tous):
    """A comité where something was decided for the youth, with three participants."""
    a_l_ordre_du_jour(comite, jeune)
    with tous() as session:
        instance = session.get(Instance, comite)
        f.un_participant(instance, nom=NOUR, est_present=True)
        f.un_participant(instance, nom="Jean Dehors", fonction="Bailleur")
        f.une_decision(jeune, instance, decision="Zélie visite le FJT.")
        f.une_fiche(
            "tache",
            jeune=session.get_one(PointDeComite, _point(session, comite)).jeune,
            quoi="Appeler la mère d’Introuvable",
            instance_id=comite,
            pour=NOUR,
        )
        session.commit()
    return comite


def _point(session, comite: int) -> int:
    return session.scalars(select(PointDeComite.id).filter_by(instance_id=comite)).first()


def textes(document) -> str:
    cellules = [c.text for t in document.tables for r in t.rows for c in r.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cellules])


def test_le_compte_rendu_valide_est_un_document_word_fige_sans_nom(client, tenu, jeune, tous):
    nour = client()
    assert "Jean Dehors ne lit pas les dossiers" in nour.get(f"/comptes-rendus/{tenu}").text
    assert valider(nour, tenu, noms="oui").status_code == 302
    recu = nour.get(f"/comptes-rendus/{tenu}/telecharger")
    with tous() as session:
        garde = session.scalars(select(CompteRenduComite).filter_by(instance_id=tenu)).one()
        assert recu.data == garde.document
        assert garde.empreinte == hashlib.sha256(recu.data).hexdigest()
        assert not garde.est_nominatif
        comite = session.get(Instance, tenu)
        assert (comite.statut_code, comite.coordonnateur_present) == ("TENUE", True)
        presences = session.execute(
            select(Participant.nom, Participant.est_present).filter_by(instance_id=tenu)
        ).all()
        code = session.scalar(text("select code from jeune where id = :n").bindparams(n=jeune))
    assert dict(map(tuple, presences)) == {NOUR: True, "Jean Dehors": False}
    document = Document(io.BytesIO(recu.data))
    dit = textes(document)
    assert "Zélie" not in dit and "Introuvable" not in dit
    assert f"{code} visite le FJT." in dit
    titres = [
        (p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith("Head")
    ]
    assert titres == [
        ("Heading 1", "Participants"),
        ("Heading 1", "Décisions"),
        ("Heading 2", code),
    ]
    assert document.core_properties.language == "fr-FR"
    for tableau in document.tables:
        assert tableau._tbl.tblPr.find(".//{*}tblCaption") is not None, "a table without a title"
        assert tableau.rows[0]._tr.trPr.find(".//{*}tblHeader") is not None
    assert "Bailleur" in dit and "Excusé" in dit


def test_le_compte_rendu_porte_les_noms_quand_tous_les_participants_lisent_les_dossiers(
    client, tenu, tous
):
    with tous() as session:
        session.execute(
            text("delete from participant where instance_id = :c and nom = 'Jean Dehors'"),
            {"c": tenu},
        )
        session.commit()
    nour = client()
    valider(nour, tenu, noms="oui")
    dit = textes(Document(io.BytesIO(nour.get(f"/comptes-rendus/{tenu}/telecharger").data)))
    assert "Zélie Introuvable" in dit and "Zélie visite le FJT." in dit


def test_une_decision_se_relit_en_entier_et_garde_ses_lignes(client, tous):
    with tous() as session:
        decision = f.une_decision().id
        session.commit()
    adresse = f"/decisions/{decision}/modifier"
    nour = client()
    page = nour.get(adresse).text
    assert '<textarea id="decision"' in page
    dite = "Visiter le FJT.\nRevoir le contrat."
    assert poster(nour, adresse, {**champs(page), "decision": dite}).status_code == 302
    with tous() as session:
        assert session.get(Decision, decision).decision == dite


def test_une_fois_valide_rien_ne_change_que_le_sort_des_decisions(client, tenu, jeune, tous, app):
    nour = client()
    valider(nour, tenu)
    assert valider(nour, tenu).status_code == 403
    assert mettre(nour, tenu).status_code == 403
    ici = f"/seances/{tenu}/jeunes/{jeune}"
    assert "est validé" in nour.get(ici).text
    assert poster(nour, f"{ici}/decision", {"decision": "Autre"}, page=ici).status_code == 403
    with tous() as session:
        decision = session.scalars(select(Decision.id).filter_by(instance_id=tenu)).one()
    refus = poster(
        nour,
        f"/decisions/{decision}/modifier",
        {"decision": "Autre chose", "version": "1"},
    )
    assert "cette décision ne change plus de texte" in refus.text
    fait = {"decision": "Zélie visite le FJT.", "faite_le": f"{aujourd_hui():%d/%m/%Y}"}
    assert (
        poster(nour, f"/decisions/{decision}/modifier", {**fait, "version": "1"}).status_code == 302
    )
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    for ordre in (
        "update compte_rendu_comite set valide_par = 'x' where instance_id = :c",
        "delete from compte_rendu_comite where instance_id = :c",
    ):
        with tous() as session, pytest.raises(DBAPIError):
            session.execute(text(ordre), {"c": tenu})
        with moteur.connect() as proprietaire, pytest.raises(DBAPIError, match="never change"):
            proprietaire.execute(text(ordre), {"c": tenu})
    moteur.dispose()


def test_le_comite_suivant_s_ouvre_sur_ce_qui_n_est_pas_fait(client, tenu, jeune, faire, tous):
    nour = client()
    valider(nour, tenu)
    suivant = faire(f.une_instance, statut_code="PREVUE", le=f.dans(90))
    page = nour.get(f"/comites/{suivant}").text
    assert "Décision non faite : Zélie visite le FJT." in page
    mettre(nour, suivant, jeune)
    seance = nour.get(f"/seances/{suivant}/jeunes/{jeune}").text
    avant = seance.split('id="decidees"')[1].split("</section>")[0]
    assert "Zélie visite le FJT." in avant and "Pas fait" in avant
    assert "Appeler la mère" in avant, "the task that the comité gave is not told"


def test_le_compte_rendu_ne_se_valide_ni_ne_se_lit_d_ailleurs(client, tenu):
    assert (
        poster(client("paul"), f"/comptes-rendus/{tenu}/valider", {}, page="/").status_code == 403
    )
    assert client("ailleurs").get(f"/comptes-rendus/{tenu}").status_code == 404
    assert client("pilotage").get(f"/comptes-rendus/{tenu}").status_code == 403
    assert valider(client("slai"), tenu).status_code == 302
    assert client("ailleurs").get(f"/comptes-rendus/{tenu}/telecharger").status_code == 404
    assert client("paul").get(f"/comptes-rendus/{tenu}").status_code == 200
