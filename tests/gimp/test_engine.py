"""The filter with the real worker: frames are those of the command line, and the check of an installation works."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from dreamcore.errors import DreamError
from dreamcore.models import zoo
from gimp_plugin import install as gimp_install
from gimp_plugin.trial import dream_in_gimp
from wand_tools import info

SCRIPT = Path(__file__).with_name("frames.py")
pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def model():
    for name in (zoo.DEFAULT_MODEL, "squeezenet_v1.1"):
        if name in zoo.installed():
            return name
    pytest.skip(f"no model here: neither {zoo.DEFAULT_MODEL} nor squeezenet_v1.1")


@pytest.mark.parametrize("selected", ["nothing", "soft"])
def test_frames_are_byte_identical_to_the_command_line(gimp, model, selected):
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8)).resize((128, 96), Image.BILINEAR)
    picture.save(gimp.folder / "picture.png")
    options = {"recipe": "whirlpool", "iterations": "2", "octaves": "2", "frames": "3", "seed": "5"}
    gimp.install()
    said = gimp.script(SCRIPT, gimp.folder, selected, model, *options.values())
    assert said["error"] == ""
    mask = []
    if selected == "soft":
        pixels = np.frombuffer((gimp.folder / "mask.raw").read_bytes(), "u1").reshape(96, 128)
        assert len(np.unique(pixels)) > 20
        Image.fromarray(pixels).save(gimp.folder / "mask.png")
        mask = ["--mask", gimp.folder / "mask.png"]
    command = [
        sys.executable,
        "-m",
        "dreamcore",
        "frames",
        gimp.folder / "picture.png",
        gimp.folder / f"frames-{selected}",
        *mask,
        "--model",
        model,
        "--quiet",
        *(word for name in options for word in (f"--{name}", options[name])),
    ]
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    for number in range(3):
        through_gimp = np.asarray(Image.open(gimp.folder / f"gimp-{number}.png").convert("RGB"))
        expected = np.asarray(Image.open(gimp.folder / f"frames-{selected}/{number:04d}.png"))
        np.testing.assert_array_equal(through_gimp, expected)


def test_a_group_dreams_as_its_layers_are_named_and_the_text_of_that_dreams_the_same(gimp, model):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8)).resize((128, 96)).save(gimp.folder / "areas.png")
    gimp.install()
    said = gimp.script(SCRIPT.with_name("areas.py"), gimp.folder, model)
    assert '(did you mean "patterns"?)' in said["error"], said["error"]
    options = {"model": model, "layer": said["layer"], "iterations": "2", "octaves": "1", "frames": "1", "seed": "5"}
    command = [sys.executable, "-m", "dreamcore", "frames", gimp.folder / "seen.png", gimp.folder / "areas", "--quiet"]
    command += [word for name in options for word in (f"--{name}", options[name])]
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    files = gimp.folder / "dreamed.png", gimp.folder / "areas/0000.png"
    through_gimp, expected = (np.asarray(Image.open(each).convert("RGB")) for each in files)
    np.testing.assert_array_equal(through_gimp, expected)


def test_layers_are_saved_as_their_names_say(gimp):
    gimp.install()
    assert gimp.script(SCRIPT.with_name("animation.py"), gimp.folder) == {"own.gif": "", "same.gif": ""}
    own, same = (info(gimp.folder / name) for name in ("own.gif", "same.gif"))
    assert [float(each) for each in own.durations] == [0.07, 0.2, 0.07]
    assert ([float(each) for each in same.durations], same.plays) == ([0.05] * 3, 2)
    with Image.open(gimp.folder / "own.gif") as animation:
        frames = [np.asarray(each.convert("L")) for each in ImageSequence.Iterator(animation)]
    assert [(each[0, 0], each[0, 7]) for each in frames] == [(50, 50), (120, 120), (250, 120)]


def test_menu_and_errors_speak_the_users_language(gimp):
    gimp.install(["/no/python"])
    (gimp.profile / "pluginrc").unlink(missing_ok=True)
    script = gimp.folder / "label.py"
    script.write_text(
        "from gi.repository import Gimp\nsaid['label'] = Gimp.get_pdb().lookup_procedure("
        "'plug-in-deep-dream-layers').get_menu_label()\n"
    )
    said = gimp.script(script, LANG="de_DE.UTF-8", LANGUAGE="de")
    (gimp.profile / "pluginrc").unlink()
    assert said["label"] == "Jede _Ebene träumen …"


def run_in(gimp):
    def run(command, env=None, **_others):
        gimp.run(["gimp-console", *command[1:]])
        return subprocess.CompletedProcess(command, 0, "", gimp.log.read_text())

    return run


def test_check_dreams_a_small_picture(gimp, model, monkeypatch):
    if model != zoo.DEFAULT_MODEL:
        pytest.skip(f"{zoo.DEFAULT_MODEL} is not here")
    monkeypatch.setattr("tempfile.tempdir", str(gimp.folder))
    gimp.install()
    assert len(dream_in_gimp("gimp-console", gimp.profile, run_in(gimp))) == 2


def test_check_says_when_the_filter_is_not_there(gimp, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(gimp.folder))
    gimp.install()
    gimp_install.remove_from(gimp.profile)
    with pytest.raises(DreamError, match="did not register"):
        dream_in_gimp("gimp-console", gimp.profile, run_in(gimp))


def test_check_says_when_the_worker_is_missing(gimp, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(gimp.folder))
    gimp.install(["/no/python"])
    with pytest.raises(DreamError, match="cannot be started: /no/python"):
        dream_in_gimp("gimp-console", gimp.profile, run_in(gimp))
