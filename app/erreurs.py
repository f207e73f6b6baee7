"""A broken constraint, a refused access, a failure, told in French: what, why, and what to do.

The detail goes to the log under the reference shown on the page, never to the page.
"""

import errno
from dataclasses import dataclass

from flask import Flask, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from psycopg import errors as pg
from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound

from app import acces, journal
from app.connexion import textes
from app.extensions import db
from app.models.base import PHRASES
from app.sorties_de_donnees import PlafondAtteint


@dataclass(frozen=True)
class PageErreur:
    titre: str
    raison: str
    remede: str


PAGES = {
    400: PageErreur(
        "Demande incomprise",
        "L’adresse ou le formulaire contient une valeur que Tandem ne peut pas lire.",
        "Revenez à la page précédente et recommencez depuis les liens et les boutons de l’écran.",
    ),
    401: PageErreur(
        "Connexion nécessaire",
        "Vous n’êtes pas connecté, ou votre session est terminée.",
        "Connectez-vous.",
    ),
    403: PageErreur(
        "Accès refusé",
        "Vos habilitations ne permettent pas cette action.",
        "Si vous en avez besoin pour votre travail, demandez-la au responsable de votre MDS.",
    ),
    404: PageErreur(
        "Page introuvable",
        "Cette adresse ne mène à rien, ou à une fiche qui n’existe pas ou que vos habilitations"
        " ne vous laissent pas voir.",
        "Vérifiez l’adresse, ou cherchez la fiche depuis sa liste.",
    ),
    405: PageErreur(
        "Action impossible à cette adresse",
        "Cette adresse ne s’ouvre pas de cette façon.",
        "Passez par les liens et les boutons de l’écran.",
    ),
    413: PageErreur(
        "Envoi trop volumineux",
        "Ce que vous avez envoyé dépasse la taille permise.",
        "Réduisez le fichier, ou découpez-le en plusieurs envois.",
    ),
    429: PageErreur(
        "Trop d’essais",
        "Trop de tentatives ont été faites en peu de temps depuis ce poste.",
        "Attendez une minute avant de recommencer.",
    ),
    500: PageErreur(
        "Erreur de Tandem",
        "Tandem a rencontré une difficulté imprévue. Rien n’a été enregistré.",
        "Recommencez. Si l’erreur se répète, transmettez la référence ci-dessous à"
        " l’administrateur.",
    ),
    503: PageErreur(
        "Tandem est momentanément indisponible",
        "La base de données ne répond pas. Rien n’a été enregistré.",
        "Recommencez dans quelques minutes.",
    ),
    504: PageErreur(
        "C’est trop long",
        "Cette demande a été arrêtée après trente secondes. Rien n’a été enregistré.",
        "Réduisez la période ou le nombre de fiches, ou demandez un export : il se prépare à part.",
    ),
    507: PageErreur(
        "Le disque du serveur est plein",
        "Tandem n’a plus de place pour écrire. Rien n’a été enregistré.",
        "Prévenez l’administrateur ; votre travail reprendra dès qu’il aura fait de la place.",
    ),
}
_FORMULAIRE_PERIME = PageErreur(
    "Formulaire périmé",
    "Votre session a changé depuis l’ouverture de cette page. Rien n’a été enregistré.",
    "Revenez à la page précédente, rechargez-la, puis recommencez.",
)


class MotifManquant(BadRequest):
    """A file was asked for without saying what for; ``quoi``: « le bilan »."""

    def __init__(self, quoi: str):
        super().__init__()
        self.quoi = quoi


class PeriodeRefusee(NotFound):
    """The period, the month or the year that a page is asked for cannot be; why, in a sentence."""


_PLAFOND = (
    "Si vous avez besoin de ce fichier aujourd’hui, demandez-le au responsable de votre MDS : "
    "« Levées de plafond », dans le menu Administration."
)
_AUTRE_PERIODE = "Revenez à la page précédente, corrigez-la, puis recommencez."
_D_UNE_AUTRE_PERSONNE = PageErreur(
    "Formulaire d’une autre personne",
    "Une autre personne que vous avait ouvert cette page dans ce navigateur. Rien n’a été"
    " enregistré.",
    "Ce qui y était tapé est gardé une heure pour elle seule : elle le retrouvera en se"
    " connectant ici.",
)
IMPOSSIBLE_ICI = "Vos habilitations ne permettent pas d’enregistrer cette fiche dans cette MDS."
CHOIX_NON_VALABLE = "Choix non valable."


@event.listens_for(Engine, "handle_error")
def _sans_la_ligne(echec: ExceptionContext) -> None:
    """Keep the sentence of what the base refuses, not its detail.

    The detail repeats the row, names included.
    """
    cause = echec.original_exception
    if not isinstance(cause, pg.Error):
        return
    phrase = cause.diag.message_primary
    if not phrase:
        return
    if echec.sqlalchemy_exception is not None:
        echec.sqlalchemy_exception.args = (f"({type(cause).__name__}) {phrase}",)
    cause.args = (phrase,)


def declarer(app: Flask) -> None:
    app.register_error_handler(HTTPException, _repondre)
    app.jinja_env.globals["reference"] = lambda: g.get("requete", "")


