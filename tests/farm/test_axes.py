"""Axes: what a sweep varies, as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import DreamError
from dreamcore.farm.axes import axis_values, labels_of, read_axis, split


def read(text):
    name, values = read_axis(text)
    return name, axis_values(name, values)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("layer=textures,patterns,objects", ("layer", ("textures", "patterns", "objects"))),
        ("transform=zoom(0.02);roll(shift=sine(12))", ("transform", ("zoom(0.02)", "roll(shift=sine(12))"))),
        ("transform=roll(rows, shift=3), swirl", ("transform", ("roll(rows, shift=3)", "swirl"))),
        ("seed=1..4", ("seed", ("1", "2", "3", "4"))),
        ("octaves=2..7/2", ("octaves", ("2", "4", "6"))),
        ("octave-scale=1.2, 1.4", ("octave_scale", ("1.2", "1.4"))),
        ("delay=4..6", ("delay", ("4", "5", "6"))),
        ("iterations=0:2, 9:5;", ("iterations", ("0:2, 9:5",))),
        ("loop=yes,no", ("loop", ("yes", "no"))),
        ('guide="a;b.png", c.png', ("guide", ('"a;b.png"', "c.png"))),
        ("recipe=basic-zoom,dogesine", ("recipe", ("basic-zoom", "dogesine"))),
        ("layer = band(1..4)", None),
    ],
)
def test_values_have_commas_or_semicolons_between_them_outside_of_brackets(text, axis):
    if axis is None:
        with pytest.raises(DreamError, match="axis layer: "):
            read(text)
    else:
        assert read(text) == axis


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("layr=objects", "no parameter 'layr' to vary (did you mean \"layer\"?); allowed: recipe, model, frames"),
        ("objects", "'objects' is no axis; allowed: NAME=VALUE,VALUE,... such as layer=textures,objects"),
        ("octaves=2,99", "axis octaves: octaves=99 is not allowed; allowed: a whole number from 1 to 20"),
        ("octaves=1..21", "axis octaves: octaves=21 is not allowed"),
        ("transform=zoom(0.1),zom(0.2)", 'axis transform: unknown transform "zom" (did you mean "zoom"?)'),
        ("frames=linear(0:1, 9:4)", "axis frames: "),
        ("seed=", "axis seed: a value is empty; allowed: seed=VALUE,VALUE,..."),
        ("seed=1,,2", "axis seed: a value is empty"),
        ("seed=1,2,1", "axis seed: 1 stands twice"),
        ("seed=4..1", "axis seed: 4..1 is not allowed; allowed: FIRST..LAST or FIRST..LAST/STEP, upwards"),
        ("seed=1..4/0", "axis seed: 1..4/0 is not allowed"),
        ("seed=1..2000000", "axis seed: 1..2000000 are 2000000 values; allowed are 1000000"),
        ("strength=0..1/0.25", "axis strength: 0..1/0.25 is not allowed; spans, such as 1..9/2, are of whole numbers"),
        ("loop=perhaps", "axis loop: loop=perhaps is not allowed; allowed: yes, no"),
    ],
)
def test_a_bad_axis_is_one_clear_line(text, complaint):
    with pytest.raises(DreamError) as error:
        read(text)
    assert str(error.value).startswith(complaint) and error.value.exit_code == 2


def test_of_a_list_each_is_one_value():
    assert axis_values("iterations", [3, "0:2, 9:5", 7.0]) == ("3", "0:2, 9:5", "7")
    assert axis_values("loop", [True, False]) == ("yes", "no")
    assert axis_values("seed", 3) == ("3",)
    assert axis_values("transform", ["zoom", ["zoom(0.1)", "swirl"]]) == ("zoom", "chain(zoom(0.1), swirl)")


@given(st.lists(st.text("ab(,;)[] ", max_size=8), min_size=1, max_size=4))
def test_what_is_cut_and_joined_is_the_same_but_for_blanks(pieces):
    text = ";".join(pieces)
    joined = {mark: mark.join(split(text)) for mark in ";,"}
    assert text.replace(" ", "").rstrip(";,") in {each.replace(" ", "").rstrip(";,") for each in joined.values()}


def test_files_are_called_by_their_names_where_these_differ():
    assert labels_of("picture", ["x/cat.jpg", "x/cat.png"]) == ("cat.jpg", "cat.png")
    assert labels_of("layer", ["a.b", "c.d"]) == ("a.b", "c.d")
