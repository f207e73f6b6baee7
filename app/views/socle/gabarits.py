"""What every template may use: the menu, the words for values, the addresses of static files."""

import functools
import re
from collections.abc import Callable, MutableMapping
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

from babel.dates import format_date
from flask import Flask, current_app, render_template, request
from flask.templating import Environment
from flask_login import current_user
from jinja2 import FileSystemBytecodeCache
from jinja2.ext import Extension
from markupsafe import Markup

from app import acces, accessibilite, menu
from app.regles import parametres
from app.regles.age import aujourd_hui
from app.regles.finalites import FINALITES
from app.regles.heures import duree_dite, moment
from app.regles.texte import (
    accorder,
    en_milliers,
    en_une_phrase,
    heure_dite,
    majuscule,
    minuscule,
)
from app.views.socle import motif, statiques, traces
from app.views.socle.affichage import en_html, en_texte
from app.views.socle.lignes_de_liste import appeler

RETRAITS = re.compile(r"(?<!\}\n)^[ \t]+|(?<=\}\n[ \t])[ \t]+", re.MULTILINE)
"""What indents a line; one space is left after a block, whose end of line Jinja takes away."""


class Gabarits(Environment):
    """A template has the globals of all templates, unless it is given its own.

    Each import compares those of both templates: one dictionary in C, not one name after another.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class SansRetraits(Extension):
    """What indents the lines of a template is not sent."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return RETRAITS.sub("", source)


def adresse_fixe(endpoint: str) -> str:
    """Of a page whose address says nothing else: found once under the same root."""
    return menu.adresse(endpoint, request.script_root)


def mon_compte() -> str | None:
    """The page of one's own account."""
    if "MonCompte.index" not in current_app.view_functions:
        return None
    return adresse_fixe("MonCompte.index")


def cherche_un_jeune() -> bool:
    """Whether the banner offers to look for a youth."""
    return acces.perimetre().peut("jeune", "lire")


def apparence() -> str:
    """« clair » or « sombre » when the person has chosen, else nothing: the system decides."""
    return getattr(current_user, "apparence", None) or ""


def menu_rendu() -> Markup:
    """The menu of whoever asks, rendered once for all who have the same."""
    return _rendre("_menu.html", menu.composer(), adresse_fixe("AideView.index"), mon_compte())


def raccourcis_rendus() -> Markup:
    """The bar of phones, likewise."""
    return _rendre("_raccourcis.html", menu.raccourcis(), "", None)


@functools.lru_cache(maxsize=512)
def _rendre(gabarit: str, entrees: tuple[Any, ...], aide: str, mien: str | None) -> Markup:
    rendu = render_template(gabarit, entrees=entrees, aide=aide, mien=mien)
    return Markup(rendu)  # noqa: S704 – a template escapes


def ici() -> str:
    """The address of the page without what follows « # »: where a form is sent back."""
    return request.script_root + request.full_path.rstrip("?")


def courbe_de(graphique) -> traces.Courbe:
    """The line of a trend: its points in their order, its scale in the unit of the chart."""
    serie = [
        traces.Valeur(p.nom, p.valeur, p.texte if graphique.est_taux else f"{p.valeur or 0:g}")
        for p in graphique.points
    ]
    unite = "\u202f%" if graphique.est_taux else ""
    mesure = traces.echelle(traces.connues(serie), entiers=not graphique.est_taux)
    return traces.courbe(serie, ecrire=lambda v: f"{v:g}".replace(".", ",") + unite, mesure=mesure)


def compiler(app: Flask, a_part: Callable[[Callable[[], None]], None]) -> None:
    """Each template of ours and the words of dates, once for all the processes that will serve.

    ``a_part`` does it first in a process of its own, of which what compiling takes goes away; this
    one reads what it wrote.
    """
    format_date(aujourd_hui(), locale=app.config["BABEL_DEFAULT_LOCALE"])
    habituel = app.jinja_env.bytecode_cache
    with TemporaryDirectory(prefix="tandem-gabarits-") as dossier:
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(dossier)
        a_part(partial(_charger, app))
        _charger(app)
    app.jinja_env.bytecode_cache = habituel


def _charger(app: Flask) -> None:
    siens = app.jinja_loader
    for nom in siens.list_templates() if siens else ():
        app.jinja_env.get_template(nom)


def declarer(app: Flask) -> None:
    """Give them to every template of the application."""
    statiques.declarer(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(SansRetraits)
    app.jinja_env.globals.update(
        adresse_fixe=adresse_fixe,
        menu=menu.composer,
        menu_rendu=menu_rendu,
        raccourcis_rendus=raccourcis_rendus,
        compte=current_user,
        mon_compte=mon_compte,
        apparence=apparence,
        cherche_un_jeune=cherche_un_jeune,
        ici=ici,
        appeler=appeler,
        aujourd_hui=aujourd_hui,
        conformite=accessibilite.conformite,
        courbe_de=courbe_de,
        largeur_de_barre=traces.largeur_de_barre,
        parametres=parametres,
        finalites=FINALITES,
        motif_a_donner=motif.MANQUE,
    )
    app.jinja_env.filters.update(
        valeur=lambda v: en_html(en_texte(v)),
        texte=en_texte,
        nombre=en_milliers,
        accorder=accorder,
        en_une_phrase=en_une_phrase,
        majuscule=majuscule,
        minuscule=minuscule,
        moment=moment,
        heure=heure_dite,
        duree=duree_dite,
    )
