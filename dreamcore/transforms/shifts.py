"""Transforms that move whole columns or rows by whole pixels, and the functions that say how far.

Every pixel keeps its three channels. A positive shift moves a column down and a row to the right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.kinds import FAR, choice, flag, number, whole
from dreamcore.transforms.chains import only
from dreamcore.transforms.context import Context
from dreamcore.transforms.mappings import Lines
from dreamcore.transforms.registry import Transform, shift, shift_function, transform
from dreamcore.transforms.resampling import rolled


def move_lines(shape: tuple[int, int], context: Context, axis: str, shift: Any, border: str) -> Lines:
    """Return how the lines of `roll` move.

    A number of pixels that is not whole is rounded so that the frames up to any one have moved by it all together.
    """
    is_down = axis == "columns" or (axis == "alternate" and context.number % 2 == 0)
    along, lines = (0, shape[1]) if is_down else (1, shape[0])
    if callable(shift):
        shifts = shift(lines, context)
    else:
        before, after = (math.floor(number * shift + 0.5) for number in (context.number, context.number + 1))
        shifts = np.full(lines, after - before)
    return Lines(along, shifts, shape[along], border == "mirror")


@transform(
    "shifts",
    choice("axis", "columns", ("columns", "rows", "alternate"), "what moves; alternate: rows on odd frames"),
    shift("shift", 10, "how far: pixels, or a function of the column's or row's index"),
    choice("border", "wrap", ("wrap", "mirror"), "what comes in where pixels moved away"),
    motion=move_lines,
)
def roll(frame: np.ndarray, context: Context, axis: str, shift: Any, border: str) -> np.ndarray:
    """Roll every column, or every row, by its own number of pixels.

    Notes
    -----
    out[(y + shift(x)) mod H, x] = in[y, x] for columns; `np.roll` of each. With border=mirror the picture is
    continued by its mirror image instead of by itself. A number that is not whole, such as 10.5, is reached on average:
    frames move by 11 and 10 in turn. A formula of the column's or row's number n, of how many there are, count, and of
    the frame, t, is rounded.

    Examples
    --------
    >>> roll("columns", shift="n/15")
    roll(columns, shift=divide(15))
    >>> roll(shift="8*sin(n/20) + n/40")
    roll(columns, shift=8*sin(n/20) + n/40)
    >>> roll(shift=sine(12, wavelength=60))
    roll(columns, shift=sine(12))
    """
    return rolled(frame, move_lines(frame.shape[:2], context, axis, shift, border))


@shift_function(
    number("by", 15, 0.01, None, "columns for each pixel of shift"), flag("up", False, "upwards, or to the left")
)
def divide(index: np.ndarray, context: Context, by: float, up: bool) -> np.ndarray:
    """Shift column n by n / by, rounded down; written n/15 as well.

    Examples
    --------
    >>> from dreamcore.transforms import Context
    >>> divide(2)(5, Context(0)).tolist()
    [0, 0, 1, 1, 2]
    """
    return np.floor(index / (-by if up else by))


@shift_function(
    number("slope", 0.1, -100, 100, "pixels for each column"),
    number("start", 0, -FAR, FAR, "pixels of the first column"),
)
def ramp(index: np.ndarray, context: Context, slope: float, start: float) -> np.ndarray:
    """Shift column n by start + slope * n, rounded.

    Examples
    --------
    >>> from dreamcore.transforms import Context
    >>> ramp(2, start=-1)(3, Context(0)).tolist()
    [-1, 1, 3]
    """
    return np.rint(start + slope * index)


@shift_function(
    number("amplitude", 12, -FAR, FAR, "pixels of the largest shift"),
    number("wavelength", 60, 0.1, None, "columns from one crest to the next"),
    number("phase", 0, -1000, 1000, "start, in wavelengths"),
    number("speed", 0, -1000, 1000, "wavelengths by which the wave moves on with each frame"),
)
def sine(
    index: np.ndarray, context: Context, amplitude: float, wavelength: float, phase: float, speed: float
) -> np.ndarray:
    """Shift column n by amplitude * sin(2 pi (n / wavelength + phase + speed * frame)), rounded.

    Examples
    --------
    >>> from dreamcore.transforms import Context
    >>> sine(5, wavelength=4)(4, Context(0)).tolist()
    [0, 5, 0, -5]
    """
    return np.rint(amplitude * np.sin(2 * np.pi * (index / wavelength + phase + speed * context.number)))


@shift_function(
    shift("low", -5, "least shift in pixels, or a function of the column's or row's index"),
    shift("high", 5, "greatest shift in pixels, or a function of the column's or row's index"),
    number("even", 1, -100, 100, "factor for the bounds of columns 0, 2, 4, ..."),
    whole("group", 1, 1, None, "neighbouring columns that share a shift"),
    number("chance", 1, 0, 1, "how often a group moves at all"),
)
def random(
    index: np.ndarray, context: Context, low: Any, high: Any, even: float, group: int, chance: float
) -> np.ndarray:
    """Shift every column by a whole number drawn from low to high, anew for each frame.

    The bounds may follow the column: `random(0, n/15)`, `random(-n/20, 2 + n/20)`.

    Examples
    --------
    >>> from dreamcore.transforms import Context
    >>> shifts = random(0, 5, group=3)(6, Context(0))
    >>> bool(shifts[0] == shifts[1] == shifts[2])
    True
    """
    bounds = [bound(len(index), context) if callable(bound) else bound for bound in (low, high)]
    groups = index // group
    part, luck = context.rng.random((2, groups[-1] + 1))[:, groups]
    factor = np.where(groups % 2 == 0, even, 1)
    low, high = np.minimum(*bounds) * factor, np.maximum(*bounds) * factor
    return np.where(luck < chance, np.floor(low + part * (high - low + 1)), 0)


@shift_function(
    shift("least", 0, "least shift in pixels, or a function of the column's or row's index", 0),
    shift("most", 5, "greatest shift in pixels, or a function of the column's or row's index", 0),
    whole("group", 1, 1, None, "neighbouring columns that share a shift"),
)
def down(index: np.ndarray, context: Context, least: Any, most: Any, group: int) -> np.ndarray:
    """Shift every column down by a whole number drawn from least to most, anew for each frame.

    Examples
    --------
    >>> from dreamcore.transforms import Context
    >>> bool((down(0, 5)(100, Context(0)) >= 0).all())
    True
    """
    return random(least, most, group=group)(len(index), context)


def unroll(
    frames: Iterable[np.ndarray], transform: Transform, seed: int = 0, numbers: Iterable[int] | None = None
) -> Iterator[np.ndarray]:
    """Take the shifts that rolls have piled up out of finished frames again.

    Parameters
    ----------
    frames : iterable of (H, W, 3) arrays
        Frames of one size, in order.
    transform : Transform
        What made the sequence. Rolls count, alone or inside chains, regions and boxes; everything else stays in the
        frames.
    seed : int
        The sequence's seed.
    numbers : iterable of int, optional
        The frames' numbers, rising; by default 0, 1, 2, ...

    Yields
    ------
    (H, W, 3) array
        Each frame with its pixels back at the places that they had in the first.

    Examples
    --------
    >>> from dreamcore.transforms import Context
    >>> first = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    >>> step = roll(shift=1)
    >>> second = step(first, Context(0))
    >>> [bool((frame == first).all()) for frame in unroll([first, second], step)]
    [True, True]
    """
    rolls = only(transform, {"roll", "regions", "box"})
    refuse_losses(rolls)
    places, reached = None, 0
    for position, (frame, wanted) in enumerate(zip(frames, count() if numbers is None else numbers, strict=False)):
        if places is None:
            places = np.arange(frame.shape[0] * frame.shape[1]).reshape(*frame.shape[:2], 1)
        if wanted < reached or frame.shape[:2] != places.shape[:2]:
            raise DreamError(f"frame {position} of the sequence is out of order or of another size than the first")
        for passed in range(reached, wanted):
            places = rolls.apply(places, Context(passed, seed))
        reached = wanted
        back = np.empty_like(frame)
        back.reshape(-1, frame.shape[2])[places.ravel()] = frame.reshape(-1, frame.shape[2])
        yield back


def refuse_losses(term: Any) -> None:
    """Raise a DreamError for a roll that does not keep each pixel whole."""
    if term.row.name == "roll" and term.arguments["border"] != "wrap":
        raise DreamError("roll(border=mirror) loses pixels and cannot be unrolled; only border=wrap can")
    if term.row.name == "regions" and term.arguments["blend"]:
        raise DreamError("regions(blend=...) mixes pixels and cannot be unrolled; only blend=0 can")
    for child in term.children:
        refuse_losses(child)
