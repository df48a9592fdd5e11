"""The end of a classifier, found in its layers; and fully connected layers at each place of a larger picture."""

import numpy as np
import pytest
import torch

from dreamcore import DreamError
from tests.network.small import PROTOTXT, SHAPES, load, picture, small_weights

MEAN, CLASSES = (f"{line}\n" for line in PROTOTXT.splitlines()[-3:-1])
CONVOLUTION = """layer { name: "classes" type: "Convolution" bottom: "mean" top: "classes"
        convolution_param { num_output: 6 kernel_size: 1 } }
"""
DROP = 'layer { name: "drop" type: "Dropout" bottom: "mean" top: "mean" }\n'
SCORES_FIRST = """
layer { name: "scores" type: "Convolution" bottom: "norm" top: "scores"
        convolution_param { num_output: 6 kernel_size: 1 } }
layer { name: "relu" type: "ReLU" bottom: "scores" top: "scores" }
layer { name: "classes" type: "Pooling" bottom: "scores" top: "classes"
        pooling_param { pool: AVE global_pooling: true } }
"""
OF_ONE_SIZE = PROTOTXT.replace("global_pooling: true", "kernel_h: 6 kernel_w: 7")
TRANSPOSED = PROTOTXT.replace("num_output: 6", "num_output: 6 transpose: true")
HEADS = {
    "an average and a fully connected layer": (PROTOTXT, (6, 5)),
    "an average of the declared size": (OF_ONE_SIZE, (6, 5)),
    "a transposed one": (TRANSPOSED, (5, 6)),
    "dropout between them": (PROTOTXT.replace(CLASSES, DROP + CLASSES), (6, 5)),
    "a convolution behind the average": (PROTOTXT.replace(CLASSES, CONVOLUTION), (6, 5, 1, 1)),
}


@pytest.mark.parametrize("name", HEADS)
def test_the_mean_of_the_scores_of_places_is_the_score(tmp_path, name):
    text, shape = HEADS[name]
    network = load(tmp_path, text, small_weights({**SHAPES, "classes": [shape, (6,)]}))
    head = network.graph.head()
    assert (head.scores, head.end) == ("classes", "norm")
    blob, scores = network.outputs(picture(), "norm", "classes")
    each = [float(network.class_score(number)(blob).mean()) for number in range(6)]
    np.testing.assert_allclose(each, scores.flatten(), rtol=1e-4)


def test_scores_that_are_averaged_last_are_taken_before_their_relu(tmp_path):
    weights = small_weights({**SHAPES, "scores": [(6, 5, 1, 1), (6,)]})
    network = load(tmp_path, PROTOTXT.replace(MEAN + CLASSES, SCORES_FIRST), weights)
    assert network.graph.head()[:2] == ("classes", "scores")
    (blob,) = network.outputs(picture(), "scores")
    assert blob.min() < 0
    assert torch.equal(network.class_score(3)(blob), blob[3])


FULL = PROTOTXT.replace("dim: 14", "dim: 12").replace("AVE global_pooling: true", "MAX kernel_size: 2 stride: 2")
FULL_WEIGHTS = small_weights({**SHAPES, "classes": [(6, 5 * 3 * 3), (6,)]})


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return load(tmp_path_factory.mktemp("full"), FULL, FULL_WEIGHTS)


def test_a_network_that_averages_nothing_is_asked_for_its_scores(full):
    assert full.graph.head()[:2] == ("classes", "classes")
    assert full.shapes["classes"] == (6,)


def test_a_fully_connected_layer_looks_at_each_place_of_a_larger_picture_as_at_one_of_its_size(full):
    data = picture(20, 28)
    (scores,) = full.outputs(data, "classes")
    assert scores.shape == (6, 3, 5)  # windows of 3x3 in 5x7 cells
    (blob,) = full.outputs(data, "mean")
    weight, bias = FULL_WEIGHTS["classes"]
    expected = weight @ blob[:, 1:4, 2:5].flatten().numpy() + bias
    np.testing.assert_allclose(scores[:, 1, 2], expected, rtol=1e-4, atol=1e-3)


def test_what_a_place_of_such_a_layer_sees_is_known(full):
    below = full.field("mean")[0]
    assert full.field("classes")[0] == (below.stride, below.first, below.last + 2 * below.stride)


def test_a_picture_smaller_than_its_window_is_too_small(full):
    with pytest.raises(DreamError, match="8x8 pixels is too small for classes .*looks through windows of 3x3 at 2x2"):
        full.outputs(picture(8, 8), "classes")


def test_a_softmax_over_another_axis_than_that_of_channels_makes_no_classifier(tmp_path):
    text = PROTOTXT.replace('bottom: "classes" top: "prob"', 'bottom: "norm" top: "prob" softmax_param { axis: 2 }')
    network = load(tmp_path, text)
    assert network.graph.class_count == 0
    with pytest.raises(DreamError, match="is no classifier"):
        network.graph.head()
