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
    from dreamcore.sequence import frame_files, shown_files, thinned
    from wand_tools import check_animation, make_animation

    out, job = Path(out), options.job(picture, values, out)
    check_animation(out, len(job.delays), force=force, **job.timing)
    folder = out.with_name(f"{out.stem}-frames")
    dream_frames(job, folder, memory=memory, quiet=quiet, resume=resume)
    shown, delays = shown_files(frame_files(folder), job), job.delays
    if out.suffix.lower() == ".gif" and job.recipe.sequence.between:
        shown, delays = thinned(shown, delays)
    durations = [delay / 100 for delay in delays]
    made = make_animation(shown, out, durations=durations, force=force, notes=job.notes(), **job.timing)
    if not quiet:
        echo(f"{out}: {made.frames} frames, {made.seconds:g} s, {out.stat().st_size / 1e6:.1f} MB; from {folder}")
