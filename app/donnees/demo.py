"""A fictitious Département over two years ending on a day: the same seed and day always give the
same data.

Everything is inserted in bulk, by the application's role, through the same policies, constraints
and trail as people.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from random import Random

from sqlalchemy import Connection, text

from app.regles.age import ajouter_mois

from . import fiction
from .parcours_fictif import DEUX_ANS, Histoire, Lignes, jours, ouvre
from .tirages import LIEU, Tirage

PAQUET = 500
"""Youths inserted at a time."""
PART_DES_MDS = Tirage(ARR=12, ART=17, AUD=8, BOU=12, CAL=12, HCA=14, LLI=16, MON=5, TER=4)
TABLES = (
    "poste",
    "convention",
    "versement",
    "partenaire",
    "contact",
    "instance",
    "participant",
    "action_collective",
    "jeune",
    "rattachement",
    "transfert",
    "mesure",
    "accompagnement",
    "binome",
    "alerte",
    "rencontre",
    "situation",
    "frein",
    "enquete",
    "mobilisation",
    "etape",
    "decision",
)
"""In the order in which they refer to each other."""


class Departement:
    """Fills the base through one connection, inside the caller's transaction."""

    def __init__(self, connexion: Connection, graine: int, le: date):
        self.connexion, self.le, self.r = connexion, le, Random(graine)
        self.lignes: Lignes = defaultdict(list)
        self.mds = dict(connexion.execute(text("select code, id from mds order by code")).all())
        self.noms = dict(connexion.execute(text("select id, nom from mds")).all())
        self.equipes: dict = {}
        self.suivis: dict[int, list[tuple[int, date, date]]] = defaultdict(list)
        self.comites: list[tuple[int, int, date]] = []

    def remplir(self, combien: int, avance: Callable[[int], None]) -> None:
        """``avance`` is told how many more youths have been written."""
        self._equipes()
        self._partenaires()
        self._instances()
        self.inserer()
        codes, codes_rencontre = (
            self._numeros("acces.jeune_code_seq", combien),
            self._numeros("acces.rencontre_code_seq"),
        )
        ids = self._numeros("public.jeune_id_seq")
        histoire = Histoire(
            self.r, self.lignes, self.equipes, lambda: f"R{next(codes_rencontre):06d}", self.le
        )
        for rang in range(1, combien + 1):
            numero, mds = next(ids), self.mds[PART_DES_MDS(self.r)]
            sejour = histoire.raconter(numero, code := f"D{next(codes):05d}", mds)
            if sejour:
                self.suivis[mds].append((numero, *sejour))
            self._territoire(numero, code, mds)
            if rang % PAQUET == 0 or rang == combien:
                self.inserer()
                avance(rang - (rang - 1) // PAQUET * PAQUET)
        self._actions_collectives(codes_rencontre)
        self._decisions()
        self.inserer()

    def inserer(self) -> None:
        """Write what was drawn, one statement a table: the base reads the rows from one JSON text."""
        for table in TABLES:
            if lignes := self.lignes[table]:
                colonnes = ", ".join(lignes[0])
                ordre = f"insert into {table} ({colonnes}) select {colonnes} from json_populate_recordset(null::{table}, cast(:lignes as json))"
                self.connexion.execute(text(ordre), {"lignes": json.dumps(lignes, default=str)})
                lignes.clear()

    def _numeros(self, sequence: str, paquet: int = 100) -> Iterator[int]:
        """Numbers taken from a sequence, in advance: what is created afterwards goes on from there."""
        while True:
            yield from self.connexion.scalars(
                text(f"select nextval('{sequence}') from generate_series(1, {paquet})")
            ).all()

    def _equipes(self) -> None:
        """The postes of coordonnateur, the référents of each MDS, the conventions of the two years."""
        r, le = self.r, self.le
        for code, mds in self.mds.items():
            coordonnateur = fiction.professionnel(r)
            self.equipes[mds] = [fiction.professionnel(r) for _ in range(4)], coordonnateur
            du = le - jours(r.randrange(DEUX_ANS, DEUX_ANS + 200))
            self.lignes["poste"].append(
                {
                    "coordonnateur": coordonnateur,
                    "etp": 0.5 if code == "TER" else 1,
                    "du": du,
                    "au": None,
                    "telephone_fourni_le": du + jours(r.randrange(0, 40)),
                    "frais_deplacement": r.random() < 0.9,
                    "ordinateur_fourni_le": du + jours(r.randrange(0, 60))
                    if r.random() < 0.85
                    else None,
                }
            )
        convention_ids = self._numeros("public.convention_id_seq")
        for annee in (le.year - 1, le.year):
            numero, du = next(convention_ids), date(annee, 1, 1)
            self.lignes["convention"].append(
                {
                    "id": numero,
                    "numero": f"ASE-ML-{annee}",
                    "operateur": "Association fictive des Missions Locales",
                    "du": du,
                    "au": date(annee, 12, 31),
                    "etp": 8.5,
                    "montant_etp": 52000,
                    "avance_pourcent": 80,
                    "signee_le": du + jours(20),
                    "observations": None,
                }
            )
            for type_code, part, verse in (
                ("AVANCE", 80, du + jours(45)),
                ("SOLDE", 20, du + jours(430)),
            ):
                if verse <= le:
                    self.lignes["versement"].append(
                        {
                            "convention_id": numero,
                            "type": type_code,
                            "montant": 8.5 * 520 * part,
                            "le": verse,
                        }
                    )

    def _partenaires(self) -> None:
        ids = self._numeros("public.partenaire_id_seq")
        departementaux = [
            self._partenaire(next(ids), *p, []) for p in fiction.PARTENAIRES_DEPARTEMENTAUX
        ]
        for mds in self.mds.values():
            locaux = [
                self._partenaire(next(ids), type_code, f"{nom} ({self.noms[mds]})", [mds])
                for type_code, nom in self.r.sample(fiction.PARTENAIRES, 10)
            ]
            self.equipes["partenaires", mds] = locaux + departementaux

    def _partenaire(
        self, numero: int, type_code: str, nom: str, mds_ids: list[int]
    ) -> tuple[int, str]:
        r = self.r
        interlocuteur, demarche = (
            fiction.professionnel(r),
            self.le - jours(r.randrange(10, DEUX_ANS)),
        )
        self.lignes["partenaire"].append(
            {
                "id": numero,
                "nom": nom,
                "type_code": type_code,
                "mds_ids": mds_ids,
                "interlocuteur": interlocuteur,
                "telephone": fiction.fixe(r),
                "courriel": fiction.courriel(interlocuteur),
                "demarche_le": demarche,
                "convention_signee_le": min(demarche + jours(r.randrange(20, 120)), self.le)
                if r.random() < 0.4
                else None,
            }
        )
        for _ in range(r.randrange(0, 3)):
            self.lignes["contact"].append(
                {
                    "partenaire_id": numero,
                    "nom": (nom_contact := fiction.professionnel(r)),
                    "fonction": r.choice(fiction.FONCTIONS),
                    "telephone": fiction.fixe(r),
                    "courriel": fiction.courriel(nom_contact),
                }
            )
        return numero, type_code

    def _instances(self) -> None:
        """Permanences each month and comités each quarter in each MDS; the meetings of the
        Département."""
        r, le = self.r, self.le
        ids, codes = (
            self._numeros("public.instance_id_seq"),
            self._numeros("acces.instance_code_seq"),
        )
        debut = ajouter_mois(le.replace(day=1), -24)

        def tenir(type_code: str, jour: date, mds: int | None) -> None:
            jour, numero = ouvre(jour), next(ids)
            statut = (
                "PREVUE"
                if jour > le or r.random() < 0.02
                else "ANNULEE"
                if r.random() < 0.06
                else "TENUE"
            )
            tenue = statut == "TENUE"
            self.lignes["instance"].append(
                {
                    "id": numero,
                    "code": f"I{next(codes):05d}",
                    "type_code": type_code,
                    "le": jour,
                    "statut_code": statut,
                    "mds_id": mds,
                    "coordonnateur_present": r.random() < 0.95 if tenue else None,
                    "jeunes_recus": r.randrange(0, 9)
                    if tenue and type_code == "PERMANENCE"
                    else None,
                    "compte_rendu": r.choice(fiction.DECISIONS)
                    if tenue and r.random() < 0.5
                    else None,
                }
            )
            if type_code != "PERMANENCE":
                for fonction in r.sample(fiction.PARTICIPANTS, r.randrange(2, 5)):
                    self.lignes["participant"].append(
                        {
                            "instance_id": numero,
                            "nom": fiction.professionnel(r),
                            "fonction": fonction,
                            "est_present": r.random() < 0.85 if tenue else None,
                        }
                    )
            if tenue and type_code == "COMITE_SUIVI":
                self.comites.append((numero, mds, jour))

        for mois in range(26):
            premier = ajouter_mois(debut, mois)
            for mds in self.mds.values():
                if (
                    r.random() > 0.03
                ):  # now and then a permanence is forgotten: the calendar must show it
                    tenir("PERMANENCE", premier + jours(r.randrange(3, 25)), mds)
                if premier.month % 3 == 0:
                    tenir("COMITE_SUIVI", premier + jours(r.randrange(2, 26)), mds)
            if premier.month == 11:
                tenir("COPIL", premier + jours(r.randrange(5, 25)), None)
            if premier.month in (3, 6, 10):
                tenir("FORMATION", premier + jours(r.randrange(3, 25)), None)
        for rang in range(19):
            tenir("COMITE_TECHNIQUE", debut + jours(12 + 42 * rang), None)

    def _territoire(self, numero: int, code: str, mds: int) -> None:
        """A few youths came from another MDS; a few are about to leave."""
        r, le = self.r, self.le
        hasard = r.random()
        if hasard > 0.05:
            return
        autre = r.choice([m for m in self.mds.values() if m != mds])
        jeune = self.lignes["jeune"][-1]
        if hasard > 0.005 and jeune["repere_le"] < le - jours(60):
            effet = jeune["repere_le"] + jours(r.randrange(20, (le - jeune["repere_le"]).days))
            for ou, du, au in (
                (autre, jeune["date_naissance"], effet - jours(1)),
                (mds, effet, None),
            ):
                self.lignes["rattachement"].append(
                    {
                        "jeune_id": numero,
                        "mds_id": mds,
                        "mds_rattachement_id": ou,
                        "du": du,
                        "au": au,
                    }
                )
            return
        demande_le = le - jours(r.randrange(0, 9))
        self.lignes["transfert"].append(
            {
                "jeune_id": numero,
                "mds_id": mds,
                "de_mds_id": mds,
                "vers_mds_id": autre,
                "code_dossier": code,
                "effet_le": demande_le,
                "motif": "Le lieu d’accueil change de territoire.",
                "demande_le": demande_le,
                "demande_par": fiction.professionnel(r),
            }
        )

    def _presents(self, mds: int, jour: date, combien: int) -> list[int]:
        """Youths of an MDS in the scheme on a day, at most ``combien``."""
        possibles = [numero for numero, du, au in self.suivis[mds] if du <= jour <= au]
        return self.r.sample(possibles, min(combien, len(possibles)))

    def _actions_collectives(self, codes) -> None:
        r, le = self.r, self.le
        ids = self._numeros("public.action_collective_id_seq")
        for mois in range(25):
            premier = ajouter_mois(le.replace(day=1), mois - 23)
            for mds, suivis in self.suivis.items():
                for _ in range(1 + len(suivis) // 200):
                    jour, lieu, numero = (
                        ouvre(premier + jours(r.randrange(2, 26))),
                        LIEU(r),
                        next(ids),
                    )
                    inscrits = self._presents(mds, min(jour, le), r.randrange(3, 9))
                    self.lignes["action_collective"].append(
                        {
                            "id": numero,
                            "mds_id": mds,
                            "intitule": r.choice(fiction.ACTIONS),
                            "le": jour,
                            "lieu_code": lieu,
                            "description": None,
                        }
                    )
                    for jeune in inscrits:
                        statut = (
                            "PREVUE" if jour > le else "TENUE" if r.random() < 0.85 else "ABSENCE"
                        )
                        self.lignes["rencontre"].append(
                            {
                                "jeune_id": jeune,
                                "mds_id": mds,
                                "code": f"R{next(codes):06d}",
                                "type_code": "COLLECTIF",
                                "le": jour,
                                "statut_code": statut,
                                "lieu_code": lieu,
                                "action_id": numero,
                                "coordonnateur_present": True if statut == "TENUE" else None,
                                "jeune_present": None if statut == "PREVUE" else statut == "TENUE",
                            }
                        )

    def _decisions(self) -> None:
        for numero, mds, jour in self.comites:
            for jeune in self._presents(mds, jour, self.r.randrange(1, 5)):
                self.lignes["decision"].append(
                    {
                        "jeune_id": jeune,
                        "mds_id": mds,
                        "instance_id": numero,
                        "decision": self.r.choice(fiction.DECISIONS),
                        "echeance_le": jour + jours(self.r.randrange(15, 90))
                        if self.r.random() < 0.6
                        else None,
                    }
                )
