"""`dreamcore config`, and where what it sets counts: below options, below recipes, below what a run keeps."""

import json
import shutil

import pytest

from dreamcore.cli import main
from dreamcore.defaults import read_defaults, set_defaults
from dreamcore.sequence import load_recipe
from dreamcore.worker.engine import Engine
from tests.worker.test_engine import PICTURE, nothing

QUICK = ["--frames", "1", "--iterations", "1", "--octaves", "1", "--layer", "textures", "-q"]


@pytest.fixture
def here(desk, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(desk / "config"))
    return desk


def run(*arguments):
    return main([str(each) for each in arguments])


def made(folder):
    return json.loads((folder / "sequence.json").read_text())


def test_it_shows_what_is_set_and_what_is_not(here, capsys):
    assert run("config", "model=small", "memory=2GB") == 0
    assert run("config", "--unset", "memory") == 0
    capsys.readouterr()
    assert run("config") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("model      small  the network")
    assert lines[2].startswith("precision") and lines[2].endswith("[default: float32]")
    assert lines[3].endswith("[default: most of what is free]")
    assert lines[4] == f"They are kept in {here / 'config/dreamcore/config.toml'}"
    assert read_defaults() == {"model": "small"}


@pytest.mark.parametrize("wrong", ["model=smal", "model", "precision=half", "device=cuda:99", "colour=1", "memory=no"])
def test_what_is_not_there_or_not_allowed_is_one_line_and_sets_nothing(here, capsys, wrong):
    assert run("config", "precision=auto", wrong) != 0
    assert capsys.readouterr().err.count("\n") == 1
    assert read_defaults() == {}


def test_what_cannot_be_unset_is_said_with_the_nearest_name(here, capsys):
    assert run("config", "--unset", "precison") == 2
    assert capsys.readouterr().err.startswith(
        'error: no default "precison" (did you mean "precision"?); allowed: model'
    )


def test_a_model_in_a_folder_is_found_from_everywhere(here, monkeypatch):
    shutil.copytree(here / "models" / "small", here / "elsewhere" / "mine")
    assert run("config", "model=elsewhere/mine") == 0
    monkeypatch.chdir(here / "models")
    assert run("layers") == 0


def test_the_usual_model_is_below_options_and_recipes(here):
    set_defaults({"model": "small"})
    (here / "named.toml").write_text('model = "dreamlet"\n')
    (here / "unnamed.toml").write_text("frames = 1\n")
    for number, (more, model) in enumerate(
        [
            ([], "small"),
            (["--recipe", "unnamed.toml"], "small"),
            (["--recipe", "named.toml"], "dreamlet"),
            (["--model", "dreamlet"], "dreamlet"),
        ]
    ):
        assert run("frames", "in.png", f"out{number}", *QUICK, *more) == 0
        assert made(here / f"out{number}")["model"]["name"] == model


def test_what_is_saved_names_its_model_whatever_is_usual_later(here):
    assert run("frames", "in.png", "out", *QUICK, "--save-recipe", "saved.toml") == 0
    set_defaults({"model": "small"})
    assert load_recipe("saved.toml").with_usual("small").sequence.model == "dreamlet"
    assert run("still", "in.png", "again.png", "--recipe", "out", "--octaves", 1, "--iterations", 1, "-q") == 0
    assert run("still", "in.png", "same.png", "--recipe", "saved.toml", "-q") == 0
    assert (here / "again.png").read_bytes() == (here / "same.png").read_bytes()


def test_a_resumed_run_keeps_its_model_and_precision(here):
    assert run("frames", "in.png", "out", *QUICK) == 0
    set_defaults({"model": "small", "precision": "bfloat16"})
    assert run("frames", "in.png", "out", *QUICK, "--frames", 2, "--resume") == 0
    assert (made(here / "out")["model"]["name"], made(here / "out")["precision"]) == ("dreamlet", "float32")


def test_a_sweep_keeps_its_models_and_precision_and_one_in_a_file_knows_no_others(here):
    asked = ["sweep", "in.png", "many", "--still", "--vary", "seed=1,2", *QUICK[2:], "--on", "here"]
    assert run(*asked, "--cells", 1) == 0
    (here / "told.toml").write_text('pictures = ["in.png"]\nstill = true\n[dream]\niterations = 1\noctaves = 1\n')
    set_defaults({"model": "small", "precision": "bfloat16"})
    assert run(*asked) == 0
    assert run("sweep", "told.toml", "told", "-q", "--on", "here") == 0
    recipes = [json.loads((here / name / "sweep.json").read_text())["recipes"] for name in ("many", "told")]
    assert all('model = "dreamlet"' in recipe["recipe"] for (recipe,) in recipes)
    set_defaults({"precision": None})
    assert run(*asked[:2], "new", *asked[3:]) == 0
    assert 'model = "small"' in (here / "new/sweep.json").read_text().replace("\\", "")


def test_help_says_what_is_usual_and_is_there_when_the_file_is_wrong(here, capsys):
    set_defaults({"precision": "bfloat16"})
    run("still", "--help")
    assert "[default: bfloat16]" in " ".join(capsys.readouterr().out.split())
    (here / "config/dreamcore/config.toml").write_text("precision = 1")
    assert run("still", "--help") == 0
    assert run("still", "in.png", "out.png") == 2
    assert "config.toml, line 1: precision=1 is not allowed" in capsys.readouterr().err


def test_gimp_dreams_with_what_is_usual(here):
    usual = {"model": "small", "precision": "bfloat16", "memory": "2GB"}
    engine = Engine(lambda: usual)
    assert engine.hello()["defaults"]["model"] == "small"
    assert engine.recipe("dogesine")["values"]["model"] == "small"
    quick = {"iterations": 1, "octaves": 1, "frames": 1}
    job, _ = engine.frames(PICTURE, progress=nothing, parameters=quick)
    assert (job.network.name, job.network.precision) == ("small", "bfloat16")
    job, _ = engine.frames(PICTURE, progress=nothing, parameters={**quick, "model": "dreamlet"}, precision="float32")
    assert (job.network.name, job.network.precision) == ("dreamlet", "float32")
