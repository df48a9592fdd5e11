"""What the C library does with the memory of large arrays that are let go."""

import ctypes
import os
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_MOST = 2**31 - 1


def keep_large_blocks():
    """Let glibc keep freed blocks of any size for the next step, which asks for the same again.

    Left alone it gives arrays of more than 32 MB back to the system and asks for others, whose pages are cleared first;
    at 1024x768 that takes a quarter of a step's time. Other C libraries are left alone, and so is a user's own
    ``MALLOC_MMAP_THRESHOLD_``.
    """
    if _is_glibc() and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _MOST)
        ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, _MOST)


def give_back_blocks():
    """Give what glibc has kept back to the system, at the end of a dream."""
    if _is_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _is_glibc():
    with suppress(OSError, AttributeError):
        return sys.platform == "linux" and bool(ctypes.CDLL(None).gnu_get_libc_version)
    return False
