"""How the code reads, in figures, against the bounds that the house keeps: ``make lint`` runs it.

Looks at the project's Python outside tests and migrations. Exits with 1, and names the places, when
a bound is passed. ``python -m tools.mesures --par-fichier`` shows where each figure comes from.
"""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
HORS_MESURE = ("tests/", "migrations/")
COLONNES = 100
FONCTION_LONGUE = 40

BORNES = {
    "conditional expressions per 1,000 lines": 10,
    "double assignments per 1,000 lines": 3,
    "nested comprehensions per 1,000 lines": 0.5,
    "ninth decile of line length": 90,
    "lines over 100 columns, per 1,000": 5,
    "fmt: skip": 30,
    "functions over 40 lines": 3,
}


@dataclass
class Mesure:
    """What was counted in one file, or in all of them."""

    longueurs: list[int] = field(default_factory=list)
    conditionnelles: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    imbriquees: list[str] = field(default_factory=list)
    fonctions_longues: list[str] = field(default_factory=list)
    sans_mise_en_forme: list[str] = field(default_factory=list)

    def ajouter(self, autre: "Mesure") -> None:
        for nom, valeurs in vars(autre).items():
            getattr(self, nom).extend(valeurs)

    def figures(self) -> dict[str, float]:
        """The figures of ``BORNES``, computed."""
        milliers = len(self.longueurs) / 1000
        longues = sum(longueur > COLONNES for longueur in self.longueurs)
        return {
            "conditional expressions per 1,000 lines": len(self.conditionnelles) / milliers,
            "double assignments per 1,000 lines": len(self.doubles) / milliers,
            "nested comprehensions per 1,000 lines": len(self.imbriquees) / milliers,
            "ninth decile of line length": statistics.quantiles(self.longueurs, n=10)[8],
            "lines over 100 columns, per 1,000": longues / milliers,
            "fmt: skip": len(self.sans_mise_en_forme),
            "functions over 40 lines": len(self.fonctions_longues),
        }


def fichiers() -> list[Path]:
    """The files of the project, as git knows them."""
    commande = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    liste = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True, check=True)
    noms = [nom for nom in liste.stdout.splitlines() if not nom.startswith(HORS_MESURE)]
    return [RACINE / nom for nom in noms if (RACINE / nom).exists()]


def mesurer(chemin: Path) -> Mesure:
    """Read one file; empty lines do not count."""
    texte = chemin.read_text(encoding="utf-8")
    nom = chemin.relative_to(RACINE)
    mesure = Mesure(longueurs=[len(ligne) for ligne in texte.splitlines() if ligne.strip()])
    for numero, ligne in enumerate(texte.splitlines(), 1):
        if "# fmt: " + "skip" in ligne or "# fmt: " + "off" in ligne:
            mesure.sans_mise_en_forme.append(f"{nom}:{numero}")
    for noeud in ast.walk(ast.parse(texte)):
        lieu = f"{nom}:{getattr(noeud, 'lineno', 0)}"
        if isinstance(noeud, ast.IfExp):
            mesure.conditionnelles.append(lieu)
        if isinstance(noeud, ast.Assign) and _est_double(noeud):
            mesure.doubles.append(lieu)
        if isinstance(noeud, _COMPREHENSIONS) and _est_imbriquee(noeud):
            mesure.imbriquees.append(lieu)
        if isinstance(noeud, ast.FunctionDef) and _hauteur(noeud) > FONCTION_LONGUE:
            mesure.fonctions_longues.append(f"{lieu} {noeud.name}")
    return mesure


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _est_double(affectation: ast.Assign) -> bool:
    """``a, b = x, y``: two things on one line; unpacking one value is not."""
    cible = affectation.targets[0]
    return isinstance(cible, ast.Tuple) and isinstance(affectation.value, ast.Tuple)


def _est_imbriquee(comprehension: ast.AST) -> bool:
    autres: Iterator[ast.AST] = ast.walk(comprehension)
    return any(isinstance(n, _COMPREHENSIONS) for n in autres if n is not comprehension)


def _hauteur(fonction: ast.FunctionDef) -> int:
    """The lines of the body, its docstring aside."""
    corps = fonction.body
    if ast.get_docstring(fonction) is not None:
        corps = corps[1:]
    if not corps:
        return 0
    return (corps[-1].end_lineno or 0) - corps[0].lineno + 1


def main() -> int:
    ensemble = Mesure()
    for chemin in fichiers():
        mesure = mesurer(chemin)
        ensemble.ajouter(mesure)
        if "--par-fichier" in sys.argv and mesure.longueurs:
            compte = {nom: len(v) for nom, v in vars(mesure).items() if nom != "longueurs" and v}
            if compte:
                print(chemin.relative_to(RACINE), compte)
    lieux = {
        "conditional expressions per 1,000 lines": ensemble.conditionnelles,
        "double assignments per 1,000 lines": ensemble.doubles,
        "nested comprehensions per 1,000 lines": ensemble.imbriquees,
        "fmt: skip": ensemble.sans_mise_en_forme,
        "functions over 40 lines": ensemble.fonctions_longues,
    }
    depassees = False
    for nom, valeur in ensemble.figures().items():
        tenue = valeur <= BORNES[nom]
        depassees = depassees or not tenue
        print(f"{'ok ' if tenue else 'TOO'} {nom}: {valeur:.1f} (at most {BORNES[nom]})")
        if not tenue:
            print("    " + "\n    ".join(lieux.get(nom, [])[:20]))
    return int(depassees)


if __name__ == "__main__":
    sys.exit(main())
