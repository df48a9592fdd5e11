"""Farms at work, as far as one machine can be one: what is exported dreams real cells."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dreamcore.cli import main
from tests.farm.stand_ins import Farm

SWEEP = """
pictures = ["in.png"]
still = true
model = "small"

[dream]
layer = "join"
iterations = 1
octaves = 1

[vary]
seed = "1..2"
"""
PROGRAM = f"""#!/bin/sh
exec {shlex.quote(sys.executable)} -m dreamcore "$@"
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its farms have other shells")


@pytest.fixture
def sweep(desk, monkeypatch):
    """A folder with a sweep of two stills, and a farm's machine whose dreamcore is this one."""
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]))
    folder = desk / "it's a sweep"
    folder.mkdir()
    (desk / "in.png").rename(folder / "in.png")
    (folder / "many.toml").write_text(SWEEP)
    (desk / "machine").mkdir()
    farm = Farm(desk / "machine", monkeypatch)
    farm.install("dreamcore", PROGRAM)
    return folder, farm


def records(out):
    return [json.loads(path.read_text())["state"] for path in sorted(out.glob("*/cell.json"))]


def exported(folder, farm, capsys, *more):
    assert main(["farm", "export", str(folder / "many.toml"), "--to", farm, *more]) == 0
    *files, said = capsys.readouterr().out.splitlines()
    assert all(Path(file).exists() for file in files)
    assert said.startswith("2 tasks of a cell" if "1" in more else "1 task of 2 cells")
    return said.partition("To submit: ")[2]


def test_slurm_dreams_a_cell_in_each_task_and_draws_the_sheet(sweep, capsys):
    folder, farm = sweep
    submitted = exported(folder, "slurm", capsys, "--chunk", "1")
    done = subprocess.run(["bash", "-c", submitted], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [farm.job(number)["codes"] for number in (100, 101)] == [[0, 0], [0]], done.stderr
    assert records(folder / "many") == ["made", "made"]
    assert (folder / "many" / "sheet.png").exists() and (folder / "many" / "index.html").exists()
    lines = done.stderr.splitlines()
    assert [line for line in lines if line.startswith("Progress: 100%")] and any("Saved: " in line for line in lines)


def test_openjd_dreams_the_cells_and_draws_the_sheet_and_hears_how_far_it_is(sweep, capsys):
    openjd = Path(sys.executable).with_name("openjd")
    if not openjd.exists():
        pytest.skip("openjd-cli is not installed")
    folder, _ = sweep
    submitted = exported(folder, "openjd", capsys)
    done = subprocess.run([openjd, *shlex.split(submitted)[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert records(folder / "many") == ["made", "made"] and (folder / "many" / "sheet.png").exists()
    assert "openjd_progress: 100.0" in done.stdout and "openjd_status: cell 2 made" in done.stdout


def test_a_program_reads_nothing_but_objects(sweep, capsys):
    folder, _ = sweep
    assert main(["sweep", str(folder / "many.toml"), str(folder / "many"), "--progress", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["cell"] for event in events if event["state"] == "made"] == [1, 2] and events[-1]["done"] == 1


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--cells", "3"], 2, "there is no cell 3; allowed are 1 to 2"),
        (["--cells", "2-1"], 2, "write 1-2"),
        (["--cells", "1", "--memory", "1kB"], 33, "the limit is 1 kB"),
        (["--progress", "openjdd"], 2, "openjd"),
    ],
)
def test_a_farm_learns_from_the_code_whether_to_try_again(sweep, capsys, more, code, message):
    folder, _ = sweep
    assert main(["sweep", str(folder / "many.toml"), str(folder / "many"), *more]) == code
    assert message in capsys.readouterr().err


def test_a_task_that_is_run_twice_makes_nothing_twice(sweep, capsys):
    folder, _ = sweep
    words = ["sweep", str(folder / "many.toml"), str(folder / "many"), "--cells", "2", "--progress", "percent"]
    assert main(words) == 0
    (picture,) = folder.glob("many/0002*/0000.png")
    before = picture.stat().st_mtime_ns
    assert f"Saved: {picture}" in capsys.readouterr().out.splitlines()
    assert main(words) == 0
    assert "Saved" not in capsys.readouterr().out and picture.stat().st_mtime_ns == before
    assert records(folder / "many") == ["made"]


def test_a_sweep_without_the_file_is_one_line(desk, capsys):
    assert main(["farm", "export", "no.toml", "--to", "slurm"]) == 1
    assert capsys.readouterr().err == "error: cannot read no.toml: it is not there\n"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--to", "slurmm"], "slurm"),
        (["--to", "slurm", "--map", "/a"], "HERE=THERE"),
        (["--to", "slurm", "--chunk", "0"], "chunk"),
    ],
)
def test_what_can_never_be_exported_is_one_line(sweep, capsys, more, message):
    folder, _ = sweep
    assert main(["farm", "export", str(folder / "many.toml"), *more]) == 2
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1
    assert not [*folder.glob("many.*.*")]
