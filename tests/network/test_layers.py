"""Every layer type, its reference and its fast function: values against a loop, gradients against differences."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.network.layers import LAYER_TYPES
from tests.network.reference import passed
from tests.network.small import parse


def layer_of(kind, param="", tops=1):
    text = "".join(f' top: "t{number}"' for number in range(tops))
    return parse(f'layer {{ name: "x" type: "{kind}"{text} {param} }}').layer[0]


def numbers(*shape, seed=0, low=-2.0, high=2.0):
    """Distinct float64 numbers, none of them near a kink at zero."""
    values = np.random.default_rng(seed).permutation(np.linspace(low, high, int(np.prod(shape)) + 2)[1:-1])
    return np.where(np.abs(values) < 1e-3, 0.01, values).reshape(shape)


def functions(kind):
    """The reference, and the layer as it runs in a network."""
    return [LAYER_TYPES[kind].function, passed]


def run(layer, bottoms, weights=(), function=None):
    function = function or LAYER_TYPES[layer.type].function
    tops = function(layer, tuple(map(torch.from_numpy, weights)), *map(torch.from_numpy, bottoms))
    return [each.numpy() for each in tops] if isinstance(tops, tuple) else tops.numpy()


def shape_of(layer, bottoms, weights):
    """The shape that the type's own rule gives, if it has one."""
    rule, on_meta = LAYER_TYPES[layer.type].shape, (torch.from_numpy(each).to("meta") for each in (*weights, *bottoms))
    arrays = [*on_meta]
    return tuple(rule(layer, tuple(arrays[: len(weights)]), *arrays[len(weights) :])) if rule else None


def check(layer, bottoms, expected, weights=()):
    """Compare the forward pass with what is expected, and the gradient with finite differences."""
    for function in functions(layer.type):
        tops = run(layer, bottoms, weights, function)
        for top, wanted in zip(*((tops, expected) if isinstance(tops, list) else ([tops], [expected])), strict=True):
            assert top.shape == wanted.shape
            assert shape_of(layer, bottoms, weights) in (None, wanted.shape)
            np.testing.assert_allclose(top, wanted, rtol=1e-9, atol=1e-12)
        inputs = [torch.from_numpy(each).requires_grad_() for each in bottoms]
        constants = tuple(map(torch.from_numpy, weights))
        assert torch.autograd.gradcheck(lambda *xs, f=function, w=constants: f(layer, w, *xs), inputs)


