"""« Tenir le rendez-vous tripartite »: one screen writes the rencontre, opens the accompagnement,
makes the binôme, gives the tasks and the next date; all of it or nothing."""

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Accompagnement, Binome, Rencontre, Tache
from tests import factories as f
from tests.connexions import ouvrir_session, poster

TENU = {
    "jeune_present": "oui",
    "coordonnateur_present": "oui",
    "service_ase_present": "oui",
}


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        coordonnateur = f.un_compte("COORDONNATEUR", "ART").id
        f.un_agent(nom="Nour Delestrez", compte_id=coordonnateur)
        f.un_agent(nom="Maryse Leroy", fonction_code="REFERENT_ASE")
        slai = f.un_compte("SLAI", "ART").id
        ailleurs = f.un_compte("COORDONNATEUR", "CAL").id
        db.session.commit()
    return {"coordonnateur": coordonnateur, "slai": slai, "ailleurs": ailleurs}


@pytest.fixture
def client(app, comptes):
    return ouvrir_session(app.test_client(), comptes["coordonnateur"])


@pytest.fixture
def jeune(faire):
    return faire(f.un_jeune, contact_le=f.dans(-12))


@pytest.fixture
def prevu(tous, jeune):
    """The rendez-vous that was fixed for yesterday."""
    with tous() as session:
        rdv = f.une_rencontre(
            jeune,
            type_code="TRIPARTITE",
            le=f.dans(-1),
            statut_code="PREVUE",
            jeune_present=None,
        )
        numero = rdv.id
        session.commit()
    return numero


def de(session, classe, jeune: int) -> list:
    return list(session.scalars(select(classe).filter_by(jeune_id=jeune).order_by(classe.id)))


def adresse(jeune: int) -> str:
    return f"/tenir-le-rendez-vous-tripartite/{jeune}"


def montre(client, jeune: int) -> str:
    """What the page says of the rendez-vous that it shows."""
    page = client.get(adresse(jeune)).text
    return page.split('name="montre" value="')[1].split('"')[0]


def tenir(client, jeune: int, **champs):
    envoi = {"montre": montre(client, jeune), "le": f"{f.dans(-1):%d/%m/%Y}", **TENU, **champs}
    return poster(client, adresse(jeune), envoi)


def test_un_seul_ecran_ecrit_tout(client, jeune, prevu, tous):
    recu = tenir(
        client,
        jeune,
        compte_rendu="Préparer le permis de conduire.",
        ouvrir="oui",
        **{"coordonnateur_id-texte": "Nour Delestrez", "referent_id-texte": "Maryse Leroy"},
        quoi_1="Appeler l’auto-école",
        **{"agent_1-texte": "Nour Delestrez"},
        pour_1=f"{f.dans(7):%d/%m/%Y}",
        suite_le=f"{f.dans(20):%d/%m/%Y}",
        suite_heure="14h30",
    )
    assert recu.status_code == 302
    with tous() as session:
        tenue, suivante = de(session, Rencontre, jeune)
        assert (tenue.id, tenue.statut_code, tenue.jeune_present) == (prevu, "TENUE", True)
        assert tenue.compte_rendu == "Préparer le permis de conduire."
        assert (suivante.type_code, suivante.statut_code, suivante.le) == (
            "ENTRETIEN",
            "PREVUE",
            f.dans(20),
        )
        assert [a.du for a in de(session, Accompagnement, jeune)] == [f.dans(-1)]
        (binome,) = de(session, Binome, jeune)
        assert (binome.coordonnateur, binome.referent_ase) == ("Nour Delestrez", "Maryse Leroy")
        (tache,) = de(session, Tache, jeune)
        assert (tache.quoi, tache.pour, tache.pour_le) == (
            "Appeler l’auto-école",
            "Nour Delestrez",
            f.dans(7),
        )


def test_sans_rendez_vous_prevu_il_en_est_fait_un(client, jeune, tous):
    assert tenir(client, jeune).status_code == 302
    with tous() as session:
        (tenue,) = de(session, Rencontre, jeune)
        assert (tenue.type_code, tenue.statut_code, tenue.le) == ("TRIPARTITE", "TENUE", f.dans(-1))
        assert not de(session, Accompagnement, jeune), "the box was not ticked"


