"""Cells that only write a few words for each frame, so that nothing but the engine is tried; and who breaks them."""

import os
import time
from pathlib import Path

from dreamcore.farm.cells import Cell
from dreamcore.locks import only_run
from dreamcore.sequence.recipe import Recipe

FRAMES = 4


def tasks(folder, count):
    """Return tasks of cells that `write` writes into a folder."""
    picture = Path(folder, "picture.png")
    picture.touch()
    return [Cell(number, str(picture), Recipe()).task(folder, threads=1) for number in range(1, count + 1)]


def outcome(task, state="made", **facts):
    return {"cell": task["cell"], "state": state, "error": None, "exit": 0, "folder": task["folder"], **facts}


def write(task, told, pause=0.05):
    """Write a cell's frames, those that are not there, and beside each who has written it."""
    folder = Path(task["folder"])
    folder.mkdir(exist_ok=True)
    with only_run(folder):
        for frame in range(FRAMES):
            told({"cell": task["cell"], "state": "dreaming", "frame": frame + 1, "frames": FRAMES, "pid": os.getpid()})
            time.sleep(pause)
            if not (folder / f"{frame}.txt").exists():
                (folder / f"{frame}.txt").write_text(f"frame {frame} of cell {task['cell']}")
                with (folder / "written").open("a") as file:
                    file.write(f"{frame}\n")
    return outcome(task)


def write_slowly(task, told):
    return write(task, told, pause=0.5)


def refuse(task, told):
    return outcome(task, "failed", error=f"no such layer in cell {task['cell']}", exit=1)


def write_or_fail(task, told):
    """Write a cell; nothing on a worker whose environment says so."""
    return (
        outcome(task, "failed", error="the disk is full", exit=1) if "FAIL" in os.environ else write(task, told, 0.02)
    )


def end_the_process(task, told):
    os._exit(1)


def whole(folder, count):
    """Return whether every frame of so many cells is there, and each was written once."""
    cells = [each for each in sorted(Path(folder).iterdir()) if each.name.isdigit()]
    texts = [[(cell / f"{frame}.txt").read_text() for frame in range(FRAMES)] for cell in cells]
    wanted = [[f"frame {frame} of cell {cell}" for frame in range(FRAMES)] for cell in range(1, count + 1)]
    once = [[*map(str, range(FRAMES))]] * count
    return texts == wanted and [(cell / "written").read_text().split() for cell in cells] == once


def nothing(task, told):
    return outcome(task)


def wait(task, told):
    """Take as long as the task says."""
    time.sleep(task["wait"])
    return outcome(task, wait=task["wait"])
