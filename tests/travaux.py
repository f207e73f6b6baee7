"""The queue, worked by the tests themselves: nothing is waited for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import text

from app.travaux import file


def vider_la_file(app) -> None:
    """In a thread of its own: the one of the tests may hold the event loop of a browser."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(file.travailler, app, attendre=False).result()


def planifier(app, nom: str, moment: int) -> None:
    """Put the planned task in the queue for this moment, as one more machine would."""

    async def deferer() -> None:
        with app.app_context():
            queue = file.composer(app)
        taches = queue.periodic_registry.periodic_tasks
        async with queue.open_async():
            seul = PeriodicDeferrer(registry=queue.periodic_registry)
            await seul.defer_jobs([(taches[nom, ""], moment)])

    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, deferer()).result()


def laisser_a_un_worker_mort(tous, tache: str) -> None:
    """The job of this task was begun by a worker whose heartbeat has stopped."""
    with tous() as session:
        session.execute(
            text(
                "with mort as (insert into travaux.procrastinate_workers (last_heartbeat)"
                " values (now() - interval '1 hour') returning id)"
                " update travaux.procrastinate_jobs set status = 'doing',"
                " worker_id = (select id from mort) where task_name = :tache"
            ),
            {"tache": tache},
        )
        session.commit()
