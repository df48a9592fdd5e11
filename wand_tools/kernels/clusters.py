"""Compiled: weights of pixels, their histogram, and the few colours in the middle of many."""

from __future__ import annotations

import math

import numpy as np

from dreamcore.compiling import compiled, part
from wand_tools.kernels.search import forget, middling, nearest

_AROUND = 3  # pixels on each side whose contrast hides an error
_HIDES = np.float32(60)  # the variance that begins to
_FARTHER = 1.8  # how much farther centres move than to the middles


@compiled("uint8*, int64, int64, int32*, int32*, float32*")
def weigh(pixels, height, width, columns, sums, weights):
    """Weigh each pixel by how much an error there is seen: 1 on a plain ground, less in a texture.

    `columns` and `sums` have room for two rows each: sums of grey levels, and of their squares, of the rows around and
    of the pixels around.
    """
    for x in range(2 * width):
        columns[x] = 0
    for y in range(-_AROUND, height):
        coming, going = 3 * width * (y + _AROUND), 3 * width * (y - _AROUND - 1)
        if y + _AROUND < height:
            for x in range(width):
                at = coming + 3 * x
                grey = np.int32(pixels[at]) + np.int32(pixels[at + 1]) + np.int32(pixels[at + 2])
                columns[x] += grey
                columns[width + x] += grey * grey
        if y > _AROUND:
            for x in range(width):
                at = going + 3 * x
                grey = np.int32(pixels[at]) + np.int32(pixels[at + 1]) + np.int32(pixels[at + 2])
                columns[x] -= grey
                columns[width + x] -= grey * grey
        if y < 0:
            continue
        for row in range(2):
            total = np.int32(0)
            for x in range(-_AROUND, width):
                if x + _AROUND < width:
                    total += columns[row * width + x + _AROUND]
                if x > _AROUND:
                    total -= columns[row * width + x - _AROUND - 1]
                if x >= 0:
                    sums[row * width + x] = total
        rows = min(y + _AROUND, height - 1) - max(y - _AROUND, 0) + 1
        for x in range(width):
            count = np.float32(rows * (min(x + _AROUND, width - 1) - max(x - _AROUND, 0) + 1))
            mean = np.float32(sums[x]) / count
            spread = max(np.float32(sums[width + x]) / count - mean * mean, np.float32(0)) / np.float32(9)
            weights[y * width + x] = math.sqrt(math.sqrt(_HIDES / (spread + _HIDES)))
    return 0


@compiled("uint8*, int64, int64, float32, int64*, uint8*")
def sharpen(pixels, height, width, strength, columns, found):
    """Set each level farther from the mean of the 7x7 around, by a part of what it is from it."""
    for x in range(3 * width):
        columns[x] = 0
    for y in range(-_AROUND, height):
        for x in range(3 * width):
            if y + _AROUND < height:
                columns[x] += np.int64(pixels[3 * width * (y + _AROUND) + x])
            if y > _AROUND:
                columns[x] -= np.int64(pixels[3 * width * (y - _AROUND - 1) + x])
        if y < 0:
            continue
        rows = min(y + _AROUND, height - 1) - max(y - _AROUND, 0) + 1
        for channel in range(3):
            total = np.int64(0)
            for x in range(-_AROUND, width):
                if x + _AROUND < width:
                    total += columns[3 * (x + _AROUND) + channel]
                if x > _AROUND:
                    total -= columns[3 * (x - _AROUND - 1) + channel]
                if x >= 0:
                    at = 3 * (y * width + x) + channel
                    count = rows * (min(x + _AROUND, width - 1) - max(x - _AROUND, 0) + 1)
                    own = np.float32(pixels[at])
                    level = own + strength * (own - np.float32(total) / np.float32(count))
                    found[at] = np.int64(min(max(level, np.float32(0)), np.float32(255)) + np.float32(0.5))
    return 0


@compiled("uint8*, float32*, uint8*, int64, int32*, int32*, float64*, int32*")
def add_up(pixels, weights, solid, count, rows, cells, sums, counts):
    """Add the solid pixels' weights, and their colours as often, to the cells of 4 levels, and count them.

    A cell has a row of its own in `cells`, `sums` and `counts` as soon as a pixel is in it; in `rows`, which begins as
    zeros, stands which, and one more. Returns how many rows there are.
    """
    found = np.int64(0)
    for i in range(count):
        if solid[i] == 0:
            continue
        red, green, blue = np.int64(pixels[3 * i]), np.int64(pixels[3 * i + 1]), np.int64(pixels[3 * i + 2])
        cell = ((red >> 2) * 64 + (green >> 2)) * 64 + (blue >> 2)
        row = np.int64(rows[cell]) - 1
        if row < 0:
            row = found
            found += 1
            rows[cell], cells[row], counts[row] = found, cell, 0
            for c in range(4):
                sums[4 * row + c] = 0.0
        counts[row] += 1
        weight = np.float64(weights[i])
        sums[4 * row] += weight
        sums[4 * row + 1] += weight * red
        sums[4 * row + 2] += weight * green
        sums[4 * row + 3] += weight * blue
    return found


@compiled("float64*, int64, int32*, float64*")
def merge(sums, count, rows, merged):
    """Add up rows of weights and colours whose mean is in the same cell of 8 levels; as above."""
    found = np.int64(0)
    for i in range(count):
        each = 1 / sums[4 * i]
        cell = np.int64(0)
        for c in range(1, 4):  # half a level more, lest rounding leads into the cell below
            cell = cell * 32 + (np.int64(sums[4 * i + c] * each + 0.5) >> 3)
        row = np.int64(rows[cell]) - 1
        if row < 0:
            row = found
            found += 1
            rows[cell] = found
            for c in range(4):
                merged[4 * row + c] = 0.0
        for c in range(4):
            merged[4 * row + c] += sums[4 * i + c]
    return found


