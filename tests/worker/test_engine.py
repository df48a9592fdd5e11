import importlib
import subprocess
import sys

import numpy as np
import pytest

from dreamcore.cli.worker import _animate
from dreamcore.errors import DreamError
from dreamcore.models import zoo
from dreamcore.sequence.parameters import DREAM_PARAMETERS
from dreamcore.worker.engine import Engine, write_stack

RNG = np.random.default_rng(0)
PICTURE = RNG.uniform(0, 255, (64, 72, 3)).astype("f4")


@pytest.fixture(scope="module")
def engine():
    if zoo.DEFAULT_MODEL not in zoo.installed():
        pytest.skip(f"{zoo.DEFAULT_MODEL} is not here")
    return Engine(_animate)


def nothing(*_):
    pass


def test_what_an_empty_parameter_means_is_what_the_command_line_means():
    defaults = Engine().hello()["defaults"]
    assert {name: defaults[name] for name in DREAM_PARAMETERS} == {
        name: row.default for name, row in DREAM_PARAMETERS.items()
    }
    options = {option.name: option for option in importlib.import_module("dreamcore.cli.frames").frames.params}
    assert f"[default: {defaults['frames']}]" in options["frames"].help
    assert defaults["transform"] == "zoom(0.05)" and defaults["seed"] == 0


def test_hello_needs_no_torch():
    code = "from dreamcore.worker.engine import Engine; Engine().hello(); import sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_recipe_is_offered_with_plain_values():
    recipes = {recipe["name"]: recipe for recipe in Engine().recipes()}
    assert recipes["dogesine"]["about"]
    assert recipes["basic-zoom"]["values"]["transform"] == "zoom(0.05)"
    for recipe in recipes.values():
        assert all(isinstance(value, (int, float, str)) for value in recipe["values"].values())


def test_given_parameters_stand_before_the_recipes(engine):
    recipe, _, dream, given = engine._prepare({"recipe": "whirlpool", "transform": "", "octaves": 2, "frames": 3})
    assert dream["octaves"] == 2 and given["frames"] == 3 and "swirl" in str(recipe.transform)
    recipe, *_ = engine._prepare({"recipe": "whirlpool", "transform": "zoom(0.2)"})
    assert str(recipe.transform) == "zoom(0.2)"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"recipe": "whirlpol"}, "whirlpool"),
        ({"octave": 3}, "octaves"),
        ({"transform": "zom(1)"}, "zoom"),
        ({"model": "dreamlt"}, "dreamlet"),
    ],
)
def test_wrong_parameters_name_the_nearest(engine, parameters, words):
    with pytest.raises(DreamError, match=words):
        engine.check(64, 64, parameters)


def test_a_picture_that_cannot_fit_is_refused_with_advice(engine, monkeypatch):
    monkeypatch.setattr("dreamcore.large.memory.free_memory", lambda: 4e9)
    engine.check(4000, 3000, {})
    with pytest.raises(DreamError, match="12000x9000 pixels needs about 16.2 GB .* 4.0 GB are free: select a part"):
        engine.check(12000, 9000, {})


def test_frames_are_those_of_the_loop(engine):
    from dreamcore.sequence import dream_sequence

    promise, frames = engine.frames(PICTURE, {"frames": 2, "iterations": 1, "octaves": 1}, None, nothing, nothing)
    expected = dream_sequence(PICTURE, engine.networks["float32"], frames=2, iterations=1, octaves=1)
    for frame, other in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(frame, other)
    assert promise == {"frames": 2, "delay": 70}


def test_a_preview_takes_the_fastest_precision_and_the_dream_float32(monkeypatch):
    monkeypatch.setattr("dreamcore.network.precision._has_bfloat16", lambda device: True)
    engine = Engine(_animate)
    for precision in ("auto", "float32"):
        engine.frames(PICTURE, {"frames": 1}, None, nothing, nothing, precision)
    assert [network.precision for network in engine.networks.values()] == ["bfloat16", "float32"]


def test_a_layer_of_its_own_is_not_transformed_and_has_its_own_random_numbers(engine):
    parameters = {"frames": 1, "iterations": 1, "octaves": 1, "strength": 0, "start": 3}
    _, frames = engine.frames(PICTURE, parameters, None, nothing, nothing)
    np.testing.assert_allclose(next(frames), PICTURE, atol=1e-3)


def test_a_cancelled_dream_stops_between_two_steps(engine):
    def stop():
        raise KeyError("stop")

    with pytest.raises(KeyError):
        next(engine.frames(PICTURE, {"frames": 1}, None, stop, nothing)[1])


def test_kept_pictures_become_an_animation_with_their_own_delays(tmp_path):
    from wand_tools import info

    engine = Engine(_animate)
    for number, delay in enumerate((70, 200)):
        engine.keep(number, f"Frame {number + 1} ({delay}ms) (replace)", np.full((8, 9, 4), 90 * number + 70, "u1"))
    made = engine.animate(str(tmp_path / "a.gif"), {"plays": 3}, nothing, nothing)
    assert made["size"] == (tmp_path / "a.gif").stat().st_size
    found = info(tmp_path / "a.gif")
    assert (found.size, found.plays, [float(each) for each in found.durations]) == ((9, 8), 3, [0.07, 0.2])


def test_a_wrong_ending_is_one_sentence(tmp_path):
    engine = Engine(_animate)
    engine.keep(0, "Frame 1", np.zeros((2, 2, 4), "u1"))
    with pytest.raises(DreamError, match="txt"):
        engine.animate(str(tmp_path / "a.txt"), {}, nothing, nothing)


def test_a_stack_has_its_first_frame_lowest(tmp_path):
    import zipfile

    files = [tmp_path / "0.png", tmp_path / "1.png"]
    for file in files:
        file.write_bytes(b"")
    write_stack(tmp_path / "s.ora", [(file, file.stem, (3, 4, 4)) for file in files])
    with zipfile.ZipFile(tmp_path / "s.ora") as archive:
        text = archive.read("stack.xml").decode()
    assert text.index('name="1"') < text.index('name="0"') and 'w="4" h="3"' in text
