"""The home page of whoever steers the Département: its figures, its MDS, its money, its months.

One calculation for all the figures; nothing here names a youth.
"""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from sqlalchemy import Row, or_, select
from sqlalchemy.orm import selectinload

from app import departement, indicateurs
from app.acces import Perimetre, Toutes
from app.extensions import db
from app.indicateurs import Periode, graphiques
from app.indicateurs.chiffres import Chiffre, en_francais, hauteur
from app.indicateurs.definitions import DEFINITIONS
from app.indicateurs.objectifs import attendu, constater
from app.models import Convention, Mds, Poste
from app.regles import envois as regles
from app.regles import obligations as regles_des_obligations
from app.regles.financement import financer
from app.regles.parametres import DELAI_RDV_JOURS, TENDANCE_MOIS
from app.regles.texte import accorder, minuscule
from app.views.pages.envoi import Attendu, attendus
from app.views.pages.indicateurs import objectifs_du
from app.views.pages.obligations import calendrier
from app.views.pages.periode_demandee import ANNEE_GLISSANTE, JOUR, douze_mois
from app.views.socle import traces

SUIVIS = "I4"
"""Counted on a day: the youths that a binôme accompanies."""
TAUX = {"S1": "Sorties sans solution", "I3d": f"Rendez-vous en {DELAI_RDV_JOURS.dit}"}
"""Counted over twelve months, and what their tiles are called."""
POINTS = 4
"""Of a small line, a quarter apart."""
FAITES = (
    regles_des_obligations.TENUE,
    regles_des_obligations.PREVUE,
    regles_des_obligations.A_VENIR,
    regles_des_obligations.PAS_OUVERTE,
)
"""The states of a meeting that ask for nothing."""


@dataclass(frozen=True)
class Tuile:
    """A figure that opens a page, with the line to read it by."""

    nom: str
    chiffre: str
    lire: str
    ou: tuple[str, dict[str, str]]
    """The route that it opens, with its values."""
    dessin: traces.Mini | None = None


@dataclass(frozen=True)
class LigneDeMds:
    """One MDS, on the day and over twelve months."""

    tableau: Attendu
    """That of the last month."""
    suivis: Chiffre
    dessin: traces.Mini
    annee: indicateurs.Resultats
    reunions: tuple[int, int]
    """Those of the running month or quarter that ask for nothing, and all of them."""

    @property
    def en_retard(self) -> int:
        """The youths whose first rendez-vous came too late, or not yet."""
        return int(self.annee["I3d"].valeurs["non"])


@dataclass(frozen=True)
class LigneDeMoyen:
    """What was planned, what is there, what is left, in words."""

    nom: str
    prevu: str
    a_ce_jour: str
    reste: str


@dataclass(frozen=True)
class RetardsDuTerritoire:
    """The months of the year that a territory did not send in time."""

    territoire: str
    manquent: list[str]
    tardifs: list[str]
    """« juin (4 jours) »."""


@dataclass(frozen=True)
class PageDepartement:
    """The Département on a day; the figures are those of twelve months, to the end of the last."""

    nom: str
    du: date
    au: date
    tuiles: list[Tuile]
    mds: list[LigneDeMds]
    tendance: graphiques.Graphique
    moyens: list[LigneDeMoyen]
    retards: list[RetardsDuTerritoire]
    """The territories whose tables of the year were not all sent in time."""
    territoires: int
    objectif: Row | None
    """That of the exits without solution, when the convention has one."""

    taux = TAUX
    sur = {"jour": {"sur": JOUR}, "an": {"sur": ANNEE_GLISSANTE}}
    """What an address of the figures takes."""
    duree = TENDANCE_MOIS.en_lettres
    au_plus = 5
    """The territories whose late tables are named here; the page of the tables has them all."""

    @property
    def a_l_heure(self) -> str:
        """What is said of the territories that are not among them."""
        autres = self.territoires - len(self.retards)
        if len(self.retards) > self.au_plus:
            de_plus = len(self.retards) - self.au_plus
            return f"Et {accorder(de_plus, 'autre territoire', 'autres territoires')}."
        if autres == 0:
            return "Aucun territoire n’a envoyé tous ses tableaux à l’heure."
        if not self.retards:
            return "Tous les territoires ont envoyé leurs tableaux à l’heure."
        if autres == 1:
            return "L’autre territoire : tous les mois à l’heure."
        return f"Les {autres} autres territoires : tous les mois à l’heure."

    @property
    def cible(self) -> str:
        """The target of the exits without solution, as a head of column tells it."""
        objectif = self.objectif
        if objectif is None:
            return ""
        return attendu(DEFINITIONS["S1"], objectif.sens, objectif.cible)

    def est_manquee(self, chiffre: Chiffre) -> bool:
        """The figure allows to say that the target is not reached."""
        objectif = self.objectif
        if objectif is None:
            return False
        return constater(objectif.sens, objectif.cible, chiffre).atteint is False

    @property
    def nom_du_mois(self) -> str:
        """The last month that is counted: « octobre 2026 »."""
        return format_date(self.au, "MMMM y", locale="fr")


