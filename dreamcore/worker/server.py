"""Answer messages with the help of an engine: pictures in, frames out, one job at a time, newest preview first."""

import os
import queue
import sys
import threading
import time
import traceback
from contextlib import suppress

import numpy as np

from dreamcore.errors import DreamError, nearest
from dreamcore.pictures import to_bytes
from dreamcore.worker import protocol

STRIP = 4 << 20  # bytes of a frame that travel at once, so that neither side needs a second copy of a large frame


class Cancelled(Exception):
    """The client does not want this job any more."""


class Job:
    """One message being worked on, and whether it is still wanted."""

    def __init__(self, message, data):
        self.message, self.data = message, data
        self.id, self.do = message.get("id"), message.get("do")
        self.unwanted = threading.Event()

    def check(self):
        """Raise if the job was cancelled."""
        if self.unwanted.is_set():
            raise Cancelled


class Server:
    """Read messages from ``source`` until it ends and write the answers to ``sink``.

    ``engine`` has the methods that are not about pipes: hello, models, layers, recipes, check, frames and animate.
    """

    def __init__(self, engine, source, sink):
        self.engine, self.source, self.sink = engine, source, sink
        self.jobs = queue.Queue()
        self.open = []

    def serve(self, at_end=lambda: None):
        """Work until ``bye`` or the end of the input; ``at_end`` is called the moment the input ends."""
        threading.Thread(target=self._listen, args=(at_end,), daemon=True).start()
        while True:
            job = self.jobs.get()
            if job is None or job.do == "bye":
                return
            self._work(job)
            self.open.remove(job)

    def _listen(self, at_end):
        try:
            while (received := protocol.read(self.source)) is not None:
                job = Job(*received)
                self._drop(job)
                if job.do != "cancel":
                    self.open.append(job)
                    self.jobs.put(job)
        except (protocol.ProtocolError, OSError, MemoryError) as error:
            print(f"dreamcore worker: {error}", file=sys.stderr, flush=True)
        for job in list(self.open):
            job.unwanted.set()
        self.jobs.put(None)
        at_end()

    def _drop(self, new):
        for job in list(self.open):
            named = new.do == "cancel" and new.message.get("job") in (None, job.id)
            if named or (job.do == "preview" and new.do in ("preview", "dream")):
                job.unwanted.set()

    def _work(self, job):
        try:
            job.check()
            answer = getattr(self, f"_do_{job.do}", None)
            if answer is None:
                allowed = [name[4:] for name in dir(self) if name.startswith("_do_")]
                raise DreamError(f"no such request: {job.do!r}{nearest(str(job.do), allowed)}")
            answer(job)
        except Cancelled:
            self._say(job, "cancelled")
        except Exception as error:
            if not isinstance(error, DreamError):
                traceback.print_exc()
            self._say(job, "error", message=sentence(error))

    def _say(self, job, say, data=b"", **message):
        protocol.write(self.sink, {"say": say, "id": job.id, **message}, data)

    def _do_hello(self, job):
        self._say(job, "hello", protocol=protocol.VERSION, **self.engine.hello())

    def _do_models(self, job):
        self._say(job, "models", models=self.engine.models())

    def _do_layers(self, job):
        self._say(job, "layers", **self.engine.layers(job.message.get("model") or ""))

    def _do_recipes(self, job):
        self._say(job, "recipes", recipes=self.engine.recipes())

    def _do_load(self, job):
        self.engine.load(job.message.get("parameters", {}))
        self._say(job, "loaded")

    def _do_check(self, job):
        self._say(
            job,
            "checked",
            **self.engine.check(job.message["width"], job.message["height"], job.message.get("parameters", {})),
        )

    def _do_preview(self, job):
        self._do_dream(job, precision="auto")  # the fastest here; what stays in the picture is computed in float32

    def _do_dream(self, job, precision="float32"):
        pictures = self._pictures(job)
        format = job.message["pictures"][0]["format"]
        source = pictures["picture"]
        picture, guide = (rgb(pictures.get(name)) for name in ("picture", "guide"))
        began, number = time.monotonic(), -1
        progress = self._progress(job, lambda: number + 1)
        parameters = job.message.get("parameters", {})
        promise, frames = self.engine.frames(picture, parameters, guide, job.check, progress, precision)
        self._say(job, "started", **promise)
        for number, frame in enumerate(frames):
            job.check()
            self._send_frame(job, number, over(source, frame, format, pictures.get("mask")))
            self._say(job, "frame", number=number, seconds=time.monotonic() - began)
        self._say(job, "done", frames=number + 1)

    def _progress(self, job, before=lambda: 0):
        told = 0

        def progress(fraction):
            nonlocal told
            if time.monotonic() - told > 0.2:
                told = time.monotonic()
                self._say(job, "progress", frames=before() + fraction)

        return progress

    def _pictures(self, job):
        found, at = {}, 0
        for picture in job.message["pictures"]:
            shape = picture["width"], picture["height"], picture["format"]
            size = protocol.size_of(*shape)
            found[picture["role"]] = protocol.unpack(memoryview(job.data)[at : at + size], *shape)
            at += size
        return found

    def _send_frame(self, job, number, pixels):
        rows = max(1, STRIP // pixels[0].nbytes)
        for y in range(0, len(pixels), rows):
            job.check()
            strip = np.ascontiguousarray(pixels[y : y + rows])
            self._say(job, "strip", strip, number=number, y=y, rows=len(strip))

    def _do_picture(self, job):
        for picture in self._pictures(job).values():
            self.engine.keep(job.message["number"], job.message["name"], picture)
        self._say(job, "kept")

    def _do_animation(self, job):
        self._say(
            job,
            "animation",
            **self.engine.animate(
                job.message["path"], job.message.get("parameters", {}), job.check, self._progress(job)
            ),
        )


def rgb(pixels):
    """Return float32 (H, W, 3) in 0..255 of RGBA ``pixels`` as they travel; None stays None."""
    if pixels is None:
        return None
    scale = np.float32(255 if pixels.dtype.kind == "f" else 1)
    return pixels[..., :3].astype(np.float32) * scale


def over(source, frame, format, mask=None):
    """Return ``frame`` as it travels: with the alpha of ``source``, and blended into it where ``mask`` is below 255.

    >>> source = np.array([[[0, 0, 0, 7], [0, 0, 0, 9]]], "u1")
    >>> frame = np.full((1, 2, 3), 100.6, "f4")
    >>> over(source, frame, "RGBA u8", np.array([[[255], [128]]], "u1")).tolist()
    [[[101, 101, 101, 7], [50, 50, 50, 9]]]
    """
    pixels = source.copy()
    if mask is not None:
        weight = mask.astype(np.float32) / 255
        frame = rgb(source) * (1 - weight) + frame * weight
    if format == "RGBA u8":
        pixels[..., :3] = to_bytes(frame)
    else:
        pixels[..., :3] = frame / 255
    return pixels


def sentence(error):
    """Return one line a user can act on for any exception.

    >>> sentence(MemoryError())
    'There is not enough memory for a picture this large: select a part of it, or make the image smaller.'
    """
    text = str(error).strip()
    if isinstance(error, MemoryError) or "not enough memory" in text or "out of memory" in text.lower():
        return "There is not enough memory for a picture this large: select a part of it, or make the image smaller."
    if isinstance(error, DreamError):
        return text
    return f"The dream stopped unexpectedly ({type(error).__name__}: {text.splitlines()[0] if text else 'no reason'})."


def main(engine):
    """Serve over this process's standard input and output, which from now on belong to the messages alone."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    with suppress(BrokenPipeError):
        Server(engine, source, sink).serve(at_end=lambda: os._exit(0))
    os._exit(0)
