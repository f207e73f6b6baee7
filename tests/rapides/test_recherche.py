"""What is typed to find a youth: hyphens never matter, a phone, a day of birth, a wrong letter."""

from datetime import date

import pytest

from app.regles.doublons import lire_nom, se_ressemblent
from app.regles.recherche import comprendre, lire_jour, morceaux, ressemble

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


@pytest.mark.parametrize("mot", ["zoe", "delattre", "vandenbroucke"])
def test_les_morceaux_d_un_mot_font_le_mot(mot):
    assert "".join(morceaux(mot)) == mot


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        (("Ben Abdallah", "Ali"), ("Benabdallah", "Ali")),
        (("N’Diaye", "Jean-Baptiste"), ("Ndiaye", "Jean Baptiste")),
    ],
)
def test_les_doublons_ne_voient_ni_trait_d_union_ni_apostrophe(un, autre):
    assert se_ressemblent(lire_nom(*un), lire_nom(*autre))
