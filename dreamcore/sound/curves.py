"""From what is heard to one number for each frame, from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

_DIGITS = 3  # a thousandth of a parameter's range is seen by nobody
_BEATS = 4  # of a bar


def band_curve(
    values: np.ndarray, rate: float, edges: np.ndarray, attack: float = 0, release: float = 0
) -> tuple[float, ...]:
    """Return how loud a band is at each frame, 1 where it is loudest in the whole sound.

    Parameters
    ----------
    values : (columns,) ndarray
    rate : float
        Columns a second.
    edges : (frames + 1,) ndarray
        Seconds at which the frames begin, and the last one ends.
    attack, release : float
        Frames in which the curve follows two thirds of the way up, and down.

    Examples
    --------
    >>> band_curve(np.array([0, 2, 4, 0, 0, 0.0]), 2, np.array([0, 1, 2, 3.0]), release=1)
    (0.5, 1.0, 0.368)
    """
    top = values.max(initial=0)
    if top <= 0:
        return (0.0,) * (len(edges) - 1)
    starts = np.ceil(edges * rate - 1e-9).astype(int)
    heard = []
    for first, after in zip(starts[:-1], starts[1:], strict=True):
        inside = values[first : max(after, first + 1)]  # a frame that is shorter than a column has the next one
        heard.append(inside.max(initial=0) / top)
    return rounded(follow(heard, attack, release))


def beat_curve(
    beats: np.ndarray, edges: np.ndarray, every: Fraction, attack: float = 0, release: float = 0
) -> tuple[float, ...]:
    """Return 1 for each frame in which a beat falls, or a part of one, and what follows it for the others.

    Examples
    --------
    >>> beat_curve(np.array([0.0, 1, 2, 3]), np.arange(0, 3, 0.5), Fraction(2), release=1)
    (1.0, 0.368, 0.135, 0.05, 1.0)
    """
    numbers = beat_numbers(beats, edges - 1e-6) / float(every)  # a beat on an edge is of the frame behind it
    counted = np.floor(np.maximum(numbers, -0.5))  # none comes before the first
    return rounded(follow(np.diff(counted) > 0, attack, release))


def bar_curve(beats: np.ndarray, edges: np.ndarray, count: Fraction) -> tuple[float, ...]:
    """Return how much of so many bars is over at the beginning of each frame.

    Examples
    --------
    >>> bar_curve(np.arange(9.0), np.arange(0, 7, 1.0), Fraction(1))
    (0.0, 0.25, 0.5, 0.75, 0.0, 0.25)
    """
    return rounded(beat_numbers(beats, edges[:-1] + 1e-6) / (_BEATS * float(count)) % 1)


def beat_numbers(beats: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return how many beats have passed at some times, with parts of them; before the first and after the last as fast.

    Examples
    --------
    >>> beat_numbers(np.array([1.0, 2, 4]), np.array([0.5, 1, 3, 5])).tolist()
    [-0.5, 0.0, 1.5, 2.5]
    """
    numbers = np.arange(len(beats), dtype=float)
    passed = np.interp(seconds, beats, numbers)
    first, last = beats[1] - beats[0], beats[-1] - beats[-2]
    passed = np.where(seconds < beats[0], (seconds - beats[0]) / first, passed)
    return np.where(seconds > beats[-1], numbers[-1] + (seconds - beats[-1]) / last, passed)


def follow(values: Iterable[float], attack: float, release: float) -> list[float]:
    """Return values that are followed: ``exp(-1 / frames)`` of the way is left after each frame, up or down.

    Examples
    --------
    >>> [round(each, 3) for each in follow([1, 1, 0, 0], attack=1, release=2)]
    [0.632, 0.865, 0.524, 0.318]
    """
    kept = {name: np.exp(-1 / frames) if frames else 0.0 for name, frames in (("up", attack), ("down", release))}
    followed, now = [], 0.0
    for value in values:
        now = float(value) + (now - float(value)) * kept["up" if value > now else "down"]
        followed.append(float(now))
    return followed


def rounded(values: Iterable[float]) -> tuple[float, ...]:
    """Return a curve as it is kept, so that what is heard and what was kept are the same."""
    return tuple(round(float(each), _DIGITS) + 0.0 for each in values)
