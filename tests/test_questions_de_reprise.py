"""What one who takes the project over asks, and how many places each answer touches: a delay of the
call for projects, the meaning of a code from a day, a new indicator."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date

import pytest
from sqlalchemy import text

from app.indicateurs import calculer
from app.models.nomenclature import Logement
from config import RACINE

from .indicateurs import independant
from .indicateurs.histoires import (
    PERIODES,
    Hasard,
    des_instances,
    des_postes,
    enregistrer,
    une_histoire,
)

A_COPIER = ("app", "migrations", "config.py", "pyproject.toml")
EN_COURS = shutil.ignore_patterns("*.pyc.*")
"""What is compiled goes along, but for what is being written."""


@pytest.fixture
def copie(tmp_path):
    """The project in a folder of its own: what is changed in it stays there."""
    for nom in A_COPIER:
        source = RACINE / nom
        if source.is_dir():
            shutil.copytree(source, tmp_path / nom, ignore=EN_COURS)
        else:
            shutil.copy(source, tmp_path / nom)
    return tmp_path


def changer(fichier, avant: str, apres: str) -> None:
    source = fichier.read_text(encoding="utf-8")
    assert source.count(avant) == 1, f"{avant!r} in {fichier}"
    fichier.write_text(source.replace(avant, apres), encoding="utf-8")


def executer(dossier, programme: str, environnement: dict[str, str] | None = None) -> dict:
    """Run a program in the copy; it prints JSON last."""
    fini = subprocess.run(
        [sys.executable, "-c", programme],
        cwd=dossier,
        env={**os.environ, **(environnement or {}), "PYTHONPATH": str(dossier)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert fini.returncode == 0, fini.stderr
    return json.loads(fini.stdout.splitlines()[-1])


# --- « 15 jours deviennent 10 »

DIRE_LES_DELAIS = """
import json
from datetime import date
from app import models
from app.indicateurs import DEFINITIONS
from app.indicateurs.anomalies import PAR_CODE
from app.indicateurs.criteres import CRITERES
from app.indicateurs.graphiques import EVOLUTIONS
from app.echanges.tableau.disposition import SYNTHESE
from app.models import Jeune
from app.regles.parcours import delai, limite_rdv
print(json.dumps({
    "limite": limite_rdv(date(2026, 3, 1)).isoformat(),
    "critere": CRITERES["rdv_dans_le_delai"].sql,
    "phrases": [
        DEFINITIONS["I3d"].titre, DEFINITIONS["I3d"].regle, DEFINITIONS["I3d"].si[0][1],
        EVOLUTIONS["I3d"].titre,
        PAR_CODE["RDV_EN_RETARD"].phrase, PAR_CODE["CONTACT_NON_DATE"].phrase,
        Jeune.contact_le.info["aide"],
        delai(date(2026, 3, 1), [], date(2026, 3, 2)).phrase(date(2026, 3, 2)),
        *[ligne.libelle for ligne in SYNTHESE if (ligne.code, ligne.chemin) == ("I3d", "oui")],
    ],
}))
"""


def test_15_jours_deviennent_10_par_une_seule_valeur(copie):
    avant = executer(copie, DIRE_LES_DELAIS)
    changer(
        copie / "app/regles/parametres.py",
        '"Délai du premier rendez-vous tripartite",\n    15,',
        '"Délai du premier rendez-vous tripartite",\n    10,',
    )
    apres = executer(copie, DIRE_LES_DELAIS)
    assert (avant["limite"], apres["limite"]) == ("2026-03-16", "2026-03-11")
    assert apres["critere"] == avant["critere"].replace("15", "10")
    assert all("15 jours" in phrase for phrase in avant["phrases"])
    assert all("10 jours" in x and "15" not in x for x in apres["phrases"]), apres["phrases"]


# --- « Le FJT n’est plus stable à partir du… »


@pytest.mark.parametrize("graine", range(500, 503))
def test_le_fjt_n_est_plus_stable_a_partir_d_un_jour(session, monkeypatch, graine):
    """In the list of codes alone: the exits before that day keep what the code meant then."""
    du, au = PERIODES[graine % len(PERIODES)]
    milieu = du + (au - du) / 2
    hasard = Hasard(graine, du, au)
    histoires = [une_histoire(hasard) for _ in range(400)]
    instances, postes = des_instances(hasard), des_postes(hasard)
    with session.begin_nested() as seul:
        enregistrer(session, histoires, instances, postes)
        toujours = calculer(du, au).json()
        fjt = session.get(Logement, "FJT")
        fjt.stable_depuis, fjt.stable_avant, fjt.stable = milieu, "oui", "non"
        session.flush()
        change = calculer(du, au).json()
        seul.rollback()
    monkeypatch.setitem(independant.STABILITE_CHANGEE, "FJT", [(milieu, "oui")])
    monkeypatch.setitem(independant.LOGEMENT["FJT"], "stable", "non")
    reponses = [independant.reponses(independant.Vie(h), du, au, None) for h in histoires]
    assert change == independant.calculer(reponses, instances, postes, du, au, None)
    change["indicateurs"]["I7"] = toujours["indicateurs"]["I7"]
    assert change == toujours, "nothing but I7 moves"


@pytest.mark.parametrize(("sortie", "reponse"), [("2026-06-30", "oui"), ("2026-07-01", "non")])
def test_la_veille_le_fjt_est_stable_le_jour_meme_il_ne_l_est_plus(session, sortie, reponse):
    le = date.fromisoformat(sortie)
    situation = {"observee_le": le, "logement_code": "FJT"}
    rdv = dict.fromkeys(
        ("jeune_present", "coordonnateur_present", "service_ase_present", "lieu_accueil_present"),
        True,
    )
    histoire = independant.Histoire(
        naissance=date(2008, 1, 1),
        mds="ART",
        accompagnements=[{"du": date(2026, 1, 1)}],
        mesures=[{"du": date(2020, 1, 1), "au": le, "type_code": "PLACEMENT"}],
        binomes=[{"du": date(2026, 1, 1)}],
        rencontres=[
            {"le": date(2026, 1, 5), "type_code": "TRIPARTITE", "statut_code": "TENUE", **rdv}
        ],
        situations=[situation],
    )
    with session.begin_nested() as seul:
        enregistrer(session, [histoire], [], [])
        session.execute(
            text(
                "update logement set stable = 'non', stable_avant = 'oui',"
                " stable_depuis = '2026-07-01' where code = 'FJT'"
            )
        )
        i7 = calculer(date(2026, 1, 1), date(2026, 12, 31))["I7"].valeurs
        seul.rollback()
    assert (i7["n"], i7[reponse]) == (1, 1)


# --- « Un nouvel indicateur »

DECLARATION = """    Effectif(
        "X1",
        "Jeunes accompagnés et en alternance",
        "Jeunes comptés en I4 dont la situation est une alternance.",
        parmi="suivis",
        parent="I4",
        le="dernier_jour",
        si=(("en_alternance", "pas en alternance"),),
        par_mds_au_bilan=0,
        evolution=Evolution("Accompagnés et en alternance"),
        au_contrat=AU_CONTRAT,
    ),
    # Beside the report.
