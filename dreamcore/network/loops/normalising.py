"""Compiled: LRN across channels, and its gradient."""

from __future__ import annotations

import math

import numpy as np

from dreamcore.compiling import part
from dreamcore.network.loops.numbers import put, spread, wide

PLACES = 32  # of a chunk


def room(channels: int, size: int) -> int:
    """Return how many numbers a thread needs room for."""
    return 4 * channels + 2 * size


@part
def _clear(numbers, begin, end):
    for c in range(begin, end):
        numbers[c] = np.float32(0)


@part
def _sum(numbers, begin, size):
    if size == 5:  # the usual size, and a number that is known is twice as fast
        return numbers[begin] + numbers[begin + 1] + numbers[begin + 2] + numbers[begin + 3] + numbers[begin + 4]
    total = np.float32(0)
    for shift in range(size):
        total += numbers[begin + shift]
    return total


@part
def _scales(x, at, channels, size, alpha, k, low, room, scale):
    """Fill the scales; the room begins with the squares, size // 2 zeros on both sides."""
    for c in range(channels):
        value = max(wide(x[at + c]), low)
        room[c + size // 2] = alpha * value * value
    if size == 5:
        for c in range(channels):
            room[scale + c] = k + _sum(room, c, 5)
    else:
        for c in range(channels):
            room[scale + c] = k + _sum(room, c, size)


@part
def _powers(room, scale, power, channels, beta):
    """Fill the powers with scale^-beta, and turn the scales into 1 / scale."""
    if beta == np.float32(0.75):  # the usual value, and roots are many times faster
        for c in range(channels):
            root = np.float32(1) / math.sqrt(room[scale + c])
            room[power + c] = root * math.sqrt(root)
            room[scale + c] = root * root
    else:
        for c in range(channels):
            room[power + c] = room[scale + c] ** -beta
            room[scale + c] = np.float32(1) / room[scale + c]


@spread("blob*, blob*, int64, int64, int64, float32, float32, float32, float32")
def lrn(x, top, places, channels, size, alpha, beta, k, low, room, chunk):
    """Compute 32 places: x / scale^beta, x no less than `low`."""
    scale, power = channels + size, 2 * channels + size
    _clear(room, 0, scale)
    for place in range(chunk * PLACES, min(places, (chunk + 1) * PLACES)):
        at = place * channels
        _scales(x, at, channels, size, alpha, k, low, room, scale)
        _powers(room, scale, power, channels, beta)
        for c in range(channels):
            put(top, at + c, max(wide(x[at + c]), low) * room[power + c])
    return 0


@spread("blob*, blob*, int64, int64, int64, float32, float32, float32, float32")
def lrn_gradient(x, gradient, places, channels, size, alpha, beta, k, low, room, chunk):
    """Write over 32 places: g / scale^beta - 2 alpha beta x * sum(g x / scale^(beta + 1)), where x is above `low`."""
    scale, power = channels + size, 2 * channels + size
    shares, reach = 3 * channels + size, size // 2
    _clear(room, 0, scale)
    _clear(room, shares, shares + channels + size)
    for place in range(chunk * PLACES, min(places, (chunk + 1) * PLACES)):
        at = place * channels
        _scales(x, at, channels, size, alpha, k, low, room, scale)
        _powers(room, scale, power, channels, beta)
        for c in range(channels):
            slope = room[power + c] * wide(gradient[at + c])
            room[power + c] = slope
            room[shares + reach + c] = slope * max(wide(x[at + c]), low) * room[scale + c]
        factor = np.float32(2) * alpha * beta
        if size == 5:
            for c in range(channels):
                value = wide(x[at + c])
                slope = room[power + c] - factor * value * _sum(room, shares + c, 5)
                put(gradient, at + c, slope if value > low else np.float32(0))
        else:
            for c in range(channels):
                value = wide(x[at + c])
                slope = room[power + c] - factor * value * _sum(room, shares + c, size)
                put(gradient, at + c, slope if value > low else np.float32(0))
    return 0
