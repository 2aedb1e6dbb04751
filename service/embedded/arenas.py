"""Memory of processes that live long: few heaps for many threads, and no second look at what stays."""

import ctypes
import gc

M_ARENA_MAX = -8
ARENAS = 2
YOUNG = 20_000
"""New objects between two looks of the collector. With Python's 700 every search is looked through several times, though
hardly anything of it lies in a circle."""


def share_heaps() -> None:
    """Let all threads share two heaps; call it before threads start.

    Measured with an import of 601 files: 156 MB resident afterwards instead of 337, and not slower.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def keep_what_is_here() -> None:
    """Let the collector pass over everything that stands now: what start has made stays as long as the process.

    A full collection goes through 150,000 objects of modules and models otherwise, 0.1 s in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
