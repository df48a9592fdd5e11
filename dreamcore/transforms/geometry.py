"""Transforms that move pixels by interpolation.

A pixel of the output at row y, column x is taken from the input at (y', x'); each transform says which.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from dreamcore.grammar.terms import SOME
from dreamcore.parameters import choice, number, numbers, whole
from dreamcore.transforms.chains import run
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import Transform, transform

BORDERS = {"mirror": "reflect", "wrap": "grid-wrap", "edge": "nearest", "colour": "grid-constant"}
X = number("x", 0.5, 0, 1, "centre, as a part of the width")
Y = number("y", 0.5, 0, 1, "centre, as a part of the height")
BORDER = (
    choice("border", "mirror", BORDERS, "what fills the places from outside the picture"),
    numbers("colour", (0, 0, 0), (3,), "red, green and blue (0..255) of border=colour"),
    whole("order", 1, 0, 3, "interpolation: 0 nearest, 1 linear, 3 cubic"),
)


def resample(frame: np.ndarray, sample: Callable, border: str, colour: tuple[float, ...], order: int) -> np.ndarray:
    """Fill a new frame channel by channel with `sample(channel, **options of scipy.ndimage)`."""
    out = np.empty_like(frame)
    for channel in range(frame.shape[2]):
        sample(
            frame[..., channel],
            output=out[..., channel],
            order=order,
            mode=BORDERS[border],
            cval=colour[channel] if border == "colour" else 0.0,
        )
    return np.clip(out, 0, 255, out=out) if order > 1 else out


def resample_affine(frame: np.ndarray, matrix: Any, offset: Any, **options: Any) -> np.ndarray:
    """Take output (y, x) from input matrix @ (y, x) + offset; a matrix of two numbers is a diagonal."""
    from scipy import ndimage

    return resample(frame, lambda channel, **more: ndimage.affine_transform(channel, matrix, offset, **more), **options)


def resample_about(
    frame: np.ndarray, matrix: np.ndarray, x: float, y: float, shift: Any = (0, 0), **options: Any
) -> np.ndarray:
    """Map a frame about the point at parts x, y of the frame (0.5, 0.5: exactly the middle)."""
    height, width = frame.shape[:2]
    centre = np.array([y * (height - 1), x * (width - 1)])
    return resample_affine(frame, matrix, centre - matrix @ centre + shift, **options)


def resample_at(frame: np.ndarray, rows: np.ndarray, columns: np.ndarray, **options: Any) -> np.ndarray:
    """Take output (y, x) from input (rows[y, x], columns[y, x])."""
    from scipy import ndimage

    places = np.stack(np.broadcast_arrays(rows, columns)).astype(np.float32)
    return resample(frame, lambda channel, **more: ndimage.map_coordinates(channel, places, **more), **options)


def scale(frame: np.ndarray, vertical: float, horizontal: float, x: float, y: float, **options: Any) -> np.ndarray:
    """in = (1 - amount) * out + amount * centre, with the notebook's centre: half the size, not half the last index."""
    if vertical == horizontal == 0:
        return frame
    height, width = frame.shape[:2]
    return resample_affine(
        frame, (1 - vertical, 1 - horizontal), (vertical * y * height, horizontal * x * width), **options
    )


@transform(
    "geometry",
    number("amount", 0.05, -9, 0.99, "part of the picture that is cut away; below 0 goes outwards"),
    X,
    Y,
    *BORDER,
)
def zoom(frame: np.ndarray, context: Context, amount: float, x: float, y: float, **options: Any) -> np.ndarray:
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
    return scale(frame, amount, amount, x, y, **options)


@transform(
    "geometry",
    number("amount", 0.05, -9, 0.99, "part that is cut away along the axis; below 0 squeezes"),
    choice("axis", "vertical", ("vertical", "horizontal"), "direction in which the picture grows"),
    X,
    Y,
    *BORDER,
)
def stretch(
    frame: np.ndarray, context: Context, amount: float, axis: str, x: float, y: float, **options: Any
) -> np.ndarray:
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
    return scale(frame, amount * vertical, amount * (not vertical), x, y, **options)


@transform("geometry", number("angle", 2, -360, 360, "degrees, against the clock"), X, Y, *BORDER)
def rotate(frame: np.ndarray, context: Context, angle: float, x: float, y: float, **options: Any) -> np.ndarray:
    """Turn the picture.

    Notes
    -----
    y' = cos(a) y + sin(a) x and x' = cos(a) x - sin(a) y, measured from the centre, y downwards.

    Examples
    --------
    >>> rotate(1.5)
    rotate(1.5)
    """
    return resample_about(frame, turn(angle), x, y, **options) if angle else frame


def turn(angle: float) -> np.ndarray:
    cosine, sine = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return np.array([[cosine, sine], [-sine, cosine]])


@transform(
    "geometry",
    number("amount", 0.02, -2, 2, "pixels of slant for each pixel from the centre"),
    choice("axis", "horizontal", ("horizontal", "vertical"), "direction in which pixels move"),
    X,
    Y,
    *BORDER,
)
def shear(
    frame: np.ndarray, context: Context, amount: float, axis: str, x: float, y: float, **options: Any
) -> np.ndarray:
    """Slant the picture: rows move sideways, or columns up and down, by their distance from the centre.

    Notes
    -----
    x' = x + amount * y, or y' = y + amount * x, measured from the centre.

    Examples
    --------
    >>> shear(0.05)
    shear(0.05)
    """
    if not amount:
        return frame
    horizontal = axis == "horizontal"
    return resample_about(frame, np.array([[1, amount * (not horizontal)], [amount * horizontal, 1]]), x, y, **options)


