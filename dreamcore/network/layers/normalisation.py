"""Layers that bring numbers to a common size: LRN, batch normalisation, softmax."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from dreamcore.network.fields import Fields, through_windows
from dreamcore.network.layers.arguments import LayerFault, axis_of, check_shape, weight_blobs
from dreamcore.network.layers.registry import MOST_AXES, LayerParameter, Weights, layer_type, sees_the_same

WITHIN_CHANNEL = 1  # of the regions that Caffe's message names


def check_lrn(layer: LayerParameter) -> None:
    """Raise a LayerFault where an LRN has no middle channel."""
    size = layer.lrn_param.local_size
    if size % 2 == 0:
        raise LayerFault(f"has local_size {size}, which is even; LRN takes odd sizes only")


def _field_of_lrn(layer: LayerParameter, seen: Fields) -> Fields:
    size = layer.lrn_param.local_size if layer.lrn_param.norm_region == WITHIN_CHANNEL else 1
    return through_windows(seen, (size, size), padding=(size // 2, size // 2))


def _shape_of_lrn(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> Sequence[int]:
    check_lrn(layer)
    return x.shape


@layer_type(
    "LRN",
    field=_field_of_lrn,
    shape=_shape_of_lrn,
    axes=(4, 4),
    numbers=(("lrn_param.local_size", 1, 1023),),
    relu_before=True,
)
def lrn(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Local response normalisation, across channels or within each.

    Across: x / (k + alpha / size * sum of the squares of the `size` nearest channels)^beta, zeros beyond the ends.
    Within: x / (1 + alpha * mean of the squares in a size x size window)^beta, zeros beyond the borders.
    """
    check_lrn(layer)
    param = layer.lrn_param
    if param.norm_region == WITHIN_CHANNEL:
        squares = functional.avg_pool2d(x * x, param.local_size, 1, param.local_size // 2)
        return x * (1 + param.alpha * squares).pow(-param.beta)
    return functional.local_response_norm(x, param.local_size, param.alpha, param.beta, param.k)


def _has_stored_statistics(layer: LayerParameter) -> bool:
    param = layer.batch_norm_param
    return param.use_global_stats or not param.HasField("use_global_stats")


def _field_of_batch_norm(layer: LayerParameter, seen: Fields) -> Fields | None:
    return seen if _has_stored_statistics(layer) else None


@layer_type("BatchNorm", field=_field_of_batch_norm, axes=(2, MOST_AXES))
def batch_norm(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """(x - mean) / sqrt(variance + eps), with the stored statistics unless the layer says otherwise.

    The third blob is the factor by which the first two were accumulated; NVIDIA's Caffe keeps a scale and a bias as a
    fourth and a fifth.
    """
    eps = layer.batch_norm_param.eps
    if not _has_stored_statistics(layer):
        return functional.batch_norm(x, None, None, training=True, eps=eps)
    mean, variance, factor = (each.flatten() for each in weight_blobs(weights, 3))
    scale, bias = (each.flatten() for each in weights[3:5]) if len(weights) == 5 else (None, None)
    for blob, numbers in (
        (mean, x.shape[1]),
        (variance, x.shape[1]),
        (factor, 1),
        (scale, x.shape[1]),
        (bias, x.shape[1]),
    ):
        if blob is not None:
            check_shape((numbers,), blob.shape)
    factor = torch.where(factor == 0, torch.zeros_like(factor), 1 / factor)
    return functional.batch_norm(x, mean * factor, variance * factor, scale, bias, eps=eps)


@layer_type("BN", field=sees_the_same, axes=(4, 4))
def bn(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Batch normalisation of forks: scale * x + shift (SegNet), or slope * (x - mean) / sqrt(variance + eps) + bias.

    SegNet keeps the statistics within scale and shift; ENet and PSPNet keep four blobs: slope, bias, mean, variance.
    """
    blobs = [each.flatten() for each in weight_blobs(weights, 4 if len(weights) > 3 else 2)]
    for blob in blobs:
        check_shape((x.shape[1],), blob.shape)
    scale, shift, *statistics = blobs
    if statistics:
        mean, variance = statistics
        return functional.batch_norm(x, mean, variance, scale, shift, eps=layer.bn_param.eps)
    return x * scale[:, None, None] + shift[:, None, None]


@layer_type("MVN", axes=(4, 4))
def mean_variance(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """(x - mean) / (standard deviation + eps), of each channel or of all together.

    The gradient is Caffe's, which takes the deviation for what stands in the denominator, eps included.
    """
    param = layer.mvn_param
    axes = (1, 2, 3) if param.across_channels else (2, 3)
    centred = x - x.mean(axes, keepdim=True)
    if not param.normalize_variance:
        return centred
    deviation = (centred * centred).mean(axes, keepdim=True).sqrt()
    part = (deviation / (deviation + param.eps)).detach()
    deviation = deviation * part + (deviation * (1 - part)).detach()
    return centred / (deviation + param.eps)


def _field_of_normalize(layer: LayerParameter, seen: Fields) -> Fields | None:
    return None if layer.norm_param.across_spatial else seen


@layer_type("Normalize", field=_field_of_normalize, axes=(4, 4))
def normalize(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """scale * x / sqrt(sum of x^2 + eps), over the channels of a place or over everything (SSD's layer)."""
    param = layer.norm_param
    (scale,) = weight_blobs(weights, 1)
    squares = (x * x).sum((1, 2, 3) if param.across_spatial else 1, keepdim=True)
    scale = scale.reshape(1, -1, 1, 1)
    if scale.shape[1] != 1:
        check_shape((x.shape[1],), scale.shape[1:2])
    return scale * x / (squares + param.eps).sqrt()


def _field_of_softmax(layer: LayerParameter, seen: Fields) -> Fields | None:
    return seen if layer.softmax_param.axis in (1, -3) else None


def _shape_of_softmax(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> Sequence[int]:
    axis_of(layer.softmax_param.axis, x)
    return x.shape


@layer_type("Softmax", field=_field_of_softmax, shape=_shape_of_softmax)
def softmax(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """exp(x) / sum of exp(x) along an axis."""
    return functional.softmax(x, axis_of(layer.softmax_param.axis, x))
