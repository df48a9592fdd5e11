import json
import os
import re
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from dreamcore.cli.gimp import command
from dreamcore.errors import DreamError
from gimp_plugin import install as gimp_install

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("platform", "environ", "made", "expected"),
    [
        (
            "linux",
            {},
            [".config/GIMP/3.0", ".config/GIMP/3.2", ".config/GIMP/2.10"],
            [("GIMP", ".config/GIMP/3.0"), ("GIMP", ".config/GIMP/3.2")],
        ),
        (
            "linux",
            {"XDG_CONFIG_HOME": "HOME/xdg"},
            ["xdg/GIMP/3.0", ".config/GIMP/3.0"],
            [("GIMP", "xdg/GIMP/3.0"), ("flatpak", ".config/GIMP/3.0")],
        ),
        ("linux", {}, ["snap/gimp/current/.config/GIMP/3.0"], [("snap", "snap/gimp/current/.config/GIMP/3.0")]),
        ("darwin", {}, ["Library/Application Support/GIMP/3.0"], [("GIMP", "Library/Application Support/GIMP/3.0")]),
        ("win32", {"APPDATA": "HOME/roaming"}, ["roaming/GIMP/3.2"], [("GIMP", "roaming/GIMP/3.2")]),
        ("linux", {"GIMP3_DIRECTORY": "HOME/own"}, [".config/GIMP/3.0"], [("GIMP", "own")]),
        ("linux", {}, [], []),
    ],
)
def test_profiles_are_found_by_the_rules_of_the_platform(tmp_path, platform, environ, made, expected):
    for folder in made:
        (tmp_path / folder).mkdir(parents=True)
    environ = {key: value.replace("HOME", str(tmp_path)) for key, value in environ.items()}
    found = gimp_install.profiles(environ, tmp_path, platform)
    assert found == [(kind, tmp_path / folder) for kind, folder in expected]


def test_install_puts_a_runnable_plug_in_there_and_writes_which_python(tmp_path):
    target = gimp_install.install_into(tmp_path / "3.0")
    assert target == tmp_path / "3.0/plug-ins/deep-dream"
    assert os.access(target / "deep-dream.py", os.X_OK)
    command = json.loads((target / "worker.json").read_text())["command"]
    assert command[1:] == ["-I", "-m", "dreamcore", "worker"] and os.access(command[0], os.X_OK)
    assert [each.name for each in (tmp_path / "3.0").iterdir()] == ["plug-ins"]


def test_the_plug_in_can_be_run_where_it_is_linked_or_copied_from_the_repository():
    assert os.access(ROOT / "gimp_plugin/deep-dream/deep-dream.py", os.X_OK)
    if (ROOT / ".git").exists():
        listing = ["git", "ls-files", "--stage", "gimp_plugin/deep-dream/deep-dream.py"]
        assert subprocess.run(listing, cwd=ROOT, capture_output=True, text=True).stdout.startswith("100755 ")


def test_all_that_the_plug_in_needs_is_installed(tmp_path):
    target, source = gimp_install.install_into(tmp_path), ROOT / "gimp_plugin/deep-dream"
    files = {each.name for each in source.iterdir() if each.is_file()}
    assert {each.name for each in target.iterdir() if each.is_file()} == files | {"worker.json"}
    assert (target / "parameters.json").read_bytes() == (source / "parameters.json").read_bytes()


def test_the_package_takes_all_files_of_the_plug_in_along():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = re.split(r"[,\s]+", setup["options.package_data"]["gimp_plugin"].strip())
    folder = ROOT / "gimp_plugin"
    taken = {path for pattern in patterns for path in folder.glob(pattern)}
    files = {path for path in (folder / "deep-dream").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert files - taken == set()


def test_install_replaces_an_older_plug_in_whole(tmp_path):
    old = gimp_install.install_into(tmp_path) / "old.py"
    old.write_text("")
    gimp_install.install_into(tmp_path, ["python"])
    assert not old.exists()
    assert gimp_install.remove_from(tmp_path) and not old.parent.exists()
    assert gimp_install.remove_from(tmp_path) is None


def test_a_profile_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "plug-ins").write_text("in the way")
    with pytest.raises(DreamError, match="cannot install into"):
        gimp_install.install_into(tmp_path)


def test_the_commands_say_what_they_did(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(command, [*arguments, "--profile", str(tmp_path)]).output

    assert run("install").startswith(f"installed {tmp_path}/plug-ins/deep-dream\n")
    assert run("uninstall") == f"removed {tmp_path}/plug-ins/deep-dream\n"
    assert run("uninstall") == f"not in {tmp_path}\n"


def test_no_profile_at_all_says_what_to_do(monkeypatch):
    monkeypatch.setattr(gimp_install, "profiles", lambda: [])
    assert "start GIMP once" in str(CliRunner().invoke(command, ["uninstall"]).exception)


def test_the_version_is_that_of_gimp_3_only(tmp_path):
    for text, version in (("GNU Image Manipulation Program version 3.0.4", "3.0.4"), ("version 2.10.34", None)):
        program = tmp_path / "gimp-console"
        program.write_text(f"#!/bin/sh\necho {text}\n")
        program.chmod(0o755)
        assert gimp_install.gimp_version(str(program)) == version
    assert gimp_install.gimp_version("/no/gimp") is None
