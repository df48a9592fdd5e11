"""The command `wandgif`."""

import sys
import time
import warnings

import click

from wand_tools.animation import FORMATS, PALETTES, make_animation
from wand_tools.animation import reverse as make_reversed
from wand_tools.errors import AnimationError
from wand_tools.inspect import info
from wand_tools.palette import DITHERS, QUALITIES
from wand_tools.sheet import contact_sheet


class Size(click.ParamType):
    """A number of bytes, as in 8MB, 500kB or 2MiB."""

    name = "size"
    _UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}

    def convert(self, value, param, ctx):
        if isinstance(value, int):
            return value
        number = value.rstrip("BbiIKkMmGg ")
        try:
            size = int(float(number) * self._UNITS[value[len(number) :].strip().lower()])
        except (KeyError, ValueError):
            size = 0
        if size < 1:
            self.fail(f"{value!r}: a size such as 8MB, 500kB or 2MiB is needed")
        return size


class Speed(click.ParamType):
    """A factor, or two with a colon between."""

    name = "factor"

    def convert(self, value, param, ctx):
        try:
            parts = tuple(float(part) for part in value.split(":"))
        except ValueError:
            parts = ()
        if len(parts) not in (1, 2):
            self.fail(f"{value!r}: a factor such as 2, or a ramp such as 1:3")
        return parts if len(parts) == 2 else parts[0]


class Colour(click.ParamType):
    """A colour as #rrggbb, or a name that Pillow knows."""

    name = "colour"

    def convert(self, value, param, ctx):
        from PIL import ImageColor

        try:
            return ImageColor.getrgb(value)[:3]
        except (ValueError, AttributeError):
            self.fail(f"{value!r}: a colour such as #ffffff or white")


class Progress:
    """A bar on a terminal, a line now and then elsewhere; with the size to expect."""

    def __init__(self, quiet):
        self.quiet, self.bar, self.begun, self.told = quiet, None, time.monotonic(), 0.0

    def __call__(self, done, total, written):
        if self.quiet:
            return
        size = f"{written / done * total / 1e6:.3g} MB expected" if total else f"{written / 1e6:.3g} MB so far"
        if sys.stderr.isatty():
            if self.bar is None:
                from tqdm import tqdm

                self.bar = tqdm(total=total, unit="frame", leave=False)
            self.bar.set_postfix_str(size, refresh=False)
            self.bar.update(done - self.bar.n)
        elif time.monotonic() - self.told > 5 or done in (3, total):
            self.told = time.monotonic()
            number = f"{done} of {total}" if total else done
            click.echo(f"frame {number}, {self.told - self.begun:.0f} s, {size}", err=True)

    def close(self):
        if self.bar is not None:
            self.bar.close()


class Commands(click.Group):
    """Turns an error into one line, and Ctrl-C into a clean end."""

    def invoke(self, ctx):
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, *_: click.echo(f"warning: {message}", err=True)
        try:
            return super().invoke(ctx)
        except AnimationError as error:
            if ctx.params["debug"]:
                raise
            click.secho(f"error: {error}", fg="red", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("stopped; no file was written", err=True)
            ctx.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="deep-dream-animator")
def main(debug):
    """Frames or layers become an animation that loops or runs backwards.

    Example: wandgif make frames dream.gif --delay 7
    """


def _options(*options):
    def add(function):
        for option in reversed(options):
            function = option(function)
        return function

    return add


output_options = _options(
    click.option("--format", type=click.Choice(FORMATS), help="By default the suffix of OUT tells."),
    click.option(
        "--palette",
        type=click.Choice(PALETTES),
        default="frame",
        show_default=True,
        help="GIF: a palette for each frame, one for all, or one a scene.",
    ),
    click.option("--colours", "--colors", type=int, default=256, show_default=True, help="GIF: 2 to 256."),
    click.option(
        "--dither",
        type=click.Choice(DITHERS),
        default="none",
        show_default=True,
        help="GIF: smooth dithers only where bands would show; still leaves alone what did not change.",
    ),
    click.option(
        "--quality",
        type=click.Choice(QUALITIES),
        default="normal",
        show_default=True,
        help="Best takes about twice the time.",
    ),
    click.option("--matte", type=Colour(), help="Colour behind transparent pixels; else a GIF cuts alpha at half."),
    click.option("--lossy", type=int, default=0, metavar="N", help="GIF: 20 is hardly seen, 200 plainly. Slow."),
    click.option("--max-size", type=Size(), help="GIF: lower the settings until it fits, as 8MB."),
    click.option(
        "--plays",
        type=int,
        help="How often it is shown, 0 = for ever (convert's -loop). [default: what the source says, else 0]",
    ),
    click.option("--jobs", type=click.IntRange(1), help="Worker processes. [default: the number of cores]"),
    click.option("--quiet", is_flag=True, help="No progress."),
)


