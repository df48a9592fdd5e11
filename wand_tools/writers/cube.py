"""The colour cube in 64**3 cells, and the nearest colours of a palette."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wand_tools.kernels import nearest, search
from wand_tools.pixels import Pixels, bands

CELLS = 64**3
_LEVELS = np.arange(256, dtype=np.int32)
_STEPS = [_LEVELS // 4 << shift for shift in (12, 6, 0)]
_PLACES = [steps << 6 | (_LEVELS & 3) << shift for steps, shift in zip(_STEPS, (4, 2, 0), strict=True)]


def places_of(picture: Pixels) -> npt.NDArray[np.int32]:
    """Number the place of each pixel's colour: 64 times its cell, and one of the 64 colours within.

    Examples
    --------
    >>> places_of(np.array([[[0, 0, 1], [255, 0, 4]]], np.uint8)).tolist()
    [1, 16515184]
    """
    red, green, blue = (places[picture[..., channel]] for channel, places in enumerate(_PLACES))
    return (red + green + blue).ravel()


def colours_used(picture: Pixels) -> npt.NDArray[np.int32]:
    """List the colours of a picture, each as one number with red highest, in order.

    Examples
    --------
    >>> colours_used(np.array([[[0, 1, 2], [0, 0, 1], [0, 1, 2]]], np.uint8)).tolist()
    [1, 258]
    """
    parts = [distinct(codes_of(picture[band])) for band in bands(picture.shape)]
    return distinct(np.concatenate(parts)) if parts else np.zeros(0, np.int32)


def distinct(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return each of the numbers once, in order: `numpy.unique`, which first imports what takes 20 ms.

    Examples
    --------
    >>> distinct(np.array([[3, 1], [3, 2]])).tolist()
    [1, 2, 3]
    """
    numbers = np.sort(codes, axis=None)
    return numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers


def codes_of(picture: Pixels) -> npt.NDArray[np.int32]:
    """Return each pixel as one number, red highest.

    Examples
    --------
    >>> codes_of(np.array([[[0, 1, 2]]], np.uint8)).tolist()
    [[258]]
    """
    codes = picture[..., 0].astype(np.int32)
    for channel in (1, 2):
        codes <<= 8
        codes |= picture[..., channel]
    return codes


def colours_of(codes: npt.NDArray[np.int32]) -> Pixels:
    """Return the colours that `codes_of` made numbers of.

    Examples
    --------
    >>> colours_of(np.array([258])).tolist()
    [[0, 1, 2]]
    """
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)


def nearest_colours(picture: Pixels, palette: Pixels) -> Pixels:
    """Number the nearest colour of a palette (N, 3) for each pixel of a picture (H, W, 3).

    Examples
    --------
    >>> picture = np.array([[[9, 9, 9], [200, 0, 0]]], np.uint8)
    >>> nearest_colours(picture, np.array([[255, 0, 0], [0, 0, 0]], np.uint8)).tolist()
    [[1, 0]]
    """
    return find_colours(picture, palette)[0]


def find_colours(picture: Pixels, palette: Pixels) -> tuple[Pixels, int]:
    """Number the nearest colours as above; return also how many pixels have their own.

    Examples
    --------
    >>> picture = np.array([[[9, 9, 9], [200, 0, 0]]], np.uint8)
    >>> find_colours(picture, np.array([[255, 0, 0], [9, 9, 9]], np.uint8))[1]
    1
    """
    found = np.empty(picture.shape[:2], np.uint8)
    own = nearest.look_up(np.ascontiguousarray(picture), found.size, len(palette), *cells(palette), found)
    return found, own


def cells(palette: Pixels) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
    """Return the arrays in which compiled searches keep what they learn of cells of the cube."""
    pool = np.empty(search.POOL, np.uint32)
    pool[: len(palette)] = codes_of(palette) | np.arange(len(palette), dtype=np.uint32) << 24
    return np.empty(search.PLACES, np.int32), pool


def similar_colours(palette: Pixels, most: int) -> Pixels:
    """List for each colour the number of its own, then those of the others that are most similar, nearest first.

    Examples
    --------
    >>> similar_colours(np.array([[0, 0, 0], [9, 0, 0], [3, 0, 0]], np.uint8), 3).tolist()
    [[0, 2, 1], [1, 2, 0], [2, 0, 1]]
    """
    most = min(most, nearest.NEAR, len(palette))
    colours, count = palette.astype(np.float32), len(palette)
    near, apart = np.empty((count, nearest.NEAR), np.uint8), np.empty((count, nearest.NEAR), np.float32)
    nearest.neighbours(colours, count, np.empty(count, np.float32), near, apart)
    return np.hstack([np.arange(count, dtype=np.uint8)[:, None], near])[:, :most]
