"""A picture becomes at most 256 colours and a number for each pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wand_tools.look import Look
from wand_tools.pixels import Mask, Pixels, without_alpha
from wand_tools.writers.cube import find_colours
from wand_tools.writers.dithers import DITHER
from wand_tools.writers.palettes import tally

_DEFAULT = Look()


@dataclass
class Reduced:
    """A frame with few colours, and what it was made from."""

    picture: Pixels  # (H, W, 3), the source
    palette: Pixels | None  # (N, 3); None where the colours are not reduced
    indices: Pixels  # (H, W); the picture where the colours are not reduced
    solid: Mask | None  # (H, W), None where nothing is transparent
    exact: bool = False  # whether the colours are those of the source

    def colours(self, step: int = 1) -> Pixels:
        """Return the colours that are seen in each `step`-th row, (H, W, 3)."""
        indices = self.indices[::step]
        return indices if self.palette is None else np.take(self.palette, indices, axis=0)


def reduce(picture: Pixels, look: Look = _DEFAULT, palette: Pixels | None = None) -> Reduced:
    """Reduce a picture to a palette of its own, or to another one.

    Parameters
    ----------
    picture : uint8 array, (H, W, 3 or 4)
    look : Look
    palette : uint8 array, (N, 3), optional
        The colours to use; by default the best ones for the picture.

    Returns
    -------
    reduced : Reduced

    Examples
    --------
    >>> picture = np.zeros((2, 2, 3), np.uint8); picture[0] = 200
    >>> reduced = reduce(picture, Look(colours=3))
    >>> reduced.palette[reduced.indices][:, 0].tolist()
    [[200, 200, 200], [0, 0, 0]]
    """
    picture, solid = without_alpha(picture, look.matte)
    if palette is None:
        palette = tally(picture, solid).palette(look)
    indices, own = find_colours(picture, palette)
    if own == indices.size or solid is not None and (_own(indices, picture, palette) | ~solid).all():
        return Reduced(picture, palette, indices, solid, exact=True)
    if look.dithered != "none":  # colours that are in the palette stay, so that a plain ground stays plain
        dithered = DITHER[look.dithered](picture, palette, indices)
        indices = np.where(_own(indices, picture, palette), indices, dithered)
    return Reduced(picture, palette, indices, solid)


def _own(indices: Pixels, picture: Pixels, palette: Pixels) -> Mask:
    """Mark the pixels that have their own colour."""
    own = palette[:, 0][indices] == picture[..., 0]
    for channel in (1, 2):
        own &= palette[:, channel][indices] == picture[..., channel]
    return own
