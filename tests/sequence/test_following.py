"""Clips are dreamed on top of what the last dream left."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from dreamcore import dream, dream_sequence, make_job, run, write_frames
from dreamcore.sequence.clips import Clip
from dreamcore.sequence.following import held
from tests.network.small import write_model
from tests.videos import moving_picture
from wand_tools import open_source

QUICK = {"layer": "join", "iterations": 2, "octaves": 1, "jitter": 3}
needs_opencv = pytest.mark.skipif(
    subprocess.run([sys.executable, "-c", "import cv2"], capture_output=True).returncode != 0,
    reason="OpenCV, of the video extra, is not installed",
)


def clip_of(frames):
    return Clip(open_source([*frames]))


def dreamed(frames, network, **parameters):
    return [*run(make_job(clip_of(frames), network, **{**QUICK, **parameters}))]


def noisy(count, level=3):
    rng, picture = np.random.default_rng(1), moving_picture(1)[0]
    return [np.uint8(np.clip(picture + rng.normal(0, level, picture.shape), 0, 255)) for _ in range(count)]


def content(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@needs_opencv
def test_a_still_picture_stays_one(network):
    frames = dreamed(moving_picture(1) * 4, network)
    assert not np.array_equal(frames[0], moving_picture(1)[0])
    assert all(np.array_equal(frame, frames[0]) for frame in frames[1:])


@needs_opencv
def test_of_a_standing_camera_nothing_flickers_but_its_noise(network):
    def flicker(frames):
        return np.mean([np.abs(np.float32(after) - before) for before, after in zip(frames, frames[1:], strict=False)])

    frames = noisy(6)
    assert flicker(dreamed(frames, network)) <= 1.1 * flicker(frames)
    assert flicker(dreamed(frames, network, follow=0)) > 1.1 * flicker(frames)


@needs_opencv
def test_behind_what_moves_the_ground_does_not_flicker(network):
    ground = moving_picture(1)[0]
    frames, passed = [], np.zeros(ground.shape[:2], bool)
    for number in range(4):
        frames.append(ground.copy())
        place = np.s_[12:26, 6 + 4 * number : 20 + 4 * number]
        frames[-1][place] = moving_picture(1)[0][:14, :14, ::-1] // 2
        passed[place] = True
    made = dreamed(frames, network)
    for before, after in zip(made, made[1:], strict=False):
        assert np.abs(after - before)[~passed].mean() < 0.02


@needs_opencv
def test_what_moves_keeps_its_dream(network):
    frames = moving_picture(5)
    followed, alone = dreamed(frames, network, seed=2), dreamed(frames, network, seed=2, follow=0)

    def unlike(film):  # two pixels to the left from frame to frame
        pairs = zip(film, film[1:], strict=False)
        return np.mean([np.abs(after[4:-4, 4:-8] - before[4:-4, 6:-6]) for before, after in pairs])

    assert unlike(followed) < unlike(alone) / 3


@needs_opencv
def test_after_a_cut_all_begins_anew(network):
    other = np.uint8(np.random.default_rng(3).uniform(0, 255, (10, 14, 3)).repeat(4, 0).repeat(4, 1))
    frames = [*moving_picture(2), other, other]
    made = dreamed(frames, network, seed=5)
    assert np.array_equal(made[2], dream(other, network, seed=(5, 2), **QUICK))
    assert np.array_equal(made[3], made[2])


def test_not_followed_each_frame_is_dreamed_for_itself(network):
    frames = moving_picture(3)
    made = dreamed(frames, network, follow=0, seed=7)
    assert all(
        np.array_equal(each, dream(frame, network, seed=(7, number), **QUICK))
        for number, (each, frame) in enumerate(zip(made, frames, strict=True))
    )


def test_a_transform_runs_on_every_frame(network):
    frames = moving_picture(3)
    made = dreamed(frames, network, follow=0, transform="invert")
    assert np.array_equal(made[2], dream(255 - np.float32(frames[2]), network, seed=(0, 2), **QUICK))


@needs_opencv
def test_followed_and_transformed_a_frame_is_dreamed_whole(network):
    frames = moving_picture(1) * 3
    made = dreamed(frames, network, transform="zoom(0.1)")
    assert np.abs(made[2] - made[1]).mean() > 1


@needs_opencv
def test_nothing_leaves_a_mask_whatever_moves_out_of_it(network):
    frames, mask = moving_picture(5), np.zeros((40, 56), "f4")
    mask[:, 28:] = 1
    made = [*run(make_job(clip_of(frames), network, mask=mask, **QUICK))]
    assert all(np.array_equal(each[:, :28], frame[:, :28]) for each, frame in zip(made, frames, strict=True))
    assert np.abs(made[4][:, 28:] - frames[4][:, 28:]).mean() > 0.5


def masks(*lefts):
    frames = np.zeros((len(lefts), 40, 56, 3), np.uint8)
    for frame, left in zip(frames, lefts, strict=True):
        frame[:, left:] = 255
    return frames


@needs_opencv
def test_where_a_mask_opens_there_is_a_dream(network):
    frames = moving_picture(1) * 3
    made = [*run(make_job(clip_of(frames), network, mask=clip_of(masks(40, 40, 20)), **QUICK))]
    added = [np.abs(each - frames[0]).mean(-1) for each in made]
    assert np.array_equal(made[1], made[0])
    assert (added[1][:, :40] == 0).all() and added[2][:, 22:38].mean() > added[0][:, 42:].mean() / 2
    assert (added[2][:, :20] == 0).all()
    assert np.allclose(made[2][:, 42:], made[0][:, 42:], atol=1e-3)


@needs_opencv
def test_a_strength_that_grows_and_fades_does_so_on_a_still_picture(network):
    frames = moving_picture(1) * 4
    made = dreamed(frames, network, strength="0:0, 2:1, 3:0.5")
    added = [float(np.abs(each - frames[0]).mean()) for each in made]
    assert added[0] == 0 < added[1] < added[2]
    assert added[3] == pytest.approx(added[2] / 2, rel=0.05)


@needs_opencv
def test_a_wish_that_changes_is_heard_on_a_still_picture(network):
    made = dreamed(moving_picture(1) * 4, network, layer="step(0:join, 2:conv1)")
    assert np.array_equal(made[1], made[0])
    assert not np.array_equal(made[2], made[1])
    assert np.array_equal(made[3], made[2])


@needs_opencv
def test_mean_and_contrast_do_not_creep(network):
    frames = moving_picture(24, step=1)
    added = [each - frame for each, frame in zip(dreamed(frames, network, follow=0.8), frames, strict=True)]
    assert abs(np.mean(added[-3:]) - np.mean(added[0])) < 0.2 * np.std(added[0])
    assert np.std(added[-3:]) == pytest.approx(np.std(added[0]), rel=0.2)


def test_what_is_held_has_the_moments_of_before_where_it_counts():
    rng, weight = np.random.default_rng(0), np.zeros((20, 20), "f4")
    before, weight[:, :12] = rng.normal(3, 8, (20, 20, 3)).astype("f4"), 1
    now = 0.95 * before[::-1] + 2  # other pixels, a little less of them, brighter
    result = held(now, before, weight)
    assert np.allclose(result[:, :12].mean((0, 1)), before[:, :12].mean((0, 1)), atol=1e-3)
    assert np.allclose(result[:, :12].std((0, 1)), before[:, :12].std((0, 1)), rtol=1e-3)
    assert np.array_equal(result[:, 12:], now[:, 12:])


def test_of_a_few_pixels_nothing_is_held():
    now, weight = np.ones((9, 9, 3), "f4"), np.zeros((9, 9), "f4")
    weight[0, :5] = 1
    assert held(now, 5 * now, weight) is now


def test_every_frame_has_its_own_alpha(network, tmp_path):
    frames = [
        np.dstack([frame, np.full((40, 56), 50 * number, "u1")]) for number, frame in enumerate(moving_picture(4))
    ]
    job = make_job(clip_of(frames), network, follow=0, **QUICK)
    paths = [path for _, path in write_frames(tmp_path / "a", job)]
    assert [np.asarray(Image.open(path))[0, 0, 3] for path in paths] == [0, 50, 100, 150]
    given = dream_sequence(clip_of(frames), network, follow=0, **QUICK)
    assert [frame[0, 0, 3] for frame in given] == [0, 50, 100, 150]


@needs_opencv
@pytest.mark.parametrize("transform", [None, "roll(shift=2)"])
def test_a_clip_is_resumed_to_the_same_bytes(network, tmp_path, transform):
    def write(folder, frames, **more):
        job = make_job(clip_of(moving_picture(6)), network, frames=frames, transform=transform, **QUICK)
        return [number for number, _ in write_frames(folder, job, **more)]

    write(tmp_path / "whole", 6)
    write(tmp_path / "parts", 2)
    assert write(tmp_path / "parts", 6, resume=True) == [2, 3, 4, 5]
    assert content(tmp_path / "parts") == content(tmp_path / "whole")
    (tmp_path / "parts/0003.png").unlink()
    with pytest.warns(UserWarning, match="frame 3 is missing"):
        assert write(tmp_path / "parts", 6, resume=True) == [3]
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


KILLED_RUN = """
import json, sys

