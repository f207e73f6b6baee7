"""One word, one thing: each class is named with the words of docs/glossaire.md, and English texts
use the terms that every engineer knows."""

import ast
import functools
import io
import re
import tokenize
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest

from config import RACINE
from tests.arbres import arbre, arbre_de

GLOSSAIRE = RACINE / "docs" / "glossaire.md"
DIALECTE = {
    r"\btrails?\b": "audit log",
    r"\bnameless\b": "anonymised",
    r"\bits question\b|\bquestion of an address\b|\baddress without its question\b": "query string",
    r"\bfor who\b": "for whoever",
    r"\b(?:a|an|the|its|each|their|that|this|same|one) prints?\b|\bprints? of\b": "hash",
}
"""What no English text of the project says, and the word that every engineer knows."""


def plier(texte: str) -> str:
    """Without accents nor capitals."""
    decompose = unicodedata.normalize("NFD", texte)
    return "".join(c for c in decompose if not unicodedata.combining(c)).casefold()


def racine_du_mot(mot: str) -> str:
    """The same for the singular and the plural, the masculine and the feminine."""
    return re.sub(r"e{0,2}s?$", "", plier(mot))


def mots(texte: str) -> set[str]:
    return {racine_du_mot(mot) for mot in texte.split()}


MOTS_OUTILS = mots(
    "a au autre dans de deja des en cours du ma mes mon non oui par plusieurs pour qui sans se son"
    " sur tous toutes trop un une"
)
QUALITES = mots(
    "atteint calcule chercher choisir compare complementaire compte confie decouvert demande"
    " diffuse examine faire fautive fictive fige illisible imprime indisponible injoignable"
    " interdit liees long lu manquant montre nouveau ouvert prepare pro refuse reguliere termine"
    " voulu"
)
"""What is said of a noun: refused, open, long…"""
TERMES_ANGLAIS = mots(
    "app builder by converter direct enum exception field filter formatter hardened json logger"
    " meta"
    " middleware mixin query redacting safe server socket string view widget worker worksheet"
)
"""Those of Python and of the framework."""


def mots_du_glossaire() -> set[str]:
    """The words of the first column of each table."""
    lignes = GLOSSAIRE.read_text(encoding="utf-8").splitlines()
    termes = [ligne.split("|")[1] for ligne in lignes if ligne.startswith("| ")]
    return {racine_du_mot(mot) for terme in termes for mot in re.findall(r"\w+", terme)}


def mots_du_nom(classe: str) -> list[str]:
    """``ChampMdsDesJeunes``: Champ, Mds, Des, Jeunes."""
    return re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", classe)


@functools.cache
def classes() -> dict[str, list[str]]:
    """Where each public class of the application is defined."""
    lieux = defaultdict(list)
    for fichier in sorted((RACINE / "app").rglob("*.py")):
        for noeud in arbre_de(fichier).body:
            if isinstance(noeud, ast.ClassDef) and not noeud.name.startswith("_"):
                lieux[noeud.name].append(f"{fichier.relative_to(RACINE)}:{noeud.lineno}")
    return dict(lieux)


def test_un_nom_de_classe_ne_dit_qu_une_chose():
    homonymes = {nom: lieux for nom, lieux in classes().items() if len(lieux) > 1}
    if homonymes:
        pytest.fail(
            f"rename all but one, with a word that says which it is: {homonymes}", pytrace=False
        )


def test_chaque_classe_se_nomme_avec_les_mots_du_glossaire():
    connus = mots_du_glossaire() | MOTS_OUTILS | QUALITES | TERMES_ANGLAIS
    inconnues = {}
    for classe, lieux in classes().items():
        manquants = [mot for mot in mots_du_nom(classe) if racine_du_mot(mot) not in connus]
        if manquants:
            inconnues[classe] = (manquants, lieux[0])
    if inconnues:
        pytest.fail(
            f"use a word of docs/glossaire.md, or add one there with its meaning: {inconnues}",
            pytrace=False,
        )


def test_le_glossaire_ne_definit_chaque_mot_qu_une_fois():
    termes = re.findall(r"^\| ([^|]+) \|", GLOSSAIRE.read_text(encoding="utf-8"), re.M)
    termes = [terme for terme in termes if terme != "Mot"]
    assert sorted({t for t in termes if termes.count(t) > 1}) == []


def test_les_noms_qui_separent_les_homonymes_existent():
    table = GLOSSAIRE.read_text(encoding="utf-8").partition("## Homonymes séparés")[2]
    cites = set(re.findall(r"`(\w+)`", table))
    assert cites, "the table names no class"
    assert sorted(cites - classes().keys()) == []


def textes_anglais(fichier: Path) -> list[tuple[int, str]]:
    """The comments and docstrings of a file of Python, the comments of a file of SQL, the English
    pages of the documentation: each with its line."""
    source = fichier.read_text(encoding="utf-8")
    if fichier.suffix == ".py":
        return [*_docstrings(source), *_commentaires(source)]
    if fichier.suffix == ".sql":
        return [(n, t.partition("--")[2]) for n, t in enumerate(source.splitlines(), 1)]
    return list(enumerate(source.splitlines(), 1))


def _commentaires(source: str) -> list[tuple[int, str]]:
    jetons = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(j.start[0], j.string) for j in jetons if j.type == tokenize.COMMENT]


def _docstrings(source: str) -> list[tuple[int, str]]:
    """Every string that stands alone on its line, that of an attribute too."""
    seules = [n.value for n in ast.walk(arbre(source)) if isinstance(n, ast.Expr)]
    return [
        (n.lineno, " ".join(n.value.split()))
        for n in seules
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]


def fichiers_en_anglais() -> list[Path]:
    dossiers = [RACINE / nom for nom in ("app", "tests", "tools", "docs", "migrations")]
    trouves = [RACINE / "run.py", RACINE / "config.py"]
    for dossier in dossiers:
        trouves += [*dossier.rglob("*.py"), *dossier.rglob("*.sql")]
    return [*sorted(trouves), *sorted((RACINE / "docs" / "decisions").rglob("*.md"))]


@functools.cache
def lignes_en_anglais() -> list[tuple[str, str]]:
    """The texts of the files that hold such a word, be it in a name or in French, each with its
    place, « file:line »."""
    lignes = []
    suspect = re.compile("|".join(DIALECTE), re.I)
    for fichier in fichiers_en_anglais():
        if not suspect.search(fichier.read_text(encoding="utf-8")):
            continue
        for ligne, texte in textes_anglais(fichier):
            lignes.append((f"{fichier.relative_to(RACINE)}:{ligne}", texte.strip()))
    return lignes


@pytest.mark.parametrize("motif", DIALECTE)
def test_les_textes_anglais_emploient_les_mots_de_tout_le_monde(motif):
    interdit = re.compile(motif, re.I)
    fautes = [f"{lieu}: {t[:90]}" for lieu, t in lignes_en_anglais() if interdit.search(t)]
    if fautes:
        pytest.fail(f"say « {DIALECTE[motif]} »:\n" + "\n".join(fautes), pytrace=False)
