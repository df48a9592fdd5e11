"""Colours that nobody sees, under full transparency or where a pixel is no number."""

from __future__ import annotations

import numpy as np


def seen_colours(rgb: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Return colours in which pixels that nobody sees have those of their visible neighbours.

    A dream looks at its pixels together: what a picture hides under full transparency would show in what it does not
    hide. Neighbours are sought in ever coarser pictures, each with the means of four pixels of the one before, weighed
    by their alpha. What is no number counts as hidden. A picture with nothing visible stays as it is.

    Parameters
    ----------
    rgb : (H, W, 3) ndarray
        float32, 0..255.
    alpha : (H, W) ndarray or None
        0..255.

    Returns
    -------
    (H, W, 3) ndarray
        float32; `rgb` itself where all of it is seen.

    Examples
    --------
    >>> seen_colours(np.float32([[[9, 9, 9], [250, 0, 0]]]), np.float32([[255, 0]])).tolist()
    [[[9.0, 9.0, 9.0], [9.0, 9.0, 9.0]]]
    """
    if np.isfinite(rgb.min()) and np.isfinite(rgb.max()) and (alpha is None or alpha.all()):
        return rgb
    is_number = np.isfinite(rgb).all(-1)
    weight = np.where(is_number, np.float32(255) if alpha is None else alpha, np.float32(0)) / np.float32(255)
    return _filled(np.where(is_number[..., None], rgb, np.float32(0)), weight) if weight.any() else np.nan_to_num(rgb)


def _filled(rgb: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Fill pixels of weight 0 from a picture of half the size, and that one in the same way."""
    height, width = weight.shape
    if weight.all() or height == width == 1:
        return rgb
    even = (0, height % 2), (0, width % 2)
    weights = np.pad(weight, even).reshape((height + 1) // 2, 2, (width + 1) // 2, 2)
    colours = np.pad(rgb * weight[..., None], (*even, (0, 0))).reshape(*weights.shape, 3).sum((1, 3))
    total = weights.sum((1, 3))
    coarse = _filled(colours / np.maximum(total, np.float32(1e-9))[..., None], np.minimum(total, 1))
    return np.where(weight[..., None] > 0, rgb, coarse.repeat(2, 0).repeat(2, 1)[:height, :width])
