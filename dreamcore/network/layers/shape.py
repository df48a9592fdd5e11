"""Layers that arrange numbers and compute none: joining, cutting, reshaping."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import torch
from torch.nn import functional

from dreamcore.network.fields import Fields
from dreamcore.network.layers.arguments import LayerFault, TooSmall, axis_of, check_shape
from dreamcore.network.layers.registry import MANY, LayerParameter, Weights, always, layer_type, sees_the_same

_CHANNELS = (1, -3)  # the axis, counted from either end


def _axis(param: Any, old_name: str) -> int:
    return getattr(param, old_name) if param.HasField(old_name) else param.axis


def _field_of_concat(layer: LayerParameter, seen: Fields) -> Fields | None:
    return seen if _axis(layer.concat_param, "concat_dim") in _CHANNELS else None


def concat_axis(layer: LayerParameter, *bottoms: torch.Tensor) -> int:
    """Return the axis along which a Concat joins blobs, checked to be alike along the others."""
    first = bottoms[0]
    axis = axis_of(_axis(layer.concat_param, "concat_dim"), first)
    for other in bottoms[1:]:
        expected = [*first.shape[:axis], *other.shape[axis : axis + 1], *first.shape[axis + 1 :]]
        check_shape(expected, other.shape, "bottoms")
    return axis


def _shape_of_concat(layer: LayerParameter, weights: Weights, *bottoms: torch.Tensor) -> list[int]:
    axis, shape = concat_axis(layer, *bottoms), [*bottoms[0].shape]
    shape[axis] = sum(bottom.shape[axis] for bottom in bottoms)
    return shape


@layer_type("Concat", field=_field_of_concat, shape=_shape_of_concat, keeps_order=always)
def concat(layer: LayerParameter, weights: Weights, *bottoms: torch.Tensor) -> torch.Tensor:
    """Blobs side by side along an axis."""
    return torch.cat(bottoms, concat_axis(layer, *bottoms))


def _field_of_slice(layer: LayerParameter, seen: Fields) -> Fields | None:
    return seen if _axis(layer.slice_param, "slice_dim") in _CHANNELS else None


def slice_sizes(layer: LayerParameter, x: torch.Tensor) -> tuple[int, list[int]]:
    """Return the axis along which a Slice cuts a blob, and the sizes of the parts."""
    param = layer.slice_param
    axis = axis_of(_axis(param, "slice_dim"), x)
    size, parts = x.shape[axis], len(layer.top)
    points = [0, *param.slice_point, size] if param.slice_point else [size * i // parts for i in range(parts + 1)]
    if len(points) != parts + 1 or any(a >= b for a, b in pairwise(points)):
        raise LayerFault(f"cannot cut {size} into {parts} parts at {[*param.slice_point]}")
    return axis, [b - a for a, b in pairwise(points)]


@layer_type("Slice", field=_field_of_slice)
def slice_(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """A blob cut along an axis, at the given points or into equal parts."""
    axis, sizes = slice_sizes(layer, x)
    return torch.split(x, sizes, axis)


@layer_type("Split", field=sees_the_same)
def split(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The same blob under several names."""
    return (x,) * len(layer.top)


