import io
import threading

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.worker import protocol, server

from .fake_worker import FakeEngine


def picture(pixels, format="RGBA u8", role="picture"):
    height, width, _ = pixels.shape
    return {"role": role, "width": width, "height": height, "format": format}


def answers(*messages, engine=None):
    source, sink = io.BytesIO(), io.BytesIO()
    for message, data in messages:
        protocol.write(source, message, data)
    source.seek(0)
    server.Server(engine or FakeEngine(), source, sink).serve()
    sink.seek(0)
    found = []
    while (received := protocol.read(sink)) is not None:
        found.append(received)
    return found


class Waiting(io.RawIOBase):
    """A stream that ends only when told, as a pipe does."""

    def __init__(self, data):
        self.stream, self.end = io.BytesIO(data), threading.Event()

    def readline(self, limit=-1):
        return self.stream.readline(limit) or self._wait()

    def readinto(self, view):
        return self.stream.readinto(view)

    def _wait(self):
        self.end.wait(10)
        return b""


def serve(engine, *messages):
    source, sink = io.BytesIO(), io.BytesIO()
    for message, data in messages:
        protocol.write(source, message, data)
    waiting = Waiting(source.getvalue() + b'{"do": "bye"}\n')
    server.Server(engine, waiting, sink).serve()
    waiting.end.set()
    sink.seek(0)
    return [received for received in iter(lambda: protocol.read(sink), None)]


def test_hello_names_the_protocol():
    ((message, _),) = serve(FakeEngine(), ({"do": "hello", "id": 1}, b""))
    assert (message["say"], message["id"], message["protocol"]) == ("hello", 1, protocol.VERSION)


def test_an_unknown_request_is_answered_with_the_nearest():
    ((message, _),) = serve(FakeEngine(), ({"do": "recipe", "id": 1}, b""))
    assert message["say"] == "error" and '"recipes"' in message["message"]


def test_frames_come_as_strips_that_keep_the_alpha(monkeypatch):
    monkeypatch.setattr(server, "STRIP", 8)
    pixels = np.arange(2 * 3 * 4, dtype="u1").reshape(3, 2, 4)
    said = serve(
        FakeEngine(), ({"do": "dream", "id": 7, "pictures": [picture(pixels)], "parameters": {"frames": 2}}, pixels)
    )
    assert [m["say"] for m, _ in said] == ["started", *["strip"] * 3, "frame", *["strip"] * 3, "frame", "done"]
    second = np.concatenate([np.frombuffer(d, "u1").reshape(-1, 2, 4) for m, d in said if m.get("number") == 1 and d])
    assert (second[..., :3] == pixels[..., :3] + 2).all()
    assert (second[..., 3] == pixels[..., 3]).all()


def test_outside_the_mask_nothing_changes():
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
    np.testing.assert_allclose(
        np.frombuffer(said[1][1], "<f4"), pixels[0, 0] + [1 / 255, 1 / 255, 1 / 255, 0], atol=1e-6
    )


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
    assert [(m["id"], m["say"]) for m, _ in said if m["say"] not in ("strip", "started")] == [
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
        ({"do": "check", "id": 2, "width": 12000, "height": 9000}, b""),
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
    assert "select a part" in server.sentence(RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"))
    assert server.sentence(DreamError("plain")) == "plain"
