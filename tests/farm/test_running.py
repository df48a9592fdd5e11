"""Runs of a sweep: what is missing is dreamed, once, whatever happens in between."""

import json
import os
import shutil
import subprocess
import sys
import warnings

import pytest
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.farm import foretelling
from dreamcore.farm.dreaming import dream_cell
from dreamcore.farm.foretelling import foresee
from dreamcore.farm.reading import read_sweep
from dreamcore.farm.results import as_begun, each_result, missing, read_results
from dreamcore.farm.running import Summary, run_sweep
from dreamcore.farm.sweep import make_sweep
from dreamcore.files import atomic_write

QUICK = {"model": "small", "iterations": 1, "octaves": 1, "frames": 2}


def a_sweep(vary=None, pictures="in.png", **more):
    return make_sweep(pictures, vary=vary or {"layer": "join,conv1", "seed": "1..2"}, **{**QUICK, **more})


def frames(out):
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.glob("0*/*.png"))}


def test_a_sweep_makes_a_folder_for_each_cell(desk):
    summary = run_sweep(a_sweep(), "out")
    assert (len(summary.made), summary.there, summary.failed, summary.exit_code) == (4, 0, [], 0)
    assert sorted(each.name for each in (desk / "out").glob("0*")) == [
        "0001-join-seed-1", "0002-conv1-seed-1", "0003-join-seed-2", "0004-conv1-seed-2",
    ]  # fmt: skip
    assert len(frames(desk / "out")) == 8


def test_a_second_run_makes_what_is_missing_and_nothing_twice(desk):
    run_sweep(a_sweep(), "out", numbers=[2, 4])
    before = {path: path.stat().st_mtime_ns for path in (desk / "out").glob("0*/*.png")}
    assert [*missing(a_sweep(), "out", range(1, 5))] == [1, 3]
    dreamed = []
    summary = run_sweep(a_sweep(), "out", told=lambda event: dreamed.append(event["cell"]))
    assert ({*dreamed}, summary.there) == ({1, 3}, 2)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_cell_that_another_run_has_made_meanwhile_is_there_and_no_failure(desk):
    def engine(tasks, told):
        for task in tasks:
            dream_cell(task)
            yield {"cell": task["cell"], "state": "failed", "error": "another run works in it", "exit": 1}

    summary = run_sweep(a_sweep(), "out", engine=engine)
    assert (summary.failed, summary.there, summary.exit_code) == ([], 4, 0)


def test_a_sweep_does_not_take_the_place_of_a_file(desk):
    with pytest.raises(DreamError, match=r"^in.png is a file; name a folder$"):
        run_sweep(a_sweep(), "in.png")


def test_more_values_of_the_last_axis_add_cells(desk):
    run_sweep(a_sweep(), "out")
    summary = run_sweep(a_sweep({"layer": "join,conv1", "seed": "1..3"}), "out")
    assert (summary.there, sorted(outcome["cell"] for outcome in summary.made)) == (4, [5, 6])
    assert len(read_results("out")) == 6


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"vary": {"layer": "join,conv1", "seed": "1,3"}}, "seed is 1, 2 there and 1, 3 here"),
        (
            {"vary": {"layer": "join,conv1,left", "seed": "1..2"}},
            "layer is join, conv1 there and join, conv1, left here",
        ),
        ({"vary": {"layer": "join,conv1"}}, "axis seed is 1, 2 there and nothing here"),
        (
            {"vary": {"seed": "1..2", "layer": "join,conv1"}},
            "the order of axes is layer, seed there and seed, layer here",
        ),
        ({"iterations": 2}, "iterations is 1 there and 2 here"),
        ({"zipped": True}, "zip is no there and yes here"),
        ({"still": True}, "still is no there and yes here"),
        ({"kind": "jpg"}, "format is png there and jpg here"),
        ({"pictures": ["other.png"]}, "picture is "),
        ({"loading": {"precision": "bfloat16"}}, "precision is float32 there and bfloat16 here"),
    ],
)
def test_a_folder_of_another_sweep_is_refused_and_stays_as_it_is(desk, change, complaint):
    (desk / "other.png").write_bytes((desk / "in.png").read_bytes())
    run_sweep(a_sweep(), "out", numbers=[1])
    before = {path: path.read_bytes() for path in (desk / "out").rglob("*") if path.is_file()}
    with pytest.raises(DreamError) as error:
        run_sweep(a_sweep(**change), "out")
    assert str(error.value).startswith(f"out is of another sweep: {complaint}")
    assert {path: path.read_bytes() for path in (desk / "out").rglob("*") if path.is_file()} == before


