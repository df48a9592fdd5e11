"""Make an animation: source, order, timing, and the writer for the format, put together."""

import contextlib
import functools
import itertools
import os
import tempfile
import warnings
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from wand_tools import gif_blocks, order
from wand_tools.errors import AnimationError, AnimationWarning
from wand_tools.files import atomic_write
from wand_tools.gif import write_gif
from wand_tools.palette import Look, Palettes, plan_palettes
from wand_tools.references import Blended, InMemory, Scaled
from wand_tools.sources import Source, Spool, open_source
from wand_tools.workers import Pool

FORMATS = ("gif", "webp", "apng", "mp4", "webm")
PALETTES = ("frame", "global", "scene")


@dataclass(frozen=True)
class Made:
    """What was written."""

    path: Path
    frames: int
    size: tuple
    seconds: float
    bytes: int


def make_animation(
    source,
    out,
    *,
    delay=None,
    fps=None,
    duration=None,
    plays=None,
    first=None,
    last=None,
    every=1,
    reverse=False,
    ping_pong=False,
    hold_first=0,
    hold_last=0,
    cross_fade=0,
    speed=None,
    fit=False,
    palette="frame",
    colours=256,
    dither="none",
    quality="normal",
    matte=None,
    lossy=0,
    max_size=None,
    format=None,
    jobs=None,
    progress=None,
):
    """Make an animation of the frames of a source.

    Parameters
    ----------
    source : path-like, str, or iterable of uint8 arrays (H, W, 3 or 4)
        Anything that `wand_tools.sources.open_source` takes.
    out : path-like
        The file to write; it appears when it is whole. The suffix tells the format unless `format` does.
    delay : number, optional
        Centiseconds a frame is shown; by default what the source says, else 7.
    fps : number or str, optional
        Frames a second (`"30000/1001"` too) instead of `delay`.
    duration : number, optional
        Seconds that all frames together last; holds come on top.
    plays : int, optional
        How often it is shown, 0 for ever; by default what the source says, else 0. Videos leave this to the player.
    first, last, every : int, optional
        Which frames: numbers from 0, both ends included, negative from the end; each `every`-th.
    reverse, ping_pong : bool
        Run backwards; run forward and back.
    hold_first, hold_last : number
        Seconds that the first and the last frame are shown in addition.
    cross_fade : int
        Dissolve so many frames at the end into the first ones, for a loop without a seam.
    speed : number or pair of numbers, optional
        Play so many times as fast; a pair runs from the one to the other.
    fit : bool
        Scale frames of another size to the first one's, instead of refusing them.
    palette : {"frame", "global", "scene"}
        GIF: a palette for each frame, one for all, or one for each scene.
    colours : int
        GIF: 2 to 256.
    dither : {"none", "smooth", "floyd-steinberg", "riemersma", "ordered", "still"}
        GIF: "smooth" dithers only where bands would show, "still" leaves alone what did not change.
    quality : {"normal", "best"}
        How much time to spend on the palette (GIF) or how much detail to keep (WebP, video).
    matte : tuple of int, optional
        RGB to lay behind transparent pixels; without it alpha is cut at half in a GIF.
    lossy : int
        GIF: let colours differ for the sake of size; 20 is hardly seen, 200 plainly. Slow.
    max_size : int, optional
        GIF: bytes that the file may have; settings are lowered until it fits.
    format : {"gif", "webp", "apng", "mp4", "webm"}, optional
    jobs : int, optional
        Worker processes; the number of cores by default. The file does not depend on it.
    progress : callable, optional
        Called as `progress(done, total, written)` after each frame; total is None where it is not known.

    Returns
    -------
    made : Made

    Raises
    ------
    AnimationError
        With one line that says what is wrong. No file is left then, nor after Ctrl-C.

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> frames = (np.full((4, 6, 3), 40 * n, np.uint8) for n in range(5))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_animation(frames, pathlib.Path(folder) / "grey.gif", fps=10, jobs=1)
    >>> made.frames, made.size, made.seconds
    (5, (6, 4), 0.5)
    """
    out = Path(out)
    format = _format(out, format)
    if not out.parent.is_dir():
        raise AnimationError(f"{out}: the directory {out.parent} does not exist")
    if palette not in PALETTES:
        raise AnimationError(f"palette {palette!r}: one of {', '.join(PALETTES)}")
    if lossy < 0:
        raise AnimationError(f"lossy {lossy}: 0 or more")
    if plays is not None:
        gif_blocks.loop_extension(plays)
    if format != "gif" and (max_size or lossy):
        raise AnimationError(f"max size and lossy are for GIF, not {format}")
    look = Look(colours, dither, quality, matte)
    jobs = jobs or os.cpu_count() or 1
    arrangement = Arrangement(
        delay, fps, duration, first, last, every, reverse, ping_pong, hold_first, hold_last, cross_fade, speed
    )
    with contextlib.ExitStack() as stack:
        opened = source if isinstance(source, Source) else open_source(source, fit=fit)
        stack.callback(opened.close)
        if _must_spool(opened, arrangement, twice=max_size is not None or palette != "frame"):
            opened = Spool(opened, stack.enter_context(tempfile.TemporaryDirectory(prefix=".wandgif-", dir=out.parent)))
        plays = next(known for known in (plays, opened.plays, 0) if known is not None)
        exact = opened.indexed and (format, look, palette, lossy, cross_fade) == ("gif", Look(), "frame", 0, 0)
        assembly = Assembly(opened, arrangement, plays, None if exact else look, palette, lossy, format)
        pool = stack.enter_context(Pool(jobs))
        if max_size is None:
            return _write(assembly, out, pool, progress)
        from wand_tools.fitting import write_within

        return write_within(max_size, assembly, pool, lambda fitting: _write(fitting, out, pool, progress, max_size))


