"""The bytes of a GIF89a file: its blocks read and written, and the rules for loops and delays.

Nothing here looks at pixels; the compressed picture data stay as they are. Section numbers are those of the
GIF89a specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

from wand_tools.chunks import Taker
from wand_tools.errors import AnimationError, AnimationNotAllowed

TRAILER = b"\x3b"
KEEP, TO_BACKGROUND, TO_PREVIOUS = 1, 2, 3
SLOWEST = 65535
_LOOP_NAMES = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


@dataclass
class Block:
    """One image of the file with its graphic control extension."""

    left: int
    top: int
    width: int
    height: int
    palette: bytes | None  # local colour table, 3 bytes a colour
    data: bytes  # LZW minimum code size, sub-blocks, terminator
    delay: int = 0  # centiseconds
    disposal: int = KEEP
    transparent: int | None = None
    interlaced: bool = False


@dataclass
class Structure:
    """What a GIF file says outside its images."""

    width: int
    height: int
    palette: bytes | None = None  # global colour table
    plays: int = 1
    other_bytes: int = 0  # comments, text and application data, and what follows the trailer
    blocks: list[Block] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height: those of the screen, for which readers take the first frame where that is larger."""
        first = self.blocks[0]
        return max(self.width, first.left + first.width), max(self.height, first.top + first.height)


# -- rules ------------------------------------------------------------------------------------------------------------


def loop_extension(plays: int) -> bytes:
    """Return the bytes that make a GIF play `plays` times; 0 is for ever.

    Without the extension a GIF plays once; with it, its number says how often the animation is *repeated*,
    and 0 means without end.

    Examples
    --------
    >>> loop_extension(1)
    b''
    >>> loop_extension(3)[-3:-1]
    b'\\x02\\x00'
    """
    if not 0 <= plays <= 65536:
        raise AnimationNotAllowed(f"plays {plays}: a GIF can hold 0 (for ever) to 65536")
    if plays == 1:
        return b""
    return b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", max(plays - 1, 0)) + b"\x00"


def comment_extension(text: str) -> bytes:
    """Return the bytes of a comment, none for an empty one.

    Examples
    --------
    >>> comment_extension("hello")
    b'!\\xfe\\x05hello\\x00'
    """
    data = text.encode("ascii")
    parts = (data[begin : begin + 255] for begin in range(0, len(data), 255))
    return b"\x21\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0" if data else b""


def plays_of(repeats: int | None) -> int:
    """Return how often an animation is played from the number in its loop extension, None where there is none.

    Examples
    --------
    >>> plays_of(None), plays_of(0), plays_of(2)
    (1, 0, 3)
    """
    if repeats is None:
        return 1
    return repeats + 1 if repeats else 0


def centiseconds(durations: Iterable[Fraction]) -> Iterator[int]:
    """Spread the rounding of frame durations, so that the total is exact to the centisecond.

    Parameters
    ----------
    durations : iterable of Fraction
        Seconds.

    Yields
    ------
    delay : int
        Centiseconds, one for each frame.

    Examples
    --------
    >>> list(centiseconds([Fraction(1, 30)] * 6))
    [3, 3, 4, 3, 3, 4]
    """
    elapsed, shown = Fraction(0), 0
    for duration in durations:
        elapsed += Fraction(duration) * 100
        delay = int(elapsed) - shown
        if delay > SLOWEST:
            raise AnimationError(f"a frame lasts {float(duration):g} s: GIF can hold at most {SLOWEST / 100:g} s")
        shown += delay
        yield delay


# -- writing ----------------------------------------------------------------------------------------------------------


def header(width: int, height: int, palette: bytes | None = None, plays: int = 0, comment: str = "") -> bytes:
    """Return the bytes before the first frame: signature, screen, global colour table, loop, comment."""
    if not (1 <= width <= 65535 and 1 <= height <= 65535):
        raise AnimationError(f"{width}x{height}: a GIF side has 1 to 65535 pixels")
    flags, table = _colour_table(palette, 0x80) if palette else (0, b"")
    screen = struct.pack("<HHBBB", width, height, 0x70 | flags, 0, 0)
    return b"GIF89a" + screen + table + loop_extension(plays) + comment_extension(comment)


