"""Motion between two frames: where each pixel was, and what is new."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamcore import DreamError
from dreamcore.sequence import flow
from dreamcore.sequence.flow import carry, find_motion

cv2 = pytest.importorskip("cv2", reason="OpenCV, of the video extra, is not installed")


def texture(height=64, width=96, seed=0):
    """A picture with something to hold on to everywhere."""
    coarse = np.random.default_rng(seed).uniform(0, 255, (height // 4 + 2, width // 4 + 2, 3)).astype("f4")
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255)


def grid(height=64, width=96):
    rows, columns = np.mgrid[:height, :width]
    return np.dstack([columns, rows])


def test_a_standing_camera_leaves_everything_where_it_was_whatever_noise_there_is():
    rng, picture = np.random.default_rng(1), texture()
    motion = find_motion(*(np.float32(picture + rng.normal(0, 3, picture.shape)) for _ in range(2)))
    assert motion.still.all()
    assert (motion.same == 1).all()
    assert (motion.places == grid()).all()


def test_a_pan_is_found_to_a_fraction_of_a_pixel_and_its_border_is_new():
    wide = texture(70, 104)
    motion = find_motion(wide[3:67, 2:98], wide[5:69, 7:103])  # 5 to the right, 2 down
    inner = np.s_[4:-8, 4:-10]
    assert np.abs(motion.places - grid() - (5, 2))[inner].max() < 0.2
    assert (motion.same[inner] == 1).all()
    assert (motion.same[:, -5:] == 0).all() and (motion.same[-2:] == 0).all()
    assert not motion.still.any() and not motion.is_cut


def test_what_a_thing_uncovers_is_new_and_the_ground_stands_still():
    ground, thing = texture(seed=1), texture(seed=2)[:24, :24]
    before, now = ground.copy(), ground.copy()
    before[20:44, 30:54], now[20:44, 36:60] = thing, thing
    motion = find_motion(before, now)
    assert motion.same[22:42, 31:35].mean() < 0.2  # uncovered
    assert np.abs(motion.places - grid())[24:40, 40:56, 0].mean() == pytest.approx(6, abs=0.3)
    far = np.ones((64, 96), bool)
    far[18:46, 28:62] = False
    assert motion.still[far].mean() > 0.98


def test_another_scene_is_a_cut_and_another_light_is_none():
    picture = texture(seed=1)
    assert find_motion(texture(seed=2), picture).is_cut
    darker = find_motion(picture, 0.8 * picture)
    assert not darker.is_cut
    assert darker.still.mean() > 0.95


def test_large_frames_are_compared_in_small_copies(monkeypatch):
    wide = texture(140, 208)
    before, now = wide[6:134, 4:196], wide[10:138, 14:206]
    monkeypatch.setattr(flow, "_MOST", 64 * 96)
    motion = find_motion(before, now)
    assert motion.places.shape == (128, 192, 2)
    assert np.abs(motion.places - grid(128, 192) - (10, 4))[10:-20, 10:-24].max() < 0.5


def test_the_number_of_threads_changes_nothing():
    wide, found, threads = texture(70, 104), [], cv2.getNumThreads()
    try:
        for number in (1, 4):
            cv2.setNumThreads(number)
            found.append(find_motion(wide[3:67, 2:98], wide[5:69, 7:103]))
    finally:
        cv2.setNumThreads(threads)
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["flat", "noise", "one pixel"]), st.integers(0, 99))
def test_any_two_frames_of_one_size_have_a_motion(height, width, kind, seed):
    rng = np.random.default_rng(seed)
    frames = np.zeros((2, height, width, 3), "f4")
    if kind == "noise":
        frames = rng.uniform(0, 255, frames.shape).astype("f4")
    elif kind == "one pixel":
        frames[0, 0, 0], frames[1, -1, -1] = 255, 255
    motion = find_motion(*frames)
    assert motion.places.shape == (height, width, 2) and np.isfinite(motion.places).all()
    assert ((motion.same >= 0) & (motion.same <= 1)).all()
    assert (motion.same[motion.still] == 1).all()


def test_pixels_are_carried_along_whole_or_between_their_neighbours():
    picture = texture(8, 9)
    places = np.float32(grid(8, 9)) + np.float32([1, 0])
    assert np.array_equal(carry(picture, places)[:, :-1], picture[:, 1:])
    nearest = carry(picture, places + np.float32([0.3, 0]), blend=False)
    assert np.array_equal(nearest[:, :-1], picture[:, 1:])


def test_without_opencv_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(DreamError, match="any follow but 0, needs OpenCV: .*install opencv-python-headless$"):
        find_motion(texture(), texture())
