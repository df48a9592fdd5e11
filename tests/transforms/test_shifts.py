import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import DreamError
from dreamcore.transforms import Context, chain, divide, down, parse, ramp, random, roll, sine, unroll

RNG = np.random.default_rng(0)
FRAME = RNG.uniform(0, 255, (7, 40, 3)).astype(np.float32)
NUMBERED = np.arange(7 * 40 * 3, dtype=np.float32).reshape(7, 40, 3)


def test_columns_by_n_over_15_as_numpy_rolls_them():
    expected = FRAME.copy()
    for n in range(FRAME.shape[1]):
        expected[:, n] = np.roll(FRAME[:, n], n // 15, axis=0)
    assert np.array_equal(roll(shift="n/15")(FRAME, Context(0)), expected)


def test_minus_n_over_15_goes_up():
    expected = np.stack([np.roll(FRAME[:, n], -n // 15, axis=0) for n in range(40)], axis=1)
    assert np.array_equal(roll(shift="-n/15")(FRAME, Context(0)), expected)


def test_a_number_shifts_everything_alike():
    assert np.array_equal(roll("columns", shift=2)(FRAME, Context(0)), np.roll(FRAME, 2, axis=0))
    assert np.array_equal(roll("rows", shift=-3)(FRAME, Context(0)), np.roll(FRAME, -3, axis=1))


def test_alternate_moves_columns_on_even_and_rows_on_odd_frames():
    step = roll("alternate", shift=2)
    assert np.array_equal(step(FRAME, Context(4)), np.roll(FRAME, 2, axis=0))
    assert np.array_equal(step(FRAME, Context(5)), np.roll(FRAME, 2, axis=1))


def test_mirror_continues_with_the_mirror_image():
    column = NUMBERED[:4, :1]
    out = roll(shift=2, border="mirror")(column, Context(0))
    assert np.array_equal(out, column[[1, 0, 0, 1]])
    assert np.array_equal(roll(shift=-6, border="mirror")(column, Context(0)), column[[1, 0, 0, 1]])


def test_a_scheduled_shift_grows():
    step = roll(shift="0:0, 10:5")
    assert np.array_equal(step(FRAME, Context(6)), np.roll(FRAME, 3, axis=0))


@pytest.mark.parametrize(
    "shift, expected",
    [
        (divide(2), [0, 0, 1, 1, 2, 2]),
        (divide(2, up=True), [0, -1, -1, -2, -2, -3]),
        (ramp(0.5, start=1), [1, 2, 2, 2, 3, 4]),
        (sine(10, wavelength=4), [0, 10, 0, -10, 0, 10]),
        (sine(10, wavelength=4, phase=0.25), [10, 0, -10, 0, 10, 0]),
    ],
)
def test_functions_of_the_index(shift, expected):
    assert shift(6, Context(0)).tolist() == expected


def test_a_sine_moves_on_with_its_speed():
    assert sine(10, wavelength=4, speed=0.25)(4, Context(1)).tolist() == [10, 0, -10, 0]


def test_a_shift_may_be_a_formula_of_the_columns_number_their_count_and_the_frame():
    shift = parse("roll(shift=count - n/2 + 10*t)").arguments["shift"]
    assert shift(4, Context(3)).tolist() == [34, 34, 33, 32]  # 34, 33.5, 33, 32.5: halves to even


def test_a_formula_of_rows_counts_rows():
    step = roll("rows", shift="n - count")
    expected = np.stack([np.roll(FRAME[row], row - 7, axis=0) for row in range(7)])
    assert np.array_equal(step(FRAME, Context(0)), expected)


def test_a_sine_written_out_is_the_sine():
    step = roll(shift="12*sin(2*pi*(n/60 + 0.05*t))")
    assert np.array_equal(step(FRAME, Context(7)), roll(shift=sine(12, speed=0.05))(FRAME, Context(7)))


def test_bounds_of_random_shifts_may_be_formulas():
    shifts = drawn(random("-n", "2*n"))
    assert (shifts.min(0) == -np.arange(12)).all() and (shifts.max(0) == 2 * np.arange(12)).all()


@pytest.mark.parametrize(
    "text",
    [
        "roll(columns, shift=8*sin(n/20) + n/40)",
        "roll(columns, shift=n*beat(1))",
        "roll(columns, shift=random(1 - n/20, high=2 + n/20))",
        "roll(columns, shift=-n)",
    ],
)
def test_shift_formulas_read_back_equal(text):
    assert str(parse(text)) == text and parse(text) == parse(str(parse(text)))


def test_what_is_in_a_shift_formula_follows_the_frame():
    shift = parse("roll(shift=n*linear(0:0, 10:1))").arguments["shift"]
    assert shift(3, Context(10)).tolist() == [0, 1, 2] and shift(3, Context(0)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("text, wrong", [("log(n)", "frame 4"), ("1e9*n", "n=1, frame 4; allowed: -100000 to 100000")])
def test_a_shift_formula_without_a_value_says_where(text, wrong):
    with pytest.raises(DreamError, match=wrong):
        roll(shift=text)(FRAME, Context(4))


def test_only_shifts_know_columns():
    with pytest.raises(DreamError, match='unknown name "n"; allowed: t, pi'):
        parse("zoom(0.1*n)")


def drawn(shift, frames=200):
    return np.stack([shift(12, Context(number)) for number in range(frames)])


def test_random_shifts_fill_their_range():
    assert set(np.unique(drawn(random(-2, 3)))) == {-2, -1, 0, 1, 2, 3}


def test_even_columns_may_have_twice_the_range():
    shifts = drawn(random(-2, 2, even=2))
    assert set(np.unique(shifts[:, ::2])) == set(range(-4, 5))
    assert set(np.unique(shifts[:, 1::2])) == set(range(-2, 3))


def test_groups_share_a_shift():
    shifts = drawn(random(-9, 9, group=4))
    assert all((shifts[:, start : start + 4] == shifts[:, start : start + 1]).all() for start in (0, 4, 8))
    assert (shifts[:, 0] != shifts[:, 4]).any()


def test_chance_says_how_often():
    moved = (drawn(random(1, 1, chance=0.25)) != 0).mean()
    assert 0.2 < moved < 0.3


def test_down_never_goes_up():
    assert set(np.unique(drawn(down(0, 5)))) == {0, 1, 2, 3, 4, 5}


def test_random_shifts_differ_between_frames_and_seeds_and_not_between_runs():
    step = roll(shift=random())
    one = step(FRAME, Context(3, seed=1))
    step(FRAME, Context(9, seed=1))
    assert np.array_equal(step(FRAME, Context(3, seed=1)), one)
    assert not np.array_equal(step(FRAME, Context(4, seed=1)), one)
    assert not np.array_equal(step(FRAME, Context(3, seed=2)), one)


@given(st.integers(-20, 20), st.sampled_from(["columns", "rows"]), st.sampled_from(["wrap", "mirror"]))
def test_pixels_keep_their_channels(shift, axis, border):
    out = roll(axis, shift=sine(shift), border=border)(NUMBERED, Context(0))
    assert np.array_equal(out[..., 1] - out[..., 0], np.ones(out.shape[:2]))
    assert np.array_equal(out[..., 0] % 3, np.zeros(out.shape[:2]))


@given(st.floats(-30, 30), st.floats(1, 50), st.sampled_from(["columns", "rows"]))
def test_a_roll_and_its_inverse_change_nothing(amplitude, wavelength, axis):
    there, back = (roll(axis, shift=sine(sign * amplitude, wavelength=wavelength)) for sign in (1, -1))
    assert np.array_equal(back(there(FRAME, Context(0)), Context(0)), FRAME)


ROLLS = "chain(roll(shift=random(-5, 5)), every(2, roll(rows, shift=n/3)), regions(roll(rows, shift=random), chain()))"


@pytest.mark.parametrize(
    "text",
    [
        "roll(shift=n/15)",
        "roll(alternate, shift=random(0, 5))",
        ROLLS,
        "random_choice(roll(shift=2), roll(rows, shift=sine))",
    ],
)
def test_unroll_takes_all_rolls_out_again(text):
    step, frames = parse(text), [FRAME]
    for number in range(6):
        frames.append(step(frames[-1], Context(number, seed=5)))
    assert not np.array_equal(frames[-1], FRAME)
    for frame in unroll(frames, step, seed=5):
        assert np.array_equal(frame, FRAME)


def test_unroll_of_some_frames_goes_by_their_numbers():
    step, frames = roll(shift=random()), [FRAME]
    for number in range(6):
        frames.append(step(frames[-1], Context(number)))
    assert all(np.array_equal(frame, FRAME) for frame in unroll([frames[2], frames[5]], step, numbers=[2, 5]))


def test_unroll_leaves_other_transforms_in_the_frames():
    step = chain(roll(shift=3), parse("invert()"))
    second = step(FRAME, Context(0))
    assert np.allclose(list(unroll([FRAME, second], step))[1], 255 - FRAME)


def test_unroll_keeps_the_type_of_bytes():
    frame = FRAME.astype(np.uint8)
    assert next(iter(unroll([frame], roll()))).dtype == np.uint8


def test_unroll_refuses_what_lost_pixels():
    with pytest.raises(DreamError, match="border=wrap"):
        list(unroll([FRAME], parse("chain(every(2, roll(border=mirror)))")))


def test_unroll_refuses_soft_seams():
    with pytest.raises(DreamError, match="only blend=0"):
        list(unroll([FRAME], parse("regions(roll(), blend=4)")))


def test_unroll_refuses_frames_out_of_order():
    with pytest.raises(DreamError, match="out of order"):
        list(unroll([FRAME, FRAME], roll(), numbers=[3, 1]))
