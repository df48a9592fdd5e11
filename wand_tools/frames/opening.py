"""Open anything that holds frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from wand_tools.errors import AnimationError
from wand_tools.formats import format_of, unreadable
from wand_tools.frames.arrays import Pictures, Stream, is_pillow, is_wand
from wand_tools.frames.base import Source
from wand_tools.frames.files import frames_in, listed, matching
from wand_tools.frames.images import PillowFrames, WandFrames

if TYPE_CHECKING:
    import PIL.Image
    import wand.image

# Paths, arrays, Pillow and Wand images, alone or one after the other
Frames: TypeAlias = "str | os.PathLike[str] | Source | Iterable[Any] | PIL.Image.Image | wand.image.BaseImage"


def open_source(frames: Frames, *, fit: bool = False) -> Source:
    """Open anything that holds frames, and read its names, sizes and times.

    Parameters
    ----------
    frames : path-like, str, image, array, or iterable of those
        - a directory of frames (natural order), a glob (`"out/*.jpg"`), a printf pattern (`"out/%04d.jpg"`), or a text
          file with one file name a line (`.txt`);
        - a file of a format in `wand_tools.formats`: a layer stack, an animation, a picture, or a video with the
          `video` extra;
        - an iterable of uint8 arrays (H, W, 3 or 4), float32 arrays in 0..255 (which are rounded), Pillow or Wand
          images, and paths, in any mixture; a generator is read as frames are needed;
        - one such array, or a Pillow or Wand image of one or several frames.
    fit : bool
        Scale frames of another size to the first one's, instead of refusing them.

    Returns
    -------
    source : Source

    Raises
    ------
    AnimationError
        When there are no frames, or what is there cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> opened = open_source([np.zeros((2, 3, 3), np.uint8)] * 4)
    >>> opened.size, opened.count, opened.read(0).shape
    ((3, 2), 4, (2, 3, 3))
    """
    if isinstance(frames, Source):
        return frames
    if isinstance(frames, (str, os.PathLike)):
        return _open_path(os.fspath(frames), fit)
    if is_wand(frames) or is_pillow(frames):
        return WandFrames(frames) if is_wand(frames) else PillowFrames(frames)
    if getattr(frames, "ndim", None) == 3:
        return Pictures([frames])
    if hasattr(frames, "__len__") and hasattr(frames, "__getitem__") and not isinstance(frames, Mapping):
        return Pictures(cast("Sequence[Any]", frames), fit)
    return Stream(cast("Iterable[Any]", frames), fit)


def _open_path(text: str, fit: bool) -> Source:
    path = Path(text)
    if path.is_dir():
        return Pictures(frames_in(path), fit)
    if path.is_file():
        return Pictures(listed(path), fit) if path.suffix.lower() == ".txt" else _open_file(path)
    names = matching(text)
    if names is None:
        raise AnimationError(f"{text}: no such file or directory")
    return Pictures(names, fit)


def _open_file(path: Path) -> Source:
    row = format_of(path)
    if row is None or row.open is None:
        raise unreadable(path)
    return row.opener(path)(path)
