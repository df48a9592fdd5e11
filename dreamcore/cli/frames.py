"""`dreamcore frames`: dream a sequence into a frame directory."""

import shlex
import sys

import click

from dreamcore.cli import options
from dreamcore.cli.progress import Progress

# The options that say how a sequence is made, not what it is.
RUN = ("model", "mask", "device", "precision", "memory", "quiet", "resume")


def sequence_options(command):
    """Add the options that describe a sequence."""
    for option in reversed(
        (
            click.option("--recipe", "-r", help="A recipe by name or file; other options override it."),
            click.option("--frames", "-n", type=click.IntRange(1, 9999), help="How many.  [default: 5]"),
            click.option("--transform", "-t", multiple=True, help="Between frames; several run in order."),
            options.model,
            options.dream_options,
            options.guide,
            options.mask,
            options.seed,
            click.option("--resume", is_flag=True, help="Go on after the frames that are there."),
            options.device,
            options.precision,
            options.memory,
            options.quiet,
        )
    ):
        command = option(command)
    return command


def read_recipe(recipe, frames, transform, guide, seed, given):
    """The recipe that is asked for, with the options in place of its own settings."""
    from dreamcore.sequence.recipe import Recipe, changed, load_recipe

    return changed(
        load_recipe(recipe) if recipe else Recipe(),
        transforms=transform,
        dream=options.given_parameters(given),
        frames=frames,
        seed=seed,
        guide=guide,
    )


def dream_frames(recipe, picture, folder, *, model, mask, device, precision, memory, quiet, resume, suffix=".png"):
    """Dream a recipe on a picture into a folder; return the frames that are new."""
    from dreamcore.pictures import read_picture
    from dreamcore.sequence import write_frames
    from dreamcore.sequence.parameters import at_frame, dream_parameters

    source = read_picture(picture)
    guide, mask = options.pictures(picture if recipe.guide == "first" else recipe.guide or None, mask, source.size)
    network = options.network(model, device, precision)
    parameters = recipe.dream_for(network)
    if not quiet:
        options.announce(network, source.size, at_frame(dream_parameters(parameters), 0), recipe.frames, memory)
    with Progress(recipe.frames, quiet) as progress:
        written = write_frames(
            folder,
            source,
            network,
            frames=recipe.frames,
            transform=recipe.transform,
            seed=recipe.seed,
            parameters=parameters,
            animation=recipe.animation,
            guide=guide,
            mask=mask,
            suffix=suffix,
            resume=resume,
            memory=memory,
            progress=progress.step,
        )
        try:
            return [path for _, path in written]
        except KeyboardInterrupt as error:
            again = shlex.join(["dreamcore", *(each for each in sys.argv[1:] if each != "--resume"), "--resume"])
            click.echo(f"\nthe finished frames are in {folder}; to go on: {again}", err=True)
            raise click.Abort from error


@click.command()
@click.argument("picture", metavar="IN", type=click.Path())
@click.argument("folder", metavar="DIR", type=click.Path())
@sequence_options
@click.option("--format", "kind", type=click.Choice(["png", "jpg"]), default="png", show_default=True)
@click.option("--save-recipe", metavar="FILE", type=click.Path(), help="Write the settings as a recipe.")
def frames(picture, folder, recipe, frames, transform, guide, seed, kind, save_recipe, **given):
    """Dream the picture IN, transform it, dream again: frames into the folder DIR.

    \b
    Example:
      dreamcore frames photo.jpg dream --frames 20 --transform "zoom(0.03)"
      dreamcore frames photo.jpg dream --recipe dogesine
    """
    recipe = read_recipe(recipe, frames, transform, guide, seed, given)
    if save_recipe:
        from dreamcore.sequence.recipe import save_recipe as save

        save(recipe, save_recipe)
    run = {name: given[name] for name in RUN}
    made = dream_frames(recipe, picture, folder, suffix=f".{kind}", **run)
    if not given["quiet"]:
        click.echo(f"{len(made)} new frames in {folder}")
