"""What is done today to youths (they are oriented, met, handed over, planned for, leave, come back,
die, and it is taken back) changes no figure of a past month: random histories, acts through the
screens, the slow calculation beside them."""

import re
from collections import Counter
from datetime import timedelta
from random import Random

import lxml.html
import pytest
from sqlalchemy import func, select, update

from app import acces
from app.extensions import db
from app.indicateurs import calculer
from app.models import Agent, Alerte, Binome, Orientation
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import champs, ouvrir_session, poster
from tests.indicateurs import independant
from tests.indicateurs.histoires import PERIODES, Hasard, enregistrer, une_histoire

HISTOIRES = 110
NOUR = "Nour Delestrez"
INES = "Inès Roux"


def _mois_passes() -> list[tuple]:
    """The eight periods of the other tests, and the two months before this one."""
    fin = aujourd_hui().replace(day=1) - timedelta(days=1)
    avant = fin.replace(day=1) - timedelta(days=1)
    return [*PERIODES, (fin.replace(day=1), fin), (avant.replace(day=1), avant)]


def _sortir(client, jeune: int, hasard: Random) -> int:
    """All that the screen offers for today, by chance; what it offers ticked stays so or not."""
    page = client.get(f"/sortie/{jeune}")
    if page.status_code != 200:
        return page.status_code
    saisi = champs(page.text)
    mesures = [nom for nom in _cases(page.text) if nom.startswith("mesure_")]
    if mesures:
        saisi |= dict.fromkeys(mesures, "oui") | {"motif_fin": "AUTRE"}
    if "sejour" in _cases(page.text) and hasard.random() < 0.5:
        saisi |= {"sejour": "oui", "motif_sortie": "AUTRE"}
    if 'value="vrai"' in page.text and mesures:
        saisi["situation"] = hasard.choice(("vrai", "changee"))
    if saisi.get("situation") == "changee":
        saisi |= {"logement_code": "FJT", "observee_le": aujourd_hui().isoformat()}
    saisi["binome"] = ""
    if mesures and 'value="seul"' in page.text:
        saisi["binome"] = "seul"
    return client.post(f"/sortie/{jeune}", data=saisi).status_code


def _cases(page: str) -> set[str]:
    return {c.get("name") for c in lxml.html.fromstring(page).xpath("//input[@type='checkbox']")}


def _reprendre(client, jeune: int, hasard: Random) -> int:
    page = client.get(f"/reprendre-le-suivi/{jeune}")
    if page.status_code != 200:
        return page.status_code
    saisi = champs(page.text) | {"motif_reprise": "Retour"}
    if hasard.random() < 0.5:
        saisi["orienter"] = "oui"
    return client.post(f"/reprendre-le-suivi/{jeune}", data=saisi).status_code


def _deceder(client, jeune: int, hasard: Random) -> int:
    page = client.get(f"/deces/{jeune}")
    if page.status_code != 200:
        return page.status_code
    saisi = champs(page.text) | {"le": aujourd_hui().isoformat()}
    statut = client.post(f"/deces/{jeune}", data=saisi).status_code
    if statut == 302 and hasard.random() < 0.4:
        return poster(client, f"/deces/{jeune}/revenir").status_code
    return statut


def _orienter(client, jeune: int, hasard: Random) -> int:
    """Another orientation, today, whatever those of before; one in two is accepted."""
    adresse = f"/orientations/ajouter?jeune={jeune}"
    page = client.get(adresse)
    if page.status_code != 200:
        return page.status_code
    saisi = champs(page.text) | {"est_nouvelle": "oui"}
    statut = client.post(adresse, data=saisi).status_code
    if statut == 302 and hasard.random() < 0.5:
        with client.application.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            requete = select(func.max(Orientation.id)).where(Orientation.jeune_id == jeune)
            db.session.get(Orientation, db.session.scalar(requete)).reponse_code = "ACCEPTEE"
            db.session.commit()
    return statut


def _tenir_le_tripartite(client, jeune: int, hasard: Random) -> int:
    """Held today, with the accompagnement and the binôme that the screen opens."""
    adresse = f"/tenir-le-rendez-vous-tripartite/{jeune}"
    page = client.get(adresse)
    if page.status_code != 200:
        return page.status_code
    saisi = champs(page.text) | {"le": aujourd_hui().isoformat(), "jeune_present": "oui"}
    saisi |= {"coordonnateur_present": "oui", "service_ase_present": "oui"}
    if hasard.random() < 0.5:
        saisi |= {"suite_le": (aujourd_hui() + timedelta(days=20)).isoformat()}
    return client.post(adresse, data=saisi).status_code


def _lire(client, requete):
    """What the base holds, as everyone."""
    with client.application.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lu = db.session.scalars(requete).all()
        db.session.rollback()
    return lu


def _appliquer(client, adresse: str, saisi: dict, page: str) -> tuple[int, str]:
    """Read what would be done, then do it: the status, where it leads."""
    apercu = poster(client, adresse, saisi | {"acte": "apercu"}, page=page)
    lu = re.search(r'name="empreinte" value="(\w+)"', apercu.text)
    if lu is None:
        return apercu.status_code, ""
    fait = poster(client, adresse, saisi | {"acte": "appliquer", "empreinte": lu[1]}, page=page)
    return fait.status_code, fait.location or ""


