"""Folders that a farm's machines call otherwise than this one."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from dreamcore.errors import NotAllowed


def read_map(text: str) -> tuple[str, str]:
    """Return the two folders of a text ``HERE=THERE``.

    Raises
    ------
    NotAllowed
        When it is none.

    Examples
    --------
    >>> read_map("/home/me/films=/mnt/films")
    ('/home/me/films', '/mnt/films')
    """
    here, _, there = text.partition("=")
    if not here or not there:
        raise NotAllowed(f"map {text!r} is not allowed; allowed: a folder here = its name on the farm, HERE=THERE")
    return os.path.abspath(here), there


def farm_path(path: str, maps: Iterable[tuple[str, str]]) -> str:
    r"""Return what the farm's machines call a path.

    Parameters
    ----------
    path : str
        A whole path of this machine.
    maps : iterable of (str, str)
        A folder here, and what it is called there; the longest one that holds the path counts.

    Examples
    --------
    >>> farm_path("/home/me/films/sky/a.toml", [("/home", "/mnt"), ("/home/me/films", r"F:\films")])
    'F:\\films\\sky\\a.toml'
    """
    for here, there in sorted(maps, key=lambda pair: -len(pair[0])):
        if Path(path).is_relative_to(here):
            return str(pure(there).joinpath(*Path(path).relative_to(here).parts))
    return path


def note_idle(maps: Iterable[tuple[str, str]], paths: Sequence[str]) -> None:
    """Warn of each map that holds none of some paths."""
    for here, there in maps:
        if not any(Path(path).is_relative_to(here) for path in paths):
            warnings.warn(f"map {here}={there} changes nothing: {' and '.join(paths)} are not in {here}", stacklevel=3)


def pure(path: str) -> PurePosixPath | PureWindowsPath:
    """Return a path of whatever system it is written for."""
    is_windows = re.match(r"[A-Za-z]:|\\\\", path)
    return PureWindowsPath(path) if is_windows else PurePosixPath(path)
