"""From what people give (texts, numbers, objects) to the tables of parameters, and back to plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from dreamcore.ascent.objectives import as_objective
from dreamcore.errors import NotAllowed, nearest
from dreamcore.grammar.reader import parse_value
from dreamcore.grammar.schedules import value_at
from dreamcore.kinds import Parameter
from dreamcore.parameters import Dream, Table
from dreamcore.transforms import as_transform

_READERS = {"objective": as_objective, "transform": as_transform}
_SCHEDULED = ("number", "whole")
_LONG = re.compile(r"\d{16,300}", re.ASCII)  # a seed each of whose digits counts; the grammar's numbers have fewer
AnyTable = TypeVar("AnyTable", bound=Table)


def read_value(parameter: Parameter, value: Any) -> Any:
    """Return the value of a parameter, of its text where it is one, checked.

    Raises
    ------
    DreamError
        For what the parameter does not allow; a text is pointed at.

    Examples
    --------
    >>> read_value(Dream.parameters()["octaves"], "0:2, 30:5").at(30)
    5
    """
    if parameter.kind in _READERS:
        value = _READERS[parameter.kind](value)
    elif parameter.kind == "whole" and isinstance(value, str) and _LONG.fullmatch(value):
        value = int(value)
    elif parameter.kind in _SCHEDULED and isinstance(value, str):
        return parse_value(value, parameter)
    return parameter.check(value)


def fill(table: type[AnyTable], values: Mapping[str, Any]) -> AnyTable:
    """Make a table of values, the others at their defaults.

    Examples
    --------
    >>> fill(Dream, {"octaves": "3", "layer": "2*patterns"}).layer
    2*patterns
    """
    rows = table.parameters()
    refuse_unknown(values, rows, f"[{table.__name__.lower()}]")
    return table(**{name: read_value(each, values.get(name, each.default)) for name, each in rows.items()})


def refuse_unknown(values: Mapping[str, Any], allowed: Any, place: str) -> None:
    """Raise a DreamError for the first name that is not allowed; it names the nearest."""
    for name in values:
        if name not in allowed:
            raise NotAllowed(f'no key "{name}"{nearest(name, allowed)} in {place}')


def at_frame(dream: Dream, number: int) -> dict[str, Any]:
    """Return the dream parameters of one frame: schedules looked up, whole numbers rounded.

    Examples
    --------
    >>> at_frame(fill(Dream, {"iterations": "0:2, 4:10"}), 2)["iterations"]
    6
    """
    values = {name: each.resolve(getattr(dream, name), number) for name, each in Dream.parameters().items()}
    return {**values, "layer": value_at(dream.layer, number).at(number)}


def differences(table: Table) -> dict[str, Any]:
    """Return as plain values what is not at its default.

    Examples
    --------
    >>> differences(fill(Dream, {"octaves": 3}))
    {'octaves': 3}
    """
    standard = _standard(type(table))  # type: ignore[arg-type]  # which mypy takes for an instance
    return {name: value for name, value in plain(table).items() if value != standard[name]}


@cache
def _standard(table: type[Table]) -> dict[str, Any]:
    return plain(fill(table, {}))


def plain(table: Table) -> dict[str, Any]:
    """Return a table's values as JSON and TOML can hold them: what is no number, text or switch as its text.

    Examples
    --------
    >>> plain(fill(Dream, {"strength": 1.0}))["strength"]
    1
    >>> plain(fill(Dream, {"octaves": "0:1, 9:4"}))["octaves"]
    'linear(0:1, 9:4)'
    """
    return {name: _plain(getattr(table, name)) for name in table.parameters()}


def _plain(value: Any) -> bool | int | float | str:
    if isinstance(value, float) and value.is_integer():  # as its text is read
        return int(value)
    return value if isinstance(value, (bool, int, float, str)) else str(value)
