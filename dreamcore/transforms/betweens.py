"""Frames between two dreams: the one before moved forward, the one after moved back, and both laid over each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from dreamcore.transforms.chains import Motion, motion_of
from dreamcore.transforms.context import Context
from dreamcore.transforms.mappings import Lines, Mapping
from dreamcore.transforms.registry import Transform
from dreamcore.transforms.resampling import grid, resample

_FADE = 4  # pixels outside of a frame over which what fills its border gives way to the other frame
_LEAST = 1e-3


def in_between(step: Transform, before: np.ndarray, after: np.ndarray, t: float, context: Context) -> np.ndarray:
    """Return the frame at a fraction t of the way from one dream to the next.

    Parameters
    ----------
    step : Transform
        What happened to `before` before it was dreamed again.
    before, after : (H, W, 3) ndarray
        float32, 0..255.
    t : float
        0..1.
    context : Context
        In which the transform ran.

    Returns
    -------
    (H, W, 3) ndarray

    Notes
    -----
    (1 - t) * part(t) of `before` + t * part(t - 1) of `after`. What a frame would take from outside of itself the other
    one gives. Transforms of which no part is known move nothing: there the two frames dissolve into each other.

    Examples
    --------
    >>> from dreamcore.transforms import roll
    >>> before = np.zeros((8, 4, 3), np.float32)
    >>> before[0] = 200
    >>> step = roll(shift=4)
    >>> in_between(step, before, step(before), 0.5, Context(0))[:, 0, 0].tolist()
    [0.0, 0.0, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    return on_the_way(motion_of([(step, context)], before.shape[:2]), before, after, t)


def on_the_way(motion: Motion, before: np.ndarray, after: np.ndarray, t: float) -> np.ndarray:
    """Return the same as `in_between`, of a motion that is known already."""
    (near, near_weight), (far, far_weight) = (
        _moved(frame, motion, part) for frame, part in ((before, t), (after, t - 1))
    )
    near_weight, far_weight = (1 - t) * near_weight, t * far_weight
    return near + far_weight / (near_weight + far_weight) * (far - near)


def motionless(step: Any, shape: tuple[int, int]) -> list[str]:
    """Return the names of the transforms in a term of which no part is known, each once.

    Examples
    --------
    >>> from dreamcore.transforms import parse
    >>> motionless(parse("chain(zoom(0.1), sobel, box(jpeg))"), (24, 30))
    ['sobel', 'jpeg']
    """
    if step.row.name == "chain" and not step.children:
        return []
    motion = step.motion(shape, Context(0)) if not step.children else None
    if not step.children and (motion is None or not getattr(motion, "has_parts", True)):
        return [step.row.name]
    return [*dict.fromkeys(name for child in step.children for name in motionless(child, shape))]


def _moved(frame: np.ndarray, motion: Motion, t: float) -> tuple[np.ndarray, Any]:
    """Return a frame moved a part of the way, and how much it is worth at each pixel."""
    mapping = motion.mapping.part(t)
    moved = resample(frame, mapping, order=3)
    for turn in motion.turns:
        moved = turn.part(t)(moved)
    return moved, _worth(mapping, frame.shape[:2])


def _worth(mapping: Mapping, shape: tuple[int, int]) -> Any:
    if isinstance(mapping, Lines):  # which leaves nothing empty
        return 1.0
    outside = [
        np.maximum(np.maximum(-place, place - (size - 1)), 0)
        for place, size in zip(mapping(*grid(shape)), shape, strict=True)
    ]
    return np.clip(1 - np.maximum(*outside) / _FADE, _LEAST, 1)[..., None].astype(np.float32)
