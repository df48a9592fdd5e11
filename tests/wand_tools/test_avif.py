"""Animated AVIF: Pillow writes and reads it, frame by frame."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from dreamcore.errors import DreamError
from tests.wand_tools.conftest import error, picture_frames
from wand_tools import AnimationError, AnimationWarning, frames, info, make_animation, reverse
from wand_tools.chunks import avif_timing

pytestmark = pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
FRAMES = picture_frames(4)
TIMES = [0.05, 0.0333, 0.0334, 2]


@pytest.fixture(scope="module")
def avif(tmp_path_factory):
    path = tmp_path_factory.mktemp("avif") / "a.avif"
    make_animation(FRAMES, path, durations=TIMES, jobs=1)
    return path


def test_pillow_reads_frames_times_and_pixels(avif):
    with Image.open(avif) as image:
        assert (image.format, image.n_frames, image.size) == ("AVIF", 4, (40, 30))
        times = [image.seek(number) or image.load() and image.info["duration"] for number in range(4)]
        assert times == [50, 33, 33, 2000] and sum(times) == 2116
    assert error(list(frames(avif)), FRAMES) < 4


def test_the_times_are_found_without_decoding(avif):
    facts = info(avif)
    assert (facts.format, facts.size, facts.frames, facts.plays) == ("avif", (40, 30), 4, 0)
    assert facts.durations == tuple(Fraction(time, 1000) for time in (50, 33, 33, 2000))


def test_best_keeps_more_and_reverse_turns_it_round(tmp_path, avif):
    make_animation(FRAMES, tmp_path / "best.avif", quality="best", jobs=1)
    assert error(list(frames(tmp_path / "best.avif")), FRAMES) < error(list(frames(avif)), FRAMES)
    made = reverse(avif, tmp_path / "back.avif", jobs=1)
    assert made.seconds == 2.116 and error(list(frames(made.path)), FRAMES[::-1]) < 5


def test_alpha_stays_and_a_matte_takes_it_away(tmp_path):
    clear = np.dstack([FRAMES[0], np.where(np.arange(40) < 20, 0, 255).astype(np.uint8)[None].repeat(30, 0)])
    make_animation([FRAMES[0], clear], tmp_path / "a.avif", jobs=1)
    first, second = frames(tmp_path / "a.avif")
    assert first.shape[2] == 3 and np.array_equal(second[..., 3], clear[..., 3])
    make_animation([clear], tmp_path / "a.avif", matte="white", jobs=1)
    (frame,) = frames(tmp_path / "a.avif")
    assert frame.shape[2] == 3 and frame[:, :18].min() > 250


def test_a_generator_is_counted_first_and_a_failing_one_leaves_nothing(tmp_path):
    assert make_animation(iter(FRAMES), tmp_path / "a.avif", jobs=1).frames == 4

    def failing():
        yield FRAMES[0]
        yield FRAMES[1][:9]

    with pytest.raises(AnimationError, match="frame 1: 40x9"):
        make_animation(failing(), tmp_path / "b.avif", jobs=1)
    with pytest.raises(AnimationError, match="too long for AVIF"):
        make_animation(FRAMES, tmp_path / "b.avif", durations=[1, 1, 3e6, 1], jobs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["a.avif"]


def test_plays_that_cannot_be_kept_are_said(tmp_path):
    with pytest.warns(AnimationWarning, match="plays 3: Pillow writes AVIF files that are played for ever"):
        make_animation(FRAMES[:2], tmp_path / "a.avif", plays=3, jobs=1)


def test_a_still_is_one_frame_and_is_neither_overwritten_nor_replaced(tmp_path):
    Image.fromarray(FRAMES[0]).save(tmp_path / "a.avif", quality=95)
    (frame,) = frames(tmp_path / "a.avif")
    assert error([frame], FRAMES[:1]) < 3
    with pytest.raises(AnimationError, match="is a source of the frames"):
        make_animation(tmp_path / "a.avif", tmp_path / "a.avif", force=True)
    with pytest.raises(AnimationError, match="what is there is no animation"):
        make_animation(FRAMES, tmp_path / "a.avif")
    make_animation(FRAMES, tmp_path / "a.avif", force=True, jobs=1)
    make_animation(FRAMES[:2], tmp_path / "a.avif", jobs=1)  # an animation may go


def test_a_pillow_without_avif_is_one_line(tmp_path, monkeypatch, avif):
    monkeypatch.setitem(sys.modules, "PIL._avif", None)
    for call in (lambda: make_animation(FRAMES, tmp_path / "b.avif"), lambda: list(frames(avif))):
        with pytest.raises(AnimationError, match="needs a Pillow that knows AVIF: .*install --upgrade pillow$"):
            call()


@given(st.data())
def test_a_damaged_file_is_read_or_is_one_line(avif, data):
    content = bytearray(avif.read_bytes()[: data.draw(st.integers(0, 1200))])
    for _ in range(data.draw(st.integers(0, 3))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    import io

    try:
        avif_timing(io.BytesIO(content))
    except DreamError as error:
        assert "\n" not in str(error)
