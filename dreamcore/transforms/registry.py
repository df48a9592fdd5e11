"""The table of transforms: what the command line, recipes, documents and dialogs read.

A transform is one function `body(frame, context, **parameters)` below a `@transform(group, *parameters)` line, which
puts a row into `REGISTRY` and leaves the factory under the function's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.grammar.formulas import Formula
from dreamcore.grammar.registering import register
from dreamcore.grammar.terms import NONE, Row, Term, Vocabulary
from dreamcore.images import is_image
from dreamcore.kinds import FAR, Parameter
from dreamcore.parameters import PARAMETERS
from dreamcore.pictures import as_picture
from dreamcore.text import number_text, short
from dreamcore.transforms.context import Context


class Transform(Term):
    """A transform: called with a frame it returns one of the same shape, float32 in 0..255."""

    table = "transform"

    def __call__(self, frame: Any, context: Context | None = None) -> np.ndarray:
        frame = as_frame(frame)
        return self.apply(frame, context or Context(0, original=frame))

    def apply(self, frame: np.ndarray, context: Context) -> np.ndarray:
        """Run on an array as it is: also of places instead of colours."""
        children = (self.children,) if self.row.children != NONE else ()
        return self.row.body(frame, context, *children, **self.values(context.number))

    def motion(self, shape: tuple[int, int], context: Context) -> Any:
        """Return what its row knows of how it moves a frame of a shape: a mapping, a turn of colours, or None."""
        if self.row.motion is None:
            return None
        children = (self.children,) if self.row.children != NONE else ()
        values = self.values(context.number)
        if "order" in values:  # how it is sampled is no part of how it moves
            values = {name: value for name, value in values.items() if name not in ("border", "colour", "order")}
        return self.row.motion(shape, context, *children, **values)


class Shift(Term):
    """A function of the index of a column or row: `shift(count, context)` returns `count` whole numbers of pixels."""

    table = "shift"

    def __call__(self, count: int, context: Context) -> np.ndarray:
        shifts = self.row.body(np.arange(count), context, **self.values(context.number))
        return np.asarray(shifts).astype(np.int64)


class ShiftFormula(Formula):
    """A formula of the column's or row's number n, of how many there are, count, and of the frame, t."""

    table = Shift.table
    names = (*Formula.names, "n", "count")
    is_bounded = True  # as a schedule it is one function for all frames

    def at(self, number: int) -> ShiftFormula:
        return self

    def __call__(self, count: int, context: Context) -> np.ndarray:
        shifts = np.rint(self.worked_out(context.number, n=np.arange(count), count=count))
        shifts = np.broadcast_to(shifts, count)
        far = np.abs(shifts) > FAR
        if far.any():
            where = f"at n={far.argmax()}, frame {context.number}"
            wrong = f"{short(str(self))} is {number_text(shifts[far.argmax()])} {where}"
            raise NotAllowed(f"{wrong}; allowed: {-FAR} to {FAR} pixels")
        return shifts.astype(np.int64)


def as_frame(frame: Any) -> np.ndarray:
    """Return a frame as transforms work on it: float32 (H, W, 3).

    Parameters
    ----------
    frame : (H, W, 3) array_like, Picture, or an image of Pillow or Wand
        0..255, of any type of number.
    """
    frame = as_picture(frame) if is_image(frame) else frame
    pixels = np.asarray(getattr(frame, "rgb", frame))
    if pixels.ndim != 3 or pixels.dtype.kind not in "uif":
        raise DreamError(f"a frame has shape {pixels.shape} and type {pixels.dtype}; allowed are numbers (H, W, 3)")
    return pixels if pixels.dtype == np.float32 else pixels.astype(np.float32)


def _by_index(match: re.Match) -> Shift:
    """`n/15` is short for `divide(15)`, `-n/15` for `divide(15, up=yes)`."""
    row = SHIFTS["divide"]
    return Shift(row, {"by": row.parameters[0].check(float(match["by"])), "up": bool(match["sign"])})


_TRANSFORMS = Vocabulary(Transform, "zoom(0.05)", several="; several stand in chain(...)", elsewhere=PARAMETERS)
_BY_INDEX = re.compile(r"(?P<sign>-?)n/(?P<by>\d+(\.\d*)?)")
_SHIFTS = Vocabulary(Shift, "sine()", shorthand=(_BY_INDEX, _by_index), formula=ShiftFormula)
REGISTRY, SHIFTS = _TRANSFORMS.rows, _SHIFTS.rows


def transform(
    group: str,
    *parameters: Parameter,
    children: tuple[int, int | None] = NONE,
    motion: Callable[..., Any] | None = None,
) -> Callable:
    """Enter the function below as a transform of `group`.

    `motion(shape, context, **parameters)`, where it is known, returns the mapping by which the transform moves the
    pixels of a frame of this shape, or `colour.Turn`; so there are frames between two dreams.
    """
    return register(_TRANSFORMS, group, parameters, children, motion=motion)


def own_transform(function: Callable) -> Transform:
    """Make a transform of a function ``frame, context -> frame`` that is in no table."""
    name = getattr(function, "__name__", type(function).__name__)
    return Transform(Row(name, function, (), "own", "", body=function), {})


def shift_function(*parameters: Parameter) -> Callable:
    """Enter the function below, `body(index, context, **parameters)`, as a function of the index."""
    return register(_SHIFTS, "shift functions", parameters)


def shift(name: str, default: float, help: str, low: float = -FAR) -> Parameter:
    """Describe a parameter that is a number of pixels, from `low` on, or a function of the index."""
    return Parameter(name, "shift", default, low, FAR, SHIFTS.keys(), "pixels", help)
