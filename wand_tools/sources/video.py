"""Frames out of video files, through PyAV."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dreamcore.rasters import VIDEO_OPTIONS
from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.pixels import Pixels
from wand_tools.sources.base import HELD, Sequential

_FLATTEST = 4  # pixels that are wider than this times their height, or higher, are damage


class Video(Sequential):
    """The pictures of a video's first video stream."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        with self._opened() as container:
            stream = container.streams.video[0]
            width, height = stream.codec_context.width, stream.codec_context.height
            self.size = self._upright = _width(width, stream.sample_aspect_ratio), height
            magick.check_size(*self.size, str(path), held=HELD)
            times, ends = self._times(container, stream)
            steps = [after - before for before, after in itertools.pairwise(times)]
            self.durations = [*steps, ends * stream.time_base or (steps[-1] if steps else Fraction(1, 25))]
        first = next(self._decoded(), None)
        if first is None:
            raise self._empty()
        self._turn = _turn_of(first)
        if self._turn.is_sideways:
            self.size = self.size[::-1]

    def _times(self, container: Any, stream: Any) -> tuple[list[Fraction], int]:
        """Return when each picture is shown, in order, and the duration that the last one notes, or 0."""
        shown, whole, is_cut_off = [], 0, False
        for packet in self._packets(container, stream):  # none is kept, since together they are the file
            if not packet.size:
                continue
            whole, is_cut_off = whole + (not packet.is_corrupt), is_cut_off or packet.is_corrupt
            if packet.pts is not None and not packet.is_discard:
                shown.append((packet.pts, packet.duration or 0))
        if is_cut_off or whole < stream.frames:
            raise AnimationError(f"{self.path}: the video is cut off: {whole} of its {stream.frames} frames are there")
        if not shown:
            raise self._empty()
        return [pts * stream.time_base for pts, _ in sorted(shown)], max(shown)[1]

    def _packets(self, container: Any, stream: Any) -> Generator[Any]:
        import av

        try:
            yield from container.demux(stream)
        except av.FFmpegError as error:  # of which some are a MemoryError, as damaged numbers have it
            raise AnimationError(f"{self.path}: the video is broken ({error.strerror})") from None

    def _empty(self) -> AnimationError:
        return AnimationError(f"{self.path}: there is no picture in this video")

    def _opened(self) -> Any:
        import av  # an extra; the row in formats.py says what to install

        try:
            container = av.open(str(self.path), options=VIDEO_OPTIONS)
        except (av.FFmpegError, OSError) as error:
            raise AnimationError(f"{self.path}: PyAV cannot read it ({error.strerror})") from None
        if not container.streams.video:
            container.close()
            raise self._empty()
        return container

    def _decoded(self) -> Generator[Any]:
        import av

        with self._opened() as container:
            try:
                yield from container.decode(video=0)
            except av.FFmpegError as error:
                raise AnimationError(f"{self.path}: the video is broken ({error.strerror})") from None

    def frames(self) -> Generator[Pixels]:
        last = None
        for frame in self._decoded():
            width, height = self._upright
            last = self._turn(frame.to_ndarray(format="rgb24", width=width, height=height))
            yield last
        if last is None:
            raise self._empty()
        while True:  # for packets without a picture of their own
            yield last


def _width(width: int, shape: Fraction | None) -> int:
    """Return how wide a picture is in square pixels; `shape` is a pixel's width over its height, where that is said.

    Examples
    --------
    >>> _width(720, Fraction(64, 45)), _width(720, None), _width(720, Fraction(1, 99))
    (1024, 720, 720)
    """
    return max(1, round(width * shape)) if shape and _FLATTEST >= shape >= 1 / _FLATTEST else width


class _Turn(NamedTuple):
    """How a camera was held: what brings its pictures upright."""

    is_sideways: bool = False
    is_mirrored: bool = False
    is_upside_down: bool = False

    def __call__(self, picture: Pixels) -> Pixels:
        turned = picture.swapaxes(0, 1) if self.is_sideways else picture
        turned = turned[:, ::-1] if self.is_mirrored else turned
        return np.ascontiguousarray(turned[::-1] if self.is_upside_down else turned)


def _turn_of(frame: Any) -> _Turn:
    """Read the display matrix of a frame: (a, b, u, c, d, v, ...) puts (x, y) at (a*x + c*y, b*x + d*y)."""
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
            is_sideways = abs(b) > abs(a)
            return _Turn(is_sideways, (c if is_sideways else a) < 0, (b if is_sideways else d) < 0)
    return _Turn()
