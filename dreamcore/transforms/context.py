"""What a transform may know besides the frame: its number, the seed, and earlier pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Context:
    """Where in a sequence a transform runs.

    Parameters
    ----------
    number : int
        Number of the frame that was just dreamed; the transform makes the next input from it.
    seed : int
        Seed of the sequence. Everything random follows from (seed, number, path).
    original : (H, W, 3) float32 array, optional
        The picture the sequence began with.
    previous : (H, W, 3) float32 array, optional
        The frame before this one; None at the first.
    path : tuple of int
        Place in the tree of transforms, so that two random transforms do not draw the same numbers.

    Examples
    --------
    >>> context = Context(number=3, seed=7)
    >>> context.rng.random() == context.rng.random()
    True
    >>> context.child(0).rng.random() == context.child(1).rng.random()
    False
    """

    number: int
    seed: int = 0
    original: np.ndarray | None = None
    previous: np.ndarray | None = None
    path: tuple[int, ...] = ()

    @property
    def rng(self) -> np.random.Generator:
        """A fresh generator at each access: the same numbers whatever ran before."""
        return np.random.default_rng([self.seed, self.number, len(self.path), *self.path])

    def child(self, index: int) -> Context:
        """Return the context of the transform at place `index` inside this one."""
        return replace(self, path=(*self.path, index))

    def crop(self, window: tuple[slice, slice]) -> Context:
        """Return the context of a part of the picture; `window` is a pair of slices."""
        original, previous = (
            picture if picture is None else picture[window] for picture in (self.original, self.previous)
        )
        return replace(self, original=original, previous=previous)
