"""Animations of a job's frames: how they are played, and with which sound."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dreamcore.console import echo

if TYPE_CHECKING:
    from dreamcore.sequence import Job

Frame = TypeVar("Frame")


def animate_folder(job: Job, folder: str | os.PathLike, out: Path, force: bool = False) -> Any:
    """Make the animation of a job's frames, which are all in a directory; return what `make_animation` does.

    Raises
    ------
    DreamError
        When it cannot be written.
    """
    from dreamcore.sequence import frame_files, shown_files
    from wand_tools import make_animation

    files, durations = timed(shown_files(frame_files(folder), job), job, out)
    return make_animation(files, out, durations=durations, force=force, notes=job.notes(), **played(job, out))


def played(job: Job, out: Path) -> dict[str, Any]:
    """Return what `make_animation` is told of how a job's frames are played, all but how long each is shown."""
    from wand_tools.formats import format_to_write

    if "sound" not in format_to_write(out).options:
        return job.timing
    file = job.recipe.sequence.sound or sound_of(job)
    if not file:
        return job.timing
    if not Path(file).exists() and job.recipe.heard:  # a run on another machine, of what was heard before
        echo(f"note: {file} is not there: {out} will be silent", err=True)
        return job.timing
    return {**job.timing, "sound": file}


def timed(frames: Sequence[Frame], job: Job, out: Path) -> tuple[list[Frame], list[float]]:
    """Return a job's first frames, without those for which a GIF has no time, and the seconds that each is shown."""
    from dreamcore.sequence import thinned

    kept, delays = list(frames), job.delays[: len(frames)]
    if out.suffix.lower() == ".gif" and job.recipe.sequence.between:
        kept, delays = thinned(kept, delays)
    return kept, [delay / 100 for delay in delays]


def sound_of(job: Job) -> str:
    """Return the video whose sound is that of a job's frames; empty where it has none, or they are not played as it is.

    Parameters
    ----------
    job : Job
    """
    from dreamcore.sequence.clips import delay_of
    from wand_tools.errors import AnimationError
    from wand_tools.sources.video import Video
    from wand_tools.writers.sound_track import check_sound

    source, timing = job.clips.source, job.recipe.timing
    if source is None or not isinstance(source.frames, Video) or timing.delay != delay_of(source, job.first):
        return ""
    if job.first or timing.reverse or timing.ping_pong or timing.hold_first or timing.cross_fade:
        return ""
    with suppress(AnimationError):  # where it has none
        check_sound(source.frames.path)
        return str(source.frames.path)
    return ""
