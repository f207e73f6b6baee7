"""The documents name things that exist: files, functions, commands, settings, tests; no dead link.

A name moved in the code turns these tests red with the page and the name to change.
"""

import importlib
import re
import tomllib
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from app import acces
from app.commandes import tandem
from app.echanges.reprise import annulation, application
from app.echanges.reprise.application import OptionsDImport
from app.extensions import db
from config import RACINE
from tests import factories as f
from tests.classeurs import LIMITES

PAGES = sorted([*RACINE.glob("*.md"), *RACINE.glob("docs/**/*.md"), *RACINE.glob("tests/**/*.md")])
DOSSIERS = ("app", "docs", "migrations", "tests", "tools", ".ci", ".github", ".gitlab")
A_LA_RACINE = ("run.py", "config.py", "pyproject.toml", "Makefile", "requirements")
EXEMPLES = ("app/views/pret.py", "app/models/pret.py")
"""Files that a page tells its reader to write."""
_CODE = re.compile(r"`([^`\n]+)`")
_LIEN = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
_CHEMIN = re.compile(rf"(?:{'|'.join(re.escape(d) for d in DOSSIERS)})/[\w./*…<>-]*")
_TEST = re.compile(r"((?:navigateur/)?test_\w+\.py)(?:::(\w+…?))?")
_COMMANDE = re.compile(r"flask tandem ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")


def pages(*, code: bool = True):
    """(page, text): with ``code``, each span of code and each line of a block of code."""
    for page in PAGES:
        texte = page.read_text(encoding="utf-8")
        if code:
            blocs = re.findall(r"```[^\n]*\n(.*?)```", texte, re.DOTALL)
            yield page, [*_CODE.findall(texte), *(ligne for b in blocs for ligne in b.splitlines())]
        else:
            yield page, texte


def ou(page: Path) -> str:
    return str(page.relative_to(RACINE))


def fichiers(motif: str) -> bool:
    """A path of the repository, which may hold a star or the name of something that one chooses."""
    if motif in EXEMPLES or "…" in motif or "<" in motif:
        return True
    return any(RACINE.glob(motif.rstrip("/."))) if motif.rstrip("/.") else True


def test_chaque_fichier_nomme_existe():
    absents = [
        f"{ou(page)} : {chemin}"
        for page, morceaux in pages()
        for morceau in morceaux
        for chemin in _CHEMIN.findall(morceau)
        if not fichiers(chemin.split("::")[0])
    ]
    assert not absents, "\n".join(absents)


def test_chaque_fonction_nommee_existe():
    absentes = [
        f"{ou(page)} : {morceau}"
        for page, morceaux in pages()
        for morceau in morceaux
        if re.fullmatch(r"(?:app|tools)(?:\.\w+)+", morceau) and not nommee(morceau)
    ]
    assert not absentes, "\n".join(absentes)


def nommee(nom: str) -> bool:
    """``app.views.socle.base.VueTandem.obtenir``: a module, then what it holds."""
    parties = nom.split(".")
    for coupe in range(len(parties), 0, -1):
        try:
            objet = importlib.import_module(".".join(parties[:coupe]))
        except ModuleNotFoundError:
            continue
        for attribut in parties[coupe:]:
            if not hasattr(objet, attribut):
                return False
            objet = getattr(objet, attribut)
        return True
    return False


@cache
def ecrits_dans(fichier: str) -> frozenset[str]:
    """The tests of a file, wherever it stands under ``tests/``."""
    trouves = RACINE.glob(f"tests/**/{Path(fichier).name}")
    source = "".join(chemin.read_text(encoding="utf-8") for chemin in trouves)
    return frozenset(re.findall(r"^def (test_\w+)", source, re.M))


def test_chaque_test_nomme_existe():
    absents = []
    for page, morceaux in pages():
        for fichier, nom in (t for m in morceaux for t in _TEST.findall(m)):
            ecrits = ecrits_dans(fichier)
            debut = nom.rstrip("…")
            if not ecrits or not any(
                t == nom or (nom.endswith("…") and t.startswith(debut)) for t in ecrits | {""}
            ):
                absents.append(f"{ou(page)} : {fichier}::{nom}")
    assert not absents, "\n".join(absents)


def test_chaque_commande_nommee_existe():
    absentes = []
    for page, morceaux in pages():
        for commande, suite in (c for m in morceaux for c in _COMMANDE.findall(m)):
            connue = tandem.get_command(None, commande)
            groupe = getattr(connue, "commands", None)
            if connue is None or (groupe is not None and suite and suite not in groupe):
                absentes.append(f"{ou(page)} : flask tandem {commande} {suite}".strip())
    assert not absentes, "\n".join(absentes)


def test_chaque_cible_de_make_et_chaque_module_lance_existent():
    cibles = set(re.findall(r"^([a-z-]+):", (RACINE / "Makefile").read_text(), re.M))
    absents = []
    for page, morceaux in pages():
        for m in morceaux:
            absents += [
                f"{ou(page)} : make {c}"
                for c in re.findall(r"^\s*make ([a-z-]+)", m)
                if c not in cibles
            ]
            absents += [
                f"{ou(page)} : python -m {nom}"
                for nom in re.findall(r"python -m ((?:tests|tools)[\w.]*)", m)
                if not any((RACINE / nom.replace(".", "/")).parent.glob(f"{nom.split('.')[-1]}*"))
            ]
    assert not absents, "\n".join(absents)


