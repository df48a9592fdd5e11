"""Where results go: files, which are whole or not there, and streams, which are written to and never replaced."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dreamcore.errors import DreamError
from dreamcore.files import atomic_write, check_name, check_target
from wand_tools.chunks import apng_timing, avif_timing, webp_timing
from wand_tools.errors import AnimationError
from wand_tools.gif_blocks import open_structure
from wand_tools.sources.base import spool_beside

STREAM = "-"  # standard input or output, as for other programs
_HANDLE = re.compile(r"/dev/(?:stdin|stdout|stderr|fd/\d+)|/proc/self/fd/\d+")
_NAMED = {"-": 1, "/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_VIDEOS = (b"ftyp", b"\x1aE\xdf\xa3")  # MP4 behind its first four bytes, WebM at its begin
_AVIFS = (b"avif", b"avis")  # which begin as MP4 does
_MIFF = b"id=ImageMagi"
_HEAD = 12  # bytes


def is_stream(out: Path) -> bool:
    """Return whether what is written goes somewhere that is no file: standard output, a pipe, a device."""
    if str(out) == STREAM or _HANDLE.fullmatch(str(out)):
        return True
    try:
        mode = os.stat(out).st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def place_beside(out: Path) -> Path:
    """Return a name for frames that lie beside a result for a while; refuse a result that cannot be written."""
    if is_stream(out):
        return spool_beside(Path(tempfile.gettempdir(), "stream"))
    check_name(out)
    out = Path(os.path.realpath(out))
    check_target(out)
    return spool_beside(out)


def check_replaced(out: Path, force: bool, ours: bytes | None = None) -> None:
    """Raise an AnimationError where a result would replace what is neither an animation nor a picture of ours.

    Parameters
    ----------
    out : Path
    force : bool
        Whether any file may be replaced.
    ours : bytes, optional
        What the first bytes of a still picture of ours hold.
    """
    if not force and not is_stream(out) and not _may_go(out, ours):
        raise AnimationError(
            f"{out}: what is there is no animation, and would be lost; name another file, or set force to replace it"
        )


def _may_go(out: Path, ours: bytes | None) -> bool:
    """Return whether a file is not there, empty, an animation, or ours."""
    try:
        with open(out, "rb") as file:
            head = file.read(_HEAD)
            if head[4:8] == _VIDEOS[0] and head[8:12] not in _AVIFS or head.startswith((_VIDEOS[1], _MIFF)) or not head:
                return True
            if ours is not None and ours in file.read(1024):
                return True
            return _is_animated(file, head)
    except FileNotFoundError:
        return True
    except OSError as error:
        raise AnimationError(f"cannot write {out}: {error.strerror}") from error


def _is_animated(file: BinaryIO, head: bytes) -> bool:
    """Return whether a picture file is an animation, be it of one frame."""
    try:
        file.seek(0)
        if head.startswith(b"GIF8"):
            structure, blocks = open_structure(file)
            return sum(1 for _ in zip(range(2), blocks, strict=False)) > 1 or structure.plays != 1
        if head[:4] == b"RIFF":
            return webp_timing(file) is not None
        if head[4:8] == _VIDEOS[0]:
            return avif_timing(file) is not None
        return head.startswith(b"\x89PNG") and apng_timing(file) is not None
    except AnimationError:
        return False


@contextmanager
def write_result(out: Path) -> Iterator[BinaryIO]:
    """Open a result for writing and reading; it appears, or goes into its stream, when it is complete.

    A link is written through: what it names is replaced.
    """
    if not is_stream(out):
        with atomic_write(os.path.realpath(out)) as file:
            yield file
        return
    with tempfile.NamedTemporaryFile(prefix="wandgif-") as whole:  # formats go back, which no pipe can
        yield whole  # type: ignore[misc]  # it has all that a file has
        whole.flush()
        whole.seek(0)
        try:
            with _open_stream(str(out)) as stream:
                shutil.copyfileobj(whole, stream)
        except OSError as error:
            raise AnimationError(f"cannot write {out}: {error.strerror or error}") from error


def _open_stream(name: str) -> BinaryIO:
    if name != STREAM and not _HANDLE.fullmatch(name):
        return open(name, "wb")
    handle = _NAMED[name] if name in _NAMED else int(name.rsplit("/", 1)[1])
    if handle == 1 and sys.stdout is not None:
        sys.stdout.flush()
    return os.fdopen(os.dup(handle), "wb")


@contextmanager
def named_input(frames: Any) -> Iterator[Any]:
    """Lend what comes on standard input a file's name; pass everything else on."""
    if not isinstance(frames, (str, os.PathLike)) or os.fspath(frames) not in (STREAM, "/dev/stdin"):
        yield frames
        return
    with tempfile.TemporaryDirectory(prefix="wandgif-") as folder:
        path = Path(folder, "standard-input")
        try:
            with os.fdopen(os.dup(0), "rb") as stream, open(path, "wb") as file:
                shutil.copyfileobj(stream, file)
        except OSError as error:
            raise DreamError(f"standard input cannot be kept in {folder}: {error.strerror}") from error
        yield path
