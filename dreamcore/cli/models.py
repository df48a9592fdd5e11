"""`dreamcore models`: which models there are, and how to get them."""

import sys

import click

from dreamcore.cli import options
from dreamcore.console import Commands, echo
from dreamcore.errors import DreamError
from dreamcore.text import number_text


@click.group("models", cls=Commands)
def command():
    """List, fetch and check models.

    \b
    Example:
      dreamcore models fetch bvlc_googlenet
    """


@command.command("list")
def list_():
    """List the installed models and those that `fetch` knows.

    \b
    Example:
      dreamcore models list
    """
    from dreamcore import models as zoo
    from dreamcore.text import size_text

    rows = zoo.list()
    width = max(len(name) for name, _, _ in rows)
    echo("Installed:")
    for name, known, folder in rows:
        if folder:
            echo(f"  {name:<{width}}  {_words(known or _own(folder))}\n  {'':<{width}}  {folder}")
    echo("To be had by `dreamcore models fetch NAME`:")
    for name, known, folder in rows:
        if known and not folder:
            size = size_text(known.size) if known.size else "? MB"
            echo(f"  {name:<{width}}  {size:>8}  {_words(known)}{_warning(known)}")


def _words(model):
    return f"{model.title}; licence: {model.licence}" if model.licence else model.title


def _own(folder):
    """What an artist has written down of a model."""
    from dreamcore.models.known import Model
    from dreamcore.models.settings import read_settings

    try:
        said = read_settings(folder)
    except DreamError as error:
        return Model(f"your own; broken: {error}", "", "")
    return Model(f"your own, of {said.source}" if said.source else "your own", said.source, said.licence)


def _warning(known):
    return "" if all(file.hash for file in known.files) else "; no hash is published: --unverified"


@command.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--unverified", is_flag=True, help="Fetch also files of which no hash is published.")
@options.quiet
def fetch(names, quiet, unverified):
    """Download known models into your data folder, checked against their published hashes.

    \b
    Example:
      dreamcore models fetch bvlc_googlenet
    """
    from dreamcore import models as zoo

    def say(line):
        if not quiet:
            echo(line, err=True)

    for name in names:
        folder = zoo.fetch(name, say=say, bar=not quiet and sys.stderr.isatty(), unverified=unverified)
        if not quiet:
            echo(folder, done=True)


@command.command()
@click.argument("name")
@options.network
def check(name, **said):
    """Load a model, compare its files with each other and with the published ones; say its colours and what cannot run.

    \b
    Example:
      dreamcore models check bvlc_googlenet
    """
    from dreamcore import models as zoo

    verdicts = {
        True: "the published file",
        False: "not the published file, which may be intended",
        None: "no hash is published to compare with",
    }
    report = zoo.check(name, **said)
    echo(f"architecture  {report.prototxt}")
    echo(f"weights       {report.caffemodel}")
    echo(f"sha256        {report.sha256}")
    echo(f"              {verdicts[report.published]}")
    echo(f"blobs         {len(report.shapes)}; the two files fit each other")
    for line, label in zip(_colours(report), ("colours", "", "", ""), strict=False):
        echo(f"{label:<13} {line}")
    for fault in report.faults:
        echo(f"cannot run    {fault}")
    if report.faults:
        echo(f"can run       {len(report.shapes) - 1} blobs, up to {[*report.shapes][-1]}")


def _colours(report):
    colours, origins = report.colours, report.origins
    mean = ", ".join(map(number_text, colours.mean))
    if len(colours.mean) == 1:
        yield "luminance: a network of one channel"
    else:
        yield f"order {', '.join(colours.order.upper())}: {origins['order']}"
    yield f"minus mean {mean}: {origins['mean']}"
    yield f"times scale {number_text(colours.scale)}: {origins['scale']}"


@command.command()
@click.argument("name", required=False)
def where(name):
    """Print the folder of a model; without NAME, the folders that are searched, in order.

    \b
    Example:
      dreamcore models where bvlc_googlenet
    """
    from dreamcore import models as zoo

    for folder in [zoo.where(name)] if name else zoo.search_path():
        echo(folder)
