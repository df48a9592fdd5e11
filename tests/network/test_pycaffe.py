"""The interface over a real Caffe: its logic with a stand-in, its numbers where a real one is installed."""

import importlib
import re
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.models import load_network
from dreamcore.network import l2
from tests.network import fake_caffe
from tests.network.small import PROTOTXT, picture, write_model


@pytest.fixture
def fake(monkeypatch):
    fake_caffe.calls.clear()
    monkeypatch.setitem(sys.modules, "caffe", fake_caffe)
    return fake_caffe.calls


@pytest.fixture
def files(tmp_path):
    return write_model(tmp_path)


@pytest.fixture
def both(fake, files):
    """The same network on PyTorch and on (what stands in for) Caffe."""
    return load_network(files, device="cpu"), load_network(files, backend="caffe")


def test_names_mean_and_roles_are_the_same(both):
    ours, caffes = both
    for name in ("name", "sha256", "blobs", "layers", "input", "roles", "shapes"):
        assert getattr(ours, name) == getattr(caffes, name)
    np.testing.assert_array_equal(ours.mean, caffes.mean)


def test_activations_are_the_same_even_of_blobs_that_later_layers_overwrite(both):
    names = ("prob", "conv1", "left", "data", "join")
    ours, caffes = (network.activations(picture(), *names) for network in both)
    for name in names:
        np.testing.assert_allclose(caffes[name], ours[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("end", ["conv1", "relu1", "pool1", "left", "right", "join", "norm", "classes"])
def test_gradients_are_the_same_and_hold_nothing_left_over(both, end):
    ours, caffes = both
    expected = ours.gradient(picture(), end)
    caffes.gradient(picture(), "norm", lambda blob: 1e6 * l2(blob))  # leaves diffs in both branches
    value, gradient = caffes.gradient(picture(), end)
    assert value == pytest.approx(expected[0], rel=1e-4)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-3, atol=1e-3 * np.abs(expected[1]).max())


def test_several_ends_before_and_after_an_in_place_relu(both):
    def objective(*blobs):
        return sum(map(l2, blobs))

    ends = ("norm", "left", "conv1", "relu_left")
    (value, gradient), (wanted, expected) = (each.gradient(picture(), ends, objective) for each in reversed(both))
    assert value == pytest.approx(wanted, rel=1e-4)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_an_end_that_the_objective_does_not_look_at_adds_nothing(both):
    for network in both[1:]:
        _, gradient = network.gradient(picture(), ("norm", "conv1"), lambda norm, conv1: l2(conv1))
        np.testing.assert_allclose(gradient, network.gradient(picture(), "conv1")[1], rtol=1e-4, atol=1e-3)


def test_only_layers_below_the_end_run(both, fake):
    both[1].gradient(picture(), "left")
    assert fake[-2:] == [("forward", "input", "left"), ("backward", "left")]


def test_arrays_give_arrays_and_tensors_give_tensors(both):
    network = both[1]
    value, gradient = network.gradient(picture(), "norm")
    assert isinstance(value, float) and isinstance(gradient, np.ndarray) and gradient.dtype == np.float32
    value, gradient = network.gradient(torch.from_numpy(picture()), "norm")
    assert isinstance(value, torch.Tensor) and isinstance(gradient, torch.Tensor)


def test_a_result_does_not_change_with_the_next_call(both):
    first = both[1].activations(picture(), "norm")["norm"]
    kept = first.copy()
    both[1].activations(picture() * 2, "norm")
    np.testing.assert_array_equal(first, kept)


def test_any_size_runs(both):
    for size in ((31, 9), (12, 14), (5, 6)):
        ours, caffes = (network.gradient(picture(*size), "join") for network in both)
        np.testing.assert_allclose(caffes[1], ours[1], rtol=1e-3, atol=1e-3 * np.abs(ours[1]).max())


def test_what_would_end_caffes_process_never_reaches_it(fake, tmp_path):
    network = load_network(write_model(tmp_path, PROTOTXT.replace("pad: 1", "pad: 0", 1)), backend="caffe")
    before = len(fake)
    assert not network.fits(2, 2, ("conv1",))
    for call in (
        lambda: network.gradient(picture(2, 2), "conv1"),
        lambda: network.activations(picture(2, 2), "conv1"),
        lambda: network.gradient(picture()[0], "conv1"),
        lambda: network.gradient(picture(), "no such end"),
    ):
        with pytest.raises(DreamError):
            call()
    assert len(fake) == before


def test_weights_that_do_not_fit_never_reach_it(fake, files):
    files[0].write_text(PROTOTXT.replace("num_output: 4", "num_output: 5"))
    with pytest.raises(DreamError, match="'conv1'"):
        load_network(files, backend="caffe")
    assert fake == []


@pytest.mark.parametrize(
    "line", ["", "force_backward: true\n", "force_backward: false # or not\n", "name: 'x' force_backward:true "]
)
def test_caffe_is_told_to_compute_the_gradient_at_the_data(fake, files, line):
    files[0].write_text(line + PROTOTXT.replace('name: "small"', ""))
    load_network(files, backend="caffe")
    mode, call = fake
    assert mode == "cpu"
    assert re.findall(r"force_backward: *\w+", call.prototxt) == ["force_backward: true"]
    assert (call.weights, call.phase) == (str(files[1]), 1)


def test_the_prototxt_written_for_caffe_is_removed(fake, files):
    from pathlib import Path

    load_network(files, backend="caffe")
    assert not Path(fake[-1].path).exists()


def test_a_gpu_is_chosen_by_number(fake, files):
    load_network(files, backend="caffe", device="cuda:1")
    assert fake[:2] == ["device 1", "gpu"]


@pytest.mark.parametrize("device", ["mps", "gpu", "cuda:x", "cpu:1"])
def test_a_device_that_caffe_does_not_know_is_an_error(fake, files, device):
    with pytest.raises(DreamError, match=f"no device '{device}' for backend 'caffe'; allowed: auto, cpu, cuda, cuda:N"):
        load_network(files, backend="caffe", device=device)


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


def test_a_real_caffe_gives_the_same(shared):
    try:
        importlib.import_module("caffe").Net  # noqa: B018
    except (ImportError, AttributeError):
        pytest.skip("no real Caffe is installed")
    folder = shared / "models/squeezenet_v1.1"
    ours, caffes = load_network(folder, device="cpu"), load_network(folder, backend="caffe")
    data = picture(97, 131)
    for end in ("conv1", "fire5/concat", "fire5/squeeze1x1"):
        expected, found = ours.gradient(data, end)[1], caffes.gradient(data, end)[1]
        assert np.linalg.norm(found - expected) < 1e-3 * np.linalg.norm(expected)
