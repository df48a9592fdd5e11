import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from dreamcore.cli import main
from dreamcore.sequence.recipe import load_recipe, read_recipe
from dreamcore.sequence.values import differences
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


def test_recipes_check_looks_at_each_frame_of_a_formula(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text('frames = 12\ntransform = "zoom(0.1*t)"')
    assert main(["recipes", "check", "mine.toml"]) == 1
    assert "zoom(0.1*t): frame 10: amount=1 is not allowed" in capsys.readouterr().err
    (tmp_path / "mine.toml").write_text('frames = 10\ntransform = "zoom(0.1*t + 0*beat(1))"')
    assert main(["recipes", "check", "mine.toml"]) == 0


def test_recipes_check_fails_for_a_broken_one(capsys, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("transform = 'zom'")
    assert main(["recipes", "check", str(path), "dogesine"]) == 1
    printed = capsys.readouterr()
    assert "dogesine: correct" in printed.out
    assert 'unknown transform "zom" (did you mean "zoom"?)' in printed.err and "1 of 2" in printed.err


def test_recipes_list_is_quick():
    code = (
        "import sys, time; from dreamcore.cli import main; main(['recipes', 'list']); "
        "print('torch' in sys.modules, time.process_time())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy, seconds = out.splitlines()[-1].split()
    assert heavy == "False" and float(seconds) < 1  # half of it on a machine with nothing else to do


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
    assert main(["transforms", "show", "zom"]) == 2
    assert 'did you mean "zoom"' in capsys.readouterr().err


@pytest.mark.parametrize("channels", [3, 4])
def test_unroll_shifts_the_frames_of_a_folder_back(tmp_path, channels):
    text = "roll(shift=random(-5, 5))"
    frame = np.random.default_rng(0).integers(0, 256, (8, 10, 3), np.uint8)
    alpha = np.arange(80, dtype=np.uint8).reshape(8, 10, 1)[..., : channels - 3]
    folder = tmp_path / "dream"
    folder.mkdir()
    (folder / "sequence.json").write_text(json.dumps({"transform": text, "seed": 3}))
    from dreamcore.pictures import to_bytes, write_picture

    rolled = frame
    for number in range(3):
        write_picture(folder / f"{number:04d}.png", np.dstack([rolled, alpha]), {"frame": number})
        rolled = to_bytes(parse(text)(rolled, Context(number, 3)))
    assert main(["unroll", str(folder), str(tmp_path / "still"), "--quiet"]) == 0
    for number in range(3):
        back = np.asarray(Image.open(tmp_path / "still" / f"{number:04d}.png"))
        assert np.array_equal(back, np.dstack([frame, alpha]))
    assert main(["unroll", str(folder), str(tmp_path / "still")]) == 1


QUICK = ["--model", "small", "--iterations", "1", "--octaves", "1", "--quiet"]


@pytest.fixture
def here(desk):
    """A folder with a picture, a model and a recipe, to work in."""
    (desk / "mine.toml").write_text(
        'frames = 2\nseed = 4\ntransform = ["zoom(0.1)", "roll(shift=random)"]\n'
        '[dream]\nlayer = "join"\n[animation]\ndelay = 9\n'
    )
    return desk


def test_frames_by_a_recipe_with_options_in_its_place(here):
    assert main(["frames", "in.png", "dream", "--recipe", "mine.toml", "--frames", "3", "--seed", "6", *QUICK]) == 0
    settings = json.loads((here / "dream/sequence.json").read_text())
    assert settings["transform"] == "chain(zoom(0.1), roll(columns, shift=random(-5)))"
    assert (settings["frames"], settings["seed"]) == (3, 6)
    assert settings["parameters"]["layer"] == "join" and settings["parameters"]["octaves"] == 1
    assert settings["animation"] == {"delay": 9}


def test_a_recipe_taken_out_of_a_picture_makes_the_same_again(here, capsys):
    assert main(["frames", "in.png", "dream", "--recipe", "mine.toml", *QUICK]) == 0
    assert main(["info", "dream/0001.png", "--as-recipe"]) == 0
    (here / "taken.toml").write_text(capsys.readouterr().out)
    again = ["frames", "in.png", "again", "--recipe", "taken.toml", "--frames", "2", "--model", "small", "--quiet"]
    assert main(again) == 0
    assert (here / "dream/0001.png").read_bytes() == (here / "again/0001.png").read_bytes()


COLOURS = ["--mean", "99,100.5,101", "--scale", "0.5", "--channels", "rgb"]


def test_a_recipe_taken_out_of_a_still_says_what_was_said_of_the_models_colours(here, capsys):
    assert main(["still", "in.png", "a.png", *COLOURS, *QUICK]) == 0
    assert main(["info", "a.png", "--as-recipe"]) == 0
    (here / "taken.toml").write_text(capsys.readouterr().out)
    assert main(["still", "in.png", "b.png", "--recipe", "taken.toml", "--quiet"]) == 0
    assert (here / "a.png").read_bytes() == (here / "b.png").read_bytes()
    assert main(["still", "in.png", "c.png", *QUICK]) == 0
    assert np.any(np.asarray(Image.open("a.png")) != np.asarray(Image.open("c.png")))


def test_a_folder_and_a_saved_recipe_say_it_as_well(here, capsys):
    assert main(["frames", "in.png", "dream", "-n", "1", "--save-recipe", "saved.toml", *COLOURS[:2], *QUICK]) == 0
    assert main(["info", "dream", "--as-recipe"]) == 0
    taken, saved = read_recipe(capsys.readouterr().out), read_recipe((here / "saved.toml").read_text())
    assert taken.colours == saved.colours == {"mean": (99, 100.5, 101)}


def test_what_was_not_said_is_no_part_of_the_recipe(here, capsys):
    assert main(["still", "in.png", "a.png", *QUICK]) == 0
    assert main(["info", "a.png", "--as-recipe"]) == 0
    assert "colours" not in capsys.readouterr().out


def test_the_folder_gives_its_recipe_with_frames_and_animation(here, capsys):
    main(["frames", "in.png", "dream", "--recipe", "mine.toml", *QUICK])
    assert main(["info", "dream", "--as-recipe"]) == 0
    recipe = read_recipe(capsys.readouterr().out)
    assert recipe.sequence.frames == 2 and differences(recipe.timing) == {"delay": 9}


def test_save_recipe_keeps_what_was_asked_for(here):
    options = ["--transform", "zoom(0.1)", "--transform", "invert", "--layer", "join", "--frames", "1"]
    assert main(["frames", "in.png", "dream", *options, "--save-recipe", "saved.toml", *QUICK]) == 0
    saved = load_recipe("saved.toml")
    assert saved.sequence.transform == parse("chain(zoom(0.1), invert)")
    assert differences(saved.dream) == {"layer": "join", "iterations": 1, "octaves": 1}
    assert (saved.sequence.frames, saved.sequence.model) == (1, "small")


def test_a_mistake_in_a_transform_is_pointed_at(here, capsys):
    assert main(["frames", "in.png", "dream", "--transform", "chain(zoom, rol(3))", *QUICK]) == 2
    assert capsys.readouterr().err.splitlines() == [
        'error: unknown transform "rol" (did you mean "roll"?)',
        "  chain(zoom, rol(3))",
        "              ^",
    ]
