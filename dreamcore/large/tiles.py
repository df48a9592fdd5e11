"""Gradients tile by tile, for pictures that would not fit into memory, equal to the gradient of the whole picture.

A tile answers for some of an end's cells. The network is given all pixels that these cells see, the objective only
these cells, and what the tiles give is added up. Borders of a tile inside the picture are therefore never in what a
cell sees, and tiles begin where the network's strides fall as they do in the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import lcm, prod
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from torch import Tensor

from dreamcore.errors import DreamError
from dreamcore.large.store import Store

if TYPE_CHECKING:
    from dreamcore.network import Network
    from dreamcore.network.fields import Field

Objectives: TypeAlias = Callable[..., Tensor] | tuple[Callable[..., Tensor], ...]  # of all pictures, or of each
_BAND = 256  # rows of a picture that are in memory at a time, while a tile is taken out or put in


class Span(NamedTuple):
    """A tile along one axis: the pixels from `start` to `stop`, for the cells of those from `first` to `last`."""

    start: int
    stop: int
    first: int
    last: int


class Window(NamedTuple):
    """Where the cells that an objective is given lie in the whole blob: `height` and `width` are the whole blob's."""

    top: int
    left: int
    height: int
    width: int


class Tiles(NamedTuple):
    """A picture's tiles: every row with every column."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]

    @property
    def pixels(self) -> int:
        """How many pixels go through the network for one gradient."""
        return self.number * self.largest

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.rows) * len(self.columns)

    @property
    def largest(self) -> int:
        """How many pixels go through the network at a time."""
        return prod(self.size)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of each."""
        return self.rows[0].stop - self.rows[0].start, self.columns[0].stop - self.columns[0].start


def spans(length: int, longest: int, stride: int, before: int, after: int) -> tuple[Span, ...]:
    """Cut an axis into tiles of one size.

    Parameters
    ----------
    length : int
        Pixels of the picture.
    longest : int
        Most pixels of a tile.
    stride : int
        Tiles begin at multiples of it.
    before, after : int
        How far a cell sees before its first and behind its last pixel.

    Returns
    -------
    tuple of Span
        Empty when `longest` is too little for a cell.

    Examples
    --------
    >>> spans(10, 7, 1, 1, 1)
    (Span(start=0, stop=6, first=0, last=5), Span(start=4, stop=10, first=5, last=10))
    """
    if length <= longest:
        return (Span(0, length, 0, length),)
    size = longest - (longest - length) % stride  # so that the last tile, too, begins at a multiple
    best = _cut(length, size, stride, before, after)
    while best and len(smaller := _cut(length, size - stride, stride, before, after)) == len(best):
        best, size = smaller, size - stride
    return best


