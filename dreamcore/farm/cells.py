"""Cells: what a sweep is made of. A cell is one job with a number, dreamed into a folder of its own.

A cell travels as a `Task`, which is JSON and names files by whole paths. `dream_cell` is what dreams one, wherever that
happens, and says what has come of it in the cell's folder, in `cell.json`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

import dreamcore
from dreamcore.console import explain
from dreamcore.errors import DreamError
from dreamcore.farm.records import Outcome, Task, is_whole, read_record, write_record
from dreamcore.files import file_hash
from dreamcore.locks import InUse
from dreamcore.models.finding import find_model, installed
from dreamcore.pictures import Picture, read_picture
from dreamcore.process.threads import computing_with
from dreamcore.sequence.recipe import Recipe, read_recipe, recipe_text, save_recipe, with_files

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.sequence import Job

Event: TypeAlias = dict[str, Any]  # see `dream_cell`
Told: TypeAlias = Callable[[Event], object]
# Dreams tasks, calls `told` with what happens, and yields the outcomes as they come.
Engine: TypeAlias = Callable[[Iterable[Task], Told], Iterator[Outcome]]

RECIPE = "recipe.toml"
_EVERY = 1.0  # seconds between two events of one frame
_LONGEST = 80  # characters of a folder's name, and of what stands for one label
_LONGEST_LABEL = 24
_BARE = re.compile(r"[\d.+-]+|yes|no")
_NAMES = ("recipe", "picture")  # axes whose values are names, whatever they look like


@dataclass(frozen=True)
class Cell:
    """One job of a sweep.

    Parameters
    ----------
    number : int
        From 1.
    picture : str
        A file.
    recipe : Recipe
        All that is asked for; it names files as the current folder sees them.
    labels : dict
        What sets the cell apart from the others: axis -> the text of its value.
    still : bool
        One picture is dreamed, whatever the recipe says of a sequence.
    kind : str
        Of the frames' files, ``"png"`` or ``"jpg"``.
    mask : str
        A picture: it dreams where that is white.
    loading : dict
        What else `dreamcore.load_network` is told: ``device`` and ``precision``.
    """

    number: int
    picture: str
    recipe: Recipe
    labels: Mapping[str, str] = field(default_factory=dict)
    still: bool = False
    kind: str = "png"
    mask: str = ""
    loading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its folder.

        Examples
        --------
        >>> Cell(7, "photo.jpg", Recipe(), {"transform": "roll(shift=sine(12))", "seed": "3"}).name
        '0007-roll-shift-sine-12-seed-3'
        """
        return cell_name(self.number, self.labels)

    @property
    def title(self) -> str:
        """Its number and labels, for people.

        Examples
        --------
        >>> Cell(7, "photo.jpg", Recipe(), {"layer": "textures", "seed": "3"}).title
        'cell 7 (layer=textures, seed=3)'
        """
        labels = ", ".join(f"{axis}={label}" for axis, label in self.labels.items())
        return f"cell {self.number}" + (f" ({labels})" if labels else "")

    def task(self, out: str | os.PathLike, *, memory: int | None = None, threads: int | None = None) -> Task:
        """Return the cell as JSON can hold it, for `dream_cell` on a machine that sees the same files.

        Parameters
        ----------
        out : path-like
            The sweep's folder.
        memory : int, optional
            Bytes that the cell may take, most of what is free by default.
        threads : int, optional
            How many compute; by default as many as the process has.

        Returns
        -------
        dict
            ``cell``, its number; ``picture``, ``mask`` and ``folder``, whole paths; ``recipe``, TOML; ``still``;
            ``format``; ``memory``; ``threads``; ``loading``; ``model``, its ``name`` and ``sha256``; ``program``, the
            version that is wanted; ``hash``, of everything that decides the frames.

        Raises
        ------
        DreamError
            When the model is not there, or a file cannot be read.
        """
        named = self.recipe.sequence.model
        name, prototxt, weights = find_model(named)
        whole = named if named in installed() else os.path.abspath(named)
        model = {"name": name, "sha256": content(weights)}
        return {
            "cell": self.number,
            "picture": os.path.abspath(self.picture),
            "recipe": recipe_text(_of_model(with_files(self.recipe, os.path.abspath), whole)),
            "folder": os.path.abspath(Path(out, self.name)),
            "still": self.still,
            "format": self.kind,
            "memory": memory,
            "threads": threads,
            "mask": os.path.abspath(self.mask) if self.mask else None,
            "loading": {**self.loading},
            "model": model,
            "program": dreamcore.__version__,
            "hash": self._hash([model["sha256"], content(prototxt)]),
        }

    def _hash(self, model: list[str]) -> str:
        """Return the hash of everything that decides the frames: of files their content, wherever they are."""
        recipe = recipe_text(_of_model(with_files(self.recipe, content), "-".join(model)))
        mask = content(self.mask) if self.mask else None
        facts = [content(self.picture), recipe, mask, self.still, self.kind, self.loading.get("precision", "float32")]
        return sha256(json.dumps(facts).encode()).hexdigest()


