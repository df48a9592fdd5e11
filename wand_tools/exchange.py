"""Frames for Python programs: one by one as arrays or Wand images, or all of them in one Wand image."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from wand_tools import magick
from wand_tools.order import DEFAULT_DURATION
from wand_tools.pixels import Pixels
from wand_tools.results import named_input
from wand_tools.sources.opening import Frames, open_source

_TICKS = 1000  # a second, of a Wand image made here


def frames(source: Frames, *, fit: bool = False, as_wand: bool = False) -> Iterator[Any]:
    """Yield whole frames, one in memory at a time.

    Parameters
    ----------
    source : path-like, str, image, array, or iterable of those
        Whatever `make_animation` takes.
    fit : bool
        Scale frames of another size to the first one's, instead of refusing them.
    as_wand : bool
        Yield Wand images in place of arrays, each with its delay. They are the caller's, who closes them.

    Yields
    ------
    frame : uint8 array, (H, W, 3), or (H, W, 4) where something is transparent; or wand.image.Image

    Raises
    ------
    DreamError
        When the frames cannot be read.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from wand_tools import make_animation
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = make_animation([np.full((4, 6, 3), 90 * n, np.uint8) for n in range(3)], f"{folder}/a.gif", jobs=1)
    ...     [frame[0, 0, 0].item() for frame in frames(f"{folder}/a.gif")]
    [0, 90, 180]
    """
    with contextlib.ExitStack() as stack:
        opened = open_source(stack.enter_context(named_input(source)), fit=fit)
        stack.callback(opened.close)
        for number, frame in enumerate(opened.each()):
            yield _wand_image(frame, opened.time_of(number)) if as_wand else frame


def to_wand(source: Frames, *, fit: bool = False) -> Any:
    """Return one Wand image that holds all frames, with their delays and how often they are played.

    Parameters
    ----------
    source, fit
        As for `frames`.

    Returns
    -------
    wand.image.Image
        Its frames are whole; `delay` counts ticks, of which `ticks_per_second` are a second. ImageMagick holds all of
        them in memory, as far as its limits allow.

    Raises
    ------
    DreamError
        When the frames cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> with to_wand([np.zeros((4, 6, 3), np.uint8)] * 3) as image:
    ...     len(image.sequence), image.size
    (3, (6, 4))
    """
    with contextlib.ExitStack() as stack:
        opened = open_source(stack.enter_context(named_input(source)), fit=fit)
        stack.callback(opened.close)
        image = magick.wand().image.Image()
        with magick.reading("the Wand image"):
            for number, frame in enumerate(opened.each()):
                if number and frame.shape[2] == 4:
                    image.dispose = "background"  # of the frame before, which would be seen through this one
                with _wand_image(frame, opened.time_of(number)) as one:
                    image.image_add(one)
                image.iterator_last()
            image.iterator_first()
            image.loop = opened.plays or 0  # the first one's is what counts
        return image


def _wand_image(frame: Pixels, duration: Fraction | None) -> Any:
    image = magick.wand().image.Image.from_array(np.ascontiguousarray(frame))
    image.ticks_per_second = _TICKS
    image.delay = round((DEFAULT_DURATION if duration is None else duration) * _TICKS)
    return image