def _repondre(erreur: HTTPException) -> ResponseReturnValue:
    if erreur.code is not None and erreur.code < 400:
        return erreur
    code = _code(erreur)
    if code >= 500:
        current_app.logger.error(
            "Référence %s : %s %s", g.get("requete"), request.method, request.path
        )
    else:
        db.session.rollback()
        _consigner_le_refus(code)
    page = _page(erreur, code)
    if isinstance(erreur, CSRFError) and (garde := textes.garder()):
        if current_user.is_authenticated and garde.compte_id == current_user.id:
            return redirect(garde.adresse, 303)
        page = _D_UNE_AUTRE_PERSONNE
    entetes = {}
    if isinstance(erreur, MethodNotAllowed) and erreur.valid_methods:
        entetes["Allow"] = ", ".join(sorted(erreur.valid_methods))
    # The record has left, or Tandem has failed: its author would have to write it again. A form of
    # another session is kept for whoever opened it.
    tapes = [] if isinstance(erreur, CSRFError) or code == 401 else textes.tapes()
    rendu = render_template("erreur.html", page=page, code=code, nue=_est_nue(code), tapes=tapes)
    return rendu, code, entetes


def _consigner_le_refus(code: int) -> None:
    """A line in the audit log for whoever is refused a record by its number, or a page (403).

    The number and the page, never what was searched. ``has_access`` has written its own.
    """
    if code not in (403, 404) or request.endpoint is None or not acces.contexte().acteur.isdigit():
        return
    numeros = [*(request.view_args or {}).values(), request.args.get("jeune", "")]
    numero = next((str(v) for v in numeros if str(v).isdigit()), None)
    if g.pop("refus_ecrit", False) or (code == 404 and numero is None):
        return
    detail = {"code": code, "page": request.endpoint}
    journal.consigner("refus", table=_ressource(request.endpoint), cle=numero, detail=detail)
    db.session.commit()


def _ressource(endpoint: str) -> str:
    """What the screen that answers shows, in the words of ``has_access``."""
    vue = getattr(current_app.view_functions[endpoint], "__self__", None)
    ressource: str = getattr(vue, "class_permission_name", endpoint.partition(".")[0])
    return ressource


def _code(erreur: HTTPException) -> int:
    """The status of the answer: the base that is away and the disk that is full are told apart."""
    origine = getattr(erreur, "original_exception", None)
    cause = getattr(origine, "orig", origine)
    if isinstance(cause, pg.DiskFull) or getattr(cause, "errno", None) == errno.ENOSPC:
        return 507
    if isinstance(cause, (pg.QueryCanceled, pg.LockNotAvailable)):
        return 504
    if isinstance(origine, OperationalError):
        return 503
    return erreur.code or 500


def _page(erreur: HTTPException, code: int) -> PageErreur:
    if isinstance(erreur, CSRFError):
        return _FORMULAIRE_PERIME
    if isinstance(erreur, PlafondAtteint):
        return PageErreur("Plafond du jour atteint", str(erreur.description), _PLAFOND)
    if isinstance(erreur, PeriodeRefusee):
        return PageErreur("Période impossible", str(erreur.description), _AUTRE_PERIODE)
    if isinstance(erreur, MotifManquant):
        return PageErreur(
            "Motif manquant",
            f"Dites à quoi va servir {erreur.quoi} : rien n’a été préparé.",
            "Revenez à la page précédente, écrivez-le, puis recommencez.",
        )
    if code in PAGES:
        return PAGES[code]
    return PAGES[code // 100 * 100]


def _est_nue(code: int) -> bool:
    """After a failure, or at an unknown host, the page asks nothing of the base or the routes."""
    hote_inconnu = request.url_rule is None and request.routing_exception is not None
    return code >= 500 or (hote_inconnu and code != 404)


Explication = tuple[str, str | None]
"""A sentence, and the column next to which it stands."""
_INCOMPATIBLES = (
    "La base refuse cette fiche : ses valeurs ne sont pas compatibles entre elles.",
    None,
)
_SANS_COLONNE: dict[type[pg.Error], Explication] = {
    pg.UniqueViolation: ("Une fiche identique existe déjà.", None),
    pg.InsufficientPrivilege: (IMPOSSIBLE_ICI, None),
    pg.StringDataRightTruncation: ("Un texte est trop long.", None),
    pg.NumericValueOutOfRange: ("Un nombre est trop grand.", None),
    pg.CheckViolation: _INCOMPATIBLES,
    pg.ExclusionViolation: _INCOMPATIBLES,
    pg.RaiseException: _INCOMPATIBLES,
}


def expliquer(erreur: DBAPIError) -> Explication:
    """What the base refused, for the person; raises ``erreur`` again when it is no refusal."""
    cause = erreur.orig
    if not isinstance(cause, pg.Error):
        raise erreur
    if cause.diag.constraint_name in PHRASES:
        return PHRASES[cause.diag.constraint_name]
    if isinstance(cause, pg.NotNullViolation):
        return _champ_vide(cause.diag.column_name)
    if isinstance(cause, pg.ForeignKeyViolation):
        return _cle_refusee(cause.diag.message_detail or "")
    for classe, explication in _SANS_COLONNE.items():
        if isinstance(cause, classe):
            return explication
    raise erreur


def _champ_vide(colonne: str | None) -> Explication:
    """Without its MDS, the record is about a youth whom the person does not see."""
    if colonne == "mds_id":
        return CHOIX_NON_VALABLE, "jeune_id"
    return "Ce champ est obligatoire.", colonne


def _cle_refusee(detail: str) -> Explication:
    """« Key (motif_code)=(X) is not present… » → next to ``motif_code``."""
    if "is still referenced" in detail:
        return "D’autres fiches dépendent de celle-ci : supprimez-les d’abord.", None
    colonne = detail.partition("(")[2].partition(")")[0].partition(",")[0]
    return CHOIX_NON_VALABLE, colonne or None
