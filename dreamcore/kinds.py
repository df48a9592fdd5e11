"""Kinds of parameters: what each may be, in code and in words; and what a value is that changes with the frame."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.images import is_image
from dreamcore.text import number_text, short, value_text

FAR = 100_000  # pixels; more is a slip of the pen
_HUGE = 1e300  # beyond it, what is done with a number may leave the range of numbers
_SWITCHES = {"yes": True, "true": True, "no": False, "false": False}


class Schedule(ABC):
    """A value for every frame number; `at(number)` returns it, `str()` the text that reads back equal."""

    is_bounded: ClassVar[bool] = True  # whether `values` says in which range it stays; otherwise each frame is checked

    @abstractmethod
    def at(self, number: int) -> Any:
        """Return the value at frame `number`."""

    @abstractmethod
    def values(self) -> Iterable[Any]:
        """Return the values that bound all others, for checks of ranges and names."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: of a dream, of a transform, of an objective.

    Parameters
    ----------
    name : str
    kind : str
        ``number``, ``whole``, ``choice``, ``flag``, ``text``, ``numbers`` (a list), ``wholes`` (all values that are
        left), ``picture``, ``layer`` (the name of a layer, a blob or a role), ``class`` (the number or a name of one),
        or a kind of term: ``transform``, ``shift`` (or a number), ``objective``.
    default : object
        `REQUIRED` where there is none.
    low, high : float, optional
        Range of a number, ends included.
    choices : collection of str or int
        Allowed words of a choice; allowed lengths of numbers; names of the functions that a shift may be.
    unit : str
        Of a number, such as ``"centiseconds"``.
    help : str
        One line.
    """

    name: str
    kind: str
    default: Any
    low: float | None = None
    high: float | None = None
    choices: Collection = ()
    unit: str = ""
    help: str = ""

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        if self.kind in _WORDS:
            return _WORDS[self.kind](self)
        low, high = (None if end is None else number_text(end) for end in (self.low, self.high))
        span = f" from {low} to {high}" if low and high else f" from {low}" if low else f" to {high}" if high else ""
        return ("a whole number" if self.kind == "whole" else "a number") + span

    def check(self, value: Any) -> Any:
        """Return `value` in this parameter's type.

        Raises
        ------
        DreamError
            When it is of another kind, or out of range.

        Examples
        --------
        >>> number("amount", 1, 0, 2, "").check(1.5)
        1.5
        """
        if isinstance(value, Schedule) and self.kind in _CHANGING:
            for bound in value.values():
                self.check(bound)
            return value
        if hasattr(value, "item") and not getattr(value, "ndim", 0):  # a number of NumPy's
            value = value.item()
        if isinstance(value, bool) and self.kind != "flag":
            raise self.refusal(value)
        return getattr(self, f"_check_{self.kind}", self._check_term)(value)

    def _check_number(self, value: Any) -> float:
        if not isinstance(value, Real) or not _is_within_reason(value):
            raise self.refusal(value)
        result = int(value) if isinstance(value, Integral) else float(value)
        if (self.low is not None and result < self.low) or (self.high is not None and result > self.high):
            raise self.refusal(value)
        return result

    def _check_whole(self, value: Any) -> int:
        checked = self._check_number(value)
        if checked != int(checked):
            raise self.refusal(value)
        return int(checked)

    def _check_flag(self, value: Any) -> bool:
        value = _SWITCHES.get(value, value) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise self.refusal(value)
        return value

    def _check_text(self, value: Any) -> str:
        if not isinstance(value, str) or (self.kind == "choice" and value not in self.choices):
            raise self.refusal(value)
        return value

    _check_file = _check_choice = _check_text

    def _check_numbers(self, value: Any) -> tuple[float, ...]:
        values = self._listed(value)
        if len(values) not in self.choices or not all(isinstance(one, Real) for one in values):
            raise self.refusal(value)
        return tuple(map(float, map(self._check_number, values)))

    def _check_wholes(self, value: Any) -> tuple[int, ...]:
        values = self._listed(value)
        if not values:
            raise NotAllowed(f"no {self.name} is given; give at least one, such as 12")
        return tuple(map(self._check_whole, values))

    def _check_layer(self, value: Any) -> str | tuple[str, ...]:
        if isinstance(value, str) and value:
            return value
        if isinstance(value, Real):  # the name of a blob may be a number
            return number_text(float(value))
        values = self._listed(value)
        if not values or not all(isinstance(one, str) and one for one in values):
            raise self.refusal(value)
        return values

    def _check_class(self, value: Any) -> int | str:
        if isinstance(value, str) and value.strip():
            return value
        return self._check_whole(value)

    def _check_picture(self, value: Any) -> Any:
        if isinstance(value, (str, os.PathLike)) and os.fspath(value):
            return os.fspath(value)
        if not hasattr(value, "rgb") and getattr(value, "ndim", 0) != 3 and not is_image(value):
            raise self.refusal(value)
        return value

    def _check_shift(self, value: Any) -> Any:
        return value if _is_term(value, "shift") else self._check_number(value)

    def _check_term(self, value: Any) -> Any:
        if not _is_term(value, self.kind):
            raise self.refusal(value)
        return value

    def _listed(self, value: Any) -> tuple:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise self.refusal(value)
        values = value.tolist() if hasattr(value, "tolist") else value
        return tuple(each for one in values for each in (one if isinstance(one, list) else [one]))

    def refusal(self, value: Any) -> DreamError:
        """Return the error that says that `value` is not allowed, and what is."""
        hint = nearest(value, self.choices) if self.kind == "choice" and isinstance(value, str) else ""
        return NotAllowed(f"{self.name}={short(value_text(value))} is not allowed{hint}; allowed: {self.allowed}")

    def resolve(self, value: Any, number: int) -> Any:
        """Return the value at frame `number`.

        Raises
        ------
        DreamError
            When a formula leaves the range there.
        """
        found = value.at(number) if isinstance(value, Schedule) else value
        found = round(found) if self.kind in ("whole", "class") and not isinstance(found, str) else found
        if isinstance(value, Schedule) and not value.is_bounded:
            try:
                return self.check(found)
            except DreamError as error:
                raise error.within(f"frame {number}") from None
        return found


REQUIRED = type("Required", (), {"__repr__": lambda self: "REQUIRED"})()
_CHANGING = ("number", "whole", "class", "shift", "objective")
_WORDS = {
    "choice": lambda row: ", ".join(row.choices),
    "flag": lambda row: "yes, no",
    "text": lambda row: "text",
    "file": lambda row: f"{', '.join(row.choices)}, or a picture file",
    "numbers": lambda row: f"[{' or '.join(map(str, row.choices))} numbers]",
    "wholes": lambda row: "whole numbers from 0",
    "picture": lambda row: "a picture file, or first for the picture that the dream begins with",
    "layer": lambda row: "a layer, a blob or a role, or a [list] of which the first that the network has is taken",
    "class": lambda row: "the name of a class, such as jellyfish, or its number, from 0",
    "shift": lambda row: f"a number, a formula of n, count and t, {', '.join(f'{one}(...)' for one in row.choices)}",
    "transform": lambda row: "a transform such as zoom(0.05)",
    "objective": lambda row: "a layer, or an objective such as 0.3*patterns + channels(objects, 12)",
}


def _is_within_reason(value: Any) -> bool:
    return -_HUGE < value < _HUGE  # nor is what is no number


def _is_term(value: Any, table: str) -> bool:
    return getattr(value, "table", None) == table


def number(name: str, default: Any, low: float | None, high: float | None, help: str, unit: str = "") -> Parameter:
    """Describe a parameter that is a number."""
    return Parameter(name, "number", default, low, high, (), unit, help)


def whole(name: str, default: Any, low: float | None, high: float | None, help: str, unit: str = "") -> Parameter:
    """Describe a parameter that is a whole number."""
    return Parameter(name, "whole", default, low, high, (), unit, help)


def choice(name: str, default: Any, choices: Iterable[str], help: str) -> Parameter:
    """Describe a parameter that is one of some words."""
    return Parameter(name, "choice", default, choices=tuple(choices), help=help)


def flag(name: str, default: Any, help: str) -> Parameter:
    """Describe a parameter that is yes or no."""
    return Parameter(name, "flag", default, help=help)


def text(name: str, default: Any, help: str) -> Parameter:
    """Describe a parameter that is any text."""
    return Parameter(name, "text", default, help=help)


def file(name: str, default: str, words: Iterable[str], help: str) -> Parameter:
    """Describe a picture file, or one of some words."""
    return Parameter(name, "file", default, choices=tuple(words), help=help)


def numbers(name: str, default: Iterable[float], lengths: Iterable[int], help: str) -> Parameter:
    """Describe a list of numbers."""
    return Parameter(name, "numbers", tuple(default), choices=tuple(lengths), help=help)


def wholes(name: str, help: str) -> Parameter:
    """Describe the last parameter of a term, which takes every value that is left."""
    return Parameter(name, "wholes", REQUIRED, 0, help=help)


def layer(name: str = "layer", default: Any = "objects") -> Parameter:
    """Describe a parameter that names a layer, a blob or a role."""
    return Parameter(name, "layer", default, help="where it looks: a layer, a blob or a role")


def class_name(name: str, help: str) -> Parameter:
    """Describe a parameter that is a class of a classifier: a name, or a number."""
    return Parameter(name, "class", REQUIRED, 0, help=help)


def picture(name: str, help: str) -> Parameter:
    """Describe a parameter that is a picture."""
    return Parameter(name, "picture", REQUIRED, help=help)


def term(kind: str) -> Callable[..., Parameter]:
    """Return what describes a parameter that is a term of a kind: a transform, an objective."""
    return lambda name, default, help: Parameter(name, kind, default, help=help)
