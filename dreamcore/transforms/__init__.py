"""Transforms: frame -> frame, what happens between two dreams.

Each row of `REGISTRY` and of `SHIFTS` is also a function of this package: `zoom`, `roll`, `chain`, `sine`, ...

>>> import numpy as np
>>> step = parse("chain(zoom(0.02), roll(shift=n/15))")
>>> step(np.zeros((4, 6, 3), np.float32)).shape
(4, 6, 3)
"""

from __future__ import annotations

from typing import Any

from dreamcore.errors import NotAllowed
from dreamcore.grammar.reader import parse_term, schedule
from dreamcore.grammar.schedules import Keyframes, Wave, value_at
from dreamcore.grammar.terms import Row
from dreamcore.grammar.tokens import GrammarError
from dreamcore.kinds import Parameter, Schedule
from dreamcore.text import short
from dreamcore.transforms import (  # noqa: F401  (importing them fills the registry)
    chains,
    colour,
    edges,
    geometry,
    glitch,
    mix,
    shifts,
    smooth,
)
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import REGISTRY, SHIFTS, Shift, Transform, own_transform
from dreamcore.transforms.shifts import unroll


def parse(text: str) -> Transform:
    """Read a transform.

    Parameters
    ----------
    text : str
        Such as `zoom(0.02)` or `chain(zoom(0.02), roll(columns, shift=n/15))`.

    Returns
    -------
    Transform
        `str()` of it returns the canonical text, which reads back equal.

    Raises
    ------
    GrammarError
        Pointing at the character that is wrong.

    Examples
    --------
    >>> parse("chain(zoom(amount=0.02), roll(shift=n/15))")
    chain(zoom(0.02), roll(columns, shift=divide(15)))
    >>> parse("chain(zom(0.02))")
    Traceback (most recent call last):
        ...
    dreamcore.grammar.tokens.GrammarError: unknown transform "zom" (did you mean "zoom"?)
      chain(zom(0.02))
            ^
    """
    return parse_term(text, "transform")  # type: ignore[return-value]  # the vocabulary makes transforms


def as_transform(value: Any) -> Transform:
    """Return what may stand for a transform as one.

    Parameters
    ----------
    value : Transform, str, callable, or list of them
        A text; a function ``frame, context -> frame`` of your own; of a list, all run in order.

    Examples
    --------
    >>> as_transform(["zoom(0.1)", "invert"])
    chain(zoom(0.1), invert(1))
    """
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, (list, tuple)):
        steps = [as_transform(each) for each in value]
        return steps[0] if len(steps) == 1 else FUNCTIONS["chain"](*steps)
    if callable(value) and not isinstance(value, Transform):
        return own_transform(value)
    if not isinstance(value, Transform):
        allowed = "a transform, a text such as zoom(0.05), or a list of them"
        raise NotAllowed(f"transform is {short(repr(value))}; allowed is {allowed}")
    return value


FUNCTIONS = {row.function.__name__: row.function for row in (*REGISTRY.values(), *SHIFTS.values())}
globals().update(FUNCTIONS)

__all__ = [
    "REGISTRY",
    "SHIFTS",
    "Context",
    "GrammarError",
    "Keyframes",
    "Parameter",
    "Row",
    "Schedule",
    "Shift",
    "Transform",
    "Wave",
    "as_transform",
    "parse",
    "schedule",
    "unroll",
    "value_at",
]
__all__ += list(FUNCTIONS)
