"""`dreamcore sky`: the start pictures that the program draws."""

import click

from dreamcore.console import Choice, FileName, echo
from dreamcore.errors import NotAllowed
from dreamcore.shared_options import quiet
from dreamcore.text import short


@click.command("sky")
@click.argument("out", type=FileName())
@click.option("--size", default="640x480", show_default=True, help="Width x height in pixels.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of everything random.")
@click.option(
    "--scene",
    type=Choice(["sky", "meadow", "city", "portrait"]),
    default="sky",
    show_default=True,
    help="Clouds in an evening sky, flowers in the grass, towers at dusk, or a head in light from the side.",
)
@quiet
def command(out, size, seed, scene, quiet):
    """Draw a picture to begin with, clouds in an evening sky, and write it to OUT (.png or .jpg).

    \b
    Example:
      dreamcore sky sky.png --size 1024x576 --seed 7
      dreamcore sky city.png --scene city
    """
    from dreamcore.pictures import to_bytes, write_picture
    from dreamcore.scenes import SCENES

    width, x, height = size.partition("x")
    if not (x and _is_side(width) and _is_side(height)):
        raise NotAllowed(f"size is {short(size)!r}; allowed are 16x16 to 8192x8192, such as 640x480")
    write_picture(out, to_bytes(SCENES[scene](int(width), int(height), seed)))
    if not quiet:
        echo(out, done=True)


def _is_side(text):
    return text.isdecimal() and len(text) < 5 and 16 <= int(text) <= 8192
