"""Layer stacks as frames, the bottom layer first: OpenRaster, PSD, multi-page TIFF and XCF.

A layer's name may set its time and how it is drawn, as GIMP writes it: `Frame 3 (120ms) (replace)`. Without
`(replace)` a layer is laid over the frame before it. Hidden layers are left out; groups only hold layers together.
"""

import contextlib
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.sources import Sequential

_TIME = re.compile(r"\(\s*(\d+)\s*ms\s*\)", re.IGNORECASE)
_REPLACE = re.compile(r"\(\s*replace\s*\)", re.IGNORECASE)
_MOST_XML = 4 << 20
_MOST_MEMBER = 512 << 20
_MOST_RATIO = 200  # a deflated PNG hardly shrinks; a bomb does by a thousand


@dataclass(frozen=True)
class Layer:
    """A layer that can be drawn: where, how strongly, and how to get its pixels."""

    name: str
    read: Callable
    left: int = 0
    top: int = 0
    opacity: float = 1.0

    @property
    def duration(self):
        found = _TIME.search(self.name)
        return Fraction(int(found[1]), 1000) if found else None

    @property
    def replaces(self):
        return bool(_REPLACE.search(self.name))


class Layers(Sequential):
    """Layers drawn one after the other on a canvas."""

    def __init__(self, size, layers, name):
        super().__init__()
        if not layers:
            raise AnimationError(f"{name}: there is no visible layer")
        magick.check_size(*size, str(name))
        self.size, self.layers = tuple(size), layers
        self.durations = [layer.duration for layer in layers]

    def frames(self):
        width, height = self.size
        canvas = np.zeros((height, width, 4), np.uint8)
        for layer in self.layers:
            if layer.replaces:
                canvas = np.zeros_like(canvas)
            canvas = over(canvas, layer.read(), layer.left, layer.top, layer.opacity)
            yield canvas[..., :3] if canvas[..., 3].min() == 255 else canvas


def over(canvas, picture, left=0, top=0, opacity=1.0):
    """Lay a picture over an RGBA canvas at an offset; give a new canvas.

    Examples
    --------
    >>> import numpy as np
    >>> red = np.full((1, 1, 3), (255, 0, 0), np.uint8)
    >>> over(np.zeros((1, 2, 4), np.uint8), red, left=1, opacity=0.2).tolist()
    [[[0, 0, 0, 0], [255, 0, 0, 51]]]
    """
    height, width = canvas.shape[:2]
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + picture.shape[0], height), min(left + picture.shape[1], width)
    result = canvas.copy()
    if y1 <= y0 or x1 <= x0:
        return result
    part = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    if part.shape[2] == 3 and opacity == 1:
        result[y0:y1, x0:x1, :3], result[y0:y1, x0:x1, 3] = part, 255
        return result
    below = canvas[y0:y1, x0:x1].astype(np.float64)
    strength = (part[..., 3:] / 255 if part.shape[2] == 4 else 1) * np.float64(opacity)
    rest = below[..., 3:] / 255 * (1 - strength)
    alpha = strength + rest
    colour = (part[..., :3] * strength + below[..., :3] * rest) / np.where(alpha == 0, 1, alpha)
    result[y0:y1, x0:x1, :3] = np.rint(colour)
    result[y0:y1, x0:x1, 3:] = np.rint(np.broadcast_to(alpha, below[..., 3:].shape) * 255)
    return result


def open_layers(path, kind):
    """Open a layer stack of the given kind: ora, psd, tiff or xcf."""
    return {"ora": open_ora, "psd": open_psd, "tiff": open_tiff, "xcf": open_xcf}[kind](path)


# -- OpenRaster -------------------------------------------------------------------------------------------------------


def open_ora(path):
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
        size = int(image.get("w")), int(image.get("h"))
        layers = [_ora_layer(archive, element, opacity, path) for element, opacity in _visible(image, 1.0)]
    except (ElementTree.ParseError, TypeError, ValueError) as error:
        raise AnimationError(f"{path}: stack.xml cannot be read ({error})") from None
    return Layers(size, layers[::-1], path)


