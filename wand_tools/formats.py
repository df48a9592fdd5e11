"""The formats of animations and layer stacks, one row each.

A row is data. What opens or writes a format is named as `module:function` below `wand_tools` and imported when a file
needs it, so that `wandgif --help` waits for none of them, and an extra is missed only where it is used.

A new format is a row here and, to write it, a module in `writers/` with a function
``write(file, assembly, pool)`` that yields the bytes written so far after each frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError, nearest
from dreamcore.extras import AVIF, PYAV, Extra
from wand_tools.errors import AnimationError, AnimationNotAllowed


@dataclass(frozen=True)
class Format:
    """A row.

    Attributes
    ----------
    name : str
    suffixes : tuple of str
        Of files of this format, the usual one first.
    sniff : callable, optional
        Returns whether the first 16 bytes of a file are of this format; None if only the suffix can say.
    coder : str, optional
        ImageMagick's name; None where no file of this format may reach ImageMagick.
    open : str, optional
        Home of ``open(path) -> Source``; None where the format cannot be read.
    write : str, optional
        Home of ``write(file, assembly, pool)``; None where the format cannot be written.
    options : tuple of str
        Parameters of `make_animation` that are an error for formats without them.
    counted : bool
        Whether the number of frames must be known before the first one is written.
    extra : Extra, optional
        The package that must be installed.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool] | None = None
    coder: str | None = None
    open: str | None = None
    write: str | None = None
    options: tuple[str, ...] = ()
    counted: bool = False
    extra: Extra | None = None

    def opener(self, path: Path) -> Callable[[Path], Any]:
        """Import what opens a file of this format."""
        return self._load(self.open, f"{path}: {self.name}")

    def writer(self, path: Path) -> Callable[..., Any]:
        """Import what writes a file of this format."""
        return self._load(self.write, f"{path}: {self.name}")

    def _load(self, home: str | None, wanted_for: str) -> Callable[..., Any]:
        assert home is not None
        if self.extra is not None:
            try:
                self.extra.load(wanted_for)
            except DreamError as error:
                raise AnimationError(str(error)) from None
        module, function = home.split(":")
        return getattr(import_module(f"wand_tools.{module}"), function)


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


_MOVIE = "sources.video:Video"

FORMATS = (
    Format(
        "gif",
        (".gif",),
        _begins(b"GIF87a", b"GIF89a"),
        "gif",
        "sources.gif:Gif",
        "writers.gif:write_gif",
        options=("lossy", "max_size"),
    ),
    Format(
        "webp",
        (".webp",),
        lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
        "webp",
        "sources.stills:open_webp",
        "writers.webp:write_webp",
    ),
    Format(
        "apng",
        (".apng", ".png"),
        _begins(b"\x89PNG\r\n\x1a\n"),
        "png",
        "sources.stills:open_png",
        "writers.apng:write_apng",
    ),
    Format(
        "avif",
        (".avif",),
        lambda head: head[4:12] in (b"ftypavif", b"ftypavis"),
        open="sources.stills:open_avif",
        write="writers.avif:write_avif",
        counted=True,
        extra=AVIF,
    ),
    Format("mp4", (".mp4", ".gifv"), open=_MOVIE, write="writers.video:write_video", options=("sound",), extra=PYAV),
    Format("webm", (".webm",), open=_MOVIE, write="writers.video:write_video", options=("sound",), extra=PYAV),
    Format("miff", (".miff",), write="writers.miff:write_miff"),
    Format("mov", (".mov",), open=_MOVIE, extra=PYAV),
    Format("mkv", (".mkv",), open=_MOVIE, extra=PYAV),
    Format("jpeg", (".jpg", ".jpeg"), _begins(b"\xff\xd8\xff"), "jpeg", "sources.stills:open_jpeg"),
    Format("tiff", (".tif", ".tiff"), _begins(b"II*\0", b"MM\0*"), "tiff", "sources.tiff:open_tiff"),
    Format("psd", (".psd",), _begins(b"8BPS\0\1"), "psd", "sources.magick_layers:open_psd"),
    Format("xcf", (".xcf",), _begins(b"gimp xcf"), "xcf", "sources.magick_layers:open_xcf"),
    Format("ora", (".ora",), _begins(b"PK\3\4"), open="sources.openraster:open_ora"),
)

WRITTEN = tuple(row.name for row in FORMATS if row.write)
CODERS = tuple(row.coder for row in FORMATS if row.coder)


def sniffed(head: bytes) -> Format | None:
    """Return the row that a file's first bytes show, or None.

    Examples
    --------
    >>> sniffed(b"GIF89a...").name
    'gif'
    >>> sniffed(b"push graphic-context") is None
    True
    """
    return next((row for row in FORMATS if row.sniff is not None and row.sniff(head)), None)


def format_of(path: Path) -> Format | None:
    """Return the row of a file by its first bytes, or by its suffix for formats that have no such bytes."""
    with open(path, "rb") as file:
        row = sniffed(file.read(16))
    suffix = path.suffix.lower()
    return row or next((row for row in FORMATS if row.sniff is None and suffix in row.suffixes), None)


def unreadable(path: Path) -> AnimationError:
    """Return the error about a file that no row knows: it is empty, not what its name says, or of another kind."""
    if not path.stat().st_size:
        return AnimationError(f"{path}: the file is empty")
    suffixes = {suffix: row.name for row in FORMATS if row.open for suffix in row.suffixes}
    if name := suffixes.get(path.suffix.lower()):
        return AnimationError(f"{path}: its first bytes are not those of {name}, nor of any other format that is read")
    suffix = path.suffix.lower()
    is_slip = guess_type(f"a{suffix}")[0] is None and all(suffix not in row.suffixes for row in FORMATS)
    return AnimationError(
        f"{path}: not a source of frames; a directory, a pattern, a .txt list or a file of {' '.join(suffixes)} is"
        f"{nearest(suffix, suffixes) if is_slip else ''}"
    )


def format_to_write(path: Path, name: str | None = None) -> Format:
    """Return the row that a new file is written in: the named one, else that of the suffix.

    Examples
    --------
    >>> format_to_write(Path("dream.PNG")).name, format_to_write(Path("dream.dat"), "gif").name
    ('apng', 'gif')
    """
    suffix = path.suffix.lower()
    for row in FORMATS:
        if row.write and (row.name == name.lower() if name else suffix in row.suffixes):
            return row
    wanted = (name or suffix[1:]).lower()
    if not wanted:
        raise AnimationNotAllowed(f"{path}: no suffix says the format; give one of {', '.join(WRITTEN)} with --format")
    raise AnimationNotAllowed(f"{path}: format {wanted!r} is not one of {', '.join(WRITTEN)}{nearest(wanted, WRITTEN)}")
