"""What the pages say of numbers is French: 0 and 1 are singular, whoever reads."""

import re
from collections.abc import Iterator

import lxml.html
import pytest

from app import acces
from app.commandes.demo import remplir
from app.extensions import db
from app.regles.age import aujourd_hui
from app.roles import ROLES
from tests import factories as f
from tests.toutes_les_pages import lire

PARTOUT = {"DPID", "DPO", "ADMINISTRATEUR"}
"""The roles that are given for the whole Département; the others, here, for Artois."""
BLOCS = {
    *("li", "p", "td", "th", "h1", "h2", "h3", "div", "section", "dt", "dd", "summary", "caption"),
    *("label", "option", "button"),
}
"""What separates what is read."""
TUS = "//script|//style|//select|//textarea"
AU_PLURIEL = re.compile(r"(?<![\w,.\u202f/:])[01][ \u00a0](?P<mot>\w+[sx])\b")
"""« 0 travaux », « 1 fiches »."""
INVARIABLES = {
    *("ans", "dans", "fois", "hors", "mois", "plus", "refus", "rendez", "sans", "sous"),
    *("accès", "pas", "après", "corps", "cours", "temps"),
}
"""What ends like a plural and is none; « 0 sans réponse »."""
ENUMERE = re.compile(r"\d et [01][ \u00a0]jours")
"""« 5, 2 et 0 jours »: several numbers, one noun."""


@pytest.fixture(scope="module")
def base(app):
    """A small Département, a youth of Artois and an account of each role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(60, 7, aujourd_hui())
        jeune = f.un_jeune().id
        comptes = {role: f.un_compte(role, None if role in PARTOUT else "ART").id for role in ROLES}
        db.session.commit()
    return jeune, comptes


def phrases(page: str) -> Iterator[str]:
    """What the page says, block by block."""
    corps = lxml.html.fromstring(page).find(".//main")
    for tu in corps.xpath(TUS):
        tu.drop_tree()
    for bloc in corps.iter(*BLOCS):
        bloc.text = f"\n{bloc.text or ''}"
        bloc.tail = f"\n{bloc.tail or ''}"
    for phrase in corps.text_content().split("\n"):
        yield " ".join(phrase.split())


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


@pytest.mark.parametrize("role", ROLES)
def test_zero_et_un_sont_au_singulier_sur_chaque_page(app, base, role):
    jeune, comptes = base
    fautes = set()
    pages = 0
    for page in lire(app, comptes[role], jeune, set(), listes=False):
        pages += 1
        for phrase in phrases(page.texte):
            fautes |= {f"{page.adresse} : {faux} ({phrase[:80]})" for faux in mal_accordes(phrase)}
    assert pages > 20
    assert sorted(fautes) == []
