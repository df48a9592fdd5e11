"""`dreamcore magick`: dreams inside ImageMagick."""

import os
import shlex
from pathlib import Path

import click

from dreamcore.cli import options
from dreamcore.cli.frames import sequence_options
from dreamcore.console import Commands, FileName, echo
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.parameters import Timing

VARIABLE = "DREAM"


@click.group("magick", cls=Commands)
def command():
    """Dream inside ImageMagick: `convert dream:photo.jpg out.png`.

    \b
    Examples:
      dreamcore magick install
      DREAM="--recipe dogesine --frames 24" convert -loop 0 dream:photo.jpg out.gif
      convert dream:mine.toml out.gif      a recipe with picture = "photo.jpg" in it
    """


@command.command()
@options.quiet
def install(quiet):
    """Put the delegate into your own delegates.xml, which ImageMagick 6 and 7 read.

    \b
    Example:
      dreamcore magick install
    """
    from dreamcore.magick import delegates

    path = delegates.install()
    if not quiet:
        echo(f"written {path}", done=True)
        echo("`dreamcore magick check` tries it: convert dream:photo.jpg out.png", done=True)


@command.command()
@options.quiet
def uninstall(quiet):
    """Take the delegate out of your delegates.xml.

    \b
    Example:
      dreamcore magick uninstall
    """
    from dreamcore.magick import delegates

    path = delegates.uninstall()
    if not quiet:
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
@click.argument("picture", type=FileName())
@click.argument("out", type=FileName())
def decode(picture, out):
    """Dream what ImageMagick hands over (it calls this)."""
    from dreamcore.magick.decoding import write_frames_of

    # ImageMagick's name is a link to the picture: what lies beside the picture is to be found.
    write_frames_of(_job(os.path.realpath(picture)), Path(out))


def _job(path):
    """Make the job that the environment, and the file itself, ask for."""
    try:
        words = shlex.split(os.environ.get(VARIABLE, ""))
    except ValueError as error:
        raise DreamError(f"{VARIABLE} cannot be read: {error}") from None
    try:
        values = _asked.make_context(VARIABLE, words).params
    except click.ClickException as error:
        raise NotAllowed(f"{VARIABLE}: {error.format_message()}") from None
    if values.pop("resume"):
        raise NotAllowed(f"{VARIABLE}: --resume is for folders of frames; there are none here")
    for name in ("memory", "quiet"):
        values.pop(name)
    begin, carried, frames = _told_by(path)
    values["recipe"] = values["recipe"] or carried
    if values["recipe"] in (None, carried) and values["frames"] is None:
        values["frames"] = frames
    return options.job(begin, values)


def _told_by(path):
    """Return the picture that a file stands for, the recipe that it is or carries, and how many frames it means."""
    from dreamcore.notes import NoNotes, read_notes
    from dreamcore.sequence import load_recipe

    if path.endswith(".toml"):
        recipe = load_recipe(path)
        return recipe.picture or None, path, recipe.sequence.frames
    try:
        return path, path, read_notes(path).get("frames", 1)
    except NoNotes:
        return path, None, 1


@click.command(VARIABLE)
@sequence_options
@options.parameters(*Timing.parameters())
def _asked(**values):
    """Take the options of the environment; they are those of `animate`."""
