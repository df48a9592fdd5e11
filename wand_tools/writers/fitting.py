"""Lower the settings of an animation, one after the other, until the file is small enough."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

from dreamcore.text import size_text
from wand_tools.assembly import Assembly
from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool
from wand_tools.writers.gif import write_frames
from wand_tools.writers.palettes import Palettes

Made = TypeVar("Made")
_PAIRS = 6  # places in the animation that an estimate looks at

STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("no dither", {"dither": "none"}),
    ("128 colours", {"colours": 128}),
    ("64 colours", {"colours": 64}),
    ("lossy 40", {"lossy": 40}),
    ("lossy 100", {"lossy": 100}),
    ("3/4 of the size", {"scale": Fraction(3, 4)}),
    ("1/2 of the size", {"scale": Fraction(1, 2)}),
    ("every 2nd frame", {"every": 2}),
    ("every 3rd frame", {"every": 3}),
    ("32 colours", {"colours": 32}),
    ("1/3 of the size", {"scale": Fraction(1, 3)}),
    ("every 5th frame", {"every": 5}),
    ("1/4 of the size", {"scale": Fraction(1, 4)}),
)


def ladder(assembly: Assembly) -> Iterator[tuple[str, Assembly]]:
    """Yield the settings to try, best first: the name of the last step down, and the assembly.

    Each step keeps the ones before it, and steps that would change nothing are left out.
    """
    yield "the settings asked for", assembly
    for name, change in STEPS:
        lower = {key: value for key, value in change.items() if _lowers(key, value, assembly)}
        if not lower:
            continue
        look = {key: value for key, value in lower.items() if key in ("dither", "colours")}
        assembly = replace(
            assembly,
            look=replace(assembly.look, **look),
            lossy=lower.get("lossy", assembly.lossy),
            scale=lower.get("scale", assembly.scale),
            arrangement=replace(assembly.arrangement, every=lower.get("every", assembly.arrangement.every)),
        )
        yield name, assembly


def _lowers(key: str, value: Any, assembly: Assembly) -> bool:
    if key == "dither":
        return assembly.look.dither != value
    if key == "colours":
        return value < assembly.look.colours
    if key == "every":
        return assembly.arrangement.every < value <= len(assembly.source.durations)
    return value > assembly.lossy if key == "lossy" else value < assembly.scale


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
        What `write` returned for the first of `ladder` that fits, first by an estimate and then in fact.
    """
    tried = []
    for name, lower in ladder(assembly):
        size = estimate(lower, pool)
        tried.append(f"{name}: about {size_text(size)}")
        if size <= most and (made := write(lower)) is not None:
            if len(tried) > 1:
                warnings.warn(f"to fit {size_text(most)}, tried " + "; ".join(tried), AnimationWarning, stacklevel=3)
            return made
    raise AnimationError(f"max_size {size_text(most)} cannot be reached; tried " + "; ".join(tried))


def estimate(assembly: Assembly, pool: Pool) -> int:
    """Guess the size of the file from a few pairs of neighbouring frames."""
    frames = list(assembly.frames())
    count = len(frames)
    if count <= 2 * _PAIRS:
        return max(_written(assembly, frames, pool))
    places = [i * (count - 2) // (_PAIRS - 1) for i in range(_PAIRS)]
    alone, later = [], []
    for place in places:
        sizes = list(_written(assembly, frames[place : place + 2], pool))
        alone.append(sizes[0])
        later.append(sizes[1] - sizes[0])
    return alone[0] + sum(later) * (count - 1) // _PAIRS


def _written(assembly: Assembly, frames: Sequence[Reference], pool: Pool) -> Iterator[int]:
    return write_frames(
        _Nowhere(),
        frames,
        size=assembly.size,
        delays=[7] * len(frames),
        plays=0,
        look=None if assembly.exact else assembly.look,
        palettes=Palettes(),
        pool=pool,
        lossy=assembly.lossy,
    )


class _Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)
