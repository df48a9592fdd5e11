"""Frames for ImageMagick: one multi-picture file in its own format, which loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write
from dreamcore.grammar.schedules import value_at
from dreamcore.pictures import to_bytes
from dreamcore.sequence.loop import run

if TYPE_CHECKING:
    from dreamcore.sequence.job import Job


def write_frames_of(job: Job, out: Path) -> None:
    """Dream a job, and write its frames as a MIFF file: 8 bits, with alpha, delays and the number of plays.

    MIFF is a text of keys, a colon and the pixels, once for each picture
    (https://imagemagick.org/script/miff.php).

    Parameters
    ----------
    job : Job
    out : Path

    Raises
    ------
    DreamError
        When a dream fails or the file cannot be written.
    """
    timing = job.recipe.timing
    if timing.reverse or timing.ping_pong or timing.hold_first or timing.hold_last or timing.cross_fade:
        raise DreamError("ImageMagick orders and holds frames itself: -reverse, -duplicate, -delay, -morph")
    with atomic_write(out) as file:
        for number, frame in enumerate(run(job)):
            pixels = to_bytes(frame, job.picture.alpha)
            height, width, channels = pixels.shape
            keys = {
                "id": "ImageMagick  version=1.0",
                "class": f"DirectClass  colors=0  alpha-trait={'Blend' if channels == 4 else 'Undefined'}",
                "matte": str(channels == 4),
                "columns": f"{width}  rows={height}  depth=8",
                "colorspace": "sRGB",
                "scene": str(number),
                "delay": f"{value_at(timing.delay, number):.0f}",
                "iterations": str(timing.plays),
                "dispose": "Background" if channels == 4 else "Undefined",
            }
            head = "\n".join(f"{key}={value}" for key, value in keys.items())
            file.write(f"{head}\n\f\n:\x1a".encode())
            file.write(pixels.tobytes())
