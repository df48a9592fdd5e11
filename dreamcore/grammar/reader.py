"""From nodes to schedules and terms; what is wrong is said with a mark below the character."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dreamcore.errors import DreamError, nearest
from dreamcore.grammar.schedules import MODES, WAVES, Keyframes, Wave
from dreamcore.grammar.terms import NONE, VOCABULARIES, Term, Vocabulary
from dreamcore.grammar.tokens import GrammarError, Node, Reader
from dreamcore.parameters import Parameter


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

    def plain(self, node: Node) -> Any:
        """Make a number, word, text, list or schedule."""
        if node.kind == "list":
            return tuple(self.plain(one) for one in node.value)
        if node.kind != "call":
            return node.value
        if node.value in MODES:
            return self.pointed(node.position, Keyframes, tuple(map(self._key, node.items or ())), node.value)
        if node.value in WAVES:
            return self.pointed(node.position, self._wave, node)
        names = [*MODES, *WAVES]
        hint = nearest(node.value, names)
        raise self.error(f'unknown schedule "{node.value}"{hint}; allowed: {", ".join(names)}', node.position)

    def _key(self, item: tuple[Node | None, Node]) -> tuple[int, Any]:
        key, node = item
        if key is None or key.kind != "number":
            raise self.error("a keyframe is missing here, such as 60:0.08", (key or node).position)
        if node.kind in ("call", "list"):
            raise self.error("a keyframe's value is a number or a word", node.position)
        return key.value, node.value

    def _wave(self, node: Node) -> Wave:
        names = ("period", "low", "high", "phase")
        arguments: dict[str, float] = {}
        for place, (key, value) in enumerate(node.items or ()):
            name = key.value if key else names[place] if place < len(names) else "a fifth value"
            if name not in names or name in arguments:
                hint = nearest(str(name), names)
                wrong = f'{node.value} takes {", ".join(names)}, each once, not "{name}"{hint}'
                raise self.error(wrong, (key or value).position)
            if value.kind != "number":
                raise self.error(f"{name} is a number", value.position)
            arguments[name] = value.value
        return Wave(node.value, **arguments)

    def scheduled(self, node: Node) -> Any:
        """Make a number or a schedule, which may stand in quotes."""
        if node.kind == "text":
            inner = Builder(node.value)
            return self.pointed(node.position, lambda: inner.plain(inner.whole(inner.keyframes)))
        return self.plain(node)

    def argument(self, node: Node, parameter: Parameter) -> Any:
        """Make the value of one parameter."""
        if parameter.kind in VOCABULARIES:
            value = self.term_or_number(node, VOCABULARIES[parameter.kind])
        elif parameter.kind in ("number", "whole"):
            value = self.scheduled(node)
        else:
            value = self.plain(node)
            if parameter.kind in ("choice", "text", "file", "picture") and node.kind == "number":
                value = str(value)
        return self.pointed(node.position, parameter.check, value)

    def term_or_number(self, node: Node, vocabulary: Vocabulary) -> Any:
        """Make a term, also of its short form, or a number that stands in its place."""
        if node.kind == "word" and vocabulary.shorthand and (match := vocabulary.shorthand[0].fullmatch(node.value)):
            return self.pointed(node.position, vocabulary.shorthand[1], match)
        if node.kind == "word" or (node.kind == "call" and node.value in vocabulary.rows):
            return self.term(node, vocabulary)
        return self.scheduled(node)

    def term(self, node: Node, vocabulary: Vocabulary) -> Term:
        """Make the term that a call, or a bare word, names."""
        what = vocabulary.kind.table
        if node.kind not in ("call", "word"):
            raise self.error(f"a {what} is missing here, such as {vocabulary.example}", node.position)
        row = vocabulary.rows.get(node.value)
        if row is None:
            raise self.error(f'unknown {what} "{node.value}"{nearest(node.value, vocabulary.rows)}', node.position)
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
        others = {*MODES, *WAVES}.union(*(each.rows for each in VOCABULARIES.values() if each is not vocabulary))
        return is_full or node.value in vocabulary.rows or (node.kind == "call" and node.value not in others)


def parse_term(text: str, kind: str) -> Term:
    """Read a term of a vocabulary: a transform, a shift.

    Raises
    ------
    GrammarError
        Pointing at the character that is wrong.
    """
    builder = Builder(text)
    return builder.term(builder.whole(builder.value), VOCABULARIES[kind])


def schedule(text: Any) -> Any:
    """Read a value that may change with the frame number.

    Parameters
    ----------
    text : str, number or Schedule
        `0.05`, `textures`, `0:0.02, 60:0.08`, `smooth(0:1, 20:3)`, `step(0:textures, 40:objects)` or
        `sin(period=40, low=0, high=0.1)`.

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
