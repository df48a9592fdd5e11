"""Weighted sums of terms: `0.3*patterns + guide(leaf.jpg, parts) - channels(objects, 12, 40)`.

A word alone, or a list of words, is the first row of the vocabulary; a weight is a number, a schedule, or a formula in
brackets; a sum may change with the frame: `0:textures, 40:0.5*patterns + objects`. A term may hold sums.
"""

from __future__ import annotations

from typing import Any

from dreamcore.grammar.formulas import FUNCTIONS
from dreamcore.grammar.reader import SCHEDULES, Builder
from dreamcore.grammar.schedules import MODES, Keyframes
from dreamcore.grammar.terms import VOCABULARIES, Row, Vocabulary
from dreamcore.grammar.tokens import DEPTH, GrammarError, Node
from dreamcore.kinds import Schedule
from dreamcore.text import NUMBER


class SumBuilder(Builder):
    """A builder of sums over one vocabulary."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        super().__init__(text, sums=True)
        self.vocabulary = vocabulary

    def _items(self, depth: int) -> list:
        """Read what stands in a term's brackets: values, and sums where a parameter is one."""
        row = self.vocabulary.rows.get(self.tokens[self.at - 1][1])
        if row is None or all(each.kind != self.vocabulary.kind.table for each in row.parameters):
            return super()._items(depth)
        self.take("(")
        items: list[tuple[Node | None, Node]] = []
        while not self.next_is(")"):
            items.append(self._item_of(row, sum(key is None for key, _ in items), depth + 1))
            self.between(")")
        self.take(")")
        return items

    def _item_of(self, row: Row, unnamed: int, depth: int) -> tuple[Node | None, Node]:
        key, position = None, self.tokens[self.at][2]
        if self.peek(self.at + 1) == ("mark", "="):
            key = self.operand(depth)
            self.take("=")
        find = (row.parameter, key.value) if key else (row.place, unnamed)
        if self.pointed(position, *find).kind != self.vocabulary.kind.table:
            return key, self.value(depth)
        position = self.tokens[self.at][2]
        return key, Node("sum", self.sum(depth), position)

    def sums(self) -> Any:
        """Read a sum, or sums at frame numbers: `0:textures, 40:objects`, with `step(...)` around them or not."""
        position = self.tokens[self.at][2]
        is_call = self.peek(self.at)[1] in MODES and self.peek(self.at + 1) == ("mark", "(")
        first = self.at + 2 * is_call
        if self.peek(first + 1) != ("mark", ":") or self._is_number(first + 2):
            return self.sum(0)
        self.at = first
        keys = [self._key_of_sum()]
        while self.next_is(","):
            self.take(",")
            keys.append(self._key_of_sum())
        if is_call:
            self.take(")")
        return self.pointed(position, Keyframes, tuple(keys), "step")

    def _is_number(self, at: int) -> bool:
        """Tell whether a keyframe's value is a number, so that the keyframes are a weight."""
        return bool(NUMBER.fullmatch(self.peek(at)[1])) and self.peek(at + 1)[1] in (",", ")")

    def _key_of_sum(self) -> tuple[int, Any]:
        position = self.tokens[self.at][2]
        key, value = self.item(0, self.sum)
        if key is None or key.kind != "number":
            raise self.error("a keyframe is missing here, such as 40:objects", position)
        return key.value, value

    def sum(self, depth: int) -> Any:
        """Read terms with `+` and `-` between them."""
        total = None
        while total is None or self.next_is("+") or self.next_is("-"):
            sign = 1
            while self.next_is("+") or self.next_is("-"):
                sign *= -1 if self.next_is("-") else 1
                self.at += 1
            part = self._product(depth)
            part = part if sign > 0 else -part
            total = part if total is None else total + part
        return total

    def _product(self, depth: int) -> Any:
        """Read factors with `*` between them: one of them a sum, the others numbers or schedules."""
        start = self.tokens[self.at][2]
        factors = [self._factor(depth)]
        while self.next_is("*"):
            self.take("*")
            factors.append(self._factor(depth))
        sums = [each for each in factors if not isinstance(each, (int, float, Schedule))]
        if len(factors) == 1 and isinstance(factors[0], (int, float)):
            return self._alone(factors[0], start)
        if len(sums) != 1:
            wrong = "a layer is missing here, such as 0.3*patterns" if not sums else "two layers cannot be multiplied"
            raise self.error(wrong, start)
        weights = [each for each in factors if isinstance(each, (int, float, Schedule))]
        for weight in weights:
            sums[0] = sums[0] * weight
        return sums[0]

    def _alone(self, value: float, start: int) -> Any:
        """Take a number that stands alone in the whole text as the name of a layer."""
        if self.tokens[0][2] == start and self.tokens[0][0] == "atom" and self.peek(self.at)[0] == "end":
            return self._summand(Node("word", self.tokens[0][1], start))
        raise self.error("a layer is missing here, such as 0.3*patterns", start)

    def _factor(self, depth: int) -> Any:
        if depth > DEPTH:
            raise self.error(f"more than {DEPTH} brackets inside one another")
        function = self.vocabulary.functions.get(self.peek(self.at)[1])
        is_function = function is not None and self.peek(self.at + 1) == ("mark", "(")
        self.at += is_function
        if not self.next_is("("):
            return self._summand(self.operand(depth))
        weight = None if is_function else self._weight_in_brackets()
        if weight is not None:
            return weight
        self.take("(")
        total = self.sum(depth + 1)
        self.take(")")
        return function(total) if function and is_function else total

    def _weight_in_brackets(self) -> Any:
        """Read a formula in brackets, such as `(0.5 + t/60)`; None where layers stand there."""
        after = self._end_of_brackets()
        try:
            weight = self.formula(self.tokens[self.at][2], self.tokens[after - 1][2] + 1)
        except GrammarError:
            return None
        self.at = after
        return weight

    def _end_of_brackets(self) -> int:
        at, level = self.at, 0
        while level or at == self.at:
            kind, word = self.peek(at)
            if kind == "end":
                return at
            level += (word == "(") - (word == ")") if kind == "mark" else 0
            at += 1
        return at

    def _summand(self, node: Node) -> Any:
        vocabulary = self.vocabulary
        plain = next(iter(vocabulary.rows.values()))
        if node.kind == "number":
            return node.value
        if node.kind == "call" and node.value in (*SCHEDULES, *FUNCTIONS):
            return self.plain(node)  # a weight
        if node.kind == "call":
            return self.pointed(node.position, vocabulary.wrap, self.term(node, vocabulary))
        layer = self.argument(node, plain.parameters[0])
        return vocabulary.wrap(vocabulary.kind(plain, {plain.parameters[0].name: layer}))


def parse_sum(text: str, kind: str) -> Any:
    """Read a weighted sum of terms of a vocabulary, or keyframes of such sums.

    Raises
    ------
    GrammarError
        Pointing at the character that is wrong.
    """
    builder = SumBuilder(text, VOCABULARIES[kind])
    return builder.whole(builder.sums)
