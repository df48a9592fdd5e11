"""Clips: moving pictures as a source, as a mask, as a guide; read frame by frame, so that any length fits."""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from dreamcore.errors import DreamError, NotAllowed
from dreamcore.files import file_hash
from dreamcore.grammar.schedules import Keyframes
from dreamcore.parameters import PARAMETERS, Sequence
from dreamcore.pictures import Picture, as_picture
from dreamcore.transforms import as_transform

if TYPE_CHECKING:
    from dreamcore.sequence.recipe import Recipe

_OF_PICTURES = ("between", "loop", "start", "renew")  # parameters that have no meaning where the source moves
_UNSAID = 10.0  # centiseconds, for which browsers show a frame without a time
_KEPT = 4  # frames: the one in work, the one before, and that which is being saved


class Frames(Protocol):
    """What a clip is made of; `wand_tools` opens such a source of a video, a GIF, a folder, a layer stack, a list."""

    size: tuple[int, int]
    durations: Listed[Fraction | None]
    plays: int | None

    @property
    def count(self) -> int | None:
        """How many frames there are, None where only their end will tell."""

    def read(self, number: int) -> np.ndarray:
        """Return a frame, (H, W, 3 or 4) uint8."""

    def files(self) -> Listed[str | os.PathLike]:
        """Return the files that they are read from."""


class Clip:
    """A moving picture.

    Parameters
    ----------
    frames : Frames
        Such as `wand_tools.open_source` returns.
    name : str
        What settings and objectives call it: its file.
    change : callable, optional
        Makes what is wanted of each picture.

    Examples
    --------
    >>> from wand_tools import open_source
    >>> clip = Clip(open_source([np.zeros((2, 3, 3), np.uint8)] * 4))
    >>> len(clip), clip.picture(5).size
    (4, (3, 2))
    """

    def __init__(self, frames: Frames, name: str = "", change: Callable[[Picture], Picture] | None = None) -> None:
        if not frames.count:
            raise DreamError(f"{name or 'a clip'} does not say how many frames it has; give a file, a folder or a list")
        self.frames, self.name, self.change = frames, os.fspath(name), change
        self._count = frames.count
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._lock = Lock()  # a frame is saved while the next one is dreamed, and both ask

    def __len__(self) -> int:
        return self._count

    @cached_property
    def digest(self) -> str:
        """The sha256 of its files or, where there are none, of its pixels."""
        total = sha256()
        for path in self.frames.files():
            total.update(file_hash(path).encode())
        if not self.frames.files():
            for number in range(len(self)):
                total.update(self.picture(number).digest.encode())
        return total.hexdigest()

    def picture(self, number: int) -> Picture:
        """Return a frame; after the last one they begin again."""
        number %= len(self)
        with self._lock:
            if number not in self._kept:
                self._kept[number] = self._read(number)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[number]

    def _read(self, number: int) -> Picture:
        picture = as_picture(self.frames.read(number))
        return replace(self.change(picture) if self.change else picture, name=self.name)


class Clips(NamedTuple):
    """What moves in a job: None for what is one picture, or not there."""

    source: Clip | None = None
    mask: Clip | None = None
    guide: Clip | None = None

    @property
    def digests(self) -> dict[str, str]:
        """The digests of those that are there."""
        return {role: clip.digest for role, clip in self._asdict().items() if clip is not None}


def firsts(source: Any, mask: Any, guide: Any, number: int) -> tuple[Clips, list[Any]]:
    """Return what moves of these; and all three, with the frame of a number in place of a clip.

    Examples
    --------
    >>> firsts("a.png", None, "first", 0)
    (Clips(source=None, mask=None, guide=None), ['a.png', None, 'first'])
    """
    given = (source, mask, guide)
    clips = Clips(*(each if isinstance(each, Clip) else None for each in given))
    pairs = zip(clips, given, strict=True)
    return clips, [each if clip is None else clip.picture(number) for clip, each in pairs]


def for_clip(recipe: Recipe, clip: Clip, start: int, asked: Mapping[str, Any]) -> Recipe:
    """Return a recipe for a clip: with all of its frames, at their times, without a transform; but with what is asked.

    Parameters
    ----------
    recipe : Recipe
        With a name, where it is one that somebody has written.
    clip : Clip
    start : int
        The number of the first frame.
    asked : dict
        What is asked for besides the recipe, by the names of parameters.

    Raises
    ------
    DreamError
        When more frames are asked for than there are, or what only a picture can have.
    """
    values, left = recipe.values(), len(clip) - start
    for name in _OF_PICTURES:
        if values[name] and asked.get(name) is not None:
            raise NotAllowed(f"{name}={values[name]} is for a picture; {clip.name or 'the source'} moves by itself")
    own: dict[str, Any] = {"frames": left, "delay": delay_of(clip, start), "plays": clip.frames.plays}
    own.update({name: Sequence.parameters()[name].default for name in _OF_PICTURES})  # what a recipe says for pictures
    if not recipe.name and recipe.sequence.transform == as_transform(Sequence.parameters()["transform"].default):
        own["transform"] = "chain()"
    recipe = recipe.changed(**{name: value for name, value in own.items() if asked.get(name) is None})
    count, name = recipe.sequence.frames, clip.name or "the clip"
    if count > left:
        raise NotAllowed(f"frames={count} is not allowed: {name} has {len(clip)}")
    if count < left:
        warnings.warn(f"{name} has {len(clip)} frames; frames={count} leaves out the rest", stacklevel=3)
    return recipe


def delay_of(clip: Clip, start: int) -> float | Keyframes | None:
    """Return the centiseconds of a clip's frames, one number or one for each; None where it does not say."""
    row = PARAMETERS["delay"]
    usual: float = row.default
    times = [usual if time is None else float(100 * time) for time in clip.frames.durations[start:]]
    if all(time is None for time in clip.frames.durations):
        return None
    times = [max(time, row.low or 0) if time > 0 else _UNSAID for time in times]
    keys = tuple(next(group) for _, group in groupby(enumerate(times, start), itemgetter(1)))
    return times[0] if len(keys) == 1 else Keyframes(keys, "step")
