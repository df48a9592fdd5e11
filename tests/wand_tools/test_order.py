from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wand_tools import order
from wand_tools.errors import AnimationError
from wand_tools.order import Arrangement, in_order

sequences = st.integers(1, 40).map(lambda n: in_order([None] * n))


def numbers(shown):
    return [s.frame for s in shown]


def total(shown):
    return sum(s.duration for s in shown)


@given(sequences)
def test_reversing_twice_changes_nothing(shown):
    assert order.reverse(order.reverse(shown)) == shown


@given(sequences)
def test_ping_pong_has_two_frames_less_than_twice(shown):
    assert len(order.ping_pong(shown)) == max(2 * len(shown) - 2, 1)


@given(sequences)
def test_ping_pong_never_shows_a_frame_twice_in_a_row_even_around_the_loop(shown):
    there = numbers(order.ping_pong(shown))
    assert len(there) == 1 or all(a != b for a, b in zip(there, there[1:] + there[:1], strict=True))


@given(sequences, st.integers(1, 5))
def test_every_nth_keeps_the_time(shown, every):
    kept = order.trim(shown, every=every)
    assert total(kept) == total(shown)
    assert numbers(kept) == numbers(shown)[::every]


def test_trim_counts_from_both_ends():
    assert numbers(order.trim(in_order([None] * 10), first=-4, last=-2)) == [6, 7, 8]


@pytest.mark.parametrize(("first", "last"), [(5, None), (3, 2), (None, 9), (-9, None)])
def test_trim_names_the_frames_there_are(first, last):
    with pytest.raises(AnimationError, match="there are frames 0 to 4"):
        order.trim(in_order([None] * 5), first, last)


def test_every_0_is_refused():
    with pytest.raises(AnimationError, match="every 0"):
        order.trim(in_order([None]), every=0)


def test_hold_adds_to_the_ends():
    held = order.hold(in_order([None] * 3), first=0.5, last=2)
    assert [s.duration for s in held] == [Fraction(57, 100), Fraction(7, 100), Fraction(207, 100)]


def test_cross_fade_dissolves_the_tail_into_the_head():
    faded = order.cross_fade(in_order([None] * 6), 2)
    assert [(s.frame, s.into, s.weight) for s in faded] == [
        (2, None, 0),
        (3, None, 0),
        (4, 0, Fraction(1, 3)),
        (5, 1, Fraction(2, 3)),
    ]


def test_cross_fade_of_more_than_half_is_refused():
    with pytest.raises(AnimationError, match="0 to 2 of these 5"):
        order.cross_fade(in_order([None] * 5), 3)


def test_a_speed_ramp_runs_evenly():
    ramp = order.speed(in_order([Fraction(6)] * 3), 1, 3)
    assert [s.duration for s in ramp] == [6, 3, 2]


@pytest.mark.parametrize("bad", [0, -1])
def test_speed_and_rate_and_duration_must_be_positive(bad):
    shown = in_order([None])
    for change in (order.speed, order.at_rate, order.lasting):
        with pytest.raises(AnimationError, match="more than 0"):
            change(shown, bad)


@given(sequences, st.fractions(Fraction(1, 100), 100))
def test_a_total_duration_is_exact(shown, seconds):
    assert total(order.lasting(shown, seconds)) == seconds


def test_unknown_times_are_seven_centiseconds():
    assert [s.duration for s in in_order([None, Fraction(1)])] == [Fraction(7, 100), 1]


def test_forward_orders_need_one_pass():
    shown = in_order([None] * 4)
    assert order.monotone(order.trim(shown, every=2))
    assert not order.monotone(order.reverse(shown))
    assert not order.monotone(order.cross_fade(shown, 1))


@pytest.mark.parametrize("text", ["1e-3/2", "1.5/2", "1/2.5", "1/0", "/2"])
def test_a_ratio_has_whole_numbers(text):
    with pytest.raises(AnimationError, match="fps"):
        Arrangement(fps=text)
