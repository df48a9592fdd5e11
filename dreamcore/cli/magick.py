"""`dreamcore magick`: dreams inside ImageMagick."""

import os
import shlex
from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.cli.frames import sequence_options
from dreamcore.console import echo
from dreamcore.errors import DreamError
from dreamcore.parameters import Timing

VARIABLE = "DREAM"


@click.group("magick")
def command():
    """Dream inside ImageMagick: `convert dream:photo.jpg out.png`.

    \b
    Example:
      dreamcore magick install
      DREAM="--recipe dogesine --frames 24" convert -loop 0 dream:photo.jpg out.gif
    """


@command.command()
def install():
    """Put the delegate into your own delegates.xml, which ImageMagick 6 and 7 read.

    \b
    Example:
      dreamcore magick install
    """
    from dreamcore.magick import delegates

    echo(f"written {delegates.install()}", done=True)
    echo("`dreamcore magick check` tries it: convert dream:photo.jpg out.png", done=True)


@command.command()
def uninstall():
    """Take the delegate out of your delegates.xml.

    \b
    Example:
      dreamcore magick uninstall
    """
    from dreamcore.magick import delegates

    path = delegates.uninstall()
    echo(f"removed from {path}" if path else f"not in {delegates.user_file()}", done=True)


@command.command()
def check():
    """Let ImageMagick dream a small picture, and look at it.

    \b
    Example:
      dreamcore magick check
    """
    from dreamcore.magick import delegates

    version, (width, height) = delegates.check()
    echo(f"{version}\ndreamed a picture of {width}x{height}")


@command.command(hidden=True)
@click.argument("picture", type=click.Path())
@click.argument("out", type=click.Path())
def decode(picture, out):
    """Dream what ImageMagick hands over (it calls this)."""
    from dreamcore.magick.decoding import write_frames_of

    # ImageMagick's name is a link to the picture: what lies beside the picture is to be found.
    write_frames_of(_job(os.path.realpath(picture)), Path(out))


def _job(picture):
    """Make the job that the environment asks for: one still without a word of frames or a recipe."""
    try:
        words = shlex.split(os.environ.get(VARIABLE, ""))
    except ValueError as error:
        raise DreamError(f"{VARIABLE} cannot be read: {error}") from None
    try:
        values = _asked.make_context(VARIABLE, words).params
    except click.ClickException as error:
        raise DreamError(f"{VARIABLE}: {error.format_message()}") from None
    if values.pop("resume"):
        raise DreamError(f"{VARIABLE}: --resume is for folders of frames; there are none here")
    if values["recipe"] is None and values["frames"] is None:
        values["frames"] = 1
    for name in ("memory", "quiet"):
        values.pop(name)
    return options.job(picture, values)


@click.command(VARIABLE)
@sequence_options
@options.parameters(*Timing.parameters())
def _asked(**values):
    """Take the options of the environment; they are those of `animate`."""
