"""What workbooks cost, then what they cost when records are read one by one and written cell by
cell: ``TANDEM_INSTANCE=… python -m tests.bench_excel [jeunes] [rencontres] [tableau]``.

The list of youths, that of rencontres, the month's table of the Département, of the base at hand;
each in a process of its own, in turn. The processor's time of the whole file, of this process and
of PostgreSQL, and the most memory that it took beyond what the application needs to start.
"""

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select, text

from app import acces, create_app, sorties_de_donnees
from app.echanges.formats.ecriture import ClasseurExcel
from app.extensions import db
from app.models import Travail
from app.regles.age import ajouter_mois, aujourd_hui
from app.travaux import file
from app.views.socle.base import VueTandem
from config import RACINE
from tests.bench_ecrans import _calcul, un_compte
from tests.connexions import jeton, ouvrir_session

FICHIERS = ("jeunes", "rencontres", "tableau")
FACONS = ("lignes", "cellules")


def par_cellules(classeur, onglet, rang, colonnes, cases, hauteurs=None) -> None:
    """In place of ``ClasseurExcel.ecrire_lignes``: what it did before rows were written whole."""
    for suivant, valeurs in enumerate(zip(*colonnes, strict=True)):
        if hauteurs is not None:
            onglet.set_row(rang + suivant, hauteurs[suivant])
        for case, valeur in zip(cases, valeurs, strict=True):
            classeur.ecrire(onglet, rang + suivant, case.place, valeur, case.valeur)


def exporter(app, liste: str) -> int:
    """The export of a list asked for, then made by the queue in this process; bytes."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        compte = un_compte("RESPONSABLE", None)
        db.session.commit()
    client = ouvrir_session(app.test_client(), compte)
    champs = {"csrf_token": jeton(client, "/mon-compte/"), "finalite": "SUIVI"}
    reponse = client.post(f"/{liste}/exporter", data={**champs, "motif": "mesure de vitesse"})
    assert reponse.status_code == 303, "too few rows for the queue"
    file.travailler(app, attendre=False)
    with app.app_context(), acces.acteur(compte, canal="mesure"):
        octets = db.session.scalar(select(Travail.octets).order_by(Travail.id.desc()).limit(1))
    assert octets, "the queue made nothing"
    return octets


def tableau(app) -> int:
    """The month before this one, of the whole Département; bytes."""
    mois = ajouter_mois(aujourd_hui().replace(day=1), -1)
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "tableau.xlsx"
        arguments = ["tandem", "tableau", "--mois", f"{mois:%Y-%m}", "--sortie", str(chemin)]
        fini = app.test_cli_runner().invoke(args=arguments)
        assert fini.exit_code == 0, fini.output
        return chemin.stat().st_size


def un_seul(fichier: str, facon: str) -> None:
    """In a process of its own: make the file, say what it cost."""
    if facon == "cellules":
        ClasseurExcel.ecrire_lignes = par_cellules
        VueTandem.lit_a_sa_facon = lambda vue: True
    sans_plafond = replace(sorties_de_donnees.PLAFOND_LIGNES, valeur=10**9)
    sorties_de_donnees.PLAFOND_LIGNES = sans_plafond
    app = create_app()
    gc.freeze()  # as the queue does (run.py)
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        pid = db.session.scalar(text("select pg_backend_pid()"))
        db.session.rollback()
    avant, memoire = _calcul(pid), _memoire()
    octets = tableau(app) if fichier == "tableau" else exporter(app, fichier)
    dit = {"s": (_calcul(pid) - avant) / 1000, "Mo": _memoire() - memoire, "octets": octets}
    print(json.dumps(dit))


def _memoire() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def principal(arguments: list[str]) -> None:
    for fichier in arguments or FICHIERS:
        mesures = {}
        for facon in FACONS:
            commande = [sys.executable, "-m", "tests.bench_excel", "--un", fichier, facon]
            fini = subprocess.run(
                commande, cwd=RACINE, check=True, stdout=subprocess.PIPE, text=True, env=os.environ
            )
            mesures[facon] = json.loads(fini.stdout.splitlines()[-1])
        lignes, cellules = (mesures[facon] for facon in FACONS)
        print(
            f"{fichier:<12} {lignes['s']:6.1f} s, + {lignes['Mo']:.0f} Mo ; fiche par fiche"
            f" et cellule par cellule {cellules['s']:6.1f} s, + {cellules['Mo']:.0f} Mo ; rapport"
            f" {lignes['s'] / cellules['s']:.2f} ({lignes['octets'] / 1e6:.1f} Mo écrits)",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--un"]:
        un_seul(*sys.argv[2:4])
    else:
        principal(sys.argv[1:])
