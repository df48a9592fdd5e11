"""What makes layers fast against their reference: ReLUs taken along, and whole networks."""

import numpy as np
import pytest
import torch

from dreamcore.models.zoo import find_model, load_network
from dreamcore.network import fused, l2
from dreamcore.network.layers import LAYER_TYPES, layer_type
from tests.network.reference import Reference, assert_close, passed
from tests.network.small import picture, write_model
from tests.network.test_layers import layer_of, numbers

TAKES_RELU = {
    "Concat": ("", 2, ()),
    "Convolution": ("convolution_param { num_output: 2 kernel_size: 3 }", 1, ((2, 4, 3, 3), (2,))),
    "Deconvolution": ("convolution_param { num_output: 2 kernel_size: 3 }", 1, ((4, 2, 3, 3), (2,))),
    "InnerProduct": ("inner_product_param { num_output: 5 }", 1, ((5, 140), (5,))),
    "Pooling": ("pooling_param { kernel_size: 3 stride: 2 pad: 1 }", 1, ()),
}


@pytest.mark.parametrize("kind", TAKES_RELU)
@pytest.mark.parametrize("precision", [torch.float64, torch.float32])
@pytest.mark.parametrize("many", [1, 10**9], ids=["bits are kept", "values are kept"])
def test_a_relu_behind_a_layer_is_taken_along(kind, precision, many, monkeypatch):
    monkeypatch.setattr(fused, "_MANY", many)
    param, bottoms, shapes = TAKES_RELU[kind]
    layer = layer_of(kind, param)
    weights = tuple(torch.from_numpy(numbers(*shape, seed=9)).to(precision) for shape in shapes)
    taken = [torch.from_numpy(numbers(1, 4, 5, 7, seed=seed)).to(precision).requires_grad_() for seed in range(bottoms)]
    apart = [each.detach().clone().requires_grad_() for each in taken]
    found = passed(layer, weights, *taken, rectified=True)
    expected = LAYER_TYPES[kind].function(layer, weights, *apart).relu()
    torch.testing.assert_close(found, expected)
    assert (expected == 0).any() and (expected > 0).any()
    gradients = (torch.autograd.grad(top.square().sum(), x) for top, x in ((found, taken), (expected, apart)))
    for ours, wanted in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, wanted)


@pytest.mark.parametrize("region", ["ACROSS_CHANNELS", "WITHIN_CHANNEL"])
def test_a_relu_before_an_lrn_is_taken_along(region):
    layer = layer_of("LRN", f"lrn_param {{ local_size: 3 alpha: 0.25 norm_region: {region} }}")
    taken = torch.from_numpy(numbers(1, 4, 3, 5)).requires_grad_()
    before = taken.detach().clone().requires_grad_()
    found = passed(layer, (), taken, rectified=True)
    expected = LAYER_TYPES["LRN"].function(layer, (), before.relu())
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad(top.square().sum(), x)[0] for top, x in ((found, taken), (expected, before))]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("many", [1, 10**9], ids=["bits are kept", "values are kept"])
def test_a_slice_takes_along_the_relus_of_some_tops(many, monkeypatch):
    monkeypatch.setattr(fused, "_MANY", many)
    layer = layer_of("Slice", "slice_param { slice_point: 1 slice_point: 3 }", tops=3)
    taken = torch.from_numpy(numbers(1, 4, 2, 3)).requires_grad_()
    parts = passed(layer, (), taken, rectified=(True, False, True))
    expected = [part.relu() if number != 1 else part for number, part in enumerate(taken.split([1, 2, 1], 1))]
    assert all(torch.equal(*pair) for pair in zip(parts, expected, strict=True))
    gradients = [torch.autograd.grad(sum(part.square().sum() for part in each), taken)[0] for each in (parts, expected)]
    assert torch.equal(*gradients)


@pytest.mark.parametrize("before", [False, True])
def test_types_without_a_fast_function_take_relus_along_too(monkeypatch, before):
    monkeypatch.setitem(LAYER_TYPES, "Shift", None)
    layer_type("Shift", relu_before=before)(lambda layer, weights, x: x - 1)
    found = passed(layer_of("Shift"), (), torch.tensor([-3.0, 0.5, 3.0]), rectified=True)
    assert found.tolist() == ([-1, -0.5, 2] if before else [0, 0, 2])


@pytest.mark.parametrize("end", ["conv1", "relu1", "pool1", "left", "right", "join", "norm", "mean", "classes", "prob"])
def test_gradients_of_a_small_network_are_the_references(tmp_path, end):
    files = write_model(tmp_path)
    data = picture(31, 22)
    expected = Reference(*files).gradient(data, end, l2)
    value, gradient = load_network(files, device="cpu").gradient(data, end)
    assert value == pytest.approx(expected[0], rel=1e-5)
    assert_close(gradient, expected[1])


@pytest.mark.parametrize("end", ["conv2/3x3", "inception_3b/5x5_reduce", "inception_4c/output"])
def test_gradients_of_googlenet_are_the_references(shared, end):
    folder = shared / "models/bvlc_googlenet"
    data = np.random.default_rng(0).uniform(-110, 140, (3, 97, 131)).astype("f4")
    expected = Reference(*find_model(folder)[1:]).gradient(data, end, l2)
    value, gradient = load_network(folder, device="cpu").gradient(data, end)
    assert value == pytest.approx(expected[0], rel=1e-4)
    assert_close(gradient, expected[1], 1e-3)  # where a maximum or a ReLU may switch
