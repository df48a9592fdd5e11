"""A worker whose dreams cost nothing: frame n is the picture with n + 1 added. ``python -I fake_worker.py``."""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from types import SimpleNamespace

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.grammar.schedules import value_at
from dreamcore.sequence.recipe import Recipe
from dreamcore.worker import recipes, server, terms
from dreamcore.worker.animation import Look
from dreamcore.worker.engine import Wrong


class FakeEngine:
    """Counts instead of dreaming; some parameters ask it to misbehave. What it was asked is in ``asked``."""

    def hello(self):
        return {"dreamcore": "0", "python": "3", "defaults": Recipe().values()}

    def models(self):
        return [{"name": "fake", "folder": "/"}]

    def layers(self, model):
        return {"model": "fake", "layers": ["one", "two"], "roles": {"textures": "one", "objects": "two"}}

    def recipes(self):
        return [self.recipe(name) for name in ("plain", "other")]

    def recipe(self, name):
        return {"name": name, "about": "Adds one.", "values": Recipe().values(), "own": name == "my-other"}

    def save(self, name, parameters, path, about):
        return recipes.save(Recipe(), {}, path, about)

    def breed(self, name, parameters, seed, spread):
        time.sleep(1)  # in which somebody may type
        return {**self.recipe(name), "values": Recipe().changed(**{"octaves": seed % 3 + 5, **parameters}).values()}

    def load(self, model):
        pass

    vocabulary = staticmethod(terms.vocabulary)
    read = staticmethod(terms.read)
    write = staticmethod(terms.write)

    def atlas(self, picture, model, layer):
        for number in range(3):
            text = f"channels({layer}, {number})" if layer else f"layer{number}"
            yield SimpleNamespace(objective=text, label=f"{text} (role)", pixels=picture[..., :3] + 40 * number)

    def small_frames(self, picture, size, longest, **told):
        self.size = size, longest
        return self.frames(picture[..., :3], **told)

    def part(self, picture, part, corner, size, longest, part_mask=None, **told):
        self.place = corner, size
        _, frames = self.frames(part, **{**told, "mask": part_mask})
        return next(frames)

    def thumbnails(self, picture, names, **told):
        for number, name in enumerate(names):
            yield name, picture[..., :3] + 40 * number
            if "FAKE_NOTES" in os.environ:
                with open(os.environ["FAKE_NOTES"], "a") as file:
                    print(name, json.dumps(told.get("parameters")), "guide" in told, sep="|", file=file)

    def check(self, picture, seconds=False, parameters=None, **asked):
        given = parameters or {}
        if str(given.get("transform", "")).startswith("zooo"):
            said = f'unknown transform "zooom" (did you mean "zoom"?)\n  {given["transform"]}\n  ^'
            raise Wrong(DreamError(said), {"transform": said})
        if given.get("step_size") == "wrong":
            said = "step_size=wrong is not allowed; allowed: a number from 0 to 255"
            raise Wrong(DreamError(said), {"step_size": said})
        if layer := (parameters or {}).get("layer"):
            terms.read("objective", layer)
        if picture.shape[:2] == (1, 3):
            raise DreamError("a picture of 3x1 pixels is too small")
        if picture[..., 0].size > 100_000_000:
            raise MemoryError
        return {"memory": 0, **({"seconds": 0.0} if seconds else {})}

    def frames(self, picture, *, progress, parameters=None, mask=None, guide=None, **asked):
        self.asked = {"parameters": parameters, **asked}
        given = {name: value for name, value in (parameters or {}).items() if value not in (None, "")}
        layer, seed = given.pop("layer", ""), int(given.pop("seed", 0))
        if layer == "none":
            time.sleep(0.5)
            raise DreamError('no layer "none"')
        if layer == "crash":
            raise RuntimeError("crash")
        given.pop("model", None)
        recipe = Recipe().changed(frames=3).changed(**given)
        first, count = asked.get("first", 0), recipe.sequence.frames
        delays = [value_at(recipe.timing.delay, number) for number in range(first, first + count)]
        job = SimpleNamespace(delays=delays, dreams=count, state=None, recipe=recipe, timing={"plays": 0})
        job.picture = SimpleNamespace(size=picture.shape[1::-1], alpha=None)
        wait = 20 if count > 99 else seed
        picture = picture + 2.0 if asked.get("follows") and first else picture
        return job, self._frames(picture, count, wait, mask, guide, progress, layer == "killed")

    def files(self, picture, folder, **asked):
        job, frames = self.frames(picture, **asked)
        return job, (self._written(Path(folder), frame, number) for number, frame in enumerate(frames))

    def _written(self, folder, frame, number):
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.txt").write_text(str(frame.mean()))
        return folder / f"{number}.txt"

    def _frames(self, picture, count, wait, mask, guide, progress, dies):
        offset = 0 if guide is None else float(guide.mean())
        weight = 1 if mask is None else mask[..., None]
        for number in range(count):
            if dies and number == 2:
                time.sleep(0.5)
                os.kill(os.getpid(), signal.SIGKILL)
            for done in range(wait):  # hundredths of a second
                time.sleep(0.01)
                progress(done + 1, wait)
            yield picture[..., :3] + (number + 1 + offset) * weight


class FakeKept:
    """Keeps nothing, and says on standard error what it was told; its animation is the number of pictures."""

    def keep(self, number, picture, delay):
        self.count = number + 1
        print("kept", number, picture.shape, delay, file=sys.stderr)

    def check(self, path, count, parameters):
        if path.endswith(".bmp"):
            raise DreamError(f"{path}: format 'bmp' is not one of gif, webp")

    def look(self, path, parameters, progress):
        return Look([np.full((2, 3, 4), 50 * number, "u1") for number in range(3)], [7.0] * 3)

    def foretell(self, path, parameters, progress):
        return {"size": 1234, "exact": False}

    def animate(self, path, parameters, progress):
        print("animated", parameters, file=sys.stderr)
        Path(path).write_bytes(f"GIF89a {self.count}".encode())
        return {"path": path, "size": 8}

    def of_files(self, paths, delays, path, timing):
        path.write_bytes(f"GIF89a {len(paths)}".encode())

    def close(self):
        pass


if __name__ == "__main__":
    print("this goes to standard error", file=sys.stderr)
    server.main(FakeEngine(), FakeKept())
