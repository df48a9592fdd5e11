"""A clip, dreamed frame by frame: each on top of what the last dream left, carried along with what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dreamcore.ascent import dream
from dreamcore.sequence.flow import Motion, carry, find_motion, opencv
from dreamcore.transforms import Context

if TYPE_CHECKING:
    from dreamcore.large.plan import Plan
    from dreamcore.sequence.clips import Clip
    from dreamcore.sequence.job import Job

_STEP = 1.1  # times that contrast may change from one frame to the next when it is held
_FEW = 64  # pixels, of which a mean says little


def follow(
    job: Job,
    plan: Plan,
    clip: Clip,
    *,
    done: int = 0,
    last: np.ndarray | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[np.ndarray]:
    """Dream the frames of a clip, one after the other.

    Parameters
    ----------
    job : Job
    plan : Plan
    clip : Clip
        The job's source.
    done : int
        How many frames there are already; then `last` is the last of them, as this function gave it.
    last : (H, W, 3) ndarray, optional
    progress : callable, optional
        Called with (steps done, steps in all) of the frame in work.

    Yields
    ------
    (H, W, 3) ndarray
        float32, 0..255.

    Notes
    -----
    What a dream has added to its source is carried to the next frame along the flow of the source, and added to it.
    There, what does not move stays as it is. What moves keeps `follow` of it and is dreamed again for the rest; what
    is new is dreamed in full. Since every frame begins with its own source, nothing of an older one stays behind, and
    mean and contrast of what is carried are held, so that nothing adds up. With a transform all of it is dreamed again,
    as in other sequences. After a cut all begins anew.
    """
    numbers = job.numbers[done:]
    if job.is_followed:
        opencv()  # which may be missing: this is said before the first dream
    before = None if last is None or not numbers else clip.picture(numbers[0] - 1).rgb
    for number in numbers:
        now = clip.picture(number).rgb
        motion = None if last is None or before is None or not job.is_followed else find_motion(before, now)
        if before is None or last is None or motion is None or motion.is_cut:
            frame = _dreamed(job, plan, number, now, last, None, progress)
        else:
            frame = _carried_on(job, plan, number, now, last, last - before, motion, progress)
        yield frame
        before, last = now, frame


def _carried_on(
    job: Job,
    plan: Plan,
    number: int,
    now: np.ndarray,
    last: np.ndarray,
    detail: np.ndarray,
    motion: Motion,
    progress: Callable[[int, int], Any] | None,
) -> np.ndarray:
    """Dream a frame on top of the detail that the last dream added to its own."""
    amount, mask = job.recipe.video.follow, job.told(number)["mask"]
    if is_transformed(job):
        kept = amount * motion.same
        return _dreamed(job, plan, number, now + kept[..., None] * carry(detail, motion.places), last, None, progress)
    kept = np.where(motion.still, np.float32(1), np.float32(amount) * motion.same)
    if mask is not None:
        kept = kept * (mask > 0)  # nothing leaves the mask, whatever moves out of it
    source = now + kept[..., None] * carry(detail, motion.places)
    frame = _dreamed(job, plan, number, source, last, 1 - kept, progress)
    moving = kept * ~motion.still
    return np.clip(now + held(frame - now, carry(detail, motion.places, blend=False), moving), 0, 255)


def _dreamed(
    job: Job,
    plan: Plan,
    number: int,
    source: np.ndarray,
    last: np.ndarray | None,
    new: np.ndarray | None,
    progress: Callable[[int, int], Any] | None,
) -> np.ndarray:
    """Transform and dream a frame, where it is new."""
    told, sequence = job.told(number), job.recipe.sequence
    if new is not None:
        told["mask"] = new if told["mask"] is None else new * told["mask"]
        if not told["mask"].any():
            if progress is not None:
                progress(1, 1)
            return source
    original = job.clips.source.picture(number).rgb if job.clips.source else source
    source = sequence.transform(source, Context(number, sequence.seed, original, last))
    return (job.stand_in or dream)(source, job.network, plan=plan, progress=progress, **told)


def held(detail: np.ndarray, before: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give a detail the mean and the contrast that it had before, of each colour, where a weight says.

    Parameters
    ----------
    detail, before : (H, W, 3) ndarray
        What a dream has added to the source; and the same in the frame before, brought to the same places.
    weight : (H, W) ndarray
        0..1.

    Examples
    --------
    >>> before = np.random.default_rng(1).normal(2, 3, (32, 32, 3)).astype(np.float32)
    >>> crept = held(1.05 * before + 1, before, np.ones((32, 32), np.float32))
    >>> bool(np.allclose(crept, before, atol=1e-3))
    True
    """
    weight = weight[..., None]
    total = weight.sum(dtype=np.float64)
    if total < _FEW:
        return detail
    mean, contrast = _moments(detail, weight, total)
    mean_before, contrast_before = _moments(before, weight, total)
    gain = np.clip(contrast_before / np.maximum(contrast, 1e-6), 1 / _STEP, _STEP)
    return np.float32(detail + weight * ((detail - mean) * (gain - 1) + mean_before - mean))


def _moments(detail: np.ndarray, weight: np.ndarray, total: float) -> tuple[np.ndarray, np.ndarray]:
    mean = (detail * weight).sum((0, 1), dtype=np.float64) / total
    spread = ((detail - mean) ** 2 * weight).sum((0, 1), dtype=np.float64) / total
    return np.float32(mean), np.float32(np.sqrt(spread))


def is_transformed(job: Job) -> bool:
    """Tell whether something happens to the frames of a job besides dreaming."""
    transform = job.recipe.sequence.transform
    return transform.row.name != "chain" or bool(transform.children)
