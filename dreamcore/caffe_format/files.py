"""Whole files, read into memory, and what went wrong in one line."""

from __future__ import annotations

import os

from dreamcore.errors import DreamError


def read_file(path: str | os.PathLike, longest: int | None = None) -> bytes:
    """Return a file's content.

    Raises
    ------
    DreamError
        When it cannot be read, or has more than `longest` bytes.
    """
    try:
        with open(path, "rb") as file:
            content = file.read() if longest is None else file.read(longest + 1)
    except OSError as error:
        raise DreamError(f"cannot read {path}: {error.strerror}") from error
    if longest is not None and len(content) > longest:
        raise DreamError(f"{path} is not a Caffe prototxt: it is longer than {longest // 2**20} MiB")
    return content


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or its name where it has none."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
