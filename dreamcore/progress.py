"""How far a long work is: the one signature of the API, and its display for commands.

Whatever takes long has a parameter `progress`, a function that is called as ``progress(done, total)`` with two
numbers: so much is done, of so much. `total` is None as long as nobody knows it (frames of a generator).

What writes a file also knows how many bytes it has by now. A `progress` that wants to know has a method
``wrote(size)``, which is called with these bytes before each call of the function itself; see `report`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Any, TypeAlias

from dreamcore.text import size_text, time_text

Report: TypeAlias = Callable[[float, float | None], object]

_PAUSE = 5  # seconds between plain lines


def report(progress: Report | None, done: float, total: float | None, size: int) -> None:
    """Tell a `progress` how far a file is.

    Parameters
    ----------
    progress : callable or None
        Called as ``progress(done, total)``, after its method ``wrote(size)`` where it has one.
    done, total : number
        So much of so much; `total` may be None.
    size : int
        Bytes of the file so far.

    Examples
    --------
    >>> report(lambda done, total: print(done, "of", total), 3, 8, 1_500_000)
    3 of 8
    """
    if progress is None:
        return
    wrote = getattr(progress, "wrote", None)
    if wrote is not None:
        wrote(size)
    progress(done, total)


def report_reading(progress: Report | None, done: int, total: int | None) -> None:
    """Tell a `progress` that has a method ``reading(done, total)`` how many frames have been read ahead of the work.

    Examples
    --------
    >>> report_reading(print, 3, 8)
    """
    reading = getattr(progress, "reading", None)
    if reading is not None:
        reading(done, total)


class Progress:
    """Show how far a work is: a bar with the remaining time on a terminal, plain lines elsewhere.

    An instance is a `progress` of the API, to be used as a context.

    Parameters
    ----------
    frames : int, optional
        Frames of a sequence, each of which counts its steps from the beginning. Without it frames are what is counted.
    quiet : bool
        Show nothing.
    """

    def __init__(self, frames: int | None = None, quiet: bool = False) -> None:
        self.frames, self.quiet = frames, quiet
        self.bar: Any = None
        self.finished, self.size = 0, 0

    def __enter__(self) -> Progress:
        self.began = self.printed = monotonic()
        if self.frames is not None:
            self._show(0, self.frames, 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def wrote(self, size: int) -> None:
        """Take note of the bytes that the file has so far."""
        self.size = size

    def reading(self, done: int, total: int | None) -> None:
        """Say, from time to time, how many frames have been read ahead of the work that shows itself."""
        if not self.quiet and monotonic() - self.printed >= _PAUSE:
            from dreamcore.console import echo  # as below

            self.printed = monotonic()
            echo(f"read frame {done}" + (f" of {total}" if total else ""), err=True)

    def __call__(self, done: float, total: float | None) -> None:
        """Take note of what is done."""
        if self.frames is None:
            self._show(done, total, int(done))
            return
        position = self.finished + done / total if total else self.finished
        self.finished += done == total
        self._show(position, self.frames, min(int(position) + 1, self.frames))

    def _show(self, position: float, total: float | None, frame: int) -> None:
        if self.quiet:
            return
        if sys.stderr.isatty():
            self._move_bar(position, total, frame)
        elif self._is_due(position, total):
            self._print_line(position, total, frame)

    def _move_bar(self, position: float, total: float | None, frame: int) -> None:
        size = self._size(position, total)
        if total:
            shape = f"{{l_bar}}{{bar}}| frame {frame}/{total}{size}  {{elapsed}}, {{remaining}} left"
        else:
            shape = f"frame {frame}{size}  {{elapsed}}"
        if self.bar is None:
            from tqdm import tqdm  # only a terminal needs it

            self.bar = tqdm(total=total, bar_format=shape)
        self.bar.bar_format = shape  # a postfix would begin with a comma
        self.bar.update(position - self.bar.n)

    def _is_due(self, position: float, total: float | None) -> bool:
        """Whether it is time for a line; files also say the third frame, from where a size is guessed, and the last."""
        return monotonic() - self.printed >= _PAUSE or self.frames is None and position in (3, total)

    def _print_line(self, position: float, total: float | None, frame: int) -> None:
        from dreamcore.console import echo  # the library imports this module, and needs no click

        self.printed = monotonic()
        elapsed, size = self.printed - self.began, self._size(position, total)
        if total and position:
            left = elapsed * (total - position) / position
            echo(f"{position / total:4.0%}  frame {frame} of {total}, {time_text(round(left))} left{size}", err=True)
        else:
            echo(f"frame {frame}, {elapsed:.0f} s{size}", err=True)

    def _size(self, position: float, total: float | None) -> str:
        if not self.size or not position:
            return ""
        return f", {size_text(self.size / position * total)} expected" if total else f", {size_text(self.size)} so far"
