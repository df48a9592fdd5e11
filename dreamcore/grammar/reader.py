"""From nodes to schedules and terms; what is wrong is said with a mark below the character."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dreamcore.errors import DreamError, nearest
from dreamcore.grammar.formulas import FUNCTIONS, BadFormula, Formula, Part, is_formula, read_formula
from dreamcore.grammar.schedules import MODES, WAVES, Keyframes, Wave
from dreamcore.grammar.sounds import SOUNDS
from dreamcore.grammar.terms import NONE, VOCABULARIES, Term, Vocabulary
from dreamcore.grammar.tokens import GrammarError, Node, Reader
from dreamcore.kinds import Parameter, Schedule

SCHEDULES = (*MODES, *WAVES, *SOUNDS)
_CALL = re.compile(r"(?<![\w.])([A-Za-z]\w*)\s*\(", re.ASCII)


class Builder(Reader):
    """A reader that makes objects of its nodes."""

    def pointed(self, position: int, function: Callable, *arguments: Any) -> Any:
        """Call `function`, and point at `position` when it refuses."""
        try:
            return function(*arguments)
        except GrammarError:
            raise
        except DreamError as error:
            raise self.error(str(error), position) from None

    def plain(self, node: Node, kind: type[Formula] = Formula) -> Any:
        """Make a number, word, text, list or schedule; `kind` is what a formula may be here."""
        if node.kind == "list":
            return tuple(self.plain(one) for one in node.value)
        if node.kind == "formula":
            return self.formula(node.position, node.end, kind)
        if node.kind != "call":
            return node.value
        if node.value in FUNCTIONS and not _is_wave(node):
            return self.formula(node.position, node.end, kind)
        if node.value in SCHEDULES:
            return self.pointed(node.position, self._schedule, node)
        raise self._unknown(node.value, node.position)

    def _unknown(self, name: str, position: int) -> GrammarError:
        names = dict.fromkeys([*SCHEDULES, *FUNCTIONS])
        return self.error(f'unknown schedule "{name}"{nearest(name, names)}; allowed: {", ".join(names)}', position)

    def _schedule(self, node: Node) -> Schedule:
        if node.value in MODES:
            return Keyframes(tuple(map(self._key, node.items or ())), node.value)
        if node.value in WAVES:
            return Wave(node.value, **self._arguments(node, ("period", "low", "high", "phase")))
        kind = SOUNDS[node.value]
        return kind.read(**self._arguments(node, kind.names, first=("number", "word", "formula")))

    def formula(self, start: int, end: int, kind: type[Formula] = Formula) -> Any:
        """Make the value of a formula that stands in a part of the text."""
        parts, at = [], start
        while match := _CALL.search(self.text, at, end):
            at = match.end()
            if match[1] not in (*SCHEDULES, *FUNCTIONS):
                raise self._unknown(match[1], match.start())
            if match[1] in SCHEDULES:
                builder = Builder(self.text, part=(match.start(), end))
                node = builder.operand()
                if node.value not in FUNCTIONS or _is_wave(node):
                    parts.append(Part(node.position - start, node.end - start, builder.plain(node)))
                    at = node.end
        try:
            return read_formula(self.text[start:end], parts, kind)
        except BadFormula as error:
            raise self.error(str(error), start + error.at) from None

    def _key(self, item: tuple[Node | None, Node]) -> tuple[int, Any]:
        key, node = item
        if key is None or key.kind != "number":
            raise self.error("a keyframe is missing here, such as 60:0.08", (key or node).position)
        if node.kind in ("call", "list"):
            raise self.error("a keyframe's value is a number or a word", node.position)
        return key.value, node.value

    def _arguments(self, node: Node, names: tuple[str, ...], first: tuple[str, ...] = ("number",)) -> dict[str, Any]:
        """Return the numbers in a call's brackets by their names; `first` is what the first of them may be."""
        arguments: dict[str, Any] = {}
        for place, (key, value) in enumerate(node.items or ()):
            name = key.value if key else names[place] if place < len(names) else "one more value"
            if name not in names or name in arguments:
                hint = nearest(str(name), names)
                wrong = f'{node.value} takes {", ".join(names)}, each once, not "{name}"{hint}'
                raise self.error(wrong, (key or value).position)
            if value.kind not in (first if name == names[0] else ("number",)):
                raise self.error(f"{name} is a number", value.position)
            arguments[name] = value.value
        return arguments

    def scheduled(self, node: Node, kind: type[Formula] = Formula) -> Any:
        """Make a number or a schedule, which may stand in quotes."""
        if node.kind == "text":
            inner = Builder(node.value)
            return self.pointed(node.position, lambda: inner.number(inner.whole(inner.keyframes), kind))
        return self.number(node, kind)

    def number(self, node: Node, kind: type[Formula] = Formula) -> Any:
        """Make a number or a schedule; a word such as `t/24` is a formula here."""
        if node.kind == "word" and is_formula(node.value, kind.names):
            return self.formula(node.position, node.position + len(node.value), kind)
        return self.plain(node, kind)

    def argument(self, node: Node, parameter: Parameter) -> Any:
        """Make the value of one parameter."""
        if node.kind == "sum":
            value = node.value
        elif parameter.kind in VOCABULARIES:
            value = self.term_or_number(node, VOCABULARIES[parameter.kind])
        elif parameter.kind in ("number", "whole"):
            value = self.scheduled(node)
        else:
            if node.kind == "formula":
                wrong = f"{parameter.name} is no number, which a formula is; a text with signs in it stands in quotes"
                raise self.error(wrong, node.position)
            value = self.plain(node)
            if parameter.kind in ("choice", "text", "file", "picture") and node.kind == "number":
                value = str(value)
        return self.pointed(node.position, parameter.check, value)

    def term_or_number(self, node: Node, vocabulary: Vocabulary) -> Any:
        """Make a term, also of its short form or in quotes, or a number that stands in its place."""
        if node.kind == "word" and vocabulary.shorthand and (match := vocabulary.shorthand[0].fullmatch(node.value)):
            return self.pointed(node.position, vocabulary.shorthand[1], match)
        if node.kind == "text":
            inner = Builder(node.value)
            return self.pointed(node.position, lambda: inner.term_or_number(inner.whole(inner.keyframes), vocabulary))
        names = vocabulary.formula.names
        is_word = node.kind == "word" and (node.value in vocabulary.rows or not is_formula(node.value, names))
        if is_word or (node.kind == "call" and node.value in vocabulary.rows):
            return self.term(node, vocabulary)
        return self.scheduled(node, vocabulary.formula)

    def term(self, node: Node, vocabulary: Vocabulary) -> Term:
        """Make the term that a call, or a bare word, names."""
        what = vocabulary.kind.table
        if node.kind not in ("call", "word"):
            article = "an" if what[0] in "aeiou" else "a"
            raise self.error(f"{article} {what} is missing here, such as {vocabulary.example}", node.position)
        row = vocabulary.rows.get(node.value)
        if row is None:
            hint = nearest(node.value, vocabulary.rows)
            if node.value in vocabulary.elsewhere:
                hint = f", which is a parameter of its own beside the {what}"
            raise self.error(f'unknown {what} "{node.value}"{hint}', node.position)
        arguments: dict[str, Any] = {}
        children, unnamed = [], 0
        for key, value in node.items or ():
            if (
                key is None
                and row.children != NONE
                and self._is_child(value, vocabulary, unnamed >= len(row.parameters))
            ):
                children.append(self.term(value, vocabulary))
                continue
            at = (key or value).position
            if key is not None and key.kind == "number":
                wrong = f"{node.value} takes no keyframes here; give them to a parameter, such as "
                raise self.error(f"{wrong}{node.value}(linear(0:1, 60:2))", at)
            parameter = self.pointed(at, row.parameter, key.value) if key else self.pointed(at, row.place, unnamed)
            unnamed += key is None
            if parameter.kind == "wholes" and key is None:
                more = self.pointed(at, parameter.check, [self.plain(value)])
                arguments[parameter.name] = (*arguments.get(parameter.name, ()), *more)
                continue
            if parameter.name in arguments:
                raise self.error(f"{node.value} got {parameter.name} twice", at)
            arguments[parameter.name] = self.argument(value, parameter)
        return self.pointed(node.position, vocabulary.kind, row, arguments, children)

    def _is_child(self, node: Node, vocabulary: Vocabulary, is_full: bool) -> bool:
        """Tell whether an unnamed value is a term, or meant to be one since no parameter is left for it."""
        if node.kind not in ("call", "word"):
            return False
        others: set[str] = {*SCHEDULES, *FUNCTIONS}
        others = others.union(*(each.rows for each in VOCABULARIES.values() if each is not vocabulary))
        return is_full or node.value in vocabulary.rows or (node.kind == "call" and node.value not in others)


