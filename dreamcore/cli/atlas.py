"""`dreamcore atlas`: what each layer of a network, or each channel of one, dreams on a picture."""

from functools import partial
from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.console import FileName, echo
from dreamcore.defaults import usual_model
from dreamcore.errors import NotAllowed
from dreamcore.files import check_target, refuse_source
from dreamcore.parameters import PREVIEW
from dreamcore.progress import Progress


@click.command("atlas")
@click.argument("picture", metavar="IN", type=FileName())
@click.argument("out", type=FileName())
@click.option("--layer", "-l", metavar="LAYER", help="Show channels of this layer, in place of all layers.")
@click.option("--channels", metavar="NUMBERS", help="Which ones: 0..63, or 3, 12.  [default: strongest:24]")
@click.option(
    "--size", type=click.IntRange(32, 1024), default=128, show_default=True, help="Pixels of a dream's longer side."
)
@options.parameters("model", "seed", **PREVIEW)
@partial(options.network, order=False)
@options.device
@options.precision
@options.max_decoded
@options.quiet
def command(picture, out, layer, channels, size, device, precision, quiet, backend, prototxt, mean, scale, **values):
    """Dream the picture IN with each layer, in the small, and show them all in OUT (.png or .html).

    With --layer it is channels of that layer, those that this picture excites most first, each with the text to give as
    a layer elsewhere.

    \b
    Example:
      dreamcore atlas photo.jpg atlas.html --model bvlc_googlenet
      dreamcore atlas photo.jpg channels.png --layer objects --channels strongest:12
    """
    from dreamcore.models import load_network
    from dreamcore.previews import CHANNELS, atlas
    from dreamcore.sequence import Recipe
    from dreamcore.sequence.values import at_frame

    if Path(out).suffix.lower() not in (".png", ".html"):
        raise NotAllowed(f"{out} is neither a .png nor a .html, which is what an atlas can be")
    if channels and not layer:
        raise NotAllowed(f"channels are {channels}, but of which layer? Give --layer as well")
    check_target(out)
    refuse_source(out, [picture])
    recipe = (
        Recipe()
        .with_usual(usual_model())
        .changed(**{**PREVIEW, **{name: each for name, each in values.items() if each is not None}})
    )
    told = at_frame(recipe.dream, 0)
    said = {"device": device, "precision": precision, "backend": backend, "prototxt": prototxt}
    network = load_network(recipe.sequence.model, **said, mean=mean, scale=scale)
    chosen = {"layer": layer, "channels": channels or CHANNELS, "size": size, "seed": recipe.sequence.seed}
    with Progress(quiet=quiet) as progress:
        found = list(atlas(picture, network, **chosen, progress=progress, **{name: told[name] for name in PREVIEW}))
    what = f"channels of {layer}" if layer else "the layers"
    title = f"{Path(picture).name}: what {what} of {network.name} dream of it"
    _write(Path(out), found, recipe, title, "channel" if layer else "layer")
    if not quiet:
        echo(out, done=True)


def _write(out, previews, recipe, title, noun):
    """Write previews into a sheet or a page."""
    from dreamcore.pictures import to_bytes
    from dreamcore.sequence.recipe import recipe_text
    from dreamcore.sheets import Entry, write_page, write_sheet

    entries = []
    for each in previews:
        text = recipe_text(recipe.changed(layer=str(each.objective), frames=1))
        entries.append(Entry(each.number, {"layer": each.label}, [to_bytes(each.pixels)], recipe=text))
    axes = {"layer": [each.label for each in previews]}
    if out.suffix.lower() == ".png":
        write_sheet(out, entries, axes, title=title)
    else:
        write_page(out, entries, axes, title, nouns=(noun, f"{noun}s"))
