"""Possible duplicates: one rule for the entry and for the checks, the two files side by side, and «
deux jeunes » for good."""

import html
import random
import re
from datetime import date, timedelta
from difflib import SequenceMatcher
from itertools import combinations

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.indicateurs import anomalies
from app.models import Distinction, Evenement, Jeune
from app.regles.doublons import lire_nom, paires, se_ressemblent
from app.regles.texte import plier
from app.views.doublons import doublons as avertis
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql

ICI, LA = "ART", "ARR"
MOIS = (date(2026, 6, 1), date(2026, 6, 30))
_jours = (date(2008, 1, 1) + timedelta(days=n) for n in range(900))


# --- The rule


@pytest.mark.parametrize(
    ("un", "autre", "attendu"),
    [
        (("Delattre", "Zoé"), ("DELATRE", "Zoe"), True),
        (("Delattre", "Zoé"), ("Zoé", "Delattre"), True),
        (("Lefèvre-Martin", "Anna"), ("Lefèvre", "Anna"), True),
        (("El Amrani", "Mohammed"), ("Elamrani", "Mohamed"), True),
        (("Petit", "Anna"), ("Petit", "Hugo"), False),
        (("Durand", "Léo"), ("Bernard", "Inès"), False),
    ],
)
def test_deux_noms_se_ressemblent(un, autre, attendu):
    assert se_ressemblent(lire_nom(*un), lire_nom(*autre)) is attendu


def la_regle_en_clair(un: str, autre: str) -> bool:
    """Written again, slowly: the same letters, a double name cut short, or 80 % of letters in the
    same order."""
    if re.sub(r"[\W_]", "", plier(un)) == re.sub(r"[\W_]", "", plier(autre)):
        return True
    a, b = (sorted(plier(x).replace("-", " ").replace("'", " ").split()) for x in (un, autre))
    court, long = sorted((set(a), set(b)), key=len)
    if len(court) >= 2 and court <= long:
        return True
    return SequenceMatcher(None, *sorted((" ".join(a), " ".join(b))), autojunk=False).ratio() >= 0.8


def des_noms(graine: int, combien: int) -> list[str]:
    """Names of here and their misspellings."""
    r = random.Random(graine)
    noms = [
        "Delattre",
        "Lefèvre",
        "D’Hondt",
        "El Amrani",
        "Ben Saïd",
        "Vandenbroucke",
        "Œuvrard",
        "Li",
        "Nguyen",
        "Lefebvre-Martin",
    ]
    prenoms = [
        "Zoé",
        "Anna",
        "Mohammed",
        "Jean-Baptiste",
        "Léo",
        "Hugo",
        "Maëlys",
        "Ana",
        "Aaaaaaaaa",
    ]
    faits = []
    for _ in range(combien):
        famille = r.choice(noms)
        nom = list(f"{famille.split('-')[0] if r.random() < 0.3 else famille} {r.choice(prenoms)}")
        for _ in range(r.randrange(0, 4)):
            place, quoi = r.randrange(len(nom)), r.choice(("ajout", "oubli", "faute"))
            if quoi == "ajout":
                nom.insert(place, r.choice("aeilnrst"))
            elif quoi == "faute":
                nom[place] = r.choice("aeiou")
            elif len(nom) > 4:
                del nom[place]
        faits.append("".join(nom))
    return faits


def test_l_ordre_des_deux_dossiers_ne_change_rien():
    noms = [lire_nom(nom) for graine in range(6) for nom in des_noms(graine, 60)]
    assert all(se_ressemblent(a, b) == se_ressemblent(b, a) for a, b in combinations(noms, 2))


AUTRES = [
    "Ōta 3",
    "Ota 3",
    "Ота Иван",
    "Ота Ивань",
    "Aaaaaaaa Zoé",
    "Aaaaaaaa Zoë",
    "Zoé",
    "Z",
    "Jean_Paul Li",
    "Jean Paul Li",
    "",
]
"""Signs that no name of here has, letters many times over, next to nothing."""


@pytest.mark.parametrize("graine", range(6))
def test_le_tri_rapide_ne_change_rien_a_la_regle(graine):
    noms = des_noms(graine, 120) + AUTRES
    attendues = {
        (i, j) for i, j in combinations(range(len(noms)), 2) if la_regle_en_clair(noms[i], noms[j])
    }
    prets = [lire_nom(nom) for nom in noms]
    assert {
        (i, j) for i, j in combinations(range(len(noms)), 2) if se_ressemblent(prets[i], prets[j])
    } == attendues
    assert set(paires(list(enumerate(prets)))) == attendues
    assert 30 < len(attendues) < 4000


