"""Frames from Python, one by one: arrays, Pillow and Wand images, and paths, in any mixture."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dreamcore.images import copy_of_wand, is_pillow, is_wand, upright, wand_pixels
from dreamcore.text import short
from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.facts import colours_of
from wand_tools.pixels import Pixels, Size, fitted, opaque_as_rgb
from wand_tools.sources.base import Source
from wand_tools.sources.references import File, InMemory, Reference


def array_of(frame: Any, name: str) -> Pixels:
    """Return a frame as uint8 (height, width, 3 or 4).

    Parameters
    ----------
    frame : array-like, PIL.Image.Image or wand.image.Image
        uint8, or float32 in 0..255 as dreams are, which is rounded and clipped.
    name : str
        What to call it in errors.

    Raises
    ------
    AnimationError
        For any other type or shape, and for float32 that seems to run from 0 to 1.

    Examples
    --------
    >>> array_of(np.full((1, 1, 3), 99.7, np.float32), "a dream").tolist()
    [[[100, 100, 100]]]
    """
    if is_wand(frame):
        return _array_of_wand(frame, name)
    if is_pillow(frame):
        return array_of_pillow(frame, name)
    try:
        picture = np.asarray(frame)
    except (ValueError, TypeError) as error:
        raise AnimationError(f"{name}: {type(frame).__name__} that is no picture ({short(str(error), 100)})") from None
    if picture.dtype == object or picture.dtype.kind in "US":
        kind = type(frame).__name__
        raise AnimationError(f"{name}: {kind} is no picture; arrays, Pillow and Wand images and paths are")
    if picture.dtype == np.float32 and _is_picture(picture):
        picture = _rounded(picture, name)
    if picture.dtype != np.uint8 or not _is_picture(picture):
        raise AnimationError(
            f"{name}: {picture.dtype} array of shape {picture.shape}; uint8 (height, width, 3 or 4) is needed, or "
            "float32 in 0..255"
        )
    magick.check_size(picture.shape[1], picture.shape[0], name)
    return picture


def _is_picture(array: np.ndarray) -> bool:
    return array.ndim == 3 and array.shape[2] in (3, 4) and 0 not in array.shape


def _rounded(picture: np.ndarray, name: str) -> np.ndarray:
    lowest, highest = float(picture.min()), float(picture.max())
    if not np.isfinite(lowest + highest):
        raise AnimationError(f"{name}: the float32 array holds nan or inf; it needs 0..255")
    if lowest >= 0 and 0 < highest <= 1:
        raise AnimationError(f"{name}: the float32 array lies in 0..1; multiply it by 255")
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def array_of_pillow(image: Any, name: str) -> Pixels:
    """Convert the current frame of a Pillow image."""
    if image.mode[0] in "IF":
        raise AnimationError(
            f"{name}: a Pillow image of mode {image.mode}; convert it to RGB or RGBA, 8 bits a channel"
        )
    magick.check_size(image.width, image.height, name)
    return colours_of(upright(image))


def _array_of_wand(image: Any, name: str) -> Pixels:
    if len(image.sequence) > 1:
        raise AnimationError(f"{name}: a Wand image of {len(image.sequence)} frames; one frame is needed here")
    magick.check_size(image.width, image.height, name)
    return opaque_as_rgb(wand_pixels(image))


def time_of(frame: Any) -> Fraction | None:
    """Return the seconds that an image says it is shown; None for one that says none, and for what is no image.

    Examples
    --------
    >>> from PIL import Image
    >>> image = Image.new("L", (2, 2))
    >>> image.info["duration"] = 70
    >>> time_of(image), time_of(np.zeros((2, 2, 3)))
    (Fraction(7, 100), None)
    """
    if is_wand(frame):
        return Fraction(frame.delay, frame.ticks_per_second or 100) if frame.delay else None
    milliseconds = frame.info.get("duration") if is_pillow(frame) else None
    return Fraction(str(milliseconds)) / 1000 if milliseconds else None


def holds_several(frame: Any) -> bool:
    """Return whether something among frames is a Wand image of several."""
    return is_wand(frame) and len(frame.sequence) > 1


def single(frames: Iterable[Any]) -> Iterator[Any]:
    """Yield frames as they come, and in the place of a Wand image of several each of these."""
    for frame in frames:
        if not holds_several(frame):
            yield frame
            continue
        with coalesced(frame) as stack:
            for number in range(len(stack.sequence)):
                stack.iterator_set(number)
                with stack.image_get() as one:
                    yield one


@contextmanager
def coalesced(image: Any) -> Iterator[Any]:
    """Lend a copy of a Wand image whose partial frames are whole."""
    with copy_of_wand(image) as stack:
        stack.coalesce()
        yield stack


def reference_to(frame: Any, number: int, size: Size | None = None, fit: bool = False) -> Reference:
    """Return a reference to a frame; a path is read later, everything else is checked now."""
    if isinstance(frame, (str, os.PathLike)):
        return File(Path(frame), size, fit)
    picture = array_of(frame, f"frame {number}")
    if picture.dtype == getattr(frame, "dtype", None):
        picture = picture.copy()  # the caller may draw the next frame into the same array
    return InMemory(picture if size is None else fitted(picture, size, fit, f"frame {number}"))


class Pictures(Source):
    """Frames that can be read in any order: a list of paths, arrays or images."""

    parallel = True

    def __init__(self, pictures: Sequence[Any], fit: bool = False) -> None:
        if not len(pictures):
            raise AnimationError("there are no frames")
        self.pictures, self.fit = pictures, fit
        self.durations = [time_of(picture) for picture in pictures]
        height, width = reference_to(pictures[0], 0).read().shape[:2]
        self.size = width, height

    def read(self, number: int) -> Pixels:
        return self.reference(number).read()

    def reference(self, number: int) -> Reference:
        return reference_to(self.pictures[number], number, self.size, self.fit)

    def files(self) -> list[str | os.PathLike[str]]:
        return [picture for picture in self.pictures if isinstance(picture, (str, os.PathLike))]


_END = object()  # None may come among the frames, and is none


class Stream(Source):
    """Frames from an iterator, which come once; their number is known at their end, or from `show_for`."""

    def __init__(self, frames: Iterable[Any], fit: bool = False) -> None:
        self._frames, self.fit = single(frames), fit
        first = next(self._frames, _END)
        if first is _END:
            raise AnimationError("there are no frames")
        self._current, self._times = reference_to(first, 0).read(), [time_of(first)]
        height, width = self._current.shape[:2]
        self.size = width, height
        self._number = 0

    @property
    def count(self) -> int | None:
        return len(self.durations) or None

    def show_for(self, durations: Sequence[Fraction | None]) -> None:
        if not durations:
            raise AnimationError("durations: 0 times for 1 frame or more; each frame needs one")
        self.durations = durations

    def time_of(self, number: int) -> Fraction | None:
        own = self._times[number]
        return own if self.count is None or self.durations[number] is None else self.durations[number]

    def read(self, number: int) -> Pixels:
        if number < self._number:
            raise IndexError("these frames come once, one after the other")
        while self._number < number:
            frame = next(self._frames, _END)
            if frame is _END:
                self._end(self._number + 1)
            self._number += 1
            self._times.append(time_of(frame))
            self._current = reference_to(frame, self._number, self.size, self.fit).read()
        if self.count == number + 1 and next(self._frames, _END) is not _END:
            raise AnimationError(f"durations: {self.count} times, but there are more frames; each frame needs one")
        return self._current

    def _end(self, frames: int) -> NoReturn:
        if self.count is None:
            raise IndexError(frames)
        raise AnimationError(f"durations: {self.count} times for {frames} frames; each frame needs one")