def _cut(length: int, size: int, stride: int, before: int, after: int) -> tuple[Span, ...]:
    cut, first = [], 0
    while first < length:
        start = min(max(first - before, 0) // stride * stride, length - size)
        last = length if start + size == length else (start + size - after) // stride * stride
        if last <= first:
            return ()
        cut.append(Span(start, start + size, first, last))
        first = last
    return tuple(cut)


def best_tiles(height: int, width: int, fields: Sequence[tuple[Field, Field]], pixels: int) -> Tiles | None:
    """Return the tiles of at most so many pixels with which the least has to be computed.

    Parameters
    ----------
    height, width : int
    fields : sequence of (Field, Field)
        What the cells of each end see, vertically and horizontally.
    pixels : int
        Most pixels of a tile.

    Returns
    -------
    Tiles or None
        None when `pixels` are too few.
    """
    if height * width <= pixels:
        return one_tile(height, width)
    down, across = (_reach(axis) for axis in zip(*fields, strict=True))
    best = None
    for tall in range(height, 0, -down[0]):
        rows = spans(height, tall, *down)
        columns = spans(width, pixels // (rows[0].stop - rows[0].start), *across) if rows else ()
        if columns and (best is None or Tiles(rows, columns).pixels < best.pixels):
            best = Tiles(rows, columns)
    return best


def one_tile(height: int, width: int) -> Tiles:
    """Return the whole picture as a single tile."""
    return Tiles((Span(0, height, 0, height),), (Span(0, width, 0, width),))


def tiling(network: Network, ends: tuple[str, ...], height: int, width: int, pixels: int | None) -> Tiles:
    """Return the tiles of a picture for some ends; it depends on nothing else, so that a resumed run tiles alike.

    Parameters
    ----------
    network : Network
    ends : tuple of str
    height, width : int
    pixels : int or None
        Most pixels of a tile; None where every picture goes through the network as a whole.

    Returns
    -------
    Tiles
        One where the picture is small enough, or an end sees all of it.

    Raises
    ------
    DreamError
        When a tile of so many pixels is less than what a cell of the ends sees.
    """
    if pixels is None or height * width <= pixels:
        return one_tile(height, width)
    fields = _fields(network, ends)
    best = one_tile(height, width) if fields is None else best_tiles(height, width, fields, pixels)
    if best is None:
        names = " and ".join(ends)
        raise DreamError(f"tiles of {pixels} pixels are too small for {names} of {network.name}")
    return best


def smallest_tile(network: Network, ends: tuple[str, ...]) -> int | None:
    """Return the pixels of the smallest tile for some ends; None where an end sees all of the picture."""
    fields = _fields(network, ends)
    if fields is None:
        return None
    reaches = [_reach(axis) for axis in zip(*fields, strict=True)]
    return prod(2 * stride + before + after for stride, before, after in reaches)


def _fields(network: Network, ends: tuple[str, ...]) -> list[tuple[Field, Field]] | None:
    fields = [field for end in ends if (field := network.field(end))]
    return fields if len(fields) == len(ends) else None


def _reach(fields: Iterable[Field]) -> tuple[int, int, int]:
    """Return the stride of all ends together, and the pixels seen before and behind."""
    fields = tuple(fields)
    before = max(0, *(-field.first for field in fields))
    after = max(0, *(field.last - field.stride + 1 for field in fields))
    return lcm(*(field.stride for field in fields)), before, after


def tiled_gradient(
    network: Network,
    data: Tensor,
    ends: tuple[str, ...],
    objective: Objectives,
    offset: tuple[int, int],
    *,
    tiles: Tiles,
    store: Store,
) -> tuple[Tensor, Tensor]:
    """Take the gradient of a shifted picture tile by tile.

    Parameters
    ----------
    network, data, ends, offset
        As for `dreamcore.ascent.step.shifted_gradient`.
    objective : callable, or tuple of callables
        Takes the cells of each end that a tile answers for, (C, h, w), and ``windows``, a tuple with the `Window` of
        each; gives a scalar; or one for each picture. It must be a sum over the places of the ends, as all of
        `dreamcore.ascent.objectives` are.
    tiles : Tiles
        Of a picture of this size.
    store : Store
        Where the picture lies.

    Returns
    -------
    value, gradient : Tensor
        As of `shifted_gradient`.
    """
    height, width = data.shape[-2:]
    pieces = (
        (row, column, _on_cells(network, ends, objective, row, column, height, width))
        for row, column in product(tiles.rows, tiles.columns)
    )
    return gradient_of_pieces(network, data, ends, pieces, offset, store)


def gradient_of_pieces(
    network: Network,
    data: Tensor,
    ends: tuple[str, ...],
    pieces: Iterable[tuple[Span, Span, Objectives]],
    offset: tuple[int, int],
    store: Store,
) -> tuple[Tensor, Tensor]:
    """Take the gradient of a shifted picture as the sum of those of pieces of it, each with an objective of its own.

    Parameters
    ----------
    network, data, ends, offset, store
        As for `tiled_gradient`.
    pieces : iterable of (Span, Span, callable or tuple of callables)
        Rows, columns, and the objective as a function of the piece's blobs.

    Returns
    -------
    value, gradient : Tensor
    """
    height, width = data.shape[-2:]
    total, value = store.zeros_like(data), data.new_zeros(data.shape[:-3])
    for row, column, objective in pieces:
        places = [*product(_places(row, -offset[1], height, _BAND), _places(column, -offset[0], width, width))]
        piece = data.new_empty((*data.shape[:-2], row.stop - row.start, column.stop - column.start))
        for (there_y, y), (there_x, x) in places:
            piece[..., y, x] = data[..., there_y, there_x]
            store.let_go()
        part, gradient = network.gradient(piece, ends, objective)
        for (there_y, y), (there_x, x) in places:
            total[..., there_y, there_x] += gradient[..., y, x]
            store.let_go()
        value = value + part
        del piece, gradient  # before the next ones are made
    return value, total


def _places(span: Span, shift: int, length: int, longest: int) -> list[tuple[slice, slice]]:
    """Return where the pieces of a tile lie in a picture that is shifted and wraps around.

    They are slices of the picture and of the tile; none is longer than `longest`.
    """
    places, done = [], 0
    while done < span.stop - span.start:
        start = (span.start + shift + done) % length
        size = min(longest, length - start, span.stop - span.start - done)
        places.append((slice(start, start + size), slice(done, done + size)))
        done += size
    return places


def _on_cells(
    network: Network,
    ends: tuple[str, ...],
    objective: Objectives,
    row: Span,
    column: Span,
    height: int,
    width: int,
) -> Objectives:
    """Return the objective as a function of a tile's blobs that looks at the cells which the tile answers for."""
    cuts, windows = [], []
    shapes, fields = network.shapes_at(height, width, ends), _fields(network, ends) or ()
    for (_, high, wide), (vertical, horizontal) in zip(shapes, fields, strict=True):
        down, across = vertical.stride, horizontal.stride
        cuts.append((_cells(row, down, height), _cells(column, across, width)))
        windows.append(Window(row.first // down, column.first // across, high, wide))

    def of(one: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def on_cells(*blobs: Tensor) -> Tensor:
            cells = (blob[:, rows, columns] for blob, (rows, columns) in zip(blobs, cuts, strict=True))
            return one(*cells, windows=tuple(windows))

        return on_cells

    return tuple(map(of, objective)) if isinstance(objective, tuple) else of(objective)


def _cells(span: Span, stride: int, length: int) -> slice:
    """Return the cells of a tile that it answers for; the last tile also answers for a cell over the picture's edge."""
    last = None if span.last == length else (span.last - span.start) // stride
    return slice((span.first - span.start) // stride, last)