def test_a_picture_that_has_changed_since_is_refused(desk):
    run_sweep(a_sweep(), "out", numbers=[1])
    Image.new("RGB", (30, 24)).save("in.png")
    with pytest.raises(DreamError, match="in.png has changed since the sweep in out began; name another folder"):
        run_sweep(a_sweep(), "out")


def test_a_folder_of_other_things_is_refused(desk):
    (desk / "out").mkdir()
    (desk / "out" / "letter.txt").write_text("dear")
    with pytest.raises(DreamError, match="out holds other things, and no sweep; name a new folder"):
        run_sweep(a_sweep(), "out")


def test_what_another_run_is_writing_at_that_moment_is_nothing_other(desk):
    (desk / "out").mkdir()
    with atomic_write("out/sweep.json") as file:
        file.write(b"half of it")
        as_begun(a_sweep(), "out")


@pytest.mark.parametrize(("codes", "code"), [([], 0), ([1], 1), ([2, 2], 2), ([1, 2], 1), ([2, 33, 1], 33), ([33], 33)])
def test_a_farm_learns_whether_another_try_is_worth_it(codes, code):
    assert Summary(0, failed=[{"exit": each} for each in codes]).exit_code == code


def test_a_combination_that_cannot_be_is_said_with_its_number_before_anything_is_written(desk):
    with pytest.raises(DreamError) as error:
        run_sweep(a_sweep({"layer": "join,conv1,jion", "seed": "1..2"}), "out")
    assert str(error.value).startswith(
        "cell 3 (layer=jion, seed=1): small has no layer 'jion' (did you mean \"join\"?)"
    )
    assert not (desk / "out").exists()


def test_a_loop_that_cannot_close_is_said_with_its_number(desk):
    with pytest.raises(DreamError) as error:
        run_sweep(a_sweep({"frames": "4,2", "loop": "no,yes"}, frames=None), "out")
    assert str(error.value).startswith("cell 4 (frames=2, loop=yes): a loop of 2 frames is not allowed")


def test_a_cell_that_fails_stops_nothing_and_is_tried_again(desk):
    def engine(tasks, told):
        for task in tasks:
            yield dream_cell({**task, "memory": 1} if task["cell"] == 2 else task, told)

    summary = run_sweep(a_sweep(), "out", engine=engine)
    assert (len(summary.made), [each["cell"] for each in summary.failed], summary.exit_code) == (3, [2], 33)
    failed = [result for result in each_result(a_sweep(), "out") if result.record["state"] == "failed"]
    assert [result.cell.number for result in failed] == [2] and "memory" in failed[0].record["error"]
    assert [each["cell"] for each in run_sweep(a_sweep(), "out").made] == [2]


def test_a_picture_of_one_kind_and_a_small_one_are_dreamed_longest_first(desk):
    Image.new("RGB", (60, 48)).save("large.png")
    order = [outcome["cell"] for outcome in run_sweep(a_sweep(pictures=["in.png", "large.png"]), "out").made]
    assert order == [5, 6, 7, 8, 1, 2, 3, 4]


def test_thumbnails_are_made_with_each_cell_and_not_again_by_the_page(desk):
    there = []

    def told(event):
        if event["state"] == "made":
            there.append({path: path.stat().st_mtime_ns for path in (desk / "out" / "thumbnails").iterdir()})

    run_sweep(a_sweep(), "out", told=told)
    assert [len(each) for each in there] == [2, 4, 6, 8]  # a still and a moving one
    assert {path: path.stat().st_mtime_ns for path in (desk / "out" / "thumbnails").iterdir()} == there[-1]


def test_a_cell_is_made_where_its_thumbnails_cannot_be(desk):
    (desk / "out").mkdir()
    run_sweep(a_sweep(), "out", numbers=[1])
    shutil.rmtree(desk / "out" / "thumbnails")
    (desk / "out" / "thumbnails").write_text("a file")
    assert len(run_sweep(a_sweep(), "out", numbers=[2]).made) == 1


def test_what_many_cells_note_is_said_once(desk):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        run_sweep(a_sweep(octaves=9), "out")
    notes = [str(each.message) for each in said if "octaves" in str(each.message)]
    assert len(notes) == 1 and notes[0].startswith("cell 1: ")


def test_two_runs_share_the_cells_of_one_folder(desk):
    first = run_sweep(a_sweep(), "out", numbers=[1, 2])
    second = run_sweep(a_sweep(), "out", numbers=[3, 4])
    alone = run_sweep(a_sweep(), "alone")
    assert len(first.made) == len(second.made) == 2 and len(alone.made) == 4
    assert frames(desk / "out") == frames(desk / "alone")


