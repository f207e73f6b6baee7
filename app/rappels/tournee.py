"""Write to each person what waits for them, once, then send what is written.

An e-mail is a row before it is sent: a server that is down, a crash, two rounds at once lose none
and send none twice. A timer asks it of the queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Flask
from flask_babel import format_date
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app import acces, exploitation
from app.extensions import db
from app.models import Compte, Habilitation
from app.models.rappel import ORIENTATION, RESUME, Rappel
from app.rappels import courriel
from app.rappels.courriel import RappelEnAttente, RappelRefuse
from app.rappels.resume import RubriqueDeRappel, lien, sections
from app.regles.age import aujourd_hui
from app.regles.texte import accorder
from app.sorties_de_donnees import FichierSorti, noter
from app.travaux.taches import tache_planifiee
from app.views import orientation

TAILLE_D_UN_REFUS = 300
CANAL = "rappels"
SANS_SERVEUR = "TANDEM_SMTP_HOTE n’est pas donnée à la machine qui fait les travaux"
A_REPONDRE = "Acceptez-la et fixez le rendez-vous, ou renvoyez-la en disant pourquoi."
FIN = (
    "Ce message ne contient que des codes : les noms se lisent dans Tandem.\n"
    "Pour le recevoir moins souvent, ou plus du tout : {adresse}"
)


@dataclass
class BilanDesRappels:
    """What a round did."""

    ecrits: int = 0
    envoyes: int = 0
    refuses: int = 0
    en_attente: int = 0
    panne: str = ""
    """Why the mail server takes nothing; empty when it does."""

    @property
    def est_bon(self) -> bool:
        return not self.panne and not self.refuses

    def en_texte(self) -> str:
        if self.panne == SANS_SERVEUR:
            return self.panne
        dit = f"{accorder(self.ecrits, 'écrit', 'écrits')}, "
        dit += accorder(self.envoyes, "envoyé", "envoyés")
        if self.refuses:
            refuses = accorder(self.refuses, "refusé", "refusés")
            dit += f", {refuses} par le serveur de courriel"
        if self.panne:
            dit += f", {self.en_attente} en attente : le serveur de courriel ne répond pas"
        return dit


@tache_planifiee("rappels")
def tourner(app: Flask, le: date | None = None) -> BilanDesRappels:
    """The round of a day, by default of today; what came of it is kept for the administrator."""
    bilan = BilanDesRappels(panne=SANS_SERVEUR)
    if app.config["SMTP"] is not None:
        bilan = faire(app, le or aujourd_hui())
    with app.app_context():
        exploitation.noter("rappels", bilan.est_bon, bilan.en_texte())
    return bilan


def faire(app: Flask, le: date) -> BilanDesRappels:
    """The whole round of a day; made again, it writes nothing twice."""
    bilan = BilanDesRappels()
    for numero in _comptes(app):
        with app.app_context(), acces.acteur(numero, canal=CANAL):
            bilan.ecrits += _ecrire_a(numero, le)
    with app.app_context(), acces.acteur(acces.TOUS, canal=CANAL):
        _perimer(le)
        _envoyer(app, bilan)
    return bilan


def _comptes(app: Flask) -> Sequence[int]:
    """The open accounts that have a role today, an address, and want to be written to."""
    with app.app_context(), acces.acteur(acces.TOUS, canal=CANAL):
        jour = func.current_date()
        habilite = select(Habilitation.id).where(
            Habilitation.compte_id == Compte.id,
            Habilitation.du <= jour,
            func.coalesce(Habilitation.au, jour) >= jour,
        )
        voulu = Compte.rappels.is_distinct_from("jamais")
        requete = select(Compte.id).where(
            Compte.active, Compte.email.contains("@"), voulu, habilite.exists()
        )
        return db.session.scalars(requete.order_by(Compte.id)).all()


def _ecrire_a(numero: int, le: date) -> int:
    """Write what this account does not know yet; how many e-mails. Runs with its rights."""
    compte = db.session.get(Compte, numero)
    ecrits = _orientations(numero)
    if compte is not None and attend_un_resume(compte, le):
        ecrits += _resumer(compte, le)
    db.session.commit()
    return ecrits


def attend_un_resume(compte: Compte, le: date) -> bool:
    """Whether that day is one on which the person wants a digest."""
    avec = [jour for jour in range(1, 8) if str(jour) not in compte.jours_sans_rappel]
    if le.isoweekday() not in avec:
        return False
    return compte.rappels != "semaine" or le.isoweekday() == avec[0]


def _resumer(compte: Compte, le: date) -> int:
    if _est_ecrit(compte.id, le):
        return 0
    lues = sections(le)
    if not lues:
        return 0
    dits = [f"Ce qui vous attend dans Tandem, {format_date(le, 'EEEE d MMMM y')} :"]
    nombre = sum(len(s.lignes) for s in lues)
    objet = f"Tandem : {accorder(nombre, 'chose', 'choses')} à faire"
    dits += map(RubriqueDeRappel.en_texte, lues)
    ecrits = _garder(compte.id, RESUME, le.isoformat(), objet, dits)
    if ecrits:
        _noter(lues)
    return ecrits


def _noter(lues: list[RubriqueDeRappel]) -> None:
    """The codes leave with the e-mail."""
    montrees = [ligne.jeune_id for rubrique in lues for ligne in rubrique.montrees]
    acces.agir_pour(acces.contexte().acteur, motif="Ce qui attend, par courriel", finalite="SUIVI")
    dedans = {jeune_id for jeune_id in montrees if jeune_id is not None}
    if dedans:
        noter(FichierSorti("Rappel du jour, par courriel", "rappel", len(montrees), dedans))


def _est_ecrit(numero: int, le: date) -> bool:
    """The digest of that day: other rounds of the day compute nothing again."""
    sien = select(Rappel.id).filter_by(compte_id=numero, genre=RESUME, cle=le.isoformat())
    return db.session.scalar(sien) is not None


def _orientations(numero: int) -> int:
    """One e-mail for each orientation received since the last round, whatever the day."""
    ecrits = 0
    for recue in orientation.dernieres_recues(acces.perimetre()):
        urgente = " URGENTE" if recue.est_urgente else ""
        dits = [
            f"Une orientation{urgente} vous attend. {A_REPONDRE}",
            lien(f"/orientations/{recue.id}"),
        ]
        objet = f"Tandem : orientation{urgente} reçue"
        ecrits += _garder(numero, ORIENTATION, str(recue.id), objet, dits)
    return ecrits


def _garder(numero: int, genre: str, cle: str, objet: str, parties: list[str]) -> int:
    """Keep an e-mail to send, unless it was written already; 1 when it is new."""
    fin = FIN.format(adresse=lien("/mon-compte/#rappels"))
    valeurs = {
        "compte_id": numero,
        "genre": genre,
        "cle": cle,
        "objet": objet,
        "corps": "\n\n".join([*parties, fin]),
    }
    ordre = insert(Rappel).values(valeurs).on_conflict_do_nothing().returning(Rappel.id)
    return len(db.session.execute(ordre).all())


def _perimer(le: date) -> None:
    """A digest of a former day that could not be sent: that of the day says it again."""
    ancien = update(Rappel).where(
        Rappel.genre == RESUME,
        Rappel.cle < le.isoformat(),
        Rappel.envoye_le.is_(None),
        Rappel.refus.is_(None),
    )
    db.session.execute(ancien.values(refus="remplacé par celui d’un autre jour"))
    db.session.commit()


def _a_envoyer():
    return Rappel.envoye_le.is_(None), Rappel.refus.is_(None)


def _envoyer(app: Flask, bilan: BilanDesRappels) -> None:
    """Send what waits, one e-mail a transaction; stops when the server takes nothing."""
    reglages = app.config["SMTP"]
    try:
        if db.session.scalar(select(Rappel.id).where(*_a_envoyer()).limit(1)):
            with courriel.ouvrir(reglages) as serveur:
                while _envoyer_le_suivant(reglages, serveur, bilan):
                    pass
    except RappelEnAttente as panne:
        db.session.rollback()
        bilan.panne = str(panne)
    attendent = select(func.count()).select_from(Rappel).where(*_a_envoyer())
    bilan.en_attente = db.session.scalar(attendent) or 0
    db.session.rollback()


def _envoyer_le_suivant(reglages, serveur, bilan: BilanDesRappels) -> bool:
    """Send one that no other round is sending; False when there is none. Raises RappelEnAttente."""
    rappel = db.session.scalars(
        select(Rappel)
        .where(*_a_envoyer())
        .order_by(Rappel.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if rappel is None:
        db.session.rollback()
        return False
    compte = db.session.get_one(Compte, rappel.compte_id)
    message = courriel.ecrire(
        reglages, compte.email, rappel.objet, rappel.corps, str(rappel.id), rappel.ecrit_le
    )
    try:
        courriel.remettre(serveur, message)
        rappel.envoye_le = func.now()
        bilan.envoyes += 1
    except RappelRefuse as refus:
        rappel.refus = str(refus)[:TAILLE_D_UN_REFUS]
        bilan.refuses += 1
    db.session.commit()
    return True
