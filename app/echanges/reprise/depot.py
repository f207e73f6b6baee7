"""A workbook sent from a screen: kept aside, read, shown to its author, then applied or dropped.

It waits in the base, encrypted, for a day: whichever machine answers finds it (``fichiers``). The
work is done beside the request, so that a large file keeps no page waiting; it holds a lock while
it lives, so that a page knows a work that died with its server from one that still goes on.
"""

import threading
import time
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flask import Flask, current_app
from sqlalchemy import and_, delete, func, or_, select, text, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app import acces, fichiers
from app.echanges.formats.examen import ClasseurRefuse, Limites
from app.echanges.reprise import application
from app.echanges.reprise.application import (
    ConflitEcriture,
    ImportInterdit,
    OptionsDImport,
    RapportDImport,
)
from app.extensions import db
from app.models import Importation

EN_COURS = ("examen", "application")
USAGE = "import"
OUBLI = timedelta(days=2)
"""A workbook that nobody applies is forgotten after that."""
ATTENTE = 2.0
"""Seconds that the page waits before it shows a progress bar: most workbooks are read by then."""
PAS = 0.5
"""Seconds between two marks of progress."""
DETAILS = 500
"""Refusals, created rows and changed cells that the page shows."""
VERROU = 741_523
"""The class of the advisory lock that a work holds while it lives."""
VERROU_DU_COMPTE = 741_524
UN_A_LA_FOIS = threading.Lock()
"""A large workbook takes hundreds of megabytes while it is read: those sent meanwhile wait."""
_ETAPES = {"Lecture": (0, 45), "Contrôle": (45, 55), "Écriture": (55, 100)}


class DejaEnCours(Exception):
    """The person's former workbook is still being read or written."""


def deposer(envoi: FileStorage) -> int:
    """Keep the file aside, start its reading, give its number. One at a time for each person:
    raises DejaEnCours."""
    oublier_les_anciens()
    db.session.execute(
        select(func.pg_advisory_xact_lock(VERROU_DU_COMPTE, int(acces.contexte().acteur)))
    )
    if _travaille_encore():
        raise DejaEnCours
    nom = " ".join((envoi.filename or "classeur.xlsx").replace("\0", "").split())[-300:]
    importation = Importation(compte_id=int(acces.contexte().acteur), fichier=nom, statut="examen")
    db.session.add(importation)
    db.session.flush()
    numero = importation.id
    fichiers.deposer(USAGE, numero, envoi.read())
    db.session.commit()
    _lancer(numero, essai=True, garder=False)
    return numero


def appliquer(numero: int, garder_les_bonnes: bool) -> bool:
    """Start the writing; False when it is not to be done (already started, dropped, applied)."""
    prise = db.session.execute(
        update(Importation)
        .where(Importation.id == numero, Importation.statut == "examinee")
        .values(statut="application", avancement=0)
    )
    db.session.commit()
    if prise.rowcount:
        _lancer(numero, essai=False, garder=garder_les_bonnes)
    return bool(prise.rowcount)


def abandonner(numero: int) -> None:
    """Forget the workbook and what was read in it."""
    db.session.execute(
        update(Importation)
        .where(
            Importation.id == numero, Importation.statut.in_(("examinee", "illisible", *EN_COURS))
        )
        .values(statut="abandonnee", rapport=None)
    )
    fichiers.oublier(USAGE, numero)
    db.session.commit()


def est_interrompu(importation: Importation) -> bool:
    """The work said to be going on died with its server."""
    return importation.statut in EN_COURS and importation.id not in _vivants()