import torch

from dreamcore import load_network, make_job, write_frames
from dreamcore.sequence.clips import Clip
from wand_tools import open_source

torch.set_num_threads(1)
model, clip, folder, parameters = sys.argv[1:]
job = make_job(Clip(open_source(clip), clip), load_network(model, device="cpu"), **json.loads(parameters))
for number, _ in write_frames(folder, job, resume=True):
    print(number, flush=True)
"""


@needs_opencv
@pytest.mark.skipif(os.name != "posix", reason="kills processes the way POSIX does")
def test_killed_and_resumed_a_clip_becomes_the_same_bytes(tmp_path):
    model, images = write_model(tmp_path / "small")[1].parent, [Image.fromarray(each) for each in moving_picture(8)]
    images[0].save(tmp_path / "clip.gif", save_all=True, append_images=images[1:], duration=80)

    def start(folder):
        arguments = [model, tmp_path / "clip.gif", folder, json.dumps(QUICK)]
        command = [sys.executable, "-c", KILLED_RUN, *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    with start(tmp_path / "whole") as whole:
        assert whole.communicate()[0].split() == [str(number) for number in range(8)]
    pause = random.Random(1)
    for frames in (1, 2):
        with start(tmp_path / "killed") as killed:
            for _ in range(frames):
                killed.stdout.readline()
            time.sleep(pause.uniform(0, 0.02))
            killed.send_signal(signal.SIGKILL)
    with start(tmp_path / "killed") as last:
        assert len(last.communicate()[0].split()) > 0
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
