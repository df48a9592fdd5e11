"""A network that runs: ends, gradients, what runs and what stays."""

import subprocess
import sys
import weakref

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.network import l2
from tests.network.small import load, picture, small_weights


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return load(tmp_path_factory.mktemp("model"), name="small")


def test_activations_are_arrays_of_channels_rows_and_columns(network):
    found = network.activations(picture(), "join", "conv1", "prob", "data")
    assert {name: value.shape for name, value in found.items()} == {
        "join": (5, 6, 7),
        "conv1": (4, 12, 14),
        "prob": (6,),
        "data": (3, 12, 14),
    }
    assert all(value.dtype == np.float32 for value in found.values())
    assert found["prob"].sum() == pytest.approx(1)
    np.testing.assert_array_equal(found["data"], picture())


def test_any_size_runs(network):
    assert network.activations(picture(31, 9), "join")["join"].shape == (5, 15, 4)


def test_a_convolution_as_end_stops_before_its_in_place_relu(network):
    before = []
    network.gradient(picture(), "conv1", lambda blob: before.append(blob.detach().clone()) or l2(blob))
    blob = network.activations(picture(), "conv1")["conv1"]
    assert (before[0] < 0).any()
    np.testing.assert_array_equal(np.maximum(before[0].numpy(), 0), blob)


def test_the_name_of_a_relu_is_an_end_after_it(network):
    after = []
    network.gradient(picture(), "relu1", lambda blob: after.append(blob.detach().clone()) or l2(blob))
    np.testing.assert_array_equal(after[0].numpy(), network.activations(picture(), "conv1")["conv1"])


def test_several_ends_go_to_one_objective_in_their_order(network):
    shapes = []

    def objective(*blobs):
        shapes.extend(tuple(blob.shape) for blob in blobs)
        return sum(map(l2, blobs))

    value, gradient = network.gradient(picture(), ("norm", "conv1"), objective)
    (first, one), (second, two) = (network.gradient(picture(), end) for end in ("norm", "conv1"))
    assert shapes == [(5, 6, 7), (4, 12, 14)]
    assert value == pytest.approx(first + second)
    np.testing.assert_allclose(gradient, one + two, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("end", ["conv1", "relu1", "left", "join", "norm", "classes"])
def test_the_gradient_is_that_of_finite_differences(network, end):
    data = picture(kind="f8") / 50
    value, gradient = network.gradient(data, end)
    assert gradient.dtype == np.float64
    random = np.random.default_rng(3)
    for _ in range(5):
        way = random.normal(size=data.shape)
        way *= 1e-6 / np.linalg.norm(way)
        difference = network.gradient(data + way, end)[0] - network.gradient(data - way, end)[0]
        assert difference / 2 == pytest.approx((gradient * way).sum(), rel=1e-3, abs=1e-9 * abs(value))


def test_arrays_give_arrays_and_tensors_give_tensors(network):
    value, gradient = network.gradient(picture(), "norm")
    assert isinstance(value, float) and isinstance(gradient, np.ndarray) and gradient.dtype == np.float32
    tensor_value, tensor = network.gradient(torch.from_numpy(picture()), "norm")
    assert isinstance(tensor_value, torch.Tensor) and isinstance(tensor, torch.Tensor)
    assert tensor_value.item() == value
    np.testing.assert_array_equal(tensor.numpy(), gradient)


def test_the_picture_that_goes_in_is_not_changed(network):
    data = torch.from_numpy(picture())
    network.gradient(data, "norm")
    network.activations(data, "conv1")
    np.testing.assert_array_equal(data.numpy(), picture())
    assert not data.requires_grad


def test_two_calls_give_the_same(network):
    first, second = (network.gradient(picture(), "norm") for _ in range(2))
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1], second[1])


def test_weights_have_no_gradients(network):
    network.gradient(picture(), "classes")
    tensors = [each for blobs in network.backend.weights.values() for each in blobs]
    assert len(tensors) == 8
    assert all(each.grad is None and not each.requires_grad for each in tensors)


def test_nothing_of_a_call_is_kept(network):
    kept = []

    def objective(blob):
        kept.append(weakref.ref(blob))
        return l2(blob)

    network.gradient(picture(), "norm", objective)
    assert kept[0]() is None


def test_data_of_another_shape_is_an_error(network):
    with pytest.raises(DreamError, match=r"data has shape \(12, 14\)"):
        network.gradient(picture()[0], "norm")


RESIDUAL = """
input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layer { name: "first" type: "Convolution" bottom: "data" top: "first"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layer { name: "norm" type: "BatchNorm" bottom: "first" top: "first" }
layer { name: "scale" type: "Scale" bottom: "first" top: "first" scale_param { bias_term: true } }
layer { name: "relu" type: "ReLU" bottom: "first" top: "first" }
layer { name: "second" type: "Convolution" bottom: "first" top: "second"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 group: 2 bias_term: false } }
layer { name: "add" type: "Eltwise" bottom: "first" bottom: "second" top: "add" }
layer { name: "add_relu" type: "ReLU" bottom: "add" top: "add" }
"""
RESIDUAL_SHAPES = {
    "first": [(4, 3, 3, 3), (4,)],
    "norm": [(4,), (4,), (1,)],
    "scale": [(4,), (4,)],
    "second": [(4, 2, 3, 3)],
}


@pytest.mark.parametrize("end", ["first", "norm", "scale", "relu", "second", "add", "add_relu"])
def test_a_residual_block_with_layers_in_place(tmp_path, end):
    weights = small_weights(RESIDUAL_SHAPES)
    weights["norm"] = [weights["norm"][0], np.float32([1, 2, 3, 4]), np.float32([2])]
    network = load(tmp_path, RESIDUAL, weights)
    data = picture(8, 8, "f8") / 50
    _, gradient = network.gradient(data, end)
    way = np.random.default_rng(4).normal(size=data.shape) * 1e-7
    difference = network.gradient(data + way, end)[0] - network.gradient(data - way, end)[0]
    assert difference / 2 == pytest.approx((gradient * way).sum(), rel=1e-4)


def test_the_values_of_layers_in_place_are_those_of_the_formulas(tmp_path):
    weights = small_weights(RESIDUAL_SHAPES)
    weights["norm"] = [weights["norm"][0], np.float32([1, 2, 3, 4]), np.float32([2])]
    network = load(tmp_path, RESIDUAL, weights)
    values = {}
    for end in ("first", "norm", "scale", "relu", "second", "add", "add_relu"):
        network.gradient(
            picture(8, 8), end, lambda blob, end=end: values.update({end: blob.detach().numpy()}) or l2(blob)
        )
    mean, variance, factor = (each.reshape(-1, 1, 1) for each in weights["norm"])
    slope, shift = (each.reshape(-1, 1, 1) for each in weights["scale"])
    normal = (values["first"] - mean / factor) / np.sqrt(variance / factor + 1e-5)
    np.testing.assert_allclose(values["norm"], normal, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(values["scale"], normal * slope + shift, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(values["relu"], np.maximum(values["scale"], 0), rtol=1e-5)
    np.testing.assert_allclose(values["add"], values["relu"] + values["second"], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(values["add_relu"], np.maximum(values["add"], 0), rtol=1e-5)


def test_loading_a_network_does_not_load_pytorchs_compiler():
    code = "import sys, dreamcore; dreamcore.load_network('dreamlet', device='cpu'); print('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
