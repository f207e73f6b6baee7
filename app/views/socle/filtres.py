"""What narrows a list: words searched in a name, a period, an item of a list, an MDS, Oui/Non, a
parent (``?jeune=12``).

All of it is in the address, so that a list can be kept as a bookmark and « back » works; a wrong
value is answered 400.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import abort, request
from sqlalchemy import ARRAY, Boolean, ColumnElement, Date, DateTime, any_, inspect, literal, select

from app import acces
from app.models import LISTES, Jeune
from app.regles.age import PARIS
from app.views.socle import choix
from app.views.socle.affichage import VIDE, Propriete, cible_de, elements, en_texte
from app.views.socle.champs import ChampDate

NON_RENSEIGNE = "-"
"""The value of « Non renseigné » in an address."""
TAILLES = (25, 50, 100)


@dataclass
class Filtre:
    """A control above a list. ``choix``: (value, label) for a select; none for a period or a
    parent."""

    nom: str
    libelle: str
    genre: str
    appliquer: Callable[[str], ColumnElement] = None
    proposer: Callable[[], list[tuple[str, str]]] = None
    liste: str | None = None
    table: str | None = None


@dataclass
class Demande:
    """What the address asks of a list, checked: conditions for the base, sentences and links for
    the person."""

    conditions: list[ColumnElement] = field(default_factory=list)
    valeurs: dict[str, str] = field(default_factory=dict)
    actifs: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    """(label, value in words, names to take away from the address)"""
    parents: dict[str, object] = field(default_factory=dict)
    tri: str = ""
    page: int = 1
    taille: int = TAILLES[0]

    def adresse(self, **changements) -> str:
        """The query string of this demand with some changes (None takes a name away); a change of
        filter goes to page 1."""
        valeurs = {**self.valeurs, **changements}
        valeurs = {n: v for n, v in valeurs.items() if v not in (None, "")}
        return "?" + urlencode(valeurs) if valeurs else "?"


def filtre(vue, prop: Propriete) -> Filtre:
    """The control that fits the type of the column."""
    colonne, modele = prop.colonne, vue.modele
    attribut = getattr(modele, prop.nom)
    vides = [(NON_RENSEIGNE, VIDE)] if colonne.nullable else []
    cible = cible_de(colonne)

    def egal(convertir=str):
        return lambda v: attribut.is_(None) if v == NON_RENSEIGNE else attribut == convertir(v)

    match colonne.type:
        case _ if cible in LISTES:

            def items():
                return [(e.code, e.libelle) for e in elements(cible)[cible].values()] + vides

            return Filtre(prop.nom, prop.libelle, "liste", egal(), items, liste=cible)
        case _ if cible == "mds":
            return Filtre(
                prop.nom, prop.libelle, "liste", egal(int), lambda: _mds(vue) + vides, liste="mds"
            )
        case ARRAY():
            return Filtre(
                prop.nom,
                prop.libelle,
                "liste",
                lambda v: literal(int(v)) == any_(attribut),
                lambda: _mds(vue),
                liste="mds",
            )
        case _ if cible:
            return Filtre(
                prop.nom.removesuffix("_id"),
                prop.libelle,
                "parent",
                lambda v: attribut == int(v),
                table=cible,
            )
        case _ if prop.nom in vue.choix:
            return Filtre(
                prop.nom, prop.libelle, "liste", egal(), lambda: list(vue.choix[prop.nom]) + vides
            )
        case Boolean():
            return Filtre(
                prop.nom,
                prop.libelle,
                "liste",
                egal(lambda v: v == "oui"),
                lambda: [("oui", "Oui"), ("non", "Non")] + vides,
            )
        case Date():
            return Filtre(prop.nom, prop.libelle, "periode", _periode(attribut))
        case DateTime():
            return Filtre(prop.nom, prop.libelle, "periode", _instants(attribut))
    raise RuntimeError(f"{type(vue).__name__}: no filter for the type of {prop.nom}")


def _mds(vue) -> list[tuple[str, str]]:
    permises = acces.perimetre().mds(vue.ressource, "lire")
    return [
        (code, e.libelle) for code, e in elements("mds")["mds"].items() if int(code) in permises
    ]


def propres(vue, definitions: dict) -> list[Filtre]:
    """The filters a view writes itself: {name: (label, {value: (label, function giving a
    condition)})}."""
    return [
        Filtre(
            nom,
            libelle,
            "liste",
            lambda v, c=cas: c[v][1](),
            lambda c=cas: [(v, c[v][0]) for v in c],
        )
        for nom, (libelle, cas) in definitions.items()
    ]


def dans_quoi_chercher(modele) -> tuple[Callable[[str], list[ColumnElement]] | None, str]:
    """How words are searched in the records of a model, and what to tell the person."""
    colonnes = inspect(modele).columns
    if "recherche" in colonnes:
        return lambda t: choix.contient(modele.recherche, t), "Nom, prénom ou code"
    if "jeune_id" in colonnes:
        return lambda t: [
            modele.jeune_id.in_(
                select(Jeune.id).where(
                    *acces.mds_permises(Jeune), *choix.contient(Jeune.recherche, t)
                )
            )
        ], "Nom, prénom ou code"
    if modele.__tablename__ in choix.CHERCHABLES:
        return lambda t: choix.contient(choix.CHERCHABLES[modele.__tablename__].dans, t), "Nom"
    if "cle" in colonnes:
        return lambda t: choix.contient(modele.cle, t), "Nom ou code"
    return None, ""


def lire(vue) -> Demande:
    """The demand of the current address; anything that cannot be meant is refused."""
    args, d = request.args, Demande()
    elements(*{f.liste for f in vue.filtres if f.liste})
    texte = args.get("q", "").replace("\0", "").strip()[: choix.LETTRES]
    if texte and vue.chercher_dans:
        d.valeurs["q"] = texte
        d.conditions += vue.chercher_dans(texte)
        d.actifs.append(("Recherche", texte, ("q",)))
    for f in vue.filtres:
        _lire_un(f, args, d)
    if tri := args.get("tri", ""):
        if tri.removeprefix("-") not in vue.tris:
            abort(400)
        d.valeurs["tri"] = tri
    d.tri = tri or ("-" if vue.base_order[1] == "desc" else "") + vue.base_order[0]
    d.taille = _entier(args.get("taille"), TAILLES[0])
    if d.taille not in TAILLES:
        abort(400)
    if d.taille != TAILLES[0]:
        d.valeurs["taille"] = str(d.taille)
    d.page = _entier(args.get("page"), 1)
    return d


def _lire_un(f: Filtre, args, d: Demande) -> None:
    if f.genre == "periode":
        bornes = [_jour(args.get(f"{f.nom}_{borne}", "")) for borne in ("du", "au")]
        for borne, jour in zip(("du", "au"), bornes, strict=True):
            if jour:
                d.valeurs[f"{f.nom}_{borne}"] = jour.isoformat()
        if any(bornes):
            d.conditions += f.appliquer(*bornes)
            mots = " ".join(
                p
                for p in (
                    f"depuis le {en_texte(bornes[0])}" if bornes[0] else "",
                    f"jusqu’au {en_texte(bornes[1])}" if bornes[1] else "",
                )
                if p
            )
            d.actifs.append((f.libelle, mots, (f"{f.nom}_du", f"{f.nom}_au")))
        return
    if not (valeur := args.get(f.nom, "")):
        return
    if f.genre == "parent":
        numero = _entier(valeur, 0)
        if (parent := choix.trouver(f.table, numero)) is None:
            abort(404)
        d.parents[f.nom] = parent
        mots = str(parent)
    else:
        mots = dict(f.proposer()).get(valeur)
        if mots is None:
            abort(400)
    d.valeurs[f.nom] = valeur
    d.conditions.append(f.appliquer(valeur))
    d.actifs.append((f.libelle, mots, (f.nom,)))


def _periode(attribut) -> Callable[[date | None, date | None], list[ColumnElement]]:
    """Both ends included."""
    return lambda du, au: ([attribut >= du] if du else []) + ([attribut <= au] if au else [])


def _instants(attribut) -> Callable[[date | None, date | None], list[ColumnElement]]:
    """The days of Paris, for a moment: from the first midnight to the last.

    Moments, not days: PostgreSQL compares a moment with a day by a function that may not be run
    before the policies, hence without an index.
    """

    def minuit(jour: date) -> datetime:
        return datetime.combine(jour, time.min, PARIS)

    return lambda du, au: (
        ([attribut >= minuit(du)] if du else [])
        + ([attribut < minuit(au + timedelta(days=1))] if au else [])
    )


def _jour(texte: str) -> date | None:
    if not texte.strip():
        return None
    try:
        return ChampDate.lire(None, texte.strip())
    except ValueError:
        abort(400)


def _entier(texte: str | None, defaut: int) -> int:
    if not texte:
        return defaut
    if not (texte.isascii() and texte.isdigit() and 1 <= len(texte) <= 9 and int(texte) >= 1):
        abort(400)
    return int(texte)
