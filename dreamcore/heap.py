"""How the C library deals with small pieces of memory, which can only be chosen before a process starts."""

import os
import sys
from contextlib import suppress

# PyTorch's blocks begin at multiples of 64 bytes. What glibc cuts off before and behind a block goes to its caches of
# small pieces, and there keeps free neighbours apart: blocks of a network then take up to three times the memory that
# is in use, and one and a half times it without these caches.
_NAME, _WITHOUT_CACHES = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"


def without_caches(environment):
    """Add to a process's environment what makes free neighbours one; a user's own choice is left alone."""
    return {_NAME: _WITHOUT_CACHES, **environment} if _is_glibc() else environment


def is_without_caches():
    """Whether this process was started so."""
    return os.environ.get(_NAME) == _WITHOUT_CACHES


def start_again_without_caches():
    """Let this process begin anew, with the same arguments, so that a network takes less memory."""
    if _is_glibc() and _NAME not in os.environ and sys.executable:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], without_caches(os.environ))


def _is_glibc():
    with suppress(AttributeError, OSError, ValueError):
        return os.confstr("CS_GNU_LIBC_VERSION").startswith("glibc")
    return False
