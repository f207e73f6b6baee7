"""From the columns of a model to a form, from a form to a record: sent twice, made once; changed
meanwhile, told.

``composer`` chooses the field of each column; ``enregistrer`` writes and explains what the base
refuses.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import request
from flask_login import current_user
from psycopg.errors import UniqueViolation
from sqlalchemy import ARRAY, Boolean, Column, Date, Integer, Numeric, Text, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.erreurs import expliquer
from app.extensions import db
from app.models import LISTES, Compte, Evenement, JetonFormulaire
from app.views.socle.affichage import Propriete, cible_de, en_texte
from app.views.socle.champs import (
    Champ,
    ChampCase,
    ChampDate,
    ChampDecimal,
    ChampNombre,
    ChampOuiNon,
    ChampTexte,
    ChampTexteLong,
    Formulaire,
)
from app.views.socle.champs_choix import ChampListe, ChampMds, ChampPlusieursMds, ChampReference

TYPES_HTML = {"courriel": "email", "telephone": "tel"}


def composer(vue, colonnes: list[str], *, creation: bool) -> type[Formulaire]:
    """The form of these columns; what the base fills by itself is not asked at creation."""
    champs = {}
    for nom in colonnes:
        prop: Propriete = vue.propriete(nom)
        champs[prop.nom] = vue.champs_propres.get(prop.nom) or _champ(vue, prop, creation)
    return type(f"Formulaire{vue.__class__.__name__}", (Formulaire,), champs)


def _champ(vue, prop: Propriete, creation: bool):
    """The field that fits the type of the column and what it points to."""
    colonne: Column = prop.colonne
    attendu = not colonne.nullable and not (creation and colonne.server_default is not None)
    commun = {"requis": attendu, "aide": prop.aide}
    cible, acte = cible_de(colonne), "creer" if creation else "modifier"
    match colonne.type:
        case _ if cible in LISTES:
            return ChampListe(prop.libelle, liste=cible, **commun)
        case _ if cible == "mds":
            return ChampMds(prop.libelle, ressource=vue.ressource, acte=acte, **commun)
        case _ if cible:
            return ChampReference(prop.libelle, table=cible, **commun)
        case ARRAY():
            return ChampPlusieursMds(
                prop.libelle, ressource=vue.ressource, acte=acte, requis=False, aide=prop.aide
            )
        case _ if prop.nom in vue.choix:
            return ChampListe(prop.libelle, options=tuple(vue.choix[prop.nom]), **commun)
        case Boolean() if not colonne.nullable:
            return ChampCase(prop.libelle, aide=prop.aide)
        case Boolean():
            return ChampOuiNon(prop.libelle, **commun)
        case Date():
            return ChampDate(prop.libelle, **commun)
        case Integer():
            return ChampNombre(prop.libelle, **commun)
        case Numeric(precision=precision, scale=decimales):
            return ChampDecimal(
                prop.libelle,
                entiers=(precision or 20) - (decimales or 0),
                decimales=decimales,
                **commun,
            )
        case Text():
            return ChampTexteLong(prop.libelle, **commun)
    return ChampTexte(
        prop.libelle,
        taille=colonne.type.length,
        type_html=TYPES_HTML.get(prop.nom, "text"),
        **commun,
    )


def remplir(formulaire: Formulaire, fiche, *, creation: bool) -> None:
    """Copy the values into the record; at creation an empty value leaves the base its own."""
    for champ in formulaire:
        if not isinstance(champ, Champ) or (creation and champ.data is None):
            continue
        if getattr(fiche, champ.name, None) != champ.data:
            setattr(fiche, champ.name, champ.data)


def ecrire(formulaire: Formulaire, *, conclure: bool = False) -> bool:
    """Send the changes to the base (for good with ``conclure``: what it checks at the end is
    explained like the rest).

    A refusal goes next to its field, or at the top, and nothing is kept.
    """
    try:
        db.session.commit() if conclure else db.session.flush()
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
    if champ in formulaire:
        formulaire[champ].errors = [*formulaire[champ].errors, phrase]
    else:
        formulaire.form_errors.append(phrase)


# A form sent twice
# -----------------------------------------------------------------------------------------------


def jeton_recu() -> uuid.UUID | None:
    """The one-time token of the form; a form without one (or with a false one) is simply not
    protected."""
    try:
        return uuid.UUID(request.form.get("jeton", ""))
    except ValueError:
        return None


def deja_envoye(jeton: uuid.UUID | None) -> str | None:
    """The key of the record that this very form made already."""
    return (
        None
        if jeton is None
        else db.session.scalar(select(JetonFormulaire.cle).where(JetonFormulaire.jeton == jeton))
    )


def reserver(jeton: uuid.UUID | None, table: str, cle="") -> str | None:
    """Take the token before anything is written: another sending of the same form waits here for
    the end of this one.

    When the other one won, everything is undone and the key of its record returned.
    """
    if jeton is None:
        return None
    db.session.add(
        JetonFormulaire(jeton=jeton, compte_id=current_user.id, table_nom=table, cle=str(cle))
    )
    try:
        db.session.flush()
    except IntegrityError as erreur:
        db.session.rollback()
        if not isinstance(erreur.orig, UniqueViolation):
            raise
        return deja_envoye(jeton)
    return None


def retenir(jeton: uuid.UUID | None, cle) -> None:
    """Keep with the token the key of the record it made; one taken by another account protects
    nothing."""
    if jeton is not None and (garde := db.session.get(JetonFormulaire, jeton)):
        garde.cle = str(cle)


# A record changed meanwhile
# ---------------------------------------------------------------------------------------


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
    """Who changed the record since ``version`` and which of the typed values differ; None when no
    one did."""
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
    for champ in formulaire:
        stockee = getattr(fiche, champ.name)
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
    quand = en_texte(lignes[0].le) if lignes else ""
    return Conflit(_nom(lignes[0].login) if lignes else "", quand, differences)


def _nom(login: str | None) -> str:
    """The name of the account when the person may read it, else its login."""
    compte = db.session.scalar(select(Compte).where(Compte.username == login)) if login else None
    return str(compte) if compte else login or ""


def _en_json(valeur):
    match valeur:
        case date():
            return valeur.isoformat()
        case Decimal():
            return float(valeur)
    return valeur


def trancher(formulaire: Formulaire, fiche) -> bool:
    """Apply the choices made field by field on the page of the two versions; False while one is
    missing."""
    attendus, complets = request.form.getlist("en_conflit"), True
    for champ in formulaire:
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
