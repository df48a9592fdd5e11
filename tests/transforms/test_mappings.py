"""Mappings, their parts, and pixels that go where they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from dreamcore.transforms import Context, parse
from dreamcore.transforms.chains import in_turn, motion_of, moved
from dreamcore.transforms.mappings import IDENTITY, Cells, Composed, Lines, Projective, composed, folded
from dreamcore.transforms.resampling import grid, resample

SHAPE = 24, 30
FRAME = np.random.default_rng(0).uniform(0, 255, (*SHAPE, 3)).astype(np.float32)
MOVING = [
    "zoom(0.1)",
    "zoom(-2, x=0.2)",
    "stretch(0.3, axis=horizontal)",
    "rotate(7)",
    "rotate(-200)",
    "shear(0.2)",
    "affine([0.9, 0.2, 3, -0.1, 1.1, -2])",
    "perspective(0.2, down=-0.1)",
    "swirl(50)",
    "roll(shift=7)",
    "roll(rows, shift=n/3)",
    "roll(shift=random(-5, 5), border=mirror)",
    "chain(zoom(0.1), rotate(5), shear(0.1))",
    "chain(zoom(0.1), swirl(20), roll(shift=3))",
    "regions(zoom(0.1), rotate(9), columns=2)",
    "regions(zoom(0.1), rotate(9), columns=2, blend=6)",
    "box(zoom(0.1))",
    "mask(circle, rotate(5))",
]
ONE = [text for text in MOVING if not text.startswith(("chain(zoom(0.1), swirl", "mask", "regions", "box"))]


def mapping(text, number=3):
    return moved([(parse(text), Context(number, seed=1))], SHAPE)


def places(mapping, size=SHAPE):
    return np.stack(np.broadcast_arrays(*mapping(*grid(size))))


@pytest.mark.parametrize("text", MOVING)
def test_no_part_leaves_everything_in_its_place(text):
    assert np.allclose(places(mapping(text).part(0)), places(IDENTITY), atol=1e-4)


@pytest.mark.parametrize("text", MOVING)
def test_the_whole_part_is_the_mapping(text):
    assert np.allclose(places(mapping(text).part(1)), places(mapping(text)), atol=1e-3)


@pytest.mark.parametrize("text", [each for each in ONE if "roll" not in each])
@given(t=st.floats(0, 1))
def test_a_part_and_the_rest_are_the_whole(text, t):
    whole = mapping(text)
    first = np.float32(places(whole.part(t)))
    rest = np.stack(whole.part(1 - t)(*first))
    assert np.allclose(rest, places(whole), atol=0.02)


@pytest.mark.parametrize("text", ["roll(shift=7)", "roll(rows, shift=n/3)"])
@given(t=st.floats(0, 1))
def test_parts_of_rolls_add_up(text, t):
    whole = mapping(text)
    assert np.allclose(whole.part(t).shifts + whole.part(1 - t).shifts, whole.shifts)


@pytest.mark.parametrize("text", [each for each in ONE if "roll" not in each])
@given(t=st.floats(0, 0.99))
def test_a_part_below_0_leads_back_to_where_the_frame_was(text, t):
    whole = mapping(text)
    here, there = places(whole.part(t)), np.stack(np.broadcast_arrays(*whole.part(t - 1)(*grid(SHAPE))))
    assert np.allclose(np.stack(whole(*np.float32(there))), here, atol=0.02)


def test_a_chain_that_turns_far_has_the_parts_of_its_turn():
    quarter = mapping("chain(rotate(100), rotate(100))").part(0.5)
    assert np.allclose(places(quarter), places(mapping("rotate(100)")), atol=1e-3)


@pytest.mark.parametrize("text", ["affine([-1, 0, 0, 1])", "affine([0, 0, 0, 0])", "sobel"])
def test_what_has_no_parts_moves_nothing(text):
    assert np.array_equal(places(mapping(f"chain(zoom(0.1), {text})")), places(mapping("zoom(0.1)")))


def test_zoom_goes_a_part_of_the_way_by_a_power():
    assert np.allclose(mapping("zoom(0.19)").part(0.5).matrix, mapping("zoom(0.1)").matrix)


def test_hues_turn_by_parts():
    (turn,) = motion_of(in_turn((parse("zoom"), parse("chain(hue_shift(60))")), Context(0)), SHAPE).turns
    assert np.allclose(turn.part(0.5)(FRAME), parse("hue_shift(30)")(FRAME))


def test_geometry_side_by_side_interpolates_once():
    together = parse("chain(affine([0.8, 0, 0, 0.8]), rotate(10), affine([1.25, 0, 0, 1.25]), rotate(-10))")(FRAME)
    assert np.allclose(together, FRAME, atol=0.05)  # one after the other they would blur it


def test_a_composed_pair_is_what_both_do_one_after_the_other():
    smooth = ndimage.gaussian_filter(FRAME, (4, 4, 0))
    apart = parse("rotate(5)")(parse("zoom(0.1)")(smooth))
    inside = np.s_[6:-6, 6:-6]
    assert np.abs(parse("chain(zoom(0.1), rotate(5))")(smooth) - apart)[inside].max() < 0.5


@pytest.mark.parametrize("text", ["chain(zoom(0.1), rotate(5, order=3))", "chain(zoom(0.1), rotate(5, border=wrap))"])
def test_what_is_sampled_in_different_ways_stays_apart(text):
    first, second = parse(text).children
    assert np.array_equal(parse(text)(FRAME), second(first(FRAME)))


def test_random_numbers_of_composed_geometry_are_those_of_their_places():
    text = "chain(random_choice(zoom(0.1), zoom(-0.1)), zoom(0.1))"
    first, second = parse(text).children
    for number in range(5):
        context = Context(number, seed=4)
        apart = second.apply(first.apply(FRAME, context.child(0)), context.child(1))
        assert np.array_equal(parse(text)(FRAME, context), apart)


def test_a_roll_by_half_a_pixel_is_the_mean_of_its_neighbours():
    line = np.arange(4.0).reshape(4, 1, 1)
    assert resample(line, Lines(0, np.array([0.5]), 4)).ravel().tolist() == [1.5, 0.5, 1.5, 2.5]


def test_a_roll_that_is_not_whole_is_reached_on_average():
    moved_by = [int(mapping("roll(shift=2.5)", number).shifts[0]) for number in range(4)]
    assert sum(moved_by) == 10 and set(moved_by) == {2, 3}


def test_cells_keep_to_themselves():
    inner, weight = Projective(np.diag([3.0, 3, 1])), np.ones((24, 15, 1))
    halves = tuple((np.s_[0:24, left : left + 15], inner, weight) for left in (0, 15))
    _, x = places(Cells(halves))
    assert x[:, :15].max() <= 14 and x[:, 15:].min() >= 15


def test_places_outside_are_folded_back():
    assert folded(np.array([-2.0, -0.5, 3.5, 5]), 4).tolist() == [1, 0, 3, 2]


def test_nothing_composed_is_the_identity():
    assert composed([]) is IDENTITY
    assert isinstance(composed([Lines(0, np.ones(30), 24), Projective(np.eye(3))]), Composed)


def test_no_logarithm_is_worked_out_for_a_frame_that_moves_the_whole_way(monkeypatch):
    monkeypatch.setattr("scipy.linalg.logm", lambda matrix: pytest.fail("which takes longer than the frame"))
    parse("chain(zoom(0.1), rotate(5), shear(0.1), perspective(0.2))")(FRAME)
