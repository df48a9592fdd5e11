"""How many threads compute."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dreamcore.process.allotment import granted_threads, usable_processors

_THREADS = "OMP_NUM_THREADS"


def use_what_is_granted() -> None:
    """Let PyTorch start no more threads than the process may run at a time.

    PyTorch counts the machine's cores; a container, or a task of a farm, is often granted fewer, as time shared out
    between all of its threads, and with more threads than that each waits for the others. A user's ``OMP_NUM_THREADS``
    stands.
    """
    if _THREADS in os.environ:
        return
    granted = granted_threads()
    if torch := sys.modules.get("torch"):
        if granted < torch.get_num_threads():
            torch.set_num_threads(granted)
    elif granted < usable_processors():
        os.environ[_THREADS] = str(granted)  # for PyTorch to read, so that `--help` need not wait until it is loaded


@contextmanager
def computing_with(threads: int | None) -> Iterator[None]:
    """Compute with so many threads, as long as the block lasts; with as many as before where it is None."""
    if threads is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
