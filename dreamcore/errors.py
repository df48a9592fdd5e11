"""Exceptions that are meant for the person who uses the program: one, and two kinds of it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 1000  # characters of a line that people are to read
_LEFT_OUT = " ... "
_LONGEST_NAME = 100  # characters of what may be a slip of the pen; to compare long texts takes long
_POINTER = "\n  "  # begins the lines that repeat a text, and mark the place in it that is wrong


class DreamError(Exception):
    """Something that the user can mend; its text is one line that says what and how.

    What a file or a name brings into it is shown, never obeyed (see `printable`), and not at any length.
    """

    exit_code = 1  # of a command that it ends

    def __str__(self) -> str:
        said, pointed = _within(super().__str__()), []
        if len(parts := said.rsplit(_POINTER, 2)) == 3 and parts[2].strip() == "^":
            said, *pointed = parts
        lines = map(printable, [said, *pointed])
        return _within(_POINTER.join(lines))  # again: an escape is longer than what it stands for

    def within(self, place: str) -> DreamError:
        """Return an error that says the same of a place, such as a file or a frame, and ends a command in the same way.

        Examples
        --------
        >>> str(NotEnoughMemory("9 GB are too much").within("cell 7"))
        'cell 7: 9 GB are too much'
        """
        error = DreamError(f"{place}: {self}")
        error.exit_code = self.exit_code
        return error


def _within(text: str) -> str:
    """Return a text without its middle where it is too long."""
    half = (_LONGEST - len(_LEFT_OUT)) // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}{_LEFT_OUT}{text[-half:]}"


class NotAllowed(DreamError):
    """What is asked for can never be: a value is out of its range, a name is none, a text cannot be read."""

    exit_code = 2  # render farms do not try again what ends with this


class NotEnoughMemory(DreamError):
    """Work that does not fit into the memory that it may take."""

    exit_code = 33  # render farms give a task more memory when it ends with this


def printable(text: str, kept: str = "") -> str:
    """Return a text with what is no visible character written as an escape, so that no terminal obeys it.

    Parameters
    ----------
    text : str
        Bytes of a file's name that are no text, which Python keeps as surrogates, stay as they are.
    kept : str
        Other characters that do.

    Examples
    --------
    >>> printable("conv\\x1b[2J Größe")
    'conv\\\\x1b[2J Größe'
    """
    if text.isprintable():
        return text
    return "".join(each if each in kept or _is_harmless(each) else _escaped(each) for each in text)


def _is_harmless(letter: str) -> bool:
    return letter.isprintable() or "\udc80" <= letter <= "\udcff"


def _escaped(letter: str) -> str:
    code = ord(letter)
    if 0x7F <= code <= 0xFFFF:  # as JSON and TOML know it, which may be what is printed
        return f"\\u{code:04x}"
    return letter.encode("unicode_escape").decode()


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return `` (did you mean "x"?)`` for the allowed name closest to `name`, or an empty string.

    Parameters
    ----------
    name : str
        What was asked for.
    allowed : iterable of str
        What could have been asked for.

    Examples
    --------
    >>> nearest("zom", ["zoom", "roll"])
    ' (did you mean "zoom"?)'
    >>> nearest("xyzzy", ["zoom", "roll"])
    ''
    """
    if len(name := str(name)) > _LONGEST_NAME:
        return ""
    match = get_close_matches(name, [str(each) for each in allowed], n=1, cutoff=0.5)
    return f' (did you mean "{match[0]}"?)' if match else ""
