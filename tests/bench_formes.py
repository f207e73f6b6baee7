"""A table of 20,000 youths of one row each, seen before it is imported:
``python -m tests.bench_formes 20000``.

Prints how long the preview takes and the most memory that this process and the one that reads the
file took, together; code 1 beyond 60 s or 600 MB.
"""

import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

from app import acces, base_embarquee, create_app
from app.commandes import base
from app.echanges.reprise import application
from app.echanges.reprise.application import OptionsDImport
from app.echanges.reprise.choix import ChoixDuFichier
from config import RACINE, lire_reglages
from tests.classeurs import LIMITES, ecrire

SECONDES = 60
MEGA_OCTETS = 600
NOMS = ("MARTIN", "DUBOIS", "LEROY", "MOREL", "PETIT", "ROUX", "BEN ALI", "N'DIAYE", "CARON")
PRENOMS = ("Lina", "Awa", "Hugo", "Maëlle", "Zoé", "Tom", "Inès", "Noé", "Sam", "Ilan")
TITRES = [
    *("NOM Prénom", "Né(e) le", "MDS / UT", "Tél portable", "Référent SEF", "Lieu de placement"),
    *("Mesure en cours", "Fin de mesure", "Orienté le", "1er RDV tripartite", "Situation"),
    *("Logement", "Ressources", "Couverture santé", "Freins", "Sexe", "Observations"),
]


def une_ligne(rang: int, sort: random.Random) -> list:
    contact = date(2026, 1, 1) + timedelta(days=sort.randrange(300))
    return [
        f"{sort.choice(NOMS)} {sort.choice(PRENOMS)}-{rang}",
        date(2005, 1, 1) + timedelta(days=rang % 1500),
        sort.choice(("UT Artois", "Calaisis", "Béthune")),
        600_000_000 + rang,
        sort.choice(("Mme ROUX A.", "M. NOIR P.")),
        sort.choice(("MECS les Tilleuls", "FA Mme Petit", "FJT")),
        sort.choice(("placement JE", "CJM", "AP")),
        date(2027, 1, 1),
        contact,
        contact + timedelta(days=10),
        sort.choice(("NEET", "CDI", "CAP cuisine")),
        sort.choice(("FJT", "chez ses parents")),
        sort.choice(("salaire", "alloc CJM")),
        sort.choice(("CSS", "mutuelle")),
        sort.choice(("mobilité, logement", "admin", "")),
        sort.choice("FM"),
        "vu avec le foyer",
    ]


def mesurer(jeunes: int, dossier: Path) -> int:
    chemin = dossier / "tableau.xlsx"
    # Written by another process: its memory is not that of an import.
    ecrivain = [sys.executable, "-m", "tests.bench_formes", "--ecrire", str(jeunes), str(chemin)]
    subprocess.run(ecrivain, check=True, cwd=RACINE)
    app = create_app(lire_reglages({"TANDEM_ENV": "test", "TANDEM_INSTANCE": str(dossier)}))
    base.initialiser(app)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        debut = time.monotonic()
        processeur = time.process_time()
        choix = ChoixDuFichier(coordonnateur="Nour Delestrez")
        options = OptionsDImport(essai=True, details=500, choix=choix)
        with lecteur_mesure() as du_lecteur:
            rapport = application.importer(chemin, LIMITES, options)
        duree = time.monotonic() - debut
        processeur = time.process_time() - processeur
    d_ici = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    memoire = d_ici + max(du_lecteur)
    print(
        f"{jeunes} jeunes, {chemin.stat().st_size / 1e6:.1f} Mo : aperçu en {duree:.1f} s"
        f" ({processeur:.1f} s de processeur),"
        f" {memoire:.0f} Mo (dont {max(du_lecteur):.0f} pour lire le fichier) ;"
        f" {rapport.crees} fiches à créer, {len(rapport.refus)} refus"
    )
    return int(duree > SECONDES or memoire > MEGA_OCTETS)


@contextmanager
def lecteur_mesure() -> Iterator[list[float]]:
    """The most memory, in MB, of each process that read a file."""
    memoires = []
    ouvrir = application.ouvrir

    @contextmanager
    def ouvrir_et_mesurer(*arguments):
        with ouvrir(*arguments) as fichier:
            yield fichier
            etat = Path(f"/proc/{fichier._enfant.pid}/status").read_text()
            memoires.append(int(re.search(r"VmHWM:\s+(\d+)", etat)[1]) / 1000)

    with mock.patch.object(application, "ouvrir", ouvrir_et_mesurer):
        yield memoires


def ecrire_le_tableau(jeunes: int, chemin: Path) -> int:
    sort = random.Random(1)
    lignes = [une_ligne(rang, sort) for rang in range(jeunes)]
    ecrire(chemin, {"Suivi octobre 2026": [TITRES, *lignes]})
    return 0


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--ecrire"]:
        return ecrire_le_tableau(int(arguments[1]), Path(arguments[2]))
    dossier = Path(tempfile.mkdtemp(prefix="tandem-formes-"))
    dossier.chmod(0o711)
    try:
        return mesurer(int(arguments[0]) if arguments else 20_000, dossier)
    finally:
        base_embarquee.arreter(dossier)
        shutil.rmtree(dossier, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
