"""Make an animation: source, order, timing, and the writer for the format, put together."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from dreamcore.compiling import load_code
from dreamcore.errors import DreamError
from dreamcore.files import refuse_source, remove_leftovers, scratch_file
from dreamcore.notes import notes_text, read_notes
from dreamcore.progress import Report, report
from dreamcore.text import read_size
from wand_tools import gif_blocks
from wand_tools.assembly import Assembly
from wand_tools.errors import AnimationError, AnimationNotAllowed
from wand_tools.formats import FORMATS, Format, format_to_write
from wand_tools.kinds import check_kinds
from wand_tools.look import PALETTES, Look, check_choice, read_colour
from wand_tools.order import Arrangement, Number, read_durations
from wand_tools.results import check_replaced, named_input, place_beside, write_result
from wand_tools.sources.base import Source, Spool
from wand_tools.sources.files import check_not_a_source
from wand_tools.sources.opening import Frames, open_source
from wand_tools.workers import Pool, check_jobs, fewer_jobs

Write: TypeAlias = Callable[[BinaryIO, Assembly, Pool], Iterator[int]]


@dataclass(frozen=True)
class Made:
    """What was written: `seconds` for one play, `bytes` of the file, `size` as (width, height)."""

    path: Path
    frames: int
    size: tuple[int, int]
    seconds: float
    bytes: int


def make_animation(
    frames: Frames,
    out: str | os.PathLike[str],
    *,
    durations: Iterable[Number | None] | None = None,
    delay: Number | None = None,
    fps: Number | str | None = None,
    duration: Number | None = None,
    plays: int | None = None,
    first: int | None = None,
    last: int | None = None,
    every: int = 1,
    reverse: bool = False,
    ping_pong: bool = False,
    hold_first: Number = 0,
    hold_last: Number = 0,
    cross_fade: int = 0,
    speed: Number | Sequence[Number] | None = None,
    fit: bool = False,
    palette: str = "frame",
    colours: int = 256,
    dither: str = "auto",
    quality: str = "normal",
    matte: str | Sequence[int] | None = None,
    lossy: int = 0,
    max_size: int | str | None = None,
    sound: str | os.PathLike[str] | None = None,
    format: str | None = None,
    force: bool = False,
    notes: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    progress: Report | None = None,
) -> Made:
    """Make an animation of frames.

    Parameters
    ----------
    frames : path-like, str, image, array, or iterable of those
        A directory, a pattern, a file of frames; arrays (H, W, 3 or 4), uint8 or float32 in 0..255; images of Pillow
        or Wand. `wand_tools.sources.opening.open_source` lists them all. An iterable is read one frame at a time.
    out : path-like
        The file to write; it appears when it is complete. Its suffix says the format unless `format` does. A link is
        written through, a pipe or a device is written to; `"-"` is standard output.
    durations : iterable of numbers, optional
        How many seconds each frame of `frames` is shown, one number a frame; None leaves a time as it is.
    delay : number, optional
        How many centiseconds every frame is shown; by default what the source says, else 7.
    fps : number or str, optional
        Frames a second (`"30000/1001"` too) instead of `delay`.
    duration : number, optional
        How many seconds all frames together last; holds come on top.
    plays : int, optional
        How often the animation is shown, 0 for ever; by default what the source says, else 0. Videos leave this to the
        player.
    first, last, every : int, optional
        Which frames to take: numbers from 0, both ends included, negative from the end; every `every`-th.
    reverse, ping_pong : bool
        Run backwards; run forward, then back.
    hold_first, hold_last : number
        How many seconds longer the first and the last frame are shown.
    cross_fade : int
        How many frames at the end dissolve into the first ones, for a loop without a seam.
    speed : number or pair of numbers, optional
        2 plays twice as fast; a pair runs from the one speed to the other.
    fit : bool
        Scale frames of another size to the first one's, instead of refusing them.
    palette : {"frame", "global", "scene"}
        GIF: a palette for each frame, one for all, or one for each scene.
    colours : int
        GIF: 2 to 256.
    dither : {"auto", "none", "faint", "smooth", "floyd-steinberg", "riemersma", "ordered", "still"}
        GIF: "auto" is "none", and "faint" with the best quality; "smooth" dithers only
        where bands would show, "still" leaves alone what did not change.
    quality : {"normal", "best"}
        How long to work on the palette (GIF), or how much detail to keep (WebP, AVIF, video).
    matte : tuple of int or str, optional
        Colour to lay behind transparent pixels: RGB in 0..255, `"#rrggbb"` or a name. Without it alpha is cut at half
        in a GIF.
    lossy : int
        GIF: let colours differ for the sake of size; 20 is hardly seen, 200 plainly.
    max_size : int or str, optional
        GIF: the most bytes that the file may have, or a size such as `"8MB"`; settings are lowered until it fits, by
        what is seen least.
    sound : path-like, optional
        MP4, WebM: a sound file, or a video, that is heard meanwhile; it is cut where the pictures end.
    format : {"gif", "webp", "apng", "avif", "mp4", "webm", "miff"}, optional
        By default what the suffix of `out` says.
    force : bool
        Replace a file at `out` even if it is no animation.
    notes : dict, optional
        What made it, which the file then says itself: in the comment of a GIF or a video, the text of a PNG, the XMP
        of a WebP or an AVIF. By default what a single file that the frames come from says.
    jobs : int, optional
        Worker processes; by default the number of cores, fewer for a small animation. The file does not depend on it.
    progress : callable, optional
        Called as `progress(done, total)` after each frame; `total` is None where nobody knows it yet. If it has a
        method `wrote`, that is called first, as `wrote(size)` with the bytes of the file so far; a method
        `reading(done, total)` is called after each frame that must be read before the first one can be written.

    Returns
    -------
    made : Made

    Raises
    ------
    AnimationError
        When the frames or a parameter are wrong, or what the format needs is not installed.
    DreamError
        When the file cannot be written. After an error, or Ctrl-C, there is no unfinished file.

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> frames = (np.full((4, 6, 3), 40 * n, np.uint8) for n in range(3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_animation(frames, pathlib.Path(folder) / "grey.gif", durations=[0.1, 0.1, 0.5], jobs=1)
    >>> made.frames, made.size, made.seconds
    (3, (6, 4), 0.7)
    """
    check_kinds(locals())
    out = Path(out)
    row = format_to_write(out, format)
    beside = place_beside(out)
    remove_leftovers(beside)
    most = read_size(max_size) if isinstance(max_size, str) else max_size
    _check(out, row, palette, plays, lossy, most)
    write = row.writer(out)
    heard = _check_sound(out, row, sound)
    most_jobs = check_jobs(jobs)
    look = Look(colours, dither, quality, None if matte is None else read_colour(matte))
    arrangement = Arrangement(
        delay, fps, duration, first, last, every, reverse, ping_pong, hold_first, hold_last, cross_fade, speed
    )
    if durations is not None and (delay is not None or fps is not None):
        raise AnimationNotAllowed("durations, delay and fps all say how long a frame is shown: give one of them")
    if row.name == "gif":
        load_code("wand_tools.kernels")
    with contextlib.ExitStack() as stack:
        source = open_source(stack.enter_context(named_input(frames)), fit=fit, out=out)
        stack.callback(source.close)
        check_not_a_source(out, source.files())
        check_replaced(out, force)
        if durations is not None:
            source.show_for(read_durations(durations))
        plays = next(known for known in (plays, source.plays, 0) if known is not None)
        said = _carried(source) if notes is None else _said(notes)
        assembly = Assembly(source, arrangement, plays, look, row.name, palette, lossy, sound=heard, notes=said)
        twice = most is not None or palette != "frame" or row.counted and source.count is None
        if assembly.must_spool(twice):
            kept = Spool(source, stack.enter_context(scratch_file(beside)), progress)
            assembly = replace(assembly, source=kept)
        pool = stack.enter_context(Pool(fewer_jobs(most_jobs, source.size, source.count, asked=jobs is not None)))
        if most is None:
            return _write(assembly, write, out, pool, progress)
        from wand_tools.writers.fitting import write_within  # most files may have any size

        return write_within(most, assembly, pool, lambda lower: _write_below(most, lower, write, out, pool, progress))


def check_animation(out: str | os.PathLike[str], count: int, **options: Any) -> None:
    """Raise an error for whatever `make_animation` would refuse, before the frames are there.

    Parameters
    ----------
    out : path-like
    count : int
        How many frames there will be.
    **options
        How frames are arranged, and `sound`, `format` and `force`: as for `make_animation`.

    Raises
    ------
    AnimationError
        When a parameter is wrong, or what the format needs is not installed.

    Examples
    --------
    >>> check_animation("dream.gfi", 3)
    Traceback (most recent call last):
        ...
    wand_tools.errors.AnimationNotAllowed: dream.gfi: format 'gfi' is not one of gif, webp, apng, avif, mp4, webm, \
miff (did you mean "gif"?)
    """
    check_kinds(options)
    path = Path(out)
    row = format_to_write(path, options.pop("format", None))
    place_beside(path)
    check_replaced(path, options.pop("force", False))
    row.writer(path)
    heard = _check_sound(path, row, options.pop("sound", None))
    if heard is not None:
        from wand_tools.writers.sound_track import check_sound  # needs an extra

        check_sound(heard)
    arranged = [each.name for each in fields(Arrangement) if each.name in options]
    Arrangement(**{name: options[name] for name in arranged})([None] * count)


def reverse(frames: Frames, out: str | os.PathLike[str], **options: Any) -> Made:
    """Make an animation that runs backwards; times, loop and, from GIF to GIF, every colour are kept.

    Parameters
    ----------
    frames, out, **options
        As for `make_animation`.

    Returns
    -------
    made : Made

    Raises
    ------
    DreamError
        As `make_animation` does.

    Examples
    --------
    >>> import numpy as np, pathlib, tempfile
    >>> frames = [np.full((4, 6, 3), 40 * n, np.uint8) for n in range(5)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = reverse(frames, pathlib.Path(folder) / "grey.gif", fps=10, jobs=1)
    >>> made.seconds
    0.5
    """
    return make_animation(frames, out, reverse=True, **options)


def _said(notes: Mapping[str, Any]) -> str:
    try:
        return notes_text(notes)
    except (TypeError, ValueError) as error:
        raise AnimationError(f"notes cannot be written as JSON: {error}") from None


def _carried(source: Source) -> str:
    """Return what the one file that frames come from says about how it was made."""
    files = source.files()
    if len(files) == 1:
        with contextlib.suppress(DreamError):
            return notes_text(read_notes(files[0]))
    return ""


def _check(out: Path, row: Format, palette: str, plays: int | None, lossy: int, max_size: int | None) -> None:
    check_choice("palette", palette, PALETTES)
    if lossy < 0:
        raise AnimationNotAllowed(f"lossy {lossy}: 0 or more")
    if plays is not None:
        gif_blocks.loop_extension(plays)
    _check_options(row, lossy=lossy, max_size=max_size)


def _check_options(row: Format, **options: Any) -> None:
    for name, value in options.items():
        if value and name not in row.options:
            formats = ", ".join(other.name for other in FORMATS if name in other.options)
            raise AnimationNotAllowed(f"{name} is for {formats}, not {row.name}")


def _check_sound(out: Path, row: Format, sound: str | os.PathLike[str] | None) -> Path | None:
    """Return the file of a sound that can be heard in this format; its writer has been imported."""
    if sound is None:
        return None
    _check_options(row, sound=sound)
    from wand_tools.writers.sound_track import channels_of  # needs an extra

    path = Path(sound)
    channels_of(path)
    refuse_source(out, [path])
    return path


class _TooLarge(Exception):
    pass


def _write_below(
    most: int, assembly: Assembly, write: Write, out: Path, pool: Pool, progress: Report | None
) -> Made | None:
    """Write the file; return None, and leave none, where it has more than `most` bytes."""

    def watched(file: BinaryIO, assembly: Assembly, pool: Pool) -> Iterator[int]:
        for size in write(file, assembly, pool):
            if size >= most:
                raise _TooLarge
            yield size

    try:
        return _write(assembly, watched, out, pool, progress)
    except _TooLarge:
        return None


def _write(assembly: Assembly, write: Write, out: Path, pool: Pool, progress: Report | None) -> Made:
    """Write the file."""
    seconds, done = Fraction(0), 0
    with write_result(out) as file:
        for size, duration in zip(write(file, assembly, pool), assembly.durations(), strict=False):
            done, seconds = done + 1, seconds + duration
            report(progress, done, assembly.count, size)
        file.flush()
        return Made(out, done, assembly.size, float(seconds), os.path.getsize(file.name))
