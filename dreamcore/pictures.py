"""Pictures: read into float32 RGB, and written as 8 bits with what made them."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.files import atomic_write, check_target
from dreamcore.hidden import seen_colours
from dreamcore.images import deep_grey, is_deep, is_image, is_pillow, upright, wand_pixels
from dreamcore.notes import KEY
from dreamcore.rasters import check_decoded, in_srgb, open_raster
from dreamcore.text import json_text, value_text

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_ARTIST, _COPYRIGHT = 0x013B, 0x8298  # of EXIF


@dataclass(frozen=True)
class Origin:
    """Where a picture comes from, which is kept in what is dreamed of it.

    Attributes
    ----------
    author, rights : str
    dpi : (float, float) or None
        Pixels an inch, across and down.
    """

    author: str = ""
    rights: str = ""
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture in memory; equal to another with the same pixels.

    Attributes
    ----------
    rgb : (H, W, 3) ndarray
        float32, 0..255, sRGB.
    alpha : (H, W) ndarray or None
        float32, 0..255; None for an opaque picture.
    name : str
        What an objective's text calls it: its file; empty for one that has none.
    origin : Origin
        What its file says about where it comes from.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    name: str = ""
    origin: Origin = Origin()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def pixels(self) -> np.ndarray:
        """Colours and, where there is one, alpha: (H, W, 3) or (H, W, 4) float32."""
        return self.rgb if self.alpha is None else np.dstack([self.rgb, self.alpha])

    @cached_property
    def digest(self) -> str:
        """The sha256 of the pixels, as hexadecimal digits."""
        return digest(self.rgb, *(() if self.alpha is None else (self.alpha,)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __str__(self) -> str:
        return value_text(self.name or f"array-{self.digest[:8]}")

    def __repr__(self) -> str:
        return f"<Picture {self}: {self.size[0]}x{self.size[1]}{'' if self.alpha is None else ' with alpha'}>"


def digest(*arrays: np.ndarray) -> str:
    """Return the sha256 of arrays' float32 numbers, as hexadecimal digits."""
    total = sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array, np.float32).tobytes())
    return total.hexdigest()


def as_picture(picture: Any) -> Picture:
    """Return what may stand for a picture as one that can be dreamed: what it hides does not show in what is seen.

    Parameters
    ----------
    picture : Picture, str, Path, (H, W, 3) or (H, W, 4) array_like, or an image of Pillow or Wand
        RGB or RGBA in 0..255, a file, or the current frame of an image, upright and in sRGB.

    Raises
    ------
    DreamError
        For an array of another shape, or a file that is no picture.

    Examples
    --------
    >>> as_picture(np.zeros((2, 3, 4))).size
    (3, 2)
    """
    if isinstance(picture, Picture):
        return picture
    if isinstance(picture, (str, os.PathLike)):
        read = read_picture(picture)
    else:
        read = _picture_of(picture) if is_image(picture) else _picture_of_numbers(picture)
    return replace(read, rgb=seen_colours(read.rgb, read.alpha))


def _picture_of_numbers(numbers: Any) -> Picture:
    pixels = np.asarray(numbers)
    if pixels.ndim != 3 or pixels.shape[-1] not in (3, 4) or not pixels.size or pixels.dtype.kind not in "uif":
        shown = f"shape {pixels.shape} and type {pixels.dtype}"
        raise DreamError(f"the picture has {shown}; allowed are numbers (height, width, 3) and (height, width, 4)")
    pixels = pixels.astype(np.float32, copy=False)
    return Picture(pixels[..., :3], pixels[..., 3] if pixels.shape[-1] == 4 else None)


def _picture_of(image: Any) -> Picture:
    check_decoded("the image", *image.size)
    if is_pillow(image):
        return _picture(upright(image))
    if len(image.sequence) > 1:
        warnings.warn(f"the image holds {len(image.sequence)} frames; the first one is used", stacklevel=3)
        with image.sequence[0].clone() as first:
            return _picture_of(first)
    pixels = wand_pixels(image, 16)
    return _picture_of_numbers(pixels * np.float32(255 / np.iinfo(pixels.dtype).max))


def read_picture(path: str | os.PathLike) -> Picture:
    """Read a picture of any kind that Pillow knows: grey, 16 bits, palette, CMYK, with alpha or a colour profile.

    It comes turned as its EXIF orientation says, in sRGB, and with the colours under full transparency.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Picture

    Raises
    ------
    DreamError
        When the file is not there, not a picture, or damaged.
    """
    with open_raster(path) as image:
        count = getattr(image, "n_frames", 1)
        if count > 1 and image.format != "PSD":  # there, its layers
            warnings.warn(f"{path} holds {count} frames; the first one is used", stacklevel=2)
        image.load()
        if image.mode == "F":
            _check_numbers(path, np.asarray(image))
        return replace(_picture(upright(image)), name=os.fspath(path), origin=_origin(image))


