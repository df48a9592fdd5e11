import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from subprocess import PIPE

import numpy as np
import pytest

from dreamcore.ascent.objectives import as_objective
from dreamcore.errors import DreamError
from dreamcore.transforms import parse
from dreamcore.worker import requests, server
from gimp_plugin import protocol

from .fake_worker import FakeEngine, FakeKept
from .serving import picture, serve

ROOT = Path(__file__).resolve().parents[2]
FAKE = [sys.executable, "-m", "tests.worker.fake_worker"]


def answers(*messages, engine=None):
    source, sink = io.BytesIO(), io.BytesIO()
    for message, data in messages:
        protocol.write(source, message, data)
    source.seek(0)
    server.Server(engine or FakeEngine(), FakeKept(), source, sink).serve()
    sink.seek(0)
    found = []
    while (received := protocol.read(sink)) is not None:
        found.append(received)
    return found


def test_hello_names_the_protocol():
    ((message, _),) = serve(FakeEngine(), ({"do": "hello", "id": 1}, b""))
    assert (message["say"], message["id"], message["protocol"]) == ("hello", 1, protocol.VERSION)


def test_an_unknown_request_is_answered_with_the_nearest():
    ((message, _),) = serve(FakeEngine(), ({"do": "recipies", "id": 1}, b""))
    assert message["say"] == "error" and '"recipes"' in message["message"]


def test_frames_come_as_strips_that_keep_the_alpha(monkeypatch):
    monkeypatch.setattr(protocol, "STRIP", 8)
    pixels = np.arange(2 * 3 * 4, dtype="u1").reshape(3, 2, 4)
    said = serve(
        FakeEngine(), ({"do": "dream", "id": 7, "pictures": [picture(pixels)], "parameters": {"frames": 2}}, pixels)
    )
    assert [m["say"] for m, _ in said] == ["started", *["strip"] * 3, "frame", *["strip"] * 3, "frame", "done"]
    second = np.concatenate([np.frombuffer(d, "u1").reshape(-1, 2, 4) for m, d in said if m.get("number") == 1 and d])
    assert (second[..., :3] == pixels[..., :3] + 2).all()
    assert (second[..., 3] == pixels[..., 3]).all()


def test_the_mask_reaches_the_engine_as_a_weight():
    pixels = np.full((1, 2, 4), 100, "u1")
    mask = np.array([[[255], [0]]], "u1")
    said = serve(
        FakeEngine(),
        (
            {
                "do": "dream",
                "id": 1,
                "parameters": {"frames": 1},
                "pictures": [picture(pixels), picture(mask, "Y u8", "mask")],
            },
            pixels.tobytes() + mask.tobytes(),
        ),
    )
    assert np.frombuffer(said[1][1], "u1").tolist() == [101, 101, 101, 100, 100, 100, 100, 100]


def test_float_pictures_keep_what_is_outside_zero_to_one():
    pixels = np.float32([[[-0.5, 0.25, 2, 0.5]]])
    said = serve(
        FakeEngine(),
        ({"do": "dream", "id": 1, "parameters": {"frames": 1}, "pictures": [picture(pixels, "RGBA float")]}, pixels),
    )
    np.testing.assert_allclose(np.frombuffer(said[1][1], "<f4"), pixels[0, 0] + [1 / 255, 1 / 255, 0, 0], atol=1e-6)


def test_a_guide_reaches_the_engine():
    pixels, guide = np.zeros((1, 1, 4), "u1"), np.full((1, 1, 4), 10, "u1")
    said = serve(
        FakeEngine(),
        (
            {
                "do": "dream",
                "id": 1,
                "parameters": {"frames": 1},
                "pictures": [picture(pixels), picture(guide, role="guide")],
            },
            pixels.tobytes() + guide.tobytes(),
        ),
    )
    assert said[1][1][0] == 11


def test_only_the_newest_preview_is_made():
    pixels = np.zeros((1, 1, 4), "u1")
    preview = {"do": "preview", "pictures": [picture(pixels)], "parameters": {"seed": 30}}
    said = serve(FakeEngine(), ({**preview, "id": 1}, pixels), ({**preview, "id": 2}, pixels))
    assert [(m["id"], m["say"]) for m, _ in said if m["say"] not in ("strip", "started", "progress")] == [
        (1, "cancelled"),
        (2, "frame"),
        (2, "frame"),
        (2, "frame"),
        (2, "done"),
    ]


