"""What has become of a sweep, to look at: a contact sheet and a page."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from dreamcore.animations import animate_folder
from dreamcore.errors import DreamError
from dreamcore.farm.cells import Cell
from dreamcore.farm.dreaming import RECIPE, Event, Outcome, Task, dream_cell, make_cell_job
from dreamcore.farm.records import pictures_of
from dreamcore.farm.results import Result, each_result
from dreamcore.farm.sweep import Sweep
from dreamcore.files import read_small
from dreamcore.sequence.job import delays_of
from dreamcore.sequence.recipe import Recipe, read_recipe, recipe_text
from dreamcore.sheets import Entry, write_page, write_sheet
from dreamcore.sheets.thumbnails import FOLDER, keep_thumbnails

SHEET, PAGE = "sheet.png", "index.html"
_MOST = 10_000  # cells on a page


def thumbnails_of(sweep: Sweep, out: str | os.PathLike, cell: Cell) -> tuple[str, int] | None:
    """Return where the thumbnails of a cell are, a whole path, and the number that they have there.

    None where others dream the same sequence's frames, or the sweep has too many cells for a page.
    """
    return None if cell.run or len(sweep) > _MOST else (os.path.abspath(Path(out, FOLDER)), cell.sequence)


def dream_shown(task: Task, told: Callable[[Event], object] = lambda event: None) -> Outcome:
    """Dream a cell and make its thumbnails, so that the page of thousands need not make all of them in the end.

    Parameters
    ----------
    task : dict
        As for `dreamcore.farm.dreaming.dream_cell`, with ``thumbnails``, as `thumbnails_of` returns it.
    told : callable
        As there.

    Returns
    -------
    dict
        As there.
    """
    outcome = dream_cell(task, told)
    if task.get("thumbnails") and outcome["state"] == "made":
        place, number = task["thumbnails"]
        with suppress(Exception):  # the page tries again, and says what is wrong
            frames = pictures_of(task["folder"])
            made = read_recipe(read_small(Path(task["folder"], RECIPE)).decode())
            keep_thumbnails(place, Entry(number, frames=frames, delays=_delays(made, len(frames))))
    return outcome


def show_results(sweep: Sweep, out: str | os.PathLike) -> None:
    """Write ``sheet.png`` and ``index.html`` of what there is of a sweep into its folder.

    The first axis with several values runs across, the second down, and each value of the others has a block.

    Parameters
    ----------
    sweep : Sweep
    out : str or Path

    Warns
    -----
    UserWarning
        Where they cannot be written, or there are too many cells for a page: the frames are what counts.
    """
    out = Path(out)
    if len(sweep) > _MOST:
        warnings.warn(f"{len(sweep)} cells are too many for a page, which has {_MOST} at most", stacklevel=2)
        return
    entries = entries_of(sweep, out)
    title = out.resolve().name
    try:
        write_sheet(out / SHEET, entries, sweep.axes, title=title)
        write_page(out / PAGE, entries, sweep.axes, title)
    except DreamError as error:
        warnings.warn(str(error), stacklevel=2)


def animate_results(sweep: Sweep, out: str | os.PathLike, numbers: Iterable[int]) -> None:
    """Make the animations of those sequences that are whole and have cells of some numbers, beside their folders.

    One that is there stays where none of its frames is newer.

    Raises
    ------
    DreamError
        At the end, when one cannot be made.
    """
    failed = []
    for result in each_result(sweep, out, numbers) if sweep.animate else ():
        folder = Path(out, result.cell.name)
        path = folder.with_name(f"{folder.name}.{sweep.animate}")
        if result.record.get("state") != "made" or _is_newer(path, result.frames):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # which the cell has said
                job = make_cell_job(result.cell.task(out))
            animate_folder(job, folder, path, force=True)
        except DreamError as error:
            failed.append(error.within(result.cell.name))
    if failed:
        raise failed[0]


def _is_newer(path: Path, frames: Iterable[Path]) -> bool:
    times = [frame.stat().st_mtime_ns for frame in frames]
    return path.exists() and path.stat().st_mtime_ns >= max(times, default=0)


def entries_of(sweep: Sweep, out: str | os.PathLike) -> list[Entry]:
    """Return what there is of each cell of a sweep, as sheets and pages show it."""
    return [_entry(result) for result in each_result(sweep, out)]


def is_shown(out: str | os.PathLike) -> bool:
    """Tell whether a folder has a sheet and a page."""
    return Path(out, SHEET).exists() and Path(out, PAGE).exists()


def _entry(result: Result) -> Entry:
    cell, frames, record = result
    made, recipe = cell.recipe, recipe_text(cell.recipe)
    if frames:
        with suppress(DreamError, UnicodeDecodeError):
            recipe = read_small(frames[0].with_name(RECIPE)).decode()
            made = read_recipe(recipe)  # which knows the times of a clip
    return Entry(cell.sequence, cell.labels, frames, _delays(made, len(frames)), recipe, str(record.get("error") or ""))


def _delays(recipe: Recipe, count: int) -> list[float]:
    return delays_of(recipe, range(count))[:count]
