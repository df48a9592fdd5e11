"""Files that are either whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dreamcore.errors import DreamError


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file that takes the name `path` only when everything has been written.

    The bytes go to a hidden file in the same folder, are flushed to the disk and renamed. When the block raises, or
    the process dies, a file that stood at `path` before still stands there.

    Parameters
    ----------
    path : path-like
        The final name. A file of that name is replaced at the end, in one step.

    Yields
    ------
    file : binary file object
        Open for reading and writing; `file.name` is the hidden name.

    Raises
    ------
    DreamError
        When the folder cannot be written to, or the disk is full. Errors about other files pass unchanged.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "a.bin"
    ...     with atomic_write(path) as file:
    ...         _ = file.write(b"whole")
    ...     path.read_bytes()
    b'whole'
    """
    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise DreamError(f"cannot write {path}: {error.strerror}") from error
    os.close(handle)
    try:
        with open(temporary, "w+b") as file:  # by name, since a writer may hand `file.name` to a library
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename in (None, temporary):
            raise DreamError(f"cannot write {path}: {error.strerror or error}") from error
        raise
    _sync_folder(path.parent)


def remove_leftovers(folder: str | os.PathLike[str]) -> None:
    """Delete the unfinished files that a killed process left in `folder`."""
    for part in Path(folder).glob(".*.part"):
        with suppress(OSError):
            part.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder, and renames durably without
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
