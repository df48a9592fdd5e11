"""Frames that stand alone: any run of them can be made anywhere, at any time, and all together are as of one run."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from dreamcore import make_job, write_frames
from dreamcore.errors import DreamError
from dreamcore.locks import only_run
from dreamcore.pictures import read_picture, write_picture
from dreamcore.sequence import write_run
from dreamcore.sequence.clips import Clip
from dreamcore.sequence.verifying import verify_frames
from tests.videos import moving_picture
from wand_tools import open_source

QUICK = {"iterations": 1, "octaves": 1, "layer": "join"}


def a_job(network, **more):
    """Return the job of a clip of seven frames, each dreamed for itself."""
    clip = Clip(open_source(moving_picture(7)))
    return make_job(clip, network, **{"follow": 0, **QUICK, **more})


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def numbers(written):
    return [number for number, _ in written]


def test_runs_in_any_order_make_the_files_of_one_run(small_network, tmp_path):
    job = a_job(small_network)
    list(write_frames(tmp_path / "one", job))
    for run in (range(4, 7), range(2), range(2, 4)):
        assert numbers(write_run(tmp_path / "runs", job, run)) == [*run]
    assert content(tmp_path / "runs") == content(tmp_path / "one")


def test_only_what_is_missing_is_dreamed(small_network, tmp_path):
    job = a_job(small_network)
    list(write_frames(tmp_path, job))
    whole = content(tmp_path)
    for number in (1, 4):
        (tmp_path / f"{number:04d}.png").unlink()
    assert numbers(write_run(tmp_path, job, range(3))) == [1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert numbers(write_frames(tmp_path, job, resume=True)) == [4]
    assert content(tmp_path) == whole


def test_what_looks_at_another_frame_does_not_stand_alone(small_network):
    assert a_job(small_network).stands_alone
    assert a_job(small_network, transform="roll(shift=2)").stands_alone
    assert not a_job(small_network, transform="blend(0.5, previous)").stands_alone
    assert not a_job(small_network, follow=0.5).stands_alone
    assert not make_job(moving_picture(1)[0], small_network, **QUICK).stands_alone


@pytest.mark.parametrize("loop", [False, True])
def test_frames_in_between_are_made_later_on_in_runs(small_network, tmp_path, loop):
    job = make_job(moving_picture(1)[0], small_network, frames=4, between=2, loop=loop, **QUICK)
    list(write_frames(tmp_path / "one", job))
    assert numbers(write_frames(tmp_path / "runs", job, betweens=False)) == [0, 1, 2, 3]
    for run in (range(2, 4), range(2)):
        list(write_run(tmp_path / "runs", job, run))
    assert content(tmp_path / "runs") == content(tmp_path / "one")


def test_a_run_that_somebody_works_on_is_left_to_them(small_network, tmp_path):
    job = a_job(small_network)
    with only_run(tmp_path, 2):
        with pytest.raises(DreamError, match="another run works in"):
            next(write_run(tmp_path, job, range(2, 4)))
        assert numbers(write_run(tmp_path, job, range(2))) == [0, 1]


def test_runs_of_another_job_are_refused(small_network, tmp_path):
    list(write_run(tmp_path, a_job(small_network), range(1)))
    with pytest.raises(DreamError, match="was made with another seed: 0, now 1"):
        next(write_run(tmp_path, a_job(small_network, seed=1), range(1, 2)))


def test_a_picture_of_ones_own_is_not_written_over(small_network, tmp_path):
    job = a_job(small_network)
    list(write_run(tmp_path, job, range(1)))
    write_picture(tmp_path / "0001.png", np.zeros((3, 3, 3), np.uint8))
    with pytest.raises(DreamError, match="0001.png is not a frame of this program"):
        next(write_run(tmp_path, job, range(3)))


def test_verified_are_frames_from_all_over_the_directory(small_network, tmp_path):
    job = a_job(small_network)
    list(write_frames(tmp_path, job))
    assert [each.path.name for each in verify_frames(tmp_path, job, 3)] == ["0000.png", "0002.png", "0004.png"]
    assert [each.path.name for each in verify_frames(tmp_path, job, 9, numbers=range(5, 7))] == ["0005.png", "0006.png"]
    pixels = np.uint8(read_picture(tmp_path / "0004.png").rgb)
    write_picture(tmp_path / "0004.png", 255 - pixels)
    assert [bool(each.difference) for each in verify_frames(tmp_path, job, 3)] == [False, False, True]


def test_a_frame_alone_has_the_random_numbers_of_its_number(small_network, tmp_path):
    seeds = []
    job = replace(a_job(small_network), stand_in=lambda source, network, **told: seeds.append(told["seed"]) or source)
    list(write_run(tmp_path, job, range(3, 6)))
    assert seeds == [(0, 3), (0, 4), (0, 5)]
