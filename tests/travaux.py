"""The queue, worked by the tests themselves: nothing is waited for."""

from concurrent.futures import ThreadPoolExecutor

from app.travaux import file


def vider_la_file(app) -> None:
    """In a thread of its own: the one of the tests may hold the event loop of a browser."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(file.travailler, app, attendre=False).result()
