"""The table of transforms: what the command line, recipes, documents and dialogs read.

A transform is one function `body(frame, context, **parameters)` below a `@transform(group, *parameters)` line, which
puts a row into `REGISTRY` and leaves the factory under the function's name.
"""

import inspect
import math
from dataclasses import dataclass, field

import numpy as np

from dreamcore.errors import DreamError, nearest
from dreamcore.grammar.schedules import Schedule
from dreamcore.text import number_text, value_text

REGISTRY = {}
SHIFTS = {}
FAR = 100_000  # pixels; more is a slip of the pen
ANY, SOME = (0, None), (1, None)  # how many transforms a transform takes inside
TABLES = {"transform": REGISTRY, "shift": SHIFTS}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a transform.

    Parameters
    ----------
    name : str
    type : {"number", "whole", "choice", "flag", "text", "numbers", "shift"}
    default : object
    low, high : float, optional
        Allowed range of a number, ends included.
    choices : tuple
        Allowed words of a choice; allowed lengths of numbers.
    help : str
        One line.
    """

    name: str
    type: str
    default: object
    low: float | None = None
    high: float | None = None
    choices: tuple = ()
    help: str = ""

    @property
    def allowed(self):
        """What may be given, in words."""
        if self.type == "choice":
            return ", ".join(self.choices)
        if self.type == "flag":
            return "yes, no"
        if self.type == "numbers":
            return f"[{' or '.join(map(str, self.choices))} numbers]"
        if self.type == "shift":
            return f"a number, n/NUMBER, {', '.join(f'{name}(...)' for name in SHIFTS)}"
        if self.type == "text":
            return "text"
        low, high = (None if end is None else number_text(end) for end in (self.low, self.high))
        span = f" from {low} to {high}" if low and high else f" from {low}" if low else f" to {high}" if high else ""
        return ("a whole number" if self.type == "whole" else "a number") + span

    def check(self, value):
        """Return `value` in this parameter's type, or raise DreamError."""
        if isinstance(value, Schedule) and self.type in ("number", "whole", "shift"):
            for bound in value.values():
                self.check(bound)
            return value
        if isinstance(value, (bool, np.bool_)) and self.type != "flag":
            raise self.refusal(value)
        if self.type in ("number", "whole"):
            return self.check_number(value)
        if self.type == "shift":
            return value if isinstance(value, Shift) else self.check_number(value)
        if self.type == "flag":
            value = {"yes": True, "true": True, "no": False, "false": False}.get(value, value)
            if not isinstance(value, (bool, np.bool_)):
                raise self.refusal(value)
            return bool(value)
        if self.type == "numbers":
            return self.check_numbers(value)
        if not isinstance(value, str) or (self.choices and value not in self.choices):
            raise self.refusal(value)
        return value

    def check_number(self, value):
        if not isinstance(value, (int, float, np.integer, np.floating)) or not math.isfinite(value):
            raise self.refusal(value)
        if self.type == "whole" and value != int(value):
            raise self.refusal(value)
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            raise self.refusal(value)
        return int(value) if isinstance(value, (int, np.integer)) or self.type == "whole" else float(value)

    def check_numbers(self, value):
        if isinstance(value, (str, Schedule)) or not np.iterable(value):
            raise self.refusal(value)
        value = tuple(np.asarray(value, object).ravel().tolist())
        if len(value) not in self.choices or not all(isinstance(one, (int, float)) for one in value):
            raise self.refusal(value)
        return tuple(float(one) for one in value)

    def refusal(self, value):
        hint = nearest(value, self.choices) if self.type == "choice" and isinstance(value, str) else ""
        shown = value_text(value)
        return DreamError(f"{self.name}={shown} is not allowed{hint}; allowed: {self.allowed}")

    def resolve(self, value, number):
        """The value at frame `number`."""
        if not isinstance(value, Schedule):
            return value
        value = value.at(number)
        return round(value) if self.type == "whole" else value


def number(name, default, low, high, help):
    return Parameter(name, "number", default, low, high, (), help)


def whole(name, default, low, high, help):
    return Parameter(name, "whole", default, low, high, (), help)


def choice(name, default, choices, help):
    return Parameter(name, "choice", default, None, None, tuple(choices), help)


def flag(name, default, help):
    return Parameter(name, "flag", default, help=help)


def text(name, default, help):
    return Parameter(name, "text", default, help=help)


def numbers(name, default, lengths, help):
    return Parameter(name, "numbers", tuple(default), None, None, tuple(lengths), help)


def shift(name, default, help):
    return Parameter(name, "shift", default, -FAR, FAR, (), help)


@dataclass(frozen=True)
class Row:
    """One transform (or shift) of the table.

    Parameters
    ----------
    name : str
    function : callable
        The factory: `function(**parameters)` gives the transform.
    parameters : tuple of Parameter
    group : str
    help : str
        One line.
    children : (int, int or None)
        How many transforms it takes inside, least and most.
    body : callable
        What runs: `body(frame, context, [children,] **parameters)`.
    """

    name: str
    function: object
    parameters: tuple
    group: str
    help: str
    children: tuple = (0, 0)
    body: object = field(default=None, repr=False)

    def parameter(self, name):
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        names = [parameter.name for parameter in self.parameters]
        allowed = f"; allowed: {', '.join(names)}" if names else "; it has none"
        raise DreamError(f'{self.name} has no parameter "{name}"{nearest(name, names)}{allowed}')

    def place(self, position):
        """The parameter that the `position`-th unnamed value is for."""
        if position >= len(self.parameters):
            count = len(self.parameters)
            raise DreamError(f"{self.name} takes {count} value{'s' * (count != 1)}, this is one too many")
        return self.parameters[position]

    def check_children(self, count):
        least, most = self.children
        if most == 0 and count:
            raise DreamError(f"{self.name} takes no transform inside")
        if count < least or (most is not None and count > most):
            wanted = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            raise DreamError(f"{self.name} takes {wanted} transform{'s' * (wanted != '1')} inside, not {count}")


