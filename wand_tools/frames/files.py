"""Names of files that hold a frame each: directories, patterns and lists, in the order people expect."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from wand_tools.errors import AnimationError

FRAME_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".gif")
_PRINTF = re.compile(r"%0?\d*d")
Name = TypeVar("Name", str, Path)


def natural(paths: Iterable[Name]) -> list[Name]:
    """Sort paths as people count: frame2 before frame10.

    Examples
    --------
    >>> natural(["frame10.png", "frame2.png"])
    ['frame2.png', 'frame10.png']
    """

    def key(path: Name) -> tuple[list[tuple[int, str]], str]:
        text = str(path)
        return [(int(part), part) if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)], text

    return sorted(paths, key=key)


def frames_in(folder: Path) -> list[Path]:
    """List the pictures in a directory, without hidden files."""
    frames = natural(
        path for path in folder.iterdir() if path.suffix.lower() in FRAME_SUFFIXES and not path.name.startswith(".")
    )
    if not frames:
        raise AnimationError(f"{folder}: no frames in this directory (looked for {' '.join(FRAME_SUFFIXES)})")
    return frames


def matching(text: str) -> list[Path] | None:
    """List the files that a glob or a printf pattern means; None where the text is neither."""
    path = Path(text)
    if _PRINTF.search(path.name):
        frames = _printf(path)
    elif glob.has_magic(text):
        frames = natural(Path(name) for name in glob.glob(text))
    else:
        return None
    if not frames:
        raise AnimationError(f"{text}: no file matches")
    return frames


def _printf(path: Path) -> list[Path]:
    before, after = _PRINTF.split(path.name, maxsplit=1)
    if _PRINTF.search(after):
        raise AnimationError(f"{path.name}: a pattern has one number, as in %04d.png")
    form = re.compile(re.escape(before) + r"\d+" + re.escape(after) + r"\Z")
    number_format = path.name[len(before) : len(path.name) - len(after)]
    folder = path.parent if path.parent.is_dir() else Path()
    numbered = (
        (int(entry.name[len(before) : len(entry.name) - len(after)]), entry)
        for entry in folder.iterdir()
        if form.match(entry.name)
    )
    return [entry for number, entry in sorted(numbered) if before + number_format % number + after == entry.name]


def listed(path: Path) -> list[Path]:
    """List the files that a text file names, one a line, relative to its folder; # begins a comment."""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not names:
        raise AnimationError(f"{path}: the list names no file")
    return [path.parent / name for name in names]
