"""`dreamcore info`: what made a picture, an animation or a frame directory."""

import click

from dreamcore.console import FileName, echo
from dreamcore.text import json_text


@click.command("info")
@click.argument("path", metavar="FILE|DIR", type=FileName())
@click.option("--as-recipe", is_flag=True, help="As a recipe, to use on another picture.")
def command(path, as_recipe):
    """Print the parameters that a frame, a still, an animation or a folder of frames was made with, as JSON.

    \b
    Example:
      dreamcore info dream/0003.png
      dreamcore info dream.gif --as-recipe > mine.toml
    """
    from dreamcore.notes import read_notes

    notes = read_notes(path)
    if as_recipe:
        from dreamcore.sequence.recipe import recipe_from_notes, recipe_text

        echo(recipe_text(recipe_from_notes(notes)), nl=False)
    else:
        echo(json_text(notes, indent=2))