def test_aucun_lien_ne_mene_nulle_part():
    morts = [
        f"{ou(page)} : {lien}"
        for page, texte in pages(code=False)
        for lien in _LIEN.findall(texte)
        if not (page.parent / lien).exists()
    ]
    assert not morts, "\n".join(morts)


def test_chaque_reglage_lu_est_dans_le_guide_d_exploitation_et_inversement():
    guide = (RACINE / "docs" / "exploitation.md").read_text(encoding="utf-8")
    code = "".join(
        p.read_text(encoding="utf-8")
        for p in [RACINE / "config.py", RACINE / "run.py", *(RACINE / "app").rglob("*.py")]
    )
    lus = set(re.findall(r"environ,? ?(?:\.get\()?\(?\"([A-Z][A-Z_]+)\"", code))
    lus |= set(re.findall(r"\"(TANDEM_[A-Z_]+|DATABASE_[A-Z_]+)\"", code)) - {"TANDEM_OIDC_"}
    dits = set(re.findall(r"`([A-Z][A-Z_]{3,})`", guide))
    assert not {r for r in lus if r not in guide}, "a setting that the guide does not tell"
    inconnus = {d for d in dits if d.startswith(("TANDEM_", "DATABASE_")) and d not in lus}
    assert not {d for d in inconnus if not d.startswith("TANDEM_OIDC_")}


def test_chaque_decision_a_son_contexte_sa_raison_et_sa_date():
    dossier = RACINE / "docs" / "decisions"
    index = (dossier / "README.md").read_text(encoding="utf-8")
    for page in sorted(set(dossier.glob("*.md")) - {dossier / "README.md"}):
        texte = page.read_text(encoding="utf-8")
        assert f"({page.name})" in index, f"docs/decisions/README.md does not list {page.name}"
        assert re.search(
            r"\d{1,2} (January|February|March|April|May|June|July|August|September"
            r"|October|November|December) \d{4}",
            texte,
        ), f"{page.name}: no date"
        assert "**Context.**" in texte, f"{page.name}: no context"
        assert "**Decision.**" in texte or "**Figure.**" in texte, f"{page.name}: no decision"


def test_la_licence_le_journal_des_versions_et_les_regles_de_la_forge_sont_la():
    licence = (RACINE / "LICENSE").read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: EUPL-1.2" in licence and "eupl" in licence.lower()
    versions = (RACINE / "CHANGELOG.md").read_text(encoding="utf-8")
    for partie in ("Pour les utilisateurs", "Pour qui exploite", "Chiffres"):
        assert partie in versions
    for workflow in (".github/workflows/ci.yml", ".gitlab-ci.yml"):
        assert ".ci/run" in (RACINE / workflow).read_text(encoding="utf-8"), workflow


def test_les_controles_avant_chaque_commit_sont_ceux_de_make_lint():
    """Each check of ``make lint`` is a local hook, and needs no network."""
    hooks = (RACINE / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (RACINE / "Makefile").read_text(), re.M)[1]
    for commande in re.findall(r"(ruff check|ruff format|lint-imports|mypy|tools\.mesures)", lint):
        assert commande in hooks, commande
    assert set(re.findall(r"repo: (\S+)", hooks)) == {"local"}


@pytest.mark.parametrize("nom", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_une_page_pour_developpeurs_ne_nomme_aucun_chemin_de_cette_machine(nom):
    texte = (RACINE / nom).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(?:work|root|home)/", texte)


def test_l_editeur_coupe_les_lignes_ou_la_mise_en_forme_les_coupe():
    reglages = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))
    longueur = reglages["tool"]["ruff"]["line-length"]
    editeur = (RACINE / ".editorconfig").read_text(encoding="utf-8")
    assert f"max_line_length = {longueur}" in editeur


def test_le_classeur_des_cinq_premieres_minutes_s_importe_en_entier_puis_s_annule(app):
    """With the account that the README names: the responsable of one MDS, refused nothing."""
    texte = (RACINE / "README.md").read_text(encoding="utf-8")
    (classeur,) = set(re.findall(r"tests/donnees/saisie_[a-z]+\.xlsx", texte))
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        responsable = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
    with app.app_context(), acces.acteur(responsable, canal="essai"):
        essai = application.importer(RACINE / classeur, LIMITES, OptionsDImport(essai=True))
        rapport = application.importer(RACINE / classeur, LIMITES)
        assert not essai.refus and not rapport.refus
        assert rapport.crees == essai.crees > 200
        annulation.annuler(rapport.importation)
        db.session.commit()
    with app.app_context(), acces.acteur(responsable, canal="essai"):
        assert (
            application.importer(RACINE / classeur, LIMITES, OptionsDImport(essai=True)).crees
            == essai.crees
        )


def test_le_classeur_des_cinq_premieres_minutes_ne_prend_aucun_code_de_la_demonstration():
    """The demonstration numbers its files D00001…, its meetings I00001…, its rencontres R000001…"""
    feuilles = openpyxl.load_workbook(RACINE / "tests" / "donnees" / "saisie_artois.xlsx")
    textes = [c for feuille in feuilles for rang in feuille.values for c in rang]
    assert not [c for c in textes if re.fullmatch(r"\s*[DIR]\d{5,6}\s*", str(c))]
