"""Lower the settings of an animation by what is seen least, until the file is small enough.

What a setting saves and what it costs is measured on a few pairs of neighbouring frames: they are written, read back
and compared with the source, by structural similarity and by shimmer. Each means is measured alone; of all combinations
the one is taken that should cost least, and measured as well.
"""

from __future__ import annotations

import io
import itertools
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

import numpy as np

from dreamcore.text import size_text
from wand_tools.assembly import Assembly
from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.pixels import Pixels, resized, without_alpha
from wand_tools.workers import Pool
from wand_tools.writers.gif import write_frames
from wand_tools.writers.likeness import shimmer, similarity
from wand_tools.writers.palettes import Palettes

Made = TypeVar("Made")
_PAIRS = 6  # places in the animation that are looked at
_SHIMMER = 1 / 100  # what a level of shimmer costs, where a similarity of 0 instead of 1 costs 1
_TRIES = 12  # combinations that are measured

MEANS: dict[str, tuple[Any, ...]] = {
    "dither": ("none",),
    "lossy": (10, 20, 30, 45, 65, 95, 140, 200),
    "colours": (128, 64, 32),
    "scale": (Fraction(3, 4), Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)),
    "every": (2, 3, 5),
}


@dataclass(frozen=True)
class Judged:
    """What a setting makes of the pairs.

    Attributes
    ----------
    size : int
        Bytes that the file will have, about.
    cost : float
        What is lost: 1 less the similarity, and the shimmer in levels times 1/100.
    """

    size: int
    cost: float


Levels: TypeAlias = list[tuple[Any, Judged]]


def write_within(most: int, assembly: Assembly, pool: Pool, write: Callable[[Assembly], Made | None]) -> Made:
    """Write with the best settings whose file is small enough.

    Parameters
    ----------
    most : int
        Bytes that the file may have.
    assembly : Assembly
    pool : Pool
    write : callable
        Writes an assembly; returns None where the file became too large.

    Returns
    -------
    made
        What `write` returned for the first that fits, first by an estimate and then in fact.
    """
    asked = judge(assembly, assembly, pool)
    tried = [f"the settings asked for: about {size_text(asked.size)}"]
    if asked.size <= most and (made := write(assembly)) is not None:
        return made
    aim, was_written = most, True
    while was_written:  # it was more than estimated: what is estimated to be less may fit
        was_written = False
        for lowered, size in combinations(asked, measure_means(asked, assembly, pool, aim), assembly, pool, aim):
            tried.append(f"{_told(lowered)}: about {size_text(size)}")
            if size > aim:
                continue
            if (made := write(lowering(assembly, lowered))) is not None:
                warnings.warn(f"to fit {size_text(most)}, tried " + "; ".join(tried), AnimationWarning, stacklevel=3)
                return made
            was_written = True
        aim = aim * 4 // 5
    raise AnimationError(f"max_size {size_text(most)} cannot be reached; tried " + "; ".join(tried))


def measure_means(asked: Judged, assembly: Assembly, pool: Pool, most: int) -> dict[str, list[tuple[Any, Judged]]]:
    """Judge each means of `MEANS` alone, as far as it may be needed: until it saves enough, or costs too much."""
    measured: dict[str, Levels] = {}
    enough = math.inf  # the cost of what is enough alone
    for name, values in MEANS.items():
        measured[name] = []
        for value in values:
            if not _lowers(name, value, assembly):
                continue
            judged = judge(lowering(assembly, {name: value}), assembly, pool)
            if judged.cost > enough:
                break
            measured[name].append((value, judged))
            if judged.size <= most:
                enough = judged.cost
                break
    return measured


