"""What is typed to find a youth: hyphens never matter, a phone, a day of birth, a wrong letter."""

import random
from datetime import date

import pytest

from app.regles.doublons import lire_nom, se_ressemblent
from app.regles.recherche import (
    AUTRE,
    comprendre,
    en_lettres_gardees,
    fautes_permises,
    lire_jour,
    proches,
    ressemble,
)
from tests.fautes import abimer

LE_7_AOUT = date(2009, 8, 7)


@pytest.mark.parametrize(
    "texte",
    ["07/08/2009", "7/8/2009", "070809", "07082009", "2009-08-07", "07.08.09", "7 août 2009"],
)
def test_un_jour_de_naissance_se_tape_comme_on_veut(texte):
    assert lire_jour(texte) == comprendre(texte).ne_le == LE_7_AOUT


@pytest.mark.parametrize("texte", ["31/02/2009", "D00012", "7 brumaire 2009", "12", ""])
def test_ce_qui_n_est_pas_un_jour(texte):
    assert lire_jour(texte) is None


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("06 39 98 12 34", "0639981234"),
        ("+33 6 39 98 12 34", "0639981234"),
        ("0033639981234", "0639981234"),
        ("98.12.34", "981234"),
        ("00012", ""),
        ("Zoé 06 39", ""),
    ],
)
def test_les_chiffres_d_un_telephone(texte, attendu):
    assert comprendre(texte).telephone == attendu


@pytest.mark.parametrize("texte", ["Jean-Baptiste", "jean baptiste", "JEAN\u2011BAPTISTE"])
def test_les_mots_sont_des_lettres_seules(texte):
    assert "".join(comprendre(texte).mots) == "jeanbaptiste"


@pytest.mark.parametrize(
    ("mots", "noms", "attendu"),
    [
        (("delatre",), ("Delattre", "Zoé"), True),
        (("dlattre", "zoe"), ("Delattre", "Zoé"), True),
        (("benabdalah",), ("Ben Abdallah", "Ali"), True),
        (("jeanbatiste",), ("Petit", "Jean-Baptiste"), True),
        (("batiste",), ("Petit", "Jean-Baptiste"), True),
        (("zoa",), ("Delattre", "Zoé"), False),
        (("martin",), ("Durand", "Zoé"), False),
    ],
)
def test_une_ou_deux_lettres_fausses(mots, noms, attendu):
    assert ressemble(mots, *noms) is attendu


def est_la(cherche, mot: str) -> bool:
    """A word is found where the base looks for those near the one typed."""
    return (
        mot in cherche.entiers
        or any(mot.startswith(debut) for debut in cherche.debuts)
        or any(mot.endswith(fin) for fin in cherche.fins)
    )


def test_un_mot_proche_est_la_ou_on_le_cherche():
    hasard = random.Random(7)
    for _ in range(30_000):
        mot = "".join(hasard.choices("abcı", k=hasard.randint(4, 15)))
        tape = abimer(mot, hasard, hasard.randint(0, 2))
        cherche = proches(tape)
        permises = fautes_permises(tape)
        if permises and ressemble([tape], mot):
            assert est_la(cherche, en_lettres_gardees(mot)), (mot, tape)
            assert cherche.choisir([en_lettres_gardees(mot)])


def test_deux_lettres_echangees_au_milieu_sont_une_faute():
    assert est_la(proches("matrin"), "martin")
    assert est_la(proches("delatxtre"), "delattre")
    assert est_la(proches("dlaetxtre"), "delaxttre")


def test_une_lettre_d_un_autre_alphabet_en_vaut_une():
    assert proches("yıldırım").mot == f"y{AUTRE}ld{AUTRE}r{AUTRE}m"


def test_peu_d_endroits_pour_un_long_mot():
    """Each is one reading of an index."""
    assert len(proches("a" * 200).debuts) < 500
    assert len(proches("vandenbroucke").debuts) < 500
    assert len(proches("durand").entiers) < 550


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        (("Ben Abdallah", "Ali"), ("Benabdallah", "Ali")),
        (("N’Diaye", "Jean-Baptiste"), ("Ndiaye", "Jean Baptiste")),
    ],
)
def test_les_doublons_ne_voient_ni_trait_d_union_ni_apostrophe(un, autre):
    assert se_ressemblent(lire_nom(*un), lire_nom(*autre))
