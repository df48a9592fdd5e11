"""Formulas: values that are worked out of the frame number t, of numbers and of other schedules.

    0.02 + 0.01*sin(2*pi*t/24)        0.1*band(40..120) - 0.02*beat(1/2)

The text is read by Python's own parser, and each node of it looked at: arithmetic, the names and the functions of the
two tables below, and nothing else, so that a text from a stranger's recipe can neither reach anything nor take long.
Numbers are floats from the beginning, of which no power grows without end. The package simpleeval works it out.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.kinds import Schedule
from dreamcore.text import short

CONSTANTS = {"pi": math.pi}
FRAME = "t"  # the number of the frame
FUNCTIONS: dict[str, tuple[Callable[..., float], int, int | None]] = {  # with the least and the most values they take
    "sin": (math.sin, 1, 1),
    "cos": (math.cos, 1, 1),
    "abs": (abs, 1, 1),
    "sqrt": (math.sqrt, 1, 1),
    "exp": (math.exp, 1, 1),
    "log": (math.log, 1, 1),
    "floor": (math.floor, 1, 1),
    "min": (min, 2, None),
    "max": (max, 2, None),
}
_OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_LONGEST = 1000  # characters
_HUGE = 1e300
_DEEPEST = 60  # brackets and operators inside one another
_PART = re.compile(r"s\d+")  # what stands for another schedule
_TIGHT = re.compile(r" (\*\*|\*|/|%) ")
_SIGNED = re.compile(r"[-+*/%]")


class Part(NamedTuple):
    """Another schedule within a formula: where its text stands, and itself."""

    start: int
    end: int
    value: Schedule


class BadFormula(NotAllowed):
    """What is wrong with a formula, and at which of its characters."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Formula(Schedule):
    """A value that a formula says for each frame. `read_formula` makes one of text.

    Parameters
    ----------
    source : str
        With s0, s1, ... in the places of the parts.
    parts : tuple of Schedule

    Examples
    --------
    >>> wave = read_formula("0.02 + 0.01 * sin(2*pi*t / 24)", [])
    >>> wave.at(0), wave.at(6), str(wave)
    (0.02, 0.03, '0.02 + 0.01*sin(2*pi*t/24)')
    """

    source: str
    parts: tuple[Schedule, ...] = ()
    is_bounded = False
    names: ClassVar[tuple[str, ...]] = (FRAME,)  # what it may be a formula of, besides schedules

    def at(self, number: int) -> Any:
        return float(self.worked_out(number))

    def worked_out(self, number: int, **known: Any) -> Any:
        """Return its value at a frame, where other names stand for numbers, or for arrays of them.

        Parameters
        ----------
        number : int
        **known : float or ndarray

        Returns
        -------
        float or ndarray of float
        """
        import numpy as np  # not at the top: commands that read no formula begin sooner

        parts = {f"s{place}": float(part.at(number)) for place, part in enumerate(self.parts)}
        # Arrays of Python's own numbers: they go through the same arithmetic, and refuse the same.
        arrays = {name: np.asarray(value, float).astype(object) for name, value in known.items()}
        names: dict[str, Any] = {**CONSTANTS, FRAME: float(number), **parts, **arrays}
        try:
            value = np.asarray(_evaluate(self.source, names), float)
        except (ArithmeticError, ValueError) as error:
            raise NotAllowed(f"{short(str(self))} has no value at frame {number}: {error}") from None
        if not np.isfinite(value).all():
            raise NotAllowed(f"{short(str(self))} has no value at frame {number}: it grows without end")
        return value

    def values(self) -> tuple:
        """Return nothing: only the frames will tell."""
        return ()

    def __str__(self) -> str:
        return _PART.sub(lambda match: str(self.parts[int(match[0][1:])]), self.source)

    @property
    def needs_brackets(self) -> bool:
        """Whether it needs brackets as a factor."""
        return not isinstance(_parsed(self.source).body, ast.Call)


def is_formula(word: str, names: tuple[str, ...] = Formula.names) -> bool:
    """Tell whether a word without brackets can only be meant as a formula, where a number is asked for.

    Examples
    --------
    >>> is_formula("t/24"), is_formula("t"), is_formula("amount")
    (True, True, False)
    """
    return word in (*names, *CONSTANTS) or bool(_SIGNED.search(word))


