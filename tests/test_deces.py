"""A death: said soberly at the head of the file; what runs ends, what was planned is cancelled,
nothing is asked any more; taken back in one act by whoever may edit the youth."""

import html
import re
from datetime import date

import pytest
from sqlalchemy import func, select

from app import acces
from app.extensions import db
from app.indicateurs.anomalies import lister
from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Enquete,
    Invitation,
    Jeune,
    Mesure,
    ModificationGroupee,
    Rencontre,
    Transfert,
)
from app.models.tache import Tache
from app.regles.age import age_revolu
from tests import factories as f
from tests.connexions import champs, poster
from tests.test_agents import lire

COMPTES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "referent": ("REFERENT_SEF", "ART"),
    "slai": ("SLAI", "ART"),
    "ailleurs": ("REFERENT_SEF", "ARR"),
}
LE = f.il_y_a(3)
NE_LE = date(f.il_y_a(0).year - 17, 1, 1)


@pytest.fixture
def jeune(faire):
    """Somebody for whom everything runs or is planned."""

    def scene(**champs):
        jeune = f.un_jeune(nom="Gouyincourt", prenom="Anatole", date_naissance=NE_LE, **champs)
        f.une_mesure(jeune)
        f.une_mesure(jeune, du=f.il_y_a(900), au=f.il_y_a(600), motif_fin_code="AUTRE")
        f.un_accompagnement(jeune)
        f.un_binome(jeune)
        f.une_alerte(jeune)
        f.une_orientation(jeune, contact_le=f.il_y_a(30))
        f.une_rencontre(jeune, le=f.il_y_a(20), statut_code="PREVUE", jeune_present=None)
        f.une_rencontre(jeune, le=f.dans(4), statut_code="PREVUE", jeune_present=None)
        f.une_fiche("tache", jeune=jeune, quoi="Réunir les pièces", pour_le=f.il_y_a(1))
        f.une_invitation(f.une_enquete(jeune))
        f.un_transfert(jeune)
        return jeune

    return lambda **champs: faire(scene, **champs)


def declarer(client, numero: int, le: date = LE):
    adresse = f"/deces/{numero}"
    saisi = champs(lire(client, adresse)) | {"le": le.isoformat()}
    return client.post(adresse, data=saisi)


def etat(tous, numero: int) -> dict:
    """What the base says of everything that can run."""
    with tous() as session:

        def valeurs(classe, *colonnes):
            requete = select(*(getattr(classe, c) for c in colonnes))
            return sorted(
                tuple(ligne)
                for ligne in session.execute(
                    requete.where(classe.jeune_id == numero).order_by(classe.id)
                )
            ).__repr__()

        return {
            "deces": session.get(Jeune, numero).deces_le,
            "mesures": valeurs(Mesure, "du", "au", "motif_fin_code"),
            "sejours": valeurs(Accompagnement, "du", "au", "motif_sortie_code"),
            "binomes": valeurs(Binome, "du", "au"),
            "alertes": valeurs(Alerte, "du", "au"),
            "rencontres": valeurs(Rencontre, "le", "statut_code"),
            "taches": valeurs(Tache, "quoi", "abandon"),
            "transferts": valeurs(Transfert, "refuse_le", "motif_refus", "repondu_par"),
            "liens": session.scalar(
                select(func.count())
                .select_from(Invitation)
                .join(Enquete, Enquete.id == Invitation.enquete_id)
                .where(Enquete.jeune_id == numero, Invitation.revoquee_le.is_(None))
            ),
        }


@pytest.mark.parametrize("qui", ["coordonnateur", "referent"])
def test_tout_s_arrete_d_un_geste_et_reprend_d_un_autre(agent, jeune, tous, qui):
    numero = jeune()
    avant = etat(tous, numero)
    rendu = declarer(agent(qui), numero)
    assert rendu.status_code == 302, html.unescape(rendu.text)
    apres = etat(tous, numero)
    assert apres["deces"] == LE
    assert f"{LE!r}, 'DECES'" in apres["mesures"] and "'AUTRE'" in apres["mesures"]
    assert f"{LE!r}, 'DECES'" in apres["sejours"]
    assert f"{LE!r})" in apres["binomes"] and f"{LE!r})" in apres["alertes"]
    assert f"({f.dans(4)!r}, 'ANNULEE')" in apres["rencontres"]
    assert f"({f.il_y_a(20)!r}, 'PREVUE')" in apres["rencontres"]  # the past stays as it was
    assert "'Décès'" in apres["taches"]
    assert f"({f.dans(0)!r}, 'Décès', " in apres["transferts"]
    assert apres["liens"] == 0
    rendu = poster(agent("referent"), f"/deces/{numero}/revenir")  # somebody else may
    assert rendu.status_code == 302, html.unescape(rendu.text)
    assert etat(tous, numero) == avant


