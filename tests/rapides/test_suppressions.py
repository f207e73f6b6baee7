"""Each protection that ``tests.suppressions`` takes away is still where it says, once."""

import pytest

from config import RACINE
from tests.arbres import arbre
from tests.suppressions import SuppressionImpossible, lire, motif

SUPPRESSIONS = {suppression.titre: suppression for suppression in lire()}


@pytest.mark.parametrize("titre", SUPPRESSIONS)
def test_chaque_suppression_trouve_son_texte_une_fois_et_laisse_un_fichier_lisible(titre):
    suppression = SUPPRESSIONS[titre]
    texte = (RACINE / suppression.fichier).read_text(encoding="utf-8")
    sans = suppression.appliquer(texte)
    assert sans != texte
    if suppression.fichier.endswith(".py"):
        arbre(sans)


@pytest.mark.parametrize("titre", SUPPRESSIONS)
def test_chaque_suppression_nomme_des_tests_qui_existent(titre):
    fichiers = [mot for mot in SUPPRESSIONS[titre].tests.split() if mot.endswith(".py")]
    assert fichiers
    for fichier in fichiers:
        assert (RACINE / fichier).exists(), f"{fichier}: mend tests/donnees/suppressions.toml"


def test_la_mise_en_forme_ne_compte_pas_mais_une_fois_de_trop_est_refusee():
    suppression = next(iter(SUPPRESSIONS.values()))
    assert motif("f(a, b)").search("x = f(\n    a,\n    b,\n)")
    assert not motif("f(a, b)").search("x = f(a, c)")
    with pytest.raises(SuppressionImpossible, match="2 times"):
        suppression.appliquer(suppression.avant * 2)
