"""The command `wandgif`: each of its commands is one call of the Python functions of the same subject."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dreamcore.console import Choice, Commands, FileName, echo, run_command
from dreamcore.errors import DreamError, NotAllowed
from dreamcore.progress import Progress
from dreamcore.shared_options import force, max_decoded, quiet
from dreamcore.text import counted, read_size, short, size_text
from wand_tools.formats import WRITTEN
from wand_tools.look import DITHERS, PALETTES, QUALITIES, read_colour

if TYPE_CHECKING:
    from wand_tools.make import Made

Command = TypeVar("Command", bound=Callable[..., Any])


class Read(click.ParamType):
    """A value that a function of the library reads."""

    def __init__(self, name: str, function: Callable[[str], Any]) -> None:
        self.name, self.function = name, function

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self.function(value)
        except DreamError as error:
            self.fail(str(error))


def read_speed(text: str) -> float | tuple[float, ...]:
    """Read a factor, or two with a colon between.

    Examples
    --------
    >>> read_speed("2"), read_speed("1:3")
    (2.0, (1.0, 3.0))
    """
    try:
        parts = tuple(float(part) for part in text.split(":"))
    except ValueError:
        parts = ()
    if len(parts) not in (1, 2):
        raise NotAllowed(f"{short(text)!r}: a factor such as 2, or a ramp such as 1:3")
    return parts if len(parts) == 2 else parts[0]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="deep-dream-animator")
def commands(debug: bool) -> None:
    """Frames or layers become an animation that loops or runs backwards.

    Example: wandgif make frames dream.gif --delay 7
    """


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(function: Command) -> Command:
        for option in reversed(options):
            function = option(function)
        return function

    return add


output_options = _options(
    click.option("--format", type=Choice(WRITTEN), help="The format of OUT.  [default: what its suffix says]"),
    click.option(
        "--palette",
        type=Choice(PALETTES),
        default="frame",
        show_default=True,
        help="GIF: a palette for each frame, one for all, or one for each scene.",
    ),
    click.option("--colours", "--colors", type=int, default=256, show_default=True, help="GIF: 2 to 256."),
    click.option(
        "--dither",
        type=Choice(DITHERS),
        default="auto",
        show_default=True,
        help="GIF: auto is none, and faint with the best quality; smooth dithers only where bands would show; still "
        "leaves alone what did not change.",
    ),
    click.option(
        "--quality",
        type=Choice(QUALITIES),
        default="normal",
        show_default=True,
        help="best takes about twice as long.",
    ),
    click.option(
        "--matte",
        type=Read("colour", read_colour),
        help="Colour behind transparent pixels, #rrggbb or a name; without it a GIF cuts alpha at half.",
    ),
    click.option("--lossy", type=int, default=0, metavar="N", help="GIF: 20 is hardly seen, 200 plainly."),
    click.option(
        "--max-size", type=Read("size", read_size), help="GIF: lower the settings until the file has this size, as 8MB."
    ),
    click.option(
        "--plays",
        type=int,
        help="How often OUT is shown, 0 = for ever (convert's -loop).  [default: what the source says, else 0]",
    ),
    force,
    max_decoded,
    click.option("--jobs", type=int, help="Worker processes.  [default: the number of cores]"),
    quiet,
)


@commands.command()
@click.argument("source", type=FileName())
@click.argument("out", type=FileName())
@click.option(
    "--delay", type=float, help="Hundredths of a second that a frame is shown.  [default: what the source says, else 7]"
)
@click.option("--fps", help="Frames a second, as 25 or 30000/1001.")
@click.option("--duration", type=float, help="Seconds for all frames together.")
@click.option("--first", type=int, help="First frame, from 0; negative counts from the end.")
@click.option("--last", type=int, help="Last frame, included.")
@click.option("--every", type=int, default=1, metavar="N", help="Take every N-th frame; the speed stays the same.")
@click.option("--reverse", is_flag=True, help="Run backwards.")
@click.option("--ping-pong", is_flag=True, help="Run forward and back, 2n-2 frames.")
@click.option("--hold-first", type=float, default=0, metavar="SECONDS", help="Show the first frame longer.")
@click.option("--hold-last", type=float, default=0, metavar="SECONDS", help="Show the last frame longer.")
@click.option("--cross-fade", type=int, default=0, metavar="K", help="Dissolve the last K frames into the first.")
@click.option("--speed", type=Read("factor", read_speed), help="2 plays twice as fast; 1:3 speeds up on the way.")
@click.option("--sound", metavar="FILE", help="MP4, WebM: what is heard meanwhile, cut where the pictures end.")
@click.option("--fit", is_flag=True, help="Scale frames of another size to the first one's.")
@output_options
def make(source: str, out: str, quiet: bool, **options: Any) -> None:
    """Make OUT of the frames in SOURCE.

    SOURCE is a directory of frames, a quoted pattern ('out/*.jpg', 'out/%04d.jpg'), a .txt list of files, a layer stack
    (.ora .psd .tif .xcf), an animation (.gif .webp .png), or a video; - is standard input. OUT may be - for standard
    output, with --format.

    \b
    Examples:
      wandgif make frames dream.gif                      convert -delay 7 -loop 0 frames/* dream.gif
      wandgif make frames dream.gif --ping-pong --fps 20
      wandgif make layers.ora small.gif --max-size 8MB
      wandgif make dream.gif dream.mp4
      wandgif make frames dream.mp4 --sound song.flac
    """
    from wand_tools.make import make_animation  # --help need not wait for numpy

    with Progress(quiet=quiet) as progress:
        made = make_animation(source, out, progress=progress, **options)
    _print_result(made, quiet)


@commands.command("reverse")
@click.argument("source", type=FileName())
@click.argument("out", type=FileName())
@output_options
def run_backwards(source: str, out: str, quiet: bool, **options: Any) -> None:
    """Make OUT run backwards.

    From GIF to GIF every colour, time and the loop stay. Example: wandgif reverse out.gif reversed.gif
    """
    from wand_tools.make import reverse  # as above

    with Progress(quiet=quiet) as progress:
        made = reverse(source, out, progress=progress, **options)
    _print_result(made, quiet)


@commands.command("info")
@click.argument("file", type=FileName())
@max_decoded
def show_info(file: str) -> None:
    """Say what FILE holds. Example: wandgif info dream.gif"""
    from wand_tools.inspection import info  # as above

    echo(info(file))


@commands.command()
@click.argument("source", type=FileName())
@click.argument("out", type=FileName())
@click.option(
    "--columns", type=click.IntRange(1), help="Frames in a row.  [default: as many as make the sheet about square]"
)
@force
@max_decoded
@quiet
def sheet(source: str, out: str, columns: int | None, force: bool, quiet: bool) -> None:
    """Lay up to 48 frames of SOURCE out on OUT, a PNG. Example: wandgif sheet frames sheet.png"""
    from wand_tools.sheet import contact_sheet  # as above

    numbers = contact_sheet(source, out, columns=columns, force=force)
    if not quiet:
        echo(f"{out}: frames {', '.join(map(str, numbers))}", err=out == "-", done=True)


def _print_result(made: Made, quiet: bool) -> None:
    if not quiet:
        width, height = made.size
        size = size_text(made.bytes)
        echo(f"{made.path}: {counted(made.frames, 'frame')}, {width}x{height}, {made.seconds:g} s, {size}", err=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0 only when everything was made."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # which NumPy would start, and nothing here needs
    return run_command(commands, "wandgif", arguments)


if __name__ == "__main__":
    sys.exit(main())
