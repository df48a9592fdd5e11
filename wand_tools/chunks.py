"""Bytes taken from files that may be damaged, what WebP, PNG and AVIF are made of, and the timing in them."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

from wand_tools.errors import AnimationError

_PIECE = 1 << 20  # bytes that are read at once, whatever number a damaged file says
_HOLD_OTHERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")  # boxes of a video
_MOST_FRAMES = 1 << 20
_HEAD = 64  # bytes of a chunk that hold all that is asked of it here


class Taker:
    """Takes exact numbers of bytes from a file, or says that it is cut off: the one way to read numbers of a format.

    Examples
    --------
    >>> take = Taker(io.BytesIO(bytes([1, 0, 2])), "the GIF")
    >>> take.numbers("<HB")
    (1, 2)
    >>> take(1)
    Traceback (most recent call last):
        ...
    wand_tools.errors.AnimationError: the GIF is cut off
    """

    def __init__(self, file: BinaryIO, what: str) -> None:
        self.file, self.what = file, what

    def __call__(self, count: int) -> bytes:
        parts = []
        while count > 0:
            part = self.file.read(min(count, _PIECE))
            if not part:
                raise AnimationError(f"{self.what} is cut off")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def numbers(self, form: str) -> tuple[Any, ...]:
        """Take what a format of `struct` says."""
        return struct.unpack(form, self(struct.calcsize(form)))

    def u24(self) -> int:
        """Take a number of three bytes, the lowest first."""
        return int.from_bytes(self(3), "little")

    def skip(self, count: int) -> None:
        """Go on behind `count` bytes."""
        if count:
            self.file.seek(count - 1, io.SEEK_CUR)
            self(1)  # a seek itself goes beyond any end

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        left = self.file.read(1)
        self.file.seek(-len(left), io.SEEK_CUR)
        return not left


@dataclass(frozen=True)
class Timing:
    """What an animated WebP, PNG or AVIF says about its frames.

    Attributes
    ----------
    durations : list of Fraction
        Seconds of each frame.
    plays : int
        0 is for ever.
    skip : int
        Pictures before the first frame that are not part of the animation.
    """

    size: tuple[int, int]
    durations: list[Fraction]
    plays: int
    skip: int = 0


def riff_chunks(file: BinaryIO, most: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the chunks of a RIFF stream, from the file's position on.

    With `most` no more bytes of each are read.
    """
    take = Taker(file, "the WebP")
    while not take.ended:
        name, size = take.numbers("<4sI")
        yield name, _content(take, size, most)
        take.file.seek(size % 2, io.SEEK_CUR)


def png_chunks(file: BinaryIO, most: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the chunks of a PNG stream, from the end of its signature on; `most` as above."""
    take = Taker(file, "the PNG")
    while not take.ended:
        size, name = take.numbers(">I4s")
        yield name, _content(take, size, most)
        take.skip(4)


def _content(take: Taker, size: int, most: int | None) -> bytes:
    content = take(size if most is None else min(size, most))
    take.skip(size - len(content))
    return content


def webp_timing(file: BinaryIO) -> Timing | None:
    """Read the timing of an animated WebP; None for a still one."""
    file.seek(12)
    size, plays, durations = None, 0, []
    for name, content in riff_chunks(file, _HEAD):
        take = _inside(name, content, "WebP")
        if name == b"VP8X" and size is None:  # of several, readers believe the first
            (flags,) = take.numbers("<B3x")
            if not flags & 2:
                return None
            size = take.u24() + 1, take.u24() + 1
        elif name == b"ANIM":
            (plays,) = take.numbers("<4xH")
        elif name == b"ANMF":
            take.skip(12)
            durations.append(Fraction(take.u24(), 1000))
    return Timing(size, durations, plays) if durations and size is not None else None


def apng_timing(file: BinaryIO) -> Timing | None:
    """Read the timing of an animated PNG; None for a still one."""
    file.seek(8)
    size, plays, skip = None, None, 0
    durations: list[Fraction] = []
    for name, content in png_chunks(file, _HEAD):
        take = _inside(name, content, "PNG")
        if name == b"IHDR" and size is None:
            width, height = take.numbers(">II")
            size = width, height
        elif name == b"acTL":
            (plays,) = take.numbers(">4xI")
        elif name == b"IDAT":
            if plays is None:
                return None
            skip = skip or int(not durations)
        elif name == b"fcTL":
            take.skip(20)
            top, bottom = take.numbers(">HH")
            durations.append(Fraction(top, bottom or 100))
    return None if size is None or plays is None or not durations else Timing(size, durations, plays, skip)


def avif_timing(file: BinaryIO) -> Timing | None:
    """Read the timing of an animated AVIF, whose boxes are those of a video; None for a still one."""
    take = Taker(file, "the AVIF")
    size, unit = (0, 0), 0
    durations: list[Fraction] = []
    for name, end in _boxes(take):
        if name == b"tkhd" and not durations:
            file.seek(end - 8)  # in 16 bits before the point, and 16 behind it
            width, height = take.numbers(">II")
            size = width >> 16, height >> 16
        elif name == b"mdhd" and not durations:
            (version,) = take.numbers(">B3x")
            (unit,) = take.numbers(">16xI" if version else ">8xI")
        elif name == b"stts" and not durations and unit:
            (runs,) = take.numbers(">4xI")
            for _ in range(runs):
                count, ticks = take.numbers(">II")
                if len(durations) + count > _MOST_FRAMES:
                    raise AnimationError(f"the AVIF says that it has more than {_MOST_FRAMES} frames")
                durations += [Fraction(ticks, unit)] * count
        file.seek(end)
    return Timing(size, durations, 0) if durations else None


def _boxes(take: Taker) -> Iterator[tuple[bytes, int]]:
    """Yield the name and the end of each box that holds no others, with the file behind its head."""
    take.file.seek(0)
    while not take.ended:
        begin = take.file.tell()
        length, name = take.numbers(">I4s")
        if length == 1:
            (length,) = take.numbers(">Q")
        if length == 0:  # to the end of the file
            return
        if length < take.file.tell() - begin:
            raise AnimationError("the AVIF is broken: a box has no room for its own head")
        if name not in _HOLD_OTHERS:
            yield name, begin + length


def _inside(name: bytes, content: bytes, format: str) -> Taker:
    return Taker(io.BytesIO(content), f"a {name.decode('latin-1')} chunk of the {format}")
