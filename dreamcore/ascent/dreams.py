"""A dream: gradient ascent on a picture at several scales, from small to full size."""

import warnings
from math import prod
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from dreamcore.ascent.objectives import choose
from dreamcore.ascent.step import step
from dreamcore.errors import DreamError
from dreamcore.large import maps
from dreamcore.large import tiles as tiling
from dreamcore.large.memory import PICTURE, bytes_per_pixel, memory_limit, program_bytes
from dreamcore.large.tiles import gradient_in
from dreamcore.pictures import as_picture
from dreamcore.process.heap import blocks_kept, give_back_blocks


class FewerOctaves(UserWarning):
    """The picture is too small for all octaves asked for."""


def dream(
    image,
    network,
    *,
    layer=None,
    iterations=10,
    octaves=4,
    octave_scale=1.4,
    step_size=1.5,
    jitter=32,
    clip=True,
    objective=None,
    mask=None,
    strength=1.0,
    seed=None,
    offsets=None,
    memory=None,
    plan=None,
    progress=None,
):
    """Dream a picture, as Google's 2015 notebook does.

    Parameters
    ----------
    image : (H, W, 3) or (H, W, 4) ndarray
        RGB or RGBA, 0..255, uint8 or float32. Alpha is kept. (N, H, W, 3) or (N, H, W, 4) are several pictures, each
        dreamed as it would be alone with the same shifts; a GPU takes little longer for them than for one.
    network : Network
    end : str
        The layer or blob whose activations are maximised, or a role.
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
    objective : Objective or function of an end
        What is maximised; an Objective names its own ends.
    mask : (H, W) ndarray, optional
        0..1: where the dream may happen, with soft edges.
    strength : float
        0..1: opacity of the dream over the picture.
    seed : int or sequence of int, optional
        Of the shifts.
    offsets : (octaves * iterations, 2) ndarray of int, optional
        The shifts themselves (right, down), instead of random ones.
    memory : int, optional
        Bytes that the program may take, most of what is free by default. Where a picture would take more, its
        gradients are computed tile by tile: the same ones, to rounding, in more time. What is made of the picture
        then lies in files without names in /var/tmp, or the folder that TMPDIR names.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    ndarray
        float32, of the shape of `image`.

    Raises
    ------
    DreamError
        For an unknown end, a number out of range, a picture too small for the network, or one too large for the
        memory or the disk.

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
    image = _checked_image(image)
    _check(iterations >= 0, "iterations", iterations, "0 or more")
    _check(octaves >= 1, "octaves", octaves, "1 or more")
    _check(octave_scale > 1, "octave_scale", octave_scale, "more than 1")
    _check(jitter >= 0, "jitter", jitter, "0 or more")
    _check(0 <= strength <= 1, "strength", strength, "0 to 1")
    objective = choose(layer, objective).with_pictures(lambda name: as_picture(image if name == "first" else name))
    ends, total = objective.bind(network)
    sizes = octave_sizes(image.shape[-3:-1], octaves, octave_scale, network, ends)
    if offsets is None:
        offsets = np.random.default_rng(seed).integers(-jitter, jitter, (len(sizes) * iterations, 2), endpoint=True)
    offsets = iter(_checked_offsets(offsets, len(sizes) * iterations))

    blended = strength < 1 or mask is not None
    plans = plan_octaves(network, ends, sizes, memory, blended, prod(image.shape[:-3]))
    maps.check_room(plans.disk)
    with blocks_kept():
        bases = [_data_of(image, network, plans.disk > 0)]
        for size in sizes[-2::-1]:
            bases.insert(0, _resized(bases[0], size))
        weight = None if mask is None else _mask(mask, image, bases[-1])
        low, high = bounds(network, bases[-1]) if clip else (None, None)

        detail, done = None, 0
        for size, tiles in zip(sizes, plans.tiles, strict=True):
            gradient_of = gradient_in(tiles)
            if plans.disk:
                give_back_blocks()  # these of the last octave are of other sizes
            base = bases.pop(0)
            data = base if detail is None else _sum(_resized(detail, size), base)
            if not bases and not blended:
                base = None  # each picture that is let go is one more tile
            detail = None
            here = None if weight is None else _resized(weight, size)
            for _ in range(iterations):
                data, _ = step(
                    network,
                    data,
                    ends,
                    total,
                    step_size=step_size,
                    offset=next(offsets),
                    low=low,
                    high=high,
                    mask=here,
                    gradient_of=gradient_of,
                )
                done += 1
                if progress:
                    progress(done, len(sizes) * iterations)
            if base is not None:
                detail = _detail(data, base)
        if blended:
            data = _blended(base, detail, strength, () if weight is None else (weight,))
    return _finished(image, data, network)


class Plan(NamedTuple):
    """How a dream goes about its octaves.

    Attributes
    ----------
    tiles : list of Tiles
        Of each octave.
    peak : int
        Bytes of memory that the program takes at most.
    disk : int
        Bytes of the pictures that lie in files; 0 where all are in memory.
    """

    tiles: list
    peak: int
    disk: int


def plan_octaves(network, ends, sizes, memory, blended, count=1):
    """Plan the tiles of each octave; where not all are of one tile, the pictures go into files, the caller's aside."""
    fixed, limit = program_bytes(network), memory_limit(network, memory)
    gradients = [count * bytes_per_pixel(network, ends, *size) for size in sizes]
    held = [count * PICTURE * held_pixels(sizes[number:], blended) for number in range(len(sizes))]
    whole = max(fixed + h + each * prod(size) for h, each, size in zip(held, gradients, sizes, strict=True))
    disk = 0
    if whole > limit and network.device.type == "cpu":
        disk, held = max(held), [count * PICTURE * prod(sizes[-1])] * len(sizes)
    tiles = [
        tiling.plan(network, ends, *size, memory=limit, held=h, count=count)
        for size, h in reversed([*zip(sizes, held, strict=True)])  # what is wrong is said of the picture, not an octave
    ][::-1]
    peak = max(fixed + h + int(each * t.largest) for h, each, t in zip(held, gradients, tiles, strict=True))
    return Plan(tiles, peak, disk)


