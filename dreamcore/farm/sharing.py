"""Frames of one job that many make together, in one directory: those that stand alone, and those in between."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from dreamcore.console import echo
from dreamcore.errors import DreamError, NotAllowed, NotEnoughMemory
from dreamcore.farm.cells import Cell
from dreamcore.farm.dreaming import Engine, Event, make_cell_job
from dreamcore.farm.records import Task
from dreamcore.folders import made_folder
from dreamcore.large.plan import Plan
from dreamcore.locks import only_run
from dreamcore.sequence import Job
from dreamcore.sequence.derived import between_paths
from dreamcore.sequence.frames import begin_frames, check_suffix, write_frames
from dreamcore.sequence.resuming import frame_path, missing_files

RUN = 4  # frames of a task: enough that its beginning costs little, so few that nobody waits long for the last one
_OF_CLIPS = ("frames", "transform", "delay", "plays")  # what a clip's job has found out, and is not found out again


def check_shared(job: Job) -> None:
    """Refuse a job none of whose frames can be made without the one before."""
    if job.state is not None:
        raise NotAllowed("frames that go on from those of another folder follow from one another; leave --on out")
    if not job.stands_alone and not job.recipe.sequence.between:
        raise NotAllowed(
            "each of these frames follows from the one before; only those of a clip with --follow 0 can be shared, "
            "and those that --between adds"
        )


def share_frames(
    job: Job,
    folder: str | os.PathLike,
    engine: Engine,
    *,
    picture: str,
    mask: str = "",
    loading: dict[str, Any],
    plan: Plan | None = None,
    memory: int | None = None,
    suffix: str = ".png",
    resume: bool = False,
    progress: Callable[[float, float], Any] = lambda done, total: None,
) -> Iterator[tuple[int, Path]]:
    """Dream a job into a frame directory as `dreamcore.write_frames`, but let an engine make what stands alone.

    Parameters
    ----------
    job : Job
        One that `check_shared` lets pass.
    folder, plan, memory, suffix, resume
        As for `dreamcore.write_frames`.
    engine : callable
        Its processes compute with as many threads as this one does now.
    picture, mask : str
        The files, or clips, that the job is made of.
    loading : dict
        What `dreamcore.load_network` was told besides the model and its colours.
    progress : callable
        Called with (frames done, all that are missing) while the engine works.

    Yields
    ------
    (int, Path)
        Number and file of each new frame, not in their order.

    Raises
    ------
    DreamError
        As `dreamcore.write_frames`; and at the end, when frames could not be made.
    """
    import torch

    check_suffix(suffix)
    folder = Path(folder)
    asked = _OF_CLIPS if job.stands_alone else ()
    cell = Cell(1, picture, job.recipe, kind=suffix[1:], mask=mask, asked=asked, loading=loading)
    task = cell.task(folder, memory=memory, threads=torch.get_num_threads())
    how: dict[str, Any] = {"plan": plan, "memory": memory, "suffix": suffix, "resume": resume}
    task.update(folder=os.path.abspath(folder), record=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which has been said of the job already
        job = make_cell_job(task)  # as those see it who share it: with whole paths
    if job.stands_alone:
        with made_folder(folder), only_run(folder):
            missing = begin_frames(folder, job, **how).missing
            wanted = {number: [frame_path(folder, number, suffix)] for number in missing}
            yield from _made(engine, task, wanted, progress)
        return
    yield from write_frames(folder, job, betweens=False, progress=_by_frames(progress, job.dreams), **how)
    with only_run(folder):
        wanted = {number: _missing_betweens(job, folder, number, suffix) for number in job.numbers}
        yield from _made(engine, task, {number: paths for number, paths in wanted.items() if paths}, progress)


def _by_frames(progress: Callable[[float, float], Any], frames: int) -> Callable[[int, int], None]:
    """Return what tells a progress of frames how far the steps of each are."""
    finished = 0

    def steps(done: int, total: int) -> None:
        nonlocal finished
        progress(min(finished + done / total, frames), frames)
        finished += done == total

    return steps


def _missing_betweens(job: Job, folder: Path, number: int, suffix: str) -> list[Path]:
    """Return the files in between that lead to a frame, and from the last one of a loop to its first, if not there."""
    paths, count = [], job.recipe.sequence.between
    if number > job.first:
        paths += between_paths(folder, number - 1, count, suffix)
    if job.recipe.sequence.loop and number == job.numbers[-1]:
        paths += between_paths(folder, number, count, suffix)
    return missing_files(paths, job.picture.size)


def _made(
    engine: Engine, task: Task, wanted: dict[int, list[Path]], progress: Callable[[float, float], Any]
) -> Iterator[tuple[int, Path]]:
    """Let an engine make the files that are wanted of some frames, and yield them as they come."""
    tasks = {cell: {**task, "cell": cell, "run": run} for cell, run in enumerate(runs_of(wanted), 1)}
    parts = dict.fromkeys(tasks, 0.0)
    failed: dict[str, int] = {}
    noted: set[str] = set()

    def told(event: Event) -> None:
        if event["state"] == "note":
            echo(f"note: {event['text']}", err=True)
            return
        first, stop = tasks[event["cell"]]["run"]
        parts[event["cell"]] = (stop - first) * event.get("part", 1.0)
        progress(sum(parts.values()), len(wanted))

    for outcome in engine(tasks.values(), told):
        for line in {*outcome.get("notes", ())} - noted:
            warnings.warn(line, stacklevel=2)
            noted.add(line)
        if outcome["state"] == "failed":
            failed[outcome["error"]] = outcome["exit"]
            continue
        told(outcome)
        for number in range(*tasks[outcome["cell"]]["run"]):
            yield from ((number, path) for path in wanted[number])
    if failed:
        kind = NotEnoughMemory if NotEnoughMemory.exit_code in failed.values() else DreamError
        more = f" (and {len(failed) - 1} other reasons)" if len(failed) > 1 else ""
        raise kind(f"frames are missing: {next(iter(failed))}{more}; --resume makes what is missing")


def runs_of(numbers: Iterable[int], most: int = RUN) -> list[list[int]]:
    """Return rising numbers as runs without gaps, each the first number and that after the last.

    Examples
    --------
    >>> runs_of([0, 1, 2, 3, 4, 5, 8, 9])
    [[0, 4], [4, 6], [8, 10]]
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number and number - runs[-1][0] < most:
            runs[-1][1] += 1
        else:
            runs.append([number, number + 1])
    return runs
