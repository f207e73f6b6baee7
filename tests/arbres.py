"""The syntax tree of a source, for the tests that read how the code is written.

CPython 3.11 counts the depth of the tree being made in one place for the whole process
(gh-106905): when the garbage collector runs meanwhile, and what it frees compiles something, it
raises « AST constructor recursion depth mismatch ».
"""

import ast
import functools
import gc
from pathlib import Path


def arbre(source: str) -> ast.Module:
    """The tree of this source, made without the garbage collector."""
    actif = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if actif:
            gc.enable()


@functools.cache
def arbre_de(fichier: Path) -> ast.Module:
    """The tree of a file, made once: for reading only."""
    return arbre(fichier.read_text(encoding="utf-8"))
