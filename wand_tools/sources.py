"""Where frames come from: directories, patterns, lists, layer stacks, animations, arrays; one in memory at a time.

`open_source` looks at what it is given and returns a `Source`. Opening reads names, sizes and times only; pixels
are read by `Source.read`.
"""

import glob
import os
import re
import zlib
from pathlib import Path

import numpy as np

from wand_tools import magick
from wand_tools.errors import AnimationError
from wand_tools.references import File, Spooled, fitted

FRAME_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".gif")
VIDEO_SUFFIXES = (".mp4", ".webm", ".gifv", ".mov", ".mkv")
_PRINTF = re.compile(r"%0?\d*d")


class Source:
    """Frames in order.

    Attributes
    ----------
    size : tuple of int
        Width and height of every frame.
    durations : list
        Seconds (Fraction) of each frame, None where the source does not say.
    plays : int or None
        How often the source says it is shown; 0 is for ever.
    parallel : bool
        Whether frames can be read in any order, by another process: `reference` then gives what to send there.
    indexed : bool
        Whether each frame has at most 256 colours anyway.
    """

    size = (0, 0)
    durations = []
    plays = None
    parallel = False
    indexed = False

    @property
    def count(self):
        """The number of frames, None where it is not known before they end."""
        return len(self.durations)

    def read(self, number):
        """Decode one frame into a uint8 array (H, W, 3 or 4)."""
        raise NotImplementedError

    def reference(self, number):
        """Give a small picklable object whose `read()` decodes the frame anywhere."""
        raise NotImplementedError

    def close(self):
        """Let go of open files."""


def open_source(source, *, fit=False):
    """Open whatever holds frames.

    Parameters
    ----------
    source : path-like, str, or iterable of arrays
        A directory of frames (natural order), a glob (`"out/*.jpg"`), a printf pattern (`"out/%04d.jpg"`), a text
        file with one file name a line (`.txt`), a layer stack (`.ora .psd .tif .xcf`), an animation
        (`.gif .webp .png`), a video (`.mp4 .webm`, with the `video` extra), or frames as uint8 arrays
        (H, W, 3 or 4).
    fit : bool
        Scale frames of another size to the first one's, instead of refusing them.

    Returns
    -------
    source : Source

    Examples
    --------
    >>> import numpy as np
    >>> opened = open_source([np.zeros((2, 3, 3), np.uint8)] * 4)
    >>> opened.size, opened.read(0).shape
    ((3, 2), (2, 3, 3))
    """
    if not isinstance(source, (str, os.PathLike)):
        return Arrays(source, fit)
    text, path = os.fspath(source), Path(source)
    if path.is_dir():
        return Files(_frames_in(path), fit)
    if path.is_file():
        return _open_file(path, fit)
    if _PRINTF.search(path.name):
        return Files(_printf(path), fit)
    if glob.has_magic(text):
        found = natural(Path(name) for name in glob.glob(text))
        if not found:
            raise AnimationError(f"{text}: no file matches")
        return Files(found, fit)
    raise AnimationError(f"{text}: no such file or directory")


def natural(paths):
    """Sort paths as people count: frame2 before frame10.

    Examples
    --------
    >>> natural(["frame10.png", "frame2.png"])
    ['frame2.png', 'frame10.png']
    """

    def key(path):
        text = str(path)
        return [(int(part), part) if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)], text

    return sorted(paths, key=key)


def _frames_in(folder):
    found = natural(
        path for path in folder.iterdir() if path.suffix.lower() in FRAME_SUFFIXES and not path.name.startswith(".")
    )
    if not found:
        raise AnimationError(f"{folder}: no frames in this directory (looked for {' '.join(FRAME_SUFFIXES)})")
    return found


def _printf(path):
    before, after = _PRINTF.split(path.name, 1)
    if _PRINTF.search(after):
        raise AnimationError(f"{path.name}: a pattern has one number, as in %04d.png")
    form = re.compile(re.escape(before) + r"\d+" + re.escape(after) + r"\Z")
    name = _PRINTF.search(path.name).group()
    folder = path.parent if path.parent.is_dir() else Path()
    numbered = (
        (int(entry.name[len(before) : len(entry.name) - len(after)]), entry)
        for entry in folder.iterdir()
        if form.match(entry.name)
    )
    found = [entry for number, entry in sorted(numbered) if before + name % number + after == entry.name]
    if not found:
        raise AnimationError(f"{path}: no file matches")
    return found


