"""`dreamcore transforms`: list and explain transforms."""

import click

from dreamcore.console import Commands, echo
from dreamcore.errors import NotAllowed, nearest


@click.group("transforms", cls=Commands)
def command():
    """List and explain transforms: what happens between two dreams.

    \b
    Example:
      dreamcore transforms show roll
      dreamcore frames photo.jpg dream --transform "roll(shift=sine(12))"
    """


@command.command("list")
def list_():
    """List the transforms by group, and the functions that roll takes.

    \b
    Example:
      dreamcore transforms list
    """
    from dreamcore.transforms import REGISTRY, SHIFTS

    group = None
    for row in [*REGISTRY.values(), *SHIFTS.values()]:
        if row.group != group:
            echo(f"{row.group}:")
            group = row.group
        echo(f"  {row.name:<16} {row.help}")


@command.command()
@click.argument("name")
def show(name):
    """Print the parameters of a transform.

    \b
    Example:
      dreamcore transforms show pixel_sort
    """
    from dreamcore.text import value_text
    from dreamcore.transforms import REGISTRY, SHIFTS

    rows = {**REGISTRY, **SHIFTS}
    if name not in rows:
        raise NotAllowed(f'no transform "{name}"{nearest(name, rows)}; `dreamcore transforms list` shows them')
    row = rows[name]
    inside = "" if row.children == (0, 0) else "TRANSFORM, ..."
    echo(f"{name}({', '.join([*(one.name for one in row.parameters), *filter(None, [inside])])})")
    echo(f"  {row.help}")
    for one in row.parameters:
        echo(f"  {one.name:<12} {one.help}")
        echo(f"  {'':<12} {one.allowed}; default {value_text(one.default)}")
    if any(one.kind in ("number", "whole", "shift") for one in row.parameters):
        echo(
            "  Numbers may change with the frame: linear(0:1, 60:5), smooth(...), step(...), "
            "sin(period=40, low=1, high=5), band(40..120) of a --sound, or a formula: 2 + sin(2*pi*t/40)."
        )
