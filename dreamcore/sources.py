"""What a dream begins with, and its masks and guides, as they are named: a picture, or a clip of several frames."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wand_tools.sources.base import Source

_PICTURES = ("apng", "gif", "jpeg", "webp")  # formats that are pictures unless they are animations
_EITHER = ("psd", "tiff")  # formats that are pictures unless they have layers


def opened(name: Any) -> Any:
    """Return a clip for what holds several frames: a video, a GIF, a folder, a pattern, a list, a layer stack.

    Parameters
    ----------
    name : object
        What is given for a picture.

    Returns
    -------
    object
        A `Clip`; a `Picture`, where there is one frame of what is no picture file; or `name` itself.

    Raises
    ------
    DreamError
        When the frames cannot be read.
    """
    from dreamcore.pictures import as_picture
    from dreamcore.sequence.clips import Clip

    source = _moving(name) if isinstance(name, str) and name else None
    if source is None:
        return name
    _check_sizes(source)
    return Clip(source, name) if source.count != 1 else replace(as_picture(source.read(0)), name=name)


def _moving(name: str) -> Source | None:
    """Open what a name stands for, unless that is a picture, or nothing."""
    from wand_tools import open_source
    from wand_tools.errors import AnimationError
    from wand_tools.formats import format_of
    from wand_tools.sources.files import is_animation, matching

    path = Path(name)
    row = format_of(path) if path.is_file() else None
    if row is not None and row.name in _EITHER:
        with suppress(AnimationError):  # what has no layers that can be read may be a picture
            source = open_source(name)
            return source if source.count != 1 else None
        return None
    if not path.is_file():
        moves = path.is_dir() or (not path.exists() and matching(name) is not None)
    elif row is None or row.open is None:
        moves = path.suffix.lower() == ".txt"
    else:
        moves = row.name not in _PICTURES or is_animation(path)
    return open_source(name) if moves else None


def _check_sizes(source: Source) -> None:
    """Refuse files of several sizes, of which only the first has been looked at so far."""
    from dreamcore.errors import DreamError
    from dreamcore.images import upright_size
    from dreamcore.rasters import open_raster

    files = source.files()
    for path in files if len(files) > 1 else ():
        with open_raster(path, decode=False) as image:
            is_told_late = image.format == "PNG"  # which way up it is may stand behind its pixels
            size = image.size if is_told_late and image.size == source.size else upright_size(image)
        if size != source.size:
            wanted, found = ("x".join(map(str, each)) for each in (source.size, size))
            raise DreamError(f"{path} has {found} pixels, {files[0]} has {wanted}; the frames of a clip have one size")
