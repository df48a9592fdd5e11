"""A time for each frame, given from outside."""

from fractions import Fraction

import numpy as np
import pytest

from tests.wand_tools.conftest import decoded, save_frames
from wand_tools import AnimationError, info, magick, make_animation
from wand_tools.sources.opening import open_source

TIMES = [0.1, 0.25, 0.07, 0.3]


@pytest.fixture
def four(frames):
    return frames[:4]


@pytest.fixture
def paths(tmp_path, four):
    return sorted(save_frames(tmp_path / "four", four).iterdir())


def times(path):
    return [float(time) for time in info(path).durations]


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_each_frame_is_shown_so_many_seconds(tmp_path, four, suffix):
    made = make_animation(four, tmp_path / f"a.{suffix}", durations=TIMES, jobs=1)
    assert times(tmp_path / f"a.{suffix}") == TIMES
    assert made.seconds == pytest.approx(0.72)


@pytest.mark.parametrize("suffix", ["mp4", "webm", "avif"])
@pytest.mark.parametrize("lazy", [False, True])
def test_a_film_shows_frames_without_a_time_as_long_as_browsers_do(tmp_path, four, suffix, lazy):
    made = make_animation(iter(four) if lazy else four, tmp_path / f"a.{suffix}", delay=0, jobs=1)
    assert times(tmp_path / f"a.{suffix}")[:3] == pytest.approx([0.1] * 3)
    assert made.seconds == pytest.approx(0.4)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("kind", ["arrays", "paths", "names", "folder"])
@pytest.mark.parametrize("lazy", [False, True])
def test_arrays_and_paths_make_the_same_file(tmp_path, four, paths, kind, lazy, jobs):
    frames = {"arrays": four, "paths": paths, "names": [str(path) for path in paths], "folder": paths[0].parent}[kind]
    make_animation(four, tmp_path / "wanted.gif", durations=TIMES, jobs=1)
    make_animation(
        iter(frames) if lazy and kind != "folder" else frames, tmp_path / "a.gif", durations=TIMES, jobs=jobs
    )
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "wanted.gif").read_bytes()


def test_times_may_come_from_a_generator_and_of_any_number(tmp_path, four):
    numbers = (1, Fraction(1, 4), np.float32(0.07), np.float64(0.3))
    make_animation(four, tmp_path / "a.gif", durations=(number for number in numbers), jobs=1)
    assert times(tmp_path / "a.gif") == [1, 0.25, 0.07, 0.3]


def test_the_noise_of_sums_of_floats_moves_no_frame(tmp_path, four):
    make_animation(four, tmp_path / "a.gif", durations=[0.7 - 0.4, 1.1 - 1, 0.1 + 0.2, 1 / 4], jobs=1)
    assert times(tmp_path / "a.gif") == [0.3, 0.1, 0.3, 0.25]


def test_none_leaves_a_frame_to_its_source(tmp_path, four):
    make_animation(four, tmp_path / "a.gif", durations=[0.2, None, None, 0.2], jobs=1)
    assert times(tmp_path / "a.gif") == [0.2, 0.07, 0.07, 0.2]
    make_animation(tmp_path / "a.gif", tmp_path / "b.gif", durations=[None, 0.5, 0.5, None], jobs=1)
    assert times(tmp_path / "b.gif") == [0.2, 0.5, 0.5, 0.2]


@pytest.mark.parametrize(
    ("options", "order", "shown"),
    [
        ({"reverse": True}, [3, 2, 1, 0], [0.3, 0.07, 0.25, 0.1]),
        ({"ping_pong": True}, [0, 1, 2, 3, 2, 1], [0.1, 0.25, 0.07, 0.3, 0.07, 0.25]),
        ({"every": 2}, [0, 2], [0.35, 0.37]),
        ({"first": 1, "last": 2}, [1, 2], [0.25, 0.07]),
        ({"hold_last": 1}, [0, 1, 2, 3], [0.1, 0.25, 0.07, 1.3]),
        ({"speed": 2}, [0, 1, 2, 3], [0.05, 0.12, 0.04, 0.15]),  # 0.125 and 0.035, their rounding spread
    ],
)
@pytest.mark.parametrize("lazy", [False, True])
def test_a_time_goes_where_its_frame_goes(tmp_path, four, options, order, shown, lazy):
    make_animation(iter(four) if lazy else four, tmp_path / "a.gif", durations=TIMES, jobs=1, **options)
    assert times(tmp_path / "a.gif") == shown
    make_animation([four[number] for number in order], tmp_path / "wanted.gif", jobs=1)
    assert (np.array(decoded(tmp_path / "a.gif")) == decoded(tmp_path / "wanted.gif")).all()


@pytest.mark.parametrize("kind", ["list", "generator", "folder", "gif"])
@pytest.mark.parametrize("count", [0, 3, 5])
def test_a_wrong_count_is_one_clear_line_and_no_file(tmp_path, four, paths, kind, count):
    if kind == "gif":
        make_animation(four, tmp_path / "in.gif", jobs=1)
    frames = {"list": four, "generator": iter(four), "folder": paths[0].parent, "gif": tmp_path / "in.gif"}[kind]
    text = rf"^durations: {count} times( for \d frames?( or more)?|, but there are more frames); each frame needs one$"
    with pytest.raises(AnimationError, match=text):
        make_animation(frames, tmp_path / "a.gif", durations=[0.1] * count, jobs=1)
    assert not (tmp_path / "a.gif").exists()


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "long"])
def test_a_wrong_time_is_named(tmp_path, four, bad):
    with pytest.raises(AnimationError, match=rf"^durations {bad} for frame 2: seconds, 0 or more$"):
        make_animation(four, tmp_path / "a.gif", durations=[0.1, 0.1, bad, 0.1], jobs=1)


@pytest.mark.parametrize("other", [{"delay": 5}, {"fps": 5}])
def test_two_ways_to_give_times_exclude_each_other(tmp_path, four, other):
    with pytest.raises(AnimationError, match="durations, delay and fps all say how long a frame is shown"):
        make_animation(four, tmp_path / "a.gif", durations=TIMES, **other)


@pytest.mark.parametrize("lazy", [False, True])
def test_paths_are_read_when_it_is_their_turn(tmp_path, paths, monkeypatch, lazy):
    reads, seen, real = [], [], magick.read_picture
    monkeypatch.setattr(magick, "read_picture", lambda data, name: reads.append(name) or real(data, name))
    many = paths * 10
    make_animation(
        iter(many) if lazy else many,
        tmp_path / "a.gif",
        durations=[0.1] * 40,
        jobs=1,
        progress=lambda done, total: seen.append((done, total, len(reads))),
    )
    assert seen[-1][:2] == (40, 40)
    assert max(read - done for done, _, read in seen) <= 3


def test_a_stream_with_times_has_a_number_of_frames(four):
    source = open_source(iter(four))
    assert source.count is None
    source.show_for([Fraction(1)] * 4)
    assert source.count == 4
