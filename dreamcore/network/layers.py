"""One small function for each of Caffe's layer types, computing what Caffe computes, and the registry of them.

A layer function takes the layer's message, its weights and its bottom blobs (tensors, (N, C, H, W) in most places) and
returns the top blob, or a tuple of them. Formulas and defaults are those of BVLC Caffe 1.0's layers in their TEST
phase; where PyTorch's operator of the same name differs, a comment says how.
"""

from itertools import pairwise
from math import e, log

import torch
from torch.nn import functional

from dreamcore.errors import DreamError
from dreamcore.network import kernels

_LONGEST_REACH = 1024  # pixels of padding, stride or kernel; larger numbers are damage, and would allocate their square
_FEW_CHANNELS = 4  # as pictures have


def convolution(layer, weights, x, rectified=False):
    """Cross-correlation with `group`, `dilation` and zero padding; output sizes rounded down."""
    kernel, padding, stride, dilation = window(layer, layer.convolution_param)
    group = layer.convolution_param.group
    expected = (layer.convolution_param.num_output, x.shape[1] // group, *kernel)
    weight, bias = _weight_and_bias(layer, weights, expected, layer.convolution_param.bias_term, expected[0])
    if group == 1 and dilation == (1, 1) and 1 < stride[0] == stride[1] <= 4 and x.shape[1] <= _FEW_CHANNELS:
        top = _OnPixels.apply(x, weight, bias, stride[0], padding)
        return top.relu_() if rectified else top
    return _Convolution.apply(x, weight, bias, (stride, padding, dilation, group), rectified)


class _Convolution(torch.autograd.Function):
    """A convolution, and a ReLU behind it where wanted, that keeps nothing of its input."""

    @staticmethod
    def forward(ctx, x, weight, bias, windows, rectified):
        top = functional.conv2d(x, weight, bias, *windows)
        top = top.relu_() if rectified else top
        ctx.save_for_backward(weight, *(top,) * rectified)
        ctx.windows, ctx.size = windows, x.shape[2:]
        return top

    @staticmethod
    def backward(ctx, gradient):
        weight, *top = ctx.saved_tensors
        stride, padding, dilation, group = ctx.windows
        gradient = _through_relu(gradient, *top) if top else gradient
        seen = (
            (cells - 1) * s - 2 * p + d * (k - 1) + 1
            for cells, s, p, d, k in zip(gradient.shape[2:], stride, padding, dilation, weight.shape[2:], strict=True)
        )
        unseen = [size - each for size, each in zip(ctx.size, seen, strict=True)]
        x = functional.conv_transpose2d(gradient, weight, None, stride, padding, unseen, group, dilation)
        return x, None, None, None, None


class _OnPixels(torch.autograd.Function):
    """A convolution with a stride over few channels, as first layers are; its gradient is made at the stride's scale.

    With stride s the gradient is a convolution of stride 1 that gives s * s * channels at every place of the output,
    which are then dealt out to the s x s pixels there. oneDNN's own gradient for 3 channels takes twice the time.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, stride, padding):
        ctx.save_for_backward(weight)
        ctx.stride, ctx.padding, ctx.size = stride, padding, x.shape[2:]
        return functional.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx, gradient):
        (weight,), stride = ctx.saved_tensors, ctx.stride
        reach = [-(-length // stride) for length in weight.shape[2:]]
        missing = [stride * cells - length for cells, length in zip(reach, weight.shape[2:], strict=True)]
        weight = functional.pad(weight, (0, missing[1], 0, missing[0]))
        weight = functional.pixel_unshuffle(weight, stride).flip(2, 3).transpose(0, 1)
        weight, gradient = (each.contiguous(memory_format=torch.channels_last) for each in (weight, gradient))
        cells = functional.conv2d(gradient, weight, padding=[each - 1 for each in reach])
        pixels = functional.pixel_shuffle(cells, stride)
        (top, left), (height, width) = ctx.padding, ctx.size
        missing = max(0, left + width - pixels.shape[3]), max(0, top + height - pixels.shape[2])
        pixels = functional.pad(pixels, (0, missing[0], 0, missing[1]))
        return pixels[..., top : top + height, left : left + width], None, None, None, None


def deconvolution(layer, weights, x):
    """Transposed convolution."""
    kernel, padding, stride, dilation = window(layer, layer.convolution_param)
    group, outputs = layer.convolution_param.group, layer.convolution_param.num_output
    expected = (x.shape[1], outputs // group, *kernel)
    weight, bias = _weight_and_bias(layer, weights, expected, layer.convolution_param.bias_term, outputs)
    return functional.conv_transpose2d(x, weight, bias, stride, padding, groups=group, dilation=dilation)


def inner_product(layer, weights, x):
    """A fully connected layer over everything from `axis` on."""
    param = layer.inner_product_param
    axis = _axis(param.axis, x)
    flat = x.flatten(axis)
    expected = (flat.shape[-1], param.num_output) if param.transpose else (param.num_output, flat.shape[-1])
    weight, bias = _weight_and_bias(layer, weights, expected, param.bias_term, param.num_output)
    return functional.linear(flat, weight.T if param.transpose else weight, bias)


def pooling(layer, weights, x, rectified=False):
    """Maximum or average over windows; output sizes rounded up, and no window starts beyond the padded picture.

    The average divides by the window's area within the padded picture, so padding counts, as zeros. The first maximum
    takes the gradient of ties.
    """
    param = layer.pooling_param
    if param.pool not in (0, 1):
        raise DreamError(f"layer {layer.name!r}: stochastic pooling is for training; allowed here are MAX and AVE")
    if param.global_pooling:
        kernel, padding, stride = tuple(x.shape[-2:]), (0, 0), (1, 1)
    else:
        kernel, padding, stride, _ = window(layer, param)
    if any(p > k // 2 for p, k in zip(padding, kernel, strict=True)):  # more than PyTorch's operators take
        top = _pool_widely_padded(x, param.pool == 1, kernel, padding, stride)
    elif param.pool == 1:
        top = functional.avg_pool2d(x, kernel, stride, padding, ceil_mode=True)
    else:
        return _Largest.apply(x, kernel, stride, padding, rectified)
    return top.relu_() if rectified else top


class _Largest(torch.autograd.Function):
    """Max pooling, and a ReLU behind it where wanted, that keeps where the maxima were and nothing else."""

    @staticmethod
    def forward(ctx, x, kernel, stride, padding, rectified):
        ctx.window, ctx.size = (kernel, stride, padding), x.shape[2:]
        ctx.by_kernels = kernels.takes(x, kernel[0] * kernel[1])
        if ctx.by_kernels:
            size = [_windows(*each) for each in zip(ctx.size, *ctx.window, strict=True)]
            top, places = kernels.largest(x, size, ctx.window, rectified)
        else:
            top, places = functional.max_pool2d(x, kernel, stride, padding, ceil_mode=True, return_indices=True)
            top = top.relu_() if rectified else top
        ctx.rectified = rectified and not ctx.by_kernels
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(places, *(top,) * ctx.rectified)
        return top

    @staticmethod
    def backward(ctx, gradient):
        places, *top = ctx.saved_tensors
        if ctx.by_kernels:
            return kernels.largest_gradient(gradient, places, ctx.size, ctx.window), None, None, None, None
        gradient = _through_relu(gradient, *top) if top else gradient
        x = gradient.new_empty((*gradient.shape[:2], *ctx.size))  # its numbers are not read
        x = x.contiguous(memory_format=torch.channels_last)
        backward = torch.ops.aten.max_pool2d_with_indices_backward
        return backward(gradient, x, *ctx.window, (1, 1), True, places), None, None, None, None


def _windows(size, kernel, stride, padding):
    """How many windows begin within the padded picture and reach its end."""
    count = -((kernel - size - 2 * padding) // stride) + 1
    count -= (count - 1) * stride >= size + padding
    if count < 1:
        raise RuntimeError(f"a window of {kernel} does not fit into {size} pixels")
    return count


def _through_relu(gradient, top, into=None):
    """The gradient before a ReLU, from that behind it and its values."""
    if into is None:
        return torch.ops.aten.threshold_backward(gradient, top, 0)
    return torch.ops.aten.threshold_backward.grad_input(gradient, top, 0, grad_input=into)


def _pool_widely_padded(x, average, kernel, padding, stride):
    ends, lengths = [], []
    for size, k, p, s in zip(x.shape[-2:], kernel, padding, stride, strict=True):
        windows = _windows(size, k, s, p)
        starts = torch.arange(windows) * s - p
        ends.append((windows - 1) * s + k - size - p)
        lengths.append((starts + k).clamp(max=size + p) - starts)
    padded = functional.pad(x, (padding[1], ends[1], padding[0], ends[0]), value=0 if average else -torch.inf)
    if average:
        return functional.avg_pool2d(padded, kernel, stride, divisor_override=1) / (
            lengths[0][:, None] * lengths[1]
        ).to(x)
    return functional.max_pool2d(padded, kernel, stride)


def lrn(layer, weights, x, rectified=False):
    """Local response normalisation, across channels or within each.

    Across: x / (k + alpha / size * sum of the squares of the `size` nearest channels)^beta, zeros beyond the ends.
    Within: x / (1 + alpha * mean of the squares in a size x size window)^beta, zeros beyond the borders.
    Where `rectified`, it is max(x, 0) that is normalised.
    """
    param = layer.lrn_param
    if param.local_size % 2 == 0:
        raise DreamError(f"layer {layer.name!r}: local_size {param.local_size} is even; LRN takes odd sizes only")
    if param.norm_region == 1:
        x = x.relu() if rectified else x
        squares = functional.avg_pool2d(x * x, param.local_size, 1, param.local_size // 2)
        return x * (1 + param.alpha * squares).pow(-param.beta)
    constants = param.local_size, param.alpha / param.local_size, param.beta, param.k
    return _AcrossChannels.apply(x, constants, rectified)


class _AcrossChannels(torch.autograd.Function):
    """LRN across channels, its gradient written out: one array is kept where autograd keeps six.

    With s the scale, x / s^beta has the gradient g / s^beta - 2 alpha beta x * sum(g x / s^(beta + 1)) for g at the
    output, the sum over the nearest channels.
    """

    @staticmethod
    def forward(ctx, x, constants, rectified):
        ctx.save_for_backward(x)
        ctx.constants, ctx.rectified = constants, rectified
        size, alpha, beta, k = constants
        if kernels.takes(x, size):
            return kernels.lrn(x, *constants, rectified)
        x = x.relu() if rectified else x
        return _negative_power(_sum_of_neighbours(x * x, size, alpha, k), beta).mul_(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,), (size, alpha, beta, k) = ctx.saved_tensors, ctx.constants
        if kernels.takes(x, size):
            return kernels.lrn_gradient(x, gradient, *ctx.constants, ctx.rectified), None, None
        x = x.relu() if ctx.rectified else x
        scale = _sum_of_neighbours(x * x, size, alpha, k)
        result = _negative_power(scale, beta).mul_(gradient)
        through_scale = _sum_of_neighbours(torch.div(x, scale).mul_(result), size, -2 * alpha * beta)
        result.addcmul_(x, through_scale)
        return (_through_relu(result, x) if ctx.rectified else result), None, None


def _sum_of_neighbours(x, size, factor, added=0):
    """Sum over the `size` nearest channels: a 1x1 convolution with a banded matrix, which runs at the speed of one."""
    channels = x.shape[1]
    index = torch.arange(channels, device=x.device)
    band = ((index[:, None] - index).abs() <= size // 2).to(x.dtype) * factor
    return functional.conv2d(x, band[:, :, None, None], x.new_full((channels,), added))


def _negative_power(scale, beta):
    if beta == 0.75:  # the usual value, and roots are many times faster than pow
        root = scale.rsqrt()
        return root.sqrt().mul_(root)
    return scale.pow(-beta)


def relu(layer, weights, x):
    """max(x, 0), or negative_slope * x below zero; the gradient at zero is that of the negative side."""
    slope = layer.relu_param.negative_slope
    return functional.leaky_relu(x, slope) if slope else functional.relu(x)


def prelu(layer, weights, x):
    """max(x, 0) + slope * min(x, 0), the slope learnt for each channel or for all."""
    (slope,) = _blobs(layer, weights, 1)
    if slope.numel() not in (1, x.shape[1]):
        _misfit(layer, (x.shape[1],), slope.shape)
    return functional.prelu(x, slope.flatten())


def elu(layer, weights, x):
    """x above zero, alpha * (exp(x) - 1) below."""
    return functional.elu(x, layer.elu_param.alpha)


def power(layer, weights, x):
    """(shift + scale * x) ^ power."""
    param = layer.power_param
    inner = x * param.scale + param.shift
    return inner if param.power == 1 else inner.pow(param.power)


def exponential(layer, weights, x):
    """base ^ (shift + scale * x); base -1 stands for e."""
    param = layer.exp_param
    return ((x * param.scale + param.shift) * log(e if param.base == -1 else param.base)).exp()


def logarithm(layer, weights, x):
    """Logarithm of (shift + scale * x) to a base; base -1 stands for e."""
    param = layer.log_param
    return (x * param.scale + param.shift).log() / log(e if param.base == -1 else param.base)


def batch_norm(layer, weights, x):
    """(x - mean) / sqrt(variance + eps), with the stored statistics unless the layer says otherwise.

    The third blob is the factor by which the first two were accumulated.
    """
    param = layer.batch_norm_param
    if param.HasField("use_global_stats") and not param.use_global_stats:
        return functional.batch_norm(x, None, None, training=True, eps=param.eps)
    mean, variance, factor = _blobs(layer, weights, 3)
    if mean.numel() != x.shape[1]:
        _misfit(layer, (x.shape[1],), mean.shape)
    factor = torch.where(factor.flatten() == 0, torch.zeros_like(factor.flatten()), 1 / factor.flatten())
    return functional.batch_norm(x, mean.flatten() * factor, variance.flatten() * factor, eps=param.eps)


def scale(layer, weights, x, factor=None):
    """Multiply by a learnt blob or by a second bottom, spread over the axes from `axis` on; an optional bias."""
    param = layer.scale_param
    if factor is None:
        factor, *bias = _blobs(layer, weights, 2 if param.bias_term else 1)
    else:
        bias = _blobs(layer, weights, 1) if param.bias_term else ()
    x = x * _spread(layer, factor, x, param.axis)
    return x + _spread(layer, bias[0], x, param.axis) if bias else x


def bias(layer, weights, x, added=None):
    """Add a learnt blob or a second bottom, spread over the axes from `axis` on."""
    if added is None:
        (added,) = _blobs(layer, weights, 1)
    return x + _spread(layer, added, x, layer.bias_param.axis)


def _spread(layer, blob, x, axis):
    if blob.numel() == 1:
        return blob.reshape([1] * x.ndim)
    axis = _axis(axis, x)
    if tuple(blob.shape) != tuple(x.shape[axis : axis + blob.ndim]):
        _misfit(layer, tuple(x.shape[axis : axis + blob.ndim]), blob.shape)
    return blob.reshape([1] * axis + list(blob.shape) + [1] * (x.ndim - axis - blob.ndim))


def eltwise(layer, weights, *bottoms):
    """Product, weighted sum or maximum of blobs of one shape."""
    param = layer.eltwise_param
    for other in bottoms[1:]:
        if other.shape != bottoms[0].shape:
            _misfit(layer, bottoms[0].shape, other.shape, "bottoms")
    result = bottoms[0] * param.coeff[0] if param.coeff else bottoms[0]
    for number, other in enumerate(bottoms[1:], 1):
        if param.operation == 1:
            result = torch.add(result, other, alpha=param.coeff[number] if param.coeff else 1)
        else:
            result = result * other if param.operation == 0 else torch.maximum(result, other)
    return result


def concat(layer, weights, *bottoms, rectified=False):
    """Blobs side by side along an axis."""
    param = layer.concat_param
    axis = _axis(param.concat_dim if param.HasField("concat_dim") else param.axis, bottoms[0])
    for other in bottoms[1:]:
        if [*other.shape[:axis], *other.shape[axis + 1 :]] != [*bottoms[0].shape[:axis], *bottoms[0].shape[axis + 1 :]]:
            _misfit(layer, bottoms[0].shape, other.shape, "bottoms")
    return _Joined.apply(axis, *bottoms) if rectified else torch.cat(bottoms, axis)


class _Joined(torch.autograd.Function):
    """relu(cat(blobs)), each blob read and written once; so is each in the gradient."""

    @staticmethod
    def forward(ctx, axis, *bottoms):
        ctx.axis, ctx.sizes = axis, [each.shape[axis] for each in bottoms]
        shape = list(bottoms[0].shape)
        shape[axis] = sum(ctx.sizes)
        top = _empty(shape, bottoms[0])
        for bottom, part in zip(bottoms, top.split(ctx.sizes, axis), strict=True):
            torch.clamp_min(bottom, 0, out=part)
        ctx.save_for_backward(top)
        return top

    @staticmethod
    def backward(ctx, gradient):
        parts = (each.split(ctx.sizes, ctx.axis) for each in (gradient, *ctx.saved_tensors))
        return None, *map(_through_relu, *parts)


def _empty(shape, like):
    order = torch.channels_last if len(shape) == 4 else torch.contiguous_format
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=order)


def slice_(layer, weights, x, rectified=()):
    """A blob cut along an axis, at the given points or into equal parts."""
    param = layer.slice_param
    axis = _axis(param.slice_dim if param.HasField("slice_dim") else param.axis, x)
    size, parts = x.shape[axis], len(layer.top)
    points = [0, *param.slice_point, size] if param.slice_point else [size * i // parts for i in range(parts + 1)]
    if len(points) != parts + 1 or any(a >= b for a, b in pairwise(points)):
        raise DreamError(f"layer {layer.name!r} cannot cut {size} into {parts} parts at {list(param.slice_point)}")
    sizes = [b - a for a, b in pairwise(points)]
    return _Cut.apply(axis, sizes, rectified, x) if any(rectified) else torch.split(x, sizes, axis)


class _Cut(torch.autograd.Function):
    """A blob in parts, some of them made positive; the gradient of each goes straight to its place in the whole."""

    @staticmethod
    def forward(ctx, axis, sizes, rectified, x):
        ctx.axis, ctx.sizes, ctx.rectified = axis, sizes, rectified
        parts = zip(x.split(sizes, axis), rectified, strict=True)
        parts = tuple(part.clamp_min(0) if positive else part for part, positive in parts)
        ctx.save_for_backward(*(part for part, positive in zip(parts, rectified, strict=True) if positive))
        return parts

    @staticmethod
    def backward(ctx, *gradients):
        shape = list(gradients[0].shape)
        shape[ctx.axis] = sum(ctx.sizes)
        whole, saved = _empty(shape, gradients[0]), iter(ctx.saved_tensors)
        for gradient, part, positive in zip(gradients, whole.split(ctx.sizes, ctx.axis), ctx.rectified, strict=True):
            if positive:
                _through_relu(gradient, next(saved), part)
            else:
                part.copy_(gradient)
        return None, None, None, whole


def split(layer, weights, x):
    """The same blob under several names."""
    return (x,) * len(layer.top)


def flatten(layer, weights, x):
    """The axes from `axis` to `end_axis` made one."""
    return x.flatten(_axis(layer.flatten_param.axis, x), _axis(layer.flatten_param.end_axis, x))


def reshape(layer, weights, x):
    """Another shape for the axes from `axis` on; 0 keeps a size, -1 takes what is left."""
    param = layer.reshape_param
    start = param.axis if param.axis >= 0 else x.ndim + param.axis + 1
    stop = x.ndim if param.num_axes == -1 else start + param.num_axes
    middle = [x.shape[start + i] if size == 0 else size for i, size in enumerate(param.shape.dim)]
    return x.reshape([*x.shape[:start], *middle, *x.shape[stop:]])


def crop(layer, weights, x, reference):
    """Cut to the size of a second blob from `axis` on."""
    param = layer.crop_param
    axis = _axis(param.axis, x)
    offsets = list(param.offset) or [0]
    offsets = offsets * (x.ndim - axis) if len(offsets) == 1 else offsets
    for dimension, offset in zip(range(axis, x.ndim), offsets, strict=True):
        if offset + reference.shape[dimension] > x.shape[dimension]:
            _misfit(layer, reference.shape, x.shape, "bottoms")
        x = x.narrow(dimension, offset, reference.shape[dimension])
    return x


def softmax(layer, weights, x):
    """exp(x) / sum of exp(x) along an axis."""
    return functional.softmax(x, _axis(layer.softmax_param.axis, x))


# Caffe's type name -> function.
LAYERS = {
    "AbsVal": lambda layer, weights, x: x.abs(),
    "BatchNorm": batch_norm,
    "Bias": bias,
    "Concat": concat,
    "Convolution": convolution,
    "Crop": crop,
    "Deconvolution": deconvolution,
    "Dropout": lambda layer, weights, x: x,  # the identity, except in training
    "ELU": elu,
    "Eltwise": eltwise,
    "Exp": exponential,
    "Flatten": flatten,
    "InnerProduct": inner_product,
    "LRN": lrn,
    "Log": logarithm,
    "PReLU": prelu,
    "Pooling": pooling,
    "Power": power,
    "ReLU": relu,
    "Reshape": reshape,
    "Scale": scale,
    "Sigmoid": lambda layer, weights, x: x.sigmoid(),
    "Slice": slice_,
    "Softmax": softmax,
    "Split": split,
    "TanH": lambda layer, weights, x: x.tanh(),
}


_RECTIFIABLE = {"Concat", "Convolution", "LRN", "Pooling", "Slice"}  # whose functions take ReLUs along


def run(layer, weights, *bottoms, rectified=False):
    """Run a layer, and where `rectified` (of a Slice: for which of its tops) a ReLU behind it, or before an LRN."""
    function = LAYERS[layer.type]
    if rectified and layer.type in _RECTIFIABLE:
        return function(layer, weights, *bottoms, rectified=rectified)
    top = function(layer, weights, *bottoms)
    return top.relu_() if rectified else top


def keeps_order(layer):
    """Whether a layer only chooses or arranges values, so that a ReLU does the same before it and after it."""
    if layer.type == "Pooling" and layer.pooling_param.pool == 0 and not layer.pooling_param.global_pooling:
        kernel, padding, *_ = window(layer, layer.pooling_param)
        return all(p < k for p, k in zip(padding, kernel, strict=True))  # no window lies in the padding alone
    return layer.type == "Concat"


def window(layer, param):
    """Kernel, padding, stride and dilation as (vertical, horizontal), from either spelling."""

    def pair(many, name, default):
        vertical, horizontal = f"{name}_h", f"{name}_w"
        if hasattr(param, vertical) and (param.HasField(vertical) or param.HasField(horizontal)):
            values = getattr(param, vertical), getattr(param, horizontal)
        else:
            values = tuple(many) or (default,)
        values = values * 2 if len(values) == 1 else values
        least = 0 if name == "pad" else 1
        if len(values) != 2 or not all(least <= value <= _LONGEST_REACH for value in values):
            allowed = f"one or two numbers from {least} to {_LONGEST_REACH}"
            raise DreamError(f"layer {layer.name!r}: {name} is {list(values)}; allowed are {allowed}")
        return values

    return (
        pair(param.kernel_size, "kernel", 0),
        pair(param.pad, "pad", 0),
        pair(param.stride, "stride", 1),
        pair(getattr(param, "dilation", ()), "dilation", 1),
    )


def _weight_and_bias(layer, weights, expected, has_bias, outputs):
    weight, *rest = _blobs(layer, weights, 2 if has_bias else 1)
    if weight.ndim > len(expected) and weight.shape[: weight.ndim - len(expected)].numel() == 1:
        weight = weight.reshape(weight.shape[weight.ndim - len(expected) :])  # old files give every blob four axes
    if tuple(weight.shape) != tuple(expected):
        _misfit(layer, expected, weight.shape)
    if rest and rest[0].numel() != outputs:
        _misfit(layer, (outputs,), rest[0].shape)
    return weight, rest[0].flatten() if rest else None


def _blobs(layer, weights, count):
    if len(weights) < count:
        raise DreamError(
            f"layer {layer.name!r} ({layer.type}) needs {count} weight blobs; the model has {len(weights)}"
        )
    return weights[:count]


def _axis(axis, x):
    return axis + x.ndim if axis < 0 else axis


def _misfit(layer, expected, found, what="weights"):
    wanted, got = (tuple(int(size) for size in shape) for shape in (expected, found))
    raise DreamError(
        f"layer {layer.name!r} ({layer.type}): the architecture asks for {what} of shape {wanted}, found {got}"
    )
