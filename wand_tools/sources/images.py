"""Wand and Pillow images that hold several frames in memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Any

from dreamcore.images import upright_size, wand_pixels
from wand_tools import magick
from wand_tools.gif_blocks import plays_of
from wand_tools.pixels import Pixels, opaque_as_rgb
from wand_tools.sources.arrays import array_of_pillow, coalesced, time_of
from wand_tools.sources.base import Sequential

_LYING = ("left_top", "right_top", "right_bottom", "left_bottom")  # orientations, in Wand's words


class WandFrames(Sequential):
    """The frames of a `wand.image.Image`, partial ones made whole; the image itself does not change."""

    def __init__(self, image: Any) -> None:
        super().__init__("the Wand image")
        self._image = image
        self.plays = image.loop
        with coalesced(image) as stack:
            self.size = stack.size[::-1] if stack.orientation in _LYING else stack.size
            magick.check_size(*self.size)
            self.durations = []
            for number in range(len(stack.sequence)):
                stack.iterator_set(number)
                self.durations.append(time_of(stack))

    def frames(self) -> Generator[Pixels]:
        with coalesced(self._image) as stack:
            for number in range(len(stack.sequence)):
                stack.iterator_set(number)
                with stack.image_get() as frame:
                    yield opaque_as_rgb(wand_pixels(frame))


class PillowFrames(Sequential):
    """The frames of a `PIL.Image.Image`; closing the source returns it to the frame where it was."""

    def __init__(self, image: Any) -> None:
        super().__init__("the Pillow image")
        self._image, self._place = image, image.tell()
        milliseconds = [self._image.load() and image.info.get("duration") for _ in self._walk()]
        self.size = upright_size(image)
        image.seek(self._place)
        self.durations = [None if time is None else Fraction(str(time)) / 1000 for time in milliseconds]
        loop = image.info.get("loop")
        self.plays = plays_of(loop) if image.format == "GIF" else loop

    def _walk(self) -> Iterator[int]:
        for number in range(getattr(self._image, "n_frames", 1)):
            self._image.seek(number)
            yield number

    def frames(self) -> Generator[Pixels]:
        for number in self._walk():
            yield array_of_pillow(self._image, f"frame {number}")

    def close(self) -> None:
        super().close()
        self._image.seek(self._place)
