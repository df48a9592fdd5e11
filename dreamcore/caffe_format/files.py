"""Whole files, read into memory, and what went wrong in one line."""

from __future__ import annotations

import os

from dreamcore.errors import DreamError, printable
from dreamcore.files import open_file


def read_file(path: str | os.PathLike, kind: str, longest: int) -> bytes:
    """Return the content of a file that should be a ``"prototxt"`` or a ``"model"``.

    Raises
    ------
    DreamError
        When it cannot be read, or has more than `longest` bytes.
    """
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > longest:
                raise DreamError(f"{path} is not a Caffe {kind}: it is longer than {longest // 2**20} MiB")
            return file.read()
    except OSError as error:
        raise DreamError(f"cannot read {path}: {error.strerror}") from error


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or its name where it has none."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def shown(name: str | bytes) -> str:
    """Return a name that a file gives as it is shown and spoken of, whatever bytes it holds.

    Examples
    --------
    >>> shown("conv1"), shown(b"\\xff")  # protobuf gives bytes where they are not UTF-8
    ('conv1', '\\\\xff')
    """
    return printable(name if isinstance(name, str) else name.decode("utf-8", "backslashreplace"))
