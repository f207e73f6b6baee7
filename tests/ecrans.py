"""Every screen a person can open, found by walking the routes: a new one is measured and counted
without a line here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import exists, inspect, not_, or_, select
from sqlalchemy.orm import aliased

from app import acces
from app.extensions import appbuilder, db
from app.indicateurs import DEFINITIONS
from app.indicateurs.anomalies import REGLES
from app.models import Accompagnement, Jeune
from app.regles.age import aujourd_hui
from app.views.socle.base import VueTandem
from app.views.socle.choix import CHERCHABLES

SANS_PERSONNE = {"Connexion", "Avis", "Agenda", "static", "sante"}
CODES = {"TableauView": REGLES[0].code, "IndicateursView": next(iter(DEFINITIONS))}
MOTS = ("d", "du", "dur", "zzzz")
"""What one types: one letter, two, three, and a name that nobody has."""
NOMBREUX = 4
"""Of a filter that has many values, those tried."""


@dataclass(frozen=True)
class Ecran:
    """What is asked: a route, what is asked of it in words, the address; ``texte`` for the choice
    by typing, a POST."""

    endpoint: str
    quoi: str
    adresse: str
    texte: str | None = None

    @property
    def nom(self) -> str:
        return f"{self.endpoint} {self.quoi}".strip()

    def ouvrir(self, client, csrf: str):
        if self.texte is None:
            return client.get(self.adresse, buffered=True)
        return client.post(
            self.adresse, data={"csrf_token": csrf, "texte": self.texte}, buffered=True
        )


def _un_sorti():
    """Who left the scheme and did not come back."""
    encore = aliased(Accompagnement)
    court = or_(encore.au.is_(None), encore.au >= aujourd_hui())
    revenu = exists().where(encore.jeune_id == Accompagnement.jeune_id, court)
    return select(Accompagnement.jeune_id).where(not_(revenu)).limit(1)


def _un_decede():
    return select(Jeune.id).where(Jeune.deces_le.is_not(None)).limit(1)


LEURS_JEUNES = {"RepriseView.reprendre": _un_sorti, "DecesView.revenir": _un_decede}
"""Pages about a youth to whom something happened: route → how to find one."""


def ecrans(app: Flask, compte_id: int, jeune: int, *, details: bool = True) -> list[Ecran]:
    """The screens asked by an account, about a youth; whether its role opens them is for the answer
    to say.

    ``details``: each list is also filtered and sorted in each way.
    """
    with app.test_request_context(), acces.acteur(compte_id, canal="mesure"):
        tous = list(_tous(app, jeune, details))
        db.session.rollback()
    return tous


def _tous(app: Flask, jeune: int, details: bool) -> Iterator[Ecran]:
    vues = {v.__class__.__name__: v for v in appbuilder.baseviews if isinstance(v, VueTandem)}
    for route in sorted(app.url_map.iter_rules(), key=lambda r: r.endpoint):
        nom, _, acte = route.endpoint.partition(".")
        vue = vues.get(nom)
        if nom in SANS_PERSONNE:
            continue
        if route.endpoint == "ChoixView.chercher":
            yield from (
                Ecran(route.endpoint, f"{t} « {m} »", f"/choix/{t}", m)
                for t in CHERCHABLES
                for m in MOTS
            )
        elif "GET" in route.methods and vue and acte == "list":
            yield Ecran(route.endpoint, "", route.rule)
            if details and vue.ressource != "nomenclature":
                yield from (
                    Ecran(route.endpoint, quoi, route.rule + q) for quoi, q in _demandes(vue, jeune)
                )
        elif "GET" in route.methods and (adresse := _adresse(route, vue, jeune)):
            yield Ecran(route.endpoint, "", adresse)


def _adresse(route, vue: VueTandem | None, jeune: int) -> str | None:
    """The address of a route about a youth, or the first record that one sees; None when there is
    none."""
    chemin, nom = (
        re.sub(r"<int\([^>]*\):jeune_id>|<numero:jeune>", str(jeune), route.rule),
        route.endpoint.partition(".")[0],
    )
    if route.endpoint in LEURS_JEUNES:
        premier = db.session.scalar(LEURS_JEUNES[route.endpoint]())
        return None if premier is None else chemin.replace("<numero:cle>", str(premier))
    if route.endpoint == "JournalView.historique":
        return f"/journal/historique/jeune/{jeune}"
    if "<cle>" in chemin and vue:
        cle = inspect(vue.modele).primary_key[0]
        premiere = (
            jeune
            if vue.ressource == "jeune"
            else db.session.scalar(select(cle).order_by(cle).limit(1))
        )
        if premiere is None:
            return None
        chemin = chemin.replace("<cle>", str(premiere))
    chemin = chemin.replace("<code>", CODES.get(nom, "<code>"))
    if (
        route.endpoint.endswith(".add")
        and vue._suit_un_jeune
        or route.endpoint == "FusionView.choisir"
    ):
        chemin += f"?jeune={jeune}"
    return None if "<" in chemin else chemin


def _demandes(vue: VueTandem, jeune: int) -> Iterator[tuple[str, str]]:
    """Each way to narrow, sort and walk a list: in words, and as a query string."""
    yield "100 par page", "?taille=100"
    yield "page 40", "?page=40"
    yield "page 1000", "?page=1000"
    if vue.chercher_dans:
        yield from ((f"« {mot} »", f"?q={mot}") for mot in ("d", "durand", "du mar", "zzzz"))
    for f in vue.filtres:
        if f.genre == "periode":
            yield f"{f.libelle} : un trimestre", f"?{f.nom}_du=2025-01-01&{f.nom}_au=2025-03-31"
        elif f.genre == "parent":
            if f.table == "jeune":
                yield "d’un jeune", f"?jeune={jeune}"
        else:
            valeurs = [v for v, _ in f.proposer()]
            yield from (
                (f"{f.libelle} = {v}", f"?{f.nom}={v}")
                for v in [*valeurs[:NOMBREUX], *valeurs[-1:]]
            )
    for tri in vue.tris:
        for sens in ("", "-"):
            yield f"tri {sens}{tri}", f"?tri={sens}{tri}"
            yield f"tri {sens}{tri}, page 40", f"?tri={sens}{tri}&page=40"
