"""`dreamcore sweep`, as a person types it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from dreamcore.cli import main
from dreamcore.errors import NotEnoughMemory
from dreamcore.farm import dreaming

QUICK = ["--model", "small", "--iterations", "1", "--octaves", "1", "--frames", "2"]
AXES = ["--vary", "layer=join,conv1", "--vary", "seed=1..2"]


def run(capsys, *arguments):
    """Run a command line; return (exit code, standard output, standard error)."""
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_it_makes_cells_a_sheet_and_a_page_and_the_second_time_nothing(desk, capsys):
    command = ["sweep", "in.png", "out", *AXES, *QUICK]
    code, out, _ = run(capsys, *command)
    assert code == 0 and out.splitlines()[-1] == "4 new cells in out"
    assert sum(line.startswith("Saved: ") for line in out.splitlines()) == 4
    assert {"sheet.png", "index.html", "sweep.json", "0004-conv1-seed-2"} <= {
        each.name for each in (desk / "out").iterdir()
    }
    page = (desk / "out" / "index.html").stat().st_mtime_ns
    assert run(capsys, *command)[:2] == (0, "0 new cells in out, 4 were there\n")
    assert (desk / "out" / "index.html").stat().st_mtime_ns == page


def test_it_lists_its_cells_and_what_they_will_take(desk, capsys):
    code, out, _ = run(capsys, "sweep", "in.png", "out", *AXES, *QUICK, "--list")
    assert code == 0 and out.splitlines()[:4] == [
        "     1  layer=join  seed=1",
        "     2  layer=conv1  seed=1",
        "     3  layer=join  seed=2",
        "     4  layer=conv1  seed=2",
    ]
    assert out.splitlines()[4].startswith("4 cells, 8 frames: about ") and "of disk" in out
    assert not (desk / "out").exists()


def test_only_some_cells_and_then_the_page_with_the_last_of_them(desk, capsys):
    command = ["sweep", "in.png", "out", *AXES, *QUICK, "--cells"]
    assert run(capsys, *command, "2-4")[1].splitlines()[-1] == "3 new cells in out"
    assert not (desk / "out" / "index.html").exists()
    assert run(capsys, *command, "1")[1].splitlines()[-1] == "1 new cell in out"
    assert (desk / "out" / "index.html").exists()


def test_a_file_says_the_same_as_options(desk, capsys):
    text = 'pictures = "in.png"\nmodel = "small"\nframes = 2\n[vary]\nlayer = "join,conv1"\nseed = [1, 2]\n'
    (desk / "many.toml").write_text(text + "[dream]\niterations = 1\noctaves = 1\n")
    run(capsys, "sweep", "in.png", "out", *AXES, *QUICK, "--quiet")
    code, out, _ = run(capsys, "sweep", "many.toml", "out")
    assert (code, out) == (0, "0 new cells in out, 4 were there\n")


def test_stills_are_pictures_that_carry_their_recipe(desk, capsys):
    assert run(capsys, "sweep", "in.png", "out", *AXES, *QUICK, "--still", "--quiet") == (0, "", "")
    assert len([*(desk / "out").glob("*/*.png")]) == 4
    assert "iterations = 1" in run(capsys, "info", "out/0002-conv1-seed-1/0000.png", "--as-recipe")[1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["in.png", "out", "--vary", "layr=join"], "no parameter 'layr' to vary (did you mean \"layer\"?)"),
        (["in.png", "out", "--vary", "octaves=1,99"], "axis octaves: octaves=99 is not allowed"),
        (["in.png", "out", "--vary", "seed=1..1000000"], "these are 1000000 cells; give --yes if they are meant"),
        (
            ["in.png", "out", "--vary", "seed=1..1000000", "--vary", "jitter=1..500", "--vary", "octaves=2..5"],
            "these are",
        ),
        (["in.png", "out", "--vary", "seed=1,2", "--vary", "seed=3"], "--vary seed stands twice"),
        (["in.png", "out", "--vary", "seed=1,2", "--cells", "3"], "there is no cell 3; allowed are 1 to 2"),
        (
            ["in.png", "out", "--vary", "seed=1,2", "--zip", "--vary", "octaves=1..3"],
            "zip takes as many",
        ),
        (["many.toml", "out", "--vary", "seed=1,2"], "many.toml says what is dreamed; write vary into it"),
        (["many.toml", "out", "--octaves", "2"], "many.toml says what is dreamed; write octaves into it"),
        (["in.png", "many.toml", "out"], "many.toml says which pictures are dreamed; it stands alone in their place"),
        (["nowhere.png", "out"], "cannot read nowhere.png"),
        (
            ["in.png", "out", "--vary", "model=small,smal"],
            "cell 2 (model=smal): no model 'smal'",
        ),
        (["in.png", "."], ". holds other things, and no sweep; name a new folder"),
    ],
)
def test_a_mistake_is_one_clear_line_and_writes_nothing(desk, capsys, arguments, complaint):
    (desk / "many.toml").write_text('pictures = "in.png"')
    before = sorted(desk.rglob("*"))
    code, out, err = run(capsys, "sweep", *arguments)
    assert code in (1, 2) and out == ""
    assert err.startswith(f"error: {complaint}") and "Traceback" not in err
    assert sorted(desk.rglob("*")) == before


def test_a_million_cells_may_be_meant_where_a_few_are_asked_for(desk, capsys):
    asked = ["--vary", "seed=1..1000000", "--cells", "5,1000000", *QUICK, "--layer", "join"]
    assert run(capsys, "sweep", "in.png", "out", *asked)[1].splitlines()[-1] == "2 new cells in out"
    assert (desk / "out" / "1000000-seed-1000000" / "0001.png").exists()


def test_cells_that_fail_are_counted_and_said_and_the_exit_code_tells_of_memory(desk, capsys, monkeypatch):
    dreamed = dreaming._dreamed

    def one_fails(task, told):
        if task["cell"] == 3:
            raise NotEnoughMemory("far too large")
        return dreamed(task, told)

    monkeypatch.setattr(dreaming, "_dreamed", one_fails)
    code, out, err = run(capsys, "sweep", "in.png", "out", *AXES, *QUICK)
    assert code == 33 and out.splitlines()[-1] == "3 new cells in out"
    assert "cell 3 failed: far too large" in err and err.endswith("error: 1 of 4 cells failed; see cell.json in each\n")
    assert json.loads((desk / "out" / "0003-join-seed-2" / "cell.json").read_text())["error"] == "far too large"
    assert "far too large" in (desk / "out" / "index.html").read_text()
    monkeypatch.undo()
    monkeypatch.setenv("DREAMCORE_MODELS", str(desk / "models"))
    monkeypatch.chdir(desk)
    code, out, _ = run(capsys, "sweep", "in.png", "out", *AXES, *QUICK)
    assert code == 0 and out.splitlines()[-1] == "1 new cell in out, 3 were there"


def test_progress_for_programs_is_a_line_of_json_for_each_event(desk, capsys):
    _, out, _ = run(capsys, "sweep", "in.png", "out", *AXES, *QUICK, "--progress", "json")
    states = [json.loads(line)["state"] for line in out.splitlines() if line.startswith("{")]
    assert states.count("made") == 4 and states.count("dreaming") == 8


@pytest.mark.skipif(os.name != "posix", reason="sends the signal that Ctrl-C sends on POSIX")
def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(desk):
    command = [sys.executable, "-m", "dreamcore", "sweep", "in.png", "out", *AXES, *QUICK[:-1], "500"]
    interruptible = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **interruptible) as process:
        while not [*(desk / "out").glob("*/0002.png")]:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 130 and "Traceback" not in said
    assert "what is finished is in out; to go on: dreamcore sweep in.png out --vary layer=join,conv1" in said


@pytest.mark.parametrize(
    "place, said",
    [
        ("many", "no such place to work on: many; allowed: here, local, tcp://HOST:PORT, tls://HOST:PORT, FILE.json"),
        ("tcp://10.0.0.5:8786", "whoever reaches tcp://10.0.0.5:8786 can run programs there"),
        ("none.json", "cannot read none.json: No such file"),
    ],
)
def test_a_place_that_is_none_or_open_to_all_is_refused_before_anything_is_looked_at(desk, capsys, place, said):
    code, _, error = run(capsys, "sweep", "in.png", "out", *AXES, *QUICK, "--on", place)
    assert code and said in error and len(error.splitlines()) == 1
    assert not (desk / "out").exists()


def test_info_says_what_a_sweep_is_and_how_its_cells_stand(desk, capsys):
    assert run(capsys, "sweep", "in.png", "out", *AXES, *QUICK, "--cells", "1-3")[0] == 0
    (desk / "out/0002-conv1-seed-1/0001.png").unlink()
    (desk / "out/0003-join-seed-2/cell.json").write_text('{"state": "failed", "error": "the disk was full"}')
    code, out, _ = run(capsys, "info", "out")
    said = json.loads(out)
    assert code == 0 and said["cells"] == {"all": 4, "made": 1, "failed": 1, "missing": 2}
    assert said["failures"] == {"3": "the disk was full"}
    assert said["pictures"] == ["in.png"] and said["vary"]["layer"] == ["join", "conv1"]
    assert run(capsys, "info", "out", "--as-recipe")[0] == 2
