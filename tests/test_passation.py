"""« Passer la main »: a portfolio handed over for good or until a day, spread over several agents,
with days of overlap; what is refused and why; given back in one click; taken back as one act."""

import html
import itertools
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.indicateurs.calcul import calculer
from app.models import (
    Agent,
    Besoin,
    Binome,
    Compte,
    Evenement,
    Jeune,
    ModificationGroupee,
    Rencontre,
    Tache,
    TacheInstance,
)
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql
from tests.test_agents import lire
from tests.test_ecrans_base import champs

_noms = itertools.count(1)
DEMAIN = 1
"""Days from today."""


@pytest.fixture(scope="module")
def comptes(app):
    roles = {
        "responsable": ("RESPONSABLE", "ART"),
        "coordonnateur": ("COORDONNATEUR", "ART"),
        "referent": ("REFERENT_SEF", "ART"),
        "responsable_arras": ("RESPONSABLE", "ARR"),
        "administrateur": ("ADMINISTRATEUR", None),
        "slai": ("SLAI", "ART"),
    }
    numeros = f.des_comptes(app, roles)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        des_deux = f.un_compte("SLAI", "ARR")
        f.une_habilitation(des_deux, "COORDONNATEUR", "ART")
        numeros["coordonnateur_ici_slai_la_bas"] = des_deux.id
        db.session.commit()
    return numeros


