"""A look at a dream before it is made: all of it in the small, and a part of it at full size."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from dreamcore.ascent import FewerOctaves, dream
from dreamcore.ascent.objectives import choose
from dreamcore.ascent.octaves import octave_sizes, resize
from dreamcore.ascent.parts import Place, dream_part, whole_size
from dreamcore.large.store import MemoryStore
from dreamcore.network.kernels import not_loaded
from dreamcore.pictures import Picture, as_picture
from dreamcore.sequence.drafting import shrunk
from dreamcore.sequence.job import Job

if TYPE_CHECKING:
    from dreamcore.network import Network

_BRIEF = 15  # steps


def in_the_small(job: Job, size: tuple[int, int], side: int = 384) -> tuple[Picture, np.ndarray | None]:
    """Return a job's picture and its mask in the size of an octave of the picture that will be dreamed.

    A dream of it has forms as large, beside the picture, as the real one, where an octave is small enough.

    Parameters
    ----------
    job : Job
        Whose picture may be smaller than the real one already.
    size : (int, int)
        Height and width of the real one.
    side : int
        Most pixels of the longer side.

    Examples
    --------
    >>> from dreamcore.sequence.job import make_job
    >>> from dreamcore.sky import draw_sky
    >>> picture, mask = in_the_small(make_job(draw_sky(640, 480)), (960, 1280))
    >>> picture.size, mask
    ((384, 288), None)
    """
    told = _first(job)
    octave = whole_size(size, told["octaves"], told["octave_scale"], side)
    sizes = [size]
    while sizes[-1] > octave:
        sizes.append(_next(sizes[-1], told["octave_scale"]))
    is_real = job.picture.rgb.shape[:2] == size and sizes[-1] == octave
    reduced = partial(_reduced, sizes=sizes[1:]) if is_real else partial(_shrunk, octave=octave)
    pixels = reduced(job.picture.pixels)
    return as_picture(pixels), None if job.mask is None else reduced(job.mask[..., None] * 255)[..., 0] / 255


def small_job(job: Job, size: tuple[int, int]) -> Job:
    """Return a job that dreams as many octaves as its picture, which `in_the_small` gave, has of the real one."""
    return replace(job, stand_in=partial(_few_octaves, size))


def dreamed_part(
    job: Job,
    part: np.ndarray,
    corner: tuple[int, int],
    size: tuple[int, int],
    *,
    mask: np.ndarray | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> np.ndarray:
    """Dream a part of a job's first dream at full size.

    Parameters
    ----------
    job : Job
        With the picture that `in_the_small` gave.
    part : (h, w, 3) ndarray
        Of the real picture.
    corner : (int, int)
        Its first row and column there.
    size : (int, int)
        Height and width of the real picture.
    mask : (h, w) ndarray, optional
        0..1, of the part.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    (h, w, 3) ndarray
        float32.
    """
    told, place = _first(job), Place(*corner, part.shape[0], part.shape[1], size)
    told["whole_mask"] = told.pop("mask")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        return dream_part(part, place, job.picture.rgb, job.network, mask=mask, progress=progress, **told)


def _first(job: Job) -> dict[str, Any]:
    """Return what the first dream is told."""
    return job.told(job.first + job.recipe.sequence.start)


def _few_octaves(size: tuple[int, int], image: np.ndarray, network: Network, **told: Any) -> np.ndarray:
    ends = choose(told["layer"]).ends(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        sizes = octave_sizes(size, told["octaves"], told["octave_scale"], network, ends)
        told["octaves"] = octaves = max(1, sum(max(each) <= max(image.shape[:2]) for each in sizes))
        is_brief = octaves * told["iterations"] <= _BRIEF
        with not_loaded() if is_brief else nullcontext(), _one_thread() if is_brief else nullcontext():
            return dream(image, network, **told)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let a dream that is small or brief do without threads, whose waiting for one another costs more than they bring.

    On a machine that does other things as well it costs many times more.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _next(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return round(size[0] / scale), round(size[1] / scale)


def _reduced(pixels: np.ndarray, sizes: list[tuple[int, int]]) -> np.ndarray:
    """Return pixels, (H, W, C), in the last of some sizes, as a dream makes its octaves."""
    planes, store = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pixels, -1, 0), np.float32)), MemoryStore()
    for size in sizes:
        planes = resize(planes, size, store)
    return np.moveaxis(planes.numpy(), 0, -1)


def _shrunk(pixels: np.ndarray, octave: tuple[int, int]) -> np.ndarray:
    """Return pixels of a picture that was made smaller already in the size of an octave."""
    first = shrunk(as_picture(np.dstack([pixels] * 3) if pixels.shape[-1] == 1 else pixels), max(octave)).pixels
    return _reduced(first[..., : pixels.shape[-1]], [octave])


def thumbnail_job(job: Job, dreams: dict[Any, np.ndarray], few: Mapping[str, int], fewer: Mapping[str, int]) -> Job:
    """Return a job whose dreams take few steps, and that takes those which another has made before it.

    Parameters
    ----------
    job : Job
    dreams : dict
        What was dreamed already; takes what is dreamed now.
    few, fewer : dict
        The most that some parameters are, such as ``{"iterations": 6}``: of the first dream, and of the others.
    """

    def stand_in(image: np.ndarray, network: Network, *, progress: Any = None, plan: Any = None, **told: Any) -> Any:
        _, number = told["seed"]
        told.update((name, min(told[name], most)) for name, most in (few if number == job.first else fewer).items())
        key = image.tobytes(), network.sha256, *(repr(value) for name, value in told.items() if name != "mask")
        if key not in dreams:
            with warnings.catch_warnings(), _one_thread():
                warnings.simplefilter("ignore", FewerOctaves)
                dreams[key] = dream(image, network, progress=progress, plan=plan, **told)
        return dreams[key]

    return replace(job, stand_in=stand_in)
