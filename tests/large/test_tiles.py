"""Gradients in tiles, and how many bytes they take."""

import importlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import DreamError, channels, dream, guide, l2
from dreamcore.ascent import estimate
from dreamcore.ascent.dreams import plan_octaves
from dreamcore.ascent.step import shifted_gradient
from dreamcore.large import memory, tiles
from dreamcore.network.fields import Field
from tests.network.small import PROTOTXT, SHAPES, load, small_weights

# Two strides, branches that see differently far, padding, windows over the edge, and strong sums over channels.
DEEPER = (
    PROTOTXT.split('layer { name: "mean"')[0]
    + """
layer { name: "pool2" type: "Pooling" bottom: "norm" top: "pool2" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "deep" type: "Convolution" bottom: "pool2" top: "deep"
        convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
layer { name: "relu_deep" type: "ReLU" bottom: "deep" top: "deep" }
layer { name: "around" type: "Pooling" bottom: "pool2" top: "around" pooling_param { kernel_size: 3 stride: 1 pad: 1 } }
layer { name: "both" type: "Concat" bottom: "deep" bottom: "around" top: "both" }
"""
)
DEEP = Field(4, -7, 13)


@pytest.fixture(scope="module")
def deeper(tmp_path_factory):
    shapes = {**{name: SHAPES[name] for name in ("conv1", "left", "right")}, "deep": [(4, 5, 3, 3), (4,)]}
    return load(tmp_path_factory.mktemp("deeper"), DEEPER, small_weights(shapes))


def picture(height, width):
    return torch.from_numpy(np.random.default_rng(5).normal(0, 50, (3, height, width)).astype("f4"))


def test_a_cell_sees_what_the_windows_below_it_see(deeper):
    assert deeper.field("data") == (Field(1, 0, 0),) * 2
    assert deeper.field("conv1") == (Field(1, -1, 1),) * 2
    assert deeper.field("pool1") == (Field(2, -1, 3),) * 2
    assert deeper.field("join") == (Field(2, -3, 5),) * 2  # of its branches the one that sees farther
    assert deeper.field("both") == (DEEP,) * 2


def test_a_cell_behind_a_global_layer_sees_no_window(network):
    assert network.field("norm") == (Field(2, -3, 5),) * 2
    assert network.field("mean") is None
    assert network.field("classes") is None


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([1, 2, 8]), st.integers(0, 30), st.integers(0, 30))
def test_spans_answer_once_for_every_pixel_and_look_at_all_around_it(length, longest, stride, before, after):
    spans = tiles.spans(length, longest, stride, before, after)
    for number, span in enumerate(spans):
        assert span.first == (spans[number - 1].last if number else 0)
        assert 0 <= span.start <= max(0, span.first - before) and min(length, span.last + after) <= span.stop <= length
        assert span.start % stride == 0 and (span.first % stride == 0)
        assert span.stop - span.start == spans[0].stop <= max(longest, 1)
    assert not spans or spans[-1].last == length
    assert spans or longest < min(length, before + after + 2 * stride)


def test_spans_are_as_few_and_as_short_as_can_be():
    assert tiles.spans(100, 60, 4, 8, 9) == ((0, 60, 0, 48), (40, 100, 48, 100))


def test_tiles_are_those_with_the_least_to_compute():
    assert tiles.tiles(100, 40, [(DEEP, DEEP)], 4000) == (((0, 100, 0, 100),), ((0, 40, 0, 40),))
    found = tiles.tiles(100, 40, [(DEEP, DEEP)], 2400)
    assert [len(each) for each in found] == [2, 1]
    assert tiles.tiles(100, 40, [(DEEP, DEEP)], 300) is None


@given(
    height=st.integers(20, 70),
    width=st.integers(20, 70),
    pixels=st.integers(24 * 24, 40 * 40),
    offset=st.tuples(st.integers(-40, 40), st.integers(-40, 40)),
    ends=st.sampled_from([("both",), ("deep",), ("norm",), ("pool1", "both")]),
)
def test_tiles_give_the_gradient_of_the_whole_picture(deeper, height, width, pixels, offset, ends):
    data = picture(height, width)
    _, total = sum((l2(end) for end in ends[1:]), l2(ends[0])).bind(deeper)
    found = tiles.tiles(height, width, [deeper.field(end) for end in ends], pixels)
    value, gradient = shifted_gradient(deeper, data, ends, total, offset)
    tiled_value, tiled = tiles.tiled_gradient(deeper, data, ends, total, offset, tiles=found)
    assert float(tiled_value) == pytest.approx(float(value), rel=1e-5)
    assert float((tiled - gradient).norm()) <= 1e-5 * float(gradient.norm())


@pytest.mark.parametrize("objective", [channels("both", 1, 5), guide(np.full((30, 30, 3), 90.0), "both")])
def test_other_objectives_tile_too(deeper, objective):
    data = picture(50, 60)
    ends, total = objective.bind(deeper)
    found = tiles.tiles(50, 60, [deeper.field("both")], 900)
    assert len(found.rows) * len(found.columns) > 2
    expected = shifted_gradient(deeper, data, ends, total, (3, 4))[1]
    gradient = tiles.tiled_gradient(deeper, data, ends, total, (3, 4), tiles=found)[1]
    assert float((gradient - expected).norm()) <= 1e-5 * float(expected.norm())


def limit(network, end, height, width, share):
    """The bytes for a share of the picture's pixels in one tile."""
    each = memory.bytes_per_pixel(network, (end,), height, width)
    return memory.program_bytes(network) + height * width * (memory.PICTURE + share * each)