class Term:
    """A row of a table with its arguments: the grammar reads it, `str()` writes it so that it reads back equal."""

    table = ""

    def __init__(self, row, arguments, children=()):
        row.check_children(len(children))
        self.row = row
        self.arguments = {
            parameter.name: arguments.get(parameter.name, parameter.default) for parameter in row.parameters
        }
        self.children = tuple(children)

    @classmethod
    def make(cls, row, positional, named):
        """Check the arguments of a call in Python and keep them."""
        children = [value for value in positional if isinstance(value, Transform)]
        arguments = {}
        for position, value in enumerate(value for value in positional if not isinstance(value, Transform)):
            parameter = row.place(position)
            arguments[parameter.name] = parameter.check(read(value, parameter))
        for name, value in named.items():
            parameter = row.parameter(name)
            if name in arguments:
                raise DreamError(f"{row.name} got {name} twice")
            arguments[name] = parameter.check(read(value, parameter))
        return cls(row, arguments, children)

    def values(self, number):
        """The arguments at frame `number`."""
        return {
            parameter.name: parameter.resolve(self.arguments[parameter.name], number)
            for parameter in self.row.parameters
        }

    def __str__(self):
        parts = []
        for position, parameter in enumerate(self.row.parameters):
            value = self.arguments[parameter.name]
            if position == 0 and (value != parameter.default or not self.children):
                parts.append(value_text(value))
            elif value != parameter.default:
                parts.append(f"{parameter.name}={value_text(value)}")
        return f"{self.row.name}({', '.join([*parts, *map(str, self.children)])})"

    def __repr__(self):
        return str(self)

    def __eq__(self, other):
        return (
            type(self) is type(other)
            and self.row.name == other.row.name
            and self.arguments == other.arguments
            and self.children == other.children
        )

    def __hash__(self):
        return hash(str(self))

    def __reduce__(self):
        return rebuild, (self.table, self.row.name, self.arguments, self.children)


class Transform(Term):
    """A transform: `transform(frame, context)` gives a frame of the same shape and type."""

    table = "transform"

    def __call__(self, frame, context):
        children = (self.children,) if self.row.children != (0, 0) else ()
        return self.row.body(frame, context, *children, **self.values(context.number))


class Shift(Term):
    """A function of the index of a column or row: `shift(count, context)` gives `count` whole numbers of pixels."""

    table = "shift"

    def __call__(self, count, context):
        shifts = self.row.body(np.arange(count), context, **self.values(context.number))
        return np.asarray(shifts).astype(np.int64)


def rebuild(table, name, arguments, children):
    return {"transform": Transform, "shift": Shift}[table](TABLES[table][name], arguments, children)


def read(value, parameter):
    """Read schedules and shifts that are given as text in a call in Python."""
    if isinstance(value, str) and parameter.type in ("number", "whole", "shift", "numbers"):
        from dreamcore.grammar.reader import parse_argument

        return parse_argument(value, parameter)
    return value


def transform(group, *parameters, children=(0, 0)):
    """Register the function below as a transform of `group`."""
    return registrar(Transform, group, parameters, children)


def shift_function(*parameters):
    """Register the function below, `body(index, context, **parameters)`, as a function of the index."""
    return registrar(Shift, "shift functions", parameters, (0, 0))


def registrar(kind, group, parameters, children):
    def register(body):
        def function(*positional, **named):
            return kind.make(row, positional, named)

        function.__name__ = function.__qualname__ = body.__name__
        function.__module__ = body.__module__
        function.__doc__ = document(body.__doc__, parameters)
        function.__signature__ = signature(parameters, children)
        name = body.__name__.rstrip("_")
        row = Row(name, function, parameters, group, body.__doc__.splitlines()[0], children, body)
        TABLES[kind.table][name] = row
        return function

    return register


def document(text, parameters):
    """The docstring with the table's rows as its Parameters section."""
    summary, _, rest = inspect.cleandoc(text).partition("\n\n")
    lines = [summary, ""]
    if parameters:
        lines += ["Parameters", "----------"]
    for parameter in parameters:
        lines += [
            f"{parameter.name} : {parameter.allowed}; default {value_text(parameter.default)}",
            f"    {parameter.help}",
        ]
    return "\n".join([*lines, "", rest, ""])


def signature(parameters, children):
    kind = inspect.Parameter
    inside = [kind("transforms", kind.VAR_POSITIONAL)] if children != (0, 0) else []
    style = kind.KEYWORD_ONLY if inside else kind.POSITIONAL_OR_KEYWORD
    return inspect.Signature(inside + [kind(one.name, style, default=one.default) for one in parameters])
