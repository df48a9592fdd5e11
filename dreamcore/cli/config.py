"""`dreamcore config`: a user's own defaults."""

from pathlib import Path

import click

from dreamcore.cli.options import USUAL
from dreamcore.console import echo
from dreamcore.defaults import ROWS, check_default, defaults_file, read_defaults, set_defaults
from dreamcore.errors import NotAllowed


@click.command("config")
@click.argument("changes", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--unset", metavar="NAME", multiple=True, help="Take one out again.")
def command(changes, unset):
    """Show what you usually dream with, and set it: model, device, precision, memory.

    The commands and GIMP take these where neither an option nor a recipe says more. A run that is resumed keeps its own
    model and precision. Python, recipes and sweeps as files do not know them.

    \b
    Examples:
      dreamcore config
      dreamcore config model=bvlc_googlenet precision=auto
      dreamcore config --unset model
    """
    wanted = {name: None for name in unset}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign or name in wanted:
            raise NotAllowed(f"{change!r} is not allowed; allowed: NAME=VALUE, each name once")
        wanted[name] = _found(name, check_default(name, value))
    if wanted:
        set_defaults(wanted)
    usual = read_defaults()
    width = max(len(usual.get(name, "")) for name in ROWS)
    for name, row in ROWS.items():
        usually = "" if name in usual else f"  [default: {USUAL.get(name, row.default)}]"
        echo(f"{name:<9}  {usual.get(name, ''):<{width}}  {row.help}{usually}".rstrip())
    echo(f"They are kept in {defaults_file()}")


def _found(name, value):
    """Return a value that this machine has: a model as it is seen from everywhere, a device that is there."""
    if name == "model":
        from dreamcore.models.finding import find_model, installed

        find_model(value)
        return value if value in installed() else str(Path(value).absolute())
    if name == "device":
        from dreamcore.models.zoo import find_device

        find_device(value)
    return value
