"""The colour cube in 64**3 cells, and the nearest colours of a palette."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wand_tools.pixels import Pixels, bands

CELLS = 64**3
_LEVELS = np.arange(256, dtype=np.int32)
_STEPS = [_LEVELS // 4 << shift for shift in (12, 6, 0)]
_PLACES = [steps << 6 | (_LEVELS & 3) << shift for steps, shift in zip(_STEPS, (4, 2, 0), strict=True)]


def cells_of(picture: Pixels) -> npt.NDArray[np.int32]:
    """Number the cell of the colour cube, 64 levels a channel, that each pixel falls into.

    Examples
    --------
    >>> cells_of(np.array([[[0, 0, 0], [255, 0, 4]]], np.uint8)).tolist()
    [0, 258049]
    """
    red, green, blue = (steps[picture[..., channel]] for channel, steps in enumerate(_STEPS))
    return (red + green + blue).ravel()


def places_of(picture: Pixels) -> npt.NDArray[np.int32]:
    """Number the place of each pixel's colour: 64 times its cell, and one of the 64 colours within.

    Examples
    --------
    >>> places_of(np.array([[[0, 0, 1], [255, 0, 4]]], np.uint8)).tolist()
    [1, 16515184]
    """
    red, green, blue = (places[picture[..., channel]] for channel, places in enumerate(_PLACES))
    return (red + green + blue).ravel()


def count_cells(picture: Pixels) -> npt.NDArray[np.int64]:
    """Count the pixels in each cell of the colour cube.

    Examples
    --------
    >>> count_cells(np.zeros((2, 3, 3), np.uint8))[:2].tolist()
    [6, 0]
    """
    counts = np.zeros(CELLS, np.int64)
    for band in bands(picture.shape):
        counts += np.bincount(cells_of(picture[band]), minlength=CELLS)
    return counts


def colours_used(picture: Pixels) -> npt.NDArray[np.int32]:
    """List the colours of a picture, each as one number with red highest, in order.

    Examples
    --------
    >>> colours_used(np.array([[[0, 1, 2], [0, 0, 1], [0, 1, 2]]], np.uint8)).tolist()
    [1, 258]
    """
    parts = [np.unique(codes_of(picture[band])) for band in bands(picture.shape)]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int32)


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


def nearest_colours(points: np.ndarray, palette: np.ndarray) -> npt.NDArray[np.intp]:
    """Number the nearest colour of a palette (M, 3) for each of the points (N, 3).

    In quarters of a level every product and sum below is exact in 32 bits, so the result does not depend on how
    the machine multiplies matrices.

    Examples
    --------
    >>> nearest_colours(np.array([[9, 9, 9], [200, 0, 0]]), np.array([[0, 0, 0], [255, 0, 0]])).tolist()
    [0, 1]
    """
    points, palette = ((np.rint(values * 4.0) / 4).astype(np.float32) for values in (points, palette))
    half, across = (palette**2).sum(axis=1) / 2, np.ascontiguousarray(palette.T)
    nearest = np.empty(len(points), np.intp)
    for start in range(0, len(points), 1024):  # that many stay in the processor's cache
        nearness = points[start : start + 1024] @ across
        nearness -= half
        nearest[start : start + 1024] = nearness.argmax(axis=1)
    return nearest
