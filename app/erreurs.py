"""A broken constraint, a refused access, a failure → French sentences: what happened, why, what to
do.

The detail goes to the log under the reference shown on the page, never to the page.
"""

import errno
from dataclasses import dataclass

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from psycopg import errors as pg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.models.base import PHRASES


@dataclass(frozen=True)
class PageErreur:
    titre: str
    raison: str
    remede: str


_INTROUVABLE = PageErreur(
    "Page introuvable",
    "Cette adresse ne mène à rien, ou à une fiche qui n’existe pas ou que vos habilitations ne vous laissent pas voir.",
    "Vérifiez l’adresse, ou cherchez la fiche depuis sa liste.",
)
PAGES = {
    400: PageErreur("Demande incomprise", "L’adresse ou le formulaire contient une valeur que Tandem ne peut pas lire.",
                    "Revenez à la page précédente et recommencez depuis les liens et les boutons de l’écran."),
    401: PageErreur("Connexion nécessaire", "Vous n’êtes pas connecté, ou votre session est terminée.", "Connectez-vous."),
    403: PageErreur("Accès refusé", "Vos habilitations ne permettent pas cette action.",
                    "Si vous en avez besoin pour votre travail, demandez-la au responsable de votre MDS."),
    404: _INTROUVABLE,
    405: PageErreur("Action impossible à cette adresse", "Cette adresse ne s’ouvre pas de cette façon.",
                    "Passez par les liens et les boutons de l’écran."),
    413: PageErreur("Envoi trop volumineux", "Ce que vous avez envoyé dépasse la taille permise.",
                    "Réduisez le fichier, ou découpez-le en plusieurs envois."),
    429: PageErreur("Trop d’essais", "Trop de tentatives ont été faites en peu de temps depuis ce poste.",
                    "Attendez une minute avant de recommencer."),
    500: PageErreur("Erreur de Tandem", "Tandem a rencontré une difficulté imprévue. Rien n’a été enregistré.",
                    "Recommencez. Si l’erreur se répète, transmettez la référence ci-dessous à l’administrateur."),
    503: PageErreur("Tandem est momentanément indisponible", "La base de données ne répond pas. Rien n’a été enregistré.",
                    "Recommencez dans quelques minutes."),
    507: PageErreur("Le disque du serveur est plein", "Tandem n’a plus de place pour écrire. Rien n’a été enregistré.",
                    "Prévenez l’administrateur ; votre travail pourra reprendre dès qu’il aura fait de la place."),
}  # fmt: skip
_FORMULAIRE_PERIME = PageErreur(
    "Formulaire périmé", "Votre session a changé depuis l’ouverture de cette page. Rien n’a été enregistré.",
    "Revenez à la page précédente, rechargez-la, puis recommencez.",
)  # fmt: skip
IMPOSSIBLE_ICI = "Vos habilitations ne permettent pas d’enregistrer cette fiche dans cette MDS."
CHOIX_NON_VALABLE = "Choix non valable."


@event.listens_for(Engine, "handle_error")
def _sans_la_ligne(echec) -> None:
    """Of what the base refuses keep the sentence, not the detail: it repeats the whole row, names
    included."""
    cause, dite = echec.original_exception, echec.sqlalchemy_exception
    if isinstance(cause, pg.Error) and (phrase := cause.diag.message_primary):
        if dite is not None:
            dite.args = (f"({type(cause).__name__}) {phrase}",)
        cause.args = (phrase,)


def declarer(app: Flask) -> None:
    app.register_error_handler(HTTPException, _repondre)
    app.jinja_env.globals["reference"] = lambda: g.get("requete", "")


def _repondre(erreur: HTTPException):
    if erreur.code is not None and erreur.code < 400:
        return erreur
    code = _code(erreur)
    if code >= 500:
        from flask import current_app

        current_app.logger.error(
            "Référence %s : %s %s", g.get("requete"), request.method, request.path
        )
    else:
        db.session.rollback()
    page = (
        _FORMULAIRE_PERIME
        if isinstance(erreur, CSRFError)
        else PAGES.get(code) or PAGES[400 if code < 500 else 500]
    )
    # After a failure, or at an unknown host, the page asks nothing of the base nor of the routes.
    nue = (
        code >= 500
        or request.url_rule is None
        and request.routing_exception is not None
        and code != 404
    )
    entetes = (
        {"Allow": ", ".join(sorted(erreur.valid_methods))}
        if code == 405 and getattr(erreur, "valid_methods", None)
        else {}
    )
    return render_template("erreur.html", page=page, code=code, nue=nue), code, entetes


def _code(erreur: HTTPException) -> int:
    """The status of the answer: the base that is away and the disk that is full are told apart."""
    origine = getattr(erreur, "original_exception", None)
    cause = getattr(origine, "orig", origine)
    if isinstance(cause, pg.DiskFull) or getattr(cause, "errno", None) == errno.ENOSPC:
        return 507
    if isinstance(origine, OperationalError):
        return 503
    return erreur.code or 500


def expliquer(erreur: DBAPIError) -> tuple[str, str | None]:
    """What the base refused, as (sentence, column the sentence stands next to); raises again what
    is no refusal."""
    cause = erreur.orig
    if not isinstance(cause, pg.Error):
        raise erreur
    diagnostic = cause.diag
    if diagnostic.constraint_name in PHRASES:
        return PHRASES[diagnostic.constraint_name]
    match cause:
        case pg.NotNullViolation():
            if (
                diagnostic.column_name == "mds_id"
            ):  # the youth is not visible: its MDS could not be read
                return CHOIX_NON_VALABLE, "jeune_id"
            return "Ce champ est obligatoire.", diagnostic.column_name
        case pg.ForeignKeyViolation():
            if "is still referenced" in (diagnostic.message_detail or ""):
                return "D’autres fiches dépendent de celle-ci : supprimez-les d’abord.", None
            return CHOIX_NON_VALABLE, _colonne_de_cle(diagnostic.message_detail)
        case pg.UniqueViolation():
            return "Une fiche identique existe déjà.", None
        case pg.InsufficientPrivilege():
            return IMPOSSIBLE_ICI, None
        case pg.StringDataRightTruncation():
            return "Un texte est trop long.", None
        case pg.NumericValueOutOfRange():
            return "Un nombre est trop grand.", None
        case pg.CheckViolation() | pg.ExclusionViolation() | pg.RaiseException():
            return (
                "La base refuse cette fiche : ses valeurs ne sont pas compatibles entre elles.",
                None,
            )
    raise erreur


def _colonne_de_cle(detail: str | None) -> str | None:
    """« Key (motif_code)=(X) is not present… » → motif_code."""
    return detail.partition("(")[2].partition(")")[0].partition(",")[0] if detail else None