@pytest.mark.parametrize(
    ("faute", "phrase"),
    [
        ({"jeune_present": "non"}, "notez son absence sur la rencontre"),
        ({"coordonnateur_present": "non"}, "ce n’est pas un rendez-vous tripartite"),
        ({"service_ase_present": ""}, "Il faut le service ASE ou le lieu d’accueil"),
        ({"le": f"{f.dans(3):%d/%m/%Y}"}, "Ce jour est à venir"),
        ({"pour_2": "01/01/2030"}, "Dites ce qui est à faire."),
        ({"suite_le": "01/01/2020"}, "Choisissez un jour à venir."),
        ({"referent_id-texte": "Maryse Leroy"}, "Ce champ est obligatoire."),
    ],
)
def test_ce_qui_est_refuse_n_ecrit_rien_et_garde_ce_qui_est_tape(
    client, jeune, prevu, tous, faute, phrase
):
    envoi = {"compte_rendu": "Une demi-heure de travail.", "quoi_1": "Appeler", "ouvrir": "oui"}
    recu = tenir(client, jeune, **(envoi | faute))
    assert recu.status_code == 422
    assert phrase in recu.text
    assert "Une demi-heure de travail." in recu.text
    with tous() as session:
        (rdv,) = de(session, Rencontre, jeune)
        assert rdv.statut_code == "PREVUE"
        for classe in (Accompagnement, Binome, Tache):
            assert not de(session, classe, jeune)


def test_ce_que_la_base_refuse_a_la_fin_n_ecrit_rien(client, jeune, prevu, tous):
    """An accompagnement of the past that holds the day of the rendez-vous: the whole is undone."""
    with tous() as session:
        f.un_accompagnement(jeune, du=f.dans(-40), au=f.dans(-1))
        session.commit()
    recu = tenir(client, jeune, ouvrir="oui", quoi_1="Appeler")
    assert recu.status_code == 422
    assert "déjà accompagné pendant cette période" in recu.text
    with tous() as session:
        assert [r.statut_code for r in de(session, Rencontre, jeune)] == ["PREVUE"]
        assert not de(session, Tache, jeune)


def test_change_par_un_autre_pendant_la_saisie_il_est_dit(client, jeune, prevu, tous):
    avant = montre(client, jeune)
    with tous() as session:
        session.get(Rencontre, prevu).adresse = "Salle Jaurès"
        session.commit()
    recu = tenir(client, jeune, montre=avant, compte_rendu="Gardé.")
    assert recu.status_code == 422
    assert "a changé depuis l’ouverture de cette page" in recu.text
    assert "Gardé." in recu.text
    assert tenir(client, jeune, compte_rendu="Gardé.").status_code == 302


def test_envoye_deux_fois_il_n_est_ecrit_qu_une(client, jeune, tous):
    jeton = "6f1c2d9e-6f0f-4f5e-9a55-2f7a3f0c9b11"
    envoi = {"suite_le": f"{f.dans(20):%d/%m/%Y}", "jeton": jeton}
    assert [tenir(client, jeune, **envoi).status_code for _ in range(2)] == [302, 302]
    with tous() as session:
        assert len(de(session, Rencontre, jeune)) == 2


def test_un_accompagnement_et_un_binome_qui_courent_ne_sont_pas_redemandes(client, jeune, tous):
    with tous() as session:
        f.un_accompagnement(jeune, du=f.dans(-40))
        f.un_binome(jeune, du=f.dans(-40))
        session.commit()
    page = client.get(adresse(jeune)).text
    assert "Ouvrir l’accompagnement" not in page
    assert "coordonnateur_id" not in page
    assert tenir(client, jeune, ouvrir="oui").status_code == 302
    with tous() as session:
        assert len(de(session, Accompagnement, jeune)) == 1
        assert len(de(session, Binome, jeune)) == 1


@pytest.mark.parametrize(("qui", "code"), [("slai", 403), ("ailleurs", 404)])
def test_ni_sans_le_droit_ni_d_ailleurs(app, comptes, jeune, qui, code):
    client = ouvrir_session(app.test_client(), comptes[qui])
    assert client.get(adresse(jeune)).status_code == code
    assert poster(client, adresse(jeune), TENU).status_code == code


def test_la_fiche_y_mene(client, jeune, prevu):
    page = client.get(f"/jeunes/{jeune}").text
    assert page.count(adresse(jeune)) == 2, "what comes next, and the line of the rendez-vous"
