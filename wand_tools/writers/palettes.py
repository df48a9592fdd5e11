"""Palettes: the few colours that stand for those of a picture, of several, or of a scene.

They come from a histogram with 32 levels a channel (`histogram`): an octree chooses first colours, then k-means moves
every colour to the middle of the pixels that use it. Histograms of several frames can be added, which is how frames
share a palette. Colours that are few enough are taken as they are, and so are those that fill much of a picture, such
as a white ground (`Tally`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from wand_tools.look import Look
from wand_tools.pixels import Mask, Pixels, bands, without_alpha
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool
from wand_tools.writers.cube import CELLS, codes_of, colours_of, colours_used, count_cells, nearest_colours, places_of

Sums: TypeAlias = npt.NDArray[np.float64]  # (32768, 4)
_ROUNDS = {"normal": 3, "best": 16}
_SAMPLE = 64  # frames that a global palette looks at
_PLAIN = 256  # a colour with more than this part of the pixels keeps a place of its own
_CUT = 0.5  # share of pixels that change their coarse colour at a cut


def histogram(picture: Pixels, solid: Mask | None = None) -> Sums:
    """Count a picture's colours: for each of 32**3 cells the number of pixels and their sums of R, G and B.

    Returns
    -------
    sums : float64 array, (32768, 4)
        Histograms of several pictures may be added.
    """
    return _sums(count_cells(picture if solid is None else picture[solid][:, None]))


def _sums(cells: npt.NDArray[np.int64]) -> Sums:
    counts = cells.reshape(64, 64, 64)
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


def find_palette(sums: Sums, colours: int, quality: str = "normal", fixed: Pixels | None = None) -> Pixels:
    """Find the colours that stand for those of a histogram with little squared error.

    Parameters
    ----------
    sums : float64 array, (32768, 4)
        From `histogram`.
    colours : int
        How many at most.
    quality : {"normal", "best"}
        How long k-means goes on.
    fixed : uint8 array, (M, 3), M < colours, optional
        Colours that the palette has in any case; the histogram no longer counts them.

    Returns
    -------
    palette : uint8 array, (N, 3), N <= colours, at least 1
    """
    used = sums[sums[:, 0] > 0]
    start = np.zeros((0, 3)) if fixed is None else fixed.astype(float)
    if not len(used):
        return np.zeros((1, 3), np.uint8) if fixed is None else np.unique(fixed, axis=0)
    weights, points = used[:, 0], used[:, 1:] / used[:, :1]
    if len(points) <= colours - len(start):
        return np.unique(np.rint(np.vstack([start, points])).astype(np.uint8), axis=0)
    centres = np.vstack([start, _octree(points, weights, colours - len(start))])
    for _ in range(_ROUNDS[quality]):
        nearest = nearest_colours(points, centres)
        total = np.bincount(nearest, weights, len(centres))
        moved = total > 0
        moved[: len(start)] = False
        for channel in range(3):
            summed = np.bincount(nearest, used[:, 1 + channel], len(centres))
            centres[moved, channel] = summed[moved] / total[moved]
    return np.unique(np.rint(centres).astype(np.uint8), axis=0)


def _octree(points: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Choose the first colours with Pillow's octree, each weighted by the root of its number of pixels."""
    from PIL import Image  # a frame with few colours needs no Pillow

    times = np.maximum(np.rint(3 * np.sqrt(weights / weights.mean())), 1).astype(int)
    cloud = np.rint(np.repeat(points, times, axis=0)).astype(np.uint8)
    chosen = Image.fromarray(cloud[None]).quantize(count, method=Image.Quantize.FASTOCTREE)
    return np.array(chosen.getpalette(), float).reshape(-1, 3)[:count]


