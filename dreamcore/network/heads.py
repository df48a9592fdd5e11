"""The end of a classifier: where the scores of its classes come from, at each place of a picture of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from dreamcore.network.layers.arguments import window
from dreamcore.network.layers.poolings import AVERAGE
from dreamcore.network.layers.registry import LayerParameter, Weights
from dreamcore.network.wiring import Operation

_PASSING = ("Dropout", "Flatten", "Reshape", "Split")  # layers that change no number


class Head(NamedTuple):
    """The end of a classifier.

    Attributes
    ----------
    scores : str
        The blob that holds a score for each class, before the softmax.
    end : str
        Where the places of a picture are still apart: what is averaged over all of them on the way to the scores, or
        the scores themselves where nothing is.
    layer : LayerParameter or None
        What turns the average, and so just as well each place, into scores.
    """

    scores: str
    end: str
    layer: LayerParameter | None = None


def find_head(operations: Sequence[Operation], shapes: Mapping[str, tuple[int, ...]]) -> Head | None:
    """Find the end of a classifier, going back from its last softmax over channels; None where there is none.

    An average is linear, and so is the layer behind it: the score of a class is the mean of the scores that the layer
    gives each place. A ReLU between scores and average is passed over: below zero it would hide where to go.

    Parameters
    ----------
    operations : sequence of Operation
    shapes : mapping of str to tuple of int
        The (C, H, W) of each blob at the declared size.
    """
    softmaxes = [each for each in operations if each.layer.type == "Softmax" and each.layer.softmax_param.axis == 1]
    if not softmaxes:
        return None
    writers = {value: each for each in operations for value in each.writes}
    (value,), layer = softmaxes[-1].reads, None
    scores = value.blob
    while writer := writers.get(value):
        if _averages_all(writer.layer, shapes):
            value = writer.reads[0]
            while layer is None and value in writers and writers[value].layer.type == "ReLU":
                value = writers[value].reads[0]
            below = writers.get(value)
            is_named = below is not None and below.writes[0] == value
            return Head(scores, below.layer.name if below and is_named else value.blob, layer)
        if layer is None and _scores_places(writer.layer):
            layer = writer.layer
        elif writer.layer.type not in _PASSING:
            break
        value = writer.reads[0]
    return Head(scores, scores)


def _averages_all(layer: LayerParameter, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    if layer.type != "Pooling" or layer.pooling_param.pool != AVERAGE:
        return False
    if layer.pooling_param.global_pooling:
        return True
    kernel, padding, _, _ = window(layer.pooling_param)
    return not any(padding) and kernel == tuple(shapes.get(layer.bottom[0], ())[1:])


def _scores_places(layer: LayerParameter) -> bool:
    """Tell whether a layer that follows an average could as well go before it."""
    if layer.type == "InnerProduct":
        return layer.inner_product_param.axis == 1
    if layer.type != "Convolution" or layer.convolution_param.group != 1:
        return False
    kernel, padding, *_ = window(layer.convolution_param)
    return kernel == (1, 1) and padding == (0, 0)


def score_of(layer: LayerParameter | None, weights: Weights, number: int) -> Callable[[Tensor], Tensor]:
    """Return the score of a class as a function of the blob at the head's `end`: (C, H, W) -> (H, W).

    Parameters
    ----------
    layer : LayerParameter or None
        The head's.
    weights : tuple of Tensor
        The layer's.
    number : int
        Of the class.
    """
    if layer is None:
        return lambda blob: blob[number]
    weight, *bias = (each.float() for each in weights)
    if layer.type == "Convolution":
        row = weight[number].flatten()
    else:
        matrix = weight.reshape(weight.shape[-2:])  # old files give it four axes
        row = matrix[:, number] if layer.inner_product_param.transpose else matrix[number]
    constant = bias[0].flatten()[number] if bias else 0.0
    return lambda blob: torch.tensordot(row, blob, 1) + constant
