"""The self-assessment says what is: its tests exist, its counts are right, and what it says of the
code (no shell, no eval, no hash that is broken…) is read in the code."""

import ast
import functools
import json
import logging
import re
from collections import Counter
from pathlib import Path

import pytest

from app import secret
from app.connexion import motdepasse, second_facteur
from app.connexion.fournisseur import SessionDuFournisseur
from app.rappels import courriel
from app.service.journaux import JsonFormatter
from tests import serveur_smtp
from tools.verrou import RACINE

PAGE = (RACINE / "docs/securite.md").read_text(encoding="utf-8")
LIGNES = re.findall(r"^\| ([\d.]+) \| (.+?) \| (.+) \| (.*) \|$", PAGE, re.MULTILINE)
"""(number, verdict, what Tandem does, its tests)."""
RECU = re.compile(r"request\b|form\b|\.data\b|\bsaisi")
"""Names of what a person typed."""
CODE = sorted([*(RACINE / "app").rglob("*.py"), RACINE / "config.py", RACINE / "run.py"])


@functools.cache
def arbre(fichier: Path) -> ast.Module:
    return ast.parse(fichier.read_text(encoding="utf-8"))


def fonctions_de(fichier: str) -> set[str]:
    """The functions of a file of tests, wherever it is; none when it is not there."""
    arbres = [arbre(trouve) for trouve in (RACINE / "tests").rglob(fichier)]
    return {n.name for a in arbres for n in ast.walk(a) if isinstance(n, ast.FunctionDef)}


def test_les_nombres_de_l_auto_evaluation_sont_ceux_de_ses_lignes():
    combien = Counter(verdict for _, verdict, _, _ in LIGNES)
    dits = re.search(r"\*\*(\d+) oui, (\d+) en partie, (\d+) non, (\d+) sans objet", PAGE)
    assert len({numero for numero, *_ in LIGNES}) == len(LIGNES) > 200
    assert list(map(int, dits.groups())) == [
        combien[verdict] for verdict in ("oui", "en partie", "non", "sans objet")
    ]


def test_chaque_exigence_tenue_nomme_un_test_qui_existe():
    fautes = []
    for numero, verdict, _, dits in LIGNES:
        cites = re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", dits)
        if verdict == "oui" and not cites:
            fautes.append(f"{numero} ne nomme aucun test")
        for fichier, fonction in cites:
            connues = fonctions_de(fichier)
            if not connues or (fonction and fonction not in connues):
                fautes.append(f"{numero} : {fichier}::{fonction} n’existe pas")
    assert fautes == []


def test_chaque_page_citee_est_ecrite():
    for page in set(re.findall(r"`(docs/[\w/.-]+|app/[\w/.-]+)`", PAGE)):
        assert (RACINE / page).exists(), page


# What the code never does


@functools.cache
def appels() -> list[tuple[Path, ast.Call, str]]:
    """(file, call, « module.name » as it is written) of all the application."""
    trouves = []
    for fichier in CODE:
        for noeud in ast.walk(arbre(fichier)):
            if isinstance(noeud, ast.Call):
                trouves.append((fichier, noeud, ast.unparse(noeud.func)))
    return trouves


def importes(*modules: str) -> set[str]:
    """The files that import one of these modules."""
    ou = set()
    for fichier in CODE:
        for noeud in ast.walk(arbre(fichier)):
            noms = []
            if isinstance(noeud, ast.Import):
                noms = [alias.name for alias in noeud.names]
            elif isinstance(noeud, ast.ImportFrom):
                noms = [noeud.module or ""]
            if any(nom == m or nom.startswith(f"{m}.") for nom in noms for m in modules):
                ou.add(fichier.relative_to(RACINE).as_posix())
    return ou


def test_aucun_programme_n_est_lance_par_un_shell():
    for fichier, appel, nom in appels():
        assert nom not in ("os.system", "os.popen", "subprocess.getoutput"), fichier
        for mot in appel.keywords:
            assert mot.arg != "shell" or ast.unparse(mot.value) == "False", fichier


def test_rien_de_ce_qui_est_tape_ne_devient_du_code_ni_un_objet():
    for fichier, _, nom in appels():
        assert nom not in ("eval", "exec", "compile", "__import__"), fichier
        assert nom not in ("yaml.load", "yaml.unsafe_load"), fichier
    assert importes("marshal", "shelve", "dill") == set()
    isolee = "app/echanges/formats/lecture_isolee.py"
    assert importes("pickle") == {"app/echanges/formats/enfant.py", isolee}
    lit = [nom for fichier, _, nom in appels() if fichier == RACINE / isolee and "pickle" in nom]
    assert lit == ["pickle.UnpicklingError"], "what reads names the classes that it takes"


def test_les_gabarits_sont_des_fichiers():
    for fichier, _, nom in appels():
        assert not nom.endswith(("render_template_string", "env.from_string", "Template")), fichier


def test_ce_qui_est_tape_n_entre_dans_aucune_expression_reguliere_ni_aucun_format():
    """A pattern is written in the code (a constant, its name in capitals) or escaped; « .format »
    is called on nothing that was received."""
    for fichier, appel, nom in appels():
        if re.fullmatch(r"re\.(compile|match|search|fullmatch|sub|split|findall|finditer)", nom):
            assert _est_ecrit(appel.args[0]), f"{fichier} : {ast.unparse(appel)}"
        if nom.endswith(".format"):
            assert not RECU.search(nom), f"{fichier} : {ast.unparse(appel)}"


