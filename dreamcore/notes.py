"""What a file says about how it was made: in pictures, and in animations of every format that has a place for it.

A PNG has a text of our own name, a JPEG and a GIF their comment, a WebP and an AVIF their XMP description, a video its
comment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dreamcore.errors import DreamError
from dreamcore.extras import PYAV
from dreamcore.files import read_small
from dreamcore.rasters import VIDEO_OPTIONS, check_decoded, open_raster
from dreamcore.text import read_json, read_xml, size_text

KEY = "dreamcore"  # of the text in a PNG
SETTINGS = "sequence.json"  # of a frame directory
_MOST = 4 << 20  # bytes of notes
_VIDEOS = {b"\x1aE\xdf\xa3": 0, b"ftyp": 4}  # how they begin, and where
_PICTURES = (b"avif", b"avis", b"mif1", b"msf1", b"heic")  # brands of files that begin as videos do
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{}</rdf:li>'
    "</rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
)


class NoNotes(DreamError):
    """A file that says nothing about how it was made."""


def notes_text(notes: Mapping[str, Any] | None) -> str:
    """Return notes as JSON of plain letters, which is all that a GIF and XML can hold; nothing for none.

    Examples
    --------
    >>> notes_text({"guide": "Größe.png"})
    '{"guide": "Gr\\\\u00f6\\\\u00dfe.png"}'
    """
    return json.dumps(notes) if notes else ""


def xmp_of(text: str) -> bytes:
    """Return XMP whose description is a text.

    Examples
    --------
    >>> description_of(xmp_of('{"transform": "a<b"}'))
    '{"transform": "a<b"}'
    """
    from xml.sax.saxutils import escape  # which imports what speaks HTTP

    return _XMP.format(escape(text)).encode() if text else b""


def description_of(xmp: bytes) -> str:
    """Return the description in XMP; nothing where there is none, or the XMP is damaged."""
    try:
        found = read_xml(xmp.strip(b"\0 \r\n\t")).find(f".//{_DESCRIPTION}")
    except (SyntaxError, ValueError):
        return ""
    return "" if found is None else "".join(found.itertext()).strip()


def read_notes(path: str | os.PathLike) -> dict[str, Any]:
    """Return what made a picture, an animation or a frame directory, as it says itself.

    Raises
    ------
    NoNotes
        When it carries no notes of this program.
    DreamError
        When the file is neither, or its notes are damaged.
    """
    if Path(path).is_dir():
        return read_settings(path)
    text = _video_text(path) if _is_video(path) else _raster_text(path)
    if not text:
        raise NoNotes(f"{path} carries no parameters of this program")
    if len(text) > _MOST:
        raise DreamError(f"what {path} says about itself is {size_text(len(text))} long, which no parameters are")
    return read_json(text, f"what {path} says about itself")


def read_settings(folder: str | os.PathLike) -> dict[str, Any]:
    """Return what `sequence.json` of a frame directory says.

    Raises
    ------
    DreamError
        When the folder is not a frame directory, or the file is damaged.
    """
    path = Path(folder) / SETTINGS
    if not path.exists():
        raise DreamError(f"{folder} is not a frame directory: no readable {SETTINGS}")
    return read_json(read_small(path), path)


def _ours(comment: Any) -> Any:
    """Return a comment, where anybody may write what he likes, if it can be notes."""
    return comment if isinstance(comment, (str, bytes)) and comment[:1] in ("{", b"{") else ""


def _is_video(path: str | os.PathLike) -> bool:
    try:
        if not Path(path).is_file():  # a pipe would be waited for
            return False
        with open(path, "rb") as file:
            head = file.read(12)
    except (OSError, ValueError, TypeError):  # which is said when it is opened
        return False
    return any(head[at:].startswith(begin) for begin, at in _VIDEOS.items()) and head[8:12] not in _PICTURES


def _raster_text(path: str | os.PathLike) -> str | bytes:
    with open_raster(path, decode=False) as image:
        info = image.info
        text = info.get(KEY) or _ours(info.get("comment")) or _ours(description_of(info.get("xmp") or b""))
        if not text and image.format == "PNG":  # other programs put texts behind the pixels
            check_decoded(path, *image.size)
            image.load()
            text = image.info.get(KEY)
        return text or ""


def _video_text(path: str | os.PathLike) -> str:
    av = PYAV.load(path)
    try:
        with av.open(os.fspath(path), options=VIDEO_OPTIONS) as container:
            said = {key.lower(): value for key, value in container.metadata.items()}
    except (av.FFmpegError, OSError, UnicodeError) as error:
        raise DreamError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    return _ours(said.get("comment"))
