"""Wicked texts for every reader of dreamcore: a value comes out, or one clear error.

A few inputs for each reader run with the tests; `DREAMCORE_FUZZ_EXAMPLES` says how many more, which then are others
each time.
"""

import io
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import dreamcore
from dreamcore.ascent.objectives import parse_objective
from dreamcore.console import shown
from dreamcore.errors import DreamError
from dreamcore.grammar.schedules import value_at
from dreamcore.notes import read_notes
from dreamcore.parameters import PARAMETERS
from dreamcore.sequence import frame_files, make_job, read_settings, write_frames
from dreamcore.sequence.recipe import read_recipe, recipe_from_notes, recipe_text
from dreamcore.sequence.values import read_value
from dreamcore.text import read_size
from dreamcore.transforms import parse
from dreamcore.worker import server
from dreamcore.worker.animation import KeptPictures
from gimp_plugin import protocol
from tests.fuzz.examples import examples
from tests.worker.fake_worker import FakeEngine

HEARD = """
transform = ["zoom(0.02 + 0.1*band(40..120))", "roll(shift=sine(12*beat(1/2)))"]
sound = "song.flac"
bpm = 120
[heard]
sound = "00ff"
bpm = 120
delay = 7
[heard.curves]
"band(40..120)" = "0 .5 1"
"""
SHIPPED = sorted((Path(dreamcore.__file__).parent / "sequence/recipes").glob("*.toml"))
WORDS = (
    *("zoom", "roll", "chain", "mask", "sine", "random", "n/15", "linear", "sin", "smooth", "guide", "channels"),
    *("t", "pi", "band", "beat", "bars", "40..120", "1/2", "/", "**", "%", "max", "sqrt", "open", "__class__"),
    *("(", ")", ",", "=", ":", "*", "[", "]", "+", "-", '"', "'", "\\", "0", "1e999", "-1e-320", "9" * 400, "nan"),
    *(
        "inf",
        "shift",
        "period",
        "columns",
        "first",
        "objects",
        "\0",
        "\x1b[2J",
        "\udcff",
        "ä",
        " ",
        "\n",
        "#",
        "{",
        "}",
    ),
)

