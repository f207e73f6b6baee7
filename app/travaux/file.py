"""The queue: asking for a piece of work, and the process that does it.

The queue is procrastinate's, in the schema ``travaux``; a job holds the number of the work. It is
put there in the transaction that records what was asked, so neither stands without the other. A
worker that dies stops its heartbeat: its jobs are taken up again by another one.
"""

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Engine, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, scoped_session

from app import acces, fichiers, journal
from app.extensions import db
from app.models import Compte, Travail
from app.models.travail import ABANDONNE, ATTEND, ECHOUE, EN_COURS, FINI, REFUSE
from app.travaux.entretien import entretenir
from app.travaux.taches import PLANIFIEES, TACHES, Livraison, TravailRefuse

if TYPE_CHECKING:
    import procrastinate

FILE = "travaux"
USAGE = "travail"
"""What a file of the queue is called where files wait (``app/fichiers.py``)."""
CONCURRENCE = 3
"""Pieces of work done at once by one process; one at a time for each person."""
PAS = 0.5
"""Seconds between two writings of the progress."""
ATTENTE = 0.5
"""Seconds between two looks at the queue."""
SANS_BATTEMENT = 10.0
"""Seconds without a heartbeat after which a worker is taken for dead."""
ENTRETIEN = "*/10 * * * *"
"""When what has passed its term is erased: the base lets one machine do it, once each time."""
EFFORTS = 10
"""Times that a piece of work is begun before it is given up."""
DROITS_PERDUS = (
    "Votre compte ou vos habilitations ont changé depuis votre demande : rien n’a été fait. "
    "Demandez-le à nouveau si vous y avez toujours droit."
)
INTERROMPU = (
    "Le travail s’est interrompu plusieurs fois : rien n’a été enregistré. "
    "Recommencez ; si cela se répète, prévenez l’administrateur."
)
IMPREVU = (
    "Tandem a rencontré une difficulté imprévue : rien n’a été enregistré. "
    "Recommencez ; si cela se répète, donnez à l’administrateur la référence « travail {numero} »."
)

_METTRE_EN_FILE = text("select acces.mettre_en_file(:numero, :verrou)")
_PLANIFIER = text("select acces.planifier(:nom)")

logger = logging.getLogger(__name__)


def demander(genre: str, titre: str, demande: dict[str, Any], *, motif: str = "") -> Travail:
    """Record what the acting account asks, and put it in the queue; the caller commits.

    ``demande`` is what the kind of work needs to know, as JSON: never a name.
    """
    contexte = acces.contexte()
    travail = Travail(
        compte_id=int(contexte.acteur),
        genre=genre,
        titre=titre[:300],
        demande=demande,
        motif=motif or None,
        adresse=contexte.adresse or None,
    )
    db.session.add(travail)
    db.session.flush()
    db.session.execute(
        _METTRE_EN_FILE,
        {"numero": travail.id, "verrou": f"compte-{contexte.acteur}"},
    )
    journal.consigner(
        "travail_demande", table="travail", cle=travail.id, detail={"genre": genre, "motif": motif}
    )
    return travail


def planifier(nom: str) -> bool:
    """Put a planned task in the queue; False when it waits there already. The caller commits."""
    return bool(db.session.scalar(_PLANIFIER, {"nom": nom}))


def abandonner(travail: Travail) -> bool:
    """Give up a piece of work that waits or runs; False when it had ended already.

    One that runs sees it at its next rows, or when it is about to commit; nothing of it is kept.
    """
    ferme = db.session.scalar(
        update(Travail)
        .where(Travail.id == travail.id, Travail.statut.in_((ATTEND, EN_COURS)))
        .values(statut=ABANDONNE, fini_le=func.now())
        .returning(Travail.id)
    )
    return ferme is not None


# The process that works -------------------------------------------------------------------------


def travailler(app: Flask, *, attendre: bool = True) -> None:
    """Work the queue until told to stop; ``attendre=False``: until it is empty."""
    with app.app_context():
        file = composer(app)
        asyncio.run(_reprendre_au_demarrage(app, file))
        _tourner(file, attendre)
        # The second request of a person waits for the first: a look may find nothing and yet
        # something waits.
        while not attendre and _reste():
            _tourner(file, attendre)


async def _reprendre(app: Flask, file: "procrastinate.App") -> None:
    """What a dead worker had begun goes back to the queue, and what a dead base interrupted."""
    await asyncio.to_thread(_remettre_en_file, app)
    for job in await file.job_manager.get_stalled_jobs(seconds_since_heartbeat=SANS_BATTEMENT):
        logger.warning("Travail repris : %s", job.task_kwargs)
        await file.job_manager.retry_job(job)


