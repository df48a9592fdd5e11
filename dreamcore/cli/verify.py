"""`dreamcore verify`: dream frames again, and see whether they are the same."""

import random
import warnings
from functools import partial
from math import ceil
from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.console import FileName, echo
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.progress import Progress
from dreamcore.text import counted


@click.command("verify")
@click.argument("folder", metavar="DIR", type=FileName())
@click.argument("picture", metavar="[IN]", required=False, type=FileName())
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.01,
    show_default=True,
    help="How much of it to dream again, 0 to 1; one frame, or one cell, at the least.",
)
@options.mask
@options.max_decoded
@options.quiet
def command(folder, picture, share, mask, quiet):
    """Dream frames of the folder DIR again, and say whether they are the same to the byte; exit code 1 if not.

    Of frames that were made of the picture IN, the first ones are dreamed again, and the last one where it follows from
    what the folder keeps. Each frame follows from the one before: those in the middle are verified by --share 1 alone.
    Of a clip with --follow 0, frames from all over it are.

    Of a sweep, which knows its pictures, cells are taken at random, and all of their frames dreamed again.

    Frames are the same on machines whose processors know the same instructions, with the same libraries and as many
    threads; where something of that is not as it was, it is said.

    \b
    Example:
      dreamcore verify dream photo.jpg
      dreamcore verify many --share 0.05
    """
    from dreamcore.farm.results import SWEEP

    is_sweep = Path(folder, SWEEP).exists()
    if is_sweep and (picture or mask):
        raise NotAllowed(f"{folder} is of a sweep, and knows its pictures; leave {picture or '--mask'} out")
    jobs = _cells(folder, share) if is_sweep else _sequence(folder, picture, mask, share)
    seen, wrong = 0, 0
    for place, job, count, numbers in jobs:
        from dreamcore.sequence.verifying import verify_frames

        with Progress(job.warm_up + count, quiet) as progress:
            for frame in verify_frames(place, job, count, numbers=numbers, progress=progress):
                seen, wrong = seen + 1, wrong + bool(frame.difference)
                if frame.difference:
                    echo(f"{frame.path}: {frame.difference}")
    if not seen:
        raise DreamError(f"{folder} holds no frames that could be dreamed again")
    if not quiet:
        same = seen - wrong if wrong else "all"
        echo(f"{folder}: {counted(seen, 'frame')} dreamed again, {same} the same to the byte", done=True)
    return int(bool(wrong))


def _sequence(folder, picture, mask, share):
    """Yield what is to be dreamed again of a frame directory: its folder, its job, how many frames, and which."""
    from dreamcore.models import load_network
    from dreamcore.sequence import read_settings
    from dreamcore.sequence.verifying import job_of
    from dreamcore.sources import opened

    settings = read_settings(folder)
    if not picture:
        raise NotAllowed(f"{folder} does not say where its picture is; name it, too: dreamcore verify {folder} IN")
    load = partial(load_network, device=settings.get("device", "auto"), precision=settings.get("precision", "float32"))
    job = job_of(settings, opened(picture), opened(mask), load)
    yield folder, job, ceil(share * len(job.numbers)), None


def _cells(out, share):
    """Yield the same of some cells of a sweep that are made."""
    from dreamcore.farm.dreaming import make_cell_job
    from dreamcore.farm.results import made_cells, read_results

    sweep = read_results(out)
    made = made_cells(sweep, out)
    if made and (left := len(sweep) - len(made)):
        warnings.warn(f"{counted(left, 'cell')} of {len(sweep)} not made, and not verified", stacklevel=2)
    for cell in sweep.cells(sorted(random.sample(made, ceil(share * len(made))))):
        job = make_cell_job(cell.task(out))
        yield Path(out, cell.name), job, len(cell.run or job.numbers), cell.run
