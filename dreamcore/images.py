"""Images of Pillow and of Wand in memory: what they are, and their pixels upright and in sRGB.

Wand is not imported here: its images exist only where somebody else has imported it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.rasters import in_srgb

if TYPE_CHECKING:
    from PIL.Image import Image

_ORIENTATION = 0x0112  # of EXIF
_LYING = (5, 6, 7, 8)
_SAMPLE_FORMAT = 339  # of TIFF
_DARK = 1.5  # the median of a float picture in 0..1 is below, and of one in 0..255 above
_FAR = 1e6  # what a float picture may hold, so that nothing is beyond all numbers


def is_pillow(value: object) -> bool:
    """Return whether a value is an image of Pillow."""
    return _is_made_by(value, "PIL.Image", "Image")


def is_wand(value: object) -> bool:
    """Return whether a value is an image of Wand."""
    return _is_made_by(value, "wand.image", "BaseImage")


def is_image(value: object) -> bool:
    """Return whether a value is an image of either."""
    return is_pillow(value) or is_wand(value)


def _is_made_by(value: object, name: str, kind: str) -> bool:
    module = sys.modules.get(name)
    return module is not None and isinstance(value, getattr(module, kind, ()))


def upright(image: Image) -> Image:
    """Turn and mirror an image of Pillow as its EXIF says."""
    from PIL import ImageOps

    return image if image.getexif().get(_ORIENTATION, 1) == 1 else ImageOps.exif_transpose(image)


def upright_size(image: Image) -> tuple[int, int]:
    """Return the width and the height that an image of Pillow has when it is upright."""
    return image.size[::-1] if image.getexif().get(_ORIENTATION, 1) in _LYING else image.size


def is_deep(image: Image) -> bool:
    """Return whether an image of Pillow holds grey of more than 8 bits."""
    return image.mode[0] in "IF"


def deep_grey(image: Image) -> np.ndarray:
    """Return grey of more than 8 bits in 0..255: (H, W) float32.

    What white is has no place in such files. Of 32 bits, programs that write whole numbers use 8, 16 or all of them,
    and programs that write floats 0..1 or 0..255.
    """
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image, np.float32)).clip(-_FAR, _FAR)
        return np.clip(values * np.float32(255 if np.median(values) <= _DARK else 1), 0, 255)
    if image.mode != "I":
        return np.asarray(image, np.float32) / 257
    values = np.asarray(image)
    if 2 not in getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT, ()):  # numbers without sign, which Pillow gives one
        values = values.view(np.uint32)
    white = next((each for each in (255, 65535) if values.max() <= each), np.iinfo(values.dtype).max)
    return np.clip(values / white * 255, 0, 255).astype(np.float32)


@contextmanager
def copy_of_wand(image: Any) -> Iterator[Any]:
    """Clone an image of Wand for a while, since reading pixels changes its depth and colour space."""
    image.get_exception()  # a stack that began empty still holds one, which would be raised now; this clears it
    with image.clone() as copy:
        yield copy


def wand_pixels(image: Any, bits: int = 8) -> np.ndarray:
    """Return the pixels of an image of Wand with one frame, upright and in sRGB.

    Parameters
    ----------
    image : wand.image.BaseImage
        It does not change.
    bits : int
        8 or 16 a channel; one with a colour profile of its own comes in 8.

    Returns
    -------
    (H, W, 3) or (H, W, 4) ndarray
        Of numbers without sign that have so many bits.
    """
    with copy_of_wand(image) as copy:
        copy.auto_orient()
        profile = dict(copy.profiles.items()).get("icc")
        if not profile or copy.colorspace != "srgb":
            return exported(copy, bits)
        from PIL import Image

        pixels = exported(copy, 8)
        colours = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
        colours.info["icc_profile"] = profile
        return np.dstack([np.asarray(in_srgb(colours)), pixels[..., 3:]])


def exported(image: Any, bits: int) -> np.ndarray:
    """Return the pixels of an image of Wand, whose depth and colour space change."""
    if image.colorspace not in ("srgb", "undefined"):
        image.transform_colorspace("srgb")
    image.depth = bits
    channels = 4 if image.alpha_channel else 3
    data = np.frombuffer(image.make_blob("rgba"[:channels]), f"u{bits // 8}")  # in the machine's order of bytes
    return data.reshape(image.height, image.width, channels)
