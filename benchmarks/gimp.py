"""The filter in GIMP: dialog, first preview, first frame, what GIMP's side costs, memory with 24 megapixels.

Needs a GIMP 3 (``make gimp-root`` makes one); without it only the worker is measured.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "gimp_plugin/deep-dream"))

import gimp_previews
from worker_client import Worker

from tests.gimp import gimp as gimp_module

REAL = [sys.executable, "-m", "dreamcore", "worker"]
INSIDE = Path(__file__).with_name("_gimp_inside.py")


def row(what, value):
    print(f"{what:<66} {value}")


def dreamed(worker, width, height, frames, do="dream", **parameters):
    """Return the seconds until the first frame and until the last one."""
    picture = {"role": "picture", "width": width, "height": height, "format": "RGBA u8"}
    began, first = time.monotonic(), None
    job = worker.send(
        do,
        [bytes(os.urandom(width * 4) * height)],
        width * height * 4,
        pictures=[picture],
        parameters={"frames": frames, **parameters},
    )
    while True:
        message, _ = worker.receive(600)
        if message.get("id") != job:
            continue
        if message["say"] == "error":
            sys.exit(message["message"])
        if message["say"] == "frame":
            first = first or time.monotonic() - began
        if message["say"] == "done":
            return first, time.monotonic() - began


def main():
    gimp_previews.main()
    worker = Worker(REAL)
    frames = 2
    first, last = dreamed(worker, 640, 480, frames)
    frame = last / frames
    row("worker: first frame, 640x480", f"{first:.2f} s")
    row("worker: each frame, 640x480", f"{frame:.2f} s")
    worker.close()
    with tempfile.TemporaryDirectory() as folder:
        gimp = gimp_module.find(Path(folder))
        if isinstance(gimp, str):
            print(f"GIMP itself is not measured: {gimp}")
            return
        gimp.install(gimp_module.FAKE)
        few, many = gimp.script(INSIDE, 640, 480, "2,42")["runs"]
        cost = (many["seconds"] - few["seconds"]) / 40
        row("GIMP: its side of each frame, 640x480, worker that dreams nothing", f"{1000 * cost:.0f} ms")
        row("GIMP: its side as a share of a frame", f"{100 * cost / frame:.1f} %")
        large = gimp.script(INSIDE, 6000, 4000, "2")["runs"][0]
        row("GIMP: memory of the plug-in's process, 24 megapixels, 2 frames", f"{large['peak']:.0f} MB")
        if gimp.root:
            from PIL import Image

            Image.new("RGB", (640, 480)).save(gimp.folder / "photo.png")
            text = gimp.drive(
                gimp.folder / "photo.png", "window photo", "sleep 3", "search Deep Dream", "window ^Deep Dream$"
            )
            seconds = next(line.split()[0] for line in text.splitlines() if line.endswith("window ^Deep Dream$"))
            row("GIMP: dialog on screen after the menu entry was chosen", f"{seconds} s")


if __name__ == "__main__":
    main()
