"""Wand and Pillow images that hold several frames in memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Any

from wand_tools import magick
from wand_tools.gif_blocks import plays_of
from wand_tools.pixels import Pixels
from wand_tools.sources.arrays import array_of_pillow, copy_of_wand
from wand_tools.sources.base import Sequential


class WandFrames(Sequential):
    """The frames of a `wand.image.Image`, partial ones made whole; the image itself does not change."""

    def __init__(self, image: Any) -> None:
        super().__init__("the Wand image")
        self._image = image
        self.plays = image.loop
        with self._coalesced() as stack:
            self.size = stack.size
            magick.check_size(*self.size)
            ticks, delays = stack.ticks_per_second or 100, []
            for number in range(len(stack.sequence)):
                stack.iterator_set(number)
                delays.append(stack.delay)
        self.durations = [Fraction(delay, ticks) if delay else None for delay in delays]

    def _coalesced(self) -> Any:
        stack = copy_of_wand(self._image)
        stack.coalesce()
        return stack

    def frames(self) -> Generator[Pixels]:
        with self._coalesced() as stack:
            for number in range(len(stack.sequence)):
                stack.iterator_set(number)
                with stack.image_get() as frame:
                    yield magick.pixels(frame)


class PillowFrames(Sequential):
    """The frames of a `PIL.Image.Image`; closing the source returns it to the frame where it was."""

    def __init__(self, image: Any) -> None:
        super().__init__("the Pillow image")
        self._image, self._place = image, image.tell()
        self.size = image.size
        milliseconds = [self._image.load() and image.info.get("duration") for _ in self._walk()]
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
