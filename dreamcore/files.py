"""Files that are either whole or not there."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import new as new_hash
from pathlib import Path
from typing import BinaryIO

from dreamcore.errors import DreamError
from dreamcore.locks import hold, is_still
from dreamcore.text import size_text

_MARK = ".dreamcore-part"  # ends the names of unfinished files, and no others
_SMALL = 4 << 20  # bytes
_WRITERS = 4  # of one file at a time, whose unfinished files are looked for
_MOST_BYTES = 240  # of a hidden name, which is longer than the final one; file systems take 255


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file that takes the name `path` only when everything has been written.

    The bytes go to a hidden file in the same folder, are flushed to the disk and renamed. When the block raises, or
    the process dies, a file that stood at `path` before still stands there. A hidden file that a process which died
    left behind for the same `path` is deleted.

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
    temporary = None
    try:
        check_name(path)
        remove_leftovers(path)
        temporary, file = _open_hidden(path)
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # which does not rename what is open
                os.replace(temporary, path)
        if sys.platform == "win32":
            os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError) and (temporary is None or error.filename in (None, temporary, str(path))):
            raise DreamError(f"cannot write {path}: {error.strerror or error}") from error
        raise
    _sync_folder(path.parent)


def write_once(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole, unless there is one: of several who do so at a time, one writes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for data in (b"first", b"second"):
    ...         write_once(pathlib.Path(folder, "a.bin"), data)
    ...     pathlib.Path(folder, "a.bin").read_bytes()
    b'first'
    """
    path = Path(path)
    with scratch_file(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return
        except OSError:  # on some drives a file has one name only
            with atomic_write(path) as whole:
                whole.write(data)
    _sync_folder(path.parent)


def check_name(path: str | os.PathLike[str]) -> None:
    """Raise a DreamError where a file cannot be called `path`, before long work is done for it."""
    path = Path(path)
    if not path.name or "\0" in str(path):
        raise DreamError(f"cannot write {str(path)!r}: that is no file's name")
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        is_folder = False
    except OSError as error:
        raise DreamError(f"cannot write {path}: {error.strerror}") from error
    if is_folder:
        raise DreamError(f"cannot write {path}: that is a folder; name a file in it")
    if not path.parent.is_dir():
        raise DreamError(f"cannot write {path}: there is no folder {path.parent}")


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise a DreamError where a file `path` cannot be written, before long work is done for it."""
    check_name(path)
    with scratch_file(path):
        pass


def read_small(path: str | os.PathLike[str], most: int = _SMALL) -> bytes:
    """Read a file that people or programs write by the line, a recipe, settings, a list: of so many bytes at most.

    Raises
    ------
    DreamError
        When it is not there, no file (a pipe would be waited for), or larger than any such file is.
    """
    with open_named(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise DreamError(f"cannot read {path}: it is larger than {most >> 20} MiB")
    return data


def open_file(path: str | os.PathLike) -> BinaryIO:
    """Open a file to read its bytes; nothing that may have no end, or be waited for: a pipe, a device.

    Raises
    ------
    DreamError
        For a pipe or a device.
    OSError
        As `open`.
    """
    file = open(path, "rb", opener=_at_once)  # noqa: SIM115  the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise DreamError(f"cannot read {path}: it is no file")
    return file


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def open_named(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file that somebody has named to read its bytes.

    Raises
    ------
    DreamError
        When it is not there, no file (a pipe would be waited for), or cannot be opened.
    """
    try:
        if not Path(path).is_file():
            reason = "it is not a file" if os.path.lexists(path) else "it is not there"
            raise DreamError(f"cannot read {path}: {reason}")
        return open(path, "rb")
    except (OSError, ValueError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def file_hash(path: str | os.PathLike[str], algorithm: str = "sha256") -> str:
    """Return the hash of a file, as hexadecimal digits."""
    digest = new_hash(algorithm)
    with open_file(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def check_room(folder: str | os.PathLike[str], size: int) -> None:
    """Raise a DreamError where the disk of a folder, which need not be there, has room for less than so many bytes."""
    path = Path(folder)
    try:
        free = shutil.disk_usage(next(each for each in (path, *path.parents) if each.exists())).free
    except (OSError, ValueError):
        return  # the disk will say so itself
    if size > free:
        wanted = f"about {size_text(size)} are needed"
        raise DreamError(f"there is too little room in {folder}: {wanted}, {size_text(free)} are free")


def refuse_source(path: str | os.PathLike[str], sources: Iterable[str | os.PathLike[str]]) -> None:
    """Raise a DreamError where writing `path` would overwrite something that it is made of."""
    for source in sources:
        with suppress(OSError, ValueError):
            if os.path.samefile(path, source):
                raise DreamError(f"{path} is what it would be made of, and would be overwritten; name another file")


def user_folder(kind: str) -> Path:
    """Return the folder of the user's own files of a kind: ``config``, ``data`` or ``cache``.

    Raises
    ------
    DreamError
        When the user has no home.
    """
    import platformdirs

    try:
        return Path(getattr(platformdirs, f"user_{kind}_path")("dreamcore"))
    except RuntimeError:  # in a container, of a user without a name
        raise DreamError("this user has no home folder; set HOME to one") from None


def is_unfinished(name: str) -> bool:
    """Tell whether a file of this name is one that a process writes, or has left behind."""
    return name.endswith(_MARK)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Delete the unfinished files that processes which died left behind when they wrote `path`."""
    # Their names are known, so that the folder, which may hold very many files, need not be listed.
    for number in range(_WRITERS):
        part = _hidden(Path(path), number)
        with suppress(OSError, ValueError), open(part, "r+b") as file:
            if hold(file) and sys.platform != "win32":
                part.unlink()
        if sys.platform == "win32":  # an open file, of a process that lives, cannot be deleted there
            with suppress(OSError, ValueError):
                part.unlink()


@contextmanager
def scratch_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a hidden file beside `path` that lasts as long as the block; `file.name` is its name.

    One that a process which died left behind is deleted by the next call with this `path`, or by `remove_leftovers`.

    Raises
    ------
    DreamError
        When the folder cannot be written to.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with scratch_file(pathlib.Path(folder) / "frames") as file:
    ...         _ = file.write(b"for a while")
    ...     list(pathlib.Path(folder).iterdir())
    []
    """
    path = Path(path)
    remove_leftovers(path)
    try:
        name, file = _open_hidden(path)
    except OSError as error:
        raise DreamError(f"cannot write into {path.parent}: {error.strerror or error}") from error
    try:
        with file:
            yield file
    finally:
        with suppress(OSError):
            os.unlink(name)


def _stem(path: Path) -> str:
    """Return a file's name, cut where a hidden name made of it would be longer than file systems take."""
    return os.fsdecode(os.fsencode(path.name)[: _MOST_BYTES - len(_MARK) - 10])


def _hidden(path: Path, number: int) -> Path:
    """Return the name of the unfinished file of one of those who write `path`."""
    return path.parent / f".{_stem(path)}.{number}{_MARK}"


def _open_hidden(path: Path) -> tuple[str, BinaryIO]:
    """Make an unfinished file beside `path` that no other process takes for a leftover."""
    number = 0
    while True:
        name = str(_hidden(path, number))
        try:
            file = open(name, "x+b")  # noqa: SIM115  the caller closes it
        except FileExistsError:
            number += 1
            continue
        with suppress(OSError):
            hold(file)
        if is_still(name, file):
            return name, file
        file.close()  # taken for a leftover before it was held


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder, and renames durably without
        with suppress(OSError):  # a folder may be open to writers and closed to readers
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
