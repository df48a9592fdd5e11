"""docs/worker.md says what the code does: every message, every field."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from dreamcore.parameters import Timing, Writing
from dreamcore.worker import pixels, requests, server
from gimp_plugin import protocol

from .fake_worker import FakeEngine
from .serving import picture, serve

PAGE = (Path(__file__).resolve().parents[2] / "docs/worker.md").read_text(encoding="utf-8")
CODE = ast.parse(Path(server.__file__).read_text(encoding="utf-8"))


def table(heading):
    """Return the rows of the table that begins so: name -> the other cells."""
    body = PAGE[PAGE.index(f"\n| {heading} |") :].split("\n\n")[0]
    cells = [row.strip("| ").split(" | ") for row in body.strip().splitlines()[2:]]
    return {row[0].strip("`"): " | ".join(row[1:]) for row in cells}


def words(text):
    return set(re.findall(r"`(\w+)`", text))


def said():
    """Return what the server says, from its source."""
    calls = [node for node in ast.walk(CODE) if isinstance(node, ast.Call)]
    return {call.args[1].value for call in calls if getattr(call.func, "attr", "") == "_say"}


def test_every_request_is_on_the_page_and_no_other():
    done = {name[4:] for name in dir(server.Server) if name.startswith("_do_")}
    assert {*table("do")} == done | {*server.AT_ONCE, "bye"}


def test_every_answer_is_on_the_page_and_no_other():
    assert {*table("say")} == said()
    promised = set().union(*(words(row.rpartition("|")[2]) for row in table("do").values())) - {"dream"}
    assert promised == said() - {"cancelled", "error"}


def test_every_format_is_on_the_page_with_its_size():
    assert {name: int(row.split(" | ")[0]) for name, row in table("format").items()} == protocol.FORMATS
    assert {*pixels._TYPES} == {*protocol.FORMATS}


def test_the_version_is_the_one_described():
    assert f'"protocol": {protocol.VERSION},' in PAGE and f"another than {protocol.VERSION} is not" in PAGE


def test_what_is_asked_of_a_job_is_on_the_page():
    assert {*table("field")} == {*requests.JOB_FIELDS}
    for do in ("check", "dream"):
        assert words(table("do")[do]) >= {*requests.JOB_FIELDS}


@pytest.mark.parametrize("do", [name for name in table("do") if name not in ("bye", "preview", "pause", "resume")])
def test_every_field_that_the_server_reads_is_on_the_page(do):
    name = "_drop" if do == "cancel" else f"_do_{do}"
    (function,) = (node for node in ast.walk(CODE) if isinstance(node, ast.FunctionDef) and node.name == name)
    read = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("message"):
            read.add(node.slice.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("message.get"):
            read.add(node.args[0].value)
    assert read <= words(table("do")[do]), do


def test_the_timing_of_an_animation_is_on_the_page():
    assert words(table("do")["animation"]) >= {*Timing.parameters(), *Writing.parameters()}


def test_every_field_of_every_answer_is_on_the_page(tmp_path):
    rgba = np.zeros((1, 1, 4), "u1")
    dream = {"pictures": [picture(rgba)], "parameters": {"frames": 1, "seed": 30}}
    messages = {
        "check": {"pictures": [picture(rgba)], "seconds": True},
        "dream": dream,
        "preview": dream,
        "keep": {"pictures": [picture(rgba)], "number": 0},
        "check_animation": {"path": "a.gif"},
        "animation": {"path": str(tmp_path / "a.gif")},
        "save": {"path": str(tmp_path / "a.toml")},
    }
    names = ["hello", "models", "layers", "recipes", "recipe", "save", "breed", "load", "check", "dream", "preview"]
    names += ["keep", "check_animation", "animation", "oops"]
    sent = ("dream", "preview", "keep")
    answers = serve(FakeEngine(), *(({"do": do, **messages.get(do, {})}, rgba if do in sent else b"") for do in names))
    answers += serve(FakeEngine(), ({"do": "foretell", **messages["animation"]}, b""))  # which others would cancel
    answers += serve(FakeEngine(), ({"do": "atlas", **dream}, rgba))
    answers += serve(FakeEngine(), ({"do": "thumbnails", **dream, "recipes": ["plain"]}, rgba))
    answers += serve(FakeEngine(), ({"do": "vocabulary"}, b""), ({"do": "terms", "kind": "transform"}, b""))
    wrong = {"pictures": [picture(rgba)], "parameters": {"transform": "zooom"}}
    answers += serve(FakeEngine(), ({"do": "check", **wrong}, b""))
    fields = {message["say"]: {*message} - {"say", "id", "bytes"} for message, _ in answers}
    assert {*fields} == said() - {"cancelled"}
    for say, names in fields.items():
        assert names <= words(table("say")[say]), say