# -- colours that stay ------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What a palette for one or several pictures is made from; tallies can be added.

    Attributes
    ----------
    sums : float64 array, (32768, 4)
    plain : Counter
        How many pixels have each of the colours that fill much of a picture, numbered as `codes_of` does.
    few : int32 array or None
        All colours, where they are no more than 256.
    clear : bool
        Whether something is transparent, which takes a number of a palette.
    """

    sums: Sums
    plain: Counter[int] = field(default_factory=Counter)
    few: npt.NDArray[np.int32] | None = None
    clear: bool = False

    def __add__(self, other: Tally) -> Tally:
        few = None
        if self.few is not None and other.few is not None:
            both = np.union1d(self.few, other.few)
            few = both if len(both) <= 256 else None
        return Tally(self.sums + other.sums, self.plain + other.plain, few, self.clear or other.clear)

    def palette(self, look: Look) -> Pixels:
        """Return all colours if they are few enough, otherwise the best ones to stand for them."""
        if self.few is not None and 0 < len(self.few) <= (look.visible if self.clear else look.colours):
            return colours_of(self.few)
        least = self.sums[:, 0].sum() / _PLAIN
        often = [(code, count) for code, count in self.plain.most_common(look.visible // 2) if count >= least]
        if not often:
            return find_palette(self.sums, look.visible, look.quality)
        codes, counts = (np.array(column) for column in zip(*often, strict=True))
        fixed = colours_of(codes)
        return find_palette(_without(self.sums, fixed, counts), look.visible, look.quality, fixed)


def tally(picture: Pixels, solid: Mask | None = None) -> Tally:
    """Count the solid pixels of a picture.

    Examples
    --------
    >>> counted = tally(np.full((2, 3, 3), 255, np.uint8))
    >>> counted.few.tolist(), counted.palette(Look()).tolist()
    ([16777215], [[255, 255, 255]])
    """
    pixels = picture if solid is None else picture[solid][:, None]
    cells = count_cells(pixels)
    few = None
    if np.count_nonzero(cells) <= 256:
        codes = colours_used(pixels)
        few = codes if len(codes) <= 256 else None
    plain = _plain(pixels, cells) if few is None else _count(pixels, few)  # of several pictures they may be too many
    return Tally(_sums(cells), plain, few, solid is not None and not solid.all())


def _plain(pixels: Pixels, cells: npt.NDArray[np.int64]) -> Counter[int]:
    """Count the colours that fill much of a picture; only cells with as many pixels can hold them."""
    least = max(pixels.shape[0] * pixels.shape[1] // _PLAIN, 2)
    full = np.flatnonzero(cells >= least)
    rank = np.full(CELLS, -1, np.int32)
    rank[full] = np.arange(len(full), dtype=np.int32)
    counts = np.zeros(64 * len(full), np.int64)
    for band in bands(pixels.shape):
        places = places_of(pixels[band])
        ranks = rank[places >> 6]
        inside = ranks >= 0
        counts += np.bincount(ranks[inside] * 64 + (places[inside] & 63), minlength=len(counts))
    often = np.flatnonzero(counts >= least)
    cell, within = full[often // 64], often % 64
    red = (cell >> 12) * 4 + (within >> 4)
    green = (cell >> 6 & 63) * 4 + (within >> 2 & 3)
    blue = (cell & 63) * 4 + (within & 3)
    codes = red << 16 | green << 8 | blue
    return Counter(dict(zip(codes.tolist(), counts[often].tolist(), strict=True)))


def _count(pixels: Pixels, codes: npt.NDArray[np.int32]) -> Counter[int]:
    counts = np.zeros(len(codes), np.int64)
    for band in bands(pixels.shape):
        counts += np.bincount(np.searchsorted(codes, codes_of(pixels[band])).ravel(), minlength=len(codes))
    return Counter(dict(zip(codes.tolist(), counts.tolist(), strict=True)))


def _without(sums: Sums, colours: Pixels, counts: np.ndarray) -> Sums:
    """Take colours out of a histogram, as it counted them: by the middles of their cells."""
    rest = sums.copy()
    levels = colours.astype(np.int64)
    cells = (levels[:, 0] // 8 * 32 + levels[:, 1] // 8) * 32 + levels[:, 2] // 8
    np.subtract.at(rest[:, 0], cells, counts)
    for channel in range(3):
        np.subtract.at(rest[:, channel + 1], cells, counts * (levels[:, channel] // 4 * 4 + 1.5))
    return rest


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
            self.shared = self.runs[0][1].tobytes() + bytes(3 * (len(self.runs[0][1]) < 256))

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
    step = -(-len(frames) // _SAMPLE) if mode == "global" else 1
    runs, first = [], 0
    total: Tally | None = None
    for number, counted in enumerate(pool.map(_tally, ((frame, look) for frame in frames[::step]))):
        counted.clear |= step > 1  # who knows what the other frames have
        if mode == "scene" and total is not None and _is_cut(total.sums, counted.sums):
            runs.append((first, total.palette(look)))
            first, total = number, None
        total = counted if total is None else total + counted
    assert total is not None  # there is a frame
    return Palettes([*runs, (first, total.palette(look))])


def _tally(task: tuple[Reference, Look]) -> Tally:
    frame, look = task
    return tally(*without_alpha(frame.read(), look.matte))


def _is_cut(total: Sums, sums: Sums) -> bool:
    """Return whether a frame's colours differ from those of the scene before it."""

    def shares(counts: Sums) -> np.ndarray:
        coarse = counts[:, 0].reshape(8, 4, 8, 4, 8, 4).sum(axis=(1, 3, 5))
        return coarse / max(coarse.sum(), 1)

    return bool(np.abs(shares(total) - shares(sums)).sum() / 2 > _CUT)
