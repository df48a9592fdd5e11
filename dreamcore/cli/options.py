"""Options that several commands share, made from the tables of parameters."""

import click

from dreamcore.sequence.parameters import DREAM_PARAMETERS

model = click.option("--model", "-m", help="Name, folder or .caffemodel of a model.  [default: dreamlet]")
device = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
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


def network(model, device):
    """Load the network a command works with."""
    from dreamcore.network import load_network
    from dreamcore.network.zoo import DEFAULT_MODEL

    return load_network(model or DEFAULT_MODEL, device=device)


def pictures(guide, mask, size):
    """Read the pictures that options name: (guide or None, mask or None)."""
    from dreamcore.pictures import read_mask, read_picture

    return guide and read_picture(guide), None if mask is None else read_mask(mask, size)