def test_la_fiche_le_dit_sobrement_et_ne_demande_plus_rien(agent, jeune):
    numero = jeune()
    client = agent()
    declarer(client, numero)
    page = lire(client, f"/jeunes/{numero}")
    age = age_revolu(NE_LE, LE)
    dit = f"Anatole Gouyincourt : décès le {LE:%d/%m/%Y}, à {age} ans."
    assert f'<p class="message sobre">{dit}' in page
    assert f"décédé(e) le {LE:%d/%m/%Y}" in page
    assert "Revenir sur cette information" in page
    for absent in ("d’agir", "Alerte ouverte", "plus-rencontre", "dites si elle a eu lieu"):
        assert absent not in page
    assert "Étapes légales en retard" not in page and "Reprendre le suivi" not in page
    assert "Déclarer le décès" not in page


def test_l_age_ne_grandit_plus(agent, faire):
    numero = faire(
        f.un_jeune, nom="Jadisois", date_naissance=date(2000, 1, 1), deces_le=date(2017, 6, 1)
    )
    page = lire(agent(), f"/jeunes/{numero}")
    assert "<strong>17 ans</strong> au décès" in page
    liste = lire(agent(), "/jeunes/?q=jadisois&qui=tous")
    assert "Décédé(e) le 01/06/2017" in liste and ">17<" in re.sub(r"</?span>", "", liste)


@pytest.mark.parametrize("porte", ["acte", "mesure importée"])
def test_aucune_liste_ne_le_compte_plus(agent, jeune, tous, porte, comptes):
    numero = jeune()
    client = agent()
    if porte == "acte":
        declarer(client, numero)
    else:  # a mesure that says it, whatever the door; the rest stays as it was
        with tous() as session:
            for mesure in session.scalars(
                select(Mesure).where(Mesure.jeune_id == numero, Mesure.au.is_(None))
            ):
                mesure.au = LE
                mesure.motif_fin_code = "DECES"
            session.commit()
    assert etat(tous, numero)["deces"] == LE
    for adresse in (
        "/?qui=tous",
        "/a-faire/?qui=tous",
        "/rencontres/?a_jour=non&qui=tous",
        "/taches/?etat=ouverte&qui=tous",
        "/orientations/?etat=sans_reponse&qui=tous",
        "/jeunes/?attention=rdv&qui=tous",
        "/jeunes/?attention=alerte&qui=tous",
        "/jeunes/?attention=fin&qui=tous",
    ):
        assert f"/jeunes/{numero}" not in lire(client, adresse), adresse
    page = lire(client, f"/jeunes/{numero}")
    assert "d’agir" not in page and "Alerte ouverte" not in page


def test_la_verification_du_mois_ne_le_demande_plus(faire, tous):
    """Nobody is told to fix a rendez-vous with a youth who died; before that day, it was asked."""

    def scene():
        return f.une_orientation(f.un_jeune(nom="Contacté", deces_le=LE), contact_le=f.il_y_a(60))

    orientation = faire(scene)
    with tous() as session:
        jeune = session.get(f.Orientation, orientation).jeune_id

        def demandes(au: date) -> set[int]:
            return {li.jeune_id for li in lister(au.replace(day=1), au, None, "RDV_EN_RETARD")}

        assert jeune in demandes(f.il_y_a(4))
        assert jeune not in demandes(f.dans(0))


