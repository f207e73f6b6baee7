"""The version for the COPIL and the partners: no small number can be computed, from one table or
from all of a month."""

import random
import sys
from datetime import date

import pytest
from sqlalchemy import select

from app import acces
from app.echanges.tableau import diffusion as tableau_diffusion
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import masque as tableau_masque
from app.echanges.tableau.disposition import PERIODES
from app.echanges.tableau.masque import Tableau
from app.extensions import db
from app.models import Envoi, Mds
from app.regles.masque import Relations, a_masquer
from tests import factories as f
from tests.attaquant import Attaquant
from tests.connexions import ouvrir_session, poster

NOMBRE_DE_MDS = 9
NOMBRES = (0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 8, 13, 21)


@pytest.mark.parametrize(
    "nombres, sommes, caches",
    [
        ({"a": 0, "b": 5, "c": 12}, [], set()),
        ({"a": 1, "b": 4, "c": 5}, [], {"a", "b"}),
        ({"t": 20, "a": 3, "b": 7, "c": 10}, [("t", ("a", "b", "c"))], {"a", "b"}),
        ({"t": 20, "a": 3, "b": 0, "c": 17}, [("t", ("a", "b", "c"))], {"a", "c"}),
        (
            {"t": 12, "a": 4, "b": 4, "c": 4, "d": 0},
            [("t", ("a", "b", "c", "d"))],
            {"a", "b", "c", "t"},
        ),
        ({"t": 22, "a": 1, "b": 1, "c": 20}, [("t", ("a", "b", "c"))], {"a", "b", "c"}),
        ({"t": 20, "a": 18, "r": 2}, [("t", ("a", "r"))], {"r", "a"}),
        (
            {"t": 20, "a": 10, "b": 10, "u": 10, "c": 2, "d": 8},
            [("t", ("a", "b")), ("u", ("c", "d"))],
            {"c", "d"},
        ),
        (
            {"t": 30, "a": 3, "b": 9, "c": 18, "u": 9, "d": 5, "e": 4},
            [("t", ("a", "b", "c")), ("u", ("d", "e"))],
            {"a", "b", "d", "e"},
        ),
    ],
)
def test_un_petit_nombre_et_ce_qui_le_ferait_retrouver_sont_masques(nombres, sommes, caches):
    assert a_masquer(nombres, sommes) == caches


def test_un_nombre_egal_imprime_ailleurs_ne_protege_plus_rien():
    """« b » hides « a » in a sum; but « b » cannot be more than « c », printed, nor less than « d
    », printed too."""
    nombres, sommes = {"t": 20, "a": 3, "b": 7, "e": 10, "c": 7, "d": 7}, [("t", ("a", "b", "e"))]
    assert a_masquer(nombres, sommes) == {"a", "b"}
    borne = Relations(ordres=[("d", "b"), ("b", "c")])
    assert a_masquer(nombres, sommes, borne, imprimees={"c", "d"}) > {"a", "b"}


# --- An exact attacker
# ----------------------------------------------------------------------------------------------


def un_tableau(
    r: random.Random, numero: int, mds_id: int | None, mois: int, avant: Tableau | None = None
) -> Tableau:
    """The figures of a table, small ones; ``avant``: those of the table that it rectifies, a few of
    which are changed."""
    colonnes = {c: {} for c in PERIODES}
    for nom in "abc":
        if avant is not None and r.random() < 0.6:
            en_cours, plus, encore = (avant.chiffres[c][nom] for c in ("en_cours", "mois", "cumul"))
        else:
            en_cours = r.choice(NOMBRES) if r.random() < 0.5 else 0
            plus = en_cours + (r.choice(NOMBRES[:8]) if r.random() < 0.6 else 0)
            encore = plus + (r.choice(NOMBRES) if mois > 1 and r.random() < 0.6 else 0)
        colonnes["en_cours"][nom], colonnes["mois"][nom], colonnes["cumul"][nom] = (
            en_cours,
            plus,
            encore,
        )
    return Tableau(numero, mds_id, mois, colonnes)


def somme_de(tableaux, numero: int, mois: int, ecart: int) -> Tableau:
    """The Département, that people who move make one more or less."""
    chiffres = {
        c: {n: sum(t.chiffres[c][n] for t in tableaux) for n in ("a", "b", "c")} for c in PERIODES
    }
    for c in PERIODES:
        chiffres[c]["a"] = max(0, chiffres[c]["a"] + ecart)
    return Tableau(numero, None, mois, chiffres)


