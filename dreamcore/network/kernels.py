"""What PyTorch does slowly on a processor, compiled for it by Numba: LRN across channels and max pooling.

Both do little arithmetic and wait for memory; here every blob is read once and written once. The arrays are blobs in
channels_last order, float32 or bfloat16 (whose bits NumPy sees as uint16). The compiled code is kept on disk between
runs, so that a machine compiles once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import torch

from dreamcore.errors import DreamError

try:
    from numba import config, get_num_threads, njit, prange, set_num_threads
    from numba.core import types
    from numba.core.caching import FunctionCache
    from numba.extending import overload

    if config.DISABLE_JIT:
        raise ValueError("NUMBA_DISABLE_JIT leaves nothing compiled")
except ValueError as error:  # it reads its environment when it is loaded
    raise DreamError(f"Numba does not start with NUMBA_... of the environment as they are: {error}") from None

Tensor: TypeAlias = torch.Tensor
Window: TypeAlias = "tuple[tuple[int, int], tuple[int, int], tuple[int, int]]"  # kernel, stride, padding

_TYPES = {torch.float32: torch.float32, torch.bfloat16: torch.uint16}
_PLACES = 32  # that a thread takes at a time
_NONE = 255  # stands for the place of a maximum that lies in no place: a value that ReLU took away
_LOWEST = np.finfo(np.float32).min
_MOST_PLACES = 254  # of a window, so that they can be told apart in a byte
_are_loaded = _are_left_out = False
_ONE_AT_A_TIME = Lock()  # Numba's own threads take one call at a time
_OPTIONS = {"parallel": True, "fastmath": True, "error_model": "numpy"}


class _Cache(FunctionCache):
    """Compiled functions on disk, which may be damaged (a kill, a full disk) without stopping a dream."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever damaged pickles raise
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(Exception):  # compiled anew the next time
            super().save_overload(sig, data)


def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Compile a function when it is first called, and keep the result on disk where there is a place for it."""
    compiled = njit(**_OPTIONS)(function)
    with suppress(RuntimeError):  # neither the package's folder nor the user's can be written to
        compiled._cache = _Cache(function)
    return compiled


@contextmanager
def not_loaded() -> Iterator[None]:
    """Do without the kernels in a dream so brief that loading them, a second the first time, would take longer."""
    global _are_left_out
    _are_left_out = not _are_loaded
    try:
        yield
    finally:
        _are_left_out = False


def takes(blob: Tensor, places: int) -> bool:
    """Whether the kernels take a blob, on the processor or meta with a shape alone, and windows of so many places."""
    if _are_left_out:
        return False
    known = blob.dtype in _TYPES and blob.ndim == 4 and places <= _MOST_PLACES
    return known and blob.device.type in ("cpu", "meta")


def lrn(x: Tensor, size: int, alpha: float, beta: float, k: float, rectified: bool = False) -> Tensor:
    """Return x / scale^beta, scale being k + alpha * sum of the squares of the `size` nearest channels.

    Where `rectified`, it is that of max(x, 0).
    """
    top = _blob(x.shape, x)
    _run(_lrn, x, top, (0,) * size, alpha, beta, k, rectified)
    return top


def lrn_gradient(
    x: Tensor, gradient: Tensor, size: int, alpha: float, beta: float, k: float, rectified: bool = False
) -> Tensor:
    """Return g / scale^beta - 2 alpha beta x * sum(g x / scale^(beta + 1)): `lrn`'s gradient, for g at its top."""
    result = _blob(x.shape, x)
    _run(_lrn_gradient, x, gradient, result, (0,) * size, alpha, beta, k, rectified)
    return result


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
    _run(_largest, x, top, places, window, rectified)
    return top, places


def largest_gradient(gradient: Tensor, places: Tensor, size: Sequence[int], window: Window) -> Tensor:
    """Deal a gradient out to where the maxima were, in a blob of `size` (down, across)."""
    result = _blob((*gradient.shape[:2], *size), gradient)
    _run(_largest_gradient, gradient, places, result, window)
    return result


