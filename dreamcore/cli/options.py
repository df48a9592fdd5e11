"""Options that several commands share, made from the tables of parameters."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dreamcore.cli import suggesting
from dreamcore.console import Choice, FileName, echo
from dreamcore.defaults import read_defaults, usual_model
from dreamcore.errors import DreamError
from dreamcore.files import refuse_source
from dreamcore.kinds import Parameter
from dreamcore.parameters import DEFAULT_MODEL, PARAMETERS, Machine
from dreamcore.shared_options import force as force
from dreamcore.shared_options import max_decoded as max_decoded
from dreamcore.shared_options import quiet as quiet
from dreamcore.text import number_text, read_size, time_text, value_text

if TYPE_CHECKING:
    from dreamcore.farm.running import Summary
    from dreamcore.large.plan import Plan
    from dreamcore.sequence.job import Job
    from dreamcore.sequence.resuming import State

LONG = 50 * 10**6  # pixels times steps, from which on it is said before what the work will take
SHORT = {"layer": "-l", "model": "-m", "frames": "-n", "transform": "-t"}


USUAL = {"model": DEFAULT_MODEL, "memory": "most of what is free"}  # where the user has set nothing


class _Usual(click.Option):
    """An option whose default is the user's own, where `dreamcore config` has set one."""

    def get_default(self, context: click.Context, call: bool = True) -> Any:
        with suppress(*([DreamError] if context.resilient_parsing else [])):  # a help text
            if usual := read_defaults().get(self.name or ""):
                return usual
        return super().get_default(context, call)


def _of_machine(name: str, **more: Any) -> Callable:
    row = Machine.parameters()[name]
    if row.choices:
        more["type"] = Choice([*row.choices])
    more["show_default"] = bool(row.default)
    return click.option(f"--{name}", cls=_Usual, default=row.default or None, help=_help(row), **more)


def _help(row: Parameter) -> str:
    """Return a row's help, with its default and its range where click cannot say them."""
    default = f"as dreamcore config says, or {USUAL[row.name]}" if row.name in USUAL else value_text(row.default)
    is_shown = row.kind == "flag" or row.name in ("device", "precision") or default in ("", '""')
    facts = "" if is_shown else f"  [default: {default}{_range(row)}]"
    return f"{row.help[0].upper()}{row.help[1:]}.{facts}"


def _range(row: Parameter) -> str:
    """Return the numbers that are allowed, as click says it of those that it reads itself."""
    low, high = (None if end is None else number_text(end) for end in (row.low, row.high))
    if low is None:
        return ""
    return f"; x>={low}" if high is None else f"; {low}<=x<={high}"


device = _of_machine("device")
precision = _of_machine("precision")
memory = _of_machine(
    "memory",
    metavar="SIZE",
    callback=lambda _context, _option, text: None if text is None else read_size(text),
)
_NETWORK = (
    click.option(
        "--backend",
        type=Choice(["torch", "caffe"]),
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
mask = click.option("--mask", type=FileName(), help="Dream where this picture is white.")
recipe = click.option(
    "--recipe",
    "-r",
    type=FileName(),
    metavar="TEXT",
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
    if row.kind == "flag":
        return click.option(f"{word}/--no-{word[2:]}", default=None, help=_help(row))
    flags = (word, *((SHORT[row.name],) if row.name in SHORT else ()))
    suggested = suggesting.for_option(row.name)
    return click.option(*flags, metavar="VALUE", multiple=row.kind == "transform", help=_help(row), **suggested)


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
    a sound is heard again without its file, and it keeps its model and precision where others are only the user's usual
    ones. A state is where it goes on.
    """
    from functools import partial

    from dreamcore.models import load_network
    from dreamcore.sequence import Recipe, load_recipe, make_job
    from dreamcore.sequence.kept_curves import KeptCurves
    from dreamcore.sequence.naming import FIRST
    from dreamcore.sources import opened

    kept = _kept(resumed)
    if kept and not is_asked("precision"):
        values["precision"] = kept["precision"]
    names = ("device", "backend", "precision", "prototxt")
    load = partial(load_network, **{name: values.pop(name) for name in names})
    colours = {"mean": values.pop("mean"), "scale": values.pop("scale"), "order": values.pop("channels")}
    asked = {name: values.pop(name) for name in [*values] if name in PARAMETERS}
    asked["transform"] = list(asked.get("transform") or ()) or None
    named, mask = values.pop("recipe", None), values.pop("mask")
    recipe = (load_recipe(named) if named else Recipe()).with_usual(kept["model"] if kept else usual_model())
    if kept.get("heard"):
        recipe = replace(recipe, heard=KeptCurves.of(kept["heard"]))
    asked["guide"] = opened(asked.get("guide") or recipe.sequence.guide)
    job = make_job(picture, None, recipe, mask=opened(mask), colours=colours, load=load, state=state, **asked)
    sources = [job.picture.name, mask, named, job.recipe.sequence.sound]
    sources += [each.name for each in job.pictures if each.name != FIRST]
    sources += [path for clip in job.clips if clip is not None for path in clip.frames.files()]
    for out in outs:
        if out:
            refuse_source(out, filter(None, sources))
    return job


def _kept(folder: str | os.PathLike | None) -> dict[str, Any]:
    """Return what a frame directory that is resumed keeps: its model and precision, and what it has heard."""
    from dreamcore.models.finding import installed
    from dreamcore.sequence import read_settings
    from dreamcore.sequence.resuming import SETTINGS

    if not folder or not Path(folder, SETTINGS).exists():
        return {}
    settings = read_settings(folder)
    model = settings["model"].get("name") if isinstance(settings.get("model"), dict) else None
    return {
        "model": model if isinstance(model, str) and model in installed() else usual_model(),  # some are told by path
        "precision": settings.get("precision", "float32"),
        "heard": settings.get("heard"),
    }


def is_asked(name: str) -> bool:
    """Tell whether an option is given, rather than as it usually is."""
    return click.get_current_context().get_parameter_source(name) == ParameterSource.COMMANDLINE


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


def complain(summary: Summary) -> None:
    """Say how many cells of a run failed, where some did."""
    if summary.complaint:
        echo(f"error: {summary.complaint}", err=True, colour="red")
