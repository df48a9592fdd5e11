"""Compiled: the nearest of some colours, looked for among the few that can be in a cell of the colour cube.

Which colours can be nearest to a point of a cell is found when the first point there asks. By how much one is farther
from a point, squared, than the one that is nearest to the cell's middle changes evenly within the cell, so its least
value is in a corner; where that is above zero the colour cannot be nearest. A cell chooses among those of the cell of
twice its side around it, the largest among all.

Colours are numbers of 32 bits: which one it is, then red, green and blue.
"""

from __future__ import annotations

import numpy as np

from dreamcore.compiling import part

SMALL, MIDDLE, LARGE = 0, 32**3, 32**3 + 16**3  # where the cells of 8, 16, 32 and 64 levels a side begin
_HUGE = LARGE + 8**3
_USED = _HUGE + 4**3  # where in `places` it stands how many numbers in `pool` are in use
PLACES = _USED + 1
POOL = 1 << 18  # numbers that the lists of all cells hold; more than enough, mostly
_FAR = np.int64(1) << 62


@part
def forget(count, places):
    """Empty the lists of all cells: the first `count` numbers of the pool are all the colours."""
    for cell in range(_USED):
        places[cell] = -1
    places[_USED] = count


@part
def _apart(colour, red, green, blue):
    r, g, b = red - (colour >> 16 & 255), green - (colour >> 8 & 255), blue - (colour & 255)
    return r * r + g * g + b * b


@part
def _choose(cell, red, green, blue, side, source, places, pool):
    """List the colours that can be nearest in the cell around a colour, out of a list; return its place and length."""
    r, g, b = (red & -side) + side // 2, (green & -side) + side // 2, (blue & -side) + side // 2
    begin, end, used = source >> 8, (source >> 8) + (source & 255) + 1, np.int64(places[_USED])
    best = _FAR
    for k in range(begin, end):
        colour = np.int64(pool[k])
        best = min(best, _apart(colour, r, g, b) << 24 | colour & 0xFFFFFF)
    near, x, y, z = best >> 24, best >> 16 & 255, best >> 8 & 255, best & 255
    found = np.int64(0)
    for k in range(begin, end):
        colour = np.int64(pool[k])
        along = abs((colour >> 16 & 255) - x) + abs((colour >> 8 & 255) - y) + abs((colour & 255) - z)
        pool[used + found] = colour
        found += _apart(colour, r, g, b) - near <= side * along
    place = used << 8 | found - 1
    places[cell], places[_USED] = place, used + found
    return place


@part
def middling(r, g, b, count, places, pool):
    """Return the list of the cell of 16 levels in which a colour lies: where in the pool, and its length less one."""
    cell = MIDDLE + ((r >> 4) * 16 + (g >> 4)) * 16 + (b >> 4)
    place = np.int64(places[cell])
    if place >= 0:
        return place
    if places[_USED] + 4 * count > POOL:
        forget(count, places)
    large, huge = LARGE + ((r >> 5) * 8 + (g >> 5)) * 8 + (b >> 5), _HUGE + ((r >> 6) * 4 + (g >> 6)) * 4 + (b >> 6)
    place = np.int64(places[large])
    if place < 0:
        place = np.int64(places[huge])
        if place < 0:
            place = _choose(huge, r, g, b, 64, count - 1, places, pool)
        place = _choose(large, r, g, b, 32, place, places, pool)
    return _choose(cell, r, g, b, 16, place, places, pool)


@part
def small(r, g, b, count, places, pool):
    """Return the list of the cell of 8 levels in which a colour lies, as `middling` does."""
    cell = SMALL + ((r >> 3) * 32 + (g >> 3)) * 32 + (b >> 3)
    place = np.int64(places[cell])
    if place >= 0:
        return place
    place = middling(r, g, b, count, places, pool)
    if places[_USED] + count > POOL:
        return place
    return _choose(cell, r, g, b, 8, place, places, pool)


@part
def nearest(r, g, b, place, pool):
    """Return the colour of a list that is nearest to a whole one: 256 times its squared distance, and its number."""
    best, begin = _FAR, place >> 8
    for k in range(begin, begin + (place & 255) + 1):
        colour = np.int64(pool[k])
        best = min(best, _apart(colour, r, g, b) << 8 | colour >> 24)
    return best
