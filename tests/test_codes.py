"""A record without a code takes the next free one, however many there are."""

import random

import pytest
from sqlalchemy import create_engine, text

from app.models import Instance, Jeune, Rencontre
from app.regles.texte import plier
from tests import factories as f

FABRIQUES = {
    "jeune": (f.un_jeune, Jeune, "D"),
    "rencontre": (f.une_rencontre, Rencontre, "R"),
    "instance": (f.une_instance, Instance, "I"),
}


@pytest.mark.parametrize("table", FABRIQUES)
def test_le_code_suivant_saute_ceux_qui_sont_pris(session, table):
    fabrique, modele, prefixe = FABRIQUES[table]
    premier = fabrique()
    session.refresh(premier)
    chiffres = len(premier.code) - 1
    suivant = f"{prefixe}{int(premier.code[1:]) + 1:0{chiffres}d}"
    fabrique(code=suivant.lower())
    assert fabrique().code == f"{prefixe}{int(premier.code[1:]) + 2:0{chiffres}d}"


def test_au_dela_de_99999_le_code_a_un_chiffre_de_plus(app, session):
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as proprietaire:  # the application may take the next number, not choose it
        proprietaire.execute(text("select setval('acces.jeune_code_seq', 99998)"))
    moteur.dispose()
    assert [f.un_jeune().code for _ in range(3)] == ["D99999", "D100000", "D100001"]


@pytest.mark.parametrize(
    "texte", ["Zoé  D’Œuvre", "ÇA\u00a0Ä", "ŁÓDŹ", "Straße", "l'Été ", "Ørsted", "ﬁn", "D 001"]
)
def test_la_base_plie_les_textes_comme_python(session, texte):
    assert session.scalar(text("select acces.plier(:t)"), {"t": texte}) == plier(texte)


def test_la_base_plie_n_importe_quel_texte_comme_python(session):
    """With nothing to fold, something, or much of it: the base reads each its own way."""
    hasard = random.Random(3)
    lettres = "azAZ09 -'.\t\n\x0b\u00a0\u2003éÉçœŒæØłĐẞß’ﬁǽ"
    suites = [lettres[:9], lettres[:11], lettres]
    textes = [
        "".join(hasard.choices(suite, k=hasard.randrange(12)))
        for suite in suites
        for _ in range(400)
    ]
    lire = """
        select acces.plier(t)
        from unnest(cast(:t as text[])) with ordinality as u(t, n) order by n"""
    plies = session.scalars(text(lire), {"t": textes})
    assert [*zip(textes, plies, strict=True)] == [(t, plier(t)) for t in textes]
    assert session.scalar(text("select acces.plier(null)")) is None
