"""ImageMagick through Wand: pictures in, indexed image data out, and its limits in plain words.

Wand is imported at the first use, so that a machine without the ImageMagick library gets one clear line.
Only formats that name a coder in `formats.py` ever reach ImageMagick, recognised by their first bytes and handed over
as bytes with the coder named: no file name, delegate or other coder comes into it.
"""

from __future__ import annotations

import functools
import io
import os
import re
import struct
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from dreamcore.images import exported
from dreamcore.rasters import check_decoded, most_decoded
from dreamcore.text import short
from wand_tools import formats
from wand_tools.errors import AnimationError
from wand_tools.facts import read_by_pillow, stated, upright
from wand_tools.gif_blocks import TRAILER, Block, frame_bytes, header, read_structure
from wand_tools.pixels import Pixels, opaque_as_rgb
from wand_tools.plain import read_plain

_TIMES = 8  # the decoded bytes of the largest picture: what ImageMagick may hold, whatever a damaged file tells it
_SUFFIX = "WAND_MAGICK_LIBRARY_SUFFIX"
BYTES_PER_PIXEL = 8  # four channels of 16 bits; more in builds of ImageMagick 7 with HDRI


@functools.cache
def wand() -> Any:
    """Import Wand with ImageMagick behind it; say what to install where that fails."""
    try:
        with _looking_for(_suffixes()):
            import wand.image
            import wand.resource
            import wand.version
    except ImportError as error:
        raise AnimationError(
            "the ImageMagick library is missing: install libmagickwand-6.q16-6 or libmagickwand-7.q16-10 (Debian, "
            "Ubuntu), ImageMagick-libs (Fedora), imagemagick (Arch, Homebrew, MSYS2), or the installer with DLLs "
            f"(Windows) [{str(error).splitlines()[0]}]"
        ) from None
    current, room = wand.resource.limits, _TIMES * most_decoded()
    current["thread"] = 1  # several frames are made at a time, each on one core
    for name in ("memory", "map", "disk"):  # where pictures are kept, one after the other
        current[name] = min(int(current[name]), room)
        room -= int(current[name])
    return wand


def _suffixes() -> str:
    """List what the names of ImageMagick's libraries end with that the loader of Linux knows; else nothing.

    Wand tries every name that there ever was, with a compiler, in a fifth of a second of each process.
    """
    if not sys.platform.startswith("linux"):
        return ""
    try:
        listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, errors="replace").stdout
    except OSError:  # there are others than GNU's
        return ""
    return ";".join(sorted(set(re.findall(r"libMagickWand(\S*)\.so", listed)), reverse=True))


@contextmanager
def _looking_for(suffixes: str) -> Iterator[None]:
    """Tell Wand in the block which libraries there are, unless the user does."""
    told = bool(suffixes) and _SUFFIX not in os.environ
    if told:
        os.environ[_SUFFIX] = suffixes
    try:
        yield
    finally:
        if told:
            del os.environ[_SUFFIX]


def version() -> tuple[int, ...]:
    """Return ImageMagick's version as a tuple of numbers, (6, 9, 11)."""
    return wand().version.MAGICK_VERSION_INFO[:3]


# -- limits -----------------------------------------------------------------------------------------------------------


def limits() -> dict[str, int]:
    """Return ImageMagick's limits that matter for pictures: width, height in pixels; memory, map, disk in bytes."""
    current = wand().resource.limits
    return {name: int(current[name]) for name in ("width", "height", "area", "memory", "map", "disk")}


def check_size(width: int, height: int, name: str = "the frame", held: int = 1) -> None:
    """Refuse a picture that is larger than our limit or ImageMagick's; say which, and what to change.

    `held` is how many such pictures are in memory together.
    """
    if width < 1 or height < 1:
        raise AnimationError(f"{name}: {short(f'{width}x{height}')} pixels is not a picture")
    check_decoded(name, width, height, held)
    now = limits()
    for side, pixels in (("width", width), ("height", height)):
        if pixels > now[side]:
            raise AnimationError(
                f"{name}: {side} {pixels} is above ImageMagick's limit of {now[side]}; make the frames smaller, or "
                f"raise '{side}' in ImageMagick's policy.xml (the variable MAGICK_{side.upper()}_LIMIT only lowers it)"
            )
    need, room = width * height * BYTES_PER_PIXEL, now["memory"] + now["map"] + now["disk"]
    if need > room:
        raise AnimationError(
            f"{name}: {width}x{height} needs {need >> 20} MiB in ImageMagick, whose limits leave {room >> 20} MiB "
            "(memory + map + disk); make the frames smaller, or raise these limits in ImageMagick's policy.xml"
        )


