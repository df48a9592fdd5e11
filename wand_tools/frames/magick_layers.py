"""Layer stacks that ImageMagick takes apart: PSD and XCF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dreamcore.rasters import check_decoded, most_decoded
from wand_tools import magick
from wand_tools.chunks import Taker
from wand_tools.errors import AnimationError
from wand_tools.frames.base import HELD
from wand_tools.frames.files import file_bytes
from wand_tools.frames.layers import Layer, Layers
from wand_tools.pixels import Pixels, Size

_WAY_OUT = "export the image as OpenRaster (.ora) in GIMP and use that"
_DENSEST = 64  # pixels that a byte of an honest file holds: what it packs best are runs of 128 in two bytes


def open_psd(path: Path) -> Layers:
    """Open a Photoshop file; ImageMagick holds all its layers while it is read."""
    size, layers = _psd_sizes(path)
    magick.check_size(*size, str(path), held=HELD)
    area = sum(width * height for width, height in layers)
    if 4 * area > most_decoded() and area > _DENSEST * path.stat().st_size:
        check_decoded(f"{path} with all its layers", area, 1)
    return Layers(size, _layers(path, "psd", skip=1), path)


def _psd_sizes(path: Path) -> tuple[Size, list[Size]]:
    """Read the size of the picture and those of its layers."""
    with open(path, "rb") as file:
        take = Taker(file, f"{path}: the PSD")
        height, width = take.numbers(">14xII4x")
        for _ in ("colours", "resources"):
            take.skip(take.numbers(">I")[0])
        count = abs(take.numbers(">4xh")[0]) if take.numbers(">I")[0] else 0
        sizes = []
        for _ in range(count):
            top, left, bottom, right, channels = take.numbers(">iiiiH")
            take.skip(6 * channels + 12)
            take.skip(take.numbers(">I")[0])
            sizes.append((max(right - left, 0), max(bottom - top, 0)))
    return (width, height), sizes


def open_xcf(path: Path) -> Layers:
    """Open GIMP's own file where the installed ImageMagick can."""
    with open(path, "rb") as file:
        width, height = Taker(file, f"{path}: the XCF").numbers(">14xII")
    if magick.version() < (7,):
        version = ".".join(map(str, magick.version()))
        raise AnimationError(f"{path}: ImageMagick {version} cannot read the XCF files of today's GIMP; {_WAY_OUT}")
    magick.check_size(width, height, str(path), held=HELD)
    try:
        return Layers((width, height), _layers(path, "xcf", skip=0), path)
    except AnimationError as error:
        raise AnimationError(f"{error}; {_WAY_OUT}") from None


def _layers(path: Path, coder: str, skip: int) -> list[Layer]:
    with magick.reading(str(path)):
        stack = magick.wand().image.Image(blob=file_bytes(path, 8 * most_decoded()), format=coder)
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
