"""A clip, dreamed frame by frame: each on top of what the last dream left, carried along with what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
_SEEN = ("mask", "strength", "seed")  # of what `dream` is told: how much of it is seen, and what differs anyway
_TRACE = 1e-3  # of a dream: less is not seen
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
    follower = _Follower(job, plan, clip, progress)
    for number in numbers:
        last = follower.dreamed(number, last)
        yield last


def dream_alone(
    job: Job, plan: Plan, numbers: Iterable[int], progress: Callable[[int, int], Any] | None = None
) -> Iterator[np.ndarray]:
    """Dream some frames of a job whose frames stand alone (`Job.stands_alone`), as `follow` dreams all of them.

    Yields
    ------
    (H, W, 3) ndarray
        float32, 0..255.
    """
    assert job.clips.source is not None
    follower = _Follower(job, plan, job.clips.source, progress)
    for number in numbers:
        yield follower.dreamed(number, None)


class _Follower:
    """What dreams the frames of a clip."""

    def __init__(self, job: Job, plan: Plan, clip: Clip, progress: Callable[[int, int], Any] | None) -> None:
        self.job, self.plan, self.clip, self.progress = job, plan, clip, progress
        transform = job.recipe.sequence.transform
        self.is_plain = transform.row.name == "chain" and not transform.children

    def dreamed(self, number: int, last: np.ndarray | None) -> np.ndarray:
        """Dream a frame; `last` is the dream of the one before."""
        now = self.clip.picture(number).rgb
        if last is None or not self.job.is_followed:
            return self._dream(number, now, last)
        before = self.clip.picture(number - 1).rgb
        motion = find_motion(before, now)
        if motion.is_cut:
            return self._dream(number, now, last)
        return self._on_top(number, now, last, last - before, motion)

    def _on_top(self, number: int, now: np.ndarray, last: np.ndarray, detail: np.ndarray, motion: Motion) -> np.ndarray:
        """Dream a frame on top of the detail that the last dream added to its own."""
        is_settled = self.is_plain and self._wishes(number) == self._wishes(number - 1)
        still = motion.still & is_settled
        kept = np.where(still, np.float32(1), np.float32(self.job.recipe.video.follow) * motion.same)
        more, less = self._growth(number, motion)
        source = now + (kept * less)[..., None] * carry(detail, motion.places)
        if not self.is_plain:
            return self._dream(number, source, last)
        frame = self._dream(number, source, last, 1 - kept / more)
        moving = kept * ~still * (more == 1) * (less == 1)
        return np.clip(now + held(frame - now, carry(detail, motion.places, blend=False), moving), 0, 255)

    def _dream(
        self, number: int, source: np.ndarray, last: np.ndarray | None, new: np.ndarray | None = None
    ) -> np.ndarray:
        """Transform and dream a frame, as far as it is new."""
        told, sequence, original = self.job.told(number), self.job.recipe.sequence, self.clip.picture(number).rgb
        source = sequence.transform(source, Context(number, sequence.seed, original, last))
        if new is not None:
            told["mask"] = new if told["mask"] is None else new * told["mask"]
            if not told["mask"].any():
                if self.progress is not None:
                    self.progress(1, 1)
                return source
        dreams = self.job.stand_in or dream
        return dreams(source, self.job.network, plan=self.plan, progress=self.progress, **told)

    def _wishes(self, number: int) -> dict[str, Any]:
        """Return what is asked of the dream of a frame, besides how much of it is seen."""
        return {name: value for name, value in self.job.told(number).items() if name not in _SEEN}

    def _growth(self, number: int, motion: Motion) -> tuple[np.ndarray, np.ndarray]:
        """Return how many times more of a dream is to be seen at a place than in the frame before; and what part.

        One of both is 1. Where nothing is to be seen, nothing is left, whatever moves there out of a mask.
        """
        before, now = (self._seen(each) for each in (number - 1, number))
        carried = carry(before, motion.places).clip(0, 1)
        before = np.where(np.abs(carried - now) < _TRACE, now, carried)
        more = np.maximum(now / np.maximum(before, _TRACE), 1)
        less = np.where(now > 0, np.minimum(now / np.maximum(before, _TRACE), 1), 0)
        return np.float32(more), np.float32(less)

    def _seen(self, number: int) -> np.ndarray:
        """Return how much of a dream is to be seen in a frame: its strength, where a mask lets it."""
        told, (width, height) = self.job.told(number), self.job.picture.size
        mask = np.ones((height, width), np.float32) if told["mask"] is None else told["mask"]
        return np.float32(told["strength"]) * mask


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
