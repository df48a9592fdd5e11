"""Axes: what a sweep varies, as people write it, such as ``layer=textures,objects`` or ``seed=1..4``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.parameters import PARAMETERS
from dreamcore.sequence.recipe import Recipe
from dreamcore.text import number_text, short

RECIPE = "recipe"  # an axis that is no parameter
PICTURE = "picture"  # one that is never written as an axis
_FILES = ("guide", "sound", "model", PICTURE)  # axes whose values may be paths
_SPAN = re.compile(r"([+-]?[0-9]{1,15})\.\.([+-]?[0-9]{1,15})(?:/([0-9]{1,15}))?")
_PARTED = re.compile(r"[+-]?[0-9.]+\.\.[+-]?[0-9.]+(/[0-9.]+)?")  # a span of numbers that are not whole
_MOST = 1_000_000  # values of an axis
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'""")
_PAIRS = {"(": 1, "[": 1, ")": -1, "]": -1}


def read_axis(text: str) -> tuple[str, str]:
    """Return the name of an axis, and the text of its values.

    Parameters
    ----------
    text : str
        ``NAME=VALUES``; see `axis_values`.

    Raises
    ------
    NotAllowed
        When it is no axis.

    Examples
    --------
    >>> read_axis("octave-scale=1.2,1.4")
    ('octave_scale', '1.2,1.4')
    """
    name, sign, values = text.partition("=")
    if not sign:
        raise NotAllowed(f"{short(text)!r} is no axis; allowed: NAME=VALUE,VALUE,... such as layer=textures,objects")
    return axis_name(name), values


def axis_name(name: str) -> str:
    """Return the name of an axis: a parameter's, with ``-`` for ``_`` as in options, or ``recipe``."""
    known, wanted = [RECIPE, *PARAMETERS], name.strip().replace("-", "_")
    if wanted not in known:
        raise NotAllowed(f"no parameter {short(name)!r} to vary{nearest(wanted, known)}; allowed: {', '.join(known)}")
    return wanted


def axis_values(name: str, given: Any) -> tuple[str, ...]:
    """Return the values of an axis as texts, each of which the parameter allows.

    Parameters
    ----------
    name : str
    given : object
        A text: values with commas between them, or with semicolons where there is one, outside of brackets; of whole
        numbers also ``1..4`` and ``1..9/2``. Or a list, of which each is one value, a list of transforms a chain; or
        one value.

    Raises
    ------
    NotAllowed
        When one is not allowed, stands twice, or there are none or more than a million.

    Examples
    --------
    >>> axis_values("transform", "zoom(0.02); roll(rows, shift=sine(12))")
    ('zoom(0.02)', 'roll(rows, shift=sine(12))')
    >>> axis_values("loop", [True, "yes"])
    Traceback (most recent call last):
        ...
    dreamcore.errors.NotAllowed: axis loop: yes stands twice
    """
    pieces = split(given) if isinstance(given, str) else [_text(name, each) for each in _listed(given)]
    if not pieces or "" in pieces:
        raise NotAllowed(f"axis {name}: a value is empty; allowed: {name}=VALUE,VALUE,...")
    values: list[str] = []
    for piece in pieces:
        span = _SPAN.fullmatch(piece) if name != RECIPE and PARAMETERS[name].kind in ("whole", "number") else None
        values += _spread(name, span) if span else [_checked(name, piece)]
        if len(values) > _MOST:
            raise NotAllowed(f"axis {name} has more than {_MOST} values")
    if len({*values}) < len(values):
        twice = next(value for place, value in enumerate(values) if value in values[:place])
        raise NotAllowed(f"axis {name}: {short(twice)} stands twice")
    return tuple(values)


def split(text: str) -> list[str]:
    """Cut a text at its semicolons, or where there are none at its commas; never within brackets or quotes.

    Examples
    --------
    >>> split("a, b(c, d)"), split("0:2, 9:5; 3"), split("0:2, 9:5;")
    (['a', 'b(c, d)'], ['0:2, 9:5', '3'], ['0:2, 9:5'])
    """
    hidden = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)
    depths, depth = [], 0
    for letter in hidden:
        depth += _PAIRS.get(letter, 0)
        depths.append(depth)
    places = {mark: [at for at, letter in enumerate(hidden) if letter == mark and depths[at] <= 0] for mark in ";,"}
    cuts = places[";"] or places[","]
    pieces = [text[start + 1 : end].strip() for start, end in zip([-1, *cuts], [*cuts, len(text)], strict=True)]
    return pieces[:-1] if cuts and not pieces[-1] else pieces


def _is_list(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, (str, Mapping))


def _listed(given: Any) -> list[Any]:
    return [*given] if _is_list(given) else [given]


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "transform" and _is_list(value):
        return f"chain({', '.join(_text(name, each) for each in value)})"
    return number_text(value) if isinstance(value, (int, float)) else str(value).strip()


def _spread(name: str, span: re.Match[str]) -> Iterator[str]:
    first, last, step = int(span[1]), int(span[2]), int(span[3] or 1)
    if last < first or not step:
        raise NotAllowed(f"axis {name}: {span[0]} is not allowed; allowed: FIRST..LAST or FIRST..LAST/STEP, upwards")
    numbers = range(first, last + 1, step)
    if len(numbers) > _MOST:
        raise NotAllowed(f"axis {name}: {span[0]} are {len(numbers)} values; allowed are {_MOST}")
    for end in (numbers[0], numbers[-1]):
        _checked(name, str(end))
    return map(str, numbers)


def _checked(name: str, value: str) -> str:
    if _PARTED.fullmatch(value):
        raise NotAllowed(f"axis {name}: {value} is not allowed; spans, such as 1..9/2, are of whole numbers")
    try:
        if name != RECIPE:  # which is read anyway
            Recipe().changed(**{name: value})
    except DreamError as error:
        raise error.within(f"axis {name}") from None
    return value


def labels_of(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return what the values of an axis are called: as they are written, files by as much of their paths as differs.

    Examples
    --------
    >>> labels_of("picture", ["cats/one.jpg", "two.jpg"]), labels_of("picture", ["a/one.jpg", "b/one.jpg"])
    (('one', 'two'), ('a/one.jpg', 'b/one.jpg'))
    """
    if name not in _FILES:
        return tuple(values)
    paths = [Path(os.path.abspath(each)) for each in values]
    labels = tuple(path.stem for path in paths)
    for count in range(1, max((len(path.parts) for path in paths), default=0) + 1):
        if len({*labels}) == len(values):
            break
        labels = tuple("/".join(path.parts[-count:]) for path in paths)
    return labels
