"""What makes layers fast: they compute what the reference functions do, keep less, and take ReLUs along.

For some layer types there is a function here that takes the place of the one in `dreamcore.network.layers`. With
`rectified` it does a ReLU besides: behind the layer, or before it where the type's row says `relu_before`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import torch
from torch.nn import functional

from dreamcore.network import kernels
from dreamcore.network.fields import Pair
from dreamcore.network.layers import LAYER_TYPES, normalisation, poolings, shape
from dreamcore.network.layers.convolutions import convolution_of
from dreamcore.network.layers.registry import LayerParameter, Top, Weights
from dreamcore.network.layout import order_of, ordered, settled

Tensor: TypeAlias = torch.Tensor
Rectified: TypeAlias = "bool | tuple[bool, ...]"  # of a Slice for each of its tops
FastFunction: TypeAlias = Callable[..., Top]
F = TypeVar("F", bound=FastFunction)

FAST: dict[str, FastFunction] = {}

_FEW_CHANNELS = 4  # as pictures have


def fast(name: str) -> Callable[[F], F]:
    """Let the function below run layers of a type, in place of the reference."""

    def register(function: F) -> F:
        FAST[name] = function
        return function

    return register


def run(layer: LayerParameter, weights: Weights, *bottoms: Tensor, rectified: Rectified = False) -> Top:
    """Run a layer as fast as is known here.

    Parameters
    ----------
    layer : LayerParameter
    weights : tuple of Tensor
    *bottoms : Tensor
    rectified : bool, or tuple of bool
        Whether to do a ReLU besides; of a Slice, for which of its tops.

    Returns
    -------
    Tensor or tuple of Tensor
        The tops.
    """
    if layer.type in FAST:
        return FAST[layer.type](layer, weights, *bottoms, rectified=rectified)
    kind = LAYER_TYPES[layer.type]
    if rectified and kind.relu_before:
        bottoms = tuple(each.relu() for each in bottoms)
    top = kind.function(layer, weights, *bottoms)
    if not rectified or kind.relu_before:
        return top
    if isinstance(top, tuple):
        return tuple(each.relu() for each in top)
    return top.relu_() if kind.relu_may_overwrite else top.relu()


def _through_relu(gradient: Tensor, top: Tensor, into: Tensor | None = None) -> Tensor:
    """Return the gradient before a ReLU, from that behind it and its values."""
    if into is None:
        return torch.ops.aten.threshold_backward(gradient, top, 0)
    return torch.ops.aten.threshold_backward.grad_input(gradient, top, 0, grad_input=into)


def _empty(size: Sequence[int], like: Tensor) -> Tensor:
    order = order_of(like.device) if len(size) == 4 else torch.contiguous_format
    return torch.empty(size, dtype=like.dtype, device=like.device, memory_format=order)


@fast("Convolution")
def convolution(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Tensor:
    """Run a convolution whose gradient needs nothing of its bottom."""
    weight, bias, stride, padding, dilation, group = convolution_of(layer, weights, x)
    if group == 1 and dilation == (1, 1) and 1 < stride[0] == stride[1] <= 4 and x.shape[1] <= _FEW_CHANNELS:
        top = _OnPixels.apply(x, weight, bias, stride[0], padding)
        return top.relu_() if rectified else top
    return _Convolution.apply(x, weight, bias, (stride, padding, dilation, group), rectified)


class _Convolution(torch.autograd.Function):
    """A convolution, and a ReLU behind it where wanted, that keeps nothing of its bottom."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, windows: tuple[Any, ...], rectified: bool
    ) -> Tensor:
        top = functional.conv2d(x, weight, bias, *windows)  # (N, outputs, rows, columns)
        top = top.relu_() if rectified else top
        ctx.save_for_backward(weight, *(top,) * rectified)
        ctx.windows, ctx.size = windows, x.shape[2:]
        return top

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        weight, *top = ctx.saved_tensors
        stride, padding, dilation, group = ctx.windows
        gradient = settled(_through_relu(gradient, *top) if top else gradient)
        seen = (
            (cells - 1) * s - 2 * p + d * (k - 1) + 1
            for cells, s, p, d, k in zip(gradient.shape[2:], stride, padding, dilation, weight.shape[2:], strict=True)
        )
        unseen = [size - each for size, each in zip(ctx.size, seen, strict=True)]
        x = functional.conv_transpose2d(gradient, weight, None, stride, padding, unseen, group, dilation)
        return x, None, None, None, None


