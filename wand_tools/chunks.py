"""The chunks that WebP and PNG files are made of, and the timing in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from wand_tools.errors import AnimationError


@dataclass(frozen=True)
class Timing:
    """What an animated WebP or PNG says about its frames.

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


def riff_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the chunks of a RIFF stream, from the file's position on."""
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        content = file.read(size + size % 2)
        if len(content) < size:
            raise AnimationError("the WebP is cut off")
        yield name, content[:size]


def webp_timing(file: BinaryIO) -> Timing | None:
    """Read the timing of an animated WebP; None for a still one."""
    file.seek(12)
    size, plays, durations = (0, 0), 0, []
    for name, content in riff_chunks(file):
        if name == b"VP8X":
            if not content[0] & 2:
                return None
            size = _u24(content[4:]) + 1, _u24(content[7:]) + 1
        elif name == b"ANIM":
            plays = struct.unpack_from("<H", content, 4)[0]
        elif name == b"ANMF":
            durations.append(Fraction(_u24(content[12:]), 1000))
    return Timing(size, durations, plays) if durations else None


def _u24(data: bytes) -> int:
    return int.from_bytes(data[:3], "little")


def png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the chunks of a PNG stream, from the end of its signature on."""
    while len(head := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", head)
        content = file.read(size + 4)
        if len(content) < size + 4:
            raise AnimationError("the PNG is cut off")
        yield name, content[:size]


def apng_timing(file: BinaryIO) -> Timing | None:
    """Read the timing of an animated PNG; None for a still one."""
    file.seek(8)
    size: tuple[int, int] = (0, 0)
    durations: list[Fraction] = []
    plays, skip = None, 0
    for name, content in png_chunks(file):
        if name == b"IHDR":
            size = struct.unpack_from(">II", content)
        elif name == b"acTL":
            plays = struct.unpack_from(">II", content)[1]
        elif name == b"IDAT":
            if plays is None:
                return None
            skip = skip or int(not durations)
        elif name == b"fcTL":
            top, bottom = struct.unpack_from(">HH", content, 20)
            durations.append(Fraction(top, bottom or 100))
    return Timing(size, durations, plays, skip) if durations and plays is not None else None
