"""A dream: gradient ascent on a picture at several scales, from small to full size."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from dreamcore.ascent.balance import balanced
from dreamcore.ascent.checks import (
    check_dream,
    check_image,
    check_mask,
    check_network,
    check_offsets,
    check_parameters,
)
from dreamcore.ascent.colour import correlate
from dreamcore.ascent.layout import bounds, restore_image, store_image, store_mask
from dreamcore.ascent.objectives import Objective, choose
from dreamcore.ascent.octaves import add, blend, detail_of, octave_sizes, pyramid, resize
from dreamcore.ascent.robustness import gradient_through, random_turns
from dreamcore.ascent.smoothing import blurred, equalise
from dreamcore.ascent.step import Refinement, gradient_in, take_step
from dreamcore.ascent.wandering import gradient_in_crops, wanderings
from dreamcore.errors import NotAllowed
from dreamcore.large.plan import Plan, Pyramid, plan_dreams
from dreamcore.large.tiles import tiling
from dreamcore.pictures import Picture, as_picture
from dreamcore.process.heap import blocks_kept, give_back_blocks

if TYPE_CHECKING:
    import PIL.Image
    import wand.image

    from dreamcore.network import Network


def dream(
    image: npt.ArrayLike | Picture | str | os.PathLike | PIL.Image.Image | wand.image.BaseImage,
    network: Network,
    *,
    layer: Objective | str | Sequence[str] | None = None,
    iterations: int = 10,
    octaves: int = 4,
    octave_scale: float = 1.4,
    step_size: float = 1.5,
    jitter: int = 32,
    clip: bool = True,
    objective: Objective | str | Sequence[Objective] | None = None,
    mask: npt.ArrayLike | Picture | str | os.PathLike | PIL.Image.Image | wand.image.BaseImage | None = None,
    strength: float = 1.0,
    smooth: float = 0.0,
    blur: float = 0.0,
    colour: float = 0.0,
    robustness: int = 0,
    seed: int | Sequence[int] | None = None,
    offsets: npt.ArrayLike | None = None,
    memory: float | None = None,
    plan: Plan | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> np.ndarray:
    """Dream a picture, as Google's 2015 notebook does.

    Parameters
    ----------
    image : (H, W, 3) or (H, W, 4) array_like, Picture, path, or an image of Pillow or Wand
        RGB or RGBA, 0..255, uint8 or float32. Alpha is kept. (N, H, W, 3) or (N, H, W, 4) are several pictures, each
        dreamed as it would be alone with the same shifts; a GPU takes little longer for them than for one.
    network : Network
    layer : str or Objective, optional
        Where the dream looks, a layer, a blob or a role; or any other objective. ``"objects"`` by default.
    iterations : int
        Steps for each octave.
    octaves : int
        Number of scales.
    octave_scale : float
        From one scale to the next, more than 1.
    step_size : float
        Mean change of a pixel in one step, in grey levels.
    jitter : int
        Each step shifts the picture by up to this many pixels.
    clip : bool
        Keep each pixel within 0..255.
    objective : Objective, str, or sequence of Objective, optional
        What is maximised, in place of `layer`; or of each of several pictures, all at the same layers.
    mask : (H, W) array_like, Picture, path, or an image of Pillow or Wand, optional
        0..1, or white: where the dream may happen, with soft edges.
    strength : float
        0..1: opacity of the dream over the picture.
    smooth : float
        0..1: how far the bands of each step's gradient, from fine to coarse, are brought to one strength.
    blur : float
        Standard deviation, in pixels, of a blur of each step's gradient.
    colour : float
        0..1: how far the colours of each step's gradient are correlated as those of natural pictures.
    robustness : int
        Each step sees the picture turned by up to so many degrees, and scaled by up to as many per cent.
    seed : int or sequence of int, optional
        Of the shifts and turns.
    offsets : (octaves * iterations, 2) ndarray of int, optional
        The shifts themselves (right, down), instead of random ones.
    memory : int, optional
        Bytes that the program may take, most of what is free by default. Where a picture would take more, its
        gradients are computed tile by tile: the same ones, to rounding, in more time. What is made of the picture
        then lies in files without names in /var/tmp, or the folder that TMPDIR names.
    plan : Plan, optional
        How this is done, where it is decided already; then `memory` decides nothing.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    ndarray
        float32, of the shape of `image`.

    Raises
    ------
    DreamError
        For an unknown layer, a number out of range, a picture too small for the network, one too large for the
        memory or the disk, or weights so large that the dream is no number.

    Warns
    -----
    FewerOctaves
        When the smaller octaves would be too small for the network.

    Notes
    -----
    Each octave is `octave_scale` smaller than the one above it, resized linearly with aligned corners; what the ascent
    adds at one scale (the detail) is resized and carried to the next.

    Examples
    --------
    >>> import dreamcore
    >>> network = dreamcore.load_network("dreamlet")
    >>> dream(np.full((48, 64, 3), 127), network, layer="patterns", octaves=1, iterations=2, seed=1).shape
    (48, 64, 3)
    """
    check_network(network)
    image = check_image(image)
    mask = check_mask(mask, image)
    check_parameters(
        iterations=iterations,
        octaves=octaves,
        octave_scale=octave_scale,
        step_size=step_size,
        jitter=jitter,
        strength=strength,
        smooth=smooth,
        blur=blur,
        colour=colour,
        robustness=robustness,
    )
    ends, total = _bound(layer, objective, image, network)
    sizes = octave_sizes(image.shape[-3:-1], octaves, octave_scale, network, ends)
    steps = len(sizes) * iterations
    shifts, rng = check_offsets(offsets, steps, jitter, seed), wanderings(seed)
    views = enumerate(zip(shifts, random_turns(steps, robustness, seed), strict=True), 1)
    is_blended = strength < 1 or mask is not None
    asked = Pyramid(ends, sizes, is_blended, is_smoothed=bool(smooth or blur), is_turned=robustness > 0)
    plan = plan or plan_dreams(network, [asked], memory, prod(image.shape[:-3]))
    store = plan.store(network.device)
    low, high = bounds(network) if clip else (None, None)
    pace = step_size * network.colours.scale  # in the network's layout
    refined = refinements(smooth, blur, colour)
    move = partial(take_step, network, step_size=pace, low=low, high=high, refinements=refined, store=store)
    with blocks_kept():
        bases = pyramid(store_image(image, network, store), sizes, store)
        weight = None if mask is None else store_mask(mask, store)
        base: Tensor | None = None
        detail: Tensor | None = None
        value: Tensor | None = None
        for size in sizes:
            if plan.disk:
                give_back_blocks()  # the previous octave's blocks have other sizes
            gradient_of = gradient_in(tiling(network, ends, *size, plan.tile_pixels), store)
            if (shown := network.glance(*size, ends)) and shown != size:
                gradient_of = gradient_in_crops(shown, rng, store)
            here = None if weight is None else resize(weight, size, store)
            base = bases.pop(0)
            data = base if detail is None else add(resize(detail, size, store), base, store)
            if not bases and not is_blended:
                base = None  # each picture that is let go is one more tile
            detail = None
            weighed = None
            for done, (offset, turn) in islice(views, iterations):
                way = gradient_through(turn, gradient_of, store)
                seen: dict[str, Any] = {"offset": offset, "mask": here, "gradient_of": way}
                weighed = weighed or balanced(network, data, ends, total, store=store, **seen)
                data, value = move(data, ends, weighed, **seen)
                if progress:
                    progress(done, steps)
            if base is not None:
                detail = detail_of(data, base, store)
        if base is not None and detail is not None:  # it is blended
            data = blend(base, detail, strength, weight, store)
    return check_dream(restore_image(data, image, network, store, clip), value, network)


def refinements(smooth: float = 0, blur: float = 0, colour: float = 0) -> list[Refinement]:
    """Return what is done to the gradient of each step."""
    return [each for each in ((correlate, colour), (equalise, smooth), (blurred, blur)) if each[1]]


def _bound(layer: Any, objective: Any, image: np.ndarray, network: Network) -> tuple[tuple[str, ...], Any]:
    """Return the ends, and what is maximised there: a function for all pictures, or a tuple of one for each."""
    is_several = isinstance(objective, (list, tuple)) and all(isinstance(each, Objective) for each in objective)
    if not is_several:
        chosen = choose(layer, objective)
        return chosen.with_pictures(lambda name: as_picture(image if name == "first" else name)).bind(network)
    if image.ndim != 4 or len(objective) != len(image):
        count = len(image) if image.ndim == 4 else 1
        raise NotAllowed(f"{len(objective)} objectives are given for {count} pictures; give one, or one for each")
    bound = [_bound(layer, each, one, network) for each, one in zip(objective, image, strict=True)]
    ends = {each for each, _ in bound}
    if len(ends) > 1:
        raise NotAllowed(f"the objectives of several pictures look at {len(ends)} places; all look at the same layers")
    return bound[0][0], tuple(total for _, total in bound)
