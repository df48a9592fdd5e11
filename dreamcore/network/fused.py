"""What makes layers fast: they compute what the reference functions do, keep less, and take ReLUs along.

For some layer types there is a class here that takes the place of the function in `dreamcore.network.layers`. With
`rectified` it does a ReLU besides: behind the layer, or before it where the type's row says `relu_before`. Gradients
are written out: PyTorch's autograd keeps more, and for a small picture takes as long as the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeVar

import torch
from torch.nn import functional

from dreamcore.network import kernels, onednn
from dreamcore.network.layers import normalisation, poolings, shape
from dreamcore.network.layers.convolutions import Convolution, convolution_of
from dreamcore.network.layers.registry import LayerParameter, Weights
from dreamcore.network.layout import order_of, ordered, settled
from dreamcore.network.passes import ByAutograd, Gradients, Pass, Rectified, Tensor, Tops

Binding = Callable[..., "Pass | None"]  # None where the reference must do
F = TypeVar("F", bound=Binding)

FAST: dict[str, Binding] = {}

_FEW_CHANNELS = 4  # as pictures have
_MANY = 1 << 16  # numbers behind a ReLU, of which a bit each is then kept for the gradient


def fast(name: str) -> Callable[[F], F]:
    """Let the function below make the passes of layers of a type, in place of the reference."""

    def register(function: F) -> F:
        FAST[name] = function
        return function

    return register


def bind(layer: LayerParameter, weights: Weights, *bottoms: Tensor, rectified: Rectified = False) -> Pass:
    """Make a layer ready for bottoms of some shapes, as fast as is known here.

    Parameters
    ----------
    layer : LayerParameter
    weights : tuple of Tensor
    *bottoms : Tensor
        Of which only kind and shape are looked at.
    rectified : bool, or tuple of bool
        Whether to do a ReLU besides; of a Slice, for which of its tops.

    Returns
    -------
    Pass
    """
    found = FAST[layer.type](layer, weights, *bottoms, rectified=rectified) if layer.type in FAST else None
    return found or ByAutograd(layer, weights, rectified)


def _for_the_way_back(top: Tensor, rectified: bool) -> Tensor | None:
    """Return what the gradient of a ReLU, where there is one, needs: its values, or of many only which are positive."""
    if not rectified:
        return None
    return kernels.positive(top) if top.numel() >= _MANY and kernels.takes(top) else top


def _through_relu(gradient: Tensor, kept: Tensor | None, into: Tensor | None = None) -> Tensor:
    """Return the gradient before a ReLU, where there was one, from that behind it, which may be written over."""
    if kept is None:
        return gradient if into is None else into.copy_(gradient)
    if kept.dtype == torch.uint8:
        gradient = kernels.relu_gradient(gradient, kept)
        return gradient if into is None else into.copy_(gradient)
    into = gradient if into is None else into
    return torch.ops.aten.threshold_backward.grad_input(gradient, kept, 0, grad_input=into)


def _empty(size: Sequence[int], like: Tensor) -> Tensor:
    order = order_of(like.device) if len(size) == 4 else torch.contiguous_format
    return torch.empty(size, dtype=like.dtype, device=like.device, memory_format=order)


@fast("Convolution")
def convolution(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Pass:
    """Make the pass of a convolution, whose gradient needs nothing of its bottom."""
    told = convolution_of(layer, weights, x)
    is_strided = 1 < told.stride[0] == told.stride[1] <= 4
    if told.group == 1 and told.dilation == (1, 1) and is_strided and x.shape[1] <= _FEW_CHANNELS:
        return _OnPixels(told, x, bool(rectified))
    return _LaidOut(told, x, bool(rectified)) if onednn.takes(told, x) else _Convolution(told, x, bool(rectified))


class _Convolution:
    """A convolution, and a ReLU behind it where wanted, that keeps nothing of its bottom."""

    def __init__(self, told: Convolution, x: Tensor, rectified: bool) -> None:
        self.told, self.rectified = told, rectified
        sizes = zip(x.shape[2:], told.weight.shape[2:], told.stride, told.padding, told.dilation, strict=True)
        self.unseen = [(size + 2 * p - d * (k - 1) - 1) % s for size, k, s, p, d in sizes]  # beyond the last window

    def forward(self, x: Tensor) -> tuple[Tops, Any]:
        """Convolve."""
        top = functional.conv2d(x, *self.told)  # (N, outputs, rows, columns)
        return (top.relu_() if self.rectified else top,), _for_the_way_back(top, self.rectified)

    def backward(self, kept: Any, gradient: Tensor) -> Gradients:
        """Convolve the other way."""
        weight, _, stride, padding, dilation, group = self.told
        gradient = settled(_through_relu(gradient, kept))
        return (functional.conv_transpose2d(gradient, weight, None, stride, padding, self.unseen, group, dilation),)


class _LaidOut:
    """The same with weights that are laid out for it."""

    def __init__(self, told: Convolution, x: Tensor, rectified: bool) -> None:
        self.laid, self.rectified = onednn.Laid(told, x.shape), rectified

    def forward(self, x: Tensor) -> tuple[Tops, Any]:
        """Convolve."""
        top = self.laid.forward(x, self.rectified)
        return (top,), _for_the_way_back(top, self.rectified)

    def backward(self, kept: Any, gradient: Tensor) -> Gradients:
        """Convolve the other way."""
        return (self.laid.backward(_through_relu(gradient, kept)),)


class _OnPixels:
    """A convolution with a stride over few channels, as first layers are; its gradient is made at the stride's scale.

    With stride s the gradient is a convolution of stride 1 that gives s * s * channels at every place of the top,
    which are then dealt out to the s x s pixels there. oneDNN's own gradient for 3 channels takes twice the time.
    """

    def __init__(self, told: Convolution, x: Tensor, rectified: bool) -> None:
        self.told, self.size, self.rectified = told, x.shape[2:], rectified
        stride, sides = told.stride[0], told.weight.shape[2:]
        reach = [-(-length // stride) for length in sides]
        missing = [stride * cells - length for cells, length in zip(reach, sides, strict=True)]
        turned = functional.pad(told.weight, (0, missing[1], 0, missing[0]))
        turned = functional.pixel_unshuffle(turned, stride).flip(2, 3).transpose(0, 1)
        self.turned = ordered(turned)  # (s * s * C, outputs, *reach)
        self.padding = [each - 1 for each in reach]

    def forward(self, x: Tensor) -> tuple[Tops, Any]:
        """Convolve."""
        top = functional.conv2d(x, *self.told)
        return (top.relu_() if self.rectified else top,), _for_the_way_back(top, self.rectified)

    def backward(self, kept: Any, gradient: Tensor) -> Gradients:
        """Convolve the other way, and deal out."""
        gradient = ordered(_through_relu(gradient, kept))
        cells = functional.conv2d(gradient, self.turned, padding=self.padding)
        pixels = functional.pixel_shuffle(cells, self.told.stride[0])  # (N, C, height, width), padding included
        (top, left), (height, width) = self.told.padding, self.size
        missing = [max(0, left + width - pixels.shape[3]), max(0, top + height - pixels.shape[2])]
        if any(missing):
            pixels = functional.pad(pixels, (0, missing[0], 0, missing[1]))
        return (pixels[..., top : top + height, left : left + width],)


@fast("Pooling")
def pool(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Pass | None:
    """Make the pass of max pooling that keeps where the maxima were and nothing else."""
    window = kernel, _, padding = poolings.pooling_windows(layer, x)
    is_plain = layer.pooling_param.pool == poolings.MAX and len(layer.top) == 1
    if not is_plain or poolings.pads_more_than_pytorch(kernel, padding):
        return None
    return _Largest(x, window, poolings.rounds_up(layer), bool(rectified))


class _Largest:
    """Max pooling, and a ReLU behind it where wanted, that keeps where the maxima were and nothing else."""

    def __init__(self, x: Tensor, window: kernels.Window, up: bool, rectified: bool) -> None:
        self.window, self.size, self.up, self.rectified = window, x.shape[2:], up, rectified
        self.tops = [poolings.window_count(*each, up) for each in zip(self.size, *window, strict=True)]

    def forward(self, x: Tensor) -> tuple[Tops, Any]:
        """Find the maxima."""
        if kernels.takes(x, prod(self.window[0])):
            top, places = kernels.largest(x, self.tops, self.window, self.rectified)
            return (top,), (places, None)
        top, places = functional.max_pool2d(x, *self.window, ceil_mode=self.up, return_indices=True)
        return (top.relu_() if self.rectified else top,), (places, _for_the_way_back(top, self.rectified))

    def backward(self, kept: Any, gradient: Tensor) -> Gradients:
        """Deal the gradient out to where they were."""
        places, of_relu = kept
        if places.dtype == torch.uint8:
            return (kernels.largest_gradient(gradient, places, self.size, self.window),)
        gradient = settled(_through_relu(gradient, of_relu))
        x = _empty((*gradient.shape[:2], *self.size), gradient)  # its numbers are not read
        backward = torch.ops.aten.max_pool2d_with_indices_backward
        return (backward(gradient, x, *self.window, (1, 1), self.up, places),)


@fast("LRN")
def lrn(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Pass | None:
    """Make the pass of LRN across channels."""
    normalisation.check_lrn(layer)
    param = layer.lrn_param
    if param.norm_region == normalisation.WITHIN_CHANNEL:
        return None
    return _AcrossChannels(param.local_size, param.alpha / param.local_size, param.beta, param.k, bool(rectified))


class _AcrossChannels:
    """LRN across channels, its gradient written out: one array is kept where autograd keeps six.

    With s the scale, x / s^beta has the gradient g / s^beta - 2 alpha beta x * sum(g x / s^(beta + 1)) for g at the
    top, the sum over the nearest channels.
    """

    def __init__(self, size: int, alpha: float, beta: float, k: float, rectified: bool) -> None:
        self.constants, self.rectified = (size, alpha, beta, k), rectified

    def forward(self, x: Tensor) -> tuple[Tops, Any]:
        """Normalise."""
        size, alpha, beta, k = self.constants
        if kernels.takes(x, size):
            return (kernels.lrn(x, *self.constants, self.rectified),), x
        positive = x.relu() if self.rectified else x
        return (_negative_power(_sum_of_neighbours(positive * positive, size, alpha, k), beta).mul_(positive),), x

    def backward(self, kept: Any, gradient: Tensor) -> Gradients:
        """Apply the formula."""
        x, (size, alpha, beta, k) = kept, self.constants
        if kernels.takes(x, size):
            return (kernels.lrn_gradient(x, gradient, *self.constants, self.rectified),)
        x = x.relu() if self.rectified else x
        scale = _sum_of_neighbours(x * x, size, alpha, k)
        result = _negative_power(scale, beta).mul_(gradient)
        through_scale = _sum_of_neighbours(torch.div(x, scale).mul_(result), size, -2 * alpha * beta)
        result.addcmul_(x, through_scale)
        return (_through_relu(result, x) if self.rectified else result,)


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
def concat(layer: LayerParameter, weights: Weights, *bottoms: Tensor, rectified: Rectified = False) -> Pass:
    """Make the pass of a Concat."""
    return _Joined(shape.concat_axis(layer, *bottoms), bottoms, bool(rectified))


class _Joined:
    """Blobs side by side, made positive where wanted, each read and written once; so is each in the gradient."""

    def __init__(self, axis: int, bottoms: Sequence[Tensor], rectified: bool) -> None:
        self.axis, self.rectified = axis, rectified
        self.sizes, self.shape = [each.shape[axis] for each in bottoms], [*bottoms[0].shape]
        self.shape[axis] = sum(self.sizes)

    def forward(self, *bottoms: Tensor) -> tuple[Tops, Any]:
        """Join."""
        if not self.rectified:
            return (torch.cat(bottoms, self.axis),), None
        top = _empty(self.shape, bottoms[0])
        for bottom, part in zip(bottoms, top.split_with_sizes(self.sizes, self.axis), strict=True):
            torch.clamp_min(bottom, 0, out=part)
        return (top,), _for_the_way_back(top, True)

    def backward(self, kept: Any, gradient: Tensor) -> Gradients:
        """Cut."""
        return tuple(map(ordered, _through_relu(gradient, kept).split_with_sizes(self.sizes, self.axis)))


@fast("Slice")
def slice_(layer: LayerParameter, weights: Weights, x: Tensor, rectified: Rectified = False) -> Pass:
    """Make the pass of a Slice, with ReLUs behind some of its tops."""
    axis, sizes = shape.slice_sizes(layer, x)
    return _Cut(axis, sizes, x, rectified if isinstance(rectified, tuple) else (rectified,) * len(sizes))


class _Cut:
    """A blob in parts, some of them made positive; the gradient of each goes straight to its place in the whole."""

    def __init__(self, axis: int, sizes: list[int], x: Tensor, rectified: Sequence[bool]) -> None:
        self.axis, self.sizes, self.shape, self.rectified = axis, sizes, x.shape, rectified

    def forward(self, x: Tensor) -> tuple[Tops, Any]:
        """Cut."""
        pairs = zip(x.split_with_sizes(self.sizes, self.axis), self.rectified, strict=True)
        parts = tuple(part.clamp_min(0) if positive else ordered(part) for part, positive in pairs)
        return parts, [*map(_for_the_way_back, parts, self.rectified)]

    def backward(self, kept: Any, *gradients: Tensor | None) -> Gradients:
        """Join."""
        whole = _empty(self.shape, next(each for each in gradients if each is not None))
        parts = whole.split_with_sizes(self.sizes, self.axis)
        for gradient, part, positive in zip(gradients, parts, kept, strict=True):
            if gradient is None:
                part.zero_()
            else:
                _through_relu(gradient, positive, part)
        return (whole,)
