"""Compiled: weights of pixels, their histogram, and the few colours in the middle of many."""

from __future__ import annotations

import math

import numpy as np

from wand_tools.writers.compiling import compiled, part

_AROUND = 3  # pixels on each side whose contrast hides an error
_HIDES = 60.0  # the variance that begins to


@part
def _add_row(pixels, row, width, sign, columns):
    """Add a row's grey levels, and their squares, to the sums of the columns."""
    for x in range(width):
        at = 3 * (row * width + x)
        grey = np.int64(pixels[at]) + np.int64(pixels[at + 1]) + np.int64(pixels[at + 2])
        columns[2 * x] += sign * grey
        columns[2 * x + 1] += sign * grey * grey


@compiled("uint8*, int64, int64, int64*, float32*")
def weigh(pixels, height, width, columns, weights):
    """Weigh each pixel by how much an error there is seen: 1 on a plain ground, less in a texture."""
    for x in range(2 * width):
        columns[x] = 0
    for y in range(-_AROUND, height):
        if y + _AROUND < height:
            _add_row(pixels, y + _AROUND, width, 1, columns)
        if y > _AROUND:
            _add_row(pixels, y - _AROUND - 1, width, -1, columns)
        if y < 0:
            continue
        rows = min(y + _AROUND, height - 1) - max(y - _AROUND, 0) + 1
        total, squares = np.int64(0), np.int64(0)
        for x in range(-_AROUND, width):
            if x + _AROUND < width:
                total += columns[2 * (x + _AROUND)]
                squares += columns[2 * (x + _AROUND) + 1]
            if x > _AROUND:
                total -= columns[2 * (x - _AROUND - 1)]
                squares -= columns[2 * (x - _AROUND - 1) + 1]
            if x >= 0:
                count = rows * (min(x + _AROUND, width - 1) - max(x - _AROUND, 0) + 1)
                spread = (count * squares - total * total) / (9.0 * count * count)
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


@compiled("uint8*, float32*, uint8*, int64, float64*, int32*")
def add_up(pixels, weights, solid, count, sums, counts):
    """Add the solid pixels' weights, and their colours as often, to the 64**3 cells; count the pixels in each."""
    for i in range(count):
        if solid[i] == 0:
            continue
        red, green, blue = np.int64(pixels[3 * i]), np.int64(pixels[3 * i + 1]), np.int64(pixels[3 * i + 2])
        cell = ((red >> 2) * 64 + (green >> 2)) * 64 + (blue >> 2)
        counts[cell] += 1
        weight = np.float64(weights[i])
        sums[4 * cell] += weight
        sums[4 * cell + 1] += weight * red
        sums[4 * cell + 2] += weight * green
        sums[4 * cell + 3] += weight * blue
    return 0


# -- splitting --------------------------------------------------------------------------------------------------------


@part
def _count_in(points, weights, i, moments, cluster):
    """Add a point to the moments of a cluster: its weight, the sums of the levels, those of their products."""
    x, y, z, w, at = points[3 * i], points[3 * i + 1], points[3 * i + 2], weights[i], 10 * cluster
    moments[at] += w
    moments[at + 1] += w * x
    moments[at + 2] += w * y
    moments[at + 3] += w * z
    moments[at + 4] += w * x * x
    moments[at + 5] += w * y * y
    moments[at + 6] += w * z * z
    moments[at + 7] += w * x * y
    moments[at + 8] += w * x * z
    moments[at + 9] += w * y * z


@part
def _error(moments, cluster):
    """Return the squared error of a cluster whose points all become its middle."""
    at = 10 * cluster
    if moments[at] <= 0:
        return 0.0
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


@compiled("float64*, float64*, int64, int64, int32*, float64*")
def split(points, weights, count, most, labels, moments):
    """Split points into clusters, again and again that of the largest error; return how many they are."""
    for i in range(10 * most):
        moments[i] = 0.0
    for i in range(count):
        labels[i] = 0
        _count_in(points, weights, i, moments, 0)
    found = 1
    while found < most:
        worst, error = 0, 0.0
        for cluster in range(found):
            here = _error(moments, cluster)
            if here > error:
                worst, error = cluster, here
        if error <= 1e-6 * moments[10 * worst]:
            break
        a, b, c, place = _plane(moments, worst)
        for i in range(10):
            moments[10 * worst + i] = 0.0
        for i in range(count):
            if labels[i] == worst:
                if a * points[3 * i] + b * points[3 * i + 1] + c * points[3 * i + 2] > place:
                    labels[i] = found
                _count_in(points, weights, i, moments, labels[i])
        found += 1
    return found


# -- k-means ----------------------------------------------------------------------------------------------------------


@part
def _sort(centres, order, sums, count):
    """Sort the centres' numbers by the sum of their levels; most are in order already."""
    for i in range(count):
        sums[i] = centres[3 * i] + centres[3 * i + 1] + centres[3 * i + 2]
    for i in range(1, count):
        number, j = order[i], i
        while j > 0 and sums[order[j - 1]] > sums[number]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = number


@part
def _apart(points, i, centres, number):
    x = points[3 * i] - centres[3 * number]
    y = points[3 * i + 1] - centres[3 * number + 1]
    z = points[3 * i + 2] - centres[3 * number + 2]
    return x * x + y * y + z * z


@part
def _nearest(points, i, guess, centres, order, places, sums, count):
    """Return the centre nearest to a point: those whose sums are near the guess's are tried, outwards."""
    own = points[3 * i] + points[3 * i + 1] + points[3 * i + 2]
    nearest, distance = guess, _apart(points, i, centres, guess)
    for step in (1, -1):
        at = places[guess] + step
        while 0 <= at < count:
            number = order[at]
            over = (sums[number] - own) * step
            if over > 0 and over * over >= 3 * distance:
                break
            here = _apart(points, i, centres, number)
            if here < distance:
                nearest, distance = number, here
            at += step
    return nearest


@compiled("float64*, float64*, int64, float64*, int64, int64, int64, int32*, int32*, int32*, float64*, float64*")
def settle(points, weights, count, centres, colours, fixed, rounds, labels, order, places, sums, moments):
    """Move the centres, but for the first `fixed`, to the middles of the points that are nearest to them."""
    for number in range(colours):
        order[number] = number
    for _ in range(rounds):
        _sort(centres, order, sums, colours)
        for at in range(colours):
            places[order[at]] = at
        for i in range(4 * colours):
            moments[i] = 0.0
        for i in range(count):
            number = _nearest(points, i, labels[i], centres, order, places, sums, colours)
            labels[i] = number
            moments[4 * number] += weights[i]
            for c in range(3):
                moments[4 * number + 1 + c] += weights[i] * points[3 * i + c]
        for number in range(fixed, colours):
            if moments[4 * number] > 0:
                for c in range(3):
                    centres[3 * number + c] = moments[4 * number + 1 + c] / moments[4 * number]
    return 0
