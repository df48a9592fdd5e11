"""Compiled: the nearest colours of a palette, and errors passed on to the pixels around."""

from __future__ import annotations

import numpy as np

from dreamcore.compiling import compiled, part
from wand_tools.kernels.search import forget, nearest, small

NEAR = 8  # how many colours similar to each are listed
_HALF = np.float32(0.5)


@compiled("float32*, int64, float32*, uint8*, float32*")
def neighbours(palette, count, far, near, apart):
    """List the colours nearest to each of a palette, nearest first, and their squared distances."""
    for number in range(count):
        row, found, most = NEAR * number, 0, np.float32(1e30)
        for other in range(count):
            r = palette[3 * other] - palette[3 * number]
            g = palette[3 * other + 1] - palette[3 * number + 1]
            b = palette[3 * other + 2] - palette[3 * number + 2]
            far[other] = r * r + g * g + b * b
        for other in range(count):
            if far[other] >= most or other == number:
                continue
            at = min(found, NEAR - 1)
            while at > 0 and apart[row + at - 1] > far[other]:
                near[row + at], apart[row + at] = near[row + at - 1], apart[row + at - 1]
                at -= 1
            near[row + at], apart[row + at] = other, far[other]
            found = min(found + 1, NEAR)
            if found == NEAR:
                most = apart[row + NEAR - 1]
    return 0


@compiled("uint8*, int64, int64, int32*, uint32*, uint8*")
def look_up(pixels, size, count, places, pool, found):
    """Find each pixel's nearest colour; return how many pixels have their own."""
    forget(count, places)
    own = 0
    for i in range(size):
        r, g, b = np.int64(pixels[3 * i]), np.int64(pixels[3 * i + 1]), np.int64(pixels[3 * i + 2])
        best = nearest(r, g, b, small(r, g, b, count, places, pool), pool)
        found[i] = best & 255
        own += best < 256
    return own


@part
def _within(level):
    return min(max(np.float32(level), np.float32(0)), np.float32(255))


@part
def _spread(error, errors, below, here, ahead, behind):
    """Pass an error on as Floyd and Steinberg do: to the next pixel, and to three of the row below."""
    errors[ahead] += error * np.float32(7 / 16)
    errors[below + behind - here] += error * np.float32(3 / 16)
    errors[below] += error * np.float32(5 / 16)
    errors[below + ahead - here] += error * np.float32(1 / 16)


@compiled("uint8*, int64, int64, int64, int32*, uint32*, float32, uint8*, float32*, uint8*")
def diffuse(pixels, height, width, count, places, pool, strength, plain, errors, found):
    """Find colours, and pass on a part of each error, row by row to and fro.

    Pixels whose colour is in the palette, as `plain` (the nearest colours) tells, have it and pass nothing on.
    """
    forget(count, places)
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
            r, g, b = np.int64(pixels[3 * at]), np.int64(pixels[3 * at + 1]), np.int64(pixels[3 * at + 2])
            number = np.int64(plain[at])
            if np.int64(pool[number]) & 0xFFFFFF == r << 16 | g << 8 | b:
                found[at] = number
                continue
            red, green, blue = _within(r + errors[here]), _within(g + errors[here + 1]), _within(b + errors[here + 2])
            r, g, b = np.int64(red + _HALF), np.int64(green + _HALF), np.int64(blue + _HALF)
            number = nearest(r, g, b, small(r, g, b, count, places, pool), pool) & 255
            found[at] = number
            colour, below = np.int64(pool[number]), following + 3 * (x + 1)
            r, g, b = red - (colour >> 16 & 255), green - (colour >> 8 & 255), blue - (colour & 255)
            _spread(np.float32(r) * strength, errors, below, here, here + way, here - way)
            _spread(np.float32(g) * strength, errors, below + 1, here + 1, here + 1 + way, here + 1 - way)
            _spread(np.float32(b) * strength, errors, below + 2, here + 2, here + 2 + way, here + 2 - way)
    return 0
