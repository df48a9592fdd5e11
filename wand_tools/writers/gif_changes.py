"""The parts of a frame that need not be drawn again, since they are shown already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wand_tools.gif_blocks import KEEP, TO_BACKGROUND
from wand_tools.pixels import Mask, Pixels, bands
from wand_tools.writers.reduction import Reduced

_SAME = 2  # levels that a channel may differ by and still count as unchanged for the still dither
WORTHWHILE = 0.2  # the share of unchanged pixels above which leaving them out pays
_SQUARES = np.minimum(np.arange(256), 147).astype(np.uint16) ** 2


@dataclass
class Drawing:
    """The part of a frame that is drawn; some of its pixels keep what was there before."""

    left: int
    top: int
    indices: Pixels  # (H, W), or (H, W, 3) colours where there is no palette yet
    palette: Pixels | None  # (N, 3)
    skipped: Mask | None  # pixels that must not be drawn
    same: Mask | None  # pixels that need not be drawn: drawn or not, they look the same
    disposal: int
    source: Pixels | None = None  # (H, W, 3), what was reduced; None where the colours must stay


def differences(frames: Iterable[Reduced], still: bool = False) -> Iterator[Drawing]:
    """Find for each reduced frame what must be drawn over the frames before it.

    A pixel is not drawn again where its source did not change, or where what is shown is as near to the wanted
    colour as any colour of the new palette. Where the next frame is transparent but something solid is shown, the
    whole frame before it is removed.

    Parameters
    ----------
    frames : iterable of Reduced
    still : bool
        Leave alone only what did not change, since a single dithered pixel is never near the wanted colour.

    Yields
    ------
    drawing : Drawing
    """
    shown = _Canvas(still)
    coming = iter(frames)
    frame = next(coming, None)
    while frame is not None:
        following = next(coming, None)
        skipped, same = shown.unchanged(frame)
        shown.draw(frame, skipped)
        clear = following is not None and shown.covers(following)
        top, left, part = (0, 0, ...) if clear else _box(skipped, same)
        skipped, same = (mask[part] if mask is not None and mask[part].any() else None for mask in (skipped, same))
        disposal = TO_BACKGROUND if clear else KEEP
        source = None if frame.exact else frame.picture[part]
        yield Drawing(left, top, frame.indices[part], frame.palette, skipped, same, disposal, source)
        if clear:
            shown = _Canvas(still)
        frame = following


class _Canvas:
    """What a player shows."""

    def __init__(self, still: bool) -> None:
        self.still = still
        self.picture: Reduced | None = None
        self.source: Pixels | None = None  # (H, W, 3), what it was made from
        self.solid: Mask | None = None  # (H, W)

    def unchanged(self, frame: Reduced) -> tuple[Mask | None, Mask | None]:
        """Return the masks (must be skipped, need not be drawn) for the next frame, None where a mask is empty."""
        clear = None if frame.solid is None or frame.solid.all() else ~frame.solid
        if self.picture is None or self.source is None:
            return clear, None
        if frame.exact:  # it stays so: only what is shown already may be left out
            same = self._shown(frame, clear)
            worthwhile = same.any() if frame.palette is None else same.mean() >= WORTHWHILE
            return clear, same if worthwhile else None
        if (
            self._kept(frame, self.picture.colours(16), self.source[::16], 16).mean() < WORTHWHILE / 2
        ):  # some rows are enough to say no
            return clear, None
        picture = self.picture.colours()
        kept = self._kept(frame, picture, self.source)
        if self.solid is not None:
            kept &= self.solid
        if clear is not None:
            kept &= ~clear
        if kept.mean() < WORTHWHILE:
            return clear, None
        same = kept & _all_channels(picture == frame.colours())
        skipped = kept & ~same
        if clear is not None:
            skipped |= clear
        return (skipped if skipped.any() else None), (same if same.any() else None)

    def _shown(self, frame: Reduced, clear: Mask | None) -> Mask:
        """Mark the solid pixels that show the frame's colour."""
        assert self.picture is not None
        picture = self.picture.colours()
        same = np.empty(frame.picture.shape[:2], np.bool_)
        for band in bands(frame.picture.shape):
            same[band] = _all_channels(picture[band] == frame.picture[band])
        for mask in (self.solid, None if clear is None else ~clear):
            if mask is not None:
                same &= mask
        return same

    def _kept(self, frame: Reduced, shown: Pixels, source: Pixels, step: int = 1) -> Mask:
        """Mark the pixels of each `step`-th row that already show what they should."""
        assert frame.palette is not None  # otherwise it is exact
        wanted, indices = frame.picture[::step], frame.indices[::step]
        kept = np.empty(wanted.shape[:2], np.bool_)
        for band in bands(wanted.shape):
            kept[band] = _all_channels(_levels(source[band], wanted[band]) <= _SAME * self.still)
            if not self.still:
                new = _distance(np.take(frame.palette, indices[band], axis=0), wanted[band])
                kept[band] |= _coherent(_distance(shown[band], wanted[band]) <= new)
        return kept

    def draw(self, frame: Reduced, skipped: Mask | None) -> None:
        """Show a frame, but for the pixels that are skipped."""
        solid = frame.solid
        if self.picture is None or self.source is None or skipped is None:
            self.picture, self.source, self.solid = frame, frame.picture, solid
            return
        keep = skipped[..., None]
        shown = np.where(keep, self.picture.colours(), frame.colours())
        self.picture = Reduced(frame.picture, None, shown, None)
        self.source = np.where(keep, self.source, frame.picture)
        self.solid = None if self.solid is None or solid is None else self.solid | solid

    def covers(self, frame: Reduced) -> bool:
        """Tell whether something is shown where the frame is transparent."""
        if frame.solid is None:
            return False
        return bool((~frame.solid if self.solid is None else self.solid & ~frame.solid).any())


def _distance(a: Pixels, b: Pixels) -> npt.NDArray[np.uint16]:
    """Return the squared distance of colours, at most 147 levels a channel so that 16 bits hold the sum."""
    squares = _SQUARES[_levels(a, b)]
    return squares[..., 0] + squares[..., 1] + squares[..., 2]


def _levels(a: Pixels, b: Pixels) -> Pixels:
    return np.maximum(a, b) - np.minimum(a, b)


def _all_channels(true: Mask) -> Mask:
    return true[..., 0] & true[..., 1] & true[..., 2]


def _coherent(mask: Mask) -> Mask:
    """Leave out lone pixels, which cost more than they save: most of the five around must be kept."""
    around = np.pad(mask, ((0, 0), (2, 2)), mode="edge").view(np.uint8)
    count = np.zeros(mask.shape, np.uint8)
    for i in range(5):
        count += around[:, i : i + mask.shape[1]]
    return count > 2


def _box(skipped: Mask | None, same: Mask | None) -> tuple[int, int, Any]:
    """Return (top, left, slices) of the smallest part that holds all pixels that are in no mask."""
    masks = [mask for mask in (skipped, same) if mask is not None]
    if not masks:
        return 0, 0, ...
    return box_of(~np.logical_or.reduce(masks))


def box_of(drawn: Mask) -> tuple[int, int, Any]:
    """Return (top, left, slices) of the smallest part that holds all pixels of a mask; one pixel where it is empty."""
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return 0, 0, (slice(1), slice(1))
    return rows[0], columns[0], (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