@transform(
    "geometry",
    numbers("matrix", (1, 0, 0, 1), (4, 6), "[a, b, c, d] or [a, b, e, c, d, f] of x' = ax+by+e, y' = cx+dy+f"),
    X,
    Y,
    *BORDER,
)
def affine(
    frame: np.ndarray, context: Context, matrix: tuple[float, ...], x: float, y: float, **options: Any
) -> np.ndarray:
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
    if np.array_equal(rows[:, :2], np.eye(2)) and not rows[:, 2:].any():
        return frame
    shift = rows[::-1, 2] if rows.shape[1] == 3 else (0, 0)
    return resample_about(frame, rows[::-1, 1::-1], x, y, shift, **options)


@transform(
    "geometry",
    number("across", 0.1, -0.45, 0.45, "how much nearer the right side comes than the left"),
    number("down", 0, -0.45, 0.45, "how much nearer the bottom comes than the top"),
    *BORDER,
)
def perspective(frame: np.ndarray, context: Context, across: float, down: float, **options: Any) -> np.ndarray:
    """Tilt the picture in space.

    Notes
    -----
    (x', y') = (x, y) / (1 + across * u + down * v), from the centre; u and v are x and y scaled to -1..1.

    Examples
    --------
    >>> perspective(0.05, down=-0.05)
    perspective(0.05, down=-0.05)
    """
    if across == down == 0:
        return frame
    dy, dx, centre = offsets(frame, 0.5, 0.5)
    depth = 1 + across * dx / max(centre[1], 1) + down * dy / max(centre[0], 1)
    return resample_at(frame, centre[0] + dy / depth, centre[1] + dx / depth, **options)


@transform(
    "geometry",
    number("angle", 10, -720, 720, "degrees at the centre, against the clock"),
    number("radius", 0.5, 0.01, 2, "where it ends, as a part of the smaller side"),
    X,
    Y,
    *BORDER,
)
def swirl(
    frame: np.ndarray, context: Context, angle: float, radius: float, x: float, y: float, **options: Any
) -> np.ndarray:
    """Turn the middle more than the outside, like water in a drain.

    Notes
    -----
    A rotation by angle * (1 - r / R)^2 for r < R, R = radius * min(H, W).

    Examples
    --------
    >>> swirl(15, radius=0.7)
    swirl(15, radius=0.7)
    """
    if not angle:
        return frame
    dy, dx, centre = offsets(frame, x, y)
    inside = np.clip(1 - np.hypot(dy, dx) / (radius * min(frame.shape[:2])), 0, None)
    turn = np.deg2rad(np.float32(angle)) * inside * inside
    cosine, sine = np.cos(turn), np.sin(turn)
    return resample_at(frame, centre[0] + cosine * dy + sine * dx, centre[1] + cosine * dx - sine * dy, **options)


def offsets(frame: np.ndarray, x: float, y: float) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """Return the distances of rows (H, 1) and columns (1, W) from a centre, and the centre."""
    height, width = frame.shape[:2]
    centre = y * (height - 1), x * (width - 1)
    return (
        np.arange(height, dtype=np.float32)[:, None] - np.float32(centre[0]),
        np.arange(width, dtype=np.float32)[None] - np.float32(centre[1]),
        centre,
    )


@transform(
    "geometry",
    whole("rows", 2, 1, 64, "rows of the grid"),
    whole("columns", 2, 1, 64, "columns of the grid"),
    children=SOME,
)
def regions(
    frame: np.ndarray, context: Context, children: tuple[Transform, ...], rows: int, columns: int
) -> np.ndarray:
    """Divide the picture into a grid; its cells take the transforms in turn, row by row.

    Each cell is a picture of its own to its transform: its centre and its borders are the cell's.

    Examples
    --------
    >>> regions(zoom(0.05), zoom(-0.05), columns=2, rows=1)
    regions(1, zoom(0.05), zoom(-0.05))
    """
    out = frame.copy()
    tops, lefts = (
        np.linspace(0, size, count + 1).round().astype(int)
        for size, count in zip(frame.shape, (rows, columns), strict=False)
    )
    cells = [np.s_[top:bottom, left:right] for top, bottom in pairwise(tops) for left, right in pairwise(lefts)]
    for index, cell in enumerate(cells):
        if frame[cell].size:
            out[cell] = children[index % len(children)].apply(frame[cell], context.crop(cell).child(index))
    return out


@transform(
    "geometry",
    number("left", 0.25, 0, 1, "left side, as a part of the width"),
    number("top", 0.25, 0, 1, "top, as a part of the height"),
    number("right", 0.75, 0, 1, "right side, as a part of the width"),
    number("bottom", 0.75, 0, 1, "bottom, as a part of the height"),
    children=SOME,
)
def box(
    frame: np.ndarray,
    context: Context,
    children: tuple[Transform, ...],
    left: float,
    top: float,
    right: float,
    bottom: float,
) -> np.ndarray:
    """Run transforms inside a box only.

    Examples
    --------
    >>> box(zoom(0.05), left=0, right=0.5)
    box(0, right=0.5, zoom(0.05))
    """
    height, width = frame.shape[:2]
    rows, columns = (
        slice(*sorted(round(part * size) for part in parts))
        for parts, size in (((top, bottom), height), ((left, right), width))
    )
    cell = np.s_[rows, columns]
    out = frame.copy()
    if frame[cell].size:
        out[cell] = run(children, frame[cell], context.crop(cell))
    return out
