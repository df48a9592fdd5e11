"""What every backend must do: PyTorch, the stand-in for Caffe, and a real Caffe where one is installed.

What is right is what the reference functions of the layers give in float64.
"""

import importlib
import sys

import numpy as np
import pytest
import torch

from dreamcore import dream, guide
from dreamcore.ascent import l2 as maximised
from dreamcore.errors import DreamError
from dreamcore.large.memory import bytes_per_pixel
from dreamcore.models import load_network
from dreamcore.network import l2
from tests.network import fake_caffe
from tests.network.reference import Reference, assert_close
from tests.network.small import PROTOTXT, SHAPES, picture, small_weights, write_model

ENDS = ("conv1", "relu1", "pool1", "left", "relu_left", "right", "join", "norm", "mean", "classes")
SIZES = [(12, 14), (31, 9), (5, 6), (2, 3)]


def real_caffe():
    """Skip where there is none."""
    try:
        importlib.import_module("caffe").Net  # noqa: B018
    except (ImportError, AttributeError):
        pytest.skip("no real Caffe is installed")


@pytest.fixture(params=["torch", "stand-in for caffe", "caffe"])
def load(request, monkeypatch):
    """What loads a model with a backend."""
    if request.param == "torch":
        return lambda files: load_network(files, device="cpu")
    if request.param == "caffe":
        real_caffe()
    else:
        monkeypatch.setitem(sys.modules, "caffe", fake_caffe)
    return lambda files: load_network(files, backend="caffe")


@pytest.fixture
def files(tmp_path):
    return write_model(tmp_path)


@pytest.fixture
def network(load, files):
    return load(files)


@pytest.fixture
def reference(files):
    return Reference(*files)


def sum_of_l2(*blobs):
    return sum(map(l2, blobs))


# What is known of a network.


def test_a_network_says_what_its_graph_says(network, reference):
    for name in ("input", "blobs", "layers", "shapes", "roles"):
        assert getattr(network, name) == getattr(reference.graph, name)
    assert network.field("norm") == reference.graph.field("norm")
    assert network.resolve("objects") == network.roles["objects"]


def test_a_network_shows_its_name_and_size(network):
    assert repr(network) == "<Network small: 11 layers, 0.0 MB, float32 on cpu>"
    assert network.weight_bytes == 4 * sum(np.prod(shape) for shapes in SHAPES.values() for shape in shapes)


# Blobs.


def test_blobs_are_the_references_even_those_that_later_layers_overwrite(network, reference):
    names = ("prob", "conv1", "left", "data", "join", "mean")
    expected = reference.activations(picture(), *names)
    for name, blob in network.activations(picture(), *names).items():
        assert blob.dtype == np.float32
        assert_close(blob, expected[name])


@pytest.mark.parametrize("size", SIZES)
def test_blobs_of_pictures_of_odd_sizes(network, reference, size):
    assert_close(
        network.activations(picture(*size), "join")["join"], reference.activations(picture(*size), "join")["join"]
    )


def test_a_result_does_not_change_with_the_next_call(network):
    first = network.activations(picture(), "norm")["norm"]
    kept = first.copy()
    network.activations(picture() * 2, "norm")
    np.testing.assert_array_equal(first, kept)


# The values of ends, as a guide needs them.


@pytest.mark.parametrize("end", ENDS)
def test_outputs_are_the_references(network, reference, end):
    network.gradient(2 * picture(), "prob")  # an earlier run leaves nothing behind
    (found,) = network.outputs(picture(), end)
    assert isinstance(found, torch.Tensor) and found.device == network.device
    assert_close(found, reference.outputs(picture(), end)[0])


def test_outputs_come_in_the_order_of_the_ends(network, reference):
    ends = ("norm", "conv1", "left", "relu1", "data", "conv1")
    for found, expected in zip(network.outputs(picture(), *ends), reference.outputs(picture(), *ends), strict=True):
        assert_close(found, expected)


def test_an_output_can_be_a_part_of_an_objective(network):
    (features,) = network.outputs(picture(), "join")
    value, gradient = network.gradient(picture(), "join", lambda blob: (blob * features).sum())
    assert value == pytest.approx(float((features * features).sum()), rel=1e-5)
    assert_close(gradient, network.gradient(picture(), "join")[1])


# Gradients.


