"""Options of commands that let many dream the frames of one sequence together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dreamcore.cli.options import trust_network
from dreamcore.farm.addresses import check_place

if TYPE_CHECKING:
    from dreamcore.sequence import Job

_OPTIONS = (
    click.option(
        "--on",
        metavar="PLACE",
        help="Who dreams: local, processes of this machine; or by a scheduler of dask, tcp://HOST:PORT, "
        "tls://HOST:PORT or its FILE.json.  [default: this process]",
    ),
    trust_network,
    click.option(
        "--threads",
        metavar="N",
        type=click.IntRange(1),
        help="That compute a frame.  [default: all there are; of a clip with --on 1]",
    ),
)
_LOADING = ("device", "precision", "backend", "prototxt")


def options(command: Callable) -> Callable:
    """Add the options that say where frames are dreamed, and by how many threads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class Sharing(NamedTuple):
    """Where frames are dreamed, by how many threads each; and what others need to know besides the recipe."""

    on: str | None
    threads: int | None
    trust_network: bool
    picture: str
    mask: str
    loading: dict[str, Any]

    def threads_for(self, job: Job) -> int | None:
        """Return how many threads compute a frame, None for all; refuse a job that nobody can share."""
        if self.on:
            from dreamcore.farm.sharing import check_shared

            check_shared(job)
        return self.threads or (1 if self.on and job.stands_alone else None)

    def written(self, job: Job, folder: str | os.PathLike, **how: Any) -> Iterator[tuple[int, Path]]:
        """Dream a job into a folder by many, as `dreamcore.write_frames`."""
        from dreamcore.farm.foretelling import Forecast
        from dreamcore.farm.placing import engine_on
        from dreamcore.farm.sharing import RUN, share_frames
        from dreamcore.sequence import work

        count, memory = len(job.numbers), how["memory"]
        forecast = Forecast(-(-count // RUN), count, [], None, work(job), 0, how["plan"].memory)
        threads = self.threads or 1
        engine = engine_on(self.on, forecast, threads=threads, memory=memory, trust_network=self.trust_network)
        return share_frames(job, folder, engine, picture=self.picture, mask=self.mask, loading=self.loading, **how)


def read_sharing(picture: str, values: dict[str, Any]) -> Sharing:
    """Take the options above out of a command's values; refuse a place that is none."""
    place, threads, trusts = (values.pop(name) for name in ("on", "threads", "trust_network"))
    if place:
        check_place(place, trusts)
    loading = {name: values[name] for name in _LOADING if values.get(name) is not None}
    if "prototxt" in loading:
        loading["prototxt"] = os.path.abspath(loading["prototxt"])
    return Sharing(place, threads, trusts, picture, values.get("mask") or "", loading)