def _vivants() -> set[int]:
    """The numbers of the imports that are being worked on, whatever their record says."""
    verrous = text(
        "select objid from pg_locks where locktype = 'advisory' and classid = :classe and granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    return set(db.session.scalars(verrous, {"classe": VERROU}))


def _travaille_encore() -> bool:
    """On a workbook of the acting account, abandoned or not; one that was just sent has not its
    lock yet."""
    tout_neuf = and_(
        Importation.statut.in_(EN_COURS),
        Importation.deposee_le > func.now() - timedelta(seconds=10),
    )
    miens = select(Importation.id).where(or_(Importation.id.in_(_vivants()), tout_neuf)).limit(1)
    return db.session.scalar(miens) is not None


def oublier_les_anciens() -> None:
    """Of the workbooks of the acting account sent long ago, those never applied go.

    Of the others the figures stay, not what was refused. The files themselves pass away on their
    own term.
    """
    avant = func.now() - OUBLI
    db.session.execute(
        delete(Importation).where(
            Importation.statut.not_in(("appliquee", "annulee")), Importation.deposee_le < avant
        )
    )
    db.session.execute(
        update(Importation)
        .where(Importation.deposee_le < avant, Importation.rapport.has_key("refus"))
        .values(rapport=Importation.rapport.op("-")("refus"))
    )


def _lancer(numero: int, *, essai: bool, garder: bool) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's own
    contexte = acces.contexte()
    pret = threading.Event()
    fil = threading.Thread(
        target=_travailler, args=(app, numero, contexte, essai, garder, pret), daemon=True
    )
    fil.start()
    pret.wait(ATTENTE)
    fil.join(ATTENTE)


def _travailler(
    app: Flask,
    numero: int,
    contexte: acces.Contexte,
    essai: bool,
    garder: bool,
    pret: threading.Event,
) -> None:
    autres = {"canal": "import", "adresse": contexte.adresse}
    with (
        app.app_context(),
        acces.acteur(contexte.acteur, **autres),
        db.engine.begin() as tenue,
        db.engine.connect() as connexion,
    ):
        # The lock of a transaction: that of a session would not outlive a pooler's.
        tenue.execute(select(func.pg_advisory_xact_lock(VERROU, numero)))
        suivi = Session(connexion)
        pret.set()
        try:
            with UN_A_LA_FOIS:
                resultat = _importer(suivi, numero, essai, garder)
            _noter(suivi, numero, **resultat)
        finally:
            suivi.rollback()
            db.session.remove()


def _importer(suivi: Session, numero: int, essai: bool, garder: bool) -> dict[str, Any]:
    """What to write on the record of the import once the work is done."""
    reglages = current_app.config
    limites = Limites(
        reglages["IMPORT_OCTETS_ECRAN"],
        reglages["IMPORT_LIGNES"],
        reglages["IMPORT_COLONNES"],
        reglages["IMPORT_CASES_ECRAN"],
    )
    contenu = fichiers.lire_fichier(USAGE, numero)
    db.session.rollback()
    if contenu is None:
        return {
            "statut": "illisible",
            "rapport": {"message": "Le fichier n’est plus là : envoyez-le à nouveau."},
        }
    try:
        with NamedTemporaryFile(suffix=".xlsx") as lu:
            lu.write(contenu)
            lu.flush()
            rapport = application.importer(
                Path(lu.name),
                limites,
                OptionsDImport(essai, garder, DETAILS, numero),
                _Avancement(suivi, numero),
            )
    except (ClasseurRefuse, ImportInterdit) as refus:
        _oublier_le_fichier(numero)
        return {"statut": "illisible", "rapport": {"message": str(refus)}}
    except ConflitEcriture as refus:
        return {
            "statut": "examinee",
            "rapport": {**(_rapport_precedent(suivi, numero) or {}), "message": str(refus)},
        }
    if essai or rapport.importation is None:
        return {"statut": "examinee", "avancement": 100, "rapport": _en_json(rapport)}
    _oublier_le_fichier(numero)
    return {"rapport": {**_en_json(rapport), "nouveautes": [], "changements": []}}


def _oublier_le_fichier(numero: int) -> None:
    db.session.rollback()
    fichiers.oublier(USAGE, numero)
    db.session.commit()


def _rapport_precedent(suivi: Session, numero: int) -> dict[str, Any] | None:
    return suivi.scalar(select(Importation.rapport).where(Importation.id == numero))


def _noter(suivi: Session, numero: int, **valeurs: Any) -> None:
    suivi.execute(
        update(Importation)
        .where(Importation.id == numero, Importation.statut != "abandonnee")
        .values(**valeurs)
    )
    suivi.commit()


class _Avancement:
    """Writes how far the work is, for the page that waits."""

    def __init__(self, suivi: Session, numero: int):
        self.suivi = suivi
        self.numero = numero
        self.prochaine = 0.0

    def __call__(self, etape: str, fait: int, total: int) -> None:
        if time.monotonic() < self.prochaine:
            return
        self.prochaine = time.monotonic() + PAS
        debut, fin = _ETAPES[etape]
        _noter(self.suivi, self.numero, avancement=debut + (fin - debut) * fait // max(total, 1))


def _en_json(rapport: RapportDImport) -> dict[str, Any]:
    """The report as the page shows it: rows of cells, since JSON in the base forgets the order of
    keys."""
    return {
        "crees": rapport.crees,
        "modifies": rapport.modifies,
        "inchanges": rapport.inchanges,
        "nombre_refus": len(rapport.refus),
        "avertissements": rapport.avertissements,
        "refus": [astuple(r) for r in rapport.refus[:DETAILS]],
        "changements": [astuple(c) for c in rapport.changements[:DETAILS]],
        "nouveautes": rapport.nouveautes,
    }
