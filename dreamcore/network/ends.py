"""Where an objective may look: names that people use become the names of a network."""

from __future__ import annotations

from typing import Any

from dreamcore.errors import DreamError, nearest


def resolve_end(network: Any, end: str) -> str:
    """Turn a role into the network's end for it; check that any other name is a layer or a blob.

    Raises
    ------
    DreamError
        Naming the nearest of the layers and roles.
    """
    end = network.roles.get(end, end)
    if end not in network.layers and end not in network.blobs:
        hint = nearest(end, [*network.blobs, *network.roles])
        raise DreamError(f"{network.name} has no layer {end!r}{hint}; see `dreamcore layers --model {network.name}`")
    return end


def classifier(network: Any) -> str:
    """Return the blob that holds a score for each class, before the softmax.

    Raises
    ------
    DreamError
        Where the network is no classifier.
    """
    softmaxes = [layer for layer in network._layers if layer.type == "Softmax"]
    if not softmaxes:
        raise DreamError(f"{network.name} is no classifier: it has no classes to dream of")
    return softmaxes[-1].bottom[0]
