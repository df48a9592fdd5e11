"""Layer stacks that ImageMagick takes apart: PSD and XCF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreamcore.rasters import check_decoded, most_decoded
from wand_tools import magick
from wand_tools.chunks import Taker
from wand_tools.errors import AnimationError
from wand_tools.pixels import Pixels, Size
from wand_tools.sources.base import HELD
from wand_tools.sources.files import file_bytes
from wand_tools.sources.layers import Layer, Layers

_WAY_OUT = "export the image as OpenRaster (.ora) in GIMP and use that"
_MOST_EXTRA = 64 << 20  # bytes of a layer's additional data
_DEEP = (b"Lr16", b"Lr32", b"Layr")
_DENSEST = 64  # pixels that a byte of an honest file holds: what it packs best are runs of 128 in two bytes


@dataclass(frozen=True)
class _Record:
    """What a PSD says of a layer; groups are layers between a mark of their end, below, and one of their begin."""

    size: Size
    opacity: float
    is_shown: bool
    section: int  # 0 for a layer, 1 or 2 for the head of a group, 3 for its end

    @property
    def is_decoded(self) -> bool:
        """Whether ImageMagick makes a picture of it."""
        return 0 not in self.size


def open_psd(path: Path) -> Layers:
    """Open a Photoshop file; ImageMagick holds all its layers while it is read."""
    size, records = _psd_records(path)
    magick.check_size(*size, str(path), held=HELD)
    area = sum(record.size[0] * record.size[1] for record in records)
    if 4 * area > most_decoded() and area > _DENSEST * path.stat().st_size:
        check_decoded(f"{path} with all its layers", area, 1)
    if not records:  # a flat picture
        return Layers(size, _layers(path, "psd")[:1], path)
    return Layers(size, _layers(path, "psd", _drawn(records)), path)


def _drawn(records: Sequence[_Record]) -> list[float]:
    """Return how strongly each picture that ImageMagick makes is drawn: the whole one not, nor what a group hides."""
    groups: list[float] = []  # the product of those around
    strengths = []
    for record in reversed(records):  # the head of a group comes first then
        around = groups[-1] if groups else 1.0
        if record.section in (1, 2):
            groups.append(around * record.opacity * record.is_shown)
        elif record.section == 3 and groups:
            groups.pop()
        if record.is_decoded:  # ImageMagick puts a layer's own opacity into its pixels
            strengths.append(around * record.is_shown * (record.section == 0))
    return [0.0, *reversed(strengths)]


def _psd_records(path: Path) -> tuple[Size, list[_Record]]:
    """Read the size of the picture and what is said of its layers, the lowest first."""
    with open(path, "rb") as file:
        take = Taker(file, f"{path}: the PSD")
        height, width = take.numbers(">14xII4x")
        for _ in ("colours", "resources"):
            take.skip(take.numbers(">I")[0])
        count = _count(take)
        return (width, height), [_record(take) for _ in range(count)]


def _count(take: Taker) -> int:
    """Go to the layers and return their number; those of more than 8 bits have a place of their own."""
    (left,) = take.numbers(">I")
    if not left:
        return 0
    if not take.numbers(">I")[0]:
        (masks,) = take.numbers(">I")
        take.skip(masks)
        left -= 8 + masks
        while left >= 12:
            name, length = take.numbers(">4x4sI")
            if name in _DEEP:
                break
            take.skip(length + -length % 4)
            left -= 12 + length + -length % 4
        else:
            return 0
    return abs(take.numbers(">h")[0])


def _record(take: Taker) -> _Record:
    top, left, bottom, right, channels = take.numbers(">iiiiH")
    take.skip(6 * channels + 8)
    opacity, flags, length = take.numbers(">BxBxI")
    extra = take(length) if length <= _MOST_EXTRA else b""
    take.skip(length - len(extra))
    size = max(right - left, 0), max(bottom - top, 0)
    return _Record(size, opacity / 255, not flags & 2, _section(extra))


def _section(extra: bytes) -> int:
    """Find in a layer's additional data whether it begins or ends a group."""
    for name in (b"8BIMlsct", b"8BIMlsdk"):
        begin = extra.find(name)
        if begin >= 0 and len(extra) >= begin + 16:
            return int.from_bytes(extra[begin + 12 : begin + 16], "big")
    return 0


def open_xcf(path: Path) -> Layers:
    """Open GIMP's own file where the installed ImageMagick can."""
    with open(path, "rb") as file:
        width, height = Taker(file, f"{path}: the XCF").numbers(">14xII")
    if magick.version() < (7,):
        version = ".".join(map(str, magick.version()))
        raise AnimationError(f"{path}: ImageMagick {version} cannot read the XCF files of today's GIMP; {_WAY_OUT}")
    magick.check_size(width, height, str(path), held=HELD)
    try:
        return Layers((width, height), _layers(path, "xcf"), path)
    except AnimationError as error:
        raise AnimationError(f"{error}; {_WAY_OUT}") from None


def _layers(path: Path, coder: str, strengths: Sequence[float] | None = None) -> list[Layer]:
    """List what ImageMagick takes a file apart into; `strengths` says how strongly each is drawn, 0 for not at all."""
    with magick.reading(str(path)):
        stack = magick.wand().image.Image(blob=file_bytes(path, 8 * most_decoded()), format=coder)
        count = len(stack.sequence)
        if strengths is None or len(strengths) != count:  # it has left out layers that are damaged, or of no use
            strengths = [float(strengths is None)] + [1.0] * (count - 1)
        layers = []
        for number, strength in enumerate(strengths):
            stack.iterator_set(number)
            if not strength or stack.compose == "no":  # how ImageMagick marks a hidden layer
                continue
            _, _, left, top = stack.page
            layers.append(Layer(_label(stack), _reader(stack, number), left, top, strength))
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
