"""Everything that a youth's file shows, in a constant number of statements: one a tab."""

import functools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select
from sqlalchemy.orm import aliased

from app.acces import Perimetre
from app.extensions import db
from app.models import (
    LISTES,
    Agent,
    Binome,
    Etape,
    Fusion,
    Jeune,
    catalogue,
)
from app.regles import echeances, parcours, passages, passation
from app.regles.age import age_revolu
from app.regles.sortie import sortie_sans_situation
from app.views.socle.affichage import en_texte
from app.views.socle.fiche import OngletDuJeune, vues

MAX_PAR_ONGLET = 200
"""A youth has a few dozen rencontres in nine years; beyond, the list of the noun shows the rest."""
LUES_AVEC_LA_LISTE = {"mesure_ase": "jeune_majeur", "situation_pro": "parcours"}
"""What the rules of the phases ask of an item of a list, besides its label."""


Suite = tuple[list[ColumnElement[Any]], tuple[Any, Any]]
"""Columns that a tab shows besides its own, and the join that brings them."""


@dataclass(frozen=True)
class Rubrique:
    """A tab of the file: the screens of its noun, and what they declare of it."""

    vue: Any
    onglet: OngletDuJeune

    @property
    def table(self) -> str:
        return self.vue.modele.__tablename__

    @property
    def fin(self) -> str | None:
        """The column that ends what lasts; nothing for what happens on one day."""
        return getattr(self.vue, "fin", None)

    @property
    def debut(self) -> str:
        return getattr(self.vue, "debut", "")

    @property
    def tri(self) -> tuple[str, ...]:
        return self.onglet.tri or (f"-{self.debut or 'id'}",)


def onglets_du_jeune() -> list[Rubrique]:
    """The tabs that the screens declare, in their order."""
    rubriques = [
        Rubrique(vue, vue.onglet) for vue in vues().values() if getattr(vue, "onglet", None)
    ]
    return sorted(rubriques, key=lambda r: (r.onglet.rang, r.table))


def _libelles_des_listes(classe: Any) -> Iterator[Suite]:
    """The label of each code of the table, and the join that brings it."""
    for colonne in classe.__table__.c:
        liste = colonne.info.get("nomenclature")
        if not liste:
            continue
        item = aliased(LISTES[liste])
        colonnes: list[ColumnElement[Any]] = [
            item.libelle.label(colonne.name.removesuffix("_code"))
        ]
        if liste in LUES_AVEC_LA_LISTE:
            colonnes.append(getattr(item, LUES_AVEC_LA_LISTE[liste]))
        yield colonnes, (item, item.code == colonne)


def _intitules_des_parents(classe: Any) -> Iterator[Suite]:
    """The name of each record that the table points to (``intitule``), and its join."""
    for colonne in classe.__table__.c:
        if "nom_dans" in colonne.info:  # the name of an agent stands beside it
            continue
        for cle in colonne.foreign_keys:
            parent = cle.column.table.name
            intitule = catalogue.declaration_de(parent).intitule
            if intitule and colonne.key != "mds_id":
                autre = aliased(catalogue.classe_de(parent))
                nom = getattr(autre, intitule).label(colonne.name.removesuffix("_id"))
                yield [nom], (autre, autre.id == colonne)


def _coordonnees_des_agents(classe: Any) -> Iterator[Suite]:
    """How to reach each agent of a binôme, if one sees them, and the join that brings it."""
    if classe is not Binome:
        return
    for numero, texte, _ in catalogue.agents_nommes(classe.__table__):
        agent = aliased(Agent)
        colonnes: list[ColumnElement[Any]] = [
            agent.telephone.label(f"{texte}_telephone"),
            agent.courriel.label(f"{texte}_courriel"),
        ]
        yield colonnes, (agent, agent.id == classe.__table__.c[numero])


