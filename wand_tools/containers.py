"""Animated WebP and APNG at the level of their chunks: timing read, still pictures joined into one stream."""

import io
import struct
import zlib
from fractions import Fraction

import numpy as np

from wand_tools.errors import AnimationError
from wand_tools.palette import without_alpha
from wand_tools.references import with_alpha

_PNG = b"\x89PNG\r\n\x1a\n"


# -- WebP -------------------------------------------------------------------------------------------------------------


def riff_chunks(file):
    """Walk the chunks of a RIFF stream: name and content, from the file's position on."""
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        content = file.read(size + size % 2)
        if len(content) < size:
            raise AnimationError("the WebP is cut off")
        yield name, content[:size]


def webp_timing(file):
    """Give (size, durations, plays, frames to skip) of an animated WebP; None for a still one."""
    file.seek(12)
    size, plays, durations = None, 0, []
    for name, content in riff_chunks(file):
        if name == b"VP8X":
            if not content[0] & 2:
                return None
            size = _u24(content[4:]) + 1, _u24(content[7:]) + 1
        elif name == b"ANIM":
            plays = struct.unpack_from("<H", content, 4)[0]
        elif name == b"ANMF":
            durations.append(Fraction(_u24(content[12:]), 1000))
    return (size, durations, plays, 0) if durations else None


def _u24(data):
    return int.from_bytes(data[:3], "little")


class WebpWriter:
    """Joins still WebP files into an animation as they come."""

    def __init__(self, file, size, plays):
        self.file = file
        wide, high = ((side - 1).to_bytes(3, "little") for side in size)
        if max(size) > 16384:
            raise AnimationError(f"{size[0]}x{size[1]}: a WebP side has at most 16383 pixels")
        file.write(b"RIFF\0\0\0\0WEBP" + self._chunk(b"VP8X", b"\x12\0\0\0" + wide + high))
        file.write(self._chunk(b"ANIM", b"\0\0\0\0" + struct.pack("<H", plays)))

    @staticmethod
    def _chunk(name, content):
        return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    def add(self, still, milliseconds, size):
        """Append a whole frame from the bytes of a still WebP."""
        parts = io.BytesIO(still)
        parts.seek(12)
        content = b"".join(
            self._chunk(name, data) for name, data in riff_chunks(parts) if name in (b"ALPH", b"VP8 ", b"VP8L")
        )
        wide, high = ((side - 1).to_bytes(3, "little") for side in size)
        place = bytes(6) + wide + high + milliseconds.to_bytes(3, "little") + b"\x02"  # at 0, 0; drawn over nothing
        self.file.write(self._chunk(b"ANMF", place + content))

    def finish(self):
        end = self.file.tell()
        self.file.seek(4)
        self.file.write(struct.pack("<I", end - 8))
        self.file.seek(end)


# -- APNG -------------------------------------------------------------------------------------------------------------


def png_chunks(file):
    """Walk the chunks of a PNG stream after its signature: name and content."""
    while len(head := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", head)
        content = file.read(size + 4)
        if len(content) < size + 4:
            raise AnimationError("the PNG is cut off")
        yield name, content[:size]


def apng_timing(file):
    """Give (size, durations, plays, frames to skip) of an animated PNG; None for a still one."""
    file.seek(8)
    size, plays, durations, skip = None, None, [], 0
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
    return (size, durations, plays, skip) if durations else None


class ApngWriter:
    """Joins still PNG files of one size and colour type into an animation as they come."""

    def __init__(self, file, size, plays):
        self.file, self.size, self.plays = file, size, plays
        self.frames = self.sequence = 0

    def _chunk(self, name, content):
        self.file.write(
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    def add(self, still, duration):
        """Append a whole frame from the bytes of a still PNG; `duration` is a Fraction of seconds."""
        parts = io.BytesIO(still)
        parts.seek(8)
        chunks = list(png_chunks(parts))
        if self.frames == 0:
            self.file.write(_PNG)
            self._chunk(*chunks[0])
            self._count_at = self.file.tell()
            self._chunk(b"acTL", struct.pack(">II", 0, self.plays))
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

    def finish(self):
        self._chunk(b"IEND", b"")
        end = self.file.tell()
        self.file.seek(self._count_at)
        self._chunk(b"acTL", struct.pack(">II", self.frames, self.plays))
        self.file.seek(end)


# -- both, from frames ------------------------------------------------------------------------------------------------


def write_stills(file, assembly, pool):
    """Write an animated WebP or APNG frame by frame; yield the bytes so far after each."""
    look, webp = assembly.look, assembly.format == "webp"
    writer = (WebpWriter if webp else ApngWriter)(file, assembly.size, assembly.plays)
    tasks = ((frame, assembly.format, look.quality, look.matte) for frame in assembly.frames())
    elapsed = told = Fraction(0)
    for still, duration in zip(pool.map(_still, tasks), assembly.durations(), strict=False):
        if webp:  # whole milliseconds, their rounding spread
            elapsed += duration
            milliseconds = int((elapsed - told) * 1000)
            told += Fraction(milliseconds, 1000)
            writer.add(still, milliseconds, assembly.size)
        else:
            writer.add(still, duration)
        yield file.tell()
    writer.finish()


def _still(task):
    from PIL import Image

    frame, format, quality, matte = task
    picture = frame.read()
    if matte is not None and picture.shape[2] == 4:
        picture, _ = without_alpha(picture, matte)
    stream = io.BytesIO()
    if format == "webp":
        Image.fromarray(np.ascontiguousarray(picture)).save(
            stream, "WEBP", quality={"normal": 85, "best": 95}[quality], method=4, exact=False
        )
    else:  # one colour type for all frames, so alpha in all of them
        picture = picture if matte is not None else with_alpha(picture)
        Image.fromarray(np.ascontiguousarray(picture)).save(stream, "PNG", compress_level=6)
    return stream.getvalue()
