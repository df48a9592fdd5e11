"""How values are written so that the grammar reads them back equal."""

import json
import re

ATOM = re.compile(r"""[^\s,()=:"'\[\]]+""")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def number_text(value):
    """The shortest text of a number: `3`, not `3.0`.

    Examples
    --------
    >>> number_text(3.0), number_text(0.05)
    ('3', '0.05')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def value_text(value):
    """The text of a number, word, text, list, schedule, shift or transform.

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
        plain = ATOM.fullmatch(value) and not NUMBER.fullmatch(value)
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)