def _a_passer(client, *lesquels) -> tuple[int, dict]:
    """The number of Nour, and what hands some of the binômes that run over to Inès from today."""
    en_cours = select(Binome.id).where(Binome.coordonnateur == NOUR, Binome.au.is_(None))
    binomes = _lire(client, en_cours.where(*lesquels))
    de, vers = (_lire(client, select(Agent.id).where(Agent.nom == nom))[0] for nom in (NOUR, INES))
    return de, {"vers": vers, "du": aujourd_hui().isoformat(), "binome": binomes}


def _passer_tout_ce_qui_reste(client) -> None:
    de, saisi = _a_passer(client)
    assert len(saisi["binome"]) > 10
    adresse = f"/passer-la-main/?de={de}"
    assert _appliquer(client, adresse, saisi, adresse)[0] == 302


def _passer_la_main(client, jeune: int, hasard: Random) -> int:
    """From Nour to Inès from today, for good or for a month; one time in three it is taken back."""
    de, saisi = _a_passer(client, Binome.jeune_id == jeune)
    if hasard.random() < 0.5:
        saisi["jusqu_au"] = (aujourd_hui() + timedelta(days=30)).isoformat()
    adresse = f"/passer-la-main/?de={de}"
    statut, acte = _appliquer(client, adresse, saisi, adresse)
    if statut == 302 and hasard.random() < 0.3:
        return poster(client, f"{acte}/annuler", page=acte).status_code
    return statut


def _reunir_deux_agents(client) -> None:
    """Both of whom are in binômes."""
    noms = (NOUR, INES)
    garde, absorbe = (_lire(client, select(Agent.id).where(Agent.nom == nom))[0] for nom in noms)
    page = f"/agents/reunir?garde={garde}&absorbe={absorbe}"
    rendu = poster(client, "/agents/reunir", {"garde": garde, "absorbe": absorbe}, page=page)
    assert rendu.status_code == 302
    assert not _lire(client, select(Binome.id).where(Binome.coordonnateur_id == absorbe))


def _modifier_la_selection(client, jeune: int, hasard: Random) -> int:
    """Its open alertes end today."""
    ouvertes = select(Alerte.id).where(Alerte.jeune_id == jeune, Alerte.au.is_(None))
    saisi = {"rowid": _lire(client, ouvertes), "au": aujourd_hui().isoformat()}
    return _appliquer(client, "/modifier-la-selection/alerte", saisi, "/jeunes/")[0]


def _prevoir(client, jeune: int, hasard: Random) -> int:
    """A rendez-vous to come, with its task."""
    adresse = f"/rencontres/ajouter?jeune={jeune}&type=ENTRETIEN_6_MOIS&prevue=1"
    prevue = champs(client.get(adresse).text)
    prevue |= {"le": (aujourd_hui() + timedelta(days=9)).isoformat(), "agents": INES}
    statut = client.post(adresse, data=prevue).status_code
    tache = {"jeune_id": str(jeune), "quoi": "Appeler", "agent_id-texte": INES}
    assert poster(client, "/taches/ajouter", tache).status_code in (302, 422)
    return statut


ACTES = (
    *(_sortir, _sortir, _reprendre, _deceder, _orienter, _tenir_le_tripartite),
    *(_tenir_le_tripartite, _passer_la_main, _modifier_la_selection, _prevoir),
)


@pytest.mark.parametrize("graine", [11])
def test_les_chiffres_des_mois_passes_ne_bougent_pas(app, tous, graine):
    hasard = Hasard(graine, *PERIODES[0])
    histoires = [une_histoire(hasard) for _ in range(HISTOIRES)]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        enregistrer(db.session, histoires, [], [])
        du_hasard = update(Binome).where(Binome.coordonnateur == "C")
        db.session.execute(du_hasard.values(coordonnateur=NOUR))
        f.un_agent((), nom=INES)
        compte = f.un_compte("RESPONSABLE").id
        administrateur = f.un_compte("ADMINISTRATEUR").id
        db.session.commit()
    demandes = [(du, au, mds) for du, au in _mois_passes() for mds in (None, "ART")]
    with tous():
        avant = {d: calculer(*d).json() for d in demandes}
        assert calculer(*demandes[-2])["I4"].nombre > 5, "somebody may be lost by a wrong date"
    vies = [independant.Vie(h) for h in histoires]
    for demande in demandes[:6]:
        lentes = [independant.reponses(vie, *demande) for vie in vies]
        assert avant[demande] == independant.calculer(lentes, [], [], *demande), demande
    client = ouvrir_session(app.test_client(), compte)
    faits = Counter()
    tire = Random(graine)
    for jeune in range(1, HISTOIRES + 1):
        acte = tire.choice(ACTES)
        faits[acte.__name__, acte(client, jeune, tire)] += 1
    for acte in set(ACTES):
        assert faits[acte.__name__, 302] >= 2, faits
    _passer_tout_ce_qui_reste(client)
    _reunir_deux_agents(ouvrir_session(app.test_client(), administrateur))
    with tous():
        apres = {d: calculer(*d).json() for d in demandes}
    assert apres == avant, faits
