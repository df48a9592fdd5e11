"""The streaming GIF writer: frames are reduced in parallel, compared with what is shown, compressed, and appended.

Three stages, of which the outer two run in worker processes and the middle one here, since it goes from frame to
frame: `reduce` finds colours, `differences` finds what need not be drawn again, `encode` compresses. The result
does not depend on the number of workers.
"""

from dataclasses import dataclass, replace

import numpy as np

from wand_tools import gif_blocks, magick
from wand_tools.gif_blocks import KEEP, TO_BACKGROUND, Block
from wand_tools.lossy import compress_lossy
from wand_tools.palette import Look, Reduced, reduce, without_alpha

_SAME = 2  # levels that a channel may differ and be unchanged for the still dither
_WORTHWHILE = 0.2  # share of kept pixels from which leaving them out pays
_SQUARES = np.minimum(np.arange(256), 147).astype(np.uint16) ** 2


def write_gif(file, frames, *, size, delays, plays, look, palettes, pool, lossy=0):
    """Write a GIF frame by frame.

    Parameters
    ----------
    file : binary file object
    frames : iterable
        Objects whose `read()` gives a uint8 array (H, W, 3 or 4).
    size : tuple of int
        Width and height.
    delays : iterable of int
        Centiseconds, one for each frame (may be longer).
    plays : int
    look : Look or None
        None keeps every colour that the frames have, as far as 256 for the changed part of a frame go.
    palettes : Palettes
        Which frame uses which palette.
    pool : Pool
    lossy : int
        How much colours may differ for the sake of size; 0 is exact.

    Yields
    ------
    written : int
        Bytes so far, after each frame.
    """
    written = file.write(gif_blocks.header(*size, palettes.shared, plays))
    tasks = ((frame, look, palettes[number]) for number, frame in enumerate(frames))
    drawn = differences(pool.map(_reduce, tasks), still=look is not None and look.dither == "still")
    jobs = ((drawing, palettes.shared is None, lossy) for drawing in drawn)
    for block, delay in zip(pool.map(_encode, jobs), delays, strict=False):
        block.delay = delay
        written += file.write(gif_blocks.frame_bytes(block))
        yield written
    file.write(gif_blocks.TRAILER)


def _reduce(task):
    frame, look, palette = task
    if look is None:
        picture, solid = without_alpha(frame.read(), None)
        return Reduced(picture, None, picture, solid)
    return reduce(frame.read(), look, palette)


# -- what need not be drawn -------------------------------------------------------------------------------------------


@dataclass
class Drawing:
    """What is drawn of a frame: a part of it, in which some pixels keep what was there."""

    left: int
    top: int
    indices: np.ndarray  # (H, W), or (H, W, 3) colours where there is no palette yet
    palette: np.ndarray | None
    skipped: np.ndarray | None  # bool: pixels that must not be drawn
    same: np.ndarray | None  # bool: pixels that need not be drawn, both ways look the same
    disposal: int


def differences(frames, still=False):
    """Find for each reduced frame what must be drawn over the frames before it.

    A pixel is not drawn again where its source did not change, or where what is shown is as near to the wanted
    colour as the new palette comes. Where a later frame is transparent but something solid is shown, the frame
    between is removed as a whole.

    Parameters
    ----------
    frames : iterable of Reduced
    still : bool
        Leave alone only what did not change, since a dithered pixel says nothing by itself.

    Yields
    ------
    drawing : Drawing
    """
    shown = _Canvas(still)
    frames = iter(frames)
    frame = next(frames, None)
    while frame is not None:
        following = next(frames, None)
        skipped, same = shown.unchanged(frame)
        shown.draw(frame, skipped)
        clear = following is not None and shown.covers(following)
        top, left, part = (0, 0, ...) if clear else _box(skipped, same)
        cut = [mask[part] if mask is not None else None for mask in (skipped, same)]
        yield Drawing(left, top, frame.indices[part], frame.palette, *cut, TO_BACKGROUND if clear else KEEP)
        if clear:
            shown = _Canvas(still)
        frame = following


