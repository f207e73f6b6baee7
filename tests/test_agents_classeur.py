"""The sheet « Agents » of the classeur de reprise, and the agents whom other sheets name."""

import itertools

import pytest
from sqlalchemy import func, select

from app import acces
from app.echanges.reprise import annulation, application, extraction
from app.extensions import db
from app.models import Agent, Binome
from tests import factories as f
from tests.classeurs import LIMITES, cellules, ecrire

_numeros = itertools.count(1)
DELESTREZ = {
    "Nom": "Nour Delestrez",
    "Fonction": "Coordonnateur Mission Locale",
    "MDS": "ART;LLI",
    "Téléphone": "03 53 01 22 33",
    "Courriel": "nour@example.org",
    "Du": "01/01/2024",
}


@pytest.fixture
def importer(session, tmp_path):
    """Write a workbook, import it, give the report."""

    def _importer(feuilles, **options):
        chemin = ecrire(tmp_path / f"{next(_numeros)}.xlsx", feuilles)
        return application.importer(
            chemin, LIMITES, application.OptionsDImport(details=500, **options)
        )

    return _importer


def _agent(nom: str) -> Agent:
    return db.session.scalars(select(Agent).where(Agent.nom == nom)).one()


def test_la_feuille_agents_cree_met_a_jour_et_ressort_identique(importer, session, tmp_path):
    premier = importer({"Agents": [DELESTREZ]})
    assert (premier.crees, premier.refus) == (1, [])
    celle = _agent("Nour Delestrez")
    assert celle.fonction_code == "COORDONNATEUR"
    assert celle.mds_ids == [f.numero_mds("ART"), f.numero_mds("LLI")]
    encore = importer({"Agents": [DELESTREZ]})
    assert (encore.crees, encore.modifies, encore.inchanges) == (0, 0, 1)
    autre = {**DELESTREZ, "Nom": "NOUR  delestrez", "Téléphone": "03 21 15 21 10"}
    change = importer({"Agents": [autre]})
    assert (change.crees, change.modifies) == (0, 1)
    extraction.exporter(tmp_path / "export.xlsx")
    feuille = cellules(tmp_path / "export.xlsx")["Agents"]
    assert feuille[0] == ["Nom", "Fonction", "MDS", "Téléphone", "Courriel", "Du", "Au"]
    (ligne,) = [x for x in feuille[1:] if "elestrez" in x[0]]
    assert ligne[1:4] == ["COORDONNATEUR", "ART;LLI", "03 21 15 21 10"]


def test_un_nom_d_une_autre_feuille_est_celui_de_l_agent_ou_le_cree(importer, session):
    jeune = f.un_jeune()
    session.commit()
    importer({"Agents": [{**DELESTREZ, "Nom": "Jean-Baptiste N’Diaye"}]})
    rapport = importer(
        {
            "Binômes": [
                {
                    "Jeune": jeune.code,
                    "Référent ASE": "Inconnue Jusque-Là",
                    "Coordonnateur": "jean baptiste ndiaye",
                    "Du": "01/02/2025",
                }
            ]
        }
    )
    assert (rapport.crees, rapport.refus) == (1, [])
    binome = db.session.scalars(select(Binome).where(Binome.jeune_id == jeune.id)).one()
    assert binome.coordonnateur_id == _agent("Jean-Baptiste N’Diaye").id
    nouveau = _agent("Inconnue Jusque-Là")
    assert (binome.referent_id, nouveau.mds_ids) == (nouveau.id, [jeune.mds_id])
    assert nouveau.fonction_code == "REFERENT_ASE"


def test_un_binome_sans_referent_s_importe(importer, session):
    jeune = f.un_jeune()
    session.commit()
    rapport = importer(
        {"Binômes": [{"Jeune": jeune.code, "Coordonnateur": "Seule Ici", "Du": "01/02/2025"}]}
    )
    assert (rapport.crees, rapport.refus) == (1, [])


def test_un_compte_n_inscrit_un_agent_que_dans_ses_mds(importer, session):
    compte = f.un_compte("COORDONNATEUR", "ART").id
    f.un_agent("ARR", nom="Ailleurs Connu")
    session.commit()
    lignes = [
        {**DELESTREZ, "Nom": "Ici Permise", "MDS": "ART"},
        {**DELESTREZ, "Nom": "Ailleurs Refuse", "MDS": "ARR"},
        {**DELESTREZ, "Nom": "ailleurs connu", "MDS": "ART"},
    ]
    with acces.acteur(compte):
        rapport = importer({"Agents": lignes}, garder_les_bonnes=True)
    assert rapport.crees == 1
    assert {refus.ligne for refus in rapport.refus} == {3, 4}


def test_annuler_un_import_retire_les_agents_qu_il_a_faits(importer, session):
    jeune = f.un_jeune()
    session.commit()
    avant = session.scalar(select(func.count()).select_from(Agent))
    rapport = importer(
        {"Binômes": [{"Jeune": jeune.code, "Coordonnateur": "De Passage", "Du": "01/02/2025"}]}
    )
    assert session.scalar(select(func.count()).select_from(Agent)) == avant + 1
    annulation.annuler(rapport.importation)
    assert session.scalar(select(func.count()).select_from(Agent)) == avant