# --- The list


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {
            role: f.un_compte(role, ICI).id
            for role in ("COORDONNATEUR", "REFERENT_SEF", "SLAI", "RESPONSABLE")
        }
        numeros["ailleurs"] = f.un_compte("RESPONSABLE", LA).id
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, comptes):
    return lambda role="REFERENT_SEF": ouvrir_session(app.test_client(), comptes[role])


@pytest.fixture
def deux(app):
    """Two files of one day with close names; their numbers and codes."""

    def faire(
        ici: str = ICI, la: str = ICI, noms=("Caudron", "Caudront")
    ) -> tuple[int, int, str, str]:
        jour = next(_jours)
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            un, autre = (
                f.un_jeune(m, nom=nom, prenom="Mélissa", date_naissance=jour)
                for m, nom in zip((ici, la), noms, strict=True)
            )
            db.session.commit()
            return un.id, autre.id, un.code, autre.code

    return faire


def lignes(app, mds: str | None = ICI, qui=acces.TOUS) -> set[frozenset[int]]:
    with app.app_context(), acces.acteur(qui):
        trouvees = {
            frozenset((x.jeune_id, x.autre_id))
            for x in anomalies.lister(*MOIS, f.numero_mds(mds), "DOUBLON_POSSIBLE")
        }
        assert anomalies.compter(*MOIS, f.numero_mds(mds))["DOUBLON_POSSIBLE"] == len(trouvees)
        db.session.rollback()
    return trouvees


@pytest.mark.parametrize("mds", [ICI, None])
def test_la_liste_trouve_ce_dont_la_saisie_avertit_ni_plus_ni_moins(app, mds):
    r = random.Random(5)
    with app.app_context(), acces.acteur(acces.TOUS):
        jours = [next(_jours) for _ in range(2)]
        for nom in des_noms(11, 90):
            famille, _, prenom = nom.rpartition(" ")
            f.un_jeune(
                r.choice((ICI, LA)),
                nom=famille or "X",
                prenom=prenom or "Y",
                date_naissance=r.choice(jours),
            )
        db.session.commit()
        attendues = set()
        for jeune in db.session.scalars(select(Jeune)):
            if mds is None or jeune.mds_id == f.numero_mds(mds):
                for autre in avertis(jeune.nom, jeune.prenom, jeune.date_naissance, jeune.id):
                    if mds is None or autre.mds_id == jeune.mds_id:
                        attendues.add(frozenset((jeune.id, autre.id)))
        db.session.rollback()
    assert len(attendues) > 3
    assert lignes(app, mds) == attendues


def test_un_ancien_nom_fait_aussi_un_doublon(app, deux):
    un, autre, *_ = deux(noms=("Caudron", "Vandenbroucke"))
    paire = frozenset((un, autre))
    assert paire not in lignes(app)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        marie = db.session.get(Jeune, autre)
        marie.nom = "Lefebvre"
        db.session.flush()
        marie.nom = "Delporte"
        db.session.commit()
        jour = marie.date_naissance
        vus = avertis("Vandenbroucque", "Mélissa", jour)
        assert [j.id for j in vus] == [autre]
        db.session.get(Jeune, un).nom = "Lefèvbre"
        db.session.commit()
    assert paire in lignes(app)


def test_d_une_mds_a_l_autre_seul_le_tableau_du_departement_le_dit(app, deux):
    un, autre, *_ = deux(ICI, LA)
    paire = frozenset((un, autre))
    assert paire in lignes(app, None) and paire not in lignes(app, ICI) | lignes(app, LA)


