"""A connection that has just served is taken at its word; one that was cut never reaches a page;
what each page asks is prepared once."""

from datetime import date

import pytest
from sqlalchemy import create_engine, func, insert, make_url, select, text, update
from sqlalchemy.exc import ProgrammingError

from app import acces, liaison
from app.extensions import db
from app.liaison import POUR_LES_SIENNES, POUR_TOUTES_LES_VALEURS, PREPAREE
from app.models import Habilitation, Jeune, Mds
from app.views.socle.ordre_prepare import OrdrePrepare
from tests import factories as f
from tests.connexions import ouvrir_session, poster

COMPTES = {"slai": ("SLAI", "ART"), "responsable": ("RESPONSABLE", "ART")}
PAGE = "/jeunes/"
COUPER = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and usename = 'tandem_app' and pid <> pg_backend_pid()"
)


@pytest.fixture
def slai(app, comptes):
    """Signed in, and the pool holds one connection that is open: that of the last page."""
    client = ouvrir_session(app.test_client(), comptes["slai"])
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    assert client.get(PAGE).status_code == 200
    return client


@pytest.fixture
def questions(monkeypatch):
    """Each question put to the base, as long as it is really put."""
    posees = []
    vraie = liaison._questionner

    def questionner(connexion):
        posees.append(connexion)
        vraie(connexion)

    monkeypatch.setattr(liaison, "_questionner", questionner)
    return posees


def couper(serveur_de_bases, app) -> None:
    """As the restart of PostgreSQL, or whoever runs it, ends the sessions of the application."""
    adresses = serveur_de_bases.environnement(serveur_de_bases.base_de(app))
    moteur = create_engine(make_url(adresses["DATABASE_URL"]).set(drivername="postgresql+psycopg"))
    try:
        with moteur.connect() as connexion:
            assert connexion.execute(text(COUPER)).all()
    finally:
        moteur.dispose()


def test_une_connexion_qui_vient_de_servir_sert_sans_question(slai, questions):
    for _ in range(3):
        assert slai.get(PAGE).status_code == 200
    assert questions == []


def test_une_connexion_reposee_depuis_longtemps_est_questionnee_une_fois(
    slai, questions, monkeypatch
):
    monkeypatch.setattr(liaison, "SANS_QUESTION_SECONDES", 0.0)
    assert slai.get(PAGE).status_code == 200
    assert questions


@pytest.mark.parametrize("repos", [liaison.SANS_QUESTION_SECONDES, 0.0])
def test_une_session_coupee_par_la_base_n_arrive_a_aucune_page(
    repos, slai, serveur_de_bases, app, monkeypatch
):
    monkeypatch.setattr(liaison, "SANS_QUESTION_SECONDES", repos)
    couper(serveur_de_bases, app)
    assert slai.get(PAGE).status_code == 200


def test_une_session_coupee_pendant_qu_on_compte_dit_que_la_base_ne_repond_pas(
    slai, serveur_de_bases, app, monkeypatch
):
    """Coming back to who acted before asks nothing of a connection that is lost."""

    def compter(**arguments):
        with acces.compter():
            db.session.execute(text("select 1"))
            couper(serveur_de_bases, app)
            db.session.execute(text("select 1"))

    monkeypatch.setitem(app.view_functions, "Accueil.index", compter)
    rendu = slai.get("/")
    assert rendu.status_code == 503
    assert "La base de données ne répond pas" in rendu.text
    assert slai.get(PAGE).status_code == 200


def test_ce_qui_est_dit_dans_une_connexion_ne_reste_pas_apres_la_question(
    slai, app, monkeypatch, comptes
):
    """The question is put outside any transaction, and the next one still is a transaction."""
    monkeypatch.setattr(liaison, "SANS_QUESTION_SECONDES", 0.0)
    with app.app_context(), acces.acteur(comptes["slai"]):
        dit = db.session.scalar(text("select current_setting('app.acteur', true)"))
        assert dit == str(comptes["slai"])
        db.session.rollback()
    with app.app_context(), db.engine.connect() as connexion:
        dit = connexion.scalar(text("select current_setting('app.acteur', true)"))
        assert dit in (None, "")


# Prepared statements
# -------------------


def preparees(app) -> dict[str, tuple[int, int]]:
    """Of the only connection of the pool: what it keeps prepared → plans made for all values, and
    for some."""
    with app.app_context(), db.engine.connect() as connexion:
        lues = connexion.exec_driver_sql(
            "select statement, generic_plans, custom_plans from pg_prepared_statements"
        ).all()
    return {ordre: (pour_tous, propres) for ordre, pour_tous, propres in lues}