_SANS_JOB = text("""
    select t.id, t.compte_id from travail t
    where t.statut in ('attend', 'en_cours') and not exists (
      select from travaux.procrastinate_jobs j where (j.args ->> 'numero')::int = t.id)
    order by t.id""")


def _remettre_en_file(app: Flask) -> None:
    """A work whose job failed when the base went away is neither done nor given up.

    Two machines may put it back at once: the second job finds it done.
    """
    with app.app_context(), acces.acteur(acces.TOUS, canal="travail"):
        for numero, compte in db.session.execute(_SANS_JOB).all():
            logger.warning("Travail remis en file : %s", numero)
            db.session.execute(_METTRE_EN_FILE, {"numero": numero, "verrou": f"compte-{compte}"})
        db.session.commit()
        db.session.remove()


async def _reprendre_au_demarrage(app: Flask, file: "procrastinate.App") -> None:
    async with file.open_async():
        await _reprendre(app, file)


def _reste() -> int:
    en_file = "select count(*) from travaux.procrastinate_jobs where status = 'todo'"
    with db.engine.connect() as connexion:
        return connexion.scalar(text(en_file)) or 0


def _tourner(file: "procrastinate.App", attendre: bool) -> None:
    file.run_worker(
        queues=[FILE],
        concurrency=CONCURRENCE,
        wait=attendre,
        fetch_job_polling_interval=ATTENTE,
        listen_notify=False,  # a connection pool in transaction mode lets no notification through
        delete_jobs="always",
        update_heartbeat_interval=SANS_BATTEMENT / 4,
        stalled_worker_timeout=SANS_BATTEMENT,
        shutdown_graceful_timeout=25,
        install_signal_handlers=attendre,
    )


def adresse_de(url: URL) -> str:
    """The base, in the words of the library of PostgreSQL.

    An address would not do: SQLAlchemy writes « + » for a space in the folder of a socket, where
    that library reads a plus.
    """
    arguments = url.translate_connect_args(username="user", database="dbname")
    reglages = {nom: ",".join(valeurs) for nom, valeurs in url.normalized_query.items()}
    return make_conninfo("", **arguments, **reglages)


def composer(app: Flask) -> "procrastinate.App":
    """The library's application: what it does with a job, and what it does by itself."""
    # Read by the process that works, not by those that serve pages.
    import procrastinate

    from app.travaux.connexion import ConnexionDesTravaux

    connecteur = ConnexionDesTravaux(
        conninfo=adresse_de(db.engine.url),
        min_size=1,
        max_size=4,
        kwargs={"prepare_threshold": None},
    )
    file = procrastinate.App(connector=connecteur)

    @file.task(name="executer", queue=FILE)
    def faire(numero: int) -> None:
        executer(app, numero)

    @file.periodic(cron="* * * * * */5")
    @file.task(name="reprendre", queue=FILE, queueing_lock="reprendre")
    async def reprendre(timestamp: int) -> None:
        await _reprendre(app, file)

    @file.periodic(cron=ENTRETIEN)
    @file.task(name="entretenir", queue=FILE, queueing_lock="entretenir")
    def entretenir_la_base(timestamp: int) -> None:
        with app.app_context():
            entretenir()

    for nom, planifiee in PLANIFIEES.items():
        file.task(name=nom, queue=FILE)(_pour(app, planifiee))
    return file


def _pour(app: Flask, planifiee: Callable[[Flask], object]) -> Callable[[], None]:
    def faire() -> None:
        planifiee(app)

    return faire


@dataclass
class Avancement:
    """Writes how far a piece of work is on a connection of its own, for the page that waits."""

    moteur: Engine
    numero: int
    acteur: str
    prochaine: float = field(default=0.0)

    def __call__(self, fait: int, total: int | None = None, etape: str = "") -> None:
        """Raises ``Abandon`` when the person has given the work up."""
        if time.monotonic() < self.prochaine:
            return
        self.prochaine = time.monotonic() + PAS
        with self.moteur.begin() as connexion:
            connexion.execute(_DIRE_QUI, {"acteur": self.acteur})
            statut = connexion.scalar(
                update(Travail)
                .where(Travail.id == self.numero)
                .values(fait=fait, total=total, message=etape or None)
                .returning(Travail.statut)
            )
        if statut != EN_COURS:
            raise Abandon


_DIRE_QUI = text("select set_config('app.acteur', :acteur, true)")


