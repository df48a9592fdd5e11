"""Pooling."""

from __future__ import annotations

import torch
from torch.nn import functional

from dreamcore.network.fields import Fields, Pair, through_windows
from dreamcore.network.layers.arguments import LayerFault, too_small, window
from dreamcore.network.layers.registry import LayerParameter, Top, Weights, layer_type

_FLOOR = 1  # of the ways of rounding that Caffe's message names
MAX, AVERAGE = 0, 1  # of the pooling that Caffe's message names


def pooling_windows(layer: LayerParameter, x: torch.Tensor) -> tuple[Pair, Pair, Pair]:
    """Return kernel, stride and padding of a pooling layer, in the order in which PyTorch takes them."""
    param = layer.pooling_param
    if param.pool not in (MAX, AVERAGE):
        raise LayerFault("asks for stochastic pooling, which is for training; allowed here are MAX and AVE")
    if param.global_pooling:
        return (x.shape[-2], x.shape[-1]), (1, 1), (0, 0)
    kernel, padding, stride, _ = window(param)
    if any(p >= k for p, k in zip(padding, kernel, strict=True)):  # a window could lie in the padding alone
        raise LayerFault(
            f"has pad {max(padding)}; allowed are numbers below its kernel, {' and '.join(map(str, kernel))}"
        )
    sizes = [*zip(x.shape[-2:], kernel, stride, padding, strict=True)]
    if any(window_count(*each, rounds_up(layer)) < 1 for each in sizes):
        raise too_small([size + 2 * p for size, _, _, p in sizes], kernel)
    return kernel, stride, padding


def rounds_up(layer: LayerParameter) -> bool:
    """Tell whether a last window that reaches beyond the picture counts, as everywhere in Caffe's first years."""
    return layer.pooling_param.round_mode != _FLOOR and layer.pooling_param.ceil_mode


def pads_more_than_pytorch(kernel: Pair, padding: Pair) -> bool:
    """Tell whether windows reach further into the padding than PyTorch's operators allow."""
    return any(p > k // 2 for p, k in zip(padding, kernel, strict=True))


def _field(layer: LayerParameter, seen: Fields) -> Fields | None:
    return None if layer.pooling_param.global_pooling else through_windows(seen, *window(layer.pooling_param))


def _keeps_order(layer: LayerParameter) -> bool:
    return layer.pooling_param.pool == MAX and not layer.pooling_param.global_pooling and len(layer.top) == 1


def _shape(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> tuple[int, ...]:
    rows = zip(x.shape[2:], *pooling_windows(layer, x), strict=True)
    return *x.shape[:2], *(window_count(*each, rounds_up(layer)) for each in rows)


@layer_type("Pooling", field=_field, shape=_shape, axes=(4, 4), keeps_order=_keeps_order)
def pooling(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> Top:
    """Maximum or average over windows; output sizes rounded up, and no window starts beyond the padded picture.

    The average divides by the window's area within the padded picture, so padding counts, as zeros. The first maximum
    takes the gradient of ties. A second top of a maximum says where in the picture each maximum was.
    """
    kernel, stride, padding = pooling_windows(layer, x)
    average, up = layer.pooling_param.pool == AVERAGE, rounds_up(layer)
    if len(layer.top) > 1 and not average:
        top, places = functional.max_pool2d(x, kernel, stride, padding, ceil_mode=up, return_indices=True)
        return top, places.to(x.dtype)
    if pads_more_than_pytorch(kernel, padding):
        return _pool_widely_padded(x, average, kernel, stride, padding, up)
    if average:
        return functional.avg_pool2d(x, kernel, stride, padding, ceil_mode=up)
    return functional.max_pool2d(x, kernel, stride, padding, ceil_mode=up)


@layer_type("SPP", axes=(4, 4), numbers=(("spp_param.pyramid_height", 1, 16),))
def spatial_pyramid(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Maxima or averages of the whole, of its quarters, of its sixteenths, ... side by side."""
    param, parts = layer.spp_param, []
    pool = functional.avg_pool2d if param.pool == AVERAGE else functional.max_pool2d
    for level in range(param.pyramid_height):
        bins = 2**level
        kernel = [-(-size // bins) for size in x.shape[2:]]
        padding = [(k * bins - size + 1) // 2 for k, size in zip(kernel, x.shape[2:], strict=True)]
        parts.append(pool(x, kernel, kernel, padding, ceil_mode=True).flatten(1))
    return torch.cat(parts, 1)


def window_count(size: int, kernel: int, stride: int, padding: int, up: bool = True) -> int:
    """Count the windows along an axis that begin within the padded picture; the last may reach beyond it where `up`.

    Fewer than one is none.

    Examples
    --------
    >>> window_count(6, kernel=3, stride=2, padding=0)
    3
    >>> window_count(6, kernel=3, stride=2, padding=0, up=False)
    2
    """
    if not up:
        return (size + 2 * padding - kernel) // stride + 1
    count = -((kernel - size - 2 * padding) // stride) + 1
    return count - ((count - 1) * stride >= size + padding)


def _pool_widely_padded(
    x: torch.Tensor, average: bool, kernel: Pair, stride: Pair, padding: Pair, up: bool
) -> torch.Tensor:
    ends, lengths = [], []
    for size, k, s, p in zip(x.shape[-2:], kernel, stride, padding, strict=True):
        count = window_count(size, k, s, p, up)
        starts = torch.arange(count, device=x.device) * s - p  # on the meta device none are made
        ends.append((count - 1) * s + k - size - p)
        lengths.append((starts + k).clamp(max=size + p) - starts)
    padded = functional.pad(x, (padding[1], ends[1], padding[0], ends[0]), value=0 if average else -torch.inf)
    if not average:
        return functional.max_pool2d(padded, kernel, stride)
    total = functional.avg_pool2d(padded, kernel, stride, divisor_override=1)
    return total / (lengths[0][:, None] * lengths[1]).to(x)
