"""Folders that are there only where something has come of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

from dreamcore.errors import DreamError


@contextmanager
def made_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a folder, and those above it, where they are not there; what the block leaves empty when it raises, goes.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    DreamError
        When it cannot be made, or has no name. Errors of the block pass unchanged.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with suppress(ValueError), made_folder(Path(folder, "a", "b")):
    ...         raise ValueError("it is refused")
    ...     os.listdir(folder)
    []
    """
    if not os.fspath(path):
        raise DreamError("a folder has no name; an empty name is often a variable that is not set")
    path = Path(path)
    with _making(path):
        new = [*takewhile(lambda each: not each.exists(), (path, *path.parents))]
        path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    except BaseException:
        for each in new:
            with suppress(OSError):  # it holds something by now
                each.rmdir()
        raise


@contextmanager
def new_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Fill a folder that takes the name `path`, which is not there or an empty folder, when everything is in it.

    Yields
    ------
    Path
        The folder to fill, hidden beside the final one.

    Raises
    ------
    DreamError
        When there is something at `path`, or nothing can be made there. Errors of the block pass unchanged.
    """
    path = Path(path)
    with _making(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise DreamError(f"{path} is not empty; name a new folder")
    with made_folder(path.parent) as above:
        with _making(path):
            hidden = tempfile.TemporaryDirectory(prefix=f".{path.name[:40]}.", dir=above)
            filled = Path(hidden.name) / "filled"
            filled.mkdir()
        with hidden:
            yield filled
            with _making(path):
                if path.exists():
                    path.rmdir()
                os.replace(filled, path)


@contextmanager
def _making(path: Path) -> Iterator[None]:
    """Say in one line why a folder cannot be made."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise DreamError(f"cannot make the folder {path}: {getattr(error, 'strerror', None) or error}") from error
