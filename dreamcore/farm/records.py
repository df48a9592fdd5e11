"""What a cell's folder says: whether all that the cell makes is there, or why it is not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, read_small
from dreamcore.text import json_text, read_json

Task: TypeAlias = dict[str, Any]  # see `dreamcore.farm.cells.Cell.task`
Outcome: TypeAlias = dict[str, Any]  # see `dreamcore.farm.dreaming.dream_cell`

RECORD = "cell.json"


def record_name(number: int, run: range | None) -> str:
    """Return the name of a cell's record in its folder, which it shares with others where it is a run of frames."""
    return RECORD if run is None else f"cell-{number:04d}.json"


def is_whole(task: Task) -> bool:
    """Return whether a cell's folder holds all that the task would make, and says so."""
    if task["record"] is None:
        return False
    folder = Path(task["folder"])
    record = read_record(folder, task["record"])
    if record.get("state") != "made" or record.get("hash") != task["hash"]:
        return False
    with suppress(OSError, KeyError, TypeError):
        return len(pictures_of(folder, task["run"])) >= record["frames"]
    return False


def pictures_of(folder: str | os.PathLike, run: Sequence[int] | None = None) -> list[Path]:
    """Return the frames that are in a cell's folder, with those in between, in the order in which they are shown.

    Parameters
    ----------
    folder : path-like
    run : (int, int), optional
        Those from a number to before another one alone.
    """
    from dreamcore.sequence.derived import between_files
    from dreamcore.sequence.resuming import frame_files

    files = frame_files(Path(folder))
    if run:
        return [path for number, path in files if number in range(*run)]
    return sorted([*(path for _, path in files), *between_files(Path(folder))])


def read_record(folder: str | os.PathLike, name: str = RECORD) -> dict[str, Any]:
    """Return what has come of a cell, as its folder says; empty where it says nothing that can be read.

    Parameters
    ----------
    folder : path-like
    name : str
        Of the record; see `record_name`.

    Returns
    -------
    dict
        ``state``, ``"made"`` or ``"failed"``; the ``hash`` of the task; ``error``, ``seconds``, ``frames`` and
        ``machine`` of the outcome.
    """
    path = Path(folder, name)
    with suppress(DreamError, OSError):
        return read_json(read_small(path), path) if path.exists() else {}
    return {}


def write_record(task: Task, outcome: Outcome) -> None:
    """Write down what has come of a cell in its folder, where that is wanted."""
    if task["record"] is None:
        return
    folder = Path(task["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    kept = {key: outcome[key] for key in ("state", "error", "seconds", "frames", "machine")}
    with atomic_write(folder / task["record"]) as file:
        file.write((json_text({"hash": task["hash"], **kept}, indent=2) + "\n").encode())