@pytest.mark.parametrize("end", ENDS)
def test_gradients_are_the_references_and_hold_nothing_left_over(network, reference, end):
    network.gradient(picture(), "norm", lambda blob: 1e6 * l2(blob))  # goes through both branches
    expected = reference.gradient(picture(), end, l2)
    value, gradient = network.gradient(picture(), end)
    assert value == pytest.approx(expected[0], rel=1e-4)
    assert gradient.dtype == np.float32
    assert_close(gradient, expected[1])


@pytest.mark.parametrize("size", SIZES)
def test_gradients_of_pictures_of_odd_sizes(network, reference, size):
    assert_close(network.gradient(picture(*size), "norm")[1], reference.gradient(picture(*size), "norm", l2)[1])


def test_the_gradient_of_the_picture_itself(network):
    value, gradient = network.gradient(picture(), "data")
    assert value == pytest.approx(0.5 * float((picture().astype("f8") ** 2).sum()), rel=1e-5)
    assert_close(gradient, picture())


def test_several_ends_go_to_one_objective_in_their_order(network, reference):
    shapes = []

    def objective(*blobs):
        shapes.append([tuple(blob.shape) for blob in blobs])
        return blobs[0].sum() - 2 * sum_of_l2(*blobs[1:])

    ends = ["norm", "left", "conv1", "relu_left"]  # before and after a ReLU in place
    expected = reference.gradient(picture(), ends, objective)
    value, gradient = network.gradient(picture(), ends, objective)
    assert shapes == [[(5, 6, 7), (2, 6, 7), (4, 12, 14), (2, 6, 7)]] * 2
    assert value == pytest.approx(expected[0], rel=1e-4)
    assert_close(gradient, expected[1])


def test_an_end_that_the_objective_does_not_look_at_adds_nothing(network):
    _, gradient = network.gradient(picture(), ("norm", "conv1"), lambda norm, conv1: l2(conv1))
    assert_close(gradient, network.gradient(picture(), "conv1")[1])


def test_a_role_is_an_end(network):
    role, end = next(iter(network.roles.items()))
    np.testing.assert_array_equal(network.gradient(picture(), role)[1], network.gradient(picture(), end)[1])


def test_arrays_give_arrays_and_tensors_give_tensors(network):
    value, gradient = network.gradient(picture(), "norm")
    assert isinstance(value, float) and isinstance(gradient, np.ndarray)
    tensor_value, tensor = network.gradient(torch.from_numpy(picture()), "norm")
    assert isinstance(tensor_value, torch.Tensor) and isinstance(tensor, torch.Tensor)
    assert tensor_value.item() == value and not tensor_value.requires_grad
    np.testing.assert_array_equal(tensor.numpy(), gradient)


def test_the_picture_that_goes_in_is_not_changed(network):
    data = torch.from_numpy(picture())
    network.gradient(data, "norm")
    network.outputs(data, "conv1")
    np.testing.assert_array_equal(data.numpy(), picture())
    assert not data.requires_grad


# Several pictures at once.


@pytest.fixture
def pictures():
    return np.stack([picture(), -picture(), 0.5 * picture()[:, ::-1, ::-1]])


def test_several_pictures_have_the_gradients_of_each(network, pictures):
    ends = ("norm", "left")
    values, gradients = network.gradient(pictures, ends, sum_of_l2)
    assert values.shape == (3,) and gradients.shape == pictures.shape
    for data, value, gradient in zip(pictures, values, gradients, strict=True):
        alone = network.gradient(data, ends, sum_of_l2)
        assert value == pytest.approx(alone[0], rel=1e-5)
        assert_close(gradient, alone[1])


def test_several_pictures_as_a_tensor_give_tensors(network, pictures):
    values, gradients = network.gradient(torch.from_numpy(pictures), "norm")
    assert isinstance(values, torch.Tensor) and values.shape == (3,)
    assert isinstance(gradients, torch.Tensor) and gradients.shape == pictures.shape


def test_several_pictures_have_the_outputs_and_blobs_of_each(network, pictures):
    outputs, blobs = network.outputs(pictures, "left")[0], network.activations(pictures, "left")["left"]
    for data, output, blob in zip(pictures, outputs, blobs, strict=True):
        assert_close(output, network.outputs(data, "left")[0].numpy())
        assert_close(blob, network.activations(data, "left")["left"])


def test_one_picture_may_come_as_several(network):
    values, gradients = network.gradient(picture()[None], "norm")
    assert values.shape == (1,) and gradients.shape == (1, 3, 12, 14)


# Shapes alone.


@pytest.mark.parametrize("shape", [(3, 40, 50), (2, 3, 40, 50)])
def test_a_gradient_can_be_followed_on_shapes_alone(network, shape):
    network.follow(torch.empty(shape, device="meta"), ("norm", "left"))


