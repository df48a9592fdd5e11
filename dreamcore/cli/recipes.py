"""`dreamcore recipes`: list, show and check recipes."""

import click

from dreamcore.console import Commands, FileName, echo
from dreamcore.errors import DreamError
from dreamcore.shared_options import quiet


@click.group("recipes", cls=Commands)
def command():
    """List, show and check recipes: named sets of dream parameters, transforms and animation parameters.

    \b
    Example:
      dreamcore recipes list
      dreamcore frames photo.jpg dream --recipe dogesine
    """


@command.command("list")
def list_():
    """List the recipes, those of the program and your own.

    \b
    Example:
      dreamcore recipes list
    """
    from dreamcore.sequence.recipe import load_recipe, own_recipes, recipe_files

    files = recipe_files()
    width = max(map(len, files))
    for name, path in files.items():
        try:
            about = load_recipe(path).about
        except DreamError as error:
            about = f"broken: {str(error).splitlines()[0]}"
        echo(f"{name:<{width}}  {about}")
    echo(f"Your own: .toml files in {own_recipes()}")


@command.command()
@click.argument("recipe", type=FileName())
def show(recipe):
    """Print a recipe, by name or file, as TOML to copy and change.

    \b
    Example:
      dreamcore recipes show dogesine > mine.toml
    """
    from dreamcore.sequence.recipe import load_recipe, recipe_text

    echo(recipe_text(load_recipe(recipe)), nl=False)


@command.command()
@click.argument("recipe", metavar="RECIPE...", nargs=-1, required=True, type=FileName())
@quiet
def check(recipe, quiet):
    """Check recipes, by name or file: every key, value and transform.

    \b
    Example:
      dreamcore recipes check mine.toml
    """
    from dreamcore.sequence.changing import check_frames
    from dreamcore.sequence.recipe import load_recipe

    broken = 0
    for name in recipe:
        try:
            loaded = load_recipe(name)
            check_frames(loaded, range(loaded.sequence.frames))
            if not quiet:
                echo(f"{name}: correct")
        except DreamError as error:
            echo(error, err=True)
            broken += 1
    if broken:
        raise DreamError(f"{broken} of {len(recipe)} recipes cannot be used")
