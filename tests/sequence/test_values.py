"""From texts to the tables of parameters, and back."""

import inspect

import pytest

from dreamcore import DreamError, dream, l2
from dreamcore.parameters import PARAMETERS, TABLES, Dream, Sequence, Timing
from dreamcore.sequence.values import at_frame, differences, fill, plain


def test_defaults_are_those_of_dream():
    defaults = {name: each.default for name, each in inspect.signature(dream).parameters.items()}
    for name, row in Dream.parameters().items():
        assert defaults[name] == (None if name == "layer" else row.default)


def test_no_two_tables_have_a_parameter_of_one_name():
    assert len(PARAMETERS) == sum(len(table.parameters()) for table in TABLES)


def test_every_parameter_says_in_one_line_what_it_is():
    assert all(row.help and "\n" not in row.help for row in PARAMETERS.values())


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(DreamError, match=r'no key "octave" \(did you mean "octaves"'):
        fill(Dream, {"octave": 3})


@pytest.mark.parametrize(
    ("table", "values", "message"),
    [
        (Dream, {"iterations": 0}, "iterations=0 is not allowed; allowed: a whole number from 1 to 1000"),
        (Dream, {"iterations": 5000}, "iterations=5000 is not allowed"),
        (Dream, {"iterations": 2.5}, "iterations=2.5 is not allowed"),
        (Dream, {"iterations": True}, "iterations=yes is not allowed"),
        (Dream, {"octaves": "many"}, "octaves=many is not allowed"),
        (Sequence, {"seed": -1}, "seed=-1 is not allowed"),
        (Sequence, {"frames": "12,5"}, "too much here|is not allowed"),
        (Timing, {"delay": float("nan")}, "delay=nan is not allowed"),
        (Sequence, {"frames": "0:5, 9:20"}, "frames=linear.* is not allowed: frames is the same for all frames"),
        (Timing, {"hold_last": "0:1, 9:2"}, "hold_last is the same for all frames"),
        (Timing, {"reverse": "perhaps"}, "reverse=perhaps is not allowed; allowed: yes, no"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_is_allowed(table, values, message):
    with pytest.raises(DreamError, match=message):
        fill(table, values)


def test_every_keyframe_is_checked():
    with pytest.raises(DreamError, match="strength=2"):
        fill(Dream, {"strength": "0:0.5, 9:2"})


def test_schedules_are_looked_up_for_each_frame_and_whole_numbers_rounded():
    dreamed = fill(Dream, {"iterations": "0:1, 9:10", "layer": "0:textures, 5:objects"})
    assert [at_frame(dreamed, number)["iterations"] for number in (0, 4, 9)] == [1, 5, 10]
    assert [at_frame(dreamed, number)["layer"] for number in (0, 4, 5)] == [*[l2("textures")] * 2, l2("objects")]


def test_plain_values_read_back_equal():
    values = {"iterations": "0:1, 9:10", "step_size": "sin(period=8, low=1, high=2)", "layer": "2*a - channels(b, 1)"}
    dreamed = fill(Dream, values)
    assert fill(Dream, plain(dreamed)) == dreamed
    assert fill(Dream, differences(dreamed)) == dreamed
