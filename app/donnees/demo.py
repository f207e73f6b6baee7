"""A fictitious Département over two years ending on a day.

The same seed and day always give the same data.

Everything is inserted in bulk, by the application's role, through the same policies, constraints
and audit log as people.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from random import Random

from sqlalchemy import Connection, text

from . import fiction, instance_fictive, partenariat_fictif
from .parcours_fictif import raconter
from .tirages import Tirage
from .vie_fictive import DEUX_ANS, Decor, Equipe, Lignes, jours, parfois

PAQUET = 500
"""Youths inserted at a time."""
PART_DES_MDS = Tirage(ARR=12, ART=17, AUD=8, BOU=12, CAL=12, HCA=14, LLI=16, MON=5, TER=4)
TABLES = (
    "agent",
    "poste",
    "convention",
    "versement",
    "partenaire",
    "contact",
    "action_partenariat",
    "convention_partenaire",
    "dispositif_propose",
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
    "besoin",
    "mobilite",
    "tache",
    "demande_cjm",
    "proposition_cej",
    "decision",
    "point_de_comite",
)
"""In the order in which they refer to each other."""
ETP = 8.5
TITULAIRES: dict[str | None, tuple[str, str]] = {
    "ART": ("Nour Delestrez", "Hervé Quennoy"),
    "LLI": ("Karim Hesdinois", ""),
    "ARR": ("", "Élodie Tramecq"),
}
"""MDS → the coordonnateur and a référent who have an account (``app/commandes/demo.py``)."""
MOITIE_DE_POSTE: dict[str | None, float] = {"TER": 0.5}
MONTANT_ETP = 52_000
VERSEMENTS = (("AVANCE", 80, 45), ("SOLDE", 20, 430))
"""Type, share of the convention in percent, days after its start."""


class Departement:
    """Fills the base through one connection, inside the caller's transaction."""

    def __init__(self, connexion: Connection, graine: int, le: date):
        self.connexion = connexion
        self.le = le
        self.r = Random(graine)
        self.graine = graine
        self.lignes: Lignes = defaultdict(list)
        codes = connexion.execute(text("select code, id from mds order by code")).all()
        self.mds: dict[str | None, int] = dict(codes)
        services = connexion.execute(
            text("select mds_id, type, min(id) as id from service group by mds_id, type")
        )
        self.services = {(s.mds_id, s.type): s.id for s in services}
        noms = connexion.execute(text("select id, nom from mds")).all()
        self.noms: dict[int, str] = dict(noms)
        self.equipes: dict[int, Equipe] = {}
        self.sejours: instance_fictive.Sejours = defaultdict(list)

    def remplir(self, combien: int, avance: Callable[[int], None]) -> None:
        """``avance`` is told how many more youths have been written."""
        self._equipes()
        self._conventions()
        self._partenaires()
        ids_instances = self._numeros("public.instance_id_seq")
        reunions = instance_fictive.Reunions(self.r, self.lignes, self.le, ids_instances)
        reunions.inscrire(list(self.mds.values()), self._numeros("acces.instance_code_seq"))
        self.inserer()
        codes = self._numeros("acces.jeune_code_seq", combien)
        codes_rencontre = self._numeros("acces.rencontre_code_seq")
        ids = self._numeros("public.jeune_id_seq")

        def code_rencontre() -> str:
            return f"R{next(codes_rencontre):06d}"

        decor = Decor(self.r, self.lignes, self.equipes, code_rencontre, self.le)
        for rang in range(1, combien + 1):
            numero = next(ids)
            mds = self.mds[PART_DES_MDS(self.r)]
            code = f"D{next(codes):05d}"
            if sejour := raconter(decor, numero, code, mds):
                self.sejours[mds].append((numero, *sejour))
            self._territoire(numero, code, mds)
            if rang % PAQUET == 0 or rang == combien:
                self.inserer()
                avance(rang - (rang - 1) // PAQUET * PAQUET)
        ids_actions = self._numeros("public.action_collective_id_seq")
        instance_fictive.actions_collectives(decor, self.sejours, ids_actions)
        instance_fictive.decisions(decor, self.sejours, reunions.comites)
        self.inserer()

    def inserer(self) -> None:
        """Write what was drawn, one statement a table: the base reads the rows from one JSON."""
        for table in TABLES:
            if lignes := self.lignes[table]:
                colonnes = ", ".join(lignes[0])
                ordre = (
                    f"insert into {table} ({colonnes}) select {colonnes}"
                    f" from json_populate_recordset(null::{table}, cast(:lignes as json))"
                )
                self.connexion.execute(text(ordre), {"lignes": json.dumps(lignes, default=str)})
                lignes.clear()

    def _numeros(self, sequence: str, paquet: int = 100) -> Iterator[int]:
        """Numbers taken from a sequence in advance; what is created afterwards goes on from it."""
        while True:
            yield from self.connexion.scalars(
                text(f"select nextval('{sequence}') from generate_series(1, {paquet})")
            ).all()

    def _equipes(self) -> None:
        """The poste of coordonnateur and the référents of each MDS, and how to reach them."""
        r = self.r
        a_part = Random(len(self.mds))  # apart: what was drawn before stays as it was
        for code, mds in self.mds.items():
            coordonnateur = fiction.professionnel(r)
            referents = [fiction.professionnel(r) for _ in range(4)]
            titulaire, titulaire_ase = TITULAIRES.get(code, ("", ""))
            coordonnateur = titulaire or coordonnateur
            referents[0] = titulaire_ase or referents[0]
            self.equipes[mds] = Equipe(referents, coordonnateur)
            self._agent(a_part, coordonnateur, "COORDONNATEUR", mds)
            for referent in referents:
                self._agent(a_part, referent, "REFERENT_ASE", mds)
            self._poste(coordonnateur, MOITIE_DE_POSTE.get(code, 1))

    def _agent(self, r: Random, nom: str, fonction: str, mds: int) -> None:
        """Two who were drawn under one name are one agent, of both MDS and of their services.

        A référent works in the SEF of their MDS, a coordonnateur in its SEF and its SLAI.
        """
        types = ("SEF", "SLAI") if fonction == "COORDONNATEUR" else ("SEF",)
        ou = [self.services[mds, type_] for type_ in types if (mds, type_) in self.services]
        for agent in self.lignes["agent"]:
            if agent["nom"] == nom:
                agent["mds_ids"] = sorted({*agent["mds_ids"], mds})
                agent["service_ids"] = sorted({*agent["service_ids"], *ou})
                return
        self.lignes["agent"].append(
            {
                "nom": nom,
                "fonction_code": fonction,
                "mds_ids": [mds],
                "service_ids": ou,
                "telephone": fiction.fixe(r),
                "courriel": fiction.courriel(nom),
            }
        )

    def _poste(self, coordonnateur: str, etp: float) -> None:
        r = self.r
        du = self.le - jours(r.randrange(DEUX_ANS, DEUX_ANS + 200))
        self.lignes["poste"].append(
            {
                "coordonnateur": coordonnateur,
                "etp": etp,
                "du": du,
                "au": None,
                "telephone_fourni_le": du + jours(r.randrange(0, 40)),
                "frais_deplacement": r.random() < 0.9,
                "ordinateur_fourni_le": parfois(r, 0.85, lambda: du + jours(r.randrange(0, 60))),
            }
        )

    def _conventions(self) -> None:
        """Those of the two years, and what was paid so far."""
        ids = self._numeros("public.convention_id_seq")
        for annee in (self.le.year - 1, self.le.year):
            numero = next(ids)
            du = date(annee, 1, 1)
            self.lignes["convention"].append(
                {
                    "id": numero,
                    "numero": f"ASE-ML-{annee}",
                    "operateur": "Association fictive des Missions Locales",
                    "du": du,
                    "au": date(annee, 12, 31),
                    "etp": ETP,
                    "montant_etp": MONTANT_ETP,
                    "avance_pourcent": 80,
                    "signee_le": du + jours(20),
                    "observations": None,
                }
            )
            for type_code, part, delai in VERSEMENTS:
                verse_le = du + jours(delai)
                if verse_le <= self.le:
                    montant = ETP * MONTANT_ETP / 100 * part
                    self.lignes["versement"].append(
                        {
                            "convention_id": numero,
                            "type": type_code,
                            "montant": montant,
                            "le": verse_le,
                        }
                    )

    def _partenaires(self) -> None:
        ids = self._numeros("public.partenaire_id_seq")
        departementaux = [
            self._partenaire(next(ids), type_code, nom, [])
            for type_code, nom in fiction.PARTENAIRES_DEPARTEMENTAUX
        ]
        for mds, equipe in self.equipes.items():
            for type_code, nom in self.r.sample(fiction.PARTENAIRES, 10):
                local = self._partenaire(next(ids), type_code, f"{nom} ({self.noms[mds]})", [mds])
                equipe.partenaires.append(local)
            equipe.partenaires.extend(departementaux)
        coordonnateurs = {mds: equipe.coordonnateur for mds, equipe in self.equipes.items()}
        partenariat_fictif.inventer(self.graine, self.le, self.lignes, coordonnateurs)

    def _partenaire(
        self, numero: int, type_code: str, nom: str, mds_ids: list[int]
    ) -> tuple[int, str]:
        r = self.r
        interlocuteur = fiction.professionnel(r)
        demarche = self.le - jours(r.randrange(10, DEUX_ANS))
        partenaire = {
            "id": numero,
            "nom": nom,
            "type_code": type_code,
            "mds_ids": mds_ids,
            "interlocuteur": interlocuteur,
            "telephone": fiction.fixe(r),
            "courriel": fiction.courriel(interlocuteur),
            "demarche_le": demarche,
        }

        def signature() -> date:
            return min(demarche + jours(r.randrange(20, 120)), self.le)

        partenaire["convention_signee_le"] = parfois(r, 0.4, signature)
        self.lignes["partenaire"].append(partenaire)
        for _ in range(r.randrange(0, 3)):
            contact = fiction.professionnel(r)
            self.lignes["contact"].append(
                {
                    "partenaire_id": numero,
                    "nom": contact,
                    "fonction": r.choice(fiction.FONCTIONS),
                    "telephone": fiction.fixe(r),
                    "courriel": fiction.courriel(contact),
                }
            )
        return numero, type_code

    def _territoire(self, numero: int, code: str, mds: int) -> None:
        """A few youths came from another MDS; a few are about to leave."""
        r = self.r
        hasard = r.random()
        if hasard > 0.05:
            return
        autre = r.choice([m for m in self.mds.values() if m != mds])
        jeune = self.lignes["jeune"][-1]
        if hasard > 0.005 and jeune["repere_le"] < self.le - jours(60):
            self._vient_de(jeune, autre)
            return
        demande_le = self.le - jours(r.randrange(0, 9))
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

    def _vient_de(self, jeune: dict, autre: int) -> None:
        """Followed by another MDS until a day, by their own since."""
        connu = (self.le - jeune["repere_le"]).days
        effet = jeune["repere_le"] + jours(self.r.randrange(20, connu))
        mds = jeune["mds_id"]
        for ou, du, au in (
            (autre, jeune["date_naissance"], effet - jours(1)),
            (mds, effet, None),
        ):
            self.lignes["rattachement"].append(
                {
                    "jeune_id": jeune["id"],
                    "mds_id": mds,
                    "mds_rattachement_id": ou,
                    "du": du,
                    "au": au,
                }
            )
