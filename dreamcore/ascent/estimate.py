"""What a dream will take, before it begins."""

import warnings
from time import perf_counter
from typing import NamedTuple

import torch

from dreamcore.ascent.objectives import as_objective, l2
from dreamcore.ascent.octaves import FewerOctaves, bounds, octave_sizes, plan_octaves
from dreamcore.ascent.step import step

_PROBES = 192, 640  # sides of the pictures on which the pace is measured, where a tile is not smaller


class Estimate(NamedTuple):
    """What a dream will take: seconds, bytes at its peak, and tiles of the full picture."""

    seconds: float
    memory: int
    tiles: int


def estimate(
    network, size, *, end="objects", iterations=10, octaves=4, octave_scale=1.4, strength=1.0, memory=None, **_
):
    """Estimate what `dream` with these parameters takes, from two short measurements and a model of its arrays.

    Parameters
    ----------
    network : Network
    size : (int, int)
        Width and height.
    end, iterations, octaves, octave_scale, strength, memory
        As for `dream`; its other parameters change little and may be given.

    Returns
    -------
    Estimate
    """
    ends, total = as_objective(l2, end).bind(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        sizes = octave_sizes(size[::-1], octaves, octave_scale, network, ends)
    plans = plan_octaves(network, ends, sizes, memory, strength < 1)
    once, per_pixel = _pace(network, ends, total, plans.tiles[-1].size)  # no more memory than the dream's
    return Estimate(
        seconds=iterations * sum(once * each.count + per_pixel * each.pixels for each in plans.tiles),
        memory=plans.peak,
        tiles=plans.tiles[-1].count,
    )


def _pace(network, ends, total, size):
    """Seconds that a step takes in any case, and for each pixel."""
    sides = [tuple(min(length, side) for length in size) for side in _PROBES]
    seconds = []
    for side in sides if network.fits(*sides[0], ends) else [size]:
        data, times = torch.zeros((3, *side), device=network.device), []
        low, high = bounds(network, data)
        for _ in range(3):
            start = perf_counter()
            data, value = step(network, data, ends, total, step_size=1, offset=(1, 1), low=low, high=high)
            float(value)  # waits for it
            times.append(perf_counter() - start)
        seconds.append((sum(times[1:]) / 2, side[0] * side[1]))  # the first pays for what is set up
    (less, small), (more, large) = seconds[0], seconds[-1]
    per_pixel = max(more - less, 0) / (large - small) if large > small else more / large
    return max(0.0, less - per_pixel * small), per_pixel
