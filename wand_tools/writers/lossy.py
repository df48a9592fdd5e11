"""LZW compression that may take a similar colour where that makes the file smaller."""

from __future__ import annotations

import numpy as np

from wand_tools.kernels import clusters, lzw
from wand_tools.pixels import Pixels
from wand_tools.writers.cube import similar_colours
from wand_tools.writers.palettes import visibility

_CHOICES = 6  # colours, nearest first, that a string may begin with
_FARTHEST = 12  # bits that a pixel's error may be worth
_SHARPER = 0.022
_NOWHERE = 1e4  # the levels of transparency, far from those of every colour


def compress_lossy(
    indices: Pixels, palette: Pixels, price: float, clear: int | None = None,
    source: Pixels | None = None, hold: bool = False, share: float = 0,
) -> bytes:  # fmt: skip
    """Compress an indexed picture for GIF, replacing colours by similar ones where that saves bits.

    Parameters
    ----------
    indices : uint8 array, (H, W)
    palette : uint8 array, (N, 3)
    price : float
        The squared error in levels that saving a bit is worth where errors are seen most; 0 changes nothing.
    clear : int, optional
        The number for transparent pixels, which always stay.
    source : uint8 array, (H, W, 3), optional
        What errors are measured from; by default the colours that `indices` stand for.
    hold : bool
        Whether pixels stay whose colour is that of the source.
    share : float
        Adds this part of the mean squared error that there is already to the price.

    Returns
    -------
    data : bytes
        LZW minimum code size, sub-blocks and terminator.
    """
    indices = np.ascontiguousarray(indices)
    bits = max((len(palette) - 1).bit_length(), 2)
    source = np.ascontiguousarray(np.take(palette, indices, axis=0) if source is None else source)
    weights = visibility(source)
    source = source if hold else _sharper(source)
    colours = palette.astype(np.float32)
    if clear is not None:
        colours[clear] = _NOWHERE
    similar = np.ascontiguousarray(similar_colours(palette, _CHOICES if price or share else 1))
    out = np.empty(2 * indices.size + 64, np.uint8)  # 12 bits a pixel, and what clears the table
    size = lzw.encode(
        indices, indices.size, source, np.empty_like(weights), weights, colours, -1 if clear is None else clear, hold,
        similar, similar.shape[1], bits, price, share, _FARTHEST, *_room(), out,
    )  # fmt: skip
    return bytes([bits]) + _sub_blocks(out[:size])


def _sharper(picture: Pixels) -> Pixels:
    """Return the picture with a little more contrast, as much as similar colours take away from what moves."""
    height, width = picture.shape[:2]
    found = np.empty_like(picture)
    clusters.sharpen(picture, height, width, _SHARPER, np.empty(3 * width, np.int64), found)
    return found


def _room() -> tuple[np.ndarray, ...]:
    """Return the arrays that the encoder works in."""
    tree, waiting = np.empty(4 * 4096, np.int32), np.empty(2 * 512, np.int32)
    return tree, waiting, np.empty(512, np.float32), np.empty(4096 + 1, np.uint8), np.zeros(3, np.int64)


def _sub_blocks(data: Pixels) -> bytes:
    """Put the length before each 255 bytes, and a zero behind all.

    Examples
    --------
    >>> _sub_blocks(np.zeros(256, np.uint8)) == bytes([255, *[0] * 255, 1, 0, 0])
    True
    """
    full, rest = divmod(len(data), 255)
    blocks = np.full((full, 256), 255, np.uint8)
    blocks[:, 1:] = data[: 255 * full].reshape(full, 255)
    return blocks.tobytes() + (bytes([rest]) + data[255 * full :].tobytes() if rest else b"") + b"\0"
