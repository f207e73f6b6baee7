"""Draw the pictures of the README and of the guide again, or every page of every role.

``python docs/captures.py ADRESSE MOT_DE_PASSE``: ADRESSE serves a demonstration base, whose
accounts have that password. With ``--tout DOSSIER``, each page that the site map of each role
names, with its first record and its forms, at both widths and in both lights; ends with an error
when a page does not open or scrolls sideways.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUMS = ("chromium-headless-shell", "chromium")
RESPONSABLE = "responsable.artois"
ROLES = (
    "coordonnateur.artois",
    "referent.artois",
    "slai.artois",
    RESPONSABLE,
    "dpid",
    "dpo",
    "administrateur",
)
TAILLES = {1280: 860, 390: 844}
LUMIERES = {"clair": "light", "sombre": "dark"}
DU_GUIDE = {
    "accueil": "/",
    "jeunes": "/jeunes/",
    "tableau": "/tableau/",
    "import": "/classeur/",
    "habilitations": "/habilitations/",
    "indicateurs": "/indicateurs/",
    "obligations": "/obligations/",
    "envois": "/envois/",
}
DU_JEUNE = {"fiche": "/jeunes/{}", "historique": "/journal/historique/jeune/{}"}
SANS_IMAGE = re.compile(r"/logout|/static|\.xlsx|/modele|telecharger")


def entrer(chromium: Browser, adresse: str, login: str, mot_de_passe: str, **options) -> Page:
    """A page of whoever is signed in."""
    contexte = chromium.new_context(
        base_url=adresse, locale="fr-FR", reduced_motion="reduce", **options
    )
    page = contexte.new_page()
    page.goto("/login/")
    page.fill("[name=username]", login)
    page.fill("[name=password]", mot_de_passe)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/(\?|$)"))
    return page


def ouvrir(page: Page, chemin: str) -> None:
    reponse = page.goto(chemin)
    if reponse is None or reponse.status != 200:
        sys.exit(f"{chemin} does not open")


def premier_jeune(page: Page) -> str:
    """The number of a youth who is followed, and for whom something waits."""
    ouvrir(page, "/jeunes/?attention=alerte")
    lien = page.locator("tbody th a").first.get_attribute("href") or ""
    return lien.rpartition("/")[2]


def du_guide(chromium: Browser, adresse: str, mot_de_passe: str) -> None:
    """The pictures of the README and of the guide, on a desk."""
    page = entrer(
        chromium, adresse, RESPONSABLE, mot_de_passe, viewport={"width": 1280, "height": 860}
    )
    numero = premier_jeune(page)
    chemins = DU_GUIDE | {nom: chemin.format(numero) for nom, chemin in DU_JEUNE.items()}
    IMAGES.mkdir(exist_ok=True)
    for nom, chemin in chemins.items():
        ouvrir(page, chemin)
        page.screenshot(path=IMAGES / f"{nom}.png")


def liens(page: Page, ou: str) -> list[str]:
    """The paths of this application that a part of the page leads to."""
    chemins = page.locator(ou).evaluate_all("liens => liens.map(l => l.getAttribute('href'))")
    return [c for c in chemins if c and c.startswith("/") and not SANS_IMAGE.search(c)]


def chemins_de(page: Page) -> list[str]:
    """What the site map names, then the first record of each list and its forms."""
    ouvrir(page, "/plan-du-site/")
    du_plan = liens(page, "main a")
    trouves = dict.fromkeys(["/", "/mon-compte/", *du_plan])
    for chemin in du_plan:
        ouvrir(page, chemin)
        suites = liens(page, ".entete .actions a") + liens(page, "tbody th a")[:1]
        trouves.update(dict.fromkeys(suites))
    return list(trouves)


def nom_de(chemin: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", chemin.lower()).strip("-") or "accueil"


def tout(chromium: Browser, adresse: str, mot_de_passe: str, dossier: Path) -> list[str]:
    """Every page of every role; gives those that do not open or that scroll sideways."""
    fautes = []
    for login in ROLES:
        page = entrer(
            chromium, adresse, login, mot_de_passe, viewport={"width": 1280, "height": 860}
        )
        for chemin in chemins_de(page):
            for largeur, hauteur in TAILLES.items():
                page.set_viewport_size({"width": largeur, "height": hauteur})
                reponse = page.goto(chemin)
                if reponse is None or reponse.status != 200:
                    fautes.append(f"{login} {chemin} : does not open")
                    break
                if page.evaluate("document.documentElement.scrollWidth") > largeur:
                    fautes.append(f"{login} {chemin} : wider than {largeur}")
                for lumiere, schema in LUMIERES.items():
                    page.emulate_media(color_scheme=schema)
                    image = f"{nom_de(chemin)}-{largeur}-{lumiere}.png"
                    page.screenshot(path=dossier / login / image, full_page=True)
        page.context.close()
    return fautes


def main() -> None:
    lecteur = argparse.ArgumentParser()
    lecteur.add_argument("adresse")
    lecteur.add_argument("mot_de_passe")
    lecteur.add_argument("--tout", type=Path)
    demande = lecteur.parse_args()
    programme = next(filter(None, map(shutil.which, CHROMIUMS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=programme, args=["--no-sandbox"])
        if demande.tout is None:
            du_guide(chromium, demande.adresse, demande.mot_de_passe)
        elif fautes := tout(chromium, demande.adresse, demande.mot_de_passe, demande.tout):
            sys.exit("\n".join(fautes))
        chromium.close()


main()
