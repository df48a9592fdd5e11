"""Where whole pictures lie: in memory, or in files that are mapped into memory only while they are worked on.

The ascent asks a store for arrays, and for the strips and planes in which to go through them. Where they lie is the
store's business alone.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from math import prod
from weakref import WeakSet

import numpy as np
import torch
from torch import Tensor

from dreamcore.errors import DreamError
from dreamcore.text import size_text

_STRIP = 1 << 20  # pixels of a picture on disk that are worked on at a time
_ELSEWHERE = "; TMPDIR can name another folder"


class MemoryStore:
    """Pictures in the memory of a device.

    Parameters
    ----------
    device : torch.device or str

    Examples
    --------
    >>> store = MemoryStore()
    >>> picture = store.empty((3, 40, 50))
    >>> [*store.strips(picture)]
    [slice(0, 40, None)]
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)

    def empty(self, shape: Sequence[int]) -> Tensor:
        """Make a float32 picture with arbitrary values."""
        return torch.empty(tuple(shape), device=self.device)

    def zeros_like(self, picture: Tensor) -> Tensor:
        """Make a picture of zeros, of another's shape."""
        return torch.zeros_like(picture)

    def strips(self, *pictures: Tensor) -> Iterator[slice]:
        """Yield the rows of pictures of one height, as many as are worked on at a time: here all of them."""
        yield slice(0, pictures[0].shape[-2])

    def planes(self, *pictures: Tensor) -> Iterator[tuple[Tensor, ...]]:
        """Yield as many channels of each picture as are worked on at a time: here all of them."""
        yield pictures

    def let_go(self) -> None:
        """Do nothing: these pictures take memory as long as they are there."""


class DiskStore:
    """Pictures in files without names, which are gone with the pictures.

    A picture is a tensor as any other. What is read or written of it counts as memory of this process until it is let
    go.

    Parameters
    ----------
    size : int
        Bytes of all the pictures that will be there together.

    Raises
    ------
    DreamError
        Where the disk has less room.
    """

    def __init__(self, size: int = 0) -> None:
        self._folder = _find_folder()
        self._files: WeakSet[mmap.mmap] = WeakSet()
        free = shutil.disk_usage(self._folder).free
        if size > free:
            raise DreamError(
                f"the picture takes {size_text(size)} in {self._folder}, where {size_text(free)} are free{_ELSEWHERE}"
            )

    def empty(self, shape: Sequence[int]) -> Tensor:
        """Make a float32 picture of zeros.

        Raises
        ------
        DreamError
            When there is no room for it.
        """
        size = 4 * prod(shape)
        try:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                if hasattr(os, "posix_fallocate"):  # a disk that is full later would end the process without a word
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
                pages = mmap.mmap(file.fileno(), size)
        except OSError as error:
            raise DreamError(f"cannot keep a picture in {self._folder}: {error.strerror}{_ELSEWHERE}") from error
        self._files.add(pages)
        return torch.from_numpy(np.frombuffer(pages, np.float32).reshape(shape))

    def zeros_like(self, picture: Tensor) -> Tensor:
        """Make a picture of zeros, of another's shape."""
        return self.empty(picture.shape)

    def strips(self, *pictures: Tensor) -> Iterator[slice]:
        """Yield the rows of pictures of one height, a few at a time, and let go of them afterwards."""
        height, width = pictures[0].shape[-2:]
        rows = max(1, _STRIP // width)
        for start in range(0, height, rows):
            yield slice(start, min(start + rows, height))
            self.let_go()

    def planes(self, *pictures: Tensor) -> Iterator[tuple[Tensor, ...]]:
        """Yield one channel of each picture at a time, (1, H, W), and let go of it afterwards."""
        for planes in zip(*(picture.flatten(0, -3).split(1) for picture in pictures), strict=True):
            yield planes
            self.let_go()

    def let_go(self) -> None:
        """Count no picture as memory of this process; the system writes what changed to the disk when it likes."""
        if hasattr(mmap, "MADV_DONTNEED"):
            for pages in self._files:
                pages.madvise(mmap.MADV_DONTNEED)


Store = MemoryStore | DiskStore


def _find_folder() -> str:
    """Return a folder on a disk: /tmp is a part of memory on many systems, /var/tmp on none."""
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK):
        return "/var/tmp"
    return tempfile.gettempdir()
