"""Transforms: frame -> frame, what happens between two dreams.

Each row of `REGISTRY` and of `SHIFTS` is also a function of this package: `zoom`, `roll`, `chain`, `sine`, ...

>>> import numpy as np
>>> step = parse("chain(zoom(0.02), roll(shift=n/15))")
>>> step(np.zeros((4, 6, 3), np.float32), Context(number=0)).shape
(4, 6, 3)
"""

from dreamcore.grammar.reader import GrammarError, parse
from dreamcore.grammar.schedules import Keyframes, Schedule, Wave, schedule, value_at
from dreamcore.grammar.terms import REGISTRY, SHIFTS, Parameter, Row, Shift, Transform
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
from dreamcore.transforms.shifts import unroll

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
    "parse",
    "schedule",
    "unroll",
    "value_at",
]
__all__ += list(FUNCTIONS)
