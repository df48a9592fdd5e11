"""Maps: a mask of flat colours says which share each objective has of a place.

A pixel between two of the colours, at a soft edge, is shared by both. A cell of a blob takes the mask where the middle
of what it sees lies, averaged over the pixels that are its own: so blobs of any stride share the picture alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from dreamcore.ascent.mask_colours import shares

if TYPE_CHECKING:
    from dreamcore.network.fields import Field, Fields
    from dreamcore.pictures import Picture

_LARGEST = 1024  # pixels of a side of a mask that is kept: more would not be seen
_SEEN = 0.02  # of a pixel: a colour that has less of every one is none of the mask's


class View(NamedTuple):
    """How a network is shown a picture: shifted by so many pixels, wrapping around; and its size."""

    right: int
    down: int
    height: int
    width: int


class Map:
    """A mask, as what each of some colours has of its pixels.

    Parameters
    ----------
    picture : Picture
        The mask. Where it is transparent it counts as black.
    colours : sequence of str
        Those that have an objective, of `mask_colours.COLOURS`; black has none where it is not among them.
    device : torch.device

    Examples
    --------
    >>> import numpy as np
    >>> from dreamcore.pictures import as_picture
    >>> mask = as_picture(np.array([[[255, 255, 255], [128, 128, 128], [0, 0, 0]]]))
    >>> Map(mask, ("white", "black"), "cpu").planes[0].round(decimals=1)
    tensor([[1.0000, 0.5000, 0.0000]])
    """

    def __init__(self, picture: Picture, colours: Sequence[str], device: torch.device | str) -> None:
        rgb = picture.rgb if picture.alpha is None else picture.rgb * (picture.alpha[..., None] / 255)
        sides = ((min(side, _LARGEST), side) for side in rgb.shape[:2])
        down, across = (_averages(_middles(kept), 1 / kept, side) for kept, side in sides)
        small = torch.einsum("ij,jkc,lk->ilc", down, torch.from_numpy(rgb), across)
        planes = shares(small.numpy(), (*colours, *(() if "black" in colours else ("black",))))
        self.planes = torch.from_numpy(planes[: len(colours)]).to(device)  # (K, h, w)
        self.missing = [name for name, plane in zip(colours, planes, strict=False) if plane.max() < _SEEN]

    def at_cells(
        self, place: int, shape: Sequence[int], window: Sequence[int] | None, seen: Fields | None, view: View | None
    ) -> Tensor:
        """Return what a colour has of the cells of a blob.

        Parameters
        ----------
        place : int
            Of the colour.
        shape : sequence of int
            Height and width of the blob, or nothing where it has none.
        window : Window, optional
            Where in the whole blob these cells lie.
        seen : (Field, Field) or None
            What a cell sees of the picture; None where it sees all.
        view : View, optional
            By default that of a picture that ends with the blob, not shifted.

        Returns
        -------
        (h, w) Tensor
            Or a number, where a cell sees all.
        """
        plane = self.planes[place]
        if seen is None or len(shape) < 2:
            return plane.mean()
        top, left, tall, wide = window or (0, 0, *shape)
        vertical, horizontal = seen
        view = view or View(0, 0, tall * vertical.stride, wide * horizontal.stride)
        down = self._sampled(vertical, range(top, top + shape[0]), view.height, view.down, plane.shape[0])
        across = self._sampled(horizontal, range(left, left + shape[1]), view.width, view.right, plane.shape[1])
        return down @ plane @ across.T

    def _sampled(self, field: Field, cells: range, length: int, shift: int, count: int) -> Tensor:
        half = min(field.stride, length) / 2
        middles = torch.arange(cells.start, cells.stop, device=self.planes.device) * field.stride
        middles = (middles + (field.first + field.last + 1) / 2).clamp(half, length - half)
        return _averages((middles - shift) / length, 2 * half / length, count)

    def at_pixels(self, place: int | None, rows: slice, height: int, width: int) -> Tensor:
        """Return what a colour, or all of them together, have of some rows of a picture: (rows, W)."""
        plane = self.planes.sum(0) if place is None else self.planes[place]
        down = _averages(_middles(height, plane.device)[rows], 1 / height, plane.shape[0])
        return down @ plane @ _averages(_middles(width, plane.device), 1 / width, plane.shape[1]).T


def _middles(count: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the middles of so many equal parts of a whole of length 1."""
    return (torch.arange(count, device=device) + 0.5) / count


def _averages(middles: Tensor, width: float, count: int) -> Tensor:
    """Return the matrix that averages `count` pixels around places of an axis of length 1, which wraps around.

    Parameters
    ----------
    middles : (n,) Tensor
    width : float
        Over which is averaged; over a pixel at least.
    count : int

    Returns
    -------
    (n, count) Tensor
        Each row adds up to 1.
    """
    half, middles = max(width * count, 1) / 2, (middles * count)[:, None] % count
    pixels = torch.arange(count, device=middles.device)
    turns = [pixels - count, pixels, pixels + count]
    covered = [torch.minimum(each + 1, middles + half) - torch.maximum(each, middles - half) for each in turns]
    return torch.stack([each.clamp(min=0) for each in covered]).sum(0) / (2 * half)
