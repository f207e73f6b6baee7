"""Draw the pictures of the README and of the guide again.

``python docs/captures.py ADRESSE LOGIN MOT_DE_PASSE NUMERO``: ADRESSE serves a demonstration base,
LOGIN is its responsable of Artois, NUMERO the number of one of their youths.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"


def main(adresse: str, login: str, mot_de_passe: str, numero: str) -> None:
    pages = {
        "accueil": "/",
        "jeunes": "/jeunes/",
        "fiche": f"/jeunes/{numero}",
        "tableau": "/tableau/",
        "import": "/classeur/",
        "historique": f"/journal/historique/jeune/{numero}",
        "habilitations": "/habilitations/",
        "indicateurs": "/indicateurs/",
    }
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 860}, locale="fr-FR")
        page.goto(f"{adresse}/login/")
        page.fill("[name=username]", login)
        page.fill("[name=password]", mot_de_passe)
        page.click("main button[type=submit]")
        for nom, chemin in pages.items():
            reponse = page.goto(adresse + chemin)
            if reponse is None or reponse.status != 200:
                sys.exit(f"{chemin} does not open")
            page.screenshot(path=IMAGES / f"{nom}.png")
        chromium.close()


main(*sys.argv[1:])
