"""Compiled: the rows of a PNG, each of which tells how its bytes differ from those around."""

from __future__ import annotations

import numpy as np

from dreamcore.compiling import compiled, part


@part
def _foreseen(left, above, corner):
    """Return which of three bytes is nearest to left + above - corner, as Paeth has it."""
    low, high, limit = min(left, above), max(left, above), 3 * corner - left - above
    inner = low if high <= limit else corner
    return high if limit <= low else inner


@compiled("uint8*, int64, int64, uint8*")
def unfilter(rows, height, width, pixels):
    """Fill in the pixels, red, green and blue, of rows that begin with their filter; return 1 if one is unknown."""
    line = 3 * width
    for y in range(height):
        at, here = y * (line + 1) + 1, y * line
        kind, above = rows[at - 1], here - line
        if kind > 4:
            return 1
        if y == 0:  # above are zeros, and Paeth's filter takes the left one
            kind = 0 if kind == 2 else 1 if kind == 4 else kind
        if kind == 0:
            for x in range(line):
                pixels[here + x] = rows[at + x]
        elif kind == 2:
            for x in range(line):
                pixels[here + x] = rows[at + x] + pixels[above + x]
        else:
            _from_the_left(rows, pixels, at, here, above, line, kind, y)
    return 0


@part
def _from_the_left(rows, pixels, at, here, above, line, kind, y):
    """Fill in a row of filter 1, 3 or 4: the pixel before, the mean of it and of that above, Paeth's."""
    r = g = b = red = green = blue = np.int64(0)
    for x in range(0, line, 3):
        p, q, s = np.int64(rows[at + x]), np.int64(rows[at + x + 1]), np.int64(rows[at + x + 2])
        if kind == 1:
            r, g, b = p + r & 255, q + g & 255, s + b & 255
        else:
            i, j, k = np.int64(0), np.int64(0), np.int64(0)
            if y > 0:
                i, j, k = np.int64(pixels[above + x]), np.int64(pixels[above + x + 1]), np.int64(pixels[above + x + 2])
            if kind == 3:
                r, g, b = p + (r + i) // 2 & 255, q + (g + j) // 2 & 255, s + (b + k) // 2 & 255
            else:
                r, g, b = (
                    p + _foreseen(r, i, red) & 255,
                    q + _foreseen(g, j, green) & 255,
                    s + _foreseen(b, k, blue) & 255,
                )
            red, green, blue = i, j, k
        pixels[here + x], pixels[here + x + 1], pixels[here + x + 2] = r, g, b
