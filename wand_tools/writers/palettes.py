"""Palettes: the few colours that stand for those of a picture, of several, or of a scene.

They come from a histogram with 32 levels a channel (`histogram`): an octree chooses first colours, then k-means moves
every colour to the middle of the pixels that use it. Histograms of several frames can be added, which is how frames
share a palette.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from wand_tools.frames.references import Reference
from wand_tools.look import Look
from wand_tools.pixels import Mask, Pixels, without_alpha
from wand_tools.workers import Pool
from wand_tools.writers.cube import colours_used, count_cells, nearest_colours

Sums: TypeAlias = npt.NDArray[np.float64]  # (32768, 4)
_ROUNDS = {"normal": 3, "best": 16}
_SAMPLE = 64  # frames that a global palette looks at
_CUT = 0.5  # share of pixels that change their coarse colour at a cut


def histogram(picture: Pixels, solid: Mask | None = None) -> Sums:
    """Count a picture's colours: for each of 32**3 cells the number of pixels and their sums of R, G and B.

    Returns
    -------
    sums : float64 array, (32768, 4)
        Histograms of several pictures may be added.
    """
    counts = count_cells(picture if solid is None else picture[solid][:, None]).reshape(64, 64, 64)
    sums = np.empty((32, 32, 32, 4))
    for channel in range(3):
        first, second = {0, 1, 2} - {channel}
        low, high = _halves(sum(_halves(sum(_halves(counts, first)), second)), channel)
        sums[..., 0] = low + high
        begins = np.arange(0, 256, 8).reshape((32,) + (1,) * (2 - channel))
        sums[..., channel + 1] = low * (begins + 1.5) + high * (begins + 5.5)
    return sums.reshape(-1, 4)


def _halves(counts: np.ndarray, axis: int) -> np.ndarray:
    """Return the lower and the upper half of each pair of cells along an axis."""
    pairs = counts.reshape(*counts.shape[:axis], 32, 2, *counts.shape[axis + 1 :])
    return np.moveaxis(pairs, axis + 1, 0)


def find_palette(sums: Sums, colours: int, quality: str = "normal") -> Pixels:
    """Find the colours that stand for those of a histogram with little squared error.

    Parameters
    ----------
    sums : float64 array, (32768, 4)
        From `histogram`.
    colours : int
        How many at most.
    quality : {"normal", "best"}
        How long k-means goes on.

    Returns
    -------
    palette : uint8 array, (N, 3), N <= colours, at least 1
    """
    used = sums[sums[:, 0] > 0]
    if not len(used):
        return np.zeros((1, 3), np.uint8)
    weights, points = used[:, 0], used[:, 1:] / used[:, :1]
    if len(points) <= colours:
        return np.rint(points).astype(np.uint8)
    centres = _octree(points, weights, colours)
    for _ in range(_ROUNDS[quality]):
        nearest = nearest_colours(points, centres)
        total = np.bincount(nearest, weights, len(centres))
        kept = total > 0
        for channel in range(3):
            summed = np.bincount(nearest, used[:, 1 + channel], len(centres))
            centres[kept, channel] = summed[kept] / total[kept]
    return np.unique(np.rint(centres).astype(np.uint8), axis=0)


def _octree(points: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Choose the first colours with Pillow's octree, each weighted by the root of its number of pixels."""
    from PIL import Image  # a frame with few colours needs no Pillow

    times = np.maximum(np.rint(3 * np.sqrt(weights / weights.mean())), 1).astype(int)
    cloud = np.rint(np.repeat(points, times, axis=0)).astype(np.uint8)
    chosen = Image.fromarray(cloud[None]).quantize(count, method=Image.Quantize.FASTOCTREE)
    return np.array(chosen.getpalette(), float).reshape(-1, 3)[:count]


def own_palette(picture: Pixels, solid: Mask | None, look: Look) -> Pixels:
    """Return the colours of a picture if they are few enough, otherwise the best ones to stand for them."""
    sums = histogram(picture, solid)
    if np.count_nonzero(sums[:, 0]) <= look.visible:
        codes = colours_used(picture if solid is None else picture[solid][:, None])
        if 0 < len(codes) <= look.visible:
            return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)
    return find_palette(sums, look.visible, look.quality)


# -- palettes for several frames --------------------------------------------------------------------------------------


class Palettes:
    """Which palette each frame uses: `palettes[number]` is None where the frame finds its own.

    Attributes
    ----------
    shared : bytes or None
        The one palette of all frames, with a place for transparent pixels.
    """

    def __init__(self, runs: Sequence[tuple[int, Pixels]] = ()) -> None:
        self.runs = list(runs)  # (first frame, palette)
        self.shared: bytes | None = None
        if len(self.runs) == 1:
            self.shared = self.runs[0][1].tobytes() + bytes(3)

    def __getitem__(self, number: int) -> Pixels | None:
        return next((palette for first, palette in reversed(self.runs) if first <= number), None)


def plan_palettes(mode: str, frames: Sequence[Reference], look: Look, pool: Pool) -> Palettes:
    """Find the palettes of an animation before it is written.

    Parameters
    ----------
    mode : {"global", "scene"}
        One palette for all from a sample of frames, or one for each run of frames without a cut.
    frames : sequence of Reference
    look : Look
    pool : Pool

    Returns
    -------
    palettes : Palettes
    """
    if mode == "global":
        step = -(-len(frames) // _SAMPLE)
        frames = frames[::step]
    runs, first = [], 0
    total: Sums | None = None
    for number, sums in enumerate(pool.map(_count, ((frame, look) for frame in frames))):
        if mode == "scene" and total is not None and _is_cut(total, sums):
            runs.append((first, find_palette(total, look.visible, look.quality)))
            first, total = number, None
        total = sums if total is None else total + sums
    assert total is not None  # there is a frame
    return Palettes([*runs, (first, find_palette(total, look.visible, look.quality))])


def _count(task: tuple[Reference, Look]) -> Sums:
    frame, look = task
    return histogram(*without_alpha(frame.read(), look.matte))


def _is_cut(total: Sums, sums: Sums) -> bool:
    """Return whether a frame's colours differ from those of the scene before it."""

    def shares(counts: Sums) -> np.ndarray:
        coarse = counts[:, 0].reshape(8, 4, 8, 4, 8, 4).sum(axis=(1, 3, 5))
        return coarse / max(coarse.sum(), 1)

    return bool(np.abs(shares(total) - shares(sums)).sum() / 2 > _CUT)
