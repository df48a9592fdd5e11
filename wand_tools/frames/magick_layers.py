"""Layer stacks that ImageMagick takes apart: PSD and XCF."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.frames.layers import Layer, Layers
from wand_tools.pixels import Pixels

_WAY_OUT = "export the image as OpenRaster (.ora) in GIMP and use that"


def open_psd(path: Path) -> Layers:
    """Open a Photoshop file; ImageMagick holds all its layers while it is read."""
    with open(path, "rb") as file:
        height, width = struct.unpack(">II", file.read(22)[14:])
    magick.check_size(width, height, str(path))
    return Layers((width, height), _layers(path, "psd", skip=1), path)


def open_xcf(path: Path) -> Layers:
    """Open GIMP's own file where the installed ImageMagick can."""
    with open(path, "rb") as file:
        head = file.read(26)
    if magick.version() < (7,):
        version = ".".join(map(str, magick.version()))
        raise AnimationError(f"{path}: ImageMagick {version} cannot read the XCF files of today's GIMP; {_WAY_OUT}")
    width, height = struct.unpack(">II", head[14:22])
    magick.check_size(width, height, str(path))
    try:
        return Layers((width, height), _layers(path, "xcf", skip=0), path)
    except AnimationError as error:
        raise AnimationError(f"{error}; {_WAY_OUT}") from None


def _layers(path: Path, coder: str, skip: int) -> list[Layer]:
    wand = magick.wand()
    try:
        stack = wand.image.Image(blob=path.read_bytes(), format=coder)
    except (wand.exceptions.WandException, ValueError) as error:
        raise AnimationError(f"{path}: ImageMagick cannot read it ({error})") from None
    layers = []
    for number in range(skip, len(stack.sequence)):
        stack.iterator_set(number)
        if stack.compose == "no":  # how ImageMagick marks a hidden layer
            continue
        _, _, left, top = stack.page
        layers.append(Layer(_label(stack), _reader(stack, number), left, top))
    return layers


def _label(image: Any) -> str:
    try:
        return image.metadata.get("label", "")
    except UnicodeDecodeError as error:  # ImageMagick 7 leaves a PSD's 8-bit names as they are
        return error.object.decode("latin-1")


def _reader(stack: Any, number: int) -> Callable[[], Pixels]:
    def read() -> Pixels:
        stack.iterator_set(number)
        with stack.image_get() as layer:
            return magick.pixels(layer)

    return read