def read_formula(text: str, parts: list[Part], kind: type[Formula] = Formula) -> Any:
    """Make a formula of its text.

    Parameters
    ----------
    text : str
    parts : list of Part
        The other schedules in it, in order.
    kind : subclass of Formula
        What becomes of it where it uses a name that formulas elsewhere do not know.

    Returns
    -------
    Formula or float
        A number, where nothing in it changes.

    Raises
    ------
    BadFormula

    Examples
    --------
    >>> read_formula("3/4", [])
    0.75
    >>> read_formula("0.1*open(t)", [])
    Traceback (most recent call last):
        ...
    dreamcore.grammar.formulas.BadFormula: unknown function "open"; allowed: sin, cos, abs, sqrt, exp, log, floor, \
min, max
    """
    if len(text) > _LONGEST:
        raise BadFormula(f"a formula has at most {_LONGEST} characters, this one {len(text)}", 0)
    plain = _with_names(text, parts)
    strange = next((at for at, each in enumerate(plain) if not (each.isascii() and each.isprintable())), None)
    if strange is not None:
        raise BadFormula("a formula has no such letter", strange)
    tree = _tree(plain)
    places = {part.start: place for place, part in enumerate(parts)}
    _check(tree, places, kind.names)
    source = _TIGHT.sub(r"\1", ast.unparse(tree))
    if _PART.fullmatch(source):
        return parts[0].value
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    make = kind if used.intersection(kind.names).difference(Formula.names) else Formula
    formula = make(source, tuple(part.value for part in parts))
    if parts or used.intersection(kind.names):
        return formula
    try:
        return formula.at(0)
    except DreamError as error:
        raise BadFormula(str(error).replace(" at frame 0", ""), 0) from None


def _with_names(text: str, parts: list[Part]) -> str:
    """Return a text of the same length on one line, with a name in the place of each part."""
    text = re.sub(r"\s", " ", text)
    for place, part in enumerate(parts):
        text = text[: part.start] + f"s{place}".ljust(part.end - part.start) + text[part.end :]
    return text


def _tree(plain: str) -> ast.Expression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's opinion of `1if` and the like
        try:
            return ast.parse(f"({plain})", mode="eval")  # in brackets, spaces may stand before it
        except SyntaxError as error:
            at = min(max(0, (error.offset or 2) - 2), len(plain.rstrip()))
            raise BadFormula("this formula cannot be read from here on", at) from None
        except (ValueError, MemoryError, RecursionError):
            raise BadFormula("this formula cannot be read: too much is inside one another", 0) from None


def _check(tree: ast.Expression, places: dict[int, int], names: tuple[str, ...]) -> None:
    """Refuse whatever is no arithmetic; names that stand for a part stand at its place."""
    for node, depth in _walk(tree.body):
        at = node.col_offset - 1
        if depth > _DEEPEST:
            raise BadFormula(f"more than {_DEEPEST} brackets and signs inside one another", at)
        if isinstance(node, ast.Constant):
            _check_number(node, at)
        elif isinstance(node, ast.Name):
            if node.id not in (*names, *CONSTANTS) and node.id != f"s{places.get(at)}":
                allowed = ", ".join((*names, *CONSTANTS))
                raise BadFormula(f'unknown name "{node.id}"; allowed: {allowed}, and numbers', at)
        elif isinstance(node, ast.Call):
            _check_call(node, at)
        elif not (isinstance(node, (ast.BinOp, ast.UnaryOp)) and type(node.op) in _OPERATORS):
            raise BadFormula("a formula is made of numbers, t, pi, + - * / % **, brackets and functions", at)


def _check_number(node: ast.Constant, at: int) -> None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadFormula(f"{short(repr(value))} is no number", at)
    if value > _HUGE:
        raise BadFormula("the number is too large", at)
    node.value = int(value) if float(value).is_integer() and value < 1e15 else float(value)  # as it is written again


def _check_call(node: ast.Call, at: int) -> None:
    name = getattr(node.func, "id", None)
    if name not in FUNCTIONS:
        hint = nearest(str(name), FUNCTIONS) if name else ""
        called = f'unknown function "{name}"{hint}' if name else "what is called here is no function"
        raise BadFormula(f"{called}; allowed: {', '.join(FUNCTIONS)}", at)
    _, least, most = FUNCTIONS[name]
    count = len(node.args)
    if node.keywords or count < least or (most is not None and count > most):
        wanted = "one value" if most == 1 else f"{least} values or more"
        raise BadFormula(f"{name} takes {wanted}", at)


def _walk(node: ast.expr, depth: int = 0) -> Iterator[tuple[ast.expr, int]]:
    """Yield each node that has a value, outer ones first, and how deep it lies."""
    waiting = [(node, depth)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        inner = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        waiting += [(each, depth + 1) for each in inner if isinstance(each, ast.expr)]


@lru_cache(maxsize=256)
def _parsed(source: str) -> ast.Expression:
    return ast.parse(source, mode="eval")


def _evaluate(source: str, names: dict[str, Any]) -> Any:
    from simpleeval import SimpleEval  # most runs have no formula

    tree = _parsed(source).body
    functions = {name: _for_arrays(function) for name, (function, _, _) in FUNCTIONS.items()}
    operators = {**_OPERATORS, ast.Pow: _for_arrays(math.pow)}
    evaluator = SimpleEval(operators, functions, names)
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)}
    evaluator.nodes[ast.Constant] = lambda node: float(node.value)
    return evaluator.eval(source, tree)


def _for_arrays(function: Callable[..., float]) -> Callable:
    import numpy as np

    return lambda *values: np.frompyfunc(function, len(values), 1)(*values)
