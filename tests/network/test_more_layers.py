"""Layers that few networks have, and those of Caffe's forks: values by hand, gradients against differences."""

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.network.layers import LAYER_TYPES
from tests.network.small import PROTOTXT, load, picture, small_weights
from tests.network.test_layers import check, layer_of, numbers, run


def test_relu6_is_cut_at_six():
    x = numbers(1, 2, 3, 3, low=-9, high=9)
    check(layer_of("ReLU6"), [x], np.clip(x, 0, 6))


def test_clip_keeps_between_two_numbers():
    x = numbers(1, 2, 3, 3)
    check(layer_of("Clip", "clip_param { min: -0.6 max: 1.1 }"), [x], np.clip(x, np.float32(-0.6), np.float32(1.1)))


def test_swish_is_x_times_its_sigmoid():
    x = numbers(1, 2, 3, 3)
    check(layer_of("Swish", "swish_param { beta: 2 }"), [x], x / (1 + np.exp(-2 * x)))


def test_bnll_is_the_softplus():
    x = numbers(1, 2, 3, 3)
    check(layer_of("BNLL"), [x], np.log1p(np.exp(x)))


def test_coefficients_count_in_a_sum_only():
    x, y = numbers(1, 2, 3, 3), numbers(1, 2, 3, 3, seed=1)
    weighted = "eltwise_param {{ operation: {} coeff: 2 coeff: -3 }}"
    check(layer_of("Eltwise", weighted.format("SUM")), [x, y], 2 * x - 3 * y)
    check(layer_of("Eltwise", weighted.format("MAX")), [x, y], np.maximum(x, y))


def test_axpy_scales_each_channel_and_adds():
    factor, x, y = numbers(1, 2, 1, 1), numbers(1, 2, 3, 3), numbers(1, 2, 3, 3, seed=1)
    check(layer_of("Axpy"), [factor, x, y], factor * x + y)


@pytest.mark.parametrize(
    ("operation", "reduce"),
    [
        ("SUM", np.sum),
        ("ASUM", lambda x, axis: np.abs(x).sum(axis)),
        ("SUMSQ", lambda x, axis: (x * x).sum(axis)),
        ("MEAN", np.mean),
    ],
)
def test_a_reduction_goes_from_its_axis_to_the_end(operation, reduce):
    x = numbers(2, 3, 2, 2)
    layer = layer_of("Reduction", f"reduction_param {{ operation: {operation} axis: 2 coeff: 3 }}")
    check(layer, [x], 3 * reduce(x.reshape(2, 3, 4), axis=-1))


def test_nvidias_batch_norm_has_a_scale_and_a_bias():
    x = numbers(1, 2, 3, 3)
    weights = [np.array(each, float) for each in ([2, 4], [8, 2], [2], [3, -1], [0.5, 1])]
    mean, variance, _, scale, bias = (each[:, None, None] for each in weights)
    layer = layer_of("BatchNorm", "batch_norm_param { eps: 0.5 }")
    check(layer, [x], (x - mean / 2) / np.sqrt(variance / 2 + 0.5) * scale + bias, weights)


def test_bn_has_two_blobs_or_four():
    x = numbers(1, 2, 3, 3)
    scale, shift, mean, variance = (np.array(each, float) for each in ([3, -1], [0.5, 1], [1, 2], [4, 1]))
    columns = [each[:, None, None] for each in (scale, shift, mean, variance)]
    check(layer_of("BN"), [x], x * columns[0] + columns[1], [scale, shift])
    normal = (x - columns[2]) / np.sqrt(columns[3] + np.float32(1e-5))
    check(layer_of("BN"), [x], columns[0] * normal + columns[1], [scale, shift, mean, variance])


@pytest.mark.parametrize(("param", "axes"), [("", (2, 3)), ("mvn_param { across_channels: true }", (1, 2, 3))])
def test_mvn_takes_off_the_mean_and_divides_by_the_deviation(param, axes):
    x = numbers(2, 2, 3, 3)
    centred = x - x.mean(axes, keepdims=True)
    check(layer_of("MVN", param), [x], centred / (x.std(axes, keepdims=True) + np.float32(1e-9)))


def test_the_gradient_of_mvn_is_caffes_where_eps_counts():
    x = torch.from_numpy(numbers(1, 1, 3, 3)).requires_grad_()
    layer = layer_of("MVN", "mvn_param { eps: 0.5 }")
    y = LAYER_TYPES["MVN"].function(layer, (), x)
    (found,) = torch.autograd.grad((y * y).sum() / 2, x)
    whole = x.detach().std(unbiased=False) + 0.5
    y = y.detach()
    np.testing.assert_allclose(found, (y - y.mean() - y * (y * y).mean()) / whole)  # as its mvn_layer.cpp has it


def test_normalize_brings_the_channels_of_a_place_to_one_length():
    x, scale = numbers(1, 3, 2, 2), np.array([1.0, 2, 3])
    layer = layer_of("Normalize", "norm_param { across_spatial: false channel_shared: false }")
    length = np.sqrt((x * x).sum(1, keepdims=True) + np.float32(1e-10))
    check(layer, [x], scale[:, None, None] * x / length, [scale])