@main.command()
@click.argument("source")
@click.argument("out", type=click.Path(dir_okay=False))
@click.option("--delay", type=float, help="Centiseconds a frame. [default: what the source says, else 7]")
@click.option("--fps", help="Frames a second, as 25 or 30000/1001.")
@click.option("--duration", type=float, help="Seconds for all frames together.")
@click.option("--first", type=int, help="First frame, from 0; negative counts from the end.")
@click.option("--last", type=int, help="Last frame, included.")
@click.option("--every", type=int, default=1, metavar="N", help="Take each N-th frame; the speed stays.")
@click.option("--reverse", is_flag=True, help="Run backwards.")
@click.option("--ping-pong", is_flag=True, help="Run forward and back, 2n-2 frames.")
@click.option("--hold-first", type=float, default=0, metavar="SECONDS", help="Show the first frame longer.")
@click.option("--hold-last", type=float, default=0, metavar="SECONDS", help="Show the last frame longer.")
@click.option("--cross-fade", type=int, default=0, metavar="K", help="Dissolve the last K frames into the first.")
@click.option("--speed", type=Speed(), help="So many times as fast; 1:3 gets faster on the way.")
@click.option("--fit", is_flag=True, help="Scale frames of another size to the first one's.")
@output_options
def make(source, out, quiet, **options):
    """Make OUT of the frames in SOURCE.

    SOURCE is a directory of frames, a quoted pattern ('out/*.jpg', 'out/%04d.jpg'), a .txt list of files, a layer stack
    (.ora .psd .tif .xcf), an animation (.gif .webp .png), or a video.

    \b
    Examples:
      wandgif make frames dream.gif                      convert -delay 7 -loop 0 frames/* dream.gif
      wandgif make frames dream.gif --ping-pong --fps 20
      wandgif make layers.ora small.gif --max-size 8MB
      wandgif make dream.gif dream.mp4
    """
    progress = Progress(quiet)
    try:
        made = make_animation(source, out, progress=progress, **options)
    finally:
        progress.close()
    _tell(made, quiet)


@main.command()
@click.argument("source")
@click.argument("out", type=click.Path(dir_okay=False))
@output_options
def reverse(source, out, quiet, **options):
    """Make OUT run backwards.

    From GIF to GIF every colour, time and the loop stay. Example: wandgif reverse out.gif reversed.gif
    """
    progress = Progress(quiet)
    try:
        made = make_reversed(source, out, progress=progress, **options)
    finally:
        progress.close()
    _tell(made, quiet)


@main.command("info")
@click.argument("file", type=click.Path(dir_okay=False))
def show_info(file):
    """Tell what FILE holds. Example: wandgif info dream.gif"""
    click.echo(str(info(file)))


@main.command()
@click.argument("source")
@click.argument("out", type=click.Path(dir_okay=False))
@click.option("--columns", type=click.IntRange(1), help="By default the sheet is about square.")
def sheet(source, out, columns):
    """Lay up to 48 frames of SOURCE out on OUT, a PNG. Example: wandgif sheet frames sheet.png"""
    numbers = contact_sheet(source, out, columns=columns)
    click.echo(f"{out}: frames {', '.join(map(str, numbers))}")


def _tell(made, quiet):
    if not quiet:
        click.echo(
            f"{made.path}: {made.frames} frames, {made.size[0]}x{made.size[1]}, {made.seconds:g} s, "
            f"{made.bytes / 1e6:.3g} MB",
            err=True,
        )


if __name__ == "__main__":
    main()
