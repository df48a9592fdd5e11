"""What keeps a layer from running is told in one line: which layer, what of it, and what is allowed."""

import tracemalloc

import numpy as np
import pytest
import torch

from dreamcore.errors import DreamError
from dreamcore.models import load_network
from dreamcore.network.shapes import shapes_behind
from tests.network.small import PROTOTXT, load, picture, small_weights, write_model
from tests.network.test_layers import layer_of


def told(kind, param="", bottoms=((1, 4, 9, 8),), tops=1):
    """Return the line that a layer of no weights ends with on bottoms of these shapes."""
    layer = layer_of(kind, param, tops)
    layer.bottom.extend(f"b{number}" for number in range(len(bottoms)))
    with pytest.raises(DreamError) as caught:
        shapes_behind(layer, (), list(bottoms))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "param", "fault", "allowed"),
    [
        ("Convolution", "convolution_param { num_output: 2 kernel_size: 3 group: 3 }", "group 3", "divide"),
        ("Convolution", "convolution_param { kernel_size: 3 }", "convolution_param.num_output 0", "1 to 2147483647"),
        ("Deconvolution", "convolution_param { num_output: 4 kernel_size: 3 group: 0 }", "group 0", "1 to"),
        ("Pooling", "pooling_param { kernel_size: 99999 }", "kernel 99999", "from 1 to 1024"),
        ("Pooling", "pooling_param { kernel_size: 2 stride: 0 }", "stride 0", "from 1 to 1024"),
        ("InnerProduct", "inner_product_param { num_output: 2 axis: 4 }", "axis 4", "-4 to 3"),
        ("Softmax", "softmax_param { axis: -5 }", "axis -5", "-4 to 3"),
        ("Flatten", "flatten_param { axis: 3 end_axis: 1 }", "axis 3 and end_axis 1", "before the beginning"),
        ("Reshape", "reshape_param { shape { dim: 7 } }", "shape [7]", "of one of shape [1, 4, 9, 8]"),
        ("Reshape", "reshape_param { axis: 9 }", "axis 9", "4 axes"),
        ("Tile", "tile_param { axis: 1 }", "tile_param.tiles 0", "1 to"),
        ("Permute", "permute_param { order: 0 order: 0 }", "order [0, 0]", "0 to 3, each once"),
        ("LRN", "lrn_param { local_size: 0 }", "local_size 0", "1 to 1023"),
        ("SPP", "spp_param { pyramid_height: 4000000000 }", "pyramid_height 4000000000", "1 to 16"),
        ("Log", "log_param { base: -3 }", "log_param.base -3", "above 0, and -1"),
        ("Log", "log_param { base: 1 }", "log_param.base 1", "no logarithm"),
        ("Clip", "clip_param { min: 0 }", "no clip_param.max", "both"),
        ("Power", "power_param { shift: nan }", "power_param.shift nan", "finite"),
        ("ELU", "elu_param { alpha: 1e999 }", "elu_param.alpha inf", "finite"),
        ("Eltwise", "eltwise_param { coeff: 1 coeff: 2 }", "2 times eltwise_param.coeff", "each of its 1 bottoms"),
        ("Interp", "interp_param { shrink_factor: 0 }", "shrink_factor 0", "1 to"),
        ("Slice", "slice_param { slice_point: 9 }", "cannot cut 4 into 1 parts", "[9]"),
        ("Relu", "", "type 'Relu', which this program does not know", 'did you mean "ReLU"'),
    ],
)
def test_a_number_that_cannot_be_is_told_with_what_is_allowed(kind, param, fault, allowed):
    line = told(kind, param)
    assert line.startswith("layer 'x' ") and fault in line and allowed in line


def test_the_number_of_bottoms_and_tops_is_told():
    assert told("ReLU", bottoms=[]) == "layer 'x' (ReLU) has 0 bottoms; allowed are 1"
    assert "has 2 bottoms; allowed are 3" in told("Axpy", bottoms=[(1, 4, 1, 1), (1, 4, 9, 8)])
    assert "has 0 bottoms; allowed are 1 or more" in told("Concat", bottoms=[])
    assert "has 3 bottoms; allowed are 1 to 2" in told("Scale", bottoms=[(1, 4)] * 3)
    assert "has 2 tops; it makes 1" in told("TanH", tops=2)


