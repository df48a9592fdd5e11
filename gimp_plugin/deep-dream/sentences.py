"""What the worker says, in the user's language. No GIMP here.

The worker knows no language but its own. sentences.txt holds what it says as patterns, one a line: {} is what varies in
them, a {number} and a {word} are no more than that, {hint} is empty or says what may have been meant.
"""

from __future__ import annotations

import os
import re
from functools import cache

from arguments import TABLE, label
from language import FOLDER, _

with open(os.path.join(FOLDER, "sentences.txt"), encoding="utf-8") as file:
    SENTENCES = tuple(each for each in file.read().splitlines() if each and not each.startswith("# "))


class _Part(str):
    """What stands in the place of a {}: perhaps a phrase; as ``{:label}`` the name of a setting as its field has it."""

    def __format__(self, wanted: str) -> str:
        if wanted == "label" and self in TABLE:
            return label(TABLE[self], unit=False).replace("_", "")
        return said(str(self))


COLON = ": "
MOST = 8  # colons of a text that are looked at: a schedule may have hundreds
PLACES = {
    "{}": "(.*?)",
    "{number}": r"(-?[\d.]+(?:e[+-]?\d+)?|-?inf|nan)",
    "{word}": r"([^\s./\\~\"'][^\s.]*)",  # of a layer, and of no file: "day and night.png" stays what it is
    "{hint}": r"( \(did you mean \".*?\"\?\)|)",
}


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"({\w*})", sentence)
    return re.compile("".join(PLACES.get(each) or re.escape(each) for each in parts), re.DOTALL)


def plain(sentence: str) -> str:
    """Return a sentence with all of its places alike, as it is translated."""
    return re.sub(r"{\w+}", "{}", sentence)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the patterns, made when something is first said; those with the most words of their own come first."""
    return [(_pattern(each), plain(each)) for each in sorted(SENTENCES, key=lambda each: -len(plain(each)))]


@cache
def said(text: str) -> str:
    """Return what the worker says in the user's language; what is not known stays as it is.

    Examples
    --------
    >>> said("mine.toml: iterations=0 is not allowed; allowed: a whole number from 1")
    'mine.toml: iterations=0 is not allowed; allowed: a whole number from 1'
    """
    parts, found = text.split(COLON, MOST), []  # a place before what is said, or the text that it points at after it
    while parts:
        ends = range(len(parts), 0, -1)
        end, known = next(((end, each) for end in ends if (each := _known(COLON.join(parts[:end])))), (1, parts[0]))
        found.append(known)
        del parts[:end]
    return COLON.join(found)


def _known(text: str) -> str | None:
    """Return a sentence, a phrase or a text of the plug-in in the user's language; None where it is none of them."""
    for pattern, sentence in _patterns():
        if match := pattern.fullmatch(text):
            return _(sentence).format(*map(_Part, match.groups()))
    return _(text) if " " in text and _(text) != text else None


def in_words(message: dict) -> dict:
    """Return an answer of the worker with what it says of an error in the user's language."""
    if message["say"] != "error":
        return message
    wrong = {name: said(sentence) for name, sentence in message.get("wrong", {}).items()}
    return {**message, "message": said(message["message"]), **({"wrong": wrong} if wrong else {})}
