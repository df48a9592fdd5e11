"""Clips in sweeps: each cell is what `dreamcore frames` makes of the clip, or a run of its frames."""

import json

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.errors import DreamError
from dreamcore.farm.cells import content
from dreamcore.farm.dreaming import dream_cell, make_cell_job
from dreamcore.farm.foretelling import foresee
from dreamcore.farm.reading import read_sweep
from dreamcore.farm.results import missing, read_results
from dreamcore.farm.running import run_sweep
from dreamcore.farm.showing import entries_of
from dreamcore.farm.sweep import make_sweep
from dreamcore.sequence import make_job, write_frames
from dreamcore.sources import opened
from tests.videos import moving_picture

QUICK = {"model": "small", "layer": "join", "iterations": 1, "octaves": 1}
ALONE = {**QUICK, "follow": 0}


@pytest.fixture
def clip(desk):
    """A GIF of seven frames, the last of which are shown for longer."""
    images = [Image.fromarray(each) for each in moving_picture(7)]
    images[0].save("clip.gif", save_all=True, append_images=images[1:], duration=[40] * 4 + [90] * 3, loop=2)
    return desk


def frames(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}


@pytest.mark.parametrize("asked", [{}, {"follow": 0}, {"transform": "zoom(0.05)", "frames": 3}, {"delay": 9}])
def test_a_cell_is_what_the_clip_becomes_by_itself(clip, asked):
    pytest.importorskip("cv2", reason="OpenCV, the video extra, is not installed")
    run_sweep(make_sweep("clip.gif", **{**QUICK, **asked}), "out")
    list(write_frames("alone", make_job(opened("clip.gif"), **{**QUICK, **asked})))
    assert frames(clip / "out" / "0001") == frames(clip / "alone")


def test_what_is_varied_stands_against_what_a_clip_is_by_itself(clip):
    cells = make_sweep("clip.gif", vary={"transform": "zoom(0.05); roll(shift=2)"}, **ALONE).cells()
    jobs = [make_cell_job(json.loads(json.dumps(cell.task("out")))) for cell in cells]
    assert [str(job.recipe.sequence.transform) for job in jobs] == ["zoom(0.05)", "roll(columns, shift=2)"]


def test_a_recipe_by_name_keeps_its_transform_and_without_one_nothing_is_transformed(clip):
    (named,), (bare,) = (make_sweep("clip.gif", recipe, **ALONE).cells() for recipe in ("basic-zoom", None))
    transforms = [str(make_cell_job(cell.task("out")).recipe.sequence.transform) for cell in (named, bare)]
    assert transforms == ["zoom(0.05)", "chain()"]
    assert named.task("out")["hash"] != bare.task("out")["hash"]


def test_of_a_clip_a_still_is_its_first_frame(clip):
    run_sweep(make_sweep("clip.gif", still=True, strength=0, **QUICK), "out")
    (pixels,) = (np.asarray(Image.open(path)) for path in (clip / "out" / "0001").glob("*.png"))
    assert np.array_equal(pixels, opened("clip.gif").picture(0).rgb)


def test_a_mask_and_a_guide_move(clip):
    sweep = make_sweep("clip.gif", mask="clip.gif", guide="clip.gif", **ALONE)
    job = make_cell_job(sweep.cell(1).task("out"))
    assert [len(each) for each in job.clips] == [7, 7, 7]


def test_a_folder_is_another_when_one_of_its_pictures_is(clip):
    (clip / "folder").mkdir()
    for number, frame in enumerate(moving_picture(3)):
        Image.fromarray(frame).save(f"folder/{number}.png")
    before = content("folder"), content("folder/*.png")
    sweep = make_sweep("folder", **ALONE)
    run_sweep(sweep, "out")
    Image.fromarray(moving_picture(3)[0]).save("folder/2.png")
    assert content("folder") != before[0] and content("folder/*.png") != before[1]
    with pytest.raises(DreamError, match="folder has changed since the sweep in out began"):
        run_sweep(sweep, "out")


def test_a_page_shows_frames_for_as_long_as_the_clip_does(clip):
    sweep = make_sweep("clip.gif", **ALONE)
    run_sweep(sweep, "out")
    (entry,) = entries_of(sweep, "out")
    assert [*entry.delays] == [4.0] * 4 + [9.0] * 3


