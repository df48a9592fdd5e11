"""`dreamcore frames`: dream a sequence into a frame directory."""

import shlex
import sys

import click

from dreamcore.cli import options
from dreamcore.cli.progress import Progress


@click.command()
@click.argument("picture", metavar="IN", type=click.Path())
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--frames", "-n", type=click.IntRange(1, 9999), default=5, show_default=True, help="How many.")
@click.option("--transform", "-t", multiple=True, help="Between frames; several run in order.  [default: zoom(0.05)]")
@options.model
@options.dream_options
@options.guide
@options.mask
@options.seed
@click.option("--format", "kind", type=click.Choice(["png", "jpg"]), default="png", show_default=True)
@click.option("--resume", is_flag=True, help="Go on after the frames that DIR holds.")
@options.device
@options.quiet
def frames(picture, folder, frames, transform, model, guide, mask, seed, kind, resume, device, quiet, **given):
    """Dream the picture IN, transform it, dream again: frames into the folder DIR.

    \b
    Example:
      dreamcore frames photo.jpg dream --frames 20 --transform "zoom(0.03)"
    """
    from dreamcore.pictures import read_picture
    from dreamcore.sequence import write_frames
    from dreamcore.transforms import chain, parse

    steps = [parse(text) for text in transform or ("zoom(0.05)",)]
    parameters = options.given_parameters(given)
    source = read_picture(picture)
    guide, mask = options.pictures(guide, mask, source.size)
    network = options.network(model, device)
    with Progress(frames, quiet) as progress:
        written = write_frames(
            folder,
            source,
            network,
            frames=frames,
            transform=steps[0] if len(steps) == 1 else chain(*steps),
            seed=seed or 0,
            parameters=parameters,
            guide=guide,
            mask=mask,
            suffix=f".{kind}",
            resume=resume,
            progress=progress.step,
        )
        try:
            made = [path for _, path in written]
        except KeyboardInterrupt as error:
            again = shlex.join(["dreamcore", *(each for each in sys.argv[1:] if each != "--resume"), "--resume"])
            click.echo(f"\nthe finished frames are in {folder}; to go on: {again}", err=True)
            raise click.Abort from error
    if not quiet:
        click.echo(f"{len(made)} new frames in {folder}")
