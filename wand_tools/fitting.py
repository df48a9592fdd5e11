"""Lower the settings of an animation, one after the other, until the file is small enough."""

import io
import warnings
from dataclasses import replace
from fractions import Fraction

from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.gif import write_gif
from wand_tools.palette import Look, Palettes

_PAIRS = 6  # places in the animation that an estimate looks at

STEPS = (
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


def ladder(assembly):
    """Give the settings to try, best first: pairs of what was lowered last and the assembly.

    Each step keeps the ones before it, and steps that would change nothing are left out.
    """
    look = assembly.look or Look()
    yield "the settings asked for", assembly
    for name, change in STEPS:
        lower = {key: value for key, value in change.items() if _lowers(key, value, assembly, look)}
        if not lower:
            continue
        look = replace(look, **{key: value for key, value in lower.items() if key in ("dither", "colours")})
        assembly = replace(
            assembly,
            look=look,
            lossy=lower.get("lossy", assembly.lossy),
            scale=lower.get("scale", assembly.scale),
            arrangement=replace(assembly.arrangement, every=lower.get("every", assembly.arrangement.every)),
        )
        yield name, assembly


def _lowers(key, value, assembly, look):
    if key == "dither":
        return look.dither != value
    if key == "colours":
        return value < look.colours
    if key == "every":
        return assembly.arrangement.every < value <= assembly.source.count
    return value > assembly.lossy if key == "lossy" else value < assembly.scale


def write_within(most, assembly, pool, write):
    """Write with the best settings whose file has at most so many bytes.

    Parameters
    ----------
    most : int
        Bytes.
    assembly : Assembly
    pool : Pool
    write : callable
        Writes an assembly; gives None where the file became too large.

    Returns
    -------
    made
        What `write` gave for the first of `ladder` that fits, first by an estimate and then in truth.
    """
    tried = []
    for name, lower in ladder(assembly):
        size = estimate(lower, pool)
        tried.append(f"{name}: about {size / 1e6:.3g} MB")
        if size <= most and (made := write(lower)) is not None:
            if len(tried) > 1:
                warnings.warn(f"to fit {most / 1e6:g} MB, tried " + "; ".join(tried), AnimationWarning, stacklevel=3)
            return made
    raise AnimationError(f"max size {most / 1e6:g} MB cannot be reached; tried " + "; ".join(tried))


def estimate(assembly, pool):
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


def _written(assembly, frames, pool):
    return write_gif(
        _Nowhere(),
        frames,
        size=assembly.size,
        delays=[7] * len(frames),
        plays=0,
        look=assembly.look,
        palettes=Palettes(),
        pool=pool,
        lossy=assembly.lossy,
    )


class _Nowhere(io.RawIOBase):
    def write(self, data):
        return len(data)
