"""Frames handed to other Python programs: arrays, Wand images, and back."""

import sys
from fractions import Fraction

import numpy as np
import pytest
import wand.image

from tests.wand_tools.conftest import picture_frames
from wand_tools import AnimationError, frames, info, make_animation, to_wand

FRAMES = picture_frames(3)
TIMES = [0.05, 0.2, 0.07]


@pytest.fixture(params=["folder", "gif", "png", "list", "generator", "pillow"])
def source(request, tmp_path):
    """The same frames in what make_animation takes; a GIF of few colours loses none."""
    from PIL import Image

    kind = request.param
    if kind in ("gif", "png"):
        make_animation(FRAMES, tmp_path / f"a.{kind}", jobs=1, colours=256)
        return tmp_path / f"a.{kind}", kind == "gif"
    if kind == "folder":
        for number, frame in enumerate(FRAMES):
            Image.fromarray(frame).save(tmp_path / f"{number}.png")
        return tmp_path, False
    images = [Image.fromarray(frame) for frame in FRAMES] if kind == "pillow" else FRAMES
    return (iter(images) if kind == "generator" else images), False


def test_everything_that_holds_frames_yields_them_as_arrays(source):
    given, is_rough = source
    got = list(frames(given))
    assert all(frame.dtype == np.uint8 and frame.shape == (30, 40, 3) for frame in got)
    assert np.abs(np.array(got, int) - FRAMES).max() <= (40 if is_rough else 0)


def test_wand_images_have_their_times(tmp_path):
    make_animation(FRAMES, tmp_path / "a.png", durations=TIMES, jobs=1)
    for frame, wanted, time in zip(frames(tmp_path / "a.png", as_wand=True), FRAMES, TIMES, strict=True):
        with frame:
            assert Fraction(frame.delay, frame.ticks_per_second) == Fraction(str(time))
            assert (np.asarray(frame) == wanted).all()


def test_one_wand_image_holds_all_frames_and_becomes_the_same_animation(tmp_path):
    cut = [np.dstack([frame, np.full((30, 40, 1), 255, np.uint8)]) for frame in FRAMES]
    cut[1][:9, :9] = 0
    make_animation(cut, tmp_path / "a.png", durations=TIMES, plays=3, jobs=1)
    with to_wand(tmp_path / "a.png") as image:
        assert (len(image.sequence), image.loop, image.size) == (3, 3, (40, 30))
        make_animation(image, tmp_path / "b.png", jobs=1)
        make_animation([image], tmp_path / "c.png", plays=3, jobs=1)
        image.save(filename=str(tmp_path / "d.gif"))
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "c.png").read_bytes()
    pairs = zip(frames(tmp_path / "a.png"), frames(tmp_path / "b.png"), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    for name in ("b.png", "d.gif"):
        assert info(tmp_path / name).durations == tuple(map(Fraction, map(str, TIMES)))


def test_frames_stop_reading_where_the_caller_stops():
    drawn = []

    def draw():
        for frame in FRAMES:
            drawn.append(1)
            yield frame

    next(frames(draw()))
    assert len(drawn) == 1


@pytest.mark.parametrize("function", [to_wand, lambda given: list(frames(given))])
def test_what_holds_no_frames_is_one_line(function):
    with pytest.raises(AnimationError, match="no such file"):
        function("nowhere.gif")


def test_the_function_is_there_whatever_was_imported_before():
    import wand_tools

    assert "wand_tools.sources" in sys.modules and callable(wand_tools.frames)
    assert wand.image.Image
