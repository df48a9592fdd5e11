"""Layers that multiply by learnt weights: convolutions and the fully connected layer."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

import torch
from torch.nn import functional

from dreamcore.network.fields import Fields, Pair, through_windows
from dreamcore.network.layers.arguments import LayerFault, axis_of, too_small, weight_and_bias, window
from dreamcore.network.layers.poolings import window_count
from dreamcore.network.layers.registry import MANY, LayerParameter, Weights, layer_type

_OUTPUTS = ("convolution_param.num_output", 1, MANY)
_GROUPS = ("convolution_param.group", 1, MANY)
_PICTURES = (4, 4)  # axes: N, C, H, W


class Convolution(NamedTuple):
    """What PyTorch's `conv2d` takes besides the blob."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    stride: Pair
    padding: Pair
    dilation: Pair
    group: int


def convolution_of(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> Convolution:
    """Read a convolution's arguments, and check that they fit each other and the blob."""
    param = layer.convolution_param
    kernel, padding, stride, dilation = window(param)
    _check_reach(x, kernel, padding, dilation)
    _check_groups(param.group, x.shape[1], param.num_output)
    expected = (param.num_output, x.shape[1] // param.group, *kernel)
    weight, bias = weight_and_bias(weights, expected, param.bias_term, param.num_output)
    return Convolution(weight, bias, stride, padding, dilation, param.group)


def _check_reach(x: torch.Tensor, kernel: Pair, padding: Pair, dilation: Pair) -> None:
    padded = [size + 2 * p for size, p in zip(x.shape[2:], padding, strict=True)]
    reach = dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1
    if padded[0] < reach[0] or padded[1] < reach[1]:
        raise too_small(padded, reach)


def _check_groups(group: int, *channels: int) -> None:
    if any(each % group for each in channels):
        raise LayerFault(
            f"has group {group}; it must divide both the {channels[0]} channels and num_output {channels[1]}"
        )


def _field(layer: LayerParameter, seen: Fields) -> Fields:
    return through_windows(seen, *window(layer.convolution_param))


def _shape(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> tuple[int, ...]:
    weight, _, stride, padding, dilation, _ = convolution_of(layer, weights, x)
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    return *x.shape[:1], len(weight), *(window_count(n, d * (k - 1) + 1, s, p, up=False) for n, k, s, p, d in sizes)


@layer_type(
    "Convolution", field=_field, shape=_shape, axes=_PICTURES, numbers=(_OUTPUTS, _GROUPS), relu_may_overwrite=True
)
def convolution(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Cross-correlation with `group`, `dilation` and zero padding; output sizes rounded down."""
    return functional.conv2d(x, *convolution_of(layer, weights, x))


@layer_type("ConvolutionDepthwise", field=_field, axes=_PICTURES, numbers=(_OUTPUTS,))
@layer_type("DepthwiseConvolution", field=_field, axes=_PICTURES, numbers=(_OUTPUTS,))
@layer_type("ConvolutionDepthWise", field=_field, axes=_PICTURES, numbers=(_OUTPUTS,))
def depthwise_convolution(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """A convolution of each channel by itself: forks' names for one with as many groups as channels."""
    alone = type(layer)()
    alone.CopyFrom(layer)
    alone.convolution_param.group = x.shape[1]
    return convolution(alone, weights, x)


@layer_type("Im2col", field=_field, axes=_PICTURES)
def windows_as_channels(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """The numbers of each window as the channels of its place."""
    kernel, padding, stride, dilation = window(layer.convolution_param)
    _check_reach(x, kernel, padding, dilation)
    columns = functional.unfold(x, kernel, dilation, padding, stride)
    rows = zip(x.shape[2:], kernel, padding, stride, dilation, strict=True)
    height, width = ((size + 2 * p - d * (k - 1) - 1) // s + 1 for size, k, p, s, d in rows)
    return columns.reshape(*columns.shape[:2], height, width)


@layer_type("Deconvolution", axes=_PICTURES, numbers=(_OUTPUTS, _GROUPS), relu_may_overwrite=True)
def deconvolution(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Transposed convolution."""
    param = layer.convolution_param
    kernel, padding, stride, dilation = window(param)
    _check_groups(param.group, x.shape[1], param.num_output)
    expected = (x.shape[1], param.num_output // param.group, *kernel)
    weight, bias = weight_and_bias(weights, expected, param.bias_term, param.num_output)
    return functional.conv_transpose2d(x, weight, bias, stride, padding, groups=param.group, dilation=dilation)


def window_side(inputs: int, channels: int) -> int:
    """Return the side of the square window that a fully connected layer looks through; 0 where it is no square.

    Examples
    --------
    >>> window_side(9216, 256), window_side(4096, 4096), window_side(60, 5)
    (6, 1, 0)
    """
    side = isqrt(inputs // channels)
    return side if side * side * channels == inputs else 0


def _through_product(
    layer: LayerParameter, weights: Weights, x: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Return what is multiplied: two axes of it, or four where windows of a larger blob are."""
    param = layer.inner_product_param
    axis = axis_of(param.axis, x)
    flat = x.flatten(axis)
    inputs = weights[0].numel() // param.num_output if weights else 0
    side = window_side(inputs, x.shape[1]) if axis == 1 and x.ndim == 4 and inputs != flat.shape[-1] else 0
    if side and min(x.shape[2:]) < side:
        raise too_small(x.shape[2:], (side, side))
    inputs = inputs if side else flat.shape[-1]
    expected = (inputs, param.num_output) if param.transpose else (param.num_output, inputs)
    weight, bias = weight_and_bias(weights, expected, param.bias_term, param.num_output)
    weight = weight.T if param.transpose else weight
    return (x, weight.reshape(-1, x.shape[1], side, side), bias) if side else (flat, weight, bias)


def _shape_of_product(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> tuple[int, ...]:
    taken, weight, _ = _through_product(layer, weights, x)
    if weight.ndim == 4:
        return len(taken), len(weight), *(cells - weight.shape[2] + 1 for cells in taken.shape[2:])
    return *taken.shape[:-1], len(weight)


@layer_type(
    "InnerProduct",
    shape=_shape_of_product,
    numbers=(("inner_product_param.num_output", 1, MANY),),
    relu_may_overwrite=True,
)
def inner_product(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """A fully connected layer over everything from `axis` on.

    A blob larger than the layer was made for is looked at through a window of the size that it was made for, at each
    place: the layer is then applied like a convolution, which Caffe leaves to those who edit the architecture.
    """
    taken, weight, bias = _through_product(layer, weights, x)
    return functional.conv2d(taken, weight, bias) if weight.ndim == 4 else functional.linear(taken, weight, bias)
