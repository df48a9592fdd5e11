"""Mappings: from where each pixel of a new frame is taken, as pure functions of coordinates.

A mapping takes places (y, x) of the new frame and returns places of the old one, in pixels, which may lie between them
and outside. `part(t)` of a mapping is the mapping that leads a fraction t of the way: `part(0)` leaves everything in
its place, `part(1)` is the mapping itself, `part(-1)` its inverse.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, TypeAlias

import numpy as np

Places: TypeAlias = "tuple[np.ndarray, np.ndarray]"  # y and x, of shapes that broadcast
_SINGULAR = 1e-9


class Mapping(ABC):
    """Where the pixels of a new frame come from."""

    @abstractmethod
    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        """Return the places in the old frame for places in the new one."""

    @abstractmethod
    def part(self, t: float) -> Mapping:
        """Return the mapping that leads a fraction t (-1..1) of the way."""

    @property
    def has_parts(self) -> bool:
        """Whether there is a way at all."""
        return True


@dataclass(frozen=True, eq=False)
class Projective(Mapping):
    """Straight lines stay straight: (y, x, 1) is multiplied by a 3x3 matrix, and divided by what the third becomes.

    Parameters
    ----------
    matrix : (3, 3) ndarray
    way : (3, 3) ndarray, optional
        The matrix's logarithm, where it is known: a turn by 350 degrees is not one by -10.

    Examples
    --------
    >>> half = Projective(np.diag([0.25, 1, 1])).part(0.5)
    >>> half(np.array([8.0]), np.array([3.0]))[0].tolist()
    [4.0]
    """

    matrix: np.ndarray
    way: np.ndarray | None = None

    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        rows = self.matrix.astype(np.float32)
        out_y, out_x = (row[0] * y + row[1] * x + row[2] for row in rows[:2])
        if self.is_affine:
            return out_y, out_x
        depth = rows[2, 0] * y + rows[2, 1] * x + rows[2, 2]
        return out_y / depth, out_x / depth

    @property
    def is_affine(self) -> bool:
        """Whether parallels stay parallel."""
        return bool((self.matrix[2] == (0, 0, 1)).all())

    @cached_property
    def logarithm(self) -> np.ndarray | None:
        """The matrix whose exponential this one is; None where no real one is known."""
        if self.way is not None or not self.has_parts:
            return self.way
        from scipy.linalg import logm  # which takes longer than all else here: every chain asks for parts, few use them

        return np.real(logm(self.matrix))

    @cached_property
    def has_parts(self) -> bool:
        if self.way is not None:
            return True
        values = np.linalg.eigvals(self.matrix)
        is_negative = (values.real < 0) & (np.abs(values.imag) < _SINGULAR)
        return not ((np.abs(values) < _SINGULAR) | is_negative).any()

    def part(self, t: float) -> Projective:
        if t in (0, 1):
            return self if t else IDENTITY
        if self.logarithm is None:
            raise ValueError("this mapping has no parts")
        from scipy.linalg import expm

        way = t * self.logarithm
        matrix = expm(way)
        if self.is_affine:
            matrix[2] = 0, 0, 1
        return Projective(matrix, way)

    def after(self, earlier: Projective) -> Projective:
        """Return the one mapping of two frames' steps, of which `earlier` comes first."""
        one, other, way = earlier.way, self.way, None
        if one is not None and other is not None and np.allclose(one @ other, other @ one, atol=1e-12):
            way = one + other
        return Projective(earlier.matrix @ self.matrix, way)


IDENTITY = Projective(np.eye(3), np.zeros((3, 3)))


@dataclass(frozen=True, eq=False)
class Swirl(Mapping):
    """A turn by `angle` (radians) in the centre (y, x), less outwards, and none beyond `radius` pixels."""

    angle: float
    radius: float
    centre: tuple[float, float]

    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        dy, dx = y - np.float32(self.centre[0]), x - np.float32(self.centre[1])
        inside = np.clip(1 - np.hypot(dy, dx) / np.float32(self.radius), 0, None)
        turn = np.float32(self.angle) * inside * inside
        cosine, sine = np.cos(turn), np.sin(turn)
        return self.centre[0] + cosine * dy + sine * dx, self.centre[1] + cosine * dx - sine * dy

    def part(self, t: float) -> Swirl:
        return Swirl(t * self.angle, self.radius, self.centre)


@dataclass(frozen=True, eq=False)
class Lines(Mapping):
    """Columns (axis 0) move down, or rows (axis 1) to the right, each by its own number of pixels.

    Parameters
    ----------
    axis : {0, 1}
        Along which they move.
    shifts : (lines,) ndarray
        Pixels.
    length : int
        Pixels of a line.
    mirrors : bool
        Whether the line's mirror image comes in where pixels moved away, instead of its other end.
    """

    axis: int
    shifts: np.ndarray
    length: int
    mirrors: bool = False

    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        along, across = (y, x) if self.axis == 0 else (x, y)
        line = np.clip(np.rint(across), 0, len(self.shifts) - 1).astype(np.intp)
        moved = along - self.shifts[line]
        moved = folded(moved, self.length) if self.mirrors else moved % self.length
        return (moved, across) if self.axis == 0 else (across, moved)

    def part(self, t: float) -> Lines:
        return Lines(self.axis, t * self.shifts, self.length, self.mirrors)


