"""A network that runs: ends, gradients, what runs and what stays."""

import weakref

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.network import l2
from dreamcore.network.layers import LAYERS
from tests.network.small import PROTOTXT, load, picture, small_weights


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return load(tmp_path_factory.mktemp("model"), name="small")


@pytest.fixture
def ran(monkeypatch):
    """The names of the layers that run, in order."""
    names = []
    for kind, function in LAYERS.items():
        monkeypatch.setitem(
            LAYERS,
            kind,
            lambda layer, *rest, f=function, **options: (names.append(layer.name), f(layer, *rest, **options))[1],
        )
    return names


def test_blobs_and_layers_come_in_order(network):
    assert network.blobs == ("data", "conv1", "pool1", "left", "right", "join", "norm", "mean", "classes", "prob")
    assert network.layers[:3] == ("conv1", "relu1", "pool1")
    assert network.input == "data"
    np.testing.assert_array_equal(network.mean, np.float32([104, 117, 123]))
    assert network.mean.dtype == np.float32


def test_shapes_are_those_at_the_declared_size(network):
    assert network.shapes["pool1"] == (4, 6, 7)
    assert network.shapes["prob"] == (6,)


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


def test_only_layers_below_the_end_run(network, ran):
    network.activations(picture(), "pool1")
    assert ran == ["conv1", "pool1"]  # the ReLU is written over its bottom without its function
    ran.clear()
    network.gradient(picture(), "left")
    assert ran == ["conv1", "pool1", "left"]


SIBLINGS = """
layer { name: "one" type: "Convolution" bottom: "pool1" top: "one" convolution_param { num_output: 2 kernel_size: 1 } }
layer { name: "relu_one" type: "ReLU" bottom: "one" top: "one" }
layer { name: "two" type: "Convolution" bottom: "pool1" top: "two" convolution_param { num_output: 3 kernel_size: 1 } }
layer { name: "far" type: "Convolution" bottom: "pool1" top: "far"
        convolution_param { num_output: 2 kernel_size: 3 pad: 1 } }
layer { name: "relu_far" type: "ReLU" bottom: "far" top: "far" }
layer { name: "again" type: "Convolution" bottom: "one" top: "again"
        convolution_param { num_output: 2 kernel_size: 1 } }
layer { name: "all" type: "Concat" bottom: "again" bottom: "two" bottom: "far" top: "all" }
"""


@pytest.fixture
def family(tmp_path):
    one, two = [(2, 4, 1, 1), (2,)], [(3, 4, 1, 1), (3,)]
    shapes = {"conv1": [(4, 3, 3, 3), (4,)], "one": one, "two": two, "far": [(2, 4, 3, 3), (2,)]}
    shapes["again"] = [(2, 2, 1, 1), (2,)]
    return load(tmp_path, PROTOTXT.split('layer { name: "left"')[0] + SIBLINGS, small_weights(shapes))


def test_convolutions_of_the_same_values_run_as_one(family, ran):
    family.activations(picture(), "all")
    assert ran == ["conv1", "pool1", "one+two", "one+two", "far", "again", "all"]  # a convolution and its cut


def test_convolutions_that_run_as_one_give_what_each_gives(family):
    alone = [family.activations(picture(), name)[name] for name in ("again", "two", "far")]
    np.testing.assert_allclose(family.activations(picture(), "all")["all"], np.concatenate(alone), rtol=1e-5, atol=1e-5)


def test_the_gradient_of_convolutions_that_run_as_one_is_the_sum_of_theirs(family):
    data = picture(kind="f8")
    alone = sum(family.gradient(data, name)[1] for name in ("again", "two", "relu_far"))
    np.testing.assert_allclose(family.gradient(data, "all")[1], alone, rtol=1e-9, atol=1e-9)


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
    tensors = [each for blobs in network._weights.values() for each in blobs]
    assert len(tensors) == 8
    assert all(each.grad is None and not each.requires_grad for each in tensors)