# -- reading ----------------------------------------------------------------------------------------------------------


def read_picture(data: bytes, name: str) -> Pixels:
    """Decode a picture file into an array.

    Parameters
    ----------
    data : bytes
        The file, in a format with a coder in `formats.py`.
    name : str
        What to call it in errors.

    Returns
    -------
    picture : uint8 array, (H, W, 3), or (H, W, 4) where something is transparent
        sRGB, and upright as the file's EXIF says.
    """
    row = formats.sniffed(data[:16])
    if row is None or row.coder is None:
        raise AnimationError(f"{name}: not a picture in a known format ({', '.join(formats.CODERS)})")
    plain = read_plain(data, name)
    if plain is not None:
        return plain
    if row.coder == "jpeg" and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        raise AnimationError(f"{name}: the file is cut off")  # ImageMagick would fill the rest with grey
    said = stated(data)
    if said.size is not None:
        check_size(*said.size, name)  # which ImageMagick refuses without a word why
    picture = read_by_pillow(data, name) if said.by_pillow else _read(data, row.coder, name)
    return upright(picture, said.orientation)


def _read(data: bytes, coder: str, name: str) -> Pixels:
    image_class = wand().image.Image
    with reading(name):
        with image_class.ping(blob=data, format=coder) as header:
            check_size(header.width, header.height, name)
            if len(header.sequence) > 1:
                raise AnimationError(f"{name}: it holds {len(header.sequence)} frames; one frame is needed here")
        with image_class(blob=data, format=coder) as image:
            return pixels(image)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say in one line what ImageMagick cannot read in the block; drop its warnings, about harmless chunks and tags."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (wand().exceptions.WandException, ValueError, TypeError) as error:  # the latter are Wand's own
        raise _readable(error, name) from error


def pixels(image: Any) -> Pixels:
    """Export a Wand image as a uint8 array in sRGB, with alpha only where something is transparent."""
    return opaque_as_rgb(exported(image, 8))


def _readable(error: Exception, name: str) -> AnimationError:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "returns false" in text:
        text = "the file is broken or cut off"
    if "cache resources exhausted" in text or "limit" in text.lower():
        now = limits()
        return AnimationError(
            f"{name}: ImageMagick's limits are reached (memory {now['memory'] >> 20}, map {now['map'] >> 20}, disk "
            f"{now['disk'] >> 20} MiB); make the frames smaller, or raise them with "
            f"--max-decoded and in policy.xml [{text}]"
        )
    return AnimationError(f"{name}: ImageMagick cannot read it ({text})")


# -- indexed pictures -------------------------------------------------------------------------------------------------


def compress(indices: Pixels, palette: Pixels) -> bytes:
    """Let ImageMagick compress an indexed picture the way GIF wants it.

    Parameters
    ----------
    indices : uint8 array, (H, W)
    palette : uint8 array, (N, 3)
        2 to 256 colours.

    Returns
    -------
    data : bytes
        LZW minimum code size, sub-blocks and terminator, for an image descriptor.
    """
    with reading("a frame"), wand().image.Image(blob=_bitmap(indices, palette), format="bmp") as image:
        blob = image.make_blob("gif")
    return read_structure(io.BytesIO(blob)).blocks[0].data


def decompress(block: Block, name: str = "a frame") -> Pixels:
    """Decode one image block of a GIF into its colour numbers, an (H, W) uint8 array; errors call it by its name."""
    grey = np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes()
    alone = Block(0, 0, block.width, block.height, None, block.data, interlaced=block.interlaced)
    blob = header(block.width, block.height, grey, plays=1) + frame_bytes(alone) + TRAILER
    with reading(name), wand().image.Image(blob=blob, format="gif") as image:
        image.depth = 8
        return np.frombuffer(image.make_blob("rgb"), np.uint8).reshape(block.height, block.width, 3)[..., 0]


def _bitmap(indices: Pixels, palette: Pixels) -> bytes:
    """Write an indexed picture as an uncompressed 8-bit BMP, whose colour order ImageMagick keeps."""
    height, width = indices.shape
    rows = np.zeros((height, (width + 3) // 4 * 4), np.uint8)
    rows[:, :width] = indices[::-1]
    table = np.zeros((len(palette), 4), np.uint8)
    table[:, :3] = palette[:, ::-1]
    start = 54 + table.nbytes
    return b"".join(
        (
            struct.pack("<2sIHHI", b"BM", start + rows.nbytes, 0, 0, start),
            struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, rows.nbytes, 2835, 2835, len(palette), 0),
            table.tobytes(),
            rows.tobytes(),
        )
    )