def _blob(shape: Sequence[int], like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    return torch.empty(shape, dtype=dtype or like.dtype, device=like.device, memory_format=torch.channels_last)


def _run(kernel: Callable[..., None], *arguments: Any) -> None:
    global _are_loaded
    if arguments[0].is_meta:
        return
    threads = torch.get_num_threads()
    try:
        before = get_num_threads()  # starts them, the first time
    except ValueError as error:  # of a NUMBA_THREADING_LAYER that is not there
        raise DreamError(f"Numba's threads do not start: {error}") from None
    if torch.get_num_threads() != threads:  # Numba has just started its threads, on the library that is PyTorch's, too
        torch.set_num_threads(threads)
    if before != (threads := min(threads, config.NUMBA_NUM_THREADS)):
        set_num_threads(threads)
    try:
        with _ONE_AT_A_TIME:
            _are_loaded = True
            kernel(*(_array(each) if isinstance(each, torch.Tensor) else each for each in arguments))
    finally:
        if before != threads:
            set_num_threads(before)


def _array(blob: Tensor) -> np.ndarray:
    """Return a blob as NumPy's (N, H, W, C) array, without a copy where it is in that order already."""
    blob = blob.detach().contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
    return blob.view(_TYPES.get(blob.dtype, blob.dtype)).numpy()


def _wide(value: Any) -> Any:
    """Return a stored number as float32."""


def _put(array: np.ndarray, index: int, value: Any) -> None:
    """Store a float32."""


# What `overload` makes has no annotations: Numba would compare them with those of what it returns.


@overload(_wide)
def _wide_of(value):  # type: ignore[no-untyped-def]
    if value == types.uint16:
        return lambda value: np.uint32(np.uint32(value) << np.uint32(16)).view(np.float32)
    return lambda value: value


@overload(_put)
def _put_of(array, index, value):  # type: ignore[no-untyped-def]
    if array.dtype == types.uint16:

        def put_rounded(array, index, value):  # type: ignore[no-untyped-def]
            # To the nearest, ties to even.
            bits = np.float32(value).view(np.uint32)
            array[index] = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)

        return put_rounded

    def put(array, index, value):  # type: ignore[no-untyped-def]
        array[index] = value

    return put


@njit(inline="always")
def _scales(
    row: np.ndarray, low: float, squares: np.ndarray, scale: np.ndarray, size: int, alpha: float, k: float
) -> None:
    """Fill `scale`; `squares` has size // 2 zeros on both sides."""
    reach = size // 2
    for c in range(len(row)):
        value = max(_wide(row[c]), low)
        squares[c + reach] = alpha * value * value
    for c in range(len(row)):
        total = k
        for shift in range(size):
            total += squares[c + shift]
        scale[c] = total


@njit(inline="always")
def _powers(scale: np.ndarray, beta: float, power: np.ndarray) -> None:
    """Fill `power` with scale^-beta, and turn `scale` into 1 / scale."""
    if beta == np.float32(0.75):  # the usual value, and roots are many times faster
        for c in range(len(scale)):
            root = np.float32(1) / np.sqrt(scale[c])
            power[c] = root * np.sqrt(root)
            scale[c] = root * root
    else:
        for c in range(len(scale)):
            power[c] = scale[c] ** -beta
            scale[c] = np.float32(1) / scale[c]


