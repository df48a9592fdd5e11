"""How many threads compute."""

import os
from math import ceil
from pathlib import Path

import torch

_GROUP = Path("/sys/fs/cgroup")


def use_what_is_granted():
    """Let PyTorch start no more threads than the process may run at a time.

    PyTorch counts the machine's cores; a container is often granted fewer, as time shared out between all of its
    threads, and with more threads than that each waits for the others. A user's ``OMP_NUM_THREADS`` stands.
    """
    if "OMP_NUM_THREADS" not in os.environ and (granted := processors()) < torch.get_num_threads():
        torch.set_num_threads(granted)


def processors(group=_GROUP):
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
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        count = os.cpu_count() or 1
    quota, period = _quota(group)
    return min(count, ceil(quota / period)) if quota > 0 else count


def _quota(group):
    """The microseconds granted in each period, and the period; none below 0."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((group / name).read_text() for name in names).split()
            return (int(quota), int(period)) if quota != "max" else (-1, 1)
        except (OSError, ValueError):
            continue
    return -1, 1
