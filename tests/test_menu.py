"""Where one stands is always in the menu, on the screens that have no entry of their own too."""

import lxml.html
import pytest

from app import menu
from app.extensions import appbuilder

CHIFFRES = "Tableaux et indicateurs"
COMPTES = {"coordonnateur": ("COORDONNATEUR", "ART"), "administrateur": ("ADMINISTRATEUR", None)}


@pytest.mark.parametrize(
    ("qui", "adresse", "ou"),
    [
        ("coordonnateur", "/jeunes/", ["Jeunes", "Jeunes"]),
        ("coordonnateur", "/etapes/", ["Jeunes", "Jeunes"]),
        ("coordonnateur", "/contacts/", ["Partenaires", "Partenaires"]),
        ("coordonnateur", "/decisions/", ["Comités et permanences", "Comités de suivi"]),
        ("coordonnateur", "/nouvelle-rencontre/", ["Rendez-vous", "Rencontres"]),
        ("coordonnateur", "/a-faire/", ["Accueil"]),
        ("coordonnateur", "/classeur/", [CHIFFRES, "Importer un classeur"]),
        ("coordonnateur", "/classeur/exporter", [CHIFFRES, "Exporter le classeur"]),
        ("administrateur", "/listes/logement/", ["Administration", "Listes de codes"]),
    ],
)
def test_le_menu_dit_ou_l_on_est(agent, qui, adresse, ou):
    page = lxml.html.fromstring(agent(qui).get(adresse).text)
    ici = page.xpath("//nav[@id='menu']//a[@aria-current]")
    assert [a.text_content().strip() for a in ici] == ou


def test_un_ecran_sans_entree_est_dans_un_ecran_qui_en_a_une(app):
    entrees = {e.endpoint.partition(".")[0] for _, liste in menu.groupes(app) for e in liste}
    lieux = {getattr(vue, "sous_le_menu", "") for vue in appbuilder.baseviews} - {""}
    assert lieux and lieux <= entrees
