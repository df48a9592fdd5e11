"""Transforms made of transforms, and what they have in common: steps that a frame passes one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np

from dreamcore.grammar.terms import ANY, SOME
from dreamcore.kinds import Parameter, whole
from dreamcore.transforms.context import Context
from dreamcore.transforms.mappings import Mapping, composed
from dreamcore.transforms.registry import Transform, transform
from dreamcore.transforms.resampling import resample

Step: TypeAlias = "tuple[Transform, Context]"


@dataclass(frozen=True)
class Motion:
    """How steps move a frame: `mapping` its pixels, `turns` its colours; the rest of what they do has no parts."""

    mapping: Mapping
    turns: tuple[Any, ...] = ()


def in_turn(children: tuple[Transform, ...], context: Context) -> list[Step]:
    """Return transforms as steps, each with random numbers of its own."""
    return [(child, context.child(index)) for index, child in enumerate(children)]


def run(steps: list[Step], frame: np.ndarray) -> np.ndarray:
    """Run steps one after another; geometry that stands side by side is composed and interpolates once."""
    for options, neighbours in groupby(steps, _sampling):
        if options is None:
            for step, context in neighbours:
                frame = step.apply(frame, context)
        else:
            shape = frame.shape[:2]
            frame = resample(frame, composed(step.motion(shape, context) for step, context in neighbours), *options)
    return frame


def _sampling(step: Step) -> tuple | None:
    """Return border, colour and order of interpolation of a step, None where it is none."""
    values = step[0].values(step[1].number)
    return (values["border"], values["colour"], values["order"]) if "order" in values else None


def motion_of(steps: Iterable[Step], shape: tuple[int, int]) -> Motion:
    """Return how steps move a frame of a shape; those of which no part is known move nothing."""
    mappings: list[Mapping] = []
    turns: list[Any] = []
    for step, context in steps:
        found = step.motion(shape, context)
        if isinstance(found, Motion):
            mappings.append(found.mapping)
            turns += found.turns
        elif isinstance(found, Mapping):
            mappings += [found] if found.has_parts else []
        elif found is not None:
            turns.append(found)
    return Motion(composed(mappings), tuple(turns))


def moved(steps: Iterable[Step], shape: tuple[int, int]) -> Mapping:
    """Return the mapping by which steps move a frame of a shape."""
    return motion_of(steps, shape).mapping


def combinator(*parameters: Parameter, children: tuple[int, int | None] = SOME) -> Callable:
    """Enter the function below, `steps(context, children, **parameters)`, as a transform that runs these steps."""

    def enter(steps: Callable[..., list[Step]]) -> Callable:
        @wraps(steps)
        def body(frame: np.ndarray, context: Context, children: tuple[Transform, ...], **values: Any) -> np.ndarray:
            return run(steps(context, children, **values), frame)

        def motion(shape: tuple[int, int], context: Context, children: tuple[Transform, ...], **values: Any) -> Motion:
            return motion_of(steps(context, children, **values), shape)

        return transform("chain", *parameters, children=children, motion=motion)(body)

    return enter


@combinator(children=ANY)
def chain(context: Context, children: tuple[Transform, ...]) -> list[Step]:
    """Run transforms one after another; none inside leaves the frame as it is.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> chain(zoom(0.02), zoom(0.05))
    chain(zoom(0.02), zoom(0.05))
    """
    return in_turn(children, context)


@combinator(whole("n", 1, 1, None, "run on every n-th frame"))
def every(context: Context, children: tuple[Transform, ...], n: int) -> list[Step]:
    """Run transforms on every n-th frame only, from the first.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> every(3, zoom(0.02))
    every(3, zoom(0.02))
    """
    return in_turn(children, context) if context.number % n == 0 else []


@combinator(whole("hold", 1, 1, None, "frames before the next takes its turn"))
def alternate(context: Context, children: tuple[Transform, ...], hold: int) -> list[Step]:
    """Take turns: one of the transforms for each frame, in order.

    Examples
    --------
    >>> from dreamcore.transforms import Context, zoom
    >>> alternate(zoom(0.02), zoom(-0.02))
    alternate(zoom(0.02), zoom(-0.02))
    """
    index = context.number // hold % len(children)
    return [(children[index], context.child(index))]


@combinator()
def random_choice(context: Context, children: tuple[Transform, ...]) -> list[Step]:
    """Run one of the transforms, drawn anew for each frame.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> random_choice(zoom(0.02), zoom(-0.02))
    random_choice(zoom(0.02), zoom(-0.02))
    """
    index = int(context.rng.integers(len(children)))
    return [(children[index], context.child(index))]


@combinator(whole("number", 0, 0, None, "first frame on which they run"))
def from_frame(context: Context, children: tuple[Transform, ...], number: int) -> list[Step]:
    """Run transforms from one frame number on.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> from_frame(50, zoom(0.02))
    from_frame(50, zoom(0.02))
    """
    return in_turn(children, context) if context.number >= number else []


@combinator(whole("number", 0, 0, None, "first frame on which they no longer run"))
def until_frame(context: Context, children: tuple[Transform, ...], number: int) -> list[Step]:
    """Run transforms up to one frame number, itself not included.

    Examples
    --------
    >>> from dreamcore.transforms import zoom
    >>> until_frame(50, zoom(0.02))
    until_frame(50, zoom(0.02))
    """
    return in_turn(children, context) if context.number < number else []


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
