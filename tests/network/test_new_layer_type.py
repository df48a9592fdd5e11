"""A layer type that is new: its function with its row, and its parameters in the schema, are all it takes."""

import numpy as np
import pytest
import torch

from dreamcore.caffe_format import message_class, schema
from dreamcore.network.fields import Field, through_windows
from dreamcore.network.layers import LAYER_TYPES, layer_type
from tests.network.small import PROTOTXT, load, picture

TOY = """
layer { name: "toy" type: "Toy" bottom: "join" top: "toy" toy_param { factor: 3 } }
layer { name: "relu_toy" type: "ReLU" bottom: "toy" top: "toy" }
"""


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """The small network with a layer that adds each cell and its right neighbour, times a factor."""
    messages = schema._MESSAGES.replace(
        "crop_param=144 CropParameter", "crop_param=144 CropParameter, toy_param=900 Toy"
    )
    monkeypatch.setattr(schema, "_MESSAGES", f"{messages}Toy: factor=1 float [1]\n")
    monkeypatch.setitem(LAYER_TYPES, "Toy", None)
    message_class.cache_clear()
    schema._pool.cache_clear()

    @layer_type("Toy", field=lambda layer, seen: through_windows(seen, (1, 2)))
    def toy(layer, weights, x):
        return layer.toy_param.factor * (x[..., :-1] + x[..., 1:])

    yield load(tmp_path, PROTOTXT + TOY)
    message_class.cache_clear()
    schema._pool.cache_clear()


def test_it_runs_forward(toy):
    blobs = toy.activations(picture(), "join", "toy")
    assert toy.shapes["toy"] == blobs["toy"].shape == (5, 6, 6)
    expected = 3 * np.maximum(blobs["join"][..., :-1] + blobs["join"][..., 1:], 0)
    np.testing.assert_allclose(blobs["toy"], expected, rtol=1e-5, atol=1e-4)


def test_it_has_a_gradient(toy):
    data = picture(kind="f8") / 50
    value, gradient = toy.gradient(data, "relu_toy", torch.sum)
    way = np.random.default_rng(3).normal(size=data.shape) * 1e-6
    difference = toy.gradient(data + way, "relu_toy", torch.sum)[0] - toy.gradient(data - way, "relu_toy", torch.sum)[0]
    assert difference / 2 == pytest.approx((gradient * way).sum(), rel=1e-4, abs=1e-9 * abs(value))


def test_its_cells_have_a_field(toy):
    vertical, horizontal = toy.field("join")
    assert toy.field("toy") == (vertical, Field(horizontal.stride, horizontal.first, horizontal.last + 2))


def test_a_picture_can_be_too_small_for_it(toy):
    assert toy.fits(9, 5, "toy")
    assert not toy.fits(9, 3, "toy")