def requete(classe: Any, tri: tuple[str, ...]) -> Select:
    """The rows of a tab for the youth ``:jeune``, in the order in which people read them."""
    table = classe.__table__
    suites = [
        *_libelles_des_listes(classe),
        *_intitules_des_parents(classe),
        *_coordonnees_des_agents(classe),
    ]
    ajoutees = [colonne for colonnes, _ in suites for colonne in colonnes]
    ordre = select(*table.c, *ajoutees).select_from(table)
    for _, (cible, condition) in suites:
        ordre = ordre.outerjoin(cible, condition)
    for nom in tri:
        colonne = table.c[nom.removeprefix("-")]
        ordre = ordre.order_by(colonne.desc() if nom.startswith("-") else colonne)
    return ordre.where(classe.jeune_id == bindparam("jeune")).limit(MAX_PAR_ONGLET)


@functools.cache
def requetes() -> dict[str, Select]:
    """Table → statement; made once: building them took a fifth of the time of a file."""
    faites = {r.table: requete(r.vue.modele, r.tri) for r in onglets_du_jeune()}
    return faites | {"etape": requete(Etape, ("id",))}


class Dossier:
    """A youth and what was recorded of them, as the acting account may read it."""

    def __init__(self, jeune: Jeune, lignes: dict[str, list[Row]], le: date):
        self.jeune = jeune
        self.lignes = lignes
        self.le = le
        self.age = age_revolu(jeune.date_naissance, jeune.deces_le or le)
        self.phase = parcours.phase_du_jeune(
            jeune,
            lignes["accompagnement"],
            lignes["binome"],
            lignes["mesure"],
            lignes["rencontre"],
            le,
        )
        self.delai = parcours.delai(jeune.contact_le, lignes["rencontre"], le)
        self.passages = passages.passages(
            passages.FaitsDesPassages(
                jeune,
                lignes["orientation"],
                lignes["accompagnement"],
                lignes["mesure"],
                lignes["rencontre"],
            ),
            le,
        )
        faits = echeances.Faits(
            jeune.date_naissance,
            lignes["mesure"],
            lignes["accompagnement"],
            lignes["rencontre"],
            lignes["situation"],
            lignes["etape"],
            jeune.deces_le,
            demandes_cjm=lignes["demande_cjm"],
            propositions_cej=lignes["proposition_cej"],
        )
        self.retour_jusqu_au = echeances.droit_au_retour(faits, le)
        self.echeances = echeances.echeances(faits, le)

    def en_cours(self, table: str) -> list[Row]:
        """The rows that run today: an open alerte, the binôme, the mesures."""
        vue = vues()[table]
        en_cours = []
        for ligne in self.lignes[table]:
            fin = getattr(ligne, vue.fin)
            if getattr(ligne, vue.debut) <= self.le and (fin is None or fin >= self.le):
                en_cours.append(ligne)
        return en_cours

    @property
    def binome(self) -> Row | None:
        return next(iter(self.en_cours("binome")), None)

    @property
    def dernier_binome(self) -> Row | None:
        """The one that ended last, when none runs."""
        if self.binome is not None or self.jeune.est_anonyme:
            return None
        return next((b for b in self.lignes["binome"] if b.au and b.au < self.le), None)

    @property
    def prochaine_rencontre(self) -> Row | None:
        prevues = [
            r for r in self.lignes["rencontre"] if r.statut_code == "PREVUE" and r.le >= self.le
        ]
        return min(prevues, key=lambda r: r.le, default=None)

    @property
    def rencontres_a_mettre_a_jour(self) -> list[Row]:
        return [r for r in self.lignes["rencontre"] if r.statut_code == "PREVUE" and r.le < self.le]

    @property
    def derniere_situation(self) -> Row | None:
        return next(iter(self.lignes["situation"]), None)

    @property
    def sortie_sans_situation(self) -> date | None:
        """The exit of which the situation is awaited."""
        if self.jeune.deces_le:
            return None
        lignes = self.lignes
        return sortie_sans_situation(
            lignes["mesure"], lignes["accompagnement"], lignes["situation"], self.le
        )

    @property
    def etapes_en_retard(self) -> list[echeances.Echeance]:
        return [e for e in self.echeances if e.etat == echeances.EN_RETARD]

    @property
    def prochaine_etape(self) -> echeances.Echeance | None:
        return next(
            (e for e in self.echeances if e.etat in (echeances.A_VENIR, echeances.PREVUE)), None
        )