class Scene:
    """Two agents, Nour who hands over and Inès who takes over, and the youths of Nour."""

    def __init__(self, mds=("ART",)):
        n = next(_noms)
        lettres = "abcdefghij"[n // 10 % 10] + "abcdefghij"[n % 10]
        self.nom = f"Nour Delestrez{lettres}"
        self.ines = f"Inès Roux{lettres}"
        self.leo = f"Léo Petit{lettres}"
        self.de = f.un_agent(mds, nom=self.nom).id
        self.vers = f.un_agent(mds, nom=self.ines).id
        self.autre = f.un_agent(mds, nom=self.leo, fonction_code="REFERENT_ASE").id
        self.jeunes: list[int] = []
        self.binomes: list[int] = []

    def un_jeune(self, mds="ART", *, comme="coordonnateur", prevue=None, **champs) -> int:
        jeune = f.un_jeune(mds)
        noms = {"coordonnateur": self.nom, "referent_ase": "Maryse Leroy"}
        if comme == "referent":
            noms = {"coordonnateur": "Maryse Leroy", "referent_ase": self.nom}
        self.binomes.append(f.un_binome(jeune, **{**noms, **champs}).id)
        self.jeunes.append(jeune.id)
        for le in prevue or ():
            f.une_rencontre(jeune, le=le, statut_code="PREVUE", jeune_present=None, agents=self.nom)
        return jeune.id


@pytest.fixture
def scene(app):
    def faire(nombre=2, mds=("ART",), **champs):
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            faite = Scene(mds)
            for _ in range(nombre):
                faite.un_jeune(**champs)
            db.session.commit()
        return faite

    return faire


def envoi(scene, **plus) -> dict:
    return {
        "vers": str(scene.vers),
        "vers-texte": scene.ines,
        "du": f.dans(DEMAIN).isoformat(),
        "jusqu_au": "",
        "en_double": "0",
        "binome": [str(n) for n in scene.binomes],
        **plus,
    }


def adresse(scene) -> str:
    return f"/passer-la-main/?de={scene.de}"


def apercu(client, scene, **plus) -> str:
    rendu = poster(client, adresse(scene), {**envoi(scene, **plus), "acte": "apercu"})
    assert rendu.status_code == 200, html.unescape(rendu.text)
    return html.unescape(rendu.text)


def passer(client, scene, **plus):
    page = apercu(client, scene, **plus)
    empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
    return poster(
        client,
        adresse(scene),
        {**envoi(scene, **plus), "acte": "appliquer", "empreinte": empreinte},
    )


def faite(client, scene, **plus) -> int:
    """Hand over; the number of the act."""
    rendu = passer(client, scene, **plus)
    assert rendu.status_code == 302, html.unescape(rendu.text)
    return int(rendu.location.rpartition("/")[2])


def suite(tous, jeune: int) -> list[tuple]:
    """The binômes of a youth in their order."""
    requete = select(Binome).where(Binome.jeune_id == jeune).order_by(Binome.du)
    with tous() as session:
        return [(b.coordonnateur, b.referent_ase, b.du, b.au) for b in session.scalars(requete)]


def agents_prevus(tous, jeune: int) -> list[str]:
    requete = select(Rencontre.agents).where(Rencontre.jeune_id == jeune).order_by(Rencontre.le)
    with tous() as session:
        return list(session.scalars(requete))


# The whole act


def test_pour_de_bon_le_binome_finit_la_veille_et_un_autre_commence(agent, scene, tous):
    s = scene(prevue=[f.dans(20)])
    client = agent("coordonnateur")
    page = apercu(client, s)
    assert f"{s.ines}, avec Maryse Leroy" in page and "2 jeunes et 2 rencontres prévues" in page
    assert page.count("<span>1 rencontre</span>") == 2
    assert suite(tous, s.jeunes[0])[0][3] is None  # nothing is written yet
    faite(client, s)
    for jeune in s.jeunes:
        assert suite(tous, jeune) == [
            (s.nom, "Maryse Leroy", f.il_y_a(300), f.dans(0)),
            (s.ines, "Maryse Leroy", f.dans(1), None),
        ]
        assert agents_prevus(tous, jeune) == [s.ines]
    with tous() as session:
        nouveau = session.scalars(
            select(Binome).where(Binome.jeune_id == s.jeunes[0], Binome.du == f.dans(1))
        ).one()
        assert (nouveau.coordonnateur_id, nouveau.remplace_id) == (s.vers, s.de)
        assert not nouveau.est_temporaire and nouveau.en_double_jusqu_au is None


def test_jusqu_a_un_jour_le_retour_est_deja_ecrit(agent, scene, tous):
    s = scene(1, prevue=[f.dans(5), f.dans(40)])
    faite(agent(), s, jusqu_au=f.dans(30).isoformat())
    assert suite(tous, s.jeunes[0]) == [
        (s.nom, "Maryse Leroy", f.il_y_a(300), f.dans(0)),
        (s.ines, "Maryse Leroy", f.dans(1), f.dans(30)),
        (s.nom, "Maryse Leroy", f.dans(31), None),
    ]
    assert agents_prevus(tous, s.jeunes[0]) == [s.ines, s.nom]


def test_le_remplacement_finit_avec_le_binome_s_il_finit_avant(agent, scene, tous):
    s = scene(1, au=f.dans(10))
    faite(agent(), s, jusqu_au=f.dans(30).isoformat())
    assert [x[2:] for x in suite(tous, s.jeunes[0])] == [
        (f.il_y_a(300), f.dans(0)),
        (f.dans(1), f.dans(10)),
    ]


def test_un_binome_qui_n_a_pas_commence_change_de_mains_lui_meme(agent, scene, tous):
    s = scene(1, du=f.dans(8))
    faite(agent(), s, jusqu_au=f.dans(30).isoformat())
    assert suite(tous, s.jeunes[0]) == [
        (s.ines, "Maryse Leroy", f.dans(8), f.dans(30)),
        (s.nom, "Maryse Leroy", f.dans(31), None),
    ]


def test_des_aujourd_hui(agent, scene, tous):
    s = scene(1)
    faite(agent(), s, du=aujourd_hui().isoformat())
    assert [x[2:] for x in suite(tous, s.jeunes[0])] == [
        (f.il_y_a(300), f.il_y_a(1)),
        (f.dans(0), None),
    ]


def test_un_referent_passe_la_main_comme_un_coordonnateur(agent, scene, tous):
    s = scene(1, comme="referent")
    faite(agent("referent"), s)
    assert suite(tous, s.jeunes[0])[1] == ("Maryse Leroy", s.ines, f.dans(1), None)


def test_repartis_entre_deux_et_ceux_qui_ne_sont_pas_coches_restent(agent, scene, tous):
    s = scene(3)
    premier, second, reste = s.binomes
    faite(
        agent(),
        s,
        binome=[str(premier), str(second)],
        **{"vers_2": str(s.autre), "vers_2-texte": s.leo, f"vers-{second}": str(s.autre)},
    )
    assert [suite(tous, j)[-1][0] for j in s.jeunes] == [s.ines, s.leo, s.nom]
    with tous() as session:
        assert session.get(Binome, reste).au is None


def test_en_double_l_agent_remplace_garde_ses_jeunes_et_la_fiche_le_dit(
    app, agent, scene, comptes, tous
):
    s = scene(1)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.get(Agent, s.de).compte_id = compte
        db.session.commit()
    faite(agent(), s, du=aujourd_hui().isoformat(), en_double="5")
    fiche = lire(agent(), f"/jeunes/{s.jeunes[0]}")
    assert f"{s.nom} suit encore jusqu’au {f.dans(4):%d/%m/%Y}" in fiche
    with tous() as session:
        nom = session.get(Jeune, s.jeunes[0]).nom
    sien = ouvrir_session(app.test_client(), compte)
    assert nom in lire(sien, "/jeunes/?qui=miens")
    assert "En double jusqu’au" in lire(agent(), f"/agents/{s.de}")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.execute(
            text("update binome set en_double_jusqu_au = current_date - 1 where remplace_id = :a"),
            {"a": s.de},
        )
        db.session.commit()
    assert nom not in lire(sien, "/jeunes/?qui=miens")


def test_la_fiche_dit_qui_remplace_qui_jusqu_a_quand(agent, scene):
    s = scene(1)
    faite(agent(), s, du=aujourd_hui().isoformat(), jusqu_au=f.dans(30).isoformat())
    attendu = f"Coordonnateur, remplace {s.nom} jusqu’au {f.dans(30):%d/%m/%Y}"
    assert attendu in lire(agent(), f"/jeunes/{s.jeunes[0]}")


def test_ce_qui_est_applique_est_ce_qui_a_ete_lu(app, agent, scene, tous):
    s = scene(1)
    page = apercu(agent(), s)
    empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.get(Binome, s.binomes[0]).au = f.dans(60)
        db.session.commit()
    rendu = poster(agent(), adresse(s), {**envoi(s), "acte": "appliquer", "empreinte": empreinte})
    assert rendu.status_code == 422 and "a changé depuis l’aperçu" in html.unescape(rendu.text)
    assert len(suite(tous, s.jeunes[0])) == 1


def taches(tous, jeune: int) -> list[tuple]:
    requete = select(Tache).where(Tache.jeune_id == jeune).order_by(Tache.id)
    with tous() as session:
        return [(t.quoi, t.pour) for t in session.scalars(requete)]


def confier(tous, s) -> None:
    """Five tâches of Nour for the first youth: due before, during, after, undated, and done."""
    with tous() as session:
        for quoi, champs in {
            "en retard": {"pour_le": f.il_y_a(4)},
            "pendant": {"pour_le": f.dans(10)},
            "après": {"pour_le": f.dans(90)},
            "sans date": {},
            "faite": {"pour_le": f.il_y_a(4), "faite_le": f.il_y_a(4)},
        }.items():
            session.add(Tache(jeune_id=s.jeunes[0], quoi=quoi, pour=s.nom, **champs))
        session.commit()


def test_pour_de_bon_tout_ce_qui_reste_a_faire_est_confie(agent, scene, tous):
    s = scene(1)
    confier(tous, s)
    assert "4 tâches" in apercu(agent(), s)
    faite(agent(), s)
    assert taches(tous, s.jeunes[0]) == [
        ("en retard", s.ines),
        ("pendant", s.ines),
        ("après", s.ines),
        ("sans date", s.ines),
        ("faite", s.nom),
    ]


def test_le_temps_d_un_remplacement_ce_qui_est_du_pendant_est_confie(agent, scene, tous):
    s = scene(1)
    confier(tous, s)
    client = agent()
    avant = taches(tous, s.jeunes[0])
    numero = faite(client, s, jusqu_au=f.dans(30).isoformat())
    assert [x for x in taches(tous, s.jeunes[0]) if x[1] == s.ines] == [("pendant", s.ines)]
    poster(client, f"/passer-la-main/{numero}/annuler", page=f"/passer-la-main/{numero}")
    assert taches(tous, s.jeunes[0]) == avant


# What instances gave, and the needs


def donner(tous, s, jours: int | None, **champs) -> int:
    """A tâche of an instance for the agent; its number."""
    with tous() as session:
        tache = f.une_fiche("tache_instance", agent_id=s.de, **champs)
        tache.pour_le = None if jours is None else f.dans(jours)
        session.commit()
        return tache.id


def qui(tous, classe, champ: str, numeros: list[int]) -> list[int | None]:
    requete = select(getattr(classe, champ)).where(classe.id.in_(numeros)).order_by(classe.id)
    with tous() as session:
        return list(session.scalars(requete))


def test_les_taches_des_instances_passent_aussi_et_reviennent(agent, scene, tous):
    s = scene(1)
    numeros = [donner(tous, s, jours) for jours in (10, 60, None)]
    numeros.append(donner(tous, s, 10, faite_le=f.il_y_a(1)))
    client = agent()
    temporaire = {"du": f.dans(0).isoformat(), "jusqu_au": f.dans(30).isoformat()}
    page = apercu(client, s, instances="oui", **temporaire)
    assert "Passer aussi 1 tâche donnée par une permanence ou un comité" in page
    faite(client, s, instances="oui", **temporaire)
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.vers, s.de, s.de, s.de]
    la_sienne = donner(tous, s, 10)
    changer(client.application, TacheInstance, la_sienne, agent_id=s.vers)
    rendre = {"de": s.de, "vers": s.vers}
    rendu = poster(client, "/passer-la-main/rendre", rendre, page=f"/agents/{s.de}")
    assert rendu.status_code == 302
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.de] * 4
    assert qui(tous, TacheInstance, "agent_id", [la_sienne]) == [s.vers]


