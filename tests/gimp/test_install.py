import ast
import gettext
import io
import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from dreamcore.cli.gimp import gimp
from dreamcore.errors import DreamError
from gimp_plugin import install as gimp_install

PLUGIN = Path(gimp_install.__file__).parents[1] / "gimp_plugin/deep-dream"


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
    target = gimp_install.install(tmp_path / "3.0")
    assert target == tmp_path / "3.0/plug-ins/deep-dream"
    assert os.access(target / "deep-dream.py", os.X_OK)
    command = json.loads((target / "worker.json").read_text())["command"]
    assert command[1:] == ["-I", "-m", "dreamcore", "worker"] and os.access(command[0], os.X_OK)
    assert [each.name for each in (tmp_path / "3.0").iterdir()] == ["plug-ins"]


def test_install_replaces_an_older_plug_in_whole(tmp_path):
    old = gimp_install.install(tmp_path) / "old.py"
    old.write_text("")
    gimp_install.install(tmp_path, ["python"])
    assert not old.exists()
    assert gimp_install.uninstall(tmp_path) and not old.parent.exists()
    assert gimp_install.uninstall(tmp_path) is None


def test_a_profile_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "plug-ins").write_text("in the way")
    with pytest.raises(DreamError, match="cannot install into"):
        gimp_install.install(tmp_path)


def test_the_commands_say_what_they_did(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(gimp, [*arguments, "--profile", str(tmp_path)]).output

    assert run("install").startswith(f"installed {tmp_path}/plug-ins/deep-dream\n")
    assert run("uninstall") == f"removed {tmp_path}/plug-ins/deep-dream\n"
    assert run("uninstall") == f"not in {tmp_path}\n"


def test_no_profile_at_all_says_what_to_do(monkeypatch):
    monkeypatch.setattr(gimp_install, "profiles", lambda: [])
    assert "start GIMP once" in str(CliRunner().invoke(gimp, ["uninstall"]).exception)


def test_the_version_is_that_of_gimp_3_only(tmp_path):
    for text, version in (("GNU Image Manipulation Program version 3.0.4", "3.0.4"), ("version 2.10.34", None)):
        program = tmp_path / "gimp-console"
        program.write_text(f"#!/bin/sh\necho {text}\n")
        program.chmod(0o755)
        assert gimp_install.gimp_version(str(program)) == version
    assert gimp_install.gimp_version("/no/gimp") is None


def texts():
    for path in PLUGIN.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                yield node.args[0].value


def test_every_text_of_the_plug_in_is_translated_into_german():
    catalogue = gettext.GNUTranslations(
        io.BytesIO(gimp_install.compile_catalogue((PLUGIN / "locale/de.po").read_text()))
    )
    for text in texts():
        translated = catalogue.gettext(text)
        assert translated != text or text == "Deep Dream", text
        assert translated.count("{}") == text.count("{}")


def test_no_two_letters_of_a_dialog_are_the_same():
    source = (PLUGIN / "deep-dream.py").read_text()
    arguments = dict(re.findall(r'^    "([\w-]+)": \("\w+", _\("([^"]*)"\)', source, re.M))
    assert len(arguments) == 18
    letters = [
        text[text.index("_") + 1].lower()
        for name, text in arguments.items()
        if "_" in text and name not in ("file", "plays", "order", "recipe", "frame-delay")
    ]
    letters += list("crhsl") + list("cpwd")[1:]
    assert sorted(set(letters)) == sorted(letters)
