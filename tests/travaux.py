"""The queue, worked by the tests themselves: nothing is waited for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from procrastinate.periodic import PeriodicDeferrer

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
