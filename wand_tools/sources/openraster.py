"""OpenRaster files, a ZIP of PNGs and of XML that says how they are stacked."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dreamcore.rasters import most_decoded
from dreamcore.text import read_xml, short
from wand_tools import magick
from wand_tools.errors import AnimationError, decoding
from wand_tools.pixels import Pixels
from wand_tools.sources.layers import Layer, Layers

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MOST_XML = 4 << 20
_MOST_RATIO = 200  # a deflated PNG hardly shrinks; a bomb does by a thousand
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that the format has; others can ask for gigabytes


def open_ora(path: Path) -> Layers:
    """Open an OpenRaster file."""
    with decoding(f"{path}: not an OpenRaster file, the archive"):
        archive = zipfile.ZipFile(path)
    text = _member(archive, "stack.xml", _MOST_XML, path)
    with decoding(f"{path}: not an OpenRaster file, stack.xml"):
        image = read_xml(text)
        size = int(image.get("w", "")), int(image.get("h", ""))
        layers = [_layer(archive, element, opacity, path) for element, opacity in _visible(image)]
        return Layers(size, layers[::-1], path)


def _visible(image: Element) -> Iterator[tuple[Element, float]]:
    """Walk the shown layers of a stack and the groups in it, from top to bottom, with their opacity."""
    waiting = [(image, 1.0)]
    while waiting:
        element, opacity = waiting.pop()
        if element.tag == "layer":
            yield element, opacity
        elif element is image or element.tag == "stack":
            shown = [child for child in element if child.get("visibility", "visible") != "hidden"]
            waiting += [(child, opacity * _opacity(child)) for child in reversed(shown)]


def _opacity(element: Element) -> float:
    opacity = float(element.get("opacity", 1))
    if not math.isfinite(opacity):
        raise ValueError(f"opacity {opacity}")
    return min(max(opacity, 0.0), 1.0)


def _layer(archive: zipfile.ZipFile, element: Element, opacity: float, path: Path) -> Layer:
    member = element.get("src", "")
    parts = member.replace("\\", "/").split("/")
    if member.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise AnimationError(f"{path}: the layer name {short(member)!r} points outside the file")

    def read() -> Pixels:
        # 16 bits a channel, and not packed at all, is the most that a picture takes
        data = _member(archive, member, 2 * most_decoded() + _MOST_XML, path)
        return magick.read_picture(data, f"{path}: {short(member)}")

    return Layer(element.get("name", ""), read, int(element.get("x", 0)), int(element.get("y", 0)), opacity)


def _member(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    called = short(name) or "a layer's source"
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise AnimationError(f"{path}: not an OpenRaster file, {called} is missing") from None
    if entry.file_size > most or entry.file_size > _MOST_RATIO * max(entry.compress_size, 4096):
        raise AnimationError(f"{path}: {called} unpacks to {entry.file_size} bytes, which is no honest layer")
    if entry.compress_type not in _PACKED:
        raise AnimationError(f"{path}: {called} is packed in a way that OpenRaster does not have")
    with decoding(f"{path}: {called}"), archive.open(entry) as file:
        return file.read(entry.file_size)