@layer_type("Flatten")
def flatten(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """The axes from `axis` to `end_axis` made one."""
    first, last = axis_of(layer.flatten_param.axis, x), axis_of(layer.flatten_param.end_axis, x, "end_axis")
    if first > last:
        raise LayerFault(f"has axis {first} and end_axis {last}; the end may not come before the beginning")
    return x.flatten(first, last)


@layer_type("Reshape")
def reshape(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Another shape for the axes from `axis` on; 0 keeps a size, -1 takes what is left."""
    param = layer.reshape_param
    start = param.axis if param.axis >= 0 else x.ndim + param.axis + 1
    stop = x.ndim if param.num_axes == -1 else start + param.num_axes
    if not 0 <= start <= stop <= x.ndim:
        raise LayerFault(f"has axis {param.axis} and num_axes {param.num_axes}; its bottom has {x.ndim} axes")
    sizes = [x.shape[start + i] if size == 0 and start + i < x.ndim else size for i, size in enumerate(param.shape.dim)]
    wanted = [*x.shape[:start], *sizes, *x.shape[stop:]]
    known, open_axes = prod(each for each in wanted if each != -1), wanted.count(-1)
    if open_axes > 1 or known < 1 or x.numel() % known or (not open_axes and x.numel() != known):
        raise LayerFault(f"cannot make a blob of shape {wanted} of one of shape {[*x.shape]}")
    return x.reshape(wanted)


@layer_type("Crop")
def crop(layer: LayerParameter, weights: Weights, x: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """Cut to the size of a second blob from `axis` on."""
    param = layer.crop_param
    axis = axis_of(param.axis, x)
    offsets = list(param.offset) or [0]
    offsets = offsets * (x.ndim - axis) if len(offsets) == 1 else offsets
    if len(offsets) != x.ndim - axis or reference.ndim != x.ndim:
        allowed = f"one, or {x.ndim - axis} for the axes from {axis} on, of two bottoms with the same number of axes"
        raise LayerFault(f"has {len(param.offset)} times offset; allowed are {allowed}")
    for dimension, offset in zip(range(axis, x.ndim), offsets, strict=True):
        wanted, there = reference.shape[dimension], x.shape[dimension]
        if offset + wanted > there:
            raise LayerFault(f"cannot cut {wanted} rows or columns at {offset} out of {there}")
        x = x.narrow(dimension, offset, wanted)
    return x


def _field_of_tile(layer: LayerParameter, seen: Fields) -> Fields | None:
    return seen if layer.tile_param.axis in _CHANNELS else None


@layer_type("Tile", field=_field_of_tile, numbers=(("tile_param.tiles", 1, MANY),))
def tile(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """A blob several times along an axis."""
    axis = axis_of(layer.tile_param.axis, x)
    return x.repeat([layer.tile_param.tiles if each == axis else 1 for each in range(x.ndim)])


@layer_type("Permute")
def permute(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """The axes in another order; those that are not named follow (SSD's layer)."""
    order = [*layer.permute_param.order]
    if len({*order}) != len(order) or max(order, default=0) >= x.ndim:
        raise LayerFault(f"has order {order}; allowed are the axes 0 to {x.ndim - 1}, each once")
    return x.permute([*order, *(axis for axis in range(x.ndim) if axis not in order)])


@layer_type("ShuffleChannel", field=sees_the_same, axes=(2, 4), numbers=(("shuffle_channel_param.group", 1, MANY),))
def shuffle_channels(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """The channels of each group dealt out over all (ShuffleNet's layer)."""
    group = layer.shuffle_channel_param.group
    if x.shape[1] % group:
        raise LayerFault(f"cannot deal {x.shape[1]} channels out to {group} groups")
    return x.unflatten(1, (group, -1)).transpose(1, 2).flatten(1, 2)


@layer_type(
    "Interp",
    axes=(4, 4),
    numbers=(
        ("interp_param.zoom_factor", 1, MANY),
        ("interp_param.shrink_factor", 1, MANY),
        ("interp_param.height", 0, MANY),
        ("interp_param.width", 0, MANY),
        ("interp_param.pad_beg", -MANY, 0),
        ("interp_param.pad_end", -MANY, 0),
    ),
)
def interpolate(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Linear interpolation to another size, corners on corners (DeepLab's and PSPNet's layer)."""
    param = layer.interp_param
    first, last = param.pad_beg, param.pad_end  # negative: so much is cut off
    if min(x.shape[2:]) + first + last < 1:
        raise TooSmall(f"cuts off {-first - last} rows and columns of {x.shape[3]}x{x.shape[2]}")
    x = functional.pad(x, (first, last, first, last)) if first or last else x
    size = [(length - 1) // param.shrink_factor + 1 for length in x.shape[2:]]
    size = [length + (length - 1) * (param.zoom_factor - 1) for length in size]
    if param.height and param.width:
        size = [param.height, param.width]
    return functional.interpolate(x, size, mode="bilinear", align_corners=True)


@layer_type(
    "Upsample",
    axes=(4, 4),
    numbers=(
        ("upsample_param.scale", 1, MANY),
        ("upsample_param.scale_h", 0, MANY),
        ("upsample_param.scale_w", 0, MANY),
    ),
)
def upsample(
    layer: LayerParameter, weights: Weights, x: torch.Tensor, places: torch.Tensor | None = None
) -> torch.Tensor:
    """Each number back at the place where its maximum was (SegNet's layer); without places, many times over."""
    param = layer.upsample_param
    scale = (param.scale_h or param.scale, param.scale_w or param.scale)
    if places is None:
        return functional.interpolate(x, scale_factor=tuple(map(float, scale)), mode="nearest")
    check_shape(x.shape, places.shape, "bottoms")
    size = [length * factor for length, factor in zip(x.shape[2:], scale, strict=True)]
    size = [param.upsample_h or size[0], param.upsample_w or size[1]]
    whole = x.new_zeros((*x.shape[:2], size[0] * size[1]))
    return whole.scatter(2, places.flatten(2).long(), x.flatten(2)).unflatten(2, size)
