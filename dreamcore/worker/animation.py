"""Pictures that a client sends one after the other, kept as files until they are an animation."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from dreamcore.errors import DreamError
from dreamcore.grammar.schedules import value_at
from dreamcore.parameters import PARAMETERS, Timing
from dreamcore.pictures import write_picture
from dreamcore.sequence.derived import thinned
from dreamcore.sequence.values import fill

_DELAY = replace(PARAMETERS["delay"], low=0)  # frames in between are shown for less than one may ask for


class KeptPictures:
    """Pictures in a private folder, with the seconds that each is shown.

    Parameters
    ----------
    make_animation : callable
        `wand_tools.make_animation`, which `dreamcore` itself does not import.
    """

    def __init__(self, make_animation: Callable) -> None:
        self._make_animation = make_animation
        self._folder: TemporaryDirectory | None = None
        self._paths: list[Path] = []
        self._delays: list[float] = []

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
        self._folder = self._folder or TemporaryDirectory(prefix="dreamcore-")
        path = Path(self._folder.name) / f"{number:06d}.png"
        write_picture(path, pixels)
        self._paths.append(path)
        self._delays.append(_DELAY.check(_DELAY.default if delay is None else delay))

    def animate(self, path: str, parameters: Mapping[str, Any], progress: Callable[[int, int], Any]) -> dict[str, Any]:
        """Make an animation of what is kept, let go of it, and return the file and its size in bytes.

        Parameters
        ----------
        path : str
            Its ending says which kind.
        parameters : dict
            Any of `dreamcore.parameters.Timing`; a `delay` stands before those of the pictures.
        progress : callable
            Called with (frames done, frames in all).

        Raises
        ------
        DreamError
            When nothing is kept, something asked for is not allowed, or the file cannot be written.
        """
        values = {name: value for name, value in parameters.items() if value not in (None, "")}
        timing = fill(Timing, values).values()
        delay = timing.pop("delay")
        if not self._paths:
            raise DreamError("no pictures are kept for an animation")
        pictures, delays = self._paths, self._delays
        if "delay" in values:
            delays = [value_at(delay, number) for number in range(len(delays))]
        elif path.lower().endswith(".gif"):
            pictures, delays = thinned(pictures, delays)
        seconds = [delay / 100 for delay in delays]
        self._make_animation(pictures, path, durations=seconds, progress=progress, **timing)
        self.close()
        return {"path": path, "size": os.path.getsize(path)}

    def close(self) -> None:
        """Let go of what is kept."""
        if self._folder:
            self._folder.cleanup()
        self._folder, self._paths, self._delays = None, [], []
