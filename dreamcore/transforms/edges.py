"""Transforms that keep what changes from pixel to pixel.

Edges of edges of edges: what a dream adds to a frame is multiplied by the gain before the next. Below what keeps it
alive the picture fades to black; above, the finest grain, of which there is most in an edge, outgrows all else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dreamcore.kinds import choice, flag, number
from dreamcore.transforms.colour import luminance
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import transform

# Weights across the direction of the difference; each sums to 1, so a step of one grey level gives 1.
SOBEL = (0.25, 0.5, 0.25)
PREWITT = (1 / 3, 1 / 3, 1 / 3)
SCHARR = (3 / 16, 10 / 16, 3 / 16)

ON = choice("on", "channels", ("channels", "luminance"), "each channel by itself (colours), or grey")
MIX = number("mix", 1, 0, 1, "part of the edges in the result; the rest is the frame")
AXIS = choice(
    "axis",
    "both",
    ("both", "vertical", "horizontal"),
    "differences from top to bottom, from left to right, or the length of both together",
)


_GAIN = "factor; 1 gives a step between neighbours its own height"
GAIN = number("gain", 1.3, 0, 64, _GAIN)
NORMALISE = flag("normalise", False, "instead of the gain: the strongest edge becomes 255")


def difference(picture: np.ndarray, axis: Any, weights: tuple[float, ...]) -> np.ndarray:
    """Return the central difference along `axis`, smoothed along the other by three weights; borders mirrored."""
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), "symmetric")
    if axis == 0:
        step = padded[2:] - padded[:-2]
        return weights[0] * step[:, :-2] + weights[1] * step[:, 1:-1] + weights[2] * step[:, 2:]
    return difference(picture.transpose(1, 0, 2), 0, weights).transpose(1, 0, 2)


def gradient(
    frame: np.ndarray, weights: tuple[float, ...], gain: float, axis: Any, on: str, mix: float, normalise: bool
) -> np.ndarray:
    picture = frame if on == "channels" else luminance(frame)
    if axis == "both":
        edges = np.hypot(difference(picture, 0, weights), difference(picture, 1, weights))
    else:
        edges = np.abs(difference(picture, 0 if axis == "vertical" else 1, weights))
    return mixed(frame, edges, gain, mix, normalise)


def mixed(frame: np.ndarray, edges: np.ndarray, gain: float, mix: float, normalise: bool) -> np.ndarray:
    if mix == 0:
        return frame
    if normalise and edges.max() > 0:
        gain = 255 / edges.max()
    edges = np.broadcast_to(np.clip(edges * np.float32(gain), 0, 255), frame.shape)
    return np.ascontiguousarray(edges) if mix == 1 else frame + (edges - frame) * np.float32(mix)


@transform("edges", GAIN, AXIS, ON, MIX, NORMALISE)
def sobel(frame: np.ndarray, context: Context, **options: Any) -> np.ndarray:
    """Replace the picture by its edges, after Sobel.

    Notes
    -----
    sqrt(gy^2 + gx^2), g = the kernel [1 2 1] x [-1 0 1] / 4. Frame after frame, a gain of 1.3 lives, 1 fades to black,
    1.6 is white noise after ten frames, 2 after five, and 4, `scipy.ndimage.sobel`'s scale, after three. With a part of
    the picture left in, such as mix=0.3, up to 2 lives.

    Examples
    --------
    >>> sobel(2, mix=0.3)
    sobel(2, mix=0.3)
    """
    return gradient(frame, SOBEL, **options)


@transform("edges", GAIN, AXIS, ON, MIX, NORMALISE)
def prewitt(frame: np.ndarray, context: Context, **options: Any) -> np.ndarray:
    """Replace the picture by its edges, after Prewitt.

    Notes
    -----
    As Sobel with [1 1 1] x [-1 0 1] / 3, and it lives at the same gains; 3 is `scipy.ndimage.prewitt`'s scale.

    Examples
    --------
    >>> prewitt(2, mix=0.5)
    prewitt(2, mix=0.5)
    """
    return gradient(frame, PREWITT, **options)


@transform("edges", GAIN, AXIS, ON, MIX, NORMALISE)
def scharr(frame: np.ndarray, context: Context, **options: Any) -> np.ndarray:
    """Replace the picture by its edges, after Scharr: the same in all directions.

    Notes
    -----
    As Sobel with [3 10 3] x [-1 0 1] / 16, and it lives at the same gains.

    Examples
    --------
    >>> scharr(on="luminance")
    scharr(1.3, on=luminance)
    """
    return gradient(frame, SCHARR, **options)


@transform("edges", number("gain", 0.3, 0, 64, _GAIN), ON, MIX, NORMALISE)
def laplace(frame: np.ndarray, context: Context, gain: float, on: str, mix: float, normalise: bool) -> np.ndarray:
    """Replace the picture by how much each pixel differs from its four neighbours.

    Notes
    -----
    |up + down + left + right - 4 * centre|, borders mirrored. A gain of 0.3 lives, with sparks from 0.4 on; 1,
    `scipy.ndimage.laplace`'s scale, is white noise after five frames.

    Examples
    --------
    >>> laplace(0.3)
    laplace(0.3)
    """
    picture = frame if on == "channels" else luminance(frame)
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), "symmetric")
    around = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
    return mixed(frame, np.abs(around - 4 * picture), gain, mix, normalise)
