"""Runs of a sweep: what is missing goes to an engine, which dreams it; what comes back is counted and shown."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.farm.addresses import HERE
from dreamcore.farm.dreaming import Engine, Event, Outcome, Task, Told
from dreamcore.farm.foretelling import Forecast, foresee
from dreamcore.farm.placing import engine_on
from dreamcore.farm.records import is_whole
from dreamcore.farm.results import are_all_made, as_begun, missing, write_sweep
from dreamcore.farm.showing import animate_results, is_shown, show_results, thumbnails_of
from dreamcore.farm.sweep import Sweep
from dreamcore.files import check_room
from dreamcore.process.threads import computing_with


@dataclass(frozen=True)
class Summary:
    """What a run has come to.

    Attributes
    ----------
    there : int
        Cells that were whole before.
    made : list of dict
        The outcomes of those that were dreamed, as `dreamcore.farm.dreaming.dream_cell` returns them.
    failed : list of dict
        The outcomes of those that failed.
    """

    there: int
    made: list[Outcome] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)

    @property
    def complaint(self) -> str:
        """Say how many cells failed; nothing where none did."""
        failed, made = len(self.failed), len(self.made)
        return f"{failed} of {failed + made} cells failed; see cell.json in each" if failed else ""

    @property
    def exit_code(self) -> int:
        """Of a command: 0 where all cells are whole, 33 where one lacked memory, what all failed with, or else 1."""
        codes = {outcome["exit"] for outcome in self.failed} or {0}
        if NotEnoughMemory.exit_code in codes:
            return NotEnoughMemory.exit_code
        return codes.pop() if len(codes) == 1 else DreamError.exit_code


def _nobody(event: Event) -> None:
    pass


def run_sweep(
    sweep: Sweep,
    out: str | os.PathLike,
    *,
    numbers: Iterable[int] | None = None,
    on: str | None = HERE,
    trust_network: bool = False,
    engine: Engine | None = None,
    memory: int | None = None,
    threads: int = 1,
    measured: bool = False,
    foretold: Callable[[Forecast], Any] | None = None,
    told: Told | None = None,
) -> Summary:
    """Dream the cells of a sweep that are missing in its folder.

    Killed at any moment and run again, it makes the same files as a run that was never stopped; at most the frames in
    work are dreamed twice. Several runs may work in one folder at a time, on different cells. In the end a sheet and a
    page are written, by the run that was to dream all cells or the one after which all are there.

    Parameters
    ----------
    sweep : Sweep
    out : str or Path
        The folder; see `dreamcore.farm.results.as_begun`.
    numbers : iterable of int, optional
        Of the cells, all by default.
    on : str or None
        Where they are dreamed: ``"here"``, one after the other in this process; ``"local"``, in several of this
        machine; the address of a scheduler of dask, or its file; None is the quicker one of the first two. A script
        that starts processes does so below ``if __name__ == "__main__":``, since each of them reads it.
    trust_network : bool
        Allow a scheduler whom others could give orders, too.
    engine : callable, optional
        What dreams them, in place of what `on` names.
    memory : int, optional
        Bytes that the program may take, all its processes together.
    threads : int
        How many compute a cell; its last digits depend on it, wherever that is.
    measured : bool
        Whether to measure before what the cells will take, which itself takes some seconds.
    foretold : callable, optional
        Called with a `Forecast` before anything is dreamed.
    told : callable, optional
        Called with the events of the engine, and with each outcome.

    Returns
    -------
    Summary

    Raises
    ------
    DreamError
        When the folder is of something else, or a combination of values cannot be dreamed; at the end, when an
        animation cannot be made. A cell that fails later on is one of the summary's.

    Warns
    -----
    UserWarning
        What the cells have to say: that the picture is small for so many octaves, that nothing moves; once each.
    """
    wanted = range(1, len(sweep) + 1) if numbers is None else [*numbers]
    sweep = as_begun(sweep, out)
    left = [*missing(sweep, out, wanted)]
    with computing_with(threads):
        forecast = foresee(sweep, left, memory=memory, measured=measured)
    check_room(out, forecast.disk // 2)  # pictures may be plainer than usual
    if foretold is not None:
        foretold(forecast)
    engine = engine or engine_on(on, forecast, threads=threads, memory=memory, trust_network=trust_network)
    write_sweep(sweep, out)

    def task(number: int) -> Task:
        cell = sweep.cell(number)
        return {**cell.task(out, memory=memory, threads=threads), "thumbnails": thumbnails_of(sweep, out, cell)}

    outcomes: dict[str, list[Outcome]] = {"there": [], "made": [], "failed": []}
    noted: set[str] = set()
    for outcome in engine(map(task, forecast.order), told or _nobody):
        outcomes[outcome["state"]].append(outcome)
        for line in {*outcome.get("notes", ())} - noted:  # many cells may say the same
            warnings.warn(f"cell {outcome['cell']}: {line}", stacklevel=2)
            noted.add(line)
        (told or _nobody)(outcome)
    failed = [each for each in outcomes["failed"] if not is_whole(task(each["cell"]))]  # but by another run, meanwhile
    there = len(wanted) - len(outcomes["made"]) - len(failed)
    summary = Summary(there, outcomes["made"], failed)
    is_new = summary.made or summary.failed or not is_shown(out)
    if is_new and (len(wanted) == len(sweep) or are_all_made(sweep, out)):
        show_results(sweep, out)
    animate_results(sweep, out, wanted)
    return summary
