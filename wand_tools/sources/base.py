"""What a source of frames is, and two ways to read frames that only come in order."""

from __future__ import annotations

import os
import zlib
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dreamcore.progress import Report, report_reading
from wand_tools.errors import AnimationError, decoding
from wand_tools.pixels import Pixels, Size
from wand_tools.sources.references import Reference, Spooled

HELD = 2  # frames that are in memory together where each is drawn over the one before


class Source:
    """Frames in order.

    Attributes
    ----------
    size : tuple of int
        Width and height of every frame.
    durations : sequence
        Seconds (Fraction) of each frame, None where the source does not say.
    plays : int or None
        How often the source says it is shown; 0 is for ever.
    parallel : bool
        Whether frames can be read in any order, by another process: `reference` then returns what to send there.
    indexed : bool
        Whether each frame has at most 256 colours anyway.
    """

    size: Size = (0, 0)
    durations: Sequence[Fraction | None] = ()
    plays: int | None = None
    parallel: bool = False
    indexed: bool = False

    @property
    def count(self) -> int | None:
        """The number of frames; None if only their end will tell."""
        return len(self.durations)

    def show_for(self, durations: Sequence[Fraction | None]) -> None:
        """Replace the times of the frames, in seconds; None leaves a time as it is."""
        if len(durations) != self.count:
            raise AnimationError(f"durations: {len(durations)} times for {self.count} frames; each frame needs one")
        self.durations = [own if time is None else time for own, time in zip(self.durations, durations, strict=True)]

    def time_of(self, number: int) -> Fraction | None:
        """Return the seconds of a frame that has been read."""
        return self.durations[number]

    def read(self, number: int) -> Pixels:
        """Decode one frame into a uint8 array (H, W, 3 or 4); raise IndexError after the last."""
        raise NotImplementedError

    def each(self) -> Iterator[Pixels]:
        """Decode one frame after the other."""
        number = 0
        while self.count is None or number < self.count:
            try:
                frame = self.read(number)
            except IndexError:
                return
            yield frame
            number += 1

    def reference(self, number: int) -> Reference:
        """Return a small picklable object whose `read()` decodes the frame anywhere."""
        raise NotImplementedError

    def files(self) -> list[str | os.PathLike[str]]:
        """List the files that the frames are read from."""
        return []

    def close(self) -> None:
        """Close open files."""


class Sequential(Source):
    """Frames that come one after the other, from an iterator that `frames()` starts; `read` must go forward."""

    def __init__(self, name: object) -> None:
        self.name = name  # for errors
        self._iterator: Generator[Pixels] | None = None
        self._next = 0
        self._last: Pixels | None = None

    def frames(self) -> Generator[Pixels]:
        """Decode the frames from the first on."""
        raise NotImplementedError

    def read(self, number: int) -> Pixels:
        if self._iterator is None or number < self._next - 1:
            self.close()
            self._iterator, self._next = self.frames(), 0
        while self._next <= number or self._last is None:
            self._last = self._decode(self._iterator)
            self._next += 1
        return self._last

    def files(self) -> list[str | os.PathLike[str]]:
        return [self.name] if isinstance(self.name, Path) else []

    def _decode(self, iterator: Generator[Pixels]) -> Pixels:
        with decoding(f"{self.name}: frame {self._next}"):
            frame = next(iterator, None)
        if frame is None:
            raise AnimationError(f"{self.name} ends after {self._next} frames")
        return frame


def spool_beside(out: Path) -> Path:
    """Return the name that a `Spool` beside a new file hides behind: one for the folder, so that any call clears up."""
    return out.with_name("wandgif-frames")


class Spool(Source):
    """The frames of another source, put into a file so that they can be read in any order.

    The memory stays small; the disk holds the compressed frames until the file goes.
    """

    parallel = True

    def __init__(self, source: Source, file: BinaryIO, progress: Report | None = None) -> None:
        self.size, self.plays, self.indexed = source.size, source.plays, source.indexed
        self._frames: list[Spooled] = []
        for number, frame in enumerate(source.each()):
            data = zlib.compress(np.ascontiguousarray(frame).data, 1)
            self._frames.append(Spooled(Path(file.name), file.tell(), len(data), frame.shape))
            try:
                file.write(data)
                file.flush()  # others read it
            except OSError as error:
                raise AnimationError(f"frames cannot be kept beside {file.name}: {error.strerror}") from error
            report_reading(progress, number + 1, source.count)
        self.durations = [source.time_of(number) for number in range(len(self._frames))]

    def read(self, number: int) -> Pixels:
        return self._frames[number].read()

    def reference(self, number: int) -> Reference:
        return self._frames[number]
