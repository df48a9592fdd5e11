"""Pages: one HTML file that shows many pictures, plays them, filters them by their axes and hands out their recipes."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, check_name
from dreamcore.rasters import open_raster
from dreamcore.sheets.entries import DELAY, Axes, Entry, arranged, varied, worded
from dreamcore.sheets.thumbnails import FOLDER, Kept, keep_thumbnails, make_thumbnails, remove_stale
from dreamcore.text import short

_TEMPLATE = Path(__file__).with_name("page.html")
_INSIDE = 12e6  # bytes of thumbnails that stand within the page itself
_START = 200  # pixels of a thumbnail on the screen
_PICKS = """<div id="bar" hidden><code id="command"></code><button id="take" type="button">Copy command</button></div>
"""
_MARK = re.compile(r"\{\{(\w+)\}\}")


def write_page(
    path: str | os.PathLike[str],
    entries: Sequence[Entry],
    axes: Axes,
    title: str,
    *,
    nouns: tuple[str, str] = ("cell", "cells"),
    moves: bool = False,
    pick: str = "",
) -> None:
    """Write a page that shows entries; it needs no server and no other address, also when its folder is moved.

    Thumbnails are parts of the page where they have less than 12 MB together, and are found in the folder `thumbnails`
    beside it where they have more. Frames that are files are found by relative paths when one is looked at as it
    is; of arrays, all that there is to see is within the page.

    Parameters
    ----------
    path : str or Path
        The HTML file.
    entries : sequence of Entry
        All of them, those that are not made yet among them.
    axes : dict of str to sequence of str
        The values of each axis, in order.
    title : str
    nouns : (str, str)
        What an entry is called, and several.
    moves : bool
        Whether all of them play from the start.
    pick : str
        A command that goes on with entries that are picked, with ``{}`` in the place of their numbers.

    Raises
    ------
    DreamError
        When a thumbnail or the page cannot be written. A frame that cannot be read is said on the page.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> cells = [Entry(n, {"seed": str(n)}, [np.full((3, 4, 3), 90 * n, np.uint8)]) for n in range(3)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_page(f"{folder}/index.html", cells, {"seed": ["0", "1", "2"]}, "Three greys")
    """
    check_name(path)
    path = Path(path)
    shown = _with_thumbnails(path.parent, entries)
    text = _filled(_page(path.parent, shown, axes, title, nouns, moves, pick))
    with atomic_write(path) as file:
        file.write(text.encode(errors="replace"))


@dataclass(frozen=True)
class _Shown:
    """An entry, and its thumbnails as a page names them."""

    entry: Entry
    still: str = ""
    moving: str = ""
    size: tuple[int, int] = (4, 3)


def _with_thumbnails(folder: Path, entries: Sequence[Entry]) -> list[_Shown]:
    shown = []
    kept: list[Kept] = []
    for entry in entries:
        try:
            if not entry.frames or entry.error:
                shown.append(_Shown(entry))
            elif not entry.files:
                made = make_thumbnails(entry)
                shown.append(_Shown(entry, _data(made.still), _data(made.moving), _size(made.still)))
            else:
                kept.append(keep_thumbnails(folder / FOLDER, entry))
                shown.append(_Shown(entry, *kept[-1], _size(folder / FOLDER / kept[-1].still)))
        except DreamError as error:
            shown.append(_Shown(replace(entry, error=str(error))))
    if not kept:
        return shown
    remove_stale(folder / FOLDER, kept)
    names = [name for each in kept for name in each if name]
    is_small = sum((folder / FOLDER / name).stat().st_size for name in names) <= _INSIDE
    if is_small:
        ways = {name: _data((folder / FOLDER / name).read_bytes()) for name in names}
    else:
        ways = {name: f"{FOLDER}/{name}" for name in names}
    return [
        replace(each, still=ways.get(each.still, each.still), moving=ways.get(each.moving, each.moving))
        for each in shown
    ]


def _data(webp: bytes) -> str:
    return f"data:image/webp;base64,{b64encode(webp).decode()}" if webp else ""


def _size(webp: bytes | Path) -> tuple[int, int]:
    with open_raster(BytesIO(webp) if isinstance(webp, bytes) else webp, decode=False) as image:
        return image.size


def _page(
    folder: Path, shown: Sequence[_Shown], axes: Axes, title: str, nouns: tuple[str, str], moves: bool, pick: str
) -> dict[str, str]:
    """Return the parts of the page by their names in the template."""
    entries = [each.entry for each in shown]
    numbers = {axis: {value: number for number, value in enumerate(values)} for axis, values in axes.items()}
    sets: dict[tuple, int] = {}
    said = {
        "noun": nouns[0],
        "moves": moves,
        "pick": pick,
        "summary": _summary(entries, nouns),
        "axes": [
            {"name": axis, "values": list(values), "texts": [worded(axis, value) for value in values]}
            for axis, values in axes.items()
        ],
        "cells": [
            {
                "n": each.entry.number,
                "labels": [numbers[axis].get(each.entry.labels.get(axis, ""), -1) for axis in axes],
                "error": each.entry.error,
                "caption": each.entry.caption,
                "recipe": each.entry.recipe,
                "moving": each.moving,
                "frames": _frames(folder, each.entry, sets) if each.still else None,
            }
            for each in shown
        ],
    }
    said["sets"] = [{"names": names, "delays": delays} for names, delays in sets]
    table = arranged(entries, axes)
    data = json.dumps(said, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return {
        "title": escape(title),
        "style": _TEMPLATE.with_suffix(".css").read_text("utf-8"),
        "script": _TEMPLATE.with_suffix(".js").read_text("utf-8"),
        "summary": escape(_summary(entries, nouns)),
        "constants": escape(
            "".join(f" · {worded(axis, values[0])}" for axis, values in axes.items() if len(values) == 1)
        ),
        "filters": _filters(axes),
        "alone": "" if varied(axes) else " hidden",
        "columns": "".join(
            f'<option value="{number}"{" selected" if table and axis == table.columns else ""}>{escape(axis)}</option>'
            for number, axis in enumerate(axes)
            if axis in varied(axes)
        ),
        "side": str(_START),
        "cells": "\n".join(_cell(each, axes, nouns[0], bool(pick)) for each in shown),
        "picks": _PICKS if pick else "",
        "data": data,
    }


def _filled(parts: dict[str, str]) -> str:
    return _MARK.sub(lambda mark: parts[mark[1]], _TEMPLATE.read_text("utf-8"))


def _summary(entries: Sequence[Entry], nouns: tuple[str, str]) -> str:
    """Say how many there are, how many failed, and how many are not made yet."""
    failed = sum(bool(entry.error) for entry in entries)
    missing = sum(not entry.frames and not entry.error for entry in entries)
    counts = [f"{len(entries)} {nouns[len(entries) != 1]}"]
    counts += [f"{failed} failed"] * bool(failed) + [f"{missing} not made yet"] * bool(missing)
    return ", ".join(counts)


def _filters(axes: Axes) -> str:
    """Return buttons for the values of each axis."""
    rows = []
    for number, (axis, values) in enumerate(axes.items()):
        attributes = f'type="button" aria-pressed="false" data-axis="{number}"'
        buttons = "".join(
            f'<button {attributes} data-value="{place}">{escape(value)}</button>' for place, value in enumerate(values)
        )
        if len(values) > 1:
            rows.append(f'<fieldset><legend>{escape(axis)}</legend><div class="values">{buttons}</div></fieldset>')
    return "\n".join(rows)


def _cell(shown: _Shown, axes: Axes, noun: str, can_be_picked: bool) -> str:
    entry = shown.entry
    labels = escape(entry.label_text(axes))
    name = escape(f"{noun} {entry.number}") + (f": {labels}" if labels else "")
    width, height = shown.size
    if shown.still:
        inner = (
            f'<img src="{escape(shown.still)}" alt="{name}" width="{width}" height="{height}" loading="lazy" '
            'decoding="async">'
        )
    else:
        wrong = " wrong" if entry.error else ""
        inner = f'<span class="said{wrong}">{escape(short(entry.error, 240) or "not made yet")}</span>'
    pick = (
        f'<button class="pick" type="button" aria-pressed="false" aria-label="pick {name}"></button>'
        if can_be_picked and shown.still
        else ""
    )
    shape = f' style="--shape:{width}/{height}"' if not shown.still else ""
    aria = "" if shown.still else f' aria-label="{name}, {"failed" if entry.error else "not made yet"}"'
    return (
        f'<figure class="cell"{shape}><button class="look" type="button"{aria}>{inner}</button>'
        f"<figcaption><b>{entry.number}</b><span>{labels}</span>{pick}</figcaption></figure>"
    )


def _frames(folder: Path, entry: Entry, sets: dict[tuple, int]) -> dict[str, Any] | None:
    """Return where a page finds the frames; frames of the same names and delays are listed once for all entries."""
    try:
        parents = {os.path.relpath(file.parent, folder) for file in entry.files}
    except ValueError:  # on another drive
        return None
    if len(parents) != 1:
        return None
    names, delays = (
        tuple(_address(file.name) for file in entry.files),
        tuple(entry.delays) or (DELAY,) * len(entry.files),
    )
    return {"folder": f"{_address(*parents)}/", "set": sets.setdefault((names, delays), len(sets))}


def _address(way: str) -> str:
    return quote(os.fsencode(way.replace(os.sep, "/")))
