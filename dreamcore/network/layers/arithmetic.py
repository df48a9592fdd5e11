"""Layers that add and multiply blobs, with each other or with learnt ones."""

from __future__ import annotations

import torch

from dreamcore.network.layers.arguments import LayerFault, axis_of, check_shape, weight_blobs
from dreamcore.network.layers.registry import LayerParameter, Weights, layer_type, sees_the_same

_REDUCE_SUM, _REDUCE_SIZES, _REDUCE_SQUARES, _REDUCE_MEAN = 1, 2, 3, 4
_PRODUCT, _SUM = 0, 1  # of the operations that Caffe's message names; 2 is the maximum


@layer_type("Parameter")
def parameter(layer: LayerParameter, weights: Weights) -> torch.Tensor:
    """A learnt blob, for layers that take one as a bottom."""
    (blob,) = weight_blobs(weights, 1)
    if layer.parameter_param.HasField("shape"):
        check_shape(layer.parameter_param.shape.dim, blob.shape)
    return blob


@layer_type("Eltwise", field=sees_the_same)
def eltwise(layer: LayerParameter, weights: Weights, *bottoms: torch.Tensor) -> torch.Tensor:
    """Product, weighted sum or maximum of blobs of one shape; only a sum has weights."""
    param = layer.eltwise_param
    weighted = param.operation == _SUM and param.coeff
    if weighted and len(param.coeff) != len(bottoms):
        allowed = f"none, or one for each of its {len(bottoms)} bottoms"
        raise LayerFault(f"has {len(param.coeff)} times eltwise_param.coeff; allowed are {allowed}")
    for other in bottoms[1:]:
        check_shape(bottoms[0].shape, other.shape, "bottoms")
    result = bottoms[0] * param.coeff[0] if weighted else bottoms[0]
    for number, other in enumerate(bottoms[1:], 1):
        if param.operation == _SUM:
            result = torch.add(result, other, alpha=param.coeff[number] if weighted else 1)
        else:
            result = result * other if param.operation == _PRODUCT else torch.maximum(result, other)
    return result


@layer_type("Scale", field=sees_the_same)
def scale(layer: LayerParameter, weights: Weights, x: torch.Tensor, factor: torch.Tensor | None = None) -> torch.Tensor:
    """Multiply by a learnt blob or by a second bottom, spread over the axes from `axis` on; an optional bias."""
    param = layer.scale_param
    learnt = [*weight_blobs(weights, (factor is None) + param.bias_term)]
    if factor is None:
        x = x * _spread(learnt.pop(0), x, param.axis, "weights")
    else:
        x = x * _spread(factor, x, param.axis, "bottoms")
    return x + _spread(learnt[0], x, param.axis, "weights") if learnt else x


@layer_type("Bias", field=sees_the_same)
def bias(layer: LayerParameter, weights: Weights, x: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
    """Add a learnt blob or a second bottom, spread over the axes from `axis` on."""
    axis = layer.bias_param.axis
    if added is None:
        return x + _spread(weight_blobs(weights, 1)[0], x, axis, "weights")
    return x + _spread(added, x, axis, "bottoms")


@layer_type("Axpy", axes=(2, 4))
def axpy(
    layer: LayerParameter, weights: Weights, factor: torch.Tensor, x: torch.Tensor, added: torch.Tensor
) -> torch.Tensor:
    """factor * x + added, one factor for each channel: a fork's squeeze-and-excitation."""
    check_shape(x.shape, added.shape, "bottoms")
    check_shape((*x.shape[:2], *[1] * (factor.ndim - 2)), factor.shape, "bottoms")
    return factor.reshape(*factor.shape[:2], *[1] * (x.ndim - 2)) * x + added


@layer_type("Reduction")
def reduction(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Sum, sum of sizes, sum of squares or mean over everything from `axis` on; of each picture by itself."""
    param = layer.reduction_param
    flat = x.flatten(max(1, axis_of(param.axis, x)))
    result = {
        _REDUCE_SUM: lambda: flat.sum(-1),
        _REDUCE_SIZES: lambda: flat.abs().sum(-1),
        _REDUCE_SQUARES: lambda: (flat * flat).sum(-1),
        _REDUCE_MEAN: lambda: flat.mean(-1),
    }[param.operation]()
    return param.coeff * result


def _spread(blob: torch.Tensor, x: torch.Tensor, axis: int, what: str) -> torch.Tensor:
    if blob.numel() == 1:
        return blob.reshape([1] * x.ndim)
    axis = axis_of(axis, x)
    check_shape(x.shape[axis : axis + blob.ndim], blob.shape, what)
    return blob.reshape([1] * axis + list(blob.shape) + [1] * (x.ndim - axis - blob.ndim))
