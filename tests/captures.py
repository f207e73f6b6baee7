"""Pictures of the pages: ``TANDEM_INSTANCE=… python -m tests.captures [OPTIONS] [MOTIF]``.

On the base of that instance, which holds a demonstration and is running. Without ``--tout``, the
pictures of the README and of the guide are drawn again; with it, every page that each role opens,
at both widths, or at ``--largeur``, and in both lights, in a folder a role. ``MOTIF``, an
expression, chooses among « role address ».
"""

import argparse
import re
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from app import acces, create_app
from app.extensions import db
from app.models import Alerte, Compte, Jeune, Mds
from config import RACINE
from tests.connexions import ouvrir_session
from tests.navigateurs import lancer, page_neuve, se_mettre
from tests.toutes_les_pages import PageLue, lire, montrer

IMAGES = RACINE / "docs" / "images"
RESPONSABLE = "responsable.artois"
DU_GUIDE = {
    "accueil": "/",
    "jeunes": "/jeunes/",
    "fiche": "/jeunes/{jeune}",
    "historique": "/journal/historique/jeune/{jeune}",
    "tableau": "/tableau/",
    "import": "/classeur/",
    "habilitations": "/habilitations/",
    "indicateurs": "/indicateurs/",
    "obligations": "/obligations/",
    "envois": "/envois/",
}
"""Name of the picture → the page, as a responsable sees it."""
ROLES = (
    "coordonnateur.artois",
    "referent.artois",
    "slai.artois",
    RESPONSABLE,
    "dpid",
    "dpo",
    "administrateur",
)
LARGEURS = (1280, 390)
LUMIERES = {"clair": "light", "sombre": "dark"}


def comptes_et_jeune(app: Flask) -> tuple[dict[str, int], int]:
    """Login → number of the account; a youth of Artois for whom an alert is open."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="captures"):
        comptes = {c.username: c.id for c in db.session.scalars(select(Compte))}
        jeune = db.session.scalars(
            select(Jeune.id)
            .join(Alerte, Alerte.jeune_id == Jeune.id)
            .join(Mds, Mds.id == Jeune.mds_id)
            .where(Mds.code == "ART", Alerte.au.is_(None))
            .order_by(Jeune.id)
            .limit(1)
        ).one()
    return comptes, jeune


def du_guide(app: Flask, navigateur: Browser) -> None:
    """The pictures of the README and of the guide, on a desk."""
    comptes, jeune = comptes_et_jeune(app)
    client = ouvrir_session(app.test_client(), comptes[RESPONSABLE])
    with page_neuve(navigateur, 1280, 860) as page, montrer(page, client) as montrer_une:
        for nom, adresse in DU_GUIDE.items():
            adresse = adresse.format(jeune=jeune)
            montrer_une(PageLue(nom, adresse, client.get(adresse, buffered=True)))
            page.screenshot(path=IMAGES / f"{nom}.png")


def tout(
    app: Flask, navigateur: Browser, dossier: Path, motif: str, largeurs: tuple[int, ...]
) -> None:
    """Every page of every role."""
    comptes, jeune = comptes_et_jeune(app)
    for login in ROLES:
        client = ouvrir_session(app.test_client(), comptes[login])
        with page_neuve(navigateur, 1280, 860) as page, montrer(page, client) as montrer_une:
            for lue in lire(app, comptes[login], jeune, set()):
                if re.search(motif, f"{login} {lue.adresse}"):
                    montrer_une(lue)
                    _photographier(page, dossier / login / _nom(lue.adresse), largeurs)


def _photographier(page, chemin: Path, largeurs: tuple[int, ...]) -> None:
    for largeur in largeurs:
        for lumiere, schema in LUMIERES.items():
            se_mettre(page, largeur, schema)
            image = chemin.with_name(f"{chemin.name}-{largeur}-{lumiere}.png")
            page.screenshot(path=image, full_page=True)


def _nom(adresse: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", adresse.lower()).strip("-") or "accueil"


def main() -> None:
    lecteur = argparse.ArgumentParser()
    lecteur.add_argument("--tout", type=Path)
    lecteur.add_argument("--largeur", type=int, choices=LARGEURS)
    lecteur.add_argument("motif", nargs="?", default="")
    demande = lecteur.parse_args()
    app = create_app()
    with lancer() as navigateur:
        if demande.tout is None:
            du_guide(app, navigateur)
        else:
            largeurs = (demande.largeur,) if demande.largeur else LARGEURS
            tout(app, navigateur, demande.tout, demande.motif, largeurs)


if __name__ == "__main__":
    main()
