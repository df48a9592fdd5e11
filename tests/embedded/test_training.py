"""The tool that trains the model: its parts, on small arrays."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import dreamcore
from dreamcore.models.finding import EMBEDDED

TOOL = Path(__file__).resolve().parents[2] / "tools" / "train_embedded.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("train_embedded", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def student_of_the_file(tool):
    """The network as training sees it, with the weights of the shipped file."""
    weights = dreamcore.caffe_format.read_weights(EMBEDDED / "dreamlet" / "dreamlet.caffemodel")
    student = tool.Tower(tool.STUDENT, head=480).requires_grad_(False)
    names = {"conv1": "conv1/7x7_s2", "dream_3b": "dream_3b/1x1"}
    for name, *_ in student.rows:
        weight, bias = weights[names.get(name, name)]
        student.weights[name].data, student.biases[name].data = torch.from_numpy(weight), torch.from_numpy(bias)
    return student


@pytest.mark.parametrize("size", [(64, 64), (70, 90)])
def test_the_shipped_file_computes_what_was_trained(tool, size):
    x = torch.from_numpy(np.random.default_rng(0).uniform(-100, 100, (1, 3, *size)).astype(np.float32))
    network = dreamcore.load_network(EMBEDDED / "dreamlet", device="cpu")
    student = student_of_the_file(tool)
    for deep, (blob, name) in enumerate([("3b", "dream_3b"), ("4c", "dream_4c")]):
        blobs, gradient = tool.answer(student, x, torch.tensor([bool(deep)]))
        np.testing.assert_allclose(
            network.activations(x[0].numpy(), name)[name], blobs[blob][0].numpy(), rtol=1e-3, atol=1e-2
        )
        difference = network.gradient(x[0].numpy(), name)[1] - gradient[0].numpy()
        assert np.linalg.norm(difference) < 1e-3 * np.linalg.norm(gradient)


@pytest.mark.parametrize("kernel", [5, 7])
def test_the_folded_first_layer_is_the_convolution(tool, kernel):
    x, weight, bias = torch.randn(2, 3, 12, 16), torch.randn(4, 3, kernel, kernel), torch.randn(4)
    expected = torch.nn.functional.conv2d(x, weight, bias, 2, kernel // 2)
    torch.testing.assert_close(tool.folded_conv1(x, weight, bias), expected, rtol=1e-4, atol=1e-4)


def test_lrn_divides_by_the_neighbours_squares(tool):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 4, 1, 1)
    squares = torch.tensor([1 + 4 + 9, 1 + 4 + 9 + 16, 1 + 4 + 9 + 16, 4 + 9 + 16.0]).view(1, 4, 1, 1)
    torch.testing.assert_close(tool.lrn(x, alpha=5.0), x / (1 + squares) ** 0.75)


def test_the_teachers_own_weights_explain_everything(tool):
    blobs = {end: torch.rand(2, 4, 3, 3) for end in tool.ENDS}
    loss = tool.Loss(blobs)
    for end in tool.ENDS:
        assert loss.blob(end, blobs[end], blobs[end]) == 0
        assert loss.r2(end, blobs[end], blobs[end]) == 1
        assert loss.r2(end, loss.mean[end].expand_as(blobs[end]), blobs[end]) == pytest.approx(0, abs=1e-6)


def test_ascent_moves_by_the_step_and_stays_a_picture(tool):
    x = torch.zeros(1, 3, 4, 4)
    moved = tool.ascend(x, torch.randn(1, 3, 4, 4), step=1.5)
    assert moved.abs().mean() == pytest.approx(1.5, rel=1e-4)
    assert tool.ascend(x, torch.ones(1, 3, 4, 4), step=1e6).amax((0, 2, 3)).tolist() == [151, 138, 132]
    assert tool.ascend(x, torch.zeros(1, 3, 4, 4)).abs().max() == 0


def test_some_pictures_are_kept_apart_the_same_ones_every_time(tool, tmp_path):
    for number in range(9):
        Image.new("RGB", (40, 40), (number, 0, 0)).save(tmp_path / f"{number}.jpg")
    apart, rest = tool.split(tmp_path, 3)
    assert len(apart) == 3 and len(rest) == 6 and not set(apart) & set(rest)
    assert tool.split(tmp_path, 3) == (apart, rest)


def test_crops_are_squares_within_the_range_of_pictures(tool, tmp_path):
    Image.effect_noise((50, 40), 80).convert("RGB").save(tmp_path / "a.png")
    crops = tool.Crops([tmp_path / "a.png"], 32, random.Random(0))
    for _ in range(5):
        x = crops.one()[None]
        assert x.shape == (1, 3, 32, 32)
        assert torch.equal(tool.clip(x), x)
