"""The registry of layer types: what this program knows of each is one row, made by the decorator of its function.

A layer function takes the layer's message, its weights and its bottom blobs (tensors, (N, C, H, W) in most places) and
returns the top blob, or a tuple of them. It computes what BVLC Caffe 1.0 computes in its TEST phase, in plain PyTorch;
that is the reference. What computes the same faster stands in `dreamcore.network.fused`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from math import inf
from typing import Any, TypeAlias, TypeVar

import torch

from dreamcore.network.fields import Fields

LayerParameter: TypeAlias = Any  # Caffe's message, whose class protobuf makes at run time
Weights: TypeAlias = tuple[torch.Tensor, ...]
Top: TypeAlias = "torch.Tensor | tuple[torch.Tensor, ...]"
LayerFunction: TypeAlias = Callable[..., Top]
F = TypeVar("F", bound=LayerFunction)
FieldRule: TypeAlias = Callable[[LayerParameter, Fields], "Fields | None"]
ShapeRule: TypeAlias = Callable[..., "Sequence[int]"]

MANY = 2**31 - 1  # what Caffe counts with
MOST_AXES = 32  # of a blob, as in Caffe


def sees_all(layer: LayerParameter, seen: Fields) -> None:
    """A field rule: a cell sees the whole picture, or no window that moves in even steps."""


def sees_the_same(layer: LayerParameter, seen: Fields) -> Fields:
    """A field rule: a cell sees what the same cell of the bottoms sees."""
    return seen


def of_its_bottom(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> Sequence[int]:
    """A shape rule: the top has the shape of the bottom."""
    return x.shape


def never(layer: LayerParameter) -> bool:
    """A rule that holds for no layer."""
    return False


def always(layer: LayerParameter) -> bool:
    """A rule that holds for every layer."""
    return True


@dataclass(frozen=True)
class LayerType:
    """What is known of a type of layer.

    Attributes
    ----------
    name : str
        What Caffe calls it.
    function : callable
        ``function(layer, weights, *bottoms)``, the reference.
    field : callable
        ``field(layer, seen)``: what a cell of the top sees of the picture, where the cells of the bottoms see `seen`;
        None where that is no window.
    shape : callable or None
        ``shape(layer, weights, *bottoms)``: the shape of the one top, with the function's own checks, of bottoms on the
        meta device. By default the function runs there; for most of it PyTorch loads its compiler, which takes longer
        than all else at the start.
    axes : (int, int)
        How many axes its bottoms may have.
    numbers : tuple of (str, float, float)
        Fields of its message, the least that each may be and the greatest: ``("tile_param.tiles", 1, MANY)``.
    keeps_order : callable
        ``keeps_order(layer)``: whether the layer only chooses or arranges values, so that a ReLU does the same before
        it and behind it.
    relu_may_overwrite : bool
        Whether its gradient does not look at its own output, so that a ReLU may write over that.
    relu_before : bool
        Whether it reads its bottom number by number anyway, so that a ReLU before it costs nothing when done there.
    """

    name: str
    function: LayerFunction
    field: FieldRule = sees_all
    shape: ShapeRule | None = None
    axes: tuple[int, int] = (1, MOST_AXES)
    numbers: tuple[tuple[str, float, float], ...] = ()
    keeps_order: Callable[[LayerParameter], bool] = never
    relu_may_overwrite: bool = False
    relu_before: bool = False

    @property
    def bottoms(self) -> tuple[float, float]:
        """The least and the greatest number of bottoms: what the function takes behind the message and the weights."""
        _, _, *bottoms = signature(self.function).parameters.values()
        if any(each.kind is Parameter.VAR_POSITIONAL for each in bottoms):
            return 1, inf
        return sum(each.default is Parameter.empty for each in bottoms), len(bottoms)


LAYER_TYPES: dict[str, LayerType] = {}


def layer_type(name: str, **facts: Any) -> Callable[[F], F]:
    """Register the function below as that of one of Caffe's layer types.

    Parameters
    ----------
    name : str
        What Caffe calls the type.
    **facts
        The other attributes of `LayerType`.

    Examples
    --------
    >>> @layer_type("Negative", field=sees_the_same)
    ... def negative(layer, weights, x):
    ...     return -x
    >>> LAYER_TYPES.pop("Negative").function is negative
    True
    """

    def register(function: F) -> F:
        LAYER_TYPES[name] = LayerType(name, function, **facts)
        return function

    return register
