"""Files out of a downloaded archive: those that are wanted, by their last names, and no more than there may be."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from dreamcore.errors import DreamError
from dreamcore.text import size_text

_TIMES = 10  # as many bytes as an archive may hold; weights hardly shrink
_AT_LEAST = 1 << 26  # bytes that a small one may hold in any case
_BLOCK = 1 << 20
PARTIAL = ".partial"  # ends the name of a file that is not whole yet, or not checked


def unpack(archive: Path, members: Mapping[str, str], folder: Path) -> None:
    """Take files out of a .tar or a .tar.gz.

    Parameters
    ----------
    archive : Path
    members : mapping of str to str
        By the last name that they have in there, whatever folder it gives -> in `folder`.
    folder : Path
        Where they go, each whole or not at all.

    Raises
    ------
    DreamError
        When one is missing, the archive is damaged, or it unpacks to far more than it is.
    OSError
        When a file cannot be written.
    """
    missing, name = dict(members), archive.name.removesuffix(PARTIAL)
    most = max(_AT_LEAST, _TIMES * archive.stat().st_size)
    try:
        with open(archive, "rb") as packed, _decompressed(packed) as unpacked:
            limited: Any = _Limited(unpacked, most, name)
            with tarfile.open(fileobj=limited, mode="r|") as tar:  # from front to back, nothing is looked up
                for entry in tar:
                    wanted = missing.pop(Path(entry.name).name, None) if entry.isfile() else None
                    if wanted is not None:
                        _copy(tar.extractfile(entry), folder / wanted)
                    if not missing:
                        return
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        raise DreamError(f"{name} is damaged: {error}") from error
    raise DreamError(f"{name} holds no {', '.join(missing)}")


def _decompressed(packed: BinaryIO) -> Any:
    is_gzip = packed.read(2) == b"\x1f\x8b"
    packed.seek(0)
    return gzip.GzipFile(fileobj=packed) if is_gzip else packed


def _copy(source: Any, path: Path) -> None:
    part = path.with_name(f"{path.name}{PARTIAL}")
    with source, open(part, "wb") as copy:
        while block := source.read(_BLOCK):
            copy.write(block)
    part.replace(path)


class _Limited:
    """What may be read of a stream, up to a limit."""

    def __init__(self, stream: Any, most: int, name: str) -> None:
        self.stream, self.left, self.most, self.name = stream, most, most, name

    def read(self, size: int) -> bytes:
        if self.left <= 0:
            raise DreamError(f"{self.name} unpacks to more than {size_text(self.most)}, which no model does")
        block = self.stream.read(min(size, self.left))
        self.left -= len(block)
        return block
