"""From a form to a record: sent twice, made once; changed meanwhile, told; refused, explained.

``remplir`` copies the values, ``ecrire`` writes and explains what the base refuses.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import request
from flask_login import current_user
from psycopg.errors import UniqueViolation
from sqlalchemy import Insert, String, bindparam, cast, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app import journal
from app.erreurs import expliquer
from app.extensions import db
from app.liaison import PREPAREE
from app.models import Evenement, JetonFormulaire
from app.models.base import Enregistrement
from app.regles.texte import plier
from app.views.socle.affichage import en_texte
from app.views.socle.champs import Champ, ChampDate, ChampTexte, ChampTexteLong, Formulaire


def remplir(formulaire: Formulaire, fiche, *, creation: bool) -> None:
    """Copy the values into the record; at creation an empty value leaves the base its own.

    As in Flask-AppBuilder, a field of WTForms that a developer added and that is no column of the
    model is put on the record too, where ``pre_add`` and ``pre_update`` read it.
    """
    for champ in formulaire:
        if not isinstance(champ, Champ):
            champ.populate_obj(fiche, champ.name)
        elif creation and champ.data is None:
            continue
        elif getattr(fiche, champ.name, None) != champ.data:
            setattr(fiche, champ.name, champ.data)


def ecrire(formulaire: Formulaire, *, conclure: bool = False) -> bool:
    """Send the changes to the base.

    For good with ``conclure``: what it checks at the end is explained like the rest.

    A refusal goes next to its field, or at the top, and nothing is kept.
    """
    try:
        if conclure:
            db.session.commit()
        else:
            db.session.flush()
    except DBAPIError as erreur:
        db.session.rollback()
        refuser(formulaire, *expliquer(erreur))
        return False
    return True


def conclure() -> str | None:
    """Commit without a form (a deletion); the sentence of the refusal, if any."""
    try:
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        return expliquer(erreur)[0]
    return None


def refuser(formulaire: Formulaire, phrase: str, champ: str | None = None) -> None:
    if champ is not None and champ in formulaire:
        formulaire[champ].errors = [*formulaire[champ].errors, phrase]
    else:
        formulaire.form_errors.append(phrase)


# A form sent twice
# -----------------


_JETONS = JetonFormulaire.__table__
_LIRE = (
    select(_JETONS.c.cle).where(_JETONS.c.jeton == bindparam("jeton")).execution_options(**PREPAREE)
)
_PRENDRE = insert(_JETONS).returning(_JETONS.c.cle).execution_options(**PREPAREE)
_NUMEROTER = _PRENDRE.values(
    cle=cast(
        func.nextval(func.pg_get_serial_sequence(bindparam("numerotee", type_=String), "id")),
        String,
    )
)
"""The number of a new record is taken with the token: it need not be told after."""


def jeton_recu() -> uuid.UUID | None:
    """The one-time token of the form.

    A form without one (or with a false one) is simply not protected.
    """
    try:
        return uuid.UUID(request.form.get("jeton", ""))
    except ValueError:
        return None


def deja_envoye(jeton: uuid.UUID | None) -> str | None:
    """The key of the record that this very form made already."""
    if jeton is None:
        return None
    return db.session.scalar(_LIRE, {"jeton": jeton})


def dit_autre_chose(formulaire: Formulaire, fiche) -> bool:
    """A text or a day of the form that the record does not hold; what the base completes aside."""
    for champ in formulaire:
        if isinstance(champ, (ChampTexte, ChampTexteLong, ChampDate)) and champ.data is not None:
            ecrit = en_texte(getattr(fiche, champ.name, champ.data))
            if plier(en_texte(champ.data)) != plier(ecrit):
                return True
    return False


def reserver(jeton: uuid.UUID | None, table: str, cle="") -> str | None:
    """Take the token before anything is written.

    Another sending of the same form waits here for the end of this one.

    When the other one won, everything is undone and the key of its record returned.
    """
    if jeton is None:
        return None
    try:
        _prendre(_PRENDRE, jeton, table, cle=str(cle))
    except IntegrityError as erreur:
        return _deja_pris(jeton, erreur)
    return None


def reserver_un_numero(jeton: uuid.UUID | None, fiche) -> str | None:
    """The same for a new record, with its number; the token alone where a code names it."""
    table = fiche.__tablename__
    if jeton is None or not isinstance(fiche, Enregistrement):
        return reserver(jeton, table)
    try:
        fiche.id = int(_prendre(_NUMEROTER, jeton, table, numerotee=table))
    except IntegrityError as erreur:
        return _deja_pris(jeton, erreur)
    return None


def _prendre(ordre: Insert, jeton: uuid.UUID, table: str, **autres: str) -> str:
    """Write the token; returns the key that it holds."""
    valeurs = {"jeton": jeton, "compte_id": current_user.id, "table_nom": table, **autres}
    return db.session.execute(ordre, valeurs).scalar_one()


def _deja_pris(jeton: uuid.UUID, erreur: IntegrityError) -> str | None:
    """The key of the record that the other sending made; everything of this one is undone."""
    db.session.rollback()
    if not isinstance(erreur.orig, UniqueViolation):
        raise erreur
    return deja_envoye(jeton)


def retenir(jeton: uuid.UUID | None, cle) -> None:
    """Keep with the token the key of the record it made.

    One taken by another account protects nothing.
    """
    if jeton is not None:
        db.session.execute(
            update(JetonFormulaire)
            .where(JetonFormulaire.jeton == jeton)
            .values(cle=str(cle))
            .execution_options(synchronize_session=False)
        )


# A record changed meanwhile
# --------------------------


@dataclass
class Difference:
    """A field that somebody else changed while it was being filled in here."""

    nom: str
    libelle: str
    saisie: str
    enregistree: str
    intouchee: bool
    """The person had left it as it was: the stored value is proposed."""


@dataclass
class Conflit:
    qui: str
    quand: str
    differences: list[Difference]


def conflit(formulaire: Formulaire, fiche, version: int) -> Conflit | None:
    """Who changed the record since ``version`` and which of the typed values differ.

    None when no one did.
    """
    if fiche.version == version:
        return None
    table = fiche.__tablename__
    lignes = db.session.execute(
        select(Evenement.le, Evenement.login, Evenement.avant)
        .where(
            Evenement.table_nom == table,
            Evenement.cle == str(inspect(fiche).identity[0]),
            Evenement.operation == "modification",
        )
        .order_by(Evenement.id.desc())
        .limit(max(1, fiche.version - version))
    ).all()
    avant: dict = {}
    for ligne in lignes:  # from the newest to the oldest: the oldest value before the changes stays
        avant.update(ligne.avant or {})
    differences = []
    for champ in formulaire.notres:
        stockee = getattr(fiche, champ.name, None)
        if champ.data == stockee or (lignes and champ.name not in avant):
            continue
        intouchee = champ.name in avant and _en_json(champ.data) == avant[champ.name]
        differences.append(
            Difference(
                champ.name,
                champ.label.text,
                champ.texte(champ.data),
                champ.texte(stockee),
                intouchee,
            )
        )
    if not lignes:
        return Conflit("", "", differences)
    return Conflit(journal.nom_de_l_auteur(lignes[0].login), en_texte(lignes[0].le), differences)


def changee_depuis(fiche) -> str | None:
    """The sentence that stops a deletion: the record is no longer the one that was shown."""
    lue = request.form.get("version", "")
    version = getattr(fiche, "version", None)
    if version is None or not lue or lue == str(version):
        return None
    derniere = db.session.execute(
        select(Evenement.le, Evenement.login)
        .where(
            Evenement.table_nom == fiche.__tablename__,
            Evenement.cle == str(inspect(fiche).identity[0]),
            Evenement.operation == "modification",
        )
        .order_by(Evenement.id.desc())
        .limit(1)
    ).one_or_none()
    par = ""
    if derniere is not None:
        par = f" ({journal.nom_de_l_auteur(derniere.login)}, le {en_texte(derniere.le)})"
    return f"Cette fiche a changé depuis l’ouverture de cette page{par} : relisez-la d’abord."


def _en_json(valeur):
    match valeur:
        case date():
            return valeur.isoformat()
        case Decimal():
            return float(valeur)
    return valeur


def trancher(formulaire: Formulaire, fiche) -> bool:
    """Apply the choices made field by field on the page of the two versions.

    False while one is missing.
    """
    attendus = request.form.getlist("en_conflit")
    complets = True
    for champ in formulaire.notres:
        if champ.name not in attendus:
            continue
        match request.form.get(f"{champ.name}-choix"):
            case "enregistree":
                champ.reprendre(getattr(fiche, champ.name))
            case "saisie":
                pass
            case _:
                complets = False
    return complets
