"""What the processes that serve keep in memory: what they can, they share."""

import ctypes
import gc
import sys

M_ARENA_MAX = -8
ARENAS = 2
"""Where the threads of a process take their memory; by default eight a core, never given back."""


def tenir_dans_peu_d_arenes() -> None:
    """Before the first thread. Elsewhere than on glibc, nothing to ask."""
    mallopt = _libc("mallopt")
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


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
