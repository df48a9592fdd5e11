"""A worker whose dreams cost nothing: frame n is the picture with n + 1 added. ``python -I fake_worker.py``."""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dreamcore.errors import DreamError
from dreamcore.worker import server

VALUES = {
    "layer": "one",
    "iterations": 10,
    "octaves": 4,
    "strength": 1,
    "frames": 3,
    "seed": 0,
    "transform": "zoom(0.05)",
    "delay": 70,
    "plays": 0,
}


class FakeEngine:
    """Counts instead of dreaming; some parameters ask it to misbehave."""

    def hello(self):
        return {"dreamcore": "0", "python": "3", "model": "fake", "defaults": VALUES}

    def models(self):
        return [{"name": "fake", "folder": "/"}]

    def layers(self, model):
        return {"model": "fake", "layers": ["one", "two"], "roles": {"textures": "one", "objects": "two"}}

    def recipes(self):
        return [{"name": name, "about": "Adds one.", "values": VALUES} for name in ("plain", "other")]

    def load(self, parameters):
        pass

    def check(self, width, height, parameters):
        if width * height > 100_000_000:
            raise MemoryError
        return {"seconds": 0.0}

    def frames(self, picture, parameters, guide, check, progress, precision):
        if parameters.get("layer") == "none":
            raise DreamError('no layer "none"')
        if parameters.get("layer") == "crash":
            raise RuntimeError("crash")
        count = parameters.get("frames") or 3
        dies = parameters.get("layer") == "killed"
        wait = 20 if count > 99 else parameters.get("seed") or 0
        return {"frames": count, "delay": 70}, self._frames(picture, count, wait, guide, check, dies)

    def _frames(self, picture, count, wait, guide, check, dies):
        offset = 0 if guide is None else float(guide.mean())
        for number in range(count):
            if dies and number == 2:
                time.sleep(0.5)
                os.kill(os.getpid(), signal.SIGKILL)
            for _ in range(wait):  # hundredths of a second
                time.sleep(0.01)
                check()
            yield picture + number + 1 + offset

    def keep(self, number, name, picture):
        print("kept", number, name, picture.shape, file=sys.stderr)

    def animate(self, path, parameters, check, progress):
        Path(path).write_bytes(b"GIF89a")
        return {"path": path, "size": 6}


if __name__ == "__main__":
    print("this goes to standard error", file=sys.stderr)
    server.main(FakeEngine())
