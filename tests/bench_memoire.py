"""What a worker keeps in memory after every page of every role and an export, and how long a cold
start takes beside stock Flask-AppBuilder: ``python -m tests.bench_memoire``.

On a base of its own. The memory is that of the only worker of ``run.py``: what the machine gives
it, pages that it shares with the others counted for its part. The start is the processor's time of
a process that makes its application and ends, each in turn.
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import psutil
import requests
from sqlalchemy import create_engine, make_url, text

from app import acces
from app.base_embarquee import PROPRIETAIRE, SUPERUTILISATEUR, adresse
from app.extensions import db
from app.roles import ROLES
from config import RACINE
from tests import factories as f
from tests.bench_ecrans import un_compte
from tests.connexions import cookie
from tests.coups import Service, servir
from tests.ecrans import ecrans
from tests.test_vitesse import remplir

D_UNE_MDS = ("COORDONNATEUR", "REFERENT_SEF", "SLAI", "RESPONSABLE")
JEUNES = 30
MO_AU_PLUS = 110
DEMARRAGES = 7
RAPPORT_AU_PLUS = 1.5
BASE_DE_FAB = "pairs_fab"
NOTRE_DEMARRAGE = "from app import create_app; create_app()"


def peupler(service: Service) -> tuple[int, dict[str, int]]:
    """A youth who has some of everything, and an account a role, of one MDS where it can be."""
    with service.app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        jeunes = [remplir(n) for n in range(JEUNES)]
        mds = dict.fromkeys(D_UNE_MDS, f.numero_mds("ART"))
        comptes = {role: un_compte(role, mds.get(role)) for role in ROLES}
        db.session.commit()
    return jeunes[0], comptes


def parcourir(service: Service, jeune: int, comptes: dict[str, int]) -> int:
    """Open every page of each account, then take the list of youths out; how many were read."""
    lues = 0
    for compte in comptes.values():
        navigateur = requests.Session()
        temoin = cookie(service.app, compte)
        navigateur.cookies.set(temoin["name"], temoin["value"], domain="127.0.0.1", path="/")
        for ecran in ecrans(service.app, compte, jeune, details=False):
            if ecran.texte is None:
                rendu = navigateur.get(f"{service.racine}{ecran.adresse}", timeout=120)
                lues += rendu.status_code == 200
        exporter(service, navigateur)
    return lues


def exporter(service: Service, navigateur: requests.Session) -> None:
    """The list of youths, for the roles that may take it out."""
    adresse_de_l_export = f"{service.racine}/jeunes/exporter"
    page = navigateur.get(adresse_de_l_export, timeout=120)
    if page.status_code != 200:
        return
    jeton = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    saisie = {"csrf_token": jeton, "finalite": "SUIVI", "motif": "mesure de mémoire"}
    rendu = navigateur.post(adresse_de_l_export, data=saisie, timeout=120)
    assert rendu.content[:2] == b"PK", rendu.text[:2000]


def memoire(service: Service) -> tuple[float, float]:
    """MB of the worker: all that it holds, then what it shares counted for its part."""
    [worker] = service.pids("worker")
    mesure = psutil.Process(worker).memory_full_info()
    return mesure.rss / 1e6, mesure.pss / 1e6


def demarrages(service: Service) -> tuple[float, float]:
    """Seconds of processor of a cold start: ours, then that of stock Flask-AppBuilder."""
    url = make_url(service.app.config["DATABASE_OWNER_URL"])
    ou = Path(url.query["host"])
    serveur = create_engine(adresse(ou, SUPERUTILISATEUR, "postgres"), isolation_level="AUTOCOMMIT")
    with serveur.connect() as connexion:
        connexion.execute(text(f"create database {BASE_DE_FAB} owner {PROPRIETAIRE}"))
    base = {
        **os.environ,
        "TANDEM_ENV": "test",
        "TANDEM_INSTANCE": str(service.instance),
        "DATABASE_URL": service.app.config["SQLALCHEMY_DATABASE_URI"],
        "DATABASE_OWNER_URL": service.app.config["DATABASE_OWNER_URL"],
        "PAIRS_BASE": adresse(ou, PROPRIETAIRE, BASE_DE_FAB),
    }
    base.pop("PYTHONDONTWRITEBYTECODE", None)
    notres, leurs = [], []
    for tour in range(DEMARRAGES + 1):
        for commande, calculs in (
            (["-c", NOTRE_DEMARRAGE], notres),
            (["-m", "tests.pairs.demarrage_fab"], leurs),
        ):
            calcul = _calcul_de(commande, base)
            if tour:  # the first one compiles, and writes the permissions
                calculs.append(calcul)
    return statistics.median(notres), statistics.median(leurs)


def _calcul_de(commande: list[str], environnement: dict[str, str]) -> float:
    avant = resource.getrusage(resource.RUSAGE_CHILDREN)
    python = [sys.executable, *commande]
    subprocess.run(python, cwd=RACINE, env=environnement, check=True, stderr=subprocess.DEVNULL)
    apres = resource.getrusage(resource.RUSAGE_CHILDREN)
    return apres.ru_utime + apres.ru_stime - avant.ru_utime - avant.ru_stime


def principal() -> int:
    with servir(processus=1) as service:
        jeune, comptes = peupler(service)
        lues = parcourir(service, jeune, comptes)
        rss, pss = memoire(service)
        print(
            f"Après {lues} pages et les exports : {pss:.0f} Mo, ce qu’il partage compté pour sa"
            f" part ; {rss:.0f} Mo en entier",
            flush=True,
        )
        notre, leur = demarrages(service)
    rapport = notre / leur
    print(
        f"Démarrage à froid : {notre:.2f} s, Flask-AppBuilder d’origine {leur:.2f} s :"
        f" rapport {rapport:.2f}"
    )
    return int(pss > MO_AU_PLUS or rapport > RAPPORT_AU_PLUS)


if __name__ == "__main__":
    sys.exit(principal())
