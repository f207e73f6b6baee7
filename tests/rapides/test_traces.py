"""Where the points of a chart go."""

import pytest

from app.views.socle import traces
from app.views.socle.traces import Echelle, Valeur

MOIS = ("janv.", "févr.", "mars", "avr.", "mai")


def serie(*nombres):
    return [
        Valeur(nom, n, "–" if n is None else f"{n} %")
        for nom, n in zip(MOIS, nombres, strict=False)
    ]


def ecrire(nombre):
    return f"{nombre:g} %"


@pytest.mark.parametrize(
    ("valeurs", "attendue"),
    [
        ([3, 7], Echelle(0, 8, 2)),
        ([6.2, 3.1], Echelle(0, 8, 2)),
        ([100], Echelle(0, 100, 25)),
        ([216, 190], Echelle(0, 300, 100)),
        ([0], Echelle(0, 1, 0.25)),
        ([], Echelle(0, 1, 0.25)),
    ],
)
def test_l_echelle_part_de_zero_et_tient_en_cinq_traits(valeurs, attendue):
    lue = traces.echelle(valeurs)
    assert lue.bas == 0
    assert lue.haut >= max([*valeurs, 0])
    assert 2 <= len(lue.graduations) <= 5
    assert lue == attendue


@pytest.mark.parametrize("plus_haut", range(1, 40))
def test_ce_qui_se_compte_n_a_pas_de_moities(plus_haut):
    lue = traces.echelle([plus_haut], entiers=True)
    assert all(g == int(g) for g in lue.graduations)
    assert lue.haut >= plus_haut
    assert len(lue.graduations) <= 5


def test_un_taux_peut_partir_d_ailleurs():
    lue = traces.echelle([61, 69.6, 80], depuis_zero=False)
    assert lue.bas <= 61
    assert lue.haut >= 80
    assert lue.bas > 0
    assert len(lue.graduations) <= 5


def test_la_courbe_va_de_gauche_a_droite_et_s_arrete_ou_rien_n_est_connu():
    tracee = traces.courbe(serie(2, 4, None, 6, 8), ecrire=ecrire, cible=5)
    assert tracee.segments == ("0,116 25,80", "75,44 100,8")
    assert tracee.bout == (84.0, 8.0)
    assert tracee.dernier == "8 %"
    assert [g.texte for g in tracee.graduations] == ["0 %", "2 %", "4 %", "6 %", "8 %"]
    assert tracee.graduations[0].place > tracee.graduations[-1].place
    assert tracee.cible == 62.0
    assert [d.texte for d in tracee.dates] == ["janv.", "mars", "mai"]
    assert tracee.dit == "de 2 % à 8 %, cible 5 %"


def test_une_valeur_inconnue_a_la_fin_n_a_pas_de_bout():
    assert traces.courbe(serie(2, None), ecrire=ecrire).bout is None


def test_un_intervalle_se_dessine_entre_ses_bornes():
    lue = [Valeur("mai", None, "38 à 84 %", 38, 84)]
    ((x, haut, bas),) = traces.courbe(lue, ecrire=ecrire).fourchettes
    assert x == traces.DROITE
    assert haut < bas


def test_les_neuf_mds_ont_la_meme_echelle_dans_l_ordre_des_noms():
    lus = traces.multiples(
        [("Ternois", serie(10, 20)), ("Artois", serie(80, 40))], ecrire=ecrire, cible=50
    )
    assert [nom for nom, _ in lus] == ["Artois", "Ternois"]
    assert {c.cible for _, c in lus} == {25.0}
    artois, ternois = (c for _, c in lus)
    assert artois.bout[1] < ternois.bout[1]


def test_la_petite_ligne_tient_dans_sa_boite_et_se_dit():
    lue = traces.mini(serie(6.2, 4, 3.1), cible=5, cible_dite="5 %")
    xs, ys = zip(*(map(float, p.split(",")) for p in lue.segments[0].split()), strict=True)
    assert min(xs) == 0
    assert max(xs) == lue.bout[0] <= traces.MINI_LARGE
    assert (min(ys), max(ys)) == (3.0, 21.0)
    assert lue.dit == "de 6.2 % à 3.1 %, cible 5 %"


def test_rien_ne_se_dessine_de_rien():
    vide = traces.mini([])
    assert vide.segments == ()
    assert vide.bout is None
    assert vide.dit == "rien à montrer"


def test_une_barre_se_mesure_au_plus_long():
    assert traces.largeur_de_barre(5, 20) == 25
    assert traces.largeur_de_barre(5, 0) == 0
