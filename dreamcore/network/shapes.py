"""What a layer makes of shapes, and what keeps it from running: the one place where that is told with its name.

Layers are run on PyTorch's meta device, which computes shapes and makes no numbers, however many a file declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite, isnan
from typing import TypeAlias

import torch

from dreamcore.errors import nearest
from dreamcore.network.fields import Fields, through_windows
from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.arguments import LayerFault, TooSmall
from dreamcore.network.layers.convolutions import window_side
from dreamcore.network.layers.registry import LayerParameter, LayerType, Top, Weights

Shape: TypeAlias = tuple[int, ...]

_MAY_BE_ENDLESS = ("clip_param",)  # messages in which infinity is a bound like others


class UnknownType(LayerFault):
    """A layer is of a type that this program does not know."""


class CannotRun(LayerFault):
    """PyTorch refuses what an architecture asks for."""


def known_type(layer: LayerParameter) -> LayerType:
    """Return what is known of a layer's type.

    Raises
    ------
    UnknownType
        With the name of the layer and the nearest known type.
    """
    if layer.type not in LAYER_TYPES:
        hint = nearest(layer.type, LAYER_TYPES)
        raise UnknownType(f"layer {layer.name!r} is of type {layer.type!r}, which this program does not know{hint}")
    return LAYER_TYPES[layer.type]


def shapes_behind(layer: LayerParameter, weights: Weights, bottoms: Sequence[Shape]) -> list[Shape]:
    """Return the shapes of a layer's tops, from those of its bottoms, (1, C, H, W) in most places.

    Parameters
    ----------
    layer : LayerParameter
    weights : tuple of Tensor
        On the meta device.
    bottoms : sequence of tuple of int

    Raises
    ------
    LayerFault
        When the layer cannot run; it names the layer, what is wrong with it, and what is allowed.
    """
    kind = known_type(layer)
    try:
        for check in (_check_bottoms, _check_numbers):
            check(kind, layer, bottoms)
        return _tops(kind, layer, weights, bottoms)
    except LayerFault as error:
        raise type(error)(f"layer {layer.name!r} ({layer.type}) {error}") from error


def field_behind(layer: LayerParameter, weights: Weights, channels: int, seen: Fields) -> Fields | None:
    """Return what a cell of a layer's top sees of the picture.

    Parameters
    ----------
    layer : LayerParameter
    weights : tuple of Tensor
    channels : int
        Of its bottom.
    seen : (Field, Field)
        What the bottom's cells see.
    """
    if layer.type == "InnerProduct":  # its weights alone tell its window
        is_plain = weights and channels and layer.inner_product_param.axis == 1
        inputs = weights[0].numel() // layer.inner_product_param.num_output if is_plain else 0
        side = window_side(inputs, channels) if inputs else 0
        return through_windows(seen, (side, side)) if side else None
    kind = LAYER_TYPES.get(layer.type)
    return kind.field(layer, seen) if kind else None


def _tops(kind: LayerType, layer: LayerParameter, weights: Weights, bottoms: Sequence[Shape]) -> list[Shape]:
    try:
        blobs = [torch.empty(shape, device="meta") for shape in bottoms]
        if kind.shape and len(layer.top) == 1:
            made: Top = torch.empty(kind.shape(layer, weights, *blobs), device="meta")
        else:
            made = kind.function(layer, weights, *blobs)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise CannotRun(f"cannot run: {reason}") from error
    tops = made if isinstance(made, tuple) else (made,)
    if len(tops) != len(layer.top):
        raise LayerFault(f"has {len(layer.top)} tops; it makes {len(tops)}")
    if bottoms and any(top.ndim < 1 or top.shape[0] != 1 for top in tops):
        raise LayerFault("joins or cuts the axis of the pictures; each must be dreamed by itself")
    if not all(top.numel() for top in tops):
        raise TooSmall("leaves nothing of it")
    return [tuple(top.shape) for top in tops]


def _check_bottoms(kind: LayerType, layer: LayerParameter, bottoms: Sequence[Shape]) -> None:
    least, most = kind.bottoms
    if not least <= len(bottoms) <= most:
        allowed = f"{least}" if least == most else f"{least} or more" if most == inf else f"{least} to {most}"
        raise LayerFault(f"has {len(bottoms)} bottoms; allowed are {allowed}")
    first, last = kind.axes
    for name, shape in zip(layer.bottom, bottoms, strict=True):
        if not first <= len(shape) <= last:
            allowed = f"{first}" if first == last else f"{first} to {last}"
            raise LayerFault(f"reads {name!r}, which has {len(shape)} axes; allowed are {allowed}")


def _check_numbers(kind: LayerType, layer: LayerParameter, bottoms: Sequence[Shape]) -> None:
    for path, number in _fractions(layer):
        if isnan(number) or (not isfinite(number) and not path.startswith(_MAY_BE_ENDLESS)):
            raise LayerFault(f"has {path} {number}; allowed are finite numbers")
    for path, least, most in kind.numbers:
        param, name = path.split(".")
        number = getattr(getattr(layer, param), name)
        if not least <= number <= most:
            raise LayerFault(f"has {path} {number}; allowed are {least} to {most}")


def _fractions(layer: LayerParameter) -> Iterator[tuple[str, float]]:
    """Yield the fractions that a layer's message sets, with their names."""
    for field, value in layer.ListFields():
        if field.name.endswith("_param"):
            for inner, numbers in value.ListFields():
                for number in numbers if isinstance(numbers, Sequence) else [numbers]:
                    if isinstance(number, float):
                        yield f"{field.name}.{inner.name}", number