def test_a_bottom_of_another_number_of_axes_is_told():
    assert "reads 'b0', which has 2 axes; allowed are 4" in told(
        "Pooling", "pooling_param { kernel_size: 1 }", [(1, 5)]
    )
    assert "reads 'b0', which has 1 axes; allowed are 2 to 32" in told("PReLU", "", [(1,)])


def test_bottoms_that_do_not_fit_each_other_are_told_with_both_shapes():
    shapes = [(1, 4, 9, 8), (1, 4, 9, 7)]
    assert "asks for bottoms of shape (1, 4, 9, 8), found (1, 4, 9, 7)" in told("Eltwise", "", shapes)
    assert "found (1, 4)" in told("Concat", "", [shapes[0], (1, 4)])


@pytest.mark.parametrize(
    ("kind", "param"),
    [
        ("Flatten", "flatten_param { axis: 0 }"),
        ("Tile", "tile_param { axis: 0 tiles: 2 }"),
        ("Permute", "permute_param { order: 1 }"),
    ],
)
def test_pictures_are_never_joined_with_each_other(kind, param):
    assert "each must be dreamed by itself" in told(kind, param)


def test_a_bound_may_be_infinite():
    layer = layer_of("Clip", "clip_param { min: 0 max: inf }")
    layer.bottom.append("b")
    assert shapes_behind(layer, (), [(1, 4, 9, 8)]) == [(1, 4, 9, 8)]


def test_nothing_is_made_by_the_size_that_a_file_declares(tmp_path):
    deep = "".join(
        f'layer {{ name: "{after}" type: "Pooling" bottom: "{before}" top: "{after}"'
        " pooling_param { kernel_size: 1000 pad: 900 pool: AVE } }"
        for before, after in ("dp", "pq", "qr")
    ).replace('bottom: "d"', 'bottom: "data"')
    tracemalloc.start()
    network = load(tmp_path, PROTOTXT.replace("dim: 12 dim: 14", "dim: 4 dim: 65536") + deep)
    assert network.shapes["r"][0] == 3 and network.shapes["r"][1] > 2000
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()


def test_a_blob_of_more_numbers_than_caffe_counts_is_told(tmp_path):
    tiles = 'layer { name: "t" type: "Tile" bottom: "data" top: "t" tile_param { tiles: 9000000 } }'
    with pytest.raises(DreamError, match=r"layer 't' makes 't' of shape .*; allowed are 2147483647 numbers"):
        load(tmp_path, PROTOTXT + tiles)


@pytest.mark.parametrize("shape", ["dim: 1 dim: 3", "dim: 1 dim: 0 dim: 12 dim: 14", "dim: 1 dim: 3 dim: -4 dim: 14"])
def test_a_picture_that_cannot_be_is_told(tmp_path, shape):
    with pytest.raises(DreamError, match=r"declares its input 'data' as \(.*\); allowed are four numbers"):
        load(tmp_path, PROTOTXT.replace("dim: 1 dim: 3 dim: 12 dim: 14", shape))


def test_a_blob_that_is_written_twice_is_told(tmp_path):
    network = load(tmp_path, PROTOTXT + 'layer { name: "again" type: "ReLU" bottom: "norm" top: "pool1" }')
    assert network.gradient(picture(), "conv1")[1].any()
    with pytest.raises(DreamError, match="layer 'again' writes 'pool1', which is written already"):
        network.gradient(picture(), "again")


def test_layers_that_read_each_other_are_told(tmp_path):
    circle = "".join(
        f'layer {{ name: "{name}" type: "Eltwise" bottom: "norm" bottom: "{other}" top: "{name}" }}'
        for name, other in ("ab", "ba")
    )
    with pytest.raises(DreamError, match="layer 'a' reads 'b', which no layer before it writes"):
        load(tmp_path, PROTOTXT + circle).gradient(picture(), "b")


def test_a_fault_of_a_layer_is_not_put_down_to_the_picture(tmp_path):
    network = load(tmp_path, PROTOTXT + 'layer { name: "odd" type: "Warp" bottom: "norm" top: "odd" }')
    with pytest.raises(DreamError, match="^layer 'odd' is of type 'Warp', which this"):
        network.shapes_at(50, 50, "odd")


