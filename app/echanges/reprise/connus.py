"""The youths of the base whom a file of any shape speaks of, and what is known of each already.

They are found by code, then by name and birth date, under the rights of the acting account: a
second import of the same file finds what the first one wrote, and changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, select, text

from app import acces
from app.extensions import db
from app.models import (
    Accompagnement,
    Agent,
    Binome,
    Compte,
    Frein,
    Jeune,
    Mds,
    Mesure,
    Rencontre,
    Situation,
    catalogue,
)
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import lire_nom
from app.regles.jumeaux import peuvent_etre_un
from app.regles.parcours import ERREUR
from app.regles.texte import plier

LOT = 5000


@dataclass
class JeuneConnu:
    """A youth of the base, and the records that a row of a table may be about."""

    code: str
    nom: str
    prenom: str
    naissance: date
    mesures: list[tuple[date, date | None, str]] = field(default_factory=list)
    """(du, au, type), the latest last; so for the others."""
    binomes: list[tuple[date, date | None, str | None, str]] = field(default_factory=list)
    sejours: list[tuple[date, date | None]] = field(default_factory=list)
    situations: list[tuple[date, dict[str, Any]]] = field(default_factory=list)
    freins: dict[str, date] = field(default_factory=dict)
    """Theme → since when, of those that remain."""
    rencontres: dict[tuple[str, date], list[str]] = field(default_factory=lambda: defaultdict(list))
    """(type, day) → codes."""

    @property
    def mots(self) -> str:
        return mots(self.nom, self.prenom)


def mots(*noms: str) -> str:
    """The words of a name in any order, to compare: « Petit Hugo » is « HUGO Petit »."""
    return lire_nom(*noms).range


class Connus:
    """The youths of the base, by code and by name; by default nobody is known."""

    def __init__(self, jeunes: Iterable[JeuneConnu] = (), agents: Sequence[str] = ()):
        self.par_code = {plier(jeune.code): jeune for jeune in jeunes}
        self.par_nom: dict[str, list[JeuneConnu]] = defaultdict(list)
        for jeune in self.par_code.values():
            self.par_nom[jeune.mots].append(jeune)
        self._agents = agents
        self._trouves: dict[str, str | None] = {}

    def du_nom(self, cherches: str, naissance: date | None) -> JeuneConnu | None:
        """The only youth of this name born that day; without birth date, the only one of the name.

        None when nobody is, or when two are.
        """
        trouves = self.par_nom.get(cherches, [])
        if naissance is not None:
            trouves = [jeune for jeune in trouves if jeune.naissance == naissance]
        return trouves[0] if len(trouves) == 1 else None

    def agent(self, nom: str) -> str | None:
        """The agent who is probably named: « Mme ROUX A. » → « Anne Roux », if there is one."""
        if nom not in self._trouves:
            proches = {agent for agent in self._agents if peuvent_etre_un(nom, agent)}
            self._trouves[nom] = proches.pop() if len(proches) == 1 else None
        return self._trouves[nom]


def chercher(codes: set[str], naissances: set[date], noms: set[str]) -> Connus:
    """``codes``: folded; ``noms``: « nom prénom » folded, of whoever has no birth date."""
    colonnes = select(Jeune.id, Jeune.code, Jeune.nom, Jeune.prenom, Jeune.date_naissance).where(
        Jeune.nom_tri != NOM_ANONYME
    )
    lus: dict[int, Row[Any]] = {}
    for colonne, cles in (
        (Jeune.cle, codes),
        (Jeune.date_naissance, naissances),
        (Jeune.nom_tri, noms),
    ):
        for lot in _lots(cles):
            lus |= {j.id: j for j in db.session.execute(colonnes.where(colonne.in_(lot)))}
    jeunes = {
        numero: JeuneConnu(j.code, j.nom, j.prenom, j.date_naissance) for numero, j in lus.items()
    }
    _lire_les_suites(jeunes)
    agents = db.session.scalars(select(Agent.nom).where(Agent.au.is_(None))).all()
    return Connus(jeunes.values(), agents)


def _lots(cles: Iterable[Any]) -> Iterator[list[Any]]:
    ordonnees = sorted(cles)
    for debut in range(0, len(ordonnees), LOT):
        yield ordonnees[debut : debut + LOT]


def _lire_les_suites(jeunes: dict[int, JeuneConnu]) -> None:
    """What each youth has already, in its order."""
    for lot in _lots(jeunes):
        for m in _suite(Mesure, lot, Mesure.du, Mesure.au, Mesure.type_code):
            jeunes[m.jeune_id].mesures.append((m.du, m.au, m.type_code))
        noms = (Binome.referent_ase, Binome.coordonnateur)
        for b in _suite(Binome, lot, Binome.du, Binome.au, *noms):
            jeunes[b.jeune_id].binomes.append((b.du, b.au, b.referent_ase, b.coordonnateur))
        motif = Accompagnement.motif_sortie_code
        for a in _suite(Accompagnement, lot, Accompagnement.du, Accompagnement.au, motif):
            if a.motif_sortie_code != ERREUR:
                jeunes[a.jeune_id].sejours.append((a.du, a.au))
        for f in _suite(Frein, lot, Frein.du, Frein.theme_code, Frein.leve_le):
            if f.leve_le is None:
                jeunes[f.jeune_id].freins[f.theme_code] = f.du
        for r in _suite(Rencontre, lot, Rencontre.le, Rencontre.type_code, Rencontre.code):
            jeunes[r.jeune_id].rencontres[r.type_code, r.le].append(r.code)
        colonnes = [c for c in catalogue.remplies(Situation.__table__) if c.name != "jeune_id"]
        for s in _suite(Situation, lot, *colonnes):
            valeurs = {c.name: getattr(s, c.name) for c in colonnes}
            jeunes[s.jeune_id].situations.append((s.observee_le, valeurs))


def _suite(classe: Any, lot: list[int], *colonnes: Any) -> Sequence[Row[Any]]:
    """The records of these youths, in the order of their days."""
    ordre = getattr(classe, _ORDRES.get(classe, "du"))
    lus = select(classe.jeune_id, *colonnes).where(classe.jeune_id.in_(lot))
    suite: Sequence[Row[Any]] = db.session.execute(lus.order_by(ordre, classe.id)).all()
    return suite


_ORDRES: dict[Any, str] = {Situation: "observee_le", Rencontre: "le"}


# Whoever imports


def ma_mds() -> str:
    """The MDS where the acting account creates youths, when there is only one; else empty."""
    miennes = acces.perimetre().mds("jeune", "creer")
    if isinstance(miennes, acces.Toutes):
        return ""
    codes = db.session.scalars(select(Mds.code).where(Mds.id.in_([*miennes])).limit(2)).all()
    return codes[0] if len(codes) == 1 else ""


def mon_nom_de_coordonnateur() -> str:
    """The name under which the acting account accompanies youths; empty when it does not."""
    contexte = acces.contexte()
    if contexte.acteur == acces.TOUS:
        return ""
    if "COORDONNATEUR" not in acces.perimetre().roles:
        return ""
    compte = int(contexte.acteur)
    nom = db.session.scalar(select(Agent.nom).where(Agent.compte_id == compte))
    return nom or str(db.session.get(Compte, compte) or "")


_RESERVER = text("select acces.reserver_codes(:table, :prefixe, :chiffres, :nombre)")


class CodesNeufs:
    """The codes of new records: those that the base gives, or a word for a trial."""

    def __init__(self, pour_de_bon: bool):
        self.pour_de_bon = pour_de_bon
        self._restent: dict[str, list[str]] = defaultdict(list)
        self._donnes: dict[str, int] = defaultdict(int)

    def suivant(self, table: str) -> str:
        self._donnes[table] += 1
        if not self.pour_de_bon:
            return f"nouveau {self._donnes[table]}"
        if not self._restent[table]:
            code = catalogue.declaration_de(table).code
            if code is None:
                raise LookupError(f"{table} has no code of its own")
            valeurs = {"prefixe": code.prefixe, "chiffres": code.chiffres, "nombre": 50}
            reserves = db.session.scalars(_RESERVER, {"table": table, **valeurs}).all()
            self._restent[table] = list(reversed(reserves))
        return self._restent[table].pop()
