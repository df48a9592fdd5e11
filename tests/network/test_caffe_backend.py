"""What is particular to a real Caffe: how it is loaded, what it is asked, what must never reach it."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.large.memory import bytes_per_pixel, overhead
from dreamcore.models import load_network
from tests.network import fake_caffe
from tests.network.small import PROTOTXT, picture, small_weights, write_model


@pytest.fixture
def asked(monkeypatch):
    """What the stand-in for Caffe is asked."""
    fake_caffe.calls.clear()
    monkeypatch.setitem(sys.modules, "caffe", fake_caffe)
    return fake_caffe.calls


@pytest.fixture
def files(tmp_path):
    return write_model(tmp_path)


def test_only_layers_below_the_end_run(asked, files):
    load_network(files, backend="caffe").gradient(picture(), "left")
    assert asked[-2:] == [("forward", "input", "left"), ("backward", "left", "input")]


def test_layers_run_once_for_several_ends(asked, files):
    load_network(files, backend="caffe").outputs(picture(), "relu_left", "conv1", "left")
    assert asked[-3:] == [
        ("forward", "input", "conv1"),
        ("forward", "relu1", "left"),
        ("forward", "relu_left", "relu_left"),
    ]


def test_several_pictures_go_through_it_together(asked, files):
    network = load_network(files, backend="caffe")
    before = len(asked)
    network.gradient(torch.from_numpy(picture())[None].repeat(3, 1, 1, 1), "norm")
    assert [call[0] for call in asked[before:]] == ["forward", "backward"]


@pytest.mark.parametrize(
    "layer",
    [
        'type: "BatchNorm" batch_norm_param { use_global_stats: false }',
        'type: "Reshape" reshape_param { shape { dim: 1 dim: 5 dim: 7 dim: 6 } }',
    ],
)
def test_pictures_that_a_layer_could_mix_run_one_after_another(asked, tmp_path, layer):
    more = f'layer {{ name: "mixed" bottom: "norm" top: "mixed" {layer} }}'
    network = load_network(write_model(tmp_path, PROTOTXT + more), backend="caffe")
    before, pictures = len(asked), np.stack([picture(), 3 * picture()])
    _, gradients = network.gradient(pictures, "mixed")
    assert [call[0] for call in asked[before:] if "mixed" in call] == ["forward", "backward"] * 2
    np.testing.assert_array_equal(gradients[1], network.gradient(pictures[1], "mixed")[1])


def test_layers_beside_the_way_to_an_end_do_not_run(asked, tmp_path):
    beside = 'layer { name: "beside" type: "InnerProduct" bottom: "pool1" top: "beside"'
    beside += " inner_product_param { num_output: 2 } }\n"
    text = PROTOTXT.replace('layer { name: "left"', beside + 'layer { name: "left"')
    weights = {**small_weights(), "beside": [np.ones((2, 168), "f4"), np.ones(2, "f4")]}
    network = load_network(write_model(tmp_path, text, weights), backend="caffe")
    before = len(asked)
    assert network.gradient(picture(40, 50), "left")[1].any()  # of a size that would end Caffe there
    assert all("beside" not in call for call in asked[before:])
    assert len(asked) == before + 4  # forward and backward, on either side of it


def test_types_of_layers_that_only_caffe_knows_run_there(asked, tmp_path):
    more = 'layer { name: "half" type: "Halved" bottom: "norm" top: "half" }'
    more += 'layer { name: "top" type: "ReLU" bottom: "half" top: "top" }'
    files = write_model(tmp_path, PROTOTXT + more)
    with pytest.raises(DreamError, match="layer 'half' is of type 'Halved', which this program does not know"):
        load_network(files, device="cpu").gradient(picture(), "top")
    network = load_network(files, backend="caffe")
    assert network.shapes["top"] == (5, 3, 4) and not network.graph.faults
    assert network.shapes_at(40, 50, "half") == ((5, 10, 13),)
    value, gradient = network.gradient(picture(), "half")
    plain, expected = network.gradient(picture(), "norm", lambda blob: 0.125 * (blob[..., ::2, ::2] ** 2).sum())
    assert value == pytest.approx(plain, rel=1e-5)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6 * abs(expected).max())
    assert network.field("half") is None
    network.follow(torch.empty((3, 30, 40), device="meta"), ("top",))


def test_types_of_layers_that_caffe_does_not_know_never_reach_it(asked, tmp_path):
    files = write_model(tmp_path, PROTOTXT + 'layer { name: "odd" type: "Halfed" bottom: "norm" top: "odd" }')
    with pytest.raises(DreamError, match=r"""'Halfed', which this Caffe does not know \(did you mean "Halved"\?\)"""):
        load_network(files, backend="caffe")
    assert asked == ["cpu"]


def test_layers_that_do_not_hang_together_never_reach_it(asked, files):
    files[0].write_text(PROTOTXT.replace('bottom: "norm"', 'bottom: "gone"'))
    with pytest.raises(DreamError, match="'mean' reads 'gone' .*, which no layer before it writes"):
        load_network(files, backend="caffe")
    assert asked == ["cpu"]


def test_what_would_end_caffes_process_never_reaches_it(asked, tmp_path):
    network = load_network(write_model(tmp_path, PROTOTXT.replace("pad: 1", "pad: 0", 1)), backend="caffe")
    before = len(asked)
    assert not network.fits(2, 2, ("conv1",))
    for call in (
        lambda: network.gradient(picture(2, 2), "conv1"),
        lambda: network.activations(picture(2, 2), "conv1"),
        lambda: network.outputs(picture(2, 2), "conv1"),
        lambda: network.gradient(picture()[0], "conv1"),
        lambda: network.gradient(picture(), "no such end"),
    ):
        with pytest.raises(DreamError):
            call()
    assert len(asked) == before


def test_weights_that_do_not_fit_never_reach_it(asked, files):
    files[0].write_text(PROTOTXT.replace("num_output: 4", "num_output: 5"))
    with pytest.raises(DreamError, match="'conv1'"):
        load_network(files, backend="caffe")
    assert asked == []


def test_following_a_gradient_asks_caffe_nothing(asked, files):
    network = load_network(files, backend="caffe")
    before = len(asked)
    network.follow(torch.empty((3, 30, 40), device="meta"), ("norm",))
    assert len(asked) == before


def test_the_memory_of_a_gradient_is_that_of_all_blobs_their_gradients_and_columns(asked, files):
    network = load_network(files, backend="caffe")
    blobs = 3 + 4 + (4 + 2) / 4  # numbers for each pixel of: data, conv1, and at half the size pool1, left
    columns = 3 * 9 + 4 / 4  # of conv1 and left
    outside = 3 + 3  # the picture that goes in, the gradient that comes out
    counted = bytes_per_pixel(network, ("left",), 40, 50)
    assert counted == pytest.approx(overhead() * 4 * (2 * blobs + columns + outside), rel=0.01)


@pytest.mark.parametrize(
    "line", ["", "force_backward: true\n", "force_backward: false # or not\n", "name: 'x' force_backward:true "]
)
def test_caffe_is_told_to_compute_the_gradient_at_the_data(asked, files, line):
    files[0].write_text(line + PROTOTXT.replace('name: "small"', ""))
    load_network(files, backend="caffe")
    mode, call = asked
    assert mode == "cpu"
    assert re.findall(r"force_backward: *\w+", call.prototxt) == ["force_backward: true"]
    assert (call.weights, call.phase) == (str(files[1]), 1)


def test_the_prototxt_written_for_caffe_is_removed(asked, files):
    load_network(files, backend="caffe")
    assert not Path(asked[-1].path).exists()


def test_a_gpu_is_chosen_by_number(asked, files):
    network = load_network(files, backend="caffe", device="cuda:1")
    assert asked[:2] == ["device 1", "gpu"]
    assert network.device.type == "cpu"  # where pictures come from and go to


@pytest.mark.parametrize("device", ["mps", "gpu", "cuda:x", "cpu:1"])
def test_a_device_that_caffe_does_not_know_is_an_error(asked, files, device):
    with pytest.raises(DreamError, match=f"no device '{device}' for backend 'caffe'; allowed: auto, cpu, cuda, cuda:N"):
        load_network(files, backend="caffe", device=device)


def test_caffe_knows_one_precision(asked, files):
    with pytest.raises(DreamError, match="precision is 'bfloat16'; a real Caffe computes in float32 only"):
        load_network(files, backend="caffe", precision="bfloat16")


def test_without_caffe_the_error_says_so(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "caffe", None)
    with pytest.raises(DreamError, match="backend 'caffe' needs a real Caffe, and there is none"):
        load_network(files, backend="caffe")


def test_the_empty_package_of_that_name_is_not_taken_for_caffe(files, monkeypatch):
    placeholder = ModuleType("caffe")
    placeholder.__file__ = "site-packages/caffe/__init__.py"
    monkeypatch.setitem(sys.modules, "caffe", placeholder)
    with pytest.raises(DreamError, match="is not a real Caffe but a placeholder"):
        load_network(files, backend="caffe")
