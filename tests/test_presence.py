"""The attendance sheet: theme, place, professionals met, orientations taken on the spot; that of a
permanence, which names its SEF."""

import html
import re

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import ActionCollective, Instance, Orientation, Participant, Rencontre, Service
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import poster
from tests.test_agents import lire

COMPTES = {"coordonnateur": ("COORDONNATEUR", "ART"), "slai": ("SLAI", "ART")}
ICI = "/actions-collectives/ajouter"


@pytest.fixture(scope="module")
def base(app, comptes):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        moi = f.un_agent(nom="Nour Permanente", compte_id=comptes["coordonnateur"])
        f.un_agent(nom="Maryse Référente", fonction_code="REFERENT_ASE")
        sef = db.session.scalar(
            select(Service).where(Service.type == "SEF", Service.mds_id == f.numero_mds("ART"))
        )
        f.un_binome(f.un_jeune(), coordonnateur="Nour Permanente")
        numeros = {"moi": moi.id, "sef": sef.id, "artois": f.numero_mds("ART")}
        ailleurs = Service(nom="SEF du Ternois, second", type="SEF", mds_id=f.numero_mds("TER"))
        db.session.add(ailleurs)
        db.session.flush()
        numeros["ailleurs"] = ailleurs.id
        db.session.commit()
    return numeros


def feuille(base, *jeunes: int, **autres) -> dict:
    return {
        "intitule": "Atelier estime de soi",
        "le": f"{aujourd_hui():%d/%m/%Y}",
        "mds_id": str(base["artois"]),
        "type_code": "COLLECTIF",
        "theme_code": "ESTIME_DE_SOI",
        "adresse": "Médiathèque de Béthune",
        "jeunes": [str(jeune) for jeune in jeunes],
    } | autres


def lues(tous, classe, *conditions):
    with tous() as session:
        trouvees = session.scalars(select(classe).where(*conditions).order_by(classe.id)).all()
        session.expunge_all()
        return trouvees


def test_la_feuille_dit_le_theme_le_lieu_et_qui_l_on_a_rencontre(agent, base, faire, tous):
    envoi = feuille(base, faire(f.un_jeune), agents="Maryse Référente")
    assert poster(agent("coordonnateur"), ICI, envoi).status_code == 302
    action = lues(tous, ActionCollective)[-1]
    page = lire(agent("coordonnateur"), f"/actions-collectives/{action.id}")
    for dit in ("Estime de soi", "Médiathèque de Béthune", "Maryse Référente"):
        assert dit in page
    assert len(action.agents_ids) == 1
    assert "Atelier estime de soi" in lire(
        agent("slai"), "/actions-collectives/?theme_code=ESTIME_DE_SOI"
    )


def test_une_orientation_prise_sur_place_est_une_orientation(agent, base, faire, tous):
    oriente, aussi, non = (faire(f.un_jeune) for _ in range(3))
    envoi = feuille(base, oriente, aussi, non, agents="Maryse Référente")
    envoi |= {f"orienter-{oriente}": "FUGUE", f"orienter-{aussi}": "-", f"orienter-{non}": ""}
    client = agent("coordonnateur")
    rendu = poster(client, ICI, envoi)
    assert "3 rencontres et 2 orientations" in lire(client, rendu.location)
    prises = lues(tous, Orientation, Orientation.jeune_id.in_((oriente, aussi, non)))
    assert {(o.jeune_id, o.motif_code) for o in prises} == {(oriente, "FUGUE"), (aussi, None)}
    assert {(o.contact_le, o.oriente_par, o.vers_id) for o in prises} == {
        (aujourd_hui(), "Maryse Référente", base["moi"])
    }
    accueil = lire(client, "/")
    assert "Orientations reçues" in accueil


def test_une_orientation_ne_se_prend_pas_d_avance_et_rien_n_est_perdu(agent, base, faire, tous):
    jeune = faire(f.un_jeune)
    envoi = feuille(base, jeune, le=f.dans(2).isoformat())
    envoi |= {f"orienter-{jeune}": "FUGUE", f"presence-{jeune}": "EXCUSE"}
    refus = poster(agent("coordonnateur"), ICI, envoi)
    page = html.unescape(refus.text)
    assert refus.status_code == 422 and "Une orientation se prend le jour même" in page
    assert '<option value="FUGUE" selected>' in page and '<option value="EXCUSE" selected>' in page
    assert lues(tous, Rencontre, Rencontre.jeune_id == jeune) == []


def test_la_feuille_d_une_permanence_la_tient(agent, base, faire, tous):
    numero = faire(
        f.une_instance,
        "PERMANENCE",
        le=aujourd_hui(),
        statut_code="PREVUE",
        service_id=base["sef"],
    )
    client = agent("coordonnateur")
    assert f'href="{ICI}?instance={numero}"' in lire(client, f"/instances/{numero}")
    ici = f"{ICI}?instance={numero}"
    page = lire(client, ici)
    assert "Feuille de présence : permanence" in page and "Service Enfance Famille" in page
    venu, absent = faire(f.un_jeune), faire(f.un_jeune)
    envoi = feuille(base, venu, absent, type_code="ENTRETIEN", agents="Maryse Référente")
    assert poster(client, ici, envoi | {f"presence-{absent}": "ABSENCE"}).status_code == 302
    [tenue] = lues(tous, Instance, Instance.id == numero)
    assert (tenue.statut_code, tenue.jeunes_recus, tenue.coordonnateur_present) == (
        *("TENUE", 1, True),
    )
    [participant] = lues(tous, Participant, Participant.instance_id == numero)
    assert (participant.nom, participant.est_present) == ("Maryse Référente", True)
    [action] = lues(tous, ActionCollective, ActionCollective.instance_id == numero)
    assert action.intitule == "Atelier estime de soi"
    comite = faire(f.une_instance)
    assert client.get(f"{ICI}?instance={comite}").status_code == 404


def test_une_permanence_nomme_son_sef_propose_quand_il_est_seul(agent, base, faire, tous):
    client = agent("coordonnateur")
    page = lire(client, f"/instances/ajouter?type=PERMANENCE&mds={base['artois']}")
    assert f'name="service_id" value="{base["sef"]}"' in page
    envoi = {
        "type_code": "PERMANENCE",
        "mds_id": str(base["artois"]),
        "le": aujourd_hui().isoformat(),
        "statut_code": "TENUE",
        "service_id": str(base["ailleurs"]),
    }
    refus = poster(client, "/instances/ajouter", envoi)
    assert "Ce service est celui d’une autre MDS." in html.unescape(refus.text)
    neuf = {"nom": "SEF de Béthune-Est", "type": "SEF", "mds_id": base["artois"]}
    second = faire(f.une_fiche, "service", "ART", **neuf)
    rendu = poster(client, "/instances/ajouter", envoi | {"service_id": str(second)})
    assert rendu.status_code == 302
    assert "SEF de Béthune-Est" in lire(client, f"/instances/?service={second}")
    page = lire(client, f"/instances/ajouter?type=PERMANENCE&mds={base['artois']}")
    assert re.search(r'name="service_id" value=""', page)  # two of them: the person says which
