"""Decorators that enter functions into a vocabulary, and the calls in Python that make terms."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from dreamcore.errors import NotAllowed
from dreamcore.grammar.reader import parse_value
from dreamcore.grammar.terms import NONE, Row, Term, Vocabulary
from dreamcore.kinds import REQUIRED, Parameter
from dreamcore.text import value_text


def register(
    vocabulary: Vocabulary,
    group: str,
    parameters: tuple[Parameter, ...],
    children: tuple[int, int | None] = NONE,
    unnamed: int = 1,
    motion: Callable | None = None,
) -> Callable:
    """Return a decorator that enters the function below it; what it leaves under the name makes the term.

    Parameters
    ----------
    vocabulary : Vocabulary
    group : str
        Of the documentation.
    parameters : tuple of Parameter
    children : (int, int or None)
        How many terms it takes inside, least and most.
    unnamed : int
        How many parameters are written without their names.
    motion : callable, optional
        Of a transform: how it moves pixels.
    """

    def enter(body: Callable) -> Callable:
        def function(*positional: Any, **named: Any) -> Any:
            return vocabulary.wrap(_call(vocabulary.kind, row, positional, named))

        function.__name__ = function.__qualname__ = body.__name__
        function.__module__ = body.__module__
        function.__doc__ = _document(body.__doc__ or "", parameters)
        function.__signature__ = _signature(parameters, children)  # type: ignore[attr-defined]  # inspect reads it
        help = (body.__doc__ or "").partition("\n")[0]  # python -OO leaves documents out
        row = Row(body.__name__.rstrip("_"), function, parameters, group, help, children, body, unnamed, motion)
        vocabulary.rows[row.name] = row
        return function

    return enter


def _call(kind: type[Term], row: Row, positional: Iterable, named: dict[str, Any]) -> Term:
    """Make the term of a call in Python."""
    children: list[Term] = []
    values: list[Any] = []
    for value in positional:
        (children if isinstance(value, kind) else values).append(value)
    arguments: dict[str, Any] = {}
    for position, value in enumerate(values):
        parameter = row.place(position)
        if parameter.kind == "wholes":
            arguments[parameter.name] = parameter.check(values[position:])
            break
        arguments[parameter.name] = _checked(value, parameter)
    for name, value in named.items():
        parameter = row.parameter(name)
        if name in arguments:
            raise NotAllowed(f"{row.name} got {name} twice")
        arguments[name] = _checked(value, parameter)
    return kind(row, arguments, children)


def _checked(value: Any, parameter: Parameter) -> Any:
    is_text = isinstance(value, str) and parameter.kind in ("number", "whole", "shift", "numbers")
    return parse_value(value, parameter) if is_text else parameter.check(value)


def _document(text: str, parameters: tuple[Parameter, ...]) -> str:
    """Return a docstring with the table's rows as its Parameters section."""
    summary, _, rest = inspect.cleandoc(text).partition("\n\n")
    lines = [summary, ""]
    if parameters:
        lines += ["Parameters", "----------"]
    for parameter in parameters:
        default = "" if parameter.default in (REQUIRED, None) else f"; default {value_text(parameter.default)}"
        lines += [f"{parameter.name} : {parameter.allowed}{default}", f"    {parameter.help}"]
    return "\n".join([*lines, "", rest, ""])


def _signature(parameters: tuple[Parameter, ...], children: tuple[int, int | None]) -> inspect.Signature:
    kind = inspect.Parameter
    inside = [kind("transforms", kind.VAR_POSITIONAL)] if children != NONE else []
    style = kind.KEYWORD_ONLY if inside else kind.POSITIONAL_OR_KEYWORD
    listed = []
    for one in parameters:
        default = kind.empty if one.default is REQUIRED else one.default
        listed.append(
            kind(one.name, kind.VAR_POSITIONAL) if one.kind == "wholes" else kind(one.name, style, default=default)
        )
    return inspect.Signature(inside + listed)
