"""Frames of one job that many make together: the same files as of one."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.farm.placing import dream_here
from dreamcore.farm.sharing import check_shared, share_frames
from dreamcore.sequence import make_job, write_frames
from dreamcore.sources import opened
from tests.farm.places import ROOT, wait_until, with_children
from tests.videos import moving_picture

QUICK = {"model": "small", "layer": "join", "iterations": 1, "octaves": 1}
ALONE = {**QUICK, "follow": 0}
WORDS = ["--model", "small", "--layer", "join", "--iterations", "1", "--octaves", "1"]


@pytest.fixture
def clip(desk):
    """A GIF of nine frames."""
    images = [Image.fromarray(each) for each in moving_picture(9)]
    images[0].save("clip.gif", save_all=True, append_images=images[1:], duration=80)
    return desk


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}


def share(job, picture="clip.gif", engine=dream_here, **more):
    return [path.name for _, path in share_frames(job, "out", engine, picture=picture, loading={}, **more)]


def test_frames_of_a_clip_are_shared_in_runs(clip):
    job, runs = make_job(opened("clip.gif"), **ALONE), []

    def engine(tasks, told):
        tasks = [*tasks]
        runs.extend(task["run"] for task in tasks)
        return dream_here(reversed(tasks), told)

    done = []
    assert len(share(job, engine=engine, progress=lambda *part: done.append(part))) == 9
    assert runs == [[0, 4], [4, 8], [8, 9]]
    assert done[-1] == (9, 9) and done == sorted(done)
    list(write_frames("one", job))
    assert content(clip / "out") == content(clip / "one")


def test_what_is_there_is_not_made_again(clip):
    job = make_job(opened("clip.gif"), **ALONE)
    list(write_frames("out", job))
    before = content(clip / "out")
    (clip / "out" / "0005.png").unlink()
    with pytest.raises(DreamError, match="out holds frames already; resume to go on with them"):
        share(job)
    assert share(job, resume=True) == ["0005.png"] and content(clip / "out") == before


def test_masks_guides_and_pictures_that_are_mixed_in_are_found_by_others(clip):
    Image.fromarray(np.tile(np.uint8([0, 255] * 28), (40, 1))).save("mask.png")
    more = {"mask": "mask.png", "guide": opened(str(clip / "clip.gif")), "transform": f"blend(0.5, {clip / 'in.png'})"}
    job = make_job(opened("clip.gif"), **ALONE, **more)
    assert len(share(job, mask="mask.png")) == 9
    list(write_frames("one", job))
    assert content(clip / "out") == content(clip / "one")


@pytest.mark.parametrize("loop", [False, True])
def test_dreams_follow_one_another_and_what_is_between_them_is_shared(desk, loop):
    job = make_job("in.png", **QUICK, frames=5, between=2, loop=loop)
    names = share(job, "in.png")
    list(write_frames("one", job))
    assert content(desk / "out") == content(desk / "one")
    assert len(names) == len(job.delays) == len({*names})


def test_what_fails_is_said_when_all_else_is_made(clip):
    def engine(tasks, told):
        for outcome in dream_here(tasks, told):
            short = outcome["cell"] == 1
            yield {**outcome, "state": "failed", "error": "far too large", "exit": 33} if short else outcome

    with pytest.raises(NotEnoughMemory, match="frames are missing: far too large; --resume makes what is missing"):
        share(make_job(opened("clip.gif"), **ALONE), engine=engine)


def test_what_follows_from_the_frame_before_cannot_be_shared(clip):
    for job in (make_job(opened("clip.gif"), **QUICK), make_job("in.png", **QUICK)):
        with pytest.raises(DreamError, match="each of these frames follows from the one before; only those of a clip"):
            check_shared(job)


def test_animate_on_two_processes_makes_the_same_animation(clip):
    pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")
    command = ["animate", "clip.gif", *WORDS, "--follow", "0", "--quiet"]
    assert main([*command[:2], "one.gif", *command[2:], "--threads", "1"]) == 0
    assert main([*command[:2], "two.gif", *command[2:], "--on", "local"]) == 0
    assert (clip / "two.gif").read_bytes() == (clip / "one.gif").read_bytes()
    assert content(clip / "two-frames") == content(clip / "one-frames")


@pytest.mark.skipif(os.name != "posix", reason="kills processes the way POSIX does")
def test_killed_with_its_processes_it_goes_on_with_what_is_missing(clip):
    pytest.importorskip("distributed", reason="needs dask.distributed: pip install '.[farm]'")
    command = [sys.executable, "-m", "dreamcore", "frames", "clip.gif", "out", *WORDS, "--follow", "0", "--on", "local"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        wait_until(lambda: [*clip.glob("out/000*.png")])
    finally:
        with_children(killed.pid, signal.SIGKILL)
        killed.wait()
    assert main(["frames", "clip.gif", "out", *WORDS, "--follow", "0", "--threads", "1", "--resume"]) == 0
    list(write_frames("one", make_job(opened("clip.gif"), **ALONE)))
    out, one = content(clip / "out"), content(clip / "one")
    notes = [json.loads(each.pop("sequence.json")) for each in (out, one)]
    for each in notes:
        del each["plan"]["memory"]  # as foreseen by the process that came first
    assert out == one and notes[0] == notes[1]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--on", "local"], "each of these frames follows from the one before"),
        (["--on", "moon"], "no such place to work on: moon; allowed: here, local"),
        (["--threads", "0"], "Invalid value for '--threads'"),
    ],
)
def test_a_wrong_wish_is_one_clear_line(clip, capsys, more, complaint):
    assert main(["frames", "in.png", "out", *WORDS, *more]) == 2
    said = capsys.readouterr().err
    assert complaint in said and "Traceback" not in said and not (clip / "out").exists()
