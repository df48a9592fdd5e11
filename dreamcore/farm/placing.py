"""Where a sweep is dreamed: in this process, in several of this machine, or by the workers of a scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dreamcore.extras import DASK
from dreamcore.farm.addresses import HERE, LOCAL
from dreamcore.farm.dreaming import Engine, Outcome, Task, Told, note
from dreamcore.farm.foretelling import Forecast
from dreamcore.farm.showing import dream_shown
from dreamcore.process.allotment import free_memory, granted_threads

SHORTEST = 30.0  # seconds that a sweep takes in one process, from which on several take less, with their beginning
_SHARE = 0.6  # of the memory that is free


def dream_here(tasks: Iterable[Task], told: Told) -> Iterator[Outcome]:
    """Dream tasks in this process, one after the other: the plainest engine."""
    for task in tasks:
        yield dream_shown(task, told)


def engine_on(
    on: str | None, forecast: Forecast, *, threads: int, memory: int | None = None, trust_network: bool = False
) -> Engine:
    """Return what dreams the cells of a sweep where somebody wishes, or where it is quickest.

    Parameters
    ----------
    on : str or None
        ``"here"``, in this process, or as for `dreamcore.farm.engine.cluster_engine`. None is ``"local"`` where that
        pays: there are several cells, processors for them, and more work than it takes to start processes.
    forecast : Forecast
        What the cells will take.
    threads : int
        How many compute a cell.
    memory : int, optional
        Bytes that the program may take, all its processes together.
    trust_network : bool
        As for `cluster_engine`.

    Raises
    ------
    DreamError
        When dask.distributed is needed and is not there, `on` is no place, or no scheduler answers there.
    """
    if on == HERE:
        return dream_here
    if on is None:
        workers = _processes(forecast, threads, memory)
        if workers < 2 or forecast.guessed < SHORTEST:
            return dream_here
        if not DASK.is_there():
            return _with_hint(workers)
    else:
        DASK.load(f"--on {on}")
    from dreamcore.farm.connecting import check_scheduler
    from dreamcore.farm.engine import cluster_engine

    if on not in (None, LOCAL):
        engine = cluster_engine(on, trust_network=trust_network)
        check_scheduler(on, trust_network)
        return engine
    workers = max(1, _processes(forecast, threads, memory))
    share = int(memory or _SHARE * free_memory()) // workers
    engine = cluster_engine(LOCAL, workers=workers)
    return lambda tasks, told: engine(({**task, "memory": share} for task in tasks), told)


def _processes(forecast: Forecast, threads: int, memory: int | None) -> int:
    """Return how many processes this machine has processors and memory for."""
    room = (memory or _SHARE * free_memory()) / max(1, forecast.memory)
    return int(min(granted_threads() // threads, forecast.cells, room))


def _with_hint(workers: int) -> Engine:
    def engine(tasks: Iterable[Task], told: Told) -> Iterator[Outcome]:
        told(note(f"one cell at a time; {DASK.command()} lets {workers} processes work"))
        yield from dream_here(tasks, told)

    return engine