def test_blobs_are_freed_as_soon_as_no_layer_needs_them(network, monkeypatch):
    alive = {}
    concat = LAYERS["Concat"]

    def watched(layer, weights, *bottoms):
        alive.update({number: weakref.ref(each) for number, each in enumerate(bottoms)})
        return concat(layer, weights, *bottoms)

    def later(layer, weights, x, lrn=LAYERS["LRN"]):
        assert all(each() is None for each in alive.values())
        return lrn(layer, weights, x)

    monkeypatch.setitem(LAYERS, "Concat", watched)
    monkeypatch.setitem(LAYERS, "LRN", later)
    network.activations(picture(), "norm")
    assert len(alive) == 2


def test_nothing_of_a_call_is_kept(network):
    kept = []

    def objective(blob):
        kept.append(weakref.ref(blob))
        return l2(blob)

    network.gradient(picture(), "norm", objective)
    assert kept[0]() is None


def test_an_unknown_end_suggests_the_nearest(network):
    with pytest.raises(DreamError, match=r"""small has no layer 'join1' \(did you mean "join"\?\)"""):
        network.gradient(picture(), "join1")
    with pytest.raises(DreamError, match="no layer 'nonsense'"):
        network.activations(picture(), "nonsense")


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 2)])
def test_a_picture_too_small_is_an_error_that_names_its_size(tmp_path, size):
    network = load(tmp_path, PROTOTXT.replace("pad: 1", "pad: 0", 1))
    assert not network.fits(*size, ("conv1",))
    with pytest.raises(
        DreamError, match=rf"layer 'conv1' \(Convolution\) cannot take a picture of {size[1]}x{size[0]}"
    ):
        network.gradient(picture(*size), "conv1")


def test_fits_tells_what_runs(network):
    assert network.fits(12, 14, ("prob",))
    assert network.fits(3, 3, ("join",))
    assert network.fits(500, 3, ("join", "conv1"))


def test_data_of_another_shape_is_an_error(network):
    with pytest.raises(DreamError, match=r"data has shape \(12, 14\)"):
        network.gradient(picture()[0], "norm")


UNKNOWN = (
    PROTOTXT
    + """
layer { name: "warp" type: "Warp" bottom: "norm" top: "warp" }
layer { name: "after" type: "ReLU" bottom: "warp" top: "after" }
layer { name: "typo" type: "Relu" bottom: "norm" top: "typo" }
"""
)


def test_an_unknown_layer_type_is_an_error_only_when_needed(tmp_path):
    network = load(tmp_path, UNKNOWN)
    network.gradient(picture(), "norm")
    assert "after" in network.blobs
    for end in ("warp", "after"):
        with pytest.raises(DreamError, match="layer 'warp' is of type 'Warp'"):
            network.gradient(picture(), end)
    with pytest.raises(DreamError, match=r"""type 'Relu' \(did you mean "ReLU"\?\)"""):
        network.activations(picture(), "typo")


def test_a_blob_that_no_layer_writes_is_an_error_when_needed(tmp_path):
    network = load(tmp_path, PROTOTXT + 'layer { name: "x" type: "ReLU" bottom: "norn" top: "x" }')
    network.gradient(picture(), "norm")
    with pytest.raises(DreamError, match=r"""reads 'norn' \(did you mean "norm"\?\), which none writes"""):
        network.gradient(picture(), "x")


def test_relu_does_not_overwrite_what_another_layer_holds(tmp_path):
    text = """
    layer { name: "data" type: "Input" top: "data" }
    layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
            convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
    layer { name: "early" type: "Split" bottom: "conv1" top: "early" }
    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
    layer { name: "below" type: "Eltwise" bottom: "early" bottom: "conv1" top: "below"
            eltwise_param { coeff: 1 coeff: -1 } }
    """
    found = load(tmp_path, text).activations(picture(), "early", "below")
    assert (found["early"] < 0).any()
    np.testing.assert_allclose(found["below"], np.minimum(found["early"], 0), atol=1e-5)


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
