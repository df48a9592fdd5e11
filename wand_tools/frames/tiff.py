"""Multi-page TIFF files: pages with names and places, as GIMP writes them."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.frames.layers import Layer, Layers
from wand_tools.pixels import Pixels

_SUBFILE, _WIDTH, _HEIGHT, _RESOLUTION, _NAME, _POSITION = 254, 256, 257, 282, 285, 286  # tags; two axes follow


def open_tiff(path: Path) -> Layers:
    """Open a TIFF page by page, each at its position; small copies of pages are left out."""
    layers, width, height = [], 0, 0
    for number, tags in enumerate(_pages(path)):
        if tags.get(_SUBFILE, 0) & 1:
            continue
        left, top = (round(tags.get(_POSITION + axis, 0) * tags.get(_RESOLUTION + axis, 0)) for axis in range(2))
        layers.append(Layer(tags.get(_NAME, ""), _reader(path, number), left, top))
        width, height = max(width, left + tags.get(_WIDTH, 0)), max(height, top + tags.get(_HEIGHT, 0))
    return Layers((width, height), layers, path)


def _reader(path: Path, number: int) -> Callable[[], Pixels]:
    def read() -> Pixels:
        with _safe_name(path) as name:
            return magick.read_page("tiff", name, number, f"{path} page {number}")

    return read


def _pages(path: Path) -> Iterator[dict[int, Any]]:
    """Yield the tags of each page."""
    with open(path, "rb") as file:
        order = "<" if file.read(2) == b"II" else ">"
        seen, offset = set(), struct.unpack(order + "I", file.read(6)[2:])[0]
        try:
            while offset and offset not in seen:
                seen.add(offset)
                file.seek(offset)
                (count,) = struct.unpack(order + "H", file.read(2))
                entries = [file.read(12) for _ in range(count)]
                (offset,) = struct.unpack(order + "I", file.read(4))
                yield dict(_tag(file, order, entry) for entry in entries)
        except struct.error:
            raise AnimationError(f"{path}: the TIFF is cut off") from None


def _tag(file: BinaryIO, order: str, entry: bytes) -> tuple[int, Any]:
    tag, kind, count = struct.unpack_from(order + "HHI", entry)
    if kind == 2 and count > 4:
        file.seek(struct.unpack_from(order + "I", entry, 8)[0])
        return tag, file.read(min(count, 1024)).rstrip(b"\0").decode("utf-8", "replace")
    if kind == 5:
        file.seek(struct.unpack_from(order + "I", entry, 8)[0])
        above, below = struct.unpack(order + "II", file.read(8))
        return tag, above / (below or 1)
    return tag, struct.unpack_from(order + ("H" if kind == 3 else "I"), entry, 8)[0]


@contextlib.contextmanager
def _safe_name(path: Path) -> Iterator[str]:
    """Lend a file a name that ImageMagick cannot take for anything but a name."""
    with tempfile.TemporaryDirectory(prefix="wandgif-") as folder:
        link = Path(folder) / "source"
        try:
            link.symlink_to(path.resolve())
        except OSError:  # Windows without the right to make links
            link = path
        yield str(link)
