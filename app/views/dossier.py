"""Everything that a youth's file shows, read in a constant number of statements: one a tab,
whatever the rows."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import aliased

from app.acces import Perimetre
from app.extensions import db
from app.models import (
    LISTES,
    Accompagnement,
    ActionCollective,
    Alerte,
    Binome,
    Decision,
    Enquete,
    Etape,
    Frein,
    Fusion,
    Instance,
    Jeune,
    Mds,
    Mesure,
    Mobilisation,
    Partenaire,
    Rattachement,
    Rencontre,
    Situation,
)
from app.regles import echeances, parcours
from app.regles.age import age_revolu

MAX_PAR_ONGLET = 200
"""A youth has a few dozen rencontres in nine years; beyond, the list of the noun shows the rest."""


@dataclass(frozen=True)
class Onglet:
    """A tab: the table, its title, its columns in order, and what « still running » means there."""

    classe: type
    titre: str
    ajouter: str
    colonnes: tuple[str, ...]
    tri: tuple[str, ...]
    fin: str | None = None

    @property
    def table(self) -> str:
        return self.classe.__tablename__


ONGLETS = (
    Onglet(Rencontre, "Rencontres", "Ajouter une rencontre", ("le", "type", "statut", "lieu", "presents", "compte_rendu"),
           ("-le", "-id")),
    Onglet(Situation, "Situations", "Ajouter une situation",
           ("observee_le", "confirmee_le", "situation_pro", "logement", "ressources", "couvertures"), ("-observee_le",)),
    Onglet(Alerte, "Alertes", "Signaler une alerte", ("motif", "du", "au", "signalee_par"), ("-du",), "au"),
    Onglet(Frein, "Freins", "Ajouter un frein", ("theme", "du", "leve_le", "precision"), ("-du",), "leve_le"),
    Onglet(Mobilisation, "Mobilisations", "Mobiliser un partenaire", ("partenaire", "dispositif", "du", "au", "issue"),
           ("-du",), "au"),
    Onglet(Mesure, "Mesures ASE", "Ajouter une mesure", ("type", "du", "au", "motif_fin"), ("-du",), "au"),
    Onglet(Accompagnement, "Accompagnements", "Ouvrir un accompagnement", ("du", "au", "motif_sortie"), ("-du",), "au"),
    Onglet(Binome, "Binômes", "Constituer un binôme", ("referent_ase", "coordonnateur", "du", "au"), ("-du",), "au"),
    Onglet(Enquete, "Enquêtes", "Ajouter une enquête", ("demandee_le", "etat_reponse"), ("-demandee_le",)),
    Onglet(Decision, "Décisions", "Ajouter une décision", ("instance", "decision", "echeance_le"), ("-id",)),
    Onglet(Rattachement, "Rattachements", "Ajouter un rattachement", ("mds_rattachement", "du", "au"), ("-du",), "au"),
)  # fmt: skip
_AUTRES = (Onglet(Etape, "Étapes légales", "", (), ("id",)),)


def _suites(classe: type) -> tuple[list, list]:
    """The labels that a tab shows beside its columns, and the joins that bring them."""
    colonnes, jointures = [], []
    for colonne in classe.__table__.c:
        if liste := colonne.info.get("nomenclature"):
            item = aliased(LISTES[liste])
            nom = colonne.name.removesuffix("_code")
            colonnes.append(item.libelle.label(nom))
            jointures.append((item, item.code == colonne))
            for attribut in {"mesure_ase": ("jeune_majeur",), "situation_pro": ("parcours",)}.get(
                liste, ()
            ):
                colonnes.append(getattr(item, attribut))
    for autre, nom, cle, libelle in (
        (Partenaire, "partenaire", "partenaire_id", Partenaire.nom),
        (ActionCollective, "action", "action_id", ActionCollective.intitule),
        (Mds, "mds_rattachement", "mds_rattachement_id", Mds.nom),
        (Instance, "instance_le", "instance_id", Instance.le),
    ):
        if cle in classe.__table__.c:
            colonnes.append(libelle.label(nom))
            jointures.append((autre, autre.id == classe.__table__.c[cle]))
    return colonnes, jointures


def requete(onglet: Onglet) -> Select:
    """The rows of a tab for the youth ``:jeune``, in the order in which people read them."""
    classe = onglet.classe
    suites, jointures = _suites(classe)
    ordre = select(*classe.__table__.c, *suites).select_from(classe.__table__)
    for cible, condition in jointures:
        ordre = ordre.outerjoin(cible, condition)
    tri = [
        classe.__table__.c[t.lstrip("-")].desc() if t[0] == "-" else classe.__table__.c[t]
        for t in onglet.tri
    ]
    return ordre.where(classe.jeune_id == bindparam("jeune")).order_by(*tri).limit(MAX_PAR_ONGLET)


REQUETES = {o.table: requete(o) for o in (*ONGLETS, *_AUTRES)}
"""Made once: building them took a fifth of the time of a file."""


class Dossier:
    """A youth and what was recorded of them, as the acting account may read it."""

    def __init__(self, jeune: Jeune, lignes: dict[str, list[Row]], le: date):
        self.jeune, self.lignes, self.le = jeune, lignes, le
        self.age = age_revolu(jeune.date_naissance, le)
        self.phase = parcours.phase(
            jeune,
            lignes["accompagnement"],
            lignes["binome"],
            lignes["mesure"],
            lignes["rencontre"],
            le,
        )
        self.delai = parcours.delai(jeune.contact_le, lignes["rencontre"], le)
        faits = echeances.Faits(
            jeune.date_naissance,
            lignes["mesure"],
            lignes["accompagnement"],
            lignes["rencontre"],
            lignes["situation"],
            lignes["etape"],
        )
        self.echeances = echeances.echeances(faits, le)

    def en_cours(self, table: str) -> list[Row]:
        """The rows that run today: an open alerte, the binôme, the mesures."""
        fin = next(o.fin for o in ONGLETS if o.table == table)
        return [
            r
            for r in self.lignes[table]
            if r.du <= self.le and (getattr(r, fin) is None or getattr(r, fin) >= self.le)
        ]

    @property
    def binome(self) -> Row | None:
        return next(iter(self.en_cours("binome")), None)

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
    def etapes_en_retard(self) -> list[echeances.Echeance]:
        return [e for e in self.echeances if e.etat == echeances.EN_RETARD]

    @property
    def prochaine_etape(self) -> echeances.Echeance | None:
        return next(
            (e for e in self.echeances if e.etat in (echeances.A_VENIR, echeances.PREVUE)), None
        )


def fusions(jeune: Jeune) -> list[Fusion]:
    """The files that went into this one, for the person to know and to take back."""
    return list(
        db.session.scalars(
            select(Fusion)
            .where(Fusion.jeune_id == jeune.id, Fusion.annulee_le.is_(None))
            .order_by(Fusion.id.desc())
        )
    )


def ouvrir(jeune: Jeune, le: date, perimetre: Perimetre) -> Dossier:
    """The file of a youth that the acting account may read."""
    lignes = {
        table: db.session.execute(ordre, {"jeune": jeune.id}).all()
        if perimetre.peut(table, "lire", jeune.mds_id)
        else []
        for table, ordre in REQUETES.items()
    }
    return Dossier(jeune, lignes, le)


@dataclass(frozen=True)
class Resume:
    """The phase of a youth in a list, and the binôme that runs."""

    phase: parcours.Phase
    binome: Row | None


def phases(jeunes: list[Jeune], le: date) -> list[tuple[Jeune, Resume]]:
    """The phase of each of these youths, in four statements whatever their number."""
    numeros = [j.id for j in jeunes]
    lues: dict[type, dict[int, list[Row]]] = {}
    for classe in (Accompagnement, Binome, Mesure, Rencontre):
        lues[classe] = {}
        ordre = select(*classe.__table__.c).where(classe.jeune_id.in_(numeros))
        if classe is Rencontre:
            ordre = ordre.where(Rencontre.type_code == "TRIPARTITE")
        for ligne in db.session.execute(ordre) if numeros else ():
            lues[classe].setdefault(ligne.jeune_id, []).append(ligne)
    resultat = []
    for jeune in jeunes:
        sejours, binomes, mesures, rdv = (lues[c].get(jeune.id, []) for c in lues)
        vue = parcours.phase(jeune, sejours, binomes, mesures, rdv, le)
        resultat.append(
            (jeune, Resume(vue, next((b for b in binomes if parcours.court(b, le)), None)))
        )
    return resultat