class _OnPixels(torch.autograd.Function):
    """A convolution with a stride over few channels, as first layers are; its gradient is made at the stride's scale.

    With stride s the gradient is a convolution of stride 1 that gives s * s * channels at every place of the top,
    which are then dealt out to the s x s pixels there. oneDNN's own gradient for 3 channels takes twice the time.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: Pair) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.padding, ctx.size = stride, padding, x.shape[2:]
        return functional.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        (weight,), stride = ctx.saved_tensors, ctx.stride
        reach = [-(-length // stride) for length in weight.shape[2:]]
        missing = [stride * cells - length for cells, length in zip(reach, weight.shape[2:], strict=True)]
        weight = functional.pad(weight, (0, missing[1], 0, missing[0]))
        weight = functional.pixel_unshuffle(weight, stride).flip(2, 3).transpose(0, 1)  # (s * s * C, outputs, *reach)
        weight, gradient = ordered(weight), ordered(gradient)
        cells = functional.conv2d(gradient, weight, padding=[each - 1 for each in reach])
        pixels = functional.pixel_shuffle(cells, stride)  # (N, C, height, width), padding included
        (top, left), (height, width) = ctx.padding, ctx.size
        missing = [max(0, left + width - pixels.shape[3]), max(0, top + height - pixels.shape[2])]
        pixels = functional.pad(pixels, (0, missing[0], 0, missing[1]))
        return pixels[..., top : top + height, left : left + width], None, None, None, None


@fast("Pooling")
def pool(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Top:
    """Run max pooling that keeps where the maxima were and nothing else; other pooling as the reference does."""
    kernel, stride, padding = poolings.pooling_windows(layer, x)
    is_plain = layer.pooling_param.pool == poolings.MAX and len(layer.top) == 1
    if is_plain and not poolings.pads_more_than_pytorch(kernel, padding):
        return _Largest.apply(x, kernel, stride, padding, poolings.rounds_up(layer), rectified)
    top = poolings.pooling(layer, weights, x)
    return top.relu() if rectified and isinstance(top, Tensor) else top


class _Largest(torch.autograd.Function):
    """Max pooling, and a ReLU behind it where wanted, that keeps where the maxima were and nothing else."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Pair, stride: Pair, padding: Pair, up: bool, rectified: bool) -> Tensor:
        ctx.window, ctx.size, ctx.up = (kernel, stride, padding), x.shape[2:], up
        ctx.by_kernels = kernels.takes(x, kernel[0] * kernel[1])
        if ctx.by_kernels:
            size = [
                poolings.window_count(cells, k, s, p, up)
                for cells, k, s, p in zip(ctx.size, kernel, stride, padding, strict=True)
            ]
            top, places = kernels.largest(x, size, ctx.window, rectified)
        else:
            top, places = functional.max_pool2d(x, kernel, stride, padding, ceil_mode=up, return_indices=True)
            top = top.relu_() if rectified else top
        ctx.rectified = rectified and not ctx.by_kernels
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(places, *(top,) * ctx.rectified)
        return top

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None, None]:
        places, *top = ctx.saved_tensors
        if ctx.by_kernels:
            return kernels.largest_gradient(gradient, places, ctx.size, ctx.window), None, None, None, None, None
        gradient = settled(_through_relu(gradient, *top) if top else gradient)
        x = gradient.new_empty((*gradient.shape[:2], *ctx.size))  # its numbers are not read
        x = ordered(x)
        backward = torch.ops.aten.max_pool2d_with_indices_backward
        return backward(gradient, x, *ctx.window, (1, 1), ctx.up, places), None, None, None, None, None


