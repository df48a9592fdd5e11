"""The colour cube in 64**3 cells, and the nearest colours of a palette."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wand_tools.pixels import Pixels

CELLS = 64**3
_STEPS = [np.arange(256, dtype=np.int32) // 4 << shift for shift in (12, 6, 0)]


def cells_of(picture: Pixels) -> npt.NDArray[np.int32]:
    """Number the cell of the colour cube, 64 levels a channel, that each pixel falls into.

    Examples
    --------
    >>> cells_of(np.array([[[0, 0, 0], [255, 0, 4]]], np.uint8)).tolist()
    [0, 258049]
    """
    red, green, blue = (steps[picture[..., channel]] for channel, steps in enumerate(_STEPS))
    return (red + green + blue).ravel()


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
