"""Mutations: a recipe changed by chance, within what its parameters may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from math import exp, log
from typing import Any, TypeVar

import numpy as np

from dreamcore.ascent.objectives import l2
from dreamcore.ascent.weighted import Objective
from dreamcore.grammar.schedules import Wave
from dreamcore.grammar.terms import NONE, Row, Term
from dreamcore.kinds import REQUIRED, Parameter, Schedule
from dreamcore.models.known import ROLES
from dreamcore.parameters import Dream
from dreamcore.sequence.naming import each_objective
from dreamcore.sequence.recipe import Recipe
from dreamcore.transforms import REGISTRY, SHIFTS, as_transform

STEPS, _SUMMANDS = 4, 3  # of a chain, of an objective, to which no more are added
_MOST = log(2)  # a number at most doubles, or is halved
_OPEN = 10  # times as large as a number must its range at least be for it to grow by factors
# How often a transform that is new to a chain is of a group: what moves the picture makes most of a sequence.
_GROUPS = {"geometry": 4, "shifts": 3, "colour": 2, "glitch": 1, "smooth and sharpen": 1, "mix": 1, "edges": 0.5}
Item = TypeVar("Item")
AnyTerm = TypeVar("AnyTerm", bound=Term)


class Mutation:
    """Chance, and how far it goes.

    Parameters
    ----------
    random : numpy.random.Generator
    spread : float
        0..1: how far numbers move, as a part of their size or of their range, and how often words change.
    """

    def __init__(self, random: np.random.Generator, spread: float) -> None:
        self.random, self.spread = random, spread

    def recipe(self, recipe: Recipe) -> Recipe:
        """Return a recipe with another transform, another objective, and other numbers of the dream.

        Examples
        --------
        >>> one = Mutation(np.random.default_rng(4), 0.3).recipe(Recipe())
        >>> one == Mutation(np.random.default_rng(4), 0.3).recipe(Recipe()), one == Recipe()
        (True, False)
        """
        rows = {name: row for name, row in Dream.parameters().items() if name != "layer" and self.happens(self.spread)}
        numbers = {name: self._value(row, getattr(recipe.dream, name)) for name, row in rows.items()}
        dream = replace(recipe.dream, layer=each_objective(recipe.dream.layer, self.objective), **numbers)
        sequence = replace(recipe.sequence, transform=self.chain(recipe.sequence.transform))
        return replace(recipe, dream=dream, sequence=sequence)

    def happens(self, chance: float) -> bool:
        """Return whether something that has this chance happens."""
        return bool(self.random.random() < chance)

    def one_of(self, items: Sequence[Item], weights: Sequence[float] | None = None) -> Item:
        """Draw one."""
        shares = None if weights is None else np.divide(weights, sum(weights))
        return items[int(self.random.choice(len(items), p=shares))]

    def chain(self, transform: Any) -> Any:
        """Change a chain: numbers within its steps, and sometimes a step is new, gone, another, or elsewhere."""
        steps = [self.term(step) for step in steps_of(transform)]
        place = int(self.random.integers(len(steps) + 1))
        if len(steps) < STEPS and self.happens(self.spread):
            steps.insert(place, self._new(*_movers()))
        elif len(steps) > 1 and self.happens(self.spread / 2):
            del steps[place % len(steps)]
        elif len(steps) > 1 and self.happens(self.spread):
            steps[place % len(steps)] = self._new(*_movers())
        if len(steps) > 1 and self.happens(self.spread / 2):
            self.random.shuffle(steps)
        return chained(steps)

    def term(self, term: AnyTerm) -> AnyTerm:
        """Change numbers and words within a term, and within those inside it."""
        rows = [row for row in term.row.parameters if self.happens(0.5)]
        changed = {row.name: self._value(row, term.arguments[row.name]) for row in rows}
        return type(term)(term.row, {**term.arguments, **changed}, [self.term(child) for child in term.children])

    def objective(self, objective: Objective) -> Objective:
        """Change weights and layers of a sum, and sometimes what is summed."""
        found = [(weight, self.term(term)) for weight, term in objective.terms]
        terms = [each for place, each in enumerate(found) if each[1] not in [term for _, term in found[:place]]]
        others = [role for role in ROLES if role not in [str(term) for _, term in terms]]
        if others and len(terms) < _SUMMANDS and self.happens(self.spread / 2):
            terms += (0.5 * l2(self.one_of(others))).terms
        elif len(terms) > 1 and self.happens(self.spread / 2):
            del terms[int(self.random.integers(len(terms)))]
        if len(terms) > 1:  # one alone does the same whatever it weighs
            terms = [(self._weight(weight), term) for weight, term in terms]
        return Objective(tuple(terms))

    def _weight(self, weight: Any) -> Any:
        return weight if isinstance(weight, Schedule) else _rounded(weight * self._factor())

    def _new(self, rows: Sequence[Row], weights: Sequence[float]) -> Term:
        """Make a term of one of some rows."""
        return self.term(self.one_of(rows, weights).function())

    def _value(self, row: Parameter, value: Any) -> Any:
        change = _KINDS.get(row.kind)
        return value if change is None else change(self, row, value)

    def _number(self, row: Parameter, value: Any) -> Any:
        if isinstance(value, Schedule):
            return self._schedule(value)
        if row.low is not None and row.low >= 0 and value > 0 and (row.high is None or row.high >= _OPEN * value):
            return self._kept(row, value * self._factor())
        size = max(abs(value), abs(row.default if isinstance(row.default, (int, float)) else 0))
        reach = np.inf if row.low is None or row.high is None else (row.high - row.low) / 2
        step = self.spread * min(size or min(1, reach / 5), reach) * self.random.normal()
        is_turned = row.low is not None and row.low < 0 and self.happens(self.spread / 4)
        return self._kept(row, step - value if is_turned else step + value)

    def _factor(self) -> float:
        return exp(np.clip(1.5 * self.spread * self.random.normal(), -_MOST, _MOST))

    def _kept(self, row: Parameter, value: float) -> float:
        """Return a number within its range, with the digits that count."""
        low, high = (-np.inf if row.low is None else row.low), (np.inf if row.high is None else row.high)
        value = 2 * low - value if value < low else 2 * high - value if value > high else value
        value = float(np.clip(value, low, high))
        return row.check(round(value)) if row.kind == "whole" else row.check(float(np.clip(_rounded(value), low, high)))

    def _schedule(self, value: Schedule) -> Schedule:
        """Change how long a wave is; any other schedule stays."""
        return replace(value, period=_rounded(value.period * self._factor())) if isinstance(value, Wave) else value

    def _choice(self, row: Parameter, value: Any) -> Any:
        is_word = value in row.choices
        return self.one_of([*row.choices]) if is_word and self.happens(self.spread / 2) else value

    def _flag(self, row: Parameter, value: bool) -> bool:
        return value != self.happens(self.spread / 4)

    def _numbers(self, row: Parameter, value: tuple[float, ...]) -> tuple[float, ...]:
        step = 0.15 * self.spread * max(map(abs, value))
        return tuple(_rounded(each + step * self.random.normal()) for each in value)

    def _wholes(self, row: Parameter, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(max(0, each + int(self.random.integers(-8, 9)) * self.happens(self.spread)) for each in value)

    def _shift(self, row: Parameter, value: Any) -> Any:
        if self.happens(self.spread / 2):
            return self._new(*_shifts())
        return self.term(value) if isinstance(value, Term) else self._number(row, value)

    def _layer(self, row: Parameter, value: Any) -> Any:
        return self.one_of(ROLES) if self.happens(2 * self.spread) else value


_KINDS: dict[str, Callable[[Mutation, Parameter, Any], Any]] = {
    "number": Mutation._number,
    "whole": Mutation._number,
    "choice": Mutation._choice,
    "file": Mutation._choice,
    "flag": Mutation._flag,
    "numbers": Mutation._numbers,
    "wholes": Mutation._wholes,
    "shift": Mutation._shift,
    "layer": Mutation._layer,
}


def steps_of(transform: Any) -> list[Term]:
    """Return the steps of a chain; of another transform, itself.

    Examples
    --------
    >>> from dreamcore.transforms import parse
    >>> steps_of(parse("chain(zoom(0.02), invert)")), steps_of(parse("zoom(0.02)"))
    ([zoom(0.02), invert(1)], [zoom(0.02)])
    """
    return list(transform.children) if transform.row.name == "chain" else [transform]


def chained(steps: Sequence[Term]) -> Any:
    """Return the transform of some steps."""
    return as_transform([*steps])


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


@cache
def _movers() -> tuple[list[Row], list[float]]:
    """Return the transforms that may be new in a chain, and how often each is: those that need nothing inside."""
    rows = [row for row in REGISTRY.values() if row.children == NONE and row.group in _GROUPS and _is_ready(row)]
    counts = {group: sum(row.group == group for row in rows) for group in _GROUPS}
    return rows, [_GROUPS[row.group] / counts[row.group] for row in rows]


@cache
def _shifts() -> tuple[list[Row], list[float]]:
    rows = [*filter(_is_ready, SHIFTS.values())]
    return rows, [1.0] * len(rows)


def _is_ready(row: Row) -> bool:
    return all(each.default is not REQUIRED for each in row.parameters)