class _Canvas:
    """What a player shows."""

    def __init__(self, still):
        self.still = still
        self.picture = self.source = self.solid = None

    def unchanged(self, frame):
        """Give the masks (must be skipped, need not be drawn) for the next frame, each None where empty."""
        clear = None if frame.solid is None or frame.solid.all() else ~frame.solid
        if self.picture is None:
            return clear, None
        if self._kept(frame, slice(None, None, 16)).mean() < _WORTHWHILE / 2:  # a look at some rows
            return clear, None
        kept = self._kept(frame, slice(None))
        if self.solid is not None:
            kept &= self.solid
        if clear is not None:
            kept &= frame.solid
        if kept.mean() < _WORTHWHILE:
            return clear, None
        same = kept & _all_channels(self.picture == frame.colours())
        skipped = kept & ~same
        if clear is not None:
            skipped |= clear
        return (skipped if skipped.any() else None), (same if same.any() else None)

    def _kept(self, frame, rows):
        """Mark the pixels of some rows that already show what they should."""
        wanted = frame.picture[rows]
        if frame.palette is None:
            return _all_channels(self.picture[rows] == wanted)
        kept = _all_channels(_levels(self.source[rows], wanted) <= _SAME * self.still)
        if not self.still:
            new = _distance(np.take(frame.palette, frame.indices[rows], axis=0), wanted)
            kept |= _coherent(_distance(self.picture[rows], wanted) <= new)
        return kept

    def draw(self, frame, skipped):
        new, solid = frame.colours(), frame.solid
        if self.picture is None or skipped is None:
            self.picture, self.source, self.solid = new, frame.picture, solid
            return
        keep = skipped[..., None]
        self.picture = np.where(keep, self.picture, new)
        self.source = np.where(keep, self.source, frame.picture)
        self.solid = None if self.solid is None or solid is None else self.solid | solid

    def covers(self, frame):
        """Whether something is shown where the frame is transparent."""
        if frame.solid is None:
            return False
        return bool((~frame.solid if self.solid is None else self.solid & ~frame.solid).any())


def _distance(a, b):
    """Square the distance of colours; beyond 147 levels in a channel no more is needed, and 16 bits hold the sum."""
    squares = _SQUARES[_levels(a, b)]
    return squares[..., 0] + squares[..., 1] + squares[..., 2]


def _levels(a, b):
    return np.maximum(a, b) - np.minimum(a, b)


def _all_channels(true):
    return true[..., 0] & true[..., 1] & true[..., 2]


def _coherent(mask):
    """Leave out lone pixels, which cost more than they save: most of the five around must be kept."""
    around = np.pad(mask, ((0, 0), (2, 2)), mode="edge").view(np.uint8)
    return sum(around[:, i : i + mask.shape[1]] for i in range(5)) > 2


def _box(skipped, same):
    """Give (top, left, slices) of the smallest part that holds all pixels to be drawn; one pixel where none is."""
    masks = [mask for mask in (skipped, same) if mask is not None]
    if not masks:
        return 0, 0, ...
    drawn = ~np.logical_or.reduce(masks)
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return 0, 0, (slice(1), slice(1))
    return rows[0], columns[0], (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))


# -- compressed blocks ------------------------------------------------------------------------------------------------


def _encode(job):
    drawing, own_palette, lossy = job
    return encode(drawing, own_palette, lossy)


def encode(drawing, own_palette=True, lossy=0):
    """Compress a drawing into an image block; what need not be drawn is left out where that is smaller."""
    if drawing.palette is None:
        drawing = _exact(drawing)
    ways = [drawing.skipped]
    if drawing.same is not None:
        ways.append(drawing.same if drawing.skipped is None else drawing.same | drawing.skipped)
    blocks = (_block(drawing, mask, own_palette, lossy) for mask in ways)
    return min(blocks, key=lambda block: len(block.data) + len(block.palette or b""))


def _block(drawing, mask, own_palette, lossy):
    indices, palette = drawing.indices, drawing.palette
    if own_palette:
        used = np.bincount((indices if mask is None else indices[~mask]).ravel(), minlength=len(palette)) > 0
        used[0] |= not used.any()  # a palette has at least one colour
        if not used.all():
            indices, palette = (np.cumsum(used) - 1).astype(np.uint8)[indices], palette[used]
    clear = None
    # some readers clear to transparent only where the frame itself knows a transparent colour
    if mask is not None or drawing.disposal == TO_BACKGROUND and len(palette) < 256:
        clear, palette = len(palette), np.vstack([palette, palette[:1]])
    if mask is not None:
        indices = np.where(mask, np.uint8(clear), indices)
    if len(palette) < 2:
        palette = np.repeat(palette, 2, axis=0)
    data = compress_lossy(indices, palette, lossy, clear) if lossy else magick.compress(indices, palette)
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


def _exact(drawing):
    """Find the palette of a drawing that still has its colours: all of them, if 256 are enough."""
    colours, skipped = drawing.indices, drawing.skipped
    both = drawing.same if skipped is None else skipped if drawing.same is None else drawing.same | skipped
    codes = colours.astype(np.int32) @ (1 << 16, 1 << 8, 1)
    for mask in (skipped, both):
        found = np.unique(codes if mask is None or mask.all() else codes[~mask])
        if len(found) <= 256 - (mask is not None):
            indices = np.searchsorted(found, codes)
            palette = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.uint8)
            same = drawing.same if mask is skipped else None
            return replace(
                drawing,
                indices=np.minimum(indices, len(found) - 1).astype(np.uint8),
                palette=palette,
                skipped=mask,
                same=same,
            )
    part = reduce(colours, Look(quality="best"))
    return replace(drawing, indices=part.indices, palette=part.palette, skipped=both, same=None)
