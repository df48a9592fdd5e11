"""Files of a frame directory that follow from its frames: those in between, made of the files as they are on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreamcore.pictures import FORMATS, read_picture, to_bytes, write_picture
from dreamcore.sequence.motion import in_betweens
from dreamcore.sequence.resuming import frame_path, missing_files, refuse_own_pictures

if TYPE_CHECKING:
    from dreamcore.sequence.job import Job

_SHORTEST = 2  # centiseconds
_NAME = re.compile(r"[0-9]{4,9}_[0-9]{1,2}")


class Betweens:
    """The frames in between of a frame directory.

    Each follows from two frames' files and the job alone. So it does not matter when it is made, and one that is lost
    is made again the same. ``0000_1.png`` stands between ``0000.png`` and ``0001.png``, in any program's order.
    """

    def __init__(self, folder: Path, job: Job, suffix: str, are_wanted: bool = True) -> None:
        self.folder, self.job, self.suffix = folder, job, suffix
        self.count, self.last = job.recipe.sequence.between if are_wanted else 0, len(job.numbers) - 1

    def make_way(self, before: int) -> None:
        """Delete those that were made when there were another number of them between two frames; no one's own."""
        files = between_files(self.folder) if self.count or before else []
        refuse_own_pictures(files)
        for path in files if self.count != before else ():
            path.unlink()

    def before(self, index: int) -> Iterator[tuple[int, Path]]:
        """Write those that lead to a frame, which is there."""
        if index > 0:
            yield from self._write(index - 1, index)

    def closing(self, index: int) -> Iterator[tuple[int, Path]]:
        """Write those that lead from the last frame of a loop to its first, when the last one is there."""
        if self.job.recipe.sequence.loop and index == self.last:
            yield from self._write(index, 0)

    def mended(self, indices: Iterable[int]) -> Iterator[tuple[int, Path]]:
        """Write those that are missing before some frames, which are there."""
        for index in indices:
            yield from self.before(index)
            yield from self.closing(index)

    def _write(self, index: int, following: int) -> Iterator[tuple[int, Path]]:
        number = self.job.numbers[index]
        paths, picture = between_paths(self.folder, number, self.count, self.suffix), self.job.picture
        if not missing_files(paths, picture.size):
            return
        numbers = (self.job.numbers[each] for each in (index, following))
        ends = (read_picture(frame_path(self.folder, each, self.suffix)).rgb for each in numbers)
        for place, (path, frame) in enumerate(zip(paths, in_betweens(self.job, index, *ends), strict=True), 1):
            notes = {**self.job.notes(number), "suffix": self.suffix, "between": f"{place}/{self.count + 1}"}
            write_picture(path, to_bytes(frame, picture.alpha), notes, picture.origin)
            yield number, path


def between_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are called like frames in between."""
    return sorted(each for each in folder.iterdir() if each.suffix in FORMATS and _NAME.fullmatch(each.stem))


def between_paths(folder: Path, number: int, count: int, suffix: str) -> list[Path]:
    """Return the files of so many frames in between that follow a frame."""
    digits = len(str(count))
    return [frame_path(folder, number, f"_{place:0{digits}d}{suffix}") for place in range(1, count + 1)]


def thinned(frames: list[Any], delays: Iterable[float]) -> tuple[list[Any], list[float]]:
    """Leave out the frames for which a GIF has no time, so that the others keep to theirs.

    Browsers show a frame of less than 2 centiseconds for 10. So each is shown for 2 at the least, and one for which it
    is too late by then, not at all.

    Parameters
    ----------
    frames : list
    delays : iterable of float
        Centiseconds of each.

    Examples
    --------
    >>> thinned([*"abcdefghi"], [1.75] * 8 + [7])
    (['a', 'b', 'c', 'd', 'e', 'f', 'g', 'i'], [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 7.0])
    """
    exact = [Fraction(delay).limit_denominator(10**6) for delay in delays]
    ends = list(accumulate(exact))
    kept, starts = [frames[0]], [Fraction(0)]
    for frame, due, end in zip(frames[1:], ends, ends[1:], strict=False):
        start = max(due, starts[-1] + _SHORTEST)
        if start < end:
            kept.append(frame)
            starts.append(start)
    stops = [*starts[1:], max(ends[-1], starts[-1] + _SHORTEST)]
    return kept, [float(stop - start) for start, stop in zip(starts, stops, strict=True)]


def shown_files(files: Iterable[tuple[int, Path]], job: Job) -> list[Path]:
    """Return the files of a job's frames, those in between among them, in the order in which they are shown.

    After the last of them, those in between only where it leads back to the first.

    Parameters
    ----------
    files : iterable of (int, Path)
        As `dreamcore.sequence.frame_files` returns them.
    job : Job
    """
    sequence, shown = job.recipe.sequence, []
    mine = [(number, path) for number, path in files if number in job.numbers]
    for number, path in mine:
        is_end = number == mine[-1][0] and not (sequence.loop and number == job.numbers[-1])
        shown += [path, *between_paths(path.parent, number, 0 if is_end else sequence.between, path.suffix)]
    return shown
