"""The folder of a sweep: `sweep.json`, what it is, and a folder for each cell that has been begun."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import dreamcore
from dreamcore.errors import DreamError
from dreamcore.farm.axes import PICTURE, RECIPE
from dreamcore.farm.cells import Cell, content
from dreamcore.farm.records import is_whole, pictures_of, read_record, record_name
from dreamcore.farm.sweep import Sweep
from dreamcore.files import atomic_write, is_unfinished, read_small
from dreamcore.folders import made_folder
from dreamcore.models.finding import find_model
from dreamcore.text import json_text, read_json, short

SWEEP = "sweep.json"
_MOST = 200 << 20  # bytes of it: a million values
_NAMES = {"zipped": "zip", "still": "still", "kind": "format", "mask": "mask", "split": "split"}


class Result(NamedTuple):
    """What there is of a sequence: its first cell, its frames in the order in which they are shown, and what its folder
    says of it; where there are several cells, of the one that is worst off."""

    cell: Cell
    frames: list[Path]
    record: Mapping[str, Any]


class OtherSweep(DreamError):
    """A folder that holds another sweep than the one that is asked for."""


def as_begun(sweep: Sweep, out: str | os.PathLike) -> Sweep:
    """Return a sweep with the labels that it has in its folder, if it has been begun there.

    A sweep that is the same but for more values of its last axis with several values goes on in its folder, since its
    cells keep their numbers.

    Raises
    ------
    DreamError
        When the folder holds anything else, an `OtherSweep` where that is one; or when a file has changed since.
    """
    out = Path(out)
    if out.is_file():
        raise DreamError(f"{out} is a file; name a folder")
    if _holds_others(out) and not (out / SWEEP).exists():  # which another run may just have written
        raise DreamError(f"{out} holds other things, and no sweep; name a new folder")
    if not (out / SWEEP).exists():
        return sweep
    before, kept = _read(out)
    if difference := _difference(before.renamed(os.path.abspath), sweep.renamed(os.path.abspath)):
        raise OtherSweep(f"{out} is of another sweep: {difference}; ask for the same, or name another folder")
    for name, digest in _digests(sweep, out).items():
        if kept.get(name, digest) != digest:
            raise DreamError(f"{name} has changed since the sweep in {out} began; name another folder")
    begun = before.axes  # the labels that the cells' folders are named by; there may be more values by now
    return replace(sweep, called={name: begun[name] + new[len(begun[name]) :] for name, new in sweep.axes.items()})


def _holds_others(out: Path) -> bool:
    """Tell whether a folder is none, or holds more than what other runs are writing at this moment."""
    if not os.path.lexists(out):
        return False
    return not out.is_dir() or not all(is_unfinished(each.name) for each in os.scandir(out))


def write_sweep(sweep: Sweep, out: str | os.PathLike) -> None:
    """Make a sweep's folder, where it is not there, and write down what it is."""
    out = Path(out)
    seen = sweep.renamed(lambda file: _seen_from(out, file))
    said = {"program": dreamcore.__version__, **seen.plain(), "files": _digests(sweep, out)}
    text = (json_text(said, indent=1) + "\n").encode()
    with made_folder(out):
        if not (out / SWEEP).exists() or (out / SWEEP).read_bytes() != text:  # which others may just read
            with atomic_write(out / SWEEP) as file:
                file.write(text)


def read_results(out: str | os.PathLike) -> Sweep:
    """Return the sweep that a folder is of; it names files as the current folder sees them.

    Raises
    ------
    DreamError
        When it is of none, or what it says is damaged.
    """
    return _read(Path(out))[0]


def _read(out: Path) -> tuple[Sweep, dict[str, str]]:
    path = out / SWEEP
    if not path.exists():
        raise DreamError(f"{out} is no sweep's folder: it has no {SWEEP}")
    said = read_json(read_small(path, _MOST), path)
    try:
        sweep = Sweep.of(said).renamed(lambda file: os.path.normpath(out / file))
    except DreamError as error:
        raise DreamError(f"{path} is damaged: {error}") from None
    return sweep, said["files"] if isinstance(said.get("files"), dict) else {}


def _digests(sweep: Sweep, out: Path) -> dict[str, str]:
    """Return the sha256 of each file that decides a sweep's frames, and of its models."""
    models = [*sweep.vary.get("model", {recipe.sequence.model for recipe in sweep.recipes})]
    named = [file for file in sweep.files if os.path.isfile(file) or file in (*sweep.pictures, sweep.mask)]
    files = {_seen_from(out, file): content(file) for file in named}
    return {**files, **{f"model {model}": content(find_model(model)[2]) for model in sorted(models)}}


def _seen_from(out: Path, file: str) -> str:
    try:
        return Path(os.path.relpath(file, out)).as_posix()
    except ValueError:  # on another drive of Windows
        return os.path.abspath(file)


