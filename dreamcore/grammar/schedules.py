"""Values that change with the frame number: keyframes, waves and products of schedules."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from dreamcore.errors import NotAllowed
from dreamcore.grammar.formulas import Formula
from dreamcore.kinds import Schedule
from dreamcore.text import number_text, value_text

MODES = ("linear", "smooth", "step")
_FAR = 10**6  # frames
WAVES: dict[str, Callable[[float], float]] = {
    "sin": lambda turn: 0.5 + 0.5 * math.sin(2 * math.pi * turn),
    "triangle": lambda turn: 1 - abs(1 - 2 * (turn % 1)),
    "saw": lambda turn: turn % 1,
}


@dataclass(frozen=True)
class Keyframes(Schedule):
    """Values at frame numbers and, between them, what `mode` says; before and after, the end values hold.

    Parameters
    ----------
    keys : tuple of (int, number, str or objective)
        Frame numbers in rising order, each with its value.
    mode : {"linear", "smooth", "step"}
        What is no number always steps.

    Examples
    --------
    >>> keys = Keyframes(((0, 2.0), (10, 4.0)))
    >>> keys.at(5), keys.at(99)
    (3.0, 4.0)
    """

    keys: tuple
    mode: str = "linear"

    def __post_init__(self) -> None:
        numbers = [number for number, _ in self.keys]
        if not numbers:
            raise NotAllowed("a schedule needs at least one keyframe, such as 0:0.05")
        if numbers[0] < 0:
            raise NotAllowed(f"keyframe {numbers[0]} is before the first frame, 0")
        for before, after in pairwise(numbers):
            if after <= before:
                raise NotAllowed(f"keyframe {after} comes after keyframe {before}; frame numbers must rise")
        if self.mode != "step" and not all(isinstance(value, (int, float)) for _, value in self.keys):
            object.__setattr__(self, "mode", "step")

    def at(self, number: int) -> Any:
        first, value = self.keys[0]
        for second, following in self.keys[1:]:
            if number < second:
                if number <= first or self.mode == "step":
                    return value
                part = (number - first) / (second - first)
                if self.mode == "smooth":
                    part = part * part * (3 - 2 * part)
                return value + (following - value) * part
            first, value = second, following
        return value

    def values(self) -> tuple:
        return tuple(value for _, value in self.keys)

    def __str__(self) -> str:
        return f"{self.mode}({', '.join(f'{number}:{value_text(value)}' for number, value in self.keys)})"


@dataclass(frozen=True)
class Wave(Schedule):
    """A value that swings between `low` and `high` and repeats after `period` frames.

    Parameters
    ----------
    shape : {"sin", "triangle", "saw"}
    period : float
        Frames from one repetition to the next.
    low, high : float
    phase : float
        Part of a period (0..1) by which the wave is ahead.

    Examples
    --------
    >>> Wave("sin", period=40, low=0, high=0.1).at(10)
    0.1
    """

    shape: str = "sin"
    period: float = 40
    low: float = 0.0
    high: float = 1.0
    phase: float = 0.0

    def __post_init__(self) -> None:
        if not 1 / _FAR <= self.period <= _FAR:
            raise NotAllowed(f"period {number_text(self.period)} must be above 0: 0.000001 to 1000000 frames")
        if not -_FAR <= self.phase <= _FAR:
            raise NotAllowed(f"phase {number_text(self.phase)} is not allowed; allowed: -1000000 to 1000000")

    def at(self, number: int) -> Any:
        return self.low + (self.high - self.low) * WAVES[self.shape](number / self.period + self.phase)

    def values(self) -> tuple:
        return self.low, self.high

    def __str__(self) -> str:
        phase = f", phase={number_text(self.phase)}" if self.phase else ""
        return (
            f"{self.shape}(period={number_text(self.period)}, low={number_text(self.low)}, "
            f"high={number_text(self.high)}{phase})"
        )


@dataclass(frozen=True)
class Product(Schedule):
    """Numbers and schedules multiplied: a weight of a weight.

    Examples
    --------
    >>> Product((0.5, Keyframes(((0, 0), (10, 2))))).at(5)
    0.5
    """

    factors: tuple

    @property
    def is_bounded(self) -> bool:  # type: ignore[override]  # it depends on the factors
        return all(each.is_bounded for each in self.factors if isinstance(each, Schedule))

    def at(self, number: int) -> float:
        return math.prod(value_at(each, number) for each in self.factors)

    def values(self) -> tuple:
        bounds = (each.values() if isinstance(each, Schedule) else (each,) for each in self.factors)
        return tuple(math.prod(each) for each in product(*bounds))

    def __str__(self) -> str:
        return "*".join(map(factor_text, self.factors))


def factor_text(value: Any) -> str:
    """Return the text of a number or a schedule that is multiplied, in brackets where it needs them."""
    text = value_text(value)
    return f"({text})" if isinstance(value, Formula) and value.needs_brackets else text


def value_at(value: Any, number: int) -> Any:
    """Return the value at frame `number` of a schedule, or the constant itself.

    Examples
    --------
    >>> value_at(0.05, 7), value_at(Keyframes(((0, 1), (10, 2))), 5)
    (0.05, 1.5)
    """
    return value.at(number) if isinstance(value, Schedule) else value