def held_pixels(sizes, blended):
    """The pixels of all pictures that are there during the first of these octaves: three floats each."""
    pixels = [height * width for height, width in sizes]
    bases = sum(pixels[:-1]) + pixels[-1] * (blended or len(sizes) > 1)
    return pixels[-1] + bases + 2 * pixels[0]


def to_data(image, network):
    """Turn RGB (H, W, 3) in 0..255 into the network's layout: B, G, R planes minus its mean, on its device."""
    planes = torch.from_numpy(np.ascontiguousarray(np.moveaxis(image[..., 2::-1], -1, -3), np.float32))
    return planes.to(network.device) - torch.from_numpy(network.mean).to(network.device)[:, None, None]


def to_image(data, network):
    """Undo `to_data`."""
    planes = data.float().cpu() + torch.from_numpy(network.mean)[:, None, None]
    return np.ascontiguousarray(np.moveaxis(planes.numpy()[..., ::-1, :, :], -3, -1))


def _data_of(image, network, in_file):
    """`to_data` of a picture's colours, into a file or memory."""
    shape = (*image.shape[:-3], 3, *image.shape[-3:-1])
    data = maps.mapped(shape) if in_file else torch.empty(shape, device=network.device)
    for rows in maps.strips(data):
        data[..., rows, :] = to_data(image[..., rows, :, :], network)
    return data


def _finished(image, data, network):
    """`to_image` of a picture, with the alpha of another."""
    result = np.empty(image.shape, np.float32)
    result[..., 3:] = image[..., 3:]
    for rows in maps.strips(data):
        result[..., rows, :, :3] = to_image(data[..., rows, :], network)
    return result


def octave_sizes(size, octaves, scale, network, ends):
    """Sizes from the smallest octave that the network can take to the full picture."""
    if not network.fits(*size, ends):
        names = " and ".join(ends)
        raise DreamError(f"a picture of {size[1]}x{size[0]} pixels is too small for {names} of {network.name}")
    sizes = [size]
    while len(sizes) < octaves:
        smaller = tuple(round(length / scale) for length in sizes[0])
        if min(smaller) < 1 or not network.fits(*smaller, ends):
            enough = f"{size[1]}x{size[0]} pixels are enough for {len(sizes)} octaves of {octaves}"
            warnings.warn(enough, FewerOctaves, stacklevel=3)
            break
        sizes.insert(0, smaller)
    return sizes


def _resized(picture, size):
    if tuple(picture.shape[-2:]) == tuple(size):
        return picture
    if not maps.is_mapped(picture):
        return _interpolated(picture, size)
    result = maps.empty_like(picture, size)
    for source, target in zip(picture.flatten(0, -3), result.flatten(0, -3), strict=True):
        target[:] = _interpolated(source[None], size)[0]
        maps.let_go(picture, result)
    return result


def _interpolated(picture, size):
    stack = picture.reshape(-1, *picture.shape[-3:])
    resized = functional.interpolate(stack, size, mode="bilinear", align_corners=True)
    return resized.reshape(*picture.shape[:-2], *size)


def _sum(detail, base):
    """Add a picture to a detail, in its place."""
    for rows in maps.strips(detail, base):
        detail[..., rows, :].add_(base[..., rows, :])
    return detail


def _detail(data, base):
    """What the ascent has added to a picture."""
    detail = maps.empty_like(base)  # where one tile was enough, `data` is in memory
    for rows in maps.strips(data, base, detail):
        torch.sub(data[..., rows, :], base[..., rows, :], out=detail[..., rows, :])
    return detail


def _blended(base, detail, strength, weight):
    """Lay a detail over a picture, where a mask lets it, in the place of the detail."""
    for rows in maps.strips(base, detail, *weight):
        part = detail[..., rows, :]
        for each in weight:
            part *= each[:, rows] > 0  # what smaller octaves smeared beyond the mask
        torch.add(base[..., rows, :], part, alpha=strength, out=part)
    return detail


def bounds(network, data):
    """The least and the greatest number that each channel of a picture may be in the network's layout, (3, 1, 1)."""
    low = -torch.from_numpy(network.mean).to(data.device)[:, None, None]
    return low, low + 255


def _mask(mask, image, data):
    mask = np.asarray(mask)
    if mask.shape != image.shape[-3:-1]:
        raise DreamError(f"the mask has shape {mask.shape}, the picture {image.shape[-3:-1]}; they must be the same")
    weight = maps.empty_like(data.flatten(0, -3)[:1])
    for rows in maps.strips(weight):
        weight[0, rows] = torch.from_numpy(np.clip(mask[rows].astype(np.float32), 0, 1))
    return weight


def _checked_image(image):
    image = np.asarray(image)
    if image.ndim not in (3, 4) or image.shape[-1] not in (3, 4) or not image.size:
        raise DreamError(f"the picture has shape {image.shape}; allowed are (height, width, 3) and (height, width, 4)")
    return image


def _checked_offsets(offsets, count):
    offsets = np.asarray(offsets)
    if offsets.shape != (count, 2):
        raise DreamError(f"offsets have shape {offsets.shape}; needed is {(count, 2)}, a pair for each step")
    return offsets.tolist()


def _check(holds, name, value, allowed):
    if not holds:
        raise DreamError(f"{name} is {value}; allowed is {allowed}")