def frame_bytes(block: Block) -> bytes:
    """Return the bytes of one frame: graphic control extension, image descriptor, colour table, data."""
    flags = block.disposal << 2 | (block.transparent is not None)
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, block.delay, block.transparent or 0, 0)
    flags, table = _colour_table(block.palette, 0x80) if block.palette else (0, b"")
    flags |= 0x40 * block.interlaced
    place = struct.pack("<BHHHHB", 0x2C, block.left, block.top, block.width, block.height, flags)
    return control + place + table + block.data


def _colour_table(palette: bytes, flag: int) -> tuple[int, bytes]:
    """Fill a colour table up to the next power of two, as section 19 wants it; return its flags and bytes."""
    bits = max((len(palette) // 3 - 1).bit_length(), 1)
    return flag | bits - 1, palette.ljust(3 << bits, b"\0")


# -- reading ----------------------------------------------------------------------------------------------------------


def read_structure(file: BinaryIO, keep_data: bool = True) -> Structure:
    """Read a GIF file into its blocks.

    Parameters
    ----------
    file : binary file object
        At the beginning of the GIF.
    keep_data : bool
        False leaves the compressed data of the images out, for a quick look.

    Returns
    -------
    structure : Structure
    """
    structure, blocks = open_structure(file)
    for block in blocks:
        if not keep_data:
            block.data = b""
        structure.blocks.append(block)
    return structure


def open_structure(file: BinaryIO) -> tuple[Structure, Iterator[Block]]:
    """Read the head of a GIF file; return its `Structure` and an iterator over its blocks, which fills in the rest."""
    take = _Taker(file)
    if take(6) not in (b"GIF87a", b"GIF89a"):
        raise AnimationError("this is not a GIF: it does not begin with GIF87a or GIF89a")
    width, height, flags = take.numbers("<HHBxx")
    structure = Structure(width, height, take(3 << (flags & 7) + 1) if flags & 0x80 else None)
    return structure, _blocks(take, structure)


def _blocks(take: _Taker, structure: Structure) -> Iterator[Block]:
    delay, disposal, transparent = 0, 0, None
    while (kind := take(1)) != TRAILER:
        if kind == b"\x2c":
            left, top, wide, high, flags = take.numbers("<HHHHB")
            palette = take(3 << (flags & 7) + 1) if flags & 0x80 else None
            data = take(1) + take.sub_blocks()
            take.frames += 1
            yield Block(left, top, wide, high, palette, data, delay, disposal, transparent, bool(flags & 0x40))
            delay, disposal, transparent = 0, 0, None
        elif kind == b"\x21":
            label, content = take(1), take.sub_blocks()
            if label == b"\xf9" and content[0] >= 4:
                flags, delay, index = struct.unpack_from("<BHB", content, 1)
                disposal, transparent = flags >> 2 & 7, index if flags & 1 else None
            elif label == b"\xff" and content[1:12] in _LOOP_NAMES and content[12:14] == b"\x03\x01":
                structure.plays = plays_of(struct.unpack_from("<H", content, 14)[0])
            else:
                structure.other_bytes += 2 + len(content)
        else:
            raise AnimationError(f"the GIF is broken after frame {take.frames}: unknown block 0x{kind.hex()}")
    structure.other_bytes += sum(map(len, iter(lambda: take.file.read(65536), b"")))


class _Taker(Taker):
    """Counts the whole frames before a file ends too early."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, "the GIF")
        self.frames = 0

    def __call__(self, count: int) -> bytes:
        try:
            return super().__call__(count)
        except AnimationError as error:
            raise AnimationError(f"{error} after {self.frames} whole frames") from None

    def sub_blocks(self) -> bytes:
        parts = []
        while (size := self(1)) != b"\0":
            parts += [size, self(size[0])]
        return b"".join(parts) + b"\0"
