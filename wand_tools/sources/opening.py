"""Open anything that holds frames."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from dreamcore.images import is_pillow, is_wand
from dreamcore.text import short
from wand_tools.errors import AnimationError, decoding, naming
from wand_tools.formats import format_of, unreadable
from wand_tools.sources.arrays import Pictures, Stream, holds_several
from wand_tools.sources.base import Source
from wand_tools.sources.files import finding, frames_in, listed, matching, mode_of
from wand_tools.sources.images import PillowFrames, WandFrames

if TYPE_CHECKING:
    import PIL.Image
    import wand.image

# Paths, arrays, Pillow and Wand images, alone or one after the other
Frames: TypeAlias = "str | os.PathLike[str] | Source | Iterable[Any] | PIL.Image.Image | wand.image.BaseImage"


def open_source(frames: Frames, *, fit: bool = False, out: Path | None = None) -> Source:
    """Open anything that holds frames, and read its names, sizes and times.

    Parameters
    ----------
    frames : path-like, str, image, array, or iterable of those
        - a directory of frames (natural order), a glob (`"out/*.jpg"`), a printf pattern (`"out/%04d.jpg"`), or a text
          file with one file name a line (`.txt`);
        - a file of a format in `wand_tools.formats`: a layer stack, an animation, a picture, or a video with the
          `video` extra;
        - an iterable of uint8 arrays (H, W, 3 or 4), float32 arrays in 0..255 (which are rounded), Pillow or Wand
          images, and paths, in any mixture; a generator is read as frames are needed. A Pillow image stands for the
          frame where it is, a Wand image for all that it holds;
        - one such array, or a Pillow or Wand image of one or several frames.
    fit : bool
        Scale frames of another size to the first one's, instead of refusing them.
    out : Path, optional
        The file that will be written, which is no source whatever a directory or pattern says.

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
        return _open_path(os.fsdecode(frames), fit, out)
    if is_wand(frames) or is_pillow(frames):
        return WandFrames(frames) if is_wand(frames) else PillowFrames(frames)
    if getattr(frames, "ndim", None) == 3:
        return Pictures([frames])
    if not isinstance(frames, Iterable) or isinstance(frames, (bytes, bytearray)):
        raise AnimationError(
            f"{type(frames).__name__}: no source of frames; paths, arrays, images or several of these are"
        )
    is_list = hasattr(frames, "__len__") and hasattr(frames, "__getitem__") and not isinstance(frames, Mapping)
    if is_list and not any(map(holds_several, frames)):
        return Pictures(cast("Sequence[Any]", frames), fit)
    return Stream(cast("Iterable[Any]", frames), fit)


def _open_path(text: str, fit: bool, out: Path | None) -> Source:
    if not text:  # a variable of a script that is not set, and no wish for the current folder
        raise AnimationError("'' is no file's name")
    path = Path(text)
    mode = mode_of(path)
    if mode is None:
        names = matching(text, out)
        if names is None:
            raise AnimationError(f"{short(text, 300)}: no such file or directory")
        return Pictures(names, fit)
    if stat.S_ISDIR(mode):
        return Pictures(frames_in(path, out), fit)
    if not stat.S_ISREG(mode):
        raise AnimationError(f"{path}: neither a file nor a directory")
    if path.suffix.lower() != ".txt":
        return _open_file(path)
    files = listed(path)
    with naming(f"{path}, a list of files"):
        return Pictures(files, fit)


def _open_file(path: Path) -> Source:
    with finding(path):
        row = format_of(path)
    if row is None or row.open is None:
        raise unreadable(path)
    opener = row.opener(path)
    with decoding(f"{path}: {row.name}"):
        return opener(path)
