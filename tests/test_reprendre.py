"""What whoever takes Tandem over asks first: a tenth MDS, another Département, a field more.

Each question is answered by doing it, through the screens, the commands and the settings that a
person would use. ``docs/reprendre.md`` tells where the other answers are.
"""

import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta

import openpyxl
import pytest
from docx import Document
from docx.oxml.ns import qn
from sqlalchemy import func, select

from app import acces, create_app
from app.commandes import base
from app.departement import lire_departement
from app.echanges.bilan import contenu, document
from app.echanges.tableau import classeur, mensuel
from app.echanges.tableau import envoi as tableau_envoi
from app.extensions import db
from app.indicateurs import calculer
from app.models import Envoi, Mds, Service
from app.models.nomenclature import TypePartenaire
from app.regles.age import ajouter_mois, aujourd_hui
from config import RACINE, ReglageRefuse, lire_reglages
from tests import factories as f
from tests.bases import patients
from tests.connexions import ouvrir_session, poster

FICTIF = RACINE / "tests" / "donnees" / "departement-fictif"
LE = aujourd_hui()
_PARAGRAPHE = qn("w:p")


def session_de(app, role: str, mds: str | None = None):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.un_compte(role, mds).id
        db.session.commit()
    return ouvrir_session(app.test_client(), numero)


# --- A tenth MDS


