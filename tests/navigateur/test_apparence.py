"""One look, in a real browser: what axe cannot see, light and dark, the weight, the keyboard."""

import itertools
import json
import re

import pytest
from playwright.sync_api import Page, Response, expect

from app import acces
from app.extensions import db
from app.regles.texte import en_milliers
from tests import factories as f
from tests.connexions import cookie
from tests.navigateurs import DECLARATION, PATIENCE_MS, examiner, ouvrir, page_neuve

TRANSMIS = 20_000
"""Bytes through the network on a first visit."""
REQUETES = 5
"""The page, the style sheet, two scripts, the drawing of the banner."""
POIDS = 60_000
"""Bytes of a first visit, before any compression."""
PLUS_LOURDES = {("responsable", "/jeunes/"): 80_000}
"""A list of 25 records, which is nobody’s first page."""
DECEMBRE_CACHE = """[...document.querySelectorAll('.defile:has(table.calendrier)')]
    .filter(boite => boite.scrollWidth > boite.clientWidth)
    .map(boite => `${boite.scrollWidth} > ${boite.clientWidth}`)"""
"""The calendars, a MDS a line, whose twelve months are not all seen."""
COLONNES_CACHEES = """[...document.querySelectorAll('.defile')]
    .filter(boite => boite.checkVisibility() && boite.scrollWidth > boite.clientWidth)
    .map(boite => `${boite.getAttribute('aria-label')} : ${boite.scrollWidth}`)"""
"""The tables whose columns are not all seen."""
MARGE_QUI_CACHE = """(rangee) => {
  const style = getComputedStyle(rangee), marge = getComputedStyle(rangee, '::before');
  return style.display === 'flex' && marge.width === style.paddingLeft
    && marge.backgroundColor === style.backgroundColor
    && style.backgroundColor !== 'rgba(0, 0, 0, 0)';
}"""
"""The facts are not cut, and the margin of the row is painted over what is written there."""
DEFILE_DU_MENU = """(ici) => {
  const menu = ici.closest('#menu');
  return [menu.scrollTop, menu.getBoundingClientRect().bottom - ici.getBoundingClientRect().bottom];
}"""
"""Of how much the menu is scrolled, and what stays under where one stands, in pixels."""
FINS_DE_LIGNE = """(lien) => {
  const lettres = [];
  const textes = document.createTreeWalker(lien, NodeFilter.SHOW_TEXT);
  while (textes.nextNode()) {
    for (let place = 0; place < textes.currentNode.length; place += 1) {
      const une = document.createRange();
      une.setStart(textes.currentNode, place);
      une.setEnd(textes.currentNode, place + 1);
      lettres.push([textes.currentNode.data[place], une.getBoundingClientRect().top]);
    }
  }
  return lettres.filter(([, haut], rang) => haut < lettres[rang + 1]?.[1]).map(([mot]) => mot);
}"""
"""The last letter of each line of a text, but of the last one."""
RANGEES_DE_TUILES = """(combien) => {
  const liste = document.querySelector('ul.tuiles');
  const une = liste.children[0];
  liste.classList.toggle('par-quatre', combien === 7 || combien === 8);
  liste.replaceChildren(...Array.from({length: combien}, () => une.cloneNode(true)));
  const hauts = [...liste.children].map(tuile => tuile.getBoundingClientRect().top);
  return [...new Set(hauts)].map(haut => hauts.filter(autre => autre === haut).length);
}"""
"""How many figures each row of the home page shows, of so many (``accueil.html`` counts them)."""
ROLES = ("coordonnateur", "referent", "slai", "responsable", "dpid", "administrateur", "dpo")
FRAPPES = 40
"""Keys beside the text: sign in, find a youth, add a rencontre, export the list."""