"""
MONTRER = """
import json, tempfile
from datetime import date
from pathlib import Path
from python_calamine import CalamineWorkbook
from app import acces, create_app
from app.echanges.bilan import contenu, document
from app.echanges.tableau import classeur, diffusion, disposition, mensuel
from app.extensions import db
from app.indicateurs import calculer, graphiques
from config import lire_reglages
from docx import Document
from flask import render_template
from app.views.pages import definitions, indicateurs
from app.views.pages.periode_demandee import PeriodeDemandee
app = create_app(lire_reglages())
du, au = date(2025, 1, 1), date(2025, 12, 31)
dit = {}
with app.test_request_context(), acces.acteur(acces.TOUS, canal="essai"):
    demande = PeriodeDemandee(du, au, None, [("", "Département")])
    page = indicateurs.composer_les_chiffres(demande)
    dit["ecran"] = [c.indicateur.titre for c, _ in page.chiffres]
    dit["definitions"] = [i.titre for i in definitions.PageDesDefinitions().indicateurs]
    dit["json"] = calculer(du, au).json()["indicateurs"].get("X1")
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "tableau.xlsx"
        classeur.composer(mensuel.calculer_le_mois(date(2025, 6, 1), None), chemin)
        feuilles = CalamineWorkbook.from_path(chemin)
        for nom in ("Synthèse", "Définitions", "Évolutions"):
            lignes = feuilles.get_sheet_by_name(nom).to_python()
            dit[nom] = [str(case) for ligne in lignes for case in ligne]
        mot = Path(dossier) / "bilan.docx"
        document.ecrire(contenu.preparer_bilan(2025, None, au), mot)
        lu = Document(mot)
        dit["bilan"] = [x.text for x in lu.paragraphs]
        for t in lu.tables:
            dit["bilan"] += [case.text for ligne in t.rows for case in ligne.cells]
    dit["partenaires"] = [c.code for c in disposition.LIGNES_DE_CHIFFRES]
    dit["dessin"] = graphiques.EVOLUTIONS["X1"].titre
    db.session.rollback()
print(json.dumps(dit))
"""


@pytest.mark.parametrize("au_contrat", [True, False])
def test_un_nouvel_indicateur_est_une_declaration(copie, serveur_de_bases, nom_de_base, au_contrat):
    """And nothing else: the screen, the JSON when it asks for it, the monthly table, its version
    for partners, the bilan, the drawings and the definitions all show it."""
    changer(
        copie / "app/indicateurs/definitions.py",
        "    # Beside the report.\n",
        DECLARATION.replace("AU_CONTRAT", str(au_contrat)),
    )
    dit = executer(copie, MONTRER, serveur_de_bases.environnement(nom_de_base))
    titre = "Jeunes accompagnés et en alternance"
    for ou in ("ecran", "definitions", "Synthèse", "Définitions", "bilan"):
        assert any(titre in texte for texte in dit[ou]), ou
    assert any("Accompagnés et en alternance, sur" in texte for texte in dit["Évolutions"])
    assert any("Accompagnés et en alternance, sur" in texte for texte in dit["bilan"])
    assert "X1" in dit["partenaires"] and dit["dessin"] == "Accompagnés et en alternance"
    assert dit["json"] == ({"nombre": 0} if au_contrat else None)


def test_un_indicateur_mal_declare_se_dit_en_une_phrase(copie):
    changer(
        copie / "app/indicateurs/definitions.py",
        "    # Beside the report.\n",
        DECLARATION.replace("AU_CONTRAT", "True").replace("en_alternance", "en_alternanse"),
    )
    fini = subprocess.run(
        [sys.executable, "-c", "import app.indicateurs"],
        cwd=copie,
        env={**os.environ, "PYTHONPATH": str(copie)},
        capture_output=True,
        text=True,
        check=False,
    )
    attendu = "L’indicateur X1 emploie le critère « en_alternanse », qui n’existe pas."
    assert fini.returncode and attendu in fini.stderr.splitlines()[-1]
