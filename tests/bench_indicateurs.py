"""How long the indicators take on the base at hand: ``TANDEM_INSTANCE=… python -m
tests.bench_indicateurs [--plan]``.

The median of several runs in one process, with row-level security: the statements, then the pages
as the DPID and the responsable of an MDS get them (a session, the rights, the statements, the
template), with the time of the processors, which says more than the clock on a machine that others
use: its load is printed.
"""

import os
import statistics
import sys
import time
import uuid
from datetime import date
from pathlib import Path

from sqlalchemy import select, text

from app import acces, create_app
from app.commandes.comptes import creer_compte, habiliter
from app.extensions import db
from app.indicateurs import (
    Periode,
    calcul,
    calculer,
    calculer_ensemble,
    codes_par_jeune,
    graphiques,
    liste,
    trois_colonnes,
)
from app.models import Mds
from tests import factories
from tests.connexions import ouvrir_session

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
    print(
        f"  {quoi:<48} {statistics.median(durees):8.0f} ms (au mieux {min(durees):.0f})", flush=True
    )


def mesurer() -> None:
    for nom, periode in PERIODES.items():
        chronometrer(f"Tous les indicateurs : {nom}", lambda p=periode: calculer(*p))
    annee = PERIODES["une année, le Département"]
    points = [Periode(*annee), *graphiques.tendance(annee[1])]
    chronometrer("La même, avec les trois évolutions", lambda: calculer_ensemble(points))
    chronometrer("La liste de I4, une année, le Département", lambda: liste("I4", *annee), 3)
    chronometrer(
        "Qui compte dans quoi, une année, le Département", lambda: codes_par_jeune(*annee), 3
    )
    chronometrer(
        "Les trois colonnes d’un mois, le Département", lambda: trois_colonnes(date(2025, 6, 1)), 3
    )


PAGES = {
    "Indicateurs, une année": "/indicateurs/?du=2025-01-01&au=2025-12-31",
    "Indicateurs, une année, et l’année d’avant": (
        "/indicateurs/?du=2025-01-01&au=2025-12-31&comparee=an"
    ),
    "Indicateurs, un mois": "/indicateurs/?du=2025-06-01&au=2025-06-30",
    "Comparer I4": "/indicateurs/I4/comparer?du=2025-01-01&au=2025-12-31",
    "Comparer S1": "/indicateurs/S1/comparer?du=2025-01-01&au=2025-12-31",
    "Liste de I4": "/indicateurs/I4?du=2025-01-01&au=2025-12-31",
    "Liste de S1": "/indicateurs/S1?du=2025-01-01&au=2025-12-31",
    "Complétude par MDS": "/tableau/completude?mois=2025-12",
    "Tableau d’un mois": "/tableau/?mois=2025-06",
    "Bilan": "/bilan/?annee=2025",
}


def mesurer_les_pages(app) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        artois = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        comptes = {
            "DPID, tout le Département": un_compte("DPID", None),
            "Responsable, tout": un_compte("RESPONSABLE", None),
            "Responsable, une MDS": un_compte("RESPONSABLE", artois),
        }
        db.session.commit()
    for nom, compte in comptes.items():
        print(f" {nom} (charge {os.getloadavg()[0]:.1f})")
        client = ouvrir_session(app.test_client(), compte)
        for quoi, adresse in PAGES.items():
            if (reponse := client.get(adresse)).status_code == 200:
                chronometrer_page(quoi, app, lambda a=adresse, c=client: c.get(a))
            else:
                print(f"  {quoi} : {reponse.status_code}")


def chronometrer_page(quoi: str, app, faire) -> None:
    durees, travail = [], []
    for _ in range(FOIS):
        base, ici, debut = travail_de_la_base(app), time.process_time(), time.perf_counter()
        faire()
        durees.append((time.perf_counter() - debut) * 1000)
        travail.append((travail_de_la_base(app) - base, (time.process_time() - ici) * 1000))
    base, ici = min(travail, key=sum)
    print(
        f"  {quoi:<48} {statistics.median(durees):8.0f} ms (au mieux {min(durees):.0f} ;"
        f" processeur : base {base:.0f}, Python {ici:.0f})",
        flush=True,
    )


def travail_de_la_base(app) -> float:
    """Milliseconds of processor that the sessions of the application have used; 0 when the server
    is another machine."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        numeros = db.session.scalars(
            text("select pid from pg_stat_activity where application_name = 'tandem'")
        ).all()
        db.session.rollback()
    fichiers = [fichier for n in numeros if (fichier := Path(f"/proc/{n}/schedstat")).exists()]
    return sum(int(fichier.read_text().split()[0]) for fichier in fichiers) / 1e6


def un_compte(role: str, mds_id: int | None) -> int:
    login = f"mesure.{uuid.uuid4().hex[:12]}"
    compte = creer_compte(login, "Essai", "Mesure", f"{login}@example.org", factories.MOT_DE_PASSE)
    habiliter(compte, role, mds_id)
    return compte.id


def montrer_le_plan() -> None:
    """The plan of the statement behind the page of a year, charts included, with the time of each
    step."""
    periodes = [
        Periode(*PERIODES["une année, le Département"]),
        *graphiques.tendance(date(2025, 12, 31)),
    ]
    with calcul._lecture(periodes) as valeurs:
        requete = calcul._compter(dict(enumerate(periodes))).text
        for (ligne,) in db.session.execute(
            text(f"explain (analyze, costs off) {requete}"), valeurs
        ):
            print(ligne)


if __name__ == "__main__":
    application = create_app()
    with application.app_context(), acces.acteur(acces.TOUS, canal="commande"):
        montrer_le_plan() if "--plan" in sys.argv else mesurer()
    if "--plan" not in sys.argv:
        mesurer_les_pages(application)
