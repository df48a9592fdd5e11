"""Compiled: the nearest colours of a palette, and errors passed on to the pixels around."""

from __future__ import annotations

import numpy as np

from wand_tools.writers.compiling import compiled, part
from wand_tools.writers.kernels.search import find, forget

NEAR = 8  # how many colours similar to each are listed


@part
def _apart(red, green, blue, palette, number):
    r, g, b = red - palette[3 * number], green - palette[3 * number + 1], blue - palette[3 * number + 2]
    return r * r + g * g + b * b


@compiled("float32*, int64, uint8*, float32*")
def neighbours(palette, count, near, apart):
    """List the colours nearest to each of a palette, nearest first, and their squared distances."""
    for number in range(count):
        row, found = NEAR * number, 0
        for other in range(count):
            here = _apart(palette[3 * number], palette[3 * number + 1], palette[3 * number + 2], palette, other)
            if other == number or found == NEAR and here >= apart[row + NEAR - 1]:
                continue
            at = min(found, NEAR - 1)
            while at > 0 and apart[row + at - 1] > here:
                near[row + at], apart[row + at] = near[row + at - 1], apart[row + at - 1]
                at -= 1
            near[row + at], apart[row + at] = other, here
            found = min(found + 1, NEAR)
    return 0


@compiled("uint8*, int64, float32*, int64, int32*, int16*, uint8*, uint8*")
def look_up(pixels, size, palette, count, begins, sizes, pool, found):
    """Find each pixel's nearest colour."""
    forget(begins)
    for i in range(size):
        r, g, b = np.float32(pixels[3 * i]), np.float32(pixels[3 * i + 1]), np.float32(pixels[3 * i + 2])
        found[i] = find(r, g, b, palette, count, begins, sizes, pool)
    return 0


@part
def _within(level):
    return min(max(level, np.float32(0)), np.float32(255))


@part
def _spread(error, errors, below, here, ahead, behind):
    """Pass an error on as Floyd and Steinberg do: to the next pixel, and to three of the row below."""
    errors[ahead] += error * np.float32(7 / 16)
    errors[below + behind - here] += error * np.float32(3 / 16)
    errors[below] += error * np.float32(5 / 16)
    errors[below + ahead - here] += error * np.float32(1 / 16)


@compiled("uint8*, int64, int64, float32*, int64, int32*, int16*, uint8*, float32, uint8*, float32*, uint8*")
def diffuse(pixels, height, width, palette, count, begins, sizes, pool, strength, plain, errors, found):
    """Find colours, and pass on a part of each error, row by row to and fro.

    Pixels whose colour is in the palette, as `plain` (the nearest colours) tells, have it and pass nothing on.
    """
    forget(begins)
    line = 3 * (width + 2)
    for i in range(2 * line):
        errors[i] = np.float32(0)
    for y in range(height):
        row, following = (y % 2) * line, (1 - y % 2) * line
        for i in range(line):
            errors[following + i] = np.float32(0)
        for step in range(width):
            x = step if y % 2 == 0 else width - 1 - step
            way = 3 if y % 2 == 0 else -3
            at, here = y * width + x, row + 3 * (x + 1)
            r, g, b = np.float32(pixels[3 * at]), np.float32(pixels[3 * at + 1]), np.float32(pixels[3 * at + 2])
            own = np.int64(plain[at])
            if _apart(r, g, b, palette, own) == 0:
                found[at] = own
                continue
            r, g, b = _within(r + errors[here]), _within(g + errors[here + 1]), _within(b + errors[here + 2])
            nearest = find(r, g, b, palette, count, begins, sizes, pool)
            found[at] = nearest
            below = following + 3 * (x + 1)
            _spread((r - palette[3 * nearest]) * strength, errors, below, here, here + way, here - way)
            _spread(
                (g - palette[3 * nearest + 1]) * strength, errors, below + 1, here + 1, here + 1 + way, here + 1 - way
            )
            _spread(
                (b - palette[3 * nearest + 2]) * strength, errors, below + 2, here + 2, here + 2 + way, here + 2 - way
            )
    return 0
