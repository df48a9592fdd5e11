"""A part of a dream at full size, in the time that a part takes: what it will be when the whole picture dreams.

The smaller octaves are dreamed of the whole picture, for they are quickly done; the larger ones of the part alone, with
the same shifts. There the network sees the part where its strides fall as in the whole, and the steps are as long as
they are in the whole, whose gradient is known of the last octave that was dreamed of all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil, floor, lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dreamcore.ascent.balance import balanced
from dreamcore.ascent.checks import check_offsets
from dreamcore.ascent.dreams import dream, refinements
from dreamcore.ascent.layout import bounds, store_image, store_mask, to_data, to_image
from dreamcore.ascent.objectives import choose
from dreamcore.ascent.octaves import octave_sizes
from dreamcore.ascent.robustness import Turn, gradient_through, random_turns
from dreamcore.ascent.step import Gradient, shifted_gradient, take_step
from dreamcore.ascent.wandering import gradient_in_crops, wanderings
from dreamcore.large.store import MemoryStore
from dreamcore.pictures import Picture, as_picture

if TYPE_CHECKING:
    from dreamcore.ascent.objectives import Objective
    from dreamcore.ascent.weighted import Summand
    from dreamcore.network import Network


class Place(NamedTuple):
    """Where a part lies in a picture: its first row and column, its height and width; and the picture's own size."""

    top: int
    left: int
    height: int
    width: int
    size: tuple[int, int]

    def within(self, size: tuple[int, int]) -> Place:
        """Return the place that holds the same pixels in another octave, whose outermost pixels lie on this one's."""
        pairs = ((self.top, self.height), (self.left, self.width))
        spans = [_scaled(*pair, *ends) for pair, *ends in zip(pairs, self.size, size, strict=True)]
        (top, height), (left, width) = spans
        return Place(top, left, height, width, size)

    def cut(self, pixels: Any) -> Any:
        """Return this part of (..., H, W)."""
        return pixels[..., self.top : self.top + self.height, self.left : self.left + self.width]


def _scaled(first: int, count: int, length: int, other: int) -> tuple[int, int]:
    scale = (other - 1) / max(1, length - 1)
    start, stop = ceil(first * scale - 1e-9), floor((first + count - 1) * scale + 1e-9) + 1
    return min(start, other - 1), max(1, stop - start)