def _write(assembly, out, pool, progress, most=None):
    """Write the file and give a `Made`; None, and no file, where it has more than `most` bytes."""
    seconds = done = 0
    with contextlib.suppress(_TooLarge), atomic_write(out) as file:
        for written, duration in zip(assembly.write(file, pool), assembly.durations(), strict=False):
            if most is not None and written >= most:
                raise _TooLarge
            done, seconds = done + 1, seconds + duration
            if progress:
                progress(done, assembly.count, written)
        file.flush()
        return Made(out, done, assembly.size, float(seconds), os.path.getsize(file.name))


class _TooLarge(Exception):
    pass


def reverse(source, out, **options):
    """Make an animation that runs backwards; times, loop and, from GIF to GIF, every colour are kept.

    Parameters
    ----------
    source, out, **options
        As for `make_animation`.
    """
    return make_animation(source, out, reverse=True, **options)


@dataclass(frozen=True)
class Arrangement:
    """Which frames, in which order, and when: the options of `make_animation` of the same names."""

    delay: float | None = None
    fps: float | None = None
    duration: float | None = None
    first: int | None = None
    last: int | None = None
    every: int = 1
    reverse: bool = False
    ping_pong: bool = False
    hold_first: float = 0
    hold_last: float = 0
    cross_fade: int = 0
    speed: object = None

    def __post_init__(self):
        if self.delay is not None and self.fps is not None:
            raise AnimationError("delay and fps both say how long a frame is shown: give one of them")
        if self.delay is not None and self.delay < 0:
            raise AnimationError(f"delay {self.delay}: centiseconds, 0 or more")

    def __call__(self, durations):
        """Arrange frames of the given durations into a list of `order.Shown`."""
        shown = self.timed(order.in_order(durations))
        shown = order.trim(shown, self.first, self.last, self.every)
        if self.speed is not None:
            shown = order.speed(shown, *(self.speed if isinstance(self.speed, (tuple, list)) else [self.speed]))
        shown = order.cross_fade(order.reverse(shown) if self.reverse else shown, self.cross_fade)
        shown = order.ping_pong(shown) if self.ping_pong else shown
        shown = order.lasting(shown, self.duration) if self.duration is not None else shown
        return order.hold(shown, self.hold_first, self.hold_last)

    def timed(self, shown):
        if self.fps is not None:
            return order.at_rate(shown, self.fps)
        if self.delay is not None:
            return [replace(s, duration=Fraction(str(self.delay)) / 100) for s in shown]
        return shown

    @property
    def plain(self):
        """Whether frames are shown as they come, so that their number does not matter."""
        return self == Arrangement(delay=self.delay, fps=self.fps)


@dataclass(frozen=True)
class Assembly:
    """Frames in order with all that a writer needs to know."""

    source: Source
    arrangement: Arrangement
    plays: int
    look: Look | None  # None: every colour is kept
    palette: str
    lossy: int
    format: str
    scale: Fraction = Fraction(1)

    @property
    def size(self):
        return tuple(max(round(side * self.scale), 1) for side in self.source.size)

    @property
    def count(self):
        return None if self.source.count is None else len(self.shown)

    @functools.cached_property
    def shown(self):
        return self.arrangement(self.source.durations)

    def durations(self):
        if self.source.count is None:
            return itertools.repeat(self.arrangement.timed([order.Shown(0)])[0].duration)
        return [shown.duration for shown in self.shown]

    def frames(self):
        """Give a reference for each frame; what cannot be read elsewhere is read here, when it is its turn."""
        shown = map(order.Shown, itertools.count()) if self.source.count is None else self.shown
        for s in shown:
            try:
                frame = self._reference(s.frame)
            except IndexError:
                return
            if s.into is not None:
                frame = Blended(frame, self._reference(s.into), float(s.weight))
            yield frame if self.scale == 1 else Scaled(frame, self.size)

    def _reference(self, number):
        return self.source.reference(number) if self.source.parallel else InMemory(self.source.read(number))

    def write(self, file, pool):
        """Write the animation; yield the bytes so far after each frame."""
        if self.format == "gif":
            _warn_if_fast(self.durations() if self.source.count is not None else [next(self.durations())])
            palettes = (
                Palettes()
                if self.palette == "frame"
                else plan_palettes(self.palette, list(self.frames()), self.look, pool)
            )
            return write_gif(
                file,
                self.frames(),
                size=self.size,
                plays=self.plays,
                look=self.look,
                palettes=palettes,
                delays=gif_blocks.centiseconds(self.durations()),
                lossy=self.lossy,
                pool=pool,
            )
        if self.format in ("webp", "apng"):
            from wand_tools.containers import write_stills

            return write_stills(file, self, pool)
        from wand_tools.video import write_video

        return write_video(file, self)


def _must_spool(source, arrangement, twice):
    """Whether the frames must go to disk first, since they are wanted twice, backwards, or before their end is seen."""
    if source.count is None:
        return twice or not arrangement.plain
    return not source.parallel and (twice or not order.monotone(arrangement(source.durations)))


def _warn_if_fast(durations):
    fastest = min(durations, default=1)
    if fastest < Fraction(2, 100):
        warnings.warn(
            f"frames shown for {float(fastest * 100):g} cs: browsers show frames below 2 cs for 10 cs",
            AnimationWarning,
            stacklevel=4,
        )


def _format(out, format):
    """Take the format from the option or the file's suffix."""
    found = (format or {"png": "apng", "gifv": "mp4"}.get(out.suffix[1:].lower(), out.suffix[1:])).lower()
    if found not in FORMATS:
        raise AnimationError(f"{out}: format {found!r} is not one of {', '.join(FORMATS)}")
    return found
