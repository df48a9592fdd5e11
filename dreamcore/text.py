"""How values are written so that the grammar reads them back equal; how sizes, JSON, TOML and XML are read."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

from dreamcore.errors import DreamError, NotAllowed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ATOM = re.compile(r"""[^\s,()=:*"'\[\]]+""")
PLAIN = re.compile(r"""(?![+-])[^\s,()=:*+"'\[\]]+""")  # a word that needs no quotes wherever it stands
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")  # with one way to read each digit: some texts are long
SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+) *(b|[kmg]i?b)?")
_LARGEST = 1e300
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def number_text(value: float) -> str:
    """Return the shortest text of a number: `3`, not `3.0`.

    Examples
    --------
    >>> number_text(3.0), number_text(0.05)
    ('3', '0.05')
    """
    if isinstance(value, int):  # each digit of a seed counts
        far = "-1e300" if value < 0 else "1e300"
        return far if abs(value) > _LARGEST else str(value)  # longer than Python turns into text, or into a float
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


def read_size(text: str) -> int:
    """Return the bytes that a size such as ``2GB`` or ``1.5 GiB`` means; a number without a unit counts bytes.

    Raises
    ------
    DreamError
        When the text is no size, or less than one byte.

    Examples
    --------
    >>> read_size("1.5GB"), read_size("64 kiB")
    (1500000000, 65536)
    """
    match = SIZE.fullmatch(text.strip().lower())
    size = float(match[1]) * UNITS[match[2] or ""] if match else 0
    if not 1 <= size < 2**63:
        raise NotAllowed(f"{short(text)!r}: allowed is a size such as 900MB, 2GB or 1.5GiB")
    return int(size)


def short(text: str, most: int = 60) -> str:
    """Return a text cut so that a message about it stays one line.

    Examples
    --------
    >>> short("9" * 5000, 8)
    '99999999...'
    """
    return text if len(text) <= most else f"{text[:most]}..."


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return how many there are of something, in words that agree.

    Examples
    --------
    >>> counted(1, "new frame"), counted(0, "frame"), counted(2, "child", "children")
    ('1 new frame', '0 frames', '2 children')
    """
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def utf8_text(data: bytes, what: object) -> str:
    r"""Return the text that bytes from outside say, without the mark that Windows puts before it.

    Raises
    ------
    DreamError
        When they are no text in UTF-8.

    Examples
    --------
    >>> utf8_text(b"\xff", "mine.toml")
    Traceback (most recent call last):
        ...
    dreamcore.errors.DreamError: cannot read mine.toml: it is no text in UTF-8
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DreamError(f"cannot read {what}: it is no text in UTF-8") from None


def read_json(text: str | bytes, what: object) -> dict[str, Any]:
    """Return the object that a text of JSON from outside says.

    Raises
    ------
    DreamError
        When it is no JSON, no object, nested without end, or holds what JSON has no number for.

    Examples
    --------
    >>> read_json("[1]", "sequence.json")
    Traceback (most recent call last):
        ...
    dreamcore.errors.DreamError: sequence.json is damaged: it holds no JSON object
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # not UTF-8 as well, and numbers longer than Python reads
        value = None
    if not isinstance(value, dict):
        raise DreamError(f"{what} is damaged: it holds no JSON object")
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON's")


def read_toml(source: str) -> dict[str, Any]:
    """Return the table that TOML text says.

    Raises
    ------
    NotAllowed
        When it is none.

    Examples
    --------
    >>> read_toml('model = "dreamlet"')
    {'model': 'dreamlet'}
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(source)
    except RecursionError:
        raise NotAllowed("not a TOML file: it is nested without end") from None
    except ValueError as error:  # numbers longer than Python reads, as well
        raise NotAllowed(f"not a TOML file: {str(error).partition(';')[0]}") from None


def read_xml(text: str | bytes) -> Element:
    """Return the root of a text of XML from outside.

    Raises
    ------
    ValueError
        When it declares entities or a document type, which let a few bytes become gigabytes, in whatever encoding it
        is written.
    ParseError
        When it is no XML.

    Examples
    --------
    >>> read_xml("<a><b/></a>").find("b").tag
    'b'
    """
    from xml.etree import ElementTree

    class NoEntities(ElementTree.TreeBuilder):
        def doctype(self, name: str, public: str | None, system: str | None) -> None:
            raise ValueError("it declares entities or a document type, which it does not need")

    return ElementTree.fromstring(text, ElementTree.XMLParser(target=NoEntities()))


def json_text(value: Any, indent: int | None = None) -> str:
    """Return JSON that any file can hold: bytes of a file's name that are no text are escaped.

    Examples
    --------
    >>> json_text({"guide": "sky.png"})
    '{"guide": "sky.png"}'
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return text if not any("\ud800" <= each <= "\udfff" for each in text) else json.dumps(value, indent=indent)


def size_text(size: float) -> str:
    """Return a number of bytes as people read it, with three digits.

    Examples
    --------
    >>> size_text(16_190_000_000), size_text(38_600), size_text(7)
    ('16.2 GB', '38.6 kB', '7 bytes')
    """
    size = min(size, _LARGEST)  # a file may say a number beyond all floats
    for unit, bytes_each in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= 0.9995 * bytes_each:  # what would be rounded up to 1000 of the next smaller unit
            return f"{size / bytes_each:.3g} {unit}"
    return f"{size:.0f} bytes"


def time_text(seconds: float) -> str:
    """Return a time as people say it.

    Examples
    --------
    >>> time_text(8), time_text(200), time_text(9000), time_text(3e7)
    ('8 s', '3.3 min', '2.5 h', '347 days')
    """
    units = (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 86400 * 3), ("days", 86400, float("inf")))
    unit, length = next((unit, length) for unit, length, most in units if seconds <= most)
    value = seconds / length
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"
