"""A user's own defaults, in a file: what the commands and GIMP's worker take where neither they nor a recipe say more.

model = "bvlc_googlenet"
precision = "auto"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.files import atomic_write, read_small, user_folder
from dreamcore.kinds import Parameter
from dreamcore.parameters import DEFAULT_MODEL, PARAMETERS, Machine
from dreamcore.text import json_text, read_size, read_toml, short, utf8_text

ROWS: dict[str, Parameter] = {"model": PARAMETERS["model"], **Machine.parameters()}
_DEVICE = re.compile("auto|cpu|mps|(cuda|xpu)(:[0-9]{1,3})?")


def defaults_file() -> Path:
    """Return the file of the user's defaults, which need not be there."""
    return user_folder("config") / "config.toml"


def read_defaults() -> dict[str, str]:
    """Return the user's defaults by name, of those that are set.

    Raises
    ------
    DreamError
        When the file cannot be read, or says what is not allowed; with the file and the line.
    """
    try:
        path = defaults_file()
    except DreamError:  # without a home there are none
        return {}
    return _read(_text(path), path) if path.exists() else {}


def usual_model() -> str:
    """Return the model that is taken where none is asked for."""
    return read_defaults().get("model", DEFAULT_MODEL)


def check_default(name: str, value: object) -> str:
    """Return a value, checked as far as that is possible without loading a model or PyTorch.

    Examples
    --------
    >>> check_default("precision", "float16")
    Traceback (most recent call last):
        ...
    dreamcore.errors.NotAllowed: precision=float16 is not allowed (did you mean "bfloat16"?); allowed: auto, float32, \
bfloat16
    """
    check_name(name)
    checked = ROWS[name].check(value)
    if not checked or (name == "device" and not _DEVICE.fullmatch(checked)):
        words = "auto, cpu, mps, cuda, cuda:1, xpu, xpu:1" if name == "device" else "text that is not empty"
        raise NotAllowed(f"{name}={short(checked)} is not allowed; allowed: {words}")
    if name == "memory":
        read_size(checked)
    return str(checked)


def check_name(name: str) -> None:
    """Raise a NotAllowed where nothing of this name has a default that a user may set."""
    if name not in ROWS:
        raise NotAllowed(f'no default "{name}"{nearest(name, ROWS)}; allowed: {", ".join(ROWS)}')


def set_defaults(changes: Mapping[str, str | None]) -> None:
    """Write the user's defaults anew with some changed, and those that are None taken out; other lines stay.

    Raises
    ------
    DreamError
        When a value is not allowed, or the file is damaged or cannot be written. It then stays as it is.
    """
    path = defaults_file()
    text = _text(path) if path.exists() else ""
    wanted = _read(text, path)
    lines = text.splitlines()
    for name, value in changes.items():
        check_name(name)
        written = [] if value is None else [f"{name} = {json_text(check_default(name, value))}"]
        place = _line(text, name)
        wanted.pop(name, None)
        lines[place : place + 1] = written
        if value is not None:
            wanted[name] = value
        text = "".join(f"{line}\n" for line in lines)
    if _read(text, path) != wanted:
        raise DreamError(f"{path} is written in a way that only its writer can change: a value over several lines")
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(text.encode())


def _text(path: Path) -> str:
    return utf8_text(read_small(path), path)


def _read(text: str, path: Path) -> dict[str, str]:
    try:
        table = read_toml(text)
    except DreamError as error:  # which says the line
        raise error.within(str(path)) from None
    found = {}
    for name, value in table.items():
        try:
            found[name] = check_default(name, value)
        except DreamError as error:
            raise error.within(f"{path}, line {_line(text, name) + 1}") from None
    return found


def _line(text: str, name: str) -> int:
    """Return where a text says something of a name, counted from 0; its end, where it does not."""
    lines = text.splitlines()
    said = re.compile(rf"""\s*\[?["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((place for place, line in enumerate(lines) if said.match(line)), len(lines))
