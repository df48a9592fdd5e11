"""Functions of one number, the same for every cell, and the learnt slope of one."""

from __future__ import annotations

from math import e, log

import torch
from torch.nn import functional

from dreamcore.network.layers.arguments import LayerFault, check_shape, weight_blobs
from dreamcore.network.layers.registry import (
    MOST_AXES,
    LayerParameter,
    Weights,
    layer_type,
    of_its_bottom,
    sees_the_same,
)


@layer_type("ReLU", field=sees_the_same, shape=of_its_bottom)
def relu(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """max(x, 0), or negative_slope * x below zero; the gradient at zero is that of the negative side."""
    slope = layer.relu_param.negative_slope
    return functional.leaky_relu(x, slope) if slope else functional.relu(x)


@layer_type("PReLU", field=sees_the_same, axes=(2, MOST_AXES))
def prelu(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """max(x, 0) + slope * min(x, 0), the slope learnt for each channel or for all."""
    slope = weight_blobs(weights, 1)[0].flatten()
    if slope.numel() != 1:
        check_shape((x.shape[1],), slope.shape)
    return functional.prelu(x, slope)


@layer_type("ReLU6", field=sees_the_same)
def relu6(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """min(max(x, 0), 6)."""
    return functional.relu6(x)


@layer_type("Clip", field=sees_the_same)
def clip(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """min(max(x, least), most)."""
    for name in ("min", "max"):
        if not layer.clip_param.HasField(name):
            raise LayerFault(f"has no clip_param.{name}; it needs both of min and max")
    return x.clamp(layer.clip_param.min, layer.clip_param.max)


@layer_type("Swish", field=sees_the_same)
def swish(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """x / (1 + exp(-beta x))."""
    return x * (layer.swish_param.beta * x).sigmoid()


@layer_type("BNLL", field=sees_the_same)
def binomial_log_likelihood(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """log(1 + exp(x))."""
    return functional.softplus(x)


@layer_type("ELU", field=sees_the_same)
def elu(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """x above zero, alpha * (exp(x) - 1) below."""
    return functional.elu(x, layer.elu_param.alpha)


@layer_type("Sigmoid", field=sees_the_same)
def sigmoid(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """1 / (1 + exp(-x))."""
    return x.sigmoid()


@layer_type("TanH", field=sees_the_same)
def hyperbolic_tangent(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """(exp(2 x) - 1) / (exp(2 x) + 1)."""
    return x.tanh()


@layer_type("AbsVal", field=sees_the_same)
def absolute_value(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """|x|."""
    return x.abs()


@layer_type("Power", field=sees_the_same)
def power(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """(shift + scale * x) ^ power."""
    param = layer.power_param
    inner = x * param.scale + param.shift
    return inner if param.power == 1 else inner.pow(param.power)


@layer_type("Exp", field=sees_the_same)
def exponential(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """base ^ (shift + scale * x); base -1 stands for e."""
    param = layer.exp_param
    return ((x * param.scale + param.shift) * _log_of_base("exp_param", param.base)).exp()


@layer_type("Log", field=sees_the_same)
def logarithm(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """Logarithm of (shift + scale * x) to a base; base -1 stands for e."""
    param = layer.log_param
    factor = _log_of_base("log_param", param.base)
    if not factor:
        raise LayerFault("has log_param.base 1; there is no logarithm to this base")
    return (x * param.scale + param.shift).log() / factor


def _log_of_base(name: str, base: float) -> float:
    if base != -1 and base <= 0:
        raise LayerFault(f"has {name}.base {base:g}; allowed are numbers above 0, and -1 for e")
    return log(e if base == -1 else base)


@layer_type("Dropout", field=sees_the_same)
def dropout(layer: LayerParameter, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """The blob as it is: numbers are dropped in training only."""
    return x
