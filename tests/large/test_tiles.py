"""Gradients in tiles are those of whole pictures."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import DreamError, channels, dream, guide, l2, map_
from dreamcore.ascent import neuron
from dreamcore.ascent.maps import View
from dreamcore.ascent.step import shifted_gradient
from dreamcore.large import tiles
from dreamcore.large.store import MemoryStore
from dreamcore.large.tiles import Window
from dreamcore.large.tiles import tiled_gradient as tiled
from dreamcore.network.fields import Field

DEEP = Field(4, -7, 13)


def picture(height, width):
    return torch.from_numpy(np.random.default_rng(5).normal(0, 50, (3, height, width)).astype("f4"))


def tiled_gradient(*arguments, tiles):
    return tiled(*arguments, tiles=tiles, store=MemoryStore())


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
    assert tiles.best_tiles(100, 40, [(DEEP, DEEP)], 4000) == (((0, 100, 0, 100),), ((0, 40, 0, 40),))
    cut = tiles.best_tiles(100, 40, [(DEEP, DEEP)], 2400)
    assert [len(each) for each in cut] == [2, 1]
    assert tiles.best_tiles(100, 40, [(DEEP, DEEP)], 300) is None


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
    cut = tiles.best_tiles(height, width, [deeper.field(end) for end in ends], pixels)
    value, gradient = shifted_gradient(deeper, data, ends, total, offset)
    tiled_value, part = tiled_gradient(deeper, data, ends, total, offset, tiles=cut)
    assert float(tiled_value) == pytest.approx(float(value), rel=1e-5)
    assert float((part - gradient).norm()) <= 1e-5 * float(gradient.norm())


@pytest.mark.parametrize(
    "objective",
    [
        channels("both", 1, 5),
        guide(np.full((30, 30, 3), 90.0), "both"),
        neuron("both", 3),
        neuron("both", 2, 0.9, 0),
        l2("both") + map_(np.random.default_rng(3).uniform(0, 255, (25, 30, 3)), l2("pool1"), red=channels("both", 1)),
    ],
)
def test_other_objectives_tile_too(deeper, objective):
    data = picture(50, 60)
    ends, total = objective.bind(deeper)
    cut = tiles.best_tiles(50, 60, [deeper.field("both")], 900)
    assert len(cut.rows) * len(cut.columns) > 2
    total = total.seen_in(View(3, 4, 50, 60))
    expected = shifted_gradient(deeper, data, ends, total, (3, 4))[1]
    gradient = tiled_gradient(deeper, data, ends, total, (3, 4), tiles=cut)[1]
    assert float(expected.norm()) > 0
    assert float((gradient - expected).norm()) <= 1e-5 * float(expected.norm())


@given(
    height=st.integers(20, 70),
    width=st.integers(20, 70),
    pixels=st.integers(24 * 24, 40 * 40),
    ends=st.sampled_from([("both",), ("norm",), ("pool1", "both")]),
)
def test_an_objective_is_told_where_its_cells_lie_in_the_whole_blob(deeper, height, width, pixels, ends):
    data = picture(height, width)
    expected = deeper.outputs(data, *ends)
    together = [torch.zeros_like(blob) for blob in expected]

    def objective(*blobs, windows):
        for blob, (top, left, high, wide), whole in zip(blobs, windows, together, strict=True):
            assert (high, wide) == whole.shape[1:]
            whole[:, top : top + blob.shape[1], left : left + blob.shape[2]] += blob.detach()  # each cell once
        return sum(blob.sum() for blob in blobs)

    cut = tiles.best_tiles(height, width, [deeper.field(end) for end in ends], pixels)
    tiled_gradient(deeper, data, ends, objective, (0, 0), tiles=cut)
    for whole, blob in zip(together, expected, strict=True):
        assert torch.allclose(whole, blob, rtol=1e-4, atol=1e-4)


def test_a_window_counts_cells(deeper):
    windows = []

    def objective(blob, windows, seen=windows):
        seen += windows
        return blob.sum()

    cut = tiles.Tiles(tiles.spans(100, 60, 4, 8, 9), tiles.spans(40, 40, 4, 8, 9))
    tiled_gradient(deeper, picture(100, 40), ("both",), objective, (0, 0), tiles=cut)
    assert windows == [Window(0, 0, 25, 10), Window(12, 0, 25, 10)]  # the second tile answers from pixel 48 on


def test_the_same_pixels_of_a_tile_give_the_same_tiles(deeper):
    assert tiles.tiling(deeper, ("both",), 60, 70, None).number == 1
    assert tiles.tiling(deeper, ("both",), 60, 70, 4200).number == 1
    assert tiles.tiling(deeper, ("both",), 60, 70, 2000) == tiles.best_tiles(60, 70, [deeper.field("both")], 2000)


def test_an_end_that_sees_everything_is_one_tile(network):
    assert tiles.tiling(network, ("classes",), 60, 70, 100).size == (60, 70)


def test_tiles_that_are_less_than_a_cell_sees_are_refused(deeper):
    with pytest.raises(DreamError, match="tiles of 300 pixels are too small for both of small"):
        tiles.tiling(deeper, ("both",), 60, 70, 300)


def test_a_dream_within_little_memory_is_the_same_dream(deeper, limit, monkeypatch):
    image = np.random.default_rng(3).uniform(0, 255, (60, 70, 3)).astype("f4")
    options = {"layer": "both", "iterations": 3, "octaves": 1, "jitter": 8, "seed": 4}
    counted = []
    gradient = type(deeper).gradient
    monkeypatch.setattr(
        type(deeper), "gradient", lambda self, data, *rest: counted.append(data.shape) or gradient(self, data, *rest)
    )
    tiled = dream(image, deeper, **options, memory=limit(deeper, "both", 60, 70, 0.4))
    assert len(counted) > 6 and len(set(counted)) == 1
    assert np.abs(tiled - dream(image, deeper, **options)).max() < 0.01


def test_several_pictures_are_tiled_together(deeper):
    cut = tiles.best_tiles(60, 70, [deeper.field("both")], 2000)
    ends, total = l2("both").bind(deeper)
    stack = torch.stack([picture(60, 70), picture(60, 70).flip(1)])
    values, gradient = tiled_gradient(deeper, stack, ends, total, (3, -5), tiles=cut)
    for data, value, part in zip(stack, values, gradient, strict=True):
        alone = shifted_gradient(deeper, data, ends, total, (3, -5))
        assert float(value) == pytest.approx(float(alone[0]), rel=1e-5)
        assert float((part - alone[1]).norm()) <= 1e-5 * float(alone[1].norm())


def test_no_seam_is_left_where_tiles_met(deeper):
    """Of ten steps on a picture of noise, always with the same borders: the energy there is that of elsewhere.

    In float64, since ten steps make a tenth of a picture of what rounding does to float32.
    """
    data = start = picture(96, 160).double()
    cut = tiles.best_tiles(96, 160, [deeper.field("both")], 2400)
    ends, total = l2("both").bind(deeper)
    for _ in range(10):
        gradient = tiled_gradient(deeper, data, ends, total, (0, 0), tiles=cut)[1]
        data = data + gradient * (1.5 / gradient.abs().mean())
    whole = start
    for _ in range(10):
        gradient = shifted_gradient(deeper, whole, ends, total, (0, 0))[1]
        whole = whole + gradient * (1.5 / gradient.abs().mean())
    border = [span.first for span in cut.columns[1:]]
    assert border
    tiled, untiled = (
        sum(float((each - start)[:, :, x - 2 : x + 2].square().mean()) for x in border) for each in (data, whole)
    )
    assert tiled == pytest.approx(untiled, rel=0.02)
