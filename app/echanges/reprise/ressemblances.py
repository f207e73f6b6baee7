"""The new youths of a workbook who look like one that is known, or like one another.

Told, never decided: the rule is that of the list of possible duplicates (``regles/doublons.py``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from app.echanges.reprise.plan import Plan
from app.extensions import db
from app.models import Jeune
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import NomCompare, lire_nom, noms_portes, se_ressemblent

AU_PLUS = 50
"""Sentences told; beyond, their number."""


class JeuneCompare(NamedTuple):
    """A youth by their name, and where they stand: « ligne 12 », « dossier PDC-00012 »."""

    qui: str
    ou: str
    noms: list[NomCompare]
    """The one of today, then those of before."""

    def ressemble(self, autre: "JeuneCompare") -> bool:
        return any(se_ressemblent(a, b) for a in self.noms for b in autre.noms)


def ressemblances(plan: Plan) -> list[str]:
    """One sentence for each new youth who may be another; the acting account reads both."""
    nouveaux = _nouveaux(plan)
    connus = _connus(nouveaux)
    dites = [
        _dire(nouveau, autre, naissance)
        for naissance, nes in nouveaux.items()
        for nouveau, autre in _proches(nes, connus[naissance])
    ]
    if len(dites) > AU_PLUS:
        en_plus = len(dites) - AU_PLUS
        dites[AU_PLUS:] = [f"Et {en_plus} autres ressemblances, à voir dans « Doublons »."]
    return dites


def _nouveaux(plan: Plan) -> dict[date, list[JeuneCompare]]:
    etat = plan.etats["jeune"]
    par_jour: dict[date, list[JeuneCompare]] = defaultdict(list)
    for ligne in plan.creations.get("jeune", []):
        naissance = etat.valeur(ligne, "date_naissance")
        noms = [str(etat.valeur(ligne, champ) or "") for champ in ("prenom", "nom")]
        if isinstance(naissance, date):
            ou = f"ligne {ligne.numero}"
            par_jour[naissance].append(JeuneCompare(" ".join(noms), ou, [lire_nom(*noms)]))
    return par_jour


def _connus(jours: Iterable[date]) -> dict[date, list[JeuneCompare]]:
    """The youths of the base born on these days."""
    par_jour: dict[date, list[JeuneCompare]] = defaultdict(list)
    nes = select(
        Jeune.date_naissance, Jeune.prenom, Jeune.nom, Jeune.anciens_noms, Jeune.code
    ).where(Jeune.date_naissance.in_([*jours]), Jeune.nom_tri != NOM_ANONYME)
    for j in db.session.execute(nes):
        qui = f"{j.prenom} {j.nom}"
        noms = noms_portes(j.nom, j.prenom, j.anciens_noms)
        connu = JeuneCompare(qui, f"dossier {j.code}", noms)
        par_jour[j.date_naissance].append(connu)
    return par_jour


def _proches(
    nouveaux: list[JeuneCompare], connus: list[JeuneCompare]
) -> Iterator[tuple[JeuneCompare, JeuneCompare]]:
    """Each new one with the first, known or written above, that it looks like."""
    vus = list(connus)
    for nouveau in nouveaux:
        autre = next((vu for vu in vus if nouveau.ressemble(vu)), None)
        if autre is not None:
            yield nouveau, autre
        vus.append(nouveau)


def _dire(nouveau: JeuneCompare, autre: JeuneCompare, naissance: date) -> str:
    return (
        f"Feuille Jeunes, {nouveau.ou} : « {nouveau.qui} » ressemble à « {autre.qui} »"
        f" ({autre.ou}), de même date de naissance ({naissance:%d/%m/%Y}). Si c’est le même"
        " jeune, donnez-lui le même code : sa ligne mettra le dossier à jour."
    )
