"""Read a Caffe network: its architecture as a list of layers, its weights as arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from dreamcore.caffe_format.schema import V1_TYPES, message_class
from dreamcore.errors import DreamError

# A prototxt is written by people; anything of this size is another kind of file.
_LONGEST_PROTOTXT = 16 * 2**20
_MOST_AXES = 32  # as in Caffe
_TEST = 1
_DATA_TYPES = {
    "AnnotatedData", "Data", "DummyData", "HDF5Data", "ImageData", "Input", "MemoryData", "Python", "WindowData",
}  # fmt: skip
_TYPE_OF_NUMBER = {number: name for number, name in V1_TYPES.values()}


@dataclass(frozen=True)
class CaffeNet:
    """A Caffe network as its files describe it.

    Attributes
    ----------
    name : str
        The name that the prototxt gives, which may be empty.
    input : str
        The blob that takes the picture.
    input_shape : tuple of int
        The (N, C, H, W) that the prototxt declares for it; empty when it declares none.
    layers : tuple of LayerParameter
        The layers of the TEST phase in order, old ones converted to the newer message.
    weights : dict of str to tuple of ndarray
        By layer name: its float32 blobs, in Caffe's order and shapes.
    source : tuple of Path
        The prototxt and the caffemodel, for messages.
    """

    name: str
    input: str
    input_shape: tuple
    layers: tuple
    weights: dict
    source: tuple


def read_network(prototxt: str | os.PathLike, caffemodel: str | os.PathLike) -> CaffeNet:
    """Read an architecture and its weights.

    Parameters
    ----------
    prototxt, caffemodel : str or Path
        The two files of a model.

    Returns
    -------
    CaffeNet

    Raises
    ------
    DreamError
        When a file cannot be read, is of another kind, or is cut short.
    """
    architecture = read_prototxt(prototxt)
    layers = tuple(_layers_of_test_phase(_newer_layers(architecture)))
    name, shape = _input_of(architecture, prototxt)
    return CaffeNet(
        name=architecture.name,
        input=name,
        input_shape=shape,
        layers=layers,
        weights=read_weights(caffemodel),
        source=(Path(prototxt), Path(caffemodel)),
    )


def read_prototxt(path: str | os.PathLike) -> Any:
    """Read a prototxt into a NetParameter message; fields that the schema does not name are skipped.

    Raises
    ------
    DreamError
        When the file is not there, not text, not a prototxt, or describes no layer.
    """
    from google.protobuf import text_format

    content = _read(path, _LONGEST_PROTOTXT)
    net = message_class("NetParameter")()
    try:
        text_format.Parse(content.decode(), net, allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise DreamError(f"{path} is not a Caffe prototxt: {_first_line(error)}") from error
    if not net.layer and not net.layers:
        raise DreamError(f"{path} is not a Caffe prototxt of a network: it describes no layer")
    return net


def read_weights(path: str | os.PathLike) -> dict[str, tuple[np.ndarray, ...]]:
    """Read the weights of a caffemodel.

    Returns
    -------
    dict of str to tuple of ndarray
        By layer name, float32, in the shapes that the file gives.

    Raises
    ------
    DreamError
        When the file is of another kind, is cut short, or announces another number of weights than it holds.
    """
    from google.protobuf.message import DecodeError

    try:
        net = message_class("NetParameter").FromString(_read(path))
    except DecodeError as error:
        raise DreamError(f"{path} is not a Caffe model, or is cut short: {_first_line(error)}") from error
    layers = [*net.layer, *net.layers]
    if not any(layer.blobs for layer in layers):
        raise DreamError(f"{path} is not a Caffe model: it holds no weights")
    return {
        layer.name: tuple(_array(blob, path, layer.name) for blob in layer.blobs) for layer in layers if layer.blobs
    }


def _read(path: str | os.PathLike, longest: int | None = None) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read() if longest is None else file.read(longest + 1)
    except OSError as error:
        raise DreamError(f"cannot read {path}: {error.strerror}") from error
    if longest is not None and len(content) > longest:
        raise DreamError(f"{path} is not a Caffe prototxt: it is longer than {longest // 2**20} MiB")
    return content


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _array(blob: Any, path: str | os.PathLike, layer: str) -> np.ndarray:
    kind, packed = ("<f4", b"".join(blob.data)) if blob.data else ("<f8", b"".join(blob.double_data))
    if len(packed) % int(kind[-1]):
        raise DreamError(f"{path}: the weights of layer {layer!r} are cut short")
    values = np.frombuffer(packed, kind)
    shape = tuple(blob.shape.dim) if blob.HasField("shape") else (blob.num, blob.channels, blob.height, blob.width)
    if len(shape) > _MOST_AXES:
        raise DreamError(f"{path}: layer {layer!r} announces weights of {len(shape)} axes; allowed are {_MOST_AXES}")
    if min(shape, default=1) < 0 or prod(shape) != values.size:
        raise DreamError(
            f"{path}: layer {layer!r} announces weights of shape {shape}, {prod(shape)} numbers; it holds {values.size}"
        )
    return values.reshape(shape).astype(np.float32)


def _newer_layers(net: Any) -> Iterator[Any]:
    yield from net.layer
    for old in net.layers:
        new = message_class("LayerParameter")(name=old.name, type=_TYPE_OF_NUMBER[old.type])
        for field, value in old.ListFields():
            if field.name in ("bottom", "top", "include", "exclude"):
                getattr(new, field.name).extend(value)
            elif field.name.endswith("_param"):
                getattr(new, field.name).CopyFrom(value)
        yield new


def _layers_of_test_phase(layers: Iterable[Any]) -> Iterator[Any]:
    """Leave out what only training needs: other phases, data, losses, and layers fed by what was left out."""
    missing: set[str] = set()
    for layer in layers:
        if not _in_test_phase(layer):
            continue
        if layer.type in _DATA_TYPES and not layer.bottom:
            missing.update(layer.top[1:])  # labels and the like; the first top is the picture
        elif missing.intersection(layer.bottom) or layer.type in ("Accuracy", "Silence") or "Loss" in layer.type:
            missing.update(set(layer.top) - set(layer.bottom))
        else:
            yield layer


def _in_test_phase(layer: Any) -> bool:
    def meets(rule: Any) -> bool:
        return not rule.HasField("phase") or rule.phase == _TEST

    if layer.include:
        return any(meets(rule) for rule in layer.include)
    return not any(meets(rule) for rule in layer.exclude)


def _input_of(net: Any, path: str | os.PathLike) -> tuple[str, tuple[int, ...]]:
    if net.input:
        shape = net.input_shape[0].dim if net.input_shape else net.input_dim[:4]
        return net.input[0], tuple(shape)
    for layer in _newer_layers(net):
        if layer.type in _DATA_TYPES and not layer.bottom and layer.top and _in_test_phase(layer):
            shapes = layer.input_param.shape
            return layer.top[0], tuple(shapes[0].dim) if shapes else ()
    raise DreamError(f"{path} names no input blob: neither 'input:' nor a layer that gives data")