def combinations(
    asked: Judged, measured: dict[str, Levels], assembly: Assembly, pool: Pool, most: int
) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield combinations of what was measured, and their sizes: first what should cost least and fit.

    Means save factors of the size, and their costs add up, about; what the combinations that were judged differ by from
    that is expected of the others, too.
    """
    levels = measured | {"lossy": _with_middles((assembly.lossy, asked), measured["lossy"])}
    expected = []
    for chosen in itertools.product(*([None, *values] for values in levels.values())):
        taken = {name: level for name, level in zip(levels, chosen, strict=True) if level is not None}
        saved = math.prod(judged.size / asked.size for _, judged in taken.values())
        cost = sum(max(judged.cost - asked.cost, 0) for _, judged in taken.values())
        expected.append((asked.size * saved, cost, {name: value for name, (value, _) in taken.items()}))
    error = 1.0
    for _ in range(_TRIES):
        fitting = [each for each in expected if each[0] * error <= most]
        saved, cost, lowered = (
            min(fitting, key=lambda each: each[1]) if fitting else min(expected, key=lambda each: each[0])
        )
        size = judge(lowering(assembly, lowered), assembly, pool).size
        yield lowered, size
        error = max(1.01 * error, size / saved)
        expected = [each for each in expected if each[0] < saved or each[1] > cost]
        if not expected:
            return


def _with_middles(first: tuple[int, Judged], levels: Levels) -> Levels:
    """Add what can be expected half way between levels of loss."""
    found = []
    for (low, before), (high, after) in itertools.pairwise([first, *levels]):
        middle = Judged(round(math.sqrt(before.size * after.size)), (before.cost + after.cost) / 2)
        found += [((low + high) // 2, middle), (high, after)]
    return found


def _lowers(name: str, value: Any, assembly: Assembly) -> bool:
    """Return whether a setting would be lower than that of an assembly."""
    if name == "dither":
        return assembly.look.dithered != value
    if name == "colours":
        return value < assembly.look.colours
    if name == "every":
        return assembly.arrangement.every < value <= len(assembly.source.durations)
    return value > assembly.lossy if name == "lossy" else value < assembly.scale


def lowering(assembly: Assembly, lowered: Mapping[str, Any]) -> Assembly:
    """Return an assembly with other settings."""
    look = {name: lowered[name] for name in ("dither", "colours") if name in lowered}
    return replace(
        assembly,
        look=replace(assembly.look, **look),
        lossy=lowered.get("lossy", assembly.lossy),
        scale=lowered.get("scale", assembly.scale),
        arrangement=replace(assembly.arrangement, every=lowered.get("every", assembly.arrangement.every)),
    )


def _told(lowered: Mapping[str, Any]) -> str:
    """Return what settings are called.

    Examples
    --------
    >>> _told({"lossy": 20, "scale": Fraction(3, 4), "every": 2})
    'lossy 20, 3/4 of the size, every 2nd frame'
    """
    words = {
        "dither": "no dither",
        "lossy": "lossy {}",
        "colours": "{} colours",
        "scale": "{} of the size",
        "every": "every {}{} frame",
    }
    ends = {2: "nd", 3: "rd"}
    return ", ".join(words[name].format(value, ends.get(value, "th")) for name, value in lowered.items())


# -- pairs of frames --------------------------------------------------------------------------------------------------


def judge(lower: Assembly, assembly: Assembly, pool: Pool) -> Judged:
    """Estimate the size and the cost of settings that are lower than those of an assembly, from a few pairs of frames.

    Frames that are left out cost what it costs to show the one before instead.
    """
    frames = list(lower.frames())
    wanted = frames if lower.scale == 1 else list(replace(lower, scale=Fraction(1)).frames())
    count = len(frames)
    tasks = [(lower, frames[at : at + 2], wanted[at : at + 2]) for at in _places(count)]
    sizes, costs = zip(*pool.map(_measured, tasks), strict=True)
    size = sizes[0][0] + sum(later for _, later in sizes) * (count - 1) // len(sizes)
    left_out = 1 - Fraction(assembly.arrangement.every, lower.arrangement.every)
    kept = sum(costs) / len(costs)
    return Judged(size, kept + float(left_out) * _held(assembly) if left_out else kept)


def _places(count: int) -> list[int]:
    """Spread the pairs over the animation."""
    pairs = min(_PAIRS, max(count - 1, 1))
    return sorted({i * (count - 2) // max(pairs - 1, 1) if count > 1 else 0 for i in range(pairs)})


def _measured(task: tuple[Assembly, list[Any], list[Any]]) -> tuple[tuple[int, int], float]:
    """Write one or two frames; return the bytes of each, and the cost."""
    assembly, frames, wanted = task
    file = io.BytesIO()
    sizes = list(
        write_frames(
            file, frames, size=assembly.size, delays=[7] * len(frames), plays=0,
            look=None if assembly.exact else assembly.look, palettes=Palettes(), pool=Pool(1), lossy=assembly.lossy,
        )
    )  # fmt: skip
    sources = [without_alpha(frame.read(), assembly.look.matte)[0] for frame in wanted]
    shown = [resized(picture, sources[0].shape[1::-1]) for picture in _shown(file)]
    cost = sum(1 - similarity(*both) for both in zip(shown, sources, strict=True)) / len(shown)
    if len(shown) > 1:
        cost += _SHIMMER * shimmer(*shown, *sources)
    return (sizes[0], sizes[-1] - sizes[0]), cost


def _shown(file: io.BytesIO) -> list[Pixels]:
    """Decode an animation."""
    from PIL import Image, ImageSequence

    with Image.open(file, formats=["GIF"]) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


def _held(assembly: Assembly) -> float:
    """Return what it costs on average to show a frame again instead of the next one."""
    frames = list(replace(assembly, scale=Fraction(1)).frames())
    costs = []
    for at in _places(len(frames)):
        first, *later = (without_alpha(frame.read(), assembly.look.matte)[0] for frame in frames[at : at + 2])
        costs += [1 - similarity(first, then) + _SHIMMER * shimmer(first, first, first, then) for then in later]
    return sum(costs) / max(len(costs), 1)
