"""How values are written so that the grammar reads them back equal."""

from __future__ import annotations

import json
import re
from typing import Any

ATOM = re.compile(r"""[^\s,()=:*"'\[\]]+""")
PLAIN = re.compile(r"""(?![+-])[^\s,()=:*+"'\[\]]+""")  # a word that needs no quotes wherever it stands
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def number_text(value: float) -> str:
    """Return the shortest text of a number: `3`, not `3.0`.

    Examples
    --------
    >>> number_text(3.0), number_text(0.05)
    ('3', '0.05')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def value_text(value: Any) -> str:
    """Return the text of a number, word, text, list, schedule, shift or transform.

    Examples
    --------
    >>> value_text("textures"), value_text("my mask.png"), value_text((1, 0.5))
    ('textures', '"my mask.png"', '[1, 0.5]')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and not NUMBER.fullmatch(value)
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)


def size_text(size: float) -> str:
    """Write bytes as people read them."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
