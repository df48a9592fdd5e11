"""Pixels as they travel, and as they are dreamed."""

from __future__ import annotations

from typing import Any

import numpy as np

from dreamcore.pictures import to_bytes

_TYPES = {"RGBA u8": (4, "u1"), "RGBA float": (4, "<f4"), "Y u8": (1, "u1")}  # 0..255, 0..1, 0..255


def unpack(data: Any, width: int, height: int, format: str) -> np.ndarray:
    """Return the pixels in `data`, (height, width, channels), without a copy.

    Examples
    --------
    >>> unpack(bytes(range(8)), 1, 2, "RGBA u8").tolist()
    [[[0, 1, 2, 3]], [[4, 5, 6, 7]]]
    """
    channels, kind = _TYPES[format]
    return np.frombuffer(data, kind, width * height * channels).reshape(height, width, channels)


def blank(width: int, height: int) -> np.ndarray:
    """Return a picture of which only the size matters, (height, width, 3) float32, that takes no memory."""
    return np.broadcast_to(np.float32(0), (height, width, 3))


def to_rgb(pixels: np.ndarray) -> np.ndarray:
    """Return the colours of pixels as they travel: (H, W, 3) float32 in 0..255."""
    scale = np.float32(255 if pixels.dtype.kind == "f" else 1)
    return pixels[..., :3].astype(np.float32) * scale


def to_weight(mask: np.ndarray) -> np.ndarray:
    """Return a mask as it travels as the weight of a dream: (H, W) float32 in 0..1."""
    return mask[..., 0].astype(np.float32) / 255


def to_travel(frame: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Return a frame as it travels: in the format of the picture that it was dreamed from, and with its alpha.

    Parameters
    ----------
    frame : (H, W, 3) ndarray
        float32, 0..255.
    source : (H, W, 4) ndarray
        The picture as it travelled.

    Examples
    --------
    >>> to_travel(np.full((1, 1, 3), 100.6, "f4"), np.array([[[0, 0, 0, 7]]], "u1")).tolist()
    [[[101, 101, 101, 7]]]
    """
    pixels = np.empty_like(source)
    pixels[..., :3] = frame / 255 if source.dtype.kind == "f" else to_bytes(frame)
    pixels[..., 3:] = source[..., 3:]
    return pixels
