"""What can only be chosen before a process starts: the heap of the C library, and how threads wait for each other."""

import os
import sys
from contextlib import suppress

# PyTorch's blocks begin at multiples of 64 bytes. What glibc cuts off before and behind a block goes to its caches of
# small pieces, and there keeps free neighbours apart: blocks of a network then take up to three times the memory that
# is in use, and one and a half times it without these caches.
_HEAP, _WITHOUT_CACHES = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"

# A thread that waits for the others turns round and round, by default for a hundredth of a second. Where another
# program works on the same core (GIMP, say), a gradient then takes up to thirty times as long; with this, four times.
_WAIT, _TURNS, _OTHER_WAIT = "GOMP_SPINCOUNT", "20000", "OMP_WAIT_POLICY"


def prepared(environment):
    """Add to a process's environment what makes networks small and good neighbours; a user's own choice stands."""
    if not _is_glibc():
        return environment
    waiting = {} if _OTHER_WAIT in environment else {_WAIT: _TURNS}
    return {_HEAP: _WITHOUT_CACHES, **waiting, **environment}


def is_without_caches():
    """Whether this process was started so."""
    return os.environ.get(_HEAP) == _WITHOUT_CACHES


def start_again_prepared():
    """Let this process begin anew with the same arguments, once."""
    environment = prepared(os.environ)
    if environment != os.environ and sys.executable:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def _is_glibc():
    with suppress(AttributeError, OSError, ValueError):
        return os.confstr("CS_GNU_LIBC_VERSION").startswith("glibc")
    return False
