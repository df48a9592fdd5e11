"""Animated AVIF, through Pillow, whose encoder takes one frame after the other.

What has been encoded stays in memory until the end, since Pillow writes the file in one piece: the size of the file,
whatever the number of frames.
"""

from __future__ import annotations

import queue
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from typing import Any, BinaryIO

from dreamcore.notes import xmp_of
from wand_tools.assembly import Assembly
from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.pixels import Pixels, with_alpha, without_alpha
from wand_tools.workers import Pool

_QUALITY: dict[str, dict[str, Any]] = {
    "normal": {"quality": 75, "subsampling": "4:2:0"},
    "best": {"quality": 90, "subsampling": "4:4:4"},
}
_RANGE = "limited"  # Chromium takes the levels of every sequence for these, and would show others too harsh
_HIGHEST = 65536  # pixels of a side, in AV1
_SLOWEST = (1 << 31) - 1  # milliseconds
_WAIT = 0.2  # seconds, after which it is seen whether the encoder still works


def write_avif(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write an animated AVIF; yield the bytes so far after each frame, all of them after the last."""
    if max(assembly.size) > _HIGHEST:
        raise AnimationError(f"{assembly.size[0]}x{assembly.size[1]}: an AVIF side has at most {_HIGHEST} pixels")
    if assembly.plays:
        text = f"plays {assembly.plays}: Pillow writes AVIF files that are played for ever"
        warnings.warn(text, AnimationWarning, stacklevel=5)
    film = _Film(assembly)
    with ThreadPoolExecutor(1) as thread:
        options = {**_QUALITY[assembly.look.quality], "range": _RANGE, "max_threads": pool.jobs}
        options["xmp"] = xmp_of(assembly.notes)
        written = thread.submit(film.image.save, file, "AVIF", save_all=True, duration=film.times, **options)
        try:
            elapsed = shown = Fraction(0)
            for frame, duration in zip(assembly.frames(), assembly.durations(), strict=False):
                elapsed += duration  # whole milliseconds; what rounding leaves goes to the next frame
                milliseconds = int((elapsed - shown) * 1000)
                shown += Fraction(milliseconds, 1000)
                if milliseconds > _SLOWEST:
                    raise AnimationError(f"a frame lasts {float(duration):g} s: too long for AVIF")
                picture = frame.read()
                # one kind for all frames, so alpha in all of them, or in none
                matte = assembly.look.matte
                picture = with_alpha(picture) if matte is None else without_alpha(picture, matte)[0]
                film.add(picture, milliseconds, written)
                yield file.tell()
        finally:
            film.end(written)
        _finished(written)


def _finished(written: Future) -> None:
    try:
        written.result()
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise AnimationError(f"this Pillow cannot write such an AVIF ({error})") from error


class _Film:
    """An image of Pillow that gets each frame when it is asked for it."""

    def __init__(self, assembly: Assembly) -> None:
        from PIL import Image

        self._waiting: queue.Queue[tuple[Pixels, int] | None] = queue.Queue(1)
        self._number = -1
        self.times: list[int] = []  # milliseconds of the frames that have come
        image: Any = Image.new("RGB" if assembly.look.matte else "RGBA", assembly.size)
        image.n_frames, image.is_animated, image.seek = assembly.count, True, self._seek
        image.tell = lambda: self._number
        self.image = image

    def add(self, picture: Pixels, milliseconds: int, written: Future) -> None:
        """Hand over a frame, unless what writes them has failed."""
        while not written.done():
            try:
                self._waiting.put((picture, milliseconds), timeout=_WAIT)
                return
            except queue.Full:
                continue
        _finished(written)

    def end(self, written: Future) -> None:
        """Say that no frame follows."""
        while not written.done():
            try:
                self._waiting.put(None, timeout=_WAIT)
                return
            except queue.Full:
                continue

    def _seek(self, number: int) -> None:
        from PIL import Image

        if number <= self._number:  # Pillow looks at the first one twice, and goes back at its end
            return
        following = self._waiting.get()
        if following is None:
            raise EOFError
        picture, milliseconds = following
        self.image.im = Image.fromarray(picture).im
        self.times.append(milliseconds)
        self._number = number
