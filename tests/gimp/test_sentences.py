"""What the worker says, in the user's language; none of this needs GIMP."""

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatch

import numpy as np
import pytest

from dreamcore.caffe_format.colours import read_mean
from dreamcore.caffe_format.read import read_prototxt
from dreamcore.caffe_format.weights import read_weights
from dreamcore.errors import DreamError
from dreamcore.text import read_toml
from dreamcore.worker.engine import Engine
from dreamcore.worker.server import sentence
from dreamcore.worker.terms import read, write
from gimp_plugin.install import install_into

from . import spoken
from .test_arguments import GERMAN, sentences

UNHEARD = {  # what these say nobody meets in the dialog
    "dreamcore/cli/*": "commands",
    "dreamcore/console.py": "commands",
    "dreamcore/farm/*": "sweeps are of commands",
    "dreamcore/magick/*": "the delegate of ImageMagick",
    "dreamcore/models/download.py": "only a command fetches models",
    "dreamcore/models/transfer.py": "only a command fetches models",
    "dreamcore/models/unpacking.py": "only a command fetches models",
    "dreamcore/sequence/plotting.py": "commands draw schedules",
    "dreamcore/sequence/resuming.py": "only a command goes on with a frame directory",
    "dreamcore/sequence/unrolling.py": "commands unroll frame directories",
    "dreamcore/sequence/verifying.py": "commands verify frame directories",
    "dreamcore/sheets/*": "commands draw contact sheets",
    "dreamcore/sources.py": "clips come to a worker frame by frame",
    "wand_tools/chunks.py": "looks at a file that the worker has just written",
    "wand_tools/cli.py": "commands",
    "wand_tools/exchange.py": "for ImageMagick's own pictures",
    "wand_tools/inspection.py": "commands look into animations",
    "wand_tools/sheet.py": "commands draw contact sheets",
    "wand_tools/look.py": "the table of parameters has refused before",
    "wand_tools/sources/*": "the frames of an animation are files that the worker has written",
}
UNSAID = {  # nor what these modules say else; why nobody does
    "only a command goes on with a frame directory": (
        "a plan cannot be read; needed: {}",
        "{} of a plan is a number",
    ),
    "only a command unrolls": (
        "frame {} of the sequence is out of order or of another size than the first",
        "regions(blend=...) mixes pixels and cannot be unrolled; only blend=0 can",
        "roll(border=mirror) loses pixels and cannot be unrolled; only border=wrap can",
    ),
    "the picture is a layer, and frames are the program's own": (
        "a frame has shape {} and type {}; allowed are numbers (H, W, 3)",
        "a clip does not say how many frames it has; give a file, a folder or a list",
        "{} does not say how many frames it has; give a file, a folder or a list",
        'the recipe names no picture; write picture = "photo.jpg" into it, before [dream]',
        '{}the recipe names no picture; write picture = "photo.jpg" into it, before [dream]',
    ),
    "an animation is read that the worker has just written of its own frames": (
        "{}: its first bytes are not those of {}, nor of any other format that is read",
        "{}: not a source of frames; a directory, a pattern, a .txt list or a file of {} is",
        '{}: not a source of frames; a directory, a pattern, a .txt list or a file of {} is (did you mean "{}"?)',
        "the GIF is broken after frame {}: unknown block 0x{}",
        "this is not a GIF: it does not begin with GIF87a or GIF89a",
        "{} after {} whole frames",
        "{}: it holds {} frames; one frame is needed here",
        "{}: {}x{}, but the frames before are {}x{}; set fit to scale such frames",
        "notes cannot be written as JSON: {}",
        "standard input cannot be kept in {}: {}",
    ),
    "the table of parameters has refused before, or has no such thing": (
        "delay and fps both say how long a frame is shown: give one of them",
        "durations, delay and fps all say how long a frame is shown: give one of them",
        "every {}: 1 or more is needed",
        "frames {} to {}: there are frames 0 to {}",
        "speed {}: a factor, or two for a ramp",
        "{} {}{}: {}, {} or more",
        "{} {}{}: {}, more than 0",
        "{} {}{}: {}, more than 0, at most {}",
        "{} {}{}: {}, {} or more, at most {}",
    ),
    "known with the name of each kind of term": (
        "an {} is missing here, such as {}",
        "{} {} is missing here, such as {}",
        '"{}" is too much here{}',
        'unknown {} "{}"',
        'unknown {} "{}" (did you mean "{}"?)',
    ),
}
ALIKE = {"caffe in", "in policy"}  # in German and English


def heard():
    """Return the modules whose errors can reach the dialog, by their names."""
    names = {path.relative_to(spoken.ROOT).as_posix(): path for path in spoken.modules()}
    return {name: path for name, path in names.items() if not any(fnmatch(name, each) for each in UNHEARD)}


