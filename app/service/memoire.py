"""What the processes that serve keep in memory: what they can, they share."""

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable

import click

M_ARENA_MAX = -8
ARENAS = 2
"""Where the threads of a process take their memory; by default eight a core, never given back."""


def tenir_dans_peu_d_arenes() -> None:
    """Before the first thread. Elsewhere than on glibc, nothing to ask."""
    mallopt = _libc("mallopt")
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def sans_rien_garder(faire: Callable[[], None]) -> None:
    """Do it in a process of its own: this one keeps nothing of what it reads and makes.

    Exits with its code when it fails; it has said why.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    enfant = os.fork()
    if enfant == 0:
        os._exit(_code_de(faire))
    try:
        _, statut = os.waitpid(enfant, 0)
    except BaseException:  # asked to stop: so is the child
        os.kill(enfant, signal.SIGTERM)
        os.waitpid(enfant, 0)
        raise
    code = os.waitstatus_to_exitcode(statut)
    if code:
        sys.exit(code)


def _code_de(faire: Callable[[], None]) -> int:
    """The exit code of this process, which ends without the exit hooks of its parent."""
    try:
        faire()
    except click.ClickException as refus:
        refus.show()
        return refus.exit_code
    except KeyboardInterrupt:
        return 130
    except SystemExit as fin:
        return fin.code if isinstance(fin.code, int) else 1
    except BaseException:  # noqa: BLE001 (told, as the interpreter does)
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def avant_de_se_diviser() -> None:
    """What the application holds for good is never looked through again, which would copy it in
    each child; what starting took is given back."""
    gc.collect()
    gc.freeze()
    malloc_trim = _libc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


def _libc(nom: str):
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), nom, None)
