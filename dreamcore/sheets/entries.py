"""What stands on a sheet: entries, and how their axes put them in rows, columns and blocks."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np

from dreamcore.pictures import as_picture

Frame: TypeAlias = str | os.PathLike[str] | np.ndarray
Axes: TypeAlias = Mapping[str, Sequence[str]]  # the values of each axis in order, as texts

DELAY = 7.0  # centiseconds, where none is said
MOST_COLUMNS, MOST_ROWS = 24, 128  # of a table; what is larger flows
_BARE = re.compile(r"[-+.\d]|(yes|no|)$")  # values that say little without their axis
_BROAD = 12  # columns that are still seen side by side
_ALONE = 6  # values of one axis alone that make one row


@dataclass(frozen=True, eq=False)
class Entry:
    """One picture or sequence, and what is said of it.

    Attributes
    ----------
    number : int
    labels : dict of str to str
        Axis -> value, as texts.
    frames : sequence of path or (H, W, 3) or (H, W, 4) ndarray
        In the order in which they are played; pictures of any kind, arrays in 0..255. None where there are none yet.
    delays : sequence of float
        Centiseconds that each frame is shown; by default 7 each.
    recipe : str
        The TOML text that makes it again.
    error : str
        One line, where it failed.
    caption : str
        What is said of it in the place of its labels.
    """

    number: int
    labels: Mapping[str, str] = field(default_factory=dict)
    frames: Sequence[Frame] = ()
    delays: Sequence[float] = ()
    recipe: str = ""
    error: str = ""
    caption: str = ""

    @property
    def files(self) -> list[Path]:
        """Its frames where they are files."""
        return [Path(frame) for frame in self.frames if isinstance(frame, (str, os.PathLike))]

    def label_text(self, axes: Axes) -> str:
        """Return its caption, or what sets it apart on some axes, in one line.

        Examples
        --------
        >>> axes = {"layer": ["parts", "objects"], "seed": ["1", "2"], "octaves": ["4"]}
        >>> Entry(3, {"layer": "parts", "seed": "1", "octaves": "4"}).label_text(axes)
        'parts · seed 1'
        """
        return self.caption or " · ".join(
            worded(axis, self.labels[axis]) for axis in varied(axes) if axis in self.labels
        )


def worded(axis: str, value: str) -> str:
    """Return the text of a value that stands alone: a number and a switch with the name of the axis.

    Examples
    --------
    >>> worded("layer", "parts"), worded("seed", "1"), worded("loop", "yes")
    ('parts', 'seed 1', 'loop yes')
    """
    return f"{axis} {value}" if _BARE.match(value) else value


def varied(axes: Axes) -> dict[str, Sequence[str]]:
    """Return those axes that have more than one value."""
    return {axis: values for axis, values in axes.items() if len(values) > 1}


@dataclass(frozen=True)
class Table:
    """Entries in columns, rows and blocks.

    Attributes
    ----------
    columns, rows : str
        The axes; empty for none.
    axes : dict of str to sequence of str
        Their values; ``[""]`` for none.
    blocks : list of (dict of str to str, dict of (str, str) to Entry)
        The labels that all of a block share, and its entries by their column and row.
    """

    columns: str
    rows: str
    axes: Axes
    blocks: list[tuple[dict[str, str], dict[tuple[str, str], Entry]]]


def arranged(entries: Sequence[Entry], axes: Axes) -> Table | None:
    """Put entries in a table: the first axis across, the second down, a block for each value of the others.

    Returns
    -------
    Table or None
        None where they make no table: too few of the combinations are there, several entries share a place, there
        would be too many columns or rows, or a single long row.

    Examples
    --------
    >>> axes = {"layer": ["parts", "objects"], "seed": ["1", "2"]}
    >>> cells = [Entry(n, {"layer": axes["layer"][n % 2], "seed": axes["seed"][n // 2]}) for n in range(4)]
    >>> table = arranged(cells, axes)
    >>> table.columns, table.rows, table.blocks[0][1]["objects", "1"].number
    ('layer', 'seed', 1)
    """
    axes = varied(axes)
    names = list(axes)
    if not names or len(entries) * 2 <= math.prod(map(len, axes.values())):
        return None
    if len(names) == 1 and len(axes[names[0]]) > _ALONE:
        return None
    if len(names) > 1 and len(axes[names[0]]) > _BROAD and len(axes[names[1]]) < len(axes[names[0]]):
        names[:2] = names[1::-1]
    columns, rows, *others = (*names, "", "")[: max(2, len(names))]
    sides = {columns: axes[columns], rows: axes[rows] if rows else [""]}
    if len(sides[columns]) > MOST_COLUMNS or len(sides[rows]) > MOST_ROWS:
        return None
    found: dict[tuple[str, ...], dict[tuple[str, str], Entry]] = {}
    for entry in entries:
        shared = tuple(entry.labels.get(axis, "") for axis in others)
        found.setdefault(shared, {})[entry.labels.get(columns, ""), entry.labels.get(rows, "")] = entry
    if sum(map(len, found.values())) < len(entries):
        return None
    in_order = [shared for shared in product(*(axes[axis] for axis in others)) if shared in found]
    blocks = [(dict(zip(others, shared, strict=True)), found[shared]) for shared in in_order]
    return Table(columns, rows, sides, blocks)


def pixels_of(frame: Frame, side: int, paper: tuple[int, int, int]) -> np.ndarray:
    """Return a frame as bytes in sRGB whose longer side has at most `side` pixels, on paper where it is transparent.

    Returns
    -------
    (H, W, 3) ndarray
        uint8.

    Examples
    --------
    >>> pixels_of(np.zeros((30, 40, 4), np.uint8), 20, (9, 9, 9))[0, 0].tolist()
    [9, 9, 9]
    """
    from PIL import Image

    picture = as_picture(frame)
    pixels = picture.rgb
    if picture.alpha is not None:
        opacity = picture.alpha[..., None] / 255
        pixels = pixels * opacity + np.array(paper, np.float32) * (1 - opacity)
    image = Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))
    image.thumbnail((side, side), Image.Resampling.HAMMING)
    return np.asarray(image)
