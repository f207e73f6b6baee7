"""Tandem, wall, rights and audit log on, as a process that ``atelier`` asks."""

import itertools
from collections.abc import Callable

from sqlalchemy import Engine, event, select

from app import acces, create_app
from app.extensions import db
from app.models import Jeune, Mds
from app.service.memoire import avant_de_se_diviser
from tests.bench_ecrans import un_compte
from tests.connexions import cookie
from tests.pairs.atelier import Client, Demande, formulaire, nom_sans_pareil, servir, un_jour

RENCONTRES = 400
"""Youths to whom the rencontres are given in turn: nobody has hundreds of them."""


def compteur() -> Callable[[], int]:
    """How many statements were sent so far."""
    envoyes: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _k, ordre, *_: envoyes.append(ordre))
    return lambda: len(envoyes)


def principal() -> None:
    app = create_app()
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        artois = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        premier = select(Jeune.id).where(Jeune.mds_id == artois, Jeune.deces_le.is_(None))
        jeune, *autres = db.session.scalars(premier.order_by(Jeune.nom_tri).limit(1 + RENCONTRES))
        comptes = {
            "": un_compte("RESPONSABLE", None),
            "_mds": un_compte("RESPONSABLE", artois),
            "_coordonnateur": un_compte("COORDONNATEUR", artois),
        }
        db.session.commit()
    client = Client(app.wsgi_app)
    scelles = {suffixe: cookie(app, compte) for suffixe, compte in comptes.items()}
    # As each browser keeps them: what an answer sets is sent with the next request.
    cookies = {suffixe: {scelle["name"]: scelle["value"]} for suffixe, scelle in scelles.items()}
    numeros = itertools.count(1)

    def comme(suffixe: str, demande: Callable[[], Demande]) -> Callable[[], Demande]:
        def demander() -> Demande:
            client.cookies = cookies[suffixe]
            return demande()

        return demander

    rencontres = itertools.cycle(autres)

    def creer_rencontre() -> Demande:
        adresse = f"/rencontres/ajouter?jeune={next(rencontres)}"
        return formulaire(client, adresse, compte_rendu="Point sur le logement.")

    def accueil() -> Demande:
        """Just after somebody wrote: what this home page keeps is to be brought up to date."""
        siens = client.cookies
        client.ouvrir(comme("", creer_rencontre)())
        assert client.statut == 302
        client.cookies = siens
        return Demande("/")

    def creer_jeune() -> Demande:
        nom = nom_sans_pareil()
        saisis = {"nom": nom, "prenom": "Essai", "date_naissance": f"{un_jour():%d/%m/%Y}"}
        return formulaire(client, "/jeunes/ajouter", **saisis, mds_id=str(artois))

    def enregistrer() -> Demande:
        objectif = f"Essai {next(numeros)}"
        return formulaire(client, f"/jeunes/{jeune}/modifier", objectif=objectif)

    operations = {
        "liste": comme("", lambda: Demande("/jeunes/")),
        "liste_mds": comme("_mds", lambda: Demande("/jeunes/")),
        "creer_rencontre": comme("", creer_rencontre),
        "creer_jeune": comme("", creer_jeune),
        "enregistrer": comme("", enregistrer),
        "accueil": comme("", accueil),
        "accueil_mds": comme("_mds", accueil),
        "accueil_coordonnateur": comme("_coordonnateur", accueil),
    }
    avant_de_se_diviser()  # as run.py does before it serves
    servir(client, operations, compteur())


if __name__ == "__main__":
    principal()
