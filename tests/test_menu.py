"""Where one stands is always in the menu, on the screens that have no entry of their own too."""

import lxml.html
import pytest
from flask import template_rendered

from app import menu
from app.extensions import appbuilder

CHIFFRES = "Tableaux et indicateurs"
COMPTES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "autre": ("COORDONNATEUR", "ART"),
    "administrateur": ("ADMINISTRATEUR", None),
}


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


def test_les_ecrans_moins_ouverts_d_une_tache_sont_replies(agent):
    """Eight are in view; the others are one act away, and in view when one stands there."""

    def lire(adresse: str) -> tuple[list[str], list[str], bool]:
        page = lxml.html.fromstring(agent("coordonnateur").get(adresse).text)
        [liste] = page.xpath("//nav[@id='menu']/ul/li[a[normalize-space()='Jeunes']]/ul")
        [pli] = liste.xpath("li/details")
        return liste.xpath("li/a/text()"), pli.xpath("ul/li/a/text()"), "open" in pli.attrib

    en_vue, replies, deplie = lire("/jeunes/")
    assert len(en_vue) == menu.EN_VUE
    assert {"Jeunes", "Alertes", "Tâches"} <= {*en_vue}
    assert {"Freins", "Enquêtes"} <= {*replies}
    assert not deplie
    assert lire("/freins/") == (en_vue, replies, True)


def test_une_tache_de_neuf_ecrans_les_montre_tous():
    """One alone under a fold would take as much room as itself."""
    liens = tuple(menu.Lien(str(n), "/") for n in range(menu.EN_VUE + 1))
    neuf = menu.TacheDuMenu("Jeunes", "jeunes", "/", "", liens)
    assert (neuf.en_vue, neuf.repliees) == (liens, ())


def test_le_menu_et_les_filtres_se_rendent_une_fois_pour_qui_voit_les_memes(app, agent):
    """A second person of the same MDS and role receives what the first had rendered."""
    rendus: list[str] = []

    def noter(_app, template, **_) -> None:
        rendus.append(template.name)

    premier, second = agent("coordonnateur"), agent("autre")
    premiere_page = premier.get("/jeunes/").text
    with template_rendered.connected_to(noter, app):
        page = second.get("/jeunes/").text
    assert rendus == ["liste.html"]
    (menu_lu,) = lxml.html.fromstring(page).xpath("//nav[@id='menu']")
    (menu_rendu,) = lxml.html.fromstring(premiere_page).xpath("//nav[@id='menu']")
    assert lxml.html.tostring(menu_lu) == lxml.html.tostring(menu_rendu)
