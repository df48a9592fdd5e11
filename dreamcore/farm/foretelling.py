"""What a sweep will take, found before anything is dreamed; and whether each combination can be dreamed at all."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from dreamcore.animations import played
from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.farm.axes import RECIPE
from dreamcore.farm.dreaming import make_cell_job
from dreamcore.farm.sweep import Sweep
from dreamcore.sequence.job import Job
from dreamcore.sequence.planning import foretell, plan_job, work
from wand_tools import check_animation

_MOST = 1000  # combinations of which each is looked at; of more, each value of each axis and as many again
_NEUTRAL = ("seed",)  # axes that decide neither whether a cell can be dreamed nor how long it takes
_PACE = 2e5  # steps times pixels that dreamlet takes in a second, by one thread, all octaves together
_PNG, _JPEG, _STATE = 1.8, 0.4, 24  # bytes of a pixel on disk: of a dreamed frame, and of the state


@dataclass(frozen=True)
class Forecast:
    """What some cells of a sweep will take.

    Attributes
    ----------
    cells, frames : int
    order : list of int
        The cells' numbers as they are best begun: the longest first, those that share a model one after the other.
    seconds : float or None
        Of all cells, one after the other; None where it has not been measured.
    guessed : float
        The same, or where it has not been measured what a small network would take.
    disk : int
        Bytes, about.
    memory : int
        Bytes that the largest cell takes.
    """

    cells: int
    frames: int
    order: list[int]
    seconds: float | None
    guessed: float
    disk: int
    memory: int


class _Kind(NamedTuple):
    """What all cells take that differ in their seeds alone."""

    frames: int
    work: float
    disk: float
    memory: int


def foresee(
    sweep: Sweep,
    numbers: Iterable[int],
    *,
    memory: int | None = None,
    measured: bool = False,
    progress: Callable[[float, float | None], Any] | None = None,
) -> Forecast:
    """Check cells of a sweep, and say what they will take on this machine.

    Parameters
    ----------
    sweep : Sweep
    numbers : iterable of int
        Of the cells.
    memory : int, optional
        Bytes that a cell may take.
    measured : bool
        Whether to measure the pace, which itself takes some seconds.
    progress : callable, optional
        Called with (combinations looked at, all of them).

    Returns
    -------
    Forecast

    Raises
    ------
    DreamError
        When a combination cannot be dreamed; it names the first cell that has it. One that needs more memory than
        there is is left to fail alone.
    """
    kinds: dict[tuple[int, ...], list[int]] = {}
    for number in numbers:
        _, run = sweep.numbering.placed(number)
        places = (place for name, place in sweep.places(number).items() if name not in _NEUTRAL)
        kinds.setdefault((len(run or ()), *places), []).append(number)
    looked: dict[tuple[int, ...], _Kind] = {}
    paces: dict[str, dict] = {}
    names = ["run", *(name for name in sweep.places(1) if name not in _NEUTRAL)]
    model = names.index("model") if "model" in names else -1
    # Cells that share a model come one after the other, and among them those that share a picture, the last axis.
    wanted = sorted(_sample([*kinds]), key=lambda kind: (kind[model], kind[::-1]))
    for done, kind in enumerate(wanted):
        looked[kind] = _look(sweep, kinds[kind][0], memory, paces if measured else None)
        if progress is not None:
            progress(done + 1, len(wanted))
    return _summed(sweep, kinds, looked, measured)


def _sample(kinds: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return all kinds where they are not too many; else some evenly spread, and each value of each axis once."""
    if len(kinds) <= _MOST:
        return kinds
    seen: set[tuple[int, int]] = set()
    chosen = []
    for place, kind in enumerate(kinds):
        values = {*enumerate(kind)}
        if values - seen or place % (len(kinds) // _MOST) == 0:
            chosen.append(kind)
            seen |= values
    return chosen


def _look(sweep: Sweep, number: int, memory: int | None, paces: dict[str, dict] | None) -> _Kind:
    cell = sweep.cell(number)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each cell says them when it is dreamed
            job = make_cell_job(cell.task("."))
            if sweep.animate:
                path = Path(f"{cell.name}.{sweep.animate}")
                check_animation(path, len(job.delays), **played(job, path))
            frames = len(cell.run or job.delays)
            part, disk = frames / len(job.delays), _bytes(job, sweep, frames)
            try:
                plan = plan_job(job, memory)
            except NotEnoughMemory:
                return _Kind(frames, 0, disk, 0)
            if paces is None:
                return _Kind(frames, part * work(job), disk, plan.memory)
            known = paces.setdefault(job.network.name + job.network.sha256, {})
            return _Kind(frames, part * (foretell(job, plan, known).seconds or 0), disk, plan.memory)
    except DreamError as error:
        raise error.within(cell.title) from None


def _bytes(job: Job, sweep: Sweep, frames: int) -> float:
    width, height = job.picture.size
    frame = _PNG if sweep.kind == "png" else _JPEG
    return width * height * (frames * frame + (0 if sweep.still or job.stands_alone else _STATE))


def _summed(
    sweep: Sweep, kinds: dict[tuple[int, ...], list[int]], looked: dict[tuple[int, ...], _Kind], measured: bool
) -> Forecast:
    frames, work, disk, memory = zip(*looked.values(), strict=True) if looked else ((0,),) * 4
    usual = _Kind(round(mean(frames)), mean(work), mean(disk), 0)  # where it has not been looked at
    each_kind = [(looked.get(kind, usual), numbers) for kind, numbers in kinds.items()]
    works = {number: kind.work for kind, numbers in each_kind for number in numbers}

    def place(number: int) -> tuple:
        places = sweep.places(number)
        return -works[number], places.get("model"), places[RECIPE], number

    return Forecast(
        cells=len(works),
        frames=sum(kind.frames * len(numbers) for kind, numbers in each_kind),
        order=sorted(works, key=place),
        seconds=sum(works.values()) if measured else None,
        guessed=sum(works.values()) / (1 if measured else _PACE),
        disk=int(sum(kind.disk * len(numbers) for kind, numbers in each_kind)),
        memory=max(memory),
    )
