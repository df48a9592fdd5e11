"""What a picture file says about itself besides its pixels: its size, which way up it is, and its colour profile."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.images import deep_grey, is_deep
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
    by_pillow : bool
        Whether Pillow is to decode it: its colours are those of a profile, or its grey has 32 bits.
    """

    size: Size | None = None
    orientation: int = 1
    by_pillow: bool = False


def stated(data: bytes) -> Stated:
    """Look at the head of a picture file; what cannot be read there is found when it is decoded."""
    size = None
    try:
        with open_raster(BytesIO(data), decode=False) as image:
            size = image.size
            by_pillow = image.mode in ("I", "F") or bool(image.info.get("icc_profile")) and not is_deep(image)
            turned = image.format != "PNG" or any(word in data for word in _WORDS)
            if turned:
                check_decoded("the picture", *size)  # Pillow decodes a whole PNG to look for a tag behind its pixels
            orientation = image.getexif().get(_ORIENTATION, 1) if turned else 1
            return Stated(size, orientation if orientation in _TURNS else 1, by_pillow)
    except (DreamError, MemoryError):
        return Stated(size)


def read_by_pillow(data: bytes, name: str) -> Pixels:
    """Decode a picture and turn its colours into sRGB by its own profile, or its deep grey into that of 8 bits."""
    with open_raster(BytesIO(data), name) as image:
        image.load()
        if is_deep(image):
            return np.rint(deep_grey(image)).astype(np.uint8)[..., None].repeat(3, 2)
        return colours_of(image)


def colours_of(image: Any) -> Pixels:
    """Return the pixels of the current frame of a Pillow image in sRGB, with alpha only where something is clear."""
    colours = np.asarray(in_srgb(image))
    if not image.has_transparency_data:
        return colours
    return opaque_as_rgb(np.dstack([colours, np.asarray(image.convert("RGBA").getchannel("A"))]))


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
