"""Take one protection away at a time, and see which test goes red: ``python -m tests.suppressions
[words of a title]``.

The removals are in ``donnees/suppressions.toml``. Each is made on a copy of the sources; the tests
named beside it are played there, and must fail. Slow (25 minutes on two cores), hence by hand; the
outcome is in ``docs/preuves.md``. That each removal still finds its text is tested each time
(``rapides/test_suppressions.py``).
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from config import RACINE

FICHIER = Path(__file__).with_name("donnees") / "suppressions.toml"
A_COPIER = (
    *("app", "migrations", "tests", "docs", "tools"),
    *("config.py", "run.py", "pyproject.toml", "Makefile", "README.md"),
    *("requirements.txt", "requirements-dev.txt"),
)


class SuppressionImpossible(Exception):
    """The text to take away is not in the file exactly once."""


@dataclass(frozen=True)
class Suppression:
    """What is taken away: in a file, a text replaced by another; and the tests that must see it."""

    titre: str
    fichier: str
    avant: str
    apres: str
    tests: str

    def appliquer(self, texte: str) -> str:
        """The text of the file without its protection."""
        lieux = list(motif(self.avant).finditer(texte))
        if len(lieux) != 1:
            raise SuppressionImpossible(
                f"« {self.titre} »: its text is {len(lieux)} times in {self.fichier}, not once:"
                f" mend tests/donnees/suppressions.toml\n{self.avant}"
            )
        lieu = lieux[0]
        return texte[: lieu.start()] + self.apres + texte[lieu.end() :]


def motif(texte: str) -> re.Pattern[str]:
    """This text, however it is laid out: spaces and line ends between its words do not count, nor
    the comma that a formatter puts before a closing bracket."""
    morceaux = []
    for mot in re.findall(r"\w+|[^\w\s]", texte):
        virgule = r"(?:,\s*)?" if mot in ")]}" else ""
        morceaux.append(virgule + re.escape(mot))
    return re.compile(r"\s*".join(morceaux))


def lire() -> list[Suppression]:
    lues = tomllib.loads(FICHIER.read_text(encoding="utf-8"))
    return [Suppression(**champs) for champs in lues["suppressions"]]


def essayer(suppression: Suppression) -> str:
    """The first test that sees it; or « NOT SEEN », « NOT DONE »."""
    with tempfile.TemporaryDirectory(prefix="tandem-suppression-") as dossier:
        for nom in A_COPIER:
            source = RACINE / nom
            copier = shutil.copytree if source.is_dir() else shutil.copy
            copier(source, Path(dossier) / nom)
        fichier = Path(dossier) / suppression.fichier
        try:
            sans = suppression.appliquer(fichier.read_text(encoding="utf-8"))
        except SuppressionImpossible as erreur:
            return f"NOT DONE: {erreur}"
        fichier.write_text(sans, encoding="utf-8")
        options = ["-q", "-x", "-p", "no:cacheprovider", *suppression.tests.split()]
        rendu = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=dossier,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    rouge = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", rendu.stdout, re.M)
    if rendu.returncode == 1 and rouge:
        return rouge[1]
    return f"NOT SEEN (pytest: {rendu.returncode})"


def main(mots: list[str]) -> int:
    vues = 0
    choisies = [s for s in lire() if not mots or any(mot in s.titre for mot in mots)]
    for suppression in choisies:
        test = essayer(suppression)
        vues += not test.startswith("NOT")
        print(f"| {suppression.titre} | {test} |", flush=True)
    print(f"{vues} removals seen out of {len(choisies)}")
    return vues != len(choisies)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
