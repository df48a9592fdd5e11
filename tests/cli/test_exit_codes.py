"""How commands end: 0 done, 2 what is asked for can never be, 33 out of memory, 130 interrupted, 1 whatever else."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import pytest

from dreamcore.cli import cli, main
from dreamcore.errors import DreamError, NotAllowed, NotEnoughMemory
from dreamcore.pictures import write_picture

QUICK = ["--model", "small", "--layer", "join", "--iterations", "1", "--octaves", "1"]


def leaves(group, path=()):
    """Yield each command that does something, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from leaves(found, (*path, name))
        else:
            yield pytest.param([*path, name], found, id=" ".join([*path, name]))


every_command = pytest.mark.parametrize(("words", "command"), [*leaves(cli)])


@every_command
@pytest.mark.parametrize(
    ("ends_with", "code"),
    [
        (None, 0),
        (DreamError("the disk is full"), 1),
        (ZeroDivisionError("a mistake"), 1),
        (NotAllowed("octaves=99"), 2),
        (NotAllowed("octaves=99").within("cell 7"), 2),
        (NotEnoughMemory("9 GB"), 33),
        (MemoryError(), 33),
        (KeyboardInterrupt(), 130),
    ],
    ids=repr,
)
def test_the_code_says_how_a_command_ended(capsys, monkeypatch, words, command, ends_with, code):
    def end():
        if ends_with is not None:
            raise ends_with

    monkeypatch.setattr(command, "params", [])
    monkeypatch.setattr(command, "callback", end)
    assert main(words) == code
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == (ends_with is not None)


@every_command
def test_an_option_that_no_command_has_is_not_tried_again(capsys, words, command):
    assert main([*words, "--no-such-option"]) == 2
    assert "--no-such-option" in capsys.readouterr().err


@every_command
def test_help_is_no_failure(capsys, words, command):
    assert main([*words, "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: dreamcore " + " ".join(words))


def test_a_command_that_is_none_is_not_tried_again(capsys):
    assert main(["swep"]) == 2


@pytest.mark.parametrize(
    "more",
    [
        ["--octaves", "99"],
        ["--strength", "-1"],
        ["--layer", "no_such_layer"],
        ["--layer", "0.5*"],
        ["--memory", "much"],
        ["--precision", "float64"],
        ["--mean", "1,2"],
        ["--seed", "x"],
    ],
    ids=" ".join,
)
def test_a_value_that_can_never_be_is_not_tried_again(desk, capsys, more):
    assert main(["still", "in.png", "out.png", *QUICK, *more]) == 2
    assert not Path("out.png").exists() and len(capsys.readouterr().err.splitlines()) <= 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["animate", "in.png", "out.gfi", *QUICK],
        ["animate", "in.png", "out.gif", *QUICK, "--colours", "1"],
        ["animate", "in.png", "out.gif", *QUICK, "--plays", "70000"],
        ["still", "in.png", "out.gfi", *QUICK],
        ["atlas", "in.png", "out.gfi", *QUICK[:2]],
    ],
    ids=" ".join,
)
def test_nor_is_a_file_that_can_never_be(desk, capsys, arguments):
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) <= 3 and not [*desk.glob("out*")]


@pytest.mark.parametrize(
    "recipe", ["octaves = 99", "[dream]\noctavs = 3", "octaves = ", 'transform = "zom"'], ids=["1", "2", "3", "4"]
)
def test_nor_is_a_recipe_that_says_one(desk, capsys, recipe):
    Path("mine.toml").write_text(recipe)
    assert main(["still", "in.png", "out.png", *QUICK[:2], "--recipe", "mine.toml"]) == 2
    assert "mine.toml: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["no.png", "out.png", *QUICK], ["in.png", "no/out.png", *QUICK], ["in.png", "out.png", "--model", "no-model"]],
    ids=["picture", "folder", "model"],
)
def test_what_another_machine_may_have_is_tried_again(desk, capsys, arguments):
    assert main(["still", *arguments]) == 1


def test_a_picture_that_does_not_fit_into_the_memory_is_tried_with_more(desk, capsys):
    assert main(["still", "in.png", "out.png", *QUICK, "--memory", "1kB"]) == 33
    assert "the limit is 1 kB" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
def test_ctrl_c_in_the_middle_of_the_work_is_130(desk):
    write_picture("in.png", np.zeros((64, 64, 3), "u1"))
    command = [sys.executable, "-m", "dreamcore", "frames", "in.png", "d", "-n", "5000", *QUICK]
    running = subprocess.Popen(command, stderr=subprocess.PIPE)
    while not Path("d/0001.png").exists():
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130 and b"Traceback" not in said
