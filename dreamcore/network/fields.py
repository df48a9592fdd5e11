"""What a cell of a blob sees of the picture: receptive fields, which each type of layer transforms in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

Pair: TypeAlias = tuple[int, int]  # vertical, horizontal


class Field(NamedTuple):
    """Along one axis: cell i sees the pixels from ``i * stride + first`` to ``i * stride + last``."""

    stride: int
    first: int
    last: int


Fields: TypeAlias = tuple[Field, Field]  # vertical, horizontal

PIXEL: Fields = (Field(1, 0, 0), Field(1, 0, 0))  # what a cell of the picture itself sees


def through_windows(
    seen: Fields, kernel: Pair, padding: Pair = (0, 0), stride: Pair = (1, 1), dilation: Pair = (1, 1)
) -> Fields:
    """Return what a cell sees that looks at a blob through a window.

    Parameters
    ----------
    seen : (Field, Field)
        What the blob's cells see.
    kernel, padding, stride, dilation : (int, int)
        Vertical and horizontal.

    Returns
    -------
    (Field, Field)

    Examples
    --------
    >>> through_windows(PIXEL, (3, 5), padding=(1, 2), stride=(2, 1))
    (Field(stride=2, first=-1, last=1), Field(stride=1, first=-2, last=2))
    """
    vertical, horizontal = (
        Field(field.stride * s, field.first - p * field.stride, field.last + ((k - 1) * d - p) * field.stride)
        for field, k, p, s, d in zip(seen, kernel, padding, stride, dilation, strict=True)
    )
    return vertical, horizontal


def merged(bottoms: Sequence[Fields]) -> Fields | None:
    """Return what a cell sees that sees the same cell of several blobs; None where their strides differ.

    Examples
    --------
    >>> merged([PIXEL, through_windows(PIXEL, (3, 3))])
    (Field(stride=1, first=0, last=2), Field(stride=1, first=0, last=2))
    """
    if len({(vertical.stride, horizontal.stride) for vertical, horizontal in bottoms}) != 1:
        return None
    vertical, horizontal = (
        Field(axis[0].stride, min(field.first for field in axis), max(field.last for field in axis))
        for axis in zip(*bottoms, strict=True)
    )
    return vertical, horizontal
