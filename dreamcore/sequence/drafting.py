"""A look before the work: jobs that show the motion of another without its dreams, or small and brief ones of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from dreamcore.grammar.schedules import Keyframes
from dreamcore.parameters import Dream
from dreamcore.pictures import Picture, as_picture
from dreamcore.sequence.clips import Clip
from dreamcore.sequence.job import Job, make_job
from dreamcore.sequence.recipe import Recipe

_SIDE = 256  # pixels of a draft
_BRIEF = 3  # times fewer steps
_GRAIN, _GROWTH = 1.5, 5  # grey levels
_ACROSS = 200  # ripples across a picture, about
_HELD = 0.04  # of the first picture's colours, in each frame of a preview
_UNDREAMED = {"layer": "textures", "iterations": 1, "octaves": 1, "guide": "", "model": "dreamlet", "renew": 0}


def preview_job(picture: Any, recipe: Recipe) -> Job:
    """Return a job that transforms as a recipe says and dreams nothing.

    A dream makes new detail out of what is left of the old, without which most transforms soon leave nothing to be
    seen. Here `ripples` does.

    Examples
    --------
    >>> from dreamcore.sequence import run
    >>> from dreamcore.sky import draw_sky
    >>> [frame.shape for frame in run(preview_job(draw_sky(64, 48), Recipe().changed(frames=2)))]
    [(48, 64, 3), (48, 64, 3)]
    """
    job = make_job(picture, None, recipe.changed(**_UNDREAMED))
    return replace(job, stand_in=partial(ripples, job.picture.rgb))


def ripples(
    original: np.ndarray, image: np.ndarray, *_: Any, seed: Any = 0, progress: Any = None, **__: Any
) -> np.ndarray:
    """Return an image whose bright and dark places of one size grow, up to a bound; its colours keep to the first.

    What is brighter than its surroundings gets brighter still, as in reaction and diffusion (A. Turing, "The Chemical
    Basis of Morphogenesis", 1952): stripes and spots grow out of nothing, and every motion carries them along.

    Parameters
    ----------
    original, image : (H, W, 3) ndarray
    seed : int or sequence of int
        Of the grain that they begin with.
    progress : callable, optional
        As of `dreamcore.dream`, whose other arguments change nothing.
    """
    from scipy.ndimage import gaussian_filter

    grain = np.random.default_rng(seed).normal(0, _GRAIN, image.shape[:2])
    grey, size = image.mean(axis=2) + grain, max(image.shape) / _ACROSS
    contrast = gaussian_filter(grey, size) - gaussian_filter(grey, 2 * size)
    risen = _GROWTH * np.tanh(contrast / (contrast.std() + 1e-3))
    if progress:
        progress(1, 1)
    image = image + risen[..., None].astype(np.float32)
    return (image + np.float32(_HELD) * (original - image)).clip(0, 255)


def draft_job(job: Job) -> Job:
    """Return a job of the same frames that takes little time: a small picture, and a third of the steps.

    Examples
    --------
    >>> from dreamcore.sky import draw_sky
    >>> draft = draft_job(make_job(draw_sky(640, 480), iterations=10))
    >>> draft.picture.size, draft.recipe.dream.iterations
    ((256, 192), 3)
    """
    row, asked = Dream.parameters()["iterations"], job.recipe.dream.iterations
    fewer = [(number, max(1, round(row.resolve(asked, number) / _BRIEF))) for number in job.numbers]
    iterations = Keyframes(tuple(fewer), "step") if len({few for _, few in fewer}) > 1 else fewer[0][1]
    picture = shrunk(job.picture, _SIDE)
    mask = None if job.mask is None else _resized(job.mask * 255, *picture.size) / 255
    clip, moving_mask, guide = job.clips
    small = picture if clip is None else Clip(clip.frames, clip.name, partial(shrunk, side=_SIDE))
    recipe = job.recipe.changed(iterations=iterations)
    own = {} if clip is None else {name: recipe.values()[name] for name in ("frames", "delay", "plays")}
    return make_job(small, job.network, recipe, mask=moving_mask or mask, first=job.first, guide=guide, **own)


def shrink(pixels: np.ndarray, width: int) -> np.ndarray:
    """Return a picture of bytes, (H, W, 3 or 4), that is at most so wide.

    Examples
    --------
    >>> shrink(np.zeros((30, 40, 3), np.uint8), 20).shape
    (15, 20, 3)
    """
    high, wide = pixels.shape[:2]
    if wide <= width:
        return pixels
    size = width, max(1, round(high * width / wide))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.HAMMING))


def shrunk(picture: Picture, side: int) -> Picture:
    """Return a picture whose longer side has at most so many pixels."""
    factor = side / max(picture.size)
    if factor >= 1:
        return picture
    width, height = (max(1, round(each * factor)) for each in picture.size)
    planes = [_resized(plane, width, height) for plane in np.moveaxis(picture.pixels, -1, 0)]
    pixels = as_picture(np.dstack(planes))
    return replace(picture, rgb=pixels.rgb, alpha=pixels.alpha)


def _resized(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return one colour of a picture in another size."""
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.HAMMING)).clip(0, 255)
