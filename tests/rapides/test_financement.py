"""What a convention is worth, and what an objective proves."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from app.indicateurs.chiffres import Chiffre
from app.indicateurs.definitions import DEFINITIONS
from app.indicateurs.objectifs import constater
from app.regles.financement import financer, mois_couverts

D = Decimal
AN = (date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("du", "au", "mois"),
    [
        (*AN, 12),
        (date(2025, 4, 1), date(2025, 9, 30), 6),
        (date(2024, 2, 1), date(2024, 2, 29), 1),
        (date(2025, 3, 15), date(2025, 12, 31), 9 + Fraction(17, 31)),
        (date(2025, 1, 1), date(2025, 1, 1), Fraction(1, 31)),
    ],
)
def test_les_mois_se_comptent_du_premier_au_dernier_jour_compris(du, au, mois):
    assert mois_couverts(du, au) == mois


def test_neuf_etp_pendant_un_an_valent_468_000_euros_dont_80_pour_cent_d_avance():
    f = financer(D(9), D(52000), 80, *AN, [("AVANCE", D(374400)), ("AUTRE", D(100))])
    assert (f.montant, f.avance, f.solde) == (D(468000), D(374400), D(93600))
    assert (f.avance_restante, f.verse, f.reste) == (0, D(374500), D(93500))


def test_l_avance_et_le_solde_font_toujours_le_montant():
    f = financer(
        D("0.33"), D("52000.01"), 77, date(2025, 3, 15), date(2025, 12, 31), [("SOLDE", D(99999))]
    )
    assert f.avance + f.solde == f.montant and f.reste < 0 and f.avance_restante == f.avance


@pytest.mark.parametrize(
    ("sens", "cible", "texte", "oui", "non", "alerte", "atteint"),
    [
        ("AU_MOINS", 70, "70,0\u202f%", 7, 3, False, True),
        ("AU_MOINS", 71, "70,0\u202f%", 7, 3, False, False),
        ("AU_PLUS", 70, "70,0\u202f%", 7, 3, False, True),
        ("AU_PLUS", 69, "70,0\u202f%", 7, 3, False, False),
        ("AU_MOINS", 0, "2 sur 3", 2, 1, False, None),
        ("AU_MOINS", 0, "sans objet", 0, 0, False, None),
        ("AU_MOINS", 0, "de 10,0\u202f% à 90,0\u202f%", 7, 3, True, None),
    ],
)
def test_un_taux_qui_ne_se_lit_pas_seul_ne_prouve_rien(
    sens, cible, texte, oui, non, alerte, atteint
):
    taux = 100 * oui / (oui + non) if oui + non else None
    chiffre = Chiffre(
        DEFINITIONS["I5"], {"oui": oui, "non": non, "taux": taux}, oui, texte, alerte=alerte
    )
    assert constater(sens, D(cible), chiffre).atteint is atteint
