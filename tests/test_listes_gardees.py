"""The code lists that a process keeps are those of the base, whoever changes them and how."""

import pytest
from sqlalchemy import text

from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql

PAGE = "/rencontres/"


@pytest.fixture
def client(app, tous):
    with tous() as session:
        f.une_rencontre(f.un_jeune("ART"))  # nothing is filtered of nothing
        session.commit()
    compte = f.des_comptes(app, {"r": ("RESPONSABLE", "ART")})["r"]
    return ouvrir_session(app.test_client(), compte)


def lire(client) -> tuple[str, bool]:
    """The page, and whether the lists were read for it."""
    with ordres_sql() as ordres:
        page = client.get(PAGE).text
    return page, any("lieu_rencontre" in ordre and "UNION ALL" in ordre for ordre in ordres)


@pytest.mark.parametrize(
    "changement",
    [
        "update lieu_rencontre set libelle = 'Sous le préau' where code = 'MEDIATHEQUE'",
        "insert into lieu_rencontre (code, libelle, ordre) values ('PREAU', 'Sous le préau', 99)",
    ],
)
def test_un_changement_se_voit_a_la_page_suivante(client, tous, changement):
    page, _ = lire(client)
    page, lues = lire(client)
    assert not lues
    assert "Sous le préau" not in page
    with tous() as session:
        session.execute(text(changement))
        session.commit()
    page, lues = lire(client)
    assert lues
    assert "Sous le préau" in page
    with tous() as session:
        session.execute(text("update lieu_rencontre set libelle = code where libelle like 'Sous%'"))
        session.commit()
    assert "Sous le préau" not in lire(client)[0]


def test_chaque_liste_dit_qu_elle_change(tous):
    """Their triggers are declared with the lists: a new one has its own."""
    from app.models import LISTES

    with tous() as session:
        suivies = session.scalars(
            text("select tgrelid::regclass::text from pg_trigger where tgname = 'listes'")
        ).all()
    assert set(suivies) == {*LISTES, "mds", "service"}
