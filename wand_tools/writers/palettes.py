"""Palettes: the few colours that stand for those of a picture, of several, or of a scene.

They come from a histogram with 64 levels a channel (`histogram`), in which a pixel counts more where an error would be
seen (`visibility`): the cluster of colours with the largest error is split, again and again, then k-means moves every
colour to the middle of the pixels that use it. Histograms of several frames can be added, which is how frames
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

from wand_tools.kernels import clusters, search
from wand_tools.look import Look
from wand_tools.pixels import Mask, Pixels, bands, without_alpha
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool
from wand_tools.writers.cube import CELLS, codes_of, colours_of, colours_used, distinct, places_of

Cells: TypeAlias = npt.NDArray[np.int32]  # (N,)
Sums: TypeAlias = npt.NDArray[np.float64]  # (N, 4)
Weights: TypeAlias = npt.NDArray[np.float32]  # (H, W)
_ROUNDS = {"normal": 2, "best": 20}
_ROUNDS_MOVED = {"normal": 1, "best": 6}  # of the palette of the frame before
_SAMPLE = 64  # frames that a global palette looks at
_PLAIN = 256  # a colour with more than this part of the pixels keeps a place of its own
_SIMILAR = 0.9  # the part of the colours that a palette must have to go on
_STEADY = 1.02  # how much more error it may leave then
_MANY = 6000  # cells that k-means takes one by one
_NOTHING = 1e-3  # less than any pixel weighs
_CUT = 0.5  # share of pixels that change their coarse colour at a cut


def visibility(picture: Pixels) -> Weights:
    """Weigh each pixel by how much an error there is seen.

    Returns
    -------
    weights : float32 array, (H, W)
        1 on a plain ground; where v is the variance of the grey levels of the 7x7 pixels around,
        (60 / (v + 60)) ** (1/4).

    Examples
    --------
    >>> visibility(np.zeros((2, 3, 3), np.uint8)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    height, width = picture.shape[:2]
    weights, columns, sums = np.empty((height, width), np.float32), *np.empty((2, 2 * width), np.int32)
    clusters.weigh(np.ascontiguousarray(picture), height, width, columns, sums, weights)
    return weights


def find_palette(
    sums: Sums, colours: int, quality: str = "normal", fixed: Pixels | None = None, before: Pixels | None = None
) -> Pixels:
    """Find the colours that stand for those of a histogram with little squared error.

    Parameters
    ----------
    sums : float64 array, (N, 4)
        For each of N cells of the colour cube that are not empty the weight of its pixels, and R, G and B times theirs.
    colours : int
        How many at most.
    quality : {"normal", "best"}
        How long k-means goes on.
    fixed : uint8 array, (M, 3), M < colours, optional
        Colours that the palette has in any case; the histogram no longer counts them.
    before : uint8 array, (N, 3), optional
        The palette of the frame before, which goes on, a little moved, as long as it is nearly as good as a new one:
        then what hardly changes does not flicker.

    Returns
    -------
    palette : uint8 array, (N, 3), N <= colours, at least 1
    """
    sums = _merged(sums)
    start = np.zeros((0, 3)) if fixed is None else fixed.astype(float)
    if not len(sums):
        return np.zeros((1, 3), np.uint8) if fixed is None else _distinct(fixed)
    points = sums[:, 1:] / sums[:, :1]
    if len(points) <= colours - len(start):
        return _distinct(np.vstack([start, points]))
    codes = codes_of(np.rint(points).astype(np.uint8))
    centres = np.vstack([start, _split(sums, colours - len(start))])
    error = _settle(sums, codes, centres, len(start), _ROUNDS[quality])
    if before is not None and fixed is None and _SIMILAR * colours <= len(before) <= colours:
        moved = before.astype(float)
        if _settle(sums, codes, moved, 0, _ROUNDS_MOVED[quality]) <= _STEADY * error:
            centres = moved
    return _distinct(centres)


def _merged(sums: Sums) -> Sums:
    """Add up the cells of 8 levels, where those of 4 are many."""
    if len(sums) <= _MANY:
        return sums
    merged = np.empty((min(len(sums), 32**3), 4))
    return merged[: clusters.merge(sums, len(sums), np.zeros(32**3, np.int32), merged)]


def _split(sums: Sums, most: int) -> np.ndarray:
    """Return the middles of clusters into which cells are split again and again."""
    order, bounds, errors = np.empty(len(sums), np.int32), np.empty(2 * most, np.int32), np.empty(most)
    moments = np.empty((most, 10))
    found = clusters.split(sums, len(sums), most, order, bounds, errors, moments)
    return moments[:found, 1:4] / moments[:found, :1]


def _settle(sums: Sums, codes: npt.NDArray[np.int32], centres: np.ndarray, fixed: int, rounds: int) -> float:
    """Move centres, but for the first ones, to where k-means wants them; return the squared error that is left."""
    many, moments = len(centres), np.empty((len(centres), 4))
    places, pool = np.empty(search.PLACES, np.int32), np.empty(search.POOL, np.uint32)
    clusters.settle(sums, codes, len(sums), centres, many, fixed, rounds, places, pool, moments)
    squares = ((sums[:, 1:] ** 2).sum(axis=1) / sums[:, 0]).sum()
    return float(squares + ((moments[:, :1] * centres - 2 * moments[:, 1:]) * centres).sum())


def _distinct(colours: np.ndarray) -> Pixels:
    """Return each of the colours once, rounded to whole levels."""
    return colours_of(distinct(codes_of(np.rint(colours).astype(np.uint8)[None])))


# -- colours that stay ------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What a palette for one or several pictures is made from; tallies can be added.

    Attributes
    ----------
    cells : int32 array, (N,)
        Which of the 64**3 cells of the colour cube are not empty.
    sums : float64 array, (N, 4)
        For each the weight of its pixels, and R, G and B times theirs.
    pixels : int
    plain : Counter
        How many pixels have each of the colours that fill much of a picture, numbered as `codes_of` does.
    weights : dict
        How much these weigh in `sums`.
    few : int32 array or None
        All colours, where they are no more than 256.
    clear : bool
        Whether something is transparent, which takes a number of a palette.
    """

    cells: Cells
    sums: Sums
    pixels: int
    plain: Counter[int] = field(default_factory=Counter)
    weights: dict[int, float] = field(default_factory=dict)
    few: Cells | None = None
    clear: bool = False

    def histogram(self) -> Sums:
        """Return `sums` of all cells, (262144, 4)."""
        whole = np.zeros((CELLS, 4))
        whole[self.cells] = self.sums
        return whole

    def __add__(self, other: Tally) -> Tally:
        few = None
        if self.few is not None and other.few is not None:
            both = distinct(np.concatenate([self.few, other.few]))
            few = both if len(both) <= 256 else None
        codes = self.weights | other.weights
        weights = {code: self.weights.get(code, 0) + other.weights.get(code, 0) for code in codes}
        pixels, clear = self.pixels + other.pixels, self.clear or other.clear
        sums = self.histogram() + other.histogram()
        cells = np.flatnonzero(sums[:, 0]).astype(np.int32)
        return Tally(cells, sums[cells], pixels, self.plain + other.plain, weights, few, clear)

    def palette(self, look: Look, before: Pixels | None = None) -> Pixels:
        """Return all colours if they are few enough, otherwise the best ones to stand for them, like those `before`."""
        if self.few is not None and 0 < len(self.few) <= (look.visible if self.clear else look.colours):
            return colours_of(self.few)
        least = self.pixels / _PLAIN
        often = [(code, count) for code, count in self.plain.most_common(look.visible // 2) if count >= least]
        if not often:
            return find_palette(self.sums, look.visible, look.quality, before=before)
        codes = [code for code, _ in often]
        fixed = colours_of(np.array(codes))
        rest = _without(self.histogram(), fixed, np.array([self.weights[code] for code in codes]))
        return find_palette(rest[rest[:, 0] > 0], look.visible, look.quality, fixed)


def tally(picture: Pixels, solid: Mask | None = None) -> Tally:
    """Count the solid pixels of a picture.

    Examples
    --------
    >>> counted = tally(np.full((2, 3, 3), 255, np.uint8))
    >>> counted.few.tolist(), counted.palette(Look()).tolist()
    ([16777215], [[255, 255, 255]])
    """
    weights = visibility(picture)
    cells, sums, counts = _cells(picture, solid, weights)
    few = None
    if len(cells) <= 256:
        codes = colours_used(picture if solid is None else picture[solid][:, None])
        few = codes if len(codes) <= 256 else None
    # of several pictures few colours may be too many
    plain, seen = _count(picture, solid, weights, _full(picture, solid, cells, counts) if few is None else few)
    clear = solid is not None and not solid.all()
    return Tally(cells, sums, picture.shape[0] * picture.shape[1], plain, seen, few, clear)


def _cells(picture: Pixels, solid: Mask | None, weights: Weights) -> tuple[Cells, Sums, Cells]:
    """List the cells of the colour cube that are not empty, what is in them, and of how many pixels."""
    size = picture.shape[0] * picture.shape[1]
    most = min(size, CELLS)
    cells, sums, counts = np.empty(most, np.int32), np.empty((most, 4)), np.empty(most, np.int32)
    solid = np.ones(size, np.bool_) if solid is None else np.ascontiguousarray(solid)
    rows = np.zeros(CELLS, np.int32)
    pixels = np.ascontiguousarray(picture)
    found = clusters.add_up(pixels, weights, solid.view(np.uint8), size, rows, cells, sums, counts)
    return cells[:found], sums[:found], counts[:found]


def _full(picture: Pixels, solid: Mask | None, cells: Cells, count: Cells) -> Cells:
    """List the colours that may fill much of a picture: those in cells that do."""
    least = max(int(count.sum()) // _PLAIN, 2)
    full = np.zeros(CELLS, np.bool_)
    full[cells[count >= least]] = True
    if not full.any():
        return np.zeros(0, np.int32)
    counts = np.zeros(64 * np.count_nonzero(full), np.int64)
    rank = np.cumsum(full, dtype=np.int32) - 1
    for band in bands(picture.shape):
        places = places_of(picture[band])
        inside = full[places >> 6] if solid is None else full[places >> 6] & solid[band].ravel()
        places = places[inside]
        counts += np.bincount(rank[places >> 6] * 64 + (places & 63), minlength=len(counts))
    often = np.flatnonzero(counts >= least)
    cell, within = np.flatnonzero(full)[often // 64], often % 64
    red = (cell >> 12) * 4 + (within >> 4)
    green = (cell >> 6 & 63) * 4 + (within >> 2 & 3)
    blue = (cell & 63) * 4 + (within & 3)
    return np.sort(red << 16 | green << 8 | blue).astype(np.int32)


def _count(
    picture: Pixels, solid: Mask | None, weights: Weights, codes: Cells
) -> tuple[Counter[int], dict[int, float]]:
    """Count the pixels of some colours, and add up their weights."""
    counts, seen = np.zeros(len(codes), np.int64), np.zeros(len(codes))
    for band in bands(picture.shape) if len(codes) else ():
        numbers = codes_of(picture[band])
        places = np.minimum(np.searchsorted(codes, numbers), len(codes) - 1)
        hit = codes[places] == numbers if solid is None else (codes[places] == numbers) & solid[band]
        counts += np.bincount(places[hit], minlength=len(codes))
        seen += np.bincount(places[hit], weights[band][hit], len(codes))
    names = codes.tolist()
    return Counter(dict(zip(names, counts.tolist(), strict=True))), dict(zip(names, seen.tolist(), strict=True))


def _without(sums: Sums, colours: Pixels, weights: np.ndarray) -> Sums:
    """Take colours of these weights out of a histogram."""
    rest = sums.copy()
    levels = colours.astype(np.int64)
    cells = (levels[:, 0] // 4 * 64 + levels[:, 1] // 4) * 64 + levels[:, 2] // 4
    np.subtract.at(rest, cells, weights[:, None] * np.hstack([np.ones((len(levels), 1)), levels]))
    rest[rest[:, 0] < _NOTHING] = 0  # nothing but what rounding leaves
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
        if mode == "scene" and total is not None and _is_cut(total.histogram(), counted.histogram()):
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
        coarse = counts[:, 0].reshape(8, 8, 8, 8, 8, 8).sum(axis=(1, 3, 5))
        return coarse / max(coarse.sum(), 1)

    return bool(np.abs(shares(total) - shares(sums)).sum() / 2 > _CUT)
