"""Where GIMP 3 keeps plug-ins, and putting the filter there."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from dreamcore.errors import DreamError
from gimp_plugin.catalogues import compile_catalogue

NAME = "deep-dream"
SOURCE = Path(__file__).with_name(NAME)
_VERSION = re.compile(r"3\.\d+$")
_CONSOLES = ("gimp-console-3.2", "gimp-console-3.0", "gimp-console-3", "gimp-console")


def profiles(
    environ: Mapping[str, str] = os.environ, home: Path | None = None, platform: str = sys.platform
) -> list[tuple[str, Path]]:
    """Return the folders of settings of every GIMP 3 of this user, the ones that are there.

    Parameters
    ----------
    environ : mapping
        Read for ``GIMP3_DIRECTORY``, which overrides all else, ``XDG_CONFIG_HOME`` and ``APPDATA``.
    home : Path, optional
        The user's home folder.
    platform : str
        As ``sys.platform``.

    Returns
    -------
    list of (str, Path)
        The kind of installation (``"GIMP"``, ``"flatpak"``, ``"snap"``) and the profile.

    Examples
    --------
    >>> [(kind, folder.name) for kind, folder in profiles({"GIMP3_DIRECTORY": "/profile"})]
    [('GIMP', 'profile')]
    """
    if environ.get("GIMP3_DIRECTORY"):
        return [("GIMP", Path(environ["GIMP3_DIRECTORY"]))]
    home = Path(home or Path.home())
    places = [("GIMP", _settings(environ, home, platform))]
    if platform not in ("win32", "darwin"):
        places += [
            ("flatpak", home / ".config"),
            ("flatpak", home / ".var/app/org.gimp.GIMP/config"),
            ("snap", home / "snap/gimp/current/.config"),
        ]
    kinds: dict[Path, str] = {}
    for kind, place in places:
        for folder in sorted(place.glob("GIMP/3.*")):
            if folder.is_dir() and _VERSION.match(folder.name):
                kinds.setdefault(folder, kind)
    return [(kind, folder) for folder, kind in kinds.items()]


def new_profiles(
    run: Callable = subprocess.run,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    platform: str = sys.platform,
) -> list[tuple[str, Path]]:
    """Return the profile that an installed GIMP 3 will make at its first start, when it has not been started yet."""
    for program in executables():
        if version := gimp_version(program, run):
            settings = _settings(environ, Path(home or Path.home()), platform)
            return [("GIMP", settings / "GIMP" / ".".join(version.split(".")[:2]))]
    return []


def _settings(environ: Mapping[str, str], home: Path, platform: str) -> Path:
    """Return the folder where programs keep their settings."""
    if platform == "win32":
        return Path(environ.get("APPDATA") or home / "AppData/Roaming")
    if platform == "darwin":
        return home / "Library/Application Support"
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config")


def executables() -> list[str]:
    """Return the programs of this machine that may be a GIMP without a window."""
    programs = [
        *(shutil.which(name) for name in _CONSOLES),
        "/Applications/GIMP.app/Contents/MacOS/gimp-console",
        *map(str, Path(os.environ.get("PROGRAMFILES", "/nowhere")).glob("GIMP 3/bin/gimp-console*.exe")),
    ]
    return [program for program in programs if program and os.access(program, os.X_OK)]


def gimp_version(program: str, run: Callable = subprocess.run) -> str | None:
    """Return the version of a GIMP 3, such as "3.0.4"; None for anything else."""
    try:
        text = run([program, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\b3\.\d+\.\d+", text)
    return match and match[0]


def install_into(profile: Path, command: list[str] | None = None) -> Path:
    """Put the filter into a profile, whole or not at all, and return its folder.

    Parameters
    ----------
    profile : Path
        Such as ``~/.config/GIMP/3.0``; made when it is not there.
    command : list of str, optional
        What starts a worker; this Python by default.

    Raises
    ------
    DreamError
        When the profile cannot be written.
    """
    target = Path(profile) / "plug-ins" / NAME
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".deep-dream-", dir=profile) as scratch:
            new = Path(scratch) / NAME
            _write_plug_in(new, command or [sys.executable, "-I", "-m", "dreamcore", "worker"])
            if target.exists():
                target.rename(Path(scratch) / "old")
            new.rename(target)
    except OSError as error:
        raise DreamError(f"cannot install into {target}: {error.strerror}") from error
    return target


def _write_plug_in(folder: Path, command: list[str]) -> None:
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    for catalogue in sorted(SOURCE.glob("locale/*.po")):
        mo = folder / "locale" / catalogue.stem / "LC_MESSAGES" / f"{NAME}.mo"
        mo.parent.mkdir(parents=True)
        mo.write_bytes(compile_catalogue(catalogue.read_text(encoding="utf-8")))
    (folder / "worker.json").write_text(json.dumps({"command": command}) + "\n", encoding="utf-8")
    main = folder / f"{NAME}.py"  # an installed package keeps no run bit
    main.chmod(main.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def remove_from(profile: Path) -> Path | None:
    """Take the filter out of a profile; return its folder, or None when it was not there.

    Raises
    ------
    DreamError
        When it cannot be removed.
    """
    target = Path(profile) / "plug-ins" / NAME
    if not target.exists():
        return None
    try:
        shutil.rmtree(target)
    except OSError as error:
        raise DreamError(f"cannot remove {target}: {error.strerror}") from error
    return target
