"""Small objects that stand for a frame and travel to the process that decodes it: each has a `read()`."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError


@dataclass(frozen=True)
class File:
    """A picture file, in the size wanted."""

    path: Path
    size: tuple | None = None
    fit: bool = False

    def read(self):
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise AnimationError(f"{self.path}: {error.strerror}") from None
        picture = magick.read_picture(data, str(self.path))
        return picture if self.size is None else fitted(picture, self.size, self.fit, self.path)


@dataclass(frozen=True)
class Spooled:
    """A frame kept in a temporary file without loss."""

    path: Path
    shape: tuple

    def read(self):
        return np.frombuffer(zlib.decompress(self.path.read_bytes()), np.uint8).reshape(self.shape)


@dataclass(frozen=True)
class InMemory:
    """A frame that is decoded already."""

    picture: np.ndarray

    def read(self):
        return self.picture


@dataclass(frozen=True)
class Blended:
    """A frame on its way into another one."""

    frame: object
    into: object
    weight: float

    def read(self):
        old, new = (with_alpha(part.read()).astype(np.float32) for part in (self.frame, self.into))
        mixed = np.rint(old + (new - old) * np.float32(self.weight)).astype(np.uint8)
        return mixed[..., :3] if mixed[..., 3].min() == 255 else mixed


@dataclass(frozen=True)
class Scaled:
    """A frame in another size."""

    frame: object
    size: tuple

    def read(self):
        return resized(self.frame.read(), self.size)


def with_alpha(picture):
    """Give the picture as RGBA."""
    if picture.shape[2] == 4:
        return picture
    return np.concatenate([picture, np.full_like(picture[..., :1], 255)], axis=2)


def fitted(picture, size, fit, name):
    """Give the picture in the wanted size, or refuse it where nobody asked to scale."""
    have = picture.shape[1::-1]
    if have == tuple(size):
        return picture
    if not fit:
        raise AnimationError(
            f"{name}: {have[0]}x{have[1]}, but the frames before are {size[0]}x{size[1]}; --fit scales such frames"
        )
    return resized(picture, size)


def resized(picture, size):
    """Scale a picture to (width, height)."""
    from PIL import Image

    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize(tuple(size), Image.Resampling.LANCZOS))
