"""Calmer gradients: all bands of one from fine to coarse brought to one strength, or the finest blurred away.

The bands are what a picture loses when it is halved again and again: the pyramid of Burt and Adelson (1983), with the
filter [1, 3, 3, 1] / 8 for halving and its adjoint for doubling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from dreamcore.large.store import Store

HALVINGS = 4  # as in the deep dream notebook of TensorFlow
_LEAST = 1e-8  # of the strongest band's energy; what is weaker is rounding
_REACH = 3  # standard deviations at which a blur is cut off


def halved(pictures: Tensor) -> list[Tensor]:
    """Return pictures, (N, C, H, W), and what is left of them after each halving.

    Examples
    --------
    >>> [tuple(each.shape) for each in halved(torch.zeros(1, 3, 20, 25))]
    [(1, 3, 20, 25), (1, 3, 10, 13), (1, 3, 5, 7), (1, 3, 3, 4), (1, 3, 2, 2)]
    """
    sizes = [pictures]
    for _ in range(HALVINGS):
        size = [(side + 1) // 2 for side in sizes[-1].shape[-2:]]
        sizes.append(functional.interpolate(sizes[-1], size, mode="bilinear", antialias=True))
    return sizes


def energies(sizes: Sequence[Tensor]) -> Tensor:
    """Return the mean square of each band of pictures that are `halved`, from fine to coarse: (N, C, bands)."""
    bands = (enlarged(coarse, fine).sub_(fine) for fine, coarse in pairwise(sizes))
    # Row by row: the same sums for any number of threads.
    return torch.stack([band.square().mean(-1).mean(-1) for band in (*bands, sizes[-1])], -1)


def weigh(sizes: Sequence[Tensor], weights: Tensor) -> None:
    """Add up the bands of pictures that are `halved`, each times its weight, in the place of the pictures.

    Parameters
    ----------
    sizes : sequence of (N, C, H, W) Tensor
        None stays as it is.
    weights : (N, C, bands) Tensor

    Notes
    -----
    With p0 to pn for the sizes and E for doubling, the bands are pk - E p(k+1). So w0 (p0 - E p1) + E w1 (p1 - E p2)
    + ... is w0 p0 + E ((w1 - w0) p1 + E ((w2 - w1) p2 + ...)).
    """
    changes = torch.diff(weights, prepend=torch.zeros_like(weights[..., :1])).unbind(-1)
    scaled = [size.mul_(change[..., None, None]) for size, change in zip(sizes, changes, strict=True)]
    reduce(lambda coarse, fine: fine.add_(enlarged(coarse, fine)), reversed(scaled))


def equalise(gradient: Tensor, store: Store, amount: float) -> None:
    """Bring the bands of a gradient to one strength, each picture by itself, in its place.

    Parameters
    ----------
    gradient : (C, H, W) or (N, C, H, W) Tensor
    store : Store
        Where it lies.
    amount : float
        0..1: each band is divided by this power of its root mean square over all channels.
    """
    kept, found = [], []
    for part in _parts(gradient, store):
        sizes = halved(part)
        found.append(energies(sizes).flatten(0, 1))
        kept.append(sizes[1:])
    channels = gradient.shape[-3]
    energy = torch.cat(found).unflatten(0, (-1, channels)).mean(1)  # (N, bands)
    share = (energy / energy.amax(-1, keepdim=True)).nan_to_num(1)  # of a gradient that is zero: 0 / 0
    weights = share.clamp_min(_LEAST).pow(-amount / 2).repeat_interleave(channels, 0)  # (N C, bands)
    each = weights.split(len(weights) // len(kept))
    for part, smaller, weight in zip(_parts(gradient, store), kept, each, strict=True):
        weigh([part, *smaller], weight.unflatten(0, part.shape[:2]))


def blurred(gradient: Tensor, store: Store, radius: float) -> None:
    """Blur a gradient, (C, H, W) or (N, C, H, W), in its place, by a Gaussian of this standard deviation in pixels.

    Examples
    --------
    >>> from dreamcore.large.store import MemoryStore
    >>> point = torch.tensor([[[0.0, 1.0, 0.0]]])
    >>> blurred(point, MemoryStore(), 0.5)
    >>> [round(float(each), 2) for each in point.flatten()]
    [0.11, 0.79, 0.11]
    """
    reach = int(_REACH * radius + 0.5)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / radius) ** 2)
    taps = (weights / weights.sum()).tolist()
    for part in _parts(gradient, store):
        for axis, border in ((-2, (0, 0, reach, reach)), (-1, (reach, reach, 0, 0))):
            wide, length = functional.pad(part, border, mode="replicate"), part.shape[axis]
            part.zero_()
            for start, tap in enumerate(taps):
                part.add_(wide.narrow(axis, start, length), alpha=tap)


def _parts(gradient: Tensor, store: Store) -> Iterator[Tensor]:
    """Yield as many planes as are worked on at a time, (N, C, H, W), to be changed where they lie."""
    for (part,) in store.planes(gradient):
        yield part if part.ndim == 4 else part[None]


def enlarged(picture: Tensor, like: Tensor) -> Tensor:
    """Return pictures, (N, C, H, W), linearly enlarged to the height and width of others."""
    for axis in (-1, -2):
        if like.shape[axis] == 2 * picture.shape[axis]:
            picture = _doubled(picture, axis)
    size = like.shape[-2:]
    return picture if picture.shape[-2:] == size else functional.interpolate(picture, size, mode="bilinear")


def _doubled(picture: Tensor, axis: int) -> Tensor:
    """Return what `interpolate` makes of a picture at twice its length along an axis, in a third of the time."""
    count, shape = picture.shape[axis], [*picture.shape]
    shape[axis] *= 2
    result = picture.new_empty(shape)
    first, second = result.unflatten(axis, (count, 2)).unbind(axis)
    before, after = picture.narrow(axis, 0, count - 1), picture.narrow(axis, 1, count - 1)
    torch.lerp(after, before, 0.25, out=first.narrow(axis, 1, count - 1))
    torch.lerp(before, after, 0.25, out=second.narrow(axis, 0, count - 1))
    first.narrow(axis, 0, 1).copy_(picture.narrow(axis, 0, 1))
    second.narrow(axis, count - 1, 1).copy_(picture.narrow(axis, count - 1, 1))
    return result
