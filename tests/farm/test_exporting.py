"""Jobs for render farms: each runs the one command, with the names as they are, and the sheet comes last."""

import configparser
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamcore.errors import NotAllowed
from dreamcore.farm.exporting import FARMS, FarmJob, farm_job, write_farm_job
from dreamcore.farm.maps import farm_path, read_map
from dreamcore.farm.ranges import Ranges
from tests.farm.stand_ins import DREAMCORE, MANAGER, Farm, windows_words

WICKED = [
    "with blanks, größe 猫 \N{DRAGON}",
    '-it\'s "quoted" $(touch owned) `touch owned` $HOME; & | > * ? [a] ~ ! \\',
    "#FRAME# #IFRAME# # @COMMAND@ @CHUNK@ {0} %s {{Param.Out}} \\1",
]
posix = pytest.mark.skipif(sys.platform == "win32", reason="its files cannot be called that")


def a_job(folder="/mnt/films", name="many", out="out", cells=7, chunk=3):
    return FarmJob(f"{folder}/{name}.toml", f"{folder}/{out}", cells, chunk, threads=2, memory=1536)


def asked(job, progress, *more, sweep=None, out=None):
    return ["sweep", sweep or job.sweep, out or job.out, "--yes", "--progress", progress, *more]


@pytest.fixture
def farm(tmp_path, monkeypatch):
    made = Farm(tmp_path, monkeypatch)
    made.install("dreamcore", DREAMCORE)
    return made


@pytest.fixture(params=WICKED)
def wicked(request, tmp_path):
    """A job with a wicked name in each place."""
    folder = tmp_path / request.param
    folder.mkdir()
    return a_job(folder, request.param, request.param)


@posix
def test_slurm_runs_an_array_and_the_sheet_after_it(farm, wicked):
    (script,), submitted = write_farm_job(wicked, "slurm", wicked.sweep)
    assert subprocess.run(["bash", "-n", script], capture_output=True, text=True).stderr == ""
    done = subprocess.run(["bash", "-c", submitted], capture_output=True, text=True, check=True)
    assert done.stdout == "cells: job 100, sheet: job 101\n"
    assert [folder for folder, *_ in farm.words] == [wicked.folder] * 4
    sweep, out = wicked.beside
    parts = [["--cells", "1-3"], ["--cells", "4-6"], ["--cells", "7-7"], []]
    assert [words for _, *words in farm.words] == [asked(wicked, "percent", *p, sweep=sweep, out=out) for p in parts]
    needs = {"parsable": "", "job-name": wicked.name, "cpus-per-task": "2", "mem": "1536M", "requeue": ""}
    assert farm.job(100)["options"] == {**needs, "array": "1-3"}
    assert farm.job(101)["options"] == {**needs, "dependency": "afterok:100", "kill-on-invalid-dep": "yes"}


@posix
def test_on_slurm_no_sheet_is_drawn_where_a_task_has_failed(farm, monkeypatch, tmp_path):
    monkeypatch.setenv("ENDS_WITH", "33")
    job = a_job(tmp_path)
    (script,), _ = write_farm_job(job, "slurm", job.sweep)
    subprocess.run(["bash", script], check=True, capture_output=True)
    assert farm.job(100)["codes"] == [33, 33, 33] and farm.job(101)["codes"] == []


def opencue_layers(script):
    """Return the layers of the job that OpenCue's server is sent, by name; and its dependencies."""
    cuerun = pytest.importorskip("outline.cuerun", reason="opencue-pyoutline is not installed")
    job = runpy.run_path(str(script))["job"]
    launcher = cuerun.OutlineLauncher(job, show="films", shot="sky", user="me", facility="local")
    spec = ElementTree.fromstring(launcher.serialize(use_pycuerun=False).partition("cjsl-")[2].partition(">")[2])
    layers = {each.get("name"): {one.tag: one.text for one in each} for each in spec.iter("layer")}
    return layers, [{one.tag: one.text for one in each} | each.attrib for each in spec.iter("depend")], spec


@posix
def test_opencue_gets_two_layers_the_second_of_which_waits(farm, wicked):
    (script,), _ = write_farm_job(wicked, "opencue", wicked.sweep)
    layers, depends, spec = opencue_layers(script)
    assert [*layers] == ["cells", "sheet"] and spec.find("job").get("name") == wicked.name
    facts = {"cores": "2.0", "threadable": "True", "memory": "1536m"}
    assert layers["cells"].items() >= {**facts, "range": "1-7", "chunk": "3"}.items()
    assert layers["sheet"].items() >= {**facts, "range": "1", "chunk": "1"}.items()
    (depend,) = depends
    assert (depend["type"], depend["deplayer"], depend["onlayer"]) == ("LAYER_ON_LAYER", "sheet", "cells")
    for layer, frames in (("cells", "4-6"), ("sheet", "1")):
        command = layers[layer]["cmd"]
        for token in ("FRAMESPEC", "FRAME", "IFRAME", "LAYER"):  # which the server replaces, wherever they stand
            command = command.replace(f"#{token}#", frames if token == "FRAMESPEC" else "0001")
        subprocess.run(["sh", "-c", command], check=True)
    assert [words for _, *words in farm.words] == [
        asked(wicked, "percent", "--cells", "4-6"),
        asked(wicked, "percent"),
    ]


