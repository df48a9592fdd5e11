"""CONTRIBUTING.md says how to add things: here each is added to a copy of the program, as it is written there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dreamcore", "wand_tools", "gimp_plugin")


@pytest.fixture
def copy(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc"))
    return tmp_path


def written(heading):
    """The code below a heading of CONTRIBUTING.md."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2]
    return re.search(r"```\w+\n(.*?)```", section, re.DOTALL)[1]


def append(copy, file, code):
    with open(copy / file, "a", encoding="utf-8") as open_file:
        open_file.write(f"\n\n{code}")


def run(copy, code):
    """Run Python with the copy in place of the program; what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", f"import dreamcore; assert {str(copy)!r} in dreamcore.__file__\n{code}"],
        env=environment,
        cwd=copy,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


QUICK = "dict(iterations=1, octaves=1, frames=2)"


def test_a_transform_is_one_function(copy):
    append(copy, "dreamcore/transforms/colour.py", written("A transform"))
    said = run(
        copy,
        "import numpy as np; from dreamcore.cli import main; from dreamcore.transforms import parse\n"
        "print(parse('fade(0.25)')(np.zeros((1, 1, 3)))[0, 0, 0]); main(['transforms', 'show', 'fade'])",
    )
    assert said.startswith("32.0\nfade(amount)")


def test_an_objective_is_one_function(copy):
    append(copy, "dreamcore/ascent/objectives.py", written("An objective"))
    code = (
        "from dreamcore import draw_sky, dream_sequence, parse_objective\n"
        f"frames = list(dream_sequence(draw_sky(48, 48), layer='mean(textures) + 2*conv1', **{QUICK}))\n"
        "print(len(frames), parse_objective('mean(patterns)'))"
    )
    assert run(copy, code) == "2 mean(patterns)"


def test_a_layer_type_is_one_function(copy):
    append(copy, "dreamcore/network/layers/activation.py", written("A layer type"))
    code = (
        "from pathlib import Path; from tests.network.small import PROTOTXT, load, picture\n"
        "network = load(Path('model'), PROTOTXT.replace('\"ReLU\"', '\"Negative\"', 1))\n"
        "power = 'type: \"Power\" power_param { scale: -1 }'\n"
        "plain = load(Path('plain'), PROTOTXT.replace('type: \"ReLU\"', power, 1))\n"
        "ours, powers = (each.gradient(picture(), 'conv1')[1] for each in (network, plain))\n"
        "print(abs(ours - powers).max() < 1e-3, network.field('conv1') is not None)"
    )
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=shutil.ignore_patterns("__pycache__", "gimp", "data"))
    assert run(copy, code) == "True True"


def test_a_recipe_is_one_file(copy):
    (copy / "dreamcore/sequence/recipes/grey-fall.toml").write_text(written("A recipe"))
    code = "from dreamcore.cli import main; main(['recipes', 'check', 'grey-fall']); main(['recipes', 'list'])"
    said = run(copy, code)
    assert said.startswith("grey-fall: correct") and "greyer and greyer" in said


def test_a_dream_parameter_is_one_field_and_its_use(copy):
    parameters, dreams = copy / "dreamcore/parameters.py", copy / "dreamcore/ascent/dreams.py"
    text = parameters.read_text(encoding="utf-8")
    field = re.search(r"\n    strength: Any = .*\n", text)[0]
    parameters.write_text(text.replace(field, field + written("A dream parameter")), encoding="utf-8")
    text = dreams.read_text(encoding="utf-8")
    use = re.search(r"\n    strength: float = .*\n", text)[0]
    dreams.write_text(text.replace(use, f"{use}    calm: float = 0,\n"), encoding="utf-8")
    code = (
        "from dreamcore import draw_sky, dream_sequence; from dreamcore.cli import main\n"
        f"list(dream_sequence(draw_sky(48, 48), calm='0:0, 1:1', **{QUICK}))\n"
        "from dreamcore.sequence.recipe import read_recipe\n"
        "print(read_recipe('[dream]\\ncalm = 0.5').dream.calm); main(['still', '--help'])"
    )
    said = run(copy, code)
    assert said.startswith("0.5\n") and "--calm VALUE" in said


def test_a_command_is_one_module_and_a_line(copy):
    (copy / "dreamcore/cli/hello.py").write_text(
        'import click\n\n\n@click.command("hello")\ndef command():\n    """Say hello."""\n    click.echo("hello")\n'
    )
    commands = copy / "dreamcore/cli/__init__.py"
    text = commands.read_text(encoding="utf-8")
    commands.write_text(text.replace("COMMANDS = {\n", 'COMMANDS = {\n    "hello": "Say hello.",\n'), encoding="utf-8")
    assert run(copy, "from dreamcore.cli import main; main(['hello'])") == "hello"
