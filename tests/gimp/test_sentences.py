"""What the worker says, in the user's language; none of this needs GIMP."""

import ast
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from dreamcore.errors import DreamError
from dreamcore.worker.engine import Engine
from dreamcore.worker.server import sentence
from dreamcore.worker.terms import read, write
from gimp_plugin.install import install_into

from .test_arguments import PLUGIN, sentences

ROOT = PLUGIN.parents[1]
# where an error may come from that an artist causes by what is set in the dialog
ROOMS = (
    "dreamcore/grammar/*.py",
    "dreamcore/kinds.py",
    "dreamcore/parameters.py",
    "dreamcore/ascent/weighted.py",
    "dreamcore/large/plan.py",
    "dreamcore/large/store.py",
    "dreamcore/models/classes.py",
    "dreamcore/models/zoo.py",
    "dreamcore/sequence/closing.py",
    "dreamcore/sequence/hearing.py",
    "dreamcore/sequence/values.py",
    "dreamcore/sound/listening.py",
    "dreamcore/transforms/__init__.py",
    "dreamcore/transforms/colour.py",
    "dreamcore/transforms/registry.py",
    "dreamcore/worker/animation.py",
    "dreamcore/worker/recipes.py",
    "wand_tools/formats.py",
    "wand_tools/results.py",
    "wand_tools/writers/*.py",
)
ERRORS = (
    "DreamError",
    "NotAllowed",
    "NotEnoughMemory",
    "GrammarError",
    "AnimationError",
    "AnimationNotAllowed",
    "error",
)
ELSEWHERE = re.compile(
    r"a frame has shape|a plan cannot be read|of a plan is a number|real Caffe|this Py|^{}: ?{}$|this Pillow|"
    r"standard input|source of frames|first bytes"
)  # nobody who works in the dialog sees these


def said_in(path):
    """Yield the patterns of the errors that a module makes: what varies is {}."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(node, "func", None)
        if isinstance(node, ast.Call) and getattr(name, "id", getattr(name, "attr", "")) in ERRORS and node.args:
            parts = getattr(node.args[0], "values", [node.args[0]])
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            if re.search("[a-z]", text) and not ELSEWHERE.search(text):
                yield text


@pytest.mark.parametrize("room", ROOMS)
def test_what_the_worker_says_of_settings_is_known(room):
    known = "\n".join(map(sentences.plain, sentences.SENTENCES))  # some of them with what varies in the worker's
    there = {text: re.escape(text).replace(r"\{\}", ".*") for path in ROOT.glob(room) for text in said_in(path)}
    assert there
    assert [text for text, pattern in there.items() if not re.search(f"^{pattern}$", known, re.M)] == []


def error_of(act, *arguments, **fields):
    with pytest.raises(DreamError) as caught:
        act(*arguments, **fields)
    return sentence(caught.value)


def wrong(**parameters):
    return error_of(Engine().check, np.zeros((96, 96, 3), np.float32), parameters=parameters)


@pytest.fixture(scope="module")
def in_german(tmp_path_factory):
    """Return what the plug-in makes of sentences with a German user."""
    folder = install_into(tmp_path_factory.mktemp("profile"))

    def translated(*texts):
        code = "import json, sentences, sys; print(json.dumps([*map(sentences.said, json.loads(sys.argv[1]))]))"
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(texts)],
            cwd=folder,
            env={**os.environ, "LANGUAGE": "de", "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return translated


WRONG = [
    (
        lambda: error_of(read, "transform", "chain(zom(0.02))"),
        "Die Verwandlung „zom“ gibt es nicht (vielleicht „zoom“?): chain(▸zom(0.02))",
    ),
    (
        lambda: error_of(read, "transform", "zoom(0.1"),
        "Hier fehlt „,“ oder „)“, gefunden: das Ende: zoom(0.1▸",
    ),
    (
        lambda: error_of(read, "transform", "zoom(amont=1)"),
        "zoom hat keinen Wert namens „amont“ (vielleicht „amount“?); erlaubt: amount, x, y, border, colour, order: "
        "zoom(▸amont=1)",
    ),
    (
        lambda: error_of(write, "objective", []),
        "Es fehlt noch, was geträumt werden soll; fügen Sie etwas hinzu",
    ),
    (lambda: wrong(frames="0"), "Bilder=0 ist nicht erlaubt; erlaubt: eine ganze Zahl von 1 bis 999999"),
    (lambda: wrong(octaves="many"), "Oktaven=many ist nicht erlaubt; erlaubt: eine ganze Zahl von 1 bis 20"),
    (
        lambda: wrong(layer="objekts"),
        "dreamlet hat keine Schicht 'objekts' (vielleicht „objects“?); „dreamcore layers“ zeigt die eines Modells",
    ),
    (
        lambda: wrong(loop="yes", frames="2"),
        "Eine Schleife von 2 Bildern ist nicht erlaubt; erlaubt: 3 Bilder oder mehr",
    ),
    (lambda: wrong(model="nosuch"), "Das Modell 'nosuch' gibt es nicht; vorhanden: "),
]


@pytest.mark.parametrize(("say", "german"), WRONG)
def test_an_error_of_the_worker_is_shown_in_german(in_german, say, german):
    (shown,) = in_german(say())
    assert shown.startswith(german)


@pytest.mark.parametrize("say", [say for say, _german in WRONG])
def test_an_error_of_the_worker_stays_as_it_is_in_english(say):
    assert sentences.said(said := say()) == said


def test_only_errors_are_put_into_other_words():
    answer = {"say": "terms", "text": "zoom(0.05)", "message": "the end"}
    assert sentences.in_words(answer) == answer


def test_what_is_wrong_with_each_setting_is_put_into_words_too():
    answer = {"say": "error", "id": 4, "message": "a number", "wrong": {"frames": "a number"}}
    assert sentences.in_words(answer) == answer
