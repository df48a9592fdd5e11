"""OpenRaster files, a ZIP of PNGs and of XML that says how they are stacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.frames.layers import Layer, Layers
from wand_tools.pixels import Pixels

_MOST_XML = 4 << 20
_MOST_MEMBER = 512 << 20
_MOST_RATIO = 200  # a deflated PNG hardly shrinks; a bomb does by a thousand


def open_ora(path: Path) -> Layers:
    """Open an OpenRaster file."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise AnimationError(f"{path}: not an OpenRaster file ({error})") from None
    text = _member(archive, "stack.xml", _MOST_XML, path)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise AnimationError(f"{path}: stack.xml declares entities, which no layer stack needs")
    try:
        image = ElementTree.fromstring(text)
        size = int(image.get("w", "")), int(image.get("h", ""))
        layers = [_layer(archive, element, opacity, path) for element, opacity in _visible(image, 1.0)]
    except (ElementTree.ParseError, ValueError) as error:
        raise AnimationError(f"{path}: stack.xml cannot be read ({error})") from None
    return Layers(size, layers[::-1], path)


def _visible(parent: ElementTree.Element, opacity: float) -> Iterator[tuple[ElementTree.Element, float]]:
    """Walk the shown layers of a stack and the groups in it, from top to bottom, with their opacity."""
    for element in parent:
        if element.get("visibility", "visible") == "hidden":
            continue
        own = opacity * float(element.get("opacity", 1))
        if element.tag == "stack":
            yield from _visible(element, own)
        elif element.tag == "layer":
            yield element, own


def _layer(archive: zipfile.ZipFile, element: ElementTree.Element, opacity: float, path: Path) -> Layer:
    member = element.get("src", "")
    parts = member.replace("\\", "/").split("/")
    if member.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise AnimationError(f"{path}: the layer name {member!r} points outside the file")

    def read() -> Pixels:
        return magick.read_picture(_member(archive, member, _MOST_MEMBER, path), f"{path}: {member}")

    return Layer(element.get("name", ""), read, int(element.get("x", 0)), int(element.get("y", 0)), opacity)


def _member(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    try:
        entry = archive.getinfo(name)
        if entry.file_size > most or entry.file_size > _MOST_RATIO * max(entry.compress_size, 4096):
            raise AnimationError(f"{path}: {name} unpacks to {entry.file_size} bytes, which is no honest layer")
        with archive.open(entry) as file:
            return file.read(entry.file_size)
    except KeyError:
        raise AnimationError(f"{path}: not an OpenRaster file, {name or 'a layer source'} is missing") from None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise AnimationError(f"{path}: {name} cannot be unpacked ({error})") from None
