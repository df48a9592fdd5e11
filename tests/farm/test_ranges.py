"""Which cells: numbers and spans as farms write them."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import NotAllowed
from dreamcore.farm.ranges import Ranges


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12", [12]),
        ("10-13", [10, 11, 12, 13]),
        ("1-100x25,7", [1, 26, 51, 76, 7]),
        ("1-9:4", [1, 5, 9]),
        (" 3 , 1-2 ", [3, 1, 2]),
        ("5-5", [5]),
        ("0007", [7]),
        ("1-4,3-6,2", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_text_means_numbers(text, numbers):
    assert [*Ranges.read(text)] == numbers


@pytest.mark.parametrize("text", ["", ",", "1,", "1-", "-3", "1--3", "1-9x0", "x", "1.5", "3x2", "1-9x", "9" * 10, "٣"])
def test_what_means_none_is_one_clear_line(text):
    with pytest.raises(NotAllowed, match="cannot be read; allowed are numbers and spans such as 12, 10-19, 1-100x5,7"):
        Ranges.read(text)


def test_a_span_that_runs_backwards_is_turned_for_the_reader():
    with pytest.raises(NotAllowed, match="cells 19-10 run backwards; write 10-19"):
        Ranges.read("1,19-10")


@pytest.mark.parametrize(("text", "number"), [("0-3", 0), ("1-13", 13), ("5,20", 20)])
def test_a_cell_that_is_not_there_is_named(text, number):
    with pytest.raises(NotAllowed, match=f"there is no cell {number}; allowed are 1 to 12"):
        Ranges.read(text).check(12)


def test_a_step_may_end_before_the_end_of_its_span():
    Ranges.read("1-13x5").check(11)


def test_large_spans_cost_nothing():
    ranges = Ranges.read("1-999999999,5-999999999x2")
    assert [*islice(ranges, 3)] == [1, 2, 3] and 999_999_999 in ranges and 0 not in ranges


spans = st.builds(range, st.integers(0, 50), st.integers(51, 99), st.integers(1, 60))


@given(st.lists(spans, min_size=1, max_size=4))
def test_ranges_read_back_equal_and_hold_each_number_once(spans):
    ranges = Ranges(tuple(spans))
    numbers = [*ranges]
    assert [*Ranges.read(str(ranges))] == numbers
    assert len(numbers) == len({*numbers}) and {*numbers} == {number for span in spans for number in span}
    assert all(number in ranges for number in numbers)
