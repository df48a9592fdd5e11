"""Pictures: read into float32 RGB, written as 8 bits with what made them, and the start picture that is drawn here."""

import json
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write

KEY = "dreamcore"  # of the text in a PNG that says how it was made
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


@dataclass(frozen=True)
class Picture:
    """A picture in memory.

    Attributes
    ----------
    rgb : (H, W, 3) ndarray
        float32, 0..255, sRGB.
    alpha : (H, W) ndarray or None
        float32, 0..255; None for an opaque picture.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None

    @property
    def size(self):
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def read_picture(path):
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
                return _picture(_in_srgb(ImageOps.exif_transpose(image)))
    except UnidentifiedImageError as error:
        raise DreamError(f"{path} is not a picture that can be read") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _in_srgb(image):
    """Convert by the picture's own colour profile, where it has one that can be used."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image  # a damaged profile: the numbers are still a picture


def _picture(image):
    if image.mode.startswith("I"):  # 16 bits of grey, in one of Pillow's several spellings
        grey = np.clip(np.asarray(image, np.float32) / 257, 0, 255)
        return Picture(np.repeat(grey[..., None], 3, 2))
    if image.mode == "F":
        return Picture(np.repeat(np.clip(np.asarray(image, np.float32), 0, 255)[..., None], 3, 2))
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"), np.float32)
        return Picture(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))
    return Picture(np.asarray(image.convert("RGB"), np.float32))


def read_mask(path, size):
    """Read a mask: white where the dream may happen, scaled to a (width, height) and to 0..1."""
    from PIL import Image

    grey = read_picture(path).rgb.mean(2)
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR)) / 255


def to_bytes(rgb, alpha=None):
    """Round float32 colours (and alpha) in 0..255 to 8 bits: (H, W, 3) or (H, W, 4) uint8."""
    whole = np.rint(rgb if alpha is None else np.dstack([rgb, alpha]))
    return np.clip(whole, 0, 255, out=whole).astype(np.uint8)


def write_picture(path, pixels, notes=None):
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


def check_writable(path):
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


def read_notes(path):
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


def sky(width, height, seed=0):
    """Draw the start picture: fractal clouds in an evening sky.

    Parameters
    ----------
    width, height : int
        Pixels.
    seed : int
        Of the clouds.

    Returns
    -------
    (H, W, 3) ndarray
        float32, 0..255.

    Notes
    -----
    Clouds are fractional Brownian noise: octaves of smooth random fields, each half as large and a little weaker than
    half as strong (Mandelbrot and Van Ness, 1968), drawn out sideways as clouds are, and warped by another such field.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    rng = np.random.default_rng(seed)
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]

    def clouds(cells, octaves):
        field = np.zeros((height, width), np.float32)
        for octave in range(octaves):
            rows, columns = cells << octave, max(1, (cells << octave) * width // (2 * height))
            grid = rng.random((rows + 4, columns + 4), np.float32)
            places = np.meshgrid((1 - up[:, 0]) ** 1.3 * rows + 1, across[0] * columns + 1, indexing="ij")
            field += 0.52**octave * (map_coordinates(grid, places, order=3, mode="nearest") - 0.5)
        return field

    detail = int(np.log2(max(height, 32))) - 2
    warp = clouds(2, 3) * height * 0.16
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    body = map_coordinates(clouds(3, detail), [rows + warp, columns + 1.5 * warp], order=1, mode="mirror")
    cover = np.clip(body * 2.4 + 0.45, 0, 1)
    cover = (cover * cover * (3 - 2 * cover))[..., None]
    # Light from the upper left: a cloud is bright where it thins out towards the sun, dark below.
    slope = np.gradient(gaussian_filter(body, height / 160) + 0.25 * body)
    relief = np.clip(0.5 + height / 22 * (0.8 * slope[0] + 0.4 * slope[1]), 0, 1)[..., None]
    zenith, horizon = np.float32([52, 96, 168]), np.float32([233, 196, 158])
    lit, shaded = np.float32([255, 246, 230]), np.float32([122, 124, 150])
    blue = horizon + (zenith - horizon) * up[..., None] ** 0.55
    white = shaded + (lit - shaded) * (0.25 + 0.75 * relief)
    white = white * (0.72 + 0.28 * up[..., None]) + horizon * (0.28 * (1 - up[..., None]))
    return np.clip(blue + (white - blue) * cover, 0, 255).astype(np.float32)
