"""`dreamcore sweep`: many sequences, or pictures, each with other values of some parameters."""

import shlex
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.console import Choice, FileName, echo
from dreamcore.defaults import usual_model
from dreamcore.errors import NotAllowed
from dreamcore.farm.telling import STYLES
from dreamcore.parameters import PARAMETERS
from dreamcore.text import counted, size_text, time_text

_MOST = 10_000  # cells that are dreamed without --yes


@click.command("sweep")
@click.argument("pictures", metavar="PICTURE...", nargs=-1, required=True, type=FileName())
@click.argument("out", metavar="OUT", type=FileName())
@click.option("--vary", metavar="AXIS", multiple=True, help="NAME=VALUE,VALUE,...: a parameter, or recipe.")
@click.option("--zip", "zipped", is_flag=True, help="First values together, then the second ones, ...")
@click.option(
    "--recipe",
    "-r",
    type=FileName(),
    metavar="TEXT",
    help="A recipe by name or file, or several with commas; other options override them.",
)
@click.option("--still", is_flag=True, help="One picture each, no sequences.")
@options.parameters(*PARAMETERS)
@options.mask
@click.option("--format", "kind", type=Choice(["png", "jpg"]), help="Of the frames.  [default: png]")
@click.option("--animate", metavar="FORMAT", help="Make an animation of each as well: gif, webp, mp4, ...")
@click.option(
    "--split",
    metavar="N",
    type=click.IntRange(1),
    help="Of clips with --follow 0: each N frames are a cell, which many may dream together.",
)
@click.option("--cells", metavar="NUMBERS", help="Only these, such as 12, 10-19 or 1-100x5,7.")
@click.option("--list", "listed", is_flag=True, help="Say which cells there are and what they will take, and end.")
@click.option("--yes", is_flag=True, help=f"Also dream more than {_MOST} cells.")
@click.option(
    "--progress",
    type=Choice(STYLES),
    default="bar",
    show_default=True,
    help="How it says how far it is: to people, or by the line to a farm or a program.",
)
@options.place
@options.device
@options.precision
@options.memory
@options.max_decoded
@options.quiet
def command(
    pictures, out, cells, listed, yes, progress, on, trust_network, threads, device, precision, memory, quiet, **values
):
    """Dream each PICTURE with every combination of some values: a cell each, a folder in the folder OUT.

    A PICTURE may also be a clip: a video, a GIF, a folder of pictures, a layer stack.

    Values of an axis have commas between them, or semicolons where there is one; whole numbers may be 1..4 or 1..9/2.
    OUT gets a contact sheet, sheet.png, and a page, index.html. The same command again makes what is missing; more
    values of the last axis may be added.

    In the place of pictures, a TOML file may say all that OUT depends on.

    \b
    Examples:
      dreamcore sweep photo.jpg many --vary "layer=textures,patterns,objects" --vary "seed=1..4" --frames 12
      dreamcore sweep photo.jpg many --vary "transform=zoom(0.02); roll(shift=sine(12))" --vary "layer=parts,objects"
      dreamcore sweep cat.jpg dog.jpg stills --still --vary "octaves=2..6/2"
      dreamcore sweep clip.mp4 many --follow 0 --split 24 --vary "layer=textures,objects"
      dreamcore sweep many.toml many --list
      dreamcore sweep many.toml many --cells 10-19
      dreamcore sweep many.toml many --on tls://192.168.1.5:8786
    """
    from dreamcore.farm.addresses import check_place
    from dreamcore.farm.ranges import Ranges

    if on:
        check_place(on, trust_network)
    sweep = _sweep(pictures, values, {"device": device, "precision": precision}, _begun(out))
    numbers = Ranges.read(cells or f"1-{len(sweep)}")
    numbers.check(len(sweep))
    count = sum(map(len, numbers.spans))
    if count > _MOST and not yes and not listed:
        raise NotAllowed(f"these are {count} cells; give --yes if they are meant, or --cells for some of them")

    from dreamcore.farm.foretelling import foresee  # with PyTorch, which mistakes need not wait for
    from dreamcore.farm.running import run_sweep
    from dreamcore.farm.telling import Telling
    from dreamcore.process.threads import computing_with

    if listed:
        for number in numbers:
            echo(_line(sweep, number))
        with computing_with(threads):
            echo(_forecast_text(foresee(sweep, numbers, memory=memory, measured=True)))
        return 0
    with ExitStack() as stack:
        tellings = []

        def foretold(forecast):
            if not quiet and forecast.cells:
                echo(_forecast_text(forecast), err=True)
            tellings.append(stack.enter_context(Telling(forecast.cells, progress, quiet)))

        try:
            summary = run_sweep(
                sweep,
                out,
                numbers=numbers,
                on=on,
                trust_network=trust_network,
                memory=memory,
                threads=threads,
                measured=progress == "bar" and not quiet,  # others have no use for what takes seconds
                foretold=foretold,
                told=lambda event: tellings[0](event),
            )
        except KeyboardInterrupt as error:
            again = shlex.join(["dreamcore", *sys.argv[1:]])
            echo(f"\nwhat is finished is in {out}; to go on: {again}", err=True)
            raise click.Abort from error
    if not quiet and progress != "json":
        there = f", {summary.there} were there" if summary.there else ""
        echo(f"{counted(len(summary.made), 'new cell')} in {out}{there}", done=True)
    options.complain(summary)
    return summary.exit_code


