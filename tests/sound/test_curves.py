"""From what is heard to numbers for the frames."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.sound.curves import band_curve, bar_curve, beat_curve, beat_numbers, follow


def test_a_frame_is_as_loud_as_its_loudest_moment_and_the_loudest_is_1():
    values = np.array([0, 1, 4, 2, 0, 0, 2, 0])
    assert band_curve(values, 2, np.array([0, 1, 2, 3, 4])) == (0.25, 1, 0, 0.5)


def test_the_loudest_moment_of_the_whole_sound_is_1_also_behind_the_frames():
    assert band_curve(np.array([1.0, 1, 4, 4]), 1, np.array([0, 1, 2])) == (0.25, 0.25)


def test_frames_shorter_than_a_column_and_frames_behind_the_end():
    assert band_curve(np.array([2.0, 4]), 1, np.array([0, 0.25, 0.5, 1.0, 2, 3])) == (0.5, 1, 1, 1, 0)


def test_silence_is_0():
    assert band_curve(np.zeros(5), 1, np.arange(4)) == (0, 0, 0)


def test_attack_and_release_are_told_in_frames():
    assert follow([1, 0, 0], attack=0, release=2) == pytest.approx([1, np.exp(-0.5), np.exp(-1)])
    assert follow([1, 1, 1], attack=2, release=0) == pytest.approx([1 - np.exp(-0.5), 1 - np.exp(-1), 1 - np.exp(-1.5)])
    assert follow([0.2, 0.9, 0.1], attack=0, release=0) == [0.2, 0.9, 0.1]


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0, 100), st.floats(0, 100))
def test_what_follows_stays_between_0_and_1(values, attack, release):
    assert all(0 <= each <= 1 for each in follow(values, attack, release))


def test_each_beat_is_in_its_frame():
    beats, edges = np.array([0.0, 1, 2, 3]), np.arange(0, 2.1, 0.25)
    assert beat_curve(beats, edges, Fraction(1)) == (1, 0, 0, 0, 1, 0, 0, 0)
    assert beat_curve(beats, edges, Fraction(1, 2)) == (1, 0, 1, 0, 1, 0, 1, 0)
    assert beat_curve(beats, edges, Fraction(2)) == (1, 0, 0, 0, 0, 0, 0, 0)


def test_no_beat_comes_before_the_first():
    assert beat_curve(np.array([1.0, 1.5, 2]), np.arange(0, 2.1, 0.25), Fraction(1, 2)) == (0, 0, 0, 0, 1, 1, 1, 1)


def test_two_beats_in_one_frame_are_one():
    assert beat_curve(np.arange(9.0), np.array([0, 2.5, 5.0]), Fraction(1)) == (1, 1)


def test_bars_rise_and_begin_again():
    assert bar_curve(np.arange(20.0), np.arange(0, 12), Fraction(2)) == tuple(number / 8 % 1 for number in range(11))


def test_beats_are_counted_with_parts_of_them_also_where_their_steps_differ():
    assert beat_numbers(np.array([0.0, 1, 3]), np.array([-1, 0.5, 2, 5])).tolist() == [-1, 0.5, 1.5, 3]
