"""APNG: still PNG files joined into one."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from dreamcore.notes import KEY
from wand_tools.assembly import Assembly
from wand_tools.chunks import png_chunks
from wand_tools.errors import AnimationError
from wand_tools.look import Look
from wand_tools.pixels import Size, with_alpha, without_alpha
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_apng(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write an APNG frame by frame; yield the bytes so far after each."""
    writer = ApngWriter(file, assembly.size, assembly.plays, assembly.notes)
    tasks = ((frame, assembly.look) for frame in assembly.frames())
    for still, duration in zip(pool.map(_still, tasks), assembly.durations(), strict=False):
        writer.add(still, duration)
        yield file.tell()
    writer.finish()


def _still(task: tuple[Reference, Look]) -> bytes:
    from PIL import Image  # only the workers need Pillow

    frame, look = task
    picture = frame.read()
    # one colour type for all frames, so alpha in all of them, or in none
    picture = with_alpha(picture) if look.matte is None else without_alpha(picture, look.matte)[0]
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(stream, "PNG", compress_level=6)
    return stream.getvalue()


class ApngWriter:
    """Joins still PNG files of one size and colour type into an animation as they come."""

    def __init__(self, file: BinaryIO, size: Size, plays: int, notes: str = "") -> None:
        self.file, self.size, self.plays, self.notes = file, size, plays, notes
        self.frames = self.sequence = 0

    def _chunk(self, name: bytes, content: bytes) -> None:
        self.file.write(
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    def add(self, still: bytes, duration: Fraction) -> None:
        """Append a whole frame, the bytes of a still PNG, with the seconds that it is shown."""
        parts = io.BytesIO(still)
        parts.seek(8)
        chunks = list(png_chunks(parts))
        if self.frames == 0:
            self.file.write(_SIGNATURE)
            self._chunk(*chunks[0])
            self._count_at = self.file.tell()
            self._chunk(b"acTL", struct.pack(">II", 0, self.plays))
            if self.notes:
                self._chunk(b"tEXt", f"{KEY}\0{self.notes}".encode("ascii"))
        time = duration.limit_denominator(65535)
        if time.numerator > 65535:
            raise AnimationError(f"a frame lasts {float(duration):g} s: too long for APNG")
        self._chunk(
            b"fcTL", struct.pack(">IIIIIHHBB", self.sequence, *self.size, 0, 0, time.numerator, time.denominator, 0, 0)
        )
        self.sequence += 1
        for name, content in chunks:
            if name == b"IDAT" and self.frames == 0:
                self._chunk(b"IDAT", content)
            elif name == b"IDAT":
                self._chunk(b"fdAT", struct.pack(">I", self.sequence) + content)
                self.sequence += 1
        self.frames += 1

    def finish(self) -> None:
        """End the file, and write the number of frames near its start."""
        self._chunk(b"IEND", b"")
        end = self.file.tell()
        self.file.seek(self._count_at)
        self._chunk(b"acTL", struct.pack(">II", self.frames, self.plays))
        self.file.seek(end)
