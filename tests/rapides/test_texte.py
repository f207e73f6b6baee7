"""A label inside a sentence keeps its acronyms."""

import pytest

from app.regles.texte import minuscule


@pytest.mark.parametrize(
    ("libelle", "dit"),
    [
        ("Référent ASE", "référent ASE"),
        ("CEJ proposé", "CEJ proposé"),
        ("Étapes légales", "étapes légales"),
        ("À faire", "à faire"),
        ("", ""),
    ],
)
def test_seule_la_premiere_lettre_d_un_libelle_change(libelle, dit):
    assert minuscule(libelle) == dit
