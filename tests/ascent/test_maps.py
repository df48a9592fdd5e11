"""Different dreams in different places: what the colours of a mask have of pixels and cells, and how strongly."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dreamcore import DreamError, channels, dream, guide, l2, map_
from dreamcore.ascent.fatigue import Weighed
from dreamcore.ascent.maps import Map, View
from dreamcore.ascent.mask_colours import COLOURS, shares
from dreamcore.ascent.objectives import class_, parse_objective
from dreamcore.grammar.tokens import GrammarError
from dreamcore.network.fields import PIXEL, Field
from dreamcore.pictures import Picture, as_picture
from dreamcore.transforms import schedule

HALVES = np.zeros((12, 16, 3), np.float32)
HALVES[:, :8] = 255  # white on the left, black on the right
QUICK = {"iterations": 2, "octaves": 1, "jitter": 2, "seed": 1}


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).uniform(0, 255, (12, 16, 3)).astype("f4")


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((255, 255, 255), {"white": 1}),
        ((51, 51, 51), {"white": 0.2, "black": 0.8}),
        ((127.5, 0, 127.5), {"red": 0.5, "blue": 0.5}),
        ((255, 63.75, 63.75), {"red": 0.75, "white": 0.25}),
    ],
)
def test_a_pixel_is_shared_by_the_two_colours_between_which_it_lies(rgb, expected):
    colours = ("white", "black", "red", "blue")
    found = shares(np.array([[rgb]], "f4"), colours)[:, 0, 0]
    np.testing.assert_allclose(found, [expected.get(each, 0) for each in colours], atol=1e-6)


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=5), st.sets(st.sampled_from([*COLOURS])))
def test_all_colours_together_have_the_whole_of_each_pixel(pixels, colours):
    found = shares(np.array([pixels], "f4"), (*sorted(colours - {"black", "white"}), "black", "white"))
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(0), 1, atol=1e-5)


def test_what_is_transparent_is_black():
    clear = Picture(HALVES, np.zeros((12, 16), "f4"))
    assert not Map(clear, ("white",), "cpu").planes.any()


def test_a_colour_that_a_mask_has_nothing_of_is_said(network):
    with pytest.warns(UserWarning, match="nothing of the mask of map[(]...[)] is red or blue: not dreamed there"):
        map_(HALVES, l2("conv1"), red=l2("conv1"), blue=l2("norm")).parts(network)


def test_a_cell_takes_the_mask_where_the_middle_of_what_it_sees_lies():
    field = Field(4, -2, 5)  # cells of 4 pixels that see 8, the middle of the first at 2
    mask = Map(as_picture(HALVES), ("white", "black"), "cpu")
    seen, view = (PIXEL[0], field), View(0, 0, 12, 16)
    assert mask.at_cells(0, (12, 4), None, seen, view)[0].tolist() == [1, 1, 0, 0]
    odd = (PIXEL[0], Field(4, -1, 6))  # a pixel farther right
    assert mask.at_cells(0, (12, 4), None, odd, view)[0].tolist() == [1, 0.75, 0, 0]
    assert mask.at_cells(1, (12, 2), (0, 2, 12, 4), seen, view)[0].tolist() == [1, 1]  # a tile's, of the other colour


def test_the_mask_is_shifted_with_the_picture():
    mask = Map(as_picture(HALVES), ("white",), "cpu")
    shifted = mask.at_cells(0, (12, 16), None, PIXEL, View(3, 5, 12, 16))
    assert torch.equal(shifted, torch.from_numpy(np.roll(HALVES[..., 0] / 255, (5, 3), (0, 1))))


def test_a_mask_of_any_size_is_laid_over_the_whole_picture():
    large = np.kron(HALVES, np.ones((200, 150, 1), "f4"))
    mask = Map(as_picture(large), ("white",), "cpu")
    np.testing.assert_allclose(mask.at_pixels(0, slice(2, 5), 12, 16), HALVES[2:5, :, 0] / 255, atol=1e-3)


def test_where_a_cell_sees_all_the_mask_counts_by_its_mean(network):
    mask = Map(as_picture(HALVES), ("white",), "cpu")
    assert mask.at_cells(0, (), None, None, None) == 0.5


def test_each_place_is_worth_what_its_colour_has_of_it(network):
    ends, total = map_(HALVES, l2("conv1"), channels("conv1", 1)).bind(network)
    assert ends == ("conv1", "conv1")
    blob = torch.ones(4, 12, 16)
    assert float(total(blob, blob)) == pytest.approx(4 * 0.5 * 12 * 8 + 0.5 * 12 * 8)


def test_a_dream_stays_where_the_mask_has_an_objective(network, pixels):
    dreamed = dream(pixels, network, objective=map_(HALVES, l2("conv1")), **QUICK | {"jitter": 7})
    changed = np.abs(dreamed - pixels).max((0, 2)) > 1e-3
    assert changed[:8].all()  # and what cells of 3x3 pixels on the edge see, here and beyond the border
    assert not changed[11:14].any()


def test_each_area_is_dreamed_as_strongly_whatever_is_dreamed_in_it(network, pixels):
    both = map_(HALVES, 1000 * l2("conv1"), class_(2))
    moved = np.abs(dream(pixels, network, objective=both, clip=False, **QUICK | {"iterations": 1}) - pixels)
    left, right = moved[:, :8].mean(), moved[:, 8:].mean()
    assert 0.7 < left / right < 1.4 and moved.mean() == pytest.approx(1.5, rel=1e-3)


def test_beside_a_map_a_weight_is_a_strength(network, pixels):
    def dreamed(text):
        objective = parse_objective(text).with_pictures(lambda name: as_picture(np.full((4, 4, 3), 255)))
        return dream(pixels, network, objective=objective, **QUICK)

    all_white = dreamed("map(mask.png, conv1) + 0.25*join")
    np.testing.assert_allclose(all_white, dreamed("map(mask.png, 50*conv1) + 0.25*join"), atol=1e-2)
    assert np.abs(all_white - dreamed("map(mask.png, conv1) + 4*join")).max() > 0.5


def test_several_pictures_are_dreamed_as_each_alone(network, pixels):
    both = map_(HALVES, l2("conv1"), 5 * l2("norm"))
    together = dream(np.stack([pixels, pixels[::-1]]), network, objective=both, **QUICK)
    for one, picture in zip(together, (pixels, pixels[::-1]), strict=True):
        np.testing.assert_allclose(one, dream(picture, network, objective=both, **QUICK), atol=1e-3)


TEXTS = {
    "map(mask.png, channels(parts, 12), patterns)": map_("mask.png", channels("parts", 12), l2("patterns")),
    "map(mask.png, black=0.3*parts - textures)": map_("mask.png", black=0.3 * l2("parts") - l2("textures")),
    "map(first, parts, red=guide(leaf.jpg, parts), blue=class(jellyfish))": map_(
        "first", l2("parts"), red=guide("leaf.jpg", "parts"), blue=class_("jellyfish")
    ),
    "0.3*map(mask.png, parts) + linear(0:1, 9:0)*patterns": 0.3 * map_("mask.png", l2("parts"))
    + l2("patterns") * schedule("0:1, 9:0"),
    "map(mask.png, linear(0:1, 9:0)*parts + map(b.png, textures), class(step(0:jay, 9:hen)))": map_(
        "mask.png",
        l2("parts") * schedule("0:1, 9:0") + map_("b.png", l2("textures")),
        class_(schedule("step(0:jay, 9:hen)")),
    ),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_map_prints_as_its_text_which_reads_back_equal(text):
    assert str(TEXTS[text]) == text
    assert parse_objective(text) == TEXTS[text]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("map(m.png)", "map needs an objective for one of its colours: white, black, red", 0),
        ("map()", "map needs picture", 0),
        ("map(m.png, rde=parts)", 'map has no parameter "rde" .did you mean "red"', 11),
        ("map(m.png, parts, white=parts)", "map got white twice", 18),
        ("map(m.png, 2*chanels(parts, 1))", 'unknown objective "chanels"', 13),
        ("map(m.png, 3)", "a layer is missing here", 11),
        ("map(m.png, parts", '"," or "[)]" is missing here', 16),
    ],
)
def test_a_mistake_is_pointed_at(text, message, place):
    with pytest.raises(GrammarError, match=message) as caught:
        parse_objective(text)
    assert caught.value.position == place


def test_what_is_inside_changes_with_the_frame_and_with_the_network(network):
    changing = parse_objective("map(mask.png, linear(0:0, 4:1)*[x/y, conv1], neuron(join, 0, 0.25*t/4))")
    assert str(changing.at(4).on(network)) == "map(mask.png, conv1, neuron(join, 0, 0.25, 0.5))"
    with pytest.raises(DreamError, match="join has no channel 9"):
        map_("mask.png", channels("join", 9)).on(network)


def test_a_guide_takes_the_place_of_the_layers_inside(network):
    guided = parse_objective("map(mask.png, conv1, channels(join, 1))").guided_by("leaf.png")
    assert str(guided) == "map(mask.png, guide(leaf.png, conv1), channels(join, 1))"
    assert guided.pictures() == ("leaf.png", "mask.png")
    other = guided.with_pictures(lambda name: as_picture(HALVES))
    assert all(isinstance(each, Picture) for each in other.pictures())


def test_a_map_whose_channels_tire_is_still_a_map(network, pixels):
    one = np.array([1, 0.5, 1, 1], "f4")
    (end, *_), total = Weighed(map_(HALVES, l2("conv1")), {"conv1": one}).bind(network)
    assert total.maps and end == "conv1"
    assert float(total(torch.ones(4, 12, 16))) == pytest.approx(0.5 * 3.25 * 12 * 8)
