"""What `renew` does to a sequence that only shuffles, besides the weights of its channels: it stirs the next frame.

Soft blots of colour give the dream something else to begin with, and octaves of other sizes make other channels see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dreamcore.parameters import Dream
from dreamcore.transforms import Context
from dreamcore.transforms.colour import luminance, spread
from dreamcore.transforms.mix import noise

_BLOTS, _SIZE = 12, 20  # grey levels and pixels of the blots where it is stirred most
_SCALE = 0.15  # by which part the octave scale changes then, up or down
_APART = (1 << 20,)  # a place that no transform of a sequence has


def stirred(
    source: np.ndarray, told: Mapping[str, Any], boredom: float, context: Context
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return what is dreamed on, and what the dream is told, stirred so much.

    Parameters
    ----------
    source : (H, W, 3) ndarray
    told : mapping
        As of `Job.told`.
    boredom : float
        0, and both stay as they are, to 1.
    context : Context
        Of the frame that is to be dreamed.
    """
    if not boredom:
        return source, dict(told)
    apart = Context(context.number, context.seed, path=_APART)
    least = Dream.parameters()["octave_scale"].low or 1
    scale = told["octave_scale"] * (1 + _SCALE * boredom * apart.child(1).rng.uniform(-1, 1))
    return _blotted(source, _BLOTS * boredom, apart.child(0)), {**told, "octave_scale": max(scale, least)}


def _blotted(source: np.ndarray, amount: float, context: Context) -> np.ndarray:
    """Return a picture under blots that change where its colours are, and not how much colour there is."""
    blotted = noise(amount, size=_SIZE)(source, context)
    grey, before = luminance(blotted), luminance(source)
    return np.clip(grey + spread(blotted - grey, source - before, (0, 1), (0, 1, 2)), 0, 255)
