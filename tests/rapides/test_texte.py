"""A label inside a sentence keeps its acronyms."""

import pytest

from app.regles.texte import en_une_phrase, minuscule


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


@pytest.mark.parametrize(
    ("dites", "phrase"),
    [
        ([], ""),
        (["Alerte ouverte."], "Alerte ouverte."),
        (["16 ans : 3", "Hors de 16 à 18 ans : 10"], "16 ans : 3 ; hors de 16 à 18 ans : 10"),
        (
            ["Tâche : voir le FJT.", "CEJ proposé", "Sans binôme."],
            "Tâche : voir le FJT ; CEJ proposé ; sans binôme.",
        ),
    ],
)
def test_des_phrases_jointes_n_ont_qu_une_majuscule(dites, phrase):
    assert en_une_phrase(dites) == phrase
