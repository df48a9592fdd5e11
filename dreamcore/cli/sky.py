"""`dreamcore sky`: the start picture that the program draws."""

import click

from dreamcore.console import echo
from dreamcore.errors import NotAllowed
from dreamcore.text import short


@click.command("sky")
@click.argument("out", type=click.Path())
@click.option("--size", default="640x480", show_default=True, help="Width x height in pixels.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the clouds.")
def command(out, size, seed):
    """Draw clouds in an evening sky and write them to OUT (.png or .jpg).

    \b
    Example:
      dreamcore sky sky.png --size 1024x576 --seed 7
    """
    from dreamcore.pictures import to_bytes, write_picture
    from dreamcore.sky import draw_sky

    width, x, height = size.partition("x")
    if not (x and _is_side(width) and _is_side(height)):
        raise NotAllowed(f"size is {short(size)!r}; allowed are 16x16 to 8192x8192, such as 640x480")
    write_picture(out, to_bytes(draw_sky(int(width), int(height), seed)))
    echo(out, done=True)


def _is_side(text):
    return text.isdecimal() and len(text) < 5 and 16 <= int(text) <= 8192