def compiled(script, settings):
    """Return the type, and the tasks, that a Manager makes of a job's script."""
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no node to run JavaScript")
    source = Path(script).read_text() + MANAGER.replace("SETTINGS", json.dumps(settings))
    done = subprocess.run([node, "-"], input=source, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return json.loads(done.stdout)


@posix
def test_flamenco_gets_a_task_for_each_chunk_and_the_sheet_after_them(wicked):
    (script,), _ = write_farm_job(wicked, "flamenco", wicked.sweep)
    tasks = compiled(script, {})["tasks"]
    assert [(task["name"], task["type"]) for task in tasks] == [
        ("cells 1-3", "misc"),
        ("cells 4-6", "misc"),
        ("cells 7", "misc"),
        ("sheet", "misc"),
    ]
    assert tasks[-1]["after"] == ["cells 1-3", "cells 4-6", "cells 7"]
    (command,) = tasks[1]["commands"]
    assert command == {"name": "exec", "exe": "dreamcore", "args": asked(wicked, "percent", "--cells", "4-6")}
    assert tasks[-1]["commands"][0]["args"] == asked(wicked, "percent")


def test_flamenco_can_be_asked_for_other_cells(tmp_path):
    job = a_job(tmp_path)
    (script,), _ = write_farm_job(job, "flamenco", job.sweep)
    assert [each["key"] for each in compiled(script, {})["type"]["settings"]] == ["cells", "chunk_size"]
    tasks = compiled(script, {"cells": "2-3", "chunk_size": 1})["tasks"]
    assert [task["name"] for task in tasks] == ["cells 2", "cells 3", "sheet"]


@posix
def test_openjd_runs_the_tasks_and_the_sheet(farm, wicked):
    openjd = Path(sys.executable).with_name("openjd")
    if not openjd.exists():
        pytest.skip("openjd-cli is not installed")
    (template,), submitted = write_farm_job(wicked, "openjd", wicked.sweep)
    Path(wicked.sweep).touch()
    program, *words = shlex.split(submitted)
    done = subprocess.run([openjd, *words], capture_output=True, text=True, timeout=120)
    assert program == "openjd" and done.returncode == 0, done.stdout
    chunks = [words[-1] for _, *words in farm.words[:-1]]
    assert [number for chunk in chunks for number in Ranges.read(chunk)] == [1, 2, 3, 4, 5, 6, 7] and len(chunks) == 3
    assert [words for _, *words in farm.words] == [
        *(asked(wicked, "openjd", "--cells", chunk) for chunk in chunks),
        asked(wicked, "openjd"),
    ]


def test_openjd_is_told_where_a_folder_is_that_is_elsewhere(tmp_path):
    job = FarmJob(f"{tmp_path}/many.toml", "/mnt/{out} 1", 7, 3, 2, 1536)
    (template,), submitted = write_farm_job(job, "openjd", job.sweep)
    parameters = json.loads(template.read_text())["parameterDefinitions"]
    assert [each.get("default") for each in parameters] == ["many.toml", None]
    assert submitted.endswith("--job-param 'Out=/mnt/{out} 1'")


# Keys of Manual Job Submission (docs.thinkboxsoftware.com) and of the plug-in CommandLine.
DEADLINE_JOB = {"Plugin", "Name", "BatchName", "Comment", "Frames", "ChunkSize", "OutputDirectory0"}
DEADLINE_PLUGIN = {"Executable", "Arguments", "StartupDirectory", "ShellExecute", "SingleFramesOnly"}


def keys_and_values(path):
    reader = configparser.RawConfigParser(delimiters="=", comment_prefixes=())
    reader.optionxform = str
    reader.read_string("[file]\n" + path.read_text())
    return dict(reader["file"])


def test_deadline_gets_two_jobs_and_their_plug_in_files(wicked):
    if ">" in wicked.sweep:
        with pytest.raises(NotAllowed, match="holds < or >, which Deadline takes for words of its own"):
            write_farm_job(wicked, "deadline", wicked.sweep)
        return
    paths, submitted = write_farm_job(wicked, "deadline", wicked.sweep)
    program, first, second, *files = shlex.split(submitted)
    assert (program, first, second) == ("deadlinecommand", "-SubmitMultipleJobs", "-dependent")
    assert files == ["-job", *map(str, paths[:2]), "-job", *map(str, paths[2:])]
    cells, run_cells, sheet, run_sheet = map(keys_and_values, paths)
    assert {*cells} == {*sheet} == DEADLINE_JOB and {*run_cells} == {*run_sheet} == DEADLINE_PLUGIN
    assert (cells["Frames"], cells["ChunkSize"], sheet["Frames"]) == ("1-7", "3", "1")
    assert {run_cells["Executable"], run_sheet["Executable"]} == {"dreamcore"}
    arguments = run_cells["Arguments"].replace("<STARTFRAME>", "4").replace("<ENDFRAME>", "6")
    assert windows_words(arguments) == asked(wicked, "percent", "--cells", "4-6")
    assert windows_words(run_sheet["Arguments"]) == asked(wicked, "percent")


@pytest.mark.parametrize("name", ["two\nlines", "a\rb", "\x1b[2J", "\udce9"])
def test_a_name_that_no_line_can_hold_is_refused(name):
    with pytest.raises(NotAllowed, match="rename it for a farm"):
        a_job(name=name)


@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/"), min_size=1, max_size=12))
def test_jobs_are_called_what_every_farm_takes(name):
    assert re.fullmatch(r"sweep-[A-Za-z0-9_.-]*", a_job(name=name).name)


def a_farm_job(sweep="many.toml", out="out", cells=100, seconds=3000.0, memory=600 << 20, **more):
    return farm_job(sweep, out, cells, seconds=seconds, memory=memory, **more)


@pytest.mark.parametrize(
    ("cells", "seconds", "chunk"),
    [(100, 3000, 4), (100, 0, 100), (7, 7e6, 1), (100_000, 7e9, 100), (5, 3000, 1)],
)
def test_a_task_takes_two_minutes_and_there_are_at_most_a_thousand(cells, seconds, chunk):
    assert a_farm_job(cells=cells, seconds=seconds).chunk == chunk


@pytest.mark.parametrize(("mib", "granted"), [(600, 1024), (614, 1024), (615, 1280), (0, 256)])
def test_a_cell_is_granted_what_its_share_of_is_enough(mib, granted):
    assert a_farm_job(memory=mib << 20).memory == granted  # of which 0.6 is taken; SLURM takes 0 for everything


def test_what_is_asked_for_is_taken(tmp_path):
    here, maps = tmp_path / "films", [(str(tmp_path), "/mnt"), (str(tmp_path / "films"), "/films")]
    job = a_farm_job(here / "many.toml", tmp_path / "out", chunk=7, threads=3, maps=maps)
    assert job == FarmJob("/films/many.toml", "/mnt/out", 100, 7, 3, 1024)


@pytest.mark.parametrize("write", FARMS.values(), ids=[*FARMS])
def test_a_task_reads_pictures_as_large_as_they_were_allowed_here(monkeypatch, write):
    monkeypatch.setenv("DREAMCORE_MAX_DECODED", "2GB")
    text = "".join(write(a_farm_job()).texts.values())
    assert re.search(r"--max-decoded\W+2GB", text)


def test_a_name_that_begins_like_an_option_is_submitted_as_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, submitted = write_farm_job(a_farm_job("-many.toml"), "slurm", Path("-many.toml"))
    assert submitted == "bash ./-many.slurm.sh"


def test_a_sweep_that_is_no_file_for_a_farm_is_refused():
    with pytest.raises(NotAllowed, match=r"many.json is no .toml file"):
        a_farm_job("many.json")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/home/me/a.toml", "/mnt/a.toml"),
        ("/home/me", "/mnt"),
        ("/home/mean/a.toml", "/home/mean/a.toml"),
        ("/home/me/win/a b/c.toml", "F:\\win\\a b\\c.toml"),
        ("/home/me/unc/c.toml", "\\\\server\\films\\c.toml"),
    ],
)
def test_a_folder_is_called_otherwise_on_the_farm(path, there):
    maps = [("/home/me", "/mnt"), ("/home/me/win", "F:\\win"), ("/home/me/unc", "\\\\server\\films")]
    assert farm_path(path, maps) == there


