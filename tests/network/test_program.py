"""What runs in which order: layers as one, ReLUs where they cost nothing, blobs no longer than they are needed."""

import weakref

import numpy as np
import pytest

from dreamcore.network import fused
from dreamcore.network.program import build_program
from dreamcore.network.wiring import Value
from tests.network.small import PROTOTXT, load, picture, small_weights


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return load(tmp_path_factory.mktemp("model"))


def test_only_layers_below_the_end_run(network, bound):
    network.activations(picture(), "pool1")
    assert bound == ["conv1", "pool1"]  # the ReLU is written over its bottom without its function
    bound.clear()
    network.gradient(picture(), "left")
    assert bound == ["conv1", "pool1", "left"]


def test_a_relu_waits_until_behind_layers_that_keep_the_order(network):
    wanted = (network.graph.value("mean"),)
    rows = build_program(network.graph.operations_for(wanted), wanted)
    assert [(row.layer.name, row.rectified) for row in rows] == [
        ("conv1", False),
        ("pool1", True),
        ("left", True),  # only one of the two that are joined has a ReLU
        ("right", False),
        ("join", False),
        ("norm", False),
        ("mean", False),
    ]


def test_a_wanted_value_before_a_relu_is_kept(network):
    wanted = (Value("conv1", 1), Value("conv1", 2))
    rows = build_program(network.graph.operations_for(wanted), wanted)
    assert [(row.layer.name, row.rectified) for row in rows] == [("conv1", False), ("relu1", False)]


def test_lrn_does_the_relu_before_it(tmp_path):
    text = PROTOTXT.split('layer { name: "pool1"')[0] + 'layer { name: "n" type: "LRN" bottom: "conv1" top: "n" }'
    weights = {name: blobs for name, blobs in small_weights().items() if name == "conv1"}
    network = load(tmp_path, text, weights)
    wanted = (network.graph.value("n"),)
    rows = build_program(network.graph.operations_for(wanted), wanted)
    assert [(row.layer.name, row.rectified) for row in rows] == [("conv1", False), ("n", True)]


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


def test_convolutions_of_the_same_values_run_as_one(family, bound):
    family.activations(picture(), "all")
    assert bound == ["conv1", "pool1", "one+two", "one+two", "far", "again", "all"]  # a convolution and its cut


def test_convolutions_that_run_as_one_give_what_each_gives(family):
    alone = [family.activations(picture(), name)[name] for name in ("again", "two", "far")]
    np.testing.assert_allclose(family.activations(picture(), "all")["all"], np.concatenate(alone), rtol=1e-5, atol=1e-5)


def test_the_gradient_of_convolutions_that_run_as_one_is_the_sum_of_theirs(family):
    data = picture(kind="f8")
    alone = sum(family.gradient(data, name)[1] for name in ("again", "two", "relu_far"))
    np.testing.assert_allclose(family.gradient(data, "all")[1], alone, rtol=1e-9, atol=1e-9)


def test_blobs_are_freed_as_soon_as_no_layer_needs_them(network, monkeypatch):
    alive = {}
    concat, lrn = fused.FAST["Concat"], fused.FAST["LRN"]

    def watched(layer, weights, *bottoms, **options):
        alive.update({number: weakref.ref(each) for number, each in enumerate(bottoms)})
        return concat(layer, weights, *bottoms, **options)

    def later(layer, weights, x, **options):
        assert all(each() is None for each in alive.values())
        return lrn(layer, weights, x, **options)

    monkeypatch.setitem(fused.FAST, "Concat", watched)
    monkeypatch.setitem(fused.FAST, "LRN", later)
    network.activations(picture(), "norm")
    assert len(alive) == 2


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
