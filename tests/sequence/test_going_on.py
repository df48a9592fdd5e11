"""Going on from a frame of a finished run, with other settings or the same."""

import json

import numpy as np
import pytest

from dreamcore import DreamError
from dreamcore.pictures import Picture, read_picture
from dreamcore.sequence import make_job, state_at, write_frames

MOVING = "chain(roll(shift=random), blend(0.3), zoom(0.05))"  # random numbers, and the frame before
QUICK = {"layer": "join", "iterations": 1, "octaves": 1, "jitter": 3, "transform": MOVING}


@pytest.fixture
def picture():
    return Picture(np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).astype("f4"))


def write(folder, *given, frames, resume=False, **options):
    job = make_job(*given, frames=frames, **{**QUICK, **options})
    return [number for number, _ in write_frames(folder, job, resume=resume)]


def pixels(folder, number):
    return read_picture(folder / f"{number:04d}.png").rgb


def test_with_the_same_settings_it_goes_on_as_if_it_had_never_stopped(tmp_path, picture, network):
    write(tmp_path / "whole", picture, network, frames=6, blend_in=4)
    write(tmp_path / "begun", picture, network, frames=3, blend_in=4)
    state, is_exact = state_at(tmp_path / "begun", 2)
    assert is_exact and write(tmp_path / "on", picture, network, frames=4, blend_in=4, state=state) == [2, 3, 4, 5]
    for number in range(2, 6):
        assert np.array_equal(pixels(tmp_path / "on", number), pixels(tmp_path / "whole", number))


def test_from_an_earlier_frame_it_goes_on_from_the_files(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=4)
    state, is_exact = state_at(tmp_path / "a", 2)
    assert not is_exact and state.done == 3
    assert np.array_equal(state.last, pixels(tmp_path / "a", 2))
    assert np.array_equal(state.previous, pixels(tmp_path / "a", 1))
    assert state_at(tmp_path / "a", 0)[0].previous is None


def test_one_that_went_on_can_be_gone_on_from(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=2)
    write(tmp_path / "b", picture, network, frames=3, state=state_at(tmp_path / "a")[0])
    state, is_exact = state_at(tmp_path / "b")
    assert is_exact and state.done == 4


def test_stopped_and_resumed_it_makes_the_same_files(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=2)
    options = {"state": state_at(tmp_path / "a")[0], "between": 1, "layer": "pool1"}
    write(tmp_path / "once", picture, network, frames=4, **options)
    write(tmp_path / "twice", picture, network, frames=2, **options)
    (tmp_path / "twice" / "0001.png").unlink()
    with pytest.warns(UserWarning, match="frame 1 is missing"):
        write(tmp_path / "twice", picture, network, frames=4, resume=True, **options)
    once, twice = (sorted(each.glob("*.png")) for each in (tmp_path / "once", tmp_path / "twice"))
    assert [each.name for each in once] == [f"000{name}.png" for name in ("1", "1_1", "2", "2_1", "3", "3_1", "4")]
    assert [each.read_bytes() for each in once] == [each.read_bytes() for each in twice]


def test_a_directory_is_resumed_from_the_same_frame_alone(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=3)
    write(tmp_path / "b", picture, network, frames=2, state=state_at(tmp_path / "a", 1)[0])
    with pytest.raises(DreamError, match="another frame: 1, now 2"):
        write(tmp_path / "b", picture, network, frames=3, resume=True, state=state_at(tmp_path / "a", 2)[0])


def test_a_frame_that_is_not_there_is_refused(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=2)
    with pytest.raises(DreamError, match="no frame 7; allowed: 0 to 1"):
        state_at(tmp_path / "a", 7)


@pytest.mark.parametrize("damage", [{"suffix": ".exe"}, {"picture": {}}, {"picture": {"size": [1]}}, {"from": 3}])
def test_a_directory_that_says_nothing_of_its_frames_is_one_line(tmp_path, picture, network, damage):
    write(tmp_path / "a", picture, network, frames=1)
    settings = json.loads((tmp_path / "a" / "sequence.json").read_text())
    (tmp_path / "a" / "sequence.json").write_text(json.dumps({**settings, **damage}))
    with pytest.raises(DreamError, match="does not say what its frames are"):
        state_at(tmp_path / "a")


def test_what_cannot_go_on_is_refused(tmp_path, picture, network):
    write(tmp_path / "a", picture, network, frames=2)
    state, _ = state_at(tmp_path / "a")
    with pytest.raises(DreamError, match="a loop has no beginning"):
        make_job(picture, network, frames=4, loop=True, state=state, **QUICK)
    with pytest.raises(DreamError, match="24x20 pixels, the picture 24x21"):
        make_job(np.zeros((21, 24, 3), "f4"), network, state=state, **QUICK)
