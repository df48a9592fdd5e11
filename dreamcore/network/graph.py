"""A network as its architecture describes it: names, shapes, roles, ends, fields. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TypeAlias

import torch

from dreamcore.caffe_format import CaffeNet
from dreamcore.errors import DreamError, NotAllowed, nearest
from dreamcore.network.fields import PIXEL, Fields, merged
from dreamcore.network.heads import Head, find_head
from dreamcore.network.layers import LAYER_TYPES
from dreamcore.network.layers.arguments import LayerFault, TooSmall, WeightsMisfit, WeightsMissing
from dreamcore.network.layers.registry import MANY, LayerParameter
from dreamcore.network.roles import guess_roles
from dreamcore.network.shapes import Shape, UnknownType, field_behind, shapes_behind
from dreamcore.network.wiring import Operation, Value, faults_of_wiring, operations_of

_LARGEST_INPUT = 2**16  # per axis, of the shape that a prototxt declares
_NOT_DECLARED = (1, 3, 224, 224)


Foreign: TypeAlias = Callable[[Operation, Shape], Sequence[Shape]]  # of an operation at a picture: its tops' shapes


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
    faults : dict of int to LayerFault
        By place in `operations`: layers that cannot run, though what lies below them can: of unknown types, without
        weights, or with a bottom that is not there.

    Raises
    ------
    DreamError
        When architecture and weights do not fit each other, or a layer asks for what cannot be; it names the layer,
        what is wrong, and what is allowed.

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
        self.operations = tuple(operations_of(net.layers))
        self.layers: tuple[str, ...] = tuple(layer.name for layer in net.layers)
        self.blobs: tuple[str, ...] = tuple(
            dict.fromkeys([net.input, *(top for layer in net.layers for top in layer.top)])
        )
        self._versions = {
            net.input: 0,
            **{value.blob: value.version for each in self.operations for value in each.writes},
        }
        self._weights = {
            layer: tuple(torch.empty(each.shape, device="meta") for each in arrays)
            for layer, arrays in net.weights.items()
        }
        self._foreign: Foreign | None = None
        self._source, self._is_declared = net.source, bool(net.input_shape)
        self.size = _declared_size(net)
        self.faults: dict[int, LayerFault] = dict(faults_of_wiring(net.input, self.operations))
        self.shapes = self._shapes_as_declared()
        self._known_roles = {
            role: end for role, end in (roles or {}).items() if end in self.layers or end in self.blobs
        }
        self.roles: dict[str, str] = {**guess_roles(net.layers, self.shapes), **self._known_roles}
        self._known_shapes = lru_cache(256)(self._find_shapes)

    def learn(self, foreign: Foreign) -> None:
        """Let what knows more types of layers say what they make; these are then no longer `faults`.

        Parameters
        ----------
        foreign : callable
            ``foreign(operation, picture)`` gives the shapes of a layer's tops for a picture of this shape,
            (1, C, H, W); what lies below the layer fits such a picture.
        """
        self._foreign = foreign
        self.faults = {place: each for place, each in self.faults.items() if not isinstance(each, UnknownType)}
        self.shapes = self._shapes_as_declared()
        self.roles = {**guess_roles([each.layer for each in self.operations], self.shapes), **self._known_roles}
        self._known_shapes.cache_clear()

    def resolve(self, end: str) -> str:
        """Turn a role into the layer or blob that it stands for; check that any other name is a layer or a blob.

        Raises
        ------
        DreamError
            Naming the nearest of the blobs and roles.
        """
        end = self.roles.get(end, end)
        if end not in self.layers and end not in self.blobs:
            output = f"{end}/output"  # what a module such as inception_4a is as a whole
            hint = nearest(output if output in self.blobs else end, [*self.blobs, *self.roles])
            raise NotAllowed(f"{self.name} has no layer {end!r}{hint}; `dreamcore layers` lists those of a model")
        return end

    def classifier(self) -> str:
        """Return the blob that holds a score for each class, before the softmax.

        Raises
        ------
        DreamError
            Where the network is no classifier.
        """
        return self.head().scores

    def head(self) -> Head:
        """Return the end of a classifier.

        Raises
        ------
        DreamError
            Where the network is no classifier.
        """
        head = find_head(self.operations, self.shapes)
        if head is None:
            raise NotAllowed(f"{self.name} is no classifier: it has no classes to dream of")
        return head

    @property
    def class_count(self) -> int:
        """How many classes it tells apart; 0 where it is no classifier."""
        head = find_head(self.operations, self.shapes)
        return self.shapes.get(head.scores, (0,))[0] if head else 0

    def value(self, end: str) -> Value:
        """Return the value that an end means."""
        end = self.resolve(end)
        if end not in self.layers:
            return self._final(end)
        writes = self.operations[self.layers.index(end)].writes
        if not writes:
            raise NotAllowed(f"layer {end!r} of {self.name} writes no blob")
        return writes[0]

    def blob_value(self, name: str) -> Value:
        """Return the final value of a blob, or the output of a layer where there is no blob of that name."""
        return self._final(name) if name in self.blobs else self.value(name)

    def _final(self, blob: str) -> Value:
        return Value(blob, self._versions[blob])

    def operations_for(self, wanted: Iterable[Value]) -> tuple[Operation, ...]:
        """Return what has to run for values, in order.

        Raises
        ------
        DreamError
            When one of them cannot run: see `faults`.
        """
        values, below = set(wanted), []
        for place, operation in reversed([*enumerate(self.operations)]):
            if not values.isdisjoint(operation.writes):
                values.update(operation.reads)
                below.append(place)
        for place in reversed(below):
            if place in self.faults:
                raise self.faults[place]
        return tuple(self.operations[place] for place in reversed(below))

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
            if seen:
                bottom = self.shapes.get(operation.reads[0].blob, (0,))
                seen = field_behind(operation.layer, self._weights.get(operation.layer.name, ()), bottom[0], seen)
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

    def glance(self, height: int, width: int, ends: str | Sequence[str]) -> tuple[int, int] | None:
        """Return height and width of what the ends can be shown of a picture at a time.

        All of it, where they take it; or the size that the architecture declares, where they take no other; None where
        the picture is smaller than that, too.
        """
        sizes = (height, width), self.size[1:]
        fitting = (each for each in sizes if each[0] <= height and each[1] <= width and self.fits(*each, ends))
        return next(fitting, None)

    def value_shapes(self, height: int, width: int, wanted: tuple[Value, ...]) -> Mapping[Value, Shape]:
        """Return the (C, H, W) of values, and of all below them, for a picture of this size.

        Raises
        ------
        DreamError
            As `shapes_at`.
        """
        return self._known_shapes(height, width, wanted)

    def _find_shapes(self, height: int, width: int, wanted: tuple[Value, ...]) -> Mapping[Value, Shape]:
        shapes: dict[Value, Shape] = {Value(self.input, 0): (1, self.size[0], height, width)}
        names = f"{' and '.join(dict.fromkeys(blob for blob, _ in wanted))} of {self.name}"
        size = f"{width}x{height} pixels"
        for operation in self.operations_for(wanted):
            try:
                shapes.update(self._shapes_behind(operation, shapes))
            except TooSmall as error:
                raise DreamError(f"a picture of {size} is too small for {names}: {error}") from error
            except LayerFault as error:
                reason = str(error)
                if isinstance(error, WeightsMisfit) and self._is_declared:
                    layer, declared = operation.layer, f"{self.size[2]}x{self.size[1]}"
                    reason = f"layer {layer.name!r} ({layer.type}) takes exactly what one of {declared} leaves it"
                raise DreamError(f"a picture of {size} does not fit {names}: {reason}") from error
        return {value: shape[1:] for value, shape in shapes.items()}

    def _shapes_as_declared(self) -> dict[str, Shape]:
        """Run every layer that can run on shapes alone, at the declared size; return the (C, H, W) of each blob."""
        shapes: dict[Value, Shape] = {Value(self.input, 0): (1, *self.size)}
        for place, operation in enumerate(self.operations):
            if place in self.faults or not all(value in shapes for value in operation.reads):
                continue
            try:
                behind = self._shapes_behind(operation, shapes)
                for value, shape in behind.items():
                    _check_length(operation.layer, value, shape)
                shapes.update(behind)
            except (UnknownType, WeightsMissing) as error:
                self.faults[place] = error  # what lies below can be dreamed
            except LayerFault as error:
                if self._is_declared or not isinstance(error, (TooSmall, WeightsMisfit)):
                    raise _about(self._source, error) from error
        finals = ((blob, self._final(blob)) for blob in self.blobs)
        return {blob: shapes[value][1:] for blob, value in finals if value in shapes}

    def _shapes_behind(self, operation: Operation, shapes: Mapping[Value, Shape]) -> dict[Value, Shape]:
        """Return the shapes of what a layer writes, the pictures' axis included."""
        layer = operation.layer
        if self._foreign and layer.type not in LAYER_TYPES:
            tops = self._foreign(operation, shapes[Value(self.input, 0)])
        else:
            bottoms = [shapes[each] for each in operation.reads]
            tops = shapes_behind(layer, self._weights.get(layer.name, ()), bottoms)
            if self._foreign and layer.type == "InnerProduct" and len(tops[0]) > layer.inner_product_param.axis + 1:
                raise WeightsMisfit(f"layer {layer.name!r} ({layer.type}) is given {bottoms[0][1:]}")  # Caffe refuses
        return dict(zip(operation.writes, tops, strict=True))


def _check_length(layer: LayerParameter, value: Value, shape: Shape) -> None:
    if prod(shape) > MANY:
        raise LayerFault(f"layer {layer.name!r} makes {value.blob!r} of shape {shape}; allowed are {MANY} numbers")


def _about(source: tuple[Path, Path], error: LayerFault) -> DreamError:
    """Say in which files a layer's fault lies."""
    prototxt, caffemodel = source
    if isinstance(error, WeightsMisfit):
        return DreamError(f"{prototxt} and {caffemodel} do not fit: {error}")
    return DreamError(f"{prototxt}: {'at the size that it declares, ' if isinstance(error, TooSmall) else ''}{error}")


def _declared_size(net: CaffeNet) -> tuple[int, int, int]:
    shape = net.input_shape or _NOT_DECLARED
    if len(shape) != 4 or not all(1 <= size <= _LARGEST_INPUT for size in shape[1:]) or prod(shape[1:]) > MANY:
        allowed = f"four numbers (N, C, H, W), the last three from 1 to {_LARGEST_INPUT}"
        raise DreamError(f"{net.source[0]} declares its input {net.input!r} as {shape}; allowed are {allowed}")
    return shape[1], shape[2], shape[3]
