"""`dreamcore info`: what made a picture, an animation or a frame directory."""

from pathlib import Path

import click

from dreamcore.console import FileName, echo
from dreamcore.errors import NotAllowed
from dreamcore.text import json_text


@click.command("info")
@click.argument("path", metavar="FILE|DIR", type=FileName())
@click.option("--as-recipe", is_flag=True, help="As a recipe, to use on another picture.")
def command(path, as_recipe):
    """Print the parameters that a frame, a still, an animation or a folder of frames was made with, as JSON.

    Of the folder of a sweep, what it is, and how many of its cells are made, failed or missing.

    \b
    Example:
      dreamcore info dream/0003.png
      dreamcore info dream.gif --as-recipe > mine.toml
    """
    from dreamcore.notes import read_notes

    notes = _sweep(path, as_recipe) if Path(path).is_dir() else None
    notes = notes or read_notes(path)
    if as_recipe:
        from dreamcore.sequence.recipe import recipe_from_notes, recipe_text

        echo(recipe_text(recipe_from_notes(notes)), nl=False)
    else:
        echo(json_text(notes, indent=2))


def _sweep(folder, as_recipe):
    """Return what a folder says of a sweep; None where it is of none."""
    from dreamcore.farm.results import SWEEP, sweep_notes

    if not Path(folder, SWEEP).is_file():
        return None
    if as_recipe:
        raise NotAllowed(f"{folder} is of a sweep, each of whose cells has its own recipe; name the folder of a cell")
    return sweep_notes(folder)
