"""Videos as they come out of cameras: times that vary, frames out of order, turned, odd, cut off."""

from fractions import Fraction

import numpy as np
import pytest

from tests.videos import moving_picture, write_video
from wand_tools import AnimationError, open_source


def likeness(one, other):
    return np.abs(one.astype(int) - other).mean()


def test_frames_out_of_order_come_in_order_and_odd_sizes_stay(tmp_path):
    frames = moving_picture(9, 41, 57)
    source = open_source(write_video(tmp_path / "a.mp4", frames, between=3))
    assert (source.size, source.count) == ((57, 41), 9)
    assert all(likeness(source.read(number), frame) < 6 for number, frame in enumerate(frames))


def test_a_frame_rate_that_varies_is_kept(tmp_path):
    times = [Fraction(each, 100) for each in (0, 4, 8, 20, 24, 50, 54)]
    source = open_source(write_video(tmp_path / "a.mp4", moving_picture(6), times))
    assert source.durations[:5] == [after - before for before, after in zip(times[:5], times[1:6], strict=True)]


@pytest.mark.parametrize("turned", [90, -90, 180])
def test_a_video_comes_upright_as_its_flag_says(tmp_path, turned):
    frames = moving_picture(3)
    source = open_source(write_video(tmp_path / "a.mp4", frames, turned=turned))
    upright = np.rot90(frames[2], turned // 90)
    assert source.size == upright.shape[1::-1]
    assert likeness(source.read(2), upright) < 6


def test_pixels_that_are_no_squares_become_some(tmp_path):
    frames = moving_picture(2)
    source = open_source(write_video(tmp_path / "a.mp4", [frame[:, ::2] for frame in frames], shape=Fraction(2)))
    assert source.size == (56, 40)
    assert likeness(source.read(1), frames[1]) < 12


def test_a_video_that_is_cut_off_says_how_much_of_it_is_there(tmp_path):
    path = write_video(tmp_path / "a.mp4", moving_picture(20), between=0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(AnimationError, match=r"a.mp4: the video is cut off: \d+ of its 20 frames are there"):
        open_source(path)


def test_a_video_without_its_index_is_one_line(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(500))
    with pytest.raises(AnimationError, match=r"a.mp4: PyAV cannot read it \([A-Z][a-z ]+\)"):
        write_video(tmp_path / "other.mp4", moving_picture(1)) and open_source(path)