def _check_numbers(path: str | os.PathLike, values: np.ndarray) -> None:
    """Refuse a picture that holds no number, and say so where it holds some that are none."""
    count = np.count_nonzero(np.isnan(values))
    if count == values.size:
        raise DreamError(f"{path} is no picture: none of its pixels is a number")
    if count:
        warnings.warn(f"{count} pixels of {path} are no numbers, and are taken for black", stacklevel=3)


def _picture(image: Image) -> Picture:
    if is_deep(image):
        return Picture(np.repeat(deep_grey(image)[..., None], 3, 2))
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"), np.float32)
        return Picture(np.asarray(in_srgb(image), np.float32), alpha)
    return Picture(np.asarray(in_srgb(image), np.float32))


def _origin(image: Image) -> Origin:
    """Read what the file says about its author, its rights and its resolution, in the places where programs put it."""
    from PIL import IptcImagePlugin

    tags: Any = image.getexif()
    info = image.info
    lines: dict = IptcImagePlugin.getiptcinfo(image) or {}  # type: ignore[arg-type]  # opened from a file, it is one

    def said(tag: int, word: str, line: int) -> str:
        found = tags.get(tag) or info.get(word) or lines.get((2, line)) or ""
        found = found[0] if isinstance(found, list) else found
        return _as_text(found).strip("\0 ") if isinstance(found, (str, bytes)) else ""

    across, down = info.get("dpi") or (0, 0)
    dpi = (float(across), float(down)) if 1 <= across < 1e5 and 1 <= down < 1e5 else None
    return Origin(said(_ARTIST, "Author", 80), said(_COPYRIGHT, "Copyright", 116), dpi)


def _as_text(value: str | bytes) -> str:
    """Decode a text that most programs write in UTF-8, and whose standard knows nothing of it."""
    data = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_mask(mask: Any, size: tuple[int, int]) -> np.ndarray:
    """Read a mask: white where the dream may happen.

    Parameters
    ----------
    mask : str, Path, Picture, (H, W) array_like, or an image of Pillow or Wand
        A picture is scaled to `size`, and black where it is transparent; an array is taken as it is, 0..1.
    size : (int, int)
        Width and height.

    Returns
    -------
    (H, W) ndarray
        float32, 0..1.
    """
    from PIL import Image

    if not isinstance(mask, (str, os.PathLike, Picture)) and not is_image(mask):
        return np.clip(np.nan_to_num(np.asarray(mask, np.float32)), 0, 1)
    picture = as_picture(mask)
    grey = picture.rgb.mean(2)
    if picture.alpha is not None:  # where there is nothing, nothing is white
        grey = grey * (picture.alpha / 255)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR)) / 255


def to_bytes(rgb: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """Round float32 colours (and alpha) in 0..255 to 8 bits: (H, W, 3) or (H, W, 4) uint8."""
    whole = np.rint(rgb if alpha is None else np.dstack([rgb, alpha]))
    return np.clip(whole, 0, 255, out=whole).astype(np.uint8)


def write_picture(
    path: str | os.PathLike, pixels: np.ndarray, notes: dict | None = None, origin: Origin | None = None
) -> None:
    """Write a PNG or a JPEG, whole or not at all, with the parameters that made it inside.

    Parameters
    ----------
    path : str or Path
        Ends in ``.png``, ``.jpg`` or ``.jpeg``.
    pixels : (H, W, 3) or (H, W, 4) ndarray
        uint8; a JPEG has no alpha and is written on black.
    notes : dict, optional
        What made it: a text chunk of a PNG, the comment of a JPEG, as JSON.
    origin : Origin, optional
        Of the picture that it was made of.

    Raises
    ------
    DreamError
        For another ending, or when the file cannot be written.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    kind, origin = _format_of(path), origin or Origin()
    text = json_text(notes) if notes else ""
    image, tags = Image.fromarray(pixels), Image.Exif()
    tags.update({tag: said.encode() for tag, said in ((_ARTIST, origin.author), (_COPYRIGHT, origin.rights)) if said})
    more: dict[str, Any] = {"dpi": origin.dpi} if origin.dpi else {}
    if tags:
        more["exif"] = tags
    with atomic_write(path) as file:
        if kind == "PNG":
            chunks = PngInfo()
            for key, said in ((KEY, text), ("Author", origin.author), ("Copyright", origin.rights)):
                if said:
                    chunks.add_itxt(key, said)
            image.save(file, kind, pnginfo=chunks, compress_level=4, **more)
        else:
            opaque = Image.new("RGB", image.size)
            opaque.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
            opaque.save(file, kind, quality=92, subsampling=0, comment=text.encode(), **more)


def check_writable(path: str | os.PathLike) -> None:
    """Raise a DreamError where no picture can be written into a file, before long work is done for it."""
    _format_of(path)
    check_target(path)


def _format_of(path: str | os.PathLike) -> str:
    """Return Pillow's name of the format that a file's ending means."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise NotAllowed(f"{path} ends in {path.suffix!r}; allowed are {', '.join(FORMATS)}")
    return FORMATS[path.suffix.lower()]
