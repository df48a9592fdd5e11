"""Cells: what a sweep is made of. A cell is one job with a number, dreamed into a folder of its own; or a run of the
frames of one, where they stand alone, in a folder that it shares with the others.

A cell travels as a `Task`, which is JSON and names files by whole paths. `dreamcore.farm.dreaming.dream_cell` is what
dreams one, wherever that happens.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from glob import glob
from hashlib import sha256
from pathlib import Path
from typing import Any

import dreamcore
from dreamcore.farm.records import Task, record_name
from dreamcore.files import file_hash
from dreamcore.models.finding import find_model, installed
from dreamcore.sequence.recipe import Recipe, recipe_text, with_files

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
        A file; or a clip.
    recipe : Recipe
        All that is asked for; it names files as the current folder sees them.
    labels : dict
        What sets the cell apart from the others: axis -> the text of its value.
    still : bool
        One picture is dreamed, whatever the recipe says of a sequence.
    kind : str
        Of the frames' files, ``"png"`` or ``"jpg"``.
    mask : str
        A picture, or a clip: it dreams where that is white.
    asked : tuple of str
        The parameters that are asked for besides the recipe, which stand against what a clip is by itself.
    run : range, optional
        The numbers of its frames, where it is not all of them.
    sequence : int
        The number of its folder, where several cells have one together.
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
    asked: tuple[str, ...] = ()
    run: range | None = None
    sequence: int = 0
    loading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its folder.

        Examples
        --------
        >>> Cell(7, "photo.jpg", Recipe(), {"transform": "roll(shift=sine(12))", "seed": "3"}).name
        '0007-roll-shift-sine-12-seed-3'
        """
        return cell_name(self.sequence or self.number, self.labels)

    @property
    def title(self) -> str:
        """Its number and labels, for people.

        Examples
        --------
        >>> Cell(7, "photo.jpg", Recipe(), {"layer": "textures", "seed": "3"}).title
        'cell 7 (layer=textures, seed=3)'
        """
        words = [f"{axis}={label}" for axis, label in self.labels.items()]
        words += [run_text(self.run)] if self.run else []
        return f"cell {self.number}" + (f" ({', '.join(words)})" if words else "")

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
            ``cell``, its number; ``picture``, ``mask`` and ``folder``, whole paths; ``recipe``, TOML, and its ``name``;
            ``asked``; ``run``, the first number and that after the last; ``still``; ``format``; ``memory``;
            ``threads``; ``loading``; ``model``, its ``name`` and ``sha256``; ``program``, the version that is wanted;
            ``hash``, of everything that decides the frames; ``record``, the file that says what has come of it.

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
            "name": self.recipe.name,
            "asked": [*self.asked],
            "run": [self.run.start, self.run.stop] if self.run else None,
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
            "record": record_name(self.number, self.run),
        }

    def _hash(self, model: list[str]) -> str:
        """Return the hash of everything that decides the frames: of files their content, wherever they are."""
        recipe = recipe_text(_of_model(with_files(self.recipe, content), "-".join(model)))
        mask = content(self.mask) if self.mask else None
        facts = [content(self.picture), recipe, mask, self.still, self.kind, self.loading.get("precision", "float32")]
        of_clips = [bool(self.recipe.name), sorted(self.asked), self.run and [*self.run]]
        return sha256(json.dumps([*facts, *of_clips]).encode()).hexdigest()


def cell_name(number: int, labels: Mapping[str, str]) -> str:
    """Return the name of a cell's folder: what says little by itself, such as a number, has its axis before it."""
    said = (
        f"{axis}-{label}" if axis not in _NAMES and _BARE.fullmatch(label) else label for axis, label in labels.items()
    )
    words = (re.sub(r"(?:[^\w.]|\.\.+)+", "-", label)[:_LONGEST_LABEL].strip("-.") for label in said)
    return "-".join([f"{number:04d}", *filter(None, words)])[:_LONGEST].rstrip("-.")


def run_text(run: range) -> str:
    """Return a run of frames for people.

    Examples
    --------
    >>> run_text(range(3, 6)), run_text(range(6, 7))
    ('frames 3 to 5', 'frame 6')
    """
    return f"frame {run[0]}" if len(run) == 1 else f"frames {run[0]} to {run[-1]}"


def _of_model(recipe: Recipe, model: str) -> Recipe:
    return replace(recipe, sequence=replace(recipe.sequence, model=model))


def content(path: str | os.PathLike) -> str:
    """Return the sha256 of a file, or of all files of a folder or a pattern together, as clips are.

    Of what is not there, as a sound that has been heard need not be, it is the name.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        files = [entry.path for entry in os.scandir(name) if entry.is_file() and not entry.name.startswith(".")]
    else:
        files = [name] if os.path.exists(name) else glob(name)
    try:
        states = [(os.path.abspath(file), os.stat(file)) for file in sorted(files)]
    except (OSError, ValueError):
        states = []
    hashes = [_hash_of(file, state.st_size, state.st_mtime_ns) for file, state in states]
    if len(hashes) < 2:
        return hashes[0] if hashes else Path(name).name
    names = [os.path.basename(file) for file, _ in states]
    return sha256(json.dumps([*zip(names, hashes, strict=True)]).encode()).hexdigest()


@lru_cache(4096)
def _hash_of(path: str, size: int, changed: int) -> str:
    return file_hash(path)
