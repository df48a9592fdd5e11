"""MIFF, ImageMagick's own format, which loses nothing: for each picture a text of keys, a colon and the pixels.

https://imagemagick.org/script/miff.php
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from wand_tools.assembly import Assembly
from wand_tools.look import Look
from wand_tools.pixels import Pixels, without_alpha
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool


def write_miff(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write frames with their delays and alpha; yield the bytes so far after each."""
    elapsed, shown = Fraction(0), 0
    pictures = (_laid(frame, assembly.look) for frame in assembly.frames())
    timed = zip(_with_next(pictures), assembly.durations(), strict=False)
    for number, ((picture, after), duration) in enumerate(timed):
        elapsed += duration * 100  # what rounding leaves goes to the next frame
        delay = int(elapsed) - shown
        shown += delay
        is_seen_through = after is not None and after.shape[2] == 4
        file.write(_head(picture, number, delay, assembly.plays, "Background" if is_seen_through else "Undefined"))
        file.write(picture.tobytes())
        yield file.tell()


def _laid(frame: Reference, look: Look) -> Pixels:
    picture = frame.read()
    return picture if look.matte is None else without_alpha(picture, look.matte)[0]


def _with_next(pictures: Iterator[Pixels]) -> Iterator[tuple[Pixels, Pixels | None]]:
    """Yield each picture with the one after it."""
    last = next(pictures, None)
    for picture in pictures:
        assert last is not None
        yield last, picture
        last = picture
    if last is not None:
        yield last, None


def _head(picture: Pixels, number: int, delay: int, plays: int, dispose: str) -> bytes:
    height, width, channels = picture.shape
    has_alpha = channels == 4
    keys = {
        "id": "ImageMagick  version=1.0",
        "class": f"DirectClass  colors=0  alpha-trait={'Blend' if has_alpha else 'Undefined'}",
        "matte": str(has_alpha),
        "columns": f"{width}  rows={height}  depth=8",
        "colorspace": "sRGB",
        "scene": str(number),
        "delay": str(delay),
        "iterations": str(plays),
        "dispose": dispose,
    }
    return ("\n".join(f"{key}={value}" for key, value in keys.items()) + "\n\f\n:\x1a").encode()
