"""What an architecture says before anything is computed: names, ends, shapes, and why a picture does not fit."""

import numpy as np
import pytest

from dreamcore import load_network
from dreamcore.errors import DreamError
from dreamcore.network.wiring import Value
from tests.network.small import PROTOTXT, SHAPES, load, picture, small_weights


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return load(tmp_path_factory.mktemp("model"), name="small")


@pytest.fixture
def graph(network):
    return network.graph


def test_blobs_and_layers_come_in_order(network):
    assert network.blobs == ("data", "conv1", "pool1", "left", "right", "join", "norm", "mean", "classes", "prob")
    assert network.layers[:3] == ("conv1", "relu1", "pool1")
    assert network.input == "data"
    np.testing.assert_array_equal(network.mean, np.float32([104, 117, 123]))
    assert network.mean.dtype == np.float32


def test_shapes_are_those_at_the_declared_size(network):
    assert network.shapes["pool1"] == (4, 6, 7)
    assert network.shapes["prob"] == (6,)


def test_a_layers_name_means_its_output_and_a_blobs_its_final_value(graph):
    assert graph.value("conv1") == Value("conv1", 1)
    assert graph.value("relu1") == graph.blob_value("conv1") == Value("conv1", 2)
    assert graph.value("data") == Value("data", 0)


def test_a_role_stands_for_its_end(tmp_path):
    graph = load(tmp_path, roles={"parts": "join"}).graph
    assert graph.resolve("parts") == "join"
    assert graph.value("parts") == Value("join", 1)


def test_what_has_to_run_comes_in_order_and_nothing_else(graph):
    operations = graph.operations_for([graph.value("relu_left")])
    assert [operation.layer.name for operation in operations] == ["conv1", "relu1", "pool1", "left", "relu_left"]
    assert operations[1].reads == (Value("conv1", 1),)
    assert operations[1].writes == (Value("conv1", 2),)


def test_shapes_at_a_size_are_those_that_come_out(network):
    ends = ("conv1", "join", "norm")
    values = network.outputs(picture(31, 9), *ends)
    assert network.shapes_at(31, 9, ends) == tuple(tuple(value.shape) for value in values)
    assert network.shapes_at(31, 9, "join") == ((5, 15, 4),)


def test_shapes_are_found_once_for_a_size(graph, monkeypatch):
    first = graph.shapes_at(50, 60, ("join",))
    monkeypatch.setattr(graph, "_shapes_behind", None)
    assert graph.shapes_at(50, 60, ("join",)) == first
    with pytest.raises(TypeError):
        graph.shapes_at(51, 60, ("join",))


def test_an_unknown_end_suggests_the_nearest(network):
    with pytest.raises(DreamError, match=r"""small has no layer 'join1' \(did you mean "join"\?\)"""):
        network.gradient(picture(), "join1")
    with pytest.raises(DreamError, match="no layer 'nonsense'"):
        network.activations(picture(), "nonsense")


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 2)])
def test_a_picture_too_small_is_an_error_that_names_its_size(tmp_path, size):
    network = load(tmp_path, PROTOTXT.replace("pad: 1", "pad: 0", 1))
    assert not network.fits(*size, ("conv1",))
    height, width = size
    with pytest.raises(
        DreamError,
        match=f"a picture of {width}x{height} pixels is too small for conv1 of small: "
        rf"layer 'conv1' \(Convolution\) looks through windows of 3x3 at {width}x{height}",
    ):
        network.gradient(picture(*size), "conv1")


def test_fits_tells_what_runs(network):
    assert network.fits(12, 14, ("prob",))
    assert network.fits(3, 3, ("join",))
    assert network.fits(500, 3, ("join", "conv1"))


UNKNOWN = (
    PROTOTXT
    + """
layer { name: "warp" type: "Warp" bottom: "norm" top: "warp" }
layer { name: "after" type: "ReLU" bottom: "warp" top: "after" }
layer { name: "typo" type: "Relu" bottom: "norm" top: "typo" }
"""
)


def test_the_name_of_a_module_suggests_its_output():
    with pytest.raises(DreamError, match=r"""no layer 'inception_4a' \(did you mean "inception_4a/output"\?\)"""):
        load_network("dreamlet", device="cpu").resolve("inception_4a")


