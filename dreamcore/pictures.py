"""Pictures: read into float32 RGB, and written as 8 bits with what made them."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write
from dreamcore.text import value_text

if TYPE_CHECKING:
    from PIL.Image import Image

KEY = "dreamcore"  # of the text in a PNG that says how it was made
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


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
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    name: str = ""

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
    """Return what may stand for a picture as one.

    Parameters
    ----------
    picture : Picture, str, Path, or (H, W, 3) or (H, W, 4) array_like
        RGB or RGBA in 0..255, or a file.

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
        return read_picture(picture)
    pixels = np.asarray(picture)
    if pixels.ndim != 3 or pixels.shape[-1] not in (3, 4) or not pixels.size or pixels.dtype.kind not in "uif":
        shown = f"shape {pixels.shape} and type {pixels.dtype}"
        raise DreamError(f"the picture has {shown}; allowed are numbers (height, width, 3) and (height, width, 4)")
    pixels = pixels.astype(np.float32, copy=False)
    return Picture(pixels[..., :3], pixels[..., 3] if pixels.shape[-1] == 4 else None)


def read_picture(path: str | os.PathLike) -> Picture:
    """Read a picture of any kind that Pillow knows: grey, 16 bits, palette, CMYK, with alpha or a colour profile.

    It comes turned as its EXIF orientation says, and in sRGB.

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
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # 90 megapixels are a picture, not a bomb
            with Image.open(path) as image:
                image.load()
                return replace(_picture(_in_srgb(ImageOps.exif_transpose(image))), name=os.fspath(path))
    except UnidentifiedImageError as error:
        raise DreamError(f"{path} is not a picture that can be read") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _in_srgb(image: Image) -> Image:
    """Convert by the picture's own colour profile, where it has one that can be used."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image  # a damaged profile: the numbers are still a picture


def _picture(image: Image) -> Picture:
    if image.mode.startswith("I"):  # 16 bits of grey, in one of Pillow's several spellings
        grey = np.clip(np.asarray(image, np.float32) / 257, 0, 255)
        return Picture(np.repeat(grey[..., None], 3, 2))
    if image.mode == "F":
        return Picture(np.repeat(np.clip(np.asarray(image, np.float32), 0, 255)[..., None], 3, 2))
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"), np.float32)
        return Picture(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))
    return Picture(np.asarray(image.convert("RGB"), np.float32))


def read_mask(mask: Any, size: tuple[int, int]) -> np.ndarray:
    """Read a mask: white where the dream may happen.

    Parameters
    ----------
    mask : str, Path, Picture, or (H, W) array_like
        A picture is scaled to `size`; an array is taken as it is, 0..1.
    size : (int, int)
        Width and height.

    Returns
    -------
    (H, W) ndarray
        float32, 0..1.
    """
    from PIL import Image

    if not isinstance(mask, (str, os.PathLike, Picture)):
        return np.clip(np.asarray(mask, np.float32), 0, 1)
    grey = as_picture(mask).rgb.mean(2)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR)) / 255


def to_bytes(rgb: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """Round float32 colours (and alpha) in 0..255 to 8 bits: (H, W, 3) or (H, W, 4) uint8."""
    whole = np.rint(rgb if alpha is None else np.dstack([rgb, alpha]))
    return np.clip(whole, 0, 255, out=whole).astype(np.uint8)


def write_picture(path: str | os.PathLike, pixels: np.ndarray, notes: dict | None = None) -> None:
    """Write a PNG or a JPEG, whole or not at all, with the parameters that made it inside.

    Parameters
    ----------
    path : str or Path
        Ends in ``.png``, ``.jpg`` or ``.jpeg``.
    pixels : (H, W, 3) or (H, W, 4) ndarray
        uint8; a JPEG has no alpha and is written on black.
    notes : dict, optional
        What made it: a text chunk of a PNG, the comment of a JPEG, as JSON.

    Raises
    ------
    DreamError
        For another ending, or when the file cannot be written.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    kind = check_writable(path)
    text = json.dumps(notes, ensure_ascii=False) if notes else ""
    image = Image.fromarray(pixels)
    with atomic_write(path) as file:
        if kind == "PNG":
            chunk = PngInfo()
            if text:
                chunk.add_itxt(KEY, text)
            image.save(file, kind, pnginfo=chunk, compress_level=4)
        else:
            opaque = Image.new("RGB", image.size)
            opaque.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
            opaque.save(file, kind, quality=92, subsampling=0, comment=text.encode())


def check_writable(path: str | os.PathLike) -> str:
    """Return Pillow's name of the format that a file's ending means, before long work is done for the file.

    Raises
    ------
    DreamError
        For another ending, or a folder that is not there.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise DreamError(f"{path} ends in {path.suffix!r}; allowed are {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise DreamError(f"cannot write {path}: there is no folder {path.parent}")
    return FORMATS[path.suffix.lower()]


def read_notes(path: str | os.PathLike) -> dict[str, Any]:
    """Return what made a picture, as `write_picture` noted it.

    Raises
    ------
    DreamError
        When the file is not a picture, or carries no notes of this program.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.load()
            text = image.info.get(KEY) or image.info.get("comment", b"")
    except UnidentifiedImageError as error:
        raise DreamError(f"{path} is not a picture that can be read") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    try:
        notes = json.loads(text)
    except ValueError:
        notes = None
    if not isinstance(notes, dict):
        raise DreamError(f"{path} carries no parameters of this program")
    return notes
