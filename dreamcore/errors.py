"""The one exception that is meant for the person who uses the program."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class DreamError(Exception):
    """Something that the user can mend; its text is one line that says what and how."""

    exit_code = 1  # of a command that it ends


class NotEnoughMemory(DreamError):
    """Work that does not fit into the memory that it may take."""

    exit_code = 33  # render farms give a task more memory when it ends with this


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
    match = get_close_matches(str(name), [str(each) for each in allowed], n=1, cutoff=0.5)
    return f' (did you mean "{match[0]}"?)' if match else ""