def test_a_dream_within_little_memory_is_the_same_dream(deeper, monkeypatch):
    image = np.random.default_rng(3).uniform(0, 255, (60, 70, 3)).astype("f4")
    options = {"end": "both", "iterations": 3, "octaves": 1, "jitter": 8, "seed": 4}
    counted = []
    gradient = type(deeper).gradient
    monkeypatch.setattr(
        type(deeper), "gradient", lambda self, data, *rest: counted.append(data.shape) or gradient(self, data, *rest)
    )
    tiled = dream(image, deeper, **options, memory=limit(deeper, "both", 60, 70, 0.4))
    assert len(counted) > 6 and len(set(counted)) == 1
    assert np.abs(tiled - dream(image, deeper, **options)).max() < 0.01


def test_several_pictures_are_tiled_together(deeper):
    found = tiles.tiles(60, 70, [deeper.field("both")], 2000)
    ends, total = l2("both").bind(deeper)
    stack = torch.stack([picture(60, 70), picture(60, 70).flip(1)])
    values, gradient = tiles.tiled_gradient(deeper, stack, ends, total, (3, -5), tiles=found)
    for data, value, part in zip(stack, values, gradient, strict=True):
        alone = shifted_gradient(deeper, data, ends, total, (3, -5))
        assert float(value) == pytest.approx(float(alone[0]), rel=1e-5)
        assert float((part - alone[1]).norm()) <= 1e-5 * float(alone[1].norm())


def test_no_seam_is_left_where_tiles_met(deeper):
    """Of ten steps on a picture of noise, always with the same borders: the energy there is that of elsewhere.

    In float64, since ten steps make a tenth of a picture of what rounding does to float32.
    """
    data = start = picture(96, 160).double()
    found = tiles.tiles(96, 160, [deeper.field("both")], 2400)
    ends, total = l2("both").bind(deeper)
    for _ in range(10):
        gradient = tiles.tiled_gradient(deeper, data, ends, total, (0, 0), tiles=found)[1]
        data = data + gradient * (1.5 / gradient.abs().mean())
    whole = start
    for _ in range(10):
        gradient = shifted_gradient(deeper, whole, ends, total, (0, 0))[1]
        whole = whole + gradient * (1.5 / gradient.abs().mean())
    border = [span.first for span in found.columns[1:]]
    assert border
    tiled, untiled = (
        sum(float((each - start)[:, :, x - 2 : x + 2].square().mean()) for x in border) for each in (data, whole)
    )
    assert tiled == pytest.approx(untiled, rel=0.02)


def test_too_little_memory_for_a_tile_is_one_clear_error(deeper):
    with pytest.raises(DreamError, match=r"a picture of 70x60 pixels takes at least \d+ MB of memory for both"):
        dream(np.zeros((60, 70, 3)), deeper, end="both", memory=1e6)


def test_an_end_that_sees_everything_cannot_be_tiled(network):
    with pytest.raises(DreamError, match="cannot be tiled: classes of small sees all of it"):
        dream(np.zeros((60, 70, 3)), network, end="classes", memory=1e6)


def test_bytes_are_those_of_the_arrays_that_live_together(deeper):
    # The picture (3 floats), its gradient, the 4 channels of conv1 and their gradient, and not many copies of them.
    living = memory.bytes_per_pixel(deeper, ("conv1",), 20, 20) / memory.kept()
    assert 4 * (2 * 3 + 2 * 4) <= living <= 2 * 4 * (2 * 3 + 2 * 4)


def test_bytes_of_an_end_for_one_size_are_found_at_that_size(network):
    assert memory.bytes_per_pixel(network, ("classes",), 30, 30) > 4 * 7


def test_pictures_that_fit_are_held_in_memory(deeper):
    plans = plan_octaves(deeper, ("both",), [(60, 70)], 10**12, blended=False)
    held = 3 * memory.PICTURE * 60 * 70  # the caller's, the one that is worked on, its gradient
    each = memory.bytes_per_pixel(deeper, ("both",), 60, 70)
    assert plans.disk == 0
    assert plans.peak == memory.program_bytes(deeper) + held + int(each * 60 * 70)


def test_of_pictures_in_files_only_the_callers_counts_as_memory(deeper):
    sizes, little = [(30, 35), (60, 70)], limit(deeper, "both", 60, 70, 0.4)
    plans = plan_octaves(deeper, ("both",), sizes, little, blended=False)
    assert plans.disk >= memory.PICTURE * (30 * 35 + 2 * 60 * 70)
    assert [each.count > 1 for each in plans.tiles] == [False, True]
    assert plans.peak <= little


def test_an_estimate_says_time_memory_and_tiles(deeper):
    options = {"end": "both", "octaves": 1, "iterations": 2}
    whole = estimate(deeper, (70, 60), **options)
    little = limit(deeper, "both", 60, 70, 0.4)
    tiled = estimate(deeper, (70, 60), **options, memory=little)
    assert whole.tiles == 1 < tiled.tiles
    assert tiled.memory <= little < whole.memory
    assert 0 < whole.seconds < tiled.seconds * 10


def test_an_estimate_grows_with_iterations_and_octaves(deeper, monkeypatch):
    pace = {600: 1.1, 2400: 2.9}
    monkeypatch.setattr(importlib.import_module("dreamcore.ascent.estimates"), "_pace", lambda *_: pace)
    options = {"end": "both", "octave_scale": 2}
    assert estimate(deeper, (60, 40), **options, iterations=3, octaves=1).seconds == pytest.approx(3 * 2.9)
    assert estimate(deeper, (60, 40), **options, iterations=1, octaves=2).seconds == pytest.approx(1.1 + 2.9)
    assert estimate(deeper, (120, 80), **options, iterations=1, octaves=1).seconds == pytest.approx(4 * 2.9)
