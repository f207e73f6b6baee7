"""What a look at figures costs once they are kept: ``TANDEM_INSTANCE=… python -m
tests.bench_paquets``.

Four looks at each page, in turn: every youth counted (as with nothing kept), the first look, the
look after one record was written, the look when nothing was. Milliseconds of processor (base +
Python), at best of several, and their ratio to the first column. Then two writers on the same
bucket. A mesure is written as it was, a youth is renamed and named again: no figure changes.
``--pages`` and the beginning of a name: those pages alone.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import Connection, create_engine, func, select, text

from app import acces, create_app, delai, securite
from app.extensions import db
from app.indicateurs import paquets
from app.models import Mesure
from app.models.comptees import PAQUET
from tests.bench_indicateurs import travail_de_la_base, un_compte
from tests.connexions import ouvrir_session

FOIS = 3
PAGES = {
    "Tableau d’un mois (sans ses contrôles, demandés après)": "/tableau/?mois=2025-06",
    "Indicateurs d’une année": "/indicateurs/?du=2025-01-01&au=2025-12-31",
    "Indicateurs d’un mois": "/indicateurs/?du=2025-06-01&au=2025-06-30",
    "Complétude par MDS": "/tableau/completude?mois=2025-12",
    "Contrôles d’un mois": "/tableau/controles?mois=2025-06",
    "Contrôles d’un mois, une MDS": "/tableau/controles?mois=2025-06&mds=ART",
    "Doublons": "/tableau/anomalies/DOUBLON_POSSIBLE?mois=2025-06",
}
ECRITURES = 200


def mesurer(app: Flask, faire) -> float:
    """Processor of one request, in milliseconds."""
    base, ici = travail_de_la_base(app), time.process_time()
    faire()
    return travail_de_la_base(app) - base + (time.process_time() - ici) * 1000


def ecrire(app: Flask) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        un = db.session.scalar(select(func.max(Mesure.id)))
        db.session.execute(text("update mesure set du = du where id = :un"), {"un": un})
        renommer = text("update jeune set prenom = :prenom where id = :un")
        jeune, prenom = db.session.execute(
            text("select id, prenom from jeune order by id desc limit 1")
        ).one()
        for nom in (f"{prenom}-Anne", prenom):
            db.session.execute(renommer, {"un": jeune, "prenom": nom})
        db.session.commit()


def oublier(app: Flask) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        paquets.oublier()


def regarder(app: Flask, client, adresse: str) -> None:
    def lire() -> None:
        assert client.get(adresse).status_code == 200

    def lire_directement() -> None:
        with paquets.directement():
            lire()

    regards = {
        "tout": (lambda: None, lire_directement),
        "premier": (lambda: oublier(app), lire),
        "après une écriture": (lambda: ecrire(app), lire),
        "rien de neuf": (lambda: None, lire),
    }
    durees: dict[str, list[float]] = {nom: [] for nom in regards}
    for _ in range(FOIS):
        for nom, (avant, faire) in regards.items():
            avant()
            durees[nom].append(mesurer(app, faire))
    tout = min(durees["tout"])
    for nom, lues in durees.items():
        print(f"    {nom:<20} {min(lues):8.0f} ms   {min(lues) / tout:6.3f}", flush=True)


def serie(connexion: Connection, jeune: int, *, avec: bool = True) -> float:
    """Seconds of so many writes of one youth, in a transaction that is undone; with the trigger of
    the figures, or without."""
    connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
    if not avec:
        connexion.execute(text("alter table mesure disable trigger chiffres_update"))
    debut = time.perf_counter()
    for _ in range(ECRITURES):
        connexion.execute(text("update mesure set du = du where jeune_id = :j"), {"j": jeune})
    duree = time.perf_counter() - debut
    connexion.rollback()
    return duree


def deux_qui_ecrivent(app: Flask) -> None:
    """The same writes without the trigger, with it, then by two connections on one bucket."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.connect() as une, moteur.connect() as autre:
        lus = text(
            "select min(jeune_id) from mesure where mod(jeune_id, :p) in (10, 20, 30)"
            " group by mod(jeune_id, :p) order by 1 limit 2"
        )
        jeunes = une.scalars(lus, {"p": PAQUET}).all()
        une.rollback()
        sans = min(serie(une, jeunes[0], avec=False) for _ in range(FOIS))
        seule = min(serie(une, jeunes[0]) for _ in range(FOIS))
        with ThreadPoolExecutor() as fils:
            paires = zip((une, autre), jeunes, strict=True)
            ensemble = max(fils.map(lambda paire: serie(*paire), paires))
    moteur.dispose()
    print(f"  {ECRITURES} écritures : {sans:.2f} s sans déclencheur, {seule:.2f} s avec")
    print(f"  autant chacune, à deux sur un paquet : {ensemble:.2f} s")


if __name__ == "__main__":
    delai.PAGE_SECONDES = 600  # the processor is measured: a busy machine may take its time
    securite.PATIENCE = {"statement_timeout": "10min", "lock_timeout": "10min"}
    application = create_app()
    with application.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        compte = un_compte("DPID", None)
        db.session.commit()
    navigateur = ouvrir_session(application.test_client(), compte)
    debut = sys.argv[-1] if "--pages" in sys.argv else ""
    for titre, adresse in PAGES.items():
        if titre.startswith(debut):
            print(f"  {titre}")
            regarder(application, navigateur, adresse)
    if not debut:
        deux_qui_ecrivent(application)
