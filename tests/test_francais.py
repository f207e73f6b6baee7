"""What the pages say of numbers is French, whoever reads: 0 and 1 are singular, thousands have
their space."""

import re
from collections.abc import Iterator

import lxml.html
import pytest

from app import acces, sorties_de_donnees
from app.commandes.demo import remplir
from app.extensions import db
from app.models import ReglageMds
from app.regles.age import aujourd_hui
from app.roles import ROLES
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.toutes_les_pages import lire

PARTOUT = {"DPID", "DPO", "ADMINISTRATEUR"}
"""The roles that are given for the whole Département; the others, here, for Artois."""
BLOCS = {
    *("li", "p", "td", "th", "h1", "h2", "h3", "div", "section", "dt", "dd", "summary", "caption"),
    *("label", "option", "button"),
}
"""What separates what is read."""
TUS = "//script|//style|//select|//textarea|//code"
AU_PLURIEL = re.compile(r"(?<![\w,.\u202f/:])[01][ \u00a0](?P<mot>\w+[sx])\b")
"""« 0 travaux », « 1 fiches »."""
INVARIABLES = {
    *("ans", "dans", "fois", "hors", "mois", "plus", "refus", "rendez", "sans", "sous"),
    *("accès", "pas", "après", "corps", "cours", "temps"),
}
"""What ends like a plural and is none; « 0 sans réponse »."""
ENUMERE = re.compile(r"\d et [01][ \u00a0]jours")
"""« 5, 2 et 0 jours »: several numbers, one noun."""
SANS_ESPACE = re.compile(r"(?<![\w/.:,\u202f°+-])[1-9]\d{3,}(?![\w/:-])")
"""« 12345 »; not « D00012 », « n° 12345 », a date, an hour."""
AUTRE_CHOSE = re.compile(r"(19|20)\d\d|71120|75342")
"""A year, the postal address of the Défenseur des droits."""


@pytest.fixture(scope="module")
def base(app):
    """A small Département, a youth of Artois and an account of each role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(60, 7, aujourd_hui())
        jeune = f.un_jeune().id
        comptes = {role: f.un_compte(role, None if role in PARTOUT else "ART").id for role in ROLES}
        mds = f.numero_mds("ART")
        db.session.add(ReglageMds(mds_id=mds, plafond_lignes=12_345))
        db.session.commit()
    for compte in comptes.values():
        _emporter(app, compte, 12_345)
    return jeune, comptes


def _emporter(app, compte: int, lignes: int) -> None:
    with app.app_context(), acces.acteur(compte, canal="ecran"):
        sorties_de_donnees.noter(sorties_de_donnees.FichierSorti("Essai", "jeune", lignes))
        db.session.commit()


def phrases(page: str) -> Iterator[str]:
    """What the page says, block by block."""
    corps = lxml.html.fromstring(page).find(".//main")
    for tu in corps.xpath(TUS):
        tu.drop_tree()
    for element in corps.iter("*"):
        entre = "\n" if element.tag in BLOCS else " "
        element.text = f"{entre}{element.text or ''}"
        element.tail = f"{entre}{element.tail or ''}"
    for phrase in corps.text_content().split("\n"):
        yield " ".join(phrase.split())


def sans_espace(phrase: str) -> list[str]:
    lue = phrase.replace("n° ", "n°")
    return [nombre for nombre in SANS_ESPACE.findall(lue) if not AUTRE_CHOSE.fullmatch(nombre)]


def mal_accordes(phrase: str) -> list[str]:
    lue = ENUMERE.sub("", phrase)
    return [m[0] for m in AU_PLURIEL.finditer(lue) if m["mot"] not in INVARIABLES]


@pytest.mark.parametrize(
    ("phrase", "faux"),
    [
        ("0 travaux en cours, 0 en attente", ["0 travaux"]),
        ("1 fiches trouvées", ["1 fiches"]),
        ("1 jour, 0 refus, 1,0 points, 10 jeunes, 1 fois", []),
        ("5, 2 et 0 jours avant", []),
    ],
)
def test_le_pluriel_de_zero_et_d_un_se_voit(phrase, faux):
    assert mal_accordes(phrase) == faux


@pytest.mark.parametrize(
    ("phrase", "faux"),
    [
        ("12345 lignes, le 03/04/2026", ["12345"]),
        ("12\u202f345 lignes, en 2026, dossier D00012, n° 12345", []),
    ],
)
def test_un_millier_sans_espace_se_voit(phrase, faux):
    assert sans_espace(phrase) == faux


@pytest.mark.parametrize("role", ROLES)
def test_les_nombres_se_disent_en_francais_sur_chaque_page(app, base, role):
    jeune, comptes = base
    fautes = set()
    pages = 0
    for page in lire(app, comptes[role], jeune, set(), listes=False):
        pages += 1
        for phrase in phrases(page.texte):
            fautes |= {
                f"{page.adresse} : {faux} ({phrase[:80]})"
                for faux in (*mal_accordes(phrase), *sans_espace(phrase))
            }
    assert pages > 20
    assert sorted(fautes) == []


@pytest.mark.parametrize("adresse", ["/indicateurs/", "/bilan/"])
def test_ce_qui_se_lit_avec_un_chiffre_est_une_phrase(app, base, adresse):
    _, comptes = base
    page = ouvrir_session(app.test_client(), comptes["DPID"]).get(adresse).text
    assert " ans : " in page and " ; hors de 16 à 18 ans : " in page
