"""A picture becomes at most 256 colours and a number for each pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wand_tools.look import Look
from wand_tools.pixels import Mask, Pixels, without_alpha
from wand_tools.writers.dithers import DITHER
from wand_tools.writers.palettes import own_palette

_DEFAULT = Look()


@dataclass
class Reduced:
    """A frame with few colours, and what it was made from."""

    picture: Pixels  # (H, W, 3), the source
    palette: Pixels | None  # (N, 3); None where the colours are not reduced
    indices: Pixels  # (H, W); the picture where the colours are not reduced
    solid: Mask | None  # (H, W), None where nothing is transparent

    def colours(self) -> Pixels:
        """Return the colours that are seen, (H, W, 3)."""
        return self.picture if self.palette is None else np.take(self.palette, self.indices, axis=0)


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
        palette = own_palette(picture, solid, look)
    return Reduced(picture, palette, DITHER[look.dither](picture, palette, look), solid)