def _is_wave(node: Node) -> bool:
    """Tell `sin(40)` and `sin(period=40, low=1)`, which are waves, from the sine of an angle, `sin(2*pi*t/40)`."""
    items = node.items or []
    is_angle = len(items) == 1 and items[0][0] is None and items[0][1].kind != "number"
    return node.value in WAVES and not is_angle


def parse_term(text: str, kind: str) -> Term:
    """Read a term of a vocabulary: a transform, a shift.

    Raises
    ------
    GrammarError
        Pointing at the character that is wrong.
    """
    builder, vocabulary = Builder(text), VOCABULARIES[kind]
    return builder.term(builder.whole(builder.value, vocabulary.several), vocabulary)


def schedule(text: Any) -> Any:
    """Read a value that may change with the frame number.

    Parameters
    ----------
    text : str, number or Schedule
        `0.05`, `textures`, `0:0.02, 60:0.08`, `smooth(0:1, 20:3)`, `step(0:textures, 40:objects)`,
        `sin(period=40, low=0, high=0.1)`, `band(40..120)`, `0.02 + 0.01*sin(2*pi*t/24)`.

    Returns
    -------
    number, str or Schedule
        What does not change comes back as it is.

    Examples
    --------
    >>> schedule("0:0.02, 60:0.08").at(30)
    0.05
    >>> schedule("10")
    10
    >>> str(schedule("0:inception_3b/output, 40:inception_4c/output"))
    'step(0:inception_3b/output, 40:inception_4c/output)'
    """
    if not isinstance(text, str):
        return text
    builder = Builder(text)
    return builder.plain(builder.whole(builder.keyframes))


def parse_value(text: str, parameter: Parameter) -> Any:
    """Read the value of one parameter."""
    builder = Builder(text)
    return builder.argument(builder.whole(builder.keyframes), parameter)