@pytest.fixture(scope="module")
def dixieme(app):
    """The MDS « Littoral », added on the screen by an administrator; a month was sent before."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        envoi = tableau_envoi.ouvrir_un_envoi(ajouter_mois(LE.replace(day=1), -1), None, "").id
        db.session.commit()
        tableau_envoi.envoyer(envoi, "Avant la dixième MDS.")
        db.session.commit()
        avant = bytes(db.session.get(Envoi, envoi).contenu), calculer(date(LE.year, 1, 1), LE)
    admin = session_de(app, "ADMINISTRATEUR")
    neuve = {"code": "LIT", "nom": "Littoral", "ouverte_le": LE.isoformat()}
    assert admin.get("/mds/ajouter").status_code == 200
    assert poster(admin, "/mds/ajouter", neuve).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.numero_mds("LIT")
    service = {"nom": "SEF du Littoral", "type": "SEF", "mds_id": numero}
    assert poster(admin, "/services/ajouter", service).status_code == 302
    return {"numero": numero, "envoi": envoi, "avant": avant, "admin": admin}


def test_une_dixieme_mds_s_ajoute_a_l_ecran_avec_ses_services(dixieme):
    page = dixieme["admin"].get(f"/mds/{dixieme['numero']}").text
    assert "Littoral" in page and "SEF du Littoral" in page


@pytest.mark.usefixtures("dixieme", "session")
def test_elle_recoit_des_habilitations_et_ses_agents_y_creent_des_jeunes(app):
    client = session_de(app, "REFERENT_SEF", "LIT")
    jeune = f.un_jeune("LIT", nom="Delacôte")
    f.un_jeune("ART", nom="Delaplaine")
    db.session.commit()
    page = client.get("/jeunes/").text
    assert "Delacôte" in page and "Delaplaine" not in page
    assert client.get(f"/jeunes/{jeune.id}").status_code == 200


@pytest.mark.usefixtures("session")
def test_les_nombres_attendus_comptent_les_mds_ouvertes_ce_jour_la(dixieme):
    fin = ajouter_mois(LE.replace(day=1), 1) - timedelta(days=1)
    for du, au, combien in ((fin, fin, 10), (date(2025, 3, 31), date(2025, 3, 31), 9)):
        assert calculer(du, au)["I12"].valeurs["attendues"] == combien
    assert calculer(fin, fin, "LIT")["I12"].valeurs["attendues"] == 1
    assert calculer(date(2025, 1, 1), date(2025, 12, 31), "LIT")["I12"].valeurs["attendues"] == 0
    passe = calculer(date(LE.year, 1, 1), LE.replace(day=1) - timedelta(days=1))
    assert passe["I11"].valeurs["attendues"] % 9 == 0


@pytest.mark.usefixtures("dixieme")
def test_les_obligations_l_accueil_et_les_tableaux_la_suivent(app):
    dpid = session_de(app, "DPID")
    for adresse in ("/obligations/", "/indicateurs/", "/envois/", "/tableau/", "/bilan/"):
        assert "Littoral" in dpid.get(adresse, follow_redirects=True).text, adresse
    responsable = session_de(app, "RESPONSABLE", "LIT")
    calendrier = responsable.get("/obligations/").text
    mois_finis = LE.month - 1
    trimestres_finis = mois_finis // 3
    assert calendrier.count("MDS pas encore ouverte") == mois_finis + trimestres_finis
    accueil = responsable.get("/").text
    assert "Manque" not in accueil, "nothing is due for a month that was over before it opened"


@pytest.mark.usefixtures("session")
def test_un_tableau_envoye_avant_elle_ne_change_pas(dixieme):
    contenu, chiffres = dixieme["avant"]
    assert bytes(db.session.get(Envoi, dixieme["envoi"]).contenu) == contenu
    hier = LE.replace(day=1) - timedelta(days=1)
    if hier.year == LE.year:
        attendu = calculer(date(LE.year, 1, 1), hier)["I12"].valeurs["attendues"]
        assert attendu <= chiffres["I12"].valeurs["attendues"]


@pytest.mark.usefixtures("session", "dixieme")
def test_elle_n_envoie_aucun_tableau_d_un_mois_d_avant_son_ouverture():
    littoral = db.session.scalars(select(Mds).where(Mds.code == "LIT")).one()
    with pytest.raises(tableau_envoi.EnvoiRefuse, match="n’était pas ouverte"):
        tableau_envoi.ouvrir_un_envoi(ajouter_mois(LE.replace(day=1), -1), littoral)


def test_elle_ne_s_ouvre_pas_dans_un_mois_fini(app, dixieme):
    hier = LE.replace(day=1) - timedelta(days=1)
    for jour, phrase in ((hier.isoformat(), "mois fini"), ("", "Donnez le jour")):
        vieille = {"code": "VIE", "nom": "Vieille", "ouverte_le": jour}
        refus = poster(dixieme["admin"], "/mds/ajouter", vieille)
        assert refus.status_code == 422 and phrase in refus.text
    rendu = app.test_cli_runner().invoke(
        args=["tandem", "mds", "ajouter", "VIE", "Vieille", "--ouverte-le", hier.isoformat()]
    )
    assert rendu.exit_code == 1 and "mois fini" in rendu.output


def test_une_mds_s_ajoute_par_la_commande_avec_ses_services(app):
    lancer = app.test_cli_runner().invoke
    commande = ["tandem", "mds", "ajouter", "val", "Val de Canche", "--sef", "SEF du Val"]
    rendu = lancer(args=commande)
    assert rendu.exit_code == 0 and "VAL" in rendu.output, rendu.output
    assert lancer(args=commande).exit_code == 1, "the code is taken"
    assert lancer(args=["tandem", "mds", "ajouter", "AB", "Trop court"]).exit_code == 2
    assert "VAL\tVal de Canche" in lancer(args=["tandem", "mds", "lister"]).output
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        une = db.session.scalars(select(Mds).where(Mds.code == "VAL")).one()
        assert une.ouverte_le == LE
        assert db.session.scalars(select(Service.nom).where(Service.mds_id == une.id)).all() == [
            "SEF du Val"
        ]


# --- Another Département, by a folder of settings


@pytest.fixture(scope="module")
def ailleurs(serveur_de_bases):
    """An application of a Département of three territories that does not exist."""
    nom = serveur_de_bases.creer()
    environnement = serveur_de_bases.environnement(nom) | {"TANDEM_DEPARTEMENT": str(FICTIF)}
    app = create_app(patients(lire_reglages(environnement)))
    serveur_de_bases.applications.setdefault(nom, []).append(app)
    base.initialiser(app)
    yield app
    serveur_de_bases.supprimer(nom)


def test_un_autre_departement_a_ses_mds_ses_services_et_ses_listes(ailleurs):
    with ailleurs.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        assert db.session.scalars(select(Mds.nom).order_by(Mds.code)).all() == [
            "Hautmoulin",
            "Les Lacs",
            "Plaine et Bois",
        ]
        assert db.session.scalar(select(func.count()).select_from(Service)) == 4
        assert db.session.scalars(select(TypePartenaire.libelle)).all() == [
            "Mission de la Vaucouleur"
        ]
        assert calculer(LE, LE)["I12"].indicateur.code == "I12"
        fin = date(2025, 3, 31)
        assert calculer(fin, fin)["I12"].valeurs["attendues"] == 3


@pytest.mark.parametrize(
    "adresse", ["/", "/tableau/", "/bilan/", "/indicateurs/", "/envois/", "/obligations/", "/mds/"]
)
def test_chaque_page_dit_le_nom_de_ce_departement_et_jamais_le_pas_de_calais(ailleurs, adresse):
    page = session_de(ailleurs, "DPID").get(adresse, follow_redirects=True)
    assert page.status_code == 200
    assert "Département de la Vaucouleur" in page.text
    assert "Pas-de-Calais" not in page.text


def test_le_tableau_et_le_bilan_portent_son_nom(ailleurs, tmp_path):
    with ailleurs.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        hmo = db.session.scalars(select(Mds).where(Mds.code == "HMO")).one()
        for mds, dit in ((None, "Département de la Vaucouleur"), (hmo, "UTAS Hautmoulin")):
            rapport = mensuel.calculer_le_mois(ajouter_mois(LE.replace(day=1), -1), mds)
            classeur.ecrire(rapport, tmp_path / "t.xlsx")
            feuilles = openpyxl.load_workbook(tmp_path / "t.xlsx")
            cellules = {str(c) for f_ in feuilles for rang in f_.values for c in rang if c}
            assert dit in rapport.territoire and any(dit in c for c in cellules)
            assert not any("Pas-de-Calais" in c for c in cellules)
            document.ecrire(contenu.preparer_bilan(LE.year, mds), tmp_path / "b.docx")
            corps = Document(str(tmp_path / "b.docx")).element.body
            textes = ["".join(p.itertext()) for p in corps.iter(_PARAGRAPHE)]
            assert not any("Pas-de-Calais" in t for t in textes)
        db.session.rollback()


def test_la_demonstration_ne_se_met_pas_dans_un_departement_qui_n_a_pas_ses_mds(ailleurs):
    rendu = ailleurs.test_cli_runner().invoke(args=["tandem", "demo", "--jeunes", "1"])
    assert rendu.exit_code == 1 and "ART" in rendu.output


@pytest.mark.parametrize(
    "fichier, contenu, phrase",
    [
        ("departement.toml", None, "departement.toml lisible"),
        ("departement.toml", "nom = ", "ne se lit pas"),
        ("departement.toml", 'nom = "Ici"', "« sigle_territoire » manque"),
        ("mds.csv", None, "manque"),
        ("mds.csv", "code,nom\n", "au moins une MDS"),
        ("mds.csv", "code\nHMO\n", "colonnes code, nom"),
        ("service.csv", "mds,type,nom,telephone\nXXX,SEF,Un,\n", "« XXX »"),
    ],
)
def test_un_dossier_de_reglages_incomplet_arrete_le_demarrage_d_une_phrase(
    tmp_path, fichier, contenu, phrase
):
    dossier = shutil.copytree(FICTIF, tmp_path / "reglages")
    (dossier / fichier).unlink()
    if contenu is not None:
        (dossier / fichier).write_text(contenu, encoding="utf-8")
    with pytest.raises(ReglageRefuse, match=phrase):
        lire_departement(dossier)


def test_une_faute_de_frappe_dans_les_reglages_se_dit(tmp_path):
    dossier = shutil.copytree(FICTIF, tmp_path / "reglages")
    reglages = dossier / "departement.toml"
    reglages.write_text(f"{reglages.read_text()}\nnoms = 'Ici'\n")
    with pytest.raises(ReglageRefuse, match="« noms » est inconnu"):
        lire_departement(dossier)


# --- A field more on the youth

MIGRATION = '''"""The school of a youth."""

import sqlalchemy as sa
from alembic import op

revision = "{neuve}"
down_revision = "{derniere}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jeune", sa.Column("lycee", sa.String(500), nullable=True))


def downgrade() -> None:
    op.drop_column("jeune", "lycee")
'''
AJOUTS = (
    # The column, beside one that exists.
    (
        "app/models/jeune.py",
        r'( +)oriente_par(: Mapped.*texte\()"Orienté par"',
        r'\1lycee\2"Lycée"',
    ),
    # Its column of the workbook.
    (
        "app/models/jeune.py",
        r'( +)\("Orienté par", "oriente_par"\)',
        r'\1("Lycée", "lycee")',
    ),
)


def copier_le_projet(vers):
    """What the tests need of the project, in another place: what is compiled goes along, but for
    what is being written."""
    for nom in ("app", "migrations", "tests", "config.py", "run.py", "pyproject.toml", "tools"):
        source = RACINE / nom
        if source.is_dir():
            shutil.copytree(source, vers / nom, ignore=shutil.ignore_patterns("*.pyc.*"))
        else:
            shutil.copy(source, vers / nom)
    return vers


def declarer_le_lycee(projet) -> int:
    """A line in the model and in its sheet, a word in the form and the list, a migration."""
    lignes = 0
    for ou, motif, ligne in AJOUTS:
        racine = projet / ou
        for fichier in [racine] if racine.is_file() else racine.rglob("*.py"):
            avant = fichier.read_text(encoding="utf-8")
            apres = re.sub(
                f"^({motif}.*)$",
                lambda m, motif=motif, ligne=ligne: f"{m[1]}\n{re.sub(motif, ligne, m[1])}",
                avant,
                flags=re.M,
            )
            lignes += apres.count("\n") - avant.count("\n")
            fichier.write_text(apres, encoding="utf-8")
    vue = projet / "app" / "views" / "jeune.py"
    texte = vue.read_text(encoding="utf-8")
    texte = re.sub(r'"etablissement_accueil"', '"etablissement_accueil", "lycee"', texte)
    texte = re.sub(r'(list_columns = \[\s*"nom",\s*"prenom",)', r'\1 "lycee",', texte, count=1)
    vue.write_text(texte, encoding="utf-8")
    versions = projet / "migrations" / "versions"
    derniere = sorted(p.name[:4] for p in versions.glob("[0-9]*.py"))[-1]
    neuve = f"{int(derniere) + 1:04d}"
    (versions / f"{neuve}_lycee.py").write_text(
        MIGRATION.format(neuve=neuve, derniere=derniere), encoding="utf-8"
    )
    return lignes


def test_un_champ_de_plus_sur_le_jeune_se_declare_une_fois_et_se_retrouve_partout(
    serveur_de_bases, tmp_path
):
    """Form, file, list, story, export, copy, workbook both ways, anonymisation: with one column."""
    projet = copier_le_projet(tmp_path)
    assert declarer_le_lycee(projet) == 2, "the column, and its column of the workbook"
    serveur = serveur_de_bases.proprietaire.render_as_string(hide_password=False)
    rendu = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/champ_ajoute.py"],
        cwd=projet,
        env={
            **os.environ,
            "PYTHONPATH": str(projet),
            "TANDEM_TEST_DATABASE_OWNER_URL": serveur,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert rendu.returncode == 0, rendu.stdout[-4000:] + rendu.stderr[-2000:]
