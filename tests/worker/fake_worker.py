"""A worker whose dreams cost nothing: frame n is the picture with n + 1 added. ``python -I fake_worker.py``."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dreamcore.errors import DreamError
from dreamcore.worker import server


class FakeEngine:
    """Counts instead of dreaming; some parameters ask it to misbehave."""

    def hello(self):
        return {"dreamcore": "0", "python": "3", "defaults": {"frames": 3}}

    def models(self):
        return [{"name": "fake", "title": "Fake", "default": True}]

    def layers(self, model):
        return {"layers": ["data", "one", "two"], "roles": {"textures": "one", "objects": "two"}, "default": "one"}

    def recipes(self):
        return [{"name": "plain", "title": "Plain", "help": "Adds one.", "parameters": {"frames": 3}}]

    def load(self, parameters):
        pass

    def check(self, width, height, parameters):
        if width * height > 100_000_000:
            raise MemoryError
        return {"seconds": 0.0}

    def frames(self, picture, parameters, guide, check):
        if parameters.get("layer") == "none":
            raise DreamError('no layer "none"')
        if parameters.get("layer") == "crash":
            raise RuntimeError("crash")
        offset = 0 if guide is None else float(guide.mean())
        for number in range(parameters.get("frames") or 3):
            for _ in range(int(parameters.get("seed") or 0)):  # the seed is how many hundredths of a second it takes
                time.sleep(0.01)
                check()
            yield picture + number + 1 + offset

    def keep(self, number, picture):
        print("kept", number, picture.shape, file=sys.stderr)

    def animate(self, path, parameters, check):
        Path(path).write_bytes(b"GIF89a")
        return {"path": path, "bytes": 6}


if __name__ == "__main__":
    print("this goes to standard error", file=sys.stderr)
    server.main(FakeEngine())