def dream_part(
    part: np.ndarray,
    place: Place,
    whole: np.ndarray,
    network: Network,
    *,
    layer: Objective | str,
    iterations: int,
    octaves: int,
    octave_scale: float,
    step_size: float,
    jitter: int,
    strength: float = 1.0,
    mask: np.ndarray | None = None,
    whole_mask: np.ndarray | None = None,
    robustness: int = 0,
    seed: Any = None,
    progress: Callable[[int, int], Any] | None = None,
    **looks: float,
) -> np.ndarray:
    """Dream a part of a picture as it will be in the dream of the whole.

    Parameters
    ----------
    part : (h, w, 3) ndarray
        0..255: the part at full size. Near its edges the dream is another one, since the network sees no further.
    place : Place
        Of the part in the picture.
    whole : (H, W, 3) ndarray
        The picture in the size of one of its octaves, see `whole_size`; in another size it only tells how long the
        steps are.
    network : Network
    mask, whole_mask : (h, w) and (H, W) ndarray, optional
        0..1, of the part and of the whole.
    progress : callable, optional
        Called with (steps done, steps in all).
    layer, iterations, octaves, octave_scale, step_size, jitter, strength, robustness, seed, **looks
        As for `dreamcore.dream`; ``smooth``, ``blur`` and ``colour`` are its looks.

    Returns
    -------
    (h, w, 3) ndarray
        float32.

    Examples
    --------
    >>> import dreamcore
    >>> network = dreamcore.load_network("dreamlet", device="cpu")
    >>> picture = np.random.default_rng(0).uniform(0, 255, (96, 128, 3)).astype("f4")
    >>> told = {"layer": "patterns", "iterations": 1, "octaves": 2, "octave_scale": 1.4, "step_size": 1.5, "jitter": 8}
    >>> place = Place(16, 32, 64, 80, (96, 128))
    >>> dream_part(picture[16:80, 32:112], place, picture[:69, :91], network, **told, seed=1).shape
    (64, 80, 3)
    """
    objective = choose(layer).with_pictures(as_picture)
    ends, total = objective.bind(network)
    _, here_alone = objective.changed(partial(_cut_map, place=place)).bind(network)
    sizes = octave_sizes(place.size, octaves, octave_scale, network, ends)
    number, shape = len(sizes) * iterations, (whole.shape[0], whole.shape[1])
    done = sizes.index(shape) + 1 if shape in sizes else 0
    told: dict[str, Any] = {"octave_scale": octave_scale, "step_size": step_size, "jitter": jitter, **looks}
    seen = {**told, "layer": objective, "iterations": iterations, "robustness": robustness, "mask": whole_mask}
    report = None if progress is None else lambda step, _: progress(step, number)
    dreamed = dream(whole, network, octaves=done, seed=seed, progress=report, **seen) if done else whole
    store, (low, high) = MemoryStore(network.device), bounds(network)
    pace = step_size * network.colours.scale * _share(dreamed, place, network, ends, total, whole_mask)
    refined = refinements(**looks)
    move = partial(take_step, network, step_size=pace, low=low, high=high, refinements=refined, store=store)
    places = [place.within(size) for size in sizes]
    bases = [store_image(part, network, store)]
    for here, larger in zip(places[-2::-1], places[:0:-1], strict=True):
        bases.insert(0, _resized(bases[0], larger, here))
    weight = None if mask is None else store_mask(mask, store)
    shifts, turns = check_offsets(None, number, jitter, seed), random_turns(number, robustness, seed)
    detail, at = torch.zeros_like(bases[0]), places[0]
    if done:
        detail, at = to_data(dreamed, network) - to_data(whole, network), Place(0, 0, *shape, shape)
    for octave in range(done, len(sizes)):
        here, steps = places[octave], range(octave * iterations, (octave + 1) * iterations)
        data = bases[octave] + _resized(detail, at, here)
        inside = None if weight is None else _resized(weight, place, here)
        if network.glance(here.height, here.width, ends):  # else only the dream of smaller octaves goes on
            views = [(shifts[step], turns[step]) for step in steps]
            way = _gradient_of(network, data, ends, _cut_gradient, seed)
            tell = None if progress is None else lambda step, done=steps.start: progress(done + step, number)
            data = _ascended(network, data, here, ends, here_alone, move, views, inside, way, tell)
        detail, at = data - bases[octave], here
    detail = _resized(detail, at, place)
    if weight is not None:
        detail *= weight > 0
    return to_image(bases[-1] + strength * detail, network, part)


def _ascended(
    network: Network,
    data: Tensor,
    here: Place,
    ends: tuple[str, ...],
    objective: Any,
    move: Callable[..., tuple[Tensor, Tensor]],
    views: Sequence[tuple[Sequence[int], Turn]],
    mask: Tensor | None,
    gradient_of: Gradient,
    tell: Callable[[int], Any] | None,
) -> Tensor:
    """Return a part of an octave after the steps that see it shifted and turned so."""
    cells = [network.field(end) for end in ends]
    strides = [lcm(*(each[axis].stride for each in cells if each)) for axis in (1, 0)]  # across, down
    weighed, store = None, MemoryStore(data.device)
    for step, (shift, turn) in enumerate(views, 1):
        corner = here.left, here.top
        offset = tuple(-(-(at + by) % each) for at, by, each in zip(corner, shift, strides, strict=True))
        way = gradient_through(turn, gradient_of, store)
        view: dict[str, Any] = {"offset": offset, "mask": mask, "gradient_of": way}
        weighed = weighed or balanced(network, data, ends, objective, store=store, **view)
        data, _ = move(data, ends, weighed, **view)
        if tell is not None:
            tell(step)
    return data


