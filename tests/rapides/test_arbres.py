"""Sources are read whatever the garbage collector frees meanwhile."""

import ast
import gc

import pytest

from tests.arbres import arbre

SOURCE = "\n".join(f"x{n} = [{n}, (1, 2), 'a']" for n in range(2000))


@pytest.fixture
def ramassage_qui_compile():
    """The garbage collector runs at every turn, and what it frees reads a source too."""

    def relire(phase: str, _) -> None:
        if phase == "stop":
            ast.parse("y = 1")

    seuils = gc.get_threshold()
    gc.callbacks.append(relire)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*seuils)
    gc.callbacks.remove(relire)


@pytest.mark.usefixtures("ramassage_qui_compile")
def test_une_source_se_lit_pendant_un_ramassage():
    assert len(arbre(SOURCE).body) == 2000
    assert gc.isenabled()
