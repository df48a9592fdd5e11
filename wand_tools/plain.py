"""The plainest PNG, which most frames are: decoded here, in half the time that ImageMagick or Pillow take."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from dreamcore.rasters import check_decoded
from wand_tools.kernels import rows
from wand_tools.pixels import Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KIND = bytes([8, 2, 0, 0, 0])  # bits a channel, RGB, and the usual compression, filters and order of rows
_HARMLESS = {b"IHDR", b"IDAT", b"IEND", b"iTXt", b"pHYs", b"tEXt", b"tIME", b"zTXt"}
_WORDS = (b"Raw profile type", b"rientation")  # a text that is more than a text


def read_plain(data: bytes, name: str) -> Pixels | None:
    """Decode a PNG of 8-bit RGB that says nothing of its colours and of which way up it is.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What to call it in errors.

    Returns
    -------
    picture : uint8 array, (H, W, 3), or None
        None for every other file, and for a damaged one, of which others say what is wrong.

    Raises
    ------
    DreamError
        When the picture is larger than is allowed.

    Examples
    --------
    >>> read_plain(b"GIF89a", "a.gif") is None
    True
    """
    if not data.startswith(_SIGNATURE) or data[24:29] != _KIND:
        return None
    chunks = list(_chunks(data))
    kinds = [kind for kind, _ in chunks]
    first = kinds.index(b"IDAT") if b"IDAT" in kinds else 0
    last = first + kinds.count(b"IDAT")
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or set(kinds[first:last]) != {b"IDAT"}:
        return None
    if kinds.count(b"IHDR") + kinds.count(b"IEND") > 2 or not set(kinds) <= _HARMLESS:
        return None
    if any(word in content for kind, content in chunks for word in _WORDS if kind != b"IDAT"):
        return None
    width, height = struct.unpack(">II", data[16:24])
    check_decoded(name, width, height)
    return _decoded(b"".join(content for _, content in chunks[first:last]), width, height)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the chunks, up to one that is damaged."""
    at = len(_SIGNATURE)
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big") or end + 4 > len(data):
            yield b"", b""
            return
        yield data[at + 4 : at + 8], data[at + 8 : end]
        at = end + 4


def _decoded(packed: bytes, width: int, height: int) -> Pixels | None:
    unpacked, size = zlib.decompressobj(), height * (3 * width + 1)
    try:
        lines = unpacked.decompress(packed, size + 1)
    except zlib.error:
        return None
    if not width or len(lines) != size or not unpacked.eof or unpacked.unused_data:
        return None
    picture = np.empty((height, width, 3), np.uint8)
    return None if rows.unfilter(np.frombuffer(lines, np.uint8), height, width, picture) else picture
