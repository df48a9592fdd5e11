"""Harnesses of frame directories, notes in pictures, and names of files."""

import contextlib
import functools
import io
import json
import os
import struct
import zlib

import numpy as np
from PIL import Image

from dreamcore.errors import DreamError
from dreamcore.notes import notes_text, read_notes, xmp_of
from dreamcore.parameters import PARAMETERS
from dreamcore.sequence import frame_files, make_job, read_settings, write_frames
from dreamcore.sequence.frames import machine
from dreamcore.sequence.recipe import recipe_from_notes, recipe_text
from dreamcore.sequence.resuming import SETTINGS, STATE, plan_of, read_state, refuse_others
from tests.fuzz.animations import animation
from tests.fuzz.harness import each_of, harness, scratch, scratch_file
from tests.fuzz.mutations import (
    bytes_changed,
    chunks_changed,
    either,
    json_changed,
    members_changed,
    text_changed,
)
from tests.fuzz.pictures import is_here
from tests.network.small import load
from wand_tools import info
from wand_tools.sources.files import frames_in, matching, natural
from wand_tools.sources.opening import open_source

# -- frame directories ------------------------------------------------------------------------------------------------


@functools.cache
def standing():
    """A frame directory, its job, its settings and its files."""
    folder = scratch() / "frames"
    network = load(scratch() / "model")
    job = make_job(np.full((20, 24, 3), 99), network, layer="join", iterations=1, octaves=1, frames=2)
    list(write_frames(folder, job))
    settings = {**job.settings, **machine(job), "suffix": ".png"}
    return folder, job, settings, {each.name: each.read_bytes() for each in folder.iterdir()}


SETTING_WORDS = ("zoom(0.05)", "0:1, 9:4", "first", "plan", "tiles", "memory", "frames", "sha256", "said")


def change_settings(data, random):
    return json_changed((*standing()[2], *PARAMETERS, *SETTING_WORDS))(data, random)


@harness("sequence.json", lambda: [standing()[3][SETTINGS]], change_settings, 60)
def read_sequence(data):
    settings = standing()[2]
    folder = scratch_file(SETTINGS, data).parent
    before = read_settings(folder)
    each_of(
        (
            lambda: refuse_others(folder, before, settings),
            lambda: plan_of(folder, before, 10**9),
            lambda: recipe_text(recipe_from_notes(before)),
        )
    )


@harness("state of a sequence", lambda: [standing()[3][STATE]], either(bytes_changed, members_changed({})), 60)
def read_a_state(data):
    state = read_state(scratch_file(STATE, data), (24, 20))
    assert state.last is None or np.isfinite(state.last).all()


def damages():
    return [name.encode() + b"\n" + content for name, content in standing()[3].items()]


def damage_changed(data, random):
    name, _, content = data.partition(b"\n")
    suited = {SETTINGS.encode(): change_settings, STATE.encode(): members_changed({})}.get(name, chunks_changed)
    return name + b"\n" + random.choice((suited, bytes_changed))(content, random)


@harness("frame directory, resumed", damages, damage_changed, 15)
def resume(data):
    folder, job, _, files = standing()
    name, _, content = data.partition(b"\n")
    damaged = name.decode("utf-8", "replace")
    for each, whole in files.items():
        (folder / each).write_bytes(content if each == damaged else whole)
    try:
        list(write_frames(folder, job, resume=True))
    finally:
        assert {each.name for each in folder.iterdir()} == {*files}
    assert [number for number, _ in frame_files(folder)] == [0, 1]


# -- notes in pictures ------------------------------------------------------------------------------------------------

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
    "said": ["scale"],
    "colours": {"mean": [104, 117, 123], "scale": 0.017, "order": "rgb"},
}


def noted_png(text):
    """Write the smallest PNG that carries notes."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), (b"iTXt", b"dreamcore\0\0\0\0\0" + text))
    parts += ((b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


def noted_pictures():
    said, pictures = notes_text(NOTES), [noted_png(json.dumps(NOTES).encode())]
    for format, place in (
        ("JPEG", {"comment": said.encode()}),
        ("GIF", {"comment": said.encode()}),
        ("WEBP", {"xmp": xmp_of(said)}),
        ("AVIF", {"xmp": xmp_of(said)}),
    ):
        if is_here(format):
            stream = io.BytesIO()
            Image.new("L", (2, 2)).save(stream, format, **place)
            pictures.append(stream.getvalue())
    with contextlib.suppress(DreamError):  # without PyAV, or without ImageMagick
        pictures.append(animation("webm", notes=NOTES))
    return pictures


def notes_changed(data, random):
    begin, end = data.find(b"{"), data.rfind(b"}") + 1
    if not 0 <= begin < end or random.random() < 0.15:
        return (chunks_changed if data.startswith(b"\x89PNG") else bytes_changed)(data, random)
    words = (*NOTES, *PARAMETERS, "pictures", "colours", "mean", "scale", "order", "objects", "zoom", "sha256")
    return noted_png(json_changed(words)(data[begin:end], random))


@harness("notes in a picture", noted_pictures, notes_changed, 100)
def read_a_note(data):
    recipe_text(recipe_from_notes(read_notes(scratch_file("noted", data))))


# -- names of files ---------------------------------------------------------------------------------------------------

PATTERNS = ("%", "%04d", "%d", "%99d", "0", "*", "**", "[", "]", "?", "!", "..", "/", "\\", ".png", "1.png", "[0-9]")
PATTERNS += ("~",)


@functools.cache
def named_folder():
    folder = scratch() / "names"
    folder.mkdir()
    Image.new("L", (2, 2)).save(folder / "1.png")
    return folder


@harness(
    "names and patterns of sources",
    lambda: [b"%04d.png", b"*.png", b"1.png", b"[0-9].png", b"a/%d"],
    text_changed(PATTERNS),
)
def open_name(data):
    text = data.decode("utf-8", "surrogateescape").lstrip("/").replace("..", ".")  # nothing but what lies there
    before = os.getcwd()
    os.chdir(named_folder())
    try:
        each_of((open_source, matching, info), text)
    finally:
        os.chdir(before)


@harness(
    "lists of files",
    lambda: [b"# frames\n1.png\n1.png", "\ufeff1.png\r\nä.png".encode("utf-16"), b"\xef\xbb\xbf1.png"],
    text_changed(("\n", "#", "1.png", "\r", "../", "/", "\xff", "\ufeff", "a" * 260)),
)
def open_list(data):
    (path := named_folder() / "list.txt").write_bytes(data)
    open_source(path)


@harness(
    "names of frames in a folder",
    lambda: [b"0000.png\n0001.png\n0010.jpg", b"a2.png\na10.png\n.hidden.png", b"00001.png\n1.png\nstate.npz"],
    text_changed(("\n", "0000", ".png", ".PNG", ".jpg", "٣", "²", "999999999", "9" * 100, "-1", ".")),
)
def list_frames(data):
    folder = scratch() / "listed"
    folder.mkdir()
    try:
        for name in data.split(b"\n")[:8]:
            with contextlib.suppress(OSError, ValueError):  # a name that no file has
                os.close(os.open(os.path.join(os.fsencode(folder), name.replace(b"/", b"")), os.O_CREAT))
        names = os.listdir(folder)
        assert sorted(natural(names)) == sorted(names)
        assert all(number < 10**9 for number, _ in frame_files(folder))
        frames_in(folder)
    finally:
        for name in os.listdir(folder):
            os.unlink(folder / name)
        folder.rmdir()
