"""Schedules that follow a sound, as texts: what they say at each frame is heard elsewhere."""

from dataclasses import replace

import pytest

from dreamcore.errors import DreamError
from dreamcore.transforms import parse, schedule


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("band(40..120)", "band(40..120)"),
        ("band(40..120, attack=0, release=8)", "band(40..120)"),
        ("band(.5..20.25, 2, 0)", "band(0.5..20.25, attack=2, release=0)"),
        ("band(release=3, hertz=40..120)", "band(40..120, release=3)"),
        ("beat", "beat"),
        ("beat()", "beat(1)"),
        ("beat(1/2)", "beat(1/2)"),
        ("beat(0.25, release=2)", "beat(1/4, release=2)"),
        ("beat(4/2)", "beat(2)"),
        ("bars(4)", "bars(4)"),
    ],
)
def test_a_text_has_one_form_that_reads_back_equal(text, canonical):
    first = schedule(text)
    assert str(first) == canonical and schedule(canonical) == first


@pytest.mark.parametrize(
    "text, message",
    [
        ("band()", r"a span of hertz, such as band\(40..120\)"),
        ("band(40)", "a span of hertz"),
        ("band(120..40)", "the lower one first"),
        ("band(40..99999)", "allowed are 0..24000 hertz"),
        ("band(40..120, release=-1)", "release=-1 is not allowed; allowed are 0 to 10000 frames"),
        ("band(40..120, attack=slow)", "attack is a number"),
        ("beat(0)", r"beat\(0\) is not allowed; allowed are 1/64 to 1024"),
        ("beat(1/0)", r"beat\(1/0\) is not allowed"),
        ("beat(t/2)", r"beat\(t/2\) is not allowed"),
        ("bars(-1)", r"bars\(-1\) is not allowed"),
        ("bars(4, 4)", "takes count, each once"),
        ("bnd(40..120)", 'did you mean "band"'),
    ],
)
def test_what_is_none_is_refused(text, message):
    with pytest.raises(DreamError, match=message):
        schedule(text)


def test_its_values_are_from_0_to_1_and_checked_like_others():
    with pytest.raises(DreamError, match="amount=1 is not allowed"):
        parse("zoom(band(40..120))")


def test_nothing_is_known_before_a_sound_is_heard():
    with pytest.raises(DreamError, match=r"band\(40..120\) follows a sound, and none is heard yet"):
        schedule("band(40..120)").at(0)


def test_a_heard_curve_is_looked_up_and_changes_no_text():
    band = schedule("band(40..120)")
    heard = replace(band, curve=(0.0, 0.5, 1.0))
    assert [heard.at(number) for number in range(3)] == [0, 0.5, 1]
    assert heard == band and str(heard) == str(band) and hash(heard) == hash(band)
    with pytest.raises(DreamError, match="heard for frames 0 to 2, and asked for frame 3"):
        heard.at(3)
