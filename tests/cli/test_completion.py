"""What the shell completes."""

import shutil
import subprocess
import sys

import pytest
from click.shell_completion import get_completion_class

from dreamcore.cli import cli, main


def suggested(*words):
    """What bash would suggest for the last of the words."""
    complete = get_completion_class("bash")(cli, {}, "dreamcore", "_DREAMCORE_COMPLETE")
    return [item.value for item in complete.get_completions([*words[:-1]], words[-1])]


def test_commands_are_completed():
    assert suggested("rec") == ["recipes"]


def test_recipes_transforms_models_and_layers_are_completed_by_name():
    assert suggested("frames", "--recipe", "doge") == ["dogesine"]
    assert suggested("frames", "--transform", "swi") == ["swirl("]
    assert suggested("still", "--model", "dreaml") == ["dreamlet"]
    assert suggested("still", "--layer", "tex") == ["textures"]


def test_layers_are_those_of_the_model_that_is_named(desk):
    assert suggested("still", "--model", "small", "--layer", "jo") == ["join"]
    assert suggested("still", "--layer", "dream_4") == ["dream_4c"]


def test_where_there_is_no_such_model_nothing_is_suggested_and_nothing_said(capfd):
    assert suggested("still", "--model", "nonesuch", "--layer", "co") == []
    assert capfd.readouterr() == ("", "")


def test_suggesting_does_not_load_pytorch():
    code = (
        "import sys; from tests.cli.test_completion import suggested; assert suggested('still', '--layer', 'dream_4');"
        "assert suggested('frames', '--transform', 'sw'); print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", "data/bash-completion/completions/dreamcore"),
        ("zsh", "data/zsh/site-functions/_dreamcore"),
        ("fish", "config/fish/completions/dreamcore.fish"),
    ],
)
def test_the_script_is_installed_where_the_shell_looks(tmp_path, monkeypatch, capsys, shell, file):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SHELL", f"/bin/{shell}")
    assert main(["completion", "--install"]) == 0
    assert "_DREAMCORE_COMPLETE" in (tmp_path / file).read_text()
    assert str(tmp_path / file) in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash on this machine")
def test_bash_takes_the_script(capsys):
    assert main(["completion", "bash"]) == 0
    asked = capsys.readouterr().out + "\ncomplete -p dreamcore"
    run = subprocess.run(["bash", "-c", asked], capture_output=True, text=True)
    assert "_dreamcore_completion" in run.stdout


def test_an_unknown_shell_is_one_line(capsys):
    assert main(["completion", "zhs"]) == 2
    assert "shell 'zhs'" in (error := capsys.readouterr().err) and 'did you mean "zsh"?' in error
