"""Options that several commands share, made from the tables of parameters."""

import re

import click

from dreamcore.errors import DreamError
from dreamcore.sequence.parameters import DREAM_PARAMETERS

LONG = 50 * 10**6  # pixels times steps, from which on an estimate is made
UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def read_size(_context, _option, text):
    """Turn a text such as ``2GB`` or ``1.5 GiB`` into bytes.

    Examples
    --------
    >>> read_size(None, None, "1.5GB")
    1500000000
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+) *([kmg]i?b)?", text.strip().lower())
    if not found or float(found[1]) == 0:
        raise DreamError(f"memory is {text!r}; allowed is a size such as 900MB, 2GB or 1.5GiB")
    return int(float(found[1]) * UNITS[(found[2] or "").upper()])


model = click.option("--model", "-m", help="Name, folder or .caffemodel of a model.  [default: dreamlet]")
device = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
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
    callback=read_size,
    help="What the program may take, such as 2GB; larger pictures go in tiles.  [default: most of what is free]",
)
seed = click.option("--seed", type=click.IntRange(0), help="Of everything random.  [default: 0]")
quiet = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
guide = click.option("--guide", type=click.Path(), help="Dream what resembles this picture.")
mask = click.option("--mask", type=click.Path(), help="Dream where this picture is white.")


def dream_options(command):
    """Add an option for each dream parameter; what is not given stays None."""
    for row in reversed(DREAM_PARAMETERS.values()):
        flags = [f"--{row.name.replace('_', '-')}"]
        if row.name == "layer":
            flags.append("-l")
        command = click.option(*flags, metavar="VALUE", help=f"{row.help}  [default: {row.default}]")(command)
    return command


def given_parameters(options):
    """Pick the dream parameters that were given out of a command's options, as texts."""
    return {name: options[name] for name in DREAM_PARAMETERS if options.get(name) is not None}


def network(model, device, precision="float32"):
    """Load the network a command works with."""
    from dreamcore.models import load_network
    from dreamcore.models.zoo import DEFAULT_MODEL

    return load_network(model or DEFAULT_MODEL, device=device, precision=precision)


def announce(network, size, parameters, frames, memory):
    """Say before long work what it will take.

    `parameters` are those of `dreamcore.dream` at the first frame.
    """
    from dreamcore.ascent import estimate

    if frames * parameters["iterations"] * size[0] * size[1] < LONG:
        return
    found = estimate(network, size, memory=memory, **parameters)
    seconds = frames * found.seconds
    unit, length = ("h", 3600) if seconds > 5400 else ("min", 60) if seconds > 90 else ("s", 1)
    time = f"{seconds / length:.2g} {unit}"
    tiles = f", each picture in {found.tiles} tiles" if found.tiles > 1 else ""
    click.echo(f"This will take about {time} and {found.memory / 1e9:.1f} GB of memory{tiles}.", err=True)


def pictures(guide, mask, size):
    """Read the pictures that options name: (guide or None, mask or None)."""
    from dreamcore.pictures import read_mask, read_picture

    return guide and read_picture(guide), None if mask is None else read_mask(mask, size)
