"""Small objects that stand for a frame and travel to the process that decodes it: each has a `read()`."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from dreamcore.rasters import most_decoded
from wand_tools import magick
from wand_tools.pixels import Pixels, Size, bands, fitted, opaque_as_rgb, resized, with_alpha
from wand_tools.sources.files import file_bytes

_EXTRAS = 4 << 20  # bytes of a file for notes and profiles


class Reference(Protocol):
    """What stands for a frame."""

    def read(self) -> Pixels:
        """Decode the frame into a uint8 array (H, W, 3 or 4)."""


@dataclass(frozen=True)
class File:
    """A picture file, and the size it must have."""

    path: Path
    size: Size | None = None
    fit: bool = False

    def read(self) -> Pixels:
        # 16 bits a channel, and not packed at all, is the most that a picture takes
        data = file_bytes(self.path, 2 * most_decoded() + _EXTRAS)
        picture = magick.read_picture(data, str(self.path))
        return picture if self.size is None else fitted(picture, self.size, self.fit, str(self.path))


@dataclass(frozen=True)
class Spooled:
    """A frame kept without loss in a part of a temporary file."""

    path: Path
    begin: int
    length: int
    shape: tuple[int, ...]

    def read(self) -> Pixels:
        with open(self.path, "rb") as file:
            file.seek(self.begin)
            return np.frombuffer(zlib.decompress(file.read(self.length)), np.uint8).reshape(self.shape)


@dataclass(frozen=True)
class InMemory:
    """A frame that is decoded already."""

    picture: Pixels

    def read(self) -> Pixels:
        return self.picture


@dataclass(frozen=True)
class Blended:
    """A frame on its way into another one."""

    frame: Reference
    into: Reference
    weight: float

    def read(self) -> Pixels:
        old, new = (with_alpha(part.read()) for part in (self.frame, self.into))
        mixed = np.empty_like(old)
        for band in bands(old.shape):
            before = old[band].astype(np.float32)
            mixed[band] = np.rint(before + (new[band] - before) * np.float32(self.weight))
        return opaque_as_rgb(mixed)


@dataclass(frozen=True)
class Scaled:
    """A frame in another size."""

    frame: Reference
    size: Size

    def read(self) -> Pixels:
        return resized(self.frame.read(), self.size)
