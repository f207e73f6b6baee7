"""The invented collective life: permanences, comités and their decisions, collective actions."""

from collections.abc import Iterator
from datetime import date
from random import Random

from app.regles.age import ajouter_mois

from . import fiction
from .tirages import LIEU
from .vie_fictive import Decor, Lignes, jours, ouvre, parfois

Sejours = dict[int, list[tuple[int, date, date]]]
"""MDS → (youth, first day, last day so far) in the scheme."""
Comites = list[tuple[int, int, date]]
"""(instance, MDS, day) of the comités de suivi that were held."""


class Reunions:
    """Permanences each month and comités each quarter in each MDS; the meetings of the Département.

    ``comites`` then holds the comités de suivi that were held, for their decisions.
    """

    def __init__(self, r: Random, lignes: Lignes, le: date, ids: Iterator[int]):
        self.r = r
        self.lignes = lignes
        self.le = le
        self.ids = ids
        self.comites: Comites = []

    def inscrire(self, mds_ids: list[int], codes: Iterator[int]) -> None:
        """Two years back, and two months ahead."""
        r = self.r
        self.codes = codes
        debut = ajouter_mois(self.le.replace(day=1), -24)
        for mois in range(26):
            premier = ajouter_mois(debut, mois)
            for mds in mds_ids:
                # Now and then a permanence is forgotten: the calendar must show it.
                if r.random() > 0.03:
                    self._reunion("PERMANENCE", premier + jours(r.randrange(3, 25)), mds)
                if premier.month % 3 == 0:
                    self._reunion("COMITE_SUIVI", premier + jours(r.randrange(2, 26)), mds)
            if premier.month == 11:
                self._reunion("COPIL", premier + jours(r.randrange(5, 25)))
            if premier.month in (3, 6, 10):
                self._reunion("FORMATION", premier + jours(r.randrange(3, 25)))
        for rang in range(19):
            self._reunion("COMITE_TECHNIQUE", debut + jours(12 + 42 * rang))

    def _reunion(self, type_code: str, jour: date, mds: int | None = None) -> None:
        r = self.r
        jour = ouvre(jour)
        numero = next(self.ids)
        statut = self._statut(jour)
        instance = {
            "id": numero,
            "code": f"I{next(self.codes):05d}",
            "type_code": type_code,
            "le": jour,
            "statut_code": statut,
            "mds_id": mds,
            "coordonnateur_present": None,
            "jeunes_recus": None,
            "compte_rendu": None,
        }
        if statut == "TENUE":
            instance["coordonnateur_present"] = r.random() < 0.95
            if type_code == "PERMANENCE":
                instance["jeunes_recus"] = r.randrange(0, 9)
            instance["compte_rendu"] = parfois(r, 0.5, lambda: r.choice(fiction.DECISIONS))
        self.lignes["instance"].append(instance)
        if type_code != "PERMANENCE":
            self._participants(numero, est_tenue=statut == "TENUE")
        if statut == "TENUE" and type_code == "COMITE_SUIVI" and mds is not None:
            self.comites.append((numero, mds, jour))

    def _statut(self, jour: date) -> str:
        """A few that have passed were not brought up to date, a few were cancelled."""
        if jour > self.le or self.r.random() < 0.02:
            return "PREVUE"
        if self.r.random() < 0.06:
            return "ANNULEE"
        return "TENUE"

    def _participants(self, instance_id: int, *, est_tenue: bool) -> None:
        r = self.r
        for fonction in r.sample(fiction.PARTICIPANTS, r.randrange(2, 5)):
            participant = {
                "instance_id": instance_id,
                "nom": fiction.professionnel(r),
                "fonction": fonction,
                "est_present": None,
            }
            if est_tenue:
                participant["est_present"] = r.random() < 0.85
            self.lignes["participant"].append(participant)


def presents(
    r: Random, sejours: list[tuple[int, date, date]], jour: date, nombre: int
) -> list[int]:
    """Youths in the scheme on a day, at most ``nombre``."""
    possibles = [numero for numero, du, au in sejours if du <= jour <= au]
    return r.sample(possibles, min(nombre, len(possibles)))


def actions_collectives(decor: Decor, sejours: Sejours, ids: Iterator[int]) -> None:
    """A few each month in each MDS, more where more youths are followed."""
    for mois in range(25):
        premier = ajouter_mois(decor.le.replace(day=1), mois - 23)
        for mds, suivis in sejours.items():
            for _ in range(1 + len(suivis) // 200):
                _action_collective(decor, mds, suivis, next(ids), premier)


def _action_collective(
    decor: Decor, mds: int, suivis: list[tuple[int, date, date]], numero: int, premier: date
) -> None:
    r = decor.r
    jour = ouvre(premier + jours(r.randrange(2, 26)))
    lieu = LIEU(r)
    inscrits = presents(r, suivis, min(jour, decor.le), r.randrange(3, 9))
    intitule = r.choice(fiction.ACTIONS)
    decor.lignes["action_collective"].append(
        {
            "id": numero,
            "mds_id": mds,
            "intitule": intitule,
            "theme_code": fiction.THEMES.get(intitule),
            "le": jour,
            "lieu_code": lieu,
            "description": None,
        }
    )
    for jeune in inscrits:
        rencontre = {
            "jeune_id": jeune,
            "mds_id": mds,
            "code": "",
            "type_code": "COLLECTIF",
            "le": jour,
            "statut_code": "PREVUE",
            "lieu_code": lieu,
            "heure": "14:00",
            "action_id": numero,
            "coordonnateur_present": None,
            "jeune_present": None,
        }
        if jour <= decor.le:
            vient = r.random() < 0.85
            rencontre["jeune_present"] = vient
            rencontre["statut_code"] = "ABSENCE"
            if vient:
                rencontre["statut_code"] = "TENUE"
                rencontre["coordonnateur_present"] = True
        rencontre["code"] = decor.code_rencontre()
        decor.lignes["rencontre"].append(rencontre)


def decisions(decor: Decor, sejours: Sejours, comites: Comites) -> None:
    """What each comité de suivi decided for a few of the youths followed on that day."""
    r = decor.r
    for instance_id, mds, jour in comites:
        for rang, jeune in enumerate(presents(r, sejours[mds], jour, r.randrange(1, 5)), 1):
            decision = {
                "jeune_id": jeune,
                "mds_id": mds,
                "instance_id": instance_id,
                "decision": r.choice(fiction.DECISIONS),
                "echeance_le": _echeance(r, jour),
                "faite_le": _faite(decor, jeune, jour),
            }
            decor.lignes["decision"].append(decision)
            decor.lignes["point_de_comite"].append(_point(decision, rang, jour))


def _faite(decor: Decor, jeune: int, jour: date) -> date | None:
    """Most are done within two months; drawn apart, so that the rest stays as it was."""
    r = Random(f"decision:{jeune}:{jour}")
    faite = jour + jours(r.randrange(5, 60))
    return faite if faite <= decor.le and r.random() < 0.8 else None


def _point(decision: dict, rang: int, jour: date) -> dict:
    """The line of the agenda of a youth for whom something was decided."""
    return {
        "jeune_id": decision["jeune_id"],
        "mds_id": decision["mds_id"],
        "instance_id": decision["instance_id"],
        "rang": rang,
        "motifs": None,
        "ajoute_par": "l’équipe de la MDS",
        "ajoute_le": jour - jours(7),
        "est_vu": True,
    }


def _echeance(r: Random, jour: date) -> date | None:
    return parfois(r, 0.6, lambda: jour + jours(r.randrange(15, 90)))
