"""One iteration of gradient ascent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from dreamcore.ascent.balance import covered, seen_in
from dreamcore.ascent.maps import View
from dreamcore.large.store import MemoryStore, Store
from dreamcore.large.tiles import Objectives, Tiles, tiled_gradient

if TYPE_CHECKING:
    from dreamcore.network import Network

Gradient = Callable[..., tuple[Tensor, Tensor]]  # `shifted_gradient`, or another way to compute the same
Refinement = tuple[Callable[[Tensor, Store, float], None], float]
_MEMORY = MemoryStore()


def shifted_gradient(
    network: Network,
    data: Tensor,
    ends: tuple[str, ...],
    objective: Objectives,
    offset: tuple[int, int],
) -> tuple[Tensor, Tensor]:
    """Take the gradient of a picture that is shifted for it (it wraps around), and shift the gradient back.

    Parameters
    ----------
    network : Network
    data : (C, H, W) or (N, C, H, W) Tensor
        The picture in the network's layout, or several.
    ends : tuple of str
    objective : callable, or tuple of callables
        Takes the tensors of the ends, gives a scalar; or one for each picture.
    offset : pair of int
        Pixels right and down.

    Returns
    -------
    value : Tensor
        The objective, of each picture.
    gradient : Tensor
        Of the shape of `data`; the caller's own.
    """
    right, down = offset
    value, gradient = network.gradient(torch.roll(data, (down, right), (-2, -1)), ends, objective)
    return value, torch.roll(gradient, (-down, -right), (-2, -1))


def gradient_in(tiles: Tiles, store: Store) -> Gradient:
    """Return the way to take a gradient: `shifted_gradient`, or `tiled_gradient` where there are several tiles."""
    return partial(tiled_gradient, tiles=tiles, store=store) if tiles.number > 1 else shifted_gradient


def take_step(
    network: Network,
    data: Tensor,
    ends: tuple[str, ...],
    objective: Objectives,
    *,
    step_size: float,
    offset: Sequence[int],
    low: Tensor | None = None,
    high: Tensor | None = None,
    mask: Tensor | None = None,
    gradient_of: Gradient = shifted_gradient,
    refinements: Iterable[Refinement] = (),
    store: Store = _MEMORY,
) -> tuple[Tensor, Tensor]:
    """Move a picture up its objective's gradient once.

    The gradient g is taken at the picture shifted by `offset`, ``step_size / mean|g| * g`` added, and the result
    clipped: `make_step` of the 2015 notebook. Where the gradient is zero everywhere the picture stays as it is.

    Parameters
    ----------
    network, data, ends, objective, offset
        As for `shifted_gradient`. `data` is not changed.
    step_size : float
        Mean length of the move, in the network's layout: grey levels times its scale.
    low, high : (C, 1, 1) Tensor, optional
        Bounds of each channel.
    mask : (1, H, W) Tensor, optional
        0..1: by how much each pixel may move. The mean of |g| is taken over what it, and a map, let through.
    gradient_of : callable
        `shifted_gradient`, or another way to compute the same.
    refinements : iterable of (callable, float)
        What is done to the gradient first, in its place, and how much of it: ``refine(gradient, store, amount)``.
    store : Store
        Where the pictures lie.

    Returns
    -------
    data : Tensor
    value : Tensor
        The objective before the move.
    """
    shift, (height, width) = (int(offset[0]), int(offset[1])), data.shape[-2:]
    shown = seen_in(objective, View(*shift, height, width))
    value, gradient = gradient_of(network, data, ends, shown, shift)
    for refine, amount in refinements:
        refine(gradient, store, amount)
    # Row by row, channel by channel: no second array for |g|, and no rounding when millions are added up.
    sums = data.new_empty(data.shape[:-1])  # (C, H) or (N, C, H)
    weights: Tensor | int = 0
    for rows in store.strips(gradient):
        here = covered(objective, rows, height, width)
        if mask is not None:
            gradient[..., rows, :].mul_(mask[:, rows])
            weights = weights + (mask[0, rows] if here is None else here * mask[0, rows]).sum((-2, -1))
        elif here is not None:
            weights = weights + here.sum((-2, -1))
        for channel in range(data.shape[-3]):
            sizes = gradient[..., channel, rows, :].abs()
            sums[..., channel, rows] = (sizes if here is None else sizes * here).sum(-1)
    mean = sums.sum((-2, -1)) / (prod(data.shape[-3:]) if isinstance(weights, int) else weights * data.shape[-3])
    pace = torch.nan_to_num(step_size / mean, 0.0, 0.0, 0.0)[..., None, None, None]
    for rows in store.strips(data, gradient):
        part = gradient[..., rows, :]
        torch.addcmul(data[..., rows, :], part, pace, out=part)  # into the memory of the gradient
        if low is not None and high is not None:
            torch.minimum(torch.maximum(part, low, out=part), high, out=part)
    return gradient, value
