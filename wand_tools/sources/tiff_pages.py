"""One page of a TIFF file as a file of its own: decoders look for a page by walking over all those before it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from dreamcore.rasters import most_decoded
from dreamcore.text import size_text
from wand_tools.chunks import Taker
from wand_tools.errors import AnimationError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes of each kind of value
_SHORT, _LONG = 3, 4
_PIECES = {273: 279, 324: 325, 513: 514}  # tags: where strips, tiles or a JPEG are, and how long each is
_ELSEWHERE = (330, 34665, 34853, 40965)  # tags that point at more pages, and at notes of cameras
_EXTRAS = 4 << 20  # bytes of a page besides its pixels


def page_alone(path: Path, offset: int, name: str) -> bytes:
    """Return the page whose tags stand at an offset, as the bytes of a TIFF with this page alone.

    Raises
    ------
    AnimationError
        When it is cut off, or larger than any page that may be decoded.
    """
    most = 2 * most_decoded() + _EXTRAS
    with open(path, "rb") as file:
        take = Taker(file, f"{name}: the TIFF")
        order = "<" if take(2) == b"II" else ">"
        values = dict(_values(take, order, offset, path.stat().st_size))
        pieces: dict[int, list[bytes]] = {}
        for tag, lengths in _PIECES.items():
            if tag in values:
                places = _numbers(values, tag, order), _numbers(values, lengths, order)
                pieces[tag] = list(_read(take, *places, most, name))
    return _joined(order, values, pieces)


def _values(take: Taker, order: str, offset: int, most: int) -> Iterator[tuple[int, tuple[int, int, bytes]]]:
    """Yield tag, kind, count and bytes of what is said of the page."""
    take.file.seek(offset)
    (count,) = take.numbers(order + "H")
    for entry in [take(12) for _ in range(count)]:
        tag, kind, count = struct.unpack_from(order + "HHI", entry)
        length = _SIZES.get(kind, 0) * count
        if not 0 < length <= most or tag in _ELSEWHERE:
            continue
        if length > 4:
            take.file.seek(struct.unpack_from(order + "I", entry, 8)[0])
        yield tag, (kind, count, take(length) if length > 4 else entry[8 : 8 + length])


def _numbers(values: dict[int, tuple[int, int, bytes]], tag: int, order: str) -> list[int]:
    kind, count, data = values.get(tag, (_LONG, 0, b""))
    letters = {_SHORT: "H", _LONG: "I"}
    return list(struct.unpack(f"{order}{count}{letters[kind]}", data)) if kind in letters else []


def _read(take: Taker, offsets: list[int], lengths: list[int], most: int, name: str) -> Iterator[bytes]:
    """Read the pieces; one whose length is not said goes to the end of the file, and is cut where that comes first."""
    lengths, left = lengths + [most] * (len(offsets) - len(lengths)), most
    for offset, length in zip(offsets, lengths, strict=False):
        take.file.seek(offset)
        data = take.file.read(min(length, left + 1))
        left -= len(data)
        if left < 0:
            raise AnimationError(f"{name}: a page of more than {size_text(most)}; more with --max-decoded")
        yield data


def _joined(order: str, values: dict[int, tuple[int, int, bytes]], pieces: dict[int, list[bytes]]) -> bytes:
    """Write tags, then what does not fit into them, then the pieces."""
    for tag, parts in pieces.items():  # of the right length already; where they are is filled in below
        values[tag] = _LONG, len(parts), bytes(4 * len(parts))
        values[_PIECES[tag]] = _LONG, len(parts), struct.pack(f"{order}{len(parts)}I", *map(len, parts))
    place = 8 + 2 + 12 * len(values) + 4
    place += sum(len(data) + len(data) % 2 for _, _, data in values.values() if len(data) > 4)
    for tag, parts in pieces.items():
        places = []
        for part in parts:
            places.append(place)
            place += len(part)
        values[tag] = _LONG, len(parts), struct.pack(f"{order}{len(places)}I", *places)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(values))
    entries, extras, place = [], [], 8 + 2 + 12 * len(values) + 4
    for tag, (kind, count, data) in sorted(values.items()):
        inside = data.ljust(4, b"\0")
        if len(data) > 4:
            inside = struct.pack(order + "I", place)
            extras.append(data + b"\0" * (len(data) % 2))
            place += len(extras[-1])
        entries.append(struct.pack(order + "HHI", tag, kind, count) + inside)
    return b"".join([head, *entries, bytes(4), *extras, *(part for parts in pieces.values() for part in parts)])
