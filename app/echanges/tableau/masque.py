"""Which numbers a table sent hides in its version for the COPIL and the partners, given those
handed out before it.

The tables of a month are taken in the order in which they were sent, the Département, the MDS and
their rectificatifs together: each hides what is needed for no small number of any of them to be
computed from all. What is frozen decides alone, so that the version of a table is the same whenever
it is asked for.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from app import acces
from app.echanges.tableau import disposition
from app.echanges.tableau.fige import suivre
from app.extensions import db
from app.indicateurs.chiffres import TROP_PEU
from app.models import Envoi, Mds
from app.regles.age import ajouter_mois
from app.regles.masque import Decouvert, Relations, Somme, a_masquer

SANS_PERSONNE = {"I1", "I11", "I13", "I14", "COMITES_TECHNIQUES", "FORMATIONS"}
"""Posts and meetings: nobody behind a small number."""
SANS_PERSONNE_CHEMINS = {("I12", "permanences"), ("I12", "attendues"), ("I12", "annulees")}
SORTANTS = ("I5", "I7", "I9", "I10", "S1")
"""Rates of one and the same population: its number is one cell, wherever it is printed."""
FAMILLES = {
    "I2b": "I2",
    "I3": "I2",
    "I4a": "I4",
    "I4b": "I4",
    "I4c": "I4",
    "I4d": "I4",
    "I8": "SORTANTS",
    **dict.fromkeys(SORTANTS, "SORTANTS"),
}
"""Figures that a sum binds to those of another indicator."""
CHIFFRES = disposition.LIGNES_DE_CHIFFRES


@dataclass(frozen=True)
class Tableau:
    """The figures of a table sent."""

    numero: int
    mds_id: int | None
    mois: int
    """Of the year, from 1."""
    chiffres: dict


def caches(envoi: Envoi) -> dict[str, set[str]]:
    """Column → the cells to hide, by their name (« I4b.nombre »)."""
    requete = (
        select(
            Envoi.id,
            Envoi.mds_id,
            cast(func.convert_from(Envoi.contenu, "UTF8"), JSONB)["chiffres"].label("chiffres"),
        )
        .where(
            Envoi.mois == envoi.mois,
            Envoi.envoye_le.is_not(None),
            Envoi.envoye_le <= envoi.envoye_le,
        )
        .order_by(Envoi.envoye_le, Envoi.id)
    )
    with acces.compter():  # the other tables only decide what is hidden
        avant = [
            Tableau(x.id, x.mds_id, envoi.mois.month, x.chiffres)
            for x in db.session.execute(requete)
        ]
    masques = masquer(
        avant[: 1 + next(rang for rang, x in enumerate(avant) if x.numero == envoi.id)],
        nombre_de_mds=_mds_ouvertes(envoi.mois),
    )[envoi.id]
    return {
        colonne: {nom for _, c, nom in masques if c == colonne} for colonne in disposition.PERIODES
    }


def _mds_ouvertes(mois: date) -> int:
    """How many MDS owe a table of that month: those that opened before its end."""
    ouvertes = or_(Mds.ouverte_le.is_(None), Mds.ouverte_le < ajouter_mois(mois, 1))
    return db.session.scalar(select(func.count()).select_from(Mds).where(ouvertes)) or 0


def masquer(
    tableaux: Sequence[Tableau], nombre_de_mds: int
) -> dict[int, set[tuple[int, str, str]]]:
    """Table → the (table, column, name) of its hidden cells.

    Figures that no sum binds are looked at apart. Those of a family that a table cannot show
    without telling a small number, to who has the tables handed out before, are all hidden in it,
    noughts included: they then tell nothing. ``nombre_de_mds``: how many MDS owe a table that month.
    """
    masques = {tableau.numero: set() for tableau in tableaux}
    for famille in sorted({_famille(nom) for t in tableaux for _, _, nom in cellules(t)[0]}):
        remis = _Remis(famille, nombre_de_mds)
        for tableau in tableaux:
            suivant = remis.avec(tableau)
            try:
                suivant.masquer(tableau)
            except Decouvert:
                masques[tableau.numero] |= set(cellules(tableau, famille)[0])
            else:
                remis = suivant
                masques[tableau.numero] |= {c for c in remis.caches if c[0] == tableau.numero}
    return masques


class _Remis:
    """The tables handed out: the cells of a family, all that binds them, and those that are hidden."""

    def __init__(self, famille: str, nombre_de_mds: int):
        self.famille = famille
        self.nombre_de_mds = nombre_de_mds
        self.nombres, self.sommes, self.relations, self.caches = {}, [], Relations(), set()
        self.imprimees: set = set()
        self.derniers: dict[int | None, Tableau] = {}

    def avec(self, tableau: Tableau) -> "_Remis":
        """The same and one more table, nothing of which is hidden yet."""
        suivant = copy.deepcopy(self)
        siens, sommes, sans = cellules(tableau, self.famille)
        suivant.nombres |= siens
        suivant.sommes += sommes
        suivant.relations.libres.update(sans)
        suivant.relations.ordres.extend(_entre_colonnes(siens, tableau.mois))
        if (precedent := suivant.derniers.get(tableau.mds_id)) is not None:
            suivant.relations.ordres.extend(_inchangees(precedent, siens, self.nombres))
        suivant.derniers[tableau.mds_id] = tableau
        if None in suivant.derniers and len(suivant.derniers) > 1:
            suivant._relier_les_territoires(tableau.mois)
        return suivant

    def masquer(self, tableau: Tableau) -> None:
        siennes = {c for c in self.nombres if c[0] == tableau.numero} - self.relations.libres
        secrets = {(tableau.numero, c, nom) for c, nom in _secrets(tableau)} & siennes
        self.caches = a_masquer(
            self.nombres,
            self.sommes,
            self.relations,
            deja=self.caches | secrets,
            imprimees=self.imprimees,
        )
        self.imprimees |= siennes - self.caches

    def _relier_les_territoires(self, mois: int) -> None:
        """The Département is the sum of its MDS, or nearly (who moves may be counted in two): the
        reader is held to know by how much. The MDS whose table is not sent yet are one unknown
        more."""
        departement = self.derniers[None].numero
        mds = [t.numero for mds_id, t in self.derniers.items() if mds_id is not None]
        attendues = {}
        for total in [
            c for c in self.nombres if c[0] == departement and c not in self.relations.libres
        ]:
            parts = [(numero, *total[1:]) for numero in mds if (numero, *total[1:]) in self.nombres]
            if len(mds) < self.nombre_de_mds:
                reste = ((departement, *sorted(mds)), *total[1:])
                attendues[reste] = max(0, self.nombres[total] - sum(self.nombres[c] for c in parts))
                self.sommes.append((total, (*parts, reste)))
            elif not all(c in self.imprimees or not self.nombres[c] for c in parts):
                # (Else there is nothing to compute but a person counted in no MDS at all.)
                self.sommes.append((total, tuple(parts)))
        self.nombres |= attendues
        self.relations.attendues.update(attendues)
        self.relations.ordres.extend(_entre_colonnes(attendues, mois))


def cellules(tableau: Tableau, famille: str | None = None) -> tuple[dict, list[Somme], set]:
    """The numbers of persons of a table (of a family), what adds up in each column, and the cells
    that are not printed."""
    nombres, sommes, sans = {}, [], set()
    for colonne in disposition.PERIODES:
        toutes = _nombres(tableau.chiffres[colonne])
        siens = {nom: n for nom, n in toutes if famille is None or _famille(nom) == famille}
        imprimes = set(siens)
        sommes += [
            (
                (tableau.numero, colonne, total),
                tuple((tableau.numero, colonne, nom) for nom in parts),
            )
            for total, parts in list(_sommes(siens))
        ]
        nombres |= {(tableau.numero, colonne, nom): n for nom, n in siens.items()}
        sans |= {(tableau.numero, colonne, nom) for nom in siens.keys() - imprimes}
    return nombres, sommes, sans


def _entre_colonnes(siens: dict, rang_du_mois: int) -> Iterator[tuple]:
    """Who is followed on the last day is followed in the month, and in the year; in January, both
    are the same."""
    for table, colonne, nom in siens:
        if colonne == "mois":
            en_cours, mois, cumul = ((table, c, nom) for c in ("en_cours", "mois", "cumul"))
            if en_cours in siens:
                yield en_cours, mois
            if cumul in siens:
                yield mois, cumul
                if rang_du_mois == 1:
                    yield cumul, mois


def _inchangees(precedent: Tableau, siens: dict, avant: dict) -> Iterator[tuple]:
    """Of a rectificatif, what is as in the table before is guessed to be so."""
    for cellule, nombre in siens.items():
        ancienne = (precedent.numero, *cellule[1:])
        if avant.get(ancienne) == nombre:
            yield ancienne, cellule
            yield cellule, ancienne


def _secrets(tableau: Tableau) -> Iterator[tuple[str, str]]:
    """Few answered, one of them alone: what no screen shows (I6)."""
    for colonne in disposition.PERIODES:
        if (tableau.chiffres[colonne].get("I6") or {}).get("texte") == TROP_PEU:
            yield from ((colonne, "I6.oui"), (colonne, "I6.non"))


def _famille(nom: str) -> str:
    code = nom.partition(".")[0]
    return FAMILLES.get(code, code)


def nom(code: str, chemin: str) -> str:
    return "SORTANTS.n" if code in SORTANTS and chemin == "n" else f"{code}.{chemin}"


def _nombres(colonne: dict) -> Iterator[tuple[str, int]]:
    for c in CHIFFRES:
        valeur = suivre(colonne.get(c.code), c.chemin)
        if (
            c.code not in SANS_PERSONNE
            and (c.code, c.chemin) not in SANS_PERSONNE_CHEMINS
            and type(valeur) is int
        ):
            yield nom(c.code, c.chemin), valeur
    for code, nombre in (suivre(colonne.get("I8"), "repartition") or {}).items():
        yield f"I8.repartition.{code}", nombre


def _sommes(nombres: dict[str, int]) -> Iterator[Somme]:
    """What adds up in a column; a part that is not printed (« the others ») is added to ``nombres``
    by its difference."""
    types = tuple(nom for nom in nombres if nom.startswith("I8.repartition."))
    sommes: list[Somme] = [
        ("I2.nombre", tuple(f"I2.par_age.{age}" for age in (16, 17, 18))),
        ("I4.nombre", ("I4a.nombre", "I4b.nombre", "I4c.nombre", "I4d.nombre")),
        ("I6.repondants", ("I6.oui", "I6.non")),
        ("SORTANTS.n", ("I8.n", "I8.non_loges", "I8.nr")),
        ("I8.n", types),
        *(("SORTANTS.n", (f"{code}.oui", f"{code}.non", f"{code}.nr")) for code in SORTANTS),
    ]
    for total, part in (
        ("I2.nombre", "I2b.nombre"),
        ("I2b.nombre", "I3.nombre"),
        ("I4b.nombre", "I4b.alternance"),
        ("I5.oui", "I5.cej"),
    ):
        if total in nombres and part in nombres:
            nombres[f"{part}, les autres"] = nombres[total] - nombres[part]
            sommes.append((total, (part, f"{part}, les autres")))
    yield from (
        (total, parts) for total, parts in sommes if parts and {total, *parts} <= nombres.keys()
    )
