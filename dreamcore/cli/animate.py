"""`dreamcore animate`: dream a sequence and make an animation of it."""

from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.cli.frames import dream_frames, sequence_options
from dreamcore.console import echo
from dreamcore.parameters import Timing


@click.command("animate")
@click.argument("picture", metavar="IN", type=click.Path())
@click.argument("out", type=click.Path())
@sequence_options
@options.parameters(*Timing.parameters())
@click.option("--force", is_flag=True, help="Replace OUT even if it is no animation.")
def command(picture, out, memory, quiet, resume, force, **values):
    """Dream the picture IN and write OUT: .gif, .webp, .apng, .mp4 or .webm.

    The frames stay beside it, in the folder OUT-frames; with --resume a stopped run goes on with them. OUT carries its
    recipe: `dreamcore info OUT --as-recipe`.

    \b
    Examples:
      dreamcore animate photo.jpg dream.gif --recipe dogesine --frames 60
      dreamcore animate other.jpg again.gif --recipe dream.gif
    """
    from dreamcore.grammar.schedules import value_at
    from dreamcore.parameters import Schedule
    from dreamcore.sequence import frame_files
    from wand_tools import check_animation, make_animation

    out, job = Path(out), options.job(picture, values, out)
    timing = job.recipe.timing.values()
    check_animation(out, len(job.numbers), force=force, **{**timing, "delay": None})
    folder = out.with_name(f"{out.stem}-frames")
    dream_frames(job, folder, memory=memory, quiet=quiet, resume=resume)
    if isinstance(timing["delay"], Schedule):
        delay = timing.pop("delay")
        timing["durations"] = [value_at(delay, number) / 100 for number, _ in frame_files(folder)]
    made = make_animation(folder, out, last=len(job.numbers) - 1, force=force, notes=job.notes(), **timing)
    if not quiet:
        size = f"{made.frames} frames, {made.seconds:g} s, {out.stat().st_size / 1e6:.1f} MB"
        echo(f"{out}: {size}; from {folder}", done=True)
