"""What a layer's message and weights say, checked: windows, axes, weight blobs.

What is found to be wrong is a `LayerFault` that says what and what is allowed, and not of which layer: that is added
where layers are run on shapes, in `dreamcore.network.shapes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch

from dreamcore.errors import DreamError
from dreamcore.network.fields import Pair
from dreamcore.network.layers.registry import Weights

_LONGEST_REACH = 1024  # pixels of padding, stride or kernel; larger numbers are damage, and would allocate their square


class LayerFault(DreamError):
    """A layer cannot run; begins with a verb, as the layer's name comes before it."""


class Miswired(LayerFault):
    """A layer reads what none before it writes, or writes over what is not its own."""


class TooSmall(LayerFault):
    """A blob has fewer cells than a window."""


class WeightsMissing(LayerFault):
    """A model holds no weights for a layer."""


class WeightsMisfit(LayerFault):
    """Weights have another shape than the architecture and the picture ask for."""


def window(param: Any) -> tuple[Pair, Pair, Pair, Pair]:
    """Return kernel, padding, stride and dilation as (vertical, horizontal), from either of Caffe's spellings.

    Raises
    ------
    LayerFault
        For a number that is no size, or three of them.
    """

    def pair(many: Sequence[int], name: str, default: int) -> Pair:
        vertical, horizontal = f"{name}_h", f"{name}_w"
        values: tuple[int, ...]
        if hasattr(param, vertical) and (param.HasField(vertical) or param.HasField(horizontal)):
            values = getattr(param, vertical), getattr(param, horizontal)
        else:
            values = tuple(many) or (default,)
        values = values * 2 if len(values) == 1 else values
        least = 0 if name == "pad" else 1
        if len(values) != 2 or not all(least <= value <= _LONGEST_REACH for value in values):
            allowed = f"one or two numbers from {least} to {_LONGEST_REACH}"
            raise LayerFault(f"has {name} {', '.join(map(str, values))}; allowed are {allowed}")
        return values[0], values[1]

    return (
        pair(param.kernel_size, "kernel", 0),
        pair(param.pad, "pad", 0),
        pair(param.stride, "stride", 1),
        pair(getattr(param, "dilation", ()), "dilation", 1),
    )


def too_small(size: Sequence[int], window: Pair) -> TooSmall:
    """Return the error for a blob of this (height, width), padding included, in which no window has a place."""
    wanted, cells = (f"{width}x{height}" for height, width in (window, size))
    return TooSmall(f"looks through windows of {wanted} at {cells}")


def axis_of(axis: int, x: torch.Tensor, name: str = "axis") -> int:
    """Return an axis counted from the front.

    Raises
    ------
    LayerFault
        When the blob has no such axis.
    """
    if not -x.ndim <= axis < x.ndim:
        raise LayerFault(f"has {name} {axis}; its bottom has {x.ndim} axes, so allowed are {-x.ndim} to {x.ndim - 1}")
    return axis + x.ndim if axis < 0 else axis


def weight_blobs(weights: Weights, count: int) -> Weights:
    """Return the first `count` weight blobs."""
    if len(weights) < count:
        kind = WeightsMisfit if weights else WeightsMissing
        raise kind(f"needs {count} weight blobs; the model has {len(weights)}")
    return weights[:count]


def weight_and_bias(
    weights: Weights, expected: Sequence[int], has_bias: bool, outputs: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the weight of the expected shape, and the bias of so many outputs where there is one."""
    weight, *rest = weight_blobs(weights, 2 if has_bias else 1)
    if weight.ndim > len(expected) and weight.shape[: weight.ndim - len(expected)].numel() == 1:
        weight = weight.reshape(weight.shape[weight.ndim - len(expected) :])  # old files give every blob four axes
    check_shape(expected, weight.shape)
    if not rest:
        return weight, None
    bias = rest[0].flatten()
    check_shape((outputs,), bias.shape)
    return weight, bias


def check_shape(expected: Iterable[int], actual: Iterable[int], what: str = "weights") -> None:
    """Raise an error that names both shapes where a layer's weights, or its bottoms, are of another shape."""
    wanted, got = (tuple(int(size) for size in shape) for shape in (expected, actual))
    if wanted != got:
        kind = WeightsMisfit if what == "weights" else LayerFault
        raise kind(f"asks for {what} of shape {wanted}, found {got}")
