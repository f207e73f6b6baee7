"""A youth changes territory only by a transfer: asked by one, accepted by the other, dated; the
history follows."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import Alerte, Evenement, Jeune, Mds, Rattachement, Transfert
from app.regles.age import aujourd_hui
from app.roles import ROLES
from tests import factories as f
from tests.connexions import ouvrir_session, poster


@pytest.fixture
def scene(session):
    """A youth of Artois with an alerte, who moves to Ternois; a référent who asks, a responsable
    who answers."""
    jeune = f.un_jeune(mds="ART", nom="Delattre")
    f.une_alerte(jeune)
    referent, responsable = (
        f.un_compte("REFERENT_SEF", mds="ART"),
        f.un_compte("RESPONSABLE", mds="TER"),
    )
    db.session.commit()
    yield jeune.id, referent.id, responsable.id
    db.session.rollback()


def demander(jeune_id: int, vers: str = "TER", **champs) -> int:
    jeune = db.session.get(Jeune, jeune_id)
    demande = Transfert(
        jeune_id=jeune.id,
        mds_id=jeune.mds_id,
        de_mds_id=jeune.mds_id,
        vers_mds_id=f.numero_mds(vers),
        code_dossier=jeune.code,
        effet_le=champs.pop("effet_le", aujourd_hui()),
        motif="Déménagement à Saint-Pol",
        demande_par="Une référente",
        **champs,
    )
    db.session.add(demande)
    db.session.commit()
    return demande.id


def repondre(numero: int, accepte: bool) -> bool:
    reponse = db.session.scalar(
        text("select acces.repondre_transfert(:n, :oui, 'Une responsable', 'Pas de place')"),
        {"n": numero, "oui": accepte},
    )
    db.session.commit()
    return reponse


def test_le_jeune_et_son_histoire_passent_a_la_mds_qui_accepte(scene):
    jeune, referent, responsable = scene
    with acces.acteur(referent):
        numero = demander(jeune)
    with acces.acteur(responsable):
        assert db.session.get(Jeune, jeune) is None
        assert repondre(numero, True)
        assert db.session.get(Jeune, jeune).nom == "Delattre"
        assert (
            db.session.scalar(select(Alerte.motif_code).where(Alerte.jeune_id == jeune)) == "FUGUE"
        )
        suite = db.session.execute(
            select(Mds.code, Rattachement.du, Rattachement.au)
            .join(Mds, Mds.id == Rattachement.mds_rattachement_id)
            .where(Rattachement.jeune_id == jeune)
            .order_by(Rattachement.du)
        ).all()
        naissance = db.session.get(Jeune, jeune).date_naissance
        assert suite == [
            ("ART", naissance, aujourd_hui() - timedelta(days=1)),
            ("TER", aujourd_hui(), None),
        ]
        assert db.session.scalar(
            select(Evenement.id).where(Evenement.table_nom == "alerte", Evenement.jeune_id == jeune)
        )
    with acces.acteur(referent):
        assert db.session.get(Jeune, jeune) is None
        assert not db.session.scalars(select(Alerte.id).where(Alerte.jeune_id == jeune)).all()
        assert not db.session.scalars(select(Evenement.id).where(Evenement.jeune_id == jeune)).all()


def test_un_transfert_refuse_ne_deplace_rien(scene):
    jeune, referent, responsable = scene
    with acces.acteur(referent):
        numero = demander(jeune)
    with acces.acteur(responsable):
        assert repondre(numero, False)
        assert db.session.get(Jeune, jeune) is None
    with acces.acteur(referent):
        assert db.session.get(Transfert, numero).motif_refus == "Pas de place"
        assert db.session.get(Jeune, jeune).mds_id == f.numero_mds("ART")


@pytest.mark.parametrize("role", ROLES)
def test_aucun_role_de_la_mds_qui_demande_n_accepte_ni_ne_refuse(scene, role):
    """The one whose role answers transfers, in its own MDS, answers none that it asks."""
    jeune, referent, _ = scene
    with acces.acteur(acces.TOUS):
        du_meme_territoire = f.un_compte(role, mds="ART").id
        db.session.commit()
    with acces.acteur(referent):
        numero = demander(jeune)
    with acces.acteur(du_meme_territoire):
        assert repondre(numero, True) is False
        assert repondre(numero, False) is False
    with acces.acteur(acces.TOUS):
        assert db.session.get(Jeune, jeune).mds_id == f.numero_mds("ART")


def test_un_tiers_ne_repond_pas(scene):
    jeune, referent, _ = scene
    with acces.acteur(acces.TOUS):
        ailleurs = f.un_compte("RESPONSABLE", mds="ARR").id
        db.session.commit()
    with acces.acteur(referent):
        numero = demander(jeune)
        assert repondre(numero, True) is False
    with acces.acteur(ailleurs):
        assert repondre(numero, True) is repondre(987654, True) is False


def test_un_jeune_ne_change_pas_de_mds_par_une_modification(scene):
    jeune, referent, _ = scene
    with acces.acteur(acces.TOUS):
        partout = f.un_compte("RESPONSABLE", mds=None).id
        ternois = f.numero_mds("TER")
        db.session.commit()
    for qui in (referent, partout):
        with acces.acteur(qui):
            with pytest.raises(DBAPIError):
                db.session.execute(
                    text("update jeune set mds_id = :mds where id = :id"),
                    {"mds": ternois, "id": jeune},
                )
            db.session.rollback()


def test_une_seule_demande_attend_et_elle_ne_s_accepte_pas_avant_sa_date(scene):
    jeune, referent, responsable = scene
    with acces.acteur(referent):
        numero = demander(jeune, effet_le=aujourd_hui() + timedelta(days=3))
        with pytest.raises(DBAPIError, match="uq_transfert_en_attente"):
            demander(jeune, vers="ARR")
        db.session.rollback()
    with acces.acteur(responsable):
        with pytest.raises(DBAPIError, match="accepted too early"):
            repondre(numero, True)
        db.session.rollback()


def test_par_les_ecrans_on_demande_on_accepte_et_le_dossier_change_de_mains(app):
    with app.app_context(), acces.acteur(acces.TOUS):
        jeune = f.un_jeune(mds="ART", nom="Vasseur")
        referent, responsable = (
            f.un_compte("REFERENT_SEF", mds="ART").id,
            f.un_compte("RESPONSABLE", mds="TER").id,
        )
        ternois, numero = f.numero_mds("TER"), jeune.id
        db.session.commit()
    chez_l_un, chez_l_autre = (
        ouvrir_session(app.test_client(), c) for c in (referent, responsable)
    )
    saisie = {
        "jeune_id": numero,
        "vers_mds_id": ternois,
        "effet_le": aujourd_hui().isoformat(),
        "motif": "Déménagement",
    }
    envoi = poster(chez_l_un, f"/transferts/ajouter?jeune={numero}", saisie)
    assert envoi.status_code == 302, envoi.text
    fiche = envoi.location
    apres = html.unescape(chez_l_un.get(fiche).text)
    assert "Accepter le transfert" not in apres
    assert "quand le responsable de la MDS qui reçoit l’accepte" in apres
    assert "En attente : la réponse revient au responsable de la MDS Ternois" in apres
    assert "Transfert vers la MDS Ternois demandé le" in chez_l_un.get(f"/jeunes/{numero}").text
    assert "transfert à accepter" not in chez_l_un.get("/").text

    def attendus() -> int:
        tuile = re.search(
            r'/transferts/\?etat=a_repondre"><strong>(\d+)<', chez_l_autre.get("/").text
        )
        return int(tuile[1]) if tuile else 0

    compte = attendus()
    assert compte and f"{compte} fiche" in chez_l_autre.get("/transferts/?etat=a_repondre").text
    page = chez_l_autre.get(fiche).text
    assert "Accepter le transfert" in page
    assert "Vasseur" not in page
    assert (
        poster(chez_l_autre, f"{fiche}/repondre", {"reponse": "refuser"}, page=fiche).status_code
        == 302
    )
    assert "Dites pourquoi vous refusez" in chez_l_autre.get(fiche).text
    assert (
        poster(chez_l_autre, f"{fiche}/repondre", {"reponse": "accepter"}, page=fiche).status_code
        == 302
    )
    assert "Vasseur" in chez_l_autre.get(f"/jeunes/{numero}").text
    assert chez_l_un.get(f"/jeunes/{numero}").status_code == 404
    assert attendus() == compte - 1


def test_deux_acceptations_au_meme_instant_ne_deplacent_qu_une_fois(app, scene):
    jeune, referent, responsable = scene
    with acces.acteur(referent):
        numero = demander(jeune)

    def accepter(_) -> bool:
        with app.app_context(), acces.acteur(responsable):
            return repondre(numero, True)

    with ThreadPoolExecutor(3) as ensemble:
        assert sorted(ensemble.map(accepter, range(3))) == [False, False, True]
    with acces.acteur(acces.TOUS):
        passages = select(Evenement.id).where(
            Evenement.table_nom == "jeune",
            Evenement.cle == str(jeune),
            Evenement.operation == "modification",
        )
        assert len(db.session.scalars(passages).all()) == 1


def test_ce_qui_etait_ecrit_d_un_jeune_parti_entre_temps_se_copie(app, tous):
    """The page says no more of the youth than that of a number of nobody; a name is no sentence."""
    recit = "Venu sans rendez-vous ; il cherche un logement d’ici l’été."
    with tous() as session:
        jeune = f.un_jeune(mds="ART", nom="Vasseur")
        suivi = f.un_compte("COORDONNATEUR", mds="ART").id
        numero = jeune.id
        session.commit()
        client = ouvrir_session(app.test_client(), suivi)
        saisie = {"jeune_id": numero, "type_code": "ENTRETIEN", "compte_rendu": f"{recit}\x00"}
        jeune.mds_id = f.numero_mds("TER")
        session.commit()
    for parti in (numero, 999_999):
        adresse = f"/rencontres/ajouter?jeune={parti}"
        rendu = poster(client, adresse, saisie, page="/rencontres/")
        assert rendu.status_code == 404
        dit = html.unescape(rendu.text)
        assert "Rien n’en est enregistré" in dit
        assert re.findall(r"<textarea readonly[^>]*>\n(.*)</textarea>", dit) == [recit]
    assert "Ce que vous aviez écrit" not in client.get(adresse).text