def test_les_taches_des_instances_passees_seules_se_rendent_en_un_clic(agent, scene, tous):
    """« Jusqu’au », and no binôme moved with them: giving back is the same click."""
    s = scene(1)
    numeros = [donner(tous, s, jours) for jours in (10, 12, 60)]
    client = agent()
    temporaire = {"du": f.dans(0).isoformat(), "jusqu_au": f.dans(30).isoformat()}
    faite(client, s, binome=[], instances="oui", **temporaire)
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.vers, s.vers, s.de]
    dit = f"{s.ines} remplace {s.nom} jusqu’au {f.dans(30):%d/%m/%Y} pour 2 tâches d’instance."
    assert dit in lire(client, f"/agents/{s.de}") and dit in lire(client, f"/agents/{s.vers}")
    a_la_main = {"agent_id": s.autre, "agent_id-texte": s.leo}
    ici = f"/taches-d-instance/{numeros[1]}/modifier"
    assert poster(client, ici, champs(lire(client, ici)) | a_la_main).status_code == 302
    rendre = {"de": s.de, "vers": s.vers}
    rendu = poster(client, "/passer-la-main/rendre", rendre, page=f"/agents/{s.de}")
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.de, s.autre, s.de]
    assert qui(tous, TacheInstance, "remplace", numeros) == [None] * 3
    assert "remplace" not in lire(client, f"/agents/{s.de}")
    assert poster(client, f"{rendu.location}/annuler", page=rendu.location).status_code == 302
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.vers, s.autre, s.de]
    assert dit.replace("2 tâches", "1 tâche") in lire(client, f"/agents/{s.de}")


