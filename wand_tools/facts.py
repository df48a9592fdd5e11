"""What a picture file says about itself besides its pixels: its size, which way up it is, and its colour profile."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.rasters import check_decoded, in_srgb, open_raster
from wand_tools.pixels import Pixels, Size, opaque_as_rgb

_ORIENTATION = 0x0112  # of EXIF and TIFF
_WORDS = (b"eXIf", b"Raw profile type", b"rientation")  # without one of them no PNG says which way up it is


@dataclass(frozen=True)
class Stated:
    """What a file says.

    Attributes
    ----------
    size : tuple of int or None
        Width and height as they are stored.
    orientation : int
        1 to 8, as in EXIF.
    profiled : bool
        Whether its colours are those of a profile that Pillow can apply.
    """

    size: Size | None = None
    orientation: int = 1
    profiled: bool = False


def stated(data: bytes | Path, page: int = 0) -> Stated:
    """Look at the head of a picture file; what cannot be read there is found when it is decoded."""
    size = None
    try:
        with open_raster(data if isinstance(data, Path) else BytesIO(data), decode=False) as image:
            if page:
                image.seek(page)
            size = image.size
            profiled = bool(image.info.get("icc_profile")) and image.mode[0] not in "IF"
            turned = image.format != "PNG" or isinstance(data, bytes) and any(word in data for word in _WORDS)
            if turned:
                check_decoded("the picture", *size)  # Pillow decodes a whole PNG to look for a tag behind its pixels
            orientation = image.getexif().get(_ORIENTATION, 1) if turned else 1
            return Stated(size, orientation if orientation in _TURNS else 1, profiled)
    except (DreamError, MemoryError):
        return Stated(size)


def read_profiled(data: bytes | Path, name: str, page: int = 0) -> Pixels:
    """Decode a picture and turn its colours into sRGB by its own profile."""
    with open_raster(data if isinstance(data, Path) else BytesIO(data), name) as image:
        if page:
            image.seek(page)
        image.load()
        picture = np.asarray(in_srgb(image))
        if not image.has_transparency_data:
            return picture
        return opaque_as_rgb(np.dstack([picture, np.asarray(image.convert("RGBA").getchannel("A"))]))


_TURNS = {
    1: lambda picture: picture,
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: picture[::-1].swapaxes(0, 1),
    7: lambda picture: picture[::-1, ::-1].swapaxes(0, 1),
    8: lambda picture: picture[:, ::-1].swapaxes(0, 1),
}


def upright(picture: Pixels, orientation: int) -> Pixels:
    """Turn and mirror a picture as its orientation, as in EXIF, says.

    Examples
    --------
    >>> row = np.array([[[1], [2], [3]]], np.uint8)
    >>> upright(row, 3)[..., 0].tolist(), upright(row, 6)[..., 0].tolist()
    ([[3, 2, 1]], [[1], [2], [3]])
    """
    return np.ascontiguousarray(_TURNS[orientation](picture))
