"""Terms: what a vocabulary can say, one row for each name; the reader makes them of text, `str()` writes them back.

A vocabulary is a table of functions of one kind: transforms, shifts, objectives. A function enters it by a decorator,
see `dreamcore.grammar.registering`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dreamcore.errors import NotAllowed, nearest
from dreamcore.grammar.formulas import Formula
from dreamcore.kinds import REQUIRED, Parameter
from dreamcore.text import value_text

ANY, SOME, NONE = (0, None), (1, None), (0, 0)  # how many terms a term takes inside


@dataclass(frozen=True)
class Row:
    """One term of a vocabulary.

    Parameters
    ----------
    name : str
    function : callable
        The factory: ``function(**parameters)`` makes the term.
    parameters : tuple of Parameter
    group : str
    help : str
        One line.
    children : (int, int or None)
        How many terms it takes inside, least and most.
    body : callable
        What runs; its arguments are the vocabulary's affair.
    unnamed : int
        How many parameters are written without their names.
    motion : callable, optional
        Of a transform: how it moves pixels, see there.
    """

    name: str
    function: Callable
    parameters: tuple[Parameter, ...]
    group: str
    help: str
    children: tuple[int, int | None] = NONE
    body: Callable = field(default=lambda: None, repr=False)
    unnamed: int = 1
    motion: Callable | None = field(default=None, repr=False)

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of a name."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        names = [parameter.name for parameter in self.parameters]
        allowed = f"; allowed: {', '.join(names)}" if names else "; it has none"
        raise NotAllowed(f'{self.name} has no parameter "{name}"{nearest(name, names)}{allowed}')

    def place(self, position: int) -> Parameter:
        """Return the parameter that the `position`-th unnamed value is for."""
        if self.parameters and self.parameters[-1].kind == "wholes":
            position = min(position, len(self.parameters) - 1)
        if position >= len(self.parameters):
            count = len(self.parameters)
            raise NotAllowed(f"{self.name} takes {count} value{'s' * (count != 1)}, this is one too many")
        return self.parameters[position]

    def check_children(self, count: int) -> None:
        """Raise a DreamError where it cannot take so many terms inside."""
        least, most = self.children
        if most == 0 and count:
            raise NotAllowed(f"{self.name} takes no transform inside")
        if count < least or (most is not None and count > most):
            wanted = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            raise NotAllowed(f"{self.name} takes {wanted} transform{'s' * (wanted != '1')} inside, not {count}")

    def complete(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return arguments with the defaults of those that are missing."""
        for parameter in self.parameters:
            if parameter.default is REQUIRED and parameter.name not in arguments:
                raise NotAllowed(f"{self.name} needs {parameter.name}: {parameter.help or parameter.allowed}")
        return {each.name: arguments.get(each.name, each.default) for each in self.parameters}


class Term:
    """A row of a vocabulary with its arguments."""

    table: ClassVar[str] = ""

    def __init__(self, row: Row, arguments: dict[str, Any], children: Iterable[Term] = ()) -> None:
        self.row = row
        self.children = tuple(children)
        row.check_children(len(self.children))
        self.arguments = row.complete(arguments)

    def values(self, number: int) -> dict[str, Any]:
        """Return the arguments at frame `number`."""
        return {each.name: each.resolve(self.arguments[each.name], number) for each in self.row.parameters}

    def __str__(self) -> str:
        parts: list[str] = []
        unnamed = self.row.unnamed
        for position, parameter in enumerate(self.row.parameters):
            value = self.arguments[parameter.name]
            if value is None:  # left out, and so those behind it have their names
                unnamed = min(unnamed, position)
            elif parameter.kind == "wholes":
                parts += map(value_text, value)
            elif position < unnamed and (value != parameter.default or not self.children):
                parts.append(value_text(value))
            elif value != parameter.default:
                parts.append(f"{parameter.name}={value_text(value)}")
        return f"{self.row.name}({', '.join([*parts, *map(str, self.children)])})"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Term)
            and (self.table, self.row.name) == (other.table, other.row.name)
            and self.arguments == other.arguments
            and self.children == other.children
        )

    def __hash__(self) -> int:
        return hash(str(self))

    def __reduce__(self) -> tuple:
        return _again, (self.table, self.row.name, self.arguments, self.children)


@dataclass
class Vocabulary:
    """The terms of one kind.

    Parameters
    ----------
    kind : subclass of Term
    example : str
        A term that an error may show.
    shorthand : (Pattern, callable), optional
        Words that stand for a term: how they look, and what makes the term of the match.
    wrap : callable
        Makes what a term becomes for those who write it: itself, or a sum that can be added to.
    functions : dict of str to callable
        Functions of what `wrap` makes.
    formula : subclass of Formula
        What a formula is that stands in the place of a term.
    several : str
        What an error says of a comma between terms.
    elsewhere : collection of str
        Names of what is no term, and often taken for one: parameters.
    rows : dict of str to Row
    """

    kind: type[Term]
    example: str
    shorthand: tuple[re.Pattern, Callable] | None = None
    wrap: Callable[[Term], Any] = lambda term: term
    functions: dict[str, Callable] = field(default_factory=dict)
    formula: type[Formula] = Formula
    several: str = ""
    elsewhere: Container[str] = ()
    rows: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        VOCABULARIES[self.kind.table] = self


VOCABULARIES: dict[str, Vocabulary] = {}  # kind -> its vocabulary


def _again(table: str, name: str, arguments: dict, children: tuple) -> Term:
    vocabulary = VOCABULARIES[table]
    return vocabulary.kind(vocabulary.rows[name], arguments, children)