def test_pour_de_bon_les_taches_des_instances_passent_seules_ou_restent(agent, scene, tous):
    s = scene(1)
    numeros = [donner(tous, s, jours) for jours in (-5, 60, None)]
    client = agent()
    numero = faite(client, s, binome=[], instances="oui")
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.vers] * 3
    assert len(suite(tous, s.jeunes[0])) == 1
    poster(client, f"/passer-la-main/{numero}/annuler", page=f"/passer-la-main/{numero}")
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.de] * 3
    faite(client, s)  # not ticked
    assert qui(tous, TacheInstance, "agent_id", numeros) == [s.de] * 3


def besoins(tous, s) -> list[int]:
    """Of the last interview: due in ten days, in sixty, without a day; then one of an old one."""
    jeune = s.jeunes[0]
    domaines = ("LOGEMENT", "SOINS", "DEMARCHES")
    with tous() as session:
        dits = [
            f.une_fiche(
                "besoin",
                jeune=session.get(Jeune, jeune),
                domaine_code=domaine,
                entretien_le=f.il_y_a(20),
                qui_id=s.de,
                pour_le=jours and f.dans(jours),
            )
            for domaine, jours in zip(domaines, (10, 60, None), strict=True)
        ]
        dits.append(
            f.une_fiche(
                "besoin",
                jeune=session.get(Jeune, jeune),
                domaine_code="LOGEMENT",
                entretien_le=f.il_y_a(200),
                qui_id=s.de,
            )
        )
        session.commit()
        return [besoin.id for besoin in dits]


