"""What changed in a youth's file since a day, as the audit log tells it, a record a line (M10)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, String, cast, or_, select

from app.extensions import db
from app.journal import CHANGEMENTS
from app.models import Decision, Evenement, Tache, catalogue
from app.regles.age import PARIS
from app.views.socle import recit
from app.views.socle.affichage import VIDE, en_texte
from app.views.socle.fiche import vue_de

EVENEMENTS = 200
MONTRES = 6
PLIES = 20
"""Those that a click unfolds."""
TUES = ("point_de_comite", "compte_rendu_comite")
"""What the comité itself writes of its agenda."""
LIBELLES_TUS = ("Code", "Heure", "Durée (minutes)", "Fixée le")
"""What a meeting has no use for."""
MOTS = {"creation": "Ajouté", "modification": "Modifié", "suppression": "Supprimé"}
FEMININ = "une "
"""How what the screens of a table call one record begins: « une rencontre »."""
LONG = 140
_JOUR = re.compile(r"\d\d/\d\d/\d{4}")
_DIT_UN_JOUR = re.compile(r"\b(le|du|au|depuis)$", re.IGNORECASE)
"""How a label ends that a day goes on: « Décidée le », « Jusqu’au »."""


@dataclass
class ChangementDuDossier:
    """What became of one record: its name, the fields that changed, when last."""

    le: datetime
    objet: str
    acte: str
    dits: list[str] = field(default_factory=list)

    @property
    def jour(self) -> str:
        return en_texte(self.le)[:5]

    @property
    def detail(self) -> str:
        *premiers, dernier = self.dits or [""]
        texte = " ; ".join([*(dit.removesuffix(".") for dit in premiers), dernier])
        return texte if len(texte) <= LONG else f"{texte[:LONG].rstrip()}…"


@dataclass(frozen=True)
class ChangementsDuDossier:
    lus: list[ChangementDuDossier]
    plies: list[ChangementDuDossier]
    autres: int
    """How many more there are."""


def depuis_le(jeune: int, jour: date | None, comite: int) -> ChangementsDuDossier:
    """The latest first; without a last comité, nothing is told to have changed.

    What is decided in this very comité is left out.
    """
    if jour is None:
        return ChangementsDuDossier([], [], 0)
    requete = (
        select(Evenement)
        .where(
            Evenement.jeune_id == jeune,
            Evenement.operation.in_(CHANGEMENTS),
            Evenement.le >= _fin_du_jour(jour),
            Evenement.table_nom.not_in(TUES),
            *(_pas_d_ici(classe, jeune, comite) for classe in (Decision, Tache)),
        )
        .order_by(Evenement.id.desc())
        .limit(EVENEMENTS)
    )
    evenements = db.session.scalars(requete).all()
    fiches = list(dict.fromkeys(_cle(evenement) for evenement in evenements))
    au_plus = MONTRES + PLIES
    dites = set(fiches[:au_plus])
    racontes = [evenement for evenement in evenements if _cle(evenement) in dites]
    recit.preparer_recit(racontes)
    lus = _par_fiche(racontes)
    return ChangementsDuDossier(lus[:MONTRES], lus[MONTRES:], max(0, len(fiches) - au_plus))


def _cle(evenement: Evenement) -> tuple[str, str]:
    """Which record a line of the audit log speaks of."""
    return evenement.table_nom or "", evenement.cle or ""


def _pas_d_ici(
    classe: type[Decision] | type[Tache], jeune: int, comite: int
) -> ColumnElement[bool]:
    """Not one of the decisions and tasks of this comité."""
    d_ici = select(cast(classe.id, String)).where(
        classe.jeune_id == jeune, classe.instance_id == comite
    )
    return or_(Evenement.table_nom != classe.__tablename__, Evenement.cle.not_in(d_ici))


def _par_fiche(evenements: Sequence[Evenement]) -> list[ChangementDuDossier]:
    """One line a record, whatever the number of times that it was saved."""
    fiches: dict[tuple[str, str], ChangementDuDossier] = {}
    for evenement in evenements:
        cle = _cle(evenement)
        if cle not in fiches:
            objet = catalogue.declaration_de(cle[0]).libelle or cle[0]
            fiches[cle] = ChangementDuDossier(evenement.le, objet, _mot(evenement))
        fiche = fiches[cle]
        if evenement.operation == "creation":
            fiche.acte = _mot(evenement)
        fiche.dits += [dit for dit in _dits(evenement) if dit not in fiche.dits]
    return list(fiches.values())


def _mot(evenement: Evenement) -> str:
    """« Ajoutée » of a rencontre, « Ajouté » of a besoin."""
    vue = vue_de(evenement.table_nom or "")
    feminin = vue is not None and vue.nom.startswith(FEMININ)
    return MOTS[evenement.operation] + "e" * feminin


def _dits(evenement: Evenement) -> list[str]:
    """« Lieu d’accueil : MECS → FJT »; of a new record, its values alone."""
    if evenement.operation == "suppression":
        return []
    ecarts = [e for e in recit.ecarts(evenement) if e.libelle not in LIBELLES_TUS]
    if evenement.operation == "creation":
        return [_valeur(e) for e in ecarts if e.apres != VIDE]
    return [_change(e) for e in ecarts]


def _valeur(ecart: recit.Ecart) -> str:
    """A yes, a no or a day says nothing without its label."""
    if ecart.apres in ("Oui", "Non"):
        return f"{ecart.libelle} : {ecart.apres}"
    if _JOUR.fullmatch(ecart.apres):
        entre = " " if _DIT_UN_JOUR.search(ecart.libelle) else " : "
        return f"{ecart.libelle}{entre}{ecart.apres}"
    return ecart.apres


def _change(ecart: recit.Ecart) -> str:
    if ecart.avant == VIDE:
        return f"{ecart.libelle} : {ecart.apres}"
    return f"{ecart.libelle} : {ecart.avant} → {ecart.apres}"


def _fin_du_jour(jour: date) -> datetime:
    """Midnight that ends this day in Paris: what was written later came after the meeting."""
    return datetime.combine(jour + timedelta(days=1), time(), PARIS)