def test_la_ligne_dit_les_deux_dossiers_et_ouvre_la_comparaison_puis_ramene_a_la_liste(agent, deux):
    un, autre, code, code_autre = deux()
    liste = f"/tableau/anomalies/DOUBLON_POSSIBLE?mois=2026-06&mds={ICI}"
    page = html.unescape(agent("RESPONSABLE").get(liste).text)
    assert f"{code} et {code_autre}" in page
    lien = page.split(f'href="/fusions/comparer?jeune={un}&autre={autre}')[1].split('"')[0]
    comparaison = agent("RESPONSABLE").get(f"/fusions/comparer?jeune={un}&autre={autre}{lien}")
    assert comparaison.status_code == 200
    assert re.search(
        r'href="/tableau/anomalies/DOUBLON_POSSIBLE\?mois=2026-06&mds=ART#ligne-\d+">'
        "Revenir à la liste",
        html.unescape(comparaison.text),
    )
    page = html.unescape(agent("COORDONNATEUR").get(liste).text)
    assert (
        f"{code} et {code_autre}" in page
        and "/fusions/comparer" not in page
        and f'href="/jeunes/{un}"' in page
    )


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_doublons(app, deux):
    couts = []
    for _ in range(2):
        with app.app_context(), acces.acteur(acces.TOUS):
            with ordres_sql() as ordres:
                list(anomalies.lister(*MOIS, None, "DOUBLON_POSSIBLE"))
            db.session.rollback()
        couts.append(len(ordres))
        for _ in range(5):
            deux()
    assert couts[0] == couts[1]


# --- « Ce ne sont pas les mêmes personnes »
# -------------------------------------------------------------------------


def dire(client, un: int, autre: int, **champs):
    page = f"/fusions/comparer?jeune={un}&autre={autre}"
    return poster(client, "/distinctions/dire", {"jeune": un, "autre": autre, **champs}, page=page)


def test_deux_jumeaux_dits_differents_ne_sont_plus_proposes_et_cela_se_reprend(app, agent, deux):
    un, autre, code, code_autre = deux(noms=("Delporte", "Delporte"))
    paire, client = frozenset((un, autre)), agent()
    assert paire in lignes(app)
    liste = "/tableau/anomalies/DOUBLON_POSSIBLE?mois=2026-06&mds=ART"
    rendu = dire(client, autre, un, retour=liste)
    assert (rendu.status_code, rendu.location) == (302, liste)
    assert dire(client, un, autre).status_code == 302, "said twice, kept once"
    assert paire not in lignes(app) | lignes(app, None)
    page = html.unescape(client.get(f"/fusions/choisir?jeune={un}").text)
    assert "Comparer avec" not in page and "Déclarés différents" in page and code_autre in page
    with app.app_context(), acces.acteur(acces.TOUS):
        (dite,) = db.session.scalars(
            select(Distinction).where(Distinction.jeune_id.in_((un, autre)))
        )
        numero = dite.id
        assert dite.dite_par.startswith("Agent ") and dite.dite_le.date() >= date(2026, 1, 1)
    comparaison = html.unescape(client.get(f"/fusions/comparer?jeune={un}&autre={autre}").text)
    assert "que ces dossiers sont ceux de deux jeunes différents" in comparaison
    assert (
        "Fusionner les deux dossiers</button>" not in comparaison
        and "revenez d’abord sur cette réponse" in comparaison
    )
    assert (
        poster(
            client, f"/distinctions/{numero}/retirer", page=f"/fusions/choisir?jeune={un}"
        ).status_code
        == 302
    )
    assert paire in lignes(app)
    with app.app_context(), acces.acteur(acces.TOUS):
        dites = db.session.execute(
            select(Evenement.operation, Evenement.login, Evenement.jeune_id)
            .where(Evenement.table_nom == "distinction", Evenement.cle == str(numero))
            .order_by(Evenement.id)
        ).all()
    assert [(d.operation, d.jeune_id) for d in dites] == [
        ("creation", autre),
        ("suppression", autre),
    ]
    assert all(d.login for d in dites)


def test_dits_differents_ils_ne_se_fusionnent_pas_meme_en_sql(app, agent, deux):
    un, autre, *_ = deux()
    dire(agent(), un, autre)
    with app.app_context(), acces.acteur(acces.TOUS):
        for garde, absorbe in ((un, autre), (autre, un)):
            rendu = db.session.scalar(
                text("select acces.fusionner(:g, :a, '{}', 'x', false)"), {"g": garde, "a": absorbe}
            )
            assert rendu["refus"] == [{"table": "", "contrainte": "ck_distinction_deux"}]


