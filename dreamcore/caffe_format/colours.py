"""What Caffe's files say of a picture's colours: the transformation of a data layer, and files that hold a mean."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dreamcore.caffe_format.files import first_line
from dreamcore.caffe_format.schema import message_class
from dreamcore.errors import DreamError

_LONGEST_MEAN = 1 << 28  # bytes; that of ImageNet has 786 446
_MOST_CHANNELS = 64


@dataclass(frozen=True)
class Transformation:
    """What a data layer does to its pictures.

    Attributes
    ----------
    mean : tuple of float
        A number for each channel, or one for all; empty when the layer takes nothing off, or names a file.
    mean_file : Path or None
        The file that holds the mean, where it lies beside the prototxt; None when none is named, or it is not there.
    missing : str
        The name of a mean file that is not there.
    scale : float or None
        None when it is not said.
    """

    mean: tuple[float, ...] = ()
    mean_file: Path | None = None
    missing: str = ""
    scale: float | None = None


def find_transformation(layers: Iterable[Any], prototxt: Path) -> Transformation:
    """Return what the first of some layers of data, the most telling first, says of colours.

    A mean file is looked for beside the prototxt, by the path that the layer gives and by its last name.
    """
    for param in (layer.transform_param for layer in layers):
        if param.mean_value or param.mean_file or param.HasField("scale"):
            file = _beside(prototxt, param.mean_file) if param.mean_file else None
            return Transformation(
                mean=tuple(map(_as_written, param.mean_value)),
                mean_file=file,
                missing="" if file else param.mean_file,
                scale=_as_written(param.scale) if param.HasField("scale") else None,
            )
    return Transformation()


def _as_written(number: float) -> float:
    """Return a float of 32 bits as the decimal that was written: 0.017, not 0.017000000923871994."""
    return float(str(np.float32(number)))


def _beside(prototxt: Path, name: str) -> Path | None:
    for each in (name, name.replace("\\", "/").rpartition("/")[2]):
        try:
            if (prototxt.parent / each).is_file():
                return prototxt.parent / each
        except (OSError, ValueError):
            return None
    return None


def read_mean(path: str | os.PathLike) -> tuple[float, ...]:
    """Read a mean colour: a binaryproto of Caffe's, or a .npy, of one number or one picture for each channel.

    Returns
    -------
    tuple of float
        The mean of each channel, in the file's order, which is that of the network.

    Raises
    ------
    DreamError
        When the file cannot be read or is neither.
    """
    try:
        if os.stat(path).st_size > _LONGEST_MEAN:
            raise DreamError(f"{path} holds no mean: it is longer than {_LONGEST_MEAN >> 20} MiB")
        values = _from_npy(path) if Path(path).suffix == ".npy" else _from_binaryproto(path)
    except OSError as error:
        raise DreamError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        return mean_of(values)
    except DreamError as error:
        raise DreamError(f"{path}: {error}") from None


def mean_of(values: Any) -> tuple[float, ...]:
    """Return a mean colour of a number, of one for each channel, or of a picture, (C, H, W) or (1, C, H, W).

    Raises
    ------
    DreamError
        Where it is none of these, or not finite.

    Examples
    --------
    >>> mean_of([[[1, 2], [3, 4]]])
    (2.5,)
    """
    try:
        numbers = np.asarray(values)
    except ValueError:  # lists of several lengths
        numbers = np.empty(0, object)
    numbers = numbers[0] if numbers.ndim == 4 and len(numbers) == 1 else np.atleast_1d(numbers)
    is_mean = numbers.dtype.kind in "uif" and numbers.ndim in (1, 3) and numbers.size > 0
    if not is_mean or len(numbers) > _MOST_CHANNELS:
        found = f"this is {numbers.dtype} of shape {numbers.shape}"
        raise DreamError(f"a mean is a number for each channel, or a picture, (channels, height, width); {found}")
    mean = numbers.reshape(len(numbers), -1).mean(1, dtype=np.float64)
    if not np.isfinite(mean).all():
        raise DreamError("the mean holds numbers that are not finite")
    return tuple(mean.tolist())


def _from_npy(path: str | os.PathLike) -> np.ndarray:
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped: nothing is allocated that is announced only
    except OSError:
        raise
    except Exception as error:  # NumPy's reader lets through whatever Python's own parser says of a damaged header
        raise DreamError(f"{path} is not a .npy of numbers: {first_line(error)}") from error
    if not isinstance(values, np.ndarray):
        raise DreamError(f"{path} is not a .npy of numbers: it holds several arrays")
    return values


def _from_binaryproto(path: str | os.PathLike) -> np.ndarray:
    from google.protobuf.message import DecodeError

    try:
        blob = message_class("BlobProto").FromString(Path(path).read_bytes())
    except DecodeError as error:
        raise DreamError(f"{path} is no binaryproto of Caffe's, or is cut short: {first_line(error)}") from error
    packed, kind = (b"".join(blob.data), "<f4") if blob.data else (b"".join(blob.double_data), "<f8")
    shape = blob.shape.dim
    channels = shape[-3] if len(shape) >= 3 else shape[0] if shape else blob.channels
    count = len(packed) // int(kind[-1])
    if len(packed) % int(kind[-1]) or channels < 1 or count % channels or not count:
        raise DreamError(f"{path} holds no mean of a picture: {count} numbers for {channels} channels")
    return np.frombuffer(packed, kind).reshape(channels, 1, -1)
