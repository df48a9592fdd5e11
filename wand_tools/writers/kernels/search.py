"""Compiled: the nearest of some colours, looked for among the few that can be in a cell of the colour cube.

Which colours can be nearest to a point of a cell is found when the first point there asks: those that are no farther
from the cell than the nearest one is from its farthest corner. Cells of 16 levels a side choose among all, cells of 8
among those that the larger cell around them has.
"""

from __future__ import annotations

import numpy as np

from wand_tools.writers.compiling import part

FINE, CELLS = 32**3, 32**3 + 16**3  # cells of 8 levels, and with the larger ones
POOL = 1 << 19  # numbers that the lists of all cells hold; more than enough, mostly
_USED = CELLS  # where in `begins` it stands how many of these are in use
PLACES = CELLS + 1


@part
def forget(begins):
    """Empty the lists of all cells."""
    for cell in range(CELLS):
        begins[cell] = -1
    begins[_USED] = 0


@part
def _beyond(level, low, side):
    """Return how far a level is from the nearest and from the farthest of a cell."""
    under, over = low - level, level - (low + side)
    return max(max(under, over), np.float32(0)), max(abs(under), abs(over))


@part
def _choose(red, green, blue, side, colours, count, source, begins, sizes, pool):
    """Append the numbers of the colours that can be nearest in a cell, out of a list (-1: out of all)."""
    start, used = np.int64(begins[source]) if source >= 0 else np.int64(0), np.int64(begins[_USED])
    many = np.int64(sizes[source]) if source >= 0 else count
    reach = np.float32(1e30)
    for k in range(many):
        number = np.int64(pool[start + k]) if source >= 0 else k
        r = _beyond(np.float32(colours[3 * number]), red, side)[1]
        g = _beyond(np.float32(colours[3 * number + 1]), green, side)[1]
        b = _beyond(np.float32(colours[3 * number + 2]), blue, side)[1]
        reach = min(reach, r * r + g * g + b * b)
    found = np.int64(0)
    for k in range(many):
        number = np.int64(pool[start + k]) if source >= 0 else k
        r = _beyond(np.float32(colours[3 * number]), red, side)[0]
        g = _beyond(np.float32(colours[3 * number + 1]), green, side)[0]
        b = _beyond(np.float32(colours[3 * number + 2]), blue, side)[0]
        if r * r + g * g + b * b <= reach:
            pool[used + found] = number
            found += 1
    begins[_USED] = used + found
    return used, found


@part
def _list(r, g, b, colours, count, begins, sizes, pool):
    """Return the cell of 8 levels in which a colour lies, after making the list of it."""
    cell = ((r >> 3) * 32 + (g >> 3)) * 32 + (b >> 3)
    if begins[cell] >= 0:
        return cell
    if begins[_USED] + 2 * count > POOL:
        forget(begins)
    large = FINE + ((r >> 4) * 16 + (g >> 4)) * 16 + (b >> 4)
    if begins[large] < 0:
        low_r, low_g, low_b = np.float32(r & 240), np.float32(g & 240), np.float32(b & 240)
        begins[large], sizes[large] = _choose(
            low_r, low_g, low_b, np.float32(16), colours, count, np.int64(-1), begins, sizes, pool
        )
    low_r, low_g, low_b = np.float32(r & 248), np.float32(g & 248), np.float32(b & 248)
    begins[cell], sizes[cell] = _choose(low_r, low_g, low_b, np.float32(8), colours, count, large, begins, sizes, pool)
    return cell


@part
def find(red, green, blue, colours, count, begins, sizes, pool):
    """Return the number of the colour (each three levels in `colours`) nearest to one within 0..255."""
    cell = _list(np.int64(red), np.int64(green), np.int64(blue), colours, count, begins, sizes, pool)
    start = np.int64(begins[cell])
    nearest, distance = np.int64(0), np.float32(1e30)
    for k in range(sizes[cell]):
        number = np.int64(pool[start + k])
        r, g, b = red - colours[3 * number], green - colours[3 * number + 1], blue - colours[3 * number + 2]
        here = np.float32(r * r + g * g + b * b)
        if here < distance:
            nearest, distance = number, here
    return nearest
