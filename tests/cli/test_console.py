"""The edge of the commands: whatever comes, one line and an exit code, and nothing that is finished is lost."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.console import Choice, echo, explain, run_command, shown
from dreamcore.errors import DreamError, NotEnoughMemory
from dreamcore.pictures import write_picture

DREAMCORE = Path(sys.executable).with_name("dreamcore")
CLOSED = "error: standard output is closed, and what was asked for cannot be printed"
QUICK = ["--layer", "join", "--iterations", "1", "--octaves", "1", "--model", "small"]


def run(action, capsys, arguments=()):
    """Run a command that does something; return (exit code, standard error)."""
    command = click.command(click.option("--debug", is_flag=True)(lambda debug: action()))
    return run_command(command, "x", arguments), capsys.readouterr().err


def raiser(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DreamError("no layer"), 1, "error: no layer\n"),
        (NotEnoughMemory("9 GB"), 33, "error: 9 GB\n"),
        (MemoryError(), 33, "error: there was not enough memory; a smaller picture"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), 33, "error: there was not enough memory"),
        (RuntimeError("CUDA out of memory"), 33, "error: there was not enough memory"),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (EOFError(), 1, "error: EOFError: no reason (unexpected: --debug shows where)\n"),
        (RecursionError("deep\nand deeper"), 1, "error: RecursionError: deep (unexpected"),
        (OSError(errno.ENOSPC, "No space left on device", "d/x.png"), 1, "error: d/x.png: No space left on device\n"),
        (click.UsageError("no such option"), 2, "error: no such option\n"),
        (DreamError("no file x\ny"), 1, "error: no file x\\ny\n"),
        (click.UsageError("no such option x\ny"), 2, "error: no such option x\\ny\n"),
        (OSError(errno.ENOENT, "No such file", "x\ny"), 1, "error: x\\ny: No such file\n"),
        (BrokenPipeError(), 1, ""),
        (SystemExit(7), 7, ""),
    ],
)
def test_every_end_is_one_line_and_a_code(capsys, error, code, text):
    found, said = run(raiser(error), capsys)
    assert found == code and said.lstrip().startswith(text) and len(said.strip().splitlines()) <= 1  # click's own first


def test_where_the_line_itself_has_no_room_it_is_still_said(capfd, monkeypatch):
    monkeypatch.setattr("dreamcore.console.explain", lambda error: raiser(MemoryError())())
    assert run_command(click.command(raiser(DreamError("x"))), "x", []) == 33
    assert capfd.readouterr().err == "error: there was not enough memory\n"


def test_debug_shows_where_an_error_came_from(capsys):
    code, said = run(raiser(ZeroDivisionError("x")), capsys, ["--debug"])
    assert code == 1 and "Traceback" in said and said.splitlines()[-1].startswith("error: ZeroDivisionError: x")


def test_an_end_of_input_within_the_work_does_not_read_as_ctrl_c():
    abort = click.Abort()
    abort.__cause__ = EOFError()
    assert explain(abort)[1] == 1


def test_what_would_command_the_terminal_is_escaped(capsys):
    echo("a\x1b]0;x\x07b\u202ec\td\n\x9be")
    assert capsys.readouterr().out == "a\\x1b]0;x\\x07b\\u202ec\td\n\\u009be\n"
    assert shown("caf\udce9 \N{DRAGON}") == "caf\udce9 \N{DRAGON}"


def test_commands_print_through_this_one_place():
    modules = [*Path(sys.modules["dreamcore.cli"].__file__).parent.glob("*.py")]
    assert modules and not [each.name for each in modules if re.search(r"click\.s?echo|\bprint\(", each.read_text())]


@pytest.mark.parametrize("arguments", [[], ["transforms"], ["recipes"], ["models"], ["gimp"]])
def test_a_group_without_a_command_is_explained(capsys, arguments):
    main(arguments)
    said = capsys.readouterr()
    assert "Usage: dreamcore" in said.out + said.err and "error:" not in said.out + said.err


def dreamcore(*arguments, redirect="", **options):
    """Run the command in a shell that closes or fills its streams."""
    script = f'exec "$0" "$@" {redirect}'
    return subprocess.run(["sh", "-c", script, DREAMCORE, *map(str, arguments)], capture_output=True, **options)


posix = pytest.mark.skipif(os.name != "posix", reason="streams are closed otherwise here")


@posix
@pytest.mark.parametrize("redirect", ["2>&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_the_work_is_done_whatever_streams_are_closed(desk, redirect):
    done = dreamcore("still", "in.png", "out.png", *QUICK, redirect=redirect)
    assert done.returncode == 0, done.stderr
    with Image.open("out.png") as image:
        image.load()


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
def test_a_full_output_is_one_line_and_no_success(desk):
    done = dreamcore("recipes", "list", redirect=">/dev/full")
    assert done.returncode == 1 and done.stderr.decode().splitlines() == ["error: No space left on device"]


@posix
@pytest.mark.parametrize("arguments", [["recipes", "list"], ["transforms", "list"], ["info", "in.png"], ["--version"]])
def test_what_is_printed_nowhere_is_one_line_and_no_success(desk, arguments):
    write_picture("in.png", np.zeros((2, 2, 3), "u1"), {"seed": 3})
    done = dreamcore(*arguments, redirect=">&-")
    assert done.returncode == 1 and done.stderr.decode().splitlines() == [CLOSED]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing option '--way'. Allowed: left, right"),
        (["--way", "rigth"], "'rigth' is not one of left, right (did you mean \"right\"?)"),
    ],
)
def test_a_word_that_is_none_of_some_is_said_with_them_and_the_nearest(capsys, arguments, message):
    command = click.command(click.option("--way", type=Choice(["left", "right"]), required=True)(lambda way: None))
    assert run_command(command, "goes", arguments) == 2
    error = capsys.readouterr().err
    assert error.endswith(f"{message}\n") and error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["still", "in.png", ""],
        ["still", "", "out.png"],
        ["frames", "in.png", ""],
        ["frames", "in.png", "d", "--recipe", ""],
        ["animate", "", "a.gif"],
        ["sweep", "in.png", ""],
        ["sweep", "in.png", "d", "--recipe", ""],
        ["breed", "dogesine", ""],
        ["verify", ""],
        ["unroll", "", "d"],
        ["info", ""],
        ["atlas", "in.png", ""],
        ["farm", "export", "", "--to", "slurm"],
        ["recipes", "show", ""],
        ["sky", ""],
    ],
)
def test_an_empty_name_stands_for_nothing(desk, capsys, arguments):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.endswith("a name is empty, which is often a variable that is not set\n") and error.count("\n") == 1
    assert {path.name for path in desk.iterdir()} == {"in.png", "models"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recipes", "shw"], """no command 'shw' (did you mean "show"?); allowed: check, list, show"""),
        (["transforms", "zoom"], "no command 'zoom'; allowed: list, show"),
    ],
)
def test_a_command_that_is_not_there_is_said_with_those_that_are(capsys, arguments, message):
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_a_warning_is_one_line_whatever_other_programs_bring_with_it(capsys):
    @click.command()
    def warns():
        warnings.warn("this is odd\n  Traceback: ...", stacklevel=1)

    assert run_command(warns, "warns", []) == 0
    assert capsys.readouterr().err == "note: this is odd\n"


def test_a_warning_is_said_once_wherever_it_comes_from(capsys):
    @click.command()
    def warns():
        warnings.warn("this is odd", stacklevel=1)
        warnings.warn("this is odd", stacklevel=1)
        warnings.warn("so is this", stacklevel=1)

    assert run_command(warns, "warns", []) == 0
    assert capsys.readouterr().err == "note: this is odd\nnote: so is this\n"


@posix
def test_names_that_are_no_text_are_printed_as_they_are(desk):
    name = os.fsdecode(b"caf\xe9.png")
    done = dreamcore("sky", name, "--size", "16x16", env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"})
    assert (done.returncode, done.stdout) == (0, b"caf\xe9.png\n") and os.path.exists(name)


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_whole_frames_and_says_how_to_go_on(desk, number):
    running = subprocess.Popen(
        [DREAMCORE, "frames", "in.png", "d", "-n", "500", *QUICK], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while not Path("d/0002.png").exists():
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"to go on: dreamcore frames in.png d" in said and b"Traceback" not in said
    assert not [each for each in os.listdir("d") if each.startswith(".")]
    again = dreamcore("frames", "in.png", "d", "-n", "3", *QUICK, "--resume")
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("command", [[DREAMCORE], [sys.executable, "-m", "dreamcore"]])
def test_nothing_of_the_current_folder_is_executed(tmp_path, command):
    for module in ("pickle", "numpy", "torch", "random", "json", "click", "struct", "platformdirs", "sitecustomize"):
        (tmp_path / f"{module}.py").write_text(f"open('owned by {module}', 'w').close()")
    subprocess.run([*command, "recipes", "list"], cwd=tmp_path, check=True, capture_output=True)
    assert not [each.name for each in tmp_path.glob("owned*")]


@pytest.mark.parametrize(
    "arguments", [["still", "in.png", "./in.png"], ["animate", "in.gif", "in.gif"], ["still", "in.png", "mask.png"]]
)
def test_sources_are_never_overwritten(desk, capsys, arguments):
    Image.open("in.png").save("in.gif")
    Image.new("L", (9, 9), 255).save("mask.png")
    before = {name: Path(name).read_bytes() for name in ("in.png", "in.gif", "mask.png")}
    more = ["--mask", "mask.png"] if "mask.png" in arguments else []
    assert main([*arguments, *QUICK, *more]) == 1
    assert "would be overwritten" in capsys.readouterr().err
    assert before == {name: Path(name).read_bytes() for name in before}


@pytest.mark.parametrize(
    ("out", "more", "code", "message"),
    [
        ("out.gfi", [], 2, "'gfi' is not one of gif"),
        (".", [], 2, "no suffix"),
        ("out.gif", ["--cross-fade", "99"], 2, "cross"),
        ("no/out.gif", [], 1, "no folder no"),
    ],
)
def test_an_animation_that_cannot_be_written_is_refused_before_the_first_dream(desk, capsys, out, more, code, message):
    assert main(["animate", "in.png", out, "-n", "2", *QUICK, *more]) == code
    assert message in capsys.readouterr().err
    assert not [name for name in os.listdir() if name.endswith("-frames")]


def test_a_larger_picture_is_read_where_that_is_said(desk, capsys, monkeypatch):
    monkeypatch.setenv("DREAMCORE_MAX_DECODED", "1kB")
    assert main(["still", "in.png", "out.png", *QUICK]) == 1
    assert "--max-decoded" in capsys.readouterr().err
    assert main(["still", "in.png", "out.png", *QUICK, "--max-decoded", "1MB"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is in use cannot be deleted there")
@pytest.mark.parametrize("command", [["dreamcore", "still", "in.png", "x.png"], ["wand_tools", "make", "a", "x.gif"]])
def test_a_current_folder_that_has_been_deleted_is_said_to_be(tmp_path, command):
    (tmp_path / "gone").mkdir()
    script = 'cd gone && rmdir ../gone && exec "$0" -m "$@"'
    done = subprocess.run(["sh", "-c", script, sys.executable, *command], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "error: the current folder has been deleted; go to another one\n")


def test_a_python_that_leaves_documents_out_knows_the_same_terms():
    code = "from dreamcore.transforms import REGISTRY; from dreamcore.ascent import objectives; print(len(REGISTRY))"
    plain, bare = (
        subprocess.run([sys.executable, *flag, "-c", code], capture_output=True, text=True) for flag in ([], ["-OO"])
    )
    assert plain.stdout == bare.stdout != "" and not bare.stderr