def _difference(before: Sweep, now: Sweep) -> str:
    """Say in what two sweeps differ whose cells have not the same numbers; nothing where they have."""
    for field, name in _NAMES.items():
        if getattr(before, field) != getattr(now, field):
            return _differs(name, getattr(before, field), getattr(now, field))
    precisions = [each.loading.get("precision", "float32") for each in (before, now)]
    if precisions[0] != precisions[1]:
        return _differs("precision", *precisions)
    there, here = _values(before), _values(now)
    for name in {**there, **here}:
        if name not in there or name not in here:
            return _differs(f"axis {name}", there.get(name), here.get(name))
    if [*there] != [*here]:
        return _differs("the order of axes", [*before.vary], [*now.vary])
    for (name, old), new in zip(there.items(), here.values(), strict=True):
        if old != new and not _is_grown(name, before, now):
            is_one = name == RECIPE and len(old) == len(new) == 1
            return _parameters(before, now) if is_one else _differs(name, old, new)
    return ""


def _is_grown(name: str, before: Sweep, now: Sweep) -> bool:
    """Tell whether an axis has more values than before, and all cells of before have the numbers that they had."""
    old, new = _values(before)[name], _values(now)[name]
    if [*before.axes] != [*now.axes] or new[: len(old)] != old:
        return False
    slower = [*now.axes][[*now.axes].index(name) + 1 :]
    return PICTURE not in slower if now.zipped else not slower


def _values(sweep: Sweep) -> dict[str, list[str]]:
    plain = sweep.plain()
    recipes = [each["recipe"] for each in plain["recipes"]]
    return {**plain["vary"], RECIPE: recipes, PICTURE: plain["pictures"]}


def _parameters(before: Sweep, now: Sweep) -> str:
    there, here = before.recipes[0].values(), now.recipes[0].values()
    for name, value in here.items():
        if there[name] != value:
            return _differs(name, there[name], value)
    return "its recipe has other colours, or has heard another sound"


def _differs(name: str, *values: Any) -> str:
    then, now = ("nothing" if each is None else _listed(each) for each in values)
    return f"{name} is {then} there and {now} here"


def _listed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return short(", ".join(map(str, value)) if isinstance(value, list) else str(value) or "none")


def missing(sweep: Sweep, out: str | os.PathLike, numbers: Iterable[int]) -> Iterator[int]:
    """Yield the numbers of those cells whose folder does not hold all that they make."""
    begun = {each.name for each in os.scandir(os.fspath(out))} if os.path.isdir(out) else set()
    for number in numbers:
        if sweep.folder(number) not in begun or not is_whole(sweep.cell(number).task(out)):
            yield number


def each_result(sweep: Sweep, out: str | os.PathLike, wanted: Iterable[int] | None = None) -> Iterator[Result]:
    """Yield what there is of each sequence, of those that are not begun as well; or of the sequences of some cells."""
    chosen = None if wanted is None else {*wanted}
    for numbers in sweep.numbering.sequences():
        if chosen is not None and chosen.isdisjoint(numbers):
            continue
        cell = sweep.cell(numbers[0])
        folder = Path(out, cell.name)
        records = [_record(sweep, number, out) for number in numbers]
        worst = min(records, key=lambda record: {"failed": 0, "made": 2}.get(str(record.get("state")), 1))
        yield Result(cell, pictures_of(folder) if folder.is_dir() else [], worst)


def made_cells(sweep: Sweep, out: str | os.PathLike) -> list[int]:
    """Return the numbers of the cells that have been dreamed, as their folders say."""
    numbers = range(1, len(sweep) + 1)
    return [number for number in numbers if _record(sweep, number, out).get("state") == "made"]


def sweep_notes(out: str | os.PathLike) -> dict[str, Any]:
    """Return what the folder of a sweep says of it: how its cells stand, why some failed, and what it is.

    Raises
    ------
    DreamError
        When it is of none, or what it says is damaged.
    """
    sweep = read_results(out)
    stand = dict.fromkeys(("made", "failed", "missing"), 0)
    failures = {}
    for number in range(1, len(sweep) + 1):
        _, run = sweep.numbering.placed(number)
        record, folder = _record(sweep, number, out), Path(out, sweep.folder(number))
        state, frames = record.get("state"), record.get("frames")
        if state == "failed":
            failures[str(number)] = record.get("error")
        elif state != "made" or not isinstance(frames, int) or len(pictures_of(folder, run)) < frames:
            state = "missing"
        stand[state] += 1
    return {"cells": {"all": len(sweep), **stand}, "failures": failures, **sweep.plain()}


def _record(sweep: Sweep, number: int, out: str | os.PathLike) -> Mapping[str, Any]:
    _, run = sweep.numbering.placed(number)
    return read_record(Path(out, sweep.folder(number)), record_name(number, run))


def are_all_made(sweep: Sweep, out: str | os.PathLike) -> bool:
    """Tell whether every cell has been dreamed, as their folders say; a quick look."""
    begun = {each.name for each in os.scandir(os.fspath(out))}
    numbers = range(1, len(sweep) + 1)
    return all(sweep.folder(each) in begun and _record(sweep, each, out).get("state") == "made" for each in numbers)