@dataclass(frozen=True)
class CalculDuDepartement:
    """All the figures of the page, out of one calculation."""

    tendance: list[indicateurs.Resultats]
    """Of the Département: twelve months, ending with each quarter."""
    suivis: list[indicateurs.Resultats]
    """Of the Département: on the last day of each quarter, then today."""
    par_mds: dict[str, list[indicateurs.Resultats]]
    """Code → the same days, then the twelve months."""


def pour(perimetre: Perimetre, le: date) -> PageDepartement | None:
    """For whoever reads the figures and the tables of the whole Département, and no youth."""
    partout = all(isinstance(perimetre.mds(r, "lire"), Toutes) for r in ("chiffre", "envoi"))
    if not partout or perimetre.peut("jeune", "lire"):
        return None
    return composer(perimetre, le)


def preparer(le: date) -> None:
    """Count the figures of the day, which are kept for whoever looks."""
    _, au = douze_mois(le)
    _calculer(le, au, _codes_des_mds())


def composer(perimetre: Perimetre, le: date) -> PageDepartement:
    """The figures first: the end of a calculation empties what was read before."""
    du, au = douze_mois(le)
    objectifs = objectifs_du(au)
    dernier = au.replace(day=1)
    calcul = _calculer(le, au, _codes_des_mds())
    tous = attendus(perimetre, sorted({*regles.mois_attendus(le.year, le), dernier}), le)
    derniers = [a for a in tous if a.mds and a.mois == dernier]
    reunions = _reunions(perimetre, le)
    points = [(f"{r.au:%m/%Y}", r["S1"]) for r in calcul.tendance]
    return PageDepartement(
        departement.courant().nom,
        du,
        au,
        _tuiles(calcul, derniers, objectifs),
        [_ligne(a, calcul.par_mds[a.mds.code], reunions[a.mds.id]) for a in derniers if a.mds],
        graphiques.evolution("S1", points),
        _moyens(le) if perimetre.peut("convention", "lire") else [],
        _retards(tous, le),
        len({a.territoire for a in tous}),
        objectifs.get("S1"),
    )


def _codes_des_mds() -> Sequence[str]:
    return db.session.scalars(select(Mds.code).order_by(Mds.code)).all()


def _calculer(le: date, au: date, codes: Sequence[str]) -> CalculDuDepartement:
    jours = [fin for _, fin in graphiques.douze_mois(au, POINTS, 3)] + [le]
    (annee,) = graphiques.douze_mois(au, 1)

    def du_jour(mds: str | None) -> list[Periode]:
        return [Periode(jour, jour, mds, frozenset({SUIVIS})) for jour in jours]

    periodes = graphiques.tendance(au, None, TAUX) + du_jour(None)
    for code in codes:
        periodes += [*du_jour(code), Periode(*annee, code, frozenset(TAUX))]
    resultats = iter(indicateurs.calculer_ensemble(periodes))

    def prendre(nombre: int) -> list[indicateurs.Resultats]:
        return list(itertools.islice(resultats, nombre))

    return CalculDuDepartement(
        prendre(graphiques.TRIMESTRES),
        prendre(len(jours)),
        {code: prendre(len(jours) + 1) for code in codes},
    )


def _ligne(
    tableau: Attendu, resultats: list[indicateurs.Resultats], reunions: tuple[int, int]
) -> LigneDeMds:
    *jours, annee = resultats
    return LigneDeMds(tableau, jours[-1][SUIVIS], _mini(jours, SUIVIS), annee, reunions)


def _mini(resultats: Sequence[indicateurs.Resultats], code: str) -> traces.Mini:
    return traces.mini([traces.Valeur("", hauteur(r[code]), r[code].texte) for r in resultats])


def _reunions(perimetre: Perimetre, le: date) -> dict[int, tuple[int, int]]:
    """MDS → of the meetings of the running month or quarter: those that ask for nothing, all."""
    comptes: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for obligation, lignes in calendrier(le.year, perimetre, le, en_cours=True):
        for case in itertools.chain.from_iterable(lignes):
            if obligation.par_mds and case.mds is not None:
                faites, toutes = comptes[case.mds.id]
                comptes[case.mds.id] = (faites + (case.etat in FAITES), toutes + 1)
    return comptes


