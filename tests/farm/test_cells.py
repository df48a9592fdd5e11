"""Cells: one job of a sweep, dreamed into a folder of its own."""

import json
import os

import numpy as np
import pytest
from PIL import Image

import dreamcore
from dreamcore.farm.cells import Cell
from dreamcore.farm.dreaming import dream_cell
from dreamcore.farm.records import RECORD, is_whole, read_record
from dreamcore.locks import only_run
from dreamcore.sequence import Recipe, load_recipe, make_job, write_frames

QUICK = {"model": "small", "layer": "join", "iterations": 2, "octaves": 1, "frames": 3}


def a_cell(number=7, picture="in.png", labels=None, **values):
    return Cell(number, str(picture), Recipe().changed(**{**QUICK, **values}), labels or {"layer": "join"})


def pictures(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}


def test_a_cell_is_dreamed_into_a_folder_of_its_name_with_its_recipe(desk):
    outcome = dream_cell(a_cell().task("out"))
    folder = desk / "out" / "0007-join"
    assert (outcome["state"], outcome["cell"], outcome["frames"], outcome["exit"]) == ("made", 7, 3, 0)
    assert outcome["folder"] == str(folder) and outcome["machine"]["device"] == "cpu"
    assert [*pictures(folder)] == ["0000.png", "0001.png", "0002.png"]
    assert load_recipe(folder / "recipe.toml").dream.iterations == 2


def test_its_frames_are_those_of_the_same_job_anywhere_else(desk):
    dream_cell(a_cell().task("out"))
    list(write_frames("alone", make_job("in.png", **QUICK)))
    assert pictures(desk / "out" / "0007-join") == pictures(desk / "alone")


def test_a_task_is_json_and_names_files_by_whole_paths(desk):
    (desk / "leaf.png").write_bytes((desk / "in.png").read_bytes())
    task = a_cell(guide="leaf.png", transform="blend(0.5, leaf.png)").task("out", memory=10**9, threads=1)
    assert json.loads(json.dumps(task)) == task
    assert task["picture"] == str(desk / "in.png") and task["recipe"].count(str(desk / "leaf.png")) == 2
    assert (task["memory"], task["threads"], task["program"]) == (10**9, 1, dreamcore.__version__)
    assert task["model"]["name"] == "small" and len(task["model"]["sha256"]) == 64


def test_a_task_is_the_same_for_who_stands_elsewhere(desk, monkeypatch):
    (desk / "leaf.png").write_bytes((desk / "in.png").read_bytes())
    here = a_cell(guide="leaf.png").task("out")
    (desk / "inner").mkdir()
    monkeypatch.chdir(desk / "inner")
    assert a_cell(picture="../in.png", guide="../leaf.png").task("../out") == here


def test_a_whole_cell_is_not_dreamed_again(desk):
    task = a_cell().task("out")
    dream_cell(task)
    before = pictures(desk / "out" / "0007-join")
    outcome = dream_cell(task)
    assert (outcome["state"], outcome["frames"]) == ("there", 3)
    assert pictures(desk / "out" / "0007-join") == before


def test_what_is_lost_of_a_cell_is_made_again_the_same(desk):
    task = a_cell().task("out")
    dream_cell(task)
    folder = desk / "out" / "0007-join"
    before = pictures(folder)
    (folder / "0001.png").unlink()
    assert not is_whole(task)
    assert dream_cell(task)["state"] == "made" and pictures(folder) == before


