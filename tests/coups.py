"""Kill what serves, one process after the other, while people write and ask for exports.

``python -m tests.coups 40`` kills forty times (SIGKILL, in turn a worker of the pages, their
master, the queue, the postmaster) on a base of its own, then says what was measured; code 1 when
something that was acknowledged is lost or there twice, or when the service was away for more than
thirty seconds. A person whose page does not answer sends it again, as it stands: so do these.
"""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import requests
from flask import Flask
from sqlalchemy import select, text

from app import acces, base_embarquee, create_app
from app.acces import sceau
from app.extensions import db
from app.models import Contact, Evenement, Travail
from config import RACINE, lire_reglages
from tests import factories as f
from tests.connexions import champs, cookie
from tests.serveurs import PATIENCE_SECONDES, attendre, port_libre

ABSENCE_MAXIMALE = 30.0
"""Seconds after which the service must have come back alone."""
PARTENAIRES = 1_100
"""As many rows make an export that goes to the queue."""
ECRITURES = 5
"""Acknowledged since the service is back, before it is struck again."""
VICTIMES = ("worker", "maître des pages", "file", "postgres")


@dataclass
class Constat:
    """What forty kills left; durations in seconds."""

    coups: Counter[str] = field(default_factory=Counter)
    retours: dict[str, float] = field(default_factory=dict)
    """Victim → the longest time from its death to the next answer of ``/sante``."""
    acquittees: set[str] = field(default_factory=set)
    renvois: int = 0
    """Forms sent again, because the first time brought no answer."""
    absence: float = 0.0
    """The longest time between two answers of ``/sante``."""
    perdues: set[str] = field(default_factory=set)
    doubles: set[str] = field(default_factory=set)
    travaux: Counter[str] = field(default_factory=Counter)
    dits: list[str] = field(default_factory=list)
    """What was told of the exports that were not made."""
    travaux_perdus: set[int] = field(default_factory=set)
    journal: str | None = None
    """What was altered in the audit log."""

    @property
    def sans_perte(self) -> bool:
        manques = self.perdues | self.doubles | self.travaux_perdus
        return not (manques or self.journal or set(self.travaux) - {"fini"})


