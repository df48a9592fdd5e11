"""Read a network's weights: caffemodel files, of whatever generation, and HDF5."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from dreamcore.caffe_format.files import first_line, read_file, shown
from dreamcore.caffe_format.schema import message_class
from dreamcore.caffe_format.upgrade import weights_of
from dreamcore.caffe_format.wire import count_fields
from dreamcore.errors import DreamError
from dreamcore.extras import H5PY
from dreamcore.files import open_file

Weights = dict[str, tuple[np.ndarray, ...]]

SUFFIXES = (".caffemodel", ".h5", ".hdf5")
_LAYERS, _MOST_FIELDS = frozenset({2, 100}), 10**5  # of a NetParameter; each field becomes an object
_HDF5 = b"\x89HDF\r\n\x1a\n"
_MOST_AXES, _MOST_NUMBERS = 32, 2**31 - 1  # of a blob, as in Caffe
_LONGEST = 2**31 - 1  # what protobuf reads
_RAW_TYPES = {0: "<f8", 1: "<f4", 2: "<f2"}
_MOST_COMPRESSED = 1032  # times, by deflate
_OLD_AXES = ("num", "channels", "height", "width")


def read_weights(path: str | os.PathLike) -> Weights:
    """Read the weights of a caffemodel, or of Caffe's HDF5 format (with the package h5py).

    Returns
    -------
    dict of str to tuple of ndarray
        By layer name, float32, in the shapes that the file gives.

    Raises
    ------
    DreamError
        When the file is of another kind, is cut short, announces another number of weights than it holds, or holds
        numbers that are not finite.
    """
    if _begins_with(path, _HDF5):
        weights = _read_hdf5(path)
    else:
        weights = {name: tuple(_array(blob, path, name) for blob in blobs) for name, blobs in _blobs(path)}
    if not weights:
        raise DreamError(f"{path} is not a Caffe model: it holds no weights")
    for name, arrays in weights.items():
        if not all(np.isfinite(array).all() for array in arrays):
            raise DreamError(f"{path}: the weights of layer {name!r} hold numbers that are not finite: it is damaged")
    return weights


def _begins_with(path: str | os.PathLike, signature: bytes) -> bool:
    try:
        with open_file(path) as file:
            return file.read(len(signature)) == signature
    except OSError as error:
        raise DreamError(f"cannot read {path}: {error.strerror}") from error


def _blobs(path: str | os.PathLike) -> list[tuple[str, Any]]:
    from google.protobuf.message import DecodeError

    content = read_file(path, "model", _LONGEST)
    if count_fields(content, _MOST_FIELDS, _LAYERS) > _MOST_FIELDS:
        raise DreamError(f"{path} is not a Caffe model: its layers have more than {_MOST_FIELDS} fields")
    try:
        net = message_class("NetParameter").FromString(content)
    except DecodeError as error:
        raise DreamError(f"{path} is not a Caffe model, or is cut short: {first_line(error)}") from error
    return [*weights_of(net)]


def _array(blob: Any, path: str | os.PathLike, layer: str) -> np.ndarray:
    if blob.raw_data:
        kind, packed = _RAW_TYPES[blob.raw_data_type], blob.raw_data
    else:
        kind, packed = ("<f4", b"".join(blob.data)) if blob.data else ("<f8", b"".join(blob.double_data))
    if len(packed) % int(kind[-1]):
        raise DreamError(f"{path}: the weights of layer {layer!r} are cut short")
    values = np.frombuffer(packed, kind)
    if blob.HasField("shape"):
        shape = tuple(blob.shape.dim)
    elif any(blob.HasField(axis) for axis in _OLD_AXES):
        shape = tuple(getattr(blob, axis) for axis in _OLD_AXES)
    else:
        shape = ()  # Caffe writes nothing where a blob has no axes: one number
    if len(shape) > _MOST_AXES:
        raise DreamError(f"{path}: layer {layer!r} announces weights of {len(shape)} axes; allowed are {_MOST_AXES}")
    if min(shape, default=1) < 0 or prod(max(1, size) for size in shape) > _MOST_NUMBERS:
        allowed = f"sizes from 0 on, and {_MOST_NUMBERS} numbers"
        raise DreamError(f"{path}: layer {layer!r} announces weights of shape {shape}; allowed are {allowed}")
    if prod(shape) != values.size:
        raise DreamError(
            f"{path}: layer {layer!r} announces weights of shape {shape}, {prod(shape)} numbers; it holds {values.size}"
        )
    with np.errstate(over="ignore"):  # of doubles; what is then infinite is found below
        return values.reshape(shape).astype(np.float32)


def _read_hdf5(path: str | os.PathLike) -> Weights:
    """Read ``data/LAYER/NUMBER``, as Caffe's Net::ToHDF5 writes it."""
    h5py = H5PY.load(path)
    try:
        with h5py.File(path) as file:
            layers = file["data"]
            return {
                shown(name): tuple(_numbers_of(blobs[number]) for number in sorted(blobs, key=int))
                for name, blobs in layers.items()
                if len(blobs)
            }
    except (OSError, LookupError, MemoryError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise DreamError(f"{Path(path)} is not Caffe's HDF5 of weights: {first_line(error)}") from error


def _numbers_of(dataset: Any) -> np.ndarray:
    """Read numbers that the file really holds: HDF5 can announce any number of zeros, or of compressed ones."""
    if dataset.nbytes > _MOST_COMPRESSED * dataset.id.get_storage_size():
        raise ValueError(f"{dataset.name} announces {dataset.size} numbers and holds fewer")
    return np.asarray(dataset, np.float32)
