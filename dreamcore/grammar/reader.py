"""The text of transforms and schedules: read it, and point at the character where it goes wrong.

    chain(zoom(0.02), roll(axis=columns, shift=sine(amplitude=12, wavelength=60)))
    zoom(linear(0:0.02, 60:0.08))        zoom("0:0.02, 60:0.08")

A value is a number, a word, a text in quotes, a list in brackets or a call. Calls hold values, `name=value` pairs or,
in schedules, `frame:value` pairs. Nothing is ever evaluated.
"""

import json
import re
from dataclasses import dataclass

from dreamcore.errors import DreamError, nearest
from dreamcore.grammar.schedules import MODES, WAVES, Keyframes, Wave
from dreamcore.grammar.terms import REGISTRY, SHIFTS, Shift, Transform
from dreamcore.text import ATOM, NUMBER

TOKEN = re.compile(rf"""\s*(?:(?P<mark>[(),=:\[\]])|(?P<string>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<atom>{ATOM.pattern}))""")
INDEX = re.compile(r"(?P<sign>-?)n/(?P<by>\d+\.?\d*)")
DEPTH = 50


class GrammarError(DreamError):
    """A text that is no transform or schedule; the message ends with the text and a mark below the place."""

    def __init__(self, message, text, position):
        start = max(0, position - 80)
        line = text[start : position + 40].replace("\n", " ").replace("\t", " ")
        super().__init__(f"{message}\n  {line}\n  {' ' * (position - start)}^")
        self.position = position


@dataclass
class Node:
    """A number, word, text, list or call, and where it begins."""

    kind: str
    value: object
    position: int
    items: list = None  # of a call: (key or None, Node), key a word, or a number for a keyframe


class Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text):
        self.text = text
        self.tokens = list(self.split())
        self.at = 0

    def split(self):
        position = 0
        end = len(self.text.rstrip())
        while position < end:
            match = TOKEN.match(self.text, position)
            if not match:
                start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
                raise GrammarError("this quote is not closed", self.text, start)
            yield match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)
            position = match.end()
        yield "end", "", end

    def error(self, message, position=None):
        return GrammarError(message, self.text, self.tokens[self.at][2] if position is None else position)

    def next_is(self, mark):
        return self.tokens[self.at][:2] == ("mark", mark)

    def take(self, mark):
        if not self.next_is(mark):
            found = self.tokens[self.at][1] or "the end"
            raise self.error(f'"{mark}" is missing here, found {found}')
        self.at += 1

    def between(self, end):
        """A comma, or the mark that ends the list."""
        if self.next_is(","):
            self.at += 1
        elif not self.next_is(end):
            found = self.tokens[self.at][1] or "the end"
            raise self.error(f'"," or "{end}" is missing here, found {found}')

    def whole(self, read):
        """What `read` gives, when nothing follows it."""
        node = read()
        if self.tokens[self.at][0] != "end":
            raise self.error(f'"{self.tokens[self.at][1]}" is too much here')
        return node

    def value(self, depth=0):
        kind, word, position = self.tokens[self.at]
        if depth > DEPTH:
            raise self.error(f"more than {DEPTH} calls inside one another")
        if self.next_is("["):
            return self.list(position, depth)
        if kind in ("mark", "end"):
            raise self.error(f"a value is missing here, found {word or 'the end'}")
        self.at += 1
        if kind == "string":
            return Node("text", self.unquote(word, position), position)
        if self.next_is("("):
            return Node("call", word, position, self.items(depth))
        if NUMBER.fullmatch(word):
            return Node("number", int(word) if re.fullmatch(r"[+-]?\d{1,15}", word) else float(word), position)
        return Node("word", word, position)

    def unquote(self, word, position):
        if word[0] == "'":
            return word[1:-1]
        try:
            return json.loads(word)
        except ValueError:
            raise self.error("a backslash here stands before neither a quote nor a backslash", position) from None

    def list(self, position, depth):
        self.take("[")
        nodes = []
        while not self.next_is("]"):
            nodes.append(self.value(depth + 1))
            self.between("]")
        self.take("]")
        return Node("list", nodes, position)

    def items(self, depth):
        self.take("(")
        items = []
        while not self.next_is(")"):
            items.append(self.item(depth))
            self.between(")")
        self.take(")")
        return items

    def item(self, depth):
        node = self.value(depth + 1)
        if self.next_is("=") and node.kind == "word":
            self.take("=")
            return node, self.value(depth + 1)
        if self.next_is(":"):
            if node.kind != "number" or not isinstance(node.value, int):
                raise self.error("a keyframe begins with a frame number, such as 60:0.08", node.position)
            self.take(":")
            return node, self.value(depth + 1)
        return None, node

    def keyframes(self):
        """`0:0.02, 60:0.08` without a call around it, or any other value."""
        start = self.at
        key, node = self.item(0)
        if key is None or key.kind != "number":
            self.at = start
            return self.value()
        items = [(key, node)]
        while self.next_is(","):
            self.take(",")
            items.append(self.item(0))
        return Node("call", "linear", key.position, items)

    # From nodes to schedules, shifts and transforms.

    def pointed(self, position, function, *arguments):
        """Call `function`, and point at `position` when it refuses."""
        try:
            return function(*arguments)
        except GrammarError:
            raise
        except DreamError as error:
            raise self.error(str(error), position) from None

    def plain(self, node):
        """A number, word, text, list or schedule."""
        if node.kind == "list":
            return tuple(self.plain(one) for one in node.value)
        if node.kind != "call":
            return node.value
        if node.value in MODES:
            return self.pointed(node.position, Keyframes, tuple(map(self.key, node.items)), node.value)
        if node.value in WAVES:
            return self.pointed(node.position, self.wave, node)
        names = [*MODES, *WAVES]
        raise self.error(
            f'unknown schedule "{node.value}"{nearest(node.value, names)}; allowed: {", ".join(names)}', node.position
        )

    def key(self, item):
        key, node = item
        if key is None or key.kind != "number":
            raise self.error("a keyframe is missing here, such as 60:0.08", (key or node).position)
        if node.kind in ("call", "list"):
            raise self.error("a keyframe's value is a number or a word", node.position)
        return key.value, node.value

    def wave(self, node):
        names = ("period", "low", "high", "phase")
        given = {}
        for place, (key, value) in enumerate(node.items):
            name = key.value if key else names[place] if place < len(names) else "a fifth value"
            if name not in names or name in given:
                hint = nearest(str(name), names)
                raise self.error(
                    f'{node.value} takes {", ".join(names)}, each once, not "{name}"{hint}', (key or value).position
                )
            if value.kind != "number":
                raise self.error(f"{name} is a number", value.position)
            given[name] = value.value
        return Wave(node.value, **given)

    def shift(self, node):
        match = INDEX.fullmatch(node.value) if node.kind == "word" else None
        if match:
            divide = SHIFTS["divide"]
            by = self.pointed(node.position, divide.parameters[0].check, float(match["by"]))
            return Shift(divide, {"by": by, "up": bool(match["sign"])})
        if node.kind == "call" and node.value in SHIFTS or node.kind == "word":
            return self.term(node, SHIFTS, "shift", Shift)
        return self.argument_plain(node)

    def argument_plain(self, node):
        if node.kind == "text":  # a schedule in quotes
            inner = Reader(node.value)
            return self.pointed(node.position, lambda: inner.plain(inner.whole(inner.keyframes)))
        return self.plain(node)

    def argument(self, node, parameter):
        if parameter.type == "shift":
            value = self.shift(node)
        elif parameter.type in ("number", "whole"):
            value = self.argument_plain(node)
        else:
            value = self.plain(node)
            if parameter.type in ("choice", "text") and node.kind == "number":
                value = str(value)
        return self.pointed(node.position, parameter.check, value)

    def term(self, node, table, what, kind):
        """The transform or shift that a call, or a bare word, names."""
        if node.kind not in ("call", "word"):
            raise self.error(
                f"a {what} is missing here, such as {'zoom(0.05)' if kind is Transform else 'sine()'}", node.position
            )
        row = table.get(node.value)
        if row is None:
            raise self.error(f'unknown {what} "{node.value}"{nearest(node.value, table)}', node.position)
        arguments, children, unnamed = {}, [], 0
        for key, value in node.items or ():
            if key is None and row.children != (0, 0) and self.is_child(value, unnamed >= len(row.parameters)):
                children.append(self.transform(value))
                continue
            at = (key or value).position
            if key is not None and key.kind == "number":
                raise self.error(
                    f"{node.value} takes no keyframes here; "
                    f"give them to a parameter, such as {node.value}(linear(0:1, 60:2))",
                    at,
                )
            parameter = self.pointed(at, row.parameter, key.value) if key else self.pointed(at, row.place, unnamed)
            unnamed += key is None
            if parameter.name in arguments:
                raise self.error(f"{node.value} got {parameter.name} twice", at)
            arguments[parameter.name] = self.argument(value, parameter)
        return self.pointed(node.position, kind, row, arguments, children)

    def is_child(self, node, full):
        """Is this unnamed value a transform, or meant to be one (`full`: there is no parameter left for it)?"""
        if node.kind not in ("call", "word"):
            return False
        return full or node.value in REGISTRY or (node.kind == "call" and node.value not in (*MODES, *WAVES, *SHIFTS))

    def transform(self, node):
        return self.term(node, REGISTRY, "transform", Transform)


def parse(text):
    """Read a transform.

    Parameters
    ----------
    text : str
        Such as `zoom(0.02)` or `chain(zoom(0.02), roll(columns, shift=n/15))`.

    Returns
    -------
    Transform
        `str()` of it gives the canonical text, which reads back equal.

    Examples
    --------
    >>> parse("chain(zoom(amount=0.02), roll(shift=n/15))")
    chain(zoom(0.02), roll(columns, shift=divide(15)))
    >>> parse("chain(zom(0.02))")
    Traceback (most recent call last):
        ...
    dreamcore.grammar.reader.GrammarError: unknown transform "zom" (did you mean "zoom"?)
      chain(zom(0.02))
            ^
    """
    reader = Reader(text)
    return reader.transform(reader.whole(reader.value))


def parse_schedule(text):
    """Read a number, word or schedule; see `schedule`."""
    reader = Reader(text)
    return reader.plain(reader.whole(reader.keyframes))


def parse_argument(text, parameter):
    """Read the value of one parameter."""
    reader = Reader(text)
    return reader.argument(reader.whole(reader.keyframes), parameter)
