"""How many threads compute."""

from __future__ import annotations

import os
import sys
from math import ceil
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")
_THREADS = "OMP_NUM_THREADS"


def use_what_is_granted() -> None:
    """Let PyTorch start no more threads than the process may run at a time.

    PyTorch counts the machine's cores; a container is often granted fewer, as time shared out between all of its
    threads, and with more threads than that each waits for the others. A user's ``OMP_NUM_THREADS`` stands.
    """
    if _THREADS in os.environ:
        return
    granted = processors()
    if torch := sys.modules.get("torch"):
        if granted < torch.get_num_threads():
            torch.set_num_threads(granted)
    elif granted < _usable():
        os.environ[_THREADS] = str(granted)  # for PyTorch to read, so that `--help` need not wait until it is loaded


def processors(group: Path = _GROUP) -> int:
    """Count the processors that this process may keep busy: those it may run on, or the time granted to its group.

    Parameters
    ----------
    group : Path
        The control group's folder, of either version.

    Returns
    -------
    int
        At least 1.
    """
    quota, period = _quota(group)
    return min(_usable(), ceil(quota / period)) if quota > 0 else _usable()


def _usable() -> int:
    """Count the processors that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        return os.cpu_count() or 1


def _quota(group: Path) -> tuple[int, int]:
    """Return the microseconds granted in each period, and the period; none below 0."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((group / name).read_text() for name in names).split()
            return (int(quota), int(period)) if quota != "max" else (-1, 1)
        except (OSError, ValueError):
            continue
    return -1, 1
