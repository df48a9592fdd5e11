"""LZW compression that may take a similar colour where that makes a match longer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from wand_tools.pixels import Pixels

_SCALE = 10  # squared colour distance for each unit of `lossy`, as in gifsicle


def compress_lossy(indices: Pixels, palette: Pixels, lossy: int, clear: int | None = None) -> bytes:
    """Compress an indexed picture for GIF, replacing colours by similar ones.

    Parameters
    ----------
    indices : uint8 array, (H, W)
    palette : uint8 array, (N, 3)
    lossy : int
        0 changes nothing; 20 is hardly seen, 200 plainly.
    clear : int, optional
        The number for transparent pixels, which always stay.

    Returns
    -------
    data : bytes
        LZW minimum code size, sub-blocks and terminator.
    """
    bits = max((len(palette) - 1).bit_length(), 2)
    return bytes([bits]) + _sub_blocks(_pack(_codes(indices.ravel().tolist(), _similar(palette, lossy, clear), bits)))


def _similar(palette: Pixels, lossy: int, clear: int | None) -> list[list[int]]:
    """List for each colour those that may replace it: itself, then the others, nearest first."""
    wide = palette.astype(np.int32)
    distance = ((wide[:, None] - wide) ** 2).sum(axis=2)
    np.fill_diagonal(distance, -1)
    if clear is not None:
        distance[clear] = distance[:, clear] = 1 << 30
        distance[clear, clear] = -1
    order = distance.argsort(axis=1, kind="stable")
    return [[int(c) for c in row if distance[colour, c] <= lossy * _SCALE] for colour, row in enumerate(order)]


def _codes(pixels: Sequence[int], similar: list[list[int]], bits: int) -> Iterator[tuple[int, int]]:
    """Walk the pixels greedily; yield (code, width in bits)."""
    clear = 1 << bits
    table: dict[int, int] = {}
    following, width = clear + 2, bits + 1
    yield clear, width
    prefix = pixels[0]
    for pixel in pixels[1:]:
        base = prefix << 8
        for colour in similar[pixel]:
            longer = table.get(base | colour)
            if longer is not None:
                prefix = longer
                break
        else:
            yield prefix, width
            if following == 4096:
                yield clear, width
                table, following, width = {}, clear + 2, bits + 1
            else:
                table[base | pixel] = following
                if following == 1 << width:
                    width += 1
                following += 1
            prefix = pixel
    yield prefix, width
    # a reader makes one more entry from this code, after which its codes may be wider
    yield clear + 1, width + (following == 1 << width and width < 12)


def _pack(codes: Iterable[tuple[int, int]]) -> bytes:
    packed, bits, filled = bytearray(), 0, 0
    for code, width in codes:
        bits |= code << filled
        filled += width
        while filled >= 8:
            packed.append(bits & 255)
            bits >>= 8
            filled -= 8
    if filled:
        packed.append(bits)
    return bytes(packed)


def _sub_blocks(data: bytes) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in (data[i : i + 255] for i in range(0, len(data), 255))) + b"\0"
