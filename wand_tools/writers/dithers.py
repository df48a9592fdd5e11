"""Dithers: which colour of a palette each pixel gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from wand_tools import magick
from wand_tools.look import Look
from wand_tools.pixels import Pixels, bands
from wand_tools.writers.cube import CELLS, nearest_colours, places_of

Dither: TypeAlias = Callable[[Pixels, Pixels, Look], Pixels]  # (H, W, 3), (N, 3) -> (H, W)
_BAYER = np.array([[0, 2], [3, 1]])
for _ in range(2):
    _BAYER = np.block([[4 * _BAYER, 4 * _BAYER + 2], [4 * _BAYER + 3, 4 * _BAYER + 1]])


def plain(picture: Pixels, palette: Pixels, look: Look) -> Pixels:
    """Take the nearest colour: 'normal' decides for each of 64**3 cells of the colour cube, 'best' for each pixel.

    A colour that is in the palette stays as it is in both.
    """
    indices = np.empty(picture.shape[:2], np.uint8)
    if look.quality == "best":
        for band in bands(picture.shape):
            part = picture[band]
            indices[band] = nearest_colours(part.reshape(-1, 3), palette).reshape(part.shape[:2])
        return indices
    parts = list(bands(picture.shape))
    places = places_of(picture[parts[0]])
    is_used = np.zeros(CELLS, np.bool_)
    for number, band in enumerate(parts):
        is_used[(places_of(picture[band]) if number else places) >> 6] = True
    used = np.flatnonzero(is_used)
    middles = np.stack([used >> 12, used >> 6 & 63, used & 63], axis=1) * 4 + 1.5
    begins, table = _places_in(used, nearest_colours(middles, palette).astype(np.uint8), palette)
    for number, band in enumerate(parts):
        places = places_of(picture[band]) if number else places
        indices[band] = table[begins[places >> 6] + (places & 63)].reshape(indices[band].shape)
    return indices


def _places_in(cells: np.ndarray, numbers: np.ndarray, palette: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """Return where each cell's 64 colours begin in a table, and that table: the cell's number, or a colour's own."""
    begins = np.zeros(CELLS, np.int32)
    begins[cells] = np.arange(len(cells), dtype=np.int32) * 64
    is_used = np.zeros(CELLS, np.bool_)
    is_used[cells] = True
    table = np.repeat(numbers, 64)
    places = places_of(palette[None])
    own = is_used[places >> 6]
    table[(begins[places >> 6] + (places & 63))[own]] = np.flatnonzero(own)
    return begins, table


def keep_own(indices: Pixels, picture: Pixels, palette: Pixels) -> Pixels:
    """Give back their own number to the pixels whose colour is in the palette, so that a plain ground stays plain."""
    cells = np.unique(places_of(palette[None]) >> 6)
    begins, table = _places_in(cells, np.full(len(cells), -1, np.int16), palette)
    others = np.ones(CELLS, np.bool_)
    others[cells] = False
    begins[others] = len(table)
    table = np.append(table, np.full(64, -1, np.int16))
    kept = indices.copy()
    for band in bands(picture.shape):
        places = places_of(picture[band])
        own = table[begins[places >> 6] + (places & 63)].reshape(kept[band].shape)
        kept[band] = np.where(own < 0, indices[band], own)
    return kept


def _floyd_steinberg(picture: Pixels, palette: Pixels, look: Look) -> Pixels:
    from PIL import Image  # most frames are not dithered

    table = np.vstack([palette, np.repeat(palette[:1], 256 - len(palette), axis=0)])
    swatch = Image.new("P", (1, 1))
    swatch.putpalette(table.tobytes())
    dithered = Image.fromarray(np.ascontiguousarray(picture)).quantize(
        palette=swatch, dither=Image.Dither.FLOYDSTEINBERG
    )
    indices = np.asarray(dithered)
    return np.where(indices < len(palette), indices, 0).astype(np.uint8)


def _riemersma(picture: Pixels, palette: Pixels, look: Look) -> Pixels:
    image_class = magick.wand().image.Image
    with image_class.from_array(np.ascontiguousarray(picture)) as image:
        with image_class.from_array(np.ascontiguousarray(palette[None])) as swatch:
            image.remap(swatch, method="riemersma")
        colours = magick.pixels(image)
    return plain(colours, palette, Look(quality="best"))


def _ordered(picture: Pixels, palette: Pixels, look: Look) -> Pixels:
    """Add a fixed 8x8 pattern as strong as the palette is coarse."""
    if len(palette) < 2:
        return plain(picture, palette, look)
    apart = ((palette[:, None] - palette.astype(float)) ** 2).sum(axis=2) + np.diag(np.full(len(palette), np.inf))
    gap = np.median(apart.min(axis=1)) ** 0.5 / 3**0.5
    height, width = picture.shape[:2]
    pattern = np.tile((_BAYER + 0.5) / 64 - 0.5, (height // 8 + 1, width // 8 + 1))[:height, :width, None]
    shifted = np.empty_like(picture)
    for band in bands(picture.shape):
        shifted[band] = np.clip(np.rint(picture[band] + gap * pattern[band]), 0, 255)
    return plain(shifted, palette, look)


def _smooth(picture: Pixels, palette: Pixels, look: Look) -> Pixels:
    """Dither only where bands would show: where the mean of an area is off and no texture hides it."""
    from scipy.ndimage import gaussian_filter, maximum_filter  # most frames are not dithered

    nearest = plain(picture, palette, look)
    error = palette[nearest].astype(np.float32) - picture
    off = np.max([np.abs(gaussian_filter(error[..., c], 3)) for c in range(3)], axis=0)
    grey = picture.mean(axis=2, dtype=np.float32)
    texture = gaussian_filter((grey - gaussian_filter(grey, 2)) ** 2, 3)
    banded = maximum_filter((off > 2) & (texture < 9), 7)
    return np.where(banded, _floyd_steinberg(picture, palette, look), nearest) if banded.any() else nearest


DITHER: dict[str, Dither] = {
    "none": plain,
    "smooth": _smooth,
    "floyd-steinberg": _floyd_steinberg,
    "riemersma": _riemersma,
    "ordered": _ordered,
    "still": _floyd_steinberg,  # the writer keeps what did not change
}
