"""How far a sweep is, in the words of whoever reads it: a person, a farm's program, another program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from dreamcore.console import echo
from dreamcore.errors import printable
from dreamcore.text import time_text

if TYPE_CHECKING:
    from dreamcore.farm.dreaming import Event, Outcome

Lines: TypeAlias = Callable[["Event | Outcome", float, str], Iterable[str]]  # of an event, the share done and its text

_PAUSE = 5  # seconds between plain lines
_MOST = 8  # running cells that are shown at a time
SAVED = "Saved: "  # as Blender says it, and those who make thumbnails read it


def _openjd(event: Event | Outcome, share: float, text: str) -> Iterator[str]:
    yield f"openjd_progress: {100 * share:.1f}"
    yield f"openjd_{'fail' if event['state'] == 'failed' else 'status'}: {text}"


def _percent(event: Event | Outcome, share: float, text: str) -> Iterator[str]:
    yield f"Progress: {100 * share:.0f}%"


def _json(event: Event | Outcome, share: float, text: str) -> Iterator[str]:
    yield json.dumps({"done": round(share, 4), **event})


# What is printed for an event. OpenJD's words are those of "How Jobs Are Run" in OpenJobDescription's specification;
# "Progress: 42%" is what Deadline's plug-ins look for (https://docs.thinkboxsoftware.com).
_STYLES: dict[str, Lines] = {"openjd": _openjd, "percent": _percent, "json": _json}
STYLES = ("bar", *_STYLES)


class Telling:
    """Say how far a sweep is; an instance is what an engine tells its events, and takes the outcomes as well.

    Parameters
    ----------
    cells : int
        How many there are to do.
    style : str
        ``"bar"``: bars on a terminal and plain lines elsewhere, on standard error. The others print a line for each
        event on standard output, and flush it: ``"percent"`` (``Progress: 42%``), ``"openjd"`` (``openjd_progress:
        42.0`` and ``openjd_status: ...``), ``"json"`` (the event itself, with the share that is ``done``).
    quiet : bool
        Say only which cells fail.

    Examples
    --------
    >>> with Telling(2, "percent") as telling:
    ...     telling({"cell": 1, "state": "dreaming", "frame": 2, "frames": 4, "part": 0.25})
    ...     telling({"cell": 1, "state": "there", "error": None, "folder": "OUT/0001"})
    Progress: 12%
    Progress: 50%
    """

    def __init__(self, cells: int, style: str = "bar", quiet: bool = False) -> None:
        self.cells, self.quiet = cells, quiet
        self.lines = _STYLES.get(style)
        self.finished = self.there = 0
        self.running: dict[int, Event] = {}
        self.said: dict[str, str] = {}  # the last line of each kind, which is not said twice
        self.noted: set[str] = set()
        self.bars: _Bars | None = None

    def __enter__(self) -> Telling:
        self.began = self.printed = monotonic()
        if not self.lines and not self.quiet and sys.stderr.isatty():
            self.bars = _Bars(self.cells)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bars:
            self.bars.close()

    @property
    def share(self) -> float:
        """How much of all cells is done, 0 to 1."""
        return min(1.0, (self.finished + sum(event["part"] for event in self.running.values())) / max(1, self.cells))

    def __call__(self, event: Event | Outcome) -> None:
        """Take note of an event of a running cell, or of the outcome of one; or say a line of the engine's."""
        if event["state"] == "note":
            self._say(event)
            return
        if event["state"] == "dreaming":
            self.running[event["cell"]] = event
        else:
            self.running.pop(event["cell"], None)
            self.finished += 1
            self.there += event["state"] == "there"
        if event["state"] == "failed":
            self._warn(event_text(event), "red")
        if not self.quiet:
            for note in event.get("notes", ()):
                self._note(event["cell"], note)
            self._show(event)

    def _show(self, event: Event | Outcome) -> None:
        if self.lines:
            for line in self.lines(event, self.share, event_text(event)):
                self._print(line)
        elif self.bars:
            self.bars.show(self.share, self.finished, self.running)
        elif monotonic() - self.printed >= _PAUSE or self.finished == self.cells:
            self.printed = monotonic()
            echo(self._plain(), err=True)
        if event["state"] == "made" and self.lines is not _json and not self.bars:
            echo(f"{SAVED}{_picture_of(event['folder'])}")
            sys.stdout.flush()

    def _say(self, event: Event) -> None:
        if self.lines is _json:
            self._print(json.dumps(event))
        elif not self.quiet:
            self._warn(f"note: {printable(event['text'])}")

    def _note(self, cell: int, note: str) -> None:
        """Say a note of a cell; one that another has had before is not said again."""
        if note not in self.noted:
            self.noted.add(note)
            self._warn(printable(f"note: cell {cell}: {note}"))

    def _warn(self, line: str, colour: str | None = None) -> None:
        if self.bars:
            self.bars.write_above(line)
        else:
            echo(line, err=True, colour=colour)

    def _print(self, line: str) -> None:
        kind = line.partition(":")[0]
        if self.said.get(kind) != line:
            self.said[kind] = line
            echo(line)
            sys.stdout.flush()

    def _plain(self) -> str:
        text = f"{self.share:4.0%}  {self.finished} of {self.cells} cells"
        done, elapsed = self.share - self.there / max(1, self.cells), monotonic() - self.began
        if done > 0:
            text += f", {time_text(round(elapsed * (1 - self.share) / done))} left"
        running = [event_text(event) for event in self.running.values()]
        more = f", and {len(running) - _MOST} more" if len(running) > _MOST else ""
        return text + (": " if running else "") + ", ".join(running[:_MOST]) + more


