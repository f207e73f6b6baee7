"""The same thing asked several times at the very same moment is done once: each creation, a link, a
table to send."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import message_flashed
from sqlalchemy import func, select

from app import acces
from app.extensions import appbuilder, db
from app.models import Envoi, Evenement, Invitation, ReponseConfiee
from app.regles.age import aujourd_hui
from app.views.enquete import hash_du_code
from app.views.socle.edition import AUTRE_CHOSE
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.serveurs import PATIENCE_SECONDES
from tests.test_matrice_ecritures import COMMUNES, CREER

ENSEMBLE = 3


@pytest.fixture(scope="module")
def base(app):
    """Who may do everything, and what the forms refer to."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        tout = f.un_compte("RESPONSABLE", None)
        for role in ("ADMINISTRATEUR", "DPID", "DPO"):
            f.une_habilitation(tout, role, None)
        neuves = [f.une_convention().id for _ in range(2)]
        ici = {
            "mds": f.numero_mds("ART"),
            "autre_mds": f.numero_mds("ARR"),
            "jeune": f.un_jeune().id,
            "neuf": f.un_jeune().id,
            "partenaire": f.un_partenaire().id,
            "instance": f.une_instance().id,
            "compte": f.un_compte().id,
            "convention": neuves[0],
            "convention_neuve": lambda: neuves[1],
        }
        donnees = {vue: faire(ici) for vue, faire in {**CREER, **COMMUNES}.items()}
        numero = tout.id
        db.session.commit()
    yield {"compte": numero, "donnees": donnees}
    app.config["WTF_CSRF_ENABLED"] = True


def ensemble(app, compte: int | None, adresse: str, donnees: dict) -> list:
    """The answers to the same form, sent at once from as many browsers."""
    clients, depart = [app.test_client() for _ in range(ENSEMBLE)], threading.Barrier(ENSEMBLE)
    for client in clients:
        if compte is not None:
            ouvrir_session(client, compte)

    def envoyer(client):
        depart.wait(PATIENCE_SECONDES)
        return client.post(adresse, data=donnees)

    with ThreadPoolExecutor(ENSEMBLE) as fils:
        return list(fils.map(envoyer, clients))


def compter(app, requete) -> int:
    with app.app_context(), acces.acteur(acces.TOUS):
        return db.session.scalar(requete)


@pytest.mark.parametrize("vue", [*CREER, *COMMUNES])
def test_un_formulaire_envoye_trois_fois_a_la_fois_ne_cree_qu_une_fiche(app, base, vue):
    ecran = next(v for v in appbuilder.baseviews if type(v).__name__ == vue)
    nombre = select(func.count()).select_from(ecran.modele)
    avant = compter(app, nombre)
    dits: list[str] = []

    def noter(sender, message, **autres):
        dits.append(message)

    with message_flashed.connected_to(noter):
        reponses = ensemble(
            app,
            base["compte"],
            f"{ecran.route_base}/ajouter",
            base["donnees"][vue] | {"jeton": str(uuid.uuid4())},
        )
    assert {r.status_code for r in reponses} <= {302, 200 if vue == "CompteView" else 302}, [
        r.text for r in reponses
    ]
    assert compter(app, nombre) == avant + 1
    assert AUTRE_CHOSE not in dits, "all three said the same"


def test_un_lien_suivi_trois_fois_a_la_fois_ne_garde_qu_une_reponse(app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        invitation = f.une_invitation(empreinte=hash_du_code("abcde-fghjk-mnpqr-stuvw"))
        numero, enquete = invitation.id, invitation.enquete_id
        db.session.commit()
    saisie = {"c": "abcde-fghjk-mnpqr-stuvw", "reponse": "TRES_SATISFAIT"}
    reponses = ensemble(app, None, "/avis/", saisie)
    assert sorted(r.status_code for r in reponses) == [302, 404, 404]
    assert compter(app, select(func.count()).where(ReponseConfiee.enquete_id == enquete)) == 1
    assert compter(app, select(Invitation.utilisee_le).where(Invitation.id == numero)) is not None


def test_un_mois_prepare_puis_envoye_trois_fois_a_la_fois_ne_part_qu_une_fois(app, base):
    mois = aujourd_hui().replace(day=1) - timedelta(days=1)
    mois = mois.replace(day=1)
    reponses = ensemble(
        app, base["compte"], "/envois/preparer", {"mois": f"{mois:%Y-%m}", "mds": "ART"}
    )
    assert {r.status_code for r in reponses} == {302}
    du_mois = Envoi.mois == mois
    assert compter(app, select(func.count(Envoi.id)).where(du_mois)) == 1
    numero = compter(app, select(Envoi.id).where(du_mois))
    reponses = ensemble(
        app, base["compte"], f"/envois/{numero}/envoyer", {"motif_anomalies": "Relu."}
    )
    assert {r.status_code for r in reponses} <= {302, 422} and {r.status_code for r in reponses} & {
        302
    }
    envois = select(func.count(Evenement.id)).where(
        Evenement.operation == "envoi", Evenement.cle == str(numero)
    )
    assert compter(app, envois) == 1
    assert compter(app, select(func.count(Envoi.id)).where(du_mois)) == 1
