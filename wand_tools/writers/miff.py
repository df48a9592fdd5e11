"""MIFF, ImageMagick's own format, which loses nothing: for each picture a text of keys, a colon and the pixels.

https://imagemagick.org/script/miff.php
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from wand_tools.assembly import Assembly
from wand_tools.pixels import Pixels, without_alpha
from wand_tools.workers import Pool


def write_miff(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write frames with their delays and alpha; yield the bytes so far after each."""
    elapsed, shown = Fraction(0), 0
    for number, (frame, duration) in enumerate(zip(assembly.frames(), assembly.durations(), strict=False)):
        picture = frame.read()
        if assembly.look.matte is not None:
            picture, _ = without_alpha(picture, assembly.look.matte)
        elapsed += duration * 100  # what rounding leaves goes to the next frame
        delay = int(elapsed) - shown
        shown += delay
        file.write(_head(picture, number, delay, assembly.plays))
        file.write(picture.tobytes())
        yield file.tell()


def _head(picture: Pixels, number: int, delay: int, plays: int) -> bytes:
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
        "dispose": "Background" if has_alpha else "Undefined",
    }
    return ("\n".join(f"{key}={value}" for key, value in keys.items()) + "\n\f\n:\x1a").encode()
