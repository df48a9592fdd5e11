"""Compiled: LZW codes for GIF, each for the string of colours that costs least, in bits and in errors.

A string of the table that is like the pixels to come may stand for them. Its cost is the sum of the squared errors that
it adds, weighted, and a price for each bit of its code: `price`, and a `share` of the mean error that there is. The
string with the lowest cost a pixel is taken; no pixel's error is worth more than `farthest` bits. Strings that begin
with one colour are a tree, in which the children of a string are those longer by a colour.
"""

from __future__ import annotations

import numpy as np

from dreamcore.compiling import compiled, part

_SLOTS = 4096
_FIRST, _NEXT, _PARENT, _COLOUR = 0, _SLOTS, 2 * _SLOTS, 3 * _SLOTS  # where in `tree` each of a string's numbers stands
_WAITING = 512  # strings that may wait for being tried
_TRIES = 40  # strings that are tried for a code
_MANY = np.float32(1e30)
_BITS, _FILLED, _WRITTEN = 0, 1, 2  # of `sink`


@part
def _put(code, width, sink, out):
    """Append a code's bits: two bytes, of which as many count as are full."""
    bits, filled, written = sink[_BITS] | code << sink[_FILLED], sink[_FILLED] + width, sink[_WRITTEN]
    out[written], out[written + 1] = bits & 255, bits >> 8 & 255
    sink[_BITS], sink[_FILLED], sink[_WRITTEN] = bits >> (filled & 24), filled & 7, written + (filled >> 3)


@part
def _apart(source, i, palette, colour):
    r = np.float32(source[3 * i]) - palette[3 * colour]
    g = np.float32(source[3 * i + 1]) - palette[3 * colour + 1]
    b = np.float32(source[3 * i + 2]) - palette[3 * colour + 2]
    return r * r + g * g + b * b


@part
def _measure(pixels, size, source, base, weights, palette, transparent, holding):
    """Fill in how far each pixel's own colour is from it; give a great weight to the pixels that stay.

    Returns the mean weight, and the mean weighted error that there is already.
    """
    count, weight, error = 0, 0.0, 0.0
    for i in range(size):
        own = np.int64(pixels[i])
        base[i] = np.float32(-1) if own == transparent else _apart(source, i, palette, own)
        if base[i] >= 0:
            count += 1
            weight += weights[i]
            error += weights[i] * base[i]
        if base[i] < 0 or holding and base[i] == 0:
            weights[i] = _MANY / np.float32(1e6)
    return weight / max(count, 1), error / max(count, 1)


@part
def _excess(source, base, weights, i, palette, colour):
    """Return by how much another colour is farther from a pixel than its own, squared and weighted."""
    return weights[i] * (_apart(source, i, palette, colour) - base[i])


@part
def _begin(i, pixels, source, base, weights, palette, similar, choices, most, waiting, costs):
    """Let the strings wait that are one colour like pixel i; return how many."""
    count = 0
    for k in range(choices):
        colour = np.int64(similar[choices * np.int64(pixels[i]) + k])
        cost = np.float32(0) if k == 0 else _excess(source, base, weights, i, palette, colour)
        if k == 0 or cost <= most:
            waiting[2 * count], waiting[2 * count + 1], costs[count] = colour, 1, cost
            count += 1
    return count


@part
def _search(i, size, pixels, source, base, weights, palette, code_cost, most, tree, waiting, costs, count):
    """Return the string from pixel i on with the lowest cost a pixel, its length, and that cost."""
    best, length, lowest = np.int64(-1), np.int64(0), _MANY
    tries = 0
    while count > 0 and tries < _TRIES:
        count -= 1
        tries += 1
        string, long, cost = np.int64(waiting[2 * count]), np.int64(waiting[2 * count + 1]), costs[count]
        each = (cost + code_cost) / np.float32(long)
        if each < lowest:
            best, length, lowest = string, long, each
        at = i + long
        if at >= size:
            continue
        own, child = np.int64(pixels[at]), tree[_FIRST + string]
        while child >= 0:
            colour = np.int64(tree[_COLOUR + child])
            more = np.float32(0) if colour == own else _excess(source, base, weights, at, palette, colour)
            hopeful = (colour == own or more <= most) and cost + more < lowest * np.float32(long + 2)
            if hopeful and count < _WAITING:
                waiting[2 * count], waiting[2 * count + 1], costs[count] = child, long + 1, cost + more
                count += 1
            child = tree[_NEXT + child]
    return best, length, lowest


