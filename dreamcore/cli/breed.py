"""`dreamcore breed`: children of recipes, to choose from and to go on with."""

import shlex
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from dreamcore.cli import options, suggesting
from dreamcore.console import FileName, echo
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.text import counted


def _numbers(_context, _option, text):
    from dreamcore.farm.ranges import Ranges

    return None if text is None else [*Ranges.read(text, "children")]


_AS_BEFORE = "12; with --like as in the last generation"


@click.command("breed")
@click.argument("recipes", metavar="[RECIPE]...", nargs=-1, type=FileName(), **suggesting.for_option("recipe"))
@click.argument("family", metavar="DIR", type=FileName())
@click.option(
    "--like", metavar="NUMBERS", callback=_numbers, help="Go on from these of the last children, such as 3,7."
)
@click.option("--picture", metavar="FILE", type=FileName(), help="Dream them on this.  [default: an evening sky]")
@click.option("--children", type=click.IntRange(1, 1000), default=12, show_default=_AS_BEFORE, help="How many.")
@click.option(
    "--spread",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.3,
    show_default=True,
    help="How far they are from their parents.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of everything random.")
@click.option("--frames", "-n", type=click.IntRange(1, 999_999), default=12, show_default=_AS_BEFORE, help="Of each.")
@click.option(
    "--size", type=click.IntRange(64, 4096), default=320, show_default=True, help="Pixels of the longer side."
)
@options.place
@options.device
@options.precision
@options.memory
@options.max_decoded
@options.quiet
def command(recipes, family, like, picture, children, spread, seed, frames, size, device, precision, quiet, **placed):
    """Make new recipes of some: children that mix them and are changed by chance, dreamed small.

    The folder DIR gets a folder for each generation, with a page of moving thumbnails: pick those that you like, and
    go on from them with --like. DIR alone goes on with what is not finished. The same command makes the same children.

    \b
    Examples:
      dreamcore breed dogesine whirlpool family --picture photo.jpg
      dreamcore breed family --like 3,7
      dreamcore breed family --like 5 --spread 0.1 --on scheduler.json
    """
    from dreamcore.farm.addresses import check_place
    from dreamcore.farm.breeding import Generation, breed, checked_on, generation_folder, last_generation
    from dreamcore.farm.results import read_results
    from dreamcore.farm.sweep import make_sweep

    if placed["on"]:
        check_place(placed["on"], placed["trust_network"])
    loading, number = {"device": device, "precision": precision}, last_generation(family)
    if like or recipes:
        number, parents = _parents(family, recipes, like)
        if not like or options.is_asked("frames"):
            parents = [each.changed(frames=frames) for each in parents]
        if like and not options.is_asked("children"):
            children = len(read_results(generation_folder(family, number - 1)).recipes)
        generation = Generation(number, tuple(each.name for each in parents), children, spread, seed)
        with _small_picture(family, picture, parents, size, number) as small:
            sweep = make_sweep([small], breed(generation, parents, checked_on(small, loading)), loading=loading)
            return _dream(sweep, family, number, quiet, **placed)
    if not number:
        raise NotAllowed(f"{family} holds no generation yet; name recipes for the first one")
    begun = read_results(generation_folder(family, number))
    kept = {} if options.is_asked("precision") else begun.loading
    return _dream(replace(begun, loading={**loading, **kept}), family, number, quiet, **placed)


def _parents(family, recipes, like):
    """Return the number of the generation that is asked for, and its parents."""
    from dreamcore.defaults import usual_model
    from dreamcore.farm.breeding import last_generation, liked
    from dreamcore.sequence import load_recipe

    if like and recipes:
        raise NotAllowed("recipes are named and --like is given; do one of them")
    if like:
        return last_generation(family) + 1, liked(family, like)
    return 1, [load_recipe(each).with_usual(usual_model()) for each in recipes]


@contextmanager
def _small_picture(family, picture, parents, size, number):
    """Make the picture of a family, small, where it is not there; it goes again where no generation comes of it."""
    from dreamcore.farm.breeding import generation_folder
    from dreamcore.folders import made_folder
    from dreamcore.pictures import as_picture, to_bytes, write_picture
    from dreamcore.sequence.drafting import shrunk
    from dreamcore.sky import draw_sky

    small = Path(family, "picture.png")
    if small.exists() and not picture:
        yield small
        return
    named = picture or next((each.picture for each in parents if each.picture), None)
    original = shrunk(as_picture(named or draw_sky(size, size * 3 // 4)), size)
    pixels = to_bytes(original.rgb, original.alpha)
    if small.exists():
        if as_picture(small) != as_picture(pixels):
            raise NotAllowed(f"{family} has another picture, {small}, already; for this one name another folder")
        yield small
        return
    with made_folder(family):
        write_picture(small, pixels, origin=original.origin)
        try:
            yield small
        except BaseException:
            if not generation_folder(family, number).exists():
                small.unlink(missing_ok=True)
            raise


def _dream(sweep, family, number, quiet, **placed):
    """Dream a generation, show it, and return the exit code."""
    from dreamcore.farm.breeding import generation_folder, show_generation
    from dreamcore.farm.results import OtherSweep
    from dreamcore.farm.running import run_sweep
    from dreamcore.farm.telling import Telling

    folder = generation_folder(family, number)
    try:
        with Telling(len(sweep), quiet=quiet) as told:
            summary = run_sweep(sweep, folder, told=told, **placed)
    except OtherSweep as error:
        there = f"{family} has a generation {number} of other parents, or with another spread, seed, size or frames"
        raise DreamError(f"{there}; --like goes on from the last one, another folder begins anew") from error
    except KeyboardInterrupt as error:
        echo(f"\nwhat is finished is in {folder}; to go on: dreamcore breed {shlex.quote(family)}", err=True)
        raise click.Abort from error
    show_generation(sweep, folder, f"dreamcore breed {shlex.quote(family)} --like {{}}")
    if not quiet:
        echo(f"{counted(len(summary.made), 'new child', 'new children')}; look at {folder}/index.html", done=True)
    options.complain(summary)
    return summary.exit_code
