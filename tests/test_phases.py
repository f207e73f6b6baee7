"""What the phase of a youth is read from: by a function of the base, under one’s own rights."""

import pytest
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.proprietaire import ecrire

COMPTES = {"artois": ("RESPONSABLE", "ART"), "arras": ("RESPONSABLE", "ARR")}


@pytest.fixture(scope="module")
def jeune(app) -> int:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART")
        f.un_accompagnement(jeune), f.un_binome(jeune), f.une_mesure(jeune)
        f.une_rencontre(jeune, type_code="TRIPARTITE")
        db.session.commit()
        return jeune.id


def genres(app, compte: int, jeune: int) -> set[str]:
    """What the function tells this account, a session long enough for its plan to be kept."""
    ordre = text("select genre from acces.faits_des_jeunes(cast(:jeunes as int[]), :le)")
    with app.app_context(), acces.acteur(compte, canal="essai"):
        for _ in range(8):
            dits = set(db.session.scalars(ordre, {"jeunes": [jeune], "le": aujourd_hui()}))
        db.session.rollback()
    return dits


def test_elle_ne_dit_rien_d_un_jeune_d_une_autre_mds(app, comptes, jeune):
    tous = {"accompagnement", "binome", "mesure", "rencontre", "nouvelles"}
    for _ in range(2):
        assert genres(app, comptes["artois"], jeune) == tous
        assert genres(app, comptes["arras"], jeune) == set()


def test_un_droit_retire_compte_des_l_ordre_suivant(app, jeune, tous):
    with tous() as session:
        compte = f.un_compte("RESPONSABLE", "ART").id
        session.commit()
    assert genres(app, compte, jeune)
    ecrire(app, "update habilitation set au = current_date - 1 where compte_id = :c", c=compte)
    assert genres(app, compte, jeune) == set()
