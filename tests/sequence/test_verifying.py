"""Frames that are dreamed again are the same, and where they are not, that is said."""

import shutil

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.pictures import Picture, read_picture, write_picture
from dreamcore.sequence import make_job, read_settings, write_frames
from dreamcore.sequence.verifying import job_of, verify_frames

QUICK = {"octaves": 1, "iterations": 1, "layer": "textures"}


@pytest.fixture(scope="module")
def picture():
    return Picture(np.random.default_rng(5).uniform(0, 255, (20, 24, 3)).astype("f4"))


@pytest.fixture(scope="module")
def made(tmp_path_factory, picture, network):
    """A directory of five frames, and one in between each two."""
    folder = tmp_path_factory.mktemp("made") / "frames"
    list(write_frames(folder, make_job(picture, network, frames=5, between=1, **QUICK)))
    return folder


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "frames")


def verified(folder, picture, network, count):
    job = job_of(read_settings(folder), picture, None, lambda *model, **colours: network)
    return {each.path.name: each.difference for each in verify_frames(folder, job, count)}


def test_the_first_frames_and_the_last_one_are_the_same_when_dreamed_again(folder, picture, network):
    assert verified(folder, picture, network, 2) == dict.fromkeys(
        ["0000.png", "0001.png", "0000_1.png", "0004.png"], ""
    )


def test_all_frames_can_be_dreamed_again(folder, picture, network):
    found = verified(folder, picture, network, 5)
    assert len(found) == 9 and not any(found.values())


def test_a_frame_with_another_pixel_is_found(folder, picture, network):
    pixels = read_picture(folder / "0001.png").rgb.astype(np.uint8)
    pixels[3, 4, 1] ^= 16
    write_picture(folder / "0001.png", pixels)
    (differs,) = filter(None, verified(folder, picture, network, 2).values())
    assert differs == f"{1 / pixels[..., 0].size:.2%} of its pixels differ, by up to 16 of 255"


def test_a_frame_that_says_something_else_of_itself_is_found(folder, picture, network):
    write_picture(folder / "0004.png", read_picture(folder / "0004.png").rgb.astype(np.uint8), {"by": "me"})
    assert "its pixels are the same" in verified(folder, picture, network, 1)["0004.png"]


def test_a_frame_that_is_lost_is_found(folder, picture, network):
    (folder / "0000.png").unlink()
    assert verified(folder, picture, network, 1)["0000.png"] == "it is not there"


def test_a_last_frame_that_follows_from_two_is_left_out(tmp_path, picture, network):
    job = make_job(picture, network, frames=3, transform="blend(0.5)", **QUICK)
    list(write_frames(tmp_path / "frames", job))
    assert verified(tmp_path / "frames", picture, network, 1) == {"0000.png": ""}


def test_a_loop_is_dreamed_from_its_first_lap_on(tmp_path, picture, network):
    job = make_job(picture, network, frames=3, loop=True, **QUICK)
    list(write_frames(tmp_path / "frames", job))
    assert verified(tmp_path / "frames", picture, network, 2) == {"0000.png": "", "0001.png": ""}


def test_another_picture_is_refused(folder, picture, network):
    with pytest.raises(DreamError, match="made with another picture"):
        verified(folder, Picture(picture.rgb[::-1]), network, 1)
