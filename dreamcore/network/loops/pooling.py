"""Compiled: max pooling that notes where the maxima were, and its gradient."""

from __future__ import annotations

import numpy as np

from dreamcore.network.loops.numbers import put, spread, wide

NONE = 255  # stands for the place of a maximum that lies in no place: a value that ReLU took away


@spread("blob*, blob*, uint8*, " + ", ".join(["int64"] * 11) + ", float32")
def largest(
    x, top, places, height, width, channels, rows, columns, tall, broad, down, across, above, left, low, room, chunk
):
    """Compute one row of a picture's windows: the largest values, no less than `low`, and their places."""
    picture, row = chunk // rows, chunk % rows
    first, last = max(0, above - row * down), min(tall, height + above - row * down)
    for column in range(columns):
        into = (chunk * columns + column) * channels
        for c in range(channels):
            room[c] = low
            places[into + c] = np.uint8(NONE)
        for i in range(first, last):
            for j in range(max(0, left - column * across), min(broad, width + left - column * across)):
                at = ((picture * height + row * down - above + i) * width + column * across - left + j) * channels
                place = np.uint8(i * broad + j)
                for c in range(channels):
                    value = wide(x[at + c])
                    more = value > room[c]
                    room[c] = value if more else room[c]
                    places[into + c] = place if more else places[into + c]
        for c in range(channels):
            put(top, into + c, room[c])
    return 0


@spread("blob*, uint8*, blob*, " + ", ".join(["int64"] * 11))
def largest_gradient(
    gradient,
    places,
    result,
    height,
    width,
    channels,
    rows,
    columns,
    tall,
    broad,
    down,
    across,
    above,
    left,
    room,
    chunk,
):
    """Compute one row of a picture: what of the gradient is dealt out to its places."""
    picture, y = chunk // height, chunk % height
    for x in range(width):
        for c in range(channels):
            room[c] = np.float32(0)
        # The windows that contain the place (y, x), and what its place is called in each.
        for row in range(max(0, (y + above - tall) // down + 1), min(rows, (y + above) // down + 1)):
            for column in range(max(0, (x + left - broad) // across + 1), min(columns, (x + left) // across + 1)):
                place = np.uint8((y + above - row * down) * broad + x + left - column * across)
                at = ((picture * rows + row) * columns + column) * channels
                for c in range(channels):
                    room[c] += wide(gradient[at + c]) if places[at + c] == place else np.float32(0)
        into = (chunk * width + x) * channels
        for c in range(channels):
            put(result, into + c, room[c])
    return 0
