"""WebP, PNG and JPEG files: one picture, or an animation of still pictures."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from wand_tools import magick
from wand_tools.chunks import Timing, apng_timing, webp_timing
from wand_tools.errors import AnimationError
from wand_tools.frames.arrays import Pictures
from wand_tools.frames.base import Sequential, Source
from wand_tools.pixels import Pixels, opaque_as_rgb


def open_jpeg(path: Path) -> Source:
    """Open a JPEG: one frame."""
    return Pictures([path])


def open_png(path: Path) -> Source:
    """Open a PNG: an APNG, or one frame."""
    with open(path, "rb") as file:
        timing = apng_timing(file)
    return Pictures([path]) if timing is None else Stills(path, "PNG", timing)


def open_webp(path: Path) -> Source:
    """Open a WebP: an animation, or one frame."""
    with open(path, "rb") as file:
        timing = webp_timing(file)
    return Pictures([path]) if timing is None else Stills(path, "WEBP", timing)


class Stills(Sequential):
    """An animated WebP or PNG, decoded by Pillow (ImageMagick 6 reads only the first frame)."""

    def __init__(self, path: Path, decoder: str, timing: Timing) -> None:
        super().__init__()
        self.path, self.decoder, self.skip = path, decoder, timing.skip
        self.size, self.durations, self.plays = timing.size, timing.durations, timing.plays
        magick.check_size(*self.size, str(path))

    def frames(self) -> Generator[Pixels]:
        from PIL import Image  # opening an animation needs no Pillow

        with Image.open(self.path, formats=[self.decoder]) as image:
            for number in range(len(self.durations)):
                try:
                    image.seek(number + self.skip)
                    frame = np.asarray(image.convert("RGBA"))
                except (OSError, EOFError, SyntaxError, ValueError) as error:
                    raise AnimationError(f"{self.path}: frame {number} is broken ({error})") from None
                yield opaque_as_rgb(frame)
