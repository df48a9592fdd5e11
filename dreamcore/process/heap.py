"""What the C library does with the memory of large arrays that are let go."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

from dreamcore.process.environment import is_glibc

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_ALL = 2**31 - 1
_keeps = False  # only a process that is ours keeps blocks, and gives them back


def keep_blocks() -> None:
    """Let glibc keep freed blocks for the next step, which asks for the same again.

    Blocks that are given back come with pages that have to be cleared first, which takes up to a third of a step's
    time. Other C libraries are left alone, and so is a user's own ``MALLOC_MMAP_THRESHOLD_``.
    """
    global _keeps
    if is_glibc() and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _ALL)
        ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, _ALL)
        _keeps = True


@contextmanager
def blocks_kept() -> Iterator[None]:
    """Begin with no blocks kept from before, and leave none behind, even where the work is broken off."""
    give_back_blocks()
    try:
        yield
    finally:
        give_back_blocks()


def give_back_blocks() -> None:
    """Give what `keep_blocks` has kept back to the system; without it the heap is another program's, and stays so."""
    if _keeps:
        ctypes.CDLL(None).malloc_trim(0)
