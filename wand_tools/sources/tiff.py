"""Multi-page TIFF files: pages with names and places, as GIMP writes them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from wand_tools import magick
from wand_tools.chunks import Taker
from wand_tools.errors import AnimationError
from wand_tools.pixels import Pixels
from wand_tools.sources.layers import Layer, Layers
from wand_tools.sources.tiff_pages import page_alone

_SUBFILE, _WIDTH, _HEIGHT, _RESOLUTION, _NAME, _POSITION = 254, 256, 257, 282, 285, 286  # tags; two axes follow
_ORIENTATION = 274
_TEXT, _RATIO = 2, 5  # kinds of values
_NUMBERS = {1: "B", 3: "H", 4: "I"}
_BYTES = {1: 1, _TEXT: 1, 3: 2, 4: 4, _RATIO: 8}  # of a value of each kind; others are not asked for
_KINDS = {
    _NAME: (_TEXT,),
    **dict.fromkeys((_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION), tuple(_NUMBERS)),
    **dict.fromkeys((_RESOLUTION, _RESOLUTION + 1, _POSITION, _POSITION + 1), (_RATIO,)),
}
_LONGEST = 1024  # bytes of a name


def open_tiff(path: Path) -> Layers:
    """Open a TIFF page by page, each at its position; small copies of pages are left out."""
    layers, width, height = [], 0, 0
    for number, (offset, tags) in enumerate(_pages(path)):
        if tags.get(_SUBFILE, 0) & 1:
            continue
        left, top = (round(tags.get(_POSITION + axis, 0) * tags.get(_RESOLUTION + axis, 0)) for axis in range(2))
        layers.append(Layer(tags.get(_NAME, ""), _reader(path, offset, number), left, top))
        sides = tags.get(_WIDTH, 0), tags.get(_HEIGHT, 0)
        across, down = sides[::-1] if tags.get(_ORIENTATION, 1) > 4 else sides  # a page that lies on its side
        width, height = max(width, left + across), max(height, top + down)
    return Layers((width, height), layers, path)


def _reader(path: Path, offset: int, number: int) -> Callable[[], Pixels]:
    name = f"{path} page {number}"
    return lambda: magick.read_picture(page_alone(path, offset, name), name)


def _pages(path: Path) -> Iterator[tuple[int, dict[int, Any]]]:
    """Yield the tags of each page, and where they stand."""
    with open(path, "rb") as file:
        take = Taker(file, f"{path}: the TIFF")
        order = "<" if take(2) == b"II" else ">"
        (offset,) = take.numbers(order + "2xI")
        seen, entries_left = set(), path.stat().st_size // 12  # as many have room where pages do not share them
        while offset and offset not in seen:
            seen.add(offset)
            file.seek(offset)
            (count,) = take.numbers(order + "H")
            entries_left -= count
            if entries_left < 0:
                raise AnimationError(f"{path}: the TIFF's pages lie over each other")
            entries = [take(12) for _ in range(count)]
            here = offset
            (offset,) = take.numbers(order + "I")
            yield here, dict(tag for entry in entries for tag in _tag(take, order, entry))


def _tag(take: Taker, order: str, entry: bytes) -> Iterator[tuple[int, Any]]:
    """Yield a tag and its value where it is one that is asked for, and of a kind that it can have."""
    tag, kind, count = struct.unpack_from(order + "HHI", entry)
    if kind not in _KINDS.get(tag, ()) or not count:
        return
    wanted = min(count, _LONGEST) if kind == _TEXT else _BYTES[kind]
    if count * _BYTES[kind] > 4:  # only what is short stands in the entry itself
        take.file.seek(struct.unpack_from(order + "I", entry, 8)[0])
        value = take(wanted)
    else:
        value = entry[8 : 8 + wanted]
    if kind == _TEXT:
        yield tag, value.split(b"\0")[0].decode("utf-8", "replace")
    elif kind == _RATIO:
        above, below = struct.unpack(order + "II", value)
        yield tag, above / (below or 1)
    else:
        yield tag, struct.unpack(order + _NUMBERS[kind], value)[0]
