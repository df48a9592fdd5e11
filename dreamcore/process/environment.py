"""What is read once, when a process starts or loads a library: how the heap cuts blocks, and how threads wait."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path

from dreamcore.errors import NotEnoughMemory
from dreamcore.text import size_text

# PyTorch's blocks begin at multiples of 64 bytes. What glibc cuts off before and behind a block goes to its caches of
# small pieces, and there keeps free neighbours apart: blocks of a network then take up to three times the memory that
# is in use, and one and a half times it without these caches.
_HEAP = "GLIBC_TUNABLES"
_WITHOUT_CACHES = ("glibc.malloc.tcache_count=0", "glibc.malloc.mxfast=0")

# A thread that waits for the others turns round and round, by default 300,000 times, before it sleeps. Where other
# programs are as busy as this one, a gradient then takes up to fifty times as long, and with this two to seven times.
_WAIT, _TURNS, _OTHER_WAIT = "GOMP_SPINCOUNT", "5000", "OMP_WAIT_POLICY"
_is_told = False  # whether PyTorch was loaded by dreamcore, and so its threads wait no longer than that

_PYTORCH = 12 * 10**8  # bytes that it, LLVM and their libraries take of a process's addresses, most of them unused

_MARK = "dreamcore"  # of a process that has begun anew; an option of Python stays where an environment is emptied
_PROGRAMS = ("dreamcore", "dreamcore.__main__")  # the console script, and ``python -m dreamcore``


def prepared(environment: Mapping[str, str]) -> dict[str, str]:
    """Add to a process's environment what makes networks small and good neighbours; a user's own choice stands."""
    heap = {_HEAP: ":".join(_WITHOUT_CACHES)} if is_glibc() else {}
    return {**heap, **waiting(environment), **environment}


def waiting(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what is to be added to an environment, before PyTorch is loaded, so that waiting threads soon sleep."""
    return {} if not is_glibc() or environment.keys() & {_WAIT, _OTHER_WAIT} else {_WAIT: _TURNS}


@contextmanager
def short_waits() -> Iterator[None]:
    """Let PyTorch, where dreamcore is what loads it, read how its threads wait; the environment is then as before."""
    global _is_told
    more = {} if "torch" in sys.modules else waiting(os.environ)
    with briefly(more):
        yield
    _is_told = _is_told or bool(more) and "torch" in sys.modules


def refuse_pytorch_without_room() -> None:
    """Let an import of PyTorch, in this process that is ours, raise NotEnoughMemory where a limit leaves it too little.

    It would end the process without a word, or with one that says nothing of memory.
    """
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _PYTORCH:
        sys.meta_path.insert(0, _WithoutRoom(limit))


class _WithoutRoom(MetaPathFinder):
    def __init__(self, limit: int) -> None:
        self.limit = limit

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "torch":
            raise NotEnoughMemory(
                f"this process may take {size_text(self.limit)} of memory (ulimit -v); PyTorch needs "
                f"{size_text(_PYTORCH)} to start, and a picture more"
            )


@contextmanager
def briefly(more: Mapping[str, str]) -> Iterator[None]:
    """Add to the environment what a library reads once, while it is loaded; a user's own choice stands."""
    added = {name: value for name, value in more.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def is_too_late() -> bool:
    """Return whether PyTorch was loaded by others, so that its threads can no longer be told how to wait."""
    return "torch" in sys.modules and bool(waiting(os.environ)) and not _is_told


def is_without_caches() -> bool:
    """Return whether this process was started with a heap whose free neighbours become one."""
    return is_glibc() and _tunables_at_start() >= {each.encode() for each in _WITHOUT_CACHES}


def start_again_prepared() -> None:
    """Let the command `dreamcore` begin anew with the same arguments, once; any other program just goes on."""
    environment = prepared(os.environ)
    if environment == os.environ or _MARK in sys._xoptions or _program() not in _PROGRAMS or not sys.executable:
        return
    with suppress(OSError):
        command = [sys.executable, "-X", f"{_MARK}=prepared", *sys.orig_argv[1:]]
        os.execve(sys.executable, command, environment)


def _program() -> str:
    """Return the module or the file that Python was started with."""
    program = sys.modules["__main__"]
    spec = getattr(program, "__spec__", None)
    return spec.name if spec else Path(getattr(program, "__file__", None) or "").name


@cache
def _tunables_at_start() -> set[bytes]:
    """Return the heap's settings that this process was started with; what was set later came too late."""
    with suppress(OSError):
        block = Path("/proc/self/environ").read_bytes()
        if here := re.search(rb"(?:^|\0)" + _HEAP.encode() + rb"=((?:[^\0]|\0(?=glibc\.))*)", block):
            return {*re.split(rb"[\0:]", here[1])}  # some versions of glibc put zeros between them
    return set()


def is_glibc() -> bool:
    """Return whether the C library is GNU's, which reads all this."""
    with suppress(AttributeError, OSError, ValueError):
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    return False
