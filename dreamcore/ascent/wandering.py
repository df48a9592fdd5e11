"""Crops that wander: how a network that takes pictures of one size alone dreams a larger one.

Each step shows it as many crops as the picture is larger, each at random within its own part of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from dreamcore.ascent.balance import seen_in
from dreamcore.ascent.maps import View
from dreamcore.ascent.step import Gradient
from dreamcore.large.store import Store
from dreamcore.large.tiles import Objectives, Span, gradient_of_pieces

if TYPE_CHECKING:
    from dreamcore.network import Network

_EDGE = 0.25  # of a crop: so far it may be drawn beyond the edge, where it stays, so that edges are seen often enough


def wanderings(seed: int | Sequence[int] | None) -> np.random.Generator:
    """Return what crops are drawn from, apart from the shifts and turns of the same seed."""
    _, apart = np.random.SeedSequence(seed).spawn(2)
    return np.random.default_rng(apart)


def crop_count(length: int, shown: int) -> int:
    """Return how many crops there are along an axis: as many as the picture is longer."""
    return round(length / shown)


def crops(length: int, shown: int, rng: np.random.Generator) -> list[Span]:
    """Draw crops along one axis, one in each equal part of where they can lie.

    Parameters
    ----------
    length, shown : int
        Pixels of the picture, and of a crop.
    rng : Generator

    Examples
    --------
    >>> drawn = crops(300, 100, np.random.default_rng(1))
    >>> [each.stop - each.start for each in drawn], 0 <= drawn[0].start <= drawn[1].start <= drawn[2].start <= 200
    ([100, 100, 100], True)
    """
    count, edge = crop_count(length, shown), _EDGE * shown
    middles = (np.arange(count) + rng.random(count)) / count
    starts = np.clip(middles * (length - shown + 2 * edge) - edge, 0, length - shown)
    return [Span(start, start + shown, start, start + shown) for start in starts.round().astype(int).tolist()]


def gradient_in_crops(shown: tuple[int, int], rng: np.random.Generator, store: Store) -> Gradient:
    """Return the way to take a gradient in crops of this height and width; each call draws others."""

    def in_crops(
        network: Network, data: Tensor, ends: tuple[str, ...], objective: Objectives, offset: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        def pieces() -> Iterator[tuple[Span, Span, Objectives]]:
            height, width = data.shape[-2:]
            for row, column in product(crops(height, shown[0], rng), crops(width, shown[1], rng)):
                view = View(offset[0] - column.start, offset[1] - row.start, height, width)
                yield row, column, seen_in(objective, view)

        return gradient_of_pieces(network, data, ends, pieces(), offset, store)

    return in_crops