def test_cancel_ends_a_dream_and_the_next_one_runs():
    pixels = np.zeros((1, 1, 4), "u1")
    dream = {"do": "dream", "pictures": [picture(pixels)]}
    said = serve(
        FakeEngine(),
        ({**dream, "id": 1, "parameters": {"seed": 1000}}, pixels),
        ({"do": "cancel"}, b""),
        ({**dream, "id": 2, "parameters": {"frames": 1}}, pixels),
    )
    assert [m["say"] for m, _ in said][-5:] == ["cancelled", "started", "strip", "frame", "done"]


def test_errors_come_as_one_sentence_and_the_worker_goes_on():
    pixels = np.zeros((1, 1, 4), "u1")
    dream = {"do": "dream", "id": 1, "pictures": [picture(pixels)]}
    said = serve(
        FakeEngine(),
        ({**dream, "parameters": {"layer": "none"}}, pixels),
        ({**dream, "parameters": {"layer": "crash"}}, pixels),
        ({"do": "check", "id": 2, "pictures": [{**picture(pixels), "width": 12000, "height": 9000}]}, b""),
        ({"do": "hello"}, b""),
    )
    assert [m["say"] for m, _ in said] == ["error"] * 3 + ["hello"]
    assert said[0][0]["message"] == 'no layer "none"'
    assert "RuntimeError: crash" in said[1][0]["message"]
    assert "not enough memory" in said[2][0]["message"]


def test_the_end_of_the_input_ends_a_running_dream():
    pixels = np.zeros((1, 1, 4), "u1")
    said = answers(({"do": "dream", "id": 1, "pictures": [picture(pixels)], "parameters": {"seed": 1000}}, pixels))
    assert said[-1][0]["say"] == "cancelled"


