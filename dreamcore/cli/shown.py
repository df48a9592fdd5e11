"""Animations of a job: how its frames are shown, while they grow, and as a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamcore.animations import played, timed
from dreamcore.console import echo
from dreamcore.errors import DreamError
from dreamcore.progress import Progress
from dreamcore.text import counted, time_text

if TYPE_CHECKING:
    import numpy as np

    from dreamcore.sequence import Job


def growing(job: Job, folder: Path, out: Path, every: int, **options: Any) -> Callable[[int], None]:
    """Return what writes the animation of a directory's frames up to a number, every so many frames."""
    from dreamcore.sequence import frame_files, shown_files
    from wand_tools import make_animation

    looked: set[int] = set()

    def look(number: int) -> None:
        if (number + 1) % every or number == job.numbers[-1] or number in looked:
            return
        looked.add(number)
        there = [each for each in frame_files(folder) if each[0] <= number]
        files, durations = timed([path for path in shown_files(there, job) if path.exists()], job, out)
        try:
            make_animation(files, out, durations=durations, **{**options, **played(job, out), "cross_fade": 0})
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
        echo(f"{out}: a draft of {counted(made.frames, 'frame')}, {small}; {takes}")


def write_animation(
    job: Job, out: Path, quiet: bool, change: Callable[[np.ndarray], np.ndarray] = lambda frame: frame, **options: Any
) -> Any:
    """Dream a job straight into an animation, each of its frames changed before it is written."""
    from dreamcore.pictures import to_bytes
    from dreamcore.sequence import run
    from wand_tools import make_animation

    kept, durations = timed(range(len(job.delays)), job, out)

    def frames(progress: Progress) -> Iterator[np.ndarray]:
        wanted = {*kept}
        for place, frame in enumerate(run(job, progress=progress)):
            if place in wanted:
                yield change(to_bytes(frame, job.alpha(place)))

    with Progress(job.dreams, quiet) as progress:
        return make_animation(frames(progress), out, durations=durations, **played(job, out), **options)
