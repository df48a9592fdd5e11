"""A harness: a reader of ours that is given bytes, seeds of the project's own making, and a way to change them.

A reader returns, or raises a DreamError whose text is one line; whatever else happens is a fault. Each module of this
folder that has harnesses registers them with `@harness`; `tests/fuzz/__init__.py` lists the modules.
"""

import functools
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dreamcore.errors import DreamError

LONGEST = 1.0  # seconds of the processor for one input
MOST_MEMORY = 400 << 20  # bytes that one input may take
SMALL = "4MB"  # of the largest picture, once decoded; what is announced beyond is refused
MOST_BYTES = 8192  # of an input; what is damaged shows in small files
_LINE = 1000  # characters


@dataclass(frozen=True)
class Harness:
    """A reader, its seeds, and a way to change them."""

    name: str
    read: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    change: Callable[[bytes, Random], bytes]
    tests: int  # how many inputs `make test` tries

    def changed(self, data: bytes, random: Random) -> bytes:
        """Return other bytes than these."""
        for _ in range(4):
            other = self.change(data, random)[:MOST_BYTES]
            if other != data:
                return other
        return (data + b"\0")[-MOST_BYTES:]

    def inputs(self, random: Random, more: Sequence[bytes] = ()):
        """Yield seeds, and more of their kind, that were changed once or several times, without end."""
        seeds = self.seeds()
        while True:
            some = more if more and random.random() < 0.5 else seeds
            data = min(random.choice(some), random.choice(some), key=len)  # more is tried of what is short
            for _ in range(random.choice((1, 1, 2, 4))):
                data = self.changed(data, random)
            yield data


HARNESSES: dict[str, Harness] = {}


def harness(name, seeds, change, tests=40):
    """Register a reader; `seeds` is a function that makes them, once."""

    def register(read):
        HARNESSES[name] = Harness(name, read, functools.cache(seeds), change, tests)
        return read

    return register


@functools.cache
def scratch():
    """A folder for files that readers want by name, in memory where there is such a place."""
    memory = Path("/dev/shm")
    holder = tempfile.TemporaryDirectory(prefix="fuzz-", dir=memory if os.access(memory, os.W_OK) else None)
    folder = Path(holder.name)
    scratch.holder = holder  # goes with the process
    return folder


def scratch_file(name, data):
    """Write a file that a reader wants by name."""
    path = scratch() / name
    path.write_bytes(data)
    return path


def attempt(harness, data):
    """Give an input to a reader; return ``"read"`` or ``"refused"``, or raise what it raised, or an AssertionError."""
    memory, begin = peak(), time.process_time()
    result = _outcome(harness, data)
    if time.process_time() - begin > LONGEST:  # other work on the machine may have been in its way once
        begin = time.process_time()
        _outcome(harness, data)
        seconds = time.process_time() - begin
        assert seconds < LONGEST, f"takes {seconds:.1f} s"
    grown = peak() - memory
    assert grown < MOST_MEMORY, f"takes {grown >> 20} MiB"
    return result


def _outcome(harness, data):
    try:
        harness.read(data)
        return "read"
    except DreamError as error:
        check_line(str(error))
        return "refused"


def each_of(functions, *arguments):
    """Call several readers of the same; raise the last DreamError where all of them refuse."""
    errors = []
    for function in functions:
        try:
            function(*arguments)
        except DreamError as error:
            check_line(str(error))
            errors.append(error)
    if len(errors) == len(functions):
        raise errors[-1]


def check_line(text):
    """Check that an error's text is one line of what can be read; the grammar's point at a place below it."""
    first, *pointed = text.split("\n  ")
    assert first.strip(), "an error says nothing"
    assert not pointed or (len(pointed) == 2 and pointed[1].strip() == "^"), f"an error has several lines: {text!r}"
    for line in (first, *pointed):
        is_shown = all(each.isprintable() or "\udc80" <= each <= "\udcff" for each in line)  # as names of files may be
        assert is_shown, f"an error commands the terminal: {line!r}"
        assert len(line) <= _LINE, f"an error has {len(line)} characters: {line[:200]!r}"


def peak():
    """Return the most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
