"""Locks: what says that a file, or a folder, is in use.

The system lets go of a lock when its process ends, however it ends, so none is ever stale.
"""

from __future__ import annotations

import json
import os
import platform
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dreamcore.errors import DreamError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOCK = ".dreamcore-lock"  # in a folder where a run works
_FAR = 1 << 30  # Windows locks bytes, and nobody reads this one


class InUse(DreamError):
    """A folder where another run works."""


@contextmanager
def only_run(folder: str | os.PathLike[str], first: int | None = None) -> Iterator[None]:
    """Work in a folder as the only run of this program there.

    Parameters
    ----------
    folder : path-like
        Must be there.
    first : int, optional
        The number of the frame with which a run of frames begins, where several work on one each.

    Raises
    ------
    InUse
        When another run works there; it says which, and since when.
    DreamError
        When something else has the lock's name, or nothing can be written there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, only_run(folder):
    ...     pass
    """
    path = Path(folder) / (_LOCK if first is None else f"{_LOCK}-{first}")
    try:
        file = _held(path)
    except OSError as error:
        raise DreamError(f"cannot write into {folder}: {error.strerror or error}") from error
    if file is None:
        raise InUse(f"another run works in {folder}{_owner(path)}; wait for it, stop it, or name another folder")
    with file:
        who = {"process": os.getpid(), "machine": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        try:
            with suppress(OSError):  # a full disk, where the lock holds nevertheless
                file.truncate()
                os.write(file.fileno(), json.dumps(who).encode())
            yield
        finally:
            with suppress(OSError):
                path.unlink()


def hold(file: BinaryIO) -> bool:
    """Mark an open file as in use until it is closed; return False where another process has done so.

    Raises
    ------
    OSError
        Where there are no locks, as on some network drives.
    """
    try:
        if sys.platform == "win32":
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_still(path: Path | str, file: BinaryIO) -> bool:
    """Return whether `path` is still the name of an open file."""
    with suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    return False


def _held(path: Path) -> BinaryIO | None:
    """Open a lock and hold it; None where another process does."""
    while True:
        file = _opened(path)
        try:
            is_free = hold(file)
        except OSError:
            return file  # no locks there: this run is trusted to be alone
        if not is_free:
            file.close()
            return None
        if is_still(path, file):
            return file
        file.close()  # its owner has deleted it between the two lines


def _opened(path: Path) -> BinaryIO:
    """Open a lock, and never what a link of its name leads to: it is going to be written over."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if not path.is_symlink():
        handle = os.open(path, flags, 0o666)
        found = os.fstat(handle)
        if stat.S_ISREG(found.st_mode) and found.st_nlink <= 1:
            return os.fdopen(handle, "r+b")
        os.close(handle)
    raise DreamError(f"{path} is no lock of this program; move it away, or name another folder")


def _owner(lock: Path) -> str:
    try:
        who = json.loads(lock.read_bytes())
        return f" (process {who['process']} on {who['machine']}, since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
