"""How long the indicators take on the base at hand: ``TANDEM_INSTANCE=… python -m tests.bench_indicateurs [--plan]``.

The median of several runs in one process, as an account of the DPID would ask for them: with row-level security.
"""

import statistics
import sys
import time
from datetime import date

from sqlalchemy import text

from app import acces, create_app
from app.extensions import db
from app.indicateurs import calcul, calculer, codes_par_jeune, liste, trois_colonnes

FOIS = 7
PERIODES = {
    "une année, le Département": (date(2025, 1, 1), date(2025, 12, 31), None),
    "un mois, le Département": (date(2025, 6, 1), date(2025, 6, 30), None),
    "une année, une MDS": (date(2025, 1, 1), date(2025, 12, 31), "ART"),
    "un mois, une MDS": (date(2025, 6, 1), date(2025, 6, 30), "ART"),
}


def chronometrer(quoi: str, faire, fois: int = FOIS) -> None:
    durees = []
    for _ in range(fois):
        debut = time.perf_counter()
        faire()
        durees.append((time.perf_counter() - debut) * 1000)
    print(f"  {quoi:<48} {statistics.median(durees):8.0f} ms (au mieux {min(durees):.0f})", flush=True)


def mesurer() -> None:
    for nom, periode in PERIODES.items():
        chronometrer(f"Tous les indicateurs : {nom}", lambda p=periode: calculer(*p))
    annee = PERIODES["une année, le Département"]
    chronometrer("La liste de I4, une année, le Département", lambda: liste("I4", *annee), 3)
    chronometrer("Qui compte dans quoi, une année, le Département", lambda: codes_par_jeune(*annee), 3)
    chronometrer("Les trois colonnes d’un mois, le Département", lambda: trois_colonnes(date(2025, 6, 1)), 3)


def montrer_le_plan() -> None:
    """The plan of the statement that counts, with the time of each step."""
    du, au, mds = PERIODES["une année, le Département"]
    with calcul._lecture(du, au, mds) as valeurs:
        requete = calcul._compter(mds).text
        for (ligne,) in db.session.execute(text(f"explain (analyze, costs off) {requete}"), valeurs):
            print(ligne)


if __name__ == "__main__":
    with create_app().app_context(), acces.acteur(acces.TOUS, canal="commande"):
        montrer_le_plan() if "--plan" in sys.argv else mesurer()
