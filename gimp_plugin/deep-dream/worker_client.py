"""The GIMP side of the pipe to the worker: start it, send messages, receive answers. Standard library only, no GIMP."""

import json
import os
import queue
import subprocess
import threading
from collections import deque
from contextlib import suppress

import protocol
from language import _
from sentences import in_words

UNSET = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "GI_TYPELIB_PATH",
    "GTK_PATH",
    "GIO_MODULE_DIR",
    "GDK_PIXBUF_MODULE_FILE",
)
INSTALL = _("Run “dreamcore gimp install” in the Python environment that has dreamcore.")


class WorkerError(Exception):
    """One sentence for the user; ``details`` holds the end of what the worker wrote to its standard error."""

    def __init__(self, sentence, details=""):
        super().__init__(sentence)
        self.details = details


def find_command(folder, python=""):
    """Return the command that starts a worker: ``python``, else $DREAMCORE_PYTHON, else what ``worker.json`` says."""
    python = python or os.environ.get("DREAMCORE_PYTHON", "")
    if python:
        command = [os.path.expanduser(python), "-I", "-m", "dreamcore", "worker"]
    else:
        try:
            with open(os.path.join(folder, "worker.json"), encoding="utf-8") as file:
                command = json.load(file)["command"]
        except (OSError, ValueError, KeyError, TypeError):
            raise WorkerError(_("Deep Dream does not know which Python has dreamcore.") + " " + INSTALL) from None
    return ["flatpak-spawn", "--host", "--watch-bus", *command] if os.path.exists("/.flatpak-info") else command


def clean_environment():
    """Return the environment without what would make another Python load GIMP's libraries."""
    return {key: value for key, value in os.environ.items() if key not in UNSET and not key.startswith("DYLD_")}


class Worker:
    """A running worker. ``events`` is a queue of ``(message, bytes)``; the last one says "gone".

    Neither side waits for the other in the calling thread, and what waits stays small: frames stay in the pipe once a
    few strips are queued, and ``send`` takes pieces only as fast as they leave.
    """

    def __init__(self, command):
        self.command, self.ids = command, 0
        self.events, self.outbox = queue.Queue(maxsize=8), queue.Queue(maxsize=16)
        self.errors = deque(maxlen=40)
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise WorkerError(
                _("The Python of Deep Dream cannot be started: {}.").format(command[0]) + " " + INSTALL, str(error)
            ) from None
        self.draining = threading.Thread(target=self._drain, daemon=True)
        self.draining.start()
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._speak, daemon=True).start()
        self.greeted = self.send("hello", protocol=protocol.VERSION)
        self.hello = None

    def send(self, do, pieces=(), size=0, **message):
        """Send a message, and the ``size`` bytes that the iterable ``pieces`` yields; return the number of the job."""
        self.ids += 1
        self.outbox.put(protocol.header({"do": do, "id": self.ids, **message}, size))
        left = size
        try:
            for piece in pieces:
                self.outbox.put(piece)
                left -= len(piece)
        except Exception:  # the picture has gone; what was announced must come, or nothing after it is understood
            for start in range(0, left, protocol.STRIP):
                self.outbox.put(bytes(min(protocol.STRIP, left - start)))
            self.cancel(self.ids)
            raise
        return self.ids

    def cancel(self, job=None):
        """Ask for the end of one job, or of all."""
        self.send("cancel", job=job)

    def receive(self, timeout=None):
        """Return the next ``(message, bytes)``, or None after ``timeout`` seconds; raise when the worker is gone."""
        try:
            message, data = self.events.get(timeout=timeout) if timeout else self.events.get_nowait()
        except queue.Empty:
            return None
        if message["say"] == "gone":
            self.events.put((message, data))
            raise WorkerError(message["message"], self.details())
        if message["say"] == "hello":
            if message.get("protocol") != protocol.VERSION:
                raise WorkerError(_("The plug-in and dreamcore are of different versions.") + " " + INSTALL)
            self.hello = message
        return in_words(message), data

    def ask(self, do, timeout=120, **message):
        """Send a message and wait for its answer: ``(message, bytes)``. Errors are raised."""
        job = self.send(do, **message)
        while True:
            received = self.receive(timeout)
            if received is None:
                raise WorkerError(_("The worker does not answer. Try again, or restart GIMP."), self.details())
            if received[0].get("id") == job:
                if received[0]["say"] == "error":
                    raise WorkerError(received[0]["message"], self.details())
                return received

    def details(self):
        """Return the end of the worker's standard error."""
        return "\n".join(self.errors)

    def close(self):
        """End the worker: it leaves by itself when its input ends, and is killed when it does not."""
        try:
            self.outbox.put_nowait(None)
            self.process.wait(1)
        except (queue.Full, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()

    def _drain(self):
        for line in self.process.stderr:
            self.errors.append(line.decode("utf-8", "replace").rstrip())

    def _speak(self):
        broken = False  # then the listening side finds out, and says why
        while (piece := self.outbox.get()) is not None:
            try:
                if not broken:
                    self.process.stdin.write(piece)
                    self.process.stdin.flush()
            except (OSError, ValueError):
                broken = True
        with suppress(OSError):
            self.process.stdin.close()

    def _listen(self):
        try:
            while (received := protocol.read(self.process.stdout)) is not None:
                message, data = received
                if "say" not in message:
                    raise protocol.ProtocolError
                self.events.put((message, bytes(data)))
            broken = False
        except (OSError, ValueError, protocol.ProtocolError):
            broken = True
            self.process.kill()
        self.events.put(({"say": "gone", "message": self._why(broken)}, b""))

    def _why(self, broken):
        self.process.wait()
        self.draining.join(1)
        text, code = self.details(), self.process.returncode
        for module in ("dreamcore", "torch", "numpy"):
            if f"No module named '{module}" in text or f"No module named {module}" in text:
                return _("{} has no {}.").format(self.command[0], module) + " " + INSTALL
        if broken:
            return _("The worker stopped in the middle of a message. Try again; under Details is what it said last.")
        if "MemoryError" in text or code in (-9, 137):
            return _(
                "The worker was ended from outside, most likely for want of memory. "
                "Make the image smaller, or dream a part of it that you paste as a new layer."
            )
        return _("The worker stopped (exit code {}). Try again; under Details is what it said last.").format(code)