def test_plus_d_enquete_ni_de_lien(agent, jeune, tous):
    numero = jeune()
    client = agent()
    declarer(client, numero)
    with tous() as session:
        enquete = session.scalar(select(Enquete.id).where(Enquete.jeune_id == numero))
    assert client.get(f"/enquetes/{enquete}/lien").status_code == 302
    refus = poster(
        client, "/enquetes/ajouter", {"jeune_id": str(numero), "demandee_le": f.dans(0).isoformat()}
    )
    assert refus.status_code == 422 and "plus rien ne lui est demandé" in refus.text


def test_sans_mesure_ni_accompagnement_la_fiche_seule_le_dit(agent, faire, tous):
    numero = faire(f.un_jeune, nom="Repéré")
    client = agent("referent")
    declarer(client, numero)
    assert etat(tous, numero)["deces"] == LE
    with tous() as session:
        session.get(Jeune, numero).telephone = "06 39 98 00 00"
        session.commit()
    refus = poster(client, f"/deces/{numero}/revenir")  # something changed since
    assert refus.status_code == 422 and "Seule la fiche dit ce décès" in refus.text
    assert poster(client, f"/deces/{numero}/revenir", {"seule": "oui"}).status_code == 302
    assert etat(tous, numero)["deces"] is None


@pytest.mark.parametrize(
    ("champ", "phrase"),
    [
        (f.dans(1), "Cette date est dans le futur."),
        (date(1990, 1, 1), "Cette date est avant la naissance du jeune."),
        (f.il_y_a(40), "commence après ce jour"),  # the alerte
    ],
)
def test_un_jour_impossible_est_refuse(agent, jeune, tous, champ, phrase):
    numero = jeune()
    avant = etat(tous, numero)
    refus = declarer(agent(), numero, champ)
    assert refus.status_code == 422
    assert phrase in html.unescape(refus.text)
    assert etat(tous, numero) == avant


def test_rien_ne_se_prevoit_apres_le_deces(agent, jeune):
    """Of a form that was open, or of a list; what was, or was cancelled, is still written."""
    numero = jeune()
    client = agent()
    adresse = f"/rencontres/ajouter?jeune={numero}"
    saisie = champs(lire(client, adresse)) | {"type_code": "ENTRETIEN"}
    assert declarer(client, numero).status_code == 302
    for autre in ({"le": f.dans(9).isoformat(), "statut_code": "PREVUE"}, {"statut_code": "TENUE"}):
        refus = client.post(adresse, data=saisie | autre)
        assert refus.status_code == 422
        assert f"Le décès de ce jeune est déclaré, le {LE:%d/%m/%Y}." in html.unescape(refus.text)
    rapide = "/nouvelle-rencontre/"
    vite = champs(lire(client, rapide)) | {"jeune_id": str(numero), "recent": ""}
    assert client.post(rapide, data=vite).status_code == 422
    demarche = {"jeune_present": "non", "statut_code": "TENUE"}
    assert client.post(adresse, data=saisie | demarche).status_code == 302


def test_qui_ne_modifie_pas_le_jeune_ne_declare_rien(agent, jeune, tous):
    numero = jeune()
    assert agent("slai").get(f"/deces/{numero}").status_code in (302, 403)
    assert agent("ailleurs").get(f"/deces/{numero}").status_code == 404
    with tous() as session:
        assert session.get(Jeune, numero).deces_le is None
    declarer(agent(), numero)
    assert agent("slai").get(f"/deces/{numero}/revenir").status_code in (302, 403)
    assert poster(agent("ailleurs"), f"/deces/{numero}/revenir", page="/").status_code == 404
    assert etat(tous, numero)["deces"] == LE


def test_la_base_refuse_a_qui_n_a_pas_le_droit(app, jeune, comptes):
    numero = jeune()
    with app.app_context(), acces.acteur(comptes["ailleurs"], canal="essai"):
        with pytest.raises(Exception, match="not for this account"):
            db.session.execute(select(func.acces.declarer_deces(numero, LE)))
        db.session.rollback()


def test_deux_clics_ne_declarent_qu_une_fois(agent, jeune, tous):
    numero = jeune()
    client = agent()
    saisi = champs(lire(client, f"/deces/{numero}")) | {"le": LE.isoformat()}
    for _ in range(2):
        assert client.post(f"/deces/{numero}", data=saisi).status_code == 302
    with tous() as session:
        requete = select(func.count()).where(ModificationGroupee.jeune_id == numero)
        assert session.scalar(requete) == 1
