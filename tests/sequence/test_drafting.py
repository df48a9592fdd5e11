"""A look before the work."""

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.sequence import make_job, run
from dreamcore.sequence.drafting import draft_job, preview_job, ripples, shrink
from dreamcore.sequence.plotting import plot_schedules, ticks
from dreamcore.sequence.recipe import Recipe


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(5).uniform(0, 255, (40, 60, 3)).round().astype("f4")


def test_a_preview_dreams_nothing_and_moves_as_the_transform_says(pixels, monkeypatch):
    monkeypatch.setattr("dreamcore.sequence.loop.dream", None)
    frames = [*run(preview_job(pixels, Recipe().changed(frames=3, transform="roll(shift=7)", layer="no-such-layer")))]
    rolled = [np.corrcoef(frames[2].ravel(), np.roll(pixels, shift, 0).ravel())[0, 1] for shift in (0, 14)]
    assert rolled[1] > 0.8 > 0.3 > rolled[0]


def test_ripples_keep_detail_alive_where_blurring_alone_would_end_it(pixels):
    blurred = Recipe().changed(frames=15, transform="gaussian(2)")
    *_, last = run(preview_job(pixels, blurred))
    assert last.std() > 4 and last.min() >= 0 and last.max() <= 255


def test_ripples_are_the_same_for_the_same_seed(pixels):
    one, same, other = (ripples(pixels, pixels, seed=seed) for seed in ((0, 1), (0, 1), (0, 2)))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_a_draft_is_small_and_brief_and_has_the_same_frames(pixels, network):
    asked = {"layer": "join", "octaves": 1, "frames": 5, "mask": np.ones((400, 600)), "transform": "zoom(0.1)"}
    job = make_job(np.kron(pixels, np.ones((10, 10, 1))), network, iterations="0:9, 4:3", **asked)
    draft = draft_job(job)
    assert draft.picture.size == (256, 171) and draft.mask.shape == (171, 256)
    assert [draft.at(number)["iterations"] for number in draft.numbers] == [3, 3, 2, 1, 1]
    assert draft.recipe.sequence == job.recipe.sequence and draft.recipe.timing == job.recipe.timing


def test_a_draft_of_a_small_picture_keeps_its_size(pixels, network):
    assert draft_job(make_job(pixels, network, layer="join", octaves=1)).picture.size == (60, 40)


def test_shrinking_keeps_shape_and_alpha():
    assert shrink(np.zeros((30, 40, 4), "u1"), 20).shape == (15, 20, 4)
    assert shrink(np.zeros((30, 40, 3), "u1"), 40).shape == (30, 40, 3)


def coloured(plot):
    """Where a plot is neither white nor grey."""
    return np.ptp(plot.astype(int), axis=2) > 40


def test_a_plot_has_a_panel_for_each_number_that_changes():
    recipe = Recipe().changed(transform="zoom(0.02 + t/900)")
    one = plot_schedules(recipe, range(12))
    two = plot_schedules(recipe.changed(octaves="0:2, 9:4"), range(12))
    assert one.shape[1:] == two.shape[1:] == (960, 3) and one.dtype == np.uint8
    assert two.shape[0] - one.shape[0] == 138
    assert coloured(two)[150:].any()


def test_a_plotted_curve_rises_where_its_values_do():
    curve = coloured(plot_schedules(Recipe().changed(transform="zoom(t/99)"), range(20)))
    rows = [np.flatnonzero(curve[:, column]).mean() for column in (100, 500, 900)]
    assert rows[0] > rows[1] > rows[2]


@pytest.mark.parametrize("frames", [1, 2, 9999])
def test_any_number_of_frames_is_plotted(frames):
    constant = Recipe().changed(transform="zoom(0.1 + 0*t)", iterations="0:3")
    assert coloured(plot_schedules(constant, range(frames))).any()


def test_without_schedules_there_is_nothing_to_plot():
    with pytest.raises(DreamError, match="no number changes with the frame"):
        plot_schedules(Recipe(), range(5))


@pytest.mark.parametrize(
    "low, high, marks", [(0, 1, [0, 0.5, 1]), (-3, 12, [-5, 0, 5, 10, 15]), (0.021, 0.118, [0, 0.05, 0.1, 0.15])]
)
def test_ticks_are_round_numbers_around_the_values(low, high, marks):
    assert ticks(low, high, 3) == marks
