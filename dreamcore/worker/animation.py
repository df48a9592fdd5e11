"""Pictures that a client sends one after the other, kept as files until they are an animation."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.grammar.schedules import value_at
from dreamcore.parameters import PARAMETERS, Timing, Writing
from dreamcore.pictures import read_picture, write_picture
from dreamcore.sequence.values import fill
from dreamcore.text import read_size

_DELAY = replace(PARAMETERS["delay"], low=0)  # frames in between are shown for less than one may ask for
_LONGEST = 240  # pixels of a look at an animation
_MOST = 200  # pictures of it
_SAMPLE = 6_000_000  # pixels that are written in full size to foretell how large all of them will be

Progress = Callable[[int, "int | None"], Any]


class Look(NamedTuple):
    """An animation as it will be played, made small.

    Attributes
    ----------
    frames : list of (H, W, 4) ndarray
        uint8, with the colours that the file has.
    delays : list of float
        Centiseconds of each.
    """

    frames: list[np.ndarray]
    delays: list[float]


@dataclass
class Kept:
    """A picture's file, and the centiseconds that it is shown."""

    path: Path
    delay: float


class KeptPictures:
    """Pictures in a private folder, with the time that each is shown.

    Parameters
    ----------
    wand : module
        `wand_tools`, which `dreamcore` itself does not import.
    """

    def __init__(self, wand: ModuleType | Any) -> None:
        self._wand = wand
        self._folder: TemporaryDirectory | None = None
        self._kept: list[Kept] = []

    def keep(self, number: int, pixels: np.ndarray, delay: float | None = None) -> None:
        """Keep a picture; number 0 begins a new animation.

        Parameters
        ----------
        number : int
        pixels : (H, W, 4) ndarray
            uint8.
        delay : float, optional
            Centiseconds that it is shown.
        """
        if number == 0:
            self.close()
        self._folder = self._folder or TemporaryDirectory(prefix="dreamcore-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / f"{number:06d}.png"
        write_picture(path, pixels)
        self._kept.append(Kept(path, _DELAY.check(_DELAY.default if delay is None else delay)))

    def check(self, path: str, count: int, parameters: Mapping[str, Any]) -> None:
        """Raise an error for whatever `animate` would refuse, before any picture is there.

        Parameters
        ----------
        path, parameters
            As for `animate`.
        count : int
            How many pictures there will be.

        Raises
        ------
        DreamError
        """
        timing, _ = _read(path, parameters)
        timing.pop("delay")
        self._wand.check_animation(path, count, **timing)

    def animate(self, path: str, parameters: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Make an animation of what is kept, let go of it, and return the file and its size in bytes.

        Parameters
        ----------
        path : str
            Its ending says which kind. A file that is there is replaced.
        parameters : dict
            Any of `dreamcore.parameters.Timing` and `Writing`; a `delay` stands before those of the pictures.
        progress : callable
            Called with (frames done, frames in all).

        Raises
        ------
        DreamError
            When nothing is kept, something asked for is not allowed, or the file cannot be written.
        """
        self._make(self._shown(path, parameters), path, parameters, progress)
        self.close()
        return {"path": path, "size": os.path.getsize(path)}

    def look(self, path: str, parameters: Mapping[str, Any], progress: Progress) -> Look:
        """Return the animation that `animate` would make, small, in the colours of its file; the pictures stay kept."""
        pictures, small = self._shown(path, parameters), self._beside("look", path)
        self._make(pictures[:_MOST], small, {**parameters, "max_size": ""}, progress, _small)
        source = self._wand.open_source(small)
        try:
            frames = list(map(_with_alpha, source.each()))
            return Look(frames, [float(source.time_of(number) or 0) * 100 for number in range(len(frames))])
        finally:
            source.close()

    def foretell(self, path: str, parameters: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Return how many bytes the file will have, and whether all of it was written to know that.

        Where there is much to write, some pictures are, and the others are taken to be as large.
        """
        pictures, trial = self._shown(path, parameters), self._beside("trial", path)
        width, height = read_picture(pictures[0].path).size
        count = max(2, _SAMPLE // (width * height))
        if len(pictures) <= count:
            self._make(pictures, trial, parameters, progress)
            return {"size": os.path.getsize(trial), "exact": True}
        once = {**parameters, "max_size": "", **dict.fromkeys(("reverse", "ping_pong", "cross_fade"), "")}
        sizes = []
        for part in (pictures[:1], pictures[:count]):
            self._make(part, trial, once, progress)
            sizes.append(os.path.getsize(trial))
        timing, writing = _read(path, parameters)
        frames = 2 * len(pictures) - 2 if timing["ping_pong"] else len(pictures)
        size = sizes[0] + (sizes[1] - sizes[0]) * (frames - 1) // (count - 1)
        return {"size": min(size, writing["max_size"] or size), "exact": False}

    def of_files(self, paths: Iterable[Path], delays: Iterable[float], path: Path, timing: Mapping[str, Any]) -> None:
        """Make an animation of files that are there, each shown for so many centiseconds."""
        self._make(thinned_for(path, list(map(Kept, paths, delays))), path, timing, lambda done, total: None)

    def close(self) -> None:
        """Let go of what is kept."""
        if self._folder:
            self._folder.cleanup()
        self._folder, self._kept = None, []

    def _beside(self, name: str, path: str) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / (name + Path(path).suffix)

    def _shown(self, path: str, parameters: Mapping[str, Any]) -> list[Kept]:
        """Return the pictures with the time that each is shown in a file."""
        if not self._kept:
            raise DreamError("no pictures are kept for an animation")
        if parameters.get("delay") not in (None, ""):
            delay = _read(path, parameters)[0]["delay"]
            return [replace(each, delay=value_at(delay, number)) for number, each in enumerate(self._kept)]
        return thinned_for(path, self._kept)

    def _make(
        self,
        pictures: list[Kept],
        path: str | Path,
        parameters: Mapping[str, Any],
        progress: Progress,
        read: Callable[[Path], Any] = lambda path: path,
    ) -> None:
        timing, writing = _read(path, parameters)
        timing.pop("delay")
        seconds = [each.delay / 100 for each in pictures]
        frames = [read(each.path) for each in pictures]
        self._wand.make_animation(frames, path, durations=seconds, progress=progress, **timing, **writing)


def thinned_for(path: str | Path, pictures: list[Kept]) -> list[Kept]:
    """Return the pictures for which a file of this kind has time."""
    if Path(path).suffix.lower() != ".gif":
        return pictures
    from dreamcore.sequence.derived import thinned  # which takes torch along

    kept, delays = thinned(pictures, [each.delay for each in pictures])
    return [replace(each, delay=delay) for each, delay in zip(kept, delays, strict=True)]


def _read(path: str | Path, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how an animation is played, and how it is written, as `make_animation` has both."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    of_file = {name: given.pop(name) for name in Writing.parameters() if name in given}
    timing, writing = fill(Timing, given).values(), fill(Writing, of_file).values()
    writing["max_size"] = read_size(writing["max_size"]) if writing["max_size"] else None
    if writing["max_size"] and Path(path).suffix.lower() != ".gif":
        raise DreamError(f"max_size is for .gif; {Path(path).name} is as large as it comes")
    return timing, writing


def _small(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        image.thumbnail((_LONGEST, _LONGEST))
        return np.asarray(image)


def _with_alpha(frame: np.ndarray) -> np.ndarray:
    opaque = np.full(frame.shape[:2], 255, np.uint8)
    return frame if frame.shape[-1] == 4 else np.dstack([frame, opaque])