def test_cells_of_a_split_clip_fill_one_folder(clip):
    sweep = make_sweep("clip.gif", vary={"seed": "1,2"}, split=3, **ALONE)
    assert [(cell.number, cell.name, cell.run) for cell in sweep.cells()] == [
        (1, "0001-seed-1", range(3)), (2, "0001-seed-1", range(3, 6)), (3, "0001-seed-1", range(6, 7)),
        (4, "0002-seed-2", range(3)), (5, "0002-seed-2", range(3, 6)), (6, "0002-seed-2", range(6, 7)),
    ]  # fmt: skip
    assert sweep.cell(2).title == "cell 2 (seed=1, frames 3 to 5)"
    assert foresee(sweep, range(1, 7)).frames == 14
    assert [outcome["frames"] for outcome in run_sweep(sweep, "out", numbers=[6, 2]).made] == [3, 1]
    assert [*missing(sweep, "out", range(1, 7))] == [1, 3, 4, 5] and not (clip / "out" / "index.html").exists()
    run_sweep(sweep, "out")
    whole = make_job(opened("clip.gif"), **ALONE, seed=2)
    list(write_frames("alone", whole))
    assert frames(clip / "out" / "0002-seed-2") == frames(clip / "alone")
    assert (clip / "alone/sequence.json").read_bytes() == (clip / "out/0002-seed-2/sequence.json").read_bytes()
    assert [(entry.number, len(entry.frames)) for entry in entries_of(sweep, "out")] == [(1, 7), (2, 7)]
    assert read_results("out").plain() == sweep.plain()


def test_a_frame_that_is_lost_makes_its_cell_alone_be_dreamed_again(clip):
    sweep = make_sweep("clip.gif", split=3, **ALONE)
    run_sweep(sweep, "out")
    before = frames(clip / "out" / "0001")
    (clip / "out/0001/0004.png").unlink()
    assert [outcome["cell"] for outcome in run_sweep(sweep, "out").made] == [2]
    assert frames(clip / "out" / "0001") == before


def test_a_cell_that_fails_is_said_of_its_sequence(clip):
    sweep = make_sweep("clip.gif", split=3, **ALONE)
    (clip / "out" / "0001").mkdir(parents=True)
    outcome = dream_cell({**sweep.cell(2).task("out"), "program": "9.9"})
    assert outcome["state"] == "failed" and (clip / "out/0001/cell-0002.json").exists()
    assert "made with dreamcore 9.9" in entries_of(sweep, "out")[0].error


def test_clips_of_several_lengths_are_split_each_for_itself(clip):
    images = [Image.fromarray(each) for each in moving_picture(4)]
    images[0].save("short.gif", save_all=True, append_images=images[1:], duration=80)
    sweep = make_sweep(["clip.gif", "short.gif"], split=3, frames=4, **ALONE)
    assert [(cell.picture, cell.run) for cell in sweep.cells()] == [
        ("clip.gif", range(3)), ("clip.gif", range(3, 4)), ("short.gif", range(3)), ("short.gif", range(3, 4)),
    ]  # fmt: skip


def test_a_file_may_say_it(clip):
    (clip / "many.toml").write_text('pictures = "clip.gif"\nsplit = 4\nanimate = "webp"\n[video]\nfollow = 0\n')
    sweep = read_sweep("many.toml")
    assert (len(sweep), sweep.asked, sweep.animate) == (2, ("follow",), "webp")


def test_an_animation_is_made_with_the_last_cell_of_its_sequence_and_not_again(clip):
    sweep = make_sweep("clip.gif", vary={"seed": "0,1"}, split=4, animate="gif", **ALONE)
    run_sweep(sweep, "out", numbers=[1, 3])
    assert not [*(clip / "out").glob("*.gif")]
    run_sweep(sweep, "out", numbers=[2])
    (made,) = (clip / "out").glob("*.gif")
    words = ["--model", "small", "--layer", "join", "--iterations", "1", "--octaves", "1", "--follow", "0", "--quiet"]
    assert made.name == "0001-seed-0.gif" and main(["animate", "clip.gif", "alone.gif", *words]) == 0
    assert made.read_bytes() == (clip / "alone.gif").read_bytes()
    before = made.stat().st_mtime_ns
    run_sweep(sweep, "out")
    assert made.stat().st_mtime_ns == before and (clip / "out" / "0002-seed-1.gif").exists()


def test_an_animation_that_cannot_be_is_said_before_anything_is_dreamed(clip):
    with pytest.raises(DreamError, match="^cell 1.*cross_fade"):
        run_sweep(make_sweep("clip.gif", animate="gif", cross_fade=9, **ALONE), "out")
    assert not (clip / "out").exists()


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"pictures": "in.png"}, "split is for clips; in.png is one picture"),
        ({"split": 0}, "split=0 is not allowed; allowed: a whole number from 1"),
        ({"still": True}, "split and still exclude each other"),
        ({"vary": {"frames": "2,3"}}, "split and frames exclude each other"),
        ({"animate": "gfi"}, 'animate=gfi is not allowed (did you mean "gif"?); allowed: gif, webp'),
        ({"animate": "gif", "still": True, "split": None}, "animate and still exclude each other"),
    ],
)
def test_what_cannot_be_split_or_moved_is_one_clear_line(clip, more, complaint):
    with pytest.raises(DreamError) as error:
        make_sweep(**{"pictures": "clip.gif", "split": 2, **more})
    assert str(error.value).startswith(complaint)


def test_frames_that_follow_from_one_another_are_not_split(clip):
    with pytest.raises(DreamError, match="its frames follow from one another; those of a clip stand alone"):
        run_sweep(make_sweep("clip.gif", split=2, **QUICK), "out")
    assert not (clip / "out").exists()
