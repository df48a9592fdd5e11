"""Compiled: where a ReLU let numbers through, in a bit each, and its gradient.

Of 256 numbers one after another, in 8 runs of 32, the bits of a run lie in the same place of 32 bytes: so a processor
works on 32 of them at a time.
"""

from __future__ import annotations

import numpy as np

from dreamcore.compiling import part
from dreamcore.network.loops.numbers import put, spread, wide

BLOCK, RUN = 256, 32  # numbers of a block, which has as many bytes as a run has numbers
BLOCKS = 64  # of a chunk


@part
def _runs(numbers, at):
    """Return how many whole runs of a block there are, and how many numbers are behind them."""
    left = min(BLOCK, numbers - at)
    return left // RUN, left % RUN


@spread("blob*, uint8*, int64")
def positive(top, found, numbers, room, chunk):
    """Compute a chunk: the bits where the top is positive."""
    for block in range(chunk * BLOCKS, min(-(-numbers // BLOCK), (chunk + 1) * BLOCKS)):
        at, into = block * BLOCK, block * RUN
        whole, rest = _runs(numbers, at)
        for i in range(RUN):
            found[into + i] = np.uint8(0)
        for run in range(whole + 1):
            bit = np.uint8(1 << run)
            for i in range(RUN if run < whole else rest):
                # bit or 0, without a branch
                found[into + i] |= bit & np.uint8(-np.int8(wide(top[at + run * RUN + i]) > np.float32(0)))
    return 0


@spread("blob*, uint8*, int64")
def relu_gradient(gradient, found, numbers, room, chunk):
    """Write over a chunk: no gradient where the top was not positive."""
    for block in range(chunk * BLOCKS, min(-(-numbers // BLOCK), (chunk + 1) * BLOCKS)):
        at, of = block * BLOCK, block * RUN
        whole, rest = _runs(numbers, at)
        for run in range(whole + 1):
            bit = np.uint8(1 << run)
            for i in range(RUN if run < whole else rest):
                value = wide(gradient[at + run * RUN + i])
                put(gradient, at + run * RUN + i, value if found[of + i] & bit else np.float32(0))
    return 0
