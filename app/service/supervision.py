"""The processes of a service, watched: the one that dies is started again.

``run.py`` forks one child a task (pages, queue, metrics). A child that ends by itself too often, or
a base that does not come back, ends the service with an error: whoever supervises the machine
(systemd) then decides. One that is killed (by a hand, or for want of memory) is always started
again.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import click

from app.service import temporaires
from app.service.serveur import mourir_avec_le_parent

ARRETS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
SURVEILLES = {*ARRETS, signal.SIGCHLD}
PERIODE_SECONDES = 1.0
MORTS_ADMISES = 10
FENETRE_SECONDES = 60.0
"""A child may end so many times in so many seconds; one more is an error of the service."""
DELAI_D_ARRET_SECONDES = 45.0
"""Children asked to stop may take that long: gunicorn lets requests end for 30 seconds."""


@dataclass
class Enfant:
    """A task that must always run, in a process of its own."""

    nom: str
    travail: Callable[[], object]
    """Called in the child; the child ends when it returns."""
    pid: int = 0
    morts: list[float] = field(default_factory=list)
    """When it ended lately without being killed (monotonic clock)."""

    @property
    def meurt_trop(self) -> bool:
        recentes = [mort for mort in self.morts if mort > time.monotonic() - FENETRE_SECONDES]
        return len(recentes) > MORTS_ADMISES


class Superviseur:
    """Starts the children, starts again those that die, stops all of them together."""

    def __init__(self, enfants: list[Enfant], veiller: Callable[[], None]):
        self.enfants = enfants
        self.veiller = veiller
        """Called every second; raises ``click.ClickException`` when the service cannot go on."""

    def servir(self) -> int:
        """Run until asked to stop; return the exit code."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SURVEILLES)
        for enfant in self.enfants:
            self._lancer(enfant)
        try:
            return self._surveiller()
        except click.ClickException as refus:
            refus.show()
            return refus.exit_code
        finally:
            self._arreter()

    def _surveiller(self) -> int:
        while True:
            recu = signal.sigtimedwait(SURVEILLES, PERIODE_SECONDES)
            if recu is not None and recu.si_signo in ARRETS:
                return 0
            for enfant in self._morts():
                if enfant.meurt_trop:
                    click.echo(f"{enfant.nom} : meurt sans cesse, le service s’arrête.", err=True)
                    return 1
                click.echo(f"{enfant.nom} : relancé.", err=True)
                self._lancer(enfant)
            self.veiller()

    def _lancer(self, enfant: Enfant) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        enfant.pid = os.fork()
        if not enfant.pid:
            _vivre(enfant, parent)

    def _morts(self) -> list[Enfant]:
        """The children that died since the last look; what they left is erased."""
        finis = []
        for enfant in self.enfants:
            if not enfant.pid:
                continue
            pid, fin = os.waitpid(enfant.pid, os.WNOHANG)
            if not pid:
                continue
            temporaires.effacer(pid)
            enfant.pid = 0
            if not (os.WIFSIGNALED(fin) and os.WTERMSIG(fin) == signal.SIGKILL):
                enfant.morts.append(time.monotonic())
            finis.append(enfant)
        return finis

    def _arreter(self) -> None:
        """Ask every child to stop, and insist when it does not."""
        limite = time.monotonic() + DELAI_D_ARRET_SECONDES
        self._signaler(signal.SIGTERM)
        while any(enfant.pid for enfant in self.enfants):
            self._morts()
            if time.monotonic() > limite:
                self._signaler(signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SURVEILLES)

    def _signaler(self, numero: int) -> None:
        for enfant in self.enfants:
            if enfant.pid:
                os.kill(enfant.pid, numero)


def _vivre(enfant: Enfant, parent: int) -> None:
    """In the child: do the work, then leave without the exit hooks, which are the parent's.

    Nor its ``finally``: a stop that already waits is met inside the block.
    """
    code = 1
    try:
        mourir_avec_le_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SURVEILLES)
        temporaires.choisir()
        enfant.travail()
        code = 0
    except SystemExit as fin:
        if isinstance(fin.code, int):
            code = fin.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
