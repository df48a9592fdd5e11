"""Read a Caffe network: its architecture as a list of layers, its weights as arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreamcore.caffe_format.files import first_line, read_file, shown
from dreamcore.caffe_format.schema import message_class
from dreamcore.caffe_format.upgrade import layers_of
from dreamcore.caffe_format.weights import read_weights
from dreamcore.errors import DreamError

# A prototxt is written by people, or by their scripts, and read slowly; anything of this size is another kind of file.
_LONGEST_PROTOTXT = 4 * 2**20
_MOST_LAYERS = 10_000  # ResNet-1001 has half of them
_TEST = 1
_DATA_TYPES = {
    "AnnotatedData", "Data", "DummyData", "HDF5Data", "ImageData", "Input", "MemoryData", "Python", "WindowData",
}  # fmt: skip


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
    name, shape = _input_of(architecture, prototxt)
    others = {each for each, _ in _declared_inputs(architecture) if each != name}
    layers = tuple(_layers_of_test_phase(layers_of(architecture), name, others))
    if not layers:
        raise DreamError(f"{prototxt} describes no layer that computes something of {name!r} in the phase TEST")
    return CaffeNet(
        name=shown(architecture.name),
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

    content = read_file(path, "prototxt", _LONGEST_PROTOTXT)
    net = message_class("NetParameter")()
    try:
        text_format.Parse(_decoded(content), net, allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise DreamError(f"{path} is not a Caffe prototxt: {first_line(error)}") from error
    layers = len(net.layer) + len(net.layers)
    if not 1 <= layers <= _MOST_LAYERS:
        number = f"{layers} layers" if layers else "no layer"
        raise DreamError(
            f"{path} is not a Caffe prototxt of a network: it describes {number}; allowed are 1 to {_MOST_LAYERS}"
        )
    return net


def _layers_of_test_phase(layers: Iterable[Any], picture: str, others: Iterable[str]) -> Iterator[Any]:
    """Leave out what only training needs: other phases, data, losses, and layers fed by these or by other inputs."""
    missing = {*others}
    for layer in layers:
        if not _in_test_phase(layer):
            continue
        if layer.type in _DATA_TYPES and not layer.bottom:
            missing.update(set(layer.top) - {picture})  # labels and the like
        elif missing.intersection(layer.bottom) or layer.type in ("Accuracy", "Silence") or "Loss" in layer.type:
            missing.update(set(layer.top) - set(layer.bottom))
        else:
            yield layer


def _decoded(content: bytes) -> str:
    """Decode a prototxt; comments in another encoding than UTF-8 do not matter, Caffe skips them byte by byte."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _in_test_phase(layer: Any) -> bool:
    """Tell whether a layer is part of the network in the phase TEST, at level 0, without stages, as Caffe loads it."""

    def meets(rule: Any) -> bool:
        if rule.HasField("phase") and rule.phase != _TEST:
            return False
        at_level = rule.min_level <= 0 and (not rule.HasField("max_level") or rule.max_level >= 0)
        return at_level and not rule.stage

    if layer.include:
        return any(meets(rule) for rule in layer.include)
    return not any(meets(rule) for rule in layer.exclude)


def _input_of(net: Any, path: str | os.PathLike) -> tuple[str, tuple[int, ...]]:
    """Find the blob that takes the picture, and its shape: the first input that can be one."""
    inputs = [*_declared_inputs(net)]
    if not inputs:
        raise DreamError(f"{path} names no input blob: neither 'input:' nor a layer that gives data")
    pictures = [each for each in inputs if len(each[1]) == 4 and min(each[1][2:]) > 1]
    return (pictures or inputs)[0]


def _declared_inputs(net: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    for number, name in enumerate(map(shown, net.input)):
        if number < len(net.input_shape):
            yield name, tuple(net.input_shape[number].dim)
        else:
            yield name, tuple(net.input_dim[4 * number : 4 * number + 4])
    for layer in layers_of(net):
        if layer.type in _DATA_TYPES and not layer.bottom and layer.top and _in_test_phase(layer):
            shapes = [*_shapes_of(layer)]
            for number, top in enumerate(layer.top):
                yield top, shapes[min(number, len(shapes) - 1)] if shapes else ()


def _shapes_of(layer: Any) -> Iterator[tuple[int, ...]]:
    """The shapes that a layer of data announces for its tops."""
    dummy, memory, crop = layer.dummy_data_param, layer.memory_data_param, layer.transform_param.crop_size
    shapes = layer.input_param.shape or dummy.shape
    if shapes:
        yield from (tuple(shape.dim) for shape in shapes)
    elif dummy.channels:
        yield from zip(dummy.num, dummy.channels, dummy.height, dummy.width, strict=False)
    elif memory.channels:
        yield memory.batch_size, memory.channels, crop or memory.height, crop or memory.width
    elif crop:
        yield 1, 1 if layer.transform_param.force_gray else 3, crop, crop
