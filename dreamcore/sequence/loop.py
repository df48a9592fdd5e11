"""The loop of dreams: dream, give the frame, transform it, dream again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.ascent import dream
from dreamcore.ascent.fatigue import Fatigue
from dreamcore.ascent.objectives import choose
from dreamcore.errors import DreamError
from dreamcore.sequence.following import follow
from dreamcore.sequence.job import Job, make_job
from dreamcore.sequence.motion import Lap, interleaved, note_motionless, pull_weight, temporary_lap
from dreamcore.sequence.planning import plan_job
from dreamcore.sequence.renewing import stirred
from dreamcore.transforms import Context

if TYPE_CHECKING:
    from dreamcore.large.plan import Plan
    from dreamcore.network import Network


def dreams(
    job: Job,
    plan: Plan | None = None,
    *,
    done: int = 0,
    last: np.ndarray | None = None,
    previous: np.ndarray | None = None,
    fatigue: Fatigue | None = None,
    lap: Lap | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[np.ndarray]:
    """Dream a job's frames, one after the other; a loop's warm-up comes before them.

    Parameters
    ----------
    job : Job
    plan : Plan, optional
        How; made here when it is not given.
    done : int
        How many frames are dreamed already, the warm-up among them; then `last` is the last of them and `previous` the
        one before, as this function gave them, or None.
    last, previous : (H, W, 3) ndarray, optional
    fatigue : Fatigue, optional
        What has tired of the frames that are dreamed already; it changes with each frame.
    lap : Lap, optional
        What a loop's warm-up goes to and is taken from. Needed where some of it is done.
    progress : callable, optional
        Called with (steps done, steps in all) of the frame in work.

    Yields
    ------
    (H, W, 3) ndarray
        float32, 0..255. The loop goes on from these numbers, never from rounded ones.
    """
    plan = plan or plan_job(job)
    if job.clips.source is not None:
        yield from follow(job, plan, job.clips.source, done=done, last=last, progress=progress)
        return
    original, sequence, count = job.picture.rgb, job.recipe.sequence, len(job.numbers)
    fatigue = fatigue or Fatigue(sequence.renew, job.state.tired if job.state else None)
    with nullcontext(lap) if lap or not job.warm_up else temporary_lap() as lap:
        for index in range(done, job.dreams):
            number = job.numbers[index % count]
            if index == 0 and (job.state or sequence.start):
                frame = original.copy() if job.state is None else job.state.frame
                last = None if job.state is None else job.state.previous
                if progress is not None:
                    progress(1, 1)
            else:
                source = original
                if last is not None:
                    place = index - job.warm_up
                    before = last if lap is None or place < 1 else lap.pull(place - 1, last, pull_weight(place, count))
                    context = Context(job.numbers[(index - 1) % count], sequence.seed, original, previous)
                    source = sequence.transform(before, context)
                stir = Context(number, sequence.seed)
                source, told = stirred(source, job.told(number), fatigue.boredom, stir)
                objective, told["layer"] = told["layer"], fatigue.weigh(told["layer"])
                frame = (job.stand_in or dream)(source, job.network, plan=plan, progress=progress, **told)
                fatigue.note(frame, objective, job.network)
            if lap and index < job.warm_up:
                lap.keep(index, frame)
            previous, last = last, frame
            yield frame


def run(
    job: Job,
    plan: Plan | None = None,
    *,
    done: int = 0,
    last: np.ndarray | None = None,
    previous: np.ndarray | None = None,
    fatigue: Fatigue | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[np.ndarray]:
    """Yield a job's frames, one after the other: dreamed ones, and those in between.

    Parameters
    ----------
    job : Job
    plan : Plan, optional
        How; made here when it is not given.
    done : int
        How many frames there are already, without those in between; then `last` is the last of them and `previous` the
        one before, as the loop gave them, or None.
    last, previous : (H, W, 3) ndarray, optional
    fatigue : Fatigue, optional
        Where `renew` is above 0: what has tired of those frames.
    progress : callable, optional
        Called with (steps done, steps in all) of the frame that is dreamed.

    Yields
    ------
    (H, W, 3) ndarray
        float32, 0..255.

    Raises
    ------
    DreamError
        When a loop is to go on in its middle, which a frame directory alone can do.
    """
    if job.warm_up and done:
        raise DreamError(f"done is {done}: a loop begins anew, or goes on in its frame directory")
    note_motionless(job)
    dreamed = dreams(job, plan, done=done, last=last, previous=previous, fatigue=fatigue, progress=progress)
    return interleaved(job, islice(dreamed, job.warm_up, None), done, last)


def dream_sequence(
    picture: Any,
    network: Network | str | None = None,
    recipe: Any = None,
    *,
    objective: Any = None,
    mask: Any = None,
    memory: int | None = None,
    done: int = 0,
    last: np.ndarray | None = None,
    previous: np.ndarray | None = None,
    fatigue: Fatigue | None = None,
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
    done : int
        How many frames there are already, without those in between; when above 0, `last` is the last of them and
        `previous` the one before (None for the first frame), as the loop gave them.
    last, previous : ndarray, optional
    fatigue : Fatigue, optional
        Where `renew` is above 0: what has tired of those frames.
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
    plan = plan_job(job, memory)
    frames = run(job, plan, done=done, last=last, previous=previous, fatigue=fatigue, progress=progress)
    return (with_alpha(frame, job.alpha(place)) for place, frame in enumerate(frames, done))


def with_alpha(frame: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Return a frame with an alpha, if there is one."""
    return frame if alpha is None else np.dstack([frame, alpha])
