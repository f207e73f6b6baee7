"""The monthly table (M11): what is in it and who may have it. ``tableau_classeur.py`` writes it,
``disposition.py`` says how it looks.

The figures are those of ``app.indicateurs`` and never depend on who asks; the lines need the right
« tableau » on the MDS, the names a right of their own. Nothing is kept here: the same request
tomorrow tells what is known tomorrow. What is kept is sent (``tableau_envoi.py``).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, func, or_, select
from werkzeug.exceptions import Forbidden

from app import acces, departement, indicateurs
from app.echanges.tableau import disposition
from app.echanges.tableau import fusions as tableau_fusions
from app.echanges.tableau import jeunes as tableau_jeunes
from app.extensions import db
from app.indicateurs import graphiques
from app.indicateurs.chiffres import Chiffre, en_pourcent, pourcent
from app.models import Compte, Convention, Envoi, Instance, Mds
from app.models.nomenclature import Logement, StatutInstance, TypeInstance
from app.regles import envois as regles_envois
from app.regles import parametres as p
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
    trouve = re.fullmatch(r"(\d{4})-(\d{2})", texte, re.ASCII)
    if not trouve or not 1 <= int(trouve[2]) <= 12:
        raise MoisRefuse(
            f"« {texte} » n’est pas un mois : écrivez l’année et le mois, par exemple 2025-06."
        )
    mois = date(int(trouve[1]), int(trouve[2]), 1) if int(trouve[1]) else date.min
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
    return f"d’{nom}" if nom[0] in "ao" else f"de {nom}"


def bornes(mois: date) -> tuple[date, date]:
    """The first and the last day of the month."""
    return mois.replace(day=1), ajouter_mois(mois.replace(day=1), 1) - timedelta(days=1)


@dataclass(frozen=True)
class Cachet:
    """What a table that is being sent says besides: its number, what it is frozen with, what it
    changes."""

    numero: int
    motif: str | None
    verification: str
    empreinte: str
    jeunes: list[tableau_jeunes.LigneJeune]
    """The lines, read once: the workbook shows the very ones that are frozen."""
    differences: list[tuple]
    motif_anomalies: str | None = None

    @property
    def nom(self) -> str:
        return nom_de_l_envoi(self.numero)


def nom_de_l_envoi(numero: int) -> str:
    return f"rectificatif n° {numero}" if numero else "premier envoi"


@dataclass(frozen=True)
class Rapport:
    """What the table of a month says, but for its lines, which are read as they are written."""

    du: date
    au: date
    mds: Mds | None
    colonnes: dict[str, indicateurs.Resultats]
    conventions: list[str]
    instances: list[Row]
    prepare_par: str
    prepare_le: datetime
    envois: str
    """When the table of each month of the year was sent, and whether that was by the 10th."""
    fusions: tableau_fusions.Fusions
    cachet: "Cachet | None" = None
    dessins: Sequence[graphiques.Graphique] = ()
    """What the sheet of trends shows."""

    @property
    def territoire(self) -> str:
        return departement.courant().territoire(self.mds and self.mds.nom)

    @property
    def mois(self) -> str:
        return nom_du_mois(self.du)

    @property
    def est_provisoire(self) -> bool:
        return self.prepare_le.date() <= self.au

    @property
    def mds_id(self) -> int | None:
        return None if self.mds is None else self.mds.id

    def nom_de_fichier(self, nominatif: bool = False) -> str:
        ou = "departement" if self.mds is None else self.mds.code
        return f"tableau-{self.du:%Y-%m}-{ou}{'-nominatif' if nominatif else ''}.xlsx"


def verifier_droit(mds: Mds | None, acte: str = "lire") -> None:
    """Refuse (403) whoever may not have the table of this MDS, of the whole Département when there
    is none."""
    numero = None if mds is None else mds.id
    if acces.contexte().acteur != acces.TOUS and not acces.perimetre().peut(
        "tableau", acte, numero
    ):
        quoi = "le tableau mensuel avec les noms" if acte == "nominatif" else "le tableau mensuel"
        ou = "du Département" if mds is None else f"de la MDS {mds.nom}"
        raise Forbidden(f"Vous n’avez pas le droit d’ouvrir {quoi} {ou}.")


def preparer(mois: date, mds: Mds | None) -> Rapport:
    """Compute the table of a month; refuses whoever may not have it."""
    verifier_droit(mds)
    du, au = bornes(mois)
    periodes = indicateurs.colonnes_du_mois(mois, mds and mds.code)
    resultats = indicateurs.calculer_ensemble(
        [*periodes.values(), *graphiques.tendance(au, mds and mds.code)]
    )
    colonnes = dict(zip(periodes, resultats, strict=False))
    dessins = [
        *graphiques.evolutions(resultats[len(periodes) :]),
        graphiques.delais(colonnes["cumul"]["I3d"]),
    ]
    with acces.compter():
        conventions = [
            f"{c.numero}, {c.operateur} (du {c.du:%d/%m/%Y} au {c.au:%d/%m/%Y})"
            for c in db.session.scalars(
                select(Convention)
                .where(Convention.du <= au, Convention.au >= du)
                .order_by(Convention.numero)
            )
        ]
        instances = db.session.execute(_instances(du, au, mds)).all()
        envois, fusions = _envois_de_l_annee(du, mds), tableau_fusions.lire(du, mds)
    return Rapport(
        du,
        au,
        mds,
        colonnes,
        conventions,
        instances,
        qui(),
        datetime.now(PARIS),
        envois,
        fusions,
        dessins=dessins,
    )


def _envois_de_l_annee(du: date, mds: Mds | None) -> str:
    """« janvier : le 08/02/2026, à temps ; février : non envoyé »: the months of the year before
    this one."""
    ici = Envoi.mds_id.is_(None) if mds is None else Envoi.mds_id == mds.id
    premiers = dict(
        db.session.execute(
            select(Envoi.mois, Envoi.envoye_le).where(
                ici,
                Envoi.numero == 0,
                Envoi.envoye_le.is_not(None),
                Envoi.mois.between(du.replace(month=1), du),
            )
        ).all()
    )
    dits = []
    for mois in (m for m in regles_envois.mois_attendus(du.year, du) if m < du):
        le = premiers[mois].astimezone(PARIS).date() if mois in premiers else None
        quand = "non envoyé" if le is None else f"le {le:%d/%m/%Y}"
        if le is not None:
            quand += (
                ", à temps"
                if regles_envois.etat(mois, le, le) == regles_envois.A_TEMPS
                else ", en retard"
            )
        dits.append(f"{MOIS[mois.month - 1]} : {quand}")
    return " ; ".join(dits) or "aucun mois avant celui-ci dans l’année"


def _instances(du: date, au: date, mds: Mds | None):
    """The meetings of the month: those of the MDS, and those of the whole Département."""
    ici = True if mds is None else or_(Instance.mds_id == mds.id, Instance.mds_id.is_(None))
    return (
        select(
            Instance.code,
            Instance.le,
            TypeInstance.libelle.label("type"),
            StatutInstance.libelle.label("statut"),
            Mds.nom.label("mds"),
            Instance.coordonnateur_present,
            Instance.jeunes_recus,
        )
        .join(TypeInstance, TypeInstance.code == Instance.type_code)
        .join(StatutInstance, StatutInstance.code == Instance.statut_code)
        .outerjoin(Mds, Mds.id == Instance.mds_id)
        .where(Instance.le.between(du, au), ici)
        .order_by(TypeInstance.ordre, Mds.nom, Instance.le, Instance.code)
    )


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


def lignes_des_jeunes(
    rapport: Rapport, avec_noms: bool = False
) -> Iterator[tableau_jeunes.LigneJeune]:
    """Each youth followed in the month, with the indicators that count them: the lines justify the
    figures."""
    comptes = indicateurs.codes_par_jeune(rapport.du, rapport.au, rapport.mds and rapport.mds.code)
    with acces.compter():
        for ligne in tableau_jeunes.lister(rapport.du, rapport.au, rapport.mds_id, avec_noms):
            ligne.indicateurs = comptes.get(ligne.fait.id, "")
            yield ligne


def valeur(chiffre: Chiffre, chemin: str):
    """What a cell of the summary holds: a number, or the words that replace a rate that must not be
    read alone."""
    if chemin == "taux":
        v = chiffre.valeurs
        if not v["oui"] + v["non"]:
            return chiffre.texte
        taux = v.get("taux", pourcent(v["oui"], v["oui"] + v["non"]))
        return taux if chiffre.texte == en_pourcent(taux) else chiffre.texte
    if chiffre.secret and chemin in ("oui", "non"):
        return chiffre.texte
    trouve = chiffre.valeurs
    for cle in chemin.split("."):
        trouve = trouve[cle]
    return (
        ", ".join(f"{date.fromisoformat(le):%d/%m/%Y}" for le in trouve)
        if isinstance(trouve, list)
        else trouve
    )


def logements(chiffres: list[dict]) -> list[tuple[str, str]]:
    """(code, label) of the housing that occurs in one of these values of I8, in the order of the
    nomenclature."""
    occurrents = {code for c in chiffres for code in c["repartition"]}
    types = (
        select(Logement.code, Logement.libelle)
        .where(Logement.code.in_(occurrents))
        .order_by(Logement.ordre, Logement.code)
    )
    return [tuple(ligne) for ligne in db.session.execute(types)]


def prudence(rapport: Rapport, code: str) -> str:
    """Why a rate of this line must not be read alone."""
    avis = []
    for colonne, (nom, _) in disposition.PERIODES.items():
        chiffre = rapport.colonnes[colonne][code]
        reponses = chiffre.valeurs["oui"] + chiffre.valeurs["non"]
        if 0 < reponses < p.REPONSES_MINIMALES:
            avis.append(f"{nom} : moins de {p.REPONSES_MINIMALES} réponses.")
        elif chiffre.alerte:
            avis.append(
                f"{nom} : complétude {en_pourcent(chiffre.completude)}"
                + (", lire l’intervalle." if reponses else ".")
            )
    return " ".join(avis)
