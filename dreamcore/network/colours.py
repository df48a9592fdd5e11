"""How a network was trained to be given colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dreamcore.errors import NotAllowed, nearest

IMAGENET_MEAN = (104.0, 117.0, 123.0)  # B, G, R; the 2015 notebook rounded the second and third down
LUMINANCE = (0.299, 0.587, 0.114)  # of R, G, B: what Caffe's own tools take where a network has one channel
ORDERS = ("bgr", "rgb")
_SMALLEST, _LARGEST = 1e-6, 1e6


@dataclass(frozen=True)
class Colours:
    """What becomes of a picture's colours, 0..255, before a network: (colour in `order` - `mean`) * `scale`.

    Attributes
    ----------
    mean : tuple of float
        A number for each channel of the network, in its order.
    scale : float
    order : str
        ``"bgr"`` or ``"rgb"``; means nothing to a network of one channel, which is given the luminance.

    Raises
    ------
    DreamError
        For a number that is not finite or out of range, or an order that is neither.

    Examples
    --------
    >>> Colours(scale=0.017)
    Colours(mean=(104.0, 117.0, 123.0), scale=0.017, order='bgr')
    >>> Colours(order="rbg")
    Traceback (most recent call last):
        ...
    dreamcore.errors.NotAllowed: no channels 'rbg' (did you mean "rgb"?); allowed: bgr, rgb
    """

    mean: tuple[float, ...] = IMAGENET_MEAN
    scale: float = 1.0
    order: str = "bgr"

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            hint = nearest(str(self.order), ORDERS)
            raise NotAllowed(f"no channels {self.order!r}{hint}; allowed: {', '.join(ORDERS)}")
        if not all(0 <= each <= 255 for each in self.mean):
            shown = ", ".join(f"{each:g}" for each in self.mean)
            raise NotAllowed(f"the mean is {shown}; each number of it is from 0 to 255")
        if not (math.isfinite(self.scale) and _SMALLEST <= self.scale <= _LARGEST):
            raise NotAllowed(f"the scale is {self.scale:g}; allowed is a number from {_SMALLEST:g} to {_LARGEST:g}")

    def planes(self, image: np.ndarray) -> np.ndarray:
        """Return the channels of RGB pictures, (..., H, W, 3 or 4), as planes, (..., C, H, W), as they are.

        Examples
        --------
        >>> Colours().planes(np.array([[[1.0, 2, 3]]])).ravel().tolist()
        [3.0, 2.0, 1.0]
        >>> Colours((117.0,)).planes(np.array([[[100.0, 100, 100]]])).round(3).tolist()
        [[[100.0]]]
        """
        if len(self.mean) == 1:
            parts = np.array(LUMINANCE, np.float32)[:, None]
            chosen = image[..., :3].astype(np.float32, copy=False) @ parts  # (..., H, W, 1)
        else:
            chosen = image[..., 2::-1] if self.order == "bgr" else image[..., :3]
        return np.ascontiguousarray(np.moveaxis(chosen, -1, -3), np.float32)


def mean_for(mean: Sequence[float], channels: int) -> tuple[float, ...]:
    """Return a mean with a number for each of a network's channels; one number is that of each, as in Caffe.

    Raises
    ------
    DreamError
        For another number of them.

    Examples
    --------
    >>> mean_for([128], 3)
    (128.0, 128.0, 128.0)
    """
    numbers = tuple(map(float, mean))
    numbers = numbers * channels if len(numbers) == 1 else numbers
    if len(numbers) != channels:
        wanted = "one number" if channels == 1 else f"1 or {channels} numbers"
        raise NotAllowed(f"the mean has {len(numbers)} numbers; a network of {channels} channels takes {wanted}")
    return numbers


def usual_mean(channels: int) -> tuple[float, ...]:
    """Return the mean of ImageNet's pictures for a network of so many channels; of one channel, its luminance.

    Examples
    --------
    >>> [round(each, 1) for each in usual_mean(1)]
    [117.3]
    """
    if channels == len(IMAGENET_MEAN):
        return IMAGENET_MEAN
    luminance = sum(part * each for part, each in zip(LUMINANCE, IMAGENET_MEAN[::-1], strict=True))
    return (round(luminance, 3),) * channels