def convolve(x, weight, bias, stride, pad, dilation, group):
    (sy, sx), (py, px), (dy, dx) = stride, pad, dilation
    _, channels, height, width = x.shape
    outputs, _, kh, kw = weight.shape
    padded = np.zeros((channels, height + 2 * py, width + 2 * px))
    padded[:, py : py + height, px : px + width] = x[0]
    rows = (height + 2 * py - (dy * (kh - 1) + 1)) // sy + 1
    columns = (width + 2 * px - (dx * (kw - 1) + 1)) // sx + 1
    result = np.zeros((1, outputs, rows, columns))
    for o, i, j in product(range(outputs), range(rows), range(columns)):
        first = o // (outputs // group) * (channels // group)
        for c, a, b in product(range(channels // group), range(kh), range(kw)):
            result[0, o, i, j] += weight[o, c, a, b] * padded[first + c, i * sy + a * dy, j * sx + b * dx]
        result[0, o, i, j] += bias[o]
    return result


@pytest.mark.parametrize(
    ("param", "kernel", "stride", "pad", "dilation", "group"),
    [
        ("kernel_size: 3", (3, 3), (1, 1), (0, 0), (1, 1), 1),
        ("kernel_size: 3 stride: 2 pad: 1", (3, 3), (2, 2), (1, 1), (1, 1), 1),
        ("kernel_size: 3 kernel_size: 2 stride: 1 stride: 2 pad: 2 pad: 1", (3, 2), (1, 2), (2, 1), (1, 1), 1),
        ("kernel_h: 2 kernel_w: 3 stride_h: 3 stride_w: 2 pad_h: 0 pad_w: 2", (2, 3), (3, 2), (0, 2), (1, 1), 1),
        ("kernel_size: 3 dilation: 2 pad: 2", (3, 3), (1, 1), (2, 2), (2, 2), 1),
        ("kernel_size: 2 dilation: 1 dilation: 3", (2, 2), (1, 1), (0, 0), (1, 3), 1),
        ("kernel_size: 1 group: 2", (1, 1), (1, 1), (0, 0), (1, 1), 2),
        ("kernel_size: 3 group: 4 pad: 1", (3, 3), (1, 1), (1, 1), (1, 1), 4),
    ],
)
def test_convolution(param, kernel, stride, pad, dilation, group):
    x, weight, bias = numbers(1, 4, 6, 7), numbers(8, 4 // group, *kernel, seed=1), numbers(8, seed=2)
    layer = layer_of("Convolution", f"convolution_param {{ num_output: 8 {param} }}")
    check(layer, [x], convolve(x, weight, bias, stride, pad, dilation, group), [weight, bias])


def test_convolution_without_bias():
    x, weight = numbers(1, 2, 3, 3), numbers(1, 2, 2, 2, seed=1)
    layer = layer_of("Convolution", "convolution_param { num_output: 1 kernel_size: 2 bias_term: false }")
    check(layer, [x], convolve(x, weight, [0.0], (1, 1), (0, 0), (1, 1), 1), [weight])


@pytest.mark.parametrize(
    "param", ["kernel_size: 0", "kernel_size: 3 stride: 0", "kernel_size: 3 kernel_size: 3 kernel_size: 3", "pad: 1"]
)
def test_impossible_windows_are_errors(param):
    layer = layer_of("Convolution", f"convolution_param {{ num_output: 1 {param} }}")
    with pytest.raises(DreamError, match="has (kernel|stride) "):
        run(layer, [numbers(1, 1, 4, 4)], [numbers(1, 1, 3, 3), numbers(1)])


@pytest.mark.parametrize(("kernel", "stride", "pad"), [(7, 2, 3), (6, 2, 3), (11, 4, 0), (2, 4, 1), (1, 2, 0)])
def test_a_first_layer_with_a_stride_has_the_gradient_of_a_convolution(kernel, stride, pad):
    x, weights = numbers(1, 3, 23, 20), [numbers(5, 3, kernel, kernel, seed=1), numbers(5, seed=2)]
    param = f"num_output: 5 kernel_size: {kernel} stride: {stride} pad: {pad}"
    expected = torch.nn.functional.conv2d(*map(torch.from_numpy, (x, *weights)), stride, pad).numpy()
    check(layer_of("Convolution", f"convolution_param {{ {param} }}"), [x], expected, weights)


@pytest.mark.parametrize(
    ("param", "kernel", "stride", "pad", "group"),
    [
        ("kernel_size: 4 stride: 2 pad: 1", 4, 2, 1, 1),
        ("kernel_size: 3", 3, 1, 0, 1),
        ("kernel_size: 4 stride: 2 pad: 1 group: 2", 4, 2, 1, 2),
    ],
)
def test_deconvolution(param, kernel, stride, pad, group):
    x, weight, bias = numbers(1, 4, 3, 4), numbers(4, 2 // group, kernel, kernel, seed=1), numbers(2, seed=2)
    full = np.zeros((1, 2, stride * 2 + kernel, stride * 3 + kernel))
    for c, i, j, o in product(range(4), range(3), range(4), range(2 // group)):
        output = c // (4 // group) * (2 // group) + o
        full[0, output, i * stride : i * stride + kernel, j * stride : j * stride + kernel] += (
            x[0, c, i, j] * weight[c, o]
        )
    expected = full[:, :, pad : full.shape[2] - pad, pad : full.shape[3] - pad] + bias[:, None, None]
    check(layer_of("Deconvolution", f"convolution_param {{ num_output: 2 {param} }}"), [x], expected, [weight, bias])


@pytest.mark.parametrize("transpose", [False, True])
def test_inner_product(transpose):
    x, weight, bias = numbers(1, 2, 3, 2), numbers(5, 12, seed=1), numbers(5, seed=2)
    layer = layer_of("InnerProduct", f"inner_product_param {{ num_output: 5 transpose: {str(transpose).lower()} }}")
    expected = np.array([[sum(w * v for w, v in zip(row, x.ravel(), strict=True)) for row in weight]]) + bias
    check(layer, [x], expected, [weight.T.copy() if transpose else weight, bias])


def test_inner_product_of_an_old_file_has_four_axes():
    x, weight, bias = numbers(1, 3, 1, 1), numbers(1, 1, 2, 3, seed=1), numbers(1, 1, 1, 2, seed=2)
    layer = layer_of("InnerProduct", "inner_product_param { num_output: 2 }")
    check(layer, [x], x.reshape(1, 3) @ weight[0, 0].T + bias[0, 0], [weight, bias])


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("beta", [0.75, 0.5])
def test_lrn_across_channels(size, beta):
    x, expected = numbers(1, 7, 2, 3), np.zeros((1, 7, 2, 3))
    for c, i, j in product(range(7), range(2), range(3)):
        near = range(max(0, c - size // 2), min(7, c + size // 2 + 1))
        scale = 1.5 + 0.25 / size * sum(x[0, n, i, j] ** 2 for n in near)
        expected[0, c, i, j] = x[0, c, i, j] / scale**beta
    check(layer_of("LRN", f"lrn_param {{ local_size: {size} alpha: 0.25 beta: {beta} k: 1.5 }}"), [x], expected)


def test_lrn_within_channels():
    x, expected = numbers(1, 2, 4, 5), np.zeros((1, 2, 4, 5))
    for c, i, j in product(range(2), range(4), range(5)):
        window = x[0, c, max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
        expected[0, c, i, j] = x[0, c, i, j] / (1 + 0.25 / 9 * (window**2).sum()) ** 0.75
    layer = layer_of("LRN", "lrn_param { local_size: 3 alpha: 0.25 norm_region: WITHIN_CHANNEL }")
    check(layer, [x], expected)


def test_lrn_of_an_even_size_is_an_error():
    with pytest.raises(DreamError, match="has local_size 4, which is even"):
        run(layer_of("LRN", "lrn_param { local_size: 4 }"), [numbers(1, 3, 2, 2)])


X = numbers(1, 3, 2, 4)
POSITIVE = numbers(1, 3, 2, 4, low=0.1)


@pytest.mark.parametrize(
    ("kind", "param", "x", "expected"),
    [
        ("AbsVal", "", X, np.abs(X)),
        ("Dropout", "", X, X),
        ("ELU", "elu_param { alpha: 0.75 }", X, np.where(X > 0, X, 0.75 * (np.exp(X) - 1))),
        ("Exp", "", X, np.exp(X)),
        ("Exp", "exp_param { base: 2 scale: 0.5 shift: 1 }", X, 2 ** (1 + 0.5 * X)),
        ("Flatten", "", X, X.reshape(1, 24)),
        ("Flatten", "flatten_param { axis: 2 end_axis: 3 }", X, X.reshape(1, 3, 8)),
        ("Flatten", "flatten_param { axis: -3 end_axis: -2 }", X, X.reshape(1, 6, 4)),
        ("Log", "", POSITIVE, np.log(POSITIVE)),
        ("Log", "log_param { base: 10 scale: 2 shift: 3 }", X + 2, np.log10(3 + 2 * (X + 2))),
        ("Power", "power_param { power: 2 scale: 0.5 shift: 3 }", X, (3 + 0.5 * X) ** 2),
        ("Power", "power_param { scale: -1 shift: 1 }", X, 1 - X),
        ("Power", "power_param { power: -0.5 }", POSITIVE, POSITIVE**-0.5),
        ("ReLU", "", X, np.maximum(X, 0)),
        ("ReLU", "relu_param { negative_slope: 0.125 }", X, np.where(X > 0, X, 0.125 * X)),
        ("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 4 } }", X, X.reshape(1, 6, 4)),
        ("Reshape", "reshape_param { shape { dim: 2 dim: 4 } axis: 2 num_axes: 1 }", X[:, :, :1], None),
        ("Reshape", "reshape_param { shape { dim: 1 } axis: -1 num_axes: 0 }", X, X.reshape(1, 3, 2, 4, 1)),
        ("Sigmoid", "", X, 1 / (1 + np.exp(-X))),
        ("Softmax", "", X, np.exp(X) / np.exp(X).sum(1, keepdims=True)),
        ("Softmax", "softmax_param { axis: -1 }", X, np.exp(X) / np.exp(X).sum(3, keepdims=True)),
        ("TanH", "", X, np.tanh(X)),
    ],
)
def test_layers_without_weights(kind, param, x, expected):
    if expected is None:  # one axis made two
        x = numbers(1, 3, 8, 1)
        expected = x.reshape(1, 3, 2, 4, 1)
    check(layer_of(kind, param), [x], expected)


def test_the_gradient_of_relu_at_exactly_zero_is_zero():
    x = torch.zeros(1, 1, 1, 1, requires_grad=True)
    LAYER_TYPES["ReLU"].function(layer_of("ReLU"), (), x).sum().backward()
    assert x.grad.item() == 0


@pytest.mark.parametrize("slope", [[0.1, 0.2, 0.3], [0.25]])
def test_prelu(slope):
    each = np.broadcast_to(np.array(slope), 3)[:, None, None]
    check(layer_of("PReLU"), [X], np.where(X > 0, X, each * X), [np.array(slope)])


@pytest.mark.parametrize("factor", [1.0, 999.0, 0.0])
def test_batch_norm_with_stored_statistics(factor):
    mean, variance = numbers(3, seed=1), numbers(3, seed=2, low=0.2)
    scaled = 0 if factor == 0 else 1 / factor
    spread = (1, 3, 1, 1)
    expected = (X - (mean * scaled).reshape(spread)) / np.sqrt((variance * scaled).reshape(spread) + 2**-10)
    layer = layer_of("BatchNorm", "batch_norm_param { eps: 0.0009765625 use_global_stats: true }")
    check(layer, [X], expected, [mean, variance, np.array([factor])])
    layer.batch_norm_param.ClearField("use_global_stats")  # the TEST phase uses them unless told otherwise
    check(layer, [X], expected, [mean, variance, np.array([factor])])


def test_batch_norm_with_its_own_statistics():
    mean, variance = X.mean((0, 2, 3), keepdims=True), X.var((0, 2, 3), keepdims=True)
    layer = layer_of("BatchNorm", "batch_norm_param { use_global_stats: false }")
    check(layer, [X], (X - mean) / np.sqrt(variance + np.float32(1e-5)))


def test_scale_with_and_without_bias():
    factor, added = numbers(3, seed=1), numbers(3, seed=2)
    check(layer_of("Scale"), [X], X * factor[:, None, None], [factor])
    layer = layer_of("Scale", "scale_param { bias_term: true }")
    check(layer, [X], X * factor[:, None, None] + added[:, None, None], [factor, added])


def test_scale_by_a_second_bottom_and_along_other_axes():
    both, last, one = numbers(1, 3, seed=1), numbers(4, seed=1), numbers(1, seed=1)
    check(layer_of("Scale", "scale_param { axis: 0 }"), [X, both], X * both[:, :, None, None])
    check(layer_of("Scale", "scale_param { axis: -1 }"), [X, last], X * last)
    check(layer_of("Scale"), [X, one], X * one)


def test_bias_from_weights_and_from_a_second_bottom():
    added = numbers(3, seed=1)
    check(layer_of("Bias"), [X], X + added[:, None, None], [added])
    check(layer_of("Bias"), [X, added], X + added[:, None, None])


def test_scale_of_another_shape_is_an_error():
    with pytest.raises(DreamError, match=r"asks for weights of shape \(3,\), found \(4,\)"):
        run(layer_of("Scale"), [X], [numbers(4)])


Y, Z = numbers(1, 3, 2, 4, seed=1), numbers(1, 3, 2, 4, seed=2)


@pytest.mark.parametrize(
    ("param", "expected"),
    [
        ("", X + Y + Z),
        ("eltwise_param { operation: SUM coeff: 1 coeff: -0.5 coeff: 2 }", X - 0.5 * Y + 2 * Z),
        ("eltwise_param { operation: PROD }", X * Y * Z),
        ("eltwise_param { operation: MAX }", np.maximum(np.maximum(X, Y), Z)),
    ],
)
def test_eltwise(param, expected):
    check(layer_of("Eltwise", param), [X, Y, Z], expected)


def test_eltwise_of_two_shapes_is_an_error():
    with pytest.raises(DreamError, match=r"bottoms of shape \(1, 3, 2, 4\), found \(1, 3, 2, 3\)"):
        run(layer_of("Eltwise"), [X, Y[..., :3].copy()])


@pytest.mark.parametrize(
    ("param", "axis"),
    [("", 1), ("concat_param { axis: 2 }", 2), ("concat_param { axis: -1 }", 3), ("concat_param { concat_dim: 1 }", 1)],
)
def test_concat(param, axis):
    check(layer_of("Concat", param), [X, Y, Z], np.concatenate([X, Y, Z], axis))


def test_concat_of_bottoms_that_do_not_fit_is_an_error():
    with pytest.raises(DreamError, match=r"bottoms of shape \(1, 3, 2, 4\), found \(1, 3, 2, 3\)"):
        run(layer_of("Concat"), [X, Y[..., :3].copy()])


def test_slice_into_equal_parts_and_at_points():
    x = numbers(1, 6, 2, 2)
    check(layer_of("Slice", tops=3), [x], [x[:, :2], x[:, 2:4], x[:, 4:]])
    param = "slice_param { axis: 1 slice_point: 1 slice_point: 5 }"
    check(layer_of("Slice", param, tops=3), [x], [x[:, :1], x[:, 1:5], x[:, 5:]])
    check(layer_of("Slice", "slice_param { slice_dim: 2 }", tops=2), [x], [x[:, :, :1], x[:, :, 1:]])


@pytest.mark.parametrize("points", [(7,), (3, 2), (0,)])
def test_slice_at_impossible_points_is_an_error(points):
    param = " ".join(f"slice_point: {point}" for point in points)
    with pytest.raises(DreamError, match="cannot cut 6"):
        run(layer_of("Slice", f"slice_param {{ {param} }}", tops=len(points) + 1), [numbers(1, 6, 2, 2)])


def test_split():
    check(layer_of("Split", tops=2), [X], [X, X])


def test_crop():
    x, reference = numbers(1, 3, 6, 7), numbers(1, 3, 2, 4)
    assert run(layer_of("Crop"), [x, reference]).tolist() == x[:, :, :2, :4].tolist()
    one = layer_of("Crop", "crop_param { offset: 3 }")
    assert run(one, [x, reference]).tolist() == x[:, :, 3:5, 3:7].tolist()
    two = layer_of("Crop", "crop_param { axis: 2 offset: 1 offset: 2 }")
    assert run(two, [x, reference]).tolist() == x[:, :, 1:3, 2:6].tolist()
    inputs = [torch.from_numpy(each).requires_grad_() for each in (x, reference)]
    assert torch.autograd.gradcheck(lambda a, b: LAYER_TYPES["Crop"].function(two, (), a, b), inputs)


def test_crop_beyond_the_border_is_an_error():
    with pytest.raises(DreamError, match="cannot cut 2 rows or columns at 5 out of 6"):
        run(layer_of("Crop", "crop_param { offset: 5 }"), [numbers(1, 3, 6, 7), numbers(1, 3, 2, 4)])


def test_every_layer_type_is_tested():
    here = Path(__file__)
    text = "".join(here.with_name(name).read_text() for name in (here.name, "test_pooling.py", "test_more_layers.py"))
    assert not [kind for kind in LAYER_TYPES if f'"{kind}"' not in text]