def test_les_besoins_du_dernier_entretien_changent_de_mains(agent, scene, tous):
    s = scene(1)
    numeros = besoins(tous, s)
    client = agent()
    assert "3 besoins" in apercu(client, s)
    numero = faite(client, s)
    assert qui(tous, Besoin, "qui_id", numeros) == [s.vers, s.vers, s.vers, s.de]
    assert qui(tous, Besoin, "qui", numeros[:1]) == [s.ines]
    poster(client, f"/passer-la-main/{numero}/annuler", page=f"/passer-la-main/{numero}")
    assert qui(tous, Besoin, "qui_id", numeros) == [s.de] * 4
    faite(client, s, du=f.dans(0).isoformat(), jusqu_au=f.dans(30).isoformat())
    assert qui(tous, Besoin, "qui_id", numeros) == [s.vers, s.de, s.de, s.de]
    poster(client, "/passer-la-main/rendre", {"de": s.de, "vers": s.vers}, page=f"/agents/{s.de}")
    assert qui(tous, Besoin, "qui_id", numeros) == [s.de] * 4


# From a list


@pytest.mark.parametrize("liste", ["jeunes", "binomes"])
def test_une_liste_filtree_sur_un_agent_mene_a_passer_la_main(agent, scene, liste):
    s = scene(1)
    lien = f'href="/passer-la-main/?de={s.de}"'
    assert lien in lire(agent(), f"/{liste}/?qui=tous&coordonnateur={s.de}")
    assert lien not in lire(agent(), f"/{liste}/?qui=tous")
    assert lien not in lire(agent("slai"), f"/{liste}/?coordonnateur={s.de}")


def test_les_miens_menent_a_passer_la_main(app, agent, scene, faire):
    s = scene(1)
    compte = faire(f.un_compte, "COORDONNATEUR", "ART")
    changer(app, Agent, s.de, compte_id=compte)
    page = lire(ouvrir_session(app.test_client(), compte), "/jeunes/")
    assert f'href="/passer-la-main/?de={s.de}"' in page


# What is refused, and why


def refuse(agent, scene, **plus) -> str:
    """The preview says why; nothing can be applied."""
    page = apercu(agent, scene, **plus)
    assert "Refusé" in page
    rendu = passer(agent, scene, **plus)
    assert rendu.status_code == 422 and "Aucun jeune ne passe" in html.unescape(rendu.text)
    return page


def changer(app, classe, numero, **champs) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        fiche = db.session.get(classe, numero)
        for nom, valeur in champs.items():
            setattr(fiche, nom, valeur)
        db.session.commit()


def test_on_ne_passe_pas_la_main_a_soi_meme(agent, scene):
    s = scene(1)
    page = refuse(agent(), s, vers=str(s.de), **{"vers-texte": s.nom})
    assert f"{s.nom} est déjà la personne qui passe la main." in page


def test_celui_qui_est_parti_ne_reprend_rien(app, agent, scene):
    s = scene(1)
    changer(app, Agent, s.vers, au=f.dans(0))
    page = refuse(agent(), s)
    assert f"{s.ines} n’est plus en fonction depuis le {f.dans(0):%d/%m/%Y}." in page


def test_celui_qui_n_est_pas_arrive_ou_part_avant_la_fin(app, agent, scene):
    s = scene(1)
    changer(app, Agent, s.vers, du=f.dans(9))
    assert "n’est en fonction qu’à partir du" in refuse(agent(), s)
    changer(app, Agent, s.vers, du=None, au=f.dans(20))
    assert "avant la fin" in refuse(agent(), s, jusqu_au=f.dans(30).isoformat())


def test_celui_qui_ne_travaille_pas_dans_la_mds_du_jeune(app, agent, scene):
    s = scene(1)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("RESPONSABLE").id
        db.session.get(Agent, s.vers).mds_ids = [f.numero_mds("ARR")]
        db.session.commit()
    page = refuse(ouvrir_session(app.test_client(), compte), s)
    assert f"{s.ines} ne travaille pas dans la MDS de ce jeune." in page


def test_l_autre_membre_du_binome_ne_le_reprend_pas(agent, scene):
    s = scene(1)
    page = refuse(agent(), s, **_maryse(agent()))
    assert "Maryse Leroy est déjà dans ce binôme." in page


def _maryse(client) -> dict:
    with client.application.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = db.session.scalar(select(Agent.id).where(Agent.nom == "Maryse Leroy"))
    return {"vers": str(numero), "vers-texte": "Maryse Leroy"}


