"""Caffe's layer types by family: for each one function, the reference, and one row of facts."""

from dreamcore.network.layers import activation, arithmetic, convolutions, normalisation, poolings, shape
from dreamcore.network.layers.registry import LAYER_TYPES, LayerType, layer_type

__all__ = [
    "LAYER_TYPES",
    "LayerType",
    "activation",
    "arithmetic",
    "convolutions",
    "layer_type",
    "normalisation",
    "poolings",
    "shape",
]
