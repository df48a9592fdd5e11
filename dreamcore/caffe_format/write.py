"""Write a Caffe network, readable by this program and by Caffe itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dreamcore.caffe_format.schema import message_class
from dreamcore.files import atomic_write


def write_prototxt(path: str | os.PathLike, net: Any) -> None:
    """Write an architecture.

    Parameters
    ----------
    path : str or Path
        The prototxt to write, whole or not at all.
    net : NetParameter
        A message of `message_class("NetParameter")`.
    """
    from google.protobuf import text_format

    with atomic_write(path) as file:
        file.write(text_format.MessageToString(net).encode())


def write_weights(
    path: str | os.PathLike, layers: Iterable[Any], weights: Mapping[str, Sequence[np.ndarray]], name: str = ""
) -> None:
    """Write a caffemodel.

    Parameters
    ----------
    path : str or Path
        The caffemodel to write, whole or not at all.
    layers : iterable of LayerParameter
        The architecture's layers, in order.
    weights : dict of str to sequence of ndarray
        By layer name, the blobs in Caffe's order; stored as float32.
    name : str
        The network's name.
    """
    net = message_class("NetParameter")(name=name)
    for layer in layers:
        added = net.layer.add()
        added.CopyFrom(layer)
        added.ClearField("blobs")
        for array in weights.get(layer.name, ()):
            blob = added.blobs.add(data=[array.astype("<f4").tobytes()])
            blob.shape.dim.extend(array.shape)
    with atomic_write(path) as file:
        file.write(net.SerializeToString(deterministic=True))