def _open_file(path, fit):
    with open(path, "rb") as file:
        head = file.read(16)
    if path.suffix.lower() == ".txt":
        return Files(_listed(path), fit)
    kind = magick.format_of(head)
    if kind == "gif":
        from wand_tools.animations import Gif

        return Gif(path)
    if kind in ("webp", "png"):
        from wand_tools.animations import PillowAnimation

        return PillowAnimation(path, kind)
    if kind in ("psd", "tiff", "xcf") or head[:4] == b"PK\3\4":
        from wand_tools.layers import open_layers

        return open_layers(path, "ora" if head[:2] == b"PK" else kind)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        from wand_tools.video import Video

        return Video(path)
    if kind == "jpeg":
        return Files([path], fit)
    raise AnimationError(
        f"{path}: not a source of frames; a directory, pattern, .txt list, GIF, WebP, APNG, "
        "ORA, PSD, TIFF, XCF or video is"
    )


def _listed(path):
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not names:
        raise AnimationError(f"{path}: the list names no file")
    return [path.parent / name for name in names]


# -- pictures, one file each ------------------------------------------------------------------------------------------


class Files(Source):
    """A picture file for each frame."""

    parallel = True

    def __init__(self, paths, fit=False):
        self.paths = list(paths)
        self.fit = fit
        self.durations = [None] * len(self.paths)
        height, width = File(self.paths[0]).read().shape[:2]
        self.size = width, height

    def read(self, number):
        return self.reference(number).read()

    def reference(self, number):
        return File(self.paths[number], self.size, self.fit)


# -- arrays, and anything that can only be read from its beginning ----------------------------------------------------


class Sequential(Source):
    """Frames that come one after the other, from an iterator that `frames()` starts; `read` must go forward."""

    def __init__(self):
        self._iterator, self._next, self._last = None, 0, None

    def frames(self):
        raise NotImplementedError

    def read(self, number):
        if self._iterator is None or number < self._next - 1:
            self.close()
            self._iterator, self._next = self.frames(), 0
        while self._next <= number:
            self._last = next(self._iterator)
            self._next += 1
        return self._last

    def close(self):
        if self._iterator is not None:
            self._iterator.close()
        self._iterator, self._last = None, None


class Arrays(Source):
    """Frames as arrays, their number unknown until they end."""

    count = None

    def __init__(self, frames, fit=False):
        self._frames, self.fit = iter(frames), fit
        first = next(self._frames, None)
        if first is None:
            raise AnimationError("there are no frames")
        self._ahead = _checked(first, 0)
        height, width = self._ahead.shape[:2]
        self.size = width, height
        self._number = 0

    def read(self, number):
        """Give the next frame; raise IndexError after the last."""
        if number == self._number and self._ahead is not None:
            return self._ahead
        if number != self._number + 1:
            raise IndexError("arrays come once, one after the other")
        self._ahead = next(self._frames, None)
        if self._ahead is None:
            raise IndexError(number)
        self._number = number
        self._ahead = fitted(_checked(self._ahead, number), self.size, self.fit, f"frame {number}")
        return self._ahead


def _checked(frame, number):
    frame = np.asarray(frame)
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] not in (3, 4) or 0 in frame.shape:
        raise AnimationError(
            f"frame {number}: {frame.dtype} array of shape {frame.shape}; uint8 (height, width, 3 or 4) is needed"
        )
    magick.check_size(frame.shape[1], frame.shape[0], f"frame {number}")
    return frame


class Spool(Source):
    """The frames of another source, put into a folder so that they can be read in any order.

    The memory stays small; the disk holds the compressed frames until the folder goes.
    """

    parallel = True

    def __init__(self, source, folder):
        self.size, self.plays, self.indexed = source.size, source.plays, source.indexed
        self._frames = []
        count = source.count
        while count is None or len(self._frames) < count:
            number = len(self._frames)
            try:
                frame = source.read(number)
            except IndexError:
                break
            path = Path(folder) / f"{number}.z"
            path.write_bytes(zlib.compress(np.ascontiguousarray(frame), 1))
            self._frames.append(Spooled(path, frame.shape))
        self.durations = list(source.durations) or [None] * len(self._frames)

    def read(self, number):
        return self._frames[number].read()

    def reference(self, number):
        return self._frames[number]
