"""Memory that measures no longer need goes back to the system at once, not when the C library sees fit."""

from __future__ import annotations

import ctypes
import sys

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # of glibc's malloc.h
LARGE = 1_000_000
"""Bytes from which on a block is the system's own again when it is freed."""
ARENAS = 2
"""Heaps of small blocks; each session's thread would open another."""


def return_what_is_freed() -> bool:
    """Have large blocks mapped one by one, and few heaps; return whether this C library takes it (glibc does).

    By itself glibc raises the size from which on it maps blocks up to 32 MB, and keeps what is smaller.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(_MMAP_THRESHOLD, LARGE)) and bool(mallopt(_ARENA_MAX, ARENAS))
