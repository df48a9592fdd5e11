"""The plan of a job: how it is done on this machine, made once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dreamcore.ascent import FewerOctaves
from dreamcore.ascent.octaves import octave_sizes
from dreamcore.ascent.pace import Ascent, Paces, with_seconds
from dreamcore.large.plan import Plan, Pyramid, plan_dreams

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
    return plan_dreams(job.network, [pyramid for pyramid, _ in _kinds(job)], memory)


def work(job: Job) -> float:
    """Return the steps of all frames times the pixels of the picture: in proportion to the seconds, roughly."""
    width, height = job.picture.size
    rounds = job.dreams / len(job.numbers)
    return rounds * sum(job.at(number)["iterations"] for number in job.numbers) * width * height


def foretell(job: Job, plan: Plan, paces: Paces | None = None) -> Plan:
    """Return a job's plan with the seconds that all frames take, from short measurements.

    Parameters
    ----------
    job : Job
    plan : Plan
    paces : dict, optional
        Takes what is measured, and gives it to other jobs with the same network.
    """
    ascents = []
    for pyramid, numbers in _kinds(job):
        _, objective = job.at(numbers[0])["layer"].bind(job.network)
        steps = sum(job.at(number)["iterations"] for number in numbers) * job.dreams // len(job.numbers)
        ascents.append(Ascent(pyramid, objective, steps))
    return with_seconds(plan, job.network, ascents, paces)


def _kinds(job: Job) -> list[tuple[Pyramid, list[int]]]:
    """Return what each kind of frame asks of a plan, and the numbers of the frames."""
    kinds: dict[tuple, list[int]] = {}
    for number in job.numbers:
        at = job.at(number)
        scales = at["octaves"], round(at["octave_scale"], 1)
        kind = at["layer"].ends(job.network), *scales, at["strength"] < 1, *_looks(at)
        kinds.setdefault(kind, []).append(number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewerOctaves)
        return [(_pyramid(job, numbers[0]), numbers) for numbers in kinds.values()]


def _pyramid(job: Job, number: int) -> Pyramid:
    at = job.at(number)
    ends = at["layer"].ends(job.network)
    sizes = octave_sizes(job.picture.rgb.shape[:2], at["octaves"], at["octave_scale"], job.network, ends)
    is_blended = at["strength"] < 1 or job.mask is not None or job.is_followed
    return Pyramid(ends, sizes, is_blended, *_looks(at))


def _looks(at: Mapping[str, Any]) -> tuple[bool, bool]:
    """Return whether the steps of a dream are smoothed, and whether turned."""
    return bool(at["smooth"] or at["blur"]), at["robustness"] > 0