def test_the_folder_can_be_moved_with_its_pictures_and_goes_on_from_anywhere(desk, monkeypatch):
    (desk / "a").mkdir()
    os.rename("in.png", "a/in.png")
    run_sweep(a_sweep(pictures="a/in.png"), "a/out", numbers=[1])
    os.rename("a", "b")
    monkeypatch.chdir(desk / "b" / "out")
    summary = run_sweep(read_results("."), ".")
    assert (summary.there, len(summary.made)) == (1, 3)


def test_cells_keep_their_names_for_who_stands_elsewhere(desk, monkeypatch):
    for folder in ("a", "b"):
        (desk / folder).mkdir()
        Image.open("in.png").save(f"{folder}/in.png")
    text = 'pictures = ["a/in.png", "b/in.png"]\nmodel = "small"\nframes = 1\n[dream]\noctaves = 1\niterations = 1\n'
    (desk / "many.toml").write_text(
        f'{text}[vary]\ntransform = "blend(0.5, a/in.png); invert"\nlayer = "join;guide(a/in.png)"'
    )
    run_sweep(read_sweep("many.toml"), "out", numbers=[1, 2])
    names = {"0001-blend-0.5-a-in.png-join-a-in.png", "0002-invert-join-a-in.png"}
    assert {each.name for each in (desk / "out").glob("0*")} == names
    monkeypatch.chdir(desk / "b")
    assert [*missing(read_results("../out"), "../out", range(1, 9))] == [3, 4, 5, 6, 7, 8]
    assert run_sweep(read_sweep("../many.toml"), "../out", numbers=[1, 2]).there == 2
    typed = {"transform": "blend(0.5, ../a/in.png); invert", "layer": "join;guide(../a/in.png)"}
    again = make_sweep(["../a/in.png", "in.png"], vary=typed, model="small", frames=1, octaves=1, iterations=1)
    assert run_sweep(again, "../out", numbers=[1, 2]).there == 2


def test_a_file_of_results_that_is_damaged_is_said(desk):
    run_sweep(a_sweep(), "out", numbers=[1])
    said = json.loads((desk / "out" / "sweep.json").read_text())
    del said["vary"]
    (desk / "out" / "sweep.json").write_text(json.dumps(said))
    with pytest.raises(
        DreamError, match=r"out/sweep.json is damaged: this is no sweep: 'vary' is wrong or missing in it"
    ):
        run_sweep(a_sweep(), "out")


def test_what_it_will_take_is_summed_over_all_cells(desk):
    forecast = foresee(a_sweep({"seed": "1..3", "frames": "2,5"}, frames=None), range(1, 7))
    assert (forecast.cells, forecast.frames, forecast.seconds) == (6, 21, None)
    assert forecast.memory > 10**8 and forecast.disk == pytest.approx(30 * 24 * (21 * 1.8 + 6 * 24), rel=0.01)
    assert forecast.order == [4, 5, 6, 1, 2, 3]
    assert foresee(a_sweep(), [1], measured=True).seconds > 0


def test_of_many_combinations_a_share_is_looked_at_and_each_value_of_each_axis(desk, monkeypatch):
    monkeypatch.setattr(foretelling, "_MOST", 10)
    sweep = a_sweep({"jitter": "1..9", "octave_scale": "1.2,1.3,1.4", "layer": "join;conv1;jion"})
    with pytest.raises(DreamError, match="has no layer 'jion'"):
        foresee(sweep, range(1, len(sweep) + 1))
    looked = []
    sweep = a_sweep({"jitter": "1..9", "octave_scale": "1.2,1.3,1.4", "layer": "join;conv1", "seed": "1..50"})
    forecast = foresee(sweep, range(1, len(sweep) + 1), progress=lambda done, total: looked.append(total))
    assert (forecast.cells, forecast.frames) == (2700, 5400) and 10 <= looked[0] <= 25


KILLED = """
import json, os, sys
import dreamcore

def told(event):
    if (event["cell"], event.get("frame")) == (int(sys.argv[2]), 2):
        os._exit(9)  # with the frame in work, and whatever is being saved

dreamcore.run_sweep(dreamcore.make_sweep("in.png", **json.loads(sys.argv[1])), "out", told=told)
"""


def test_a_sweep_that_is_killed_twice_ends_equal_to_an_undisturbed_one(desk):
    vary = {"layer": "join,conv1,left", "transform": "zoom(0.1);swirl;invert", "seed": "1..2"}
    asked = json.dumps({**QUICK, "frames": 3, "vary": vary})
    for cell in (6, 13):
        assert subprocess.run([sys.executable, "-c", KILLED, asked, str(cell)]).returncode == 9
    summary = run_sweep(a_sweep(vary, frames=3), "out")
    assert summary.there == 12 and len(summary.made) == 6 and not summary.failed
    run_sweep(a_sweep(vary, frames=3), "alone")
    assert len(frames(desk / "out")) == 54 and frames(desk / "out") == frames(desk / "alone")
