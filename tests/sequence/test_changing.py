"""What changes with the frame: found, and checked at each."""

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.sequence import make_job
from dreamcore.sequence.changing import changing_numbers, check_frames, exchanged, inner_schedules
from dreamcore.sequence.recipe import Recipe
from dreamcore.transforms import parse, schedule

QUICK = {"layer": "join", "iterations": 1, "octaves": 1}


def test_everything_that_changes_is_found_wherever_it_stands():
    recipe = Recipe().changed(
        transform="chain(zoom(t/99, x=0.5), every(2, roll(shift=sine(9*sin(8)))))",
        layer="0:sin(40)*parts, 5:neuron(objects, t)",
        strength="0:1, 9:0",
        delay="5 + t/9",
    )
    names = ["zoom amount", "sine amplitude", "weight of parts", "neuron channel", "strength", "delay"]
    assert [each.name for each in changing_numbers(recipe)] == names


def test_schedules_are_exchanged_within_sums_products_and_keyframes():
    recipe = Recipe().changed(layer="0:bars(1)*0.5*parts, 5:objects - (1 + bars(2))*parts", transform="zoom(bars(1)/9)")
    other = exchanged(recipe.dream, lambda each: schedule("beat(1)"))
    assert str(other.layer) == "step(0:0.5*beat(1)*parts, 5:objects + -1*(1 + beat(1))*parts)"
    assert [str(each) for each in inner_schedules(recipe.sequence)] == ["bars(1)"]


def test_what_holds_no_schedule_stays_equal():
    term = parse("chain(zoom(0.1), mask(bright, zoom))")
    assert exchanged(term, lambda each: None) == term


@pytest.mark.parametrize(
    "asked, message",
    [
        (
            {"transform": "zoom(0.1*t)"},
            r"^zoom\(0.1\*t\): frame 10: amount=1 is not allowed; allowed: a number from -9 to",
        ),
        ({"transform": "chain(every(2, zoom(0.1*t)))"}, "frame 10: amount=1"),
        ({"transform": "roll(shift=sine(1/(t - 3)))"}, r"1/\(t - 3\) has no value at frame 3: .*division by zero"),
        ({"iterations": "10 - t"}, "^frame 10: iterations=0 is not allowed"),
        ({"delay": "5 - t"}, "^frame 5: delay=0 is not allowed"),
        ({"layer": "sqrt(7 - t)*join"}, r"sqrt\(7 - t\) has no value at frame 8"),
        ({"layer": "neuron(join, t)"}, "^frame [0-9]+: join has no channel"),
    ],
)
def test_each_frame_is_checked_before_the_first_dream(network, asked, message):
    with pytest.raises(DreamError, match=message):
        make_job(np.zeros((20, 24, 3)), network, frames=30, **{**QUICK, **asked})


def test_frames_that_are_not_there_are_not_checked(network):
    job = make_job(
        np.zeros((20, 24, 3)), network, frames=9, **{**QUICK, "transform": "zoom(0.1*t)", "iterations": "10-t"}
    )
    assert job.at(8)["iterations"] == 2 and job.recipe.sequence.transform.values(8)["amount"] == pytest.approx(0.8)


def test_what_waits_for_a_sound_is_passed_over():
    recipe = Recipe().changed(transform="zoom(9*beat(1))", iterations="20 - t", frames=19)
    check_frames(recipe, range(19))
    with pytest.raises(DreamError, match="frame 20: iterations=0"):
        check_frames(recipe, range(21))