# -- splitting --------------------------------------------------------------------------------------------------------


@part
def _count_in(sums, i, moments, cluster):
    """Add a row to the moments of a cluster: its weight, the sums of the levels, those of their products."""
    w, p, q, r, at = sums[4 * i], sums[4 * i + 1], sums[4 * i + 2], sums[4 * i + 3], 10 * cluster
    x, y, z = p / w, q / w, r / w
    moments[at] += w
    moments[at + 1] += p
    moments[at + 2] += q
    moments[at + 3] += r
    moments[at + 4] += p * x
    moments[at + 5] += q * y
    moments[at + 6] += r * z
    moments[at + 7] += p * y
    moments[at + 8] += p * z
    moments[at + 9] += q * z


@part
def _error(moments, cluster):
    """Return the squared error of a cluster whose points all become its middle."""
    at = 10 * cluster
    squares = moments[at + 4] + moments[at + 5] + moments[at + 6]
    return squares - (moments[at + 1] ** 2 + moments[at + 2] ** 2 + moments[at + 3] ** 2) / moments[at]


@part
def _plane(moments, cluster):
    """Return the plane through a cluster's middle that is square to its longest axis: its normal, and its place."""
    at = 10 * cluster
    w = moments[at]
    x, y, z = moments[at + 1] / w, moments[at + 2] / w, moments[at + 3] / w
    xx, yy, zz = moments[at + 4] / w - x * x, moments[at + 5] / w - y * y, moments[at + 6] / w - z * z
    xy, xz, yz = moments[at + 7] / w - x * y, moments[at + 8] / w - x * z, moments[at + 9] / w - y * z
    a, b, c = 1.0, 1.01, 0.99
    for _ in range(12):  # each step turns the vector towards the longest axis
        p, q, r = xx * a + xy * b + xz * c, xy * a + yy * b + yz * c, xz * a + yz * b + zz * c
        size = math.sqrt(p * p + q * q + r * r)
        if size < 1e-9:
            break
        a, b, c = p / size, q / size, r / size
    return a, b, c, a * x + b * y + c * z


@part
def _part(sums, order, begin, end, a, b, c, place, moments, cluster):
    """Move the rows of a cluster that are beyond a plane to its end, and into another one; return where they begin."""
    while begin < end:
        i = np.int64(order[begin])
        if a * sums[4 * i + 1] + b * sums[4 * i + 2] + c * sums[4 * i + 3] > place * sums[4 * i]:
            end -= 1
            order[begin], order[end] = order[end], i
            _count_in(sums, i, moments, cluster)
        else:
            begin += 1
    return end


@compiled("float64*, int64, int64, int32*, int32*, float64*, float64*")
def split(sums, count, most, order, bounds, errors, moments):
    """Split rows of weights and colours into clusters, again and again that of the largest error; return how many.

    The rows of a cluster are those from one of its bounds in `order` to the other.
    """
    for i in range(10 * most):
        moments[i] = 0.0
    for i in range(count):
        order[i] = i
        _count_in(sums, i, moments, 0)
    bounds[0], bounds[1], errors[0] = 0, count, _error(moments, 0)
    found = 1
    while found < most:
        worst = 0
        for cluster in range(found):
            if errors[cluster] > errors[worst]:
                worst = cluster
        if errors[worst] <= 1e-6 * moments[10 * worst]:
            break
        a, b, c, place = _plane(moments, worst)
        begin, end = np.int64(bounds[2 * worst]), np.int64(bounds[2 * worst + 1])
        middle = _part(sums, order, begin, end, a, b, c, place, moments, found)
        if middle in (begin, end):  # as near together as numbers can be
            errors[worst] = 0.0
            continue
        for i in range(10):
            moments[10 * worst + i] -= moments[10 * found + i]
        bounds[2 * worst + 1], bounds[2 * found], bounds[2 * found + 1] = middle, middle, end
        errors[worst], errors[found] = _error(moments, worst), _error(moments, found)
        found += 1
    return found


# -- k-means ----------------------------------------------------------------------------------------------------------


@part
def _packed(centres, number):
    """Return a centre, in whole levels, as a colour with its number."""
    r = np.int64(min(max(centres[3 * number], 0.0), 255.0) + 0.5)
    g = np.int64(min(max(centres[3 * number + 1], 0.0), 255.0) + 0.5)
    b = np.int64(min(max(centres[3 * number + 2], 0.0), 255.0) + 0.5)
    return number << 24 | r << 16 | g << 8 | b


@compiled("float64*, int32*, int64, float64*, int64, int64, int64, int32*, uint32*, float64*")
def settle(sums, points, count, centres, colours, fixed, rounds, places, pool, moments):
    """Move the centres, but for the first `fixed`, to the middles of the points that are nearest to them.

    But for the last round they move farther than that, which makes up for several rounds.
    """
    for left in range(rounds - 1, -1, -1):
        for number in range(colours):
            pool[number] = _packed(centres, number)
        forget(colours, places)
        for i in range(4 * colours):
            moments[i] = 0.0
        for i in range(count):
            r, g, b = np.int64(points[i]) >> 16, np.int64(points[i]) >> 8 & 255, np.int64(points[i]) & 255
            number = nearest(r, g, b, middling(r, g, b, colours, places, pool), pool) & 255
            for c in range(4):
                moments[4 * number + c] += sums[4 * i + c]
        for number in range(fixed, colours):
            if moments[4 * number] > 0:
                for c in range(3):
                    way = moments[4 * number + 1 + c] / moments[4 * number] - centres[3 * number + c]
                    centres[3 * number + c] += way * (_FARTHER if left else 1.0)
    return 0
