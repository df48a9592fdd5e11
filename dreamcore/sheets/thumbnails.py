"""Thumbnails: a small still and a small animation of each entry, kept as long as its frames are the same."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write
from dreamcore.sheets.entries import DELAY, Entry, Frame, pixels_of

FOLDER = "thumbnails"  # beside a page
_STILL, _MOVING = 384, 256  # pixels
_MOST_FRAMES = 36
_END = 1024  # bytes of a frame's file that are looked at
_PAPER = (128, 128, 128)
_NAME = re.compile(r"(\d{4,})-[0-9a-f]{10}(-moving)?\.webp")


class Thumbnails(NamedTuple):
    """Two WebP files: of the last frame, and of all of them; the second is empty where there is one frame."""

    still: bytes
    moving: bytes


class Kept(NamedTuple):
    """The names of the same files in their folder."""

    still: str
    moving: str


def make_thumbnails(entry: Entry) -> Thumbnails:
    """Make the thumbnails of an entry that has frames.

    Raises
    ------
    DreamError
        When a frame cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> still, moving = make_thumbnails(Entry(0, frames=[np.zeros((6, 8, 3), np.uint8)]))
    >>> still[8:12], moving
    (b'WEBP', b'')
    """
    frames, delays = _thinned(entry.frames, entry.delays)
    return Thumbnails(_webp(entry.frames[-1:], [], _STILL), _webp(frames, delays, _MOVING) if len(frames) > 1 else b"")


def _thinned(frames: Sequence[Frame], delays: Sequence[float]) -> tuple[list[Frame], list[float]]:
    """Return at most so many frames, evenly spread, which take as long together as all of them."""
    delays = list(delays) or [DELAY] * len(frames)
    step = -(-len(frames) // _MOST_FRAMES)
    return list(frames[::step]), [sum(delays[at : at + step]) for at in range(0, len(frames), step)]


def _webp(frames: Sequence[Frame], delays: Sequence[float], side: int) -> bytes:
    from PIL import Image

    images = [Image.fromarray(pixels_of(frame, side, _PAPER)) for frame in frames]
    if len({image.size for image in images}) > 1:
        raise DreamError("frames of several sizes make no animation")
    file = BytesIO()
    if len(images) == 1:
        images[0].save(file, "WEBP", quality=82, method=4, use_sharp_yuv=True)
    else:
        durations = [max(1, round(10 * delay)) for delay in delays]  # milliseconds
        images[0].save(
            file, "WEBP", save_all=True, append_images=images[1:], duration=durations, loop=0, quality=65, method=2
        )
    return file.getvalue()


def keep_thumbnails(folder: str | os.PathLike[str], entry: Entry) -> Kept:
    """Make the thumbnails of an entry in a folder, unless those of the same frames are there already.

    A page does so for all of its entries. Of a long run, each may be made while the next one is dreamed.

    Parameters
    ----------
    folder : str or Path
        ``thumbnails`` beside the page; made when it is not there.
    entry : Entry
        With frames that are files.

    Returns
    -------
    Kept
        The files' names in the folder.

    Raises
    ------
    DreamError
        When a frame cannot be read, or a thumbnail not be written.
    """
    folder = Path(folder)
    stem = f"{entry.number:04d}-{_stamp(entry.files)}"
    names = Kept(f"{stem}.webp", f"{stem}-moving.webp" if len(entry.frames) > 1 else "")
    if not all((folder / name).is_file() for name in names if name):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DreamError(f"cannot make the folder {folder}: {error.strerror}") from error
        for name, data in zip(names, make_thumbnails(entry), strict=True):
            if name:
                with atomic_write(folder / name) as file:
                    file.write(data)
    return names


def _stamp(files: Iterable[Path]) -> str:
    """Return what changes when one of the files does, or how thumbnails are made; not when they are copied.

    A PNG ends with a checksum of all its pixels, and a JPEG's length hardly stays when they change: so the ends of
    files tell as much as all of them, which would take long to read.
    """
    total = sha256(f"{_STILL} {_MOVING}".encode())
    for file in files:
        try:
            with open(file, "rb") as opened:
                size = opened.seek(0, os.SEEK_END)
                opened.seek(max(0, size - _END))
                end = opened.read()
        except OSError as error:
            raise DreamError(f"cannot read {file}: {error.strerror}") from None
        total.update(f"{file.name}\0{size}\0".encode(errors="surrogateescape") + end)
    return total.hexdigest()[:10]


def remove_stale(folder: str | os.PathLike[str], kept: Iterable[Kept]) -> None:
    """Delete the thumbnails that entries had of other frames."""
    wanted = {name for names in kept for name in names if name}
    numbers = {name.partition("-")[0] for name in wanted}
    for path in Path(folder).iterdir():
        match = _NAME.fullmatch(path.name)
        if match and match[1] in numbers and path.name not in wanted:
            path.unlink(missing_ok=True)