class _Bars:
    """A bar for the whole on a terminal, and one below it for each running cell."""

    def __init__(self, cells: int) -> None:
        self.cells = cells
        self.whole = _bar(cells, self._shape(0), 0)
        self.of_cells: dict[int, Any] = {}

    def _shape(self, finished: int) -> str:
        return f"{{l_bar}}{{bar}}| {finished} of {self.cells} cells  {{elapsed}}, {{remaining}} left"

    def show(self, share: float, finished: int, running: dict[int, Event]) -> None:
        for cell in [cell for cell in self.of_cells if cell not in running]:
            self.of_cells.pop(cell).close()
        for cell, event in running.items():
            shape = f"{{l_bar}}{{bar}}| {event_text(event)}"
            if cell not in self.of_cells and len(self.of_cells) < _MOST:
                taken = {-bar.pos for bar in self.of_cells.values()}
                self.of_cells[cell] = _bar(1, shape, min({*range(1, _MOST + 1)} - taken))
            if cell in self.of_cells:
                _move(self.of_cells[cell], shape, event["part"])
        _move(self.whole, self._shape(finished), share * self.cells)

    def write_above(self, line: str) -> None:
        self.whole.write(line, file=sys.stderr)

    def close(self) -> None:
        for bar in (*self.of_cells.values(), self.whole):
            bar.close()


def _bar(total: float, shape: str, position: int) -> Any:
    from tqdm import tqdm  # only a terminal needs it

    return tqdm(total=total, bar_format=shape, position=position, leave=position == 0)


def _move(bar: Any, shape: str, done: float) -> None:
    bar.bar_format = shape  # a postfix would begin with a comma
    bar.update(done - bar.n)


def event_text(event: Event | Outcome) -> str:
    """Return an event, or an outcome, as people say it.

    Examples
    --------
    >>> event_text({"cell": 7, "state": "dreaming", "frame": 3, "frames": 24, "part": 0.1})
    'cell 7 at frame 3 of 24'
    >>> event_text({"cell": 7, "state": "failed", "error": "the disk is full"})
    'cell 7 failed: the disk is full'
    """
    said = {
        "dreaming": lambda: f"at frame {event['frame']} of {event['frames']}",
        "made": lambda: f"made in {event['seconds']:.0f} s",
        "there": lambda: "was there",
        "failed": lambda: f"failed: {event['error']}",
    }
    return printable(f"cell {event['cell']} {said[event['state']]()}")


def _picture_of(folder: str) -> Path:
    """Return the last picture of a folder of frames, which is the one that a farm can show."""
    from dreamcore.sequence.resuming import frame_files  # PyTorch comes with it

    with suppress(OSError):
        if files := frame_files(folder):
            return files[-1][1]
    return Path(folder)