@pytest.fixture
def german(monkeypatch):
    monkeypatch.setattr(sentences, "_", GERMAN)
    sentences.said.cache_clear()
    yield sentences.said
    sentences.said.cache_clear()


def pairs_of_words(text):
    """Return any two words of a language in a row; what a user types as a command is none."""
    return {*re.findall(r"(?=\b([a-z]{2,} [a-z]{2,})\b)", re.sub("`.*?`", "", text))} - ALIKE


@pytest.mark.parametrize("name", heard())
def test_whatever_a_module_can_say_of_an_error_is_said_in_german(german, name):
    left = {}
    for text in spoken.said_in(heard()[name]).difference(*UNSAID.values()):
        said = german(text.replace("{}", "7"))
        if english := pairs_of_words(text) & pairs_of_words(said):
            left[text] = english
    assert left == {}


def test_whatever_is_left_out_is_there():
    names = [path.relative_to(spoken.ROOT).as_posix() for path in spoken.modules()]
    assert [each for each in UNHEARD if not any(fnmatch(name, each) for name in names)] == []
    said = {text for path in heard().values() for text in spoken.said_in(path)}
    assert {text for texts in UNSAID.values() for text in texts} - said == set()


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
        lambda: error_of(read, "transform", "zoom(0.1*bar+1)"),
        "Den Namen „bar“ gibt es nicht; erlaubt: t, pi und Zahlen: zoom(0.1*▸bar+1)",
    ),
    (
        lambda: error_of(read, "transform", "zoom(0.1), roll(2)"),
        "„,“ ist hier zu viel; mehrere stehen in chain(...): zoom(0.1)▸, roll(2)",
    ),
    (
        lambda: error_of(read, "transform", "zoom(1/0)"),
        "1/0 hat keinen Wert: Es wird durch null geteilt: zoom(▸1/0)",
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


BROKEN = [
    (read_prototxt, "hello", "net.prototxt ist keine prototxt für Caffe: 1:6 : '': Erwartet: \"{\""),
    (
        read_prototxt,
        "<html>",
        "net.prototxt ist keine prototxt für Caffe: 1:1 : '<html>': Erwartet: Name oder Zahl, gefunden: <",
    ),
    (
        read_prototxt,
        "",
        "net.prototxt ist keine prototxt eines Netzes für Caffe: Sie beschreibt keine Schicht; erlaubt "
        "sind 1 bis 10000",
    ),
    (read_weights, "hello", "net.prototxt ist kein Caffe-Modell oder unvollständig: "),
    (read_weights, "", "net.prototxt ist kein Caffe-Modell: Es enthält keine Gewichte"),
    (read_mean, "hello", "net.prototxt ist keine binaryproto von Caffe oder unvollständig: "),
    (
        lambda path: read_toml(path.read_text()),
        "a = [1",
        "Das ist keine TOML-Datei: Eine Liste wird nicht geschlossen (am Ende)",
    ),
]


@pytest.mark.parametrize(("read", "content", "shown"), BROKEN)
def test_a_broken_file_of_a_model_is_spoken_of_in_german(german, tmp_path, read, content, shown):
    (tmp_path / "net.prototxt").write_text(content)
    said = german(error_of(read, tmp_path / "net.prototxt")).replace(f"{tmp_path}{os.sep}", "")
    assert said.startswith(shown)


@pytest.mark.parametrize("name", ["day and night.toml", "photo of me.png", "1 frame.png", "a to b"])
def test_a_files_name_is_no_words(german, name):
    assert german(f"cannot read /home/me/{name}: Is a directory") == (
        f"/home/me/{name} ist nicht zu lesen: Das ist ein Ordner"
    )


@pytest.mark.parametrize(("tried", "shown"), [("", "es werden etwa 5.25 kB"), ("; lossy 9: about 7 kB", "etwa 7 kB")])
def test_a_size_that_cannot_be_reached_is_said_with_the_least_that_can(german, tried, shown):
    said = german(f"max_size 12 kB cannot be reached; tried the settings asked for: about 5.25 kB{tried}")
    assert said.startswith("Die größte Dateigröße 12 kB ist nicht zu erreichen; ") and said.endswith(shown)


def test_a_long_schedule_that_is_wrong_is_shown_with_what_is_wrong(german):
    schedule = ", ".join(f"{number}: {number}" for number in range(0, 400, 5))
    shown = german(f"keyframe 7 is before the first frame, 0: ▸{schedule}")
    assert shown == f"Das Schlüsselbild 7 liegt vor dem ersten Bild, 0: ▸{schedule}"


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