@fast("LRN")
def lrn(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Top:
    """Run LRN across channels with its gradient written out; within channels as the reference does."""
    normalisation.check_lrn(layer)
    param = layer.lrn_param
    if param.norm_region == normalisation.WITHIN_CHANNEL:
        return normalisation.lrn(layer, weights, x.relu() if rectified else x)
    constants = param.local_size, param.alpha / param.local_size, param.beta, param.k
    return _AcrossChannels.apply(x, constants, rectified)


class _AcrossChannels(torch.autograd.Function):
    """LRN across channels, its gradient written out: one array is kept where autograd keeps six.

    With s the scale, x / s^beta has the gradient g / s^beta - 2 alpha beta x * sum(g x / s^(beta + 1)) for g at the
    top, the sum over the nearest channels.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, constants: tuple[int, float, float, float], rectified: bool) -> Tensor:
        ctx.save_for_backward(x)
        ctx.constants, ctx.rectified = constants, rectified
        size, alpha, beta, k = constants
        if kernels.takes(x, size):
            return kernels.lrn(x, *constants, rectified)
        x = x.relu() if rectified else x
        return _negative_power(_sum_of_neighbours(x * x, size, alpha, k), beta).mul_(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (x,), (size, alpha, beta, k) = ctx.saved_tensors, ctx.constants
        if kernels.takes(x, size):
            return kernels.lrn_gradient(x, gradient, size, alpha, beta, k, ctx.rectified), None, None
        x = x.relu() if ctx.rectified else x
        scale = _sum_of_neighbours(x * x, size, alpha, k)
        result = _negative_power(scale, beta).mul_(gradient)
        through_scale = _sum_of_neighbours(torch.div(x, scale).mul_(result), size, -2 * alpha * beta)
        result.addcmul_(x, through_scale)
        return (_through_relu(result, x) if ctx.rectified else result), None, None


def _sum_of_neighbours(x: Tensor, size: int, factor: float, added: float = 0) -> Tensor:
    """Sum over the `size` nearest channels: a 1x1 convolution with a banded matrix, which runs at the speed of one."""
    channels = x.shape[1]
    index = torch.arange(channels, device=x.device)
    band = ((index[:, None] - index).abs() <= size // 2).to(x.dtype) * factor
    return functional.conv2d(x, band[:, :, None, None], x.new_full((channels,), added))


def _negative_power(scale: Tensor, beta: float) -> Tensor:
    if beta == 0.75:  # the usual value, and roots are many times faster than pow
        root = scale.rsqrt()
        return root.sqrt().mul_(root)
    return scale.pow(-beta)


@fast("Concat")
def concat(layer: LayerParameter, weights: Weights, *bottoms: Tensor, rectified: Rectified = False) -> Top:
    """Run a Concat, with a ReLU where wanted."""
    if not rectified:
        return shape.concat(layer, weights, *bottoms)
    return _Joined.apply(shape.concat_axis(layer, *bottoms), *bottoms)


class _Joined(torch.autograd.Function):
    """relu(cat(blobs)), each blob read and written once; so is each in the gradient."""

    @staticmethod
    def forward(ctx: Any, axis: int, *bottoms: Tensor) -> Tensor:
        ctx.axis, ctx.sizes = axis, [each.shape[axis] for each in bottoms]
        size = list(bottoms[0].shape)
        size[axis] = sum(ctx.sizes)
        top = _empty(size, bottoms[0])
        for bottom, part in zip(bottoms, top.split(ctx.sizes, axis), strict=True):
            torch.clamp_min(bottom, 0, out=part)
        ctx.save_for_backward(top)
        return top

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        parts = (each.split(ctx.sizes, ctx.axis) for each in (gradient, *ctx.saved_tensors))
        return None, *map(_through_relu, *parts)


@fast("Slice")
def slice_(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Top:
    """Run a Slice, with ReLUs behind some of its tops."""
    if not rectified:
        return shape.slice_(layer, weights, x)
    return _Cut.apply(*shape.slice_sizes(layer, x), rectified, x)


class _Cut(torch.autograd.Function):
    """A blob in parts, some of them made positive; the gradient of each goes straight to its place in the whole."""

    @staticmethod
    def forward(ctx: Any, axis: int, sizes: list[int], rectified: tuple[bool, ...], x: Tensor) -> tuple[Tensor, ...]:
        ctx.axis, ctx.sizes, ctx.rectified = axis, sizes, rectified
        pairs = [*zip(x.split(sizes, axis), rectified, strict=True)]
        parts = tuple(part.clamp_min(0) if positive else part for part, positive in pairs)
        ctx.save_for_backward(*(part for part, positive in zip(parts, rectified, strict=True) if positive))
        return parts

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, None, Tensor]:
        size = list(gradients[0].shape)
        size[ctx.axis] = sum(ctx.sizes)
        whole, saved = _empty(size, gradients[0]), iter(ctx.saved_tensors)
        for gradient, part, positive in zip(gradients, whole.split(ctx.sizes, ctx.axis), ctx.rectified, strict=True):
            if positive:
                _through_relu(gradient, next(saved), part)
            else:
                part.copy_(gradient)
        return None, None, None, whole
