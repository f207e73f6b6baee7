"""``make bench``: how long what people wait for takes, on bases as large as the Département will
ever have.

``python -m tests.bench 500`` measures on another size. Each size has its own embedded base, in a
folder that is removed.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from config import RACINE

TAILLES = (20_000, 100_000)
AVEC_IMPORT = 20_000
"""The largest number of youths whose workbook is written and read back."""


def chronometrer(quoi: str, instance: Path, *arguments: str) -> None:
    environnement = {
        **os.environ,
        "TANDEM_ENV": "test",
        "TANDEM_INSTANCE": str(instance),
        "FLASK_APP": "app",
    }
    debut = time.monotonic()
    fini = subprocess.run(
        [sys.executable, "-m", "flask", "tandem", *arguments],
        cwd=RACINE,
        env=environnement,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if fini.returncode:
        sys.exit(f"{quoi} : code {fini.returncode}\n{fini.stdout}\n{fini.stderr}")
    print(f"{quoi:<50} {time.monotonic() - debut:8.1f} s", flush=True)


def jouer(module: str, instance: Path) -> None:
    """Another bench on the same base; it says by itself what passes its bound."""
    subprocess.run(
        [sys.executable, "-m", module],
        cwd=RACINE,
        check=False,
        env={**os.environ, "TANDEM_ENV": "test", "TANDEM_INSTANCE": str(instance)},
    )


def mesurer(jeunes: int, dossier: Path) -> None:
    base, neuve, classeur, sauvegarde = (
        dossier / nom for nom in ("base", "neuve", "classeur.xlsx", "sauvegarde")
    )
    nombre = f"{jeunes:,} jeunes".replace(",", " ")
    chronometrer("Base vide : création", base, "init")
    chronometrer(
        f"{nombre} : démonstration", base, "demo", "--jeunes", str(jeunes), "--graine", "1"
    )
    chronometrer(
        f"{nombre} : tous les indicateurs d’une année",
        base,
        "indicateurs",
        "--du",
        "2025-01-01",
        "--au",
        "2025-12-31",
        "--format",
        "json",
    )
    subprocess.run(
        [sys.executable, "-m", "tests.bench_indicateurs"],
        cwd=RACINE,
        check=True,
        env={**os.environ, "TANDEM_ENV": "test", "TANDEM_INSTANCE": str(base)},
    )
    chronometrer(
        f"{nombre} : tableau d’un mois, une MDS",
        base,
        "tableau",
        "--mois",
        "2025-06",
        "--mds",
        "ART",
        "--sortie",
        str(dossier / "tableau.xlsx"),
    )
    if jeunes > AVEC_IMPORT:
        jouer("tests.bench_pairs", base)
        jouer("tests.bench_excel", base)
    chronometrer(f"{nombre} : sauvegarde", base, "sauvegarder", str(sauvegarde))
    if jeunes <= AVEC_IMPORT:
        chronometrer(f"{nombre} : export du classeur", base, "exporter", str(classeur))
        chronometrer("Base vide : création", neuve, "init")
        chronometrer(f"{nombre} : import du classeur", neuve, "importer", str(classeur))


if __name__ == "__main__":
    for taille in [int(a) for a in sys.argv[1:]] or TAILLES:
        with tempfile.TemporaryDirectory(
            prefix="tandem-mesure-", ignore_cleanup_errors=True
        ) as nom:
            Path(nom).chmod(0o711)
            mesurer(taille, Path(nom))
    subprocess.run([sys.executable, "-m", "tests.bench_memoire"], cwd=RACINE, check=False)
