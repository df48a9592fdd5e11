"""The octaves of a picture: their sizes, and how the detail that the ascent adds to one is carried to the next."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from dreamcore.large.store import Store
from dreamcore.text import counted

if TYPE_CHECKING:
    from dreamcore.network import Network


class FewerOctaves(UserWarning):
    """The picture is too small for all octaves asked for."""


def octave_sizes(
    size: tuple[int, int], octaves: int, scale: float, network: Network, ends: tuple[str, ...]
) -> list[tuple[int, int]]:
    """Return height and width of each octave, from the smallest that the network can take to the full picture.

    Raises
    ------
    DreamError
        When even the full picture does not fit.

    Warns
    -----
    FewerOctaves
        When the smaller octaves would be too small for the network.

    Examples
    --------
    >>> import dreamcore
    >>> octave_sizes((120, 160), 3, 1.4, dreamcore.load_network("dreamlet"), ("dream_4c",))
    [(61, 81), (86, 114), (120, 160)]
    """
    if network.glance(*size, ends) is None:
        network.shapes_at(*size, ends)  # says why
    sizes = [size]
    while len(sizes) < octaves:
        height, width = (round(length / scale) for length in sizes[0])
        if min(height, width) < 1 or network.glance(height, width, ends) is None:
            enough = f"{size[1]}x{size[0]} pixels are enough for {counted(len(sizes), 'octave')} of {octaves}"
            warnings.warn(enough, FewerOctaves, stacklevel=3)
            break
        sizes.insert(0, (height, width))
    return sizes


def pyramid(picture: Tensor, sizes: list[tuple[int, int]], store: Store) -> list[Tensor]:
    """Return a picture in all sizes, each made of the next larger one; the last is the picture itself."""
    bases = [picture]
    for size in sizes[-2::-1]:
        bases.insert(0, resize(bases[0], size, store))
    return bases


def resize(picture: Tensor, size: tuple[int, int], store: Store) -> Tensor:
    """Return a picture, (C, H, W) or (N, C, H, W), in another size: linearly, with aligned corners."""
    if tuple(picture.shape[-2:]) == tuple(size):
        return picture
    result = store.empty((*picture.shape[:-2], *size))
    for source, target in store.planes(picture, result):
        stack = source.reshape(-1, *source.shape[-3:])  # (N, C, H, W)
        target[:] = functional.interpolate(stack, size, mode="bilinear", align_corners=True).reshape(target.shape)
    return result


def add(detail: Tensor, base: Tensor, store: Store) -> Tensor:
    """Add a picture to a detail, in the place of the detail."""
    for rows in store.strips(detail, base):
        detail[..., rows, :].add_(base[..., rows, :])
    return detail


def detail_of(picture: Tensor, base: Tensor, store: Store) -> Tensor:
    """Return what the ascent has added to a base."""
    detail = store.empty(base.shape)
    for rows in store.strips(picture, base, detail):
        torch.sub(picture[..., rows, :], base[..., rows, :], out=detail[..., rows, :])
    return detail


def blend(base: Tensor, detail: Tensor, strength: float, weight: Tensor | None, store: Store) -> Tensor:
    """Lay a detail over a picture, where a mask lets it, in the place of the detail."""
    for rows in store.strips(detail):
        part = detail[..., rows, :]
        if weight is not None:
            part *= weight[:, rows] > 0  # what smaller octaves smeared beyond the mask
        torch.add(base[..., rows, :], part, alpha=strength, out=part)
    return detail
