"""The names typed before there were agents each make one; no figure of a past month, no frozen
table and no text changes. Played on the demonstration and on the workbooks given as examples."""

from datetime import date

import pytest
from alembic import command
from sqlalchemy import create_engine, delete, text

from app import acces
from app.commandes import base
from app.commandes.base import actualiser_les_statistiques
from app.commandes.demo import creer_comptes_de_demonstration, remplir
from app.donnees import envoi_fictif
from app.echanges.reprise import application
from app.extensions import db
from app.indicateurs.calcul import calculer_ensemble
from app.indicateurs.demande import Periode
from app.models import Binome
from tests.classeurs import DONNEES, LIMITES, SAISIES

FIN = date(2026, 6, 30)
MOIS = [date(annee, mois, 1) for annee in (2024, 2025, 2026) for mois in range(1, 13)]
_FINS = [date(m.year + m.month // 12, m.month % 12 + 1, 1) for m in MOIS]
TEXTES = text("""
    select 'binome', id, coalesce(referent_ase, '') || '|' || coordonnateur from binome
    union all select 'poste', id, coordonnateur from poste
    union all select 'alerte', id, coalesce(signalee_par, '') from alerte
    union all select 'envoi', id, md5(contenu) || md5(classeur) from envoi where contenu is not null
    order by 1, 2""")
SANS_AGENT = text("""
    select count(*) from binome
    where coordonnateur_id is null and acces.est_un_nom(coordonnateur)
      or referent_id is null and acces.est_un_nom(referent_ase)""")


def _demonstration() -> None:
    remplir(60, 3, FIN)
    db.session.execute(delete(Binome).where(Binome.referent_ase.is_(None)))  # came with the agents
    creer_comptes_de_demonstration()
    db.session.commit()
    envoi_fictif.envoyer(3, FIN, 2, lambda n: None)
    db.session.commit()


def _saisie(nom: str):
    def importer() -> None:
        application.importer(DONNEES / nom, LIMITES)

    return importer


@pytest.mark.parametrize(
    "remplir_la_base",
    [_demonstration, *(_saisie(nom) for nom in SAISIES)],
    ids=["demonstration", *SAISIES],
)
def test_rien_ne_change_quand_les_noms_deviennent_des_agents(app_sur_base_neuve, remplir_la_base):
    app = app_sur_base_neuve
    with app.app_context(), acces.acteur(acces.TOUS, canal="demo"):
        remplir_la_base()
        db.session.rollback()
    actualiser_les_statistiques(app)
    avant = _tout(app)
    with app.app_context():
        command.downgrade(base.migrations(app), "0017")
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.connect() as connexion:
        assert connexion.execute(TEXTES).all() == avant[1]
    moteur.dispose()
    with app.app_context():
        command.upgrade(base.migrations(app), "head")
    assert _tout(app) == avant
    with app.app_context(), acces.acteur(acces.TOUS):
        assert db.session.scalar(SANS_AGENT) == 0
        assert db.session.scalar(text("select count(*) from agent")) > 0
        assert db.session.scalar(text("select count(*) from agent where mds_ids <> '{}'")) > 0
        db.session.rollback()


def _tout(app) -> tuple[list, list]:
    """The figures of each month, of the Département and of an MDS; the texts, the frozen files."""
    periodes = [
        Periode(du, date.fromordinal(fin.toordinal() - 1), mds)
        for du, fin in zip(MOIS, _FINS, strict=True)
        for mds in (None, "ART")
    ]
    with app.app_context(), acces.acteur(acces.TOUS):
        chiffres = [resultats.json() for resultats in calculer_ensemble(periodes)]
        textes = list(db.session.execute(TEXTES).all())
        db.session.rollback()
    return chiffres, textes
