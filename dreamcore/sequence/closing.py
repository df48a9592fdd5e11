"""Loops that close: what knows its period is fitted to the number of frames, the rest is pulled back as it runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dreamcore.errors import NotAllowed
from dreamcore.grammar.schedules import Wave
from dreamcore.grammar.terms import Term
from dreamcore.kinds import Schedule
from dreamcore.sequence.changing import exchanged
from dreamcore.text import counted

if TYPE_CHECKING:
    from dreamcore.sequence.recipe import Recipe

SHORTEST = 3  # frames
_FARTHEST = 1 / 3  # of a value: what would have to change more is left as it is


def closed(recipe: Recipe, size: tuple[int, int]) -> Recipe:
    """Return the recipe of a loop with everything periodic fitted to its frames; another stays as it is.

    Parameters
    ----------
    recipe : Recipe
    size : (int, int)
        Width and height of the picture.

    Raises
    ------
    DreamError
        When the loop is too short, or has a beginning.

    Warns
    -----
    UserWarning
        What was changed, such as ``roll shift 10 -> 10.67``.

    Examples
    --------
    >>> from dreamcore.sequence.recipe import Recipe
    >>> recipe = Recipe().changed(loop=True, frames=12, transform="roll(shift=10)")
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     print(closed(recipe, (160, 120)).sequence.transform, "and", closed(recipe, (160, 128)).sequence.transform)
    roll(columns) and roll(columns, shift=10.666666666666666)
    >>> print(said[0].message)
    fitted to a loop of 12 frames: roll shift 10 -> 10.67
    """
    sequence = recipe.sequence
    if not sequence.loop:
        return recipe
    if sequence.frames < SHORTEST:
        raise NotAllowed(
            f"a loop of {counted(sequence.frames, 'frame')} is not allowed; allowed: {SHORTEST} frames or more"
        )
    for name in ("start", "blend_in"):
        if getattr(sequence, name):
            raise NotAllowed(f"{name} and loop exclude each other: a loop has no beginning")
    fit = _Fit(sequence.frames)
    transform = fit.term(sequence.transform, size)
    dream = replace(recipe.dream, **{name: fit.value(value, name) for name, value in recipe.dream.values().items()})
    if fit.changes:
        warnings.warn(f"fitted to a loop of {sequence.frames} frames: {', '.join(fit.changes)}", stacklevel=3)
    return replace(recipe, sequence=replace(sequence, transform=transform), dream=dream)


def _length(arguments: Mapping[str, Any], size: tuple[int, int] | None) -> int | None:
    """Return the pixels of the lines that a roll moves round."""
    sides = {"columns": size[1], "rows": size[0]} if size else {}
    return sides.get(arguments["axis"]) if arguments["border"] == "wrap" else None


# Transform or shift, the parameter of which N frames add up, and after how much everything is as it was.
PERIODS: dict[str, tuple[str, Callable[[Mapping[str, Any], tuple[int, int] | None], float | None]]] = {
    "roll": ("shift", _length),
    "rotate": ("angle", lambda arguments, size: 360),
    "hue_shift": ("angle", lambda arguments, size: 360),
    "palette_shift": ("steps", lambda arguments, size: arguments["colours"]),
    "sine": ("speed", lambda arguments, size: 1),
}


PARTS = ("regions", "box")  # whose transforms see another size


class _Fit:
    """Terms and schedules changed so that they repeat after a number of frames, and what was changed."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.changes: list[str] = []

    def term(self, term: Any, size: tuple[int, int] | None = None) -> Any:
        """Return a term, and what is in it, fitted to a picture of a size, None where that is not known."""
        arguments = {name: self.value(value, f"{term.row.name} {name}") for name, value in term.arguments.items()}
        if term.row.name in PERIODS:
            name, period = PERIODS[term.row.name]
            arguments[name] = self._summed(arguments[name], period(arguments, size), f"{term.row.name} {name}")
        inner = None if term.row.name in PARTS else size
        return type(term)(term.row, arguments, [self.term(child, inner) for child in term.children])

    def value(self, value: Any, name: str) -> Any:
        """Return a value of a parameter, with the periods of its schedules fitted."""

        def wave(schedule: Schedule) -> Schedule:
            if not isinstance(schedule, Wave) or schedule.period < 1:  # of which frames see nothing
                return schedule
            rounds = max(round(self.frames / schedule.period), 1)
            return replace(schedule, period=self._said(f"{name} period", schedule.period, self.frames / rounds))

        return self.term(value) if isinstance(value, Term) else exchanged(value, wave)

    def _summed(self, value: Any, period: float | None, name: str) -> Any:
        """Return a value of which so many frames add up to whole periods, where one is near."""
        if period is None or isinstance(period, Schedule) or isinstance(value, (Schedule, Term)) or not value:
            return value
        rounds = round(value * self.frames / period)
        fitted = float(Fraction(rounds) * Fraction(period) / self.frames)
        return self._said(name, value, fitted) if abs(fitted - value) <= _FARTHEST * abs(value) else value

    def _said(self, name: str, value: float, fitted: float) -> float:
        if fitted == value:
            return value
        self.changes.append(f"{name} {value:.4g} -> {fitted:.4g}")
        return fitted