@_compiled
def _lrn(x: np.ndarray, top: np.ndarray, neighbours: Any, alpha: float, beta: float, k: float, rectified: bool) -> None:
    size = len(neighbours)
    places, channels = x.size // x.shape[3], x.shape[3]
    x, top = x.reshape(places, channels), top.reshape(places, channels)
    alpha, beta, k = np.float32(alpha), np.float32(beta), np.float32(k)
    low = np.float32(0) if rectified else _LOWEST
    for chunk in prange((places + _PLACES - 1) // _PLACES):
        squares = np.zeros(channels + size - 1, np.float32)
        scale, power = np.empty(channels, np.float32), np.empty(channels, np.float32)
        for place in range(chunk * _PLACES, min(places, (chunk + 1) * _PLACES)):
            row, above = x[place], top[place]
            _scales(row, low, squares, scale, size, alpha, k)
            _powers(scale, beta, power)
            for c in range(channels):
                _put(above, c, max(_wide(row[c]), low) * power[c])


@_compiled
def _lrn_gradient(
    x: np.ndarray,
    gradient: np.ndarray,
    result: np.ndarray,
    neighbours: Any,
    alpha: float,
    beta: float,
    k: float,
    rectified: bool,
) -> None:
    size = len(neighbours)
    places, channels = x.size // x.shape[3], x.shape[3]
    x, gradient = x.reshape(places, channels), gradient.reshape(places, channels)
    result = result.reshape(places, channels)
    reach = size // 2
    alpha, beta, k = np.float32(alpha), np.float32(beta), np.float32(k)
    low = np.float32(0) if rectified else _LOWEST
    for chunk in prange((places + _PLACES - 1) // _PLACES):
        squares, shares = np.zeros(channels + size - 1, np.float32), np.zeros(channels + size - 1, np.float32)
        scale, power = np.empty(channels, np.float32), np.empty(channels, np.float32)
        for place in range(chunk * _PLACES, min(places, (chunk + 1) * _PLACES)):
            row, above, below = x[place], gradient[place], result[place]
            _scales(row, low, squares, scale, size, alpha, k)
            _powers(scale, beta, power)
            for c in range(channels):
                power[c] *= _wide(above[c])
                shares[c + reach] = power[c] * max(_wide(row[c]), low) * scale[c]
            for c in range(channels):
                through = np.float32(0)
                for shift in range(size):
                    through += shares[c + shift]
                value = _wide(row[c])
                slope = power[c] - np.float32(2) * alpha * beta * value * through
                _put(below, c, slope if value > low else np.float32(0))


@_compiled
def _largest(x: np.ndarray, top: np.ndarray, places: np.ndarray, window: Window, rectified: bool) -> None:
    (tall, wide), (down, across), (above, left) = window
    count, height, width, channels = x.shape
    rows, columns = top.shape[1:3]
    low = np.float32(0) if rectified else _LOWEST
    for line in prange(count * rows):
        picture, row = line // rows, line % rows
        first, last = max(0, above - row * down), min(tall, height + above - row * down)
        best = np.empty(channels, np.float32)
        for column in range(columns):
            place_of = places[picture, row, column]
            best[:] = low
            place_of[:] = _NONE
            for i in range(first, last):
                for j in range(max(0, left - column * across), min(wide, width + left - column * across)):
                    values = x[picture, row * down - above + i, column * across - left + j]
                    place = np.uint8(i * wide + j)
                    for c in range(channels):
                        value = _wide(values[c])
                        more = value > best[c]
                        best[c] = value if more else best[c]
                        place_of[c] = place if more else place_of[c]
            into = top[picture, row, column]
            for c in range(channels):
                _put(into, c, best[c])


@_compiled
def _largest_gradient(gradient: np.ndarray, places: np.ndarray, result: np.ndarray, window: Window) -> None:
    (tall, wide), (down, across), (above, left) = window
    count, height, width, channels = result.shape
    rows, columns = gradient.shape[1:3]
    for line in prange(count * height):
        picture, y = line // height, line % height
        total = np.empty(channels, np.float32)
        for x in range(width):
            total[:] = np.float32(0)
            # The windows that contain the place (y, x), and what its place is called in each.
            for row in range(max(0, (y + above - tall) // down + 1), min(rows, (y + above) // down + 1)):
                for column in range(max(0, (x + left - wide) // across + 1), min(columns, (x + left) // across + 1)):
                    place = np.uint8((y + above - row * down) * wide + x + left - column * across)
                    slopes, place_of = gradient[picture, row, column], places[picture, row, column]
                    for c in range(channels):
                        total[c] += _wide(slopes[c]) if place_of[c] == place else np.float32(0)
            into = result[picture, y, x]
            for c in range(channels):
                _put(into, c, total[c])
