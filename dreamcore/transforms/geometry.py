"""Transforms that move pixels by interpolation.

A pixel of the output at row y, column x is taken from the input at (y', x'); each transform is the mapping that says
which.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np

from dreamcore.grammar.terms import SOME
from dreamcore.kinds import FAR, Parameter, choice, number, numbers, whole
from dreamcore.transforms.chains import in_turn, moved, run
from dreamcore.transforms.context import Context
from dreamcore.transforms.mappings import Cells, Mapping, Projective, Swirl, about
from dreamcore.transforms.registry import Transform, transform
from dreamcore.transforms.resampling import BORDERS, resample

X = number("x", 0.5, 0, 1, "centre, as a part of the width")
Y = number("y", 0.5, 0, 1, "centre, as a part of the height")
BORDER = (
    choice("border", "mirror", BORDERS, "what fills the places from outside the picture"),
    numbers("colour", (0, 0, 0), (3,), "red, green and blue (0..255) of border=colour"),
    whole("order", 1, 0, 3, "interpolation: 0 nearest, 1 linear, 3 cubic"),
)


def moving(*parameters: Parameter) -> Callable:
    """Enter the function below, `mapping(shape, context, **parameters)` of the frame's shape, as a transform."""

    def enter(mapping: Callable[..., Mapping]) -> Callable:
        @wraps(mapping)
        def body(
            frame: np.ndarray, context: Context, border: str, colour: tuple[float, ...], order: int, **values: Any
        ) -> np.ndarray:
            return resample(frame, mapping(frame.shape[:2], context, **values), border, colour, order)

        return transform("geometry", *parameters, *BORDER, motion=mapping)(body)

    return enter


def scaling(shape: tuple[int, int], vertical: float, horizontal: float, x: float, y: float) -> Projective:
    """in = (1 - amount) * out + amount * centre, with the notebook's centre: half the size, not half the last index."""
    amounts = np.array([vertical, horizontal])
    scales, offset = 1 - amounts, amounts * (y * shape[0], x * shape[1])
    matrix, way = np.eye(3), np.zeros((3, 3))
    matrix[:2, :2], matrix[:2, 2] = np.diag(scales), offset
    way[:2, :2] = np.diag(np.log(scales))
    way[:2, 2] = offset * np.divide(np.log(scales), scales - 1, out=np.ones(2), where=scales != 1)
    return Projective(matrix, way)


def middle(shape: tuple[int, int], x: float, y: float) -> tuple[float, float]:
    """Return the point at parts x, y of a frame, (0.5, 0.5) exactly the middle, as (y, x) in pixels."""
    return y * (shape[0] - 1), x * (shape[1] - 1)


@moving(
    number("amount", 0.05, -9, 0.99, "part of the picture that is cut away; below 0 goes outwards"),
    X,
    Y,
)
def zoom(shape: tuple[int, int], context: Context, amount: float, x: float, y: float) -> Mapping:
    """Go into the picture, or out of it.

    Notes
    -----
    y' = (1 - amount) y + amount * height / 2, and so for x: the line of the 2015 notebook,
    `nd.affine_transform(frame, [1-s, 1-s, 1], [h*s/2, w*s/2, 0], order=1)`.

    Examples
    --------
    >>> zoom(0.02, x=0.3)
    zoom(0.02, x=0.3)
    """
    return scaling(shape, amount, amount, x, y)


@moving(
    number("amount", 0.05, -9, 0.99, "part that is cut away along the axis; below 0 squeezes"),
    choice("axis", "vertical", ("vertical", "horizontal"), "direction in which the picture grows"),
    X,
    Y,
)
def stretch(shape: tuple[int, int], context: Context, amount: float, axis: str, x: float, y: float) -> Mapping:
    """Grow in one direction only.

    Notes
    -----
    The zoom's formula for one axis, the other unchanged.

    Examples
    --------
    >>> stretch(0.03, axis="horizontal")
    stretch(0.03, axis=horizontal)
    """
    vertical = axis == "vertical"
    return scaling(shape, amount * vertical, amount * (not vertical), x, y)


@moving(number("angle", 2, -360, 360, "degrees, against the clock"), X, Y)
def rotate(shape: tuple[int, int], context: Context, angle: float, x: float, y: float) -> Mapping:
    """Turn the picture.

    Notes
    -----
    y' = cos(a) y + sin(a) x and x' = cos(a) x - sin(a) y, measured from the centre, y downwards.

    Examples
    --------
    >>> rotate(1.5)
    rotate(1.5)
    """
    turn = np.deg2rad(angle)
    cosine, sine = np.cos(turn), np.sin(turn)
    return about([[cosine, sine], [-sine, cosine]], middle(shape, x, y), way=[[0, turn], [-turn, 0]])