@pytest.fixture
def petit(monkeypatch):
    """Tables of one sum, as many as two or three MDS, so that all can be tried."""
    monkeypatch.setattr(
        tableau_masque,
        "_nombres",
        lambda colonne: iter([*colonne.items(), ("t", sum(colonne.values()))]),
    )
    monkeypatch.setattr(tableau_masque, "_sommes", lambda nombres: iter([("t", ("a", "b", "c"))]))
    monkeypatch.setattr(tableau_masque, "_famille", lambda nom: "abc")
    monkeypatch.setattr(tableau_masque, "_secrets", lambda tableau: iter(()))
    monkeypatch.setattr(sys.modules[__name__], "NOMBRE_DE_MDS", 2)


def tout_savoir(tableaux, masques) -> tuple:
    """The relations of a month, said again here: sums of each table, columns, territories,
    rectificatifs."""
    nombres, sommes, ordres, libres, derniers = {}, [], [], set(), {}

    def entre_colonnes(numero, mois):
        for n in "abct":
            trois = [(numero, c, n) for c in ("en_cours", "mois", "cumul")]
            ordres.extend(zip(trois[:2], trois[1:], strict=True))
            if mois == 1:
                ordres.append((trois[2], trois[1]))

    for t in tableaux:
        for c in PERIODES:
            valeurs = t.chiffres[c] | {"t": sum(t.chiffres[c].values())}
            nombres |= {(t.numero, c, n): v for n, v in valeurs.items()}
            sommes.append(((t.numero, c, "t"), tuple((t.numero, c, n) for n in "abc")))
            for n in "abct":
                if (avant := derniers.get(t.mds_id)) and nombres[avant.numero, c, n] == nombres[
                    t.numero, c, n
                ]:
                    ordres += [
                        ((avant.numero, c, n), (t.numero, c, n)),
                        ((t.numero, c, n), (avant.numero, c, n)),
                    ]
        entre_colonnes(t.numero, t.mois)
        derniers[t.mds_id] = t
        mds = [x.numero for m, x in derniers.items() if m is not None]
        if None not in derniers or not mds:
            continue
        reste = f"reste {t.numero}"
        for c in PERIODES:
            for n in "abct":
                total, parts = (derniers[None].numero, c, n), [(x, c, n) for x in mds]
                if len(mds) < NOMBRE_DE_MDS:
                    nombres[reste, c, n] = max(0, nombres[total] - sum(nombres[x] for x in parts))
                    libres.add((reste, c, n))
                    parts.append((reste, c, n))
                if len(mds) < NOMBRE_DE_MDS or masques & set(parts):
                    sommes.append((total, tuple(parts)))
        if len(mds) < NOMBRE_DE_MDS:
            entre_colonnes(reste, t.mois)
    return nombres, sommes, ordres, libres


def un_mois(graine: int) -> list[Tableau]:
    """Two or three MDS and their Département, sent in any order, perhaps not all; perhaps a
    rectificatif."""
    r = random.Random(graine)
    mois = r.choice((1, 1, 5))
    mds = [un_tableau(r, 10 + m, m, mois) for m in range(1, NOMBRE_DE_MDS + 1)]
    tous = [*mds, somme_de(mds, 20, mois, r.choice((0, 0, 0, 1, -1)))]
    r.shuffle(tous)
    tous = tous[: r.choice((2, 3, 4, 4))]
    if r.random() < 0.4:
        corrige = r.choice(tous)
        tous.append(un_tableau(r, 30, corrige.mds_id, mois, corrige))
    return tous


@pytest.mark.parametrize("mds", [2, 3])
@pytest.mark.parametrize("graine", range(60))
def test_aucun_petit_nombre_ne_se_deduit_des_tableaux_d_un_mois(petit, monkeypatch, graine, mds):
    """Nor from what was handed out at any moment. What a reader who knows why each cell is hidden
    would deduce besides: nothing, unless all that binds the cell is hidden, where nothing says why.
    """
    monkeypatch.setattr(sys.modules[__name__], "NOMBRE_DE_MDS", mds)
    tous = un_mois(graine)
    par_tableau = tableau_masque.masquer(tous, NOMBRE_DE_MDS)
    tableaux = [t for t in tous if not tout_cache(t, par_tableau[t.numero])]
    for combien in range(1, len(tableaux) + 1):
        remis = tableaux[:combien]
        masques = set().union(*(par_tableau[t.numero] for t in remis))
        nombres, sommes, ordres, libres = tout_savoir(remis, masques)
        petits = {c for c, n in nombres.items() if 1 <= n <= 4 and c not in libres}
        assert petits <= masques, "a small number is printed"
        attaquant = Attaquant(nombres, sommes, ordres, masques, libres)
        assert not [c for c in sorted(petits, key=str) if attaquant.devine(c)]


def tout_cache(tableau: Tableau, masques: set) -> bool:
    """Noughts included: it tells nothing."""
    return {c[1:] for c in masques} == {(c, n) for c in PERIODES for n in "abct"}


