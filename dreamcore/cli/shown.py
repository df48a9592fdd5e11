"""Animations of a job: how its frames are shown, while they grow, and as a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamcore.cli.options import time_text
from dreamcore.console import echo
from dreamcore.errors import DreamError
from dreamcore.progress import Progress

if TYPE_CHECKING:
    import numpy as np

    from dreamcore.sequence import Job


def arranged(job: Job, out: Path) -> dict[str, Any]:
    """Return what `make_animation` is told of a job's timing and sound, all but how long each frame is shown."""
    from wand_tools.formats import format_to_write

    timing, file = job.timing, job.recipe.sequence.sound
    if not file or "sound" not in format_to_write(out).options:
        return timing
    if not Path(file).exists() and job.recipe.heard:  # a run on another machine, of what was heard before
        echo(f"note: {file} is not there: {out} will be silent", err=True)
        return timing
    return {**timing, "sound": file}


def played(job: Job, out: Path, files: Iterable[tuple[int, Path]]) -> tuple[list[Path], list[float]]:
    """Return the files that are shown of those that there are of a job, and for how many seconds each."""
    from dreamcore.sequence import shown_files

    shown = shown_files(files, job)
    places, delays = _in_time(job, out, len(shown))
    return [shown[place] for place in places], [delay / 100 for delay in delays]


def _in_time(job: Job, out: Path, count: int | None = None) -> tuple[list[int], list[float]]:
    """Return the places of the frames for which a format has time, of all or the first ones, and their delays."""
    from dreamcore.sequence import thinned
    from wand_tools.formats import format_to_write

    delays = job.delays[:count]
    if job.recipe.sequence.between and format_to_write(out).name == "gif":
        return thinned([*range(len(delays))], delays)
    return [*range(len(delays))], delays


def growing(job: Job, folder: Path, out: Path, every: int, **options: Any) -> Callable[[int], None]:
    """Return what writes the animation of a directory's frames up to a number, every so many frames."""
    from dreamcore.sequence import frame_files
    from wand_tools import make_animation

    def look(number: int) -> None:
        if (number + 1) % every or number == job.numbers[-1]:
            return
        try:
            shown, durations = played(job, out, [each for each in frame_files(folder) if each[0] <= number])
            make_animation(shown, out, durations=durations, **{**options, **arranged(job, out), "cross_fade": 0})
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

    places, delays = _in_time(job, out)
    shown, durations = {*places}, [delay / 100 for delay in delays]

    def frames(progress: Progress) -> Iterator[np.ndarray]:
        for place, frame in enumerate(run(job, progress=progress)):
            if place in shown:
                yield change(to_bytes(frame, job.picture.alpha))

    with Progress(job.dreams, quiet) as progress:
        return make_animation(frames(progress), out, durations=durations, **arranged(job, out), **options)
