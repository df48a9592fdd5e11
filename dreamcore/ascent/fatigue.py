"""Fatigue: when a sequence only shuffles, channels that have been dreamed for long are weighed down until it invents.

What a network dreams excites the same channels again in the next frame; the strongest win everywhere, and a long run
ends with two or three figures that only shuffle. Eyes tire of what they see for long, and see what else is there.
Where tired channels are not active, their weights change nothing: so it is in the places that hardly change that
others take over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dreamcore.ascent.layout import to_data

if TYPE_CHECKING:
    from dreamcore.ascent.weighted import Objective, Total, Value
    from dreamcore.network import Network

_FRAMES = 30  # after so many, about a third of what a channel had is forgotten
_STALE = 0.06  # novelty below which a sequence begins to bore; at half of it, it bores most
_PIXELS = 512 * 512  # of the picture that is looked at, at the most


class Fatigue:
    """How tired the channels are of each end that an objective looks at.

    Parameters
    ----------
    strength : float
        Of the weights; 0 lets none tire.
    shares : mapping of str to (2, C) ndarray, optional
        By end: the part that each channel has had of all activity, first a mean over the frames so far in which each
        is worth less than the one after it, then that of the last frame.
    """

    def __init__(self, strength: float, shares: Mapping[str, np.ndarray] | None = None) -> None:
        self.strength = strength
        self.shares = dict(shares or {})

    def weigh(self, objective: Objective) -> Any:
        """Return an objective of the same ends whose tired channels count for less."""
        strength = self.strength * self.boredom
        weights = {end: tired_weights(mean, strength) for end, (mean, _) in self.shares.items()}
        return Weighed(objective, weights) if strength else objective

    @property
    def boredom(self) -> float:
        """From 0, where the frames so far invent, to 1, where they only shuffle: then channels tire most."""
        if not (self.strength and self.shares):
            return 0.0
        mean = sum(novelty(*each) for each in self.shares.values()) / len(self.shares)
        return min(1.0, max(0.0, 2 * (1 - mean / _STALE)))

    def note(self, frame: np.ndarray, objective: Objective, network: Network) -> None:
        """Note what a frame, (H, W, 3), has that was dreamed for an objective."""
        ends = tuple(dict.fromkeys(objective.ends(network))) if self.strength else ()
        shares = {}
        for end, share in zip(ends, activity(frame, network, ends), strict=True):
            before, _ = self.shares.get(end, (share, share))
            shares[end] = np.stack([before + (share - before) / _FRAMES, share])
        self.shares = {**self.shares, **shares}  # a new one: the old one may be on its way to a file


def novelty(mean: np.ndarray, last: np.ndarray) -> float:
    """Return how far the shares of channels, (C,), are from what they were in the mean: 0 to 1.

    Notes
    -----
    The square of Hellinger's distance, 1 minus the sum of sqrt(mean * last).

    Examples
    --------
    >>> novelty(np.array([0.5, 0.5, 0], np.float32), np.array([0, 0.5, 0.5], np.float32))
    0.5
    """
    return 1 - float(np.sqrt(mean * last).sum())


def tired_weights(shares: np.ndarray, strength: float) -> np.ndarray:
    """Return the weights of channels that have had these shares of all activity, the largest 1.

    Examples
    --------
    >>> tired_weights(np.array([0.75, 0.25, 0, 0], np.float32), 1).tolist()
    [0.5, 0.7071067690849304, 1.0, 1.0]
    """
    weights = (1 + strength * len(shares) * shares) ** -0.5
    return (weights / weights.max()).astype(np.float32)


def activity(frame: np.ndarray, network: Network, ends: tuple[str, ...]) -> list[np.ndarray]:
    """Return, of each end, the part that each channel has of the sum of squares, (C,)."""
    if not ends:
        return []
    data = to_data(frame, network)
    height, width = data.shape[-2:]
    part = min(1, (_PIXELS / (height * width)) ** 0.5)
    size = round(height * part), round(width * part)
    size = size if network.fits(*size, ends) else network.glance(height, width, ends) or size
    if size != (height, width):
        data = functional.interpolate(data[None], size, mode="area")[0]
    energies = [each.square().reshape(len(each), -1).sum(1) for each in network.outputs(data, *ends)]
    return [(each / each.sum().clamp_min(1e-12)).numpy(force=True) for each in energies]


@dataclass(frozen=True, eq=False)
class Weighed:
    """An objective that sees the blob of each end with its channels weighed."""

    objective: Objective
    weights: Mapping[str, np.ndarray]
    table = "objective"

    def with_pictures(self, read: Callable[[str], Any]) -> Weighed:
        """Return the same with each picture that is named in place of its name."""
        return Weighed(self.objective.with_pictures(read), self.weights)

    def bind(self, network: Network) -> tuple[tuple[str, ...], Total]:
        """Return the ends, and what is maximised as a function of their blobs."""
        ends, total = self.objective.bind(network)
        known = {end: torch.from_numpy(each).to(network.device) for end, each in self.weights.items()}
        parts = (part._replace(value=_weighing(part.value, known.get(part.end))) for part in total.parts)
        return ends, replace(total, parts=tuple(parts))


def _weighing(value: Value, weights: Tensor | None) -> Value:
    """Return a function of a blob as one of the blob with its channels weighed."""
    if weights is None:
        return value
    return lambda blob, window: value(blob * weights.reshape(-1, *[1] * (blob.ndim - 1)), window)
