"""From text to nodes: numbers, words, texts in quotes, lists and calls, each with the place where it begins.

    chain(zoom(0.02), roll(axis=columns, shift=sine(amplitude=12, wavelength=60)))
    zoom(linear(0:0.02, 60:0.08))        0.3*patterns + channels(objects, 12)

Calls hold values, `name=value` pairs or, in schedules, `frame:value` pairs. Arithmetic, such as `0.1*band(40..120)`, is
kept as the text of a formula. Nothing is ever evaluated.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dreamcore.errors import NotAllowed
from dreamcore.text import ATOM, NUMBER, short

TOKEN = re.compile(rf"""\s*(?:(?P<mark>[(),=:*\[\]])|(?P<string>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<atom>{ATOM.pattern}))""")
DEPTH = 50
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_ARITHMETIC = "+-/%"  # within an atom, or at its ends
_JOINTS = _ARITHMETIC + "*"
_SIGNS = re.compile(r"[+]|^-")  # within an atom: a minus only at its beginning, since names have hyphens


class GrammarError(NotAllowed):
    """A text that cannot be read; the message ends with the text and a mark below the place."""

    def __init__(self, message: str, text: str, position: int) -> None:
        start = max(0, position - 80)
        line = _on_one_line(text[start : position + 40])
        super().__init__(f"{_on_one_line(message)}\n  {line}\n  {' ' * (position - start)}^")
        self.position = position


def _on_one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


@dataclass
class Node:
    """A number, word, text, list, call, formula or sum, and where it begins and ends."""

    kind: str
    value: Any
    position: int
    end: int = 0
    items: list | None = None  # of a call: (key or None, Node); a key is a word, or a number for a keyframe


class Reader:
    """Recursive descent over the tokens of one text.

    Parameters
    ----------
    text : str
    sums : bool
        Whether ``+`` and ``-`` stand between terms, and so end a word.
    part : (int, int), optional
        Where what is read begins and ends; errors show the whole text.
    """

    def __init__(self, text: str, sums: bool = False, part: tuple[int, int] | None = None) -> None:
        self.text = text
        self.part = part or (0, len(text))
        self.tokens = list(self._signed(self._split()) if sums else self._split())
        self.at = 0

    def _split(self) -> Iterator[tuple[str, str, int]]:
        position, end = self.part[0], len(self.text[: self.part[1]].rstrip())
        while position < end:
            match = TOKEN.match(self.text, position, end)
            if not match:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                raise GrammarError("this quote is not closed", self.text, start)
            kind = match.lastgroup or ""
            yield kind, match[kind], match.start(kind)
            position = match.end()
        yield "end", "", end

    @staticmethod
    def _signed(tokens: Iterator[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
        """Cut signs off atoms; a number keeps its own sign where no term stands before it."""
        before = ""
        for kind, word, position in tokens:
            is_plain = kind != "atom" or (NUMBER.fullmatch(word) and not (before and word[0] in "+-"))
            if is_plain:
                yield kind, word, position
            else:
                start = 0
                for sign in _SIGNS.finditer(word):
                    if sign.start() > start:
                        yield "atom", word[start : sign.start()], position + start
                    yield "mark", sign[0], position + sign.start()
                    start = sign.end()
                if start < len(word):
                    yield "atom", word[start:], position + start
            before = "" if kind == "mark" and word not in ")]" else word

    def error(self, message: str, position: int | None = None) -> GrammarError:
        """Return an error that points at a place: by default, at the next token."""
        return GrammarError(message, self.text, self.tokens[self.at][2] if position is None else position)

    def peek(self, at: int) -> tuple[str, str]:
        """Return the kind and the text of a token; past the end, of the end."""
        return self.tokens[min(at, len(self.tokens) - 1)][:2]

    def next_is(self, mark: str) -> bool:
        """Tell whether the next token is this mark."""
        return self.peek(self.at) == ("mark", mark)

    def take(self, mark: str) -> None:
        """Go past a mark that must stand here."""
        if not self.next_is(mark):
            raise self.error(f'"{mark}" is missing here, found {self.tokens[self.at][1] or "the end"}')
        self.at += 1

    def between(self, end: str) -> None:
        """Go past a comma, unless the mark that ends the list stands here."""
        if self.next_is(","):
            self.at += 1
        elif not self.next_is(end):
            found = self.tokens[self.at][1] or "the end"
            raise self.error(f'"," or "{end}" is missing here, found {found}{self._quotes()}')

    def _quotes(self) -> str:
        """Say how a name of several words is written, where a second word stands."""
        words = self.at > 0 and [self.peek(at)[0] for at in (self.at - 1, self.at)] == ["atom", "atom"]
        return "; a name of several words stands in quotes" if words and self.peek(self.at + 1)[1] != "=" else ""

    def whole(self, read: Callable[[], Any], several: str = "") -> Any:
        """Return what `read` returns, when nothing follows it; `several` says how more of it are written."""
        result = read()
        if self.tokens[self.at][0] != "end":
            hint = several if self.next_is(",") else self._quotes()
            raise self.error(f'"{self.tokens[self.at][1]}" is too much here{hint}')
        return result

    def value(self, depth: int = 0) -> Node:
        """Read a number, word, text, list, call or formula."""
        after = self._end_of_formula()
        if after is None:
            return self.operand(depth)
        position, self.at = self.tokens[self.at][2], after
        end = self._end()
        return Node("formula", self.text[position:end], position, end)

    def _end(self) -> int:
        """Return where the last token that was read ends."""
        return len(self.text[: self.tokens[self.at][2]].rstrip())

    def _end_of_formula(self) -> int | None:
        """Return the place of the token behind a formula that begins here; None where something else does.

        A formula is told by an operator at one of its ends or between two of its parts, or by brackets without a name.
        """
        at, level, is_formula, before = self.at, 0, False, ""
        while True:
            kind, word = self.peek(at)
            if kind == "end" or (level == 0 and (kind == "string" or word in (",", ":", "=", ")", "]"))):
                return at if is_formula and level == 0 else None
            if level == 0:
                joins = before == "" or before[-1] in _JOINTS or word[0] in _JOINTS
                if not joins and word != "(":
                    return at if is_formula else None
                is_formula |= self._is_arithmetic(kind, word, before, at)
                before = word
            level += (word in ("(", "[")) - (word in (")", "]")) if kind == "mark" else 0
            before = ")" if level else before
            at += 1

    def _is_arithmetic(self, kind: str, word: str, before: str, at: int) -> bool:
        """Tell whether a token shows that it is of a formula."""
        if kind == "mark":
            return word in "+-*" or (word == "(" and (before == "" or before[-1] in _JOINTS))
        is_called = self.peek(at + 1) == ("mark", "(")
        return before != "" or (is_called and any(each in word for each in _ARITHMETIC))

    def operand(self, depth: int = 0) -> Node:
        """Read a number, word, text, list or call."""
        kind, word, position = self.tokens[self.at]
        if depth > DEPTH:
            raise self.error(f"more than {DEPTH} calls inside one another")
        if self.next_is("["):
            return self._list(position, depth)
        if kind in ("mark", "end"):
            raise self.error(f"a value is missing here, found {word or 'the end'}")
        self.at += 1
        if kind == "string":
            return Node("text", self._unquoted(word, position), position)
        if self.next_is("("):
            items = self._items(depth)
            return Node("call", word, position, self._end(), items)
        if NUMBER.fullmatch(word):
            number = int(word) if _WHOLE.fullmatch(word) else float(word)
            if math.isinf(number):
                raise self.error(f"{short(word)} is not allowed: the number is too large", position)
            return Node("number", number, position)
        return Node("word", word, position)

    def _unquoted(self, word: str, position: int) -> str:
        if word[0] == "'":
            return word[1:-1]
        try:
            return json.loads(word)
        except ValueError:
            raise self.error("a backslash here stands before neither a quote nor a backslash", position) from None

    def _list(self, position: int, depth: int) -> Node:
        self.take("[")
        nodes = []
        while not self.next_is("]"):
            nodes.append(self.value(depth + 1))
            self.between("]")
        self.take("]")
        return Node("list", nodes, position)

    def _items(self, depth: int) -> list:
        self.take("(")
        items = []
        while not self.next_is(")"):
            items.append(self.item(depth))
            self.between(")")
        self.take(")")
        return items

    def item(self, depth: int, value: Callable[[int], Any] | None = None) -> tuple[Node | None, Any]:
        """Read a value, a `name=value` pair or a `frame:value` pair, whose value is read by `value`."""
        node = self.value(depth + 1)
        if self.next_is("=") and node.kind == "word":
            self.take("=")
            return node, self.value(depth + 1)
        if self.next_is(":"):
            if node.kind != "number" or not isinstance(node.value, int):
                raise self.error("a keyframe begins with a frame number, such as 60:0.08", node.position)
            self.take(":")
            return node, (value or self.value)(depth + 1)
        return None, node

    def keyframes(self) -> Node:
        """Read `0:0.02, 60:0.08` without a call around it, or any other value."""
        start = self.at
        key, node = self.item(0)
        if key is None or key.kind != "number":
            self.at = start
            return self.value()
        items: list[tuple[Node | None, Node]] = [(key, node)]
        while self.next_is(","):
            self.take(",")
            items.append(self.item(0))
        return Node("call", "linear", key.position, items=items)
