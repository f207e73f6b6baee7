"""The sheet and the scripts are sent lighter than they are written, and say the same."""

import re

import pytest

from app.views.socle.statiques import alleger_css, alleger_js
from config import RACINE

STATIC = RACINE / "app" / "static"


def test_une_feuille_garde_ses_regles_ses_chaines_et_ses_calculs():
    ecrite = """
    /* Ground */
    :root { --fond:#fff; --e1:.25rem; --ombre:0 8px 24px #000; }
    p > a, p::after { color:var(--fond); width:calc(100% + var(--e1)); content: "› " / ""; }
    .nuit { --fond:#000; box-shadow:var(--ombre); }
    """
    assert alleger_css(ecrite) == (
        ":root{--0:#fff;--1:0 8px 24px #000}"
        'p>a,p::after{color:var(--0);width:calc(100% + .25rem);content:"› "/""}'
        ".nuit{--0:#000;box-shadow:var(--1)}"
    )


def test_deux_feuilles_nomment_leurs_jetons_de_la_meme_facon():
    premiere, seconde = ":root{--fond:#fff;--e1:1px}", "p{--fond:#000;--bord:9px;margin:var(--e1)}"
    toutes = (premiere, seconde)
    assert alleger_css(premiere, toutes) == ":root{--0:#fff}"
    assert alleger_css(seconde, toutes) == "p{--0:#000;margin:1px}"


def test_un_script_perd_ses_commentaires_et_garde_ses_chaines():
    ecrit = """/* What it does,
 on two lines. */
  const a = 1; /* what for */
  /* alone */ const b = `x  y`, c = "« a » && b => c";
"""
    assert alleger_js(ecrit) == 'const a=1;const b=`x  y`,c="« a » && b => c";'


def test_la_feuille_de_l_application_garde_toutes_ses_accolades():
    ecrite = re.sub(r"/\*.*?\*/", "", (STATIC / "tandem.css").read_text("utf-8"), flags=re.DOTALL)
    envoyee = alleger_css(ecrite)
    assert envoyee.count("{") == ecrite.count("{") == ecrite.count("}") == envoyee.count("}")
    assert len(envoyee) < 0.9 * len(ecrite)


@pytest.mark.parametrize("nom", ["tandem.js", "saisie.js"])
def test_chaque_fonction_d_un_script_y_reste(nom):
    ecrit = (STATIC / nom).read_text("utf-8")
    fonctions = re.findall(r"^function (\w+)", ecrit, re.MULTILINE)
    assert fonctions == re.findall(r"(?<!async )\bfunction (\w+)", alleger_js(ecrit))