def test_un_binome_qui_finit_avant_le_jour_choisi(agent, scene):
    s = scene(1, au=f.dans(3))
    page = refuse(agent(), s, du=f.dans(10).isoformat())
    assert f"Ce binôme finit le {f.dans(3):%d/%m/%Y}, avant le jour choisi." in page


def test_un_binome_qui_commence_apres_le_remplacement(agent, scene):
    s = scene(1, du=f.dans(60))
    page = refuse(agent(), s, jusqu_au=f.dans(30).isoformat())
    assert "après le remplacement" in page


def test_un_remplacement_ne_se_passe_que_pour_de_bon(agent, scene, tous):
    s = scene(1)
    faite(agent(), s, du=aujourd_hui().isoformat(), jusqu_au=f.dans(30).isoformat())
    chez_ines = Scene.__new__(Scene)
    chez_ines.de, chez_ines.nom = s.vers, s.ines
    chez_ines.vers, chez_ines.ines = s.autre, s.leo
    requete = select(Binome.id).where(Binome.jeune_id == s.jeunes[0], Binome.est_temporaire)
    with tous() as session:
        chez_ines.binomes = [session.scalars(requete).one()]
    assert "C’est déjà un remplacement" in refuse(
        agent(), chez_ines, jusqu_au=f.dans(9).isoformat()
    )
    faite(agent(), chez_ines, du=f.dans(5).isoformat())
    lignes = suite(tous, s.jeunes[0])
    assert [x[0] for x in lignes] == [s.nom, s.ines, s.leo, s.nom]
    assert f"{s.ines} remplace {s.nom}" in lire(agent(), f"/agents/{s.de}")


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"du": f.il_y_a(1).isoformat()}, "Choisissez aujourd’hui ou un jour à venir."),
        ({"jusqu_au": f.dans(0).isoformat()}, "Le remplacement finit avant de commencer."),
        ({"en_double": "-2"}, "Écrivez un nombre de jours"),
        ({"en_double": "400"}, "Ce nombre est trop grand."),
        ({"du": "demain"}, "Écrivez la date comme 31/12/2025."),
        ({"vers": "", "vers-texte": ""}, "Ce champ est obligatoire."),
    ],
)
def test_ce_qui_est_mal_ecrit_est_dit_a_sa_place(agent, scene, champs, phrase):
    s = scene(1)
    rendu = poster(agent(), adresse(s), {**envoi(s, **champs), "acte": "apercu"})
    assert rendu.status_code == 422 and phrase in html.unescape(rendu.text)


def test_rien_de_coche_rien_de_fait(agent, scene, tous):
    s = scene(1)
    rendu = passer(agent(), s, binome=[])
    assert rendu.status_code == 422 and "Aucun jeune ne passe" in html.unescape(rendu.text)
    assert len(suite(tous, s.jeunes[0])) == 1


# The wall


def test_un_responsable_d_une_autre_mds_ne_voit_rien_et_ne_change_rien(agent, scene, tous):
    s = scene(1)
    la_bas = agent("responsable_arras")
    assert la_bas.get(adresse(s)).status_code == 404
    rendu = poster(la_bas, adresse(s), envoi(s, acte="appliquer"), page="/passer-la-main/")
    assert rendu.status_code == 404
    assert len(suite(tous, s.jeunes[0])) == 1


def test_un_slai_lit_et_ne_passe_pas_la_main(agent, scene):
    s = scene(1)
    assert agent("slai").get(adresse(s)).status_code == 403
    assert "Passer la main" not in lire(agent("slai"), f"/agents/{s.de}")


def test_des_jeunes_de_deux_mds_quand_le_droit_n_est_que_dans_une(app, agent, scene, tous):
    s = scene(1, ("ART", "ARR"))
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        s.un_jeune("ARR")
        db.session.commit()
    ici, la_bas = s.jeunes
    seul = apercu(agent("coordonnateur"), s)
    assert f"/jeunes/{ici}" in seul and f"/jeunes/{la_bas}" not in seul
    page = apercu(agent("coordonnateur_ici_slai_la_bas"), s)
    assert "ne permettent pas de modifier les binômes de sa MDS" in page
    faite(agent("coordonnateur_ici_slai_la_bas"), s)
    assert [len(suite(tous, j)) for j in (ici, la_bas)] == [2, 1]


# Giving back


