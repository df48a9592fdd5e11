"""Dreaming a cell, wherever that happens: a `Task` there, an `Outcome` back, events in between."""

from __future__ import annotations

import json
import platform
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

import dreamcore
from dreamcore.console import explain
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.farm.cells import content
from dreamcore.farm.records import Outcome, Task, is_whole, pictures_of, read_record, write_record
from dreamcore.locks import InUse
from dreamcore.models.finding import find_model
from dreamcore.pictures import Picture, as_picture
from dreamcore.process.threads import computing_with
from dreamcore.sequence.recipe import read_recipe, save_recipe

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.sequence import Job

Event: TypeAlias = dict[str, Any]  # see `dream_cell`
Told: TypeAlias = Callable[[Event], object]
# Dreams tasks, calls `told` with what happens, and yields the outcomes as they come.
Engine: TypeAlias = Callable[[Iterable[Task], Told], Iterator[Outcome]]

RECIPE = "recipe.toml"
_EVERY = 1.0  # seconds between two events of one frame


def note(line: str) -> Event:
    """Return an event that is a line for people."""
    return {"state": "note", "text": line}


def dream_cell(task: Task, told: Told = lambda event: None) -> Outcome:
    """Dream a cell into its folder, on after the frames that are there; never raise but for what stops the program.

    Parameters
    ----------
    task : dict
        As `Cell.task` returns it.
    told : callable
        Called with events while the cell is dreamed: its number ``cell``, ``state`` ``"dreaming"``, the ``frame`` in
        work, from 1, of so many ``frames``, and the ``part`` of all that is done, 0..1.

    Returns
    -------
    dict
        ``cell``; ``state``: ``"made"``, ``"there"`` for one that was whole before, or ``"failed"``; then ``error`` is
        one line and ``exit`` the exit code for it; ``seconds``; ``frames``, how many there are, those in between among
        them; ``folder``; ``notes``, lines; ``machine``.
    """
    began, folder = monotonic(), Path(task["folder"])
    if is_whole(task):
        return _outcome(task, began, "there", frames=read_record(folder, task["record"])["frames"])
    said: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as said, computing_with(task["threads"]):
            warnings.simplefilter("always")
            device, frames = _dreamed(task, told)
        outcome = _outcome(task, began, "made", frames=frames)
        outcome["machine"]["device"] = device
        write_record(task, outcome)
    except Exception as error:  # whatever it is, the other cells go on
        text, code = explain(error)
        line = text.removeprefix("error: ").partition("\n")[0]
        outcome = _outcome(task, began, "failed", error=line, exit=code)
        if not isinstance(error, InUse):  # which is the other run's to say
            with suppress(Exception):  # a full disk may be what ended it
                write_record(task, outcome)
    notes = dict.fromkeys(str(each.message).strip().partition("\n")[0] for each in said)
    return {**outcome, "notes": [*notes]}


def _outcome(task: Task, began: float, state: str, **facts: Any) -> Outcome:
    machine = {"name": platform.node(), "program": dreamcore.__version__}
    return {
        "cell": task["cell"],
        "state": state,
        "error": None,
        "exit": 0,
        "seconds": round(monotonic() - began, 3),
        "frames": 0,
        "folder": task["folder"],
        "notes": [],
        "machine": machine,
        **facts,
    }


def _dreamed(task: Task, told: Told) -> tuple[str, int]:
    """Dream a cell; return the device that has, and how many frames there are now."""
    from dreamcore.sequence import write_frames, write_run
    from dreamcore.sequence.resuming import STATE

    if task["program"] != dreamcore.__version__:
        here = f"{platform.node()} has dreamcore {dreamcore.__version__}"
        raise DreamError(f"the sweep is made with dreamcore {task['program']}, {here}; install the same one there")
    job, folder, run = make_cell_job(task), Path(task["folder"]), task["run"]
    folder.mkdir(parents=True, exist_ok=True)
    if task["record"]:
        save_recipe(job.recipe, folder / RECIPE)
    there = len(pictures_of(folder, run))
    how = {"memory": task["memory"], "suffix": f".{task['format']}"}
    if run:
        how["progress"] = _Progress(task["cell"], run[1] - run[0], there, told)
        for _ in write_run(folder, job, range(*run), **how):
            pass
        return job.network.device.type, len(pictures_of(folder, run))
    how["progress"] = _Progress(task["cell"], job.dreams, job.warm_up + there if there else 0, told)
    for _ in write_frames(folder, job, resume=True, **how):
        pass
    if task["still"]:
        (folder / STATE).unlink(missing_ok=True)  # larger than the picture, and nothing goes on from it
    return job.network.device.type, len(job.delays)


def make_cell_job(task: Task) -> Job:
    """Return the job of a cell, as this machine sees it.

    Raises
    ------
    DreamError
        As `dreamcore.make_job`; and when the model is another one than the sweep's, or frames are wanted by themselves
        that follow from others.
    """
    from dreamcore.sequence import Clip, make_job

    def load(model: str, **colours: Any) -> Network:
        _, prototxt, weights = find_model(model)
        options = {"prototxt": str(prototxt), **colours, **task["loading"]}
        network = _network(json.dumps([str(weights), options]), task["model"]["sha256"])
        if network.sha256 != task["model"]["sha256"]:
            raise DreamError(f"the model {model} of {platform.node()} is another one than the sweep's of that name")
        return network

    recipe = read_recipe(task["recipe"], task["name"])
    values, picture = recipe.values(), _opened(task["picture"])
    asked = {name: values[name] for name in task["asked"]}
    if isinstance(picture, str):
        picture = _picture(picture, content(picture))
    if task["still"]:
        asked["frames"], picture = 1, picture.picture(0) if isinstance(picture, Clip) else picture
    if recipe.sequence.guide and isinstance(guide := _opened(recipe.sequence.guide), Clip):
        asked["guide"] = guide
    mask = _opened(task["mask"]) if task["mask"] else None
    job = make_job(picture, None, recipe, mask=mask, load=load, **asked)
    if task["run"] and not job.stands_alone and not job.recipe.sequence.between:
        raise NotAllowed("its frames follow from one another; those of a clip stand alone where follow=0")
    return job


def _opened(name: str) -> Any:
    """Open what a name stands for as `dreamcore.sources.opened`; the last ones are kept while they are the same."""
    return _kept(name, content(name))


@lru_cache(4)
def _kept(name: str, sha256: str) -> Any:
    from dreamcore.sources import opened

    return opened(name)


@lru_cache(1)
def _picture(path: str, sha256: str) -> Picture:
    """Read a picture, and keep the last one: cells that share it come one after the other."""
    return as_picture(path)


@lru_cache(1)
def _network(asked: str, sha256: str) -> Network:
    """Load a network, and keep the last one: cells that share it come one after the other."""
    model, options = json.loads(asked)
    return dreamcore.load_network(model, **options)


class _Progress:
    """The `progress` of a cell's frames, which makes events of it."""

    def __init__(self, cell: int, frames: int, finished: int, told: Told) -> None:
        self.cell, self.frames, self.finished, self.told = cell, frames, finished, told
        self.last = (0, -_EVERY)

    def __call__(self, done: float, total: float) -> None:
        """Tell how far the cell is, at the beginning of each frame and from time to time."""
        frame, now = self.finished + 1, monotonic()
        if frame != self.last[0] or now - self.last[1] >= _EVERY:
            part = min(1.0, (self.finished + done / total) / self.frames)
            event = {"state": "dreaming", "frame": min(frame, self.frames), "frames": self.frames, "part": part}
            self.told({"cell": self.cell, **event})
            self.last = frame, now
        self.finished += done == total
