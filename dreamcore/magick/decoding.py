"""Frames for ImageMagick: one multi-picture file in its own format, which loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dreamcore.pictures import to_bytes
from dreamcore.sequence.loop import run

if TYPE_CHECKING:
    from dreamcore.sequence.job import Job


def write_frames_of(job: Job, out: Path) -> None:
    """Dream a job, and write its frames as a MIFF file: 8 bits, with alpha, in the order and for the times asked for.

    Parameters
    ----------
    job : Job
    out : Path

    Raises
    ------
    DreamError
        When a dream fails or the file cannot be written.
    """
    from wand_tools import check_animation, make_animation

    seconds = [delay / 100 for delay in job.delays]
    check_animation(out, len(seconds), format="miff", force=True, **job.timing)
    frames = (to_bytes(frame, job.alpha(place)) for place, frame in enumerate(run(job)))
    with open(out, "wb") as file:  # ImageMagick takes no other file at its name than the one that it made
        into = f"/dev/fd/{file.fileno()}"
        make_animation(frames, into, format="miff", force=True, durations=seconds, jobs=1, **job.timing)
