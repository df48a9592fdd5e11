"""Animations of a job: how its frames are shown, while they grow, and as a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamcore.cli.options import time_text
from dreamcore.console import echo
from dreamcore.errors import DreamError
from dreamcore.parameters import Schedule
from dreamcore.progress import Progress

if TYPE_CHECKING:
    import numpy as np

    from dreamcore.sequence import Job


def arranged(job: Job, out: Path, folder: Path | None = None) -> dict[str, Any]:
    """Return what `make_animation` is told of a job's timing and sound, for its frames or those of a directory."""
    from dreamcore.sequence import frame_files
    from wand_tools.formats import format_to_write

    timing, file = job.recipe.timing.values(), job.recipe.sequence.sound
    if isinstance(timing["delay"], Schedule):
        delay = timing.pop("delay")
        numbers = [number for number, _ in frame_files(folder)] if folder else job.numbers
        timing["durations"] = [delay.at(number) / 100 for number in numbers]
    if not file or "sound" not in format_to_write(out).options:
        return timing
    if not Path(file).exists() and job.recipe.heard:  # a run on another machine, of what was heard before
        echo(f"note: {file} is not there: {out} will be silent", err=True)
        return timing
    return {**timing, "sound": file}


def growing(job: Job, folder: Path, out: Path, every: int, **options: Any) -> Callable[[int], None]:
    """Return what writes the animation of a directory's frames up to a number, every so many frames."""
    from wand_tools import make_animation

    def look(number: int) -> None:
        if (number + 1) % every or number == job.numbers[-1]:
            return
        try:
            make_animation(folder, out, last=number, **{**options, **arranged(job, out, folder), "cross_fade": 0})
        except DreamError as error:  # the frames are what counts
            echo(f"note: {error}", err=True)

    return look


def write_draft(job: Job, out: Path, memory: int | None, quiet: bool, **options: Any) -> None:
    """Write the animation of a job's draft, and say what the job itself will take."""
    from dreamcore.sequence import foretell, plan_job
    from dreamcore.sequence.drafting import draft_job

    real = foretell(job, plan_job(job, memory))
    draft = draft_job(job)
    made = write_animation(draft, out, quiet, **options)
    if not quiet:
        small, large = ("x".join(map(str, each.picture.size)) for each in (draft, job))
        takes = f"the real thing, {large}, takes about {time_text(real.seconds or 0)}"
        echo(f"{out}: a draft of {made.frames} frames, {small}; {takes}")


def write_animation(
    job: Job, out: Path, quiet: bool, change: Callable[[np.ndarray], np.ndarray] = lambda frame: frame, **options: Any
) -> Any:
    """Dream a job straight into an animation, each of its frames changed before it is written."""
    from dreamcore.pictures import to_bytes
    from dreamcore.sequence import run
    from wand_tools import make_animation

    def frames(progress: Progress) -> Iterator[np.ndarray]:
        for frame in run(job, progress=progress):
            yield change(to_bytes(frame, job.picture.alpha))

    with Progress(len(job.numbers), quiet) as progress:
        return make_animation(frames(progress), out, **arranged(job, out), **options)
