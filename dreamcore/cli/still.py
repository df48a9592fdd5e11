"""`dreamcore still`: dream one picture."""

import click

from dreamcore.cli import options
from dreamcore.cli.progress import Progress


@click.command()
@click.argument("picture", metavar="IN", type=click.Path())
@click.argument("out", type=click.Path())
@options.model
@options.dream_options
@options.guide
@options.mask
@options.seed
@options.device
@options.precision
@options.memory
@options.quiet
def still(picture, out, model, guide, mask, seed, device, precision, memory, quiet, **given):
    """Dream the picture IN and write it to OUT (.png or .jpg).

    \b
    Example:
      dreamcore still photo.jpg dream.png --layer patterns --octaves 5
    """
    from dreamcore.ascent import dream, guide_from, l2
    from dreamcore.pictures import check_writable, read_picture, to_bytes, write_picture
    from dreamcore.sequence.parameters import at_frame, dream_parameters, noted

    check_writable(out)
    parameters = dream_parameters(options.given_parameters(given))
    source = read_picture(picture)
    guide, mask = options.pictures(guide, mask, source.size)
    network = options.network(model, device, precision)
    seed = seed or 0
    if not quiet:
        options.announce(network, source.size, at_frame(parameters, 0), 1, memory)
    with Progress(1, quiet) as progress:
        dreamed = dream(
            source.rgb,
            network,
            objective=l2 if guide is None else guide_from(guide.rgb),
            mask=mask,
            seed=(seed, 0),
            memory=memory,
            progress=progress.step,
            **at_frame(parameters, 0),
        )
    notes = {
        "model": {"name": network.name, "sha256": network.sha256},
        "precision": network.precision,
        "seed": seed,
        "parameters": noted(parameters),
    }
    write_picture(out, to_bytes(dreamed, source.alpha), notes)
    if not quiet:
        click.echo(out)
