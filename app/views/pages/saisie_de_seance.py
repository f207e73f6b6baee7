"""What one types during a comité de suivi, and what becomes of it (M10).

A text that somebody else changed meanwhile is never overwritten: it is given back, to choose.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, request
from psycopg.errors import UniqueViolation
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import acces, journal
from app.extensions import db
from app.models import Decision, Evenement, Instance, PointDeComite, Tache
from app.regles.age import aujourd_hui
from app.views import comite as comites
from app.views.socle import saisie

TAILLE_D_UNE_DECISION = 2000
TAILLE_D_UNE_TACHE = 300
TAILLE_D_UNE_RAISON = 300


@dataclass(frozen=True)
class ConflitDeSeance:
    """What somebody else wrote in the same place meanwhile."""

    qui: str
    quand: str
    texte: str
    version: int


def trouver_le_point(cle: int, jeune: int) -> PointDeComite:
    """The line of the agenda of this youth, while the comité may still be written: 403 after."""
    comite = comites.trouver(cle)
    point = db.session.scalar(
        select(PointDeComite).filter_by(instance_id=comite.id, jeune_id=jeune)
    )
    if point is None:
        abort(404)
    if comite.statut_code == "ANNULEE" or comites.compte_rendu(comite) is not None:
        abort(403)
    return point


def peut(ressource: str, point: PointDeComite) -> bool:
    return acces.perimetre().peut(ressource, "creer", point.mds_id)


def peut_tenir(point: PointDeComite) -> bool:
    return acces.perimetre().peut("point_de_comite", "modifier", point.mds_id)


def noter_vu(point: PointDeComite) -> None:
    """Ticked by hand, unless what was decided or given says it already."""
    donnee = select(Tache.id).filter_by(instance_id=point.instance_id, jeune_id=point.jeune_id)
    point.est_vu = (
        "est_vu" in request.form
        or bool(_texte("decision", TAILLE_D_UNE_DECISION))
        or db.session.scalar(donnee.limit(1)) is not None
    )


def ecrire_la_decision(point: PointDeComite) -> ConflitDeSeance | None:
    """Write, change or remove the text; the other one, when it is not the one that was read."""
    lue = saisie.numero(request.form.get("version")) or 0
    texte = _texte("decision", TAILLE_D_UNE_DECISION)
    requete = select(Decision).filter_by(instance_id=point.instance_id, jeune_id=point.jeune_id)
    ecrite = db.session.scalar(requete.with_for_update())
    actuel = ecrite.decision if ecrite else ""
    if texte == actuel:
        return None
    if lue != (ecrite.version if ecrite else 0):
        return _conflit(ecrite)
    texte = _garder(texte, actuel)
    if ecrite is not None and not texte:
        db.session.delete(ecrite)
    elif ecrite is not None:
        ecrite.decision = texte
    elif texte:
        neuve = Decision(instance_id=point.instance_id, jeune_id=point.jeune_id, decision=texte)
        db.session.add(neuve)
    try:
        db.session.flush()
    except IntegrityError as erreur:
        if not isinstance(erreur.orig, UniqueViolation):
            raise
        db.session.rollback()  # somebody else wrote the first word at the same instant
        return _conflit(db.session.scalar(requete))
    return None


def _garder(mien: str, sien: str) -> str:
    """What was chosen before the two texts; without a choice, the one that was typed."""
    match request.form.get("garder"):
        case "sienne":
            return sien
        case "les_deux" if mien:
            return f"{sien}\n{mien}"[:TAILLE_D_UNE_DECISION]
    return mien


def _conflit(ecrite: Decision | None) -> ConflitDeSeance:
    """What is written now, by whom and when, as the audit log says."""
    if ecrite is None:
        return ConflitDeSeance("", "", "", 0)
    derniere = db.session.execute(
        select(Evenement.le, Evenement.login)
        .where(Evenement.table_nom == "decision", Evenement.cle == str(ecrite.id))
        .order_by(Evenement.id.desc())
        .limit(1)
    ).one_or_none()
    if derniere is None:
        return ConflitDeSeance("", "", ecrite.decision, ecrite.version)
    qui = journal.nom_de_l_auteur(derniere.login)
    return ConflitDeSeance(qui, comites.heure(derniere.le), ecrite.decision, ecrite.version)


def donner_une_tache(point: PointDeComite) -> tuple[str, ...]:
    """Add the task typed; the sentences of what is wrong, and then nothing is added."""
    quoi = saisie.ligne_saisie("quoi", TAILLE_D_UNE_TACHE)
    qui = saisie.ligne_saisie("qui", comites.TAILLE_D_UN_NOM)
    fautes = []
    pour_le = None
    if not quoi:
        fautes.append("Dites ce qui est à faire.")
    try:
        pour_le = _jour("pour_le")
    except ValueError as erreur:
        fautes.append(str(erreur))
    if not fautes:
        db.session.add(
            Tache(
                jeune_id=point.jeune_id,
                instance_id=point.instance_id,
                quoi=quoi,
                pour=qui or None,
                pour_le=pour_le,
            )
        )
    return tuple(fautes)


def _jour(nom: str) -> date | None:
    """The date typed, None without one; ValueError says what to write."""
    tape = request.form.get(nom, "").strip()
    return saisie.lire_date(tape) if tape else None


def _texte(nom: str, taille: int) -> str:
    """A text of several lines, cut at its size."""
    return request.form.get(nom, "").replace("\0", "").replace("\r\n", "\n").strip()[:taille]


def dire_ce_qu_il_en_est(point: PointDeComite) -> str:
    """Of one decision or task of this youth: 404 for another's, 403 for whoever may not.

    What is wrong in the day until which it is put off; empty when nothing is.
    """
    genre, _, numero = request.form.get("engagement", "").partition(":")
    classes: dict[str, tuple[type[Any], str]] = {
        "decision": (Decision, "echeance_le"),
        "tache": (Tache, "pour_le"),
    }
    if genre not in classes or saisie.numero(numero) is None:
        abort(404)
    if not acces.perimetre().peut(genre, "modifier", point.mds_id):
        abort(403)
    classe, echeance = classes[genre]
    fiche = db.session.scalar(
        select(classe).where(classe.id == int(numero), classe.jeune_id == point.jeune_id)
    )
    if fiche is None:
        abort(404)
    fiche.faite_le = fiche.abandon = None
    match request.form.get("acte"):
        case "faite":
            fiche.faite_le = aujourd_hui()
        case "abandonner":
            fiche.abandon = saisie.ligne_saisie("raison", TAILLE_D_UNE_RAISON) or "En comité"
        case "reporter":
            return _reporter(fiche, echeance)
        case "rouvrir":
            pass
        case _:
            abort(400)
    return ""


def _reporter(fiche: Any, echeance: str) -> str:
    try:
        jour = _jour("jusqu_au")
    except ValueError as erreur:
        return str(erreur)
    if jour is None:
        return "Dites jusqu’à quel jour c’est reporté."
    setattr(fiche, echeance, jour)
    return ""


def noter_les_presents(comite: Instance) -> str:
    """Change those whose tick changed since the page, add a name; what is wrong, else nothing.

    Two people who tick different names never undo each other.
    """
    coches = {saisie.numero(n) for n in request.form.getlist("present")}
    avant = {saisie.numero(n) for n in request.form.getlist("avant")}
    presents = comites.participants(comite)
    for participant in presents:
        coche = participant.id in coches
        if coche != (participant.id in avant):
            participant.est_present = coche
    noms, inconnus = comites.noms_tapes(request.form.get("nouveaux", ""))
    if inconnus:
        return f"« {inconnus[0]} » n’est pas le nom d’une personne."
    doubles = comites.inviter(comite, presents, noms)
    db.session.flush()
    neufs = [p for p in comites.participants(comite) if p.id not in {x.id for x in presents}]
    for participant in neufs:
        participant.est_present = True
    return f"{doubles[0]} est déjà parmi les participants." if doubles else ""
