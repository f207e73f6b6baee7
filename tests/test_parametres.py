"""A number of the call for projects, of the law or of the definitions is said once: what people
read is built from it, and the page « Définitions et délais » shows it."""

import ast
import re
from html import unescape
from pathlib import Path

import pytest

from app.indicateurs import DEFINITIONS, REGLES_COMMUNES
from app.regles.parametres import PARAMETRES, Parametre
from config import RACINE
from tests import factories as f
from tests.arbres import arbre
from tests.connexions import ouvrir_session

LETTRES = "deux|trois|quatre|cinq|six|neuf|dix|douze|quinze|trente|soixante|quatre-vingt-dix"
NOMBRES = dict(zip(LETTRES.split("|"), (2, 3, 4, 5, 6, 9, 10, 12, 15, 30, 60, 90), strict=True))
UNITES = {"jours": "jours", "mois": "mois", "ans": "ans", "semaines": "semaines", "MDS": "MDS"}
UNITES |= {"réponses": "réponses", "%": "%", "€": "€"}
NOMBRE = re.compile(
    rf"(?<![\w.,/-])(?P<nombre>\d+|{LETTRES})[ \u00a0\u202f](?P<unite>{'|'.join(UNITES)})(?!\w)",
)
CITATION = re.compile("« [^»]*»|[Ll]oi du [^)]*")
"""The words of the call for projects or of the law, given as they are."""
SOURCES = {"app/regles/parametres.py"}
"""Where each number is, with its source."""
AUTRE_NOMBRE = {
    ("app/models/convention.py", "100 %"): "the bounds of a percentage",
    ("app/echanges/reprise/droits.py", "deux MDS"): "the two that a transfer concerns",
    ("app/indicateurs/definitions.py", "100 %"): "the whole of a distribution",
    ("app/echanges/reprise/feuilles.py", "6 mois"): "the heading of a column of the workbook",
    ("app/models/situation.py", "6 mois"): "the heading of the same column",
    ("app/models/traitements.py", "deux jours"): "how long a file waits for its author",
    ("app/models/traitements.py", "trente jours"): "how long an ended session is kept",
    ("app/views/jeune.py", "16 ans"): "an age of the filter",
    ("app/views/jeune.py", "17 ans"): "an age of the filter",
    ("app/views/jeune.py", "18 ans"): "an age of the filter",
    ("app/views/jeune.py", "20 ans"): "an age of the filter",
    ("app/views/jeune.py", "25 ans"): "an age of the filter",
}
"""A number that is not that of a parameter, though it is the same."""
CONNUS = {
    (nombre, p.unite)
    for p in PARAMETRES.values()
    for nombre in (p.valeur if isinstance(p.valeur, tuple) else (p.valeur,))
}


def phrases_python(source: str) -> list[str]:
    """The strings of a module that people may read: neither docstrings nor SQL; an f-string is read
    with its computed parts left out."""
    racine = arbre(source)
    docs, morceaux = set(), set()
    for noeud in ast.walk(racine):
        if isinstance(noeud, ast.Expr) and isinstance(noeud.value, ast.Constant):
            docs.add(noeud.value)
        if isinstance(noeud, ast.JoinedStr):
            morceaux.update(noeud.values)
    trouvees = []
    for noeud in ast.walk(racine):
        if isinstance(noeud, ast.JoinedStr):
            dits = [v.value if isinstance(v, ast.Constant) else "\x00" for v in noeud.values]
            trouvees.append("".join(dits))
        elif isinstance(noeud, ast.Constant) and noeud not in docs | morceaux:
            trouvees.append(str(noeud.value))
    return trouvees


def phrases_html(source: str) -> list[str]:
    return [re.sub(r"\{\{.*?\}\}", "\x00", source)]


def nombres_propres(phrase: str) -> list[str]:
    """« 15 jours », where a parameter of the same number and unit exists."""
    dits = []
    for trouve in NOMBRE.finditer(CITATION.sub("", phrase)):
        mot = trouve["nombre"]
        nombre = NOMBRES.get(mot) or int(mot)
        if (nombre, UNITES[trouve["unite"]]) in CONNUS:
            dits.append(f"{mot} {trouve['unite']}")
    return dits


def fichiers() -> list[Path]:
    trouves = [*(RACINE / "app").rglob("*.py"), *(RACINE / "app").rglob("*.html")]
    return [x for x in trouves if "donnees" not in x.parts and "static" not in x.parts]


def test_aucune_phrase_ne_porte_un_nombre_a_elle():
    fautes = []
    for fichier in fichiers():
        nom = fichier.relative_to(RACINE).as_posix()
        if nom in SOURCES:
            continue
        lire = phrases_python if fichier.suffix == ".py" else phrases_html
        for phrase in lire(fichier.read_text(encoding="utf-8")):
            fautes += [
                f"{nom} : « {dit} » est un nombre de parametres.py, dans « {phrase.strip()[:80]} »"
                for dit in nombres_propres(phrase)
                if (nom, dit) not in AUTRE_NOMBRE
            ]
    assert not fautes, "\n".join(sorted(set(fautes)))


@pytest.mark.parametrize(
    ("phrase", "dits"),
    [
        ("Le rendez-vous suit dans les 15 jours.", ["15 jours"]),
        ("Un dossier se garde deux ans au plus.", ["deux ans"]),
        ("Le délai est de « 15 jours » dans l’appel.", []),
        ("Depuis 13 jours.", []),
    ],
)
def test_un_nombre_ecrit_dans_une_phrase_se_voit(phrase, dits):
    assert nombres_propres(phrase) == dits


def test_un_parametre_se_dit_en_chiffres_ou_en_lettres():
    def dire(valeur, unite):
        parametre = Parametre("Essai", valeur, unite, PARAMETRES["AGE_LIMITE"].depuis, "Essai")
        return parametre.dit, parametre.en_lettres

    assert dire(15, "jours") == ("15 jours", "quinze jours")
    assert dire(1, "ans") == ("1 an", "un an")
    assert dire((90, 60, 30), "jours")[0] == "90, 60 puis 30 jours"
    assert dire(52_000, "€") == ("52\u202f000 €", "52\u202f000 €")


def test_chaque_parametre_sert():
    """One that no rule reads says nothing: the rule has a number of its own."""
    sources = [x.read_text(encoding="utf-8") for x in fichiers() if x.name != "parametres.py"]
    propres = (RACINE / "app/regles/parametres.py").read_text(encoding="utf-8")
    for nom in PARAMETRES:
        ailleurs = any(re.search(rf"\b{nom}\b", source) for source in sources)
        assert ailleurs or propres.count(nom) > 1, f"{nom} n’est lu par aucune règle"


@pytest.mark.parametrize(("titre", "phrase"), REGLES_COMMUNES)
def test_une_regle_commune_est_dite_jusqu_au_bout(titre, phrase):
    assert phrase.endswith("."), titre


def test_la_page_definitions_et_delais_dit_chaque_indicateur_et_chaque_nombre(app):
    from app import acces
    from app.extensions import db

    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("REFERENT_SEF", "ART").id
        db.session.commit()
    client = ouvrir_session(app.test_client(), compte)
    page = unescape(client.get("/definitions/").text)
    for indicateur in DEFINITIONS.values():
        assert indicateur.titre in page and indicateur.regle in page
    for parametre in PARAMETRES.values():
        for dit in (parametre.titre, parametre.dit, f"{parametre.depuis:%d/%m/%Y}"):
            assert dit in page
        assert parametre.source in page
    assert "/definitions/" in unescape(client.get("/indicateurs/").text), "in the menu"
