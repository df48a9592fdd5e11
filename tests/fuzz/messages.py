"""Harnesses of the messages that GIMP's filter sends to the worker."""

import contextlib
import functools
import io
import json

from dreamcore.errors import DreamError
from dreamcore.parameters import PARAMETERS
from dreamcore.worker.animation import KeptPictures
from dreamcore.worker.engine import Engine
from dreamcore.worker.server import Server
from gimp_plugin import protocol
from tests.fuzz.directories import standing
from tests.fuzz.harness import check_line, harness
from tests.fuzz.mutations import bytes_changed, either, json_changed, json_value

REQUESTS = ("hello", "models", "layers", "recipes", "load", "check", "dream", "preview", "keep", "animation")
REQUESTS += ("cancel", "bye")
FIELDS = ("do", "id", "pictures", "parameters", "recipe", "first", "model", "number", "path", "job", "delay", "seconds")
MESSAGE_WORDS = (*REQUESTS, *FIELDS, *PARAMETERS, *protocol.FORMATS, "role", "width", "height", "format", "bytes")
MESSAGE_WORDS += ("picture", "mask", "guide", "small", "basic-zoom", "objects", "join", "zoom(0.1)", "first")


class Undreamt(Engine):
    """An engine that knows one small network, makes jobs and plans, and gives the picture back as its frames."""

    def models(self):
        return [{"name": "small", "folder": "/"}]

    @functools.cache  # noqa: B019  one for the process
    def recipes(self):
        return super().recipes()

    def _network(self, model, precision="float32", **colours):
        if model not in ("small", "dreamlet"):
            raise DreamError(f"no model {model!r}")
        return standing()[1].network

    def frames(self, picture, *, progress, **fields):
        job = self._job(picture, **fields)
        progress(1, 2)
        return job, iter([picture] * min(3, len(job.numbers)))


@functools.cache
def engine():
    return Undreamt()


def refuse_to_write(pictures, path, **timing):
    raise DreamError("nothing is written here")


def messages():
    sides = {"width": 14, "height": 12}
    picture = {"role": "picture", "format": "RGB u8", **sides}
    mask = {"role": "mask", "format": "Y u8", **sides}
    pixels, shades = bytes(range(168)) * 3, bytes(168)
    dream = {"do": "dream", "id": 1, "pictures": [picture], "parameters": {"layer": "join", "octaves": 1}}
    sent = [
        [({"do": "hello"}, b""), ({"do": "recipes", "id": 2}, b""), ({"do": "layers", "model": "small"}, b"")],
        [(dream, pixels), ({"do": "cancel", "job": 1}, b"")],
        [({**dream, "do": "preview", "pictures": [picture, mask]}, pixels + shades)],
        [({**dream, "do": "check", "seconds": False, "recipe": "basic-zoom"}, b"")],
        [
            ({"do": "keep", "number": 0, "delay": 7, "pictures": [{**picture, "format": "RGBA u8"}]}, pixels + shades),
            ({"do": "animation", "path": "a.gif", "parameters": {"plays": 2}}, b""),
        ],
        [({"do": "load", "model": "small"}, b""), ({"do": "bye"}, b"")],
    ]
    return [b"".join(protocol.header(message, len(data)) + data for message, data in each) for each in sent]


def messages_changed(data, random):
    """Change a message of several, with as many bytes behind it as it says; sometimes only bytes."""
    if random.random() < 0.15:
        return bytes_changed(data, random)
    stream, sent = io.BytesIO(data), []
    try:
        while (received := protocol.read(stream)) is not None:
            sent.append(received)
    except protocol.ProtocolError:
        pass
    if not sent:
        return bytes_changed(data, random)
    at = random.randrange(len(sent))
    message, body = sent[at]
    message.pop("bytes", None)
    kind = random.randrange(10)
    if kind == 0:
        body = bytes_changed(body, random)
    elif kind == 1:
        message = {"do": random.choice(REQUESTS), random.choice(FIELDS): json_value(MESSAGE_WORDS, random)}
    elif kind == 2:
        sent.insert(random.randrange(len(sent)), sent[at])
    else:
        changed = json_changed(MESSAGE_WORDS)(json.dumps(message).encode(), random)
        with contextlib.suppress(ValueError, RecursionError):
            message = json.loads(changed)
    sent[at] = message if isinstance(message, dict) else {"do": message}, body
    try:
        return b"".join(protocol.header(message, len(body)) + bytes(body) for message, body in sent)
    except ValueError:  # numbers longer than Python writes
        return bytes_changed(data, random)


@harness("messages to the worker", messages, messages_changed, 60)
def serve(data):
    sink = io.BytesIO()
    kept = KeptPictures(refuse_to_write)
    with contextlib.redirect_stderr(io.StringIO()) as said:
        Server(engine(), kept, io.BytesIO(data), sink).serve()
    kept.close()
    assert "Traceback" not in said.getvalue(), said.getvalue()
    sink.seek(0)
    for message, _ in iter(lambda: protocol.read(sink), None):
        text = message.get("message", "ok")
        assert "unexpectedly" not in text, text
        check_line(text)


@harness("bytes of the worker's protocol", messages, either(messages_changed, bytes_changed), 100)
def read_messages(data):
    stream = io.BytesIO(data)
    try:
        while protocol.read(stream) is not None:
            pass
    except protocol.ProtocolError as error:
        raise DreamError(str(error)) from None
