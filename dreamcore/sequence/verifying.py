"""Frames that are dreamed again, and compared with those that are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.pictures import read_picture
from dreamcore.process.threads import computing_with
from dreamcore.sequence.frames import Directory, machine
from dreamcore.sequence.job import Job, make_job
from dreamcore.sequence.kept_curves import KeptCurves
from dreamcore.sequence.loop import dreams
from dreamcore.sequence.naming import looks_back
from dreamcore.sequence.planning import plan_job
from dreamcore.sequence.recipe import recipe_from_notes
from dreamcore.sequence.resuming import STATE, frame_files, plan_of, read_settings, read_state, refuse_others

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.sequence.resuming import State


_MOST_THREADS = 1024  # more is damage


class Verified(NamedTuple):
    """A frame that was dreamed again.

    Attributes
    ----------
    path : Path
        The one that was there.
    difference : str
        How it differs; empty where both are the same to the byte.
    """

    path: Path
    difference: str


def job_of(settings: Mapping[str, Any], picture: Any, mask: Any, load: Callable[..., Network]) -> Job:
    """Return the job that a frame directory was made by.

    Parameters
    ----------
    settings : dict
        As `dreamcore.sequence.read_settings` returns them.
    picture, mask, load
        As for `dreamcore.sequence.make_job`; the directory knows only what they look like.

    Raises
    ------
    DreamError
        As `make_job`, or where the settings are damaged.
    """
    if settings.get("from"):
        raise DreamError("frames that go on from those of another directory cannot be verified; verify that one")
    recipe, heard, frames = recipe_from_notes(settings), settings.get("heard"), settings.get("frames")
    if not isinstance(frames, int):
        raise DreamError("the directory does not say how many frames it has; dream on with this version, and it will")
    recipe = replace(recipe, heard=KeptCurves.of(heard) if heard else None)
    asked = {"frames": frames, "between": settings.get("between"), "transform": recipe.sequence.transform}
    return make_job(picture, None, recipe, mask=mask, load=load, **asked)


def verify_frames(
    folder: str | os.PathLike,
    job: Job,
    count: int,
    *,
    numbers: range | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[Verified]:
    """Dream the first frames of a directory again, and the last one, and compare them with the files.

    Each frame follows from the one before in full precision, which is kept of the last two alone. So the first frames
    are dreamed again from the picture on, those in between among them; and the last one from the one before, unless it
    also depends on what is no longer there: a transform that mixes with the frame before, a loop's first lap, what had
    tired by then. Of frames that stand alone, so many are dreamed again from all over the directory.

    Parameters
    ----------
    folder : path-like
    job : Job
        That it was made by.
    count : int
        How many frames to dream from the first on.
    numbers : range, optional
        Of the frames that are meant, where they stand alone; all by default.
    progress : callable, optional
        As for `dreamcore.sequence.write_frames`.

    Yields
    ------
    Verified

    Raises
    ------
    DreamError
        When the job is another one, or the directory is damaged.
    """
    folder, before = Path(folder), read_settings(folder)
    suffix, threads = str(before.get("suffix")), before.get("threads")
    is_count = type(threads) is int and 0 < threads <= _MOST_THREADS
    with computing_with(threads if is_count else None), TemporaryDirectory() as scratch:
        refuse_others(folder, before, {**job.settings, **machine(job), "suffix": suffix})
        plan = plan_of(folder, before, None) or plan_job(job)
        again = Directory(Path(scratch), job, suffix)
        count = min(count, len(frame_files(folder)), len(numbers or job.numbers))
        if job.stands_alone:
            for _, path in again.alone(_spread(numbers or job.numbers, count), plan, progress):
                yield Verified(folder / path.name, _difference(path, folder / path.name))
            return
        state, betweens = read_state(folder / STATE, job.picture.size), again.betweens
        frames = islice(dreams(job, plan, progress=progress), job.warm_up, job.warm_up + count)
        for number, frame in enumerate(frames):
            for _, path in [again.save(number, frame), *betweens.before(number), *betweens.closing(number)]:
                yield Verified(folder / path.name, _difference(path, folder / path.name))
        if follows_from_state(job, state) and count < state.done <= job.dreams:
            last = next(dreams(job, plan, done=state.done - 1, last=state.previous, progress=progress))
            _, path = again.save(state.done - 1, last)
            yield Verified(folder / path.name, _difference(path, folder / path.name))


def _spread(numbers: range, count: int) -> list[int]:
    """Return so many of some numbers, evenly spread."""
    return [numbers[place * len(numbers) // count] for place in range(count)]


def follows_from_state(job: Job, state: State) -> bool:
    """Tell whether the last frame of a directory can be dreamed from what is kept of the one before."""
    sequence = job.recipe.sequence
    is_all_there = not job.warm_up and not sequence.renew and not looks_back(sequence.transform)
    return state.previous is not None and is_all_there


def _difference(again: Path, there: Path) -> str:
    """Say how a file differs from one that is as it should be."""
    if not there.exists():
        return "it is not there"
    if again.read_bytes() == there.read_bytes():
        return ""
    try:
        new, old = (read_picture(path).rgb for path in (again, there))
    except DreamError as error:
        return str(error)
    if new.shape != old.shape:
        return "it has another size"
    apart = np.abs(new - old).max(-1)
    if not apart.any():
        return "its pixels are the same, but not its bytes: what it says about itself, or how it is packed"
    return f"{np.mean(apart > 0):.2%} of its pixels differ, by up to {apart.max():.0f} of 255"