def test_torch_out_of_memory_becomes_advice():
    text = server.sentence(RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"))
    assert "make it smaller, or dream a part of it" in text
    assert server.sentence(DreamError("plain")) == "plain"


def test_an_error_that_points_at_a_character_is_one_line():
    assert said_of("2*patterns + chanels(parts, 1)", as_objective) == (
        'unknown objective "chanels" (did you mean "channels"?): 2*patterns + ▸chanels(parts, 1)'
    )
    assert said_of("zoom(0.1", parse) == '"," or ")" is missing here, found the end: zoom(0.1▸'


def said_of(text, read):
    try:
        read(text)
    except DreamError as error:
        return server.sentence(error)


def test_what_is_asked_of_a_job_reaches_the_engine_as_it_is():
    pixels, engine = np.zeros((1, 1, 4), "u1"), FakeEngine()
    parameters = {"iterations": "0:2, 9:5", "octaves": ""}
    asked = {"recipe": "whirlpool", "first": 4, "parameters": parameters, "follows": True}
    said = serve(engine, ({"do": "dream", "id": 1, "pictures": [picture(pixels)], **asked}, pixels))
    assert engine.asked == {**asked, "precision": None}
    started = {"say": "started", "id": 1, "frames": 3, "delays": [7, 7, 7], "between": 0}
    assert said[0][0] == {**started, "width": 1, "height": 1}


def test_a_delay_that_changes_is_told_for_each_frame():
    pixels = np.zeros((1, 1, 4), "u1")
    dream = {"do": "dream", "pictures": [picture(pixels)], "parameters": {"frames": 3, "delay": "0:4, 2:8"}}
    assert serve(FakeEngine(), (dream, pixels))[0][0]["delays"] == [4, 6, 8]


def test_the_time_is_measured_only_where_it_is_asked_for():
    check = {"do": "check", "pictures": [picture(np.zeros((9, 9, 4)))]}
    (plain, _), (timed, _) = serve(FakeEngine(), (check, b""), ({**check, "seconds": True}, b""))
    assert "seconds" not in plain and timed["seconds"] == 0.0


def test_what_was_kept_is_gone_when_the_input_ends(tmp_path):
    code = (
        "from dreamcore.worker import requests, server, animation; from tests.worker.fake_worker import FakeEngine; "
        "server.main(FakeEngine(), animation.KeptPictures(print))"
    )
    keep = protocol.header({"do": "keep", "number": 0, "pictures": [picture(np.zeros((1, 1, 4)))]}, 4) + bytes(4)
    worker = subprocess.Popen(
        [sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    worker.stdin.write(keep)
    worker.stdin.flush()
    assert b"kept" in worker.stdout.readline()
    assert [*tmp_path.glob("*/*.png")]
    worker.stdin.close()
    assert worker.wait(10) == 0
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (b'{"do": "hello"}\n', 0, ""),
        (b'{"do": "bye"}\n', 0, ""),
        (b'{"do": "hello"}\nhello\n', 1, "not a message: b'hello"),
        (b'{"do": "hello"}\n{"do"', 1, "not a message: b'{"),
        (b'{"do": "hello"}\n{"do": "hello", "bytes": 9}\nabc', 1, "ended after 3 of its 9 bytes"),
    ],
    ids=repr,
)
def test_the_exit_code_says_whether_all_that_came_was_messages(sent, code, said):
    worker = subprocess.run(FAKE, input=sent, capture_output=True, cwd=ROOT)
    assert worker.returncode == code
    _, *lines = worker.stderr.decode().splitlines()
    assert len(lines) == code and all(line.startswith("error: ") and said in line for line in lines)


def test_a_question_that_came_before_the_end_of_the_input_is_answered():
    class Slow(FakeEngine):
        def hello(self):
            time.sleep(0.2)
            return super().hello()

    source, sink, said = io.BytesIO(b'{"do": "hello"}\n'), io.BytesIO(), []
    server.Server(Slow(), FakeKept(), source, sink).serve(at_end=lambda: said.append(sink.getvalue()))
    assert b'"say": "hello"' in sink.getvalue()
    while not said:
        time.sleep(0.01)
    assert said == [sink.getvalue()]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
def test_answers_that_cannot_be_written_end_it_with_a_line():
    with open("/dev/full", "wb") as full:
        worker = subprocess.Popen(FAKE, stdin=PIPE, stdout=full, stderr=PIPE, cwd=ROOT)
    with worker:
        worker.stdin.write(b'{"do": "hello"}\n')
        worker.stdin.flush()
        assert worker.stderr.read().endswith(b"\nerror: answers cannot be written: No space left on device\n")
        assert worker.wait(30) == 1


def test_an_atlas_comes_layer_by_layer_each_with_the_text_that_chooses_it():
    pixels = np.full((2, 3, 4), 100, "u1")
    said = serve(FakeEngine(), ({"do": "atlas", "id": 3, "pictures": [picture(pixels)], "layer": "objects"}, pixels))
    assert [message["say"] for message, _ in said] == [*["strip", "layer"] * 3, "done"]
    message, _ = said[3]
    assert (message["layer"], message["label"]) == ("channels(objects, 1)", "channels(objects, 1) (role)")
    assert np.frombuffer(said[2][1], "u1").reshape(2, 3, 4)[0, 0].tolist() == [140, 140, 140, 100]


def test_a_new_preview_ends_an_atlas():
    request, new = (
        requests.Request({"do": "atlas", "id": 1}, bytearray()),
        requests.Request({"do": "preview"}, bytearray()),
    )
    worker = server.Server(FakeEngine(), FakeKept(), io.BytesIO(), io.BytesIO())
    worker.open = [request]
    worker._drop(new)
    assert request.is_unwanted.is_set()


def test_frames_for_a_folder_become_files_and_an_animation_and_are_not_sent(tmp_path):
    engine, made = FakeEngine(), []
    engine.files = lambda picture, folder, **asked: (engine.frames(picture, **asked)[0], iter([tmp_path / "0.png"] * 2))
    kept = FakeKept()
    kept.of_files = lambda *told: made.append(told)
    pixels = np.zeros((1, 2, 4), "u1")
    message = {
        "do": "dream",
        "id": 1,
        "folder": str(tmp_path),
        "pictures": [picture(pixels)],
        "parameters": {"frames": 2},
    }
    said = [message["say"] for message, _ in serve(engine, (message, pixels), kept=kept)]
    assert said == ["started", "frame", "frame", "done"]
    assert made == [([tmp_path / "0.png"] * 2, [7, 7], tmp_path / f"{tmp_path.name}.gif", {"plays": 0})]


def test_what_is_paused_stands_still_until_it_is_resumed():
    worker = server.Server(FakeEngine(), FakeKept(), io.BytesIO(), io.BytesIO())
    worker.open = [request := requests.Request({"do": "dream", "id": 1}, bytearray())]
    worker._hold(True)
    thread = threading.Thread(target=request.check)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    worker._hold(False)
    thread.join(10)
    assert not thread.is_alive()


def test_a_cancel_ends_what_is_paused():
    pixels = np.zeros((1, 1, 4), "u1")
    dream = {"do": "dream", "id": 1, "pictures": [picture(pixels)], "parameters": {"seed": 1000}}
    said = serve(FakeEngine(), (dream, pixels), ({"do": "pause"}, b""), ({"do": "cancel"}, b""))
    assert said[-1][0]["say"] == "cancelled"


def test_a_check_says_which_parameters_are_wrong():
    check = {"do": "check", "pictures": [picture(np.zeros((9, 9, 4)))], "parameters": {"transform": "zooom"}}
    ((said, _),) = serve(FakeEngine(), (check, b""))
    assert said["wrong"] == {"transform": 'unknown transform "zooom" (did you mean "zoom"?): ▸zooom'}


def test_a_preview_of_a_larger_picture_is_asked_for_with_its_size_and_comes_opaque():
    pixels, engine = np.full((2, 3, 4), 100, "u1"), FakeEngine()
    asked = {"do": "preview", "id": 4, "pictures": [picture(pixels)], "whole": [30, 20], "parameters": {"frames": 1}}
    said = serve(engine, (asked, pixels))
    assert engine.size == ((20, 30), 384)
    assert (said[0][0]["width"], said[0][0]["height"]) == (3, 2)
    assert np.frombuffer(said[1][1], "u1").reshape(-1, 4).tolist() == [[101, 101, 101, 255]] * 6


def part(all, pixels, **fields):
    described = [picture(all), picture(pixels, role="part")]
    return {"do": "part", "id": 5, "pictures": described, **fields}, all.tobytes() + pixels.tobytes()


def test_a_part_comes_in_its_own_size_with_its_own_alpha():
    engine, pixels = FakeEngine(), np.array([[[9, 9, 9, 7], [8, 8, 8, 255]]], "u1")
    said = serve(engine, part(np.zeros((4, 4, 4), "u1"), pixels, corner=[20, 10], whole=[400, 300]))
    assert engine.place == ((10, 20), (300, 400))
    assert [message["say"] for message, _ in said] == ["strip", "done"]
    assert np.frombuffer(said[0][1], "u1").reshape(-1, 4).tolist() == [[10, 10, 10, 7], [9, 9, 9, 255]]


def test_a_part_without_its_place_is_refused():
    pixels = np.zeros((1, 1, 4), "u1")
    for fields in ({}, {"corner": [0, 0]}, {"corner": [0, -1], "whole": [9, 9]}, {"corner": [0], "whole": [9, 9]}):
        ((message, _),) = serve(FakeEngine(), part(pixels, pixels, **fields))
        assert message["say"] == "error" and "corner" in message["message"]


def test_thumbnails_come_recipe_by_recipe():
    pixels = np.full((1, 1, 4), 1, "u1")
    asked = {"do": "thumbnails", "id": 1, "pictures": [picture(pixels)], "recipes": ["plain", "other"]}
    said = serve(FakeEngine(), (asked, pixels))
    assert [message.get("recipe") for message, _ in said] == [None, "plain", None, "other", None]
    assert [message["say"] for message, _ in said][-1] == "done"


def test_a_text_comes_back_as_its_terms_and_terms_as_their_text():
    asked = {"do": "terms", "id": 1, "kind": "objective"}
    ((read, _),) = serve(FakeEngine(), ({**asked, "text": "0.5*parts+textures"}, b""))
    assert [term["values"]["layer"]["text"] for term in read["terms"]] == ["parts", "textures"]
    ((written, _),) = serve(FakeEngine(), ({**asked, "terms": read["terms"]}, b""))
    assert written["text"] == read["text"] == "0.5*parts + textures"


def test_what_somebody_types_is_answered_while_a_dream_is_made():
    pixels = np.zeros((1, 1, 4), "u1")
    dream = {"do": "dream", "id": 1, "pictures": [picture(pixels)], "parameters": {"frames": 1, "seed": 30}}
    said = serve(FakeEngine(), (dream, pixels), ({"do": "terms", "id": 2, "kind": "transform", "text": "blur()"}, b""))
    order = [(message["id"], message["say"]) for message, _ in said]
    assert order.index((2, "error")) < order.index((1, "done"))