def test_ce_que_chaque_page_demande_est_prepare_une_fois(slai, app):
    for _ in range(4):
        assert slai.get(PAGE).status_code == 200
    lues = preparees(app)
    assert any("acces.ouvrir_requete" in ordre for ordre in lues)
    [(pour_tous, propres)] = [plans for ordre, plans in lues.items() if "FROM jeune" in ordre]
    assert pour_tous >= 4
    assert propres == 0


def test_ce_qu_un_formulaire_ajoute_est_prepare_une_fois(slai, app, comptes):
    responsable = ouvrir_session(app.test_client(), comptes["responsable"])
    with app.app_context(), acces.acteur(acces.TOUS):
        mds = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
    saisie = {"prenom": "Zoé", "date_naissance": "28/02/2007", "mds_id": mds}
    for nom in ("Abeille", "Martinet", "Roitelet"):
        recu = poster(responsable, "/jeunes/ajouter", {**saisie, "nom": nom})
        assert recu.status_code == 302, recu.text
    [plans] = [p for ordre, p in preparees(app).items() if "INSERT INTO jeune " in ordre]
    assert plans == (3, 0)


@pytest.mark.usefixtures("slai")
def test_plusieurs_fiches_en_un_ordre_ne_se_preparent_pas(app):
    """How many there are makes another statement each time."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        mds = db.session.scalars(select(Mds.id)).first()
        fiches = [
            {"nom": f"Nom {n}", "prenom": "Zoé", "date_naissance": date(2007, 2, n), "mds_id": mds}
            for n in (1, 2, 3)
        ]
        assert len(db.session.scalars(insert(Jeune).returning(Jeune.id), fiches).all()) == 3
        db.session.rollback()
    assert not [ordre for ordre in preparees(app) if "INSERT INTO jeune" in ordre]


def test_le_jour_est_dans_l_ordre_et_ce_qui_distingue_les_personnes_dehors():
    ordre = OrdrePrepare.de(
        select(Jeune.id).where(Jeune.contact_le < date(2026, 3, 1), Jeune.mds_id == 4)
    )
    assert "contact_le < '2026-03-01'" in ordre.texte
    assert list(ordre.valeurs.values()) == [4]


def test_ce_qui_n_est_pas_prepare_est_planifie_pour_ses_valeurs(app):
    """A list that is filtered, of which a plan made for all values may read the whole table."""
    filtree = select(Jeune.id).where(Jeune.nom == "Abeille")

    def plans() -> str | None:
        return db.session.scalar(text("show plan_cache_mode"))

    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        assert plans() == POUR_TOUTES_LES_VALEURS
        db.session.get(Jeune, 1)
        assert plans() == POUR_TOUTES_LES_VALEURS, "one record by its number"
        db.session.execute(filtree)
        assert plans() == POUR_LES_SIENNES
        db.session.execute(filtree.execution_options(**PREPAREE))
        assert plans() == POUR_TOUTES_LES_VALEURS
        with db.session.begin_nested() as essai:
            db.session.execute(filtree)
            essai.rollback()
        db.session.execute(filtree)
        assert plans() == POUR_LES_SIENNES, "what was said in the savepoint was undone with it"
        db.session.rollback()
        assert plans() == POUR_TOUTES_LES_VALEURS
        db.session.execute(filtree)
        db.session.commit()
        assert plans() == POUR_TOUTES_LES_VALEURS


def test_rien_n_est_prepare_derriere_une_reserve(app, slai, monkeypatch):
    """Whose connections change at each transaction; the address of the base does not say so."""
    with app.app_context(), db.engine.connect() as connexion:
        connexion.connection.dbapi_connection.prepare_threshold = None
        connexion.exec_driver_sql("deallocate all")
        connexion.commit()
    assert slai.get(PAGE).status_code == 200
    assert preparees(app) == {}


def test_apres_une_erreur_tout_se_prepare_a_nouveau(slai, app):
    """As when an upgrade has changed what a statement gives."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        with pytest.raises(ProgrammingError):
            db.session.execute(text("select * from nulle_part"))
        db.session.rollback()
    assert preparees(app) == {}
    assert slai.get(PAGE).status_code == 200
    assert preparees(app)


def test_un_droit_retire_vaut_aussi_pour_ce_qui_est_prepare(slai, app, comptes):
    for _ in range(3):
        assert slai.get(PAGE).status_code == 200
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        siennes = update(Habilitation).where(Habilitation.compte_id == comptes["slai"])
        db.session.execute(siennes.values(au=f.il_y_a(1)))
        db.session.commit()
    assert slai.get(PAGE).status_code == 403
    with app.app_context(), acces.acteur(comptes["slai"]):
        assert db.session.scalar(select(func.count()).select_from(Jeune)) == 0