def _begun(out):
    """Return the sweep that is in a folder already, which keeps its own models and precision; None where none is."""
    from dreamcore.farm.results import SWEEP, read_results

    return read_results(out) if Path(out, SWEEP).exists() else None


def _sweep(pictures, values, loading, begun):
    """Return the sweep of a command's arguments: of a TOML file, or of pictures and options."""
    from dreamcore.farm.reading import read_sweep
    from dreamcore.farm.sweep import make_sweep

    if begun and not options.is_asked("precision"):
        loading["precision"] = begun.loading["precision"]
    if len(pictures) == 1 and pictures[0].endswith(".toml"):
        for name, value in values.items():
            if value not in (None, False, ()):
                words = {"zipped": "zip", "kind": "format"}
                raise NotAllowed(f"{pictures[0]} says what is dreamed; write {words.get(name, name)} into it")
        return read_sweep(pictures[0], loading)
    if files := [each for each in pictures if each.endswith(".toml")]:
        raise NotAllowed(f"{files[0]} says which pictures are dreamed; it stands alone in their place")
    vary, recipe = _axes(values.pop("vary")), values.pop("recipe")
    same = {name: values.pop(name) for name in ("zipped", "still", "mask", "animate", "split")}
    values["transform"] = list(values["transform"]) or None
    same.update(kind=values.pop("kind") or "png", loading=loading)
    sweep = make_sweep(pictures, recipe and _split(recipe), vary, **same, **values)
    if "model" in sweep.vary:
        return sweep
    models = [each.sequence.model for each in begun.recipes] if begun else []
    models += [usual_model()] * (len(sweep.recipes) - len(models))
    recipes = [each.with_usual(model) for each, model in zip(sweep.recipes, models, strict=False)]
    return replace(sweep, recipes=tuple(recipes))


def _axes(texts):
    from dreamcore.farm.axes import read_axis

    axes = {}
    for text in texts:
        name, axis = read_axis(text)
        if name in axes:
            raise NotAllowed(f"--vary {name} stands twice; give all its values at once")
        axes[name] = axis
    return axes


def _split(recipes):
    from dreamcore.farm.axes import split

    return split(recipes)


def _line(sweep, number):
    from dreamcore.farm.cells import run_text

    words = [f"{axis}={label}" for axis, label in sweep.labels(number).items()]
    _, run = sweep.numbering.placed(number)
    words += [run_text(run)] if run else []
    return f"{number:6d}  {'  '.join(words)}"


def _forecast_text(forecast):
    """Say what some cells will take."""
    each = f"{counted(forecast.cells, 'cell')}, {counted(forecast.frames, 'frame')}"
    time = "" if forecast.seconds is None else f" about {time_text(forecast.seconds)} in one process,"
    return f"{each}:{time} {size_text(forecast.disk)} of disk, {forecast.memory / 1e9:.1f} GB of memory each"
