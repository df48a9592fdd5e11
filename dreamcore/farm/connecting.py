"""Connections to schedulers of dask: of this machine, started for the work, or of others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

import dask
from distributed import Client, LocalCluster, Security, Status

from dreamcore.errors import DreamError
from dreamcore.farm import preload
from dreamcore.farm.addresses import refuse_open, scheduler_address

LOOK = 1.0  # seconds from one look at the workers to the next
ANSWER = 30.0  # seconds in which a scheduler answers
START = 180.0  # seconds in which one of this machine's processes starts, though it is busy
_QUIET = {  # no page about the work at a port of its own, no look at each thread a hundred times a second
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
}


def check_scheduler(place: str, trust_network: bool = False) -> None:
    """Raise a DreamError where no scheduler answers at a place, or others could give its workers orders."""
    with silent_dask(), connected(place, monotonic() + ANSWER) as client:
        if not trust_network:
            with suppress(OSError):  # it went away, which the run itself can wait for
                refuse_open(workers_of(client))


def workers_of(client: Client) -> dict[str, int]:
    """Return the workers that a scheduler has, and how many threads each has."""
    return client.sync(client.scheduler.ncores, callback_timeout=ANSWER)


@contextmanager
def local_cluster(workers: int) -> Iterator[LocalCluster]:
    """Start processes of one thread, which nobody else on this machine can talk to."""
    with dask.config.set(_QUIET):
        cluster = LocalCluster(
            n_workers=0,  # since an error would come of one that ends while it starts
            threads_per_worker=1,
            protocol="tls://",
            security=Security.temporary(),
            memory_limit=0,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
            preload=[preload.MODULE],
            preload_nanny=[preload.MODULE],
        )
        with cluster:
            cluster.scale(workers)
            yield cluster


def revive(cluster: LocalCluster) -> None:
    """Start processes in the place of those that dask has given up, since they did not start again in time."""

    def start() -> None:
        for name, nanny in [*cluster.workers.items()]:
            if nanny.status in (Status.closed, Status.failed):
                del cluster.workers[name]
        cluster.scale(len(cluster.worker_spec))  # which opens what is not among its workers

    if cluster.loop:
        cluster.loop.add_callback(start)


@contextmanager
def connected(place: str | LocalCluster, end: float) -> Iterator[Client]:
    """Connect to a scheduler, which may take until `end` to be there; another one writes its file anew."""
    client = None
    while client is None:
        try:
            client = Client(scheduler_address(place) if isinstance(place, str) else place, set_as_default=False)
        except (OSError, DreamError) as error:
            if monotonic() >= end:
                raise DreamError(f"no scheduler of dask answers at {place}") from error
            sleep(LOOK)
    try:
        yield client
    finally:
        client.close(timeout=LOOK)


@contextmanager
def silent_dask() -> Iterator[None]:
    """Let dask keep its tracebacks to itself; what matters is said in a line."""
    names = ("distributed", "distributed.client", "tornado.application", "asyncio")
    loggers = [*map(logging.getLogger, names)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