@dataclass(frozen=True, eq=False)
class Cells(Mapping):
    """Parts of the frame with mappings of their own; what a part takes from outside of it, its mirror image gives.

    Parameters
    ----------
    cells : tuple of ((slice, slice), Mapping, (h, w, 1) ndarray)
        Rows and columns of each; its mapping, which counts from its own corner; and by how much of that its pixels
        move, where it overlaps with others.
    """

    cells: tuple[tuple[tuple[slice, slice], Mapping, np.ndarray], ...]

    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        y, x = np.broadcast_arrays(y, x)
        to_y, to_x = y.copy(), x.copy()
        for (rows, columns), inner, weights in self.cells:
            is_here = (y > rows.start - 0.5) & (y <= rows.stop - 0.5)
            is_here &= (x > columns.start - 0.5) & (x <= columns.stop - 0.5)
            own_y, own_x = y[is_here] - rows.start, x[is_here] - columns.start
            inner_y, inner_x = inner(own_y, own_x)
            row, column = (
                np.ceil(each - 0.5).astype(int) for each in (own_y, own_x)
            )  # within the cell, at its end too
            weight = weights[row, column, 0]
            to_y[is_here] += weight * (folded(inner_y, rows.stop - rows.start) - own_y)
            to_x[is_here] += weight * (folded(inner_x, columns.stop - columns.start) - own_x)
        return to_y, to_x

    def part(self, t: float) -> Cells:
        return Cells(tuple((cell, inner.part(t), weight) for cell, inner, weight in self.cells))


@dataclass(frozen=True, eq=False)
class Masked(Mapping):
    """A mapping where `weight`, (H, W) in 0..1, is 1, and nothing where it is 0."""

    weight: np.ndarray
    inner: Mapping

    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        places = (np.clip(np.rint(each), 0, size - 1) for each, size in zip((y, x), self.weight.shape, strict=True))
        weight = self.weight[tuple(each.astype(np.intp) for each in places)]
        inner_y, inner_x = self.inner(y, x)
        return y + weight * (inner_y - y), x + weight * (inner_x - x)

    def part(self, t: float) -> Masked:
        return Masked(self.weight, self.inner.part(t))


@dataclass(frozen=True, eq=False)
class Composed(Mapping):
    """Several mappings, in the order in which the frame passes them."""

    steps: tuple[Mapping, ...]

    def __call__(self, y: np.ndarray, x: np.ndarray) -> Places:
        for step in self.steps[::-1]:
            y, x = step(y, x)
        return y, x

    def part(self, t: float) -> Mapping:
        """Return the part; one below 0 leads back from where the part 1 + t is, so that both meet."""
        if t >= 0:
            return Composed(tuple(step.part(t) for step in self.steps))
        back = tuple(step.part(-1) for step in self.steps[::-1])
        return Composed((*back, *(step.part(1 + t) for step in self.steps)))


def composed(steps: Iterable[Mapping]) -> Mapping:
    """Return one mapping for several, in the order in which a frame passes them.

    Examples
    --------
    >>> half = Projective(np.diag([0.5, 0.5, 1]))
    >>> composed([half, half]).matrix.tolist()
    [[0.25, 0.0, 0.0], [0.0, 0.25, 0.0], [0.0, 0.0, 1.0]]
    """
    nothing: tuple[Mapping, ...] = ()
    joined = reduce(_joined, steps, nothing)
    return joined[0] if len(joined) == 1 else Composed(joined) if joined else IDENTITY


def _joined(steps: tuple[Mapping, ...], step: Mapping) -> tuple[Mapping, ...]:
    if step is IDENTITY:
        return steps
    if steps and isinstance(steps[-1], Projective) and isinstance(step, Projective):
        both = step.after(steps[-1])
        if both.has_parts or not (step.has_parts and steps[-1].has_parts):
            return (*steps[:-1], both)
    return (*steps, step)


def about(matrix: Any, centre: Any, shift: Any = (0, 0), way: Any = None) -> Projective:
    """Return the mapping that multiplies (y, x), measured from a centre, by a 2x2 matrix.

    Parameters
    ----------
    matrix : (2, 2) array_like
    centre : (float, float)
        y and x.
    shift : (float, float)
        Added in the end.
    way : (2, 2) array_like, optional
        The matrix's logarithm, where it is known.
    """
    matrix, centre = np.asarray(matrix, float), np.asarray(centre, float)
    full = np.eye(3)
    full[:2, :2], full[:2, 2] = matrix, centre - matrix @ centre + shift
    if way is None:
        return Projective(full)
    generator = np.zeros((3, 3))
    generator[:2, :2], generator[:2, 2] = way, -(np.asarray(way, float) @ centre)
    return Projective(full, generator)


def folded(places: np.ndarray, length: int) -> np.ndarray:
    """Bring places outside of a line back into it, as in a mirror at its ends.

    Examples
    --------
    >>> folded(np.array([-1.0, 0.5, 4.0]), 4).tolist()
    [0.0, 0.5, 3.0]
    """
    from_end = (places + 0.5) % (2 * length)
    return np.clip(np.minimum(from_end, 2 * length - from_end) - 0.5, 0, length - 1)
