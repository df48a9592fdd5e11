"""What PyTorch does slowly on a processor, compiled for it: LRN across channels, max pooling, a ReLU's gradient.

All do little arithmetic and wait for memory; here every blob is read once and written once. The arrays are blobs in
channels_last order, float32 or bfloat16. The loops stand in `loops`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch

from dreamcore.compiling import Spread
from dreamcore.network.loops import normalising, pooling, rectifying
from dreamcore.network.loops.numbers import LOWEST

Tensor: TypeAlias = torch.Tensor
Window: TypeAlias = "tuple[tuple[int, int], tuple[int, int], tuple[int, int]]"  # kernel, stride, padding

_KINDS = {torch.float32: "float32", torch.bfloat16: "uint16"}
_MOST_PLACES = 254  # of a window, so that they can be told apart in a byte
_MOST_CHANNELS = 1 << 14  # whose numbers a thread has room for
_WORTHWHILE = 1 << 14  # numbers that another thread is called for
_are_loaded = _are_left_out = False


@contextmanager
def not_loaded() -> Iterator[None]:
    """Do without the kernels in a dream so brief that loading them, or compiling them once, would take longer."""
    global _are_left_out
    _are_left_out = not _are_loaded
    try:
        yield
    finally:
        _are_left_out = False


def takes(blob: Tensor, places: int = 1) -> bool:
    """Whether the kernels take a blob, on the processor or meta with a shape alone, and windows of so many places."""
    if _are_left_out:
        return False
    known = blob.dtype in _KINDS and blob.ndim == 4 and places <= _MOST_PLACES and blob.shape[1] <= _MOST_CHANNELS
    return known and blob.device.type in ("cpu", "meta")


def lrn(x: Tensor, size: int, alpha: float, beta: float, k: float, rectified: bool = False) -> Tensor:
    """Return x / scale^beta, scale being k + alpha * sum of the squares of the `size` nearest channels.

    Where `rectified`, it is that of max(x, 0).
    """
    top = _blob(x.shape, x)
    _normalise(normalising.lrn, (x, top), size, alpha, beta, k, rectified)
    return top


def lrn_gradient(
    x: Tensor, gradient: Tensor, size: int, alpha: float, beta: float, k: float, rectified: bool = False
) -> Tensor:
    """Return g / scale^beta - 2 alpha beta x * sum(g x / scale^(beta + 1)): `lrn`'s gradient, for g at its top.

    `gradient` is written over.
    """
    gradient = _dense(gradient)
    _normalise(normalising.lrn_gradient, (x, gradient), size, alpha, beta, k, rectified)
    return gradient


def positive(top: Tensor) -> Tensor:
    """Return where a top is positive, a bit for each number: all that the gradient of a ReLU needs of it."""
    blocks = -(-top.numel() // rectifying.BLOCK)
    found = torch.empty(blocks * rectifying.RUN, dtype=torch.uint8, device=top.device)
    _run(rectifying.positive, (top, found), top.numel(), chunks=-(-blocks // rectifying.BLOCKS), room=0)
    return found


def relu_gradient(gradient: Tensor, found: Tensor) -> Tensor:
    """Return the gradient before a ReLU from that behind it, which is written over, and what `positive` found."""
    gradient, blocks = _dense(gradient), len(found) // rectifying.RUN
    _run(rectifying.relu_gradient, (gradient, found), gradient.numel(), chunks=-(-blocks // rectifying.BLOCKS), room=0)
    return gradient


def largest(x: Tensor, size: Sequence[int], window: Window, rectified: bool) -> tuple[Tensor, Tensor]:
    """Return the largest value of each window (where `rectified`, no less than zero), and which of its places had it.

    Parameters
    ----------
    x : (N, C, H, W) Tensor
    size : (int, int)
        Windows down and across.
    window : tuple of (int, int)
        Kernel, stride and padding, each vertical and horizontal.
    rectified : bool

    Returns
    -------
    top : (N, C, *size) Tensor
    places : (N, C, *size) Tensor of uint8
        Counted row by row within the window; 255 where ReLU took the value away.
    """
    top = _blob((*x.shape[:2], *size), x)
    places = _blob(top.shape, x, torch.uint8)
    told = *_told(x.shape, top.shape, window), _lowest(rectified)
    _run(pooling.largest, (x, top, places), *told, chunks=top.shape[0] * top.shape[2], room=x.shape[1])
    return top, places


def largest_gradient(gradient: Tensor, places: Tensor, size: Sequence[int], window: Window) -> Tensor:
    """Deal a gradient out to where the maxima were, in a blob of `size` (down, across)."""
    result = _blob((*gradient.shape[:2], *size), gradient)
    told = _told(result.shape, gradient.shape, window)
    chunks = result.shape[0] * result.shape[2]
    _run(pooling.largest_gradient, (gradient, places, result), *told, chunks=chunks, room=result.shape[1])
    return result


def _normalise(
    kernel: dict[str, Spread],
    blobs: tuple[Tensor, ...],
    size: int,
    alpha: float,
    beta: float,
    k: float,
    rectified: bool,
) -> None:
    count, channels, height, width = blobs[0].shape
    places, room = count * height * width, normalising.room(channels, size)
    told = places, channels, size, alpha, beta, k, _lowest(rectified)
    _run(kernel, blobs, *told, chunks=-(-places // normalising.PLACES), room=room)


def _lowest(rectified: bool) -> float:
    return 0.0 if rectified else float(LOWEST)


def _told(bottom: Sequence[int], top: Sequence[int], window: Window) -> tuple[int, ...]:
    """Return what loops over windows are told of sizes."""
    return (*bottom[2:], bottom[1], *top[2:], *(each for pair in window for each in pair))


def _blob(shape: Sequence[int], like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    return torch.empty(shape, dtype=dtype or like.dtype, device=like.device, memory_format=torch.channels_last)


def _dense(blob: Tensor) -> Tensor:
    return blob.contiguous(memory_format=torch.channels_last) if blob.ndim == 4 else blob


def _run(kernel: dict[str, Spread], blobs: tuple[Tensor, ...], *told: Any, chunks: int, room: int) -> None:
    """Run a kernel on blobs, of which those that it writes are dense; the first is of the kind that it is run for."""
    global _are_loaded
    if blobs[0].is_meta:
        return
    _are_loaded = True
    inner = [_dense(each) for each in blobs]  # mostly the same
    threads = min(torch.get_num_threads(), 1 + max(each.numel() for each in inner) // _WORTHWHILE, chunks)
    addresses = [each.data_ptr() for each in inner]
    kernel[_KINDS[blobs[0].dtype]](*addresses, *told, chunks=chunks, room=room, threads=threads)
