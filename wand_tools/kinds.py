"""What kind of value each parameter of `make_animation` takes: one table, looked at before any other check."""

from __future__ import annotations

import numbers
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dreamcore.text import short
from wand_tools.errors import AnimationNotAllowed


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")  # NumPy's, whose names have changed


_WHOLE = (_is_whole, "a whole number")
_TRUTH = (_is_truth, "True or False")
_WORD = (lambda value: isinstance(value, str), "a text")
_SIZE = (lambda value: _is_whole(value) or isinstance(value, str), "a whole number of bytes, or a text such as '8MB'")
_MANY = (lambda value: isinstance(value, Iterable) and not isinstance(value, (str, bytes)), "several numbers")

_NONE = (
    "plays",
    "first",
    "last",
    "jobs",
    "format",
    "max_size",
    "durations",
    "columns",
    "sound",
    "notes",
)  # may be left to the program
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("plays", "first", "last", "every", "cross_fade", "colours", "lossy", "jobs", "columns"), _WHOLE),
    **dict.fromkeys(("reverse", "ping_pong", "fit", "force"), _TRUTH),
    **dict.fromkeys(("palette", "dither", "quality", "format"), _WORD),
    "max_size": _SIZE,
    "durations": _MANY,
    "sound": (lambda value: isinstance(value, (str, os.PathLike)), "the name of a sound file"),
    "notes": (lambda value: isinstance(value, Mapping), "a dict"),
}


def check_kinds(values: Mapping[str, Any]) -> None:
    """Refuse values of another kind than their parameter takes.

    Examples
    --------
    >>> check_kinds({"every": 2, "first": None})
    >>> check_kinds({"every": "2"})
    Traceback (most recent call last):
        ...
    wand_tools.errors.AnimationNotAllowed: every '2': a whole number
    """
    for name, (fits, wanted) in _KINDS.items():
        value = values.get(name)
        if name in values and not (fits(value) or value is None and name in _NONE):
            raise AnimationNotAllowed(f"{name} {short(repr(value))}: {wanted}")
