"""The streaming GIF writer: frames are reduced, compared with what is shown, compressed and appended.

Five stages. Three run in worker processes: `tally` counts colours, `reduce` gives each pixel one of a palette, `encode`
compresses. Between them two go from frame to frame: each palette goes on from the one before where it can, and
`differences` finds what need not be drawn again. The result
does not depend on the number of workers.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np

from dreamcore.compiling import load_code
from wand_tools import gif_blocks, magick
from wand_tools.assembly import Assembly
from wand_tools.errors import AnimationWarning
from wand_tools.gif_blocks import KEEP, TO_BACKGROUND, Block
from wand_tools.look import Look
from wand_tools.pixels import Mask, Pixels, Size, bands, without_alpha
from wand_tools.sources.references import Reference
from wand_tools.workers import Pool
from wand_tools.writers.cube import codes_of, colours_of, colours_used, distinct, nearest_colours
from wand_tools.writers.gif_changes import WORTHWHILE, Drawing, box_of, differences
from wand_tools.writers.lossy import compress_lossy
from wand_tools.writers.palettes import Palettes, Tally, plan_palettes, tally
from wand_tools.writers.reduction import Reduced, reduce

_SHORTEST = 2  # centiseconds; browsers show a frame that is shorter for 10
_FASTEST = Fraction(_SHORTEST, 100)
_SHARE = 0.035  # the part of the error that saving a bit is worth by itself: hardly seen, a twentieth of the bytes
_LOSSY = 1 / 3  # what each unit of `lossy` adds, in squared levels


class Sink(Protocol):
    """A file that only grows."""

    def write(self, data: bytes, /) -> int:
        """Append the bytes; return their number."""


def write_gif(file: Sink, assembly: Assembly, pool: Pool) -> Iterator[int]:
    """Write a GIF frame by frame; yield the bytes so far after each."""
    _warn_if_fast(assembly)
    palettes = Palettes()
    if assembly.palette != "frame":
        palettes = plan_palettes(assembly.palette, list(assembly.frames()), assembly.look, pool)
    return write_frames(
        file,
        assembly.frames(),
        size=assembly.size,
        delays=gif_blocks.centiseconds(assembly.durations()),
        plays=assembly.plays,
        look=None if assembly.exact else assembly.look,
        palettes=palettes,
        pool=pool,
        lossy=assembly.lossy,
        comment=assembly.notes,
    )


def _warn_if_fast(assembly: Assembly) -> None:
    durations = assembly.durations()
    fastest = min(durations if isinstance(durations, list) else [next(iter(durations))], default=_FASTEST)
    if fastest < _FASTEST:
        warnings.warn(
            f"frames shown for {float(fastest * 100):g} cs: browsers show frames below 2 cs for 10 cs",
            AnimationWarning,
            stacklevel=5,
        )


def write_frames(
    file: Sink,
    frames: Iterable[Reference],
    *,
    size: Size,
    delays: Iterable[int],
    plays: int,
    look: Look | None,
    palettes: Palettes,
    pool: Pool,
    lossy: int = 0,
    comment: str = "",
) -> Iterator[int]:
    """Write frames with their delays into a GIF.

    Parameters
    ----------
    file : binary file object
        Only appended to.
    frames : iterable of Reference
    size : tuple of int
        Width and height.
    delays : iterable of int
        Centiseconds, one for each frame (may be longer).
    plays : int
    look : Look or None
        None keeps every colour.
    palettes : Palettes
        Which frame uses which palette.
    pool : Pool
    lossy : int
        How much colours may differ for the sake of size; 0 is exact.
    comment : str
        ASCII; what the file says besides.

    Yields
    ------
    written : int
        Bytes so far, after each frame.
    """
    written = file.write(gif_blocks.header(*size, palettes.shared, plays, comment))
    tallied = pool.map(_tallied, ((frame, look, palettes[number]) for number, frame in enumerate(frames)))
    drawn = differences(
        pool.map(_reduced, _with_palettes(tallied, look)), still=look is not None and look.dithered == "still"
    )
    saving = Saving.of(look, lossy)
    jobs = ((drawing, palettes.shared is None, saving) for drawing in drawn)
    late = 0
    for blocks, delay in zip(pool.map(_encode, jobs), delays, strict=False):
        late = _set_delays(blocks, delay, late)
        for block in blocks:
            written += file.write(gif_blocks.frame_bytes(block))
        yield written
    file.write(gif_blocks.TRAILER)


def _tallied(task: tuple[Reference, Look | None, Pixels | None]) -> tuple[Pixels, Pixels | None, Tally | None]:
    """Read a frame; return it, its palette if that is given, and otherwise what one is made from."""
    load_code("wand_tools.kernels")
    frame, look, palette = task
    picture = frame.read()
    if look is None or palette is not None:
        return picture, palette, None
    return picture, None, tally(*without_alpha(picture, look.matte))


def _with_palettes(
    tallied: Iterable[tuple[Pixels, Pixels | None, Tally | None]], look: Look | None
) -> Iterator[tuple[Pixels, Look | None, Pixels | None]]:
    """Yield frames with palettes, each of which goes on from the one before where it can."""
    before = None
    for picture, palette, counted in tallied:
        if look is not None and counted is not None:
            palette = before = counted.palette(look, before)
        yield picture, look, palette


def _reduced(task: tuple[Pixels, Look | None, Pixels | None]) -> Reduced:
    picture, look, palette = task
    if look is None:
        picture, solid = without_alpha(picture, None)
        return Reduced(picture, None, picture, solid, exact=True)
    return reduce(picture, look, palette)


# -- compressed blocks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Saving:
    """What is given up for the sake of size.

    Attributes
    ----------
    price : float
        As for `compress_lossy`.
    dithered : bool
        Whether the colours that were chosen count, not those of the source.
    """

    price: float = 0
    dithered: bool = True

    @classmethod
    def of(cls, look: Look | None, lossy: int) -> Saving:
        """Return what these parameters mean."""
        return cls(lossy * _LOSSY, look is None or look.dithered != "none")


_EXACT = Saving()


def _encode(job: tuple[Drawing, bool, Saving]) -> list[Block]:
    return encode(*job)


def encode(drawing: Drawing, own_palette: bool = True, saving: Saving = _EXACT) -> list[Block]:
    """Compress a drawing into an image block, or into several where it has more than 256 colours to keep."""
    if drawing.palette is None:
        return _exact(drawing)
    return [_smallest(drawing, drawing.palette, own_palette, saving)]


def _smallest(drawing: Drawing, palette: Pixels, own_palette: bool = True, saving: Saving = _EXACT) -> Block:
    """Compress a drawing, without what need not be drawn if the block is smaller then."""
    ways = [drawing.skipped]
    if drawing.same is not None:
        ways.append(drawing.same if drawing.skipped is None else drawing.same | drawing.skipped)
    blocks = (_block(drawing, palette, mask, own_palette, saving) for mask in ways)
    return min(
        (block for block in blocks if block is not None), key=lambda block: len(block.data) + len(block.palette or b"")
    )


def _block(drawing: Drawing, palette: Pixels, mask: Mask | None, own_palette: bool, saving: Saving) -> Block | None:
    """Compress a drawing without the pixels of a mask; None where no number is left for these."""
    indices = drawing.indices
    if own_palette:
        used = np.bincount((indices if mask is None else indices[~mask]).ravel(), minlength=len(palette)) > 0
        used[0] |= not used.any()  # a palette has at least one colour
        if not used.all():
            indices, palette = (np.cumsum(used) - 1).astype(np.uint8)[indices], palette[used]
    if mask is not None and len(palette) == 256:
        return None
    clear = None
    # some readers clear to transparent only if the frame itself has a transparent colour
    if mask is not None or drawing.disposal == TO_BACKGROUND and len(palette) < 256:
        clear, palette = len(palette), np.vstack([palette, palette[:1]])
        indices = indices if mask is None else np.where(mask, np.uint8(clear), indices)
    if len(palette) < 2:
        palette = np.repeat(palette, 2, axis=0)
    data = _compressed(indices, palette, clear, drawing.source, saving)
    height, width = indices.shape
    return Block(
        drawing.left,
        drawing.top,
        width,
        height,
        palette.tobytes() if own_palette else None,
        data,
        disposal=drawing.disposal,
        transparent=clear,
    )


def _compressed(indices: Pixels, palette: Pixels, clear: int | None, source: Pixels | None, saving: Saving) -> bytes:
    if not saving.price and (source is None or saving.dithered):
        return magick.compress(indices, palette)
    source = None if saving.dithered else source
    return compress_lossy(indices, palette, saving.price, clear, source, hold=not saving.price, share=_SHARE)


def _exact(drawing: Drawing) -> list[Block]:
    """Compress a drawing with all its colours."""
    colours, skipped, same = drawing.indices, drawing.skipped, drawing.same
    both = same if skipped is None else skipped if same is None else same | skipped
    for mask in (skipped, both):
        used = colours_used(colours if mask is None or mask.all() else colours[~mask][:, None])
        if len(used) <= 256 - (mask is not None):
            numbers = np.empty(colours.shape[:2], np.uint8)
            for band in bands(colours.shape):
                numbers[band] = np.minimum(np.searchsorted(used, codes_of(colours[band])), len(used) - 1)
            pays = mask is skipped and same is not None and same.mean() >= WORTHWHILE
            drawn = replace(drawing, indices=numbers, skipped=mask, same=same if pays else None)
            return [_smallest(drawn, colours_of(used))]
    return _several(drawing, both)


def _several(drawing: Drawing, mask: Mask | None) -> list[Block]:
    """Draw more colours than a block has: the nearest first, so that nothing is seen to be built, then the rest."""
    colours = drawing.indices
    drawn = np.ones(colours.shape[:2], np.bool_) if mask is None else ~mask
    palette = tally(colours, drawn).palette(Look())[:255]
    indices = nearest_colours(colours, palette)
    near = replace(drawing, indices=indices, skipped=mask, same=None, disposal=KEEP)
    blocks = [_smallest(near, palette)]
    codes = codes_of(colours)
    wrong = drawn & (codes != codes_of(palette[None])[0][indices])
    used = distinct(codes[wrong])
    places = np.searchsorted(used, codes)
    for begin in range(0, len(used), 255):
        group = colours_of(used[begin : begin + 255])
        part = wrong & (places >= begin) & (places < begin + len(group))
        last = begin + len(group) == len(used)
        # what is removed after the frame is where its last block is
        top, left, box = (0, 0, ...) if last and drawing.disposal != KEEP else box_of(part)
        numbers = np.where(part, places - begin, 0)[box].astype(np.uint8)
        place = Drawing(drawing.left + left, drawing.top + top, numbers, group, ~part[box], None, KEEP)
        blocks.append(_smallest(replace(place, disposal=drawing.disposal) if last else place, group))
    return blocks


def _set_delays(blocks: list[Block], delay: int, late: int) -> int:
    """Share the time of a frame out among its blocks: the last has it, but for what browsers need for the others.

    Parameters
    ----------
    blocks : list of Block
    delay : int
        Of the frame, centiseconds.
    late : int
        What the frames before took too long.

    Returns
    -------
    late : int
        What the frames after must make up for.
    """
    *steps, last = blocks
    if delay < _SHORTEST:  # as fast as can be
        last.delay = delay
        return late
    for block in steps:
        block.delay = _SHORTEST
    left = delay - late - _SHORTEST * len(steps)
    last.delay = max(left, _SHORTEST)
    return last.delay - left
