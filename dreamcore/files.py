"""Files that are either whole or not there."""

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from dreamcore.errors import DreamError


@contextmanager
def atomic_write(path):
    """Open a binary file that takes the name `path` only when everything has been written.

    The bytes go to a hidden file in the same folder, are flushed to the disk and renamed. When the block raises, or
    the process dies, a file that stood at `path` before still stands there.

    Parameters
    ----------
    path : str or Path
        The final name.

    Yields
    ------
    file
        A binary file, open for writing.

    Raises
    ------
    DreamError
        When the folder cannot be written to, or the disk is full.
    """
    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise DreamError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise DreamError(f"cannot write {path}: {error.strerror or error}") from error
        raise
    _sync_folder(path.parent)


def remove_leftovers(folder):
    """Delete the unfinished files that a killed process left in `folder`."""
    for part in Path(folder).glob(".*.part"):
        with suppress(OSError):
            part.unlink()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder):
    if os.name == "posix":  # Windows cannot open a folder, and renames durably without
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
