"""What a dream will take, before it begins."""

import warnings
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch

from dreamcore.ascent.dreams import FewerOctaves, bounds, octave_sizes, plan_octaves
from dreamcore.ascent.objectives import choose
from dreamcore.ascent.step import step

_PROBES = 192, 640  # sides of the pictures on which the pace is measured, where a tile is not smaller


class Estimate(NamedTuple):
    """What a dream will take: seconds, bytes at its peak, and tiles of the full picture."""

    seconds: float
    memory: int
    tiles: int


def estimate(network, size, *, layer=None, iterations=10, octaves=4, octave_scale=1.4, strength=1.0, memory=None, **_):
    """Estimate what `dream` with these parameters takes, from two short measurements and a model of its arrays.

    Parameters
    ----------
    network : Network
    size : (int, int)
        Width and height.
    layer, iterations, octaves, octave_scale, strength, memory
        As for `dream`; its other parameters change little and may be given.

    Returns
    -------
    Estimate
    """
    ends, total = choose(layer).bind(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        sizes = octave_sizes(size[::-1], octaves, octave_scale, network, ends)
    plans = plan_octaves(network, ends, sizes, memory, strength < 1)
    pace = _pace(network, ends, total, plans.tiles[-1].size)  # on no more memory than the dream's
    return Estimate(
        seconds=iterations * sum(each.count * seconds_of(each.largest, pace) for each in plans.tiles),
        memory=plans.peak,
        tiles=plans.tiles[-1].count,
    )


def seconds_of(pixels, pace):
    """Foretell the seconds of a step on so many pixels from those measured on fewer and more, or in proportion.

    Examples
    --------
    >>> [seconds_of(pixels, {100: 2.0, 300: 3.0}) for pixels in (50, 200, 600)]
    [1.0, 2.5, 6.0]
    """
    return float(np.interp(pixels, [0, *pace], [0, *pace.values()])) * max(1, pixels / max(pace))


def _pace(network, ends, total, size):
    """Pixels -> seconds of a step on them."""
    sides = [tuple(min(length, side) for length in size) for side in _PROBES]
    seconds = {}
    for side in sides if network.fits(*sides[0], ends) else [size]:
        data, times = torch.zeros((3, *side), device=network.device), []
        low, high = bounds(network, data)
        for _ in range(3):
            start = perf_counter()
            data, value = step(network, data, ends, total, step_size=1, offset=(1, 1), low=low, high=high)
            float(value)  # waits for it
            times.append(perf_counter() - start)
        seconds[side[0] * side[1]] = sum(times[1:]) / 2  # the first pays for what is set up
    return seconds
