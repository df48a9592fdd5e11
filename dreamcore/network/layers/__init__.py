"""Caffe's layer types by family: for each one function, the reference, and one row of facts."""

from dreamcore.network.layers import activation, arithmetic, convolution, normalisation, pooling, shape
from dreamcore.network.layers.registry import LAYER_TYPES, LayerType, layer_type

__all__ = [
    "LAYER_TYPES",
    "LayerType",
    "activation",
    "arithmetic",
    "convolution",
    "layer_type",
    "normalisation",
    "pooling",
    "shape",
]
