"""Options that several commands share, made from the tables of parameters."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dreamcore.cli import suggesting
from dreamcore.console import echo
from dreamcore.files import refuse_source
from dreamcore.kinds import Parameter
from dreamcore.parameters import PARAMETERS
from dreamcore.rasters import set_most_decoded
from dreamcore.text import read_size, value_text

if TYPE_CHECKING:
    from dreamcore.large.plan import Plan
    from dreamcore.sequence.job import Job
    from dreamcore.sequence.resuming import State

LONG = 50 * 10**6  # pixels times steps, from which on it is said before what the work will take
SHORT = {"layer": "-l", "model": "-m", "frames": "-n", "transform": "-t"}

device = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, xpu or mps.")
precision = click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="bfloat16 is faster and coarser; auto takes it where the processor knows it.",
)
memory = click.option(
    "--memory",
    metavar="SIZE",
    callback=lambda _context, _option, text: None if text is None else read_size(text),
    help="What the program may take, such as 2GB; larger pictures go in tiles.  [default: most of what is free]",
)
_NETWORK = (
    click.option(
        "--backend",
        type=click.Choice(["torch", "caffe"]),
        default="torch",
        show_default=True,
        help="What computes: PyTorch, or a real Caffe where one is installed.",
    ),
    click.option("--prototxt", metavar="FILE", help="Which prototxt, where the model's folder holds several."),
    click.option(
        "--mean", metavar="B,G,R|FILE", help="Mean colour of the training pictures, or its .binaryproto or .npy."
    ),
    click.option("--scale", metavar="NUMBER", help="What the training pictures were multiplied by, such as 0.017."),
    click.option("--channels", metavar="rgb|bgr", help="Order of the training pictures' colours, and of --mean."),
)
trust_network = click.option(
    "--trust-network", is_flag=True, help="Also where everybody in the network could give orders."
)
_PLACE = (
    click.option(
        "--on",
        metavar="PLACE",
        help="Where: here, in this process; local, in several of this machine; by a scheduler of dask, "
        "tcp://HOST:PORT, tls://HOST:PORT or its FILE.json.  [default: here or local, what is quicker]",
    ),
    trust_network,
    click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="That compute a cell."),
)
max_decoded = click.option(
    "--max-decoded",
    metavar="SIZE",
    expose_value=False,
    callback=lambda _context, _option, text: None if text is None else set_most_decoded(text),
    help="Read pictures that take more than this once decoded.  [default: 268MB]",
)
quiet = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
mask = click.option("--mask", type=click.Path(), help="Dream where this picture is white.")
recipe = click.option(
    "--recipe",
    "-r",
    **suggesting.for_option("recipe"),
    help="A recipe by name or file, also a picture, animation or frame folder that has one; other options override it.",
)


def parameters(*names: str, **defaults: Any) -> Callable:
    """Add an option for each of these parameters; what is not given stays None, and is shown as having its default."""

    def add(command: Callable) -> Callable:
        for name in reversed((*names, *defaults)):
            row = PARAMETERS[name]
            command = _option(replace(row, default=defaults.get(name, row.default)))(command)
        return command

    return add


def network(command: Callable, order: bool = True) -> Callable:
    """Add the options that say what a model was trained with; what is not given stays None. The last is the `order`."""
    for option in reversed(_NETWORK if order else _NETWORK[:-1]):
        command = option(command)
    return command


def place(command: Callable) -> Callable:
    """Add the options that say where cells are dreamed; they are arguments of `dreamcore.run_sweep`."""
    for option in reversed(_PLACE):
        command = option(command)
    return command


def _option(row: Parameter) -> Callable:
    word = f"--{row.name.replace('_', '-')}"
    help = f"{row.help[0].upper()}{row.help[1:]}."
    if row.kind == "flag":
        return click.option(f"{word}/--no-{word[2:]}", default=None, help=help)
    default = "" if row.default == "" else f"  [default: {value_text(row.default)}]"
    flags = (word, *((SHORT[row.name],) if row.name in SHORT else ()))
    suggested = suggesting.for_option(row.name)
    return click.option(*flags, metavar="VALUE", multiple=row.kind == "transform", help=help + default, **suggested)


def job(
    picture: Any,
    values: dict[str, Any],
    *outs: str | os.PathLike | None,
    resumed: str | os.PathLike | None = None,
    state: State | None = None,
) -> Job:
    """Make the job that a command's options ask for; takes those of the job out of `values`.

    The picture is a file, or a clip; a mask and a guide that hold several frames move. None of `outs`, which the
    command is going to write, may be one of the files that it reads. What a frame directory that is resumed has kept of
    a sound is heard again without its file. A state is where it goes on.
    """
    from functools import partial

    from dreamcore.models import load_network
    from dreamcore.sequence import load_recipe, make_job
    from dreamcore.sequence.naming import FIRST
    from dreamcore.sources import opened

    names = ("device", "backend", "precision", "prototxt")
    load = partial(load_network, **{name: values.pop(name) for name in names})
    colours = {"mean": values.pop("mean"), "scale": values.pop("scale"), "order": values.pop("channels")}
    asked = {name: values.pop(name) for name in [*values] if name in PARAMETERS}
    asked["transform"] = list(asked.get("transform") or ()) or None
    named, mask = values.pop("recipe", None), values.pop("mask")
    recipe = with_kept_sound(named, resumed) if resumed else named
    recipe = load_recipe(recipe) if isinstance(recipe, str) else recipe
    asked["guide"] = opened(asked.get("guide") or (recipe.sequence.guide if recipe else None))
    job = make_job(picture, None, recipe, mask=opened(mask), colours=colours, load=load, state=state, **asked)
    sources = [job.picture.name, mask, named, job.recipe.sequence.sound]
    sources += [each.name for each in job.pictures if each.name != FIRST]
    sources += [path for clip in job.clips if clip is not None for path in clip.frames.files()]
    for out in outs:
        if out:
            refuse_source(out, filter(None, sources))
    return job


def with_kept_sound(recipe: str | None, folder: str | os.PathLike) -> Any:
    """Return a recipe with what a frame directory, if it is one, has kept of a sound."""
    from dataclasses import replace

    from dreamcore.sequence import Recipe, load_recipe, read_settings
    from dreamcore.sequence.kept_curves import KeptCurves
    from dreamcore.sequence.resuming import SETTINGS

    if not Path(folder, SETTINGS).exists():
        return recipe
    kept = read_settings(folder).get("heard")
    loaded = load_recipe(recipe) if recipe else Recipe()
    return replace(loaded, heard=KeptCurves.of(kept)) if kept else recipe


def plan(job: Job, memory: int | None, quiet: bool) -> Plan:
    """Plan a job, and say before long work what it will take."""
    from dreamcore.sequence import foretell, plan_job, work

    plan = plan_job(job, memory)
    if quiet or work(job) < LONG:
        return plan
    plan = foretell(job, plan)
    cut = f", each picture in {plan.tiles} tiles" if plan.tiles > 1 else ""
    echo(
        f"This will take about {time_text(plan.seconds or 0)} and {plan.memory / 1e9:.1f} GB of memory{cut}.", err=True
    )
    return plan


def time_text(seconds: float) -> str:
    """Return a time as people say it.

    Examples
    --------
    >>> time_text(8), time_text(200), time_text(9000)
    ('8 s', '3.3 min', '2.5 h')
    """
    unit, length = ("h", 3600) if seconds > 5400 else ("min", 60) if seconds > 90 else ("s", 1)
    return f"{seconds / length:.2g} {unit}"
