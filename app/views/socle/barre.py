"""The bar of filters above a list: rendered once for those who are offered the same choices."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request
from markupsafe import Markup

from app.views.socle.affichage import Propriete
from app.views.socle.filtres import DemandeDeListe


@dataclass(frozen=True)
class BarreDeFiltres:
    """What the bar shows; two bars that compare equal are the same HTML."""

    vue: Any
    base: str
    colonnes: tuple[str, ...]
    proposes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Filter → its choices."""
    demande: DemandeDeListe = field(compare=False)
    proprietes: Sequence[Propriete] = field(compare=False)


def barre(vue, demande: DemandeDeListe, colonnes: Sequence[Propriete]) -> Markup:
    """The bar as this person sees it. What was typed or chosen is never kept."""
    proposes = ((f.nom, tuple(f.proposer())) for f in vue.filtres if f.genre == "liste")
    voulue = BarreDeFiltres(
        vue,
        f"{request.script_root}{vue.route_base}/",
        tuple(colonne.nom for colonne in colonnes),
        tuple(proposes),
        demande,
        colonnes,
    )
    if demande.valeurs:
        return _rendre(voulue)
    return _rendre_une_fois(voulue)


def _rendre(voulue: BarreDeFiltres) -> Markup:
    rendue = render_template(
        "_barre.html",
        vue=voulue.vue,
        demande=voulue.demande,
        base=voulue.base,
        colonnes=voulue.proprietes,
    )
    return Markup(rendue)  # noqa: S704 – a template escapes


@functools.lru_cache(maxsize=256)
def _rendre_une_fois(voulue: BarreDeFiltres) -> Markup:
    return _rendre(voulue)
