"""Every command of docs/imagemagick.md runs and makes what it names; a stand-in dreams, so that it takes seconds."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.wand_tools.conftest import picture_frames, save_frames
from wand_tools import make_animation
from wand_tools.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs/imagemagick.md"
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
CELLS = [re.sub(r"^`|`$", "", cell.strip()).replace(r"\|", "|") for row in ROWS for cell in re.split(r"(?<!\\)\|", row)]
COMMANDS = [cell for cell in CELLS if cell.startswith(("convert ", "montage ", "identify ", "wandgif "))]
STAND_IN = "convert -size 40x30 -delay 7 plasma:red plasma:blue plasma:green 'miff:%o'"

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("convert", "montage", "identify")), reason="no ImageMagick commands"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    frames = picture_frames(4)
    save_frames(folder / "frames", frames, "{:04}.png")
    make_animation(frames, folder / "out.gif", jobs=1)
    Image.fromarray(frames[0]).save(folder / "photo.jpg")
    (folder / "config/ImageMagick").mkdir(parents=True)
    (folder / "config/ImageMagick/delegates.xml").write_text(
        f'<delegatemap><delegate decode="dream" command="{STAND_IN}"/></delegatemap>'
    )
    return folder


def test_the_page_has_its_commands():
    assert len(ROWS) == 19 and len(COMMANDS) == 19 * 3 - 2  # two have nothing like it


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs_and_makes_what_it_names(tmp_path, desk, monkeypatch, command):
    place = shutil.copytree(desk, tmp_path / "desk")
    monkeypatch.chdir(place)
    words = shlex.split(command)
    if words[0] == "wandgif" and "|" not in words:
        assert main(words[1:]) == 0
    else:
        environment = {**os.environ, "XDG_CONFIG_HOME": str(place / "config")}
        line = command.replace("wandgif", f"{shlex.quote(sys.executable)} -m wand_tools")
        done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True)
        assert done.returncode == 0 and ("wandgif" in command or not done.stderr), done.stderr
    says = words[0] == "identify" or "info" in words
    out = "out.gif" if says else words[3] if words[0] == "wandgif" and "|" not in words else words[-1]
    made = [*place.glob(out.replace("%04d", "*"))]
    assert made and all(each.stat().st_size for each in made)