def test_rendre_la_main_en_un_clic(agent, scene, tous):
    s = scene(2, prevue=[f.dans(5)])
    faite(agent(), s, du=aujourd_hui().isoformat(), jusqu_au=f.dans(30).isoformat())
    with tous() as session:  # as if it had begun ten days ago
        for champ, jour, autre in (
            ("au", f.il_y_a(1), f.il_y_a(11)),
            ("du", f.dans(0), f.il_y_a(10)),
        ):
            for binome in session.scalars(select(Binome).where(Binome.jeune_id.in_(s.jeunes))):
                if getattr(binome, champ) == jour:
                    setattr(binome, champ, autre)
            session.flush()
        session.commit()
    client = agent()
    page = lire(client, f"/agents/{s.de}")
    assert f"{s.ines} remplace {s.nom} jusqu’au {f.dans(30):%d/%m/%Y} pour 2 jeunes." in page
    rendu = poster(
        client, "/passer-la-main/rendre", {"de": s.de, "vers": s.vers}, page=f"/agents/{s.de}"
    )
    assert rendu.status_code == 302
    for jeune in s.jeunes:
        assert [(x[0], *x[2:]) for x in suite(tous, jeune)] == [
            (s.nom, f.il_y_a(300), f.il_y_a(11)),
            (s.ines, f.il_y_a(10), f.il_y_a(1)),
            (s.nom, f.dans(0), None),
        ]
        assert agents_prevus(tous, jeune) == [s.nom]
    assert "remplace" not in lire(client, f"/agents/{s.de}")
    assert poster(client, f"{rendu.location}/annuler", page=rendu.location).status_code == 302
    assert suite(tous, s.jeunes[0])[1][3] == f.dans(30)


def test_rendre_la_main_le_jour_meme(agent, scene, tous):
    s = scene(1)
    faite(agent(), s, du=aujourd_hui().isoformat(), jusqu_au=f.dans(30).isoformat())
    poster(agent(), "/passer-la-main/rendre", {"de": s.de, "vers": s.vers}, page=f"/agents/{s.de}")
    assert {x[0] for x in suite(tous, s.jeunes[0])} == {s.nom}
    rendu = poster(
        agent(), "/passer-la-main/rendre", {"de": s.de, "vers": s.vers}, page=f"/agents/{s.de}"
    )
    assert rendu.location.endswith(f"/agents/{s.de}")  # nothing is left to give back


# One act, that can be taken back


def test_l_acte_est_un_dans_le_journal_et_s_annule_d_un_bloc(agent, scene, tous):
    s = scene(2, prevue=[f.dans(20)])
    avant = [suite(tous, j) for j in s.jeunes]
    client = agent()
    numero = faite(client, s, jusqu_au=f.dans(30).isoformat())
    with tous() as session:
        lignes = session.scalars(
            select(Evenement).where(Evenement.requete == f"lot:{numero}")
        ).all()
        assert {x.table_nom for x in lignes} == {"binome", "rencontre", "modification_groupee"}
        assert {x.motif for x in lignes} == {
            f"Passer la main : {s.nom} → {s.ines}, jusqu’au {f.dans(30):%d/%m/%Y}"
        }
        assert len({x.transaction for x in lignes}) == 1
    rendu = poster(client, f"/passer-la-main/{numero}/annuler", page=f"/passer-la-main/{numero}")
    assert rendu.status_code == 302
    assert [suite(tous, j) for j in s.jeunes] == avant
    assert agents_prevus(tous, s.jeunes[0]) == [s.nom]
    with tous() as session:
        lot = session.get(ModificationGroupee, numero)
        assert lot.annulee_le is not None and lot.annulee_par
    page = lire(client, f"/passer-la-main/{numero}")
    assert "Annulé le" in page and "Annuler cet acte" not in page
    encore = poster(client, f"/passer-la-main/{numero}/annuler", page="/passer-la-main/")
    assert encore.status_code == 422


def test_un_acte_ne_s_annule_plus_apres_un_changement(app, agent, scene, tous):
    s = scene(1)
    client = agent()
    numero = faite(client, s)
    changer(app, Binome, s.binomes[0], au=f.il_y_a(5))
    rendu = poster(client, f"/passer-la-main/{numero}/annuler", page=f"/passer-la-main/{numero}")
    texte = html.unescape(rendu.text)
    assert rendu.status_code == 422 and "modifiées depuis" in texte
    assert "modification (binôme de " in texte
    assert len(suite(tous, s.jeunes[0])) == 2


