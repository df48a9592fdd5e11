import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.transforms import Context, parse


def test_recipes_list_names_them_all(capsys):
    assert main(["recipes", "list"]) == 0
    out = capsys.readouterr().out
    assert "dogesine" in out and "Your own" in out


def test_recipes_list_says_which_of_the_users_are_broken(capsys, own_folder):
    own_folder.mkdir()
    (own_folder / "mine.toml").write_text("frame = 3")
    assert main(["recipes", "list"]) == 0
    assert 'broken: mine.toml: no key "frame"' in capsys.readouterr().out


def test_recipes_show_prints_what_can_be_loaded(capsys, tmp_path):
    assert main(["recipes", "show", "pixel-rain"]) == 0
    path = tmp_path / "mine.toml"
    path.write_text(capsys.readouterr().out)
    assert main(["recipes", "check", str(path), "dogesine"]) == 0
    assert capsys.readouterr().out.count("correct") == 2


def test_recipes_check_fails_for_a_broken_one(capsys, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("transform = 'zom'")
    assert main(["recipes", "check", str(path), "dogesine"]) == 1
    printed = capsys.readouterr()
    assert "dogesine: correct" in printed.out
    assert 'unknown transform "zom" (did you mean "zoom"?)' in printed.err and "1 of 2" in printed.err


def test_recipes_list_is_quick():
    code = ("import sys, time; from dreamcore.cli import main; main(['recipes', 'list']); "
            "print('torch' in sys.modules, time.process_time())")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy, seconds = out.splitlines()[-1].split()
    assert heavy == "False" and float(seconds) < 1      # half of it on a machine with nothing else to do


def test_transforms_list_has_every_group(capsys):
    assert main(["transforms", "list"]) == 0
    out = capsys.readouterr().out
    for group in ("geometry:", "shifts:", "edges:", "smooth and sharpen:", "colour:", "glitch:", "mix:", "chain:"):
        assert group in out


@pytest.mark.parametrize("name", ["roll", "sine", "every"])
def test_transforms_show_explains_parameters(capsys, name):
    assert main(["transforms", "show", name]) == 0
    assert "default" in capsys.readouterr().out


def test_transforms_show_of_an_unknown_name(capsys):
    assert main(["transforms", "show", "zom"]) == 1
    assert 'did you mean "zoom"' in capsys.readouterr().err


@pytest.mark.parametrize("channels", [3, 4])
def test_unroll_shifts_the_frames_of_a_folder_back(tmp_path, channels):
    text = "roll(shift=random(-5, 5))"
    frame = np.random.default_rng(0).integers(0, 256, (8, 10, 3), np.uint8)
    alpha = np.arange(80, dtype=np.uint8).reshape(8, 10, 1)[..., :channels - 3]
    folder = tmp_path / "dream"
    folder.mkdir()
    (folder / "sequence.json").write_text(json.dumps({"transform": text, "seed": 3}))
    from dreamcore.pictures import write_picture
    rolled = frame
    for number in range(3):
        write_picture(folder / f"{number:04d}.png", np.dstack([rolled, alpha]), {"frame": number})
        rolled = parse(text)(rolled, Context(number, 3))
    assert main(["unroll", str(folder), str(tmp_path / "still"), "--quiet"]) == 0
    for number in range(3):
        back = np.asarray(Image.open(tmp_path / "still" / f"{number:04d}.png"))
        assert np.array_equal(back, np.dstack([frame, alpha]))
    assert main(["unroll", str(folder), str(tmp_path / "still")]) == 1
