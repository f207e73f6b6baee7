"""The base goes away while a piece of work is done: it is done once the base is back."""

import pytest
from sqlalchemy import text

from app.extensions import db
from app.travaux import file, taches
from app.travaux.taches import Livraison
from tests.test_travaux import agents, demander, etat, vider_la_file  # noqa: F401


@pytest.fixture
def essai(monkeypatch):
    """A kind of work during which the base goes away as often as is asked."""
    faits: list[int] = []

    def faire(travail, avancer, dossier):
        faits.append(travail.id)
        if len(faits) <= travail.demande["coupures"]:
            db.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        chemin = dossier / "fait.txt"
        chemin.write_text("fait", encoding="utf-8")
        return Livraison(chemin, "fait.txt", "text/plain")

    monkeypatch.setitem(taches.TACHES, "essai", taches.GenreDeTravail("essai", "Essai", faire))
    return faits


def test_une_base_tuee_pendant_un_travail_ne_le_perd_pas(app, agents, essai):  # noqa: F811
    numero = demander(app, agents["artois"], coupures=1)
    for _ in range(2):  # the first look may already put it back
        vider_la_file(app)
        assert etat(app, numero).statut in ("en_cours", "fini"), "not failed: it waits for the base"
    assert etat(app, numero).statut == "fini"
    assert essai == [numero, numero]


def test_un_travail_que_la_base_a_perdu_de_la_file_y_revient(app, agents, essai):  # noqa: F811
    """The job failed, and nobody could write how the work ended."""
    numero = demander(app, agents["artois"], coupures=0)
    with app.app_context():
        db.session.execute(text("delete from travaux.procrastinate_jobs"))
        db.session.commit()
        db.session.remove()
    vider_la_file(app)
    assert etat(app, numero).statut == "fini"
    assert essai == [numero]


def test_une_base_qui_meurt_toujours_au_meme_travail_le_fait_abandonner(
    app,
    agents,  # noqa: F811
    essai,
    monkeypatch,
):
    monkeypatch.setattr(file, "EFFORTS", 3)
    numero = demander(app, agents["artois"], coupures=100)
    for _ in range(file.EFFORTS + 1):
        vider_la_file(app)
    assert (etat(app, numero).statut, etat(app, numero).message) == ("echoue", file.INTERROMPU)
    assert essai.count(numero) == file.EFFORTS


def test_remettre_deux_fois_ne_fait_qu_une_fois(app, agents, essai):  # noqa: F811
    """Two machines that look at the same moment."""
    numero = demander(app, agents["artois"], coupures=0)
    with app.app_context():
        verrou = f"compte-{agents['artois']}"
        db.session.execute(text("select acces.mettre_en_file(:n, :v)"), {"n": numero, "v": verrou})
        db.session.commit()
        db.session.remove()
    vider_la_file(app)
    assert etat(app, numero).statut == "fini"
    assert essai == [numero]