@dataclass(frozen=True)
class AgentMontre:
    """Who follows a youth, and how to reach them, for whoever may read it."""

    nom: str
    fonction: str
    telephone: str | None = None
    courriel: str | None = None
    remplace: str = ""
    """Whom they replace, until when; or who still follows the youth beside them."""


def qui_suit(binome: Row | None, le: date) -> list[AgentMontre]:
    """The coordonnateur, then the référent; the name is that of the record, whoever sees the agent.

    The phone and the e-mail of an agent are read in the MDS of the agent alone.
    """
    if binome is None:
        return []
    duo = [
        AgentMontre(
            binome.coordonnateur,
            "Coordonnateur",
            binome.coordonnateur_telephone,
            binome.coordonnateur_courriel,
            _remplacement(binome, passation.COORDONNATEUR, le),
        )
    ]
    if binome.referent_ase:
        duo.append(
            AgentMontre(
                binome.referent_ase,
                "Référent ASE",
                binome.referent_ase_telephone,
                binome.referent_ase_courriel,
                _remplacement(binome, passation.REFERENT, le),
            )
        )
    return duo


def qui_suivait(binome: Row | None) -> list[AgentMontre]:
    """The same of a binôme that ended: « Coordonnateur jusqu’au 12/06/2026 »."""
    if binome is None:
        return []
    fin = f"jusqu’au {en_texte(binome.au)}"
    return [
        replace(agent, fonction=f"{agent.fonction} {fin}", remplace="")
        for agent in qui_suit(binome, binome.au)
    ]


def _remplacement(binome: Row, comme: str, le: date) -> str:
    """« remplace Nour Delestrez jusqu’au 15/12/2026 », « Nour Delestrez suit encore… »."""
    if binome.remplace_comme != comme:
        return ""
    dits = []
    if binome.est_temporaire and binome.au:
        dits.append(f"remplace {binome.remplace} jusqu’au {en_texte(binome.au)}")
    if binome.en_double_jusqu_au and binome.en_double_jusqu_au >= le:
        jusqu_au = en_texte(binome.en_double_jusqu_au)
        dits.append(f"{binome.remplace} suit encore jusqu’au {jusqu_au}")
    return " ; ".join(dits)


def fusions(jeune: Jeune) -> list[Fusion]:
    """The files that went into this one, for the person to know and to take back."""
    return list(
        db.session.scalars(
            select(Fusion)
            .where(Fusion.jeune_id == jeune.id, Fusion.annulee_le.is_(None))
            .order_by(Fusion.id.desc())
        )
    )


DE_LA_PHASE = frozenset(
    {
        *("orientation", "accompagnement", "mesure", "binome", "rencontre", "situation", "etape"),
        *("demande_cjm", "proposition_cej"),
    }
)
"""What the phase and the steps of a youth are computed from: always read."""


def ouvrir(
    jeune: Jeune, le: date, perimetre: Perimetre, avec: Collection[str] | None = None
) -> Dossier:
    """The file of a youth that the acting account may read.

    ``avec``: the tabs to read beside what the phase is computed from; None: all of them.
    """
    lignes: dict[str, list[Row]] = {}
    for table, ordre in requetes().items():
        lignes[table] = []
        if avec is not None and table not in DE_LA_PHASE and table not in avec:
            continue
        if perimetre.peut(catalogue.ressource_de(table), "lire", jeune.mds_id):
            lignes[table] = list(db.session.execute(ordre, {"jeune": jeune.id}))
    return Dossier(jeune, lignes, le)
