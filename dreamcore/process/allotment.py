"""What this process may take of the machine: threads and memory, as a scheduler or its control group grants them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path

_GROUPS, _OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_MEMINFO, _OWN_PAGES = Path("/proc/meminfo"), Path("/proc/self/statm")
_KIB, _MIB = 2**10, 2**20

# Each version of control groups has its own files: for memory the limit, what is used, and in the statistics what of
# that are pages of files, which the kernel gives back when it is asked for memory.
_MEMORY_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
_TIME_FILES = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))


def granted_threads() -> int:
    """Count the threads that this process may keep busy at a time.

    Returns
    -------
    int
        The least of what holds, and at least 1: the processors that it may run on, the time that is granted to its
        control groups, and what SLURM (``SLURM_CPUS_PER_TASK``, or else ``SLURM_CPUS_ON_NODE``) and OpenCue
        (``CUE_THREADS``) say.

    Examples
    --------
    >>> granted_threads() >= 1
    True
    """
    return max(1, min([usable_processors(), *_said_threads(os.environ), *_granted_time()]))


def usable_processors() -> int:
    """Count the processors that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        return os.cpu_count() or 1


def free_memory() -> int:
    """Return the bytes of memory that this process may still take.

    Returns
    -------
    int
        The least of what holds: what is free on the machine, what is left of the limits of its control groups, and
        what is left of what SLURM (``SLURM_MEM_PER_NODE``, ``SLURM_MEM_PER_CPU``) and OpenCue (``CUE_MEMORY``) say.

    Examples
    --------
    >>> free_memory() > 0
    True
    """
    said = [size - _taken() for size in _said_memory(os.environ)]
    return max(0, min([_free_on_machine(), *_left_in_groups(), *said]))


def _said_threads(environment: Mapping[str, str]) -> list[int]:
    slurm = _whole(environment, "SLURM_CPUS_PER_TASK") or _whole(environment, "SLURM_CPUS_ON_NODE")
    return [each for each in (slurm, _whole(environment, "CUE_THREADS")) if each]


def _said_memory(environment: Mapping[str, str]) -> list[int]:
    """Return the bytes that schedulers say; SLURM counts in MiB, OpenCue in KiB, and 0 is all of the machine."""
    processors = _whole(environment, "SLURM_CPUS_ON_NODE") or 1
    sizes = [
        _MIB * _whole(environment, "SLURM_MEM_PER_NODE"),
        _MIB * _whole(environment, "SLURM_MEM_PER_CPU") * processors,
        _KIB * _whole(environment, "CUE_MEMORY"),
    ]
    return [size for size in sizes if size]


def _whole(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def _granted_time() -> Iterator[int]:
    """Yield, for each control group of this process that limits its time, so many processors as that is."""
    for group in _groups("cpu"):
        for names in _TIME_FILES:
            with suppress(OSError, ValueError):
                quota, period = map(int, " ".join((group / name).read_text() for name in names).split())
                if quota > 0:
                    yield ceil(quota / period)


def _left_in_groups() -> Iterator[int]:
    for group in _groups("memory"):
        for limit, used, files in _MEMORY_FILES:
            with suppress(OSError, ValueError):
                taken = int((group / used).read_text()) - _statistic(group / "memory.stat", files)
                yield int((group / limit).read_text()) - taken


def _statistic(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0


def _groups(controller: str) -> Iterator[Path]:
    """Yield the control groups that this process is in, of either version: its own, those above it, the root."""
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:
        lines = []
    roots = {_GROUPS: "/", _GROUPS / controller: "/"}  # in a container, whose own group is the root that it sees
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") or not controllers:
            roots[_GROUPS / controller if controllers else _GROUPS] = path
    for root, path in roots.items():
        own = root / path.strip("/") if ".." not in path else root  # a group outside of what a container sees
        for group in (own, *own.parents):
            yield group
            if group == root:
                break


def _free_on_machine() -> int:
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable"):
                return _KIB * int(line.split()[1])
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return 4 * 10**9


def _taken() -> int:
    """Return the bytes that this process takes by now."""
    try:
        return int(_OWN_PAGES.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0
