"""`dreamcore animate`: dream a sequence and make an animation of it."""

from dataclasses import replace
from pathlib import Path

import click

from dreamcore.cli.frames import RUN, dream_frames, read_recipe, sequence_options
from dreamcore.errors import DreamError


@click.command()
@click.argument("picture", metavar="IN", type=click.Path())
@click.argument("out", type=click.Path())
@sequence_options
@click.option("--delay", type=click.FloatRange(1), help="Centiseconds that a frame is shown.  [default: 7]")
@click.option("--plays", type=click.IntRange(0), help="How often it is shown; 0 for ever.  [default: 0]")
@click.option("--reverse/--forward", default=None, help="The last frame first.")
@click.option("--ping-pong/--one-way", default=None, help="Forward and back.")
def animate(picture, out, recipe, frames, transform, guide, seed, delay, plays, reverse, ping_pong, **given):
    """Dream the picture IN and write OUT: .gif, .webp, .apng, .mp4 or .webm.

    The frames stay beside it, in the folder OUT-frames; with --resume a stopped run goes on with them.

    \b
    Example:
      dreamcore animate photo.jpg dream.gif --recipe dogesine --frames 60
    """
    from wand_tools import AnimationError, make_animation

    recipe = read_recipe(recipe, frames, transform, guide, seed, given)
    played = {"delay": delay, "plays": plays, "reverse": reverse, "ping_pong": ping_pong}
    recipe = replace(recipe, animation=recipe.animation | {k: v for k, v in played.items() if v is not None})
    out = Path(out)
    folder = out.with_name(f"{out.stem}-frames")
    run = {name: given[name] for name in RUN}
    try:
        dream_frames(recipe, picture, folder, **run)
        made = make_animation(folder, out, last=recipe.frames - 1, **recipe.animation)
    except AnimationError as error:
        raise DreamError(str(error)) from error
    if not given["quiet"]:
        click.echo(f"{out}: {made.frames} frames, {made.seconds:g} s, {out.stat().st_size / 1e6:.1f} MB; from {folder}")
