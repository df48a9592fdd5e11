"""Which cells: numbers and spans of numbers, as farms write them, such as ``1-100x5,7``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dreamcore.errors import NotAllowed
from dreamcore.text import short

_SPAN = re.compile(r"\s*([0-9]{1,9})(?:-([0-9]{1,9})(?:[x:]([0-9]{1,9}))?)?\s*")
_ALLOWED = "allowed are numbers and spans such as 12, 10-19, 1-100x5,7"


@dataclass(frozen=True)
class Ranges:
    """Whole numbers in the order in which they are written, each of them once; no list of them is ever made.

    Parameters
    ----------
    spans : tuple of range
        Rising, none of them empty.

    Examples
    --------
    >>> ranges = Ranges.read("10-19x3,7")
    >>> [*ranges], 16 in ranges, str(ranges)
    ([10, 13, 16, 19, 7], True, '10-19x3,7')
    """

    spans: tuple[range, ...]

    @classmethod
    def read(cls, text: str, what: str = "cells") -> Ranges:
        """Read numbers and spans, both ends included, with a step after ``x`` (or ``:``) and commas between them.

        Parameters
        ----------
        text : str
        what : str
            Whose numbers they are, for errors.

        Raises
        ------
        NotAllowed
            When the text is none, or a span runs backwards.

        Examples
        --------
        >>> Ranges.read("19-10")
        Traceback (most recent call last):
            ...
        dreamcore.errors.NotAllowed: cells 19-10 run backwards; write 10-19
        """
        return cls(tuple(_span(part, text, what) for part in text.split(",")))

    def __str__(self) -> str:
        return ",".join(map(_text, self.spans))

    def __iter__(self) -> Iterator[int]:
        for place, span in enumerate(self.spans):
            before = self.spans[:place]
            yield from (number for number in span if not any(number in each for each in before))

    def __contains__(self, number: object) -> bool:
        return any(number in span for span in self.spans)

    def check(self, last: int) -> None:
        """Refuse numbers that are not from 1 to `last`.

        Raises
        ------
        NotAllowed

        Examples
        --------
        >>> Ranges.read("10-19").check(12)
        Traceback (most recent call last):
            ...
        dreamcore.errors.NotAllowed: there is no cell 19; allowed are 1 to 12
        """
        for number in (end for span in self.spans for end in (span[0], span[-1])):
            if not 1 <= number <= last:
                raise NotAllowed(f"there is no cell {number}; allowed are 1 to {last}")


def _span(part: str, text: str, what: str) -> range:
    match = _SPAN.fullmatch(part)
    if not match or match[3] and not int(match[3]):
        raise NotAllowed(f"{what} {short(text)!r} cannot be read; {_ALLOWED}")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise NotAllowed(f"{what} {first}-{last} run backwards; write {last}-{first}")
    return range(first, last + 1, int(match[3] or 1))


def _text(span: range) -> str:
    if len(span) == 1:
        return str(span[0])
    return f"{span[0]}-{span[-1]}" + (f"x{span.step}" if span.step > 1 else "")
