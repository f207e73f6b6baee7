"""The register: every column of the base has a nature, a purpose and a term, in one place."""

import csv
import io

import pytest
from sqlalchemy import text

from app.models import catalogue, registre, traitements
from app.models.base import Nature

COLONNES = text("""
    select table_schema || '.' || table_name as objet, column_name
    from information_schema.columns where table_schema in ('public', 'acces', 'travaux')""")


def colonnes_de_la_base(app) -> set[tuple[str, str]]:
    from app.commandes.base import moteur_proprietaire

    moteur = moteur_proprietaire(app)
    with moteur.connect() as connexion:
        lues = {(c.objet, c.column_name) for c in connexion.execute(COLONNES)}
    moteur.dispose()
    return lues


def test_chaque_colonne_de_la_base_est_au_registre_et_rien_d_autre(app):
    """A column added without a word fails here: see its model, or app/models/traitements.py."""
    dites = {
        (ligne.table if "." in ligne.table else f"public.{ligne.table}", ligne.colonne)
        for ligne in registre.lignes()
    }
    assert colonnes_de_la_base(app) == dites


def test_chaque_colonne_dit_sa_nature_sa_finalite_et_sa_conservation():
    natures = {nature.value for nature in Nature}
    for ligne in registre.lignes():
        assert ligne.nature in natures, ligne
        assert registre.A_DIRE not in (ligne.finalite, ligne.conservation), ligne
    assert traitements.TABLES.keys() <= catalogue.noms().keys()


def test_le_menage_lit_ses_termes_au_registre(app, tous):
    with tous() as session:
        for table, terme in traitements.termes().items():
            lu = session.scalar(text("select acces.duree(:table)"), {"table": table})
            assert lu == terme, table


def test_la_commande_donne_les_colonnes_et_la_fiche(app, tmp_path):
    rendu = app.test_cli_runner().invoke(args=["tandem", "registre"])
    lignes = list(csv.reader(io.StringIO(rendu.output), delimiter=";"))
    assert tuple(lignes[0]) == registre.TITRES
    assert len(lignes) == len(registre.lignes()) + 1
    fichier = tmp_path / "fiche.md"
    rendu = app.test_cli_runner().invoke(args=["tandem", "registre", "--fiche", str(fichier)])
    assert rendu.exit_code == 0, rendu.output
    fiche = fichier.read_text(encoding="utf-8-sig")
    for attendu in (
        "article 30",
        app.config["DEPARTEMENT"].nom,
        "## Suivi des jeunes",
        "## Droits des personnes",
        "Base légale :",
        "Transferts hors de l’Union européenne",
        "deux ans après le dernier contact",
    ):
        assert attendu in fiche


@pytest.mark.parametrize("table", ["jeune", "journal", "session_ouverte", "type_rencontre"])
def test_une_table_dit_a_qui_elle_sert(table):
    traitement, garde = traitements.de(table)
    assert traitement.destinataires and garde.dite
