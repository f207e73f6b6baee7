"""What knowing who did what costs over HTTP: ``python -m tests.bench_journal [tours]``.

The same service, on a base of its own, serves in turn with the audit log, the reads and the files
that leave noted, and without any of it (triggers asleep, functions that write nothing): the list
of youths, a file, a save, an export. Milliseconds; the median, and the best.
"""

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from app import acces
from app.extensions import db
from tests import coups
from tests import factories as f
from tests.connexions import champs
from tests.falsifications import Proprietaire

TOURS = 12
FOIS = 5
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

Releves = dict[str, dict[str, list[float]]]
"""What was asked → « avec » or « sans » → milliseconds."""


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


def chronometrer(demander: Callable[[], requests.Response], attendu: int) -> float:
    debut = time.perf_counter()
    rendu = demander()
    duree = (time.perf_counter() - debut) * 1000
    assert rendu.status_code == attendu, (rendu.url, rendu.status_code)
    return duree


def un_tour(
    racine: str, ouvert: requests.Session, jeune: int, notees: Callable[[str, float], None]
) -> None:
    formulaire = f"{racine}/jeunes/{jeune}/modifier"
    export = f"{racine}/jeunes/exporter"
    pourquoi = {"finalite": "SUIVI", "motif": "mesure de vitesse"}
    for _ in range(FOIS):
        notees("liste", chronometrer(lambda: ouvert.get(f"{racine}/jeunes/"), 200))
        notees("fiche", chronometrer(lambda: ouvert.get(f"{racine}/jeunes/{jeune}"), 200))
        saisi = champs(ouvert.get(formulaire).text)
        saisi["objectif"] = f"Essai {time.monotonic_ns()}"
        envoyer = lambda saisi=saisi: ouvert.post(formulaire, saisi, allow_redirects=False)  # noqa: E731
        notees("enregistrement", chronometrer(envoyer, 302))
    demande = champs(ouvert.get(export).text) | pourquoi
    for _ in range(2):
        notees(f"export de {JEUNES}", chronometrer(lambda: ouvert.post(export, demande), 200))


def mesurer(tours: int) -> Releves:
    releves: Releves = defaultdict(lambda: defaultdict(list))
    with coups.servir(processus=1) as service:
        with service.app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            jeunes = [f.un_jeune("ART").id for _ in range(JEUNES)]
            db.session.commit()
        ouvert = service.navigateur()
        proprietaire = Proprietaire.de(service.app)
        un_tour(service.racine, ouvert, jeunes[0], lambda quoi, duree: None)
        for _ in range(tours):
            un_tour(service.racine, ouvert, jeunes[0], lambda q, d: releves[q]["avec"].append(d))
            with sans_journal(proprietaire):
                un_tour(
                    service.racine, ouvert, jeunes[0], lambda q, d: releves[q]["sans"].append(d)
                )
    return releves


def dire(releves: Releves) -> None:
    for quoi, durees in releves.items():
        avec = durees["avec"]
        sans = durees["sans"]
        ecart = statistics.median(avec) - statistics.median(sans)
        print(
            f"{quoi:<16} avec {statistics.median(avec):6.1f} (au mieux {min(avec):6.1f})"
            f"   sans {statistics.median(sans):6.1f} (au mieux {min(sans):6.1f})"
            f"   + {ecart:5.1f} ms, {100 * ecart / statistics.median(sans):5.1f} %"
            f" (au mieux + {min(avec) - min(sans):.1f} ms)"
        )


if __name__ == "__main__":
    dire(mesurer(int(sys.argv[1]) if len(sys.argv) > 1 else TOURS))