@pytest.mark.parametrize("text", ["", "=", "/a=", "=/b", "/a"])
def test_a_map_without_two_folders_is_refused(text):
    with pytest.raises(NotAllowed, match="HERE=THERE"):
        read_map(text)


def test_a_farm_of_windows_gets_its_own_paths(tmp_path):
    job = FarmJob("F:\\films\\many.toml", "F:\\films\\out", 7, 3, 2, 1536)
    assert (job.folder, job.name, job.beside) == ("F:\\films", "sweep-many", ("many.toml", "out"))
    paths, _ = write_farm_job(job, "deadline", tmp_path / "many.toml")
    assert keys_and_values(paths[1])["StartupDirectory"] == "F:\\films"
    assert windows_words(keys_and_values(paths[3])["Arguments"]) == asked(job, "percent")


def test_a_map_that_holds_none_of_the_paths_is_said_to_change_nothing(tmp_path):
    maps = [(str(tmp_path), "/mnt"), (f"{tmp_path}/elsewhere", "/else")]
    with pytest.warns(UserWarning) as said:
        farm_job(tmp_path / "many.toml", tmp_path / "out", 7, seconds=1, memory=1, maps=maps)
    (line,) = (str(each.message) for each in said)
    assert line.startswith(f"map {tmp_path}/elsewhere=/else changes nothing: {tmp_path}/many.toml and ")
