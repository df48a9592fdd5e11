"""Pooling."""

from __future__ import annotations

import torch
from torch.nn import functional

from dreamcore.errors import DreamError
from dreamcore.network.fields import Fields, Pair, through_windows
from dreamcore.network.layers.arguments import too_small, window
from dreamcore.network.layers.registry import LayerParameter, Weights, layer_type

MAX, AVERAGE = 0, 1  # of the pooling that Caffe's message names


def pooling_windows(layer: LayerParameter, x: torch.Tensor) -> tuple[Pair, Pair, Pair]:
    """Return kernel, stride and padding of a pooling layer, in the order in which PyTorch takes them."""
    param = layer.pooling_param
    if param.pool not in (MAX, AVERAGE):
        raise DreamError(f"layer {layer.name!r}: stochastic pooling is for training; allowed here are MAX and AVE")
    if param.global_pooling:
        return (x.shape[-2], x.shape[-1]), (1, 1), (0, 0)
    kernel, padding, stride, _ = window(layer, param)
    sizes = [*zip(x.shape[-2:], kernel, stride, padding, strict=True)]
    if any(window_count(*each) < 1 for each in sizes):
        raise too_small(layer, [size + 2 * p for size, _, _, p in sizes], kernel)
    return kernel, stride, padding


def pads_more_than_pytorch(kernel: Pair, padding: Pair) -> bool:
    """Tell whether windows reach further into the padding than PyTorch's operators allow."""
    return any(p > k // 2 for p, k in zip(padding, kernel, strict=True))


def _field(layer: LayerParameter, seen: Fields) -> Fields | None:
    return None if layer.pooling_param.global_pooling else through_windows(seen, *window(layer, layer.pooling_param))


def _keeps_order(layer: LayerParameter) -> bool:
    if layer.pooling_param.pool != MAX or layer.pooling_param.global_pooling:
        return False
    kernel, padding, *_ = window(layer, layer.pooling_param)
    return all(p < k for p, k in zip(padding, kernel, strict=True))  # no window lies in the padding alone


@layer_type("Pooling", field=_field, keeps_order=_keeps_order)
def pooling(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Maximum or average over windows; output sizes rounded up, and no window starts beyond the padded picture.

    The average divides by the window's area within the padded picture, so padding counts, as zeros. The first maximum
    takes the gradient of ties.
    """
    kernel, stride, padding = pooling_windows(layer, x)
    average = layer.pooling_param.pool == AVERAGE
    if pads_more_than_pytorch(kernel, padding):
        return _pool_widely_padded(x, average, kernel, stride, padding)
    if average:
        return functional.avg_pool2d(x, kernel, stride, padding, ceil_mode=True)
    return functional.max_pool2d(x, kernel, stride, padding, ceil_mode=True)


def window_count(size: int, kernel: int, stride: int, padding: int) -> int:
    """Count the windows along an axis that begin within the padded picture, the last of which may reach beyond it.

    Fewer than one is none.

    Examples
    --------
    >>> window_count(6, kernel=3, stride=2, padding=0)
    3
    """
    count = -((kernel - size - 2 * padding) // stride) + 1
    return count - ((count - 1) * stride >= size + padding)


def _pool_widely_padded(x: torch.Tensor, average: bool, kernel: Pair, stride: Pair, padding: Pair) -> torch.Tensor:
    ends, lengths = [], []
    for size, k, s, p in zip(x.shape[-2:], kernel, stride, padding, strict=True):
        count = window_count(size, k, s, p)
        starts = torch.arange(count) * s - p
        ends.append((count - 1) * s + k - size - p)
        lengths.append((starts + k).clamp(max=size + p) - starts)
    padded = functional.pad(x, (padding[1], ends[1], padding[0], ends[0]), value=0 if average else -torch.inf)
    if not average:
        return functional.max_pool2d(padded, kernel, stride)
    total = functional.avg_pool2d(padded, kernel, stride, divisor_override=1)
    return total / (lengths[0][:, None] * lengths[1]).to(x)