def _gradient_of(network: Network, data: Tensor, ends: tuple[str, ...], way: Gradient, seed: Any) -> Gradient:
    """Return a way to take a gradient, or crops where the network takes pictures of one size alone."""
    shape = data.shape[-2], data.shape[-1]
    shown = network.glance(*shape, ends)
    return way if shown in (None, shape) else gradient_in_crops(shown, wanderings(seed), MemoryStore(data.device))


def whole_size(size: tuple[int, int], octaves: int, octave_scale: float, longest: int) -> tuple[int, int]:
    """Return height and width of the largest octave with sides of at most so many pixels, or else the picture so small.

    Examples
    --------
    >>> whole_size((575, 1024), 4, 1.4, 384), whole_size((3000, 4000), 4, 1.4, 384)
    ((210, 373), (288, 384))
    """
    octave = size
    for _ in range(octaves):
        if max(octave) <= longest:
            return octave
        octave = round(octave[0] / octave_scale), round(octave[1] / octave_scale)
    factor = longest / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _cut_map(term: Summand, place: Place) -> Summand:
    """Return a map with the part of its mask that lies over a part of the picture."""
    if term.row.name != "map":
        return term

    def cut(mask: Picture) -> Picture:
        pixels = mask.pixels
        spans = (
            slice(floor(start * count / length), max(ceil((start + size) * count / length), 1))
            for start, size, length, count in zip(place[:2], place[2:4], place.size, pixels.shape[:2], strict=True)
        )
        return as_picture(pixels[tuple(spans)])

    return term.with_pictures(cut)


def _cut_gradient(
    network: Network, data: Tensor, ends: tuple[str, ...], objective: Any, offset: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Take the gradient of a part without its first columns and rows, as many as `offset` is below 0; it is 0 there."""
    left, top = -offset[0], -offset[1]
    value, gradient = network.gradient(data[..., top:, left:], ends, objective)
    return value, functional.pad(gradient, (left, 0, top, 0))


def _share(
    dreamed: np.ndarray,
    place: Place,
    network: Network,
    ends: tuple[str, ...],
    total: Any,
    mask: np.ndarray | None,
) -> float:
    """Return how many times the mean size of the gradient within a part is that of the whole."""
    data = to_data(dreamed, network)
    _, gradient = _gradient_of(network, data, ends, shifted_gradient, 0)(network, data, ends, total, (0, 0))
    sizes = gradient.abs().mean(0).numpy(force=True)
    weight = np.ones_like(sizes) if mask is None else mask
    part = place.within((sizes.shape[0], sizes.shape[1]))
    here, all = (
        float((cut(sizes) * cut(weight)).sum() / max(cut(weight).sum(), 1e-9)) for cut in (part.cut, lambda each: each)
    )
    return here / all if all else 1.0


def _resized(data: Tensor, at: Place, to: Place) -> Tensor:
    """Return what lies at one place of an octave at another place of another one, linearly."""
    if at == to:
        return data
    down = _between(at.top, at.height, at.size[0], to.top, to.height, to.size[0])
    across = _between(at.left, at.width, at.size[1], to.left, to.width, to.size[1])
    return down.to(data) @ data @ across.to(data).T


def _between(first: int, count: int, length: int, start: int, wanted: int, other: int) -> Tensor:
    """Return the matrix, (wanted, count), that takes pixels of an axis from those of another, ends aligned."""
    places = (torch.arange(start, start + wanted) * ((length - 1) / max(1, other - 1)) - first).clamp(0, count - 1)
    return (1 - (places[:, None] - torch.arange(count)).abs()).clamp(min=0)
