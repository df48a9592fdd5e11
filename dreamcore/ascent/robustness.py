"""Transformation robustness: each step sees the picture a little turned and scaled, as the jitter shifts it.

What a network sees in one position only is averaged out; what stays are forms that hold together (Olah, Mordvintsev and
Schubert, "Feature Visualization", 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, cos, floor, radians, sin
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dreamcore.ascent.step import Gradient
from dreamcore.large.store import Store

if TYPE_CHECKING:
    from dreamcore.network import Network

_WIDEST = 2048  # pixels of a row that are taken at a time
_LINEAR_ALIGNED = 0, 0, True  # how `grid_sample` does it here: bilinear, zeros outside, aligned corners


class Turn(NamedTuple):
    """How a picture is seen: turned by an angle, in radians, and smaller by a factor, about its middle."""

    angle: float
    factor: float


STRAIGHT = Turn(0.0, 1.0)


def random_turns(number: int, robustness: float, seed: Any) -> list[Turn]:
    """Draw turns by up to so many degrees, and factors that differ from 1 by up to as many hundredths.

    Parameters
    ----------
    number : int
    robustness : float
    seed : int or sequence of int, or None
        They are drawn apart from the shifts of the same seed.

    Examples
    --------
    >>> turn, = random_turns(1, 5, seed=1)
    >>> abs(turn.angle) <= radians(5), 0.95 <= turn.factor <= 1.05
    (True, True)
    """
    if not robustness:
        return [STRAIGHT] * number
    (apart,) = np.random.SeedSequence(seed).spawn(1)
    drawn = robustness * np.random.default_rng(apart).uniform(-1, 1, (number, 2))
    return [Turn(radians(angle), 1 + change / 100) for angle, change in drawn.tolist()]


def gradient_through(turn: Turn, gradient_of: Gradient, store: Store) -> Gradient:
    """Return the way to take the exact gradient at a picture of what a network sees of it turned.

    Parameters
    ----------
    turn : Turn
    gradient_of : callable
        How the gradient at the turned picture is taken: `dreamcore.ascent.step.shifted_gradient`, or in tiles.
    store : Store
        Where the pictures lie.
    """
    if turn == STRAIGHT:
        return gradient_of

    def through(network: Network, data: Tensor, *seen: Any) -> tuple[Tensor, Tensor]:
        value, gradient = gradient_of(network, turned(data, turn, store), *seen)
        return value, turned_back(gradient, turn, store)

    return through


def turned(picture: Tensor, turn: Turn, store: Store) -> Tensor:
    """Return a picture, (C, H, W) or (N, C, H, W), turned; outside of it is its mirror image."""
    result = store.empty(picture.shape)
    for there, here, places in _pieces(picture, turn, store):
        source = picture[here].reshape(1, -1, *picture[here].shape[-2:])
        result[there] = functional.grid_sample(source, places, align_corners=True).reshape(result[there].shape)
        store.let_go()
    return result


def turned_back(gradient: Tensor, turn: Turn, store: Store) -> Tensor:
    """Return the gradient at a picture, given that at the turned one: each pixel gives to those it was made of."""
    gradient = gradient.contiguous()  # which networks do not always give, and is faster here
    result = store.zeros_like(gradient)
    axis = 1 if torch.get_num_threads() > 2 else 0  # a thread for each channel, or all at the price of one's places
    for there, here, places in _pieces(gradient, turn, store):
        given, taken = (each.flatten(0, -3).unsqueeze(axis) for each in (gradient[there], result[here]))
        grid = places.expand(len(given), -1, -1, -1)
        back, _ = torch.ops.aten.grid_sampler_2d_backward(given, taken, grid, *_LINEAR_ALIGNED, (True, False))
        result[here] += back.reshape(result[here].shape)
        store.let_go()
    return result


def _pieces(picture: Tensor, turn: Turn, store: Store) -> Iterator[tuple[Any, Any, Tensor]]:
    """Yield each piece of a turned picture, the piece of the picture that it is made of, and the places in that."""
    height, width = picture.shape[-2:]
    along, across = turn.factor * cos(turn.angle), turn.factor * sin(turn.angle)
    for rows in store.strips(picture):
        y = _from_middle(rows, height, picture)[:, None]
        for left in range(0, width, _WIDEST):
            columns = slice(left, min(left + _WIDEST, width))
            x = _from_middle(columns, width, picture)
            from_rows, first_row = _mirrored(along * y + height / 2, across * x, height)
            from_columns, first_column = _mirrored(-across * y, along * x + width / 2, width)
            places = torch.stack([from_columns, from_rows], -1)[None]
            yield (..., rows, columns), (..., first_row, first_column), places


def _from_middle(part: slice, length: int, like: Tensor) -> Tensor:
    return torch.arange(part.start, part.stop, dtype=like.dtype, device=like.device) - (length - 1) / 2


def _mirrored(down: Tensor, across: Tensor, length: int) -> tuple[Tensor, slice]:
    """Return places along a side, from its edge, as -1 to 1 of the part of it where they are.

    Places outside come back in as in a mirror at each end; what is farther out than the side is long, to an edge.
    """
    from_end = (down + across).abs_().sub_(length).abs_().clamp_(0.5, length - 0.5)
    nearest, farthest = map(float, from_end.aminmax())
    first, last = floor(length - 0.5 - farthest), ceil(length - 0.5 - nearest)
    scale = 2 / max(last - first, 1)
    return from_end.mul_(-scale).add_((length - 0.5 - first) * scale - 1), slice(first, last + 1)
