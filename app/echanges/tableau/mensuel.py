"""The monthly table (M11): what is in it and who may have it.

``classeur.py`` writes it, ``disposition.py`` says how it looks, ``synthese.py`` what its lines of
figures say.

The figures are those of ``app.indicateurs`` and never depend on who asks; the lines need the right
« tableau » on the MDS, the names a right of their own. Nothing is kept here: the same request
tomorrow tells what is known tomorrow. What is kept is sent (``envoi.py``).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from werkzeug.exceptions import Forbidden

from app import acces, departement, horloge, indicateurs
from app.echanges.tableau import jeunes
from app.echanges.tableau.fusions import Fusions, fusions_a_dire
from app.echanges.tableau.lignes import LigneJeune, Rectification, Reunion
from app.extensions import db
from app.indicateurs import graphiques
from app.models import Compte, Convention, Envoi, Instance, Mds
from app.models.nomenclature import StatutInstance, TypeInstance
from app.regles import envois as regles_envois
from app.regles.age import PARIS, ajouter_mois, aujourd_hui

MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
PREMIERE_ANNEE = 2015
"""Earlier months are typing mistakes: the scheme did not exist."""


class MoisRefuse(ValueError):
    """The month asked for cannot be reported; the message is for the user."""


def lire_mois(texte: str) -> date:
    """« 2025-06 » → its first day."""
    trouve = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", texte, re.ASCII)
    if not trouve:
        raise MoisRefuse(
            f"« {texte} » n’est pas un mois : écrivez l’année et le mois, par exemple 2025-06."
        )
    mois = date(max(int(trouve[1]), date.min.year), int(trouve[2]), 1)
    if mois.year < PREMIERE_ANNEE:
        raise MoisRefuse(f"Le dispositif n’existait pas encore en {nom_du_mois(mois)}.")
    if mois > aujourd_hui():
        raise MoisRefuse(f"Le mois {du_mois(mois)} n’a pas commencé.")
    return mois


def nom_du_mois(mois: date) -> str:
    return f"{MOIS[mois.month - 1]} {mois.year}"


def du_mois(mois: date) -> str:
    """« de juin 2026 », « d’octobre 2026 »."""
    nom = nom_du_mois(mois)
    if nom[0] in "ao":
        return f"d’{nom}"
    return f"de {nom}"


def bornes(mois: date) -> tuple[date, date]:
    """The first and the last day of the month."""
    return mois.replace(day=1), ajouter_mois(mois.replace(day=1), 1) - timedelta(days=1)


@dataclass(frozen=True)
class Cachet:
    """What a table that is being sent says besides.

    Its number, what it is frozen with, what it changes.
    """

    numero: int
    motif: str | None
    verification: str
    jeunes: list[LigneJeune]
    """The lines, read once: the workbook shows the very ones that are frozen."""
    differences: list[Rectification]
    motif_anomalies: str | None = None
    empreinte: str = ""
    """The SHA-256 of what is frozen, once it is known."""

    @property
    def nom(self) -> str:
        return nom_de_l_envoi(self.numero)


def nom_de_l_envoi(numero: int) -> str:
    return f"rectificatif n° {numero}" if numero else "premier envoi"


def nom_du_territoire(mds: Mds | None) -> str:
    """As it is printed on what is handed over."""
    return departement.courant().territoire(mds and mds.nom)


@dataclass(frozen=True)
class TableauDuMois:
    """What the table of a month says, but for its lines, which are read as they are written."""

    du: date
    au: date
    mds: Mds | None
    colonnes: dict[str, indicateurs.Resultats]
    """The figures of each period of ``disposition.PERIODES``."""
    conventions: list[str]
    instances: list[Reunion]
    prepare_par: str
    prepare_le: datetime
    envois: str
    """When the table of each month of the year was sent, and whether that was by the 10th."""
    fusions: Fusions
    dessins: Sequence[graphiques.Graphique] = ()
    """What the sheet of trends shows."""
    cachet: Cachet | None = None

    @property
    def territoire(self) -> str:
        return nom_du_territoire(self.mds)

    @property
    def mois(self) -> str:
        return nom_du_mois(self.du)

    @property
    def est_provisoire(self) -> bool:
        return aujourd_hui() <= self.au

    @property
    def mds_id(self) -> int | None:
        return self.mds and self.mds.id

    def nom_de_fichier(self, nominatif: bool = False) -> str:
        suite = "-nominatif" if nominatif else ""
        return f"{debut_du_nom_de_fichier(self.du, self.mds)}{suite}.xlsx"


def debut_du_nom_de_fichier(mois: date, mds: Mds | None) -> str:
    ou = "departement" if mds is None else mds.code
    return f"tableau-{mois:%Y-%m}-{ou}"


def verifier_droit(mds: Mds | None, acte: str = "lire") -> None:
    """Refuse (403) whoever may not have the table of this MDS.

    Without MDS, that of the whole Département.
    """
    numero = mds and mds.id
    if acces.contexte().acteur == acces.TOUS or acces.perimetre().peut("tableau", acte, numero):
        return
    quoi = "le tableau mensuel"
    if acte == "nominatif":
        quoi = "le tableau mensuel avec les noms"
    ou = "du Département" if mds is None else f"de la MDS {mds.nom}"
    raise Forbidden(f"Vous n’avez pas le droit d’ouvrir {quoi} {ou}.")


def calculer_le_mois(mois: date, mds: Mds | None) -> TableauDuMois:
    """Compute the table of a month; refuses whoever may not have it."""
    verifier_droit(mds)
    du, au = bornes(mois)
    periodes = indicateurs.colonnes_du_mois(mois, mds and mds.code)
    resultats = indicateurs.calculer_ensemble(
        [*periodes.values(), *graphiques.tendance(au, mds and mds.code)]
    )
    colonnes = dict(zip(periodes, resultats, strict=False))
    evolutions = graphiques.evolutions(resultats[len(periodes) :])
    prepare_par = qui()
    with acces.compter():
        return TableauDuMois(
            du=du,
            au=au,
            mds=mds,
            colonnes=colonnes,
            conventions=_conventions(du, au),
            instances=_instances(du, au, mds),
            envois=_envois_de_l_annee(du, mds),
            fusions=fusions_a_dire(du, mds),
            dessins=[*evolutions, graphiques.delais(colonnes["cumul"]["I3d"])],
            prepare_par=prepare_par,
            prepare_le=horloge.maintenant().astimezone(PARIS),
        )


def _conventions(du: date, au: date) -> list[str]:
    """Those that run in the month, in words."""
    conventions = (
        select(Convention)
        .where(Convention.du <= au, Convention.au >= du)
        .order_by(Convention.numero)
    )
    return [
        f"{c.numero}, {c.operateur} (du {c.du:%d/%m/%Y} au {c.au:%d/%m/%Y})"
        for c in db.session.scalars(conventions)
    ]


def _envois_de_l_annee(du: date, mds: Mds | None) -> str:
    """The months of the year before this one, and when each was sent.

    « janvier : le 08/02/2026, à temps ; février : non envoyé ».
    """
    ici = Envoi.mds_id.is_not_distinct_from(mds and mds.id)
    premiers = select(Envoi.mois, Envoi.envoye_le).where(
        ici,
        Envoi.numero == 0,
        Envoi.envoye_le.is_not(None),
        Envoi.mois.between(du.replace(month=1), du),
    )
    envoyes = dict(db.session.execute(premiers).all())
    dits = [
        f"{MOIS[mois.month - 1]} : {_quand(mois, envoyes.get(mois))}"
        for mois in regles_envois.mois_attendus(du.year, du)
        if mois < du
    ]
    return " ; ".join(dits) or "aucun mois avant celui-ci dans l’année"


def _quand(mois: date, envoye_le: datetime | None) -> str:
    """When the table of the month was first sent."""
    if envoye_le is None:
        return "non envoyé"
    le = envoye_le.astimezone(PARIS).date()
    a_temps = regles_envois.etat(mois, le, le) == regles_envois.A_TEMPS
    return f"le {le:%d/%m/%Y}, {'à temps' if a_temps else 'en retard'}"


def _instances(du: date, au: date, mds: Mds | None) -> list[Reunion]:
    """The meetings of the month: those of the MDS, and those of the whole Département."""
    lues = (
        select(
            Instance.code,
            Instance.le,
            TypeInstance.libelle.label("type"),
            StatutInstance.libelle.label("statut"),
            func.coalesce(Mds.nom, "Département").label("mds"),
            Instance.coordonnateur_present,
            Instance.jeunes_recus,
        )
        .join(TypeInstance, TypeInstance.code == Instance.type_code)
        .join(StatutInstance, StatutInstance.code == Instance.statut_code)
        .outerjoin(Mds, Mds.id == Instance.mds_id)
        .where(Instance.le.between(du, au))
        .order_by(TypeInstance.ordre, Mds.nom, Instance.le, Instance.code)
    )
    if mds is not None:
        lues = lues.where(or_(Instance.mds_id == mds.id, Instance.mds_id.is_(None)))
    return [Reunion(**ligne) for ligne in db.session.execute(lues).mappings()]


def qui() -> str:
    """Who acts, as it is printed."""
    if acces.contexte().acteur == acces.TOUS:
        return "ligne de commande, pour toutes les MDS"
    return str(db.session.scalars(select(Compte).where(Compte.id == func.acces.compte_id())).one())


def version_des_definitions() -> str:
    """Changes when a sentence of the definitions does."""
    phrases = [f"{d.code}\t{d.titre}\t{d.regle}" for d in indicateurs.DEFINITIONS.values()]
    phrases += ["\t".join(regle) for regle in indicateurs.REGLES_COMMUNES]
    return hashlib.sha256("\n".join(phrases).encode()).hexdigest()[:8]


def nombre_de_lignes(mois: date, mds: Mds | None) -> int:
    """How many youths the table of a month tells; refuses whoever may not have it."""
    verifier_droit(mds)
    with acces.compter():
        return jeunes.compter(*bornes(mois), mds and mds.id)


def lignes_des_jeunes(tableau: TableauDuMois, avec_noms: bool = False) -> Iterator[LigneJeune]:
    """Each youth followed in the month, with the indicators that count them.

    The lines justify the figures.
    """
    comptes = indicateurs.codes_par_jeune(tableau.du, tableau.au, tableau.mds and tableau.mds.code)
    with acces.compter():
        for ligne in jeunes.lister(tableau.du, tableau.au, tableau.mds_id, avec_noms):
            ligne.indicateurs = comptes.get(ligne.numero, "")
            yield ligne