def _est_ecrit(noeud: ast.expr) -> bool:
    match noeud:
        case ast.Constant():
            return True
        case ast.Name(id=nom):
            return nom.isupper() or nom.strip("_").isupper()
        case ast.Attribute(attr=nom):
            return nom.isupper()
        case ast.Subscript(value=table):
            return _est_ecrit(table)
        case ast.Call():
            return "re.escape(" in ast.unparse(noeud)
        case ast.BinOp(left=ast.Constant(value=bytes())):  # a number of digits, in XML
            return True
        case ast.BinOp(left=gauche, op=ast.Mod() | ast.Add(), right=droite):
            return _est_ecrit(gauche) and _est_ecrit(droite)
        case ast.JoinedStr(values=parties):
            return all(isinstance(p, ast.Constant) or _est_ecrit(p.value) for p in parties)
    return False


def test_le_reseau_n_est_appele_que_la_ou_les_reglages_le_disent():
    """The provider of identities, the time-stamping authority, the mail server; a probe of our own
    listening address."""
    assert importes("requests", "authlib") == {
        "app/acces/horodatage.py",
        "app/connexion/fournisseur.py",
    }
    assert importes("smtplib") == {"app/rappels/courriel.py"}
    assert importes("urllib.request", "http.client", "httpx", "aiohttp", "ftplib") == set()
    assert SessionDuFournisseur().max_redirects == 0
    for fichier, appel, nom in appels():
        if re.fullmatch(r"requests\.(get|post|put|head|request)", nom):
            mots = {mot.arg: ast.unparse(mot.value) for mot in appel.keywords}
            assert mots["allow_redirects"] == "False" and "timeout" in mots, fichier
            assert "verify" not in mots


def test_seuls_servent_des_hash_et_des_chiffrements_qui_tiennent():
    algorithmes = {
        noeud.attr
        for fichier in CODE
        for noeud in ast.walk(arbre(fichier))
        if isinstance(noeud, ast.Attribute) and ast.unparse(noeud.value) == "hashlib"
    }
    assert algorithmes == {"sha256"}
    texte = "\n".join(fichier.read_text(encoding="utf-8") for fichier in CODE)
    assert not re.search(r"\b(md5|sha1|ECB|ARC4|TripleDES|Blowfish)\b", texte)
    assert not re.search(r"CERT_NONE|_create_unverified_context|verify=False", texte)


def test_ce_qui_est_tire_pour_etre_secret_l_est_par_le_module_secrets():
    """The other draws make fictitious people, and waits."""
    assert {ou for ou in importes("random") if not ou.startswith("app/donnees/")} <= {
        "app/commandes/demo.py"
    }
    assert len(motdepasse.ALPHABET) ** 12 > 2**58, "a recovery code: three groups of four"
    assert len(motdepasse.ALPHABET) ** 20 > 2**98, "a satisfaction link, a provisional password"
    assert len(motdepasse.tirer(groupes=3, lettres=4).replace("-", "")) == 12
    assert second_facteur.CODES == 10


def test_chaque_usage_a_sa_cle_derivee(monkeypatch):
    monkeypatch.setattr(secret, "cle_secrete", lambda: b"un secret qui ne sert a rien")
    cles = {secret.deriver(usage) for usage in ("un", "deux", secret.USAGE)}
    assert len(cles) == 3 and {len(cle) for cle in cles} == {32}


def test_un_mot_de_passe_long_est_pris_en_entier():
    """Up to its last letter, beyond sixty-four."""
    long_ = "Une phrase que nulle table ne borne, ni le hachage. " * 4
    hache = motdepasse.hacher(long_)
    assert motdepasse.verifier(hache, long_) and not motdepasse.verifier(hache, long_[:-1])


def test_le_nom_d_un_fichier_recu_ne_mene_nulle_part():
    """It is kept as a label, cut; no path is made of it."""
    lus = {
        fichier.relative_to(RACINE).as_posix()
        for fichier in CODE
        for noeud in ast.walk(arbre(fichier))
        if isinstance(noeud, ast.Attribute)
        and noeud.attr == "filename"
        and ast.unparse(noeud.value) in ("fichier", "envoi")
    }
    assert lus == {"app/views/pages/classeur.py", "app/travaux/imports.py"}
    for _, _, nom in appels():
        assert not nom.endswith("secure_filename") and nom != "fichier.save"


def test_un_mot_de_passe_se_colle_se_cache_et_se_garde():
    for gabarit in (RACINE / "app/templates").rglob("*.html"):
        texte = gabarit.read_text(encoding="utf-8")
        assert "onpaste" not in texte and "<object" not in texte and "<embed" not in texte
        for champ in re.findall(r"<input[^>]+name=\"[\w-]*mot_de_passe[\w-]*\"[^>]*>", texte):
            assert 'type="password"' in champ, champ
    macro = (RACINE / "app/templates/connexion/_saisie.html").read_text(encoding="utf-8")
    assert 'type="password"' in macro and "autocomplete" in macro
    scripts = "".join(f.read_text(encoding="utf-8") for f in (RACINE / "app/static").glob("*.js"))
    assert "paste" not in scripts


def test_un_en_tete_de_courriel_ne_prend_pas_deux_lignes():
    with pytest.raises(ValueError, match="linefeed"):
        courriel.ecrire(
            serveur_smtp.reglages(25), "a@b.fr\nBcc: c@d.fr", "objet", "corps", "1", _moment()
        )


def _moment():
    from datetime import UTC, datetime

    return datetime(2026, 1, 1, tzinfo=UTC)


def test_ce_qui_est_tape_ne_fait_pas_deux_lignes_du_journal_technique():
    dit = logging.LogRecord("x", logging.INFO, "", 0, 'tapé\n{"niveau": "faux"}', (), None)
    ecrite = JsonFormatter().format(dit)
    assert ecrite.count("\n") == 0 and json.loads(ecrite)["niveau"] == "info"
