"""Animated WebP: still WebP files joined into one."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from dreamcore.notes import xmp_of
from wand_tools.assembly import Assembly
from wand_tools.chunks import riff_chunks
from wand_tools.errors import AnimationError, AnimationNotAllowed
from wand_tools.look import Look
from wand_tools.pixels import Size, without_alpha
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool

_QUALITY = {"normal": 85, "best": 95}
_HIGHEST = 16383
_MOST_PLAYS = 65535
_SLOWEST = (1 << 24) - 1  # milliseconds
_ANIMATED, _HAS_XMP = 0x12, 0x04  # what the head says; frames may have alpha


def write_webp(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write an animated WebP frame by frame; yield the bytes so far after each."""
    writer = WebpWriter(file, assembly.size, assembly.plays, xmp_of(assembly.notes))
    tasks = ((frame, assembly.look) for frame in assembly.frames())
    elapsed = shown = Fraction(0)
    for still, duration in zip(pool.map(_still, tasks), assembly.durations(), strict=False):
        elapsed += duration  # whole milliseconds; what rounding leaves goes to the next frame
        milliseconds = int((elapsed - shown) * 1000)
        shown += Fraction(milliseconds, 1000)
        writer.add(still, milliseconds, assembly.size)
        yield file.tell()
    writer.finish()


def _still(task: tuple[Reference, Look]) -> bytes:
    from PIL import Image  # only the workers need Pillow

    frame, look = task
    picture = frame.read()
    if look.matte is not None:
        picture, _ = without_alpha(picture, look.matte)
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.save(stream, "WEBP", quality=_QUALITY[look.quality], method=4, exact=False)
    return stream.getvalue()


class WebpWriter:
    """Joins still WebP files into an animation as they come."""

    def __init__(self, file: BinaryIO, size: Size, plays: int, xmp: bytes = b"") -> None:
        self.file, self.xmp = file, xmp
        if max(size) > _HIGHEST:
            raise AnimationError(f"{size[0]}x{size[1]}: a WebP side has at most {_HIGHEST} pixels")
        if plays > _MOST_PLAYS:
            raise AnimationNotAllowed(f"plays {plays}: a WebP can hold 0 (for ever) to {_MOST_PLAYS}")
        file.write(
            b"RIFF\0\0\0\0WEBP"
            + self._chunk(b"VP8X", bytes([_ANIMATED | (_HAS_XMP if xmp else 0), 0, 0, 0]) + _sides(size))
        )
        file.write(self._chunk(b"ANIM", b"\0\0\0\0" + struct.pack("<H", plays)))

    @staticmethod
    def _chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    def add(self, still: bytes, milliseconds: int, size: Size) -> None:
        """Append a whole frame, the bytes of a still WebP, with the milliseconds that it is shown."""
        if milliseconds > _SLOWEST:
            raise AnimationError(f"a frame lasts {milliseconds / 1000:g} s: too long for WebP")
        parts = io.BytesIO(still)
        parts.seek(12)
        content = b"".join(
            self._chunk(name, data) for name, data in riff_chunks(parts) if name in (b"ALPH", b"VP8 ", b"VP8L")
        )
        place = bytes(6) + _sides(size) + milliseconds.to_bytes(3, "little") + b"\x02"  # at 0, 0; drawn over nothing
        self.file.write(self._chunk(b"ANMF", place + content))

    def finish(self) -> None:
        """Write what the file says about itself, and its length at its start."""
        if self.xmp:
            self.file.write(self._chunk(b"XMP ", self.xmp))
        end = self.file.tell()
        self.file.seek(4)
        self.file.write(struct.pack("<I", end - 8))
        self.file.seek(end)


def _sides(size: Size) -> bytes:
    return b"".join((side - 1).to_bytes(3, "little") for side in size)