def cell_name(number: int, labels: Mapping[str, str]) -> str:
    """Return the name of a cell's folder: what says little by itself, such as a number, has its axis before it."""
    said = (
        f"{axis}-{label}" if axis not in _NAMES and _BARE.fullmatch(label) else label for axis, label in labels.items()
    )
    words = (re.sub(r"(?:[^\w.]|\.\.+)+", "-", label)[:_LONGEST_LABEL].strip("-.") for label in said)
    return "-".join([f"{number:04d}", *filter(None, words)])[:_LONGEST].rstrip("-.")


def _of_model(recipe: Recipe, model: str) -> Recipe:
    return replace(recipe, sequence=replace(recipe.sequence, model=model))


def content(path: str | os.PathLike) -> str:
    """Return the sha256 of a file; where it is not there, as a sound that has been heard need not be, its name."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return Path(path).name
    return _hash_of(os.path.abspath(path), state.st_size, state.st_mtime_ns)


@lru_cache(4096)
def _hash_of(path: str, size: int, changed: int) -> str:
    return file_hash(path)


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
        return _outcome(task, began, "there", frames=read_record(folder)["frames"])
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
    from dreamcore.sequence import frame_files, write_frames
    from dreamcore.sequence.resuming import STATE

    if task["program"] != dreamcore.__version__:
        here = f"{platform.node()} has dreamcore {dreamcore.__version__}"
        raise DreamError(f"the sweep is made with dreamcore {task['program']}, {here}; install the same one there")
    job, folder = make_cell_job(task), Path(task["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    save_recipe(job.recipe, folder / RECIPE)
    there = len(frame_files(folder))
    progress = _Progress(task["cell"], job.dreams, job.warm_up + there if there else 0, told)
    suffix = f".{task['format']}"
    for _ in write_frames(folder, job, memory=task["memory"], suffix=suffix, resume=True, progress=progress):
        pass
    if task["still"]:
        (folder / STATE).unlink(missing_ok=True)  # larger than the picture, and nothing goes on from it
    return job.network.device.type, len(job.delays)


def make_cell_job(task: Task) -> Job:
    """Return the job of a cell, as this machine sees it.

    Raises
    ------
    DreamError
        As `dreamcore.make_job`; and when the model is another one than the sweep's.
    """
    from dreamcore.sequence import make_job

    def load(model: str, **colours: Any) -> Network:
        _, prototxt, weights = find_model(model)
        options = {**colours, **task["loading"], "prototxt": str(prototxt)}
        network = _network(json.dumps([str(weights), options]), task["model"]["sha256"])
        if network.sha256 != task["model"]["sha256"]:
            raise DreamError(f"the model {model} of {platform.node()} is another one than the sweep's of that name")
        return network

    recipe = read_recipe(task["recipe"])
    frames, picture = 1 if task["still"] else None, _picture(task["picture"], content(task["picture"]))
    return make_job(picture, None, recipe, mask=task["mask"], frames=frames, load=load)


@lru_cache(1)
def _picture(path: str, sha256: str) -> Picture:
    """Read a picture, and keep the last one: cells that share it come one after the other."""
    return read_picture(path)


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
