"""How like its source a picture looks, and how like the source's the change from one picture to the next is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wand_tools.pixels import Pixels

_WINDOW = 7
_LEVEL, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # what keeps the quotients below steady
Grey = npt.NDArray[np.float64]


def similarity(picture: Pixels, source: Pixels) -> float:
    """Return the mean structural similarity (Wang et al. 2004) of two pictures' grey levels in windows of 7x7.

    Parameters
    ----------
    picture, source : uint8 array, (H, W, 3)

    Returns
    -------
    similarity : float
        1 where they are equal.

    Examples
    --------
    >>> source = np.zeros((8, 8, 3), np.uint8)
    >>> similarity(source, source), round(similarity(source + 5, source), 3)
    (1.0, 0.206)
    """
    a, b = picture.mean(axis=2), source.mean(axis=2)
    mean_a, mean_b = _means(a), _means(b)
    spread = _means(a * a) - mean_a**2 + _means(b * b) - mean_b**2
    together = _means(a * b) - mean_a * mean_b
    level = (2 * mean_a * mean_b + _LEVEL) / (mean_a**2 + mean_b**2 + _LEVEL)
    return float((level * (2 * together + _CONTRAST) / (spread + _CONTRAST)).mean())


def shimmer(before: Pixels, after: Pixels, source_before: Pixels, source_after: Pixels) -> float:
    """Return how far the change from a picture to the next is from the source's change: the mean over all levels.

    Examples
    --------
    >>> dark, light = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 9, np.uint8)
    >>> shimmer(dark, light, dark, light), shimmer(dark, dark, dark, light)
    (0.0, 9.0)
    """
    change = after.astype(np.int16) - before
    wanted = source_after.astype(np.int16) - source_before
    return float(np.abs(change - wanted).mean())


def _means(levels: Grey) -> Grey:
    """Return the means of all windows that lie within."""
    for axis in (0, 1):
        long = min(_WINDOW, levels.shape[axis])
        sums = np.cumsum(levels, axis=axis)
        first, rest = np.split(sums, [long - 1], axis=axis)
        levels = rest.copy()
        ahead = [slice(None), slice(None)]
        ahead[axis] = slice(1, None)
        behind = [slice(None), slice(None)]
        behind[axis] = slice(None, rest.shape[axis] - 1)
        levels[tuple(ahead)] -= np.concatenate([first, rest], axis=axis)[tuple(behind)]
        levels /= long
    return levels
