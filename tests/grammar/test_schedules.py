import pytest

from dreamcore.errors import DreamError
from dreamcore.transforms import Keyframes, Wave, schedule, value_at


@pytest.mark.parametrize("number, value", [(0, 2), (10, 2), (15, 3), (20, 4), (30, 1), (99, 1)])
def test_linear_keyframes_interpolate_and_hold_the_ends(number, value):
    assert schedule("10:2, 20:4, 30:1").at(number) == value


def test_smooth_keyframes_start_and_end_slowly():
    keys = schedule("smooth(0:0, 4:8)")
    assert [keys.at(number) for number in range(5)] == [0, 8 * 5 / 32, 4, 8 * 27 / 32, 8]


def test_step_keyframes_jump_at_the_frame():
    keys = schedule("step(0:1, 5:9)")
    assert [keys.at(4), keys.at(5)] == [1, 9]


def test_text_keyframes_step():
    keys = schedule("0:inception_3b/output, 40:inception_4c/output")
    assert (keys.at(39), keys.at(40)) == ("inception_3b/output", "inception_4c/output")
    assert keys.mode == "step"


@pytest.mark.parametrize("shape, values", [("sin", [2, 4, 2, 0]), ("triangle", [0, 2, 4, 2]), ("saw", [0, 1, 2, 3])])
def test_waves_repeat_after_a_period(shape, values):
    wave = schedule(f"{shape}(period=4, low=0, high=4)")
    assert [wave.at(number) for number in range(4)] == pytest.approx(values)
    assert [wave.at(number) for number in range(4, 8)] == pytest.approx(values)


def test_phase_moves_a_wave_ahead():
    assert Wave("sin", 4, 0, 4, phase=0.25).at(0) == pytest.approx(4)


def test_constants_come_back_as_they_are():
    assert schedule("10") == 10 and isinstance(schedule("10"), int)
    assert schedule("0.05") == 0.05
    assert schedule("textures") == "textures"
    assert schedule(7) == 7
    assert value_at("textures", 5) == "textures"


@pytest.mark.parametrize(
    "text",
    [
        "0:1, 5:2",
        "smooth(0:0.5, 9:-1e-05)",
        "step(0:a/b, 3:c)",
        '0:"a b", 3:"4"',
        "sin(period=40, low=0, high=0.1)",
        "saw(8, 1, 2, 0.5)",
        "0:0.1",
    ],
)
def test_the_text_of_a_schedule_reads_back_equal(text):
    first = schedule(text)
    assert schedule(str(first)) == first


@pytest.mark.parametrize(
    "text, message",
    [
        ("5:1, 5:2", "frame numbers must rise"),
        ("-1:1", "before the first frame"),
        ("sin(period=0)", "above 0"),
        ("0:1, 2", "keyframe is missing"),
        ("linear()", "at least one keyframe"),
        ("sine(period=4)", 'did you mean "sin"'),
        ("sin(perod=4)", 'did you mean "period"'),
        ("0.5:3", "begins with a frame number"),
        ("0:[1]", "number or a word"),
    ],
)
def test_what_is_no_schedule_is_refused(text, message):
    with pytest.raises(DreamError, match=message):
        schedule(text)


def test_keyframes_made_in_python_equal_the_text():
    assert schedule("0:0.02, 60:0.08") == Keyframes(((0, 0.02), (60, 0.08)))
