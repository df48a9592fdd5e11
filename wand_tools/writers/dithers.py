"""Dithers: which colour of a palette each pixel gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from wand_tools import magick
from wand_tools.kernels import nearest
from wand_tools.pixels import Pixels, bands
from wand_tools.writers.cube import cells, nearest_colours

Dither: TypeAlias = Callable[[Pixels, Pixels, Pixels], Pixels]  # (H, W, 3), (N, 3), nearest colours (H, W) -> (H, W)
_BAYER = np.array([[0, 2], [3, 1]])
for _ in range(2):
    _BAYER = np.block([[4 * _BAYER, 4 * _BAYER + 2], [4 * _BAYER + 3, 4 * _BAYER + 1]])


def _none(picture: Pixels, palette: Pixels, plain: Pixels) -> Pixels:
    return plain


def _diffusing(strength: float) -> Dither:
    """Return the dither that passes this part of each error on to the pixels around."""

    def diffused(picture: Pixels, palette: Pixels, plain: Pixels) -> Pixels:
        height, width = picture.shape[:2]
        found, errors = np.empty_like(plain), np.empty(6 * (width + 2), np.float32)
        pixels = np.ascontiguousarray(picture)
        nearest.diffuse(pixels, height, width, len(palette), *cells(palette), strength, plain, errors, found)
        return found

    return diffused


def _riemersma(picture: Pixels, palette: Pixels, plain: Pixels) -> Pixels:
    image_class = magick.wand().image.Image
    with image_class.from_array(np.ascontiguousarray(picture)) as image:
        with image_class.from_array(np.ascontiguousarray(palette[None])) as swatch:
            image.remap(swatch, method="riemersma")
        colours = magick.pixels(image)
    return nearest_colours(colours, palette)


def _ordered(picture: Pixels, palette: Pixels, plain: Pixels) -> Pixels:
    """Add a fixed 8x8 pattern as strong as the palette is coarse."""
    if len(palette) < 2:
        return plain
    apart = ((palette[:, None] - palette.astype(float)) ** 2).sum(axis=2) + np.diag(np.full(len(palette), np.inf))
    gap = np.median(apart.min(axis=1)) ** 0.5 / 3**0.5
    height, width = picture.shape[:2]
    pattern = np.tile((_BAYER + 0.5) / 64 - 0.5, (height // 8 + 1, width // 8 + 1))[:height, :width, None]
    shifted = np.empty_like(picture)
    for band in bands(picture.shape):
        shifted[band] = np.clip(np.rint(picture[band] + gap * pattern[band]), 0, 255)
    return nearest_colours(shifted, palette)


def _smooth(picture: Pixels, palette: Pixels, plain: Pixels) -> Pixels:
    """Dither only where bands would show: where the mean of an area is off and no texture hides it."""
    from scipy.ndimage import gaussian_filter, maximum_filter  # most frames are not dithered

    error = palette[plain].astype(np.float32) - picture
    off = np.max([np.abs(gaussian_filter(error[..., c], 3)) for c in range(3)], axis=0)
    grey = picture.mean(axis=2, dtype=np.float32)
    texture = gaussian_filter((grey - gaussian_filter(grey, 2)) ** 2, 3)
    banded = maximum_filter((off > 2) & (texture < 9), 7)
    return np.where(banded, _floyd_steinberg(picture, palette, plain), plain) if banded.any() else plain


_floyd_steinberg = _diffusing(1)
DITHER: dict[str, Dither] = {
    "none": _none,
    "faint": _diffusing(0.15),
    "smooth": _smooth,
    "floyd-steinberg": _floyd_steinberg,
    "riemersma": _riemersma,
    "ordered": _ordered,
    "still": _floyd_steinberg,  # the writer keeps what did not change
}
