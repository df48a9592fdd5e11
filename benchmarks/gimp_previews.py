"""What a dialog waits for: the worker's first answers, the rough look, a part at full size, all recipes; and how alike.

``python benchmarks/gimp_previews.py [PICTURE]``. On a machine that does other things, look at the seconds of the
processor. How alike a look is to the result is the correlation of what they change in the picture; two dreams of the
same picture, one of them with half a grey level of noise in it, show how much can be expected.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "gimp_plugin/deep-dream"))

from worker_client import Worker

from dreamcore.sequence.recipe import recipe_files
from dreamcore.sky import draw_sky

REAL = [sys.executable, "-m", "dreamcore", "worker"]
ROOM, MARGIN, THUMBNAIL = (256, 192), 128, 80  # of the dialog's preview


class Watched:
    """A worker, and what it takes to answer."""

    def __init__(self):
        self.began, self.spent = time.monotonic(), 0.0
        self.worker = Worker(REAL)

    def processor(self):
        """Return the seconds of the processor that the worker has taken."""
        words = Path(f"/proc/{self.worker.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, what, do, *pictures, **fields):
        """Ask for something, wait, print what it took, and return the bytes that came."""
        described = [
            {"role": role, "width": each.shape[1], "height": each.shape[0], "format": "RGBA u8"}
            for role, each in pictures
        ]
        data = b"".join(each.tobytes() for _role, each in pictures)
        before, spent, came = time.monotonic(), self.processor(), b""
        job = self.worker.send(do, [data], len(data), **fields, **({"pictures": described} if pictures else {}))
        while True:
            message, strip = self.worker.receive(600)
            if message.get("id") == job:
                came += strip
                if message["say"] == "error":
                    sys.exit(message["message"])
                if message["say"] in ("done", "recipes", "loaded"):
                    break
        seconds, spent = time.monotonic() - before, self.processor() - spent
        print(f"{what:<66} {seconds:6.2f} s, processor {spent:6.2f} s", flush=True)
        return came


def likeness(one, other, plain):
    """Return the correlation of two changes of a picture."""
    return np.corrcoef((one - plain).ravel(), (other - plain).ravel())[0, 1]


def compared(pixels, part, box, inner):
    """Print how alike looks at a place are to the result."""
    from dreamcore import dream, load_network
    from dreamcore.parameters import Dream

    def resized(each, size):
        bands = [Image.fromarray(np.ascontiguousarray(band)).resize(size) for band in np.moveaxis(each, -1, 0)]
        return np.dstack([np.asarray(band) for band in bands])

    network, told = load_network("dreamlet"), {"seed": (0, 0), **Dream().values()}
    plain = pixels[..., :3].astype("f4")
    whole = dream(plain, network, **told)
    noisy = dream(plain + np.random.default_rng(1).normal(0, 0.5, plain.shape).astype("f4"), network, **told)
    size = plain.shape[1::-1]
    small = resized(plain, tuple(round(side * 256 / max(size)) for side in size))
    former = plain + resized(dream(small, network, **told) - small, size)
    alone = plain.copy()
    alone[box] = dream(plain[box], network, **told)
    shown = plain.copy()
    shown[box] = part[..., :3]
    for what, look in (
        ("a part as it is shown", shown),
        ("a part dreamed alone", alone),
        ("a dream of the picture at 256 pixels, made large", former),
        ("the result of the picture with half a grey level of noise", noisy),
    ):
        print(f"likeness to the result: {what:<60} {likeness(look[inner], whole[inner], plain[inner]):5.2f}")


def main(path=None):
    pixels = np.asarray(Image.open(path).convert("RGBA")) if path else None
    if pixels is None:
        pixels = np.asarray(Image.fromarray(draw_sky(1024, 576).round().astype("u1")).convert("RGBA"))
    height, width = pixels.shape[:2]
    left, top = (max(0, (whole - room) // 2) for whole, room in zip((width, height), ROOM, strict=True))
    inner = slice(top, top + ROOM[1]), slice(left, left + ROOM[0])
    box = tuple(slice(max(0, each.start - MARGIN), each.stop + MARGIN) for each in inner)
    factor = THUMBNAIL / max(width, height)
    small = np.asarray(Image.fromarray(pixels).resize((round(width * factor), round(height * factor)), Image.BOX))
    whole, one = {"whole": [width, height]}, {"frames": 1}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        rough = {**whole, "parameters": {**one, "iterations": 3}}
        picture = "picture", pixels
        for start in ("first", "next"):  # the first one fills the user's cache
            watched = Watched()
            watched.ask(f"worker: {start} start, and the recipes", "recipes")
            watched.ask("worker: the network loaded", "load")
            watched.ask("worker: rough look", "preview", picture, **rough)
            seconds, spent = time.monotonic() - watched.began, watched.processor()
            print(
                f"{f'worker: from its {start} start to the rough look':<66} {seconds:6.2f} s, processor {spent:6.2f} s"
            )
            if start == "first":
                watched.worker.close()
        watched.ask("worker: rough look after a change", "preview", picture, **rough)
        part = "part", np.ascontiguousarray(pixels[box])
        asked = {"corner": [box[1].start, box[0].start], "longest": 560, "parameters": one}
        came = watched.ask("worker: a part at full size", "part", picture, part, **whole, **asked)
        names = ["", *recipe_files()]
        for when in ("", ", again"):
            what = f"worker: thumbnails of {len(names)} recipes{when}"
            watched.ask(what, "thumbnails", ("picture", small), recipes=names)
        watched.ask("worker: a small frame", "preview", picture, **whole, longest=560, parameters=one)
        watched.worker.close()
    compared(pixels, np.frombuffer(came, "u1").reshape(part[1].shape), box, inner)


if __name__ == "__main__":
    main(*sys.argv[1:])
