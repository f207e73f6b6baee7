"""What the address asks of a list: words searched in a name, its filters, its order, its page.

All of it is in the address, so that a list can be kept as a bookmark and « back » works; a wrong
value is answered 400.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import abort, request
from sqlalchemy import ColumnElement, Select, inspect, select

from app import acces
from app.models import Jeune
from app.views.socle import choix, saisie
from app.views.socle.affichage import elements, en_texte
from app.views.socle.filtres_colonnes import Filtre

TAILLES = (25, 50, 100)
D_UN_JEUNE = "Nom, code, téléphone, naissance ou agent"
"""What is looked for in a list of youths, or of their records."""
MISE_EN_PAGE = frozenset({"tri", "page", "taille"})
"""What an address says of the look of a list: it asks for no record."""


@dataclass
class DemandeDeListe:
    """What the address asks of a list, checked.

    Conditions for the base, sentences and links for the person.
    """

    conditions: list[ColumnElement] = field(default_factory=list)
    filtres: list[tuple[Filtre, Any]] = field(default_factory=list)
    """The filters that are on, and their value."""
    valeurs: dict[str, str] = field(default_factory=dict)
    actifs: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    """(label, value in words, names to take away from the address)"""
    parents: dict[str, object] = field(default_factory=dict)
    a_la_place: dict[str, str] = field(default_factory=dict)
    """Name → the value that an address must say once the filter is taken away."""
    tri: str = ""
    page: int = 1
    taille: int = TAILLES[0]
    par_defaut: int = TAILLES[0]
    """The ``page_size`` of the view, which no address needs to say."""

    @property
    def tailles(self) -> list[int]:
        """The sizes of a page that are offered."""
        return sorted({*TAILLES, self.par_defaut})

    def restreindre(self, requete: Select) -> Select:
        """The same select, of what is asked alone."""
        requete = requete.where(*self.conditions)
        for filtre, valeur in self.filtres:
            requete = filtre.restreindre(requete, valeur)
        return requete

    def adresse(self, **changements) -> str:
        """The query string of this demand with some changes (None takes a name away).

        A change of filter goes to page 1.
        """
        valeurs = {**self.valeurs, **changements}
        for nom, valeur in self.a_la_place.items():
            if nom in changements and changements[nom] is None:
                valeurs[nom] = valeur
        valeurs = {n: v for n, v in valeurs.items() if v not in (None, "")}
        return "?" + urlencode(valeurs) if valeurs else "?"


def propres(vue, definitions: dict) -> list[Filtre]:
    """The filters that a view writes itself.

    {name: (label, {value: (label, function giving a condition)})}, or {name: a filter made whole}.
    """
    filtres = []
    for nom, definition in definitions.items():
        if isinstance(definition, Filtre):
            filtres.append(definition)
        else:
            filtres.append(_propre(nom, *definition))
    return filtres


def _propre(nom: str, libelle: str, cas: dict) -> Filtre:
    def appliquer(valeur: str) -> ColumnElement:
        return cas[valeur][1]()

    return Filtre(
        nom, libelle, "liste", appliquer, lambda: [(v, mots) for v, (mots, _) in cas.items()]
    )


def dans_quoi_chercher(modele) -> tuple[Callable[[str], list[ColumnElement]] | None, str]:
    """How words are searched in the records of a model, and what to tell the person."""
    colonnes = inspect(modele).columns
    if modele is Jeune:
        return lambda t: choix.jeunes(t, par_agent=True), D_UN_JEUNE
    if "recherche" in colonnes:
        if modele.__tablename__ in choix.CHERCHABLES:
            c = choix.CHERCHABLES[modele.__tablename__]
            return lambda t: choix.criteres(c, t), "Nom"
        return lambda t: choix.contient(modele.recherche, t), "Nom, prénom ou code"
    if "jeune_id" in colonnes:

        def d_un_jeune(texte: str) -> list[ColumnElement]:
            trouves = choix.jeunes(texte, par_agent=True)
            jeunes = select(Jeune.id).where(*acces.mds_permises(Jeune), *trouves)
            return [modele.jeune_id.in_(jeunes)]

        return d_un_jeune, D_UN_JEUNE
    if modele.__tablename__ in choix.CHERCHABLES:
        return lambda t: choix.criteres(choix.CHERCHABLES[modele.__tablename__], t), "Nom"
    if "cle" in colonnes:
        return lambda t: choix.contient(modele.cle, t), "Nom ou code"
    return None, ""


def lire_demande_de_liste(vue) -> DemandeDeListe:
    """Parse the query string; anything invalid is a 400."""
    args = request.args
    d = DemandeDeListe()
    elements(*{f.liste for f in vue.filtres if f.liste})
    texte = args.get("q", "").replace("\0", "").strip()[: choix.LETTRES]
    if texte and vue.chercher_dans:
        d.valeurs["q"] = texte
        d.conditions += vue.chercher_dans(texte)
        d.actifs.append(("Recherche", texte, ("q",)))
    for f in vue.filtres:
        _lire_un(f, _avec_les_habitudes(f, args), d)
    _lire_l_ordre(vue, args.get("tri", ""), d)
    d.par_defaut = vue.page_size
    d.taille = _entier(args.get("taille"), d.par_defaut)
    if d.taille not in d.tailles:
        abort(400)
    if d.taille != d.par_defaut:
        d.valeurs["taille"] = str(d.taille)
    d.page = _entier(args.get("page"), 1)
    return d


def demande_pour(vue, valeurs: dict[str, str]) -> DemandeDeListe:
    """What an address with these filters alone would ask of the list of ``vue``."""
    d = DemandeDeListe()
    for f in vue.filtres:
        _lire_un(f, valeurs, d)
    return d


def retenir_les_choix(d: DemandeDeListe) -> bool:
    """Of the filters that remember, keep what the address itself says.

    Whether there were some: the caller then commits.
    """
    retenus = [(f.retenir, f.nom) for f, _ in d.filtres if f.retenir and f.nom in request.args]
    for retenir, nom in retenus:
        retenir(d.valeurs[nom])
    return bool(retenus)


def _avec_les_habitudes(f: Filtre, args):
    """What the address says; of a list asked without any filter, the habit of the person too."""
    if f.habitude is None or any(nom not in MISE_EN_PAGE for nom in args):
        return args
    return {f.nom: f.habitude()}


def _lire_l_ordre(vue, tri: str, d: DemandeDeListe) -> None:
    if tri:
        if tri.removeprefix("-") not in vue.tris:
            abort(400)
        d.valeurs["tri"] = tri
    d.tri = tri or vue.tri_par_defaut


def _lire_un(f: Filtre, args, d: DemandeDeListe) -> None:
    textes = [args.get(nom, "") for nom in f.noms]
    if not any(t.strip() for t in textes):
        return
    if len(f.noms) == 2:
        valeur, mots = _entre_deux(f, textes, d)
    else:
        valeur, mots = _une(f, textes[0], d)
    d.filtres.append((f, valeur))
    d.actifs.append((f.libelle, mots, f.noms))


def _entre_deux(f: Filtre, textes: list[str], d: DemandeDeListe) -> tuple[Any, str]:
    """The two ends of a period or of an interval, and the words that say them."""
    bornes = [_valeur(f, texte) for texte in textes]
    depuis, jusque = (
        ("depuis le", "jusqu’au") if f.genre == "periode" else ("à partir de", "jusqu’à")
    )
    mots = []
    for nom, avant, borne in zip(f.noms, (depuis, jusque), bornes, strict=True):
        if borne is not None:
            d.valeurs[nom] = borne.isoformat() if f.genre == "periode" else en_texte(borne)
            mots.append(f"{avant} {en_texte(borne)}")
    return tuple(bornes), " ".join(mots)


def _une(f: Filtre, texte: str, d: DemandeDeListe) -> tuple[Any, str]:
    """The value of any other filter, and the words that say it."""
    if f.genre == "parent":
        numero = _entier(texte, 0)
        parent = choix.trouver(f.table, numero)
        if parent is None:
            abort(404)
        d.parents[f.nom] = parent
        d.valeurs[f.nom] = texte
        return numero, str(parent)
    d.valeurs[f.nom] = texte
    d.a_la_place |= f.sans
    if f.genre == "liste":
        mots = dict(f.proposer()).get(texte)
        if mots is None:
            abort(400)
        return f.lire(texte), mots
    valeur = _valeur(f, texte)
    if f.type_html == "date":
        d.valeurs[f.nom] = valeur.isoformat()
    return valeur, en_texte(valeur)


def _valeur(f: Filtre, texte: str):
    """What was typed, as a value; None when nothing was."""
    texte = texte.strip()
    if not texte:
        return None
    if "\0" in texte or len(texte) > choix.LETTRES:
        abort(400)
    try:
        return f.lire(texte)
    except ValueError:
        abort(400)


def _entier(texte: str | None, defaut: int) -> int:
    if not texte:
        return defaut
    numero = saisie.numero(texte)
    if not numero:
        abort(400)
    return numero