def test_a_stopped_cell_goes_on_from_its_frames(desk):
    task, folder = a_cell().task("out"), desk / "out" / "0007-join"
    dream_cell(a_cell(number=1).task("out"))

    def stop(event):
        if event["frame"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dream_cell(task, stop)
    assert [*pictures(folder)] == ["0000.png"] and read_record(folder) == {}
    began = []
    outcome = dream_cell(task, lambda event: began.append(event["frame"]))
    assert (outcome["state"], began[0]) == ("made", 2)
    assert pictures(folder) == pictures(desk / "out" / "0001-join")


def test_events_tell_how_far_a_cell_is(desk):
    events = []
    dream_cell(a_cell().task("out"), events.append)
    assert [(each["cell"], each["state"], each["frame"], each["frames"]) for each in events] == [
        (7, "dreaming", number, 3) for number in (1, 2, 3)
    ]
    assert [each["part"] for each in events] == sorted(each["part"] for each in events)


def test_a_cell_that_fails_is_written_down_with_one_line_and_raises_nothing(desk):
    task = a_cell(layer="jion").task("out")
    outcome = dream_cell(task)
    assert (outcome["state"], outcome["exit"]) == ("failed", 2)
    assert outcome["error"].startswith("small has no layer 'jion' (did you mean \"join\"?)")
    record = read_record(outcome["folder"])
    assert (record["state"], record["error"]) == ("failed", outcome["error"])


def test_a_cell_for_which_the_memory_is_too_small_fails_with_the_code_of_farms(desk):
    outcome = dream_cell(a_cell().task("out", memory=1000))
    assert (outcome["state"], outcome["exit"]) == ("failed", 33) and "memory" in outcome["error"]


def test_a_cell_that_another_run_dreams_fails_and_leaves_the_word_to_it(desk):
    task, folder = a_cell().task("out"), desk / "out" / "0007-join"
    folder.mkdir(parents=True)
    with only_run(folder):
        outcome = dream_cell(task)
    assert outcome["state"] == "failed" and "another run works in" in outcome["error"]
    assert not (folder / RECORD).exists()


def test_another_version_than_the_sweeps_is_one_line(desk):
    outcome = dream_cell({**a_cell().task("out"), "program": "9.9"})
    assert outcome["error"].startswith("the sweep is made with dreamcore 9.9, ")
    assert outcome["error"].endswith(f"has dreamcore {dreamcore.__version__}; install the same one there")


def test_a_model_that_is_not_there_is_said_and_not_fetched(desk, monkeypatch):
    task = a_cell().task("out")
    monkeypatch.setenv("DREAMCORE_MODELS", str(desk / "nowhere"))
    assert dream_cell(task)["error"].startswith("no model 'small'")


def test_a_model_of_the_same_name_that_is_another_one_is_said(desk):
    task = a_cell().task("out")
    task["model"]["sha256"] = "0" * 64
    assert "is another one than the sweep's of that name" in dream_cell(task)["error"]


@pytest.mark.parametrize("change", [{"seed": 3}, {"iterations": 1}, {"frames": 4}, {"transform": "invert"}])
def test_the_hash_knows_every_setting(desk, change):
    assert a_cell().task("out")["hash"] != a_cell(**change).task("out")["hash"]


def test_the_hash_knows_what_is_in_the_files_and_not_where_they_are(desk):
    (desk / "leaf.png").write_bytes((desk / "in.png").read_bytes())
    before = a_cell(guide="leaf.png").task("out")["hash"]
    os.rename("leaf.png", "oak.png")
    assert a_cell(guide="oak.png").task("out")["hash"] == before
    (desk / "oak.png").write_bytes((desk / "in.png").read_bytes() + b"\0")
    assert a_cell(guide="oak.png").task("out")["hash"] != before


def test_a_still_is_one_picture_whatever_the_recipe_says(desk):
    cell = Cell(1, "in.png", Recipe().changed(**QUICK, loop=True, between=2), still=True)
    outcome = dream_cell(cell.task("out"))
    assert outcome["frames"] == 1 and {path.name for path in (desk / "out" / "0001").iterdir()} == {
        "0000.png", "cell.json", "recipe.toml", "sequence.json",
    }  # fmt: skip


def test_a_mask_says_where_a_cell_dreams(desk):
    white = Image.new("L", (30, 24), 255)
    white.paste(0, (0, 0, 30, 12))
    white.save("mask.png")
    plain, masked = (
        Cell(number, "in.png", Recipe().changed(**QUICK), mask=mask) for number, mask in ((1, ""), (2, "mask.png"))
    )
    assert plain.task("out")["hash"] != masked.task("out")["hash"] and masked.task("out")["mask"] == str(
        desk / "mask.png"
    )
    dream_cell(masked.task("out"))
    before, after = (np.asarray(Image.open(name)).astype(int) for name in ("in.png", "out/0002/0000.png"))
    assert np.array_equal(before[:10], after[:10]) and not np.array_equal(before, after)


def test_frames_in_between_are_counted(desk):
    assert dream_cell(a_cell(between=2).task("out"))["frames"] == 7


def test_a_name_is_short_and_no_path_whatever_the_labels_are():
    labels = {"layer": "../x" * 30, "guide": "a/b.png", "seed": "4"}
    assert Cell(12, "in.png", Recipe(), labels).name == "0012-x-x-x-x-x-x-x-x-x-x-x-x-a-b.png-seed-4"
    assert len(Cell(12, "in.png", Recipe(), {str(each): "w" * 30 for each in range(9)}).name) == 79
