"""The new youths of a workbook who look like one that is known, or like one another.

Told, never decided: the rule is that of the list of possible duplicates (``regles/doublons.py``).
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from app.echanges.reprise.plan import Plan
from app.extensions import db
from app.models import Jeune, Mds
from app.regles.conservation import NOM_ANONYME
from app.regles.doublons import NomCompare, lire_nom, noms_portes, se_ressemblent
from app.regles.texte import accorder

AU_PLUS = 50
"""Sentences told; beyond, their number."""


class JeuneCompare(NamedTuple):
    """A youth by their name, and where they stand."""

    qui: str
    ou: str
    """« ligne 12 », « dossier PDC-00012 »."""
    noms: list[NomCompare]
    """The one of today, then those of before."""
    numero: int = 0
    """The row, of one that is in the file."""
    code: str = ""
    dit: str = ""
    """What else is known of them: their MDS, their phone."""

    def ressemble(self, autre: "JeuneCompare") -> bool:
        return any(se_ressemblent(a, b) for a in self.noms for b in autre.noms)


@dataclass(frozen=True)
class Ressemblance:
    """A new youth, and the one, known or written above, whom they may be."""

    nouveau: JeuneCompare
    autre: JeuneCompare
    naissance: date

    @property
    def phrase(self) -> str:
        return (
            f"Feuille Jeunes, {self.nouveau.ou} : « {self.nouveau.qui} » ressemble à"
            f" « {self.autre.qui} » ({self.autre.ou}), de même date de naissance"
            f" ({self.naissance:%d/%m/%Y}). Si c’est le même jeune, donnez-lui le même code : sa"
            " ligne mettra le dossier à jour."
        )


Differents = Callable[[JeuneCompare, JeuneCompare], bool]
"""A person said of a new youth, and of one whom they look like, that they are two."""


def ressemblances(
    plan: Plan,
    decides: Container[int] = (),
    differents: Differents = lambda nouveau, autre: False,
) -> list[Ressemblance]:
    """Each new youth who may be another; the acting account reads both.

    ``decides``: the rows about which a person has already said whom they are.
    """
    nouveaux = _nouveaux(plan)
    connus = _connus(nouveaux)
    return [
        Ressemblance(nouveau, autre, naissance)
        for naissance, nes in nouveaux.items()
        for nouveau, autre in _proches(nes, connus[naissance], differents)
        if nouveau.numero not in decides
    ]


def phrases(trouvees: Sequence[Ressemblance]) -> list[str]:
    """One sentence each, the first ones."""
    dites = [trouvee.phrase for trouvee in trouvees[:AU_PLUS]]
    if len(trouvees) > AU_PLUS:
        en_plus = len(trouvees) - AU_PLUS
        dit = accorder(en_plus, "autre ressemblance", "autres ressemblances")
        dites.append(f"Et {dit}, à voir dans « Doublons ».")
    return dites


def _nouveaux(plan: Plan) -> dict[date, list[JeuneCompare]]:
    etat = plan.etats["jeune"]
    par_jour: dict[date, list[JeuneCompare]] = defaultdict(list)
    for ligne in plan.creations.get("jeune", []):
        naissance = etat.valeur(ligne, "date_naissance")
        noms = [str(etat.valeur(ligne, champ) or "") for champ in ("prenom", "nom")]
        if isinstance(naissance, date):
            mds = plan.codes_mds.get(etat.valeur(ligne, "mds_id"), "")
            dit = " · ".join(filter(None, (mds, etat.valeur(ligne, "telephone"))))
            compare = JeuneCompare(
                " ".join(noms),
                f"ligne {ligne.numero}",
                [lire_nom(*noms)],
                ligne.numero,
                str(etat.valeur(ligne, "code")),
                dit,
            )
            par_jour[naissance].append(compare)
    return par_jour


def _connus(jours: Iterable[date]) -> dict[date, list[JeuneCompare]]:
    """The youths of the base born on these days."""
    par_jour: dict[date, list[JeuneCompare]] = defaultdict(list)
    nes = (
        select(
            Jeune.date_naissance,
            Jeune.prenom,
            Jeune.nom,
            Jeune.nom_tri,
            Jeune.anciens_noms,
            Jeune.code,
            Jeune.telephone,
            Mds.nom.label("mds"),
        )
        .join(Mds, Mds.id == Jeune.mds_id)
        .where(Jeune.date_naissance.in_([*jours]), Jeune.nom_tri != NOM_ANONYME)
    )
    for j in db.session.execute(nes):
        qui = f"{j.prenom} {j.nom}"
        noms = noms_portes(j.nom_tri, j.anciens_noms)
        dit = " · ".join(filter(None, (j.mds, j.telephone)))
        connu = JeuneCompare(qui, f"dossier {j.code}", noms, 0, j.code, dit)
        par_jour[j.date_naissance].append(connu)
    return par_jour


def _proches(
    nouveaux: list[JeuneCompare], connus: list[JeuneCompare], differents: Differents
) -> Iterator[tuple[JeuneCompare, JeuneCompare]]:
    """Each new one with the first, known or written above, that it looks like."""
    vus = list(connus)
    for nouveau in nouveaux:
        semblables = (vu for vu in vus if nouveau.ressemble(vu))
        autre = next((vu for vu in semblables if not differents(nouveau, vu)), None)
        if autre is not None:
            yield nouveau, autre
        vus.append(nouveau)