def _visible(parent, opacity):
    """Walk the shown layers of a stack and the groups in it, from top to bottom, with their opacity."""
    for element in parent:
        if element.get("visibility", "visible") == "hidden":
            continue
        own = opacity * float(element.get("opacity", 1))
        if element.tag == "stack":
            yield from _visible(element, own)
        elif element.tag == "layer":
            yield element, own


def _ora_layer(archive, element, opacity, path):
    member = element.get("src", "")
    parts = member.replace("\\", "/").split("/")
    if member.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise AnimationError(f"{path}: the layer name {member!r} points outside the file")

    def read():
        return magick.read_picture(_member(archive, member, _MOST_MEMBER, path), f"{path}: {member}")

    return Layer(element.get("name", ""), read, int(element.get("x", 0)), int(element.get("y", 0)), opacity)


def _member(archive, name, most, path):
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


# -- PSD and XCF ------------------------------------------------------------------------------------------------------


def open_psd(path):
    """Open a Photoshop file; ImageMagick holds all its layers while it is read."""
    with open(path, "rb") as file:
        height, width = struct.unpack(">II", file.read(22)[14:])
    magick.check_size(width, height, str(path))
    return Layers((width, height), _magick_layers(path, "psd", skip=1), path)


def open_xcf(path):
    """Open GIMP's own file where the installed ImageMagick can."""
    with open(path, "rb") as file:
        head = file.read(26)
    if magick.version() < (7,):
        raise AnimationError(
            f"{path}: ImageMagick {'.'.join(map(str, magick.version()))} cannot read the XCF files "
            "of today's GIMP; export the image as OpenRaster (.ora) in GIMP and use that"
        )
    width, height = struct.unpack(">II", head[14:22])
    magick.check_size(width, height, str(path))
    try:
        return Layers((width, height), _magick_layers(path, "xcf", skip=0), path)
    except AnimationError as error:
        raise AnimationError(f"{error}; export the image as OpenRaster (.ora) in GIMP and use that") from None


def _magick_layers(path, kind, skip):
    wand = magick.wand()
    try:
        stack = wand.image.Image(blob=path.read_bytes(), format=kind)
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


def _label(image):
    try:
        return image.metadata.get("label", "")
    except UnicodeDecodeError as error:  # ImageMagick 7 leaves a PSD's 8-bit names as they are
        return error.object.decode("latin-1")


def _reader(stack, number):
    def read():
        stack.iterator_set(number)
        with stack.image_get() as layer:
            return magick.pixels(layer)

    return read


# -- TIFF -------------------------------------------------------------------------------------------------------------


def open_tiff(path):
    """Open a TIFF page by page, each at its position; small copies of pages are left out."""
    layers, width, height = [], 0, 0
    for number, tags in enumerate(_tiff_pages(path)):
        if tags.get(254, 0) & 1:
            continue
        left, top = (round(tags.get(286 + axis, 0) * tags.get(282 + axis, 0)) for axis in range(2))
        layers.append(Layer(tags.get(285, ""), _page_reader(path, number), left, top))
        width, height = max(width, left + tags.get(256, 0)), max(height, top + tags.get(257, 0))
    return Layers((width, height), layers, path)


def _page_reader(path, number):
    def read():
        with safe_name(path) as name:
            return magick.read_page("tiff", name, number, f"{path} page {number}")

    return read


def _tiff_pages(path):
    """Read the tags of each page: 254 subfile type, 256 and 257 size, 282 and 283 resolution, 285 name, 286 and 287
    position."""
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


def _tag(file, order, entry):
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
def safe_name(path):
    """Give a file a name in which ImageMagick finds nothing to interpret."""
    with tempfile.TemporaryDirectory(prefix="wandgif-") as folder:
        link = Path(folder) / "source"
        try:
            link.symlink_to(Path(path).resolve())
        except OSError:  # Windows without the right to make links
            link = Path(path)
        yield str(link)
