"""Small operations on pictures: uint8 arrays (height, width, 3 or 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from wand_tools.errors import AnimationError

Pixels: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]
Size: TypeAlias = tuple[int, int]
_BAND = 1 << 20  # pixels


def with_alpha(picture: Pixels) -> Pixels:
    """Return the picture as RGBA.

    Examples
    --------
    >>> with_alpha(np.zeros((1, 1, 3), np.uint8)).tolist()
    [[[0, 0, 0, 255]]]
    """
    if picture.shape[2] == 4:
        return picture
    return np.concatenate([picture, np.full_like(picture[..., :1], 255)], axis=2)


def opaque_as_rgb(picture: Pixels) -> Pixels:
    """Return the picture without its alpha where nothing is transparent.

    Examples
    --------
    >>> opaque_as_rgb(np.full((2, 3, 4), 255, np.uint8)).shape
    (2, 3, 3)
    """
    return picture[..., :3] if picture.shape[2] == 4 and picture[..., 3].min() == 255 else picture


def without_alpha(picture: Pixels, matte: tuple[int, ...] | None) -> tuple[Pixels, Mask | None]:
    """Return the colours of a picture, laid over a matte, and the mask of its solid pixels.

    Without a matte alpha is cut at half. The mask is None where all pixels are solid.

    Examples
    --------
    >>> colours, solid = without_alpha(np.array([[[9, 9, 9, 127], [9, 9, 9, 128]]], np.uint8), None)
    >>> solid.tolist()
    [[False, True]]
    """
    if picture.shape[2] == 3:
        return picture, None
    colour, alpha = picture[..., :3], picture[..., 3:]
    if matte is None:
        return np.where(alpha < 128, 0, colour), alpha[..., 0] >= 128
    mixed = np.empty(colour.shape, np.uint8)
    for band in bands(colour.shape):
        strength = alpha[band] / 255
        mixed[band] = np.rint(colour[band] * strength + np.array(matte) * (1 - strength))
    return mixed, None


def bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield slices of rows that hold about a megapixel, so that floats of a large picture are never in memory at once.

    Examples
    --------
    >>> list(bands((3, 600_000, 3)))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    height, width = shape[:2]
    rows = max(_BAND // max(width, 1), 1)
    return (slice(begin, min(begin + rows, height)) for begin in range(0, height, rows))


def over(canvas: Pixels, picture: Pixels, left: int = 0, top: int = 0, opacity: float = 1.0) -> Pixels:
    """Lay a picture over an RGBA canvas at an offset; return a new canvas.

    Examples
    --------
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
    for band in bands(part.shape):
        _mix(result[y0:y1, x0:x1][band], part[band], opacity)
    return result


def _mix(canvas: Pixels, part: Pixels, opacity: float) -> None:
    """Lay a picture over a canvas of its size, in place."""
    below = canvas.astype(np.float64)
    strength = (part[..., 3:] / 255 if part.shape[2] == 4 else 1) * np.float64(opacity)
    rest = below[..., 3:] / 255 * (1 - strength)
    alpha = strength + rest
    colour = (part[..., :3] * strength + below[..., :3] * rest) / np.where(alpha == 0, 1, alpha)
    canvas[..., :3] = np.rint(colour)
    canvas[..., 3:] = np.rint(np.broadcast_to(alpha, below[..., 3:].shape) * 255)


def fitted(picture: Pixels, size: Size, fit: bool, name: str) -> Pixels:
    """Return the picture in (width, height), or refuse another size unless `fit`."""
    own = picture.shape[1::-1]
    if own == tuple(size):
        return picture
    if not fit:
        raise AnimationError(
            f"{name}: {own[0]}x{own[1]}, but the frames before are {size[0]}x{size[1]}; set fit to scale such frames"
        )
    return resized(picture, size)


def resized(picture: Pixels, size: Size) -> Pixels:
    """Scale a picture to (width, height).

    Examples
    --------
    >>> resized(np.zeros((4, 6, 3), np.uint8), (3, 2)).shape
    (2, 3, 3)
    """
    from PIL import Image  # most frames are not scaled

    width, height = size
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize((width, height), Image.Resampling.LANCZOS))
