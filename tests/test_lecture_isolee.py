"""A file is read in a process of its own: what it makes of the memory, of the time and of what
comes back stays there, and the service goes on."""

import pickle

import pytest

from app.echanges.formats import lecture_isolee
from app.echanges.formats.examen import ClasseurRefuse
from app.echanges.formats.lecture_isolee import TROP_LOURD, ouvrir
from tests.classeurs import JEUNE, LIMITES, ecrire


@pytest.fixture
def fichier(tmp_path):
    return ecrire(tmp_path / "a.xlsx", {"Jeunes": [JEUNE]})


def lire(chemin) -> list:
    with ouvrir(chemin, LIMITES) as ouvert:
        return [list(ouvert.lignes(rang)) for rang, _ in enumerate(ouvert.feuilles)]


def test_trop_de_memoire_est_un_refus_et_non_une_panne(tmp_path, monkeypatch):
    lignes = [[f"{rang}-{place}" for place in range(50)] for rang in range(4000)]
    lourd = ecrire(tmp_path / "lourd.xlsx", {"Jeunes": lignes})
    assert len(lire(lourd)[0]) == 4000
    monkeypatch.setattr(lecture_isolee, "MEMOIRES", (50_000_000,) * 3)
    with pytest.raises(ClasseurRefuse, match="trop de mémoire"):
        lire(lourd)


def test_un_fichier_qui_n_en_finit_pas_est_abandonne(fichier, monkeypatch):
    monkeypatch.setattr(lecture_isolee, "_LANCER", "while True: pass")
    monkeypatch.setattr(lecture_isolee, "SECONDES", (0.2,) * 3)
    with pytest.raises(ClasseurRefuse) as refus:
        lire(fichier)
    assert str(refus.value) == TROP_LOURD


class Piege:
    def __reduce__(self):
        return (pytest.fail, ("the parent ran what the child sent",))


def test_seules_des_valeurs_simples_reviennent(fichier, monkeypatch):
    piege = pickle.dumps(("feuilles", [Piege()]))
    monkeypatch.setattr(
        lecture_isolee, "_LANCER", f"import sys; sys.stdout.buffer.write({piege!r})"
    )
    with pytest.raises(ClasseurRefuse):
        lire(fichier)


def test_le_processus_finit_avec_la_lecture(fichier):
    with ouvrir(fichier, LIMITES) as ouvert:
        enfant = ouvert._enfant
    assert enfant.poll() is not None
