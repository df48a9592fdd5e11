"""`dreamcore info`: what made a picture or a frame directory."""

import json
from pathlib import Path

import click


@click.command()
@click.argument("path", metavar="FRAME|DIR", type=click.Path())
def info(path):
    """Print the parameters that a frame, a still or a folder of frames was made with, as JSON.

    \b
    Example:
      dreamcore info dream/0003.png
    """
    from dreamcore.pictures import read_notes

    if Path(path).is_dir():
        from dreamcore.sequence import read_settings

        notes = read_settings(path)
    else:
        notes = read_notes(path)
    click.echo(json.dumps(notes, indent=2, ensure_ascii=False))
