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
def command(picture, out, memory, quiet, resume, **values):
    """Dream the picture IN and write OUT: .gif, .webp, .apng, .mp4 or .webm.

    The frames stay beside it, in the folder OUT-frames; with --resume a stopped run goes on with them.

    \b
    Example:
      dreamcore animate photo.jpg dream.gif --recipe dogesine --frames 60
    """
    from dreamcore.sequence import frame_files, shown_files, thinned
    from wand_tools import check_animation, make_animation

    out, job = Path(out), options.job(picture, values, out)
    check_animation(out, len(job.delays), **job.timing)
    folder = out.with_name(f"{out.stem}-frames")
    dream_frames(job, folder, memory=memory, quiet=quiet, resume=resume)
    shown, delays = shown_files(frame_files(folder), job), job.delays
    if out.suffix.lower() == ".gif" and job.recipe.sequence.between:
        shown, delays = thinned(shown, delays)
    made = make_animation(shown, out, durations=[delay / 100 for delay in delays], **job.timing)
    if not quiet:
        echo(f"{out}: {made.frames} frames, {made.seconds:g} s, {out.stat().st_size / 1e6:.1f} MB; from {folder}")
