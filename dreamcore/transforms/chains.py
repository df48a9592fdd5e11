"""Transforms made of transforms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from dreamcore.grammar.terms import ANY, SOME
from dreamcore.parameters import whole
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import Transform, transform


def run(children: tuple[Transform, ...], frame: np.ndarray, context: Context) -> np.ndarray:
    """Run transforms one after another, each with random numbers of its own."""
    for index, child in enumerate(children):
        frame = child.apply(frame, context.child(index))
    return frame


@transform("chain", children=ANY)
def chain(frame: np.ndarray, context: Context, children: tuple[Transform, ...]) -> np.ndarray:
    """Run transforms one after another; none inside leaves the frame as it is.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> chain(zoom(0.02), zoom(0.05))
    chain(zoom(0.02), zoom(0.05))
    """
    return run(children, frame, context)


@transform("chain", whole("n", 1, 1, None, "run on every n-th frame"), children=SOME)
def every(frame: np.ndarray, context: Context, children: tuple[Transform, ...], n: int) -> np.ndarray:
    """Run transforms on every n-th frame only, from the first.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> every(3, zoom(0.02))
    every(3, zoom(0.02))
    """
    return run(children, frame, context) if context.number % n == 0 else frame


@transform("chain", whole("hold", 1, 1, None, "frames before the next takes its turn"), children=SOME)
def alternate(frame: np.ndarray, context: Context, children: tuple[Transform, ...], hold: int) -> np.ndarray:
    """Take turns: one of the transforms for each frame, in order.

    Examples
    --------
    >>> from dreamcore.transforms import Context, zoom
    >>> alternate(zoom(0.02), zoom(-0.02))
    alternate(zoom(0.02), zoom(-0.02))
    """
    index = context.number // hold % len(children)
    return children[index].apply(frame, context.child(index))


@transform("chain", children=SOME)
def random_choice(frame: np.ndarray, context: Context, children: tuple[Transform, ...]) -> np.ndarray:
    """Run one of the transforms, drawn anew for each frame.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> random_choice(zoom(0.02), zoom(-0.02))
    random_choice(zoom(0.02), zoom(-0.02))
    """
    index = int(context.rng.integers(len(children)))
    return children[index].apply(frame, context.child(index))


@transform("chain", whole("number", 0, 0, None, "first frame on which they run"), children=SOME)
def from_frame(frame: np.ndarray, context: Context, children: tuple[Transform, ...], number: int) -> np.ndarray:
    """Run transforms from one frame number on.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> from_frame(50, zoom(0.02))
    from_frame(50, zoom(0.02))
    """
    return run(children, frame, context) if context.number >= number else frame


@transform("chain", whole("number", 0, 0, None, "first frame on which they no longer run"), children=SOME)
def until_frame(frame: np.ndarray, context: Context, children: tuple[Transform, ...], number: int) -> np.ndarray:
    """Run transforms up to one frame number, itself not included.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> until_frame(50, zoom(0.02))
    until_frame(50, zoom(0.02))
    """
    return run(children, frame, context) if context.number < number else frame


def only(term: Any, names: Iterable[str]) -> Transform:
    """Return the same tree with every transform replaced by an empty chain, except `names` and the chains around them.

    Places in the tree stay, and with them the random numbers.

    Examples
    --------
    >>> from dreamcore.transforms import roll, zoom
    >>> only(chain(zoom(0.02), roll(shift=3)), {"roll"})
    chain(chain(), roll(columns, shift=3))
    """
    if term.row.name not in names and term.row.group != "chain":
        return chain()
    return Transform(term.row, term.arguments, [only(child, names) for child in term.children])
