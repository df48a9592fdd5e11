"""Picture files before they are decoded: which formats are read, and how many bytes they may become."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dreamcore.errors import DreamError
from dreamcore.text import read_size, size_text

if TYPE_CHECKING:
    from PIL.Image import Image

# Pillow knows more, and tries all of them whatever a file is called; some of those start other programs, as PostScript
# starts Ghostscript, and some are read by code that nobody has looked at for years. An icon is decoded while it is
# opened, before anybody knows how large it is.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "DIB", "PPM", "PSD", "QOI", "JPEG2000", "AVIF")
# Of videos, for PyAV: no playlist may lead to another file or to the network.
VIDEO_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"}
MAX_DECODED = "DREAMCORE_MAX_DECODED"  # an environment variable, so that child processes know it, too
_USUAL = 2**28  # bytes: 67 megapixels, more than most cameras take
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of Pillow, by the colours that a profile is for
_TIFFS = (b"II*\0", b"MM\0*")  # how they begin
_EACH = 4  # bytes of a pixel: red, green, blue, alpha


def most_decoded() -> int:
    """Return how many bytes one picture may take once it is decoded, at 4 bytes a pixel.

    Raises
    ------
    DreamError
        When the environment variable `DREAMCORE_MAX_DECODED` is no size.

    Examples
    --------
    >>> most_decoded()
    268435456
    """
    text = os.environ.get(MAX_DECODED)
    try:
        return read_size(text) if text else _USUAL
    except DreamError as error:
        raise DreamError(f"{MAX_DECODED}={error}") from None


def set_most_decoded(size: str) -> None:
    """Allow pictures of this size in this process and its children.

    Raises
    ------
    DreamError
        When the text is no size such as ``2GB``.
    """
    read_size(size)
    os.environ[MAX_DECODED] = size


def check_decoded(what: object, width: int, height: int, copies: int = 1) -> None:
    """Raise a DreamError where a picture of this size is larger than is allowed, before anything is decoded.

    Parameters
    ----------
    what : object
        The file, for the message.
    width, height : int
    copies : int
        How many such pictures are in memory together.

    Examples
    --------
    >>> check_decoded("a.png", 40_000, 30_000)
    Traceback (most recent call last):
        ...
    dreamcore.errors.DreamError: a.png has 40000x30000 pixels, 4.8 GB once decoded; allowed are 268 MB, more with \
--max-decoded 4800MB or DREAMCORE_MAX_DECODED
    """
    size, most = width * height * _EACH * copies, most_decoded()
    if size > most:
        together = f" for {copies} at a time" if copies > 1 else ""
        raise DreamError(
            f"{what} has {width}x{height} pixels, {size_text(size)} once decoded{together}; allowed are "
            f"{size_text(most)}, more with --max-decoded {_enough(size)} or {MAX_DECODED}"
        )


def _enough(size: int) -> str:
    """Return a size as the option takes it, rounded up."""
    unit, name = (10**6, "MB") if size >= 10**6 else (10**3, "kB")
    return f"{-(-size // unit)}{name}"


@contextmanager
def open_raster(file: str | os.PathLike | IO[bytes], name: object = None, *, decode: bool = True) -> Iterator[Image]:
    """Open a picture file with Pillow; its pixels are not decoded yet, and are no more than is allowed.

    Whatever Pillow raises within the block, where the pixels are decoded, becomes one clear error.

    Parameters
    ----------
    file : path-like or binary file object
    name : object, optional
        What the error calls it; by default the path.
    decode : bool
        Whether its pixels are wanted, and so are counted.

    Yields
    ------
    PIL.Image.Image

    Raises
    ------
    DreamError
        When the file is not there, not a picture, damaged, or too large.
    """
    from PIL import Image, UnidentifiedImageError

    name = (file if name is None else name) or '""'
    if os.environ.get(MAX_DECODED):
        Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit, which ours stands for
    if isinstance(file, (str, os.PathLike)):
        _check_path(Path(file))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # above 89 megapixels, if they are allowed
            with _opened(file, name) as image:
                if decode:
                    check_decoded(name, *image.size)
                yield image
    except UnidentifiedImageError as error:
        raise DreamError(f"{name} is not a picture that can be read{_why_not(file)}") from error
    except (DreamError, KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:  # a damaged file reaches all corners of Pillow, and each raises what it likes
        raise DreamError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error


def _opened(file: str | os.PathLike | IO[bytes], name: object) -> Image:
    """Open a picture with Pillow's few usual formats; load the others, which takes a tenth of a second, if need be."""
    from PIL import Image, UnidentifiedImageError

    def tried(load: Callable[[], object]) -> Any:
        load()
        return Image.open(file, formats=[each for each in FORMATS if each in Image.OPEN])

    try:
        try:
            return tried(Image.preinit)
        except UnidentifiedImageError:
            return tried(Image.init)
    except MemoryError as error:  # nothing is decoded yet, and the heads of honest files are small
        raise DreamError(f"cannot read {name}: its head announces more than any picture has") from error


def _why_not(file: str | os.PathLike | IO[bytes]) -> str:
    """Return why a file is no picture, where that can be told."""
    if isinstance(file, (str, os.PathLike)):
        with suppress(OSError), open(file, "rb") as opened:
            head = opened.read(4)
            if not head:
                return ": the file is empty"
            if head in _TIFFS:
                return ": a TIFF that is damaged, or of floats in colour; save it with 8 or 16 bits a channel"
    return ""


def _check_path(path: Path) -> None:
    """Raise a DreamError for what would make Pillow wait for ever: a pipe, a device."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DreamError(f"{path} is not a file")


def in_srgb(image: Image) -> Image:
    """Convert a Pillow image to RGB, by the picture's own colour profile where it has one that can be used."""
    from PIL import ImageCms

    if profile := image.info.get("icc_profile"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            mode = _MODES.get(source.profile.xcolor_space.strip(), "")
            if mode == "RGB" or image.mode.startswith(mode or "no mode"):
                colours = _opaque(image).convert(mode)
                target = ImageCms.createProfile("sRGB")
                return ImageCms.profileToProfile(colours, source, target, outputMode="RGB") or colours
        except (ImageCms.PyCMSError, OSError):
            pass  # a damaged profile: the numbers are still a picture
    return _opaque(image).convert("RGB")


def _opaque(image: Image) -> Image:
    """Return a palette's colours, whose transparency Pillow would warn of; any other image as it is."""
    return image.convert("RGBA") if image.mode in ("P", "PA") else image
