"""How long dreams will take, before they begin."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import prod
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor

from dreamcore.ascent.layout import bounds
from dreamcore.ascent.objectives import choose
from dreamcore.ascent.octaves import FewerOctaves, octave_sizes
from dreamcore.ascent.step import take_step
from dreamcore.ascent.wandering import crop_count
from dreamcore.large.plan import Plan, Pyramid, plan_dreams
from dreamcore.large.tiles import tiling

if TYPE_CHECKING:
    from dreamcore.ascent.objectives import Objective
    from dreamcore.network import Network

_PROBES = 192, 640  # sides of the pictures on which the pace is measured, where a tile is not smaller


Paces: TypeAlias = dict[tuple, dict[int, float]]  # ends and (height, width) -> pixels -> seconds of a step


class Ascent(NamedTuple):
    """Steps on one pyramid: what they maximise, and how many there are on each octave."""

    pyramid: Pyramid
    objective: Callable[..., Tensor]
    iterations: int


def estimate(
    network: Network,
    size: tuple[int, int],
    *,
    layer: Objective | str | Sequence[str] | None = None,
    iterations: int = 10,
    octaves: int = 4,
    octave_scale: float = 1.4,
    strength: float = 1.0,
    smooth: float = 0.0,
    blur: float = 0.0,
    robustness: int = 0,
    memory: float | None = None,
    **_: Any,
) -> Plan:
    """Estimate what `dream` with these parameters takes, from two short measurements and a model of its arrays.

    Parameters
    ----------
    network : Network
    size : (int, int)
        Width and height.
    layer, iterations, octaves, octave_scale, strength, smooth, blur, robustness, memory
        As for `dream`; its other parameters change little and may be given.

    Returns
    -------
    Plan
        With `seconds`, `memory`, `disk` and `tiles`; `dream` can go by it.

    Raises
    ------
    DreamError
        When the picture is too small for the network, or too large for the memory.

    Examples
    --------
    >>> import dreamcore
    >>> plan = estimate(dreamcore.load_network("dreamlet"), (320, 240), iterations=1, octaves=1)
    >>> plan.tiles, plan.seconds > 0
    (1, True)
    """
    ends, total = choose(layer).bind(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        sizes = octave_sizes(size[::-1], octaves, octave_scale, network, ends)
    pyramid = Pyramid(ends, sizes, strength < 1, is_smoothed=bool(smooth or blur), is_turned=robustness > 0)
    return with_seconds(plan_dreams(network, [pyramid], memory), network, [Ascent(pyramid, total, iterations)])


def with_seconds(plan: Plan, network: Network, ascents: Iterable[Ascent], paces: Paces | None = None) -> Plan:
    """Return a plan with the seconds that all of these take together.

    Parameters
    ----------
    plan : Plan
    network : Network
    ascents : iterable of Ascent
        Those on one pyramid may be given as one, with the sum of their iterations. The pace is measured once for all
        that have the same ends.
    paces : dict, optional
        Takes what is measured, and gives it to other plans for the same network.
    """
    paces = {} if paces is None else paces
    seconds = 0.0
    for pyramid, objective, iterations in ascents:
        ends = pyramid.ends
        pieces = [_pieces(network, ends, size, plan.tile_pixels) for size in pyramid.sizes]
        _, largest = pieces[-1]  # on no more memory than the dream's
        if (ends, largest) not in paces:
            paces[ends, largest] = _pace(network, ends, objective, largest)
        pace = paces[ends, largest]
        seconds += iterations * sum(number * seconds_of(prod(size), pace) for number, size in pieces)
    return replace(plan, seconds=seconds)


def _pieces(
    network: Network, ends: tuple[str, ...], size: tuple[int, int], tile_pixels: int | None
) -> tuple[int, tuple[int, int]]:
    """Return how many pieces of a picture go through the network in a step, and their height and width."""
    shown = network.glance(*size, ends) or size
    if shown != size:
        return prod(map(crop_count, size, shown)), shown
    tiles = tiling(network, ends, *size, tile_pixels)
    return tiles.number, tiles.size


def seconds_of(pixels: int, pace: dict[int, float]) -> float:
    """Foretell the seconds of a step on so many pixels from those measured on fewer and more, or in proportion.

    Examples
    --------
    >>> [seconds_of(pixels, {100: 2.0, 300: 3.0}) for pixels in (50, 200, 600)]
    [1.0, 2.5, 6.0]
    """
    return float(np.interp(pixels, [0, *pace], [0, *pace.values()])) * max(1, pixels / max(pace))


def _pace(
    network: Network, ends: tuple[str, ...], objective: Callable[..., Tensor], size: tuple[int, int]
) -> dict[int, float]:
    """Measure the seconds of a step on two small pictures: pixels -> seconds."""
    sides = [(min(size[0], side), min(size[1], side)) for side in _PROBES]
    low, high = bounds(network)
    seconds = {}
    for height, width in sides if network.fits(*sides[0], ends) else [size]:
        data, times = torch.zeros((network.graph.size[0], height, width), device=network.device), []
        for _ in range(3):
            start = perf_counter()
            data, value = take_step(network, data, ends, objective, step_size=1, offset=(1, 1), low=low, high=high)
            float(value)  # waits for it
            times.append(perf_counter() - start)
        seconds[height * width] = sum(times[1:]) / 2  # the first pays for what is set up
    return seconds
