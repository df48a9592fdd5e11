"""The loop: dream, give the frame, transform it, dream again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.ascent import dream
from dreamcore.ascent.objectives import choose
from dreamcore.sequence.job import Job, make_job
from dreamcore.sequence.planning import plan_job
from dreamcore.transforms import Context

if TYPE_CHECKING:
    from dreamcore.large.plan import Plan
    from dreamcore.network import Network


def run(
    job: Job,
    plan: Plan | None = None,
    *,
    done: int = 0,
    last: np.ndarray | None = None,
    previous: np.ndarray | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[np.ndarray]:
    """Dream a job's frames, one after the other.

    Parameters
    ----------
    job : Job
    plan : Plan, optional
        How; made here when it is not given.
    done : int
        How many frames there are already; then `last` is the last of them and `previous` the one before, as the loop
        gave them, or None.
    last, previous : (H, W, 3) ndarray, optional
    progress : callable, optional
        Called with (steps done, steps in all) of the frame in work.

    Yields
    ------
    (H, W, 3) ndarray
        float32, 0..255. The loop goes on from these numbers, never from rounded ones.
    """
    plan = plan or plan_job(job)
    original, sequence = job.picture.rgb, job.recipe.sequence
    for number in job.numbers[done:]:
        source = original
        if number > job.start:
            source = sequence.transform(last, Context(number - 1, sequence.seed, original, previous))
        frame = (job.stand_in or dream)(source, job.network, plan=plan, progress=progress, **job.at(number))
        previous, last = last, frame
        yield frame


def dream_sequence(
    picture: Any,
    network: Network | str | None = None,
    recipe: Any = None,
    *,
    objective: Any = None,
    mask: Any = None,
    memory: int | None = None,
    start: int = 0,
    last: np.ndarray | None = None,
    previous: np.ndarray | None = None,
    progress: Callable[[int, int], Any] | None = None,
    **parameters: Any,
) -> Iterator[np.ndarray]:
    """Dream a picture again and again, transformed between two dreams.

    Parameters
    ----------
    picture : Picture, path, (H, W, 3) or (H, W, 4) ndarray, or an image of Pillow or Wand
        RGB or RGBA, 0..255; the same alpha is given to every frame.
    network : Network, or the name of a model, optional
    recipe : Recipe, or its name or file, optional
    objective : Objective or str, optional
        What is dreamed, where it is not told by `layer`.
    mask, memory, progress
        As for `dreamcore.dream`.
    start : int
        The first frame to make; when above 0, `last` is frame ``start - 1`` and `previous` the one before (None for
        the first frame), as the loop gave them.
    last, previous : ndarray, optional
    **parameters
        ``frames``, ``transform``, ``seed``, ``layer``, ``iterations``, ``octaves``, ...: any of
        `dreamcore.parameters.PARAMETERS`, in place of the recipe's. Numbers may be schedules, such as ``"0:2, 30:10"``.

    Yields
    ------
    (H, W, 3) or (H, W, 4) ndarray
        float32, 0..255.

    Examples
    --------
    >>> import dreamcore
    >>> from dreamcore.sky import draw_sky
    >>> network = dreamcore.load_network(device="cpu")
    >>> frames = dreamcore.dream_sequence(draw_sky(64, 48), network, frames=3, octaves=1, iterations="0:1, 2:3")
    >>> [frame.shape for frame in frames]
    [(48, 64, 3), (48, 64, 3), (48, 64, 3)]
    """
    if objective is not None:
        parameters["layer"] = choose(parameters.get("layer"), objective)
    job = make_job(picture, network, recipe, mask=mask, **parameters)
    last, previous = (None if each is None else each[..., :3] for each in (last, previous))
    frames = run(job, plan_job(job, memory), done=start, last=last, previous=previous, progress=progress)
    return frames if job.picture.alpha is None else (np.dstack([each, job.picture.alpha]) for each in frames)
