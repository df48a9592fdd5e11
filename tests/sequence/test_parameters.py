"""The table of dream parameters."""

import inspect

import pytest

from dreamcore import DreamError, dream
from dreamcore.sequence import DREAM_PARAMETERS, dream_parameters
from dreamcore.sequence.parameters import at_frame, noted


def test_defaults_are_those_of_dream():
    defaults = {name: each.default for name, each in inspect.signature(dream).parameters.items()}
    for name, row in DREAM_PARAMETERS.items():
        assert row.default == defaults["end" if name == "layer" else name]


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(DreamError, match=r"no dream parameter 'octave'.*did you mean \"octaves\""):
        dream_parameters({"octave": 3})


def test_a_number_out_of_range_is_named():
    with pytest.raises(DreamError, match="iterations=0 is not allowed; allowed: a whole number from 1 to 1000"):
        dream_parameters({"iterations": 0})


def test_every_keyframe_is_checked():
    with pytest.raises(DreamError, match="strength=2"):
        dream_parameters({"strength": "0:0.5, 9:2"})


def test_schedules_are_looked_up_for_each_frame_and_whole_numbers_rounded():
    parameters = dream_parameters({"iterations": "0:1, 9:10", "layer": "0:textures, 5:objects"})
    assert [at_frame(parameters, number)["iterations"] for number in (0, 4, 9)] == [1, 5, 10]
    assert [at_frame(parameters, number)["end"] for number in (0, 4, 5)] == ["textures", "textures", "objects"]


def test_noted_parameters_read_back_equal():
    parameters = dream_parameters({"iterations": "0:1, 9:10", "step_size": "sin(period=8, low=1, high=2)"})
    assert dream_parameters(noted(parameters)) == parameters