def test_an_unknown_layer_type_is_an_error_only_when_needed(tmp_path):
    network = load(tmp_path, UNKNOWN)
    network.gradient(picture(), "norm")
    assert "after" in network.blobs
    for end in ("warp", "after"):
        with pytest.raises(DreamError, match="layer 'warp' is of type 'Warp'"):
            network.gradient(picture(), end)
    with pytest.raises(
        DreamError, match=r"""type 'Relu', which this program does not know \(did you mean "ReLU"\?\)"""
    ):
        network.activations(picture(), "typo")


def test_a_blob_that_no_layer_writes_is_an_error_when_needed(tmp_path):
    network = load(tmp_path, PROTOTXT + 'layer { name: "x" type: "ReLU" bottom: "norn" top: "x" }')
    network.gradient(picture(), "norm")
    with pytest.raises(
        DreamError, match=r"""reads 'norn' \(did you mean "norm"\?\), which no layer before it writes"""
    ):
        network.gradient(picture(), "x")


CLASSIFIER = PROTOTXT.replace("pool: AVE global_pooling: true", "kernel_size: 2 stride: 2")


def test_a_fully_connected_layer_names_the_one_size_that_it_takes(tmp_path):
    classes = {"classes": [(6, 5 * 3 * 4), (6,)]}
    network = load(tmp_path, CLASSIFIER, small_weights({**SHAPES, **classes}))
    assert network.fits(12, 14, ("classes",))
    assert not network.fits(24, 28, ("classes",))
    assert network.fits(24, 28, ("norm",))
    with pytest.raises(
        DreamError,
        match="a picture of 28x24 pixels does not fit classes of small: layer 'classes' \\(InnerProduct\\) takes "
        "exactly what one of 14x12 leaves it",
    ):
        network.gradient(picture(24, 28), "classes")


def test_blobs_that_are_alike_at_some_sizes_only_are_named(tmp_path):
    text = """
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "down" type: "Pooling" bottom: "data" top: "down" pooling_param { kernel_size: 2 stride: 2 } }
    layer { name: "up" type: "Deconvolution" bottom: "down" top: "up"
            convolution_param { num_output: 3 kernel_size: 2 stride: 2 bias_term: false } }
    layer { name: "sum" type: "Eltwise" bottom: "data" bottom: "up" top: "sum" }
    """
    network = load(tmp_path, text, small_weights({"up": [(3, 3, 2, 2)]}))
    assert network.shapes_at(8, 6, ("sum",)) == ((3, 8, 6),)
    with pytest.raises(DreamError, match=r"9x8 pixels does not fit sum of .*\(Eltwise\).*\(1, 3, 8, 9\)"):
        network.shapes_at(8, 9, ("sum",))


def test_a_picture_of_which_nothing_is_left_is_too_small(tmp_path):
    text = """
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer { name: "up" type: "Deconvolution" bottom: "data" top: "up"
            convolution_param { num_output: 3 kernel_size: 2 pad: 2 bias_term: false } }
    """
    network = load(tmp_path, text, small_weights({"up": [(3, 3, 2, 2)]}))
    with pytest.raises(DreamError, match="3x5 pixels is too small"):
        network.shapes_at(5, 3, ("up",))


def test_what_cannot_run_at_the_declared_size_is_said_when_the_files_are_read(tmp_path):
    with pytest.raises(DreamError, match=r"deploy.prototxt: at the size that it declares, layer 'conv1' \(Conv"):
        load(tmp_path, PROTOTXT.replace("dim: 12 dim: 14", "dim: 1 dim: 1").replace("pad: 1", "pad: 0", 1))


def test_a_concat_along_the_height_has_no_field(tmp_path):
    text = PROTOTXT.replace('top: "join" }', 'top: "join" concat_param { concat_dim: 2 } }').split(
        'layer { name: "norm'
    )[0]
    text = text.replace("num_output: 2", "num_output: 3")
    network = load(tmp_path, text, small_weights({**SHAPES, "left": [(3, 4, 1, 1), (3,)], "classes": []}))
    assert network.field("join") is None
    assert network.field("pool1") is not None
