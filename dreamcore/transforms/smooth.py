"""Transforms that smooth or sharpen."""

from __future__ import annotations

import numpy as np

from dreamcore.kinds import FAR, choice, number, whole
from dreamcore.transforms.context import Context
from dreamcore.transforms.registry import transform


def blurred(picture: np.ndarray, radius: float) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(picture, (radius, radius, 0), mode="reflect", truncate=3.0)


@transform("smooth and sharpen", number("radius", 1, 0, 12, "standard deviation in pixels"))
def gaussian(frame: np.ndarray, context: Context, radius: float) -> np.ndarray:
    """Blur.

    Notes
    -----
    `scipy.ndimage.gaussian_filter`, cut off at three standard deviations, borders mirrored.

    Examples
    --------
    >>> gaussian(0.8)
    gaussian(0.8)
    """
    return blurred(frame, radius) if radius else frame


@transform("smooth and sharpen", whole("passes", 1, 0, 5, "how many times over"))
def median(frame: np.ndarray, context: Context, passes: int) -> np.ndarray:
    """Replace each pixel by the median of the 3x3 around it, channel by channel; edges stay, specks go.

    Notes
    -----
    The nine values pass through Paeth's network of minima and maxima (Graphics Gems, 1990) that ends in their median.

    Examples
    --------
    >>> median(2)
    median(2)
    """
    for _ in range(passes):
        frame = median9(frame)
    return frame


def median9(frame: np.ndarray) -> np.ndarray:
    height, width = frame.shape[:2]
    padded = np.pad(frame, ((1, 1), (1, 1), (0, 0)), "symmetric")
    values = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    for low, high in (
        (1, 2),
        (4, 5),
        (7, 8),
        (0, 1),
        (3, 4),
        (6, 7),
        (1, 2),
        (4, 5),
        (7, 8),
        (0, 3),
        (5, 8),
        (4, 7),
        (3, 6),
        (1, 4),
        (2, 5),
        (4, 7),
        (4, 2),
        (6, 4),
        (4, 2),
    ):
        values[low], values[high] = np.minimum(values[low], values[high]), np.maximum(values[low], values[high])
    return values[4]


@transform(
    "smooth and sharpen",
    number("amount", 0.5, 0, 10, "how much of the detail is added"),
    number("radius", 1, 0.1, 12, "size of the detail: standard deviation of the blur in pixels"),
)
def unsharp(frame: np.ndarray, context: Context, amount: float, radius: float) -> np.ndarray:
    """Sharpen.

    Notes
    -----
    frame + amount * (frame - blurred), kept in 0..255.

    Examples
    --------
    >>> unsharp(0.3, radius=2)
    unsharp(0.3, radius=2)
    """
    if not amount:
        return frame
    return np.clip(frame + np.float32(amount) * (frame - blurred(frame, radius)), 0, 255)


@transform(
    "smooth and sharpen",
    number("amount", 0.2, 0, 1, "how much of them goes with each frame"),
    choice("axis", "vertical", ("vertical", "horizontal"), "the direction in which they run"),
    whole("length", 25, 1, FAR, "what hardly changes over so many pixels is one", "pixels"),
    number("width", 5, 0.1, FAR, "and what changes across less than about so many", "pixels"),
)
def destreak(frame: np.ndarray, context: Context, amount: float, axis: str, length: int, width: float) -> np.ndarray:
    """Take away streaks, which a stretch draws out of everything and then leaves as they are.

    Notes
    -----
    frame - amount * (m - g), kept in 0..255: m is the mean over `length` pixels along the axis, g is m blurred across
    it by a standard deviation of `width`, borders mirrored.

    Examples
    --------
    >>> destreak(0.3)
    destreak(0.3)
    """
    from scipy import ndimage

    if not amount:
        return frame
    along = 0 if axis == "vertical" else 1
    mean = ndimage.uniform_filter1d(frame, length, axis=along, mode="reflect")
    fine = mean - ndimage.gaussian_filter1d(mean, width, axis=1 - along, mode="reflect")
    return np.clip(frame - np.float32(amount) * fine, 0, 255)


@transform(
    "smooth and sharpen",
    whole("radius", 2, 0, 3, "how far it looks, in pixels"),
    number("tolerance", 25, 0.1, 255, "grey levels over which colours still count as alike"),
)
def bilateral(frame: np.ndarray, context: Context, radius: int, tolerance: float) -> np.ndarray:
    """Smooth inside areas of one colour and leave their edges sharp.

    Notes
    -----
    A mean of the pixels within the radius, weighted by exp(-d^2 / (2 radius^2)) * exp(-c^2 / (2 tolerance^2)), d the
    distance and c the distance of the colours (Tomasi and Manduchi, 1998). A pair of pixels is weighed once, for both.

    Examples
    --------
    >>> bilateral(3, tolerance=40)
    bilateral(3, tolerance=40)
    """
    if not radius:
        return frame
    height, width = frame.shape[:2]
    total, weights = frame.copy(), np.ones((height, width, 1), np.float32)
    for dy in range(min(radius, height - 1) + 1):
        for dx in range(-min(radius, width - 1), min(radius, width - 1) + 1):
            if (dy, dx) <= (0, 0) or dy * dy + dx * dx > radius * radius:
                continue
            here = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
            there = np.s_[dy:, max(0, dx) : width + min(0, dx)]
            step = frame[there] - frame[here]
            colour = np.einsum("yxc,yxc->yx", step, step) * np.float32(-0.5 / tolerance**2)
            weight = np.exp(colour - np.float32(0.5 * (dy * dy + dx * dx) / radius**2))[..., None]
            total[here] += weight * frame[there]
            total[there] += weight * frame[here]
            weights[here] += weight
            weights[there] += weight
    return total / weights