def test_une_reponse_suit_le_dossier_qui_entre_dans_un_autre(app, agent, deux):
    un, autre, *_ = deux()
    dire(agent(), un, autre)
    with app.app_context(), acces.acteur(acces.TOUS):
        garde = f.un_jeune(
            ICI,
            date_naissance=db.session.get(Jeune, un).date_naissance,
            nom="Caudron",
            prenom="Mélissa",
        )
        db.session.commit()
        numero = garde.id
        fusion = db.session.scalar(
            text("select acces.fusionner(:g, :a, '{}', 'x', false)"), {"g": numero, "a": un}
        )
        db.session.commit()
        assert fusion["refus"] == []
    assert frozenset((numero, autre)) not in lignes(app)
    with app.app_context(), acces.acteur(acces.TOUS):
        assert (
            db.session.scalar(
                text("select acces.annuler_fusion(:n, 'x')"), {"n": fusion["fusion"]}
            )["refus"]
            == []
        )
        db.session.commit()
    assert frozenset((un, autre)) not in lignes(app) and frozenset((numero, autre)) in lignes(app)


def test_seul_qui_peut_fusionner_les_deux_le_dit(app, comptes, agent, deux):
    un, autre, *_ = deux()
    ici, la, *_ = deux(ICI, LA)
    assert dire_sans_page(agent("COORDONNATEUR"), un, autre) == 403
    assert dire_sans_page(agent("ailleurs"), un, autre) == 404
    assert dire_sans_page(agent("RESPONSABLE"), ici, la) == 404
    assert dire_sans_page(agent("RESPONSABLE"), un, un) == 404
    ordre = text(
        "insert into distinction (jeune_id, mds_id, autre_id, code_autre, dite_par) select :un,"
        " mds_id, :autre, 'x', 'x' from jeune where id = :ici"
    )
    for qui, paire in (
        ("COORDONNATEUR", (un, autre)),
        ("RESPONSABLE", (ici, la)),
        ("SLAI", (un, autre)),
    ):
        with (
            app.app_context(),
            acces.acteur(comptes[qui]),
            pytest.raises(DBAPIError, match="row-level security"),
        ):
            db.session.execute(ordre, {"un": paire[0], "autre": paire[1], "ici": paire[0]})
    dire(agent(), un, autre)
    with app.app_context():
        with acces.acteur(acces.TOUS):
            numero = db.session.scalar(select(Distinction.id).where(Distinction.jeune_id == un))
            db.session.rollback()
        with acces.acteur(comptes["ailleurs"]):
            assert db.session.get(Distinction, numero) is None
            assert (
                db.session.execute(
                    text("delete from distinction where id = :n"), {"n": numero}
                ).rowcount
                == 0
            )
        with acces.acteur(comptes["COORDONNATEUR"]):
            assert (
                db.session.execute(
                    text("delete from distinction where id = :n"), {"n": numero}
                ).rowcount
                == 0
            )
    assert (
        poster(
            agent("ailleurs"), f"/distinctions/{numero}/retirer", page="/mon-compte/"
        ).status_code
        == 404
    )


def dire_sans_page(client, un: int, autre: int) -> int:
    return poster(
        client, "/distinctions/dire", {"jeune": un, "autre": autre}, page="/mon-compte/"
    ).status_code


def test_qui_vient_de_repondre_a_la_saisie_n_est_pas_redemande(app, agent, deux):
    un, autre, *_ = deux()
    with app.app_context(), acces.acteur(acces.TOUS):
        jeune = db.session.get(Jeune, un)
        saisie = {
            "nom": "Caudrons",
            "prenom": "Melissa",
            "date_naissance": jeune.date_naissance.isoformat(),
            "mds_id": jeune.mds_id,
        }
    client = agent()
    assert poster(client, "/jeunes/ajouter", saisie).status_code == 422
    rendu = poster(client, "/jeunes/ajouter", saisie | {"pas_un_doublon": "oui"})
    numero = int(rendu.location.rsplit("/", 1)[1])
    trouvees = lignes(app)
    assert not {frozenset((numero, un)), frozenset((numero, autre))} & trouvees
    assert frozenset((un, autre)) in trouvees, "of these two nothing was said"


def test_seules_les_fiches_qui_ressemblent_sont_lues_en_entier(app):
    """Of the others born that day, their names alone."""
    le = next(_jours)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for nom in ("Abeille", "Bouleau", "Cerisier"):
            f.un_jeune(ICI, nom=nom, prenom="Zoé", date_naissance=le)
        f.un_jeune(ICI, nom="Delattre", prenom="Zoé", date_naissance=le)
        db.session.commit()
        db.session.expunge_all()
        lus: list[str] = []

        def noter(jeune: Jeune, _contexte: object) -> None:
            lus.append(jeune.nom)

        event.listen(Jeune, "load", noter)
        avertis("Delatre", "Zoe", le)
        event.remove(Jeune, "load", noter)
        assert lus == ["Delattre"]
