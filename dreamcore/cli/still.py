"""`dreamcore still`: dream one picture."""

import click

from dreamcore.cli import options
from dreamcore.cli.quicker import took
from dreamcore.console import FileName, echo
from dreamcore.parameters import Dream
from dreamcore.progress import Progress


@click.command("still")
@click.argument("picture", metavar="IN", type=FileName())
@click.argument("out", type=FileName())
@options.parameters("model", *Dream.parameters(), "guide", "seed")
@options.recipe
@options.mask
@options.network
@options.device
@options.precision
@options.memory
@options.max_decoded
@options.quiet
def command(picture, out, memory, quiet, **values):
    """Dream the picture IN and write it to OUT (.png or .jpg).

    \b
    Example:
      dreamcore still photo.jpg dream.png --layer patterns --octaves 5
    """
    from dreamcore.pictures import check_writable, to_bytes, write_picture
    from dreamcore.sequence import run

    check_writable(out)
    job = options.job(picture, {**values, "frames": 1}, out)
    plan = options.plan(job, memory, quiet)
    with took(job.network, quiet), Progress(1, quiet) as progress:
        (dreamed,) = run(job, plan, progress=progress)
    write_picture(out, to_bytes(dreamed, job.picture.alpha), job.notes(0), job.picture.origin)
    if not quiet:
        echo(out, done=True)
