"""The plan of a job: how it is done on this machine, made once."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from dreamcore.ascent import FewerOctaves
from dreamcore.ascent.octaves import octave_sizes
from dreamcore.large.plan import Plan, plan_dreams

if TYPE_CHECKING:
    from dreamcore.sequence.job import Job


def plan_job(job: Job, memory: int | None = None) -> Plan:
    """Plan all frames of a job.

    Parameters
    ----------
    job : Job
    memory : int, optional
        Bytes that the program may take, most of what is free by default.

    Returns
    -------
    Plan

    Raises
    ------
    DreamError
        When a frame cannot be dreamed: the picture is too small for a layer, or too large for the memory or the disk.
    """
    return plan_dreams(job.network, _dreams(job), memory)


def work(job: Job) -> float:
    """Return the steps of all frames times the pixels of the picture: in proportion to the seconds, roughly."""
    width, height = job.picture.size
    return sum(job.at(number)["iterations"] for number in job.numbers) * width * height


def _dreams(job: Job) -> list[tuple]:
    """What is planned for: the ends, octaves and blending of each kind of frame."""
    kinds: dict[tuple, float] = {}
    for number in job.numbers:
        at = job.at(number)
        ends = at["layer"].ends(job.network)
        kinds.setdefault((ends, at["octaves"], round(at["octave_scale"], 1), at["strength"] < 1), at["octave_scale"])
    size = job.picture.rgb.shape[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        return [
            (ends, octave_sizes(size, octaves, scale, job.network, ends), blended or job.mask is not None)
            for (ends, octaves, _, blended), scale in kinds.items()
        ]


def foretell(job, plan):
    return plan
