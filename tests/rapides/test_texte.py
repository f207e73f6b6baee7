"""A label inside a sentence keeps its acronyms."""

import pytest

from app.regles.texte import en_une_phrase, etat_de, minuscule


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
    ("nom", "etat", "dit"),
    [
        ("Comité de suivi", "Tenue", "Tenu"),
        ("Rendez-vous tripartite", "Annulée par un service", "Annulé par un service"),
        ("Échange téléphonique ou message", "Prévue", "Prévu"),
        ("Entretien individuel", "Jeune absent sans prévenir", "Jeune absent sans prévenir"),
        ("Permanence au SEF", "Tenue", "Tenue"),
        ("Visite (entreprise ou logement ou établissement)", "Prévue", "Prévue"),
    ],
)
def test_un_etat_s_accorde_avec_ce_dont_il_est_l_etat(nom, etat, dit):
    assert etat_de(nom, etat) == dit


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