def test_a_size_that_is_not_declared_is_not_held_against_a_network(tmp_path):
    text = PROTOTXT.replace(" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 14 } }", "")
    text = text.replace("pool: AVE global_pooling: true", "kernel_size: 2 stride: 2")
    weights = {"classes": [np.ones((6, 60), "f4"), np.ones(6, "f4")]}
    network = load(tmp_path, text, {**small_weights(), **weights})
    assert network.gradient(picture(), "classes")[1].any()
    with pytest.raises(DreamError, match="a picture of 28x24 pixels does not fit classes"):
        network.gradient(picture(24, 28), "classes")


def test_a_network_of_other_channels_than_a_picture_has_says_so(tmp_path):
    text = PROTOTXT.replace("dim: 1 dim: 3", "dim: 1 dim: 4")
    weights = {**small_weights(), "conv1": [np.ones((4, 4, 3, 3), "f4"), np.ones(4, "f4")]}
    network = load(tmp_path, text, weights, name="odd")
    with pytest.raises(DreamError, match="^odd takes pictures of 4 channels, not of 3$"):
        network.follow(torch.empty((3, 24, 30), device="meta"), ("norm",))


def test_what_lies_above_another_input_is_left_out(tmp_path):
    text = PROTOTXT.replace(
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 14 } } }',
        'input: "info" input: "data" input_shape { dim: 1 dim: 3 } input_shape { dim: 1 dim: 3 dim: 12 dim: 14 }',
    )
    network = load(tmp_path, text + 'layer { name: "rois" type: "Eltwise" bottom: "norm" bottom: "info" top: "rois" }')
    assert network.input == "data" and "rois" not in network.layers and not network.graph.faults


def test_names_from_files_hold_nothing_that_a_terminal_obeys(tmp_path):
    prototxt, caffemodel = write_model(tmp_path)
    text = PROTOTXT.replace('"join"', '"jo\\033[2Jin"').replace('name: "small"', 'name: "s\\nmall"')
    prototxt.write_text(text)
    network = load_network((prototxt, caffemodel), device="cpu")
    assert "jo\\x1b[2Jin" in network.blobs
    assert network.gradient(picture(), "jo\\x1b[2Jin")[1].any()
    with pytest.raises(DreamError) as caught:
        network.resolve("no\x1b[2Jne")
    assert str(caught.value).isprintable()


def test_weights_find_their_layer_whatever_its_name_holds(tmp_path):
    text, weights = PROTOTXT.replace('"left"', '"le\\tft"'), {}
    weights = {name.replace("left", "le\tft"): blobs for name, blobs in small_weights().items()}
    assert load(tmp_path, text, weights).gradient(picture(), "norm")[1].any()


def test_a_learnt_blob_can_be_a_bottom(tmp_path):
    text = PROTOTXT + (
        'layer { name: "learnt" type: "Parameter" top: "learnt"'
        " parameter_param { shape { dim: 1 dim: 5 dim: 6 dim: 7 } } }"
        'layer { name: "sum" type: "Eltwise" bottom: "norm" bottom: "learnt" top: "sum" }'
    )
    learnt = np.random.default_rng(0).normal(0, 1, (1, 5, 6, 7)).astype("f4")
    network = load(tmp_path, text, {**small_weights(), "learnt": [learnt]})
    found = network.activations(picture(), "norm", "sum", "learnt")
    np.testing.assert_allclose(found["sum"], found["norm"] + learnt[0], rtol=1e-6)
    np.testing.assert_array_equal(found["learnt"], learnt[0])
    pictures = np.stack([picture(), -picture()])
    assert network.gradient(pictures, "sum")[1].shape == pictures.shape
    assert not network.gradient(picture(), "learnt")[1].any()  # nothing of the picture is in it


def test_an_error_is_one_line_of_a_length_that_people_read():
    text = str(DreamError("layer '" + "x" * 10**6 + "\n\x1b[2J' is odd"))
    assert text.startswith("layer 'xxx") and text.endswith("\\n\\x1b[2J' is odd")
    assert len(text) < 3000 and text.isprintable()
