"""Frames in order, with everything that a writer needs to know."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from wand_tools import order
from wand_tools.look import Look
from wand_tools.order import Arrangement
from wand_tools.pixels import Size
from wand_tools.sources.base import Source
from wand_tools.sources.references import Blended, InMemory, Reference, Scaled

_IN_BROWSERS = Fraction(1, 10)  # seconds that browsers show a frame which gives no time
_FILMS = ("avif", "mp4", "webm")  # where a frame without a time would not be seen


@dataclass(frozen=True)
class Assembly:
    """What is written.

    Attributes
    ----------
    source : Source
    arrangement : Arrangement
    plays : int
        0 is for ever.
    look : Look
    format : str
    palette : {"frame", "global", "scene"}
        GIF: which frames share one.
    lossy : int
        GIF: how much colours may differ.
    scale : Fraction
        Of the size of the source.
    sound : Path or None
        Of a video.
    notes : str
        What the file says about how it was made.
    """

    source: Source
    arrangement: Arrangement
    plays: int
    look: Look
    format: str
    palette: str = "frame"
    lossy: int = 0
    scale: Fraction = Fraction(1)
    sound: Path | None = None
    notes: str = ""

    @property
    def size(self) -> Size:
        """Width and height of what is written."""
        width, height = (max(round(side * self.scale), 1) for side in self.source.size)
        return width, height

    @property
    def exact(self) -> bool:
        """Whether the frames of a GIF keep all their colours, since no setting changes them."""
        settings = self.palette, self.lossy, self.arrangement.cross_fade, self.scale
        return (
            self.source.indexed
            and settings == ("frame", 0, 0, 1)
            and (self.look.colours, self.look.matte) == (256, None)
        )

    @property
    def count(self) -> int | None:
        """The number of frames that are written; None if only their end will tell."""
        return None if self.source.count is None else len(self.shown)

    @functools.cached_property
    def shown(self) -> list[order.Shown]:
        """The frames in order, with their times."""
        return self.arrangement(self.source.durations)

    def must_spool(self, twice: bool) -> bool:
        """Return whether the frames must go to disk first: if they are read twice, or not in the order they come."""
        if self.source.count is None:
            return twice or not self.arrangement.plain
        return not self.source.parallel and (twice or not order.monotone(self.shown))

    def durations(self) -> Iterable[Fraction]:
        """Return the seconds of each frame; where their number is not known, an iterator that keeps behind them."""
        if self.source.count is None:
            times = ([self.source.time_of(number)] for number in itertools.count())
            return (self._seconds(self.arrangement.timed(order.in_order(time))[0]) for time in times)
        return [self._seconds(shown) for shown in self.shown]

    def _seconds(self, shown: order.Shown) -> Fraction:
        return shown.duration or (_IN_BROWSERS if self.format in _FILMS else Fraction(0))

    def frames(self) -> Iterator[Reference]:
        """Yield a reference to each frame; what another process cannot read is read here, at its turn."""
        shown = map(order.Shown, itertools.count()) if self.source.count is None else self.shown
        for s in shown:
            try:
                frame = self._reference(s.frame)
            except IndexError:
                return
            if s.into is not None:
                frame = Blended(frame, self._reference(s.into), float(s.weight))
            yield frame if self.scale == 1 else Scaled(frame, self.size)

    def _reference(self, number: int) -> Reference:
        return self.source.reference(number) if self.source.parallel else InMemory(self.source.read(number))