@pytest.mark.parametrize("param", ["round_mode: FLOOR", "ceil_mode: false"])
def test_pooling_may_round_down(param):
    x = np.arange(36.0).reshape(1, 1, 6, 6)
    layer = layer_of("Pooling", f"pooling_param {{ kernel_size: 3 stride: 2 {param} }}")
    check(layer, [x], np.array([[[[14.0, 16], [26, 28]]]]))
    assert run(layer_of("Pooling", "pooling_param { kernel_size: 3 stride: 2 }"), [x]).shape == (1, 1, 3, 3)


def test_a_second_top_of_a_maximum_says_where_it_was_and_upsampling_puts_it_back():
    x = np.array([[[[1.0, 5, 2, 0], [3, 4, 8, 7]]]])
    layer = layer_of("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", tops=2)
    top, places = run(layer, [x])
    assert top.tolist() == [[[[5, 8]]]] and places.tolist() == [[[[1, 6]]]]
    back = run(layer_of("Upsample", "upsample_param { scale: 2 }"), [top, places])
    assert back.tolist() == [[[[0, 5, 0, 0], [0, 0, 8, 0]]]]


def test_upsampling_without_places_repeats():
    x = numbers(1, 2, 2, 2)
    check(layer_of("Upsample", "upsample_param { scale: 2 }"), [x], x.repeat(2, 2).repeat(2, 3))


def test_a_spatial_pyramid_is_the_whole_and_its_quarters():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    check(layer_of("SPP", "spp_param { pyramid_height: 2 }"), [x], np.array([[15.0, 5, 7, 13, 15]]))


def test_tile_repeats_along_an_axis():
    x = numbers(1, 2, 2, 2)
    check(layer_of("Tile", "tile_param { axis: 1 tiles: 3 }"), [x], np.tile(x, (1, 3, 1, 1)))


def test_permute_orders_the_axes():
    x = numbers(1, 2, 3, 4)
    layer = layer_of("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }")
    check(layer, [x], x.transpose(0, 2, 3, 1))


def test_channels_are_shuffled_across_groups():
    x = numbers(1, 6, 1, 1)
    check(layer_of("ShuffleChannel", "shuffle_channel_param { group: 2 }"), [x], x[:, [0, 3, 1, 4, 2, 5]])
    with pytest.raises(DreamError, match="cannot deal 6 channels out to 4 groups"):
        run(layer_of("ShuffleChannel", "shuffle_channel_param { group: 4 }"), [x])


@pytest.mark.parametrize(
    ("param", "size"),
    [("zoom_factor: 2", (5, 7)), ("height: 6 width: 3", (6, 3)), ("shrink_factor: 2", (2, 2)), ("pad_end: -1", (2, 3))],
)
def test_interp_brings_corners_onto_corners(param, size):
    x = numbers(1, 1, 3, 4)
    result = run(layer_of("Interp", f"interp_param {{ {param} }}"), [x])
    assert result.shape[2:] == size
    if "pad" not in param:
        corners = (slice(None), slice(None), [0, 0, -1, -1], [0, -1, 0, -1])
        np.testing.assert_allclose(result[corners], x[corners])


@pytest.mark.parametrize("kind", ["ConvolutionDepthwise", "ConvolutionDepthWise", "DepthwiseConvolution"])
def test_a_depthwise_convolution_is_one_of_each_channel(kind):
    x, weight, bias = numbers(1, 2, 4, 4), numbers(2, 1, 3, 3, seed=1), np.array([0.5, -1])
    same = run(
        layer_of("Convolution", "convolution_param { num_output: 2 kernel_size: 3 group: 2 }"), [x], [weight, bias]
    )
    check(layer_of(kind, "convolution_param { num_output: 2 kernel_size: 3 }"), [x], same, [weight, bias])


def test_windows_become_channels():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    result = run(layer_of("Im2col", "convolution_param { kernel_size: 2 }"), [x])
    assert result.shape == (1, 4, 2, 2) and result[0, :, 0, 0].tolist() == [0, 1, 3, 4]


def test_what_lies_below_a_layer_without_weights_can_be_dreamed(tmp_path):
    weights = {name: blobs for name, blobs in small_weights().items() if name != "classes"}
    network = load(tmp_path, PROTOTXT, weights)
    assert network.gradient(picture(), "norm")[1].shape == (3, 12, 14)
    with pytest.raises(DreamError, match="'classes' .InnerProduct. needs 2 weight blobs; the model has 0"):
        network.gradient(picture(), "classes")


def test_a_parameter_is_its_weights_of_the_shape_that_it_announces():
    blob = numbers(1, 2, 3, 3)
    shape = "dim: 1 dim: 2 dim: 3 dim: 3"
    np.testing.assert_array_equal(
        run(layer_of("Parameter", f"parameter_param {{ shape {{ {shape} }} }}"), [], [blob]), blob
    )
    with pytest.raises(DreamError, match=r"asks for weights of shape \(7,\), found \(1, 2, 3, 3\)"):
        run(layer_of("Parameter", "parameter_param { shape { dim: 7 } }"), [], [blob])
