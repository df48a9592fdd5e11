"""`dreamcore models`: which models there are, and how to get them."""

import sys

import click

from dreamcore.cli import options
from dreamcore.console import echo


@click.group("models")
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

    rows = zoo.list()
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, known, folder in rows:
        title = f"{known.title}; licence: {known.licence}" if known else "your own"
        echo(f"{name:<{width}}  {title}")
        echo(f"{'':<{width}}  {folder or f'not installed: dreamcore models fetch {name}'}")


@command.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def fetch(names, quiet):
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
        folder = zoo.fetch(name, say=say, bar=not quiet and sys.stderr.isatty())
        if not quiet:
            echo(folder)


@command.command()
@click.argument("name")
@options.backend
def check(name, backend):
    """Load a model, compare its files with each other and with the published ones, say what cannot run.

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
    report = zoo.check(name, backend=backend)
    echo(f"architecture  {report.prototxt}")
    echo(f"weights       {report.caffemodel}")
    echo(f"sha256        {report.sha256}")
    echo(f"              {verdicts[report.published]}")
    echo(f"blobs         {len(report.shapes)}; the two files fit each other")
    for fault in report.faults:
        echo(f"cannot run    {fault}")
    if report.faults:
        echo(f"can run       {len(report.shapes) - 1} blobs, up to {[*report.shapes][-1]}")


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
