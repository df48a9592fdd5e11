"""Texts on pictures, in a font of Latin, Greek and Cyrillic letters: wrapped, and with letters that it has."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamcore.errors import printable

if TYPE_CHECKING:
    from PIL.Image import Image

LINE = 1.3  # from one line to the next, by the letters' size
_FONT = Path(__file__).parent / "fonts/DejaVuSansCondensed.ttf"
_BREAKS = (" ", ",;:/+*=(_-")  # after which a line may end, the better ones first
_MORE = "…"


@cache
def font(size: int) -> Any:
    """Return the font in a size in pixels."""
    from PIL import ImageFont

    return ImageFont.truetype(_FONT, size)


@cache
def _is_drawn(letter: str) -> bool:
    """Tell whether the font has a letter: it draws one box for all that it lacks."""
    letters = font(20)
    return letter == " " or (
        letter.isprintable() and bytes(letters.getmask(letter)) != bytes(letters.getmask("\uffff"))
    )


def drawable(text: str) -> str:
    """Return a text with the nearest letters that the font has, and with escapes for others.

    Examples
    --------
    >>> print(drawable("Größe – é, да, 漢"))
    Größe – é, да, \\u6f22
    """
    drawn = ""
    for letter in unicodedata.normalize("NFC", printable(text)):
        if not _is_drawn(letter):
            plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
            letter = plain.strip() or letter.encode("ascii", "backslashreplace").decode()
        drawn += letter
    return drawn


def wrapped(text: str, size: int, width: float, most: int) -> list[str]:
    """Return a text in lines of a width in pixels, `most` of them at most; what is left out is marked.

    Examples
    --------
    >>> wrapped("chain(zoom(0.02), roll(columns, shift=sine(12)))", 12, 110, 3)
    ['chain(zoom(0.02),', 'roll(columns,', 'shift=sine(12)))']
    """
    letters, rest = font(size), drawable(text).strip()
    lines: list[str] = []
    while rest and len(lines) < most:
        fits = len(rest)
        if letters.getlength(rest) > width:
            fits = next((n for n in range(1, len(rest)) if letters.getlength(rest[: n + 1]) > width), 1)
            ends = (n for marks in _BREAKS for n in range(fits + 1, fits // 2, -1) if rest[n - 1] in marks)
            fits = next((n for n in ends if n <= fits or rest[n - 1] == " "), fits)
        lines.append(rest[:fits].rstrip())
        rest = rest[fits:].lstrip()
    if rest:
        lines[-1] = _ended(lines[-1], letters, width)
    return lines


def _ended(line: str, letters: Any, width: float) -> str:
    while line and letters.getlength(line + _MORE) > width:
        line = line[:-1]
    return line + _MORE


def height_of(lines: Sequence[str], size: int) -> int:
    """Return how many pixels lines of a text take down."""
    return round(len(lines) * size * LINE)


def width_of(lines: Sequence[str], size: int) -> int:
    """Return how many pixels the longest of some lines takes across."""
    return max((int(font(size).getlength(line)) + 1 for line in lines), default=0)


def write(
    image: Image, x: float, y: float, lines: Sequence[str], size: int, colour: tuple[int, int, int], anchor: str = "l"
) -> None:
    """Write lines whose left end (`l`) or middle (`m`) is at `x`, and whose first one begins at height `y`."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((round(x), round(y + (number + 0.5) * size * LINE)), line, colour, font(size), f"{anchor}m")
