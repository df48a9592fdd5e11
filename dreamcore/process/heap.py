"""What the C library does with the memory of large arrays that are let go."""

import ctypes
import os
import sys
from contextlib import contextmanager, suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_ALL = 2**31 - 1


def keep_blocks():
    """Let glibc keep freed blocks for the next step, which asks for the same again.

    Blocks that are given back come with pages that have to be cleared first, which takes up to a third of a step's
    time. Other C libraries are left alone, and so is a user's own ``MALLOC_MMAP_THRESHOLD_``.
    """
    if _is_glibc() and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _ALL)
        ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, _ALL)


@contextmanager
def blocks_kept():
    """`keep_blocks` for a while, with nothing kept from before, and nothing afterwards, even where it is broken off."""
    give_back_blocks()
    keep_blocks()
    try:
        yield
    finally:
        give_back_blocks()


def give_back_blocks():
    """Give all that glibc has kept back to the system."""
    if _is_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _is_glibc():
    with suppress(OSError, AttributeError):
        return sys.platform == "linux" and bool(ctypes.CDLL(None).gnu_get_libc_version)
    return False
