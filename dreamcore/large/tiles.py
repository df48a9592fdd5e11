"""Gradients tile by tile, for pictures that would not fit into memory, equal to the gradient of the whole picture.

A tile answers for some of an end's cells. The network is given all pixels that these cells see, the objective only
these cells, and what the tiles give is added up. Borders of a tile inside the picture are therefore never in what a
cell sees, and tiles begin where the network's strides fall as they do in the whole picture.
"""

from functools import partial
from itertools import product
from math import lcm, prod
from typing import NamedTuple

from dreamcore.ascent.step import shifted_gradient
from dreamcore.errors import DreamError
from dreamcore.large import maps
from dreamcore.large.memory import bytes_per_pixel, memory_limit, program_bytes, size_text

_BAND = 256  # rows of a mapped picture that are in memory at a time, while a tile is taken out or put in


class Span(NamedTuple):
    """A tile along one axis: the pixels from `start` to `stop`, for the cells of those from `first` to `last`."""

    start: int
    stop: int
    first: int
    last: int


class Tiles(NamedTuple):
    """A picture's tiles: every row with every column."""

    rows: tuple
    columns: tuple

    @property
    def pixels(self):
        """How many pixels go through the network for one gradient."""
        return self.count * self.largest

    @property
    def count(self):
        """How many there are."""
        return len(self.rows) * len(self.columns)

    @property
    def largest(self):
        """How many pixels go through it at a time."""
        return prod(self.size)

    @property
    def size(self):
        """Height and width of each."""
        return tuple(spans[0].stop - spans[0].start for spans in self)


def spans(length, longest, stride, before, after):
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
    found = _cut(length, size, stride, before, after)
    while found and len(smaller := _cut(length, size - stride, stride, before, after)) == len(found):
        found, size = smaller, size - stride
    return found


def _cut(length, size, stride, before, after):
    found, first = [], 0
    while first < length:
        start = min(max(first - before, 0) // stride * stride, length - size)
        last = length if start + size == length else (start + size - after) // stride * stride
        if last <= first:
            return ()
        found.append(Span(start, start + size, first, last))
        first = last
    return tuple(found)


def tiles(height, width, seen, pixels):
    """Find the tiles of at most so many pixels with which the least has to be computed.

    Parameters
    ----------
    height, width : int
    seen : sequence of (Field, Field)
        What the cells of each end see, vertically and horizontally.
    pixels : int
        Most pixels of a tile.

    Returns
    -------
    Tiles or None
        None when `pixels` are too few.
    """
    if height * width <= pixels:
        return Tiles(*((Span(0, length, 0, length),) for length in (height, width)))
    reaches = [_reach(axis) for axis in zip(*seen, strict=True)]
    best = None
    for tall in range(height, 0, -reaches[0][0]):
        rows = spans(height, tall, *reaches[0])
        columns = rows and spans(width, pixels // (rows[0].stop - rows[0].start), *reaches[1])
        if columns and (best is None or Tiles(rows, columns).pixels < best.pixels):
            best = Tiles(rows, columns)
    return best


def _reach(fields):
    """Stride of all ends together, and the pixels seen before and behind."""
    before = max(0, *(-field.first for field in fields))
    after = max(0, *(field.last - field.stride + 1 for field in fields))
    return lcm(*(field.stride for field in fields)), before, after


def tiled_gradient(network, data, ends, objective, offset, *, tiles):
    """Take the gradient of a shifted picture tile by tile; its arguments are those of `shifted_gradient`.

    The objective must be a sum over the places of its ends, as all of `dreamcore.ascent.objectives` are.
    """
    strides = [tuple(field.stride for field in network.field(end)) for end in ends]
    total, value = maps.zeros_like(data), 0.0
    for row in tiles.rows:
        for column in tiles.columns:
            down = _places(row, -offset[1], data.shape[-2], _BAND)
            across = _places(column, -offset[0], data.shape[-1], data.shape[-1])
            places = [*product(down, across)]

            def cells(*blobs, row=row, column=column):
                return objective(
                    *(
                        blob[:, _cells(row, vertical, data.shape[-2]), _cells(column, horizontal, data.shape[-1])]
                        for blob, (vertical, horizontal) in zip(blobs, strides, strict=True)
                    )
                )

            tile = data.new_empty((*data.shape[:-2], row.stop - row.start, column.stop - column.start))
            for (there_y, y), (there_x, x) in places:
                tile[..., y, x] = data[..., there_y, there_x]
                maps.let_go(data)
            part, gradient = network.gradient(tile, ends, cells)
            for (there_y, y), (there_x, x) in places:
                total[..., there_y, there_x] += gradient[..., y, x]
                maps.let_go(total)
            value = value + part
            del tile, gradient  # before the next ones are made
    return value, total


def _places(span, shift, length, longest):
    """Where the pieces of a tile lie in a picture that is shifted and wraps around: slices of the picture, of the tile.

    None is longer than `longest`.
    """
    places, done = [], 0
    while done < span.stop - span.start:
        start = (span.start + shift + done) % length
        size = min(longest, length - start, span.stop - span.start - done)
        places.append((slice(start, start + size), slice(done, done + size)))
        done += size
    return places


def _cells(span, stride, length):
    """The cells of a tile that it answers for; the picture's last tile also for a cell that lies over its edge."""
    last = None if span.last == length else (span.last - span.start) // stride
    return slice((span.first - span.start) // stride, last)


def plan(network, ends, height, width, *, memory=None, held=0, count=1):
    """Decide how a picture is tiled: in one tile where it fits.

    Parameters
    ----------
    network : Network
    ends : tuple of str
    height, width : int
    memory : int, optional
        Bytes that the program may take; most of what is free when not given.
    held : int
        Bytes of the pictures that are in memory besides.
    count : int
        Pictures that go through the network at a time.

    Returns
    -------
    Tiles

    Raises
    ------
    DreamError
        When not even one tile fits, or a picture that does not fit cannot be tiled.
    """
    fixed, each = program_bytes(network), count * bytes_per_pixel(network, ends, height, width)
    memory = memory_limit(network, memory)
    if fixed + held + each * height * width <= memory:
        return tiles(height, width, (), height * width)
    seen = [network.field(end) for end in ends]
    size, names = f"a picture of {width}x{height} pixels", f"{' and '.join(ends)} of {network.name}"
    limit = f"the limit is {size_text(memory)}"
    if not all(seen):
        whole = size_text(fixed + held + each * height * width)
        raise DreamError(f"{size} takes {whole} of memory, {limit}, and cannot be tiled: {names} sees all of it")
    found = tiles(height, width, seen, max(0, int((memory - fixed - held) / each)))
    if found is None:
        least = size_text(fixed + held + each * _smallest(seen))
        raise DreamError(f"{size} takes at least {least} of memory for {names}, {limit}")
    return found


def gradient_in(tiles):
    """What `step` takes as `gradient_of`: `shifted_gradient`, or `tiled_gradient` where there are several tiles."""
    return partial(tiled_gradient, tiles=tiles) if tiles.count > 1 else shifted_gradient


def _smallest(seen):
    reaches = [_reach(axis) for axis in zip(*seen, strict=True)]
    return prod(2 * stride + before + after for stride, before, after in reaches)
