"""What each of some flat colours has of the pixels of a mask."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

COLOURS = {
    "white": (1, 1, 1),
    "black": (0, 0, 0),
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "yellow": (1, 1, 0),
    "cyan": (0, 1, 1),
    "magenta": (1, 0, 1),
}


def shares(rgb: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """Return what each colour has of each pixel; together 1.

    Parameters
    ----------
    rgb : (H, W, 3) ndarray
        0..255.
    colours : sequence of str
        Two or more of `COLOURS`.

    Returns
    -------
    (K, H, W) ndarray
        float32. A pixel lies between the two colours to whose line it is nearest.

    Examples
    --------
    >>> shares(np.array([[[255, 0, 0], [191.25, 0, 63.75]]]), ("red", "blue")).tolist()
    [[[1.0, 0.75]], [[0.0, 0.25]]]
    """
    points, ends = (
        rgb.reshape(-1, 3).astype(np.float32) / 255,
        np.array([COLOURS[each] for each in colours], np.float32),
    )
    nearest, found = np.full(len(points), np.inf), np.zeros((len(colours), len(points)), np.float32)
    for first, second in combinations(range(len(colours)), 2):
        line = ends[second] - ends[first]
        part = np.clip((points - ends[first]) @ line / (line @ line), 0, 1)
        distance = ((points - ends[first] - part[:, None] * line) ** 2).sum(1)
        closer = distance < nearest - 1e-6
        nearest[closer], found[:, closer] = distance[closer], 0
        found[first, closer], found[second, closer] = 1 - part[closer], part[closer]
    return found.reshape(len(colours), *rgb.shape[:2])
