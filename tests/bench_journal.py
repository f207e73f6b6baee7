"""What knowing who did what costs over HTTP: ``python -m tests.bench_journal [tours]``.

The same service, on a base of its own, serves in turn with the audit log, the reads and the files
that leave noted, and without any of it (triggers asleep, functions that write nothing): the list
of youths, a file, a save, an export.
"""

import contextlib
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil
import requests

from app import acces
from app.extensions import db
from tests import coups
from tests import factories as f
from tests.connexions import champs
from tests.falsifications import Proprietaire

TOURS = 12
FOIS = 5
REPOS_SECONDES = 0.1
JEUNES = 450
"""In one export that is made at once."""
FONCTIONS = {
    "acces.inscrire(text, text, text, int, jsonb)": "",
    "acces.consigner(text, text, text, int, jsonb)": "",
    "acces.lire_dossier(text, text, int)": "return true;",
    "acces.noter_sortie(jsonb, int[])": "return 0;",
}
"""Function → what it does instead."""
DECLENCHEURS = """
    do $$ declare d record; begin
      for d in select tgrelid::regclass as t, tgname from pg_trigger
               where tgname ~ '^journal_(insert|update|delete)$' and not tgisinternal loop
        execute format('alter table %s {} trigger %I', d.t, d.tgname);
      end loop; end $$"""
ENTETE = "select pg_get_functiondef('{}'::regprocedure)"

AVEC = "avec"
SANS = "sans"
POURQUOI = {"finalite": "SUIVI", "motif": "mesure de vitesse"}

Releves = dict[str, dict[str, list[tuple[float, float]]]]
"""What was asked → with or without → (milliseconds, milliseconds of processor)."""


@contextmanager
def sans_journal(proprietaire: Proprietaire) -> Iterator[None]:
    """Nothing is noted any more; put right in the end."""
    gardees = [proprietaire.lire(ENTETE.format(fonction)) for fonction in FONCTIONS]
    muettes = [
        f"{definition.partition('AS $function$')[0]} AS $function$ begin {corps} end $function$"
        for definition, corps in zip(gardees, FONCTIONS.values(), strict=True)
    ]
    proprietaire(DECLENCHEURS.format("disable"), *muettes)
    try:
        yield
    finally:
        proprietaire(DECLENCHEURS.format("enable"), *gardees)


class Chronometre:
    """Times requests: how long each took, and the processor that the service spent on it, pages
    and PostgreSQL together (the rest of the machine does not count)."""

    def __init__(self, service: coups.Service):
        self.service = service
        self.releves: Releves = defaultdict(lambda: defaultdict(list))
        self.facon = ""

    def __call__(self, quoi: str, demander: Callable[[], requests.Response], attendu: int) -> None:
        calcul = self._calcul()
        debut = time.perf_counter()
        rendu = demander()
        duree = time.perf_counter() - debut
        time.sleep(REPOS_SECONDES)  # what the service does once it has answered counts too
        calcul = self._calcul() - calcul
        assert rendu.status_code == attendu, (rendu.url, rendu.status_code)
        self.releves[quoi][self.facon].append((duree * 1000, calcul * 1000))

    def _calcul(self) -> float:
        """Seconds of processor of all that serves."""
        total = 0.0
        [postmaster] = self.service.pids("postgres")
        pids = self.service.pids("worker") | {
            enfant.pid for enfant in psutil.Process(postmaster).children()
        }
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                temps = psutil.Process(pid).cpu_times()
                total += temps.user + temps.system
        return total


def un_tour(chrono: Chronometre, ouvert: requests.Session, jeune: int) -> None:
    racine = chrono.service.racine
    formulaire = f"{racine}/jeunes/{jeune}/modifier"
    export = f"{racine}/jeunes/exporter"
    for _ in range(FOIS):
        chrono("liste", lambda: ouvert.get(f"{racine}/jeunes/"), 200)
        chrono("fiche", lambda: ouvert.get(f"{racine}/jeunes/{jeune}"), 200)
        saisi = champs(ouvert.get(formulaire).text)
        saisi["objectif"] = f"Essai {time.monotonic_ns()}"
        envoyer = partial(ouvert.post, formulaire, saisi, allow_redirects=False)
        chrono("enregistrement", envoyer, 302)
    demande = POURQUOI | {"csrf_token": saisi["csrf_token"]}
    for _ in range(FOIS):
        chrono(f"export de {JEUNES}", lambda: ouvert.post(export, demande), 200)


def mesurer(tours: int) -> Releves:
    with coups.servir(processus=1) as service:
        with service.app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            jeunes = [f.un_jeune("ART").id for _ in range(JEUNES)]
            db.session.commit()
        ouvert = service.navigateur()
        proprietaire = Proprietaire.de(service.app)
        chrono = Chronometre(service)
        un_tour(chrono, ouvert, jeunes[0])  # the templates are read
        for _ in range(tours):
            chrono.facon = AVEC
            un_tour(chrono, ouvert, jeunes[0])
            with sans_journal(proprietaire):
                chrono.facon = SANS
                un_tour(chrono, ouvert, jeunes[0])
    return chrono.releves


def dire(releves: Releves) -> None:
    for quoi, mesures in releves.items():
        dits = []
        calculs = {}
        for facon in (AVEC, SANS):
            durees, calcul = zip(*mesures[facon], strict=True)
            calculs[facon] = statistics.mean(calcul)
            dits.append(
                f"{facon} {calculs[facon]:6.1f} ms de calcul"
                f" (durée : médiane {statistics.median(durees):.0f}, au mieux {min(durees):.0f})"
            )
        ecart = calculs[AVEC] - calculs[SANS]
        cent = 100 * ecart / calculs[SANS]
        print(f"{quoi:<15} {', '.join(dits)} : {ecart:+.1f} ms, {cent:+.1f} %")


if __name__ == "__main__":
    dire(mesurer(int(sys.argv[1]) if len(sys.argv) > 1 else TOURS))
