"""WebP, PNG, AVIF and JPEG files: one picture, or an animation of still pictures."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

from dreamcore.rasters import open_raster
from wand_tools import magick
from wand_tools.chunks import Timing, apng_timing, avif_timing, webp_timing
from wand_tools.errors import AnimationError, naming
from wand_tools.facts import colours_of
from wand_tools.pixels import Pixels
from wand_tools.sources.arrays import Pictures, array_of_pillow
from wand_tools.sources.base import HELD, Sequential, Source


def open_jpeg(path: Path) -> Source:
    """Open a JPEG: one frame."""
    return Pictures([path])


def open_png(path: Path) -> Source:
    """Open a PNG: an APNG, or one frame."""
    with open(path, "rb") as file, naming(path):
        timing = apng_timing(file)
    return Pictures([path]) if timing is None else Stills(path, timing)


def open_webp(path: Path) -> Source:
    """Open a WebP: an animation, or one frame."""
    with open(path, "rb") as file, naming(path):
        timing = webp_timing(file)
    return Pictures([path]) if timing is None else Stills(path, timing)


def open_avif(path: Path) -> Source:
    """Open an AVIF: an animation, or one frame."""
    with open(path, "rb") as file, naming(path):
        timing = avif_timing(file)
    if timing is not None:
        return Stills(path, timing)
    with open_raster(path) as image:
        return Still(path, array_of_pillow(image, str(path)))


class Still(Pictures):
    """One picture, which ImageMagick is not asked to read."""

    def __init__(self, path: Path, picture: Pixels) -> None:
        super().__init__([picture])
        self.path = path

    def files(self) -> list[str | os.PathLike[str]]:
        return [self.path]


class Stills(Sequential):
    """An animated WebP, PNG or AVIF, decoded by Pillow (ImageMagick 6 reads only the first frame)."""

    def __init__(self, path: Path, timing: Timing) -> None:
        super().__init__(path)
        self.path, self.skip = path, timing.skip
        self.size, self.durations, self.plays = timing.size, timing.durations, timing.plays
        magick.check_size(*self.size, str(path), held=HELD)

    def frames(self) -> Generator[Pixels]:
        with open_raster(self.path) as image:
            if image.size != self.size:
                raise AnimationError(f"{self.path}: the file says two different sizes")
            for number in range(self.skip, self.skip + len(self.durations)):
                image.seek(number)
                yield colours_of(image)
