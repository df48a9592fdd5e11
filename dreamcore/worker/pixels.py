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


class Light:
    """Brings the light of a picture into 0..255, where dreams happen, and back.

    Above 0.8, light x of a picture whose brightest is m > 1 becomes 0.8 + u / (1 + a u), u = x - 0.8, with
    a = 1 / 0.2 - 1 / (m - 0.8): as steep as below it where it begins, and 1 at m. So nothing is cut off, neither on the
    way there nor back.

    Parameters
    ----------
    pixels : (H, W, 4) ndarray
        As they travel.

    Examples
    --------
    >>> light = Light(np.float32([[[0, 0.5, 4, 1]]]))
    >>> light.back(light.rgb() / 255).round(3).tolist()
    [[[0.0, 0.5, 4.0]]]
    """

    KNEE = np.float32(0.8)

    def __init__(self, pixels: np.ndarray) -> None:
        self._colours, self._bend = pixels[..., :3], np.float32(0)
        if pixels.dtype.kind == "f":
            most = np.max(self._colours, initial=0, where=np.isfinite(self._colours))
            self._bend = 1 / (1 - self.KNEE) - 1 / (max(most, 1) - self.KNEE)

    def rgb(self) -> np.ndarray:
        """Return the colours that are dreamed: (H, W, 3) float32 in 0..255."""
        if self._colours.dtype.kind != "f":
            return self._colours.astype(np.float32)
        return self._bent(self._colours, self._bend) * np.float32(255)

    def back(self, colours: np.ndarray) -> np.ndarray:
        """Return colours in 0..1 as light."""
        return self._bent(np.minimum(colours, 1), -self._bend) if self._bend else colours

    def _bent(self, colours: np.ndarray, bend: np.float32) -> np.ndarray:
        if not bend:
            return colours
        above = np.maximum(colours - self.KNEE, 0)
        return np.minimum(colours, self.KNEE) + above / (1 + bend * above)


def to_dream(pixels: np.ndarray) -> np.ndarray:
    """Return pixels as they are dreamed: float32 in 0..255, (H, W, 3), or (H, W, 4) where some are transparent."""
    colours, alpha = Light(pixels).rgb(), pixels[..., 3:].astype(np.float32)
    if pixels.dtype.kind == "f":
        alpha *= 255
    return colours if (alpha == 255).all() else np.dstack([colours, alpha])


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
    pixels[..., :3] = Light(source).back(frame / 255) if source.dtype.kind == "f" else to_bytes(frame)
    pixels[..., 3:] = source[..., 3:]
    return pixels


def to_rgba(frame: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Return a frame as it travels in `RGBA u8`.

    Parameters
    ----------
    frame : (H, W, 3) ndarray
        float32, 0..255.
    alpha : (H, W) ndarray or None
        0..255; opaque where there is none.

    Examples
    --------
    >>> to_rgba(np.full((1, 1, 3), 100.6, "f4"), None).tolist()
    [[[101, 101, 101, 255]]]
    """
    return to_bytes(np.dstack([frame, np.full(frame.shape[:2], 255) if alpha is None else alpha]))
