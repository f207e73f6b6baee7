"""What we depend on: locked by a tool, listed with its licences, looked up in the advisories."""

import importlib.metadata
import json
import re
import subprocess

import pytest
from packaging.requirements import Requirement

from tools import avis, licences, verrou

RACINE = verrou.RACINE
REFUSEES = re.compile(r"(?<!L)GPL|AGPL|SSPL|Business|Commercial|Proprietary", re.IGNORECASE)
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}\b"
    r"|\bxox[baprs]-[\w-]{10,}|\bsk_live_\w{20,}|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\."
    r"|postgres(?:ql)?://[^\s:@/{}…]+:(?!…|mot-de-passe)[^\s:@/{}]{12,}@(?!127|localhost|base\.exemple)"
)
"""A private key, a token of a service, a password in the address of a base that is not here."""


@pytest.mark.parametrize("nom", verrou.VERROUS)
def test_le_verrou_est_celui_que_l_outil_fait(nom):
    """Each library asked for is locked, in a version that is asked for, by the command that it
    says; « make verrous » makes it again."""
    texte = (RACINE / f"{nom}.txt").read_text(encoding="utf-8")
    assert verrou.COMMANDE.format(nom=nom) in texte.splitlines()[1]
    verrouillees = verrou.lire(nom)
    demandees = [
        Requirement(ligne.partition("#")[0])
        for ligne in (RACINE / f"{nom}.in").read_text(encoding="utf-8").splitlines()
        if ligne.partition("#")[0].strip() and not ligne.startswith("-")
    ]
    assert len(demandees) >= 1
    for demandee in demandees:
        version = verrouillees[verrou.normaliser(demandee.name)]
        assert demandee.specifier.contains(version), demandee


def test_tout_ce_dont_une_bibliotheque_a_besoin_est_verrouille():
    """Nothing is drawn in by the installation, and nothing is kept that nobody needs."""
    verrouillees = verrou.lire("requirements")
    demandees = (RACINE / "requirements.in").read_text(encoding="utf-8").splitlines()
    a_voir = [Requirement(d.partition("#")[0]) for d in demandees if d.partition("#")[0].strip()]
    vues: set[tuple[str, frozenset[str]]] = set()
    while a_voir:
        demandee = a_voir.pop()
        nom = verrou.normaliser(demandee.name)
        assert demandee.specifier.contains(verrouillees[nom]), demandee
        if (nom, frozenset(demandee.extras)) in vues:
            continue
        vues.add((nom, frozenset(demandee.extras)))
        for ligne in importlib.metadata.requires(nom) or ():
            besoin = Requirement(ligne)
            extras = demandee.extras or {""}
            if besoin.marker is None or any(besoin.marker.evaluate({"extra": e}) for e in extras):
                a_voir.append(besoin)
    assert {nom for nom, _ in vues} == verrouillees.keys()


def test_les_essais_jouent_les_memes_versions_que_le_service():
    communes = verrou.lire("requirements-dev").keys() & verrou.lire("requirements").keys()
    for nom in communes:
        assert verrou.lire("requirements-dev")[nom] == verrou.lire("requirements")[nom]


def test_la_liste_des_composants_est_celle_du_verrou():
    liste = json.loads((RACINE / "docs/composants/composants.cdx.json").read_text())
    assert liste["bomFormat"] == "CycloneDX"
    dits = {verrou.normaliser(c["name"]): c["version"] for c in liste["components"]}
    assert dits == verrou.lire("requirements"), "make composants"


def test_chaque_licence_est_dite_et_permise():
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), "make composants"
    for nom in verrou.lire("requirements"):
        assert not REFUSEES.search(licences.licence(nom)), f"{nom} : {licences.licence(nom)}"


def test_aucune_version_verrouillee_n_est_concernee_par_un_avis_connu(capsys):
    """An old list is told, and fails nothing."""
    assert avis.main([]) == 0, capsys.readouterr().err
    dit = capsys.readouterr().err
    liste = json.loads(avis.LISTE.read_text(encoding="utf-8"))
    assert ("Refaites-la" in dit) == (avis.age_en_jours(liste) > avis.AGE_MAX_JOURS)


def test_une_version_ancienne_serait_dite():
    liste = json.loads(avis.LISTE.read_text(encoding="utf-8"))
    assert avis.concernees(liste, {"werkzeug": "2.0.1"})[0].startswith("werkzeug 2.0.1 : PYSEC-")
    assert avis.concernees(liste, {"werkzeug": verrou.lire("requirements")["werkzeug"]}) == []


def test_aucun_secret_n_est_dans_les_fichiers():
    """Keys and passwords of the tests are drawn, or are those of fictitious accounts."""
    suivis = subprocess.run(
        ["git", "ls-files", "-z"], cwd=RACINE, capture_output=True, text=True, check=True
    ).stdout
    trouves = []
    for nom in filter(None, suivis.split("\0")):
        chemin = RACINE / nom
        if chemin.is_file() and (secret := SECRETS.search(chemin.read_text(errors="replace"))):
            trouves.append(f"{nom} : {secret[0][:30]}")
    assert trouves == []


def test_le_chercheur_de_secrets_en_trouve():
    cle = "-----BEGIN PRIVATE KEY-----\n" + "A" * 64
    assert SECRETS.search(cle) and SECRETS.search("AGE-SECRET-KEY-1" + "Q" * 58)


def test_les_actions_et_les_images_de_l_integration_sont_epinglees():
    for chemin in (*RACINE.glob(".github/workflows/*.yml"), RACINE / ".gitlab-ci.yml"):
        texte = chemin.read_text(encoding="utf-8")
        for action in re.findall(r"uses: (\S+)", texte):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action
        for image in re.findall(r"(?:image|container): (\S+)", texte):
            assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?", image), image