class Service:
    """``run.py`` on an embedded base of its own, and who signs in there."""

    def __init__(
        self, instance: Path, processus: subprocess.Popen, racine: str, app: Flask, workers: int
    ):
        self.instance = instance
        self.processus = processus
        self.racine = racine
        self.app = app
        self.workers = workers

    def nombre(self, victime: str) -> int:
        """How many processes play this part when all is well."""
        return self.workers if victime == "worker" else 1

    def pids(self, victime: str) -> set[int]:
        """The processes that play this part now."""
        if victime == "postgres":
            fichier = self.instance / "postgresql" / "postmaster.pid"
            try:
                return {int(fichier.read_text().split()[0])}
            except (FileNotFoundError, IndexError):
                return set()
        try:
            enfants = psutil.Process(self.processus.pid).children()
            maitres = {p: p.children() for p in enfants if p.children()}
        except psutil.NoSuchProcess:
            return set()
        if victime == "worker":
            return {worker.pid for workers in maitres.values() for worker in workers}
        if victime == "maître des pages":
            return {maitre.pid for maitre in maitres}
        return {p.pid for p in enfants if p not in maitres}

    def processus_vivants(self) -> str:
        """One line a process of the service: its number, that of its parent, its state."""
        try:
            tous = psutil.Process(self.processus.pid).children(recursive=True)
            lignes = [f"{p.pid} of {p.ppid()}: {p.status()}\n" for p in tous]
        except psutil.NoSuchProcess as fini:
            lignes = [f"{fini}\n"]
        return "".join(lignes)

    def repond(self) -> bool:
        try:
            return requests.get(f"{self.racine}/sante", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def navigateur(self) -> requests.Session:
        """The browser of someone who works, signed in."""
        with self.app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            numero = f.un_compte("COORDONNATEUR", "ART").id
            db.session.commit()
        ouvert = requests.Session()
        temoin = cookie(self.app, numero)
        ouvert.cookies.set(temoin["name"], temoin["value"], domain="127.0.0.1", path="/")
        return ouvert

    def insister(
        self, demander: Callable[[], requests.Response], encore: Callable[[], None] = lambda: None
    ) -> requests.Response:
        """The answer to a request, sent again as long as the service is away."""
        while self.processus.poll() is None:
            try:
                rendu = demander()
            except requests.RequestException:
                pass
            else:
                if rendu.status_code < 500:
                    return rendu
            encore()
            time.sleep(0.2)
        raise RuntimeError("the service has ended")


@contextmanager
def servir(
    lancer: Sequence[str] = (str(RACINE / "run.py"),), processus: int = 2
) -> Iterator[Service]:
    """Serve with so many processes; ``lancer``: what Python runs."""
    instance = Path(tempfile.mkdtemp(prefix="tandem-coups-"))
    instance.chmod(0o711)
    port = port_libre()
    environnement = {n: v for n, v in os.environ.items() if not n.startswith("DATABASE_")}
    environnement |= {
        "TANDEM_ENV": "test",
        "TANDEM_INSTANCE": str(instance),
        "PORT": str(port),
        "WEB_CONCURRENCY": str(processus),
    }
    racine = f"http://127.0.0.1:{port}"
    try:
        with (
            (instance / "sortie.log").open("w") as sortie,
            subprocess.Popen(
                [sys.executable, *lancer],
                cwd=RACINE,
                env=environnement,
                stdin=subprocess.DEVNULL,
                stdout=sortie,
                stderr=subprocess.STDOUT,
            ) as lance,
        ):
            try:
                attendre(f"{racine}/sante", lance)
                app = create_app(lire_reglages(environnement))
                try:
                    yield Service(instance, lance, racine, app, processus)
                finally:
                    _fermer(app)
            finally:
                lance.terminate()
    finally:
        base_embarquee.arreter(instance)
        shutil.rmtree(instance, ignore_errors=True)


def _fermer(app: Flask) -> None:
    """Nothing of it stays open on a base that is about to go."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class Equipe:
    """People at work, each in a thread: they do their act again and again until told to stop."""

    def __init__(self, actes: list[Callable[[], None]]):
        self.fini = threading.Event()
        self.fils = ThreadPoolExecutor(len(actes))
        self.personnes = [self.fils.submit(self._repeter, acte) for acte in actes]

    def _repeter(self, acte: Callable[[], None]) -> None:
        while not self.fini.is_set():
            acte()

    def exiger(self) -> None:
        """Raises what stopped one of them."""
        for personne in self.personnes:
            if personne.done():
                personne.result()

    def arreter(self) -> None:
        """Each ends what it has begun."""
        self.fini.set()
        self.fils.shutdown()


class Ecrivain:
    """Fills in the form of a contact, whose name is found nowhere else, until it is accepted."""

    def __init__(self, service: Service, rang: int, partenaire: int, constat: Constat):
        self.service = service
        self.adresse = f"{service.racine}/contacts/ajouter"
        self.navigateur = service.navigateur()
        self.marques = (f"Marque {rang}-{n}" for n in itertools.count(1))
        self.partenaire = partenaire
        self.constat = constat

    def ecrire(self) -> None:
        page = self.service.insister(partial(self.navigateur.get, self.adresse, timeout=60))
        marque = next(self.marques)
        saisie = {**champs(page.text), "nom": marque, "partenaire_id": str(self.partenaire)}
        envoyer = partial(
            self.navigateur.post, self.adresse, data=saisie, timeout=60, allow_redirects=False
        )
        rendu = self.service.insister(envoyer, self._renvoyer)
        assert rendu.status_code in (302, 303), f"{marque} : {rendu.status_code}\n{rendu.text}"
        self.constat.acquittees.add(marque)

    def _renvoyer(self) -> None:
        self.constat.renvois += 1


class Demandeur:
    """Asks for an export that goes to the queue."""

    def __init__(self, service: Service, repos: float = 2.0):
        self.service = service
        self.repos = repos
        self.adresse = f"{service.racine}/partenaires/exporter"
        self.navigateur = service.navigateur()
        self.demandes: set[int] = set()

    def demander(self) -> None:
        page = self.service.insister(partial(self.navigateur.get, self.adresse, timeout=60))
        jeton = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        saisie = {"csrf_token": jeton, "finalite": "SUIVI", "motif": "Des coups répétés"}
        envoyer = partial(
            self.navigateur.post, self.adresse, data=saisie, timeout=60, allow_redirects=False
        )
        rendu = self.service.insister(envoyer)
        assert rendu.status_code == 303, f"export : {rendu.status_code}\n{rendu.text}"
        self.demandes.add(int(rendu.headers["Location"].rpartition("/")[2]))
        time.sleep(self.repos)


class Guetteur:
    """Looks at ``/sante`` without a pause, and keeps the longest time without an answer."""

    def __init__(self, service: Service, constat: Constat):
        self.service = service
        self.constat = constat
        self.dernier = time.monotonic()

    def regarder(self) -> None:
        if self.service.repond():
            present = time.monotonic()
            self.constat.absence = max(self.constat.absence, present - self.dernier)
            self.dernier = present
        time.sleep(0.05)


def frapper(service: Service, equipe: Equipe, victime: str, constat: Constat) -> None:
    """Kill it, then wait for its successor, an answer, and a few more acknowledged writings.

    What the former kill took with it is waited for first.
    """
    nombre = service.nombre(victime)
    patienter(lambda: len(service.pids(victime)) == nombre, equipe)
    cible = min(service.pids(victime))
    debut = time.monotonic()
    os.kill(cible, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(cible)] if psutil.pid_exists(cible) else [], timeout=60)
    patienter(lambda: len(service.pids(victime) - {cible}) == nombre, equipe)
    patienter(service.repond, equipe)
    retour = time.monotonic() - debut
    constat.coups[victime] += 1
    constat.retours[victime] = max(constat.retours.get(victime, 0.0), retour)
    acquises = len(constat.acquittees)
    patienter(lambda: len(constat.acquittees) >= acquises + ECRITURES, equipe)


def patienter(vu: Callable[[], bool], equipe: Equipe) -> None:
    limite = time.monotonic() + PATIENCE_SECONDES
    while not vu():
        equipe.exiger()
        if time.monotonic() > limite:
            raise TimeoutError("what was waited for does not come")
        time.sleep(0.05)


def jouer(coups: int, ecrivains: int = 6) -> Constat:
    """Serve, then kill so many times while as many people write; say what is left."""
    with servir() as service:
        return jouer_sur(service, coups, ecrivains)


def jouer_sur(service: Service, coups: int, ecrivains: int) -> Constat:
    constat = Constat()
    partenaire = peupler(service.app, PARTENAIRES)
    demandeur = Demandeur(service)
    guetteur = Guetteur(service, constat)
    actes = [Ecrivain(service, n, partenaire, constat).ecrire for n in range(ecrivains)]
    equipe = Equipe([*actes, demandeur.demander, guetteur.regarder])
    try:
        for _, victime in zip(range(coups), itertools.cycle(VICTIMES), strict=False):
            frapper(service, equipe, victime, constat)
        equipe.arreter()
        patienter(lambda: _travaux_en_cours(service.app) == 0, equipe)
    except (TimeoutError, AssertionError, RuntimeError):
        equipe.fini.set()
        sys.stderr.write(service.processus_vivants())
        sys.stderr.write((service.instance / "sortie.log").read_text())
        raise
    _examiner(service.app, demandeur.demandes, constat)
    return constat


def peupler(app: Flask, partenaires: int) -> int:
    """A partner for the contacts, and enough of them for an export to go to the queue."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.un_partenaire().id
        db.session.execute(
            text(
                "insert into partenaire (nom, type_code, mds_ids)"
                " select 'Partenaire ' || n, 'ASSOCIATION', '{}'"
                " from generate_series(1000001, 1000000 + :n) n"
            ),
            {"n": partenaires},
        )
        db.session.commit()
    return numero


def _travaux_en_cours(app: Flask) -> int:
    with app.app_context(), acces.acteur(acces.TOUS):
        statuts = db.session.scalars(select(Travail.statut)).all()
        db.session.remove()
    return sum(statut in ("attend", "en_cours") for statut in statuts)


def _examiner(app: Flask, demandes: set[int], constat: Constat) -> None:
    """Compare what was acknowledged with what is in the base and in the audit log."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        noms = Counter(db.session.scalars(select(Contact.nom)))
        crees = db.session.scalars(
            select(Evenement.apres["nom"].astext).where(
                Evenement.table_nom == "contact", Evenement.operation == "creation"
            )
        )
        racontees = Counter(crees)
        travaux = dict(db.session.execute(select(Travail.id, Travail.statut)).all())
        non_faits = select(Travail.message).where(Travail.statut != "fini")
        constat.dits = [message or "" for message in db.session.scalars(non_faits)]
        db.session.remove()
        sceau.sceller()
        constat.journal = sceau.verifier().alteration
    constat.perdues = constat.acquittees - (noms.keys() & racontees.keys())
    constat.doubles = {nom for nom, fois in (noms | racontees).items() if fois > 1}
    constat.travaux = Counter(travaux.values())
    constat.travaux_perdus = demandes - travaux.keys()


def raconter(constat: Constat) -> None:
    coups = ", ".join(f"{nom} {n}" for nom, n in constat.coups.items())
    print(f"Coups                          {constat.coups.total():8d}   ({coups})")
    print(f"Écritures acquittées           {len(constat.acquittees):8d}")
    print(f"Formulaires renvoyés           {constat.renvois:8d}")
    print(f"Acquittées et perdues          {len(constat.perdues):8d}")
    print(f"En double                      {len(constat.doubles):8d}")
    print(f"Exports demandés               {constat.travaux.total():8d}   {dict(constat.travaux)}")
    for message in constat.dits:
        print(f"  {message}")
    print(f"Journal                        {constat.journal or 'intact':>8}")
    for victime, retour in constat.retours.items():
        print(f"Retour après : {victime:<16} {retour:7.1f} s")
    print(f"Plus long temps sans réponse   {constat.absence:7.1f} s")


def main(arguments: list[str]) -> int:
    nombre = int(arguments[0]) if arguments else 40
    constat = jouer(nombre)
    raconter(constat)
    return 0 if constat.sans_perte and constat.absence < ABSENCE_MAXIMALE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
