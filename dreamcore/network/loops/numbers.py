"""Compiled: blobs of float32, and of bfloat16, whose bits NumPy sees as uint16, computed in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dreamcore.compiling import Spread, part_by_kind

LOWEST = np.float32(np.finfo(np.float32).min)
KINDS = ("float32", "uint16")


def spread(signature: str) -> Callable[[Callable[..., int]], dict[str, Spread]]:
    """Compile a function of a chunk once for blobs of each kind, ``blob*`` in its signature."""

    def make(function: Callable[..., int]) -> dict[str, Spread]:
        return {
            kind: Spread(function, signature.replace("blob", kind).split(", "), f"{function.__name__} {kind}")
            for kind in KINDS
        }

    return make


def _widest(value):
    if str(value) == "uint16":
        return lambda value: np.uint32(np.uint32(value) << np.uint32(16)).view(np.float32)
    return lambda value: value


@part_by_kind(_widest)
def wide(value: Any) -> Any:
    """Return a stored number as float32."""


def _putting(array, index, value):
    if str(array.dtype) == "uint16":

        def rounded(array, index, value):
            # To the nearest, ties to even.
            bits = np.float32(value).view(np.uint32)
            array[index] = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)

        return rounded

    def put(array, index, value):
        array[index] = value

    return put


@part_by_kind(_putting)
def put(array: Any, index: int, value: Any) -> None:
    """Store a float32."""
