"""A server between two streams in memory, for tests."""

import io
import threading

from dreamcore.worker.server import Server
from gimp_plugin import protocol

from .fake_worker import FakeKept


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


def serve(engine, *messages, kept=None):
    """Return the answers to messages, all of them sent at once."""
    source, sink = io.BytesIO(), io.BytesIO()
    for message, data in (*messages, ({"do": "bye"}, b"")):
        protocol.write(source, message, data)
    waiting = Waiting(source.getvalue())
    Server(engine, kept or FakeKept(), waiting, sink).serve()
    waiting.end.set()
    sink.seek(0)
    return [*iter(lambda: protocol.read(sink), None)]


def picture(pixels, format="RGBA u8", role="picture"):
    """Describe a picture as a message does."""
    height, width, _ = pixels.shape
    return {"role": role, "width": width, "height": height, "format": format}
