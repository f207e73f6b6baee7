"""Hours as people say them."""

from datetime import UTC, datetime, time
from time import tzset

import pytest

from app.regles.heures import duree_dite
from app.regles.texte import heure_dite, majuscule
from app.views.socle.affichage import en_lien, en_mots, en_texte


@pytest.mark.parametrize(
    ("heure", "dite"),
    [(time(9, 30), "9\u00a0h\u00a030"), (time(14), "14\u00a0h"), (time(0, 5), "0\u00a0h\u00a005")],
)
def test_une_heure_se_dit(heure, dite):
    assert heure_dite(heure) == en_mots(heure) == dite
    assert en_texte(heure) == f"{heure:%H:%M}", "a field takes it as it is typed"


def test_un_instant_se_dit_a_paris():
    dit = "29/11/2026\u00a0à\u00a011\u00a0h\u00a007"
    assert en_texte(datetime(2026, 11, 29, 10, 7, tzinfo=UTC)) == dit


def test_un_instant_sans_fuseau_est_deja_dit_a_paris(monkeypatch):
    """Whatever the clock of the machine is set to."""
    for fuseau in ("UTC", "Asia/Tokyo"):
        monkeypatch.setenv("TZ", fuseau)
        tzset()
        dit = en_texte(datetime(2026, 11, 29, 11, 7))
        monkeypatch.undo()
        tzset()
        assert dit == "29/11/2026\u00a0à\u00a011\u00a0h\u00a007", fuseau


@pytest.mark.parametrize(
    ("minutes", "dite"),
    [(45, "45\u00a0min"), (60, "1\u00a0h"), (90, "1\u00a0h\u00a030"), (5, "5\u00a0min")],
)
def test_une_duree_se_dit_en_heures_quand_il_y_en_a(minutes, dite):
    assert duree_dite(minutes) == dite


def test_une_majuscule_ne_touche_pas_la_suite():
    assert majuscule("relais après l’ASE") == "Relais après l’ASE"
    assert majuscule("") == ""


@pytest.mark.parametrize(
    ("colonne", "texte", "lien"),
    [
        ("telephone", "03 53 01 99 48", '<a class="nb" href="tel:0353019948">03 53 01 99 48</a>'),
        ("telephone", "demander à l’accueil", "demander à l’accueil"),
        (
            "courriel",
            "nour.d@example.org",
            '<a href="mailto:nour.d@example.org">nour.<wbr>d@<wbr>example.<wbr>org</a>',
        ),
        (
            "courriel",
            "a&b@example.org",
            '<a href="mailto:a&amp;b@example.org">a&amp;b@<wbr>example.<wbr>org</a>',
        ),
        ("nom", "03 53 01 99 48", "03 53 01 99 48"),
        ("courriel", "", '<span class="vide">Non renseigné</span>'),
    ],
)
def test_une_fiche_s_appelle_et_s_ecrit(colonne, texte, lien):
    assert en_lien(colonne, texte) == lien