def test_l_acte_d_un_autre_ne_se_lit_ni_ne_s_annule(agent, scene, tous):
    s = scene(1)
    numero = faite(agent(), s)
    autre = agent("coordonnateur")
    assert autre.get(f"/passer-la-main/{numero}").status_code == 404
    rendu = poster(autre, f"/passer-la-main/{numero}/annuler", page="/passer-la-main/")
    assert rendu.status_code == 404 and len(suite(tous, s.jeunes[0])) == 2


def test_la_base_refuse_de_defaire_l_acte_d_un_autre(app, agent, scene, comptes):
    s = scene(1)
    numero = faite(agent(), s)
    ordre = text("select acces.defaire(:m, array['binome', 'rencontre'])")
    with app.app_context(), acces.acteur(comptes["coordonnateur"], canal="essai"):
        with pytest.raises(DBAPIError, match="cannot be undone"):
            db.session.execute(ordre, {"m": f"lot:{numero}"})
        db.session.rollback()


# Accounts


def test_un_compte_ne_se_ferme_pas_avec_des_jeunes(app, agent, scene):
    s = scene(1)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.get(Agent, s.de).compte_id = compte
        db.session.commit()
    client = agent("administrateur")
    page = f"/comptes/{compte}"
    poster(client, f"{page}/fermer", page=page)
    dit = lire(client, page)
    assert "accompagne encore des jeunes" in dit and "Demandez au responsable" in dit
    assert "Fermer le compte" in dit
    faite(agent(), s, du=aujourd_hui().isoformat())
    poster(client, f"{page}/fermer", page=page)
    assert "Compte fermé" in lire(client, page)
    poster(client, f"{page}/rouvrir", page=page)


def test_la_base_garde_le_compte_et_le_lien_mene_a_passer_la_main(app, agent, scene, comptes):
    s = scene(1)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.get(Agent, s.de).compte_id = compte
        les_deux = f.un_compte("ADMINISTRATEUR")
        f.une_habilitation(les_deux, "RESPONSABLE", "ART")
        db.session.commit()
        qui = les_deux.id
        db.session.get(Compte, compte).active = False
        with pytest.raises(DBAPIError, match="still has youths"):
            db.session.flush()
        db.session.rollback()
    client = ouvrir_session(app.test_client(), qui)
    poster(client, f"/comptes/{compte}/fermer", page=f"/comptes/{compte}")
    assert f'href="/passer-la-main/?de={s.de}"' in lire(client, f"/comptes/{compte}")


# Figures, and what it costs


MOIS = [(date(2026, m, 1), date(2026, m + 1, 1) - timedelta(days=1)) for m in range(1, 11)]


def chiffres(tous) -> list[dict]:
    """All the indicators of these months, in Artois and in the whole Département."""
    with tous():
        return [calculer(du, au, mds).json() for du, au in MOIS for mds in ("ART", None)]


def test_aucun_chiffre_d_un_mois_passe_ne_change(agent, scene, tous):
    s = scene(3, prevue=[f.dans(10)])
    with tous() as session:
        for jeune in s.jeunes:
            f.un_accompagnement(jeune)
            f.une_mesure(jeune)
            f.un_rdv_tripartite(jeune, le=f.il_y_a(120))
        session.commit()
    avant = chiffres(tous)
    client = agent()
    numero = faite(client, s, du=aujourd_hui().isoformat(), jusqu_au=f.dans(30).isoformat())
    assert chiffres(tous) == avant
    poster(client, f"/passer-la-main/{numero}/annuler", page=f"/passer-la-main/{numero}")
    assert chiffres(tous) == avant


def test_les_ordres_sql_sont_les_memes_pour_trois_jeunes_et_pour_quarante(agent, scene):
    comptes = {}
    for nombre in (3, 40):
        s = scene(nombre, prevue=[f.dans(10)])
        client = agent()
        page = apercu(client, s, jusqu_au=f.dans(30).isoformat())
        empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
        valeurs = envoi(s, jusqu_au=f.dans(30).isoformat())
        valeurs |= {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1]}
        lus = []
        for acte in ("apercu", "appliquer"):
            valeurs |= {"acte": acte, "empreinte": empreinte}
            with ordres_sql() as ordres:
                assert client.post(adresse(s), data=valeurs).status_code in (200, 302)
            lus.append(len(ordres))
        comptes[nombre] = lus
    assert comptes[3] == comptes[40]