fuzz = examples(60)
noise = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12).map("".join)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | noise | st.sampled_from([10**400, -(10**400)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(noise, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def changed(draw, text):
    """Draw a text with up to three pieces of it taken out or replaced."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + draw(noise) + text[end:]
    return text


def lines_of(error, most=3):
    text = shown(str(error))
    lines = text.split("\n")
    assert text and len(text) < 2000 and (len(lines) == 1 or (len(lines) <= most and "^" in lines[-1]))
    return text


TERMS = {
    parse: ["chain(zoom(linear(0:0.02, 60:0.08)), roll(columns, shift=sine(12, wavelength=60)))", "mask(bright, zoom)"],
    parse_objective: ["0.3*patterns + guide(leaf.jpg, parts) - channels(objects, 12, 40)", "0:join, 4:data"],
}


@fuzz
@given(st.sampled_from([*TERMS]), st.data())
def test_a_term_is_read_or_pointed_at(read, data):
    seeds = {
        parse: [
            "chain(zoom(linear(0:0.02, 60:0.08)), roll(columns, shift=sine(12, wavelength=60)))",
            "mask(bright, zoom)",
            "zoom(0.02 + 0.1*band(40..120, release=3)*sin(2*pi*t/24), x=0.5 + beat(1/2)/9)",
        ],
        parse_objective: ["0.3*patterns + guide(leaf.jpg, parts) - channels(objects, 12, 40)", "0:join, 4:data"],
    }
    text = data.draw(st.sampled_from(seeds[read]).flatmap(changed) | noise)
    try:
        term = read(text)
    except DreamError as error:
        lines_of(error)
    else:
        assert str(read(str(term))) == str(term)


@fuzz
@given(st.sampled_from([*PARAMETERS.values()]), st.data())
def test_a_parameter_is_read_or_refused_and_then_has_a_value_at_every_frame(parameter, data):
    value = data.draw(
        noise
        | changed("sin(period=40, low=1, high=5, phase=0.5)")
        | changed("(1 + t)**2/max(t, 3) - 0.1*sin(2*pi*t/24)")
        | json_values
    )
    try:
        read = read_value(parameter, value)
        if parameter.kind in ("number", "whole"):
            for number in (0, 1, 7, 10**6):
                assert np.isfinite(value_at(read, number))
    except DreamError as error:
        lines_of(error)


@fuzz
@given(noise)
def test_a_size_is_read_or_refused(text):
    try:
        assert 1 <= read_size(text) < 2**63
    except DreamError as error:
        lines_of(error)


@fuzz
@given(st.sampled_from([*(path.read_text() for path in SHIPPED), *[HEARD] * 9]).flatmap(changed))
def test_a_recipe_is_read_and_written_or_refused(text):
    try:
        recipe = read_recipe(text)
    except DreamError as error:
        lines_of(error, 4)
        return
    try:
        written = recipe_text(recipe)
    except DreamError as error:
        assert "is no text" in lines_of(error)
    else:
        assert recipe_text(read_recipe(written)) == written


NOTES = {
    "program": "dreamcore 0.1.0",
    "picture": {"size": [24, 20], "sha256": "abc"},
    "model": {"name": "dreamlet", "sha256": "def"},
    "seed": 3,
    "parameters": {"layer": "objects", "octaves": "linear(0:1, 9:4)"},
    "transform": "zoom(0.05)",
    "guide": "abc",
    "frames": 4,
    "animation": {"delay": 9},
}


@fuzz
@given(st.dictionaries(st.sampled_from([*NOTES, "pictures", "x"]), json_values, max_size=4))
def test_notes_become_a_recipe_or_are_refused(change):
    image, chunks = io.BytesIO(), PngInfo()
    try:
        chunks.add_itxt("dreamcore", json.dumps({**NOTES, **change}))
    except ValueError:  # numbers that Python does not write
        return
    Image.new("L", (2, 2)).save(image, "PNG", pnginfo=chunks)
    image.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            recipe_text(recipe_from_notes(read_notes(image)))
        except DreamError as error:
            lines_of(error)


@pytest.fixture(scope="module")
def standing(tmp_path_factory, small_network):
    """A frame directory, its job and its files."""
    folder = tmp_path_factory.mktemp("fuzz") / "d"
    job = make_job(np.full((20, 24, 3), 99), small_network, layer="join", iterations=1, octaves=1, frames=2)
    list(write_frames(folder, job))
    return folder, job, {each.name: each.read_bytes() for each in folder.iterdir()}


@fuzz
@given(st.data())
def test_a_damaged_frame_directory_is_resumed_or_refused(standing, data):
    folder, job, files = standing
    for name, content in files.items():
        (folder / name).write_bytes(content)
    name = data.draw(st.sampled_from([*files]))
    at = data.draw(st.integers(0, len(files[name])))
    cut = data.draw(st.binary(max_size=9)) + files[name][at + data.draw(st.integers(0, 9)) :]
    (folder / name).write_bytes(files[name][:at] + cut)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            list(write_frames(folder, job, resume=True))
        except DreamError as error:
            lines_of(error)
        else:
            assert [number for number, _ in frame_files(folder)] == [0, 1]
    assert {each.name for each in folder.iterdir()} == {*files}


@fuzz
@given(json_values)
def test_settings_of_any_json_are_read_or_refused(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("settings")
    try:
        (folder / "sequence.json").write_text(json.dumps(value))
    except ValueError:
        return
    try:
        assert isinstance(read_settings(folder), dict)
    except DreamError as error:
        lines_of(error)


FIELDS = ("do", "id", "pictures", "parameters", "recipe", "first", "model", "number", "path", "job", "delay", "seconds")
REQUESTS = ("hello", "models", "layers", "recipes", "load", "check", "dream", "preview", "keep", "animation", "cancel")


@st.composite
def messages(draw):
    message = draw(st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=5))
    message["do"] = draw(st.sampled_from(REQUESTS) | noise)
    if draw(st.booleans()):
        role, format = draw(st.sampled_from(["picture", "mask", "guide"])), draw(st.sampled_from([*protocol.FORMATS]))
        side = st.integers(-1, 9) | json_values
        message["pictures"] = [{"role": role, "width": draw(side), "height": draw(side), "format": format}]
    return message, draw(st.binary(max_size=400))


@fuzz
@given(st.lists(messages(), max_size=4), st.binary(max_size=40))
def test_the_worker_answers_every_message_and_ends(sent, rest):
    source, sink = io.BytesIO(), io.BytesIO()
    for message, data in sent:
        try:
            protocol.write(source, message, data)
        except ValueError:
            return
    source.write(rest)
    source.seek(0)
    server.Server(FakeEngine(), KeptPictures(lambda *pictures, **timing: None), source, sink).serve()
    sink.seek(0)
    for message, _ in iter(lambda: protocol.read(sink), None):
        assert "unexpectedly" not in message.get("message", ""), message
