"""`dreamcore preview`: how a sequence moves, before anything is dreamed."""

from pathlib import Path

import click

from dreamcore.animations import played
from dreamcore.cli import options
from dreamcore.cli.shown import write_animation
from dreamcore.console import FileName, echo
from dreamcore.files import refuse_source
from dreamcore.parameters import Dream, Timing
from dreamcore.text import counted


@click.command("preview")
@click.argument("picture", metavar="IN", type=FileName())
@click.argument("out", type=FileName())
@options.recipe
@options.parameters("frames", "between", "loop", "start", "blend_in", "transform", *Dream.parameters())
@options.parameters("seed", "sound", "bpm", *Timing.parameters())
@click.option("--width", type=click.IntRange(16, 8192), default=320, show_default=True, help="Of OUT, at most.")
@click.option("--plot", metavar="FILE", type=FileName(), help="Draw every number that changes (.png).")
@options.force
@options.max_decoded
@options.quiet
def command(picture, out, recipe, width, plot, force, quiet, **values):
    """Show the transforms and the timing alone: the picture IN becomes OUT, an animation, without a dream.

    \b
    Example:
      dreamcore preview photo.jpg look.gif --recipe dogesine
      dreamcore preview photo.jpg look.mp4 --transform "zoom(0.1*band(40..120))" --sound song.flac --plot plot.png
    """
    from dreamcore.pictures import check_writable, write_picture
    from dreamcore.sequence import Recipe, load_recipe
    from dreamcore.sequence.drafting import preview_job, shrink
    from dreamcore.sequence.hearing import hear
    from wand_tools import check_animation

    out = Path(out)
    values["transform"] = list(values["transform"]) or None
    asked = (load_recipe(recipe) if recipe else Recipe()).changed(**values)
    asked = hear(asked, asked.sequence.frames)
    job = preview_job(picture, asked)
    for each in filter(None, (out, plot)):
        refuse_source(each, filter(None, (picture, recipe, asked.sequence.sound)))
    check_animation(out, len(job.delays), force=force, **played(job, out))
    if plot:
        from dreamcore.sequence.plotting import plot_schedules

        check_writable(plot)
        write_picture(plot, plot_schedules(asked, job.numbers))
    made = write_animation(job, out, quiet, lambda frame: shrink(frame, width), force=force)
    if not quiet:
        echo(f"{out}: {counted(made.frames, 'frame')}, {made.size[0]}x{made.size[1]}, {made.seconds:g} s")
