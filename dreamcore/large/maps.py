"""Arrays of whole pictures that lie in files, mapped into memory only while they are worked on.

A mapped picture is a tensor as any other; its file has no name and is gone with it. What is read or written of it
counts as memory of this process until it is let go. All functions here also take pictures that lie in memory, for
which there is nothing to let go.
"""

import mmap
import os
import shutil
import tempfile
import weakref

import numpy as np
import torch

from dreamcore.errors import DreamError
from dreamcore.large.memory import size_text

_STRIP = 1 << 20  # pixels of a mapped picture that are worked on at a time
_ELSEWHERE = "; TMPDIR can name another folder"
_MAPPED = weakref.WeakValueDictionary()  # address -> mmap


def mapped(shape):
    """Make a float32 tensor of zeros in a file.

    Raises
    ------
    DreamError
        When there is no room for it.
    """
    folder, size = _folder(), 4 * int(np.prod(shape))
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):  # a disk that is full later would end the process without a word
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            pages = mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise DreamError(f"cannot keep a picture in {folder}: {error.strerror}{_ELSEWHERE}") from error
    tensor = torch.from_numpy(np.frombuffer(pages, np.float32).reshape(shape))
    _MAPPED[_address(tensor)] = pages
    return tensor


def is_mapped(picture):
    """Whether a picture, or what it is a part of, lies in a file."""
    return _address(picture) in _MAPPED


def empty_like(picture, size=None):
    """Make a picture where another lies, with arbitrary values.

    Parameters
    ----------
    picture : (C, H, W) Tensor
    size : (int, int), optional
        Height and width, if they are others.
    """
    shape = (*picture.shape[:-2], *(size or picture.shape[-2:]))
    return mapped(shape) if is_mapped(picture) else picture.new_empty(shape)


def zeros_like(picture):
    """Make a picture of zeros where another lies."""
    return mapped(picture.shape) if is_mapped(picture) else torch.zeros_like(picture)


def strips(*pictures):
    """Yield the rows of (C, H, W) pictures of one height as slices: all at once, or some at a time if one is mapped."""
    height, width = pictures[0].shape[-2:]
    rows = max(1, _STRIP // width) if any(map(is_mapped, pictures)) else height
    for start in range(0, height, rows):
        yield slice(start, min(start + rows, height))
        let_go(*pictures)


def let_go(*pictures):
    """Count pictures no longer as memory of this process; the system writes what changed to the disk when it likes."""
    for pages in filter(None, (_MAPPED.get(_address(picture)) for picture in pictures)):
        if hasattr(mmap, "MADV_DONTNEED"):
            pages.madvise(mmap.MADV_DONTNEED)


def check_room(size):
    """Raise a DreamError where the disk has less room than so many bytes."""
    folder = _folder()
    free = shutil.disk_usage(folder).free
    if size > free:
        raise DreamError(
            f"the picture takes {size_text(size)} in {folder}, where {size_text(free)} are free{_ELSEWHERE}"
        )


def _folder():
    """A folder on a disk: /tmp is a part of memory on many systems, /var/tmp on none."""
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK):
        return "/var/tmp"
    return tempfile.gettempdir()


def _address(tensor):
    return tensor.untyped_storage().data_ptr()