@moving(
    number("amount", 0.02, -2, 2, "pixels of slant for each pixel from the centre"),
    choice("axis", "horizontal", ("horizontal", "vertical"), "direction in which pixels move"),
    X,
    Y,
)
def shear(shape: tuple[int, int], context: Context, amount: float, axis: str, x: float, y: float) -> Mapping:
    """Slant the picture: rows move sideways, or columns up and down, by their distance from the centre.

    Notes
    -----
    x' = x + amount * y, or y' = y + amount * x, measured from the centre.

    Examples
    --------
    >>> shear(0.05)
    shear(0.05)
    """
    is_horizontal = axis == "horizontal"
    slant = np.array([[0, amount * (not is_horizontal)], [amount * is_horizontal, 0]])
    return about(np.eye(2) + slant, middle(shape, x, y), way=slant)


@moving(
    numbers("matrix", (1, 0, 0, 1), (4, 6), "[a, b, c, d] or [a, b, e, c, d, f] of x' = ax+by+e, y' = cx+dy+f"),
    X,
    Y,
)
def affine(shape: tuple[int, int], context: Context, matrix: tuple[float, ...], x: float, y: float) -> Mapping:
    """Map the picture by any 2x2 or 2x3 matrix about the centre.

    Notes
    -----
    (x', y') = matrix (x, y): where each pixel is taken from, in pixels from the centre, y downwards.

    Examples
    --------
    >>> affine([0.98, 0.02, -0.02, 0.98])
    affine([0.98, 0.02, -0.02, 0.98])
    """
    rows = np.reshape(matrix, (2, -1))
    shift = rows[::-1, 2] if rows.shape[1] == 3 else (0, 0)
    return about(rows[::-1, 1::-1], middle(shape, x, y), shift)


@moving(
    number("across", 0.1, -0.45, 0.45, "how much nearer the right side comes than the left"),
    number("down", 0, -0.45, 0.45, "how much nearer the bottom comes than the top"),
)
def perspective(shape: tuple[int, int], context: Context, across: float, down: float) -> Mapping:
    """Tilt the picture in space.

    Notes
    -----
    (x', y') = (x, y) / (1 + across * u + down * v), from the centre; u and v are x and y scaled to -1..1.

    Examples
    --------
    >>> perspective(0.05, down=-0.05)
    perspective(0.05, down=-0.05)
    """
    centre = middle(shape, 0.5, 0.5)
    tilt, there, back = np.eye(3), np.eye(3), np.eye(3)
    tilt[2, :2] = down / max(centre[0], 1), across / max(centre[1], 1)
    there[:2, 2], back[:2, 2] = np.negative(centre), centre
    return Projective(back @ tilt @ there)


@moving(
    number("angle", 10, -720, 720, "degrees at the centre, against the clock"),
    number("radius", 0.5, 0.01, 2, "where it ends, as a part of the smaller side"),
    X,
    Y,
)
def swirl(shape: tuple[int, int], context: Context, angle: float, radius: float, x: float, y: float) -> Mapping:
    """Turn the middle more than the outside, like water in a drain.

    Notes
    -----
    A rotation by angle * (1 - r / R)^2 for r < R, R = radius * min(H, W).

    Examples
    --------
    >>> swirl(15, radius=0.7)
    swirl(15, radius=0.7)
    """
    return Swirl(np.deg2rad(angle), radius * min(shape), middle(shape, x, y))


def grid_cells(
    shape: tuple[int, int], rows: int, columns: int, blend: float
) -> list[tuple[tuple[slice, slice], np.ndarray]]:
    """Return the cells of a grid, row by row, each with its weight, (h, w, 1), in the picture that they add up to."""
    down, across = (line_parts(size, count, blend) for size, count in zip(shape, (rows, columns), strict=True))
    return [((high, wide), (weight[:, None] * other)[..., None]) for high, weight in down for wide, other in across]


