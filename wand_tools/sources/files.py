"""Files that hold a frame each: directories, patterns and lists, in the order people expect."""

from __future__ import annotations

import codecs
import glob
import os
import re
import stat
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from dreamcore.files import read_small
from dreamcore.text import short, size_text
from wand_tools.chunks import apng_timing, webp_timing
from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.gif_blocks import open_structure

FRAME_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".gif")
_PRINTF = re.compile(r"%0?\d*d", re.ASCII)
_LONGEST = 255  # characters of a file's name
Name = TypeVar("Name", str, Path)


@contextmanager
def finding(text: object) -> Iterator[None]:
    """Turn what a system says about files and folders into one line, with the name."""
    try:
        yield
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise AnimationError(f"{short(str(text), 300)!r} is no file's name") from None
    except OSError as error:
        raise AnimationError(f"{short(str(error.filename or text), 300)}: {error.strerror or error}") from None


def mode_of(path: Path) -> int | None:
    """Return what kind of thing a name stands for, as `os.stat` says it; None where there is nothing."""
    with finding(path):
        try:
            return os.stat(path).st_mode
        except PermissionError:
            raise
        except OSError:  # not there, or a pattern that is too long or too odd for a name
            return None


def file_bytes(path: Path, most: int) -> bytes:
    """Read a file whole; refuse what has no end, or one beyond reason."""
    with finding(path):
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):
            raise AnimationError(f"{path}: not a file")
        if state.st_size > most:
            raise AnimationError(
                f"{path}: a file of {size_text(state.st_size)}; allowed are {size_text(most)}, more with --max-decoded"
            )
        return path.read_bytes()


def natural(paths: Iterable[Name]) -> list[Name]:
    """Sort paths as people count: frame2 before frame10.

    Examples
    --------
    >>> natural(["frame10.png", "frame2.png"])
    ['frame2.png', 'frame10.png']
    """

    def key(path: Name) -> tuple[list[tuple[int, str]], str]:
        text = str(path)
        return [(int(part), part) if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)], text

    return sorted(paths, key=key)


def frames_in(folder: Path, out: Path | None = None) -> list[Path]:
    """List the pictures in a directory, without hidden files, animations, and the file that will be written."""
    with finding(folder):
        frames = natural(
            path for path in folder.iterdir() if path.suffix.lower() in FRAME_SUFFIXES and not path.name.startswith(".")
        )
    frames = _stills(frames, folder, out)
    if not frames:
        raise AnimationError(f"{folder}: no frames in this directory (looked for {' '.join(FRAME_SUFFIXES)})")
    return frames


def matching(text: str, out: Path | None = None) -> list[Path] | None:
    """List the files that a glob or a printf pattern means, as `frames_in` does; None where the text is neither."""
    path = Path(text)
    with finding(text):
        if _PRINTF.search(path.name):
            frames = _printf(path)
        elif glob.has_magic(text):
            frames = natural(Path(name) for name in glob.glob(_pattern(text)))
        else:
            return None
    frames = _stills(frames, text, out)
    if not frames:
        raise AnimationError(f"{short(text, 300)}: no file matches")
    return frames


def _pattern(text: str) -> str:
    """Return a glob in which the folders that are really called so stand for themselves, whatever their name holds.

    Examples
    --------
    >>> _pattern("frames/*.png")
    'frames/*.png'
    """
    parent, name = os.path.split(text)
    if not parent or parent == text:
        return text
    return os.path.join(glob.escape(parent) if os.path.isdir(parent) else _pattern(parent), name)


def _printf(path: Path) -> list[Path]:
    before, after = _PRINTF.split(path.name, maxsplit=1)
    if _PRINTF.search(after):
        raise AnimationError(f"{path.name}: a pattern has one number, as in %04d.png")
    form = re.compile(re.escape(before) + r"\d+" + re.escape(after) + r"\Z")
    number_format = path.name[len(before) : len(path.name) - len(after)]
    width = number_format.strip("%d").lstrip("0")
    if len(width) > 3 or int(width or 0) > _LONGEST:
        raise AnimationError(f"{short(path.name, 300)}: a file's name has at most {_LONGEST} characters")
    folder = path.parent if path.parent.is_dir() else Path()
    numbered = (
        (int(entry.name[len(before) : len(entry.name) - len(after)]), entry)
        for entry in folder.iterdir()
        if form.match(entry.name)
    )
    return [entry for number, entry in sorted(numbered) if before + number_format % number + after == entry.name]


def listed(path: Path) -> list[str]:
    """List the files that a text file names, one a line, relative to its folder; # begins a comment."""
    data = read_small(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what PowerShell's > writes
        lines = data.decode("utf-16", "replace").splitlines()
    else:
        lines = data.decode("utf-8-sig", "surrogateescape").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not names:
        raise AnimationError(f"{path}: the list names no file")
    folder = str(path.parent)  # a list may have hundreds of thousands of lines, and a Path is made slowly
    return [os.path.join(folder, name) for name in names]


# -- what is no frame -------------------------------------------------------------------------------------------------


def _stills(paths: list[Path], where: object, out: Path | None) -> list[Path]:
    """Leave out the file that will be written, and animations that lie beside frames."""
    old = next((path for path in paths if out is not None and path.name == out.name and _is_same(path, out)), None)
    if old is not None and _is_numbered_like(old, paths) and not is_animation(old):
        raise AnimationError(f"{out}: this is one of the frames, which would be lost; choose another name")
    paths = [path for path in paths if path != old]
    animations = [path for path in paths if is_animation(path)]
    if not animations:
        return paths
    some = ", ".join(path.name for path in animations[:3]) + (", ..." if len(animations) > 3 else "")
    if len(animations) == len(paths):
        raise AnimationError(
            f"{short(str(where), 300)}: only animations are there ({some}); each is a source of its own"
        )
    warnings.warn(f"passed over, since they are animations and no frames: {some}", AnimationWarning, stacklevel=2)
    return [path for path in paths if path not in animations]


def is_animation(path: Path) -> bool:
    """Return whether a GIF, WebP or PNG holds more than one frame; what cannot be read does not."""
    try:
        if not path.is_file():
            return False
        with open(path, "rb") as file:
            head = file.read(12)
            if head.startswith(b"GIF8"):
                file.seek(0)
                return sum(1 for _, _ in zip(range(2), open_structure(file)[1], strict=False)) > 1
            if head[:4] == b"RIFF":
                timing = webp_timing(file)
            else:
                timing = apng_timing(file) if head.startswith(b"\x89PNG") else None
            return timing is not None and len(timing.durations) > 1
    except (OSError, AnimationError):
        return False


def _is_same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _is_numbered_like(path: Path, paths: list[Path]) -> bool:
    """Return whether a file differs from others in the numbers of its name alone."""

    def form(name: str) -> str:
        return re.sub(r"\d+", "#", name)

    return form(path.name) != path.name and any(form(each.name) == form(path.name) for each in paths if each != path)


def check_not_a_source(out: Path, sources: Iterable[str | os.PathLike[str]]) -> None:
    """Raise an AnimationError where a file would be written over one that it is made of."""
    try:
        state = os.stat(out)
    except OSError:
        return
    for path in sources:
        try:
            is_same = os.path.samestat(state, os.stat(path))
        except (OSError, ValueError):  # which is said when it is read
            continue
        if is_same:
            raise AnimationError(f"{out}: this is a source of the frames, which would be lost; choose another name")