def _tuiles(
    calcul: CalculDuDepartement, tableaux: list[Attendu], objectifs: dict[str, Row]
) -> list[Tuile]:
    avant, maintenant = (r[SUIVIS] for r in calcul.suivis[-2:])
    recus = sum(a.premier is not None for a in tableaux)
    return [
        Tuile(
            "Jeunes accompagnés",
            maintenant.texte,
            _ecart(maintenant.nombre - avant.nombre, calcul.suivis[-2].au),
            ("IndicateursView.personnes", {"code": SUIVIS, "sur": JOUR}),
            _mini(calcul.suivis, SUIVIS),
        ),
        *(
            Tuile(
                nom,
                calcul.tendance[-1][code].texte,
                _cible(objectifs.get(code), calcul.tendance[-1][code]),
                ("IndicateursView.personnes", {"code": code, "sur": ANNEE_GLISSANTE}),
                _mini(calcul.tendance, code),
            )
            for code, nom in TAUX.items()
        ),
        Tuile(
            f"Tableaux {tableaux[0].du_mois}" if tableaux else "Tableaux mensuels",
            f"{recus} sur {len(tableaux)}",
            f"attendus pour le {tableaux[0].echeance:%d/%m}" if tableaux else "",
            ("EnvoiView.index", {}),
        ),
    ]


def _ecart(ecart: int, depuis: date) -> str:
    if not ecart:
        return f"autant que le {depuis:%d/%m}"
    return f"{abs(ecart)} de {'plus' if ecart > 0 else 'moins'} que le {depuis:%d/%m}"


def _cible(objectif: Row | None, chiffre: Chiffre) -> str:
    if objectif is None:
        return f"sur {TENDANCE_MOIS.en_lettres}"
    constat = constater(objectif.sens, objectif.cible, chiffre)
    return f"cible : {constat.attendu}, {minuscule(constat.cible)}"


def _retards(tous: list[Attendu], le: date) -> list[RetardsDuTerritoire]:
    retards: dict[str, RetardsDuTerritoire] = {}
    for a in tous:
        lignes = retards.setdefault(a.territoire, RetardsDuTerritoire(a.territoire, [], []))
        if a.mois.year == le.year and a.etat == regles.EN_RETARD:
            lignes.manquent.append(a.mois_court)
        elif a.mois.year == le.year and a.jours_de_retard:
            jours = f"{a.jours_de_retard} jour{'s' if a.jours_de_retard > 1 else ''}"
            lignes.tardifs.append(f"{a.mois_court} ({jours})")
    fautifs = [r for r in retards.values() if r.manquent or r.tardifs]
    return sorted(fautifs, key=lambda r: (-len(r.manquent), -len(r.tardifs)))


def _moyens(le: date) -> list[LigneDeMoyen]:
    """What the conventions that run have planned, and what is there."""
    requete = select(Convention).where(Convention.du <= le, Convention.au >= le)
    conventions = db.session.scalars(requete.options(selectinload(Convention.versements))).all()
    if not conventions:
        return []
    postes = db.session.scalars(
        select(Poste).where(Poste.du <= le, or_(Poste.au.is_(None), Poste.au >= le))
    ).all()
    etp = sum((c.etp for c in conventions), Decimal(0))
    presents = sum((poste.etp for poste in postes), Decimal(0))
    finances = [
        financer(
            c.etp,
            c.montant_etp,
            c.avance_pourcent,
            c.du,
            c.au,
            [(versement.type, versement.montant) for versement in c.versements],
        )
        for c in conventions
    ]
    montant = sum((f.montant for f in finances), Decimal(0))
    verse = sum((f.verse for f in finances), Decimal(0))
    equipes = sum(
        p.telephone_fourni_le is not None and p.ordinateur_fourni_le is not None for p in postes
    )
    return [
        LigneDeMoyen("Postes de coordonnateur", _etp(etp), _etp(presents), _etp(etp - presents)),
        LigneDeMoyen("Subvention", _euros(montant), _euros(verse), _euros(montant - verse)),
        LigneDeMoyen(
            "Téléphone et ordinateur",
            accorder(len(postes), "poste", "postes"),
            accorder(equipes, "équipé", "équipés"),
            str(len(postes) - equipes),
        ),
    ]


def _euros(montant: Decimal) -> str:
    return f"{en_francais(montant)}\u202f€"


def _etp(nombre: Decimal) -> str:
    return f"{en_francais(nombre, 2)} ETP"
