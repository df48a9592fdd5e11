"""Packages that the program does without until something needs them, and how this installation gets them."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from dreamcore.errors import DreamError


@dataclass(frozen=True)
class Extra:
    """An optional package: what people call it, the module that is imported, and what is installed for it."""

    title: str
    module: str
    packages: tuple[str, ...]

    def is_there(self) -> bool:
        """Tell whether it is installed."""
        return find_spec(self.module) is not None

    def command(self) -> str:
        """Return the command that installs it here."""
        return install_command(*self.packages)

    def load(self, wanted_for: object) -> ModuleType:
        """Import it.

        Raises
        ------
        DreamError
            When it is missing, or a library that it stands on: what needs it, and what to install.

        Examples
        --------
        >>> Extra("Dreams", "no.such.module", ("dreams",)).load("a.dream")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        dreamcore.errors.DreamError: a.dream needs Dreams: ... dreams
        """
        try:
            return import_module(self.module)
        except (ImportError, OSError):
            raise DreamError(f"{wanted_for} needs {self.title}: {self.command()}") from None


PYAV = Extra("PyAV", "av", ("av",))
OPENCV = Extra("OpenCV", "cv2", ("opencv-python-headless",))
SOUNDFILE = Extra("soundfile", "soundfile", ("soundfile",))
H5PY = Extra("h5py", "h5py", ("h5py",))
AVIF = Extra("a Pillow that knows AVIF", "PIL._avif", ("--upgrade", "pillow"))
DASK = Extra("dask.distributed", "distributed", ("distributed", "cryptography"))


def install_command(*packages: str) -> str:
    """Return the command that installs packages where this Python finds them, whatever installed the program.

    Examples
    --------
    >>> install_command("av").endswith("install av")
    True
    """
    home = Path(sys.prefix)
    if (home / "pipx_metadata.json").exists():
        return shlex.join(["pipx", "runpip", home.name, "install", *packages])
    if not find_spec("pip"):  # uv makes environments without one
        return shlex.join(["uv", "pip", "install", "--python", sys.executable, *packages])
    if os.path.dirname(shutil.which("pip") or "") == os.path.dirname(sys.executable):
        return shlex.join(["pip", "install", *packages])
    return shlex.join([sys.executable, "-m", "pip", "install", *packages])