def test_the_memory_of_a_gradient_grows_with_the_picture(network):
    assert bytes_per_pixel(network, ("norm",), 40, 50) > 4 * 4  # at least the blob of four channels behind conv1


# Errors.


def test_an_unknown_end_suggests_the_nearest(network):
    for compute in (network.gradient, network.outputs, network.activations):
        with pytest.raises(DreamError, match=r"""small has no layer 'join1' \(did you mean "join"\?\)"""):
            compute(picture(), "join1")


def test_a_picture_too_small_is_an_error(load, tmp_path):
    network = load(write_model(tmp_path / "unpadded", PROTOTXT.replace("pad: 1", "pad: 0", 1)))
    assert not network.fits(2, 40, "conv1")
    for compute in (network.gradient, network.outputs, network.activations):
        with pytest.raises(DreamError, match="a picture of 40x2 pixels is too small for conv1 of small: layer 'conv1'"):
            compute(picture(2, 40), "conv1")
    with pytest.raises(DreamError, match="too small"):
        network.follow(torch.empty((3, 2, 40), device="meta"), ("conv1",))


def test_a_size_that_a_fully_connected_layer_does_not_take_is_an_error(load, tmp_path):
    text = PROTOTXT.replace("pool: AVE global_pooling: true", "kernel_size: 2 stride: 2")
    weights = small_weights({**SHAPES, "classes": [(6, 5 * 3 * 4), (6,)]})
    network = load(write_model(tmp_path / "classifier", text, weights))
    assert network.gradient(picture(), "classes")[1].any()
    with pytest.raises(DreamError, match=r"'classes' \(InnerProduct\) takes exactly what one of 14x12 leaves it"):
        network.gradient(picture(24, 28), "classes")


@pytest.mark.parametrize("shape", [(12, 14), (1, 12, 14), (4, 12, 14), (1, 1, 3, 12, 14)])
def test_data_of_another_shape_is_an_error(network, shape):
    for compute in (network.gradient, network.outputs, network.activations):
        with pytest.raises(DreamError, match=r"data has shape \(.*12, 14\); small takes \(3, height, width\)"):
            compute(np.zeros(shape, "f4"), "conv1")


# Dreams.


def psnr(ours, theirs):
    return 10 * np.log10(255**2 / max(1e-9, np.mean((ours.astype("f8") - theirs) ** 2)))


def dreams(networks, objective, size):
    image = np.random.default_rng(0).uniform(0, 255, (*size, 3)).astype("f4")
    for network in networks:
        yield image, dream(image, network, objective=objective, iterations=10, octaves=1, jitter=8, seed=1)


def objectives(end):
    """L2 and guided."""
    return maximised(end), guide(np.random.default_rng(5).uniform(0, 255, (40, 48, 3)).astype("f4"), end)


@pytest.mark.parametrize("number", [0, 1], ids=["l2", "guided"])
def test_ten_steps_of_a_dream_are_those_of_pytorch(network, files, number):
    networks = load_network(files, device="cpu"), network
    (image, ours), (_, theirs) = dreams(networks, objectives("join")[number], (40, 50))
    assert psnr(ours, theirs) > 30
    assert psnr(ours, image) < 30


@pytest.mark.parametrize("number", [0, 1], ids=["l2", "guided"])
def test_ten_steps_of_a_real_networks_dream_are_a_real_caffes(shared, number):
    real_caffe()
    folder = shared / "models/squeezenet_v1.1"
    networks = load_network(folder, device="cpu"), load_network(folder, backend="caffe")
    (image, ours), (_, theirs) = dreams(networks, objectives("fire5/concat")[number], (97, 131))
    assert psnr(ours, theirs) > 30
    assert psnr(ours, image) < 30


@pytest.mark.parametrize("end", ["conv1", "fire5/concat", "fire5/squeeze1x1"])
def test_a_real_network_gives_a_real_caffes_values_and_gradients(shared, end):
    real_caffe()
    folder = shared / "models/squeezenet_v1.1"
    ours, theirs = load_network(folder, device="cpu"), load_network(folder, backend="caffe")
    # Not `picture`: two numbers of a max pooling are so near each other there that rounding chooses between them.
    data = np.random.default_rng(0).normal(0, 50, (3, 97, 131)).astype("f4")
    assert_close(ours.outputs(data, end)[0], theirs.outputs(data, end)[0].numpy())
    assert_close(ours.gradient(data, end)[1], theirs.gradient(data, end)[1])
