"""A network as its architecture describes it: names, shapes, roles, ends, receptive fields. Nothing is computed here.

A blob is written by one layer or, where layers work in place, by several one after another. A *value* is (blob,
version): version n is the blob behind the nth layer that writes it, 0 the picture itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import torch

from dreamcore.caffe_format import CaffeNet
from dreamcore.errors import DreamError, nearest
from dreamcore.network.fields import PIXEL, Fields, merged
from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.arguments import TooSmall, WeightsMisfit, WeightsMissing
from dreamcore.network.layers.registry import LayerParameter
from dreamcore.network.roles import guess_roles

_LARGEST_INPUT = 2**16  # per axis, of the shape that a prototxt declares
_NOT_DECLARED = (1, 3, 224, 224)

Shape: TypeAlias = tuple[int, ...]


class Value(NamedTuple):
    """A blob as one of the layers that write it leaves it."""

    blob: str
    version: int


class Operation(NamedTuple):
    """A layer, the values it reads and those it writes."""

    layer: LayerParameter
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]


class Graph:
    """The names, shapes, roles, ends and receptive fields of a Caffe network.

    An *end* is the name of a layer, and then means that layer's output as it leaves it (so a convolution's name means
    the values before its in-place ReLU); or the name of a blob, its final value; or a role.

    Parameters
    ----------
    net : CaffeNet
        Architecture and weights, from `dreamcore.caffe_format.read_network`. Of the weights only the shapes are kept.
    name : str
        What the model is called; the name in the prototxt by default.
    roles : mapping of str to str
        Layers or blobs by role (``textures``, ``patterns``, ``parts``, ``objects``); guessed where there are none.

    Attributes
    ----------
    name, input : str
        What the model is called, and the blob that holds the picture.
    size : (int, int, int)
        Channels, height and width that the architecture declares for the picture.
    operations : tuple of Operation
        In order.
    layers, blobs : tuple of str
        Names, in order.
    shapes : dict of str to tuple of int
        The (C, H, W) of each blob at the declared size.
    roles : dict of str to str

    Raises
    ------
    DreamError
        When architecture and weights do not fit each other; it names the layer and both shapes.

    Examples
    --------
    >>> import dreamcore
    >>> graph = dreamcore.load_network("dreamlet").graph
    >>> graph.shapes_at(64, 96, ("dream_4c",))
    ((512, 4, 6),)
    >>> graph.fits(2, 2, ("dream_4c",))
    False
    """

    def __init__(self, net: CaffeNet, *, name: str = "", roles: Mapping[str, str] | None = None) -> None:
        self.name = name or net.name
        self.input: str = net.input
        self.operations = tuple(_operations(net.layers))
        self.layers: tuple[str, ...] = tuple(layer.name for layer in net.layers)
        self.blobs: tuple[str, ...] = tuple(
            dict.fromkeys([net.input, *(top for layer in net.layers for top in layer.top)])
        )
        self._weights = {
            layer: tuple(torch.empty(each.shape, device="meta") for each in arrays)
            for layer, arrays in net.weights.items()
        }
        self.size = _declared_size(net)
        self.shapes = self._shapes_as_declared(net)
        known = {role: end for role, end in (roles or {}).items() if end in self.layers or end in self.blobs}
        self.roles: dict[str, str] = {**guess_roles(net.layers, self.shapes), **known}
        self._known_shapes = lru_cache(256)(self._find_shapes)

    def resolve(self, end: str) -> str:
        """Turn a role into the layer or blob that it stands for; check that any other name is a layer or a blob.

        Raises
        ------
        DreamError
            Naming the nearest of the blobs and roles.
        """
        end = self.roles.get(end, end)
        if end not in self.layers and end not in self.blobs:
            hint = nearest(end, [*self.blobs, *self.roles])
            raise DreamError(f"{self.name} has no layer {end!r}{hint}; `dreamcore layers` lists those of a model")
        return end

    def classifier(self) -> str:
        """Return the blob that holds a score for each class, before the softmax.

        Raises
        ------
        DreamError
            Where the network is no classifier.
        """
        softmaxes = [each.layer for each in self.operations if each.layer.type == "Softmax"]
        if not softmaxes:
            raise DreamError(f"{self.name} is no classifier: it has no classes to dream of")
        return softmaxes[-1].bottom[0]

    def value(self, end: str) -> Value:
        """Return the value that an end means."""
        end = self.resolve(end)
        if end not in self.layers:
            return self._final(end)
        writes = self.operations[self.layers.index(end)].writes
        if not writes:
            raise DreamError(f"layer {end!r} of {self.name} writes no blob")
        return writes[0]

    def blob_value(self, name: str) -> Value:
        """Return the final value of a blob, or the output of a layer where there is no blob of that name."""
        return self._final(name) if name in self.blobs else self.value(name)

    def _final(self, blob: str) -> Value:
        return Value(blob, sum(blob in operation.layer.top for operation in self.operations))

    def operations_for(self, wanted: Iterable[Value]) -> tuple[Operation, ...]:
        """Return what has to run for values, in order.

        Raises
        ------
        DreamError
            When one of them is of a type that is unknown here, or reads a blob that none writes.
        """
        values, below = set(wanted), []
        for operation in reversed(self.operations):
            if not values.isdisjoint(operation.writes):
                values.update(operation.reads)
                below.append(operation)
        for layer in (operation.layer for operation in reversed(below)):
            if layer.type not in LAYER_TYPES:
                hint = nearest(layer.type, LAYER_TYPES)
                raise DreamError(f"layer {layer.name!r} is of type {layer.type!r}{hint}, unknown here")
        written = {Value(self.input, 0)}.union(*(operation.writes for operation in below))
        for blob, _ in values - written:
            hint = nearest(blob, self.blobs)
            raise DreamError(f"{self.name} has a layer that reads {blob!r}{hint}, which none writes")
        return tuple(reversed(below))

    def field(self, end: str) -> Fields | None:
        """Return what a cell of an end sees of the picture.

        Returns
        -------
        (Field, Field) or None
            Vertical and horizontal; None where a cell sees the whole picture, or what it sees is no window that moves
            in even steps.
        """
        value = self.value(end)
        known: dict[Value, Fields | None] = {Value(self.input, 0): PIXEL}
        for operation in self.operations_for((value,)):
            bottoms = [seen for each in operation.reads if (seen := known[each])]
            seen = merged(bottoms) if bottoms and len(bottoms) == len(operation.reads) else None
            seen = LAYER_TYPES[operation.layer.type].field(operation.layer, seen) if seen else None
            known.update(dict.fromkeys(operation.writes, seen))
        return known[value]

    def shapes_at(self, height: int, width: int, ends: str | Sequence[str]) -> tuple[Shape, ...]:
        """Return the (C, H, W) of each end for a picture of this size.

        Raises
        ------
        DreamError
            When a layer cannot take such a picture; it says why.
        """
        ends = (ends,) if isinstance(ends, str) else ends
        wanted = tuple(map(self.value, ends))
        shapes = self.value_shapes(height, width, wanted)
        return tuple(shapes[value] for value in wanted)

    def fits(self, height: int, width: int, ends: str | Sequence[str]) -> bool:
        """Tell whether a picture of this size leaves something at each of the ends."""
        try:
            return bool(self.shapes_at(height, width, ends))
        except DreamError:
            return False

    def value_shapes(self, height: int, width: int, wanted: tuple[Value, ...]) -> Mapping[Value, Shape]:
        """Return the (C, H, W) of values, and of all below them, for a picture of this size.

        Raises
        ------
        DreamError
            As `shapes_at`.
        """
        return self._known_shapes(height, width, wanted)

    def _find_shapes(self, height: int, width: int, wanted: tuple[Value, ...]) -> Mapping[Value, Shape]:
        shapes: dict[Value, Shape] = {Value(self.input, 0): (self.size[0], height, width)}
        names = f"{' and '.join(dict.fromkeys(blob for blob, _ in wanted))} of {self.name}"
        size = f"{width}x{height} pixels"
        for operation in self.operations_for(wanted):
            try:
                shapes.update(self._shapes_behind(operation, shapes))
            except TooSmall as error:
                raise DreamError(f"a picture of {size} is too small for {names}: {error}") from error
            except WeightsMisfit as error:
                layer, declared = operation.layer, f"{self.size[2]}x{self.size[1]}"
                raise DreamError(
                    f"a picture of {size} does not fit {names}: layer {layer.name!r} ({layer.type}) takes exactly"
                    f" what one of {declared} leaves it"
                ) from error
            except DreamError as error:
                raise DreamError(f"a picture of {size} does not fit {names}: {error}") from error
        return shapes

    def _shapes_as_declared(self, net: CaffeNet) -> dict[str, Shape]:
        """Run every layer that can run on shapes alone, at the declared size; return the shape of each blob."""
        prototxt, caffemodel = net.source
        shapes: dict[Value, Shape] = {Value(self.input, 0): self.size}
        for operation in self.operations:
            if operation.layer.type in LAYER_TYPES and all(value in shapes for value in operation.reads):
                try:
                    shapes.update(self._shapes_behind(operation, shapes))
                except WeightsMissing:
                    continue  # what lies below can be dreamed
                except (TooSmall, _CannotRun) as error:
                    raise DreamError(f"{prototxt}: at the size that it declares, {error}") from error
                except DreamError as error:
                    raise DreamError(f"{prototxt} and {caffemodel} do not fit: {error}") from error
        return {blob: shapes[value] for blob in self.blobs if (value := self._final(blob)) in shapes}

    def _shapes_behind(self, operation: Operation, shapes: Mapping[Value, Shape]) -> dict[Value, Shape]:
        """Run a layer on shapes alone."""
        layer = operation.layer
        bottoms = [torch.empty((1, *shapes[value]), device="meta") for value in operation.reads]
        try:
            tops = LAYER_TYPES[layer.type].function(layer, self._weights.get(layer.name, ()), *bottoms)
            tops = tops if isinstance(tops, tuple) else (tops,)
            behind = {value: tuple(top.shape[1:]) for value, top in zip(operation.writes, tops, strict=True)}
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            reason = str(error).splitlines()[0]
            raise _CannotRun(f"layer {layer.name!r} ({layer.type}) cannot run: {reason}") from error
        if not all(top.numel() for top in tops):
            raise TooSmall(f"layer {layer.name!r} ({layer.type}) leaves nothing of it")
        return behind


class _CannotRun(DreamError):
    """PyTorch refuses what an architecture asks for."""


def _operations(layers: Iterable[LayerParameter]) -> Iterable[Operation]:
    versions: dict[str, int] = {}
    for layer in layers:
        reads = tuple(Value(blob, versions.get(blob, 0)) for blob in layer.bottom)
        versions.update({blob: versions.get(blob, 0) + 1 for blob in layer.top})
        yield Operation(layer, reads, tuple(Value(blob, versions[blob]) for blob in layer.top))


def _declared_size(net: CaffeNet) -> tuple[int, int, int]:
    _, channels, height, width = net.input_shape if len(net.input_shape) == 4 else _NOT_DECLARED
    if not all(1 <= size <= _LARGEST_INPUT for size in (channels, height, width)):
        raise DreamError(f"{net.source[0]} declares an input of {tuple(net.input_shape)}")
    return channels, height, width