def line_parts(size: int, count: int, blend: float) -> list[tuple[slice, np.ndarray]]:
    """Return the parts of a line that pass into one another over `blend` pixels, with the weight of each pixel.

    Examples
    --------
    >>> [weight.tolist() for _, weight in line_parts(6, 2, 2)]
    [[1.0, 1.0, 0.75, 0.25], [0.25, 0.75, 1.0, 1.0]]
    """
    ends, middles = np.linspace(0, size, count + 1).round(), np.arange(size) + 0.5
    reach = max(blend, 1e-9)
    outer = np.array([-np.inf, *ends[1:-1], np.inf])  # at the ends of the line there is no neighbour
    weights = np.stack(
        [np.clip(np.minimum(middles - begin, end - middles) / reach + 0.5, 0, 1) for begin, end in pairwise(outer)]
    )
    weights /= weights.sum(0)
    places = [np.flatnonzero(each) for each in weights]
    parts = [slice(int(each[0]), int(each[-1]) + 1) if each.size else slice(0, 0) for each in places]
    return [(part, weight[part]) for part, weight in zip(parts, weights, strict=True)]


def is_empty(cell: tuple[slice, slice]) -> bool:
    return any(side.start >= side.stop for side in cell)


def size_of(cell: tuple[slice, slice]) -> tuple[int, int]:
    return cell[0].stop - cell[0].start, cell[1].stop - cell[1].start


def move_regions(
    shape: tuple[int, int], context: Context, children: tuple[Transform, ...], rows: int, columns: int, blend: float
) -> Mapping:
    """Return how the cells of `regions` move."""
    return Cells(
        tuple(
            (cell, moved([(children[index % len(children)], context.crop(cell).child(index))], size_of(cell)), weight)
            for index, (cell, weight) in enumerate(grid_cells(shape, rows, columns, blend))
            if not is_empty(cell)
        )
    )


@transform(
    "geometry",
    whole("rows", 2, 1, 64, "rows of the grid"),
    whole("columns", 2, 1, 64, "columns of the grid"),
    number("blend", 0, 0, FAR, "over how much the cells pass into one another", "pixels"),
    children=SOME,
    motion=move_regions,
)
def regions(
    frame: np.ndarray, context: Context, children: tuple[Transform, ...], rows: int, columns: int, blend: float
) -> np.ndarray:
    """Divide the picture into a grid; its cells take the transforms in turn, row by row.

    Each cell is a picture of its own to its transform: its centre and its borders are the cell's, which reach half of
    `blend` into the neighbours.

    Examples
    --------
    >>> regions(zoom(0.05), zoom(-0.05), columns=2, rows=1, blend=12)
    regions(1, blend=12, zoom(0.05), zoom(-0.05))
    """
    out = np.zeros_like(frame)
    for index, (cell, weight) in enumerate(grid_cells(frame.shape[:2], rows, columns, blend)):
        if not is_empty(cell):
            part = children[index % len(children)].apply(frame[cell], context.crop(cell).child(index))
            out[cell] += weight.astype(frame.dtype) * part
    return out


def box_cell(shape: tuple[int, int], left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
    """Return the rows and columns of a box."""
    rows, columns = (
        slice(*sorted(round(part * size) for part in parts))
        for parts, size in (((top, bottom), shape[0]), ((left, right), shape[1]))
    )
    return rows, columns


def move_box(shape: tuple[int, int], context: Context, children: tuple[Transform, ...], **sides: float) -> Mapping:
    """Return how the inside of `box` moves."""
    cell = box_cell(shape, **sides)
    inside = moved(in_turn(children, context.crop(cell)), size_of(cell)) if not is_empty(cell) else None
    return Cells(((cell, inside, np.ones((*size_of(cell), 1))),) if inside else ())


@transform(
    "geometry",
    number("left", 0.25, 0, 1, "left side, as a part of the width"),
    number("top", 0.25, 0, 1, "top, as a part of the height"),
    number("right", 0.75, 0, 1, "right side, as a part of the width"),
    number("bottom", 0.75, 0, 1, "bottom, as a part of the height"),
    children=SOME,
    motion=move_box,
)
def box(frame: np.ndarray, context: Context, children: tuple[Transform, ...], **sides: float) -> np.ndarray:
    """Run transforms inside a box only.

    Examples
    --------
    >>> box(zoom(0.05), left=0, right=0.5)
    box(0, right=0.5, zoom(0.05))
    """
    cell = box_cell(frame.shape[:2], **sides)
    out = frame.copy()
    if not is_empty(cell):
        out[cell] = run(in_turn(children, context.crop(cell)), frame[cell])
    return out