def test_un_tableau_est_rarement_tout_cache(petit):
    tous = [
        (t, masques)
        for g in range(60)
        for t, masques in zip(
            un_mois(g), tableau_masque.masquer(un_mois(g), NOMBRE_DE_MDS).values(), strict=True
        )
    ]
    assert sum(tout_cache(t, masques) for t, masques in tous) < len(tous) / 6


@pytest.mark.parametrize("graine", range(20))
def test_ce_qui_a_ete_remis_ne_change_pas_quand_un_tableau_part_apres(petit, graine):
    tableaux = un_mois(graine)
    tous = tableau_masque.masquer(tableaux, NOMBRE_DE_MDS)
    assert tableau_masque.masquer(tableaux, NOMBRE_DE_MDS) == tous, "the same each time"
    for combien in range(1, len(tableaux)):
        assert tableau_masque.masquer(tableaux[:combien], NOMBRE_DE_MDS).items() <= tous.items()


# --- The figures of a real table
# ------------------------------------------------------------------------------------


def test_peu_de_reponses_dont_une_donnee_seul_ne_disent_meme_pas_zero():
    i6 = {
        "valeurs": {"oui": 0, "non": 3, "sollicites": 9, "repondants": 3},
        "texte": "trop peu de réponses",
    }
    (masques,) = tableau_masque.masquer(
        [Tableau(1, 5, 6, dict.fromkeys(PERIODES, {"I6": i6}))], NOMBRE_DE_MDS
    ).values()
    assert {(1, "mois", "I6.oui"), (1, "mois", "I6.non"), (1, "cumul", "I6.oui")} <= masques


def test_un_taux_est_masque_des_qu_une_de_ses_parts_l_est():
    i7 = {"valeurs": {"n": 30, "oui": 27, "non": 3, "nr": 0, "taux": 90.0}, "texte": "90,0 %"}
    s1 = {"valeurs": {"n": 30, "oui": 15, "non": 15, "nr": 0, "taux": 50.0}, "texte": "50,0 %"}
    fige = {"chiffres": dict.fromkeys(PERIODES, {"I7": i7, "S1": s1})}
    masques = tableau_masque.masquer([Tableau(1, 5, 6, fige["chiffres"])], NOMBRE_DE_MDS)[1]
    assert {n for _, c, n in masques if c == "mois"} == {"I7.oui", "I7.non"}
    for code, attendu in (("I7", "masqué"), ("S1", "50,0 %")):
        taux = next(c for c in tableau_masque.CHIFFRES if (c.code, c.chemin) == (code, "taux"))
        cache = {n for _, c, n in masques if c == "mois"}
        assert tableau_diffusion._cellule(fige["chiffres"]["mois"], cache, taux) == attendu


def test_le_departement_ne_montre_pas_ce_que_ses_mds_cachent(app):
    """Artois hides its three youths, the other MDS print 0: the Département may not print 3."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        mois = date(2025, 6, 1)
        for n in range(3):
            jeune = f.un_jeune("ART", nom=f"Masque{n}", date_naissance=date(2008, 2, 1))
            (
                f.un_accompagnement(jeune, du=date(2025, 1, 1)),
                f.une_mesure(jeune, du=date(2025, 1, 1)),
            )
            f.un_binome(jeune, du=date(2025, 1, 1)), f.un_rdv_tripartite(jeune, le=date(2025, 1, 1))
        for n in range(9):
            jeune = f.un_jeune("ARR", nom=f"Autre{n}", date_naissance=date(2008, 2, 1))
            (
                f.un_accompagnement(jeune, du=date(2025, 1, 1)),
                f.une_mesure(jeune, du=date(2025, 1, 1)),
            )
            f.un_binome(jeune, du=date(2025, 1, 1)), f.un_rdv_tripartite(jeune, le=date(2025, 1, 1))
        db.session.commit()
        envois = {}
        for mds in [*db.session.scalars(select(Mds).order_by(Mds.code)), None]:
            numero = tableau_envoi.ouvrir_un_envoi(mois, mds).id
            db.session.commit()
            envois[mds and mds.code] = tableau_envoi.envoyer(numero, "Essai.").id
            db.session.commit()
        lus = {
            code: tableau_masque.caches(db.session.get(Envoi, n))["mois"]
            for code, n in envois.items()
        }
        assert "I2.nombre" in lus["ART"] and "I2.nombre" not in lus["ARR"]
        assert "I2.nombre" in lus[None], "12 less 9 is 3"
        compte = f.un_compte("SLAI", "ART").id
        db.session.commit()
    client = ouvrir_session(app.test_client(), compte)
    rendu = poster(client, f"/envois/{envois['ART']}/diffusion", {"motif": "COPIL"}, buffered=True)
    assert rendu.status_code == 200, "what others sent decides, and is not shown"