class Abandon(Exception):
    """The work is no longer to be done: given up, or ended by another worker."""


def executer(app: Flask, numero: int) -> None:
    """Do one piece of work, with the rights of whoever asked; its record says how it ended."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="travail"):
        travail = _commencer(numero)
        if travail is None:
            return
        qui = str(travail.compte_id)
        autres = {
            "adresse": travail.adresse or "",
            "motif": travail.motif or "",
            "requete": f"travail:{numero}",
        }
        fin: Fin | None = Fin(ECHOUE, IMPREVU.format(numero=numero))
        try:
            with acces.acteur(qui, canal="travail", **autres), _transaction_close():
                fin = _faire(numero)
        except OperationalError:
            fin = None  # the base went away: the work is put back when it is there again
            raise
        finally:
            if fin is not None:
                _finir(numero, fin)


@contextmanager
def _transaction_close() -> Iterator[None]:
    """Nothing of the block stays open, even on a connection that is dead."""
    try:
        yield
    finally:
        db.session.rollback()


@dataclass(frozen=True)
class Fin:
    """How a piece of work ended: its state, and the sentence for whoever asked."""

    statut: str
    message: str | None = None


def _commencer(numero: int) -> Travail | None:
    """Take the work; None when it was given up, has ended, or was begun too often."""
    travail = db.session.scalar(
        select(Travail).where(Travail.id == numero).with_for_update(key_share=True)
    )
    if travail is None or not travail.attend_ou_court:
        db.session.rollback()
        return None
    efforts = int(travail.demande.get("efforts", 0)) + 1
    if efforts > EFFORTS:
        travail.statut = ECHOUE
        travail.message = INTERROMPU
        travail.fini_le = datetime.now(UTC)
        db.session.commit()
        return None
    travail.demande = travail.demande | {"efforts": efforts}
    travail.statut = EN_COURS
    travail.commence_le = datetime.now(UTC)
    travail.fait = 0
    travail.total = None
    travail.message = None
    db.session.commit()
    return travail


def _faire(numero: int) -> Fin:
    travail = db.session.get(Travail, numero)
    tache = TACHES.get(travail.genre) if travail is not None else None
    if travail is None or tache is None or not _compte_ouvert(travail):
        return Fin(REFUSE, DROITS_PERDUS)
    avancer = Avancement(db.engine, numero, acces.contexte().acteur)
    try:
        with tempfile.TemporaryDirectory(prefix="tandem-travail-") as dossier:
            livraison = tache.faire(travail, avancer, Path(dossier))
            _livrer(numero, livraison)
    except TravailRefuse as refus:
        db.session.rollback()
        return Fin(REFUSE, str(refus))
    except Abandon:
        db.session.rollback()
        return Fin(ABANDONNE)
    return Fin(FINI)


def _compte_ouvert(travail: Travail) -> bool:
    compte = db.session.get(Compte, travail.compte_id)
    return compte is not None and compte.is_active


def _livrer(numero: int, livraison: Livraison | None) -> None:
    """End the work, and keep its file, in the transaction that the work wrote in.

    A worker that dies leaves all of it or nothing: what another takes up was never done. Raises
    ``Abandon`` when the work ended meanwhile.
    """
    journal.consigner("travail_fait", table="travail", cle=numero)
    valeurs: dict[str, Any] = {}
    if livraison is not None:
        with livraison.chemin.open("rb") as contenu:
            fichiers.deposer(USAGE, numero, contenu)
        valeurs = {
            "octets": livraison.chemin.stat().st_size,
            "fichier": livraison.nom,
            "mime": livraison.mime,
            "expire_le": datetime.now(UTC) + fichiers.DUREE,
        }
    valeurs["fait"] = func.coalesce(Travail.total, Travail.fait)
    if not _fermer(db.session, numero, FINI, **valeurs):
        raise Abandon
    db.session.commit()


def _finir(numero: int, fin: Fin) -> None:
    """Say how a piece of work ended that did not do what was asked."""
    with Session(db.engine) as suivi, suivi.begin():
        _fermer(suivi, numero, fin.statut, message=fin.message)


def _fermer(session: Session | scoped_session, numero: int, statut: str, **valeurs: Any) -> bool:
    """End a piece of work that runs; False when it had ended."""
    valeurs = {"message": None, "fini_le": func.now(), "statut": statut} | valeurs
    ferme = session.scalar(
        update(Travail)
        .where(Travail.id == numero, Travail.statut == EN_COURS)
        .values(**valeurs)
        .returning(Travail.id)
    )
    return ferme is not None