@pytest.fixture(scope="module")
def base(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        zoe = f.un_jeune(
            nom="Lefèvre", prenom="Zoé", telephone="06 39 98 12 34", contact_le=f.il_y_a(20)
        )
        for fabrique in (f.une_mesure, f.un_binome, f.une_situation, f.un_frein):
            fabrique(zoe)
        f.une_rencontre(zoe, statut_code="PREVUE", le=f.dans(5))
        for rang in range(60):
            f.une_alerte(f.un_jeune(nom=f"Nombreux{rang:02}", telephone="06 39 98 00 00"))
        agent = f.un_agent(
            nom="Marie-Christine Vandenbroucke",
            courriel="marie.vandenbroucke@pas_de_calais.example.org",
        ).id
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART", username="nour").id,
            "responsable": f.un_compte("RESPONSABLE", "ART").id,
            "referent": f.un_compte("REFERENT_SEF", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "dpid": f.un_compte("DPID").id,
            "administrateur": f.un_compte("ADMINISTRATEUR").id,
            "dpo": f.un_compte("DPO").id,
        }
        numeros = {
            "jeune": zoe.id,
            "agent": agent,
            "alerte": f.une_alerte(zoe).id,
            **comptes,
        }
        db.session.commit()
    return numeros


@pytest.fixture
def entrer(navigateur, app, serveur, base):
    """Gives a page of whoever is signed in under a role."""
    ouvertes = []

    def page_de(qui: str = "coordonnateur", largeur: int = 1280, **options) -> Page:
        options = {"reduced_motion": "reduce", **options}
        generateur = ouvrir(navigateur, app, serveur, base, largeur, qui=qui, **options)
        ouvertes.append(generateur)
        return next(generateur)

    yield page_de
    for generateur in ouvertes:
        next(generateur, None)


def test_un_formulaire_refuse_se_dit_en_sombre_sur_un_telephone(entrer):
    page = entrer(largeur=390, color_scheme="dark")
    page.aller("/rencontres/ajouter")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#erreurs")).to_be_focused()
    examiner(page)


def test_apres_aller_au_contenu_un_formulaire_refuse_mene_encore_a_ses_erreurs(entrer):
    page = entrer()
    page.aller("/alertes/ajouter#contenu")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#erreurs")).to_be_focused()
    assert page.title().startswith("Erreur : Ajouter une alerte")
    assert "#contenu" not in page.url


def test_ce_qui_est_enregistre_se_lit_et_prend_la_main(entrer):
    page = entrer()
    page.aller("/freins/ajouter?jeune={jeune}")
    page.get_by_label("Thème").select_option(index=1)
    page.get_by_role("button", name="Enregistrer et ajouter un autre").click()
    expect(page.get_by_role("status", name="Fiche enregistrée.")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajouter un frein")


def test_sur_un_telephone_la_liste_se_trie_et_rien_ne_prend_la_main_sans_se_voir(entrer):
    page = entrer(largeur=390)
    page.aller("/jeunes/")
    expect(page.get_by_role("link", name="Nom", exact=True)).not_to_be_visible()
    page.get_by_text("Filtrer et trier").click()
    page.get_by_label("Trier par").select_option("-nom")
    page.get_by_role("button", name="Appliquer").click()
    expect(page.get_by_role("rowheader").first).to_have_text(re.compile("^Nombreux59 "))
    for ligne in page.locator("tbody tr").all()[:5]:
        nom, faits = ligne.inner_text().split("\n")[:2]
        assert " " in nom, "Un téléphone dit le nom et le prénom"
        assert not faits.startswith("·"), faits
        assert "–" not in faits.split(" · "), faits
    expect(page.get_by_role("link", name=re.compile("^Appeler .*Nombreux59")).first).to_be_visible()
    _rien_de_cache(page, 30)


@pytest.mark.parametrize(
    "adresse",
    [
        *("/bilan/", "/tableau/", "/tableau/completude", "/indicateurs/", "/indicateurs/I4"),
        *("/envois/", "/jeunes/{jeune}", "/journal/historique/jeune/{jeune}", "/definitions/"),
    ],
)
def test_sur_un_telephone_aucun_tableau_ne_cache_ses_colonnes(entrer, adresse):
    page = entrer("responsable", largeur=390)
    page.aller(adresse)
    page.wait_for_load_state()
    assert page.evaluate(COLONNES_CACHEES) == []


def test_sur_un_telephone_les_faits_d_une_ligne_se_suivent_et_se_nomment(entrer):
    page = entrer("responsable", largeur=390)
    page.aller("/jeunes/{jeune}#etapes")
    rangee = page.locator("#etapes tbody tr").first
    cellules = rangee.locator("td[data-libelle]:visible")
    assert {c.evaluate("e => getComputedStyle(e).display") for c in cellules.all()} == {"block"}
    avant = cellules.evaluate_all("e => e.map(c => getComputedStyle(c, '::before').content)")
    assert not [dit for dit in avant if "·" in dit], "the word of a fact is no separator"
    apres = cellules.evaluate_all("e => e.map(c => getComputedStyle(c, '::after').content)")
    assert apres[0] == "none", "nothing is before the first"
    assert all("·" in dit for dit in apres[1:])
    assert rangee.evaluate(MARGE_QUI_CACHE), "the point of a fact that begins a line is seen"


def test_sur_un_telephone_un_courriel_ne_se_coupe_pas_dans_un_mot(entrer):
    page = entrer("responsable", largeur=390)
    page.aller("/agents/{agent}")
    fins = page.locator("a[href^='mailto:']").evaluate(FINS_DE_LIGNE)
    assert fins and set(fins) <= {"@", "."}


@pytest.fixture
def cible(app):
    """A target for I4, as long as the test."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        objectif = f.un_objectif(indicateur="I4", cible=1)
        convention = objectif.convention
        db.session.commit()
        yield
        db.session.delete(objectif)
        db.session.delete(convention)
        db.session.commit()


def test_sur_un_telephone_les_chiffres_d_un_indicateur_sont_sur_une_ligne(entrer, cible):
    """A target says under it whether it is reached; its word is beside the others all the same."""
    page = entrer("dpid", largeur=390)
    page.aller("/indicateurs/")
    rangee = page.locator("tr:has([data-libelle=Cible] .etat)")
    hauts = [
        rangee.locator(f"[data-libelle={mot}]").bounding_box()["y"] for mot in ("Chiffre", "Cible")
    ]
    assert abs(hauts[0] - hauts[1]) < 2


def test_sur_un_telephone_enregistrer_une_rencontre_suit_le_lecteur(entrer):
    page = entrer("coordonnateur", largeur=390)
    page.aller("/nouvelle-rencontre/")
    expect(page.get_by_role("button", name="Enregistrer")).to_be_in_viewport()
    _rien_de_cache(page, 12)


def _rien_de_cache(page: Page, arrets: int) -> None:
    """What has the focus is in the window, and nothing lies over it."""
    page.wait_for_load_state()
    page.evaluate("document.activeElement.blur()")
    for _ in range(arrets):
        page.keyboard.press("Tab")
        cache = page.evaluate(
            """() => {
              const e = document.activeElement, r = e.getBoundingClientRect();
              if (e === document.body) return null;
              const pas = [0.1, 0.5, 0.9];
              const vu = pas.some((x) => pas.some((y) => {
                const la = document.elementFromPoint(r.left + r.width * x, r.top + r.height * y);
                return la && (e.contains(la) || la.contains(e) && la !== document.documentElement);
              }));
              return vu ? null : e.outerHTML.slice(0, 160);
            }"""
        )
        assert cache is None, cache


def test_l_annonce_de_la_session_ne_cache_pas_ce_qui_a_la_main(entrer):
    page = entrer()
    page.aller("/rencontres/ajouter?jeune={jeune}")
    page.evaluate(
        "const a = document.getElementById('session-avis'); a.hidden = false;"
        "a.querySelector('[role=alert]').textContent ="
        " 'Sans action de votre part, votre session se ferme dans 2 minutes.';"
    )
    page.set_viewport_size({"width": 320, "height": 256})
    _rien_de_cache(page, 40)


def test_en_couleurs_forcees_la_proposition_active_et_la_page_ou_l_on_est_se_distinguent(entrer):
    page = entrer(forced_colors="active")
    page.aller("/alertes/ajouter")
    champ = page.get_by_role("combobox", name="Jeune")
    champ.press_sequentially("nombreux", delay=20)
    options = page.get_by_role("option")
    options.nth(1).wait_for()
    champ.press("ArrowDown")
    fond = "e => getComputedStyle(e).backgroundColor"
    assert options.nth(0).evaluate(fond) != options.nth(1).evaluate(fond)
    page.aller("/alertes/")
    menu = page.get_by_role("navigation", name="Menu principal")
    ici = menu.locator("[aria-current=page]")
    ailleurs = menu.get_by_role("link", name="Partenaires")
    assert ici.evaluate(fond) != ailleurs.evaluate(fond)
    barre = "<div class='barres'><svg><rect width='9' height='9'></rect></svg></div>"
    page.evaluate("b => document.querySelector('main').insertAdjacentHTML('beforeend', b)", barre)
    peinte = page.locator(".barres rect").evaluate("e => getComputedStyle(e).fill")
    assert peinte == page.evaluate("getComputedStyle(document.body).color")


@pytest.mark.parametrize("hauteur", [500, 640, 800])
def test_un_menu_plus_haut_que_la_fenetre_ne_defile_que_pour_montrer_ou_l_on_est(entrer, hauteur):
    """Of no pixel where the entry is in view without it; else the entry is then the last one."""
    page = entrer("referent")
    page.set_viewport_size({"width": 1280, "height": hauteur})
    page.aller("/jeunes/")
    accueil = page.locator("#menu").get_by_role("link", name="Accueil")
    defiles = 0
    for adresse in page.locator("#menu li li a").evaluate_all("e => e.map(a => a.pathname)"):
        page.goto(adresse)
        ici = page.locator("#menu ul ul [aria-current]")
        expect(ici).to_be_in_viewport(ratio=1)
        haut, dessous = ici.evaluate(DEFILE_DU_MENU)
        if haut:
            defiles += 1
            assert 0 <= dessous <= 60, f"{adresse} : {haut} pixels de trop"
        else:
            expect(accueil).to_be_in_viewport(ratio=1)
    assert defiles or hauteur > 500


def test_chaque_page_a_son_titre(entrer):
    page = entrer("responsable")
    titres = []
    for nom in ("jeunes", "alertes", "rencontres", "mesures", "freins"):
        page.goto(f"/{nom}/exporter")
        titres.append(page.title())
    page.goto("/alertes/?motif_code=FUGUE")
    titres.append(page.title())
    page.goto("/alertes/?q=introuvable")
    titres.append(page.title())
    page.goto("/alertes/")
    titres.append(page.title())
    assert len(set(titres)) == len(titres)
    assert "aucune fiche" in titres[-2]


def test_la_barre_oblique_mene_a_la_recherche_et_un_seul_jeune_s_ouvre(entrer):
    page = entrer()
    page.aller("/alertes/")
    page.keyboard.press("/")
    expect(page.locator("#chercher")).to_be_focused()
    page.keyboard.type("lefevre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoé Lefèvre")


def test_qui_ne_lit_pas_les_jeunes_n_en_cherche_pas(entrer):
    page = entrer("dpid")
    page.aller("/")
    expect(page.get_by_role("search")).to_have_count(0)
    menu = page.get_by_role("navigation", name="Menu principal")
    expect(menu.get_by_role("link", name="Jeunes")).to_have_count(0)


def test_on_choisit_le_sombre_et_il_reste_avec_la_personne(entrer):
    page = entrer(color_scheme="light")
    page.aller("/mon-compte/")
    fond = "getComputedStyle(document.body).backgroundColor"
    clair = page.evaluate(fond)
    page.get_by_label("Sombre").check()
    page.get_by_role("button", name="Garder ce choix").click()
    expect(page.locator("link[href*='apparence=sombre']")).to_have_count(1)
    page.wait_for_load_state()
    assert page.evaluate(fond) != clair
    autre = entrer(color_scheme="light")
    autre.aller("/")
    assert autre.evaluate(fond) == page.evaluate(fond)
    autre.aller("/mon-compte/")
    autre.get_by_label("Comme mon appareil").check()
    autre.get_by_role("button", name="Garder ce choix").click()
    expect(autre.locator("link[href*=apparence]")).to_have_count(0)


def test_apres_une_modification_on_revient_a_la_meme_ligne_de_la_liste_filtree(entrer):
    page = entrer()
    liste = "/alertes/?q=nombreux&tri=-du"
    page.goto(liste)
    lien = page.get_by_role("rowheader").get_by_role("link").nth(20)
    ligne = lien.get_attribute("id")
    lien.click()
    retour = page.get_by_role("navigation", name="Fil d’Ariane").get_by_role("link").nth(1)
    assert retour.get_attribute("href") == liste
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Signalée par").fill("La MECS")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_url(f"{liste}#{ligne}")
    expect(page.locator(f"#{ligne}")).to_be_focused()
    expect(page.locator("#annonce")).to_have_text("Modifications enregistrées.")


def test_la_ponctuation_double_ne_commence_jamais_une_ligne(entrer):
    page = entrer("dpid")
    page.aller("/bilan/")
    textes = "[...document.querySelectorAll('main p, main li, main h2')].map(e => e.textContent)"
    dits = " ".join(page.evaluate(textes))
    assert "\u00a0:" in dits
    assert not re.search("\\w [:;?!»]", dits)


def test_le_bas_de_chaque_page_mene_a_la_declaration_que_disent_les_essais(entrer):
    page = entrer()
    page.aller("/jeunes/")
    page.get_by_role("link", name=re.compile("^Accessibilité : ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Déclaration d’accessibilité")
    dit = json.loads(DECLARATION.read_text(encoding="utf-8"))
    largeurs = ", ".join(map(en_milliers, dit["largeurs"]))
    expect(page.locator("main")).to_contain_text(largeurs)
    expect(page.locator("main")).to_contain_text(dit["conformite"])


def test_la_sortie_se_confirme(entrer):
    page = entrer("responsable")
    page.aller("/")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("status")).to_contain_text(["Vous êtes déconnecté de Tandem.", ""])


@pytest.mark.parametrize("qui", ROLES)
def test_l_accueil_de_chaque_role_est_accessible(entrer, qui):
    page = entrer(qui)
    page.aller("/")
    examiner(page)


def test_la_liste_des_jeunes_tient_dans_la_page(entrer):
    page = entrer("responsable")
    page.aller("/jeunes/")
    examiner(page)


@pytest.mark.parametrize("combien", range(2, 10))
def test_aucun_chiffre_de_l_accueil_ne_reste_seul_sur_sa_rangee(entrer, combien):
    page = entrer("responsable")
    page.aller("/")
    rangees = page.evaluate(RANGEES_DE_TUILES, combien)
    assert sum(rangees) == combien
    assert min(rangees) > 1, rangees


@pytest.mark.parametrize("adresse", ["/obligations/", "/obligations/?annee=2025", "/envois/"])
def test_le_calendrier_montre_decembre_a_1280_pixels(entrer, adresse):
    page = entrer("dpid")
    page.goto(adresse)
    assert page.locator("table.calendrier").count()
    assert page.evaluate(DECEMBRE_CACHE) == []


@pytest.mark.parametrize(
    ("qui", "ou"),
    [
        ("", "/login/"),
        *((qui, "/") for qui in ROLES),
        ("responsable", "/jeunes/"),
    ],
)
def test_une_premiere_visite_pese_peu(navigateur, app, serveur, base, qui, ou):
    """The page of sign-in, each home page, a list, with nothing kept by the browser; what goes
    through the network is compressed."""
    with page_neuve(navigateur, 1280, 800, base_url=serveur) as page:
        if qui:
            page.context.add_cookies([{**cookie(app, base[qui]), "url": serveur}])
        reponses: list[Response] = []
        page.on("response", lambda reponse: reponses.append(reponse))
        page.goto(ou)
        page.wait_for_load_state("networkidle")
        poids = {reponse.url: len(reponse.body()) for reponse in reponses}
        transmis = [reponse.request.sizes()["responseBodySize"] for reponse in reponses]
    assert sum(transmis) <= TRANSMIS, transmis
    assert len(poids) <= REQUETES, sorted(poids)
    assert sum(poids.values()) <= PLUS_LOURDES.get((qui, ou), POIDS), poids
    assert len([u for u in poids if ".css" in u]) == 1
    assert len([u for u in poids if ".js" in u]) <= 2


def test_au_clavier_seul_en_moins_de_quarante_touches(navigateur, serveur, base):
    page = navigateur.new_page(locale="fr-FR", base_url=serveur)
    page.set_default_timeout(PATIENCE_MS)
    compteur = itertools.count(1)
    frappes = 0

    def touche(*noms: str) -> None:
        nonlocal frappes
        for nom in noms:
            page.keyboard.press(nom)
            frappes = next(compteur)

    def jusqu_a(**cible) -> None:
        """Skip to the content, then Tab until the control that is looked for."""
        touche("Tab", "Enter")
        avancer_jusqu_a(**cible)

    def avancer_jusqu_a(**cible) -> None:
        """Tab from where one stands."""
        voulu = page.get_by_role(**cible).first
        while not voulu.evaluate("e => e === document.activeElement"):
            touche("Tab")
            assert frappes < FRAPPES

    page.goto("/login/")
    expect(page.get_by_label("Identifiant")).to_be_focused()
    page.keyboard.type("nour")
    touche("Tab")
    page.keyboard.type(f.MOT_DE_PASSE)
    touche("Enter")
    page.wait_for_url(f"{serveur}/")
    touche("/")
    page.keyboard.type("lefevre")
    touche("Enter")
    page.wait_for_url(re.compile(r"/jeunes/\d+"))
    jusqu_a(role="link", name="Rencontre")
    touche("Enter")
    page.wait_for_url(re.compile("/rencontres/ajouter"))
    jusqu_a(role="combobox", name="Type")
    touche("Tab", "Enter")
    expect(page.get_by_role("status", name="Fiche enregistrée.")).to_be_visible()
    touche("/", "Enter")
    page.wait_for_url(re.compile(r"/jeunes/\?"))
    jusqu_a(role="link", name="Exporter vers Excel")
    touche("Enter")
    page.wait_for_url(re.compile("/exporter"))
    jusqu_a(role="combobox", name="À quoi sert ce fichier")
    page.keyboard.type("R")
    avancer_jusqu_a(role="textbox", name="Pourquoi")
    page.keyboard.type("Comité de suivi")
    with page.expect_download():
        touche("Enter")
    assert frappes < FRAPPES
    page.close()
