"""A device whose gradients are not the processor's is refused; no such device is needed to see that."""

import json

import numpy as np
import pytest
import torch

from dreamcore import remembered
from dreamcore.errors import DreamError
from dreamcore.models import load_network, zoo
from dreamcore.network import layout, selfcheck
from tests.network.small import PROTOTXT, load, picture, small_weights, write_model


@pytest.fixture
def graph(tmp_path):
    return load(tmp_path / "model").graph


@pytest.fixture
def tried(monkeypatch, tmp_path):
    """Which devices compute; `wrong` is by how much those that are no processor are wrong, picture after picture."""
    record = []
    monkeypatch.setattr(remembered, "user_folder", lambda kind: tmp_path / kind)
    monkeypatch.setattr(selfcheck, "_name_of", lambda device: f"fake {device}, driver 1")
    plain = selfcheck._gradient

    def gradient(graph, weights, device, end, seed):
        record.append(device.type)
        right = plain(graph, weights, torch.device("cpu"), end, seed)
        return right if device.type == "cpu" else right * (1 + record.wrong[min(seed, len(record.wrong) - 1)])

    record = Record()
    monkeypatch.setattr(selfcheck, "_gradient", gradient)
    return record


class Record(list):
    wrong = (0.0,)


def check(graph, device="cuda"):
    selfcheck.check_device(graph, small_weights(), torch.device(device))


def test_a_device_that_computes_right_is_remembered_with_its_driver(graph, tried, tmp_path):
    for _ in range(3):
        check(graph)
    assert tried == ["cpu", "cuda"]
    assert json.loads((tmp_path / "cache/devices.json").read_text()) == {"fake cuda, driver 1": True}


def test_another_driver_is_tried_again(graph, tried, monkeypatch):
    check(graph)
    monkeypatch.setattr(selfcheck, "_name_of", lambda device: "fake cuda, driver 2")
    check(graph)
    assert tried == ["cpu", "cuda"] * 2


@pytest.mark.parametrize("wrong", [0.02, -1.0, np.nan])
def test_a_device_that_computes_wrong_is_refused_and_not_remembered(graph, tried, wrong):
    tried.wrong = (wrong,)
    for _ in range(2):
        with pytest.raises(DreamError, match=r"device 'xpu' computes gradients that differ .*; allowed is 0.01.*'cpu'"):
            check(graph, "xpu")
    assert tried == ["cpu", "xpu"] * 6


def test_rounding_in_one_picture_is_no_reason_to_refuse(graph, tried):
    tried.wrong = (0.02, 1e-6)
    check(graph)
    assert tried == ["cpu", "cuda"] * 2


def test_an_apple_gpu_is_tried_for_each_network(graph, tried):
    check(graph, "mps")
    check(graph, "mps")
    assert tried == ["cpu", "mps"] * 2


def test_the_processor_is_not_compared_with_itself(graph, tried):
    check(graph, "cpu")
    assert not tried


@pytest.mark.parametrize("content", [b"", b"\xff\0", b"{}", b"3", b"[1, null]", b"[" * 100_000, b'["x"'])
def test_a_damaged_memory_is_ignored(graph, tried, tmp_path, content):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/devices.json").write_bytes(content)
    check(graph)
    check(graph)
    assert tried == ["cpu", "cuda"]


def test_where_nothing_can_be_kept_a_device_is_tried_each_time(graph, tried, tmp_path):
    (tmp_path / "cache").write_text("a file in the place of the folder")
    check(graph)
    check(graph)
    assert tried == ["cpu", "cuda"] * 2


def test_a_device_that_breaks_off_is_one_line(graph, monkeypatch):
    monkeypatch.setattr(selfcheck, "TorchBackend", Broken)
    with pytest.raises(DreamError, match="^device 'mps' cannot compute a gradient: no such operator$"):
        selfcheck._gradient(graph, small_weights(), torch.device("mps"), graph.value("norm"), 0)


class Broken:
    def __init__(self, *arguments, **options):
        raise RuntimeError("no such operator\nand much else")


def test_the_deepest_blob_that_a_small_picture_reaches_is_compared(tmp_path, graph):
    assert selfcheck._deepest_end(graph).blob == "prob"
    text = PROTOTXT.replace("pool: AVE global_pooling: true", "kernel_size: 2 stride: 2")
    weights = {**small_weights(), "classes": [np.ones((6, 60), "f4"), np.ones(6, "f4")]}
    assert selfcheck._deepest_end(load(tmp_path / "fixed", text, weights).graph).blob == "mean"


def test_a_network_is_loaded_onto_a_device_only_when_that_computes_right(tmp_path, tried, monkeypatch):
    tried.wrong = (0.5,)
    monkeypatch.setattr(zoo, "find_device", torch.device)
    with pytest.raises(DreamError, match="differ from the processor's by 0.5 of their size"):
        load_network(write_model(tmp_path / "net"), device="mps")


def test_intels_gpus_are_devices(monkeypatch):
    monkeypatch.setattr(torch.xpu, "is_available", lambda: True)
    monkeypatch.setattr(torch.xpu, "device_count", lambda: 2)
    assert zoo.find_device("xpu:1") == torch.device("xpu:1")
    with pytest.raises(DreamError, match="allowed: auto, .*xpu, xpu:0, xpu:1"):
        zoo.find_device("xpu:2")


def test_blobs_in_the_plain_order_give_the_same_gradients(tmp_path, monkeypatch):
    slices = """
        layer { name: "cut" type: "Slice" bottom: "norm" top: "cut1" top: "cut2" slice_param { slice_point: 2 } }
        layer { name: "rest" type: "Convolution" bottom: "cut2" top: "rest"
                convolution_param { num_output: 4 kernel_size: 3 stride: 2 } }
        layer { name: "relu" type: "ReLU" bottom: "rest" top: "rest" }
    """
    weights = {**small_weights(), "rest": [np.ones((4, 3, 3, 3), "f4"), np.ones(4, "f4")]}
    usual = load(tmp_path, PROTOTXT + slices, weights)
    expected = usual.gradient(picture(40, 50), "rest")[1]
    monkeypatch.setattr(layout, "_PLAIN_ONLY", ("cpu",))
    plain = load(tmp_path, PROTOTXT + slices, weights)
    assert all(each.is_contiguous() for blobs in plain.backend.weights.values() for each in blobs)
    np.testing.assert_allclose(plain.gradient(picture(40, 50), "rest")[1], expected, rtol=1e-4, atol=1e-3)
    (cut,) = plain.outputs(picture(40, 50), "cut2")
    assert cut.is_contiguous()
