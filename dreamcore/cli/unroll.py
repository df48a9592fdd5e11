"""`dreamcore unroll`: take the accumulated shift out of finished frames."""

import click

from dreamcore.cli import options
from dreamcore.console import FileName, echo
from dreamcore.text import counted


@click.command("unroll")
@click.argument("folder", metavar="DIR", type=FileName())
@click.argument("out", type=FileName())
@options.max_decoded
@options.quiet
def command(folder, out, quiet):
    """Shift the frames of DIR back by what their rolls have added up to, into the new folder OUT.

    Pictures that wandered away stand still again, and the dreams in them wander instead.

    \b
    Example:
      dreamcore unroll dream still-standing
    """
    from dreamcore.sequence import unroll_folder

    made = unroll_folder(folder, out)
    if not quiet:
        echo(f"{counted(made, 'frame')} in {out}", done=True)