@part
def _again(i, size, pixels, source, base, weights, palette, code_cost, most, path, long):
    """Return the cost a pixel of the string that comes into being now: the last one, and its first colour again."""
    cost = np.float32(0)
    if i + long + 1 > size:
        return _MANY
    for k in range(long + 1):
        colour = np.int64(path[k if k < long else 0])
        if colour != np.int64(pixels[i + k]):
            more = _excess(source, base, weights, i + k, palette, colour)
            if more > most:
                return _MANY
            cost += more
    return (cost + code_cost) / np.float32(long + 1)


@part
def _spell(string, length, tree, path):
    """Write down the colours of a string."""
    for k in range(length - 1, -1, -1):
        path[k] = tree[_COLOUR + string]
        string = np.int64(tree[_PARENT + string])


@part
def _grow(slot, parent, colour, tree):
    """Add a string that is longer than another one by a colour."""
    tree[_FIRST + slot], tree[_PARENT + slot], tree[_COLOUR + slot] = -1, parent, colour
    tree[_NEXT + slot] = tree[_FIRST + parent]
    tree[_FIRST + parent] = slot


@compiled(
    "uint8*, int64, uint8*, float32*, float32*, float32*, int64, int64, uint8*, int64, int64, "
    "float32, float32, float32, int32*, int32*, float32*, uint8*, int64*, uint8*"
)
def encode(
    pixels, size, source, base, weights, palette, transparent, holding, similar, choices, bits, price, share, farthest,
    tree, waiting, costs, path, sink, out,
):  # fmt: skip
    """Write the codes of an indexed picture; return how many bytes they are."""
    weight, error = _measure(pixels, size, source, base, weights, palette, transparent, holding)
    price = np.float32(weight * price + share * error)
    most = price * farthest
    if price == 0:  # no error is allowed, and the longest string is best
        price, most = np.float32(1), np.float32(-1)
    clear = np.int64(1) << bits
    for code in range(_SLOTS):
        tree[_FIRST + code], tree[_COLOUR + code] = -1, code & 255
    sink[_BITS] = sink[_FILLED] = sink[_WRITTEN] = 0
    slot, width, coming, last, long, i = clear + 2, bits + 1, np.int64(-1), np.int64(-1), np.int64(0), np.int64(0)
    _put(clear, width, sink, out)
    while i < size:
        code_cost = np.float32(price * np.float32(width))
        count = _begin(i, pixels, source, base, weights, palette, similar, choices, most, waiting, costs)
        string, length, lowest = _search(
            i, size, pixels, source, base, weights, palette, code_cost, most, tree, waiting, costs, count
        )
        first = path[0]
        again = _MANY
        if coming >= 0:
            again = _again(i, size, pixels, source, base, weights, palette, code_cost, most, path, long)
        if again < lowest:
            string, length = coming, long + 1
            path[long] = first
        else:
            _spell(string, length, tree, path)
        if coming >= 0:
            _grow(coming, last, path[0], tree)
        _put(string, width, sink, out)
        i += length
        last, long, coming = string, length, np.int64(-1)
        if slot < _SLOTS:  # the reader will make this string of the last one and the first colour of the next
            coming = slot
            width += slot == np.int64(1) << width
            slot += 1
        elif i < size:
            _put(clear, width, sink, out)
            for code in range(_SLOTS):
                tree[_FIRST + code] = -1
            slot, width = clear + 2, bits + 1
    _put(clear + 1, width, sink, out)
    _put(np.int64(0), 8 - sink[_FILLED] if sink[_FILLED] > 0 else np.int64(0), sink, out)
    return sink[_WRITTEN]
