import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.grammar.formulas import FUNCTIONS
from dreamcore.grammar.reader import SCHEDULES
from dreamcore.transforms import REGISTRY, SHIFTS, Context, GrammarError, chain, parse, roll, sine, zoom

NESTED = (
    "chain(zoom(0.02), every(3, roll(rows, shift=sine(8, wavelength=40, speed=0.1))), "
    "regions(1, columns=3, hue_shift(5), chain(), invert(sin(period=8, low=0, high=0.5))))"
)


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("zoom", "zoom(0.05)"),
        ("zoom()", "zoom(0.05)"),
        (" zoom( amount = .020 ) ", "zoom(0.02)"),
        ("zoom(0.02, 0.3)", "zoom(0.02, x=0.3)"),
        ('zoom("0:0.02, 60:0.08")', "zoom(linear(0:0.02, 60:0.08))"),
        ("zoom(linear(0:0.02, 60:0.08))", "zoom(linear(0:0.02, 60:0.08))"),
        ("roll(axis=columns, shift=sine(amplitude=12, wavelength=60))", "roll(columns, shift=sine(12))"),
        ("roll(shift=n/15)", "roll(columns, shift=divide(15))"),
        ("roll(shift=-n/7.5)", "roll(columns, shift=divide(7.5, up=yes))"),
        ("roll(shift=random)", "roll(columns, shift=random(-5))"),
        ('roll(shift="random(0, n/15)")', "roll(columns, shift=random(0, high=divide(15)))"),
        ("roll(shift='-n/7.5')", "roll(columns, shift=divide(7.5, up=yes))"),
        ("every(3, zoom, roll)", "every(3, zoom(0.05), roll(columns))"),
        ("regions(zoom(0.1), columns=3, zoom(-0.1), rows=1)", "regions(1, columns=3, zoom(0.1), zoom(-0.1))"),
        ("affine([1, 0.5, 0, 1])", "affine([1, 0.5, 0, 1])"),
        ("blend(0.2, source='my picture.png')", 'blend(0.2, source="my picture.png")'),
        (NESTED, NESTED),
    ],
)
def test_a_text_has_one_canonical_form_that_reads_back_equal(text, canonical):
    term = parse(text)
    assert str(term) == canonical
    assert parse(canonical) == term


def test_python_and_text_make_the_same_transform():
    assert chain(zoom(0.02), roll("columns", shift=sine(9))) == parse("chain(zoom(0.02), roll(shift=sine(9)))")
    assert zoom("0:0.02, 60:0.08") == parse("zoom(linear(0:0.02, 60:0.08))")


def test_transforms_travel_to_other_processes():
    term = parse(NESTED)
    assert pickle.loads(pickle.dumps(term)) == term


@pytest.mark.parametrize(
    "text, position, message",
    [
        ("zom(0.05)", 0, 'unknown transform "zom" (did you mean "zoom"?)'),
        ("chain(zoom, rol(3))", 12, 'did you mean "roll"'),
        ("zoom(amout=3)", 5, 'did you mean "amount"'),
        ("zoom(0.05", 9, '"," or ")" is missing here, found the end'),
        ("zoom(0.05, , 3)", 11, "a value is missing"),
        ("zoom(3)", 5, "amount=3 is not allowed; allowed: a number from -9 to 0.99"),
        ("zoom(0:0.1, 9:2)", 5, "linear("),
        ('zoom("0:0.02, 60:9")', 5, "amount=9"),
        ("zoom(border=miror)", 12, 'did you mean "mirror"'),
        ("zoom(order=1.5)", 11, "a whole number from 0 to 3"),
        ("zoom(sinn(3))", 5, 'did you mean "sin"'),
        ("zoom(x=0.2, x=0.3)", 12, "got x twice"),
        ("zoom(0.1) zoom", 10, "too much"),
        ("zoom(0.1), rotate(2)", 9, '"," is too much here; several stand in chain(...)'),
        ("blend(0.2, source=my picture.png)", 21, "found picture.png; a name of several words stands in quotes"),
        ("roll(rows shift=3)", 10, '"," or ")" is missing here, found shift'),
        ("renew(40)", 0, 'unknown transform "renew", which is a parameter of its own beside the transform'),
        ("chain(3)", 6, "one too many"),
        ("every(3)", 0, "1 or more transforms inside"),
        ("roll(shift=cosine(3))", 11, "unknown schedule"),
        ("roll(shift=sine(amp=3))", 16, 'no parameter "amp"'),
        ("roll(shift=n/0)", 11, "from 0.01"),
        ("affine([1, 2, 3])", 7, "[4 or 6 numbers]"),
        ("hold(together=maybe)", 14, "yes, no"),
        ("blend(0.2, source='x", 18, "quote is not closed"),
        ("[zoom]", 0, "transform is missing"),
        ("zoom(amount)", 5, "amount=amount is not allowed"),
        ("zoom(1e999)", 5, "is not allowed"),
        ("", 0, "a value is missing"),
        ("(" * 3, 0, "a value is missing"),
        ("chain(" * 60, 306, "inside one another"),
    ],
)
def test_errors_point_at_the_character(text, position, message):
    with pytest.raises(GrammarError) as error:
        parse(text)
    first, _, mark = str(error.value).split("\n")
    assert message in first
    assert error.value.position == position
    assert mark.index("^") == 2 + min(position, 80)


@given(st.text("zomrlchain(),=:.0123456789\"'[]n/ \\", max_size=40))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        term = parse(text)
    except GrammarError:
        return
    assert parse(str(term)) == term


def test_names_of_transforms_shifts_and_schedules_differ():
    names = [*REGISTRY, *SHIFTS, *{*SCHEDULES, *FUNCTIONS}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", REGISTRY)
def test_every_row_has_help_and_a_range_or_choices(name):
    row = REGISTRY[name]
    assert row.help and row.group
    assert "Examples" in row.function.__doc__
    for parameter in row.parameters:
        assert parameter.help and "\n" not in parameter.help
        assert parameter.check(parameter.default) == parameter.default


def test_a_schedule_changes_the_parameter_from_frame_to_frame():
    frame = np.random.default_rng(0).uniform(0, 255, (6, 8, 3)).astype(np.float32)
    step = zoom("0:0, 10:0.5")
    assert np.array_equal(step(frame, Context(0)), frame)
    assert np.array_equal(step(frame, Context(5)), zoom(0.25)(frame, Context(5)))


@pytest.mark.parametrize("text", [f"roll(shift={10**400})", "roll(shift=sine(1e300))", f"zoom({10**400})"])
def test_numbers_beyond_all_bounds_are_refused(text):
    with pytest.raises(GrammarError, match="is not allowed"):
        parse(text)
