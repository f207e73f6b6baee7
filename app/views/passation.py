"""« Passer la main »: what would change hands, and what is refused and why, before anything is."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Row, case, func, literal, or_, select

from app import acces
from app.extensions import db
from app.models import Agent, Binome, Jeune, TacheInstance
from app.regles import passation as regles
from app.regles.age import aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.views import charges
from app.views.socle.affichage import en_texte

MAX_BINOMES = 300
"""Binômes that one act hands over; six times the largest portfolio."""
PAS_PERMIS = "Vos habilitations ne permettent pas de modifier les binômes de sa MDS."


@dataclass(frozen=True)
class AgentVu:
    """An agent as they were read, whatever happens to the session."""

    id: int
    nom: str
    mds_ids: tuple[int, ...]
    du: date | None
    au: date | None


def voir(agent: Agent) -> AgentVu:
    return AgentVu(agent.id, agent.nom, tuple(agent.mds_ids), agent.du, agent.au)


@dataclass(frozen=True)
class Ligne:
    """A binôme of the portfolio: who would take it over, and why not."""

    binome: Row
    vers: AgentVu | None
    est_choisie: bool
    refus: str
    decoupe: regles.PassationDuBinome

    @property
    def est_retenue(self) -> bool:
        return self.est_choisie and self.vers is not None and not self.refus

    @property
    def jeune(self) -> str:
        return f"{self.binome.prenom} {self.binome.nom}"

    @property
    def ancien(self) -> str:
        """« Nour Delestrez, avec Maryse Leroy »."""
        return self._duo(self.binome.coordonnateur, self.binome.referent_ase or "")

    @property
    def nouveau(self) -> str:
        """The one that follows; empty when the binôme does not change hands."""
        if not self.est_retenue or self.vers is None:
            return ""
        if self.binome.comme == regles.COORDONNATEUR:
            return self._duo(self.vers.nom, self.binome.referent_ase or "")
        return self._duo(self.binome.coordonnateur, self.vers.nom)

    def _duo(self, coordonnateur: str, referent: str) -> str:
        """The one who changes first, then the other one."""
        if self.binome.comme == regles.REFERENT:
            return f"{referent}, avec {coordonnateur}"
        return f"{coordonnateur}, avec {referent}" if referent else coordonnateur

    @property
    def jours(self) -> str:
        """« du 01/12/2026 au 15/12/2026 »."""
        if self.decoupe.au is None:
            return f"à partir du {en_texte(self.decoupe.du)}"
        return f"du {en_texte(self.decoupe.du)} au {en_texte(self.decoupe.au)}"


@dataclass(frozen=True)
class LigneVoulue:
    """A binôme that changes hands."""

    binome: Row
    vers: AgentVu
    decoupe: regles.PassationDuBinome


@dataclass(frozen=True)
class TachesDInstance:
    """What instances gave the agent to do, which follows no youth: how many, who takes them."""

    nombre: int = 0
    est_choisie: bool = True
    vers: AgentVu | None = None
    """None: they stay, or nobody is said yet."""


@dataclass(frozen=True)
class ApercuDePassation:
    """What an act would do, as it is shown before and then written."""

    de: AgentVu
    passation: regles.Passation
    lignes: list[Ligne]
    instances: TachesDInstance = TachesDInstance()

    @functools.cached_property
    def retenues(self) -> list[LigneVoulue]:
        return [
            LigneVoulue(ligne.binome, ligne.vers, ligne.decoupe)
            for ligne in self.lignes
            if ligne.vers is not None and ligne.est_retenue
        ]

    @property
    def refusees(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.est_choisie and ligne.refus)

    @property
    def rencontres(self) -> int:
        return sum(ligne.binome.rencontres for ligne in self.retenues)

    @property
    def taches(self) -> int:
        siennes = self.instances.nombre if self.instances.vers is not None else 0
        return siennes + sum(ligne.binome.taches for ligne in self.retenues)

    @property
    def besoins(self) -> int:
        return sum(ligne.binome.besoins for ligne in self.retenues)

    @property
    def passe(self) -> bool:
        """Something changes hands."""
        return bool(self.retenues) or self.instances.vers is not None

    @property
    def jeunes(self) -> int:
        return len({ligne.binome.jeune_id for ligne in self.retenues})

    @property
    def titre(self) -> str:
        """« Passer la main : Nour Delestrez → Inès Roux, jusqu’au 15/12/2026 »."""
        receveurs = [ligne.vers for ligne in self.retenues]
        if self.instances.vers is not None:
            receveurs.append(self.instances.vers)
        vers = dict.fromkeys(agent.nom for agent in receveurs)
        fin = ""
        if self.passation.jusqu_au:
            fin = f", jusqu’au {en_texte(self.passation.jusqu_au)}"
        return f"Passer la main : {self.de.nom} → {', '.join(vers)}{fin}"[:700]

    @property
    def empreinte(self) -> str:
        """Changes with anything that the person has read: what is applied is what was shown."""
        lues = [
            (x.binome.id, x.binome.version, x.vers, x.est_choisie, x.refus) for x in self.lignes
        ]
        charges = (self.rencontres, self.taches, self.besoins, self.instances)
        dit = f"{self.passation} {lues} {charges}"
        return hashlib.sha256(dit.encode()).hexdigest()[:32]


Choisies = Mapping[int, AgentVu | None]
"""Number of a binôme that is ticked → who takes it over, once somebody is said."""
INSTANCES = 0
"""In place of a binôme: what instances gave the agent to do."""


def preparer(
    de: AgentVu, passation: regles.Passation, choisies: Choisies | None
) -> ApercuDePassation:
    """The binômes of an agent that run today or later, and what would become of each.

    ``choisies`` None: all of them are ticked, and nobody is said to take them over yet.
    """
    permises = ou_il_le_peut()
    lignes = []
    for binome in _binomes(de.id, passation):
        vers = None if choisies is None else choisies.get(binome.id)
        refus = ""
        if binome.mds_id not in permises:
            refus = PAS_PERMIS
        elif vers is not None:
            refus = regles.refus(binome, vers, passation)
        est_choisie = choisies is None or binome.id in choisies
        lignes.append(Ligne(binome, vers, est_choisie, refus, regles.decouper(binome, passation)))
    return ApercuDePassation(de, passation, lignes, _des_instances(passation, choisies))


def _des_instances(passation: regles.Passation, choisies: Choisies | None) -> TachesDInstance:
    nombre = charges.des_instances(passation)
    if choisies is None:
        return TachesDInstance(nombre)
    vers = choisies.get(INSTANCES)
    if not nombre or (vers is not None and vers.id == passation.de):
        vers = None
    return TachesDInstance(nombre, INSTANCES in choisies, vers)


def ou_il_le_peut() -> acces.Toutes | frozenset[int]:
    """The MDS where the person may end a binôme and open another one."""
    perimetre = acces.perimetre()
    modifier = perimetre.mds("binome", "modifier")
    creer = perimetre.mds("binome", "creer")
    if isinstance(modifier, acces.Toutes):
        return creer
    return frozenset(mds for mds in modifier if mds in creer)


def _binomes(de: int, passation: regles.Passation) -> Sequence[Row]:
    """With how much of the agent would change hands."""
    comme = case(
        (Binome.coordonnateur_id == de, literal(regles.COORDONNATEUR)),
        else_=literal(regles.REFERENT),
    )
    requete = (
        select(*Binome.__table__.c, Jeune.prenom, Jeune.nom)
        .add_columns(*charges.comptees(de, passation), comme.label("comme"))
        .join(Jeune, Jeune.id == Binome.jeune_id)
        .where(*acces.mds_permises(Binome), Jeune.nom_tri != NOM_ANONYME)
        .where(or_(Binome.coordonnateur_id == de, Binome.referent_id == de))
        .where(or_(Binome.au.is_(None), Binome.au >= min(passation.du, aujourd_hui())))
        .order_by(Jeune.nom_tri, Binome.du)
        .limit(MAX_BINOMES)
    )
    return db.session.execute(requete).all()


@dataclass(frozen=True)
class Remplacement:
    """Somebody who stands in for an agent until a day: for some youths, for what instances gave."""

    de_id: int
    de: str
    vers_id: int
    vers: str
    jeunes: int
    taches: int
    jusqu_au: date


def remplacements(agent: int) -> list[Remplacement]:
    """The temporary ones that run or will, in which the agent is replaced or replaces."""
    par_paire = {(x.de_id, x.vers_id): x for x in _des_binomes(agent)}
    for x in _des_taches(agent):
        deja = par_paire.get((x.de_id, x.vers_id))
        if deja is not None:
            fin = max(deja.jusqu_au, x.jusqu_au)
            x = replace(deja, taches=x.taches, jusqu_au=fin)
        par_paire[x.de_id, x.vers_id] = x
    return sorted(par_paire.values(), key=lambda x: (x.jusqu_au, x.de, x.vers))


def _des_binomes(agent: int) -> list[Remplacement]:
    vers_id, vers = remplacant()
    requete = (
        select(Binome.remplace_id, Binome.remplace, vers_id, vers)
        .add_columns(func.count(Binome.jeune_id.distinct()), literal(0), func.max(Binome.au))
        .where(*acces.mds_permises(Binome), *en_remplacement())
        .where(or_(Binome.remplace_id == agent, vers_id == agent))
        .group_by(Binome.remplace_id, Binome.remplace, vers_id, vers)
    )
    return [Remplacement(*ligne) for ligne in db.session.execute(requete)]


def _des_taches(agent: int) -> list[Remplacement]:
    """Of the tâches of instances alone."""
    if not acces.perimetre().peut("tache_instance", "modifier"):
        return []
    paire = (
        TacheInstance.remplace_id,
        TacheInstance.remplace,
        TacheInstance.agent_id,
        TacheInstance.pour,
    )
    requete = (
        select(*paire)
        .add_columns(literal(0), func.count(), func.max(TacheInstance.remplace_jusqu_au))
        .where(*charges.confiees())
        .where(or_(TacheInstance.remplace_id == agent, TacheInstance.agent_id == agent))
        .group_by(*paire)
    )
    return [Remplacement(*ligne) for ligne in db.session.execute(requete)]


def remplacant():
    """Number and name of the one who stands in."""
    est_coordonnateur = Binome.remplace_comme == regles.COORDONNATEUR
    return (
        case((est_coordonnateur, Binome.coordonnateur_id), else_=Binome.referent_id),
        case((est_coordonnateur, Binome.coordonnateur), else_=Binome.referent_ase),
    )


def en_remplacement():
    """The conditions « temporary, and not over »."""
    return Binome.est_temporaire, Binome.remplace_id.is_not(None), Binome.au >= aujourd_hui()
