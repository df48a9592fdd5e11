"""`dreamcore layers`: what a model can be asked to maximise."""

import click

from dreamcore.cli import options
from dreamcore.console import echo


@click.command("layers")
@options.parameters("model")
@options.network
def command(model, **said):
    """List the roles and blobs of a model, each with its number of channels.

    \b
    Example:
      dreamcore layers --model bvlc_googlenet
    """
    from dreamcore.defaults import usual_model
    from dreamcore.models import load_network

    network = load_network(model or usual_model(), device="cpu", **said)
    echo(f"{network.name}, roles:")
    for role, end in network.roles.items():
        echo(f"  {role:<10} {end}")
    echo("layers:")
    shapes = network.shapes
    for name in network.blobs[1:]:
        size = "x".join(map(str, shapes[name])) if name in shapes else "cannot run: see dreamcore models check"
        echo(f"  {name:<32} {size}")
