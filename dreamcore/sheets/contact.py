"""Contact sheets: many pictures on one, in rows and columns that say what they are."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from itertools import accumulate, product
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.files import atomic_write, check_name
from dreamcore.images import upright_size
from dreamcore.rasters import open_raster
from dreamcore.sheets.entries import DELAY, Axes, Entry, Frame, Table, arranged, pixels_of, worded
from dreamcore.sheets.lettering import LINE, drawable, height_of, width_of, wrapped, write

if TYPE_CHECKING:
    from PIL.Image import Image

PAPER, INK, PALE, EMPTY, WRONG = (24, 25, 27), (233, 231, 226), (152, 150, 145), (35, 36, 39), (217, 133, 108)
_SIDE, _LEAST = 320, 60  # pixels of a picture
_NARROW = 120  # pixels of a column of narrow pictures, for its label
_MOST_PIXELS = 30e6  # of all pictures on a sheet
_MOST = 10_000  # pictures on a sheet
_MOVING_SIDE, _MOVING_PIXELS, _MOVING_FRAMES = 240, 1.2e6, 36  # the same of a sheet that moves, and its frames
_SHAPE = 1.5  # width of a sheet by its height, about
_MARGIN, _GAP, _BETWEEN, _ROOM = 40, 6, 48, 12  # around the sheet, between pictures, between blocks, beside labels
_TITLE, _BLOCK, _TEXT = 26, 17, 14  # pixels of letters
_LABEL = 170  # pixels of a row's label, at most
_LINES = 4  # of a label


def write_sheet(path: str | os.PathLike[str], entries: Sequence[Entry], axes: Axes, *, title: str = "") -> None:
    """Write a contact sheet: entries in a table of the axes, or one after the other.

    The first axis runs across and the second down; each value of the others has a block. A sheet of many is of smaller
    pictures, of at most 30 million pixels together; there are at most 10000. A PNG shows the last frame of each, a WebP
    plays all of them, on a sheet of 1.2 million pixels.

    Parameters
    ----------
    path : str or Path
        Ends in ``.png`` or ``.webp``; it is in sRGB.
    entries : sequence of Entry
    axes : dict of str to sequence of str
        The values of each axis, in order.
    title : str

    Raises
    ------
    DreamError
        For another ending, when there is no entry, or the file cannot be written. A picture that cannot be read is said
        on the sheet.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> cells = [Entry(n, {"seed": str(n)}, [np.full((3, 4, 3), 90 * n, np.uint8)]) for n in range(3)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_sheet(f"{folder}/sheet.png", cells, {"seed": ["0", "1", "2"]})
    """
    check_name(path)
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".webp"):
        raise NotAllowed(f"{path} ends in {suffix!r}; allowed for a sheet are .png, .webp")
    if not entries:
        raise DreamError(f"{path}: a sheet needs at least one picture")
    shown = entries[:_MOST]
    foot = f"{len(shown)} of {len(entries)} are shown" if len(shown) < len(entries) else ""
    table = arranged(shown, axes)
    box = _box(shown, _SIDE, _MOST_PIXELS) if suffix == ".png" else _box(shown, _MOVING_SIDE, _MOVING_PIXELS)
    parts = _blocks(table, box) if table else [_Flow(shown, axes, box)]
    with atomic_write(path) as file:
        if suffix == ".png":
            _write_still(file, _drawn(parts, title, foot, 1))
        else:
            _write_moving(file, shown, lambda time: _drawn(parts, title, foot, time))


def _write_still(file: BinaryIO, image: Image) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add(b"sRGB", b"\0")
    image.save(file, "PNG", pnginfo=info)


def _write_moving(file: BinaryIO, entries: Sequence[Entry], drawn: Callable[[float], Image]) -> None:
    """Play all entries at a time, each in the time of the longest."""
    longest = max(entries, key=lambda entry: len(entry.frames))
    count = max(1, min(len(longest.frames), _MOVING_FRAMES))
    images = [drawn(number / max(1, count - 1)) for number in range(count)]
    shown = 10 * sum(longest.delays or [DELAY] * len(longest.frames)) / count  # milliseconds
    images[0].save(
        file, "WEBP", save_all=True, append_images=images[1:], duration=round(shown), loop=0, quality=70, method=3
    )


def _box(entries: Sequence[Entry], side: int, pixels: float) -> tuple[int, int]:
    """Return the width and the height into which the pictures are fitted, of so many pixels together."""
    sizes = [size for entry in entries if entry.frames and (size := _size(entry.frames[-1]))] or [(4, 3)]
    parts = [(width / max(width, height), height / max(width, height)) for width, height in sizes]
    width, height = max(width for width, _ in parts), max(height for _, height in parts)
    largest = max(map(max, sizes))
    side = max(_LEAST, min(side, largest, int((pixels / len(entries) / width / height) ** 0.5)))
    return max(1, round(side * width)), max(1, round(side * height))


def _size(frame: Frame) -> tuple[int, int] | None:
    if not isinstance(frame, (str, os.PathLike)):
        return frame.shape[1], frame.shape[0]
    try:
        with open_raster(frame, decode=False) as image:
            return upright_size(image)
    except DreamError:
        return None  # which is said when it is drawn


def _fitted(entry: Entry, box: tuple[int, int]) -> tuple[int, int] | None:
    """Return the size that an entry's last frame has in a box, where it has one that can be read."""
    size = _size(entry.frames[-1]) if entry.frames and not entry.error else None
    if size is None:
        return None
    scale = min(1.0, *(room / side for room, side in zip(box, size, strict=True)))
    return max(1, round(scale * size[0])), max(1, round(scale * size[1]))


class _Grid:
    """One block of a table: its columns are as wide as its widest picture, its rows as high as their highest."""

    def __init__(self, table: Table, shared: dict[str, str], entries: dict, box: tuple[int, int]) -> None:
        self.table, self.entries, self.box = table, entries, box
        columns, rows = table.axes[table.columns], table.axes[table.rows]
        fitted = {place: size for place, entry in entries.items() if (size := _fitted(entry, box))}
        self.width = max((width for width, _ in fitted.values()), default=box[0])
        self.width = max(self.width, min(box[0], _NARROW))
        heights = [max((fitted[each][1] for each in fitted if each[1] == row), default=box[1]) for row in rows]
        self.heights = [max(height, min(box[1], _LEAST)) for height in heights]
        self.heading = wrapped(" · ".join(worded(axis, value) for axis, value in shared.items()), _BLOCK, 900, 2)
        self.across = [wrapped(value, _TEXT, max(self.width, _LEAST), _LINES) for value in columns]
        fitting = [max(1, min(_LINES, int(height / _TEXT / LINE))) for height in self.heights]
        self.down = [wrapped(value, _TEXT, _LABEL, most) for value, most in zip(rows, fitting, strict=True)]
        self.left = 0
        if table.rows:
            names = [wrapped(table.rows, _TEXT, _LABEL, 1), *self.down]
            self.left = max(width_of(lines, _TEXT) for lines in names) + _ROOM
        self.head = height_of(self.heading, _BLOCK) + (_ROOM if shared else 0)
        self.top = self.head + height_of([""], _TEXT) + max(height_of(each, _TEXT) for each in self.across) + _GAP
        self.tops = [*accumulate((height + _GAP for height in self.heights), initial=self.top)]
        self.size = self.left + len(columns) * (self.width + _GAP) - _GAP, self.tops[-1] - _GAP

    def draw(self, image: Image, x: int, y: int, time: float) -> None:
        """Draw the block at a time with its left upper corner at a place."""
        table, step = self.table, height_of([""], _TEXT)
        write(image, x, y, self.heading, _BLOCK, INK)
        write(image, x + self.left, y + self.head, [drawable(table.columns)], _TEXT, PALE)
        write(image, x, y + self.top - step - _GAP, [drawable(table.rows)], _TEXT, PALE)
        for place, lines in enumerate(self.across):
            write(image, x + self.left + place * (self.width + _GAP), y + self.head + step, lines, _TEXT, INK)
        for top, height, lines in zip(self.tops, self.heights, self.down, strict=False):
            write(image, x, y + top + (height - height_of(lines, _TEXT)) / 2, lines, _TEXT, INK)
        columns, rows = table.axes[table.columns], table.axes[table.rows]
        for (across, column), (down, row) in product(enumerate(columns), enumerate(rows)):
            corner = x + self.left + across * (self.width + _GAP), y + self.tops[down]
            if entry := self.entries.get((column, row)):
                _paste(image, entry, corner, (self.width, self.heights[down]), self.box, time)


class _Flow:
    """Entries one after the other, each with its labels below it."""

    def __init__(self, entries: Sequence[Entry], axes: Axes, box: tuple[int, int]) -> None:
        self.entries, self.box = entries, box
        texts = [
            f"{entry.number} · {label}" if (label := entry.label_text(axes)) else f"{entry.number}" for entry in entries
        ]
        self.captions = [wrapped(text, _TEXT, max(box[0], _LEAST), _LINES) for text in texts]
        self.step = box[0] + _GAP, box[1] + _GAP + max(height_of(lines, _TEXT) for lines in self.captions) + 2 * _ROOM
        self.count = max(1, min(len(entries), round((_SHAPE * len(entries) * self.step[1] / self.step[0]) ** 0.5)))
        self.size = self.count * self.step[0] - _GAP, -(-len(entries) // self.count) * self.step[1] - 2 * _ROOM

    def draw(self, image: Image, x: int, y: int, time: float) -> None:
        """Draw them at a time with the left upper corner at a place."""
        for index, (entry, lines) in enumerate(zip(self.entries, self.captions, strict=True)):
            left, top = x + index % self.count * self.step[0], y + index // self.count * self.step[1]
            _paste(image, entry, (left, top), self.box, self.box, time)
            write(image, left, top + self.box[1] + _GAP, lines, _TEXT, PALE)


def _blocks(table: Table, box: tuple[int, int]) -> list[_Grid]:
    return [_Grid(table, shared, entries, box) for shared, entries in table.blocks]


def _drawn(parts: Sequence[_Grid | _Flow], title: str, foot: str, time: float) -> Image:
    """Draw blocks beside and below one another on a sheet of a handy shape, at a time from 0 to 1."""
    from PIL import Image

    width, height = (max(part.size[side] for part in parts) for side in (0, 1))
    across = min(range(1, len(parts) + 1), key=lambda count: _shape_off(count, len(parts), width, height))
    total = across * (width + _BETWEEN) - _BETWEEN
    heading = wrapped(title, _TITLE, total, 3)
    head = height_of(heading, _TITLE) + _MARGIN // 2 if title else 0
    down = -(-len(parts) // across) * (height + _BETWEEN) - _BETWEEN
    below = height_of([foot], _TEXT) + _ROOM if foot else 0
    image = Image.new("RGB", (total + 2 * _MARGIN, head + down + below + 2 * _MARGIN), PAPER)
    write(image, _MARGIN, _MARGIN, heading, _TITLE, INK)
    for place, part in enumerate(parts):
        x, y = place % across * (width + _BETWEEN), place // across * (height + _BETWEEN)
        part.draw(image, _MARGIN + x, _MARGIN + head + y, time)
    write(image, _MARGIN, _MARGIN + head + down + _ROOM, [foot] if foot else [], _TEXT, PALE)
    return image


def _shape_off(across: int, count: int, width: int, height: int) -> float:
    down = -(-count // across)
    return abs(math.log(across * (width + _BETWEEN) / (down * (height + _BETWEEN)) / _SHAPE))


def _paste(
    image: Image, entry: Entry, place: tuple[int, int], room: tuple[int, int], box: tuple[int, int], time: float
) -> None:
    """Draw an entry's frame of a time, fitted into a box, in the middle of its room, or what went wrong."""
    from PIL import Image

    said, pixels = entry.error, None
    if entry.frames and not said:
        try:
            pixels = Image.fromarray(pixels_of(entry.frames[round(time * (len(entry.frames) - 1))], max(box), PAPER))
        except DreamError as error:
            said = str(error)
    if pixels is None:
        image.paste(EMPTY, (*place, place[0] + room[0], place[1] + room[1]))
        fitting = max(1, int((room[1] - 2 * _ROOM) / _TEXT / LINE))
        lines = wrapped(said or "not made yet", _TEXT, room[0] - 2 * _ROOM, fitting)
        top = place[1] + (room[1] - height_of(lines, _TEXT)) / 2
        write(image, place[0] + room[0] / 2, top, lines, _TEXT, WRONG if said else PALE, "m")
        return
    pixels.thumbnail(box)
    image.paste(pixels, (place[0] + (room[0] - pixels.width) // 2, place[1] + (room[1] - pixels.height) // 2))
